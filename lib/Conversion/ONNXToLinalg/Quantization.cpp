// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// QuantizeLinear, DequantizeLinear, DynamicQuantizeLinear.

#include "Quantization.h"

#include "Broadcast.h"
#include "Reduction.h"

using namespace mlir;

namespace quern::lowering {

Value quantizeScalar(Builder &b, Value scaled, Value zeroPoint, Type to, bool toUnsigned, bool saturate) {
  Type f32 = b.getF32Type();
  if (isa<FloatType>(to)) {
    if (zeroPoint)
      scaled = arith::AddFOp::create(b, scaled, convertScalar(b, zeroPoint, f32, false, false));
    return convertScalar(b, scaled, to, false, false, saturate);
  }
  Value rounded = math::RoundEvenOp::create(b, scaled);
  if (zeroPoint)
    rounded = arith::AddFOp::create(b, rounded, convertScalar(b, zeroPoint, f32, toUnsigned, false));
  // The conversion saturates.
  return convertScalar(b, rounded, to, false, toUnsigned);
}

Value centerScalar(Builder &b, Value stored, Value zeroPoint, bool isUnsigned) {
  if (isa<FloatType>(stored.getType())) {
    Value value = convertScalar(b, stored, b.getF32Type(), false, false);
    if (!zeroPoint)
      return value;
    return arith::SubFOp::create(b, value, convertScalar(b, zeroPoint, b.getF32Type(), false, false));
  }
  Value value = convertScalar(b, stored, b.getI32Type(), isUnsigned, false);
  if (!zeroPoint)
    return value;
  return arith::SubIOp::create(b, value, convertScalar(b, zeroPoint, b.getI32Type(), isUnsigned, false));
}

namespace {

/// Whether a scale (or zero point) has one number for each block along the axis.
bool isBlocked(Value scale, int64_t block) {
  return block > 0 && cast<RankedTensorType>(scale.getType()).getRank() > 0;
}

/// A scale as it broadcasts to x: one number, or one for each index along the axis. Null for another shape.
Value alignScale(Builder &b, Value scale, ArrayRef<Size> shape, int64_t axis) {
  auto type = cast<RankedTensorType>(scale.getType());
  if (type.getRank() == 0)
    return scale;
  if (type.getRank() != 1)
    return {};
  Size count = dimOf(b, scale, 0);
  StringRef message = "the scales and the sizes along the axis differ in number";
  int64_t rank = shape.size();
  if (axis < 0 || axis >= rank) {
    checkEqual(b, count, size(b, 1), message);
    return reshapeTensor(b, scale, {});
  }
  if (!known(count) || !known(shape[axis])) {
    auto equals = [&](Size other) -> Value {
      return arith::CmpIOp::create(b, arith::CmpIPredicate::eq, asValue(b, count), asValue(b, other));
    };
    check(b, arith::OrIOp::create(b, equals(size(b, 1)), equals(shape[axis])), message);
  }
  Sizes aligned(rank, size(b, 1));
  aligned[axis] = count;
  return reshapeTensor(b, scale, aligned);
}

/// An elementwise op over x with its scale and zero point (null where there is none). Nothing for other shapes.
std::optional<Value> withScales(Builder &b, Value x, Value scale, Value zeroPoint, int64_t axis, int64_t block,
                                RankedTensorType type, function_ref<Value(Builder &, Value, Value, Value)> body) {
  Sizes shape = shapeOf(b, x);
  int64_t rank = shape.size();
  axis += axis < 0 ? rank : 0;
  SmallVector<Value> operands = {x, scale};
  if (zeroPoint)
    operands.push_back(zeroPoint);
  auto apply = [&](Builder &b, ValueRange args) -> Value {
    return body(b, args[0], args[1], zeroPoint ? args[2] : Value());
  };
  if (!llvm::any_of(ArrayRef(operands).drop_front(), [&](Value value) { return isBlocked(value, block); })) {
    for (Value &operand : MutableArrayRef(operands).drop_front())
      if (!(operand = alignScale(b, operand, shape, axis)))
        return std::nullopt;
    return pointwise(b, operands, type, apply);
  }

  // One for each block.
  AffineMap identity = b.getMultiDimIdentityMap(rank);
  SmallVector<AffineMap> maps = {identity};
  for (Value operand : ArrayRef(operands).drop_front()) {
    auto scaleType = cast<RankedTensorType>(operand.getType());
    if (scaleType.getRank() != 0 && scaleType.getRank() != rank)
      return std::nullopt;
    SmallVector<AffineExpr> exprs;
    for (int64_t dim : llvm::seq(scaleType.getRank())) {
      AffineExpr d = b.getAffineDimExpr(dim);
      exprs.push_back(dim == axis ? d.floorDiv(block) : d);
      Size blocks = dim == axis ? ceilDiv(b, shape[dim], size(b, block)) : shape[dim];
      checkEqual(b, dimOf(b, operand, dim), blocks, "the scales and the blocks differ in number");
    }
    maps.push_back(AffineMap::get(rank, 0, exprs, b.getContext()));
  }
  maps.push_back(identity);
  SmallVector<utils::IteratorType> iterators(rank, utils::IteratorType::parallel);
  auto applyAll = [&](Builder &b, ValueRange args) -> SmallVector<Value> { return {apply(b, args)}; };
  return generic(b, operands, emptyTensor(b, shape, type.getElementType()), maps, iterators, applyAll).front();
}

/// Zero points that are constant zeros change nothing.
Value dropZero(Value zeroPoint) {
  if (!zeroPoint)
    return zeroPoint;
  if (auto constant = constantIntegers(zeroPoint);
      constant && llvm::all_of(*constant, [](int64_t v) { return v == 0; }))
    return {};
  return zeroPoint;
}

constexpr StringRef kScaleForm =
    "expects a scale that is one number, one for each index along 'axis', or one for each block";

/// What x is divided by its scale in: `precision`, or the type that holds both.
FailureOr<Type> divisionType(onnx::QuantizeLinearOp op) {
  Type f32 = Float32Type::get(op.getContext());
  if (op.getPrecision() != 0) {
    Type precision = onnx::getElementType(op.getContext(), op.getPrecision());
    if (!isa_and_nonnull<FloatType>(precision) || precision.getIntOrFloatBitWidth() < 16)
      return failure();
    return precision;
  }
  Type x = getElementTypeOrSelf(op.getX()), scale = getElementTypeOrSelf(op.getYScale());
  return x == scale && isa<FloatType>(x) ? x : f32;
}

struct LowerQuantize : Lowering<onnx::QuantizeLinearOp> {
  using Lowering::Lowering;
  LogicalResult lower(onnx::QuantizeLinearOp op, Adaptor adaptor, Builder &b, Rewriter &rewriter) const override {
    auto type = resultType(op);
    bool toUnsigned = isUnsigned(op.getY().getType());
    Value zeroPoint = dropZero(adaptor.getYZeroPoint());
    if (!type.getElementType().isIntOrFloat())
      return unsupported(rewriter, op, "expects a numeric type");
    FailureOr<Type> precision = divisionType(op);
    if (failed(precision))
      return unsupported(rewriter, op, "expects 'precision' to be a float type");
    auto result =
        withScales(b, adaptor.getX(), adaptor.getYScale(), zeroPoint, op.getAxis(), op.getBlockSize(), type,
                   [&](Builder &b, Value x, Value scale, Value zero) {
                     Value wide = convertScalar(b, x, *precision, false, false);
                     Value by = convertScalar(b, scale, *precision, false, false);
                     Value scaled = convertScalar(b, arith::DivFOp::create(b, wide, by), b.getF32Type(), false, false);
                     return quantizeScalar(b, scaled, zero, type.getElementType(), toUnsigned, op.getSaturate());
                   });
    if (!result)
      return unsupported(rewriter, op, kScaleForm);
    replace(rewriter, op, b, *result);
    return success();
  }
};

struct LowerDequantize : Lowering<onnx::DequantizeLinearOp> {
  using Lowering::Lowering;
  LogicalResult lower(onnx::DequantizeLinearOp op, Adaptor adaptor, Builder &b, Rewriter &rewriter) const override {
    auto type = resultType(op);
    bool fromUnsigned = isUnsigned(op.getX().getType());
    Value zeroPoint = dropZero(adaptor.getXZeroPoint());
    auto result = withScales(b, adaptor.getX(), adaptor.getXScale(), zeroPoint, op.getAxis(), op.getBlockSize(), type,
                             [&](Builder &b, Value x, Value scale, Value zero) {
                               Type f32 = b.getF32Type();
                               Value centered =
                                   convertScalar(b, centerScalar(b, x, zero, fromUnsigned), f32, false, false);
                               Value by = convertScalar(b, scale, f32, false, false);
                               Value real = arith::MulFOp::create(b, centered, by);
                               return convertScalar(b, real, type.getElementType(), false, false);
                             });
    if (!result)
      return unsupported(rewriter, op, kScaleForm);
    replace(rewriter, op, b, *result);
    return success();
  }
};

/// The range of the tensor with zero in it, in 255 steps.
struct LowerDynamicQuantize : Lowering<onnx::DynamicQuantizeLinearOp> {
  using Lowering::Lowering;
  LogicalResult lower(onnx::DynamicQuantizeLinearOp op, Adaptor adaptor, Builder &b,
                      Rewriter &rewriter) const override {
    Value x = adaptor.getX();
    int64_t rank = cast<RankedTensorType>(x.getType()).getRank();
    Type f32 = b.getF32Type(), i8 = b.getI8Type();
    SmallVector<bool> all(rank, true);
    Value high = reduceTensor(b, x, all, kMax, f32, false), low = reduceTensor(b, x, all, kMin, f32, false);
    auto scalarType = RankedTensorType::get({}, f32);
    Value zero = arith::ConstantOp::create(b, DenseElementsAttr::get(scalarType, 0.0f));
    Value scale = pointwise(b, {high, low, zero}, scalarType, [&](Builder &b, ValueRange args) -> Value {
      Value top = arith::MaximumFOp::create(b, args[0], args[2]),
            bottom = arith::MinimumFOp::create(b, args[1], args[2]);
      Value step = arith::DivFOp::create(b, arith::SubFOp::create(b, top, bottom), scalar(b, f32, 255));
      Value isFlat = arith::CmpFOp::create(b, arith::CmpFPredicate::OEQ, top, bottom);
      return arith::SelectOp::create(b, isFlat, scalar(b, f32, 1), step);
    });
    Value zeroPoint = pointwise(b, {low, scale, zero}, RankedTensorType::get({}, i8), [&](Builder &b, ValueRange args) {
      Value bottom = arith::MinimumFOp::create(b, args[0], args[2]);
      Value steps = arith::DivFOp::create(b, arith::NegFOp::create(b, bottom), args[1]);
      return quantizeScalar(b, steps, {}, i8, /*toUnsigned=*/true);
    });
    Value y = pointwise(b, {x, scale, zeroPoint}, resultType(op), [&](Builder &b, ValueRange args) {
      return quantizeScalar(b, arith::DivFOp::create(b, args[0], args[1]), args[2], i8, /*toUnsigned=*/true);
    });
    replace(rewriter, op, b, {y, scale, zeroPoint});
    return success();
  }
};

} // namespace

void addQuantization(Patterns &patterns, Converter &converter) {
  patterns.add<LowerQuantize, LowerDequantize, LowerDynamicQuantize>(converter, patterns.getContext());
}

} // namespace quern::lowering
