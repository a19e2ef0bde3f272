// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Slice, with bounds and steps known now or by the run.

#include "Axes.h"

using namespace mlir;

namespace quern::lowering {
namespace {

/// One axis of a slice: `count` elements from `start` on, `step` apart.
struct Range {
  Size start, step, count;
};

/// Exporters write the largest integers for "to the end".
bool isBeyondAnySize(Size size) {
  auto number = known(size);
  return number && (*number == INT32_MAX || *number >= INT64_MAX / 2);
}

Size clamp(Builder &b, Size value, Size low, Size high) { return max(b, min(b, value, high), low); }

/// ONNX's rules: negative positions count from the end; all are clamped to the dimension.
Range resolve(Builder &b, Size start, Size end, Size step, Size extent) {
  Size zero = size(b, 0), one = size(b, 1);
  Size last = sub(b, extent, one);
  auto wrap = [&](Size position) { return selectNegative(b, position, add(b, position, extent), position); };
  auto forward = [&](Size position) {
    return isBeyondAnySize(position) ? extent : isKnown(position, 0) ? zero : clamp(b, wrap(position), zero, extent);
  };
  auto backward = [&](Size position, Size low) {
    return isBeyondAnySize(position) ? last : clamp(b, wrap(position), low, last);
  };
  if (auto number = known(step); number && *number > 0) {
    Size from = forward(start);
    return {from, step, max(b, ceilDiv(b, sub(b, forward(end), from), step), zero)};
  }
  Size from = backward(start, zero), to = backward(end, size(b, -1));
  Size down = max(b, ceilDiv(b, sub(b, to, from), selectNegative(b, step, step, size(b, -1))), zero);
  if (known(step))
    return {from, step, down};
  Size upFrom = forward(start);
  Size up = max(b, ceilDiv(b, sub(b, forward(end), upFrom), max(b, step, one)), zero);
  check(b, arith::CmpIOp::create(b, arith::CmpIPredicate::ne, asValue(b, step), asValue(b, zero)),
        "the step of a slice is zero");
  return {selectNegative(b, step, from, upFrom), step, selectNegative(b, step, down, up)};
}

struct LowerSlice : Lowering<onnx::SliceOp> {
  using Lowering::Lowering;
  LogicalResult lower(onnx::SliceOp op, Adaptor adaptor, Builder &b, Rewriter &rewriter) const override {
    Value data = adaptor.getData();
    auto type = resultType(op);
    int64_t rank = type.getRank();
    Sizes offsets(rank, size(b, 0)), counts = shapeOf(b, data), strides(rank, size(b, 1));
    SmallVector<AxisList> lists = {{adaptor.getStarts(), offsets}, {adaptor.getEnds(), counts}};
    if (adaptor.getSteps())
      lists.push_back({adaptor.getSteps(), strides});
    NamedDims dims = nameDims(b, adaptor.getAxes(), rank, lists);
    bool isForward = true;
    for (int64_t dim : llvm::seq(rank)) {
      if (isKnown(dims.isNamed[dim], 0))
        continue;
      Size step = adaptor.getSteps() ? dims.at[2][dim] : strides[dim];
      if (isKnown(step, 0))
        return unsupported(rewriter, op, "expects steps that are not zero");
      Range range = resolve(b, dims.at[0][dim], dims.at[1][dim], step, counts[dim]);
      offsets[dim] = range.start;
      counts[dim] = range.count;
      strides[dim] = range.step;
      isForward &= known(range.step).value_or(-1) > 0;
    }
    counts = refine(b, counts, type);

    if (auto scalars = knownScalars(b, data);
        scalars && rank == 1 && known(offsets[0]) && known(strides[0]) && known(counts[0])) {
      SmallVector<Value> picked;
      for (int64_t i = 0; i < *known(counts[0]); ++i)
        picked.push_back((*scalars)[*known(offsets[0]) + i * *known(strides[0])]);
      rewriter.replaceOp(op, fromScalars(b, type, picked));
      return success();
    }
    if (isForward) {
      replace(rewriter, op, b, sliceTensor(b, data, offsets, counts, strides));
      return success();
    }
    // Backwards: element by element.
    SmallVector<Value> from = asValues(b, offsets), by = asValues(b, strides);
    Value result = fromIndices(b, counts, type.getElementType(), [&](Builder &b, ValueRange indices) {
      SmallVector<Value> source;
      for (auto [dim, index] : llvm::enumerate(indices)) {
        Value scaled = isKnown(strides[dim], 1) ? index : Value(arith::MulIOp::create(b, index, by[dim]));
        source.push_back(isKnown(offsets[dim], 0) ? scaled : Value(arith::AddIOp::create(b, scaled, from[dim])));
      }
      return extract(b, data, source);
    });
    replace(rewriter, op, b, result);
    return success();
  }
};

} // namespace

void addSlices(Patterns &patterns, Converter &converter) { patterns.add<LowerSlice>(converter, patterns.getContext()); }

} // namespace quern::lowering
