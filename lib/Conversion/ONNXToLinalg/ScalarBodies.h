// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Bodies of elementwise ops that are more than one op of arith or math. Each
// has `build(builder, onnx op, elements)`.

#ifndef QUERN_LIB_CONVERSION_ONNXTOLINALG_SCALARBODIES_H
#define QUERN_LIB_CONVERSION_ONNXTOLINALG_SCALARBODIES_H

#include "Lowering.h"

namespace quern::lowering {

using namespace mlir; // The table's rows name ops of arith and math.

/// How the elements are to be read.
enum ElementKind { Floats, Signed, Unsigned };

inline Value constantLike(Builder &b, Value like, double value) { return scalar(b, like.getType(), value); }
inline Value constantLike(Builder &b, Value like, const llvm::APFloat &value) {
  return scalar(b, like.getType(), value.convertToDouble());
}

#define BODY(NAME)                                                                                                     \
  struct NAME {                                                                                                        \
    template <typename Op>                                                                                             \
    static Value build(Builder &b, Op op, ValueRange args) {
#define END_BODY                                                                                                       \
  }                                                                                                                    \
  }                                                                                                                    \
  ;

BODY(Same) return args[0];
END_BODY

//===--- Integers ---------------------------------------------------------===//

/// `divisor`, or one after a failed check where it is zero.
inline Value checkedDivisor(Builder &b, Value divisor) {
  Value zero = integer(b, divisor.getType(), 0);
  Value isValid = arith::CmpIOp::create(b, arith::CmpIPredicate::ne, divisor, zero);
  check(b, isValid, "integer division by zero");
  return arith::SelectOp::create(b, isValid, divisor, integer(b, divisor.getType(), 1));
}

/// For signed division: the result of x / -1 is 0 - x, which wraps; the divisor is made one there.
template <typename OpTy>
Value divideSafely(Builder &b, Value lhs, Value rhs, llvm::function_ref<Value(Value)> byMinusOne) {
  Value divisor = checkedDivisor(b, rhs);
  if (mlir::matchPattern(divisor, mlir::m_Constant()))
    return OpTy::create(b, lhs, divisor);
  Value isMinusOne = arith::CmpIOp::create(b, arith::CmpIPredicate::eq, divisor, integer(b, rhs.getType(), -1));
  Value safe = arith::SelectOp::create(b, isMinusOne, integer(b, rhs.getType(), 1), divisor);
  Value quotient = OpTy::create(b, lhs, safe);
  return arith::SelectOp::create(b, isMinusOne, byMinusOne(lhs), quotient);
}

BODY(DivideSigned)
return divideSafely<arith::DivSIOp>(b, args[0], args[1], [&](Value lhs) -> Value {
  return arith::SubIOp::create(b, integer(b, lhs.getType(), 0), lhs);
});
END_BODY

BODY(DivideUnsigned) return arith::DivUIOp::create(b, args[0], checkedDivisor(b, args[1]));
END_BODY

inline Value remainderSigned(Builder &b, Value lhs, Value rhs) {
  return divideSafely<arith::RemSIOp>(b, lhs, rhs, [&](Value lhs) { return integer(b, lhs.getType(), 0); });
}

/// A remainder with the sign of the divisor: r != 0 and the signs differ ? r + b : r.
BODY(RemainderSigned)
Value remainder = remainderSigned(b, args[0], args[1]);
if (op.getFmod())
  return remainder;
Value zero = integer(b, remainder.getType(), 0);
Value isNotZero = arith::CmpIOp::create(b, arith::CmpIPredicate::ne, remainder, zero);
Value differ = arith::CmpIOp::create(b, arith::CmpIPredicate::slt, arith::XOrIOp::create(b, remainder, args[1]), zero);
Value adjusted = arith::AddIOp::create(b, remainder, args[1]);
return arith::SelectOp::create(b, arith::AndIOp::create(b, isNotZero, differ), adjusted, remainder);
END_BODY

BODY(RemainderUnsigned) return arith::RemUIOp::create(b, args[0], checkedDivisor(b, args[1]));
END_BODY

BODY(RemainderFloat)
Value remainder = arith::RemFOp::create(b, args[0], args[1]);
if (op.getFmod())
  return remainder;
Value zero = constantLike(b, remainder, 0);
Value isNotZero = arith::CmpFOp::create(b, arith::CmpFPredicate::ONE, remainder, zero);
Value isNegative = arith::CmpFOp::create(b, arith::CmpFPredicate::OLT, remainder, zero);
Value wantsNegative = arith::CmpFOp::create(b, arith::CmpFPredicate::OLT, args[1], zero);
Value differ = arith::AndIOp::create(b, isNotZero, arith::XOrIOp::create(b, isNegative, wantsNegative));
Value adjusted = arith::SelectOp::create(b, differ, arith::AddFOp::create(b, remainder, args[1]), remainder);
// A remainder of zero has the divisor's sign too.
Value signedZero = math::CopySignOp::create(b, zero, args[1]);
return arith::SelectOp::create(b, arith::CmpFOp::create(b, arith::CmpFPredicate::OEQ, remainder, zero), signedZero,
                               adjusted);
END_BODY

BODY(NegateInteger) return arith::SubIOp::create(b, integer(b, args[0].getType(), 0), args[0]);
END_BODY
BODY(Invert) return arith::XOrIOp::create(b, args[0], integer(b, args[0].getType(), -1));
END_BODY

/// Shifts by less than 0, or by the width or more, leave what is shifted in: zeros, or the sign to the right.
template <ElementKind kind>
struct Shift {
  template <typename Op>
  static Value build(Builder &b, Op op, ValueRange args) {
    Type type = args[0].getType();
    Value last = integer(b, type, type.getIntOrFloatBitWidth() - 1);
    Value isShort = arith::CmpIOp::create(b, arith::CmpIPredicate::ule, args[1], last);
    Value amount = arith::SelectOp::create(b, isShort, args[1], last);
    if (kind == Signed && op.getDirection() == "RIGHT")
      return arith::ShRSIOp::create(b, args[0], amount);
    Value shifted = op.getDirection() == "LEFT" ? Value(arith::ShLIOp::create(b, args[0], amount))
                                                : Value(arith::ShRUIOp::create(b, args[0], amount));
    return arith::SelectOp::create(b, isShort, shifted, integer(b, type, 0));
  }
};

//===--- Comparison -------------------------------------------------------===//

template <auto predicate>
struct Compare {
  template <typename Op>
  static Value build(Builder &b, Op, ValueRange args) {
    if constexpr (std::is_same_v<decltype(predicate), arith::CmpFPredicate>)
      return arith::CmpFOp::create(b, predicate, args[0], args[1]);
    else
      return arith::CmpIOp::create(b, predicate, args[0], args[1]);
  }
};

BODY(IsNotANumber) return arith::CmpFOp::create(b, arith::CmpFPredicate::UNO, args[0], args[0]);
END_BODY

BODY(IsInfinite)
if (!op.getDetectNegative() && !op.getDetectPositive())
  return integer(b, b.getI1Type(), 0);
bool both = op.getDetectNegative() && op.getDetectPositive();
Value x = both ? Value(math::AbsFOp::create(b, args[0])) : args[0];
Value infinity = op.getDetectPositive() ? highest(b, x.getType(), false) : lowest(b, x.getType(), false);
return arith::CmpFOp::create(b, arith::CmpFPredicate::OEQ, x, infinity);
END_BODY

/// 0 for zero and NaN's own value for NaN.
BODY(SignFloat)
Value zero = constantLike(b, args[0], 0);
Value signedOne = math::CopySignOp::create(b, constantLike(b, args[0], 1), args[0]);
Value isSigned = arith::CmpFOp::create(b, arith::CmpFPredicate::ONE, args[0], zero);
return arith::SelectOp::create(b, isSigned, signedOne, args[0]);
END_BODY
BODY(SignSigned)
Value one = integer(b, args[0].getType(), 1), minusOne = integer(b, args[0].getType(), -1);
return arith::MaxSIOp::create(b, arith::MinSIOp::create(b, args[0], one), minusOne);
END_BODY
BODY(SignUnsigned) return arith::MinUIOp::create(b, args[0], integer(b, args[0].getType(), 1));
END_BODY

//===--- Activations ------------------------------------------------------===//

inline Value select(Builder &b, arith::CmpFPredicate predicate, Value lhs, Value rhs, Value ifTrue, Value ifFalse) {
  return arith::SelectOp::create(b, arith::CmpFOp::create(b, predicate, lhs, rhs), ifTrue, ifFalse);
}
inline Value addF(Builder &b, Value lhs, Value rhs) { return arith::AddFOp::create(b, lhs, rhs); }
inline Value mulF(Builder &b, Value lhs, Value rhs) { return arith::MulFOp::create(b, lhs, rhs); }
inline Value clampF(Builder &b, Value x, double low, double high) {
  Value capped = arith::MinimumFOp::create(b, x, constantLike(b, x, high));
  return arith::MaximumFOp::create(b, capped, constantLike(b, x, low));
}

BODY(ReciprocalFloat) return arith::DivFOp::create(b, constantLike(b, args[0], 1), args[0]);
END_BODY
BODY(ReluFloat) return arith::MaximumFOp::create(b, args[0], constantLike(b, args[0], 0));
END_BODY
BODY(ReluSigned) return arith::MaxSIOp::create(b, args[0], integer(b, args[0].getType(), 0));
END_BODY

/// 1 / (1 + exp(-x)): 0 where exp overflows.
inline Value sigmoid(Builder &b, Value x) {
  Value one = constantLike(b, x, 1);
  Value exp = math::ExpOp::create(b, arith::NegFOp::create(b, x));
  return arith::DivFOp::create(b, one, addF(b, one, exp));
}
BODY(Sigmoid) return sigmoid(b, args[0]);
END_BODY
BODY(Swish)
Value alpha = constantLike(b, args[0], op.getAlpha());
return mulF(b, args[0], sigmoid(b, op.getAlpha().convertToDouble() == 1 ? args[0] : mulF(b, alpha, args[0])));
END_BODY

BODY(LeakyRelu)
Value x = args[0];
Value scaled = mulF(b, constantLike(b, x, op.getAlpha()), x);
return select(b, arith::CmpFPredicate::OLT, x, constantLike(b, x, 0), scaled, x);
END_BODY

/// alpha * (exp(x) - 1) for negative x.
inline Value expMinusOne(Builder &b, Value x) { return math::ExpM1Op::create(b, x); }
BODY(Elu)
Value x = args[0];
Value negative = mulF(b, constantLike(b, x, op.getAlpha()), expMinusOne(b, x));
return select(b, arith::CmpFPredicate::OLT, x, constantLike(b, x, 0), negative, x);
END_BODY
BODY(Selu)
Value x = args[0];
Value negative = mulF(b, constantLike(b, x, op.getAlpha()), expMinusOne(b, x));
Value chosen = select(b, arith::CmpFPredicate::OLE, x, constantLike(b, x, 0), negative, x);
return mulF(b, constantLike(b, x, op.getGamma()), chosen);
END_BODY
BODY(Celu)
Value x = args[0], alpha = constantLike(b, x, op.getAlpha()), zero = constantLike(b, x, 0);
Value negative = mulF(b, alpha, expMinusOne(b, arith::DivFOp::create(b, x, alpha)));
return addF(b, arith::MaximumFOp::create(b, x, zero), arith::MinimumFOp::create(b, negative, zero));
END_BODY
BODY(ThresholdedRelu)
Value x = args[0];
return select(b, arith::CmpFPredicate::OGT, x, constantLike(b, x, op.getAlpha()), x, constantLike(b, x, 0));
END_BODY
BODY(HardSigmoid)
Value x = args[0];
return clampF(b, addF(b, mulF(b, constantLike(b, x, op.getAlpha()), x), constantLike(b, x, op.getBeta())), 0, 1);
END_BODY
BODY(HardSwish)
Value x = args[0];
Value gate = clampF(b, addF(b, mulF(b, constantLike(b, x, 1.0 / 6.0), x), constantLike(b, x, 0.5)), 0, 1);
return mulF(b, x, gate);
END_BODY

/// max(x, 0) + log1p(exp(-|x|)): ln(exp(x) + 1) that does not overflow.
inline Value softplus(Builder &b, Value x) {
  Value exp = math::ExpOp::create(b, arith::NegFOp::create(b, math::AbsFOp::create(b, x)));
  return addF(b, arith::MaximumFOp::create(b, x, constantLike(b, x, 0)), math::Log1pOp::create(b, exp));
}
BODY(Softplus) return softplus(b, args[0]);
END_BODY
BODY(Mish) return mulF(b, args[0], math::TanhOp::create(b, softplus(b, args[0])));
END_BODY
BODY(Softsign)
return arith::DivFOp::create(b, args[0], addF(b, constantLike(b, args[0], 1), math::AbsFOp::create(b, args[0])));
END_BODY
BODY(AffineFloat)
return addF(b, mulF(b, constantLike(b, args[0], op.getAlpha()), args[0]), constantLike(b, args[0], op.getBeta()));
END_BODY

BODY(Gelu)
Value x = args[0], inner;
if (op.getApproximate() == "tanh") {
  Value cube = mulF(b, x, mulF(b, x, x));
  Value sum = addF(b, x, mulF(b, constantLike(b, x, 0.044715), cube));
  inner = math::TanhOp::create(b, mulF(b, constantLike(b, x, 0.7978845608028654), sum));
} else {
  inner = math::ErfOp::create(b, mulF(b, x, constantLike(b, x, 0.7071067811865476)));
}
return mulF(b, mulF(b, constantLike(b, x, 0.5), x), addF(b, constantLike(b, x, 1), inner));
END_BODY

/// Shrink of integers is computed in f32, as its parameters are.
template <ElementKind kind>
struct Shrink {
  template <typename Op>
  static Value build(Builder &b, Op op, ValueRange args) {
    Value x = args[0];
    if (kind != Floats)
      x = convertScalar(b, x, b.getF32Type(), kind == Unsigned, false);
    Value bias = constantLike(b, x, op.getBias()), limit = constantLike(b, x, op.getLambd());
    Value up = addF(b, x, bias), down = arith::SubFOp::create(b, x, bias);
    Value result = select(b, arith::CmpFPredicate::OGT, x, limit, down, constantLike(b, x, 0));
    result = select(b, arith::CmpFPredicate::OLT, x, arith::NegFOp::create(b, limit), up, result);
    return kind == Floats ? result : convertScalar(b, result, args[0].getType(), false, kind == Unsigned);
  }
};

template <ElementKind kind>
struct PRelu {
  template <typename Op>
  static Value build(Builder &b, Op, ValueRange args) {
    Value x = args[0], slope = args[1], zero = scalar(b, x.getType(), 0);
    if (kind == Unsigned)
      return x;
    if (kind == Floats)
      return select(b, arith::CmpFPredicate::OLT, x, zero, mulF(b, slope, x), x);
    Value isNegative = arith::CmpIOp::create(b, arith::CmpIPredicate::slt, x, zero);
    return arith::SelectOp::create(b, isNegative, arith::MulIOp::create(b, slope, x), x);
  }
};

#undef BODY
#undef END_BODY

} // namespace quern::lowering

#endif // QUERN_LIB_CONVERSION_ONNXTOLINALG_SCALARBODIES_H
