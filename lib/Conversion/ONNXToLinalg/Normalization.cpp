// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Normalizations that are not decomposed: BatchNormalization (inference), LRN.

#include "Broadcast.h"
#include "Contraction.h"

using namespace mlir;

namespace quern::lowering {
namespace {

/// y = x * a + c with a = scale / sqrt(var + epsilon) and c = B - mean * a, both one a channel.
struct LowerBatchNormalization : Lowering<onnx::BatchNormalizationOp> {
  using Lowering::Lowering;
  LogicalResult lower(onnx::BatchNormalizationOp op, Adaptor adaptor, Builder &b, Rewriter &rewriter) const override {
    if (op.getTrainingMode())
      return unsupported(rewriter, op, "expects 'training_mode' to be 0: models are compiled for inference");
    Value x = adaptor.getX();
    Type element = getElementTypeOrSelf(x), wide = getElementTypeOrSelf(adaptor.getInputVar());
    if (accumulatorOf(b, wide) != wide)
      wide = b.getF32Type();
    auto channels = RankedTensorType::get({ShapedType::kDynamic}, wide)
                        .clone(cast<RankedTensorType>(adaptor.getScale().getType()).getShape());
    auto widen = [&](Builder &b, Value value) { return convertScalar(b, value, wide, false, false); };
    Value factor =
        pointwise(b, {adaptor.getScale(), adaptor.getInputVar()}, channels, [&](Builder &b, ValueRange args) {
          Value epsilon = scalar(b, wide, op.getEpsilon().convertToDouble());
          Value variance = arith::AddFOp::create(b, widen(b, args[1]), epsilon);
          return arith::DivFOp::create(b, widen(b, args[0]), math::SqrtOp::create(b, variance)).getResult();
        });
    Value offset =
        pointwise(b, {adaptor.getB(), adaptor.getInputMean(), factor}, channels, [&](Builder &b, ValueRange args) {
          Value shift = arith::MulFOp::create(b, widen(b, args[1]), args[2]);
          return arith::SubFOp::create(b, widen(b, args[0]), shift).getResult();
        });
    Sizes shape = shapeOf(b, x);
    AffineMap identity = b.getMultiDimIdentityMap(shape.size());
    AffineExpr channel = shape.size() > 1 ? b.getAffineDimExpr(1) : b.getAffineConstantExpr(0);
    AffineMap perChannel = AffineMap::get(shape.size(), 0, channel);
    SmallVector<utils::IteratorType> iterators(shape.size(), utils::IteratorType::parallel);
    Value result = generic(b, {x, factor, offset}, emptyTensor(b, shape, element),
                           {identity, perChannel, perChannel, identity}, iterators,
                           [&](Builder &b, ValueRange args) -> SmallVector<Value> {
                             Value scaled = arith::MulFOp::create(b, widen(b, args[0]), args[1]);
                             Value sum = arith::AddFOp::create(b, scaled, args[2]);
                             return {convertScalar(b, sum, element, false, false)};
                           })
                       .front();
    replace(rewriter, op, b, result);
    return success();
  }
};

/// y = x / (bias + alpha / size * sum of squares of the channels around)^beta.
struct LowerLRN : Lowering<onnx::LRNOp> {
  using Lowering::Lowering;
  LogicalResult lower(onnx::LRNOp op, Adaptor adaptor, Builder &b, Rewriter &rewriter) const override {
    Value x = adaptor.getX();
    auto type = cast<RankedTensorType>(x.getType());
    if (type.getRank() < 2 || op.getSize() < 1)
      return unsupported(rewriter, op, "expects channels and a size of 1 or more");
    Type element = type.getElementType(), wide = accumulatorOf(b, element);
    int64_t rank = type.getRank(), around = op.getSize() - 1;
    Value squares = mapTensor(b, x, wide, [&](Builder &b, Value value) -> Value {
      value = convertScalar(b, value, wide, false, false);
      return arith::MulFOp::create(b, value, value);
    });
    Sizes low(rank, size(b, 0)), high(rank, size(b, 0));
    low[1] = size(b, around / 2);
    high[1] = size(b, around - around / 2);
    Value zero = scalar(b, wide, 0);
    Value padded = padTensor(b, squares, low, high, zero);
    // Loops: the dimensions, then the channels of the window.
    SmallVector<AffineExpr> in;
    for (int64_t dim : llvm::seq(rank))
      in.push_back(b.getAffineDimExpr(dim));
    in[1] = in[1] + b.getAffineDimExpr(rank);
    MLIRContext *context = b.getContext();
    AffineMap window = AffineMap::get(rank + 1, 0, b.getAffineDimExpr(rank));
    AffineMap out = AffineMap::getMultiDimIdentityMap(rank + 1, context).getMajorSubMap(rank);
    SmallVector<utils::IteratorType> iterators(rank, utils::IteratorType::parallel);
    iterators.push_back(utils::IteratorType::reduction);
    Sizes shape = shapeOf(b, x);
    Value sums = generic(b, {padded, emptyTensor(b, size(b, op.getSize()), wide)}, filledTensor(b, shape, zero),
                         {AffineMap::get(rank + 1, 0, in, context), window, out}, iterators,
                         [](Builder &b, ValueRange args) -> SmallVector<Value> {
                           return {arith::AddFOp::create(b, args[2], args[0])};
                         })
                     .front();
    double alpha = op.getAlpha().convertToDouble() / op.getSize(), beta = op.getBeta().convertToDouble();
    Value result = pointwise(b, {x, sums}, resultType(op), [&](Builder &b, ValueRange args) {
      Value scaled = arith::MulFOp::create(b, args[1], scalar(b, wide, alpha));
      Value base = arith::AddFOp::create(b, scaled, scalar(b, wide, op.getBias().convertToDouble()));
      Value power = base;
      if (beta == 0.75) {
        Value root = math::SqrtOp::create(b, base);
        power = arith::MulFOp::create(b, root, math::SqrtOp::create(b, root));
      } else if (beta != 1) {
        power = math::PowFOp::create(b, base, scalar(b, wide, beta));
      }
      Value quotient = arith::DivFOp::create(b, convertScalar(b, args[0], wide, false, false), power);
      return convertScalar(b, quotient, element, false, false);
    });
    replace(rewriter, op, b, result);
    return success();
  }
};

} // namespace

void addNormalization(Patterns &patterns, Converter &converter) {
  patterns.add<LowerBatchNormalization, LowerLRN>(converter, patterns.getContext());
}

} // namespace quern::lowering
