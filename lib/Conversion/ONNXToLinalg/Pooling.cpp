// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Pooling: reductions over windows of the padded input.

#include "Reduction.h"

#include "Broadcast.h"

using namespace mlir;

namespace quern::lowering {
namespace {

/// Loops n, c, o…, k…: the maps of the input, of the shape of the window, and of the result.
struct WindowLoops {
  WindowLoops(Builder &b, const Window &window) {
    unsigned rank = window.kernel.size(), loops = 2 + 2 * rank;
    SmallVector<AffineExpr> in = {b.getAffineDimExpr(0), b.getAffineDimExpr(1)}, taps;
    llvm::append_range(in, windowExprs(b, window, 2, 2 + rank));
    for (unsigned i : llvm::seq(rank))
      taps.push_back(b.getAffineDimExpr(2 + rank + i));
    input = AffineMap::get(loops, 0, in, b.getContext());
    kernel = AffineMap::get(loops, 0, taps, b.getContext());
    output = AffineMap::getMultiDimIdentityMap(loops, b.getContext()).getMajorSubMap(2 + rank);
    iterators.assign(2 + rank, utils::IteratorType::parallel);
    iterators.append(rank, utils::IteratorType::reduction);
  }
  AffineMap input, kernel, output;
  SmallVector<utils::IteratorType> iterators;
};

Sizes pooledShape(Builder &b, Value input, const Window &window) {
  Sizes shape = {dimOf(b, input, 0), dimOf(b, input, 1)};
  llvm::append_range(shape, window.out);
  return shape;
}

} // namespace

Value reduceWindows(Builder &b, Value padded, const Window &window, Type accumulator, const Reducer &reducer,
                    bool isUnsigned) {
  WindowLoops loops(b, window);
  Value init = filledTensor(b, pooledShape(b, padded, window), reducer.identity(b, accumulator, isUnsigned));
  // Nothing is read from it: it gives the loops over the window their extents.
  Value kernel = emptyTensor(b, sizes(b, window.kernel), accumulator);
  return generic(b, {padded, kernel}, init, {loops.input, loops.kernel, loops.output}, loops.iterators,
                 [&](Builder &b, ValueRange args) -> SmallVector<Value> {
                   Value x = convertScalar(b, args[0], accumulator, isUnsigned, isUnsigned);
                   return {reducer.combine(b, args[2], reducer.prepare(b, x, isUnsigned), isUnsigned)};
                 })
      .front();
}

namespace {

template <typename Op>
Window poolWindow(Builder &b, Op op, Value input) {
  WindowAttributes attributes = windowAttributes(op, sizes(b, op.getKernelShape()));
  attributes.ceilMode = op.getCeilMode();
  Sizes shape = shapeOf(b, input);
  return makeWindow(b, attributes, ArrayRef(shape).drop_front(2));
}

template <typename Op>
bool hasSpace(Op op, Value input) {
  int64_t rank = cast<RankedTensorType>(input.getType()).getRank();
  return rank >= 3 && static_cast<int64_t>(op.getKernelShape().size()) == rank - 2;
}

struct LowerMaxPool : Lowering<onnx::MaxPoolOp> {
  using Lowering::Lowering;
  LogicalResult lower(onnx::MaxPoolOp op, Adaptor adaptor, Builder &b, Rewriter &rewriter) const override {
    Value input = adaptor.getX();
    if (!hasSpace(op, input))
      return unsupported(rewriter, op, "expects one spatial dimension or more");
    bool isUnsigned = lowering::isUnsigned(op.getX().getType());
    Type element = getElementTypeOrSelf(input);
    Window window = poolWindow(b, op, input);
    Value padded = padForWindow(b, input, window, lowest(b, element, isUnsigned));
    if (!op.getIndices()) {
      replace(rewriter, op, b, reduceWindows(b, padded, window, element, kMax, isUnsigned));
      return success();
    }
    replace(rewriter, op, b, withIndices(b, op, input, padded, window, isUnsigned));
    return success();
  }

  /// The maxima and where they are in the flattened input; storage_order 1 counts the last two dimensions by columns.
  static SmallVector<Value> withIndices(Builder &b, onnx::MaxPoolOp op, Value input, Value padded, const Window &window,
                                        bool isUnsigned) {
    Type element = getElementTypeOrSelf(input), i64 = b.getI64Type();
    unsigned rank = window.kernel.size();
    Sizes shape = shapeOf(b, input), out = pooledShape(b, input, window);
    SmallVector<Value> extents = asValues(b, shape), lows = asValues(b, window.low);
    WindowLoops loops(b, window);
    Value best = filledTensor(b, out, lowest(b, element, isUnsigned)), at = filledTensor(b, out, integer(b, i64, -1));
    Value kernel = emptyTensor(b, sizes(b, window.kernel), element);
    return generic(b, {padded, kernel}, {best, at}, {loops.input, loops.kernel, loops.output, loops.output},
                   loops.iterators, [&](Builder &b, ValueRange args) -> SmallVector<Value> {
                     SmallVector<Value> position = {linalg::IndexOp::create(b, 0), linalg::IndexOp::create(b, 1)};
                     Value inside = integer(b, b.getI1Type(), 1);
                     for (unsigned i : llvm::seq(rank)) {
                       auto times = [&](Value value, int64_t by) -> Value {
                         return arith::MulIOp::create(b, value, arith::ConstantIndexOp::create(b, by));
                       };
                       Value start = times(linalg::IndexOp::create(b, 2 + i), window.strides[i]);
                       Value step = times(linalg::IndexOp::create(b, 2 + rank + i), window.dilations[i]);
                       Value where = arith::SubIOp::create(b, arith::AddIOp::create(b, start, step), lows[i]);
                       Value valid = arith::CmpIOp::create(b, arith::CmpIPredicate::ult, where, extents[2 + i]);
                       inside = arith::AndIOp::create(b, inside, valid);
                       position.push_back(where);
                     }
                     SmallVector<unsigned> order = llvm::to_vector(llvm::seq<unsigned>(2 + rank));
                     if (op.getStorageOrder() && rank > 1)
                       std::reverse(order.begin() + 2, order.end());
                     Value flat = position[0];
                     for (unsigned dim : ArrayRef(order).drop_front())
                       flat = arith::AddIOp::create(b, arith::MulIOp::create(b, flat, extents[dim]), position[dim]);
                     Value index = arith::IndexCastOp::create(b, i64, flat);
                     Value better;
                     if (isa<FloatType>(element))
                       better = arith::CmpFOp::create(b, arith::CmpFPredicate::OGT, args[0], args[2]);
                     else
                       better = arith::CmpIOp::create(
                           b, isUnsigned ? arith::CmpIPredicate::ugt : arith::CmpIPredicate::sgt, args[0], args[2]);
                     // The first element inside is taken even where it is the lowest of its type.
                     Value isFirst = arith::CmpIOp::create(b, arith::CmpIPredicate::slt, args[3], integer(b, i64, 0));
                     better = arith::AndIOp::create(b, inside, arith::OrIOp::create(b, better, isFirst));
                     return {arith::SelectOp::create(b, better, args[0], args[2]),
                             arith::SelectOp::create(b, better, index, args[3])};
                   });
  }
};

/// How many elements of [low, high) the window at each position of one axis holds, as floats.
Value countElements(Builder &b, const Window &window, unsigned axis, Size low, Size high, Type element) {
  auto count = [&](int64_t start, int64_t first, int64_t last) {
    int64_t from = std::max<int64_t>(0, llvm::divideCeilSigned(first - start, window.dilations[axis]));
    int64_t to = std::min(window.kernel[axis], llvm::divideCeilSigned(last - start, window.dilations[axis]));
    return std::max<int64_t>(to - from, 0);
  };
  Size out = window.out[axis];
  if (known(out) && known(low) && known(high)) {
    SmallVector<Attribute> counts;
    for (int64_t o = 0; o < *known(out); ++o)
      counts.push_back(b.getFloatAttr(element, count(o * window.strides[axis], *known(low), *known(high))));
    return arith::ConstantOp::create(b, DenseElementsAttr::get(RankedTensorType::get(*known(out), element), counts));
  }
  Value first = asValue(b, low), last = asValue(b, high);
  return fromIndices(b, out, element, [&](Builder &b, ValueRange indices) -> Value {
    auto number = [&](int64_t value) -> Value { return arith::ConstantIndexOp::create(b, value); };
    Value start = arith::MulIOp::create(b, indices[0], number(window.strides[axis]));
    auto tap = [&](Value end) -> Value {
      Value distance = arith::SubIOp::create(b, end, start);
      return arith::CeilDivSIOp::create(b, distance, number(window.dilations[axis]));
    };
    Value from = arith::MaxSIOp::create(b, tap(first), number(0));
    Value to = arith::MinSIOp::create(b, tap(last), number(window.kernel[axis]));
    Value taps = arith::MaxSIOp::create(b, arith::SubIOp::create(b, to, from), number(0));
    return arith::SIToFPOp::create(b, element, arith::IndexCastOp::create(b, b.getI64Type(), taps));
  });
}

struct LowerAveragePool : Lowering<onnx::AveragePoolOp> {
  using Lowering::Lowering;
  LogicalResult lower(onnx::AveragePoolOp op, Adaptor adaptor, Builder &b, Rewriter &rewriter) const override {
    Value input = adaptor.getX();
    if (!hasSpace(op, input))
      return unsupported(rewriter, op, "expects one spatial dimension or more");
    Type element = getElementTypeOrSelf(input), accumulator = accumulatorOf(b, element);
    Window window = poolWindow(b, op, input);
    unsigned rank = window.kernel.size();
    Value padded = padForWindow(b, input, window, scalar(b, element, 0));
    Value sums = reduceWindows(b, padded, window, accumulator, kSum, false);

    // Positions count where they lie in the input, or in it with the padding that the op asks for.
    Sizes shape = shapeOf(b, input);
    int64_t whole = 1;
    SmallVector<Value> operands = {sums};
    SmallVector<AffineMap> maps = {b.getMultiDimIdentityMap(2 + rank)};
    for (unsigned i : llvm::seq(rank)) {
      Size low = window.low[i], high = add(b, low, shape[2 + i]);
      if (op.getCountIncludePad()) {
        low = size(b, 0);
        // Not what a window of ceil_mode reads beyond the padding.
        Size added = op.getAutoPad().starts_with("SAME") ? window.high[i] : size(b, 0);
        if (auto pads = op.getPads(); pads && op.getAutoPad() == "NOTSET")
          added = size(b, (*pads)[rank + i]);
        high = add(b, high, added);
      }
      whole *= window.kernel[i];
      bool isFull = isKnown(low, 0) && !op.getCeilMode() && (op.getCountIncludePad() || isKnown(window.high[i], 0));
      if (isFull)
        continue;
      whole /= window.kernel[i];
      operands.push_back(countElements(b, window, i, low, high, accumulator));
      maps.push_back(AffineMap::get(2 + rank, 0, b.getAffineDimExpr(2 + i)));
    }
    maps.push_back(maps.front());
    Value init = emptyTensor(b, shapeOf(b, sums), element);
    SmallVector<utils::IteratorType> iterators(2 + rank, utils::IteratorType::parallel);
    Value result = generic(b, operands, init, maps, iterators, [&](Builder &b, ValueRange args) -> SmallVector<Value> {
                     Value divisor = scalar(b, accumulator, whole);
                     for (Value count : args.slice(1, operands.size() - 1))
                       divisor = arith::MulFOp::create(b, divisor, count);
                     return {convertScalar(b, arith::DivFOp::create(b, args[0], divisor), element, false, false)};
                   }).front();
    replace(rewriter, op, b, result);
    return success();
  }
};

/// (sum of |x|^p)^(1/p).
Value powerOf(Builder &b, Value x, double exponent) {
  if (exponent == 1)
    return x;
  if (exponent == 2)
    return arith::MulFOp::create(b, x, x);
  if (exponent == 0.5)
    return math::SqrtOp::create(b, x);
  return math::PowFOp::create(b, x, scalar(b, x.getType(), exponent));
}

Value absolutePower(Builder &b, Value tensor, int64_t p) {
  return mapTensor(b, tensor, accumulatorOf(b, getElementTypeOrSelf(tensor)), [&](Builder &b, Value x) {
    x = convertScalar(b, x, accumulatorOf(b, x.getType()), false, false);
    return powerOf(b, math::AbsFOp::create(b, x), p);
  });
}

Value root(Builder &b, Value tensor, int64_t p, Type element) {
  return mapTensor(b, tensor, element, [&](Builder &b, Value x) {
    return convertScalar(b, powerOf(b, x, 1.0 / p), element, false, false);
  });
}

struct LowerLpPool : Lowering<onnx::LpPoolOp> {
  using Lowering::Lowering;
  LogicalResult lower(onnx::LpPoolOp op, Adaptor adaptor, Builder &b, Rewriter &rewriter) const override {
    if (!hasSpace(op, adaptor.getX()) || op.getP() < 1)
      return unsupported(rewriter, op, "expects one spatial dimension or more, and 'p' of 1 or more");
    Type element = getElementTypeOrSelf(adaptor.getX()), accumulator = accumulatorOf(b, element);
    Window window = poolWindow(b, op, adaptor.getX());
    Value powers = absolutePower(b, adaptor.getX(), op.getP());
    Value padded = padForWindow(b, powers, window, scalar(b, accumulator, 0));
    Value sums = reduceWindows(b, padded, window, accumulator, kSum, false);
    replace(rewriter, op, b, root(b, sums, op.getP(), element));
    return success();
  }
};

struct LowerGlobalLpPool : Lowering<onnx::GlobalLpPoolOp> {
  using Lowering::Lowering;
  LogicalResult lower(onnx::GlobalLpPoolOp op, Adaptor adaptor, Builder &b, Rewriter &rewriter) const override {
    SmallVector<bool> reduced(cast<RankedTensorType>(adaptor.getX().getType()).getRank(), true);
    if (reduced.size() < 3 || op.getP() < 1)
      return unsupported(rewriter, op, "expects one spatial dimension or more, and 'p' of 1 or more");
    reduced[0] = reduced[1] = false;
    Value powers = absolutePower(b, adaptor.getX(), op.getP());
    Value sums = reduceTensor(b, powers, reduced, kSum, getElementTypeOrSelf(powers), false);
    Value norms = root(b, sums, op.getP(), getElementTypeOrSelf(adaptor.getX()));
    replace(rewriter, op, b, keepDims(b, norms, reduced, true));
    return success();
  }
};

} // namespace

void addPooling(Patterns &patterns, Converter &converter) {
  patterns.add<LowerMaxPool, LowerAveragePool, LowerLpPool, LowerGlobalLpPool>(converter, patterns.getContext());
}

} // namespace quern::lowering
