// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Resize, an axis at a time: a table of the elements that each output position
// reads along the axis, a table of their weights, and the weighted sum.
// Nearest neighbours at a whole factor are a broadcast instead.

#include "Axes.h"
#include "Broadcast.h"
#include "Reduction.h"
#include "ResizePositions.h"

using namespace mlir;

namespace quern::lowering {
using namespace resize;

namespace {

struct LowerResize : Lowering<onnx::ResizeOp> {
  using Lowering::Lowering;

  LogicalResult lower(onnx::ResizeOp op, Adaptor adaptor, Builder &b, Rewriter &rewriter) const override {
    Value input = adaptor.getX();
    auto type = resultType(op);
    SmallVector<Axis> axes;
    if (StringRef reason = findAxes(op, adaptor, b, type, axes); !reason.empty())
      return unsupported(rewriter, op, reason);
    StringRef mode = op.getMode();
    if (mode == "nearest") {
      replace(rewriter, op, b, extrapolate(b, op, resizeNearest(b, op, input, axes), axes));
      return success();
    }
    Type element = type.getElementType();
    Type accumulator = isa<FloatType>(element) ? accumulatorOf(b, element) : b.getF32Type();
    bool isUnsigned = lowering::isUnsigned(op.getX().getType());
    Value result = input;
    if (!axes.empty() && element != accumulator)
      result = mapTensor(b, input, accumulator,
                         [&](Builder &b, Value x) { return convertScalar(b, x, accumulator, isUnsigned, false); });
    for (const Axis &axis : axes)
      result = interpolate(b, op, result, axis);
    if (!axes.empty() && element != accumulator)
      result = mapTensor(b, result, element, [&](Builder &b, Value x) {
        if (!isa<FloatType>(element))
          x = math::RoundEvenOp::create(b, x);
        return convertScalar(b, x, element, false, isUnsigned);
      });
    replace(rewriter, op, b, extrapolate(b, op, result, axes));
    return success();
  }

  /// The one scale of all axes where their ratio is kept, f64.
  struct Aspect {
    std::optional<double> known;
    Value ratio;

    /// A size to this scale, halves rounded up.
    Size apply(Builder &b, Size in) const {
      if (known && lowering::known(in))
        return size(b, static_cast<int64_t>(std::floor(*known * *lowering::known(in) + 0.5)));
      Value scaled = arith::MulFOp::create(b, toF64(b, in), ratio);
      scaled = math::FloorOp::create(b, arith::AddFOp::create(b, scaled, scalar(b, b.getF64Type(), 0.5)));
      Value whole = convertScalar(b, scaled, b.getI64Type(), false, false);
      return max(b, toSize(b, whole), size(b, 0));
    }
  };

  static Value toF64(Builder &b, Size number) {
    if (auto constant = known(number))
      return scalar(b, b.getF64Type(), *constant);
    Value whole = arith::IndexCastOp::create(b, b.getI64Type(), cast<Value>(number));
    return arith::SIToFPOp::create(b, b.getF64Type(), whole);
  }

  static Aspect findAspect(Builder &b, bool isNotLarger, Value input, ArrayRef<int64_t> dims, ArrayRef<Size> wanted) {
    Aspect aspect;
    bool isKnown = true;
    for (auto [i, dim] : llvm::enumerate(dims)) {
      Size in = dimOf(b, input, dim), out = wanted[i];
      checkSize(b, out);
      isKnown &= known(in).value_or(0) > 0 && known(out);
      if (isKnown) {
        double ratio = static_cast<double>(*known(out)) / *known(in);
        if (aspect.known)
          ratio = isNotLarger ? std::min(*aspect.known, ratio) : std::max(*aspect.known, ratio);
        aspect.known = ratio;
      }
      Value ratio = arith::DivFOp::create(b, toF64(b, out), toF64(b, max(b, in, size(b, 1))));
      if (aspect.ratio)
        ratio = isNotLarger ? Value(arith::MinimumFOp::create(b, aspect.ratio, ratio))
                            : Value(arith::MaximumFOp::create(b, aspect.ratio, ratio));
      aspect.ratio = ratio;
    }
    if (!isKnown)
      aspect.known = std::nullopt;
    return aspect;
  }

  /// The axes that change. Returns what is not supported, or nothing.
  StringRef findAxes(onnx::ResizeOp op, Adaptor adaptor, Builder &b, RankedTensorType type,
                     SmallVectorImpl<Axis> &result) const {
    Value input = adaptor.getX();
    int64_t rank = type.getRank();
    SmallVector<int64_t> dims = llvm::to_vector(llvm::seq(rank));
    if (op.getAxes())
      dims = llvm::map_to_vector(*op.getAxes(), [&](int64_t axis) { return axis < 0 ? axis + rank : axis; });
    // A list of another length stands for one that is absent; that of a length of the run does not.
    auto isVector = [&](Value tensor, size_t count) {
      auto vector = tensor ? cast<RankedTensorType>(tensor.getType()) : RankedTensorType();
      return vector && vector.getRank() == 1 &&
             (vector.isDynamicDim(0) || vector.getDimSize(0) == static_cast<int64_t>(count));
    };
    bool bySizes = isVector(adaptor.getSizes(), dims.size());
    if (!bySizes && !isVector(adaptor.getScales(), dims.size()))
      return "expects a scale or a size for each axis";
    Sizes wanted;
    if (bySizes)
      wanted = readVector(b, adaptor.getSizes(), dims.size());
    std::optional<SmallVector<double>> scales;
    if (!bySizes)
      scales = constantFloats(adaptor.getScales());
    bool crops = op.getCoordinateTransformationMode() == "tf_crop_and_resize";
    if (crops && !isVector(adaptor.getRoi(), 2 * dims.size()))
      return "expects a region with two ends for each axis";

    bool keepsAspect = bySizes && op.getKeepAspectRatioPolicy() != "stretch";
    Aspect aspect;
    if (keepsAspect)
      aspect = findAspect(b, op.getKeepAspectRatioPolicy() == "not_larger", input, dims, wanted);
    auto element = [&](Value tensor, int64_t i) -> Value {
      if (auto constant = constantFloats(tensor))
        return constantF32(b, (*constant)[i]);
      Size length = dimOf(b, tensor, 0);
      checkEqual(b, length, size(b, tensor == adaptor.getRoi() ? 2 * dims.size() : dims.size()),
                 "expects a number for each axis");
      Value value = extract(b, tensor, {asValue(b, size(b, i))});
      return convertScalar(b, value, b.getF32Type(), false, false);
    };
    for (auto [i, dim] : llvm::enumerate(dims)) {
      Axis axis;
      axis.dim = dim;
      axis.in = dimOf(b, input, dim);
      if (bySizes) {
        axis.out = wanted[i];
        if (keepsAspect)
          axis.out = aspect.apply(b, axis.in);
        else
          checkSize(b, axis.out);
        if (keepsAspect)
          axis.knownScale = aspect.known;
        else if (known(axis.in) && known(axis.out) && *known(axis.in) > 0)
          axis.knownScale = static_cast<double>(*known(axis.out)) / *known(axis.in);
        if (axis.knownScale)
          axis.scale = constantF32(b, *axis.knownScale);
        else if (keepsAspect)
          axis.scale = arith::TruncFOp::create(b, b.getF32Type(), aspect.ratio);
        else
          axis.scale = arith::DivFOp::create(b, toF32(b, axis.out), toF32(b, axis.in));
      } else {
        axis.scale = element(adaptor.getScales(), i);
        if (scales)
          axis.knownScale = (*scales)[i];
        if (axis.knownScale && known(axis.in))
          axis.out = size(b, static_cast<int64_t>(std::floor(
                                 *known(axis.in) * static_cast<double>(static_cast<float>(*axis.knownScale)))));
        else if (axis.knownScale && *axis.knownScale == std::floor(*axis.knownScale))
          axis.out = mul(b, axis.in, size(b, static_cast<int64_t>(*axis.knownScale)));
        else
          axis.out = scaledSize(b, axis.in, axis.scale);
      }
      axis.width = bySizes && !keepsAspect ? toF32(b, axis.out)
                   : axis.knownScale && known(axis.in)
                       ? constantF32(b, *known(axis.in) * static_cast<double>(static_cast<float>(*axis.knownScale)))
                       : Value(arith::MulFOp::create(b, toF32(b, axis.in), axis.scale));
      if (!type.isDynamicDim(dim))
        axis.out = refine(b, axis.out, RankedTensorType::get(type.getDimSize(dim), b.getI8Type()))[0];
      if (crops) {
        axis.roiStart = element(adaptor.getRoi(), i);
        axis.roiEnd = element(adaptor.getRoi(), dims.size() + i);
      } else if (same(axis.in, axis.out) && (bySizes || axis.knownScale == 1.0)) {
        continue;
      }
      // An element must exist where positions are looked up.
      if (!known(axis.in))
        check(b, arith::CmpIOp::create(b, arith::CmpIPredicate::ne, asValue(b, axis.in), asValue(b, size(b, 0))),
              "an empty dimension cannot be resized");
      result.push_back(axis);
    }
    return "";
  }

  static Size scaledSize(Builder &b, Size in, Value scale) {
    Value scaled = arith::MulFOp::create(b, arith::ExtFOp::create(b, b.getF64Type(), toF32(b, in)),
                                         arith::ExtFOp::create(b, b.getF64Type(), scale));
    Value whole = convertScalar(b, math::FloorOp::create(b, scaled), b.getI64Type(), false, false);
    return max(b, Size(arith::IndexCastOp::create(b, b.getIndexType(), whole).getResult()), size(b, 0));
  }

  //===--- Nearest neighbours ---------------------------------------------===//

  /// The factor f, if the output position x reads input position x / f.
  static std::optional<int64_t> wholeFactor(onnx::ResizeOp op, const Axis &axis) {
    StringRef mode = op.getCoordinateTransformationMode(), rounding = op.getNearestMode();
    if (!axis.knownScale || *axis.knownScale < 1 || *axis.knownScale > 64)
      return std::nullopt;
    int64_t factor = static_cast<int64_t>(*axis.knownScale);
    if (*axis.knownScale != factor ||
        (known(axis.out) && known(axis.in) && *known(axis.out) != *known(axis.in) * factor))
      return std::nullopt;
    if (mode == "pytorch_half_pixel" && known(axis.out).value_or(0) <= 1)
      return std::nullopt;
    bool isHalf = mode == "half_pixel" || mode == "pytorch_half_pixel" || mode == "half_pixel_symmetric";
    if (!isHalf && mode != "asymmetric" && mode != "tf_half_pixel_for_nn")
      return std::nullopt;
    for (int64_t x = 0; x < factor; ++x) {
      double position = isHalf                 ? (x + 0.5) / factor - 0.5
                        : mode == "asymmetric" ? double(x) / factor
                                               : (x + 0.5) / factor;
      double rounded = rounding == "floor"               ? std::floor(position)
                       : rounding == "ceil"              ? std::ceil(position)
                       : rounding == "round_prefer_ceil" ? std::floor(position + 0.5)
                                                         : std::ceil(position - 0.5);
      // Below zero is clamped only at the border: inside it would be the neighbour before.
      if (rounded != 0)
        return std::nullopt;
    }
    return factor;
  }

  static Value resizeNearest(Builder &b, onnx::ResizeOp op, Value input, ArrayRef<Axis> axes) {
    Sizes from = shapeOf(b, input), shape(from);
    Type element = getElementTypeOrSelf(input);
    SmallVector<std::optional<int64_t>> factors(from.size());
    SmallVector<const Axis *> byDim(from.size(), nullptr);
    bool allWhole = true;
    for (const Axis &axis : axes) {
      factors[axis.dim] = wholeFactor(op, axis);
      byDim[axis.dim] = &axis;
      shape[axis.dim] = axis.out;
      allWhole &= factors[axis.dim].has_value();
    }
    if (allWhole) {
      // Two loops a resized dimension, merged afterwards.
      Sizes split;
      SmallVector<AffineExpr> exprs;
      for (auto [extent, factor] : llvm::zip_equal(from, factors)) {
        exprs.push_back(b.getAffineDimExpr(split.size()));
        split.push_back(extent);
        if (factor && *factor != 1)
          split.push_back(size(b, *factor));
      }
      AffineMap map = AffineMap::get(split.size(), 0, exprs, b.getContext());
      SmallVector<utils::IteratorType> iterators(split.size(), utils::IteratorType::parallel);
      Value spread = generic(b, input, emptyTensor(b, split, element), {map, b.getMultiDimIdentityMap(split.size())},
                             iterators, [](Builder &, ValueRange args) -> SmallVector<Value> { return {args[0]}; })
                         .front();
      for (auto [dim, factor] : llvm::enumerate(factors))
        if (factor && *factor != 1)
          spread = mergeDims(b, spread, dim, 2);
      return spread;
    }
    // A table of positions for each axis, then one gather.
    SmallVector<Value> tables;
    SmallVector<AffineMap> maps;
    SmallVector<int64_t> tableOf(from.size(), -1);
    for (const Axis &axis : axes) {
      Value last = arith::IndexCastOp::create(b, b.getI64Type(), asValue(b, sub(b, axis.in, size(b, 1))));
      tableOf[axis.dim] = tables.size();
      tables.push_back(fromIndices(b, axis.out, b.getI64Type(), [&](Builder &b, ValueRange indices) {
        Value x = positionOf(b, op.getCoordinateTransformationMode(), axis, indices[0]);
        return clampWhole(b, toWhole(b, nearest(b, op.getNearestMode(), x)), last);
      }));
      maps.push_back(AffineMap::get(from.size(), 0, b.getAffineDimExpr(axis.dim)));
    }
    maps.push_back(b.getMultiDimIdentityMap(from.size()));
    SmallVector<utils::IteratorType> iterators(from.size(), utils::IteratorType::parallel);
    return generic(b, tables, emptyTensor(b, shape, element), maps, iterators,
                   [&](Builder &b, ValueRange args) -> SmallVector<Value> {
                     SmallVector<Value> source;
                     for (auto [dim, table] : llvm::enumerate(tableOf))
                       source.push_back(table < 0
                                            ? Value(linalg::IndexOp::create(b, dim))
                                            : Value(arith::IndexCastOp::create(b, b.getIndexType(), args[table])));
                     return {extract(b, input, source)};
                   })
        .front();
  }

  //===--- Interpolation --------------------------------------------------===//

  static Value interpolate(Builder &b, onnx::ResizeOp op, Value input, const Axis &axis) {
    bool isCubic = op.getMode() == "cubic";
    double a = op.getCubicCoeffA().convertToDouble();
    // The elements read: from floor(x) + first on. Antialiasing stretches the kernel when shrinking.
    double reach = isCubic ? 2.0 : 1.0;
    Value stretch; // null for one
    Size first = size(b, static_cast<int64_t>(1 - reach));
    if (op.getAntialias() && axis.knownScale.value_or(0) < 1) {
      stretch = arith::MinimumFOp::create(b, axis.scale, constantF32(b, 1));
      if (axis.knownScale) {
        first = size(b, static_cast<int64_t>(std::floor(-reach / *axis.knownScale)) + 1);
      } else {
        Value from = math::FloorOp::create(b, arith::DivFOp::create(b, constantF32(b, -reach), stretch));
        // A scale of zero has no outputs.
        from = arith::MaximumFOp::create(b, from, arith::NegFOp::create(b, toF32(b, add(b, axis.in, axis.in))));
        first = add(b, toSize(b, convertScalar(b, from, b.getI64Type(), false, false)), size(b, 1));
      }
    }
    Size taps = sub(b, size(b, 2), mul(b, first, size(b, 2)));
    Value firstTap = arith::IndexCastOp::create(b, b.getI64Type(), asValue(b, first));
    StringRef mode = op.getCoordinateTransformationMode();
    Type f32 = b.getF32Type(), i64 = b.getI64Type(), wide = getElementTypeOrSelf(input);
    Value last = arith::IndexCastOp::create(b, i64, asValue(b, sub(b, axis.in, size(b, 1))));
    bool excludes = op.getExcludeOutside();

    Sizes tableShape = {axis.out, taps};
    auto offsetOf = [&](Builder &b, Value tap) -> Value {
      return arith::AddIOp::create(b, arith::IndexCastOp::create(b, i64, tap), firstTap);
    };
    Value positions = fromIndices(b, tableShape, i64, [&](Builder &b, ValueRange indices) {
      Value base = math::FloorOp::create(b, positionOf(b, mode, axis, indices[0]));
      return clampWhole(b, arith::AddIOp::create(b, toWhole(b, base), offsetOf(b, indices[1])), last);
    });
    Value weights = fromIndices(b, tableShape, f32, [&](Builder &b, ValueRange indices) -> Value {
      Value x = positionOf(b, mode, axis, indices[0]);
      Value base = math::FloorOp::create(b, x), offset = offsetOf(b, indices[1]);
      Value fraction = arith::SubFOp::create(b, x, base);
      Value distance =
          math::AbsFOp::create(b, arith::SubFOp::create(b, arith::SIToFPOp::create(b, f32, offset), fraction));
      if (stretch)
        distance = arith::MulFOp::create(b, distance, stretch);
      Value weight = weightAt(b, isCubic, a, distance);
      if (!excludes)
        return weight;
      Value at = arith::AddIOp::create(b, toWhole(b, base), offset);
      Value isInside = arith::CmpIOp::create(b, arith::CmpIPredicate::eq, at, clampWhole(b, at, last));
      return arith::SelectOp::create(b, isInside, weight, constantF32(b, 0));
    });
    if (excludes || stretch) {
      Value sums = keepDims(b, reduceTensor(b, weights, {false, true}, kSum, f32, false), {false, true}, true);
      weights =
          pointwise(b, {weights, sums}, cast<RankedTensorType>(weights.getType()),
                    [](Builder &b, ValueRange args) { return arith::DivFOp::create(b, args[0], args[1]).getResult(); });
    }

    Sizes shape = shapeOf(b, input);
    shape[axis.dim] = axis.out;
    int64_t rank = shape.size();
    auto read = [&](Builder &b, Value position, Value weight) -> Value {
      SmallVector<Value> source;
      for (int64_t dim : llvm::seq(rank))
        source.push_back(linalg::IndexOp::create(b, dim));
      source[axis.dim] = arith::IndexCastOp::create(b, b.getIndexType(), position);
      return arith::MulFOp::create(b, convertScalar(b, weight, wide, false, false), extract(b, input, source));
    };
    Value init = emptyTensor(b, shape, wide);
    SmallVector<utils::IteratorType> iterators(rank, utils::IteratorType::parallel);
    MLIRContext *context = b.getContext();
    AffineExpr o = b.getAffineDimExpr(axis.dim);
    if (auto few = known(taps); few && *few <= 4) {
      // Unrolled: a column of each table for each element read.
      SmallVector<Value> operands(*few, positions);
      operands.append(*few, weights);
      SmallVector<AffineMap> maps;
      for (int64_t column : llvm::seq(2 * *few))
        maps.push_back(AffineMap::get(rank, 0, {o, b.getAffineConstantExpr(column % *few)}, context));
      maps.push_back(b.getMultiDimIdentityMap(rank));
      return generic(b, operands, init, maps, iterators,
                     [&](Builder &b, ValueRange args) -> SmallVector<Value> {
                       Value sum;
                       for (int64_t tap : llvm::seq(*few)) {
                         Value product = read(b, args[tap], args[*few + tap]);
                         sum = sum ? Value(arith::AddFOp::create(b, sum, product)) : product;
                       }
                       return {sum};
                     })
          .front();
    }
    AffineMap table = AffineMap::get(rank + 1, 0, {o, b.getAffineDimExpr(rank)}, context);
    AffineMap out = AffineMap::getMultiDimIdentityMap(rank + 1, context).getMajorSubMap(rank);
    iterators.push_back(utils::IteratorType::reduction);
    init = filledTensor(b, shape, scalar(b, wide, 0));
    return generic(b, {positions, weights}, init, {table, table, out}, iterators,
                   [&](Builder &b, ValueRange args) -> SmallVector<Value> {
                     return {arith::AddFOp::create(b, args[2], read(b, args[0], args[1]))};
                   })
        .front();
  }

  /// tf_crop_and_resize: positions outside of the input have a value of their own.
  static Value extrapolate(Builder &b, onnx::ResizeOp op, Value tensor, ArrayRef<Axis> axes) {
    StringRef mode = op.getCoordinateTransformationMode();
    if (mode != "tf_crop_and_resize")
      return tensor;
    Type element = getElementTypeOrSelf(tensor);
    return mapTensor(b, tensor, element, [&](Builder &b, Value value) {
      Value isInside = integer(b, b.getI1Type(), 1);
      for (const Axis &axis : axes) {
        Value x = positionOf(b, mode, axis, linalg::IndexOp::create(b, axis.dim));
        Value last = arith::SubFOp::create(b, toF32(b, axis.in), constantF32(b, 1));
        Value low = arith::CmpFOp::create(b, arith::CmpFPredicate::OGE, x, constantF32(b, 0));
        Value high = arith::CmpFOp::create(b, arith::CmpFPredicate::OLE, x, last);
        isInside = arith::AndIOp::create(b, isInside, arith::AndIOp::create(b, low, high));
      }
      Value outside = scalar(b, element, op.getExtrapolationValue().convertToDouble());
      return arith::SelectOp::create(b, isInside, value, outside).getResult();
    });
  }
};

} // namespace

void addResizes(Patterns &patterns, Converter &converter) {
  patterns.add<LowerResize>(converter, patterns.getContext());
}

} // namespace quern::lowering
