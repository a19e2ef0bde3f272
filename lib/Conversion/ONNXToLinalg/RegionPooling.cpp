// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// RoiAlign and MaxRoiPool: all-parallel over the result, each element a loop over
// what lies in its bin. How much that is depends on the regions' values; the loops
// stay within the image whatever these are.

#include "Contraction.h"
#include "Loops.h"
#include "Sampling.h"

using namespace mlir;

namespace quern::lowering {
namespace {

/// The image that a region is of; one that does not exist fails the run.
Value imageOf(Builder &b, Num number, Value images) {
  Num index = toIndex(number);
  Value exists = arith::CmpIOp::create(b, arith::CmpIPredicate::ult, index, images);
  check(b, exists, "the index of a region's image is out of range");
  return arith::SelectOp::create(b, exists, index, index.like(0));
}

/// for each (y, x) of a rectangle of indices: state = body(y, x, state).
Num overRectangle(Builder &b, Value firstY, Value countY, Value firstX, Value countX, Value state,
                  function_ref<Value(Builder &, Num, Num, Num)> body) {
  Value result = loopNest(b, {Size(countY), Size(countX)}, state, [&](Builder &b, ValueRange at, ValueRange state) {
                   return SmallVector<Value>{body(b, Num(b, at[0]) + firstY, Num(b, at[1]) + firstX, {b, state[0]})};
                 }).front();
  return {b, result};
}

//===--- RoiAlign ---------------------------------------------------------===//

/// The samples of one bin along one axis.
struct Samples {
  Num start, step; ///< where the first half step is, and how far it is to the next
  Num count;       ///< as a float
  Num first, some; ///< those that may be in the image, as indices
  Num areAll;      ///< false where some samples are not in the image
};

Samples samplesOf(Num regionStart, Num regionSize, Value bin, int64_t bins, int64_t ratio, Num extent) {
  Num size = regionSize / static_cast<double>(bins);
  Num start = regionStart + toFloat(regionStart.with(bin), size.type()) * size;
  Num count = ratio > 0 ? size.like(ratio) : maxNumber(ceil(size), 0.0);
  Num step = size / count;
  // Where start + (i + 0.5) step is in [-1, extent], and one more on each side.
  Num one = step.like(1), safe = select(step > 0, step, one);
  Num low = clamp(floor((-1 - start) / safe - 0.5) - 1, 0, count);
  Num high = clamp(ceil((extent - start) / safe - 0.5) + 2, low, count);
  // Steps of no length or backwards are of malformed regions: as many as the attribute says, or none.
  Num isForward = step > 0;
  low = select(isForward, low, low.like(0));
  high = select(isForward, high, high.like(ratio));
  Num areAll = low == 0 && high == count;
  Num first = toIndex(low);
  return {start, step, count, first, toIndex(high) - first, areAll};
}

struct LowerRoiAlign : Lowering<onnx::RoiAlignOp> {
  using Lowering::Lowering;
  LogicalResult lower(onnx::RoiAlignOp op, Adaptor adaptor, Builder &b, Rewriter &rewriter) const override {
    Value x = adaptor.getX(), rois = adaptor.getRois(), batches = adaptor.getBatchIndices();
    Sizes from = shapeOf(b, x), regions = shapeOf(b, rois);
    if (from.size() != 4 || regions.size() != 2)
      return unsupported(rewriter, op, "expects X of rank 4, and regions of rank 2");
    checkEqual(b, regions[1], size(b, 4), "a region does not have 4 numbers");
    checkEqual(b, regions[0], dimOf(b, batches, 0), "there is not an index of an image for each region");
    requireElements(b, {from[0], from[2], from[3]});
    Type element = getElementTypeOrSelf(x), real = accumulatorOf(b, element);
    int64_t height = op.getOutputHeight(), width = op.getOutputWidth(), ratio = op.getSamplingRatio();
    bool isMax = op.getMode() == "max", isHalf = op.getCoordinateTransformationMode() == "half_pixel";
    SmallVector<Value> extents = asValues(b, from);
    Sizes shape = {regions[0], from[1], size(b, height), size(b, width)};
    Value result = fromIndices(b, shape, element, [&](Builder &b, ValueRange at) -> Value {
      auto number = [&](int64_t i) {
        Value raw = extract(b, rois, {at[0], asValue(b, size(b, i))});
        Num value(b, convertScalar(b, raw, real, false, false));
        return value * op.getSpatialScale().convertToDouble() - (isHalf ? 0.5 : 0.0);
      };
      Num left = number(0), top = number(1), regionWidth = number(2) - left, regionHeight = number(3) - top;
      if (!isHalf) {
        regionWidth = max(regionWidth, 1.0);
        regionHeight = max(regionHeight, 1.0);
      }
      Num imageHeight = toFloat(Num(b, extents[2]), real), imageWidth = toFloat(Num(b, extents[3]), real);
      Value image = imageOf(b, Num(b, extract(b, batches, {at[0]})), extents[0]);
      Samples rows = samplesOf(top, regionHeight, at[2], height, ratio, imageHeight);
      Samples columns = samplesOf(left, regionWidth, at[3], width, ratio, imageWidth);

      Num zero(b, scalar(b, real, 0)), init = zero;
      // Samples outside of the image are zero, also where the loops leave them out.
      if (isMax)
        init = select(rows.areAll && columns.areAll, lowest(b, real, false), zero);
      Num sum = overRectangle(
          b, rows.first, rows.some, columns.first, columns.some, init, [&](Builder &b, Num iy, Num ix, Num sum) {
            auto position = [&](const Samples &samples, Num i) {
              return samples.start.value + (toFloat(i, real) + 0.5) * samples.step.value;
            };
            Num y = position(rows, iy), x = position(columns, ix);
            Num inside = y >= -1.0 && y <= imageHeight.value && x >= -1.0 && x <= imageWidth.value;
            auto taps = [&](Num at, Num extent, Value last) {
              at = clamp(at, 0, min(Num(b, extent) - 1, kMaxPosition));
              Num low = floor(at), part = at - low, index = toIndexWithin(low);
              return Taps{{index, 1 - part, Value()}, {min(index + 1, last), part, Value()}};
            };
            Taps across[2] = {taps(y, imageHeight, Num(b, extents[2]) - 1),
                              taps(x, imageWidth, Num(b, extents[3]) - 1)};
            if (!isMax) {
              Num value(b, mixTaps(b, adaptor.getX(), {image, at[1]}, across, real, false));
              return sum + select(inside, value, zero.value);
            }
            // The largest of the weighed neighbours, not of their sum.
            Value best;
            for (const Tap &row : across[0])
              for (const Tap &column : across[1]) {
                Value raw = extract(b, adaptor.getX(), {image, at[1], row.index, column.index});
                Num part = Num(b, row.weight) * column.weight * convertScalar(b, raw, real, false, false);
                best = best ? max(part, best) : part;
              }
            return max(sum, select(inside, best, zero.value));
          });
      if (isMax)
        sum = select(rows.count > 0 && columns.count > 0, sum, zero);
      else
        sum = sum / max(rows.count * columns.count, 1.0);
      return convertScalar(b, sum, element, false, false);
    });
    replace(rewriter, op, b, result);
    return success();
  }
};

//===--- MaxRoiPool -------------------------------------------------------===//

/// Halves go away from zero.
Num roundAway(Num x) {
  Num rounded = floor(abs(x) + 0.5);
  return x.with(math::CopySignOp::create(*x.builder, rounded, x));
}

struct LowerMaxRoiPool : Lowering<onnx::MaxRoiPoolOp> {
  using Lowering::Lowering;
  LogicalResult lower(onnx::MaxRoiPoolOp op, Adaptor adaptor, Builder &b, Rewriter &rewriter) const override {
    Value x = adaptor.getX(), rois = adaptor.getRois();
    Sizes from = shapeOf(b, x), regions = shapeOf(b, rois);
    if (from.size() != 4 || regions.size() != 2)
      return unsupported(rewriter, op, "expects X of rank 4, and regions of rank 2");
    checkEqual(b, regions[1], size(b, 5), "a region does not have 5 numbers");
    requireElements(b, {from[0], from[2], from[3]});
    Type element = getElementTypeOrSelf(x), real = accumulatorOf(b, element);
    SmallVector<Value> extents = asValues(b, from);
    Sizes shape = {regions[0], from[1], size(b, op.getPooledShape()[0]), size(b, op.getPooledShape()[1])};
    Value result = fromIndices(b, shape, element, [&](Builder &b, ValueRange at) -> Value {
      auto number = [&](int64_t i) {
        return Num(b, convertScalar(b, extract(b, rois, {at[0], asValue(b, size(b, i))}), real, false, false));
      };
      Value image = imageOf(b, number(0), extents[0]);
      // The whole positions of the bin: the first, and how many.
      auto range = [&](int64_t axis) {
        double scale = op.getSpatialScale().convertToDouble();
        Num start = roundAway(number(2 - axis) * scale), end = roundAway(number(4 - axis) * scale);
        Num length = max(end - start + 1, 1.0) / static_cast<double>(op.getPooledShape()[axis]);
        Num bin = toFloat(Num(b, at[2 + axis]), real), extent = toFloat(Num(b, extents[2 + axis]), real);
        Num low = clamp(floor(bin * length) + start, 0, extent);
        Num high = clamp(ceil((bin + 1) * length) + start, low, extent);
        Num first = toIndex(low);
        return std::pair(first, toIndex(high) - first);
      };
      auto [firstY, countY] = range(0);
      auto [firstX, countX] = range(1);
      Value init = lowest(b, element, false);
      Num best = overRectangle(b, firstY, countY, firstX, countX, init, [&](Builder &b, Num y, Num x, Num best) {
        return max(best, extract(b, adaptor.getX(), {image, at[1], y, x}));
      });
      return select(countY > 0 && countX > 0, best, scalar(b, element, 0));
    });
    replace(rewriter, op, b, result);
    return success();
  }
};

} // namespace

void addRegionPooling(Patterns &patterns, Converter &converter) {
  patterns.add<LowerRoiAlign, LowerMaxRoiPool>(converter, patterns.getContext());
}

} // namespace quern::lowering
