// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// GridSample and DeformConv: all-parallel over the result, each element mixed
// from those around a position that is a value. A position along each axis is a
// list of taps; NaN and far positions are clamped to just outside.

#include "Sampling.h"

#include "Contraction.h"

using namespace mlir;

namespace quern::lowering {

Type positionType(Builder &b, Type element) { return element.isF64() ? element : Type(b.getF32Type()); }

void requireElements(Builder &b, ArrayRef<Size> extents) {
  for (Size extent : extents)
    if (known(extent).value_or(0) <= 0)
      check(b, Num(b, asValue(b, extent)) > 0, "an empty dimension has no elements to sample");
}

Value mixTaps(Builder &b, Value tensor, ArrayRef<Value> leading, ArrayRef<Taps> axes, Type accumulator,
              bool isUnsigned) {
  SmallVector<Value> indices(leading);
  std::function<Value(ArrayRef<Taps>, Value)> mix = [&](ArrayRef<Taps> rest, Value inside) -> Value {
    if (rest.empty()) {
      Value element = extract(b, tensor, indices);
      if (inside)
        element = arith::SelectOp::create(b, inside, element, scalar(b, element.getType(), 0));
      return accumulator ? convertScalar(b, element, accumulator, isUnsigned, false) : element;
    }
    Value sum;
    for (const Tap &tap : rest.front()) {
      indices.push_back(tap.index);
      Value both = inside && tap.inside ? Value(Num(b, inside) && Num(b, tap.inside)) : inside ? inside : tap.inside;
      Value part = mix(rest.drop_front(), both);
      indices.pop_back();
      if (tap.weight)
        part = Num(b, part) * tap.weight;
      sum = sum ? Value(Num(b, sum) + part) : part;
    }
    return sum;
  };
  return mix(axes, Value());
}

Taps linearTaps(Num x, Value extent) {
  Builder &b = *x.builder;
  Value last = Num(b, extent) - 1;
  x = clamp(x, -2, min(toFloat(Num(b, extent), x.type()) + 1, kMaxPosition));
  Num low = floor(x), part = x - low, index = toIndexWithin(low);
  Taps taps;
  for (auto [at, weight] : {std::pair(index, 1 - part), std::pair(index + 1, part)}) {
    Num inside = at >= 0 && at <= last;
    taps.push_back({clamp(at, 0, last), weight, inside});
  }
  return taps;
}

namespace {

/// Two neighbours in each of so many dimensions are as many as one body should read.
constexpr int64_t kMaxDims = 12;

//===--- GridSample -------------------------------------------------------===//

/// One axis of the image that is sampled. All but `extent` are floats of the position's type.
struct Axis {
  Value extent;            ///< index
  Value size, last;        ///< the extent and the last index
  Value low, high;         ///< the borders that positions reflect at
  bool isBordered = false; ///< clamped
  bool isReflected = false;
};

/// `x`, outside of the borders, reflected as often as it takes.
Num reflect(Num x, const Axis &axis) {
  Num low = x.with(axis.low), high = x.with(axis.high), range = high - low;
  Num below = x < low, distance = select(below, low - x, x - high);
  // An axis of a single element whose border is the element.
  Num width = maxNumber(range, 1e-6);
  Num times = x.with(math::TruncOp::create(*x.builder, distance / width)), rest = distance - times * range;
  Num isEven = floor(times * 0.5) * 2 == times;
  Num fromLow = (below && isEven) || (!below && !isEven);
  Num reflected = clamp(select(fromLow, low + rest, high - rest), low, high);
  return select(x < low || x > high, reflected, x);
}

/// The tap at the whole position `at`.
Tap tapAt(Num at, const Axis &axis, Value weight) {
  Builder &b = *at.builder;
  Value last = Num(b, axis.extent) - 1;
  if (axis.isReflected)
    at = min(at.with(math::TruncOp::create(b, reflect(at, axis))), kMaxPosition);
  Num index = toIndexWithin(at);
  Value inside;
  if (!axis.isReflected && !axis.isBordered)
    inside = index >= 0 && index <= last;
  return {clamp(index, 0, last), weight, inside};
}

/// Keys' cubic, a = -0.75, at distances 1 + x, x, 1 - x and 2 - x.
SmallVector<Num> cubicWeights(Num x) {
  constexpr double a = -0.75;
  auto outer = [](Num d) { return ((a * d - 5 * a) * d + 8 * a) * d - 4 * a; };
  auto inner = [](Num d) { return ((a + 2) * d - (a + 3)) * d * d + 1; };
  return {outer(x + 1), inner(x), inner(1 - x), outer(2 - x)};
}

Taps gridTaps(Num position, const Axis &axis, StringRef mode, bool alignCorners) {
  Num x = alignCorners ? (position + 1) / 2 * axis.last : ((position + 1) * axis.size - 1) / 2;
  if (mode == "nearest")
    x = roundToEven(x);
  if (axis.isReflected)
    x = reflect(x, axis);
  else if (axis.isBordered)
    x = select(x < axis.low || x > axis.high, clamp(x, 0, axis.last), x);
  x = clamp(x, -4, min(x.with(axis.size) + 3, kMaxPosition));
  if (mode == "nearest") {
    // An axis is read where its position was rounded to.
    Axis whole(axis);
    whole.isBordered |= whole.isReflected;
    whole.isReflected = false;
    return {tapAt(x, axis.isReflected ? whole : axis, Value())};
  }
  Num first = floor(x), part = x - first;
  Taps taps;
  if (mode == "linear") {
    taps.push_back(tapAt(first, axis, 1 - part));
    taps.push_back(tapAt(first + 1, axis, part));
    return taps;
  }
  for (auto [i, weight] : llvm::enumerate(cubicWeights(part)))
    taps.push_back(tapAt(first + (static_cast<double>(i) - 1), axis, weight));
  return taps;
}

struct LowerGridSample : Lowering<onnx::GridSampleOp> {
  using Lowering::Lowering;
  LogicalResult lower(onnx::GridSampleOp op, Adaptor adaptor, Builder &b, Rewriter &rewriter) const override {
    Value x = adaptor.getX(), grid = adaptor.getGrid();
    Sizes from = shapeOf(b, x), gridShape = shapeOf(b, grid);
    int64_t rank = from.size(), spatial = rank - 2;
    Type element = getElementTypeOrSelf(x), position = positionType(b, getElementTypeOrSelf(grid));
    bool isNearest = op.getMode() == "nearest", isUnsigned = lowering::isUnsigned(op.getX().getType());
    if (gridShape.size() != from.size())
      return unsupported(rewriter, op, "expects a grid of the rank of X");
    if (!isNearest && !getElementTypeOrSelf(op.getX().getType()).isIntOrFloat())
      return unsupported(rewriter, op, "expects numbers or bools, unless 'mode' is nearest");
    if (spatial > (op.getMode() == "cubic" ? kMaxDims / 2 : kMaxDims))
      return unsupported(rewriter, op, "expects fewer dimensions: all neighbours of a position are written out");
    checkEqual(b, from[0], gridShape[0], "X and grid differ in the size of the batch");
    checkEqual(b, gridShape.back(), size(b, spatial), "the grid's positions do not have a number for each dimension");
    requireElements(b, ArrayRef(from).drop_front(2));
    Sizes shape = {from[0], from[1]};
    llvm::append_range(shape, ArrayRef(gridShape).drop_front().drop_back());

    SmallVector<Axis> axes;
    bool align = op.getAlignCorners();
    for (Size extent : ArrayRef(from).drop_front(2)) {
      Axis &axis = axes.emplace_back();
      axis.extent = asValue(b, extent);
      Num number = toFloat(Num(b, axis.extent), position);
      axis.size = number;
      axis.last = number - 1;
      axis.low = number.like(align ? 0 : -0.5);
      axis.high = align ? axis.last : Value(number - 0.5);
      axis.isBordered = op.getPaddingMode() == "border";
      axis.isReflected = op.getPaddingMode() == "reflection";
    }
    // The grid's numbers go from the last dimension to the first.
    SmallVector<Value> inputs(spatial, grid);
    SmallVector<AffineMap> maps;
    for (int64_t i : llvm::seq(spatial)) {
      SmallVector<AffineExpr> exprs = {b.getAffineDimExpr(0)};
      for (int64_t dim : llvm::seq<int64_t>(2, rank))
        exprs.push_back(b.getAffineDimExpr(dim));
      exprs.push_back(b.getAffineConstantExpr(spatial - 1 - i));
      maps.push_back(AffineMap::get(rank, 0, exprs, b.getContext()));
    }
    maps.push_back(b.getMultiDimIdentityMap(rank));
    Type accumulator = isNearest ? Type() : isa<FloatType>(element) ? accumulatorOf(b, element) : Type(b.getF32Type());
    SmallVector<utils::IteratorType> iterators(rank, utils::IteratorType::parallel);
    Value result = generic(b, inputs, emptyTensor(b, shape, element), maps, iterators,
                           [&](Builder &b, ValueRange args) -> SmallVector<Value> {
                             SmallVector<Taps> taps;
                             for (auto [axis, arg] : llvm::zip(axes, args)) {
                               Num at(b, convertScalar(b, arg, position, false, false));
                               taps.push_back(gridTaps(at, axis, op.getMode(), align));
                               for (Tap &tap : taps.back())
                                 if (tap.weight && accumulator != position)
                                   tap.weight = convertScalar(b, tap.weight, accumulator, false, false);
                             }
                             Value batch = linalg::IndexOp::create(b, 0), channel = linalg::IndexOp::create(b, 1);
                             Value mixed = mixTaps(b, x, {batch, channel}, taps, accumulator, isUnsigned);
                             return {convertScalar(b, mixed, element, false, isUnsigned)};
                           })
                       .front();
    replace(rewriter, op, b, result);
    return success();
  }
};

//===--- DeformConv -------------------------------------------------------===//

/// The samples that each output position and each element of the window meet, [N, C, k…, o…]; then a contraction.
struct LowerDeformConv : Lowering<onnx::DeformConvOp> {
  using Lowering::Lowering;
  LogicalResult lower(onnx::DeformConvOp op, Adaptor adaptor, Builder &b, Rewriter &rewriter) const override {
    Value x = adaptor.getX(), weight = adaptor.getW(), offset = adaptor.getOffset(), mask = adaptor.getMask();
    Sizes from = shapeOf(b, x), weightShape = shapeOf(b, weight), offsetShape = shapeOf(b, offset);
    int64_t rank = from.size(), spatial = rank - 2, offsetGroups = op.getOffsetGroup(), groups = op.getGroup();
    if (spatial < 1 || spatial > kMaxDims || static_cast<int64_t>(weightShape.size()) != rank ||
        static_cast<int64_t>(offsetShape.size()) != rank ||
        (mask && cast<RankedTensorType>(mask.getType()).getRank() != rank) || groups < 1 || offsetGroups < 1)
      return unsupported(rewriter, op, "expects 1 to 12 spatial dimensions in X, W, offset and mask");
    auto attribute = [&](std::optional<ArrayRef<int64_t>> values, int64_t i, int64_t otherwise) {
      return values && i < static_cast<int64_t>(values->size()) ? (*values)[i] : otherwise;
    };
    Sizes kernel(ArrayRef(weightShape).drop_front(2)), out(ArrayRef(offsetShape).drop_front(2));
    Size taps = product(b, kernel), channels = from[1], one = size(b, 1);
    for (int64_t i : llvm::seq(spatial)) {
      int64_t stride = attribute(op.getStrides(), i, 1), dilation = attribute(op.getDilations(), i, 1);
      int64_t pads = attribute(op.getPads(), i, 0) + attribute(op.getPads(), spatial + i, 0);
      Size window = add(b, mul(b, sub(b, kernel[i], one), size(b, dilation)), one);
      Size room = sub(b, add(b, from[2 + i], size(b, pads)), window);
      checkEqual(b, out[i], add(b, floorDiv(b, room, size(b, stride)), one),
                 "the offsets are not those of the output's positions");
    }
    checkEqual(b, offsetShape[0], from[0], "X and offset differ in the size of the batch");
    checkEqual(b, offsetShape[1], mul(b, taps, size(b, offsetGroups * spatial)),
               "there is not an offset for each element of the window");
    checkEqual(b, channels, mul(b, weightShape[1], size(b, groups)),
               "the channels of the input are not those that the weights expect");
    if (mask) {
      Sizes maskShape = shapeOf(b, mask), want = {from[0], mul(b, taps, size(b, offsetGroups))};
      llvm::append_range(want, out);
      for (auto [have, expected] : llvm::zip_equal(maskShape, want))
        checkEqual(b, have, expected, "the mask is not that of the output's positions");
    }
    requireElements(b, ArrayRef(from).drop_front(2));

    Type element = getElementTypeOrSelf(x), accumulator = accumulatorOf(b, element);
    Sizes shape = {from[0], channels};
    llvm::append_range(shape, kernel);
    llvm::append_range(shape, out);
    // At least one, so that an empty tensor divides.
    Value perOffset = asValue(b, max(b, floorDiv(b, channels, size(b, offsetGroups)), one));
    SmallVector<Value> kernelSizes = asValues(b, kernel), extents = asValues(b, from);
    Value samples = fromIndices(b, shape, element, [&](Builder &b, ValueRange at) -> Value {
      auto index = [&](Value value) { return Num(b, value); };
      // Which of the offsets: [group, k…] flattened; with the dimension, and without for the mask.
      Num tap = index(at[1]) / perOffset;
      for (int64_t i : llvm::seq(spatial))
        tap = tap * kernelSizes[i] + at[2 + i];
      SmallVector<Value> where = {at[0], Value()};
      llvm::append_range(where, at.drop_front(2 + spatial));
      SmallVector<Taps> axes;
      for (int64_t i : llvm::seq(spatial)) {
        where[1] = tap * spatial + static_cast<double>(i);
        Num shift(b, convertScalar(b, extract(b, offset, where), accumulator, false, false));
        Num start = index(at[2 + spatial + i]) * attribute(op.getStrides(), i, 1) - attribute(op.getPads(), i, 0) +
                    index(at[2 + i]) * attribute(op.getDilations(), i, 1);
        axes.push_back(linearTaps(toFloat(start, accumulator) + shift, extents[2 + i]));
      }
      Value sample = mixTaps(b, x, {at[0], at[1]}, axes, accumulator, false);
      if (mask) {
        where[1] = tap;
        sample = Num(b, sample) * convertScalar(b, extract(b, mask, where), accumulator, false, false);
      }
      return convertScalar(b, sample, element, false, false);
    });

    // Loops: n, g, f, o…, then c, k….
    Size groupCount = size(b, groups), perGroup = floorDiv(b, weightShape[0], groupCount);
    checkEqual(b, weightShape[0], mul(b, perGroup, groupCount), "the filters do not divide into groups");
    samples = splitDim(b, samples, 1, {groupCount, weightShape[1]});
    weight = splitDim(b, weight, 0, {groupCount, perGroup});
    Sizes result = {from[0], groupCount, perGroup};
    llvm::append_range(result, out);
    unsigned o = 3, c = o + spatial, k = c + 1, loops = k + spatial;
    auto dims = [&](ArrayRef<unsigned> first) {
      return llvm::map_to_vector(first, [&](unsigned dim) { return b.getAffineDimExpr(dim); });
    };
    SmallVector<AffineExpr> lhs = dims({0, 1, c}), rhs = dims({1, 2, c});
    for (int64_t i : llvm::seq(spatial)) {
      lhs.push_back(b.getAffineDimExpr(k + i));
      rhs.push_back(b.getAffineDimExpr(k + i));
    }
    for (int64_t i : llvm::seq(spatial))
      lhs.push_back(b.getAffineDimExpr(o + i));
    Value sum = contract(b, samples, weight, AffineMap::get(loops, 0, lhs, b.getContext()),
                         AffineMap::get(loops, 0, rhs, b.getContext()), result, accumulator);
    replace(rewriter, op, b, addChannels(b, mergeDims(b, sum, 1, 2), adaptor.getB(), element));
    return success();
  }
};

} // namespace

void addSampling(Patterns &patterns, Converter &converter) {
  patterns.add<LowerGridSample, LowerDeformConv>(converter, patterns.getContext());
}

} // namespace quern::lowering
