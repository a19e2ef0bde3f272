// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Tensors and types of ONNX files.

#include "OnnxWire.h"

namespace quern::proto {

static constexpr unsigned kMaxTypeDepth = 16;

void FixedWidthData::append(std::string_view piece) {
  if (view.empty() && owned.empty()) {
    view = piece;
    return;
  }
  if (owned.empty())
    owned.assign(view);
  owned.append(piece);
}

template <typename T>
static void appendValue(FixedWidthData &data, T value) {
  char bytes[sizeof(T)];
  std::memcpy(bytes, &value, sizeof(T));
  if (data.owned.empty())
    data.owned.assign(data.view);
  data.owned.append(bytes, sizeof(T));
}

std::pair<std::string_view, std::string_view> readPair(pbf_reader reader) {
  std::pair<std::string_view, std::string_view> pair;
  while (reader.next())
    switch (reader.tag_and_type()) {
    case bytesField(1):
      pair.first = takeBytes(reader);
      break;
    case bytesField(2):
      pair.second = takeBytes(reader);
      break;
    default:
      skip(reader);
    }
  return pair;
}

void readTensor(pbf_reader reader, Tensor &tensor) {
  while (reader.next())
    switch (reader.tag_and_type()) {
    case bytesField(1):
      takeVarints(reader, tensor.dims);
      break;
    case varintField(1):
      tensor.dims.push_back(reader.get_int64());
      break;
    case varintField(2):
      tensor.dataType = reader.get_int32();
      break;
    case bytesField(3):
      tensor.segmented = true;
      skip(reader);
      break;
    case bytesField(4):
      tensor.fields |= Tensor::Floats;
      tensor.floats.append(takeFixed<float>(reader));
      break;
    case fixed32Field(4):
      tensor.fields |= Tensor::Floats;
      appendValue(tensor.floats, reader.get_fixed32());
      break;
    case bytesField(5):
      tensor.fields |= Tensor::Int32s;
      takeVarints(reader, tensor.integers);
      break;
    case varintField(5):
      tensor.fields |= Tensor::Int32s;
      tensor.integers.push_back(reader.get_int64());
      break;
    case bytesField(6):
      tensor.fields |= Tensor::Strings;
      tensor.strings.push_back(takeBytes(reader));
      break;
    case bytesField(7):
      tensor.fields |= Tensor::Int64s;
      takeVarints(reader, tensor.integers);
      break;
    case varintField(7):
      tensor.fields |= Tensor::Int64s;
      tensor.integers.push_back(reader.get_int64());
      break;
    case bytesField(8):
      tensor.name = takeBytes(reader);
      break;
    case bytesField(9):
      tensor.fields |= Tensor::Raw;
      tensor.raw = takeBytes(reader);
      break;
    case bytesField(10):
      tensor.fields |= Tensor::Doubles;
      tensor.doubles.append(takeFixed<double>(reader));
      break;
    case fixed64Field(10):
      tensor.fields |= Tensor::Doubles;
      appendValue(tensor.doubles, reader.get_fixed64());
      break;
    case bytesField(11):
      tensor.fields |= Tensor::UInt64s;
      takeVarints(reader, tensor.integers);
      break;
    case varintField(11):
      tensor.fields |= Tensor::UInt64s;
      tensor.integers.push_back(static_cast<int64_t>(reader.get_uint64()));
      break;
    case bytesField(13):
      tensor.externalData.push_back(readPair(takeMessage(reader)));
      break;
    case varintField(14):
      tensor.external = reader.get_int64() != 0;
      break;
    default:
      skip(reader);
    }
}

void readSparseTensor(pbf_reader reader, SparseTensor &sparse) {
  while (reader.next())
    switch (reader.tag_and_type()) {
    case bytesField(1):
      readTensor(takeMessage(reader), sparse.values);
      break;
    case bytesField(2):
      readTensor(takeMessage(reader), sparse.indices);
      break;
    case bytesField(3):
      takeVarints(reader, sparse.dims);
      break;
    case varintField(3):
      sparse.dims.push_back(reader.get_int64());
      break;
    default:
      skip(reader);
    }
}

static Dimension readDimension(pbf_reader reader) {
  Dimension dim;
  while (reader.next())
    switch (reader.tag_and_type()) {
    case varintField(1):
      dim.kind = Dimension::Value;
      dim.value = reader.get_int64();
      break;
    case bytesField(2):
      dim.param = takeBytes(reader);
      dim.kind = dim.param.empty() ? Dimension::Unknown : Dimension::Param;
      break;
    default:
      skip(reader);
    }
  return dim;
}

static void readShape(pbf_reader reader, std::vector<Dimension> &shape) {
  while (reader.next())
    if (reader.tag_and_type() == bytesField(1))
      shape.push_back(readDimension(takeMessage(reader)));
    else
      skip(reader);
}

/// The message inside the oneof of a TypeProto.
static void readTypeOf(pbf_reader reader, Type &type, Type::Kind kind, unsigned depth) {
  if (depth > kMaxTypeDepth)
    throw TooDeep();
  bool tensor = kind == Type::Tensor || kind == Type::SparseTensor;
  bool map = kind == Type::Map;
  type.kind = kind;
  while (reader.next()) {
    uint32_t field = reader.tag_and_type();
    if (tensor && field == varintField(1)) {
      type.elementType = reader.get_int32();
    } else if (tensor && field == bytesField(2)) {
      type.hasShape = true;
      readShape(takeMessage(reader), type.shape);
    } else if (map && field == varintField(1)) {
      type.keyType = reader.get_int32();
    } else if (!tensor && kind != Type::Opaque && field == bytesField(map ? 2 : 1)) {
      type.element = std::make_unique<Type>();
      readType(takeMessage(reader), *type.element, depth + 1);
    } else {
      skip(reader);
    }
  }
}

void readType(pbf_reader reader, Type &type, unsigned depth) {
  static constexpr std::pair<uint32_t, Type::Kind> kinds[] = {{1, Type::Tensor},       {4, Type::Sequence},
                                                              {5, Type::Map},          {7, Type::Opaque},
                                                              {8, Type::SparseTensor}, {9, Type::Optional}};
  while (reader.next()) {
    bool taken = false;
    for (auto [tag, kind] : kinds)
      if (reader.tag_and_type() == bytesField(tag)) {
        readTypeOf(takeMessage(reader), type, kind, depth);
        taken = true;
        break;
      }
    if (!taken)
      skip(reader);
  }
}

} // namespace quern::proto
