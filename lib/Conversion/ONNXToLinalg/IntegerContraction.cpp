// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Products and convolutions of quantized numbers: contractions in i32, and the
// scaling to the result's type after them.

#include "Broadcast.h"
#include "Contraction.h"
#include "Quantization.h"

using namespace mlir;

namespace quern::lowering {
namespace {

/// An operand of an integer contraction: its elements, and whether to widen them as unsigned.
struct Centered {
  Value tensor;
  bool isUnsigned;
};

bool isZero(Value zeroPoint) {
  auto constant = zeroPoint ? constantIntegers(zeroPoint) : SmallVector<int64_t>();
  return constant && llvm::all_of(*constant, [](int64_t value) { return value == 0; });
}

/// `tensor - zeroPoint`: as it is where the zero point is known to be zero, else in i32.
Centered center(Builder &b, Value tensor, Value zeroPoint, bool isUnsigned) {
  if (isZero(zeroPoint))
    return {tensor, isUnsigned};
  auto type = cast<RankedTensorType>(tensor.getType()).clone(b.getI32Type());
  Value result = pointwise(b, {tensor, zeroPoint}, type,
                           [&](Builder &b, ValueRange args) { return centerScalar(b, args[0], args[1], isUnsigned); });
  return {result, false};
}

/// A vector along dimension `dim` of tensors of `rank`, as a tensor that broadcasts to them.
Value alongDim(Builder &b, Value vector, int64_t dim, int64_t rank) {
  if (!vector || isZero(vector) || cast<RankedTensorType>(vector.getType()).getRank() != 1)
    return vector;
  dim = std::max<int64_t>(dim, 0);
  Sizes shape(rank - dim, size(b, 1));
  shape[0] = dimOf(b, vector, 0);
  return isKnown(shape[0], 1) ? reshapeTensor(b, vector, {}) : reshapeTensor(b, vector, shape);
}

int64_t rankOf(Value tensor) { return cast<RankedTensorType>(tensor.getType()).getRank(); }

/// round(sum * (lhsScale * rhsScale / scale)) + zeroPoint.
Value requantize(Builder &b, Value sum, Value lhsScale, Value rhsScale, Value scale, Value zeroPoint,
                 RankedTensorType type, bool toUnsigned) {
  Type f32 = b.getF32Type();
  return pointwise(b, {sum, lhsScale, rhsScale, scale, zeroPoint}, type, [&](Builder &b, ValueRange args) {
    auto wide = [&](Value value) { return convertScalar(b, value, f32, false, false); };
    Value product = arith::MulFOp::create(b, wide(args[1]), wide(args[2]));
    Value factor = arith::DivFOp::create(b, product, wide(args[3]));
    Value scaled = arith::MulFOp::create(b, wide(args[0]), factor);
    return quantizeScalar(b, scaled, args[4], type.getElementType(), toUnsigned);
  });
}

bool areIntegers(ValueRange tensors) {
  return llvm::all_of(tensors, [](Value tensor) { return isa<IntegerType>(getElementTypeOrSelf(tensor)); });
}

struct LowerMatMulInteger : Lowering<onnx::MatMulIntegerOp> {
  using Lowering::Lowering;
  LogicalResult lower(onnx::MatMulIntegerOp op, Adaptor adaptor, Builder &b, Rewriter &rewriter) const override {
    int64_t lhsRank = rankOf(adaptor.getA()), rhsRank = rankOf(adaptor.getB());
    Value lhsZero = alongDim(b, adaptor.getAZeroPoint(), lhsRank - 2, lhsRank);
    Value rhsZero = alongDim(b, adaptor.getBZeroPoint(), rhsRank - 1, rhsRank);
    Centered lhs = center(b, adaptor.getA(), lhsZero, isUnsigned(op.getA().getType()));
    Centered rhs = center(b, adaptor.getB(), rhsZero, isUnsigned(op.getB().getType()));
    replace(rewriter, op, b, matmul(b, lhs.tensor, rhs.tensor, b.getI32Type(), {lhs.isUnsigned, rhs.isUnsigned}));
    return success();
  }
};

struct LowerQLinearMatMul : Lowering<onnx::QLinearMatMulOp> {
  using Lowering::Lowering;
  LogicalResult lower(onnx::QLinearMatMulOp op, Adaptor adaptor, Builder &b, Rewriter &rewriter) const override {
    if (!areIntegers({adaptor.getA(), adaptor.getB()}))
      return unsupported(rewriter, op, "expects integers");
    int64_t lhsRank = rankOf(adaptor.getA()), rhsRank = rankOf(adaptor.getB());
    auto type = resultType(op);
    auto ofLhs = [&](Value vector) { return alongDim(b, vector, lhsRank - 2, lhsRank); };
    auto ofRhs = [&](Value vector) { return alongDim(b, vector, rhsRank - 1, rhsRank); };
    Centered lhs = center(b, adaptor.getA(), ofLhs(adaptor.getAZeroPoint()), isUnsigned(op.getA().getType()));
    Centered rhs = center(b, adaptor.getB(), ofRhs(adaptor.getBZeroPoint()), isUnsigned(op.getB().getType()));
    Value sum = matmul(b, lhs.tensor, rhs.tensor, b.getI32Type(), {lhs.isUnsigned, rhs.isUnsigned});
    replace(rewriter, op, b,
            requantize(b, sum, ofLhs(adaptor.getAScale()), ofRhs(adaptor.getBScale()),
                       alongDim(b, adaptor.getYScale(), 0, 1), alongDim(b, adaptor.getYZeroPoint(), 0, 1), type,
                       isUnsigned(op.getY().getType())));
    return success();
  }
};

/// The convolution of centered numbers in i32; padding is zero after centering.
template <typename Op>
Value convolveCentered(Builder &b, Op op, Value x, Value xZero, Value w, Value wZero) {
  w = withKernelShape(b, w, op.getKernelShape());
  auto weightType = cast<RankedTensorType>(w.getType());
  Centered input = center(b, x, alongDim(b, xZero, 0, 1), isUnsigned(op.getX().getType()));
  Centered weight = center(b, w, alongDim(b, wZero, 0, weightType.getRank()), isUnsigned(op.getW().getType()));
  Sizes spatial = shapeOf(b, x), kernel = shapeOf(b, w);
  Window window = makeWindow(b, windowAttributes(op, ArrayRef(kernel).drop_front(2)), ArrayRef(spatial).drop_front(2));
  return convolve(b, input.tensor, weight.tensor, window, op.getGroup(), b.getI32Type(),
                  {input.isUnsigned, weight.isUnsigned});
}

bool hasSpace(Value weight) { return cast<RankedTensorType>(weight.getType()).getRank() >= 3; }

struct LowerConvInteger : Lowering<onnx::ConvIntegerOp> {
  using Lowering::Lowering;
  LogicalResult lower(onnx::ConvIntegerOp op, Adaptor adaptor, Builder &b, Rewriter &rewriter) const override {
    if (!hasSpace(adaptor.getW()))
      return unsupported(rewriter, op, "expects one spatial dimension or more");
    replace(rewriter, op, b,
            convolveCentered(b, op, adaptor.getX(), adaptor.getXZeroPoint(), adaptor.getW(), adaptor.getWZeroPoint()));
    return success();
  }
};

struct LowerQLinearConv : Lowering<onnx::QLinearConvOp> {
  using Lowering::Lowering;
  LogicalResult lower(onnx::QLinearConvOp op, Adaptor adaptor, Builder &b, Rewriter &rewriter) const override {
    if (!hasSpace(adaptor.getW()))
      return unsupported(rewriter, op, "expects one spatial dimension or more");
    auto type = resultType(op);
    Value sum =
        convolveCentered(b, op, adaptor.getX(), adaptor.getXZeroPoint(), adaptor.getW(), adaptor.getWZeroPoint());
    sum = addChannels(b, sum, adaptor.getB(), b.getI32Type());
    auto single = [&](Value value) { return alongDim(b, value, 0, 1); };
    replace(rewriter, op, b,
            requantize(b, sum, single(adaptor.getXScale()), alongDim(b, adaptor.getWScale(), 1, type.getRank()),
                       single(adaptor.getYScale()), single(adaptor.getYZeroPoint()), type,
                       isUnsigned(op.getY().getType())));
    return success();
  }
};

} // namespace

void addIntegerContractions(Patterns &patterns, Converter &converter) {
  patterns.add<LowerMatMulInteger, LowerQLinearMatMul, LowerConvInteger, LowerQLinearConv>(converter,
                                                                                           patterns.getContext());
}

} // namespace quern::lowering
