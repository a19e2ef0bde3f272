// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The graphs inside If, Loop and Scan, as regions. What a loop carries may
// change its size from turn to turn, so the types of a body are those that
// stay the same through it: found by importing it until they do.

#include "Upgrades.h"

#include "quern/Dialect/ONNX/IR/ONNX.h"

#include "quern/Dialect/ONNX/IR/ONNX.h"

#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;

namespace quern {

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
  } else if (draft.op == "SequenceMap") {
    for (auto [i, input] : llvm::enumerate(draft.inputs)) {
      if (!input)
        return fail(draft, "expects an input at position " + Twine(i));
      body.arguments.push_back(onnx::getItemType(input.getType()));
    }
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

static const proto::Graph *findGraph(const NodeDraft &draft, StringRef name) {
  auto graph = llvm::find_if(draft.graphs, [&](auto &entry) { return entry.first == name; });
  return graph == draft.graphs.end() ? nullptr : graph->second;
}

/// FlexAttention's graphs may be absent, and take what is computed inside.
LogicalResult Importer::importModifiers(Operation *op, const NodeDraft &draft, Scope &scope, const Frame &frame) {
  Type precision;
  auto infer = [&]() -> LogicalResult {
    FailureOr<Type> known = cast<onnx::PreviewFlexAttentionOp>(op).getPrecision();
    precision = succeeded(known) ? *known : Type();
    return known;
  };
  if (failed(withDiagnostics(draft, infer, [](StringRef) { return true; })))
    return failure();
  SmallVector<int64_t> shape(4, ShapedType::kDynamic);
  auto q = dyn_cast<RankedTensorType>(op->getOperand(0).getType());
  auto k = dyn_cast<RankedTensorType>(op->getOperand(1).getType());
  if (q && q.getRank() == 4)
    std::copy_n(q.getShape().begin(), 3, shape.begin());
  if (k && k.getRank() == 4)
    shape[3] = k.getDimSize(2);
  for (auto [region, name] : llvm::zip(op->getRegions(), onnx::getRegionNames(draft.op)))
    if (const proto::Graph *graph = findGraph(draft, name))
      if (failed(importRegion(region, *graph, draft, RankedTensorType::get(shape, precision), scope, frame)))
        return failure();
  return success();
}

LogicalResult Importer::importRegions(Operation *op, const NodeDraft &draft, Scope &scope, const Frame &frame) {
  if (draft.op == "FlexAttention")
    return importModifiers(op, draft, scope, frame);
  SmallVector<const proto::Graph *> graphs;
  for (StringRef name : onnx::getRegionNames(draft.op)) {
    const proto::Graph *graph = findGraph(draft, name);
    if (!graph)
      return fail(draft, "expects a graph as attribute '" + name + "'");
    graphs.push_back(graph);
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
      // What starts as an optional may go on as what is in it.
      OpOperand &next = yield->getOpOperand(body->carriedYields + i);
      if (isa<onnx::OptType>(argument) && !isa<onnx::OptType>(next.get().getType())) {
        OpBuilder::InsertionGuard guard(builder);
        builder.setInsertionPoint(yield);
        next.set(createOp(draft.loc, "onnx.Optional", next.get(), onnx::OptType::get(context, next.get().getType())));
      }
      Type joined = onnx::joinTypes(argument, yield->getOperand(body->carriedYields + i).getType());
      if (!joined)
        return fail(draft, "expects to carry tensor " + Twine(i) + " with elements of one type");
      changed |= joined != argument;
      argument = joined;
    }
  }
  return success();
}

//===--- Scan of opset 8 --------------------------------------------------===//

// Its operands have a batch in front: the form of opset 9 is run for each element of the batch, on as much of the
// sequences as `sequence_lens`, if it is there, says; what is stacked is filled up with zeros.
LogicalResult scanOfBatches(Upgrade &upgrade) {
  Value lengths = upgrade.getInput(0);
  if (!lengths && !upgrade.node.inputs.empty())
    upgrade.node.inputs.erase(upgrade.node.inputs.begin());
  upgrade.node.scansBatches = true;
  return renameAttr("directions", "scan_input_directions")(upgrade);
}

Operation *Importer::createScanOfBatches(const OpEntry &entry, const NodeDraft &draft, Scope &scope,
                                         const Frame &frame) {
  auto scans = dyn_cast_or_null<IntegerAttr>(draft.attributes.get("num_scan_inputs"));
  // The lengths come first, where there are any.
  const proto::Graph *graph = findGraph(draft, "body");
  bool hasLengths = graph && draft.inputs.size() == graph->inputs.size() + 1;
  if (!scans || scans.getInt() < 1 || scans.getInt() + hasLengths > static_cast<int64_t>(draft.inputs.size())) {
    (void)fail(draft, "expects attribute 'num_scan_inputs' to be from 1 to the number of inputs");
    return nullptr;
  }
  OperationState state(draft.loc, entry.mlirName);
  Block &block = state.addRegion()->emplaceBlock();
  for (Value input : draft.inputs) {
    auto type = input ? dyn_cast<RankedTensorType>(input.getType()) : RankedTensorType();
    if (!type || type.getRank() < 1) {
      (void)fail(draft, "expects inputs of a known rank, with a batch in front");
      return nullptr;
    }
    block.addArgument(RankedTensorType::get(type.getShape().drop_front(), type.getElementType()), draft.loc);
  }
  OpBuilder::InsertionGuard guard(builder);
  OpBuilder::InsertPoint outside = builder.saveInsertionPoint();
  builder.setInsertionPointToEnd(&block);
  NodeDraft inner = draft;
  inner.inputs.assign(block.args_begin() + hasLengths, block.args_end());
  Upgrade make(inner, *this, draft.opset);
  Value length, missing;
  size_t states = inner.inputs.size() - scans.getInt();
  if (hasLengths) {
    length = make.create("Reshape", {block.getArgument(0), make.constant({1})});
    Value zero = make.constant({0});
    Value whole = make.create("Shape", inner.inputs[states],
                              {builder.getNamedAttr("start", builder.getI64IntegerAttr(0)),
                               builder.getNamedAttr("end", builder.getI64IntegerAttr(1))});
    missing = length && whole ? make.create("Sub", {whole, length}) : Value();
    if (!missing)
      return nullptr;
    for (Value &input : MutableArrayRef(inner.inputs).drop_front(states))
      if (!(input = make.create("Slice", {input, zero, length, zero})))
        return nullptr;
  }
  Operation *scan = createOp(entry, inner, &scope, &frame);
  if (!scan)
    return nullptr;
  SmallVector<Value> yielded(scan->getResults());
  for (Value &stack : MutableArrayRef(yielded).drop_front(hasLengths ? states : yielded.size())) {
    auto type = dyn_cast<RankedTensorType>(stack.getType());
    Value none = type ? make.constant(SmallVector<int64_t>(type.getRank(), 0)) : Value();
    Value rest = type ? make.constant(SmallVector<int64_t>(type.getRank() - 1, 0)) : Value();
    auto axis = builder.getNamedAttr("axis", builder.getI64IntegerAttr(0));
    Value pads = type ? make.create("Concat", {none, missing, rest}, axis) : Value();
    if (!type)
      (void)fail(draft, "expects outputs of a known rank, where sequences have lengths");
    if (!pads || !(stack = make.create("Pad", {stack, pads})))
      return nullptr;
  }
  OperationState yield(draft.loc, "onnx.Yield");
  yield.operands.append(yielded.begin(), yielded.end());
  builder.create(yield);

  builder.restoreInsertionPoint(outside);
  state.operands.append(draft.inputs.begin(), draft.inputs.end());
  state.addAttribute("num_scan_inputs", builder.getI64IntegerAttr(draft.inputs.size()));
  state.types.assign(yielded.size(), builder.getNoneType());
  Operation *op = builder.create(state);
  if (failed(inferTypes(op, draft))) {
    op->erase();
    return nullptr;
  }
  return op;
}

} // namespace quern
