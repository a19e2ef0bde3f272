// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Conversions between element types, as onnx.Cast defines them. What the
// standard leaves open is defined here: floats beyond an integer's range become
// its nearest end, NaN becomes 0.

#include "Broadcast.h"

using namespace mlir;

namespace quern::lowering {

static bool isNarrow(Type type) {
  auto floatType = dyn_cast<FloatType>(type);
  return floatType && (floatType.getWidth() < 16 || floatType.isBF16());
}

/// The float of `from` nearest to an integer's end that does not pass it.
static Value integerEnd(Builder &b, FloatType from, unsigned width, bool isUnsigned, bool isLow) {
  llvm::APSInt end =
      isLow ? llvm::APSInt::getMinValue(width, isUnsigned) : llvm::APSInt::getMaxValue(width, isUnsigned);
  llvm::APFloat value(from.getFloatSemantics());
  value.convertFromAPInt(end, /*IsSigned=*/!isUnsigned, llvm::APFloat::rmTowardZero);
  return arith::ConstantOp::create(b, b.getFloatAttr(from, value));
}

static Value floatToInteger(Builder &b, Value value, IntegerType to, bool toUnsigned) {
  auto from = cast<FloatType>(value.getType());
  if (to.getWidth() == 1)
    return arith::CmpFOp::create(b, arith::CmpFPredicate::UNE, value, scalar(b, from, 0));
  if (from.getWidth() < 32) {
    value = arith::ExtFOp::create(b, b.getF32Type(), value);
    from = b.getF32Type();
  }
  Value isNumber = arith::CmpFOp::create(b, arith::CmpFPredicate::ORD, value, value);
  value = arith::SelectOp::create(b, isNumber, value, scalar(b, from, 0));
  Value high = integerEnd(b, from, to.getWidth(), toUnsigned, /*isLow=*/false);
  Value low = integerEnd(b, from, to.getWidth(), toUnsigned, /*isLow=*/true);
  value = arith::MinNumFOp::create(b, value, high);
  value = arith::MaxNumFOp::create(b, value, low);
  if (toUnsigned)
    return arith::FPToUIOp::create(b, to, value);
  return arith::FPToSIOp::create(b, to, value);
}

/// The exponent of an f32, rounded up, down or to the nearest, for the mantissa that f8E8M0FNU has no bits for. The
/// sign is dropped; infinities and NaN are NaN.
static Value toExponent(Builder &b, Value value, Type to, bool saturate, StringRef roundMode) {
  Type i32 = b.getI32Type(), i8 = b.getI8Type();
  Value bits = arith::BitcastOp::create(b, i32, convertScalar(b, value, b.getF32Type(), false, false));
  auto mask = [&](int64_t mask) -> Value { return arith::AndIOp::create(b, bits, integer(b, i32, mask)); };
  auto compare = [&](arith::CmpIPredicate predicate, Value lhs, int64_t rhs) -> Value {
    return arith::CmpIOp::create(b, predicate, lhs, integer(b, i32, rhs));
  };
  Value exponent = arith::ShRUIOp::create(b, mask(0x7F800000), integer(b, i32, 23));
  if (roundMode != "down") {
    // Ties go up, but from 2^-127, whose mantissa has no leading one.
    Value up = compare(arith::CmpIPredicate::ugt, mask(0x7FFFFF), roundMode == "up" ? 0 : 0x3FFFFF);
    if (roundMode == "nearest") {
      Value isTie = compare(arith::CmpIPredicate::eq, mask(0x7FFFFFFF), 0x400000);
      up = arith::AndIOp::create(b, up, arith::XOrIOp::create(b, isTie, integer(b, b.getI1Type(), 1)));
    }
    up = arith::AndIOp::create(b, up, compare(arith::CmpIPredicate::ult, exponent, saturate ? 254 : 255));
    exponent = arith::AddIOp::create(b, exponent, arith::ExtUIOp::create(b, i32, up));
  }
  return arith::BitcastOp::create(b, to, arith::TruncIOp::create(b, i8, exponent));
}

static Value floatToFloat(Builder &b, Value value, FloatType to, bool saturate) {
  auto from = cast<FloatType>(value.getType());
  if (isa<Float8E8M0FNUType>(to))
    return toExponent(b, value, to, saturate, "up");
  if (to.getWidth() < 16 && saturate) {
    if (from.getWidth() < 32) {
      value = arith::ExtFOp::create(b, b.getF32Type(), value);
      from = b.getF32Type();
    }
    for (bool isLow : {false, true}) {
      llvm::APFloat end = llvm::APFloat::getLargest(to.getFloatSemantics(), isLow);
      bool losesInfo;
      end.convert(from.getFloatSemantics(), llvm::APFloat::rmNearestTiesToEven, &losesInfo);
      Value limit = arith::ConstantOp::create(b, b.getFloatAttr(from, end));
      value =
          isLow ? Value(arith::MaximumFOp::create(b, value, limit)) : Value(arith::MinimumFOp::create(b, value, limit));
    }
  }
  if (from.getWidth() < to.getWidth())
    return arith::ExtFOp::create(b, to, value);
  if (from.getWidth() > to.getWidth())
    return arith::TruncFOp::create(b, to, value);
  return arith::TruncFOp::create(b, to, arith::ExtFOp::create(b, b.getF32Type(), value));
}

Value convertScalar(Builder &b, Value value, Type to, bool fromUnsigned, bool toUnsigned, bool saturate) {
  Type from = value.getType();
  if (from == to)
    return value;
  if (auto toFloat = dyn_cast<FloatType>(to)) {
    if (isa<FloatType>(from))
      return floatToFloat(b, value, toFloat, saturate);
    // Whole numbers reach the narrowest types by way of f32.
    Type middle = isNarrow(to) ? b.getF32Type() : to;
    bool asUnsigned = fromUnsigned || from.isInteger(1);
    Value result = asUnsigned ? Value(arith::UIToFPOp::create(b, middle, value))
                              : Value(arith::SIToFPOp::create(b, middle, value));
    return middle == to ? result : floatToFloat(b, result, toFloat, saturate);
  }
  auto toInteger = cast<IntegerType>(to);
  if (isa<FloatType>(from))
    return floatToInteger(b, value, toInteger, toUnsigned);
  if (toInteger.getWidth() == 1)
    return arith::CmpIOp::create(b, arith::CmpIPredicate::ne, value, integer(b, from, 0));
  if (from.getIntOrFloatBitWidth() > toInteger.getWidth())
    return arith::TruncIOp::create(b, to, value);
  if (fromUnsigned || from.isInteger(1))
    return arith::ExtUIOp::create(b, to, value);
  return arith::ExtSIOp::create(b, to, value);
}

namespace {

/// Casts of integers drop bits that do not fit, and so do those of floats to integers of less than 8 bits.
Value castScalar(Builder &b, Value value, Type to, bool fromUnsigned, bool toUnsigned, bool saturate,
                 StringRef roundMode) {
  if (isa<FloatType>(value.getType()) && to.isIntOrIndex() && to.getIntOrFloatBitWidth() < 8 && !to.isInteger(1))
    value = convertScalar(b, value, b.getI32Type(), false, false);
  if (isa<Float8E8M0FNUType>(to) && value.getType() != to)
    return toExponent(b, convertScalar(b, value, b.getF32Type(), fromUnsigned, false), to, saturate, roundMode);
  return convertScalar(b, value, to, fromUnsigned, toUnsigned, saturate);
}

/// Casts whose result type says everything.
template <typename Op>
struct LowerCast : Lowering<Op> {
  using Lowering<Op>::Lowering;
  LogicalResult lower(Op op, typename Op::Adaptor adaptor, Builder &b,
                      ConversionPatternRewriter &rewriter) const override {
    Value input = adaptor.getOperands()[0];
    RankedTensorType type = this->resultType(op);
    bool fromUnsigned = isUnsigned(op->getOperand(0).getType()), toUnsigned = isUnsigned(op->getResult(0).getType());
    auto isNumeric = [](Type type) { return getElementTypeOrSelf(type).isIntOrFloat(); };
    if (!isNumeric(op->getOperand(0).getType()) || !isNumeric(op->getResult(0).getType()))
      return this->unsupported(rewriter, op, "expects real numbers or bools");
    if (getElementTypeOrSelf(input) == type.getElementType()) {
      rewriter.replaceOp(op, castTo(b, input, type));
      return success();
    }
    Value result = pointwise(b, ValueRange(input), type, [&](Builder &b, ValueRange args) {
      return castScalar(b, args[0], type.getElementType(), fromUnsigned, toUnsigned, op.getSaturate(),
                        op.getRoundMode());
    });
    rewriter.replaceOp(op, result);
    return success();
  }
};

struct LowerBitCast : Lowering<onnx::BitCastOp> {
  using Lowering::Lowering;
  LogicalResult lower(onnx::BitCastOp op, Adaptor adaptor, Builder &b, Rewriter &rewriter) const override {
    RankedTensorType type = resultType(op);
    // A bool is a byte in memory.
    Type from = getElementTypeOrSelf(adaptor.getInput()), to = type.getElementType();
    if (!from.isIntOrFloat() || !to.isIntOrFloat())
      return unsupported(rewriter, op, "expects elements that are numbers or bools");
    Value result = pointwise(b, ValueRange(adaptor.getInput()), type, [&](Builder &b, ValueRange args) -> Value {
      Value bits = args[0];
      if (from == to)
        return bits;
      if (from.isInteger(1))
        bits = arith::ExtUIOp::create(b, b.getI8Type(), bits);
      if (bits.getType() == to)
        return bits;
      if (to.isInteger(1)) {
        bits = arith::BitcastOp::create(b, b.getI8Type(), bits);
        return arith::CmpIOp::create(b, arith::CmpIPredicate::ne, bits, integer(b, b.getI8Type(), 0));
      }
      return arith::BitcastOp::create(b, to, bits);
    });
    rewriter.replaceOp(op, result);
    return success();
  }
};

} // namespace

void addCasts(Patterns &patterns, Converter &converter) {
  patterns.add<LowerCast<onnx::CastOp>, LowerCast<onnx::CastLikeOp>, LowerBitCast>(converter, patterns.getContext());
}

} // namespace quern::lowering
