// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The model and its graphs: names, inputs, outputs, initializers.

#include "Importer.h"

#include "quern/Dialect/ONNX/IR/ONNX.h"
#include "quern/Import/ElementType.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/Path.h"

using namespace mlir;

namespace quern {

Importer::Importer(MLIRContext *context, std::shared_ptr<const MappedFile> file, const proto::Model &model,
                   bool keepGoing)
    : builder(context), context(context),
      mainLoc(FileLineColLoc::get(context, llvm::sys::path::filename(file->getPath()), 0, 0)), file(file), model(model),
      weights(file, context), keepGoing(keepGoing) {
  for (const proto::Function &function : model.functions)
    functions.try_emplace(getFunctionKey(function.domain, function.name, function.overload), &function);
}

LogicalResult Importer::fail(const NodeDraft &node, const Twine &reason, const Twine &advice) {
  StringRef domain = node.domain.empty() ? "ai.onnx" : node.domain;
  problems.push_back({node.name, node.op, domain.str(), node.opset, reason.str(), advice.str()});
  return failure();
}

LogicalResult Importer::failModel(const Twine &reason, const Twine &advice) {
  problems.push_back({"", "", "", 0, reason.str(), advice.str()});
  return failure();
}

LogicalResult Importer::importOpsets() {
  if (model.opsets.empty())
    return failModel("the model says for no operator set which version it uses" +
                         Twine(model.irVersion > 0 && model.irVersion < 3
                                   ? " (it is of IR version " + std::to_string(model.irVersion) +
                                         ", from before ONNX had operator sets)"
                                   : ""),
                     "export the model again with opset_import");
  for (const proto::OpsetId &opset : model.opsets) {
    StringRef domain = toRef(opset.domain) == "ai.onnx" ? "" : toRef(opset.domain);
    bool known = domain.empty() || domain == "ai.onnx.ml" || domain == "com.microsoft" || domain == "ai.onnx.preview" ||
                 domain == "ai.onnx.preview.training";
    if (known && opset.version < 1)
      return failModel("expects a version of the operator set '" + toPrintable(domain.empty() ? "ai.onnx" : domain) +
                           "' from 1, got " + Twine(opset.version),
                       "export the model again");
    if (domain.empty() && opset.version > kMaxOpset)
      return failModel("imports opset " + Twine(opset.version) + " of ai.onnx, and the newest known here is " +
                           Twine(kMaxOpset),
                       "export the model again with opset " + Twine(kMaxOpset) + " or lower");
    if (!mainFrame.opsets.try_emplace(domain, opset.version).second && mainFrame.opsets.lookup(domain) != opset.version)
      return failModel("imports two versions of the operator set '" + toPrintable(domain.empty() ? "ai.onnx" : domain) +
                       "'");
  }
  return success();
}

static Type convertTensorType(const proto::Type &type, MLIRContext *context, std::string &reason) {
  Type element = getElementType(type.elementType, context);
  if (!element) {
    reason = "has elements of an unknown data type (" + std::to_string(type.elementType) + ")";
    return {};
  }
  if (!type.hasShape)
    return UnrankedTensorType::get(element);
  SmallVector<int64_t> shape;
  int64_t count = 1;
  for (const proto::Dimension &dim : type.shape) {
    shape.push_back(dim.kind == proto::Dimension::Value && dim.value >= 0 ? dim.value : ShapedType::kDynamic);
    if (shape.back() > 0 && llvm::MulOverflow(count, shape.back(), count)) {
      reason = "has more elements than 64 bits count";
      return {};
    }
  }
  return RankedTensorType::get(shape, element);
}

Type Importer::convertType(const proto::Type &type, std::string &reason) {
  switch (type.kind) {
  case proto::Type::Tensor:
    return convertTensorType(type, context, reason);
  case proto::Type::Sequence:
  case proto::Type::Optional: {
    bool isSequence = type.kind == proto::Type::Sequence;
    Type element = type.element ? convertType(*type.element, reason) : Type();
    if (!type.element || (!element && reason.empty()))
      reason = isSequence ? "is a sequence of nothing" : "is an optional of nothing";
    if (!element)
      return {};
    bool fits = isa<TensorType>(element) || (isSequence ? isa<onnx::MapType>(element) : isa<onnx::SeqType>(element));
    if (!fits) {
      reason = isSequence ? "is a sequence of something else than tensors or maps, which is not supported"
                          : "is an optional of something else than a tensor or a sequence, which is not supported";
      return {};
    }
    return isSequence ? Type(onnx::SeqType::get(context, element)) : Type(onnx::OptType::get(context, element));
  }
  case proto::Type::Map: {
    Type key = getElementType(type.keyType, context);
    Type value = type.element ? convertType(*type.element, reason) : Type();
    auto tensor = dyn_cast_or_null<TensorType>(value);
    bool keyFits = isa_and_nonnull<onnx::StringType>(key) || (key && key.isInteger(64));
    if (!keyFits || !tensor) {
      reason =
          "is a map of something else than strings or 64-bit integers to numbers or strings, which is not supported";
      return {};
    }
    return onnx::MapType::get(context, key, tensor.getElementType());
  }
  case proto::Type::SparseTensor:
    reason = "is a sparse tensor, which is not supported";
    return {};
  case proto::Type::Opaque:
    reason = "is of an opaque type, which is not supported";
    return {};
  case proto::Type::None:
    break;
  }
  reason = "has no type";
  return {};
}

FailureOr<Type> Importer::convertType(const proto::Type &type, const Twine &what) {
  std::string reason;
  if (Type converted = convertType(type, reason))
    return converted;
  return failModel(what + " " + reason);
}

DictionaryAttr Importer::makeMetadata() {
  NamedAttrList metadata;
  auto add = [&](StringRef key, StringRef value) {
    if (!key.empty() && !value.empty())
      metadata.set(key, builder.getStringAttr(value));
  };
  add("producer", toRef(model.producerName));
  add("producer_version", toRef(model.producerVersion));
  add("domain", toRef(model.domain));
  add("doc", toRef(model.docString));
  add("graph", toRef(model.graph->name));
  if (model.modelVersion != 0)
    add("version", std::to_string(model.modelVersion));
  for (auto [key, value] : model.metadata)
    add(toRef(key), toRef(value));
  return metadata.getDictionary(context);
}

/// What a dimension is called; nothing where an exporter wrote a placeholder (`?`, `-1`, `None`) for every unknown
/// size: equal names mean equal sizes.
static StringRef getDimName(StringRef param) {
  return llvm::any_of(param, llvm::isAlpha) && param != "None" ? param : StringRef();
}

/// The names of a tensor's dimensions; null where none has one.
static ArrayAttr getDimNames(const proto::Type &declared, TensorType tensor, Builder &builder) {
  if (declared.kind != proto::Type::Tensor || !tensor.hasRank() ||
      static_cast<int64_t>(declared.shape.size()) != tensor.getRank())
    return {};
  SmallVector<StringRef> names;
  for (auto [dim, size] : llvm::zip(declared.shape, tensor.getShape()))
    names.push_back(ShapedType::isDynamic(size) ? getDimName(toRef(dim.param)) : StringRef());
  if (llvm::all_of(names, [](StringRef name) { return name.empty(); }))
    return {};
  return builder.getStrArrayAttr(names);
}

/// The attributes of an input or output of the model: docs/contracts.md.
DictionaryAttr Importer::describePort(const proto::ValueInfo &info, Type type) {
  NamedAttrList attributes;
  attributes.set(onnx::kNameAttr, builder.getStringAttr(toRef(info.name)));
  auto tensor = dyn_cast<TensorType>(type);
  if (!tensor) {
    attributes.set(onnx::kValueTypeAttr, onnx::describeType(type));
    return attributes.getDictionary(context);
  }
  attributes.set(onnx::kElemTypeAttr, builder.getI32IntegerAttr(getDataType(tensor.getElementType())));
  if (ArrayAttr names = getDimNames(info.type, tensor, builder))
    attributes.set(onnx::kDimParamsAttr, names);
  return attributes.getDictionary(context);
}

/// A C identifier from the name of the file.
static std::string getModelName(StringRef path) {
  std::string name = llvm::sys::path::stem(path).str();
  for (char &c : name)
    if (!llvm::isAlnum(c))
      c = '_';
  if (name.empty() || llvm::isDigit(name[0]))
    name = "m_" + name;
  return name;
}

LogicalResult Importer::declareGraph(const proto::Graph &graph, Scope &scope) {
  auto declare = [&](auto &map, StringRef name, auto *initializer) -> LogicalResult {
    if (name.empty())
      return failModel("an initializer has no name");
    if (scope.initializers.contains(name) || scope.sparseInitializers.contains(name))
      return failModel("two initializers are named '" + toPrintable(name) + "'");
    map[name] = initializer;
    return success();
  };
  for (const proto::Tensor &tensor : graph.initializers)
    if (failed(declare(scope.initializers, toRef(tensor.name), &tensor)))
      return failure();
  for (const proto::SparseTensor &sparse : graph.sparseInitializers)
    if (failed(declare(scope.sparseInitializers, toRef(sparse.values.name), &sparse)))
      return failure();
  for (const auto *infos : {&graph.values, &graph.outputs})
    for (const proto::ValueInfo &info : *infos)
      if (info.type.kind != proto::Type::None)
        scope.declared[toRef(info.name)] = &info.type;
  return success();
}

FailureOr<Scope::Binding> Importer::lookUp(StringRef name, Scope &scope) {
  for (Scope *at = &scope; at; at = at->parent) {
    auto known = at->values.find(name);
    if (known != at->values.end())
      return known->second;
    const proto::Tensor *tensor = at->initializers.lookup(name);
    const proto::SparseTensor *sparse = at->sparseInitializers.lookup(name);
    if (!tensor && !sparse)
      continue;
    // Initializers become constants at their first use, in front of their graph.
    llvm::Expected<ElementsAttr> value = tensor ? weights.convert(*tensor, name) : weights.convert(*sparse, name);
    if (!value) {
      at->values[name] = {};
      return failModel("initializer '" + toPrintable(name) + "' " + llvm::toString(value.takeError()));
    }
    OpBuilder::InsertionGuard guard(builder);
    if (at->lastConstant)
      builder.setInsertionPointAfter(at->lastConstant);
    else
      builder.setInsertionPointToStart(at->block);
    Location loc = NameLoc::get(builder.getStringAttr(name), mainLoc);
    Value constant = createConstant(loc, *value);
    at->lastConstant = constant.getDefiningOp();
    return at->values[name] = {constant};
  }
  return failure();
}

/// Each name is given once. Of constants that share a name the last counts: optimizers leave such models, which
/// runtimes take.
bool Importer::selectNodes(ArrayRef<proto::Node> nodes, Scope &scope, const Frame &frame,
                           SmallVectorImpl<const proto::Node *> &selected) {
  llvm::StringMap<size_t> producers;
  bool good = true;
  for (const proto::Node &node : nodes) {
    selected.push_back(&node);
    for (std::string_view output : node.outputs) {
      StringRef name = toRef(output);
      if (name.empty())
        continue;
      auto [producer, isNew] = producers.try_emplace(name, selected.size() - 1);
      if (isNew && !scope.defines(name))
        continue;
      const proto::Node *&other = selected[producer->second];
      if (!isNew && other != &node && other && other->opType == "Constant" && node.opType == "Constant") {
        other = nullptr;
        producer->second = selected.size() - 1;
        continue;
      }
      (void)fail(makeDraft(node, frame),
                 "expects output '" + toPrintable(name) +
                     "' to have a name of its own, and the graph has another tensor of that name");
      good = false;
    }
  }
  llvm::erase(selected, nullptr);
  return good;
}

LogicalResult Importer::importNodes(ArrayRef<proto::Node> nodes, Scope &scope, const Frame &frame) {
  SmallVector<const proto::Node *> selected;
  if (!selectNodes(nodes, scope, frame, selected))
    return failure();
  const proto::Node *cycle = nullptr;
  SmallVector<const proto::Node *> order = orderNodes(selected, cycle);
  if (cycle)
    return fail(makeDraft(*cycle, frame),
                "expects inputs that do not depend on its own outputs: the graph has a cycle");
  bool good = true;
  for (const proto::Node *node : order) {
    if (succeeded(importNode(*node, scope, frame)))
      continue;
    if (!keepGoing)
      return failure();
    good = false;
    for (std::string_view output : node->outputs)
      scope.values.try_emplace(toRef(output));
  }
  return success(good);
}

LogicalResult Importer::importMain(ModuleOp module) {
  const proto::Graph &graph = *model.graph;
  if (graph.outputs.empty())
    return failModel("the graph has no outputs, so there is nothing to compute");
  Scope scope;
  if (failed(declareGraph(graph, scope)))
    return failure();

  // An initializer that is also an input is its default value, and a constant here.
  SmallVector<Type> argumentTypes;
  SmallVector<DictionaryAttr> argumentAttrs;
  SmallVector<const proto::ValueInfo *> arguments;
  for (const proto::ValueInfo &input : graph.inputs) {
    StringRef name = toRef(input.name);
    if (scope.initializers.contains(name) || scope.sparseInitializers.contains(name))
      continue;
    if (name.empty() || llvm::any_of(arguments, [&](auto *other) { return other->name == input.name; }))
      return failModel(name.empty() ? "an input has no name" : "two inputs are named '" + toPrintable(name) + "'");
    FailureOr<Type> type = convertType(input.type, "input '" + toPrintable(name) + "'");
    if (failed(type))
      return failure();
    arguments.push_back(&input);
    argumentTypes.push_back(*type);
    argumentAttrs.push_back(describePort(input, *type));
  }

  builder.setInsertionPointToEnd(module.getBody());
  auto main = func::FuncOp::create(builder, mainLoc, "main", builder.getFunctionType(argumentTypes, {}));
  scope.block = main.addEntryBlock();
  for (auto [argument, input] : llvm::zip(main.getArguments(), arguments)) {
    argument.setLoc(NameLoc::get(builder.getStringAttr(toRef(input->name)), mainLoc));
    scope.values[toRef(input->name)] = {argument};
  }
  main.setAllArgAttrs(argumentAttrs);

  builder.setInsertionPointToEnd(scope.block);
  bool good = succeeded(importNodes(graph.nodes, scope, mainFrame));
  if (!good && !keepGoing)
    return failure();

  SmallVector<Value> results;
  SmallVector<DictionaryAttr> resultAttrs;
  for (const proto::ValueInfo &output : graph.outputs) {
    StringRef name = toRef(output.name);
    size_t before = problems.size();
    FailureOr<Scope::Binding> binding = lookUp(name, scope);
    if (failed(binding)) {
      if (problems.size() == before)
        (void)failModel("output '" + toPrintable(name) + "' is made by no node of the graph");
      good = false;
    } else if (binding->value) {
      if (isa<BlockArgument>(binding->value) || scope.lastConstant == binding->value.getDefiningOp())
        good &= succeeded(checkOutput(output, binding->value));
      results.push_back(binding->value);
      resultAttrs.push_back(describePort(output, binding->value.getType()));
    }
  }
  if (!good)
    return failure();
  func::ReturnOp::create(builder, mainLoc, results);
  main.setFunctionType(builder.getFunctionType(argumentTypes, ValueRange(results).getTypes()));
  main.setAllResultAttrs(resultAttrs);
  // Before IR version 4 every initializer was listed as an input too: one that nothing reads is what a tool left of
  // an initializer, and nobody's to feed.
  for (unsigned i = main.getNumArguments(); i-- > 0 && model.irVersion < 4;)
    if (main.getArgument(i).use_empty() && failed(main.eraseArgument(i)))
      return failure();
  return success();
}

/// Nodes compare their results with what the file declares; this does so for outputs that no node makes.
LogicalResult Importer::checkOutput(const proto::ValueInfo &output, Value value) {
  if (output.type.kind == proto::Type::None)
    return success();
  FailureOr<Type> declared = convertType(output.type, "output '" + toPrintable(toRef(output.name)) + "'");
  if (failed(declared))
    return failure();
  bool isTensor = isa<TensorType>(value.getType());
  if (isTensor != isa<TensorType>(*declared) || (!isTensor && !onnx::areCompatible(*declared, value.getType())))
    return failModel("output '" + toPrintable(toRef(output.name)) + "' is declared with another type than it has");
  if (isTensor && getElementTypeOrSelf(*declared) != getElementTypeOrSelf(value.getType()))
    return failModel("output '" + toPrintable(toRef(output.name)) + "' is declared with elements of " +
                     getDataTypeName(output.type.elementType) + ", and has those of " +
                     getDataTypeName(getDataType(getElementTypeOrSelf(value.getType()))));
  return success();
}

OwningOpRef<ModuleOp> Importer::importModel() {
  if (!model.graph) {
    (void)failModel("it is not an ONNX model: it holds no graph");
    return nullptr;
  }
  if (failed(importOpsets()))
    return nullptr;
  // What the verifier says of an op ends up in a sentence without the op, and printing it takes its function's length.
  bool printsOps = context->shouldPrintOpOnDiagnostic();
  context->printOpOnDiagnostic(false);
  llvm::scope_exit restore([&] { context->printOpOnDiagnostic(printsOps); });

  OwningOpRef<ModuleOp> module = ModuleOp::create(builder, mainLoc);
  (*module)->setAttr(onnx::kModelNameAttr, builder.getStringAttr(getModelName(file->getPath())));
  (*module)->setAttr(onnx::kMetadataAttr, makeMetadata());
  NamedAttrList opsets;
  for (auto &[domain, version] : mainFrame.opsets)
    opsets.set(domain.empty() ? StringRef("ai.onnx") : StringRef(domain), builder.getI64IntegerAttr(version));
  (*module)->setAttr(onnx::kOpsetAttr, opsets.getDictionary(context));
  if (failed(importMain(*module)))
    return nullptr;
  return module;
}

} // namespace quern
