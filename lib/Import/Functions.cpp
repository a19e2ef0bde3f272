// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Local functions of the model, inlined where they are called.

#include "Importer.h"

using namespace mlir;

namespace quern {

std::string getFunctionKey(std::string_view domain, std::string_view name, std::string_view overload) {
  return (toRef(domain == "ai.onnx" ? "" : domain) + Twine('\0') + toRef(name) + Twine('\0') + toRef(overload)).str();
}

const proto::Function *Importer::findFunction(const proto::Node &node) const {
  return functions.lookup(getFunctionKey(node.domain, node.opType, node.overload));
}

/// The attribute itself, or what the call of the function around it gives for the one that it refers to; null where
/// the call gives none.
const proto::Attribute *Importer::resolve(const proto::Attribute &attribute, const Frame &frame) const {
  return attribute.reference.empty() ? &attribute : frame.attributes.lookup(toRef(attribute.reference));
}

LogicalResult Importer::importCall(const proto::Node &node, const proto::Function &function, Scope &scope,
                                   const Frame &frame, NodeDraft &draft) {
  for (const Frame *at = &frame; at; at = at->caller)
    if (at->function == &function)
      return fail(draft, "expects a function that does not call itself");

  Frame inner;
  inner.caller = &frame;
  inner.function = &function;
  inner.prefix = draft.name + "/";
  inner.opsets = mainFrame.opsets;
  for (const proto::OpsetId &opset : function.opsets) {
    StringRef domain = toRef(opset.domain) == "ai.onnx" ? "" : toRef(opset.domain);
    if (opset.version < 1 || (domain.empty() && opset.version > kMaxOpset))
      return fail(draft, "is a function of opset " + Twine(opset.version) + ", and 1 to " + Twine(kMaxOpset) +
                             " are known here");
    inner.opsets[domain] = opset.version;
  }
  for (const proto::Attribute &attribute : function.attributeDefaults)
    inner.attributes[toRef(attribute.name)] = &attribute;
  for (const proto::Attribute &attribute : node.attributes) {
    if (!llvm::is_contained(function.attributes, attribute.name) && !inner.attributes.contains(toRef(attribute.name)))
      return fail(draft, "expects attributes that the function has, got '" + toPrintable(toRef(attribute.name)) + "'");
    if (const proto::Attribute *value = resolve(attribute, frame))
      inner.attributes[toRef(attribute.name)] = value;
  }

  if (draft.inputs.size() > function.inputs.size())
    return fail(draft,
                "expects at most " + Twine(function.inputs.size()) + " inputs, got " + Twine(draft.inputs.size()));
  Scope body;
  body.block = scope.block;
  for (auto [i, input] : llvm::enumerate(function.inputs)) {
    Value value = i < draft.inputs.size() ? draft.inputs[i] : Value();
    body.values[toRef(input)] = {value, /*absent=*/!value};
  }
  if (failed(importNodes(function.nodes, body, inner)))
    return failure();

  SmallVector<Value> results;
  for (std::string_view output : function.outputs) {
    FailureOr<Scope::Binding> binding = lookUp(toRef(output), body);
    if (failed(binding))
      return fail(draft, "expects the function to make its output '" + toPrintable(toRef(output)) + "'");
    results.push_back(binding->value);
  }
  return bindOutputs(node, scope, draft, results);
}

} // namespace quern
