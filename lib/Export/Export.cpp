// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Ops to nodes, constants to initializers. Field numbers are those of onnx.proto.

#include "quern/Export/Export.h"

#include "Opsets.h"
#include "WireWriter.h"

#include "quern/Dialect/ONNX/IR/ONNX.h"
#include "quern/Import/ElementType.h"
#include "quern/Support/Constants.h"
#include "quern/Support/NodeName.h"
#include "quern/Support/OutputFile.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/Path.h"

#include <deque>

using namespace mlir;

namespace quern {

/// protobuf reads no message above this.
constexpr uint64_t kMaxFileBytes = (uint64_t(1) << 31) - 1;
/// Weights up to this size stay in the model when others go to a file beside it.
constexpr size_t kMaxInlineBytes = 1024;

namespace {

class Exporter {
public:
  Exporter(ModuleOp module, const ExportOptions &options) : module(module), options(options) {}

  FailureOr<WireWriter> exportModel();

private:
  LogicalResult exportBlock(Block &block, WireWriter &graph, StringRef graphName);
  LogicalResult exportNode(Operation *op, WireWriter &graph);
  LogicalResult exportAttribute(Operation *op, StringRef name, Attribute value, WireWriter &node);
  LogicalResult exportTensor(Location loc, StringRef name, ElementsAttr value, WireWriter &tensor);
  WireWriter exportPort(StringRef name, Type type, ArrayAttr dimNames = {});
  LogicalResult exportOutputs(Block &block, WireWriter &graph);
  LogicalResult chooseOpset();
  StringRef nameValue(Value value, StringRef wanted);
  std::string makeUnique(StringRef wanted, llvm::StringSet<> &taken);

  ModuleOp module;
  const ExportOptions &options;
  func::FuncOp main;
  int64_t opset = 7;
  llvm::StringSet<> domains; // other than ai.onnx
  llvm::StringSet<> taken, takenNodes;
  DenseMap<Value, std::string> names;
  std::deque<SmallVector<char, 0>> copies; // of splats, for the writers that borrow them
  uint64_t externalOffset = 0;
};

} // namespace

std::string Exporter::makeUnique(StringRef wanted, llvm::StringSet<> &taken) {
  std::string name = wanted.empty() ? "t" : wanted.str();
  for (unsigned i = 1; !taken.insert(name).second; ++i)
    name = (wanted + "_" + Twine(i)).str();
  return name;
}

StringRef Exporter::nameValue(Value value, StringRef wanted) {
  auto [entry, isNew] = names.try_emplace(value);
  if (isNew)
    entry->second = makeUnique(wanted, taken);
  return entry->second;
}

LogicalResult Exporter::chooseOpset() {
  Operation *needs = nullptr;
  main.walk([&](Operation *op) {
    int64_t lowest = getLowestOpset(op);
    if (lowest > opset) {
      opset = lowest;
      needs = op;
    }
    if (auto known = dyn_cast<onnx::ONNXOpInterface>(op); known && !known.getOnnxDomain().empty())
      domains.insert(known.getOnnxDomain());
  });
  if (options.opset == 0)
    return success();
  if (options.opset < opset)
    return (needs ? needs : main.getOperation())->emitError()
           << "expects an opset from " << opset << " on to be written, got " << options.opset;
  opset = options.opset;
  return success();
}

LogicalResult Exporter::exportTensor(Location loc, StringRef name, ElementsAttr value, WireWriter &tensor) {
  auto type = cast<ShapedType>(value.getType());
  int32_t dataType = getDataType(type.getElementType());
  if (dataType == 0)
    return emitError(loc) << "expects elements of a type that ONNX has, got " << type.getElementType();
  if (!type.getShape().empty())
    tensor.integers(1, type.getShape());
  tensor.integer(2, dataType);
  tensor.string(8, name);
  if (auto strings = dyn_cast<DenseStringElementsAttr>(value)) {
    for (StringRef string : strings.getValues<StringRef>())
      tensor.string(6, string);
    return success();
  }
  SmallVector<char, 0> &storage = copies.emplace_back();
  std::optional<ArrayRef<char>> bytes = getConstantBytes(value, storage);
  if (!bytes)
    return emitError(loc) << "expects a constant whose bytes are at hand";
  if (!options.externalData || bytes->size() <= kMaxInlineBytes) {
    tensor.borrow(9, *bytes);
    return success();
  }
  // Aligned for whoever maps the file.
  uint64_t padding = llvm::alignTo(externalOffset, 4096) - externalOffset;
  options.externalData->write_zeros(padding);
  externalOffset += padding;
  std::string offset = std::to_string(externalOffset), length = std::to_string(bytes->size());
  for (auto [key, text] :
       {std::pair<StringRef, StringRef>("location", options.externalName), {"offset", offset}, {"length", length}}) {
    WireWriter entry;
    entry.string(1, key);
    entry.string(2, text);
    tensor.message(13, entry);
  }
  tensor.integer(14, 1);
  options.externalData->write(bytes->data(), bytes->size());
  externalOffset += bytes->size();
  storage.clear();
  return success();
}

/// A TypeProto. `dimNames` are of a tensor's dimensions.
static WireWriter exportType(Type type, ArrayAttr dimNames = {}) {
  WireWriter proto, inner;
  auto element = [&](int field, Type type) { inner.message(field, exportType(type)); };
  if (auto sequence = dyn_cast<onnx::SeqType>(type)) {
    element(1, onnx::getItemType(sequence));
    proto.message(4, inner);
    return proto;
  }
  if (auto optional = dyn_cast<onnx::OptType>(type)) {
    element(1, onnx::getItemType(optional));
    proto.message(9, inner);
    return proto;
  }
  if (auto map = dyn_cast<onnx::MapType>(type)) {
    inner.integer(1, getDataType(map.getKey()));
    element(2, RankedTensorType::get({}, map.getValue()));
    proto.message(5, inner);
    return proto;
  }
  auto tensor = cast<TensorType>(type);
  inner.integer(1, getDataType(tensor.getElementType()));
  if (tensor.hasRank()) {
    WireWriter shape;
    for (auto [i, size] : llvm::enumerate(tensor.getShape())) {
      WireWriter dim;
      StringRef param = dimNames && i < dimNames.size() ? cast<StringAttr>(dimNames[i]).getValue() : StringRef();
      if (!ShapedType::isDynamic(size))
        dim.integer(1, size);
      else if (!param.empty())
        dim.string(2, param);
      shape.message(1, dim);
    }
    inner.message(2, shape);
  }
  proto.message(1, inner);
  return proto;
}

WireWriter Exporter::exportPort(StringRef name, Type type, ArrayAttr dimNames) {
  WireWriter port;
  port.string(1, name);
  port.message(2, exportType(type, dimNames));
  return port;
}

LogicalResult Exporter::exportAttribute(Operation *op, StringRef name, Attribute value, WireWriter &node) {
  WireWriter attribute;
  attribute.string(1, name);
  auto kind = [&](int64_t type) { attribute.integer(20, type); };
  if (auto integer = dyn_cast<IntegerAttr>(value)) {
    kind(2);
    attribute.integer(3, integer.getInt());
  } else if (auto number = dyn_cast<FloatAttr>(value)) {
    kind(1);
    attribute.number(2, static_cast<float>(number.getValueAsDouble()));
  } else if (auto text = dyn_cast<StringAttr>(value)) {
    kind(3);
    attribute.string(4, text.getValue());
  } else if (auto integers = dyn_cast<DenseI64ArrayAttr>(value)) {
    kind(7);
    attribute.integers(8, integers.asArrayRef());
  } else if (auto numbers = dyn_cast<DenseF32ArrayAttr>(value)) {
    kind(6);
    attribute.numbers(7, numbers.asArrayRef());
  } else if (auto type = dyn_cast<TypeAttr>(value)) {
    kind(13);
    attribute.message(14, exportType(type.getValue()));
  } else if (auto elements = dyn_cast<ElementsAttr>(value)) {
    kind(4);
    WireWriter tensor;
    if (failed(exportTensor(op->getLoc(), "", elements, tensor)))
      return failure();
    attribute.message(5, tensor);
  } else if (auto list = dyn_cast<ArrayAttr>(value); list && llvm::all_of(list, llvm::IsaPred<StringAttr>)) {
    kind(8);
    for (Attribute string : list)
      attribute.string(9, cast<StringAttr>(string).getValue());
  } else {
    return op->emitOpError("expects attributes that ONNX has, got ") << name << " = " << value;
  }
  node.message(5, attribute);
  return success();
}

LogicalResult Exporter::exportNode(Operation *op, WireWriter &graph) {
  auto known = dyn_cast<onnx::ONNXOpInterface>(op);
  if (!known)
    return op->emitError("expects ops of the onnx dialect to be exported, got '") << op->getName() << "'";
  StringRef nodeName = getNodeName(op->getLoc());
  WireWriter node;
  for (Value operand : getInputs(op))
    node.string(1, operand ? StringRef(names[operand]) : StringRef());
  auto segments = op->getAttrOfType<DenseI32ArrayAttr>("resultSegmentSizes");
  unsigned next = 0;
  StringRef kinds = known.getResultKinds();
  for (auto [i, kind] : llvm::enumerate(kinds)) {
    unsigned flexible = op->getNumResults() - llvm::count(kinds, 'r');
    unsigned size = kind == 'r' ? 1 : segments ? segments[i] : flexible;
    if (size == 0 && next < op->getNumResults())
      node.string(2, "");
    for (unsigned n = 0; n < size; ++n, ++next)
      node.string(2, nameValue(op->getResult(next), nodeName));
  }
  node.string(3, makeUnique(nodeName, takenNodes));
  node.string(4, known.getOnnxName());
  if (!known.getOnnxDomain().empty())
    node.string(7, known.getOnnxDomain());

  DictionaryAttr defaults = getDefaultAttrs(op);
  for (NamedAttribute attribute : op->getAttrs()) {
    StringRef name = attribute.getName();
    if (name.ends_with("SegmentSizes") || name.contains('.') || attribute.getValue() == defaults.get(name))
      continue;
    if (failed(exportAttribute(op, name, attribute.getValue(), node)))
      return failure();
  }
  for (auto [region, name] : llvm::zip(op->getRegions(), onnx::getRegionNames(known.getOnnxName()))) {
    if (region.empty())
      continue;
    WireWriter body, attribute;
    if (failed(exportBlock(region.front(), body, name)))
      return failure();
    attribute.string(1, name);
    attribute.integer(20, 5);
    attribute.message(6, body);
    node.message(5, attribute);
  }
  graph.message(1, node);
  return success();
}

/// What the terminator returns. A value that is no node's result, or is returned twice, is copied by an Identity.
LogicalResult Exporter::exportOutputs(Block &block, WireWriter &graph) {
  Operation *end = block.getTerminator();
  bool isMain = end->getParentOp() == main;
  for (auto [i, value] : llvm::enumerate(end->getOperands())) {
    auto wanted = isMain ? main.getResultAttrOfType<StringAttr>(i, onnx::kNameAttr) : StringAttr();
    std::string name = names[value];
    Operation *producer = value.getDefiningOp();
    bool direct = producer && producer->getBlock() == &block && !isa<onnx::ConstantOp>(producer);
    if ((wanted && name != wanted.getValue()) || !direct ||
        llvm::is_contained(end->getOperands().take_front(i), value)) {
      WireWriter copy;
      copy.string(1, name);
      name = wanted && !taken.contains(wanted) ? makeUnique(wanted, taken) : makeUnique(name + "_output", taken);
      copy.string(2, name);
      copy.string(4, "Identity");
      graph.message(1, copy);
    }
    auto dims = isMain ? main.getResultAttrOfType<ArrayAttr>(i, onnx::kDimParamsAttr) : ArrayAttr();
    graph.message(12, exportPort(name, value.getType(), dims));
  }
  return success();
}

LogicalResult Exporter::exportBlock(Block &block, WireWriter &graph, StringRef graphName) {
  graph.string(2, graphName);
  bool isMain = block.getParentOp() == main;
  for (auto [i, argument] : llvm::enumerate(block.getArguments())) {
    auto wanted = isMain ? main.getArgAttrOfType<StringAttr>(i, onnx::kNameAttr) : StringAttr();
    auto dims = isMain ? main.getArgAttrOfType<ArrayAttr>(i, onnx::kDimParamsAttr) : ArrayAttr();
    StringRef name = nameValue(argument, wanted ? wanted.getValue() : getNodeName(argument.getLoc()));
    graph.message(11, exportPort(name, argument.getType(), dims));
  }
  // Results that the model gives out have their names first.
  if (isMain)
    for (auto [i, value] : llvm::enumerate(block.getTerminator()->getOperands()))
      if (auto wanted = main.getResultAttrOfType<StringAttr>(i, onnx::kNameAttr);
          wanted && value.getDefiningOp() && !isa<onnx::ConstantOp>(value.getDefiningOp()) && !names.contains(value) &&
          !taken.contains(wanted))
        nameValue(value, wanted);
  for (Operation &op : block.without_terminator()) {
    auto constant = dyn_cast<onnx::ConstantOp>(op);
    if (!constant) {
      if (failed(exportNode(&op, graph)))
        return failure();
      continue;
    }
    auto value = op.getAttrOfType<ElementsAttr>("value");
    if (!value)
      return op.emitOpError("expects a tensor as its value to be exported");
    WireWriter tensor;
    if (failed(exportTensor(op.getLoc(), nameValue(op.getResult(0), getNodeName(op.getLoc())), value, tensor)))
      return failure();
    graph.message(5, tensor);
  }
  return exportOutputs(block, graph);
}

FailureOr<WireWriter> Exporter::exportModel() {
  main = module.lookupSymbol<func::FuncOp>("main");
  if (!main || !llvm::hasSingleElement(main.getBody()))
    return module.emitError("expects a function @main with one block to be exported");
  if (failed(chooseOpset()))
    return failure();

  WireWriter model, graph;
  model.integer(1, getIRVersion(opset));
  auto metadata = module->getAttrOfType<DictionaryAttr>(onnx::kMetadataAttr);
  auto text = [&](StringRef key) {
    auto value = metadata ? metadata.getAs<StringAttr>(key) : StringAttr();
    return value ? value.getValue() : StringRef();
  };
  model.string(2, text("producer").empty() ? "quern" : text("producer"));
  model.string(3, text("producer_version"));
  int64_t version = 0;
  if (!text("domain").empty())
    model.string(4, text("domain"));
  if (!text("version").getAsInteger(10, version))
    model.integer(5, version);
  if (!text("doc").empty())
    model.string(6, text("doc"));
  if (failed(exportBlock(main.getBody().front(), graph, text("graph").empty() ? "main" : text("graph"))))
    return failure();
  model.message(7, graph);

  auto addOpset = [&](StringRef domain, int64_t version) {
    WireWriter entry;
    entry.string(1, domain);
    entry.integer(2, version);
    model.message(8, entry);
  };
  addOpset("", opset);
  SmallVector<StringRef> others(domains.keys());
  llvm::sort(others);
  // Opset 5 of ai.onnx.ml has TreeEnsemble, and no longer the operators before it.
  bool hasTreeEnsemble = main.walk([](onnx::MLTreeEnsembleOp) { return WalkResult::interrupt(); }).wasInterrupted();
  for (StringRef domain : others)
    addOpset(domain, domain != "ai.onnx.ml" ? 1 : hasTreeEnsemble ? 5 : 4);
  static constexpr StringRef fields[] = {"producer", "producer_version", "domain", "version", "doc", "graph"};
  for (NamedAttribute entry : metadata ? metadata.getValue() : ArrayRef<NamedAttribute>())
    if (auto value = dyn_cast<StringAttr>(entry.getValue());
        value && !llvm::is_contained(fields, entry.getName().strref())) {
      WireWriter pair;
      pair.string(1, entry.getName());
      pair.string(2, value);
      model.message(14, pair);
    }
  if (model.size() > kMaxFileBytes)
    return module.emitError("expects a file for the weights beside the model: it takes ")
           << model.size() << " bytes, and ONNX files end at 2 GB";
  return model;
}

LogicalResult exportOnnx(ModuleOp module, raw_ostream &os, const ExportOptions &options) {
  Exporter exporter(module, options);
  FailureOr<WireWriter> model = exporter.exportModel();
  if (failed(model))
    return failure();
  model->write(os);
  return success();
}

LogicalResult exportOnnx(ModuleOp module, StringRef path, int64_t opset) {
  int64_t weights = 0;
  module.walk([&](onnx::ConstantOp op) { weights += getStorageBytes(cast<ShapedType>(op.getType())).value_or(0); });
  // The rest of a model, names and shapes, is small beside the limit.
  bool external = weights > static_cast<int64_t>(kMaxFileBytes - (uint64_t(1) << 27));
  auto check = [&](llvm::Error error) -> LogicalResult {
    return error ? LogicalResult(module.emitError(llvm::toString(std::move(error)))) : success();
  };
  ExportOptions options;
  options.opset = opset;
  llvm::Expected<OutputFile> file = OutputFile::create(path);
  if (!file)
    return check(file.takeError());
  if (!external)
    return success(succeeded(exportOnnx(module, file->os(), options)) && succeeded(check(file->commit())));

  std::string dataPath = (path + ".data").str();
  llvm::Expected<OutputFile> data = OutputFile::create(dataPath);
  if (!data)
    return check(data.takeError());
  options.externalData = &data->os();
  options.externalName = llvm::sys::path::filename(dataPath).str();
  return success(succeeded(exportOnnx(module, file->os(), options)) && succeeded(check(data->commit())) &&
                 succeeded(check(file->commit())));
}

} // namespace quern
