// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A node of the file: its inputs, attributes and outputs.

#include "Importer.h"

#include "quern/Dialect/ONNX/IR/ONNX.h"
#include "quern/Import/ElementType.h"

using namespace mlir;

namespace quern {

static StringRef getDomain(const proto::Node &node) {
  StringRef domain = toRef(node.domain);
  return domain == "ai.onnx" ? "" : domain;
}

NodeDraft Importer::makeDraft(const proto::Node &node, const Frame &frame) {
  StringRef name = toRef(node.name);
  if (name.empty())
    for (std::string_view output : llvm::reverse(node.outputs))
      if (!output.empty())
        name = toRef(output);
  if (name.empty())
    name = toRef(node.opType);
  std::string full = frame.prefix + name.str();
  NodeDraft draft(NameLoc::get(builder.getStringAttr(full), mainLoc));
  draft.name = std::move(full);
  draft.op = toRef(node.opType).str();
  draft.domain = getDomain(node);
  draft.opset = frame.opsets.lookup(draft.domain);
  for (std::string_view output : node.outputs)
    draft.outputs.push_back(!output.empty());
  return draft;
}

/// Operators that compiled models will not have, and what to do instead.
static constexpr std::pair<StringRef, StringRef> kRefused[] = {
    {"ImageDecoder", "it would take image codecs in each compiled model: decode before the model"},
    {"RegexFullMatch",
     "it would take an engine for regular expressions in each compiled model: match before the model"},
};

const OpEntry *Importer::findEntry(const NodeDraft &draft) {
  if (const OpEntry *entry = findOp(draft.domain, draft.op))
    return entry;
  StringRef domain = draft.domain.empty() ? "ai.onnx" : draft.domain;
  if (draft.opset == 0) {
    (void)fail(draft,
               "expects an operator set that the model imports, and it imports none of the domain '" +
                   toPrintable(domain) + "'",
               "add the domain to the model's opset_import");
    return nullptr;
  }
  std::string advice = "express it with other operators, or give it a body as a local function of the model";
  auto *refused = llvm::find_if(kRefused, [&](auto &row) { return draft.domain.empty() && row.first == draft.op; });
  if (refused != std::end(kRefused))
    advice = refused->second.str();
  else if (const OpEntry *similar = findSimilarOp(draft.domain, draft.op))
    advice = ("did you mean '" + similar->name + "'?").str();
  (void)fail(draft,
             "expects an operator that is supported, and '" + toPrintable(draft.op) + "' of the domain '" +
                 toPrintable(domain) + "' is not",
             advice);
  return nullptr;
}

/// Whether the operator is known: for nodes whose inputs could not be imported.
bool Importer::checkNodeKind(const proto::Node &node, const Frame &frame) {
  bool good = true;
  for (const proto::Attribute &attribute : node.attributes)
    if (attribute.graph)
      for (const proto::Node &inner : attribute.graph->nodes)
        good &= checkNodeKind(inner, frame);
  if (findFunction(node))
    return good;
  NodeDraft draft = makeDraft(node, frame);
  // Upgrades rename a few operators, which the table no longer has.
  static constexpr StringRef renamed[] = {"Upsample", "Scatter"};
  return (draft.domain.empty() && llvm::is_contained(renamed, draft.op)) || (findEntry(draft) && good);
}

LogicalResult Importer::importInputs(const proto::Node &node, Scope &scope, NodeDraft &draft, bool &poisoned) {
  for (std::string_view input : node.inputs) {
    StringRef name = toRef(input);
    if (name.empty()) {
      draft.inputs.push_back(Value());
      continue;
    }
    size_t before = problems.size();
    FailureOr<Scope::Binding> binding = lookUp(name, scope);
    if (failed(binding)) {
      if (problems.size() != before)
        return failure();
      return fail(draft, "expects input '" + toPrintable(name) + "' to be a tensor of the graph, and nothing makes it");
    }
    poisoned |= !binding->value && !binding->absent;
    draft.inputs.push_back(binding->value);
  }
  while (!draft.inputs.empty() && !draft.inputs.back())
    draft.inputs.pop_back();
  return success();
}

LogicalResult Importer::importAttributes(const proto::Node &node, Scope &scope, const Frame &frame, NodeDraft &draft) {
  for (const proto::Attribute &attribute : node.attributes) {
    const proto::Attribute *value = resolve(attribute, frame);
    if (!value)
      continue; // refers to an attribute that the call does not give: the default holds
    StringRef name = toRef(attribute.name);
    if (name.empty())
      return fail(draft, "expects attributes to have names");
    if (draft.attributes.get(name))
      return fail(draft, "expects attribute '" + toPrintable(name) + "' once, got it twice");
    using Kind = proto::AttributeType;
    switch (value->type) {
    case Kind::Int:
      draft.attributes.set(name, builder.getI64IntegerAttr(value->i));
      break;
    case Kind::Float:
      draft.attributes.set(name, builder.getF32FloatAttr(value->f));
      break;
    case Kind::String:
      draft.attributes.set(name, builder.getStringAttr(toRef(value->s)));
      break;
    case Kind::Ints:
      draft.attributes.set(name, builder.getDenseI64ArrayAttr(value->ints));
      break;
    case Kind::Floats:
      draft.attributes.set(name, builder.getDenseF32ArrayAttr(value->floats));
      break;
    case Kind::Strings: {
      SmallVector<StringRef> strings;
      for (std::string_view string : value->strings)
        strings.push_back(toRef(string));
      draft.attributes.set(name, builder.getStrArrayAttr(strings));
      break;
    }
    case Kind::Tensor: {
      if (!value->tensor)
        return fail(draft, "expects attribute '" + toPrintable(name) + "' to hold a tensor");
      llvm::Expected<ElementsAttr> elements = weights.convert(*value->tensor, draft.name);
      if (!elements)
        return fail(draft, "has a tensor as attribute '" + toPrintable(name) + "' that " +
                               llvm::toString(elements.takeError()));
      draft.attributes.set(name, *elements);
      break;
    }
    case Kind::SparseTensor: {
      if (!value->sparse)
        return fail(draft, "expects attribute '" + toPrintable(name) + "' to hold a tensor");
      llvm::Expected<ElementsAttr> elements = weights.convert(*value->sparse, draft.name);
      if (!elements)
        return fail(draft, "has a tensor as attribute '" + toPrintable(name) + "' that " +
                               llvm::toString(elements.takeError()));
      draft.attributes.set(name, *elements);
      break;
    }
    case Kind::TypeProto: {
      std::string reason;
      Type type = value->typeProto ? convertType(*value->typeProto, reason) : Type();
      if (!type)
        return fail(draft, "has a type as attribute '" + toPrintable(name) + "' that " +
                               (reason.empty() ? "is missing" : reason));
      draft.attributes.set(name, TypeAttr::get(type));
      break;
    }
    case Kind::Graph:
      if (!value->graph || value != &attribute)
        return fail(draft, "expects attribute '" + toPrintable(name) + "' to hold a graph");
      draft.graphs.emplace_back(name, value->graph.get());
      break;
    default:
      return fail(draft, "has attribute '" + toPrintable(name) + "' of a kind (" +
                             Twine(static_cast<int32_t>(value->type)) + ") that no operator has");
    }
  }
  return success();
}

static ElementsAttr getStrings(Builder &builder, ArrayRef<int64_t> shape, ArrayRef<StringRef> strings) {
  auto type = RankedTensorType::get(shape, onnx::StringType::get(builder.getContext()));
  return DenseStringElementsAttr::get(type, strings);
}

/// Whatever form `Constant` has, its value becomes the attribute `value`.
static FailureOr<ElementsAttr> getConstantValue(NodeDraft &draft, Builder &builder) {
  static constexpr StringRef forms[] = {"value",       "sparse_value", "value_int",    "value_ints",
                                        "value_float", "value_floats", "value_string", "value_strings"};
  ElementsAttr result;
  unsigned found = 0;
  for (StringRef form : forms) {
    Attribute attribute = draft.attributes.get(form);
    if (!attribute)
      continue;
    ++found;
    if (auto elements = dyn_cast<ElementsAttr>(attribute); elements && form.ends_with("value"))
      result = elements;
    else if (auto ints = dyn_cast<DenseI64ArrayAttr>(attribute); ints && form == "value_ints")
      result = builder.getI64TensorAttr(ints.asArrayRef());
    else if (auto floats = dyn_cast<DenseF32ArrayAttr>(attribute); floats && form == "value_floats")
      result = DenseElementsAttr::get(RankedTensorType::get(floats.size(), builder.getF32Type()), floats.asArrayRef());
    else if (auto integer = dyn_cast<IntegerAttr>(attribute); integer && form == "value_int")
      result = DenseElementsAttr::get(RankedTensorType::get({}, builder.getI64Type()), integer.getInt());
    else if (auto number = dyn_cast<FloatAttr>(attribute); number && form == "value_float")
      result = DenseElementsAttr::get(RankedTensorType::get({}, builder.getF32Type()), number.getValue());
    else if (auto text = dyn_cast<StringAttr>(attribute); text && form == "value_string")
      result = getStrings(builder, {}, text.getValue());
    else if (auto texts = dyn_cast<ArrayAttr>(attribute); texts && form == "value_strings")
      result =
          getStrings(builder, static_cast<int64_t>(texts.size()), llvm::to_vector(texts.getAsValueRange<StringAttr>()));
    draft.attributes.erase(form);
  }
  if (found != 1 || !result)
    return failure();
  return result;
}

LogicalResult Importer::importConstant(NodeDraft &draft) {
  FailureOr<ElementsAttr> value = getConstantValue(draft, builder);
  if (failed(value))
    return fail(draft, "expects one value: a tensor, an integer, a float, a string, or a list of these");
  draft.attributes.set("value", *value);
  return success();
}

static proto::Type::Kind getKind(Type type) {
  return isa<onnx::SeqType>(type)   ? proto::Type::Sequence
         : isa<onnx::OptType>(type) ? proto::Type::Optional
         : isa<onnx::MapType>(type) ? proto::Type::Map
                                    : proto::Type::Tensor;
}

LogicalResult Importer::checkDeclared(const NodeDraft &draft, Scope &scope, StringRef name, Value value) {
  const proto::Type *declared = scope.declared.lookup(name);
  if (!declared)
    return success();
  auto inferred = dyn_cast<TensorType>(value.getType());
  static constexpr StringRef kinds[] = {"of no type",  "a tensor",        "a sequence",       "a map",
                                        "an optional", "a sparse tensor", "of an opaque type"};
  proto::Type::Kind kind = getKind(value.getType());
  if (kind != declared->kind)
    return fail(draft, "expects output '" + toPrintable(name) + "' to be " + kinds[kind] +
                           ", and the model declares it to be " + kinds[declared->kind]);
  if (!inferred) {
    std::string reason;
    Type type = convertType(*declared, reason);
    if (type && !onnx::areCompatible(type, value.getType()))
      return fail(draft, "expects output '" + toPrintable(name) + "' to have the type that the model declares for it");
    return success();
  }
  Type element = getElementType(declared->elementType, context);
  if (!element)
    return success();
  if (inferred.getElementType() != element)
    return fail(draft, "expects output '" + toPrintable(name) + "' to have elements of type " +
                           getDataTypeName(getDataType(inferred.getElementType())) + ", and the model declares " +
                           getDataTypeName(declared->elementType));
  if (!declared->hasShape)
    return success();
  SmallVector<int64_t> shape;
  for (const proto::Dimension &dim : declared->shape)
    shape.push_back(dim.kind == proto::Dimension::Value && dim.value >= 0 ? dim.value : ShapedType::kDynamic);
  if (!inferred.hasRank()) {
    // The rank is all that is taken from a declaration: what sizes turn out to be, the run knows.
    value.setType(RankedTensorType::get(SmallVector<int64_t>(shape.size(), ShapedType::kDynamic), element));
    return success();
  }
  auto type = RankedTensorType::get(shape, element);
  if (!onnx::areCompatible(type, inferred))
    emitWarning(draft.loc) << "the model declares output '" << toPrintable(name) << "' as " << type << ", and it is "
                           << inferred << "; the declaration is ignored";
  return success();
}

LogicalResult Importer::bindOutputs(const proto::Node &node, Scope &scope, const NodeDraft &draft,
                                    ArrayRef<Value> results) {
  for (auto [i, output] : llvm::enumerate(node.outputs)) {
    StringRef name = toRef(output);
    if (name.empty())
      continue;
    if (draft.dropsOutputs && i >= results.size())
      continue;
    if (i >= results.size() || !results[i])
      return fail(draft,
                  "expects no output '" + toPrintable(name) + "': the operator has none at position " + Twine(i));
    Value value = results[i];
    const proto::Type *declared = scope.declared.lookup(name);
    // A loop that carried an optional may end with what is in it.
    if (auto optional = dyn_cast<onnx::OptType>(value.getType());
        optional && declared && declared->kind != proto::Type::Optional)
      value = createOp(draft.loc, "onnx.OptionalGetElement", value, onnx::getItemType(optional));
    scope.values[name] = {value};
    if (failed(checkDeclared(draft, scope, name, value)))
      return failure();
  }
  return success();
}

LogicalResult Importer::importNode(const proto::Node &node, Scope &scope, const Frame &frame) {
  NodeDraft draft = makeDraft(node, frame);
  bool poisoned = false;
  if (failed(importInputs(node, scope, draft, poisoned)) || poisoned) {
    if (keepGoing)
      checkNodeKind(node, frame);
    return failure();
  }
  if (!llvm::is_contained(draft.outputs, true))
    return fail(draft, "expects at least one output with a name");
  if (const proto::Function *function = findFunction(node))
    return importCall(node, *function, scope, frame, draft);
  if (failed(importAttributes(node, scope, frame, draft)))
    return failure();
  bool isStandard = draft.domain.empty();
  if (draft.opset != 0 && failed(upgradeNode(draft, *this)))
    return failure();
  if (isStandard && draft.op == "Constant" && failed(importConstant(draft)))
    return failure();
  const OpEntry *entry = draft.opset == 0 ? nullptr : findOp(draft.domain, draft.op);
  if (!entry) {
    if (!findEntry(draft) || draft.opset != 0)
      return failure();
    return fail(draft,
                "expects an operator set that the model imports, and it imports none of the domain '" +
                    toPrintable(draft.domain.empty() ? "ai.onnx" : draft.domain) + "'",
                "add the domain to the model's opset_import");
  }

  Operation *op =
      draft.scansBatches ? createScanOfBatches(*entry, draft, scope, frame) : createOp(*entry, draft, &scope, &frame);
  if (!op)
    return failure();
  // From results, of which absent ones are left out, back to positions.
  SmallVector<Value> results;
  unsigned next = 0;
  for (auto [i, named] : llvm::enumerate(draft.outputs)) {
    char kind = entry->resultKinds[std::min<size_t>(i, entry->resultKinds.size() - 1)];
    results.push_back(kind == 'o' && !named ? Value() : op->getResult(next++));
  }
  if (draft.finish && !(results[0] = draft.finish(results[0])))
    return failure();
  return bindOutputs(node, scope, draft, results);
}

} // namespace quern
