// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// MaxUnpool, which scatters; Col2Im, which each element of the image gathers; and
// CenterCropPad.

#include "Axes.h"
#include "Contraction.h"
#include "Loops.h"
#include "Numbers.h"

using namespace mlir;

namespace quern::lowering {
namespace {

int64_t attribute(std::optional<ArrayRef<int64_t>> values, int64_t i, int64_t otherwise) {
  return values && i < static_cast<int64_t>(values->size()) ? (*values)[i] : otherwise;
}

/// True unless it cannot be a list of `count` numbers.
bool mayHold(Value list, int64_t count) {
  auto type = cast<RankedTensorType>(list.getType());
  return type.getRank() == 1 && (type.isDynamicDim(0) || type.getDimSize(0) == count);
}

/// The elements go where the indices say in the tensor that was pooled, which lies at the origin of the result.
struct LowerMaxUnpool : Lowering<onnx::MaxUnpoolOp> {
  using Lowering::Lowering;
  LogicalResult lower(onnx::MaxUnpoolOp op, Adaptor adaptor, Builder &b, Rewriter &rewriter) const override {
    Value x = adaptor.getX(), indices = adaptor.getI();
    Sizes from = shapeOf(b, x), indexShape = shapeOf(b, indices);
    int64_t spatial = op.getKernelShape().size(), rank = from.size();
    if (rank != spatial + 2 || indexShape.size() != from.size())
      return unsupported(rewriter, op, "expects X and I to have a dimension for each of 'kernel_shape'");
    for (auto [have, want] : llvm::zip_equal(indexShape, from))
      checkEqual(b, have, want, "X and I differ in size");
    Sizes pooled = {from[0], from[1]};
    for (int64_t i : llvm::seq(spatial)) {
      int64_t stride = attribute(op.getStrides(), i, 1);
      int64_t pads = attribute(op.getPads(), i, 0) + attribute(op.getPads(), spatial + i, 0);
      Size extent = mul(b, sub(b, from[2 + i], size(b, 1)), size(b, stride));
      pooled.push_back(add(b, extent, size(b, op.getKernelShape()[i] - pads)));
      checkSize(b, pooled.back());
    }
    Size total = product(b, pooled), count = product(b, from);
    Type element = getElementTypeOrSelf(x);
    Value values = reshapeTensor(b, x, count), places = reshapeTensor(b, indices, count);
    Value extent = asValue(b, total), zeros = filledTensor(b, total, scalar(b, element, 0));
    Value flat = loop(b, count, zeros, [&](Builder &b, Value i, ValueRange state) -> SmallVector<Value> {
                   Value place = checkedIndex(b, toIndex(Num(b, extract(b, places, i))), extent);
                   return {insert(b, state[0], extract(b, values, i), place)};
                 }).front();
    Value result = reshapeTensor(b, flat, pooled);
    if (adaptor.getOutputShape()) {
      if (!mayHold(adaptor.getOutputShape(), rank))
        return unsupported(rewriter, op, "expects an output shape with a size for each dimension");
      Sizes wanted = refine(b, readVector(b, adaptor.getOutputShape(), rank), resultType(op)), low(rank, size(b, 0)),
            high;
      for (auto [want, have] : llvm::zip_equal(wanted, pooled)) {
        high.push_back(sub(b, want, have));
        if (!isNonNegative(high.back()))
          check(b, Num(b, asValue(b, high.back())) >= 0, "the output is smaller than what was pooled");
      }
      result = padTensor(b, result, low, high, scalar(b, element, 0));
    }
    replace(rewriter, op, b, result);
    return success();
  }
};

/// image[n, c, p…] = sum over k… of columns[n, (c, k…), o…], o = (p + pad - k * dilation) / stride where that is whole.
struct LowerCol2Im : Lowering<onnx::Col2ImOp> {
  using Lowering::Lowering;
  LogicalResult lower(onnx::Col2ImOp op, Adaptor adaptor, Builder &b, Rewriter &rewriter) const override {
    Value columns = adaptor.getInput();
    Type element = getElementTypeOrSelf(columns);
    Sizes from = shapeOf(b, columns);
    int64_t spatial = resultType(op).getRank() - 2;
    if (from.size() != 3 || !mayHold(adaptor.getImageShape(), spatial) || !mayHold(adaptor.getBlockShape(), spatial) ||
        !getElementTypeOrSelf(op.getInput().getType()).isIntOrFloat())
      return unsupported(rewriter, op, "expects numbers of rank 3, and as many sizes of the image as of the blocks");
    Sizes image = readVector(b, adaptor.getImageShape(), spatial),
          block = readVector(b, adaptor.getBlockShape(), spatial), positions;
    Size one = size(b, 1);
    for (int64_t i : llvm::seq(spatial)) {
      checkSize(b, image[i]);
      checkSize(b, block[i]);
      int64_t stride = attribute(op.getStrides(), i, 1), dilation = attribute(op.getDilations(), i, 1);
      int64_t pads = attribute(op.getPads(), i, 0) + attribute(op.getPads(), spatial + i, 0);
      Size window = add(b, mul(b, sub(b, block[i], one), size(b, dilation)), one);
      Size room = sub(b, add(b, image[i], size(b, pads)), window);
      positions.push_back(max(b, add(b, floorDiv(b, room, size(b, stride)), one), size(b, 0)));
    }
    Size channels = quotient(b, from[1], block, "the columns do not divide into blocks");
    checkEqual(b, from[2], product(b, positions), "the number of blocks is not that of the image");
    Sizes shape = {from[0], channels};
    llvm::append_range(shape, image);
    RankedTensorType type = resultType(op);
    shape = refine(b, shape, type);

    Type sumType = isa<FloatType>(element) ? accumulatorOf(b, element) : element;
    SmallVector<Value> grid = asValues(b, positions);
    Value result = fromIndices(b, shape, element, [&](Builder &b, ValueRange at) -> Value {
      Value zero = scalar(b, sumType, 0);
      Value sum = loopNest(b, block, zero, [&](Builder &b, ValueRange tap, ValueRange state) -> SmallVector<Value> {
                    Num column(b, at[1]), position = column.like(0), valid(b, integer(b, b.getI1Type(), 1));
                    for (int64_t i : llvm::seq(spatial)) {
                      int64_t stride = attribute(op.getStrides(), i, 1);
                      Num from = Num(b, at[2 + i]) + attribute(op.getPads(), i, 0) -
                                 Num(b, tap[i]) * attribute(op.getDilations(), i, 1);
                      Num o = from / static_cast<double>(stride);
                      valid = valid && from >= 0 && o * stride == from && o < grid[i];
                      column = column * asValue(b, block[i]) + tap[i];
                      position = position * grid[i] + o;
                    }
                    auto choice = scf::IfOp::create(
                        b, valid,
                        [&](OpBuilder &nested, Location loc) {
                          Builder b(loc, nested);
                          Value raw = extract(b, columns, {at[0], column, position});
                          scf::YieldOp::create(b, convertScalar(b, raw, sumType, false, false));
                        },
                        [&](OpBuilder &nested, Location loc) { scf::YieldOp::create(nested, loc, zero); });
                    Num part(b, choice.getResult(0));
                    return {element.isInteger(1) ? part || Num(b, state[0]) : part + state[0]};
                  }).front();
      return convertScalar(b, sum, element, false, false);
    });
    replace(rewriter, op, b, result);
    return success();
  }
};

/// An odd element more is cut, or added, at the end.
struct LowerCenterCropPad : Lowering<onnx::CenterCropPadOp> {
  using Lowering::Lowering;
  LogicalResult lower(onnx::CenterCropPadOp op, Adaptor adaptor, Builder &b, Rewriter &rewriter) const override {
    Value input = adaptor.getInputData();
    RankedTensorType type = resultType(op);
    int64_t rank = type.getRank();
    SmallVector<int64_t> axes = llvm::to_vector(llvm::seq(rank));
    if (op.getAxes())
      axes.assign(op.getAxes()->begin(), op.getAxes()->end());
    int64_t count = axes.size();
    if (!mayHold(adaptor.getShape(), count))
      return unsupported(rewriter, op, "expects a size for each axis");
    Sizes wanted = readVector(b, adaptor.getShape(), count), shape = shapeOf(b, input);
    Size zero = size(b, 0), two = size(b, 2);
    Sizes offsets(rank, zero), kept(shape), low(rank, zero), high(rank, zero);
    for (auto [axis, want] : llvm::zip_equal(axes, wanted)) {
      int64_t dim = axis + (axis < 0 ? rank : 0);
      if (dim < 0 || dim >= rank)
        return unsupported(rewriter, op, "expects axes within the rank");
      checkSize(b, want);
      offsets[dim] = max(b, floorDiv(b, sub(b, shape[dim], want), two), zero);
      kept[dim] = min(b, shape[dim], want);
      Size missing = sub(b, want, kept[dim]);
      low[dim] = floorDiv(b, missing, two);
      high[dim] = sub(b, missing, low[dim]);
    }
    Value cropped = sliceTensor(b, input, offsets, kept);
    replace(rewriter, op, b, padTensor(b, cropped, low, high, scalar(b, type.getElementType(), 0)));
    return success();
  }
};

} // namespace

void addUnpooling(Patterns &patterns, Converter &converter) {
  patterns.add<LowerMaxUnpool, LowerCol2Im, LowerCenterCropPad>(converter, patterns.getContext());
}

} // namespace quern::lowering
