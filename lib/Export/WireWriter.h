// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Protocol buffers, written: messages of which large fields stay where they
// are until the bytes go to the file.

#ifndef QUERN_LIB_EXPORT_WIREWRITER_H
#define QUERN_LIB_EXPORT_WIREWRITER_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/raw_ostream.h"

#include <cstring>
#include <string>
#include <vector>

namespace quern {

class WireWriter {
public:
  void integer(unsigned field, int64_t value) {
    key(field, 0);
    varint(value);
  }
  void number(unsigned field, float value) {
    key(field, 5);
    append(value);
  }
  void string(unsigned field, llvm::StringRef value) {
    key(field, 2);
    varint(value.size());
    bytes.append(value.data(), value.size());
  }
  void integers(unsigned field, llvm::ArrayRef<int64_t> values) {
    WireWriter packed;
    for (int64_t value : values)
      packed.varint(value);
    message(field, packed);
  }
  void numbers(unsigned field, llvm::ArrayRef<float> values) {
    WireWriter packed;
    for (float value : values)
      packed.append(value);
    message(field, packed);
  }
  /// Bytes that must live until the message is written.
  void borrow(unsigned field, llvm::ArrayRef<char> data) {
    key(field, 2);
    varint(data.size());
    borrowed.push_back({bytes.size(), data});
    borrowedSize += data.size();
  }
  void message(unsigned field, const WireWriter &inner) {
    key(field, 2);
    varint(inner.size());
    for (const Piece &piece : inner.borrowed)
      borrowed.push_back({bytes.size() + piece.at, piece.data});
    borrowedSize += inner.borrowedSize;
    bytes += inner.bytes;
  }

  uint64_t size() const { return bytes.size() + borrowedSize; }
  void write(llvm::raw_ostream &os) const {
    size_t at = 0;
    for (const Piece &piece : borrowed) {
      os.write(bytes.data() + at, piece.at - at);
      os.write(piece.data.data(), piece.data.size());
      at = piece.at;
    }
    os.write(bytes.data() + at, bytes.size() - at);
  }

private:
  struct Piece {
    size_t at; // in `bytes`, in front of which the data come
    llvm::ArrayRef<char> data;
  };

  void key(unsigned field, unsigned wireType) { varint(field << 3 | wireType); }
  void varint(uint64_t value) {
    for (; value >= 0x80; value >>= 7)
      bytes.push_back(static_cast<char>(value | 0x80));
    bytes.push_back(static_cast<char>(value));
  }
  void append(float value) {
    char data[sizeof(value)];
    std::memcpy(data, &value, sizeof(value));
    bytes.append(data, sizeof(value));
  }

  std::string bytes;
  std::vector<Piece> borrowed;
  uint64_t borrowedSize = 0;
};

} // namespace quern

#endif // QUERN_LIB_EXPORT_WIREWRITER_H
