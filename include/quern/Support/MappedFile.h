// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A file mapped into memory, read only.

#ifndef QUERN_SUPPORT_MAPPEDFILE_H
#define QUERN_SUPPORT_MAPPEDFILE_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <memory>
#include <string>

namespace quern {

/// The mapping lives as long as anybody holds the pointer, so that weights can stay where they are.
class MappedFile {
public:
  /// Fails with one sentence that names the path and the reason.
  static llvm::Expected<std::shared_ptr<const MappedFile>> open(llvm::StringRef path);
  MappedFile(const MappedFile &) = delete;
  MappedFile &operator=(const MappedFile &) = delete;
  ~MappedFile();

  llvm::ArrayRef<char> getBytes() const { return bytes; }
  llvm::StringRef getPath() const { return path; }

private:
  MappedFile() = default;

  std::string path;
  llvm::ArrayRef<char> bytes;
};

} // namespace quern

#endif // QUERN_SUPPORT_MAPPEDFILE_H
