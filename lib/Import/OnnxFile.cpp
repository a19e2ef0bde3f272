// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Graphs and models of ONNX files. What protozero throws on bad bytes ends here,
// in `readModel`.

#include "OnnxWire.h"

#include <new>

namespace quern::proto {

namespace {

OpsetId readOpset(pbf_reader reader) {
  OpsetId opset;
  while (reader.next())
    switch (reader.tag_and_type()) {
    case bytesField(1):
      opset.domain = takeBytes(reader);
      break;
    case varintField(2):
      opset.version = reader.get_int64();
      break;
    default:
      skip(reader);
    }
  return opset;
}

ValueInfo readValueInfo(pbf_reader reader) {
  ValueInfo info;
  while (reader.next())
    switch (reader.tag_and_type()) {
    case bytesField(1):
      info.name = takeBytes(reader);
      break;
    case bytesField(2):
      readType(takeMessage(reader), info.type);
      break;
    default:
      skip(reader);
    }
  return info;
}

void readGraph(pbf_reader reader, Graph &graph, unsigned depth);

/// Files of IR version 1 may leave `type` out: then it is what the file has.
void assumeType(Attribute &attribute, AttributeType type, bool &declared) {
  if (!declared)
    attribute.type = type;
}

void readAttribute(pbf_reader reader, Attribute &attribute, unsigned depth) {
  bool declared = false;
  while (reader.next())
    switch (reader.tag_and_type()) {
    case bytesField(1):
      attribute.name = takeBytes(reader);
      break;
    case bytesField(21):
      attribute.reference = takeBytes(reader);
      break;
    case varintField(20):
      declared = true;
      attribute.type = static_cast<AttributeType>(reader.get_int32());
      break;
    case fixed32Field(2):
      attribute.f = reader.get_float();
      assumeType(attribute, AttributeType::Float, declared);
      break;
    case varintField(3):
      attribute.i = reader.get_int64();
      assumeType(attribute, AttributeType::Int, declared);
      break;
    case bytesField(4):
      attribute.s = takeBytes(reader);
      assumeType(attribute, AttributeType::String, declared);
      break;
    case bytesField(5):
      attribute.tensor = std::make_unique<Tensor>();
      readTensor(takeMessage(reader), *attribute.tensor);
      assumeType(attribute, AttributeType::Tensor, declared);
      break;
    case bytesField(6):
      attribute.graph = std::make_unique<Graph>();
      readGraph(takeMessage(reader), *attribute.graph, depth + 1);
      assumeType(attribute, AttributeType::Graph, declared);
      break;
    case bytesField(22):
      attribute.sparse = std::make_unique<SparseTensor>();
      readSparseTensor(takeMessage(reader), *attribute.sparse);
      assumeType(attribute, AttributeType::SparseTensor, declared);
      break;
    case bytesField(14):
      attribute.typeProto = std::make_unique<Type>();
      readType(takeMessage(reader), *attribute.typeProto);
      assumeType(attribute, AttributeType::TypeProto, declared);
      break;
    case bytesField(7): {
      std::string_view bytes = takeFixed<float>(reader);
      size_t size = attribute.floats.size();
      attribute.floats.resize(size + bytes.size() / sizeof(float));
      if (!bytes.empty())
        std::memcpy(attribute.floats.data() + size, bytes.data(), bytes.size());
      assumeType(attribute, AttributeType::Floats, declared);
      break;
    }
    case fixed32Field(7):
      attribute.floats.push_back(reader.get_float());
      assumeType(attribute, AttributeType::Floats, declared);
      break;
    case bytesField(8):
      takeVarints(reader, attribute.ints);
      assumeType(attribute, AttributeType::Ints, declared);
      break;
    case varintField(8):
      attribute.ints.push_back(reader.get_int64());
      assumeType(attribute, AttributeType::Ints, declared);
      break;
    case bytesField(9):
      attribute.strings.push_back(takeBytes(reader));
      assumeType(attribute, AttributeType::Strings, declared);
      break;
    case bytesField(10):
    case bytesField(11):
    case bytesField(15):
    case bytesField(23):
      ++attribute.ignored;
      skip(reader);
      break;
    default:
      skip(reader);
    }
}

void readNode(pbf_reader reader, Node &node, unsigned depth) {
  while (reader.next())
    switch (reader.tag_and_type()) {
    case bytesField(1):
      node.inputs.push_back(takeBytes(reader));
      break;
    case bytesField(2):
      node.outputs.push_back(takeBytes(reader));
      break;
    case bytesField(3):
      node.name = takeBytes(reader);
      break;
    case bytesField(4):
      node.opType = takeBytes(reader);
      break;
    case bytesField(5):
      readAttribute(takeMessage(reader), node.attributes.emplace_back(), depth);
      break;
    case bytesField(7):
      node.domain = takeBytes(reader);
      break;
    case bytesField(8):
      node.overload = takeBytes(reader);
      break;
    default:
      skip(reader);
    }
}

void readGraph(pbf_reader reader, Graph &graph, unsigned depth) {
  if (depth > kMaxGraphDepth)
    throw TooDeep();
  while (reader.next())
    switch (reader.tag_and_type()) {
    case bytesField(1):
      readNode(takeMessage(reader), graph.nodes.emplace_back(), depth);
      break;
    case bytesField(2):
      graph.name = takeBytes(reader);
      break;
    case bytesField(5):
      readTensor(takeMessage(reader), graph.initializers.emplace_back());
      break;
    case bytesField(15):
      readSparseTensor(takeMessage(reader), graph.sparseInitializers.emplace_back());
      break;
    case bytesField(11):
      graph.inputs.push_back(readValueInfo(takeMessage(reader)));
      break;
    case bytesField(12):
      graph.outputs.push_back(readValueInfo(takeMessage(reader)));
      break;
    case bytesField(13):
      graph.values.push_back(readValueInfo(takeMessage(reader)));
      break;
    default:
      skip(reader);
    }
}

void readFunction(pbf_reader reader, Function &function) {
  while (reader.next())
    switch (reader.tag_and_type()) {
    case bytesField(1):
      function.name = takeBytes(reader);
      break;
    case bytesField(4):
      function.inputs.push_back(takeBytes(reader));
      break;
    case bytesField(5):
      function.outputs.push_back(takeBytes(reader));
      break;
    case bytesField(6):
      function.attributes.push_back(takeBytes(reader));
      break;
    case bytesField(7):
      readNode(takeMessage(reader), function.nodes.emplace_back(), 0);
      break;
    case bytesField(9):
      function.opsets.push_back(readOpset(takeMessage(reader)));
      break;
    case bytesField(10):
      function.domain = takeBytes(reader);
      break;
    case bytesField(11):
      readAttribute(takeMessage(reader), function.attributeDefaults.emplace_back(), 0);
      break;
    case bytesField(13):
      function.overload = takeBytes(reader);
      break;
    default:
      skip(reader);
    }
}

void readModelFields(pbf_reader reader, Model &model) {
  while (reader.next())
    switch (reader.tag_and_type()) {
    case varintField(1):
      model.irVersion = reader.get_int64();
      break;
    case bytesField(2):
      model.producerName = takeBytes(reader);
      break;
    case bytesField(3):
      model.producerVersion = takeBytes(reader);
      break;
    case bytesField(4):
      model.domain = takeBytes(reader);
      break;
    case varintField(5):
      model.modelVersion = reader.get_int64();
      break;
    case bytesField(6):
      model.docString = takeBytes(reader);
      break;
    case bytesField(7):
      if (!model.graph)
        model.graph = std::make_unique<Graph>();
      readGraph(takeMessage(reader), *model.graph, 0);
      break;
    case bytesField(8):
      model.opsets.push_back(readOpset(takeMessage(reader)));
      break;
    case bytesField(14):
      model.metadata.push_back(readPair(takeMessage(reader)));
      break;
    case bytesField(25):
      readFunction(takeMessage(reader), model.functions.emplace_back());
      break;
    default:
      skip(reader);
    }
}

} // namespace

bool readModel(std::string_view bytes, Model &model, std::string &reason) noexcept {
  try {
    readModelFields(pbf_reader(bytes.data(), bytes.size()), model);
    return true;
  } catch (const TooDeep &) {
    reason = "its subgraphs are nested more than " + std::to_string(kMaxGraphDepth) + " deep";
  } catch (const protozero::end_of_buffer_exception &) {
    reason = "a field runs past the end of the message around it (a truncated download?)";
  } catch (const protozero::exception &error) {
    reason = std::string("its bytes are no protocol buffer (") + error.what() + ")";
  } catch (const std::bad_alloc &) {
    reason = "reading it takes more memory than there is";
  } catch (const std::exception &error) {
    reason = error.what();
  }
  return false;
}

} // namespace quern::proto
