// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// An ONNX file as plain structs: views into the mapped bytes, nothing judged
// beyond the wire format. The names are those of onnx.proto.

#ifndef QUERN_IMPORT_ONNXFILE_H
#define QUERN_IMPORT_ONNXFILE_H

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace quern::proto {

/// TensorProto.DataType.
enum DataType : int32_t {
  Undefined = 0,
  Float = 1,
  UInt8 = 2,
  Int8 = 3,
  UInt16 = 4,
  Int16 = 5,
  Int32 = 6,
  Int64 = 7,
  String = 8,
  Bool = 9,
  Float16 = 10,
  Double = 11,
  UInt32 = 12,
  UInt64 = 13,
  Complex64 = 14,
  Complex128 = 15,
  BFloat16 = 16,
  Float8E4M3FN = 17,
  Float8E4M3FNUZ = 18,
  Float8E5M2 = 19,
  Float8E5M2FNUZ = 20,
  UInt4 = 21,
  Int4 = 22,
  Float4E2M1 = 23,
  Float8E8M0 = 24,
  UInt2 = 25,
  Int2 = 26,
};

/// AttributeProto.AttributeType.
enum class AttributeType : int32_t {
  Undefined = 0,
  Float = 1,
  Int = 2,
  String = 3,
  Tensor = 4,
  Graph = 5,
  Floats = 6,
  Ints = 7,
  Strings = 8,
  Tensors = 9,
  Graphs = 10,
  SparseTensor = 11,
  SparseTensors = 12,
  TypeProto = 13,
  TypeProtos = 14,
};

using StringPairs = std::vector<std::pair<std::string_view, std::string_view>>;

/// A repeated field of fixed-width numbers: a view where the file holds it in one piece.
struct FixedWidthData {
  std::string_view view;
  std::string owned;

  std::string_view bytes() const { return owned.empty() ? view : std::string_view(owned); }
  void append(std::string_view piece);
};

struct Tensor {
  std::string_view name;
  std::vector<int64_t> dims;
  int32_t dataType = Undefined;

  // Which of the data fields the file has; more than one is an error of the file.
  enum Field : unsigned { Raw = 1, Floats = 2, Int32s = 4, Strings = 8, Int64s = 16, Doubles = 32, UInt64s = 64 };
  unsigned fields = 0;
  std::string_view raw;
  FixedWidthData floats, doubles;
  std::vector<int64_t> integers; // of int32_data, int64_data or uint64_data
  std::vector<std::string_view> strings;

  bool external = false;
  bool segmented = false;
  StringPairs externalData;
};

struct SparseTensor {
  Tensor values, indices;
  std::vector<int64_t> dims;
};

struct Dimension {
  enum Kind { Unknown, Value, Param } kind = Unknown;
  int64_t value = 0;
  std::string_view param;
};

struct Type {
  enum Kind { None, Tensor, Sequence, Map, Optional, SparseTensor, Opaque } kind = None;
  int32_t elementType = Undefined; // of a tensor
  int32_t keyType = Undefined;     // of a map
  bool hasShape = false;
  std::vector<Dimension> shape;
  std::unique_ptr<Type> element; // of a sequence, map or optional
};

struct ValueInfo {
  std::string_view name;
  Type type;
};

struct Graph;

struct Attribute {
  std::string_view name;
  std::string_view reference; // ref_attr_name: the attribute of the calling node
  AttributeType type = AttributeType::Undefined;
  float f = 0;
  int64_t i = 0;
  std::string_view s;
  std::unique_ptr<Tensor> tensor;
  std::unique_ptr<Graph> graph;
  std::unique_ptr<SparseTensor> sparse;
  std::unique_ptr<Type> typeProto;
  std::vector<float> floats;
  std::vector<int64_t> ints;
  std::vector<std::string_view> strings;
  unsigned ignored = 0; // tensors, graphs, type_protos …: no operator of ours has them
};

struct Node {
  std::string_view name, opType, domain, overload;
  std::vector<std::string_view> inputs, outputs;
  std::vector<Attribute> attributes;
};

struct Graph {
  std::string_view name;
  std::vector<Node> nodes;
  std::vector<Tensor> initializers;
  std::vector<SparseTensor> sparseInitializers;
  std::vector<ValueInfo> inputs, outputs, values;
};

struct OpsetId {
  std::string_view domain;
  int64_t version = 0;
};

struct Function {
  std::string_view name, domain, overload;
  std::vector<std::string_view> inputs, outputs, attributes;
  std::vector<Attribute> attributeDefaults;
  std::vector<Node> nodes;
  std::vector<OpsetId> opsets;
};

struct Model {
  int64_t irVersion = 0, modelVersion = 0;
  std::string_view producerName, producerVersion, domain, docString;
  std::vector<OpsetId> opsets;
  std::unique_ptr<Graph> graph;
  std::vector<Function> functions;
  StringPairs metadata;
};

/// Subgraphs in subgraphs beyond this depth are refused.
constexpr unsigned kMaxGraphDepth = 64;

/// Fills `model` with views of `bytes`. False, with a reason that completes "it is not a valid ONNX file: ", where
/// the bytes break the wire format. Throws nothing.
bool readModel(std::string_view bytes, Model &model, std::string &reason) noexcept;

} // namespace quern::proto

#endif // QUERN_IMPORT_ONNXFILE_H
