// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The graphs inside If, Loop and Scan, as regions. What a loop carries may
// change its size from turn to turn, so the types of a body are those that
// stay the same through it: found by importing it until they do.

#include "Importer.h"

#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;

namespace quern {

bool areCompatible(Type a, Type b) {
  auto first = dyn_cast<TensorType>(a), second = dyn_cast<TensorType>(b);
  if (!first || !second)
    return a == b;
  return first.getElementType() == second.getElementType() && succeeded(verifyCompatibleShape(first, second));
}

Type joinTypes(Type a, Type b) {
  if (getElementTypeOrSelf(a) != getElementTypeOrSelf(b))
    return Type();
  auto first = dyn_cast<RankedTensorType>(a), second = dyn_cast<RankedTensorType>(b);
  if (!first || !second || first.getRank() != second.getRank())
    return UnrankedTensorType::get(getElementTypeOrSelf(a));
  SmallVector<int64_t> shape;
  for (auto [x, y] : llvm::zip(first.getShape(), second.getShape()))
    shape.push_back(x == y ? x : ShapedType::kDynamic);
  return RankedTensorType::get(shape, first.getElementType());
}

/// How the body of a Loop or Scan is bound.
struct Importer::Body {
  SmallVector<Type> arguments;
  unsigned carriedArguments = 0; // the first argument that is carried to the next turn
  unsigned carriedYields = 0;    // the first value yielded that is carried
  unsigned carried = 0;
};

/// The type of a slice across `axis`.
static Type getSliceType(Type type, int64_t axis) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor)
    return type;
  axis = axis < 0 ? axis + tensor.getRank() : axis;
  if (axis < 0 || axis >= tensor.getRank())
    return Type();
  SmallVector<int64_t> shape(tensor.getShape());
  shape.erase(shape.begin() + axis);
  return RankedTensorType::get(shape, tensor.getElementType());
}

FailureOr<Importer::Body> Importer::getBody(const proto::Graph &graph, const NodeDraft &draft) {
  Body body;
  if (draft.op == "Loop") {
    body.arguments = {RankedTensorType::get({}, builder.getI64Type()), RankedTensorType::get({}, builder.getI1Type())};
    body.carriedArguments = 2;
    body.carriedYields = 1;
    for (Value input : ArrayRef(draft.inputs).drop_front(std::min<size_t>(2, draft.inputs.size()))) {
      if (!input)
        return fail(draft, "expects a value for each tensor that the loop carries");
      body.arguments.push_back(input.getType());
    }
    body.carried = body.arguments.size() - 2;
  } else {
    auto count = dyn_cast_or_null<IntegerAttr>(draft.attributes.get("num_scan_inputs"));
    if (!count || count.getInt() < 1 || count.getInt() > static_cast<int64_t>(draft.inputs.size()))
      return fail(draft, "expects attribute 'num_scan_inputs' to be from 1 to the number of inputs");
    auto axes = dyn_cast_or_null<DenseI64ArrayAttr>(draft.attributes.get("scan_input_axes"));
    body.carried = draft.inputs.size() - count.getInt();
    for (auto [i, input] : llvm::enumerate(draft.inputs)) {
      if (!input)
        return fail(draft, "expects an input at position " + Twine(i));
      int64_t at = static_cast<int64_t>(i) - body.carried;
      if (at < 0) {
        body.arguments.push_back(input.getType());
        continue;
      }
      Type slice = getSliceType(input.getType(), axes && at < axes.size() ? axes[at] : 0);
      if (!slice)
        return fail(draft, "expects scan input " + Twine(at) + " to have the axis that it is scanned along");
      body.arguments.push_back(slice);
    }
  }
  if (graph.inputs.size() != body.arguments.size())
    return fail(draft,
                "expects a body of " + Twine(body.arguments.size()) + " inputs, got " + Twine(graph.inputs.size()));
  // Sizes that the body declares unknown need not be found out.
  for (unsigned i = body.carriedArguments; i < body.carriedArguments + body.carried; ++i) {
    const proto::Type &declared = graph.inputs[i].type;
    auto type = dyn_cast<RankedTensorType>(body.arguments[i]);
    if (!type || !declared.hasShape || static_cast<int64_t>(declared.shape.size()) != type.getRank())
      continue;
    SmallVector<int64_t> shape(type.getShape());
    for (auto [size, dim] : llvm::zip(shape, declared.shape))
      if (dim.kind != proto::Dimension::Value)
        size = ShapedType::kDynamic;
    body.arguments[i] = RankedTensorType::get(shape, type.getElementType());
  }
  return body;
}

LogicalResult Importer::importRegion(Region &region, const proto::Graph &graph, const NodeDraft &draft,
                                     TypeRange arguments, Scope &scope, const Frame &frame) {
  OpBuilder::InsertionGuard guard(builder);
  region.getBlocks().clear();
  Scope inner;
  inner.parent = &scope;
  inner.block = &region.emplaceBlock();
  builder.setInsertionPointToEnd(inner.block);
  if (failed(declareGraph(graph, inner)))
    return failure();
  if (graph.inputs.size() != arguments.size())
    return fail(draft,
                "expects a subgraph of " + Twine(arguments.size()) + " inputs, got " + Twine(graph.inputs.size()));
  for (auto [input, type] : llvm::zip(graph.inputs, arguments)) {
    StringRef name = toRef(input.name);
    if (name.empty() || inner.values.contains(name))
      return fail(draft, "expects the inputs of its subgraph to have names of their own");
    Location loc = NameLoc::get(builder.getStringAttr(name), mainLoc);
    inner.values[name] = {inner.block->addArgument(type, loc)};
  }
  if (failed(importNodes(graph.nodes, inner, frame)))
    return failure();

  OperationState yield(draft.loc, "onnx.Yield");
  for (const proto::ValueInfo &output : graph.outputs) {
    size_t before = problems.size();
    FailureOr<Scope::Binding> binding = lookUp(toRef(output.name), inner);
    if (failed(binding) && problems.size() != before)
      return failure();
    if (failed(binding) || !binding->value)
      return fail(draft, "expects its subgraph to make the output '" + toPrintable(toRef(output.name)) + "'");
    yield.operands.push_back(binding->value);
  }
  builder.create(yield);
  return success();
}

LogicalResult Importer::importRegions(Operation *op, const NodeDraft &draft, Scope &scope, const Frame &frame) {
  SmallVector<const proto::Graph *> graphs;
  for (StringRef name : getRegionNames(draft.op)) {
    auto graph = llvm::find_if(draft.graphs, [&](auto &entry) { return entry.first == name; });
    if (graph == draft.graphs.end())
      return fail(draft, "expects a graph as attribute '" + name + "'");
    graphs.push_back(graph->second);
  }
  // What a graph yields beyond the results: the condition of a Loop.
  size_t extra = draft.op == "Loop" ? 1 : 0;
  for (const proto::Graph *graph : graphs)
    if (graph->outputs.size() != op->getNumResults() + extra)
      return fail(draft, "expects subgraphs of " + Twine(op->getNumResults() + extra) + " outputs, got one of " +
                             Twine(graph->outputs.size()));
  if (draft.op == "If") {
    for (auto [region, graph] : llvm::zip(op->getRegions(), graphs))
      if (failed(importRegion(region, *graph, draft, {}, scope, frame)))
        return failure();
    return success();
  }

  FailureOr<Body> body = getBody(*graphs[0], draft);
  if (failed(body))
    return failure();
  if (body->carried > op->getNumResults())
    return fail(draft, "expects an output for each of the " + Twine(body->carried) + " tensors that it carries");
  // Each turn but the last makes a size dynamic or a rank unknown, so that this ends.
  for (bool changed = true; changed;) {
    changed = false;
    if (failed(importRegion(op->getRegion(0), *graphs[0], draft, body->arguments, scope, frame)))
      return failure();
    Operation *yield = op->getRegion(0).front().getTerminator();
    for (unsigned i = 0; i < body->carried; ++i) {
      Type &argument = body->arguments[body->carriedArguments + i];
      Type joined = joinTypes(argument, yield->getOperand(body->carriedYields + i).getType());
      if (!joined)
        return fail(draft, "expects to carry tensor " + Twine(i) + " with elements of one type");
      changed |= joined != argument;
      argument = joined;
    }
  }
  return success();
}

} // namespace quern
