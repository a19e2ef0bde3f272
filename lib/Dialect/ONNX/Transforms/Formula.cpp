// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Formula.h"

using namespace mlir;

namespace quern::onnx {

// More than one that may be absent or repeated: sizes are kept beside.
static bool hasSegments(StringRef kinds) { return kinds.size() - llvm::count(kinds, 'r') > 1; }

Operation *Formula::make(StringRef name, StringRef kinds, StringRef resultKinds, ArrayRef<Value> operands,
                         ArrayRef<NamedAttribute> attributes, unsigned results) {
  OperationState state(loc, name);
  SmallVector<int32_t> segments(kinds.size(), 0);
  for (auto [i, operand] : llvm::enumerate(operands)) {
    if (!operand)
      continue;
    state.operands.push_back(operand);
    ++segments[std::min(i, kinds.size() - 1)];
  }
  state.addAttributes(attributes);
  if (hasSegments(kinds))
    state.addAttribute("operandSegmentSizes", builder.getDenseI32ArrayAttr(segments));
  if (hasSegments(resultKinds)) {
    SmallVector<int32_t> present(resultKinds.size(), 0);
    std::fill_n(present.begin(), results, 1);
    state.addAttribute("resultSegmentSizes", builder.getDenseI32ArrayAttr(present));
  }
  // A placeholder, until the operator can be asked.
  Type element = state.operands.empty() ? builder.getI64Type()
                                        : cast<ShapedType>(state.operands.front().getType()).getElementType();
  state.types.assign(results, UnrankedTensorType::get(element));

  Operation *op = builder.create(state);
  inferTypes(op);
  return op;
}

void Formula::inferTypes(Operation *op) {
  SmallVector<Type> types;
  if (succeeded(cast<ShapeInferenceOpInterface>(op).inferResultTypes(types)))
    for (auto [result, type] : llvm::zip(op->getResults(), types))
      result.setType(type);
}

Term Formula::constant(ElementsAttr value) {
  return {ConstantOp::create(builder, loc, value.getShapedType(), value), this};
}

Term Formula::number(double value, Type element) {
  auto type = RankedTensorType::get({}, element);
  if (isa<FloatType>(element))
    return constant(DenseElementsAttr::get(type, Attribute(builder.getFloatAttr(element, value))));
  return constant(DenseElementsAttr::get(type, Attribute(IntegerAttr::get(element, static_cast<int64_t>(value)))));
}

Term Formula::integers(ArrayRef<int64_t> values) {
  return constant(DenseElementsAttr::get(
      RankedTensorType::get({static_cast<int64_t>(values.size())}, builder.getI64Type()), values));
}

Term Formula::floats(ArrayRef<float> values) {
  return constant(DenseElementsAttr::get(
      RankedTensorType::get({static_cast<int64_t>(values.size())}, builder.getF32Type()), values));
}

//===--- Arithmetic -------------------------------------------------------===//

#define BINARY(FUNCTION, OP)                                                                                           \
  Term FUNCTION(Term a, Term b) { return a.formula->node<OP>({a.value, b.value}); }
BINARY(operator+, AddOp)
BINARY(operator-, SubOp)
BINARY(operator*, MulOp)
BINARY(operator/, DivOp)
BINARY(min, MinOp)
BINARY(max, MaxOp)
BINARY(pow, PowOp)
BINARY(matmul, MatMulOp)
BINARY(operator<, LessOp)
BINARY(operator>, GreaterOp)
BINARY(operator>=, GreaterOrEqualOp)
BINARY(operator==, EqualOp)
BINARY(operator&&, AndOp)
#undef BINARY

// Beside a number, which takes the element type of the other operand.
#define WITH_NUMBER(FUNCTION)                                                                                          \
  Term FUNCTION(Term a, double b) { return FUNCTION(a, a.formula->number(b, a.element())); }                           \
  Term FUNCTION(double a, Term b) { return FUNCTION(b.formula->number(a, b.element()), b); }
WITH_NUMBER(operator+)
WITH_NUMBER(operator-)
WITH_NUMBER(operator*)
WITH_NUMBER(operator/)
#undef WITH_NUMBER
Term operator<(Term a, double b) { return a < a.formula->number(b, a.element()); }
Term operator>(Term a, double b) { return a > a.formula->number(b, a.element()); }

Term select(Term condition, Term a, Term b) {
  Formula &f = *condition.formula;
  return f.node<WhereOp>({condition.value, a.value, b.value});
}

#define UNARY(FUNCTION, OP)                                                                                            \
  Term FUNCTION(Term x) { return x.formula->node<OP>({x.value}); }
UNARY(operator-, NegOp)
UNARY(abs, AbsOp)
UNARY(erf, ErfOp)
UNARY(exp, ExpOp)
UNARY(log, LogOp)
UNARY(relu, ReluOp)
UNARY(sigmoid, SigmoidOp)
UNARY(softplus, SoftplusOp)
UNARY(sqrt, SqrtOp)
UNARY(tanh, TanhOp)
UNARY(cos, CosOp)
UNARY(sin, SinOp)
#undef UNARY

//===--- Reductions -------------------------------------------------------===//

#define REDUCE(FUNCTION, OP)                                                                                           \
  Term FUNCTION(Term x, ArrayRef<int64_t> axes, bool keep) {                                                           \
    Formula &f = *x.formula;                                                                                           \
    return f.node<OP>({x.value, f.integers(axes).value}, {f.attr("keepdims", int64_t(keep))});                         \
  }
REDUCE(reduceSum, ReduceSumOp)
REDUCE(reduceMean, ReduceMeanOp)
REDUCE(reduceMax, ReduceMaxOp)
#undef REDUCE

//===--- Data movement ----------------------------------------------------===//

Term convert(Term x, Type element) {
  if (x.element() == element)
    return x;
  Formula &f = *x.formula;
  return f.node<CastOp>({x.value}, {f.attr("to", getDataType(element))});
}

Term reshape(Term x, Term shape) { return x.formula->node<ReshapeOp>({x.value, shape.value}); }

Term reshape(Term x, ArrayRef<int64_t> shape) { return reshape(x, x.formula->integers(shape)); }

Term transpose(Term x, ArrayRef<int64_t> perm) {
  return x.formula->node<TransposeOp>({x.value}, {x.formula->attr("perm", perm)});
}

Term unsqueeze(Term x, ArrayRef<int64_t> axes) {
  if (axes.empty())
    return x;
  return x.formula->node<UnsqueezeOp>({x.value, x.formula->integers(axes).value});
}

Term squeeze(Term x, ArrayRef<int64_t> axes) {
  if (axes.empty())
    return x;
  return x.formula->node<SqueezeOp>({x.value, x.formula->integers(axes).value});
}

Term expand(Term x, Term shape) { return x.formula->node<ExpandOp>({x.value, shape.value}); }

Term gather(Term x, Term indices, int64_t axis) {
  return x.formula->node<GatherOp>({x.value, indices.value}, {x.formula->attr("axis", axis)});
}

Term slice(Term x, ArrayRef<int64_t> starts, ArrayRef<int64_t> ends, ArrayRef<int64_t> axes) {
  Formula &f = *x.formula;
  return f.node<SliceOp>({x.value, f.integers(starts).value, f.integers(ends).value, f.integers(axes).value});
}

Term concat(ArrayRef<Term> parts, int64_t axis) {
  if (parts.size() == 1)
    return parts.front();
  Formula &f = *parts.front().formula;
  SmallVector<Value> values(parts.begin(), parts.end());
  return f.node<ConcatOp>(values, {f.attr("axis", axis)});
}

Term shapeOf(Term x, int64_t start, int64_t end) {
  Formula &f = *x.formula;
  ArrayRef<int64_t> sizes = x.ranked() ? x.type().getShape().slice(start, end - start) : ArrayRef<int64_t>();
  if (x.ranked() && !ShapedType::isDynamicShape(sizes))
    return f.integers(sizes);
  return f.node<ShapeOp>({x.value}, {f.attr("start", start), f.attr("end", end)});
}

Term shapeOf(Term x) { return x.ranked() ? shapeOf(x, 0, x.rank()) : x.formula->node<ShapeOp>({x.value}); }

Term range(Term count) {
  Formula &f = *count.formula;
  return f.node<RangeOp>({f.number(0, count.element()).value, count.value, f.number(1, count.element()).value});
}

SmallVector<Term> scan(ArrayRef<Term> states, ArrayRef<Term> sequences, int64_t axis,
                       llvm::function_ref<SmallVector<Term>(ArrayRef<Term> slices)> body) {
  Formula &f = *states.front().formula;
  OperationState state(f.loc, ScanOp::getOperationName());
  Block &block = state.addRegion()->emplaceBlock();
  SmallVector<Term> arguments;
  for (Term term : states)
    arguments.push_back(f(block.addArgument(term.value.getType(), f.loc)));
  for (Term term : sequences) {
    SmallVector<int64_t> slice(term.type().getShape());
    slice.erase(slice.begin() + axis);
    arguments.push_back(f(block.addArgument(RankedTensorType::get(slice, term.element()), f.loc)));
  }
  OpBuilder::InsertionGuard guard(f.builder);
  OpBuilder::InsertPoint outside = f.builder.saveInsertionPoint();
  f.builder.setInsertionPointToEnd(&block);
  SmallVector<Term> yielded = body(arguments);
  YieldOp::create(f.builder, f.loc, SmallVector<Value>(yielded.begin(), yielded.end()));
  f.builder.restoreInsertionPoint(outside);

  for (ArrayRef<Term> terms : {states, sequences})
    state.operands.append(terms.begin(), terms.end());
  size_t stacks = yielded.size() - states.size();
  state.addAttributes({f.attr("num_scan_inputs", static_cast<int64_t>(sequences.size())),
                       f.attr("scan_input_axes", SmallVector<int64_t>(sequences.size(), axis)),
                       f.attr("scan_output_axes", SmallVector<int64_t>(stacks, axis))});
  for (Term term : yielded)
    state.types.push_back(UnrankedTensorType::get(term.element()));
  Operation *op = f.builder.create(state);
  f.inferTypes(op);
  return llvm::map_to_vector(op->getResults(), [&](Value result) { return f(result); });
}

SmallVector<int64_t> axesFrom(int64_t first, int64_t rank) { return llvm::to_vector(llvm::seq<int64_t>(first, rank)); }

} // namespace quern::onnx
