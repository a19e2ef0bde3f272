// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How the reader walks the wire format. For its own files only, which are
// compiled with exceptions. protozero trusts its caller about wire types, so
// every field is switched on by tag *and* wire type; what matches neither is
// skipped, as protobuf does.

#ifndef QUERN_LIB_IMPORT_ONNXWIRE_H
#define QUERN_LIB_IMPORT_ONNXWIRE_H

#include "quern/Import/OnnxFile.h"

#include <protozero/exception.hpp>
#include <protozero/pbf_reader.hpp>
#include <protozero/varint.hpp>

#include <cstring>
#include <stdexcept>

namespace quern::proto {

using protozero::pbf_reader;
using protozero::pbf_wire_type;

struct TooDeep : std::exception {};

constexpr uint32_t bytesField(uint32_t tag) { return protozero::tag_and_type(tag, pbf_wire_type::length_delimited); }
constexpr uint32_t varintField(uint32_t tag) { return protozero::tag_and_type(tag, pbf_wire_type::varint); }
constexpr uint32_t fixed32Field(uint32_t tag) { return protozero::tag_and_type(tag, pbf_wire_type::fixed32); }
constexpr uint32_t fixed64Field(uint32_t tag) { return protozero::tag_and_type(tag, pbf_wire_type::fixed64); }

/// The bytes of a length-delimited field, of any 64-bit length (protozero's own accessor keeps 32 bits of it).
inline std::string_view takeBytes(pbf_reader &reader) {
  protozero::data_view rest = reader.data();
  const char *begin = rest.data(), *end = begin + rest.size();
  uint64_t length = protozero::decode_varint(&begin, end);
  if (length > static_cast<uint64_t>(end - begin))
    throw protozero::end_of_buffer_exception();
  reader = pbf_reader(begin + length, end - begin - length);
  return {begin, static_cast<size_t>(length)};
}

inline pbf_reader takeMessage(pbf_reader &reader) {
  std::string_view bytes = takeBytes(reader);
  return {bytes.data(), bytes.size()};
}

inline void skip(pbf_reader &reader) {
  if (reader.has_wire_type(pbf_wire_type::length_delimited))
    takeBytes(reader);
  else
    reader.skip();
}

inline void takeVarints(pbf_reader &reader, std::vector<int64_t> &values) {
  std::string_view bytes = takeBytes(reader);
  const char *begin = bytes.data(), *end = begin + bytes.size();
  while (begin != end)
    values.push_back(static_cast<int64_t>(protozero::decode_varint(&begin, end)));
}

/// A packed field of fixed-width numbers must hold a whole number of them.
template <typename T>
std::string_view takeFixed(pbf_reader &reader) {
  std::string_view bytes = takeBytes(reader);
  if (bytes.size() % sizeof(T) != 0)
    throw protozero::invalid_length_exception();
  return bytes;
}

std::pair<std::string_view, std::string_view> readPair(pbf_reader reader);
void readTensor(pbf_reader reader, Tensor &tensor);
void readSparseTensor(pbf_reader reader, SparseTensor &sparse);
void readType(pbf_reader reader, Type &type, unsigned depth = 0);

} // namespace quern::proto

#endif // QUERN_LIB_IMPORT_ONNXWIRE_H
