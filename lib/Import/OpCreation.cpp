// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From a draft in the dialect's form to an op with inferred types. Operands,
// results and attributes are bound as the op's ODS definition says; no operator
// is named here.

#include "Importer.h"

#include "quern/Dialect/ONNX/IR/ONNX.h"

#include "mlir/IR/Diagnostics.h"

using namespace mlir;

namespace quern {

/// A model whose functions call each other in ever more places ends here.
constexpr uint64_t kMaxOps = 4000000;

LogicalResult Importer::addOperands(const OpEntry &entry, const NodeDraft &draft, OperationState &state) {
  StringRef kinds = entry.operandKinds;
  SmallVector<int32_t> segments(kinds.size(), 0);
  for (auto [i, input] : llvm::enumerate(draft.inputs)) {
    if (kinds.empty() || (i >= kinds.size() && kinds.back() != 'v'))
      return fail(draft, "expects at most " + Twine(kinds.size()) + " inputs, got " + Twine(draft.inputs.size()));
    size_t at = std::min(i, kinds.size() - 1);
    if (!input && kinds[at] != 'o')
      return fail(draft, "expects an input at position " + Twine(i));
    if (!input)
      continue;
    state.operands.push_back(input);
    ++segments[at];
  }
  size_t required = llvm::count(kinds, 'r');
  for (size_t i = draft.inputs.size(); i < kinds.size(); ++i)
    if (kinds[i] == 'r')
      return fail(draft, "expects at least " + Twine(required) + " inputs, got " + Twine(draft.inputs.size()));
  if (kinds.size() - required > 1)
    state.addAttribute("operandSegmentSizes", builder.getDenseI32ArrayAttr(segments));
  return success();
}

LogicalResult Importer::addResults(const OpEntry &entry, const NodeDraft &draft, OperationState &state) {
  StringRef kinds = entry.resultKinds;
  ArrayRef<bool> outputs = draft.outputs;
  if (kinds.empty() || kinds.back() != 'v')
    while (!outputs.empty() && !outputs.back())
      outputs = outputs.drop_back();
  if (outputs.size() > kinds.size() && (kinds.empty() || kinds.back() != 'v'))
    return fail(draft, "expects at most " + Twine(kinds.size()) + " outputs, got " + Twine(outputs.size()));
  SmallVector<int32_t> segments(kinds.size(), 0);
  for (auto [i, kind] : llvm::enumerate(kinds)) {
    if (kind == 'r')
      segments[i] = 1;
    else if (kind == 'o')
      segments[i] = i < outputs.size() && outputs[i];
    else
      segments[i] = outputs.size() > i ? outputs.size() - i : 0;
  }
  if (kinds.size() - llvm::count(kinds, 'r') > 1)
    state.addAttribute("resultSegmentSizes", builder.getDenseI32ArrayAttr(segments));
  // Types are inferred from the op itself. Until then they are ones that no op has.
  unsigned count = std::accumulate(segments.begin(), segments.end(), 0u);
  state.addTypes(SmallVector<Type>(count, builder.getNoneType()));
  return success();
}

LogicalResult Importer::addAttributes(const OpEntry &entry, const NodeDraft &draft, OperationState &state) {
  ArrayRef<StringAttr> known = state.name.getAttributeNames();
  for (NamedAttribute attribute : draft.attributes) {
    if (!llvm::is_contained(known, attribute.getName()) || attribute.getName().strref().ends_with("SegmentSizes")) {
      SmallVector<StringRef> names;
      for (StringAttr name : known)
        if (!name.strref().ends_with("SegmentSizes"))
          names.push_back(name);
      std::string all = names.empty() ? "none" : "'" + llvm::join(names, "', '") + "'";
      return fail(draft, "expects attributes that the operator has (" + all + "), got '" +
                             toPrintable(attribute.getName()) + "'");
    }
    // Attributes of another kind would be dropped without a word when the op is created.
    std::string reason;
    NamedAttrList one;
    one.push_back(attribute);
    ScopedDiagnosticHandler handler(context, [&](Diagnostic &diagnostic) {
      reason = diagnostic.str();
      return success();
    });
    if (failed(state.name.verifyInherentAttrs(one, [&] { return emitError(draft.loc); }))) {
      size_t constraint = reason.find("constraint: ");
      return fail(draft, "expects attribute '" + toPrintable(attribute.getName()) + "' to be a " +
                             (constraint == std::string::npos ? reason : reason.substr(constraint + 12)));
    }
    state.addAttribute(attribute.getName(), attribute.getValue());
  }
  return success();
}

/// Runs `body`; the first of its errors that counts is recorded for the node, as a sentence without the op's name.
LogicalResult Importer::withDiagnostics(const NodeDraft &draft, llvm::function_ref<LogicalResult()> body,
                                        llvm::function_ref<bool(StringRef)> counts) {
  std::string reason;
  LogicalResult result = success();
  {
    ScopedDiagnosticHandler handler(context, [&](Diagnostic &diagnostic) {
      if (diagnostic.getSeverity() != DiagnosticSeverity::Error)
        return failure();
      std::string text = diagnostic.str();
      if (StringRef(text).starts_with("'onnx."))
        text = text.substr(text.find("op ") + 3);
      if (reason.empty() && counts(text))
        reason = text;
      return success();
    });
    result = body();
  }
  if (succeeded(result) || (reason.empty() && !counts("")))
    return success();
  return fail(draft, reason.empty() ? "is invalid" : reason);
}

LogicalResult Importer::inferTypes(Operation *op, const NodeDraft &draft) {
  // Operands and attributes must have the kinds of the definition before inference may look at them. The verifier
  // looks at the placeholder types of results next, and ends there: what it says of those does not count.
  auto isKindError = [](StringRef text) {
    return text.starts_with("operand #") || text.starts_with("attribute '") || text.starts_with("requires attribute");
  };
  if (failed(withDiagnostics(draft, [&] { return op->getName().verifyInvariants(op); }, isKindError)))
    return failure();
  auto inference = dyn_cast<onnx::ShapeInferenceOpInterface>(op);
  if (!inference)
    return success();
  SmallVector<Type> types;
  if (failed(withDiagnostics(draft, [&] { return inference.inferResultTypes(types); }, [](StringRef) { return true; })))
    return failure();
  if (types.size() != op->getNumResults())
    return fail(draft, "expects " + Twine(types.size()) + " outputs, got " + Twine(op->getNumResults()));
  for (auto [result, type] : llvm::zip(op->getResults(), types))
    result.setType(type);
  if (op->getNumRegions() == 0)
    return success();
  return withDiagnostics(
      draft, [&] { return op->getName().verifyRegionInvariants(op); }, [](StringRef) { return true; });
}

Operation *Importer::createOp(const OpEntry &entry, const NodeDraft &draft, Scope *scope, const Frame *frame) {
  if (++createdOps > kMaxOps) {
    (void)fail(draft, "expects a model of at most " + Twine(kMaxOps) + " nodes once its functions are inlined");
    return nullptr;
  }
  OperationState state(draft.loc, entry.mlirName);
  if (failed(addOperands(entry, draft, state)) || failed(addResults(entry, draft, state)) ||
      failed(addAttributes(entry, draft, state)))
    return nullptr;
  ArrayRef<StringRef> regions = onnx::getRegionNames(entry.name);
  for (size_t i = 0; i < regions.size(); ++i)
    state.addRegion();
  for (auto [name, graph] : draft.graphs)
    if (!llvm::is_contained(regions, name)) {
      (void)fail(draft, "expects no graph as attribute '" + toPrintable(name) + "'");
      return nullptr;
    }
  Operation *op = builder.create(state);
  if ((!regions.empty() && failed(importRegions(op, draft, *scope, *frame))) || failed(inferTypes(op, draft))) {
    op->erase();
    return nullptr;
  }
  normalizeAxes(op, *this);
  return op;
}

Value Importer::create(const NodeDraft &node, StringRef name, ValueRange inputs, ArrayRef<NamedAttribute> attributes) {
  NodeDraft draft(node.loc);
  draft.name = node.name;
  draft.op = node.op;
  draft.domain = node.domain;
  draft.opset = node.opset;
  draft.inputs.assign(inputs.begin(), inputs.end());
  draft.outputs = {true};
  draft.attributes.append(attributes);
  const OpEntry *entry = findOp("", name);
  Operation *op = entry ? createOp(*entry, draft, nullptr, nullptr) : nullptr;
  if (!entry)
    (void)fail(node, "expects the operator '" + name + "', which it becomes, to be supported");
  return op ? op->getResult(0) : Value();
}

Value Importer::createOp(Location loc, StringRef name, Value operand, Type type) {
  OperationState state(loc, name);
  state.addOperands(operand);
  state.addTypes(type);
  return builder.create(state)->getResult(0);
}

Value Importer::createConstant(Location loc, ElementsAttr value) {
  OperationState state(loc, "onnx.Constant");
  state.addAttribute("value", value);
  state.addTypes(value.getType());
  return builder.create(state)->getResult(0);
}

} // namespace quern
