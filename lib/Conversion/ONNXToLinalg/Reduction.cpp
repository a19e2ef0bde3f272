// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Reductions over dimensions: one pattern for all rows of Reduce.def.

#include "Reduction.h"

#include "Axes.h"
#include "Broadcast.h"

using namespace mlir;

namespace quern::lowering {

//===--- The entries of the table -----------------------------------------===//

namespace reducers {

using lowering::highest;
using lowering::lowest;

static bool isFloat(Value value) { return isa<FloatType>(value.getType()); }

static Value zero(Builder &b, Type type, bool) { return scalar(b, type, 0); }
static Value one(Builder &b, Type type, bool) { return scalar(b, type, 1); }

static Value same(Builder &, Value x, bool) { return x; }
static Value same(Builder &, Value x, Value, bool) { return x; }

static Value absolute(Builder &b, Value x, bool isUnsigned) {
  if (isFloat(x))
    return math::AbsFOp::create(b, x);
  return isUnsigned ? x : Value(math::AbsIOp::create(b, x));
}

static Value sum(Builder &b, Value x, Value y, bool) {
  return isFloat(x) ? Value(arith::AddFOp::create(b, x, y)) : Value(arith::AddIOp::create(b, x, y));
}

static Value product(Builder &b, Value x, Value y, bool) {
  return isFloat(x) ? Value(arith::MulFOp::create(b, x, y)) : Value(arith::MulIOp::create(b, x, y));
}

static Value square(Builder &b, Value x, bool isUnsigned) { return product(b, x, x, isUnsigned); }

static Value maximum(Builder &b, Value x, Value y, bool isUnsigned) {
  if (isFloat(x))
    return arith::MaximumFOp::create(b, x, y);
  if (isUnsigned || x.getType().isInteger(1))
    return arith::MaxUIOp::create(b, x, y);
  return arith::MaxSIOp::create(b, x, y);
}

static Value minimum(Builder &b, Value x, Value y, bool isUnsigned) {
  if (isFloat(x))
    return arith::MinimumFOp::create(b, x, y);
  if (isUnsigned || x.getType().isInteger(1))
    return arith::MinUIOp::create(b, x, y);
  return arith::MinSIOp::create(b, x, y);
}

static Value overCount(Builder &b, Value x, Value count, bool isUnsigned) {
  Type type = x.getType();
  Value whole = arith::IndexCastOp::create(b, b.getI64Type(), count);
  if (isFloat(x))
    return arith::DivFOp::create(b, x, convertScalar(b, whole, type, false, false));
  // An empty mean of integers has no value: avoid dividing by zero.
  whole = arith::MaxSIOp::create(b, whole, integer(b, b.getI64Type(), 1));
  Value divisor = convertScalar(b, whole, type, false, false);
  return isUnsigned ? Value(arith::DivUIOp::create(b, x, divisor)) : Value(arith::DivSIOp::create(b, x, divisor));
}

template <typename Op>
static Value inFloat(Builder &b, Value x, bool isUnsigned) {
  if (isFloat(x))
    return Op::create(b, x);
  Value result = Op::create(b, convertScalar(b, x, b.getF64Type(), isUnsigned, false));
  return convertScalar(b, result, x.getType(), false, isUnsigned);
}
static Value squareRoot(Builder &b, Value x, Value, bool isUnsigned) { return inFloat<math::SqrtOp>(b, x, isUnsigned); }
static Value logarithm(Builder &b, Value x, Value, bool isUnsigned) { return inFloat<math::LogOp>(b, x, isUnsigned); }
static Value exponential(Builder &b, Value x, bool isUnsigned) { return inFloat<math::ExpOp>(b, x, isUnsigned); }

} // namespace reducers

const Reducer kSum = {reducers::zero, reducers::same, reducers::sum, reducers::same};
const Reducer kMean = {reducers::zero, reducers::same, reducers::sum, reducers::overCount};
const Reducer kMax = {reducers::lowest, reducers::same, reducers::maximum, reducers::same};
const Reducer kMin = {reducers::highest, reducers::same, reducers::minimum, reducers::same};

//===--- Structure --------------------------------------------------------===//

/// The identity maps of a reduction: all loops, and the loops that stay.
static AffineMap keptMap(Builder &b, ArrayRef<bool> reduced) {
  SmallVector<AffineExpr> exprs;
  for (auto [dim, isReduced] : llvm::enumerate(reduced))
    if (!isReduced)
      exprs.push_back(b.getAffineDimExpr(dim));
  return AffineMap::get(reduced.size(), 0, exprs, b.getContext());
}

static bool isSameFinish(const Reducer &reducer) { return reducer.finish == kSum.finish; }

/// What becomes of the combination of `count` elements.
static Value finishReduction(Builder &b, Value combined, Size count, const Reducer &reducer, Type element,
                             bool isUnsigned) {
  if (isSameFinish(reducer) && getElementTypeOrSelf(combined) == element)
    return combined;
  Value runCount = known(count) ? Value() : asValue(b, count);
  return mapTensor(b, combined, element, [&](Builder &b, Value x) {
    Value number = runCount ? runCount : asValue(b, count);
    return convertScalar(b, reducer.finish(b, x, number, isUnsigned), element, isUnsigned, isUnsigned);
  });
}

Value reduceTensor(Builder &b, Value tensor, ArrayRef<bool> reduced, const Reducer &reducer, Type element,
                   bool isUnsigned) {
  Type accumulator = accumulatorOf(b, element);
  Sizes shape = shapeOf(b, tensor), kept, gone;
  for (auto [extent, isReduced] : llvm::zip_equal(shape, reduced))
    (isReduced ? gone : kept).push_back(extent);

  // Arithmetic on shapes stays arithmetic on scalars.
  if (auto scalars = knownScalars(b, tensor); scalars && kept.empty() && !scalars->empty() && accumulator == element) {
    Value folded;
    for (Value x : *scalars) {
      Value prepared = reducer.prepare(b, x, isUnsigned);
      folded = folded ? reducer.combine(b, folded, prepared, isUnsigned) : prepared;
    }
    Value count = asValue(b, size(b, scalars->size()));
    return fromScalars(b, RankedTensorType::get({}, element), reducer.finish(b, folded, count, isUnsigned));
  }

  SmallVector<utils::IteratorType> iterators;
  for (bool isReduced : reduced)
    iterators.push_back(isReduced ? utils::IteratorType::reduction : utils::IteratorType::parallel);
  Value init = filledTensor(b, kept, reducer.identity(b, accumulator, isUnsigned));
  AffineMap identity = b.getMultiDimIdentityMap(reduced.size());
  Value result = generic(b, tensor, init, {identity, keptMap(b, reduced)}, iterators,
                         [&](Builder &b, ValueRange args) -> SmallVector<Value> {
                           Value x = convertScalar(b, args[0], accumulator, isUnsigned, isUnsigned);
                           return {reducer.combine(b, args[1], reducer.prepare(b, x, isUnsigned), isUnsigned)};
                         })
                     .front();
  return finishReduction(b, result, product(b, gone), reducer, element, isUnsigned);
}

Value keepDims(Builder &b, Value tensor, ArrayRef<bool> reduced, bool keep) {
  if (!keep || !llvm::is_contained(reduced, true))
    return tensor;
  Sizes shape;
  int64_t next = 0;
  for (bool isReduced : reduced)
    shape.push_back(isReduced ? size(b, 1) : dimOf(b, tensor, next++));
  return reshapeTensor(b, tensor, shape);
}

namespace {

/// Which dimensions an op with `axes` and `noop_with_empty_axes` reduces, 1 each.
template <typename Op>
Sizes reducedDims(Op op, Value axes, Builder &b, int64_t rank) {
  Size all = size(b, op.getNoopWithEmptyAxes() ? 0 : 1);
  if (!axes)
    return Sizes(rank, all);
  NamedDims dims = nameDims(b, axes, rank);
  for (Size &flag : dims.isNamed)
    flag = selectEqual(b, dims.count, size(b, 0), all, flag);
  return dims.isNamed;
}

/// The marks, where all are known when compiling.
std::optional<SmallVector<bool>> knownFlags(ArrayRef<Size> marks) {
  if (!llvm::all_of(marks, [](Size mark) { return known(mark).has_value(); }))
    return std::nullopt;
  return llvm::map_to_vector(marks, [](Size mark) { return isKnown(mark, 1); });
}

/// Reduces the dimensions that `reduced` marks (1, else 0) to ones. Those that only the run knows are windows: one
/// element in a dimension that stays, all of one that goes.
Value reduceToOnes(Builder &b, Value tensor, ArrayRef<Size> reduced, const Reducer &reducer, Type element,
                   bool isUnsigned) {
  if (auto flags = knownFlags(reduced))
    return keepDims(b, reduceTensor(b, tensor, *flags, reducer, element, isUnsigned), *flags, true);
  Type accumulator = accumulatorOf(b, element);
  Sizes shape = shapeOf(b, tensor), out, taps;
  Size one = size(b, 1);
  for (auto [extent, flag] : llvm::zip_equal(shape, reduced)) {
    out.push_back(selectEqual(b, flag, one, one, extent));
    taps.push_back(selectEqual(b, flag, one, extent, one));
  }
  Value init = filledTensor(b, out, reducer.identity(b, accumulator, isUnsigned));
  Size count = product(b, taps);
  if (llvm::any_of(shape, [](Size extent) { return isKnown(extent, 0); }))
    return finishReduction(b, init, count, reducer, element, isUnsigned);
  unsigned rank = shape.size();
  SmallVector<AffineExpr> read, window;
  for (unsigned dim : llvm::seq(rank)) {
    read.push_back(b.getAffineDimExpr(dim) + b.getAffineDimExpr(rank + dim));
    window.push_back(b.getAffineDimExpr(rank + dim));
  }
  SmallVector<AffineMap> maps = {AffineMap::get(2 * rank, 0, read, b.getContext()),
                                 AffineMap::get(2 * rank, 0, window, b.getContext()),
                                 AffineMap::getMultiDimIdentityMap(2 * rank, b.getContext()).getMajorSubMap(rank)};
  SmallVector<utils::IteratorType> iterators(rank, utils::IteratorType::parallel);
  iterators.append(rank, utils::IteratorType::reduction);
  // Nothing is read from it: it gives the loops over the window their extents.
  Value extents = sliceTensor(b, tensor, Sizes(rank, size(b, 0)), taps);
  Value result =
      generic(b, {tensor, extents}, init, maps, iterators, [&](Builder &b, ValueRange args) -> SmallVector<Value> {
        Value x = convertScalar(b, args[0], accumulator, isUnsigned, isUnsigned);
        return {reducer.combine(b, args[2], reducer.prepare(b, x, isUnsigned), isUnsigned)};
      }).front();
  return finishReduction(b, result, count, reducer, element, isUnsigned);
}

/// What `reduceToOnes` made, without the reduced dimensions unless `op` keeps them.
template <typename Op>
Value dropOnes(Op op, Builder &b, Value tensor, ArrayRef<Size> reduced, RankedTensorType type) {
  if (op.getKeepdims())
    return tensor;
  return reshapeTensor(b, tensor, refine(b, dropNamed(b, shapeOf(b, tensor), reduced, type.getRank()), type));
}

template <typename Op>
struct LowerReduction : Lowering<Op> {
  LowerReduction(Converter &converter, MLIRContext *context, Reducer reducer)
      : Lowering<Op>(converter, context), reducer(reducer) {}
  LogicalResult lower(Op op, typename Op::Adaptor adaptor, Builder &b,
                      ConversionPatternRewriter &rewriter) const override {
    Value data = adaptor.getData();
    auto type = this->resultType(op);
    bool isUnsigned = lowering::isUnsigned(op.getData().getType());
    Sizes reduced = reducedDims(op, adaptor.getAxes(), b, cast<RankedTensorType>(data.getType()).getRank());
    Value result;
    if (auto flags = knownFlags(reduced))
      result = keepDims(b, reduceTensor(b, data, *flags, reducer, type.getElementType(), isUnsigned), *flags,
                        op.getKeepdims());
    else
      result =
          dropOnes(op, b, reduceToOnes(b, data, reduced, reducer, type.getElementType(), isUnsigned), reduced, type);
    this->replace(rewriter, op, b, result);
    return success();
  }
  Reducer reducer;
};

/// log(sum(exp(x - m))) + m with the maximum m, or 0 where it is infinite.
struct LowerLogSumExp : Lowering<onnx::ReduceLogSumExpOp> {
  using Lowering::Lowering;
  LogicalResult lower(onnx::ReduceLogSumExpOp op, Adaptor adaptor, Builder &b, Rewriter &rewriter) const override {
    Value data = adaptor.getData();
    auto type = resultType(op);
    Type element = type.getElementType();
    Sizes reduced = reducedDims(op, adaptor.getAxes(), b, cast<RankedTensorType>(data.getType()).getRank());
    bool isUnsigned = lowering::isUnsigned(op.getData().getType());
    if (!isa<FloatType>(element)) {
      Reducer plain = {reducers::zero, reducers::exponential, reducers::sum, reducers::logarithm};
      Value result = castElements(b, data, b.getF64Type(), isUnsigned);
      result = reduceToOnes(b, result, reduced, plain, b.getF64Type(), false);
      result = castElements(b, result, element, isUnsigned);
      replace(rewriter, op, b, dropOnes(op, b, result, reduced, type));
      return success();
    }
    Value peak = reduceToOnes(b, data, reduced, kMax, element, false);
    peak = mapTensor(b, peak, element, [](Builder &b, Value x) -> Value {
      Value magnitude = math::AbsFOp::create(b, x);
      Value isInfinite = arith::CmpFOp::create(b, arith::CmpFPredicate::OEQ, magnitude, highest(b, x.getType(), false));
      return arith::SelectOp::create(b, isInfinite, scalar(b, x.getType(), 0), x);
    });
    Value shifted = pointwise(b, {data, peak}, cast<RankedTensorType>(data.getType()), [](Builder &b, ValueRange args) {
      return math::ExpOp::create(b, arith::SubFOp::create(b, args[0], args[1])).getResult();
    });
    Reducer logSum = {reducers::zero, reducers::same, reducers::sum, reducers::logarithm};
    Value result = reduceToOnes(b, shifted, reduced, logSum, element, false);
    result = pointwise(b, {result, peak}, cast<RankedTensorType>(result.getType()), [](Builder &b, ValueRange args) {
      return arith::AddFOp::create(b, args[0], args[1]).getResult();
    });
    replace(rewriter, op, b, dropOnes(op, b, result, reduced, type));
    return success();
  }
};

template <typename Op>
struct LowerGlobalPool : Lowering<Op> {
  LowerGlobalPool(Converter &converter, MLIRContext *context, Reducer reducer)
      : Lowering<Op>(converter, context), reducer(reducer) {}
  LogicalResult lower(Op op, typename Op::Adaptor adaptor, Builder &b,
                      ConversionPatternRewriter &rewriter) const override {
    SmallVector<bool> reduced(cast<RankedTensorType>(adaptor.getX().getType()).getRank(), true);
    if (reduced.size() < 3)
      return this->unsupported(rewriter, op, "expects one spatial dimension or more");
    reduced[0] = reduced[1] = false;
    Value result = reduceTensor(b, adaptor.getX(), reduced, reducer, this->resultType(op).getElementType(), false);
    this->replace(rewriter, op, b, keepDims(b, result, reduced, true));
    return success();
  }
  Reducer reducer;
};

} // namespace

void addReductions(Patterns &patterns, Converter &converter) {
  using namespace reducers;
  MLIRContext *context = patterns.getContext();
#define REDUCE(OP, IDENTITY, PREPARE, COMBINE, FINISH)                                                                 \
  patterns.add<LowerReduction<onnx::OP>>(converter, context, Reducer{IDENTITY, PREPARE, COMBINE, FINISH});
#define GLOBAL_POOL(OP, IDENTITY, PREPARE, COMBINE, FINISH)                                                            \
  patterns.add<LowerGlobalPool<onnx::OP>>(converter, context, Reducer{IDENTITY, PREPARE, COMBINE, FINISH});
#include "Reduce.def"
  patterns.add<LowerLogSumExp>(converter, context);
}

} // namespace quern::lowering
