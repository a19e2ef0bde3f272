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

/// How a scale (or zero point) is read for each element: one, one for each index along the axis, or one for each
/// block along it. Nothing for another shape.
std::optional<AffineMap> scaleMap(Builder &b, Value scale, int64_t rank, int64_t axis, int64_t block) {
  auto type = cast<RankedTensorType>(scale.getType());
  axis += axis < 0 ? rank : 0;
  MLIRContext *context = b.getContext();
  AffineExpr zero = b.getAffineConstantExpr(0);
  if (type.getRank() == 0)
    return AffineMap::get(rank, 0, {}, context);
  if (type.getRank() == 1 && block == 0)
    return AffineMap::get(rank, 0, type.getDimSize(0) == 1 ? zero : b.getAffineDimExpr(axis), context);
  if (block <= 0 || type.getRank() != rank)
    return std::nullopt;
  SmallVector<AffineExpr> exprs;
  for (int64_t dim : llvm::seq(rank)) {
    AffineExpr d = b.getAffineDimExpr(dim);
    exprs.push_back(dim == axis ? (type.getDimSize(dim) == 1 ? zero : d.floorDiv(block)) : d);
  }
  return AffineMap::get(rank, 0, exprs, context);
}

/// An elementwise op over x with its scale and zero point.
Value withScales(Builder &b, Value x, Value scale, Value zeroPoint, AffineMap map, AffineMap zeroMap, Type element,
                 function_ref<Value(Builder &, Value, Value, Value)> body) {
  Sizes shape = shapeOf(b, x);
  AffineMap identity = b.getMultiDimIdentityMap(shape.size());
  SmallVector<Value> operands = {x, scale};
  SmallVector<AffineMap> maps = {identity, map};
  if (zeroPoint) {
    operands.push_back(zeroPoint);
    maps.push_back(zeroMap);
  }
  maps.push_back(identity);
  SmallVector<utils::IteratorType> iterators(shape.size(), utils::IteratorType::parallel);
  return generic(b, operands, emptyTensor(b, shape, element), maps, iterators,
                 [&](Builder &b, ValueRange args) -> SmallVector<Value> {
                   return {body(b, args[0], args[1], zeroPoint ? args[2] : Value())};
                 })
      .front();
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
    auto map = scaleMap(b, adaptor.getYScale(), type.getRank(), op.getAxis(), op.getBlockSize());
    Value zeroPoint = dropZero(adaptor.getYZeroPoint());
    auto zeroMap = zeroPoint ? scaleMap(b, zeroPoint, type.getRank(), op.getAxis(), op.getBlockSize()) : map;
    if (!map || !zeroMap)
      return unsupported(rewriter, op, kScaleForm);
    if (!type.getElementType().isIntOrFloat())
      return unsupported(rewriter, op, "expects a numeric type");
    FailureOr<Type> precision = divisionType(op);
    if (failed(precision))
      return unsupported(rewriter, op, "expects 'precision' to be a float type");
    Value result =
        withScales(b, adaptor.getX(), adaptor.getYScale(), zeroPoint, *map, *zeroMap, type.getElementType(),
                   [&](Builder &b, Value x, Value scale, Value zero) {
                     Value wide = convertScalar(b, x, *precision, false, false);
                     Value by = convertScalar(b, scale, *precision, false, false);
                     Value scaled = convertScalar(b, arith::DivFOp::create(b, wide, by), b.getF32Type(), false, false);
                     return quantizeScalar(b, scaled, zero, type.getElementType(), toUnsigned, op.getSaturate());
                   });
    replace(rewriter, op, b, result);
    return success();
  }
};

struct LowerDequantize : Lowering<onnx::DequantizeLinearOp> {
  using Lowering::Lowering;
  LogicalResult lower(onnx::DequantizeLinearOp op, Adaptor adaptor, Builder &b, Rewriter &rewriter) const override {
    auto type = resultType(op);
    bool fromUnsigned = isUnsigned(op.getX().getType());
    auto map = scaleMap(b, adaptor.getXScale(), type.getRank(), op.getAxis(), op.getBlockSize());
    Value zeroPoint = dropZero(adaptor.getXZeroPoint());
    auto zeroMap = zeroPoint ? scaleMap(b, zeroPoint, type.getRank(), op.getAxis(), op.getBlockSize()) : map;
    if (!map || !zeroMap)
      return unsupported(rewriter, op, kScaleForm);
    Value result = withScales(b, adaptor.getX(), adaptor.getXScale(), zeroPoint, *map, *zeroMap, type.getElementType(),
                              [&](Builder &b, Value x, Value scale, Value zero) {
                                Type f32 = b.getF32Type();
                                Value centered =
                                    convertScalar(b, centerScalar(b, x, zero, fromUnsigned), f32, false, false);
                                Value by = convertScalar(b, scale, f32, false, false);
                                Value real = arith::MulFOp::create(b, centered, by);
                                return convertScalar(b, real, type.getElementType(), false, false);
                              });
    replace(rewriter, op, b, result);
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
    AffineMap map = AffineMap::get(rank, 0, {}, b.getContext());
    Value y = withScales(b, x, scale, zeroPoint, map, map, i8, [&](Builder &b, Value value, Value by, Value offset) {
      return quantizeScalar(b, arith::DivFOp::create(b, value, by), offset, i8, /*toUnsigned=*/true);
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
