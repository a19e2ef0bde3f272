// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Scalar arithmetic in the bodies of ops, as one writes it: `(x + 1) * size / 2`.
// A number knows the builder of the body that it is used in; values from outside of
// the body come as plain `Value`s beside it.

#ifndef QUERN_LIB_CONVERSION_ONNXTOLINALG_NUMBERS_H
#define QUERN_LIB_CONVERSION_ONNXTOLINALG_NUMBERS_H

#include "Lowering.h"

namespace quern::lowering {

/// A float, a signed integer or an index; bools come from comparisons.
struct Num {
  Builder *builder;
  Value value;

  Num(Builder &b, Value value) : builder(&b), value(value) {}
  operator Value() const { return value; }
  Type type() const { return value.getType(); }
  bool isFloat() const { return mlir::isa<mlir::FloatType>(type()); }
  Num with(Value other) const { return {*builder, other}; }
  /// The same type's constant.
  Num like(double constant) const { return with(scalar(*builder, type(), constant)); }
};

#define QUERN_NUM_BINARY(OPERATOR, FLOAT, INTEGER)                                                                     \
  inline Num OPERATOR(Num a, Num b) {                                                                                  \
    return a.with(a.isFloat() ? Value(FLOAT::create(*a.builder, a, b)) : Value(INTEGER::create(*a.builder, a, b)));    \
  }                                                                                                                    \
  inline Num OPERATOR(Num a, Value b) { return OPERATOR(a, a.with(b)); }                                               \
  inline Num OPERATOR(Value a, Num b) { return OPERATOR(b.with(a), b); }                                               \
  inline Num OPERATOR(Num a, double b) { return OPERATOR(a, a.like(b)); }                                              \
  inline Num OPERATOR(double a, Num b) { return OPERATOR(b.like(a), b); }
QUERN_NUM_BINARY(operator+, mlir::arith::AddFOp, mlir::arith::AddIOp)
QUERN_NUM_BINARY(operator-, mlir::arith::SubFOp, mlir::arith::SubIOp)
QUERN_NUM_BINARY(operator*, mlir::arith::MulFOp, mlir::arith::MulIOp)
QUERN_NUM_BINARY(operator/, mlir::arith::DivFOp, mlir::arith::DivSIOp)
QUERN_NUM_BINARY(min, mlir::arith::MinimumFOp, mlir::arith::MinSIOp)
QUERN_NUM_BINARY(max, mlir::arith::MaximumFOp, mlir::arith::MaxSIOp)
/// The number, where the other is NaN.
QUERN_NUM_BINARY(minNumber, mlir::arith::MinNumFOp, mlir::arith::MinSIOp)
QUERN_NUM_BINARY(maxNumber, mlir::arith::MaxNumFOp, mlir::arith::MaxSIOp)
#undef QUERN_NUM_BINARY

#define QUERN_NUM_COMPARE(OPERATOR, FLOAT, INTEGER)                                                                    \
  inline Num OPERATOR(Num a, Num b) {                                                                                  \
    return a.with(a.isFloat()                                                                                          \
                      ? Value(mlir::arith::CmpFOp::create(*a.builder, mlir::arith::CmpFPredicate::FLOAT, a, b))        \
                      : Value(mlir::arith::CmpIOp::create(*a.builder, mlir::arith::CmpIPredicate::INTEGER, a, b)));    \
  }                                                                                                                    \
  inline Num OPERATOR(Num a, Value b) { return OPERATOR(a, a.with(b)); }                                               \
  inline Num OPERATOR(Num a, double b) { return OPERATOR(a, a.like(b)); }
QUERN_NUM_COMPARE(operator<, OLT, slt)
QUERN_NUM_COMPARE(operator<=, OLE, sle)
QUERN_NUM_COMPARE(operator>, OGT, sgt)
QUERN_NUM_COMPARE(operator>=, OGE, sge)
QUERN_NUM_COMPARE(operator==, OEQ, eq)
QUERN_NUM_COMPARE(operator!=, UNE, ne)
#undef QUERN_NUM_COMPARE

inline Num operator&&(Num a, Num b) { return a.with(mlir::arith::AndIOp::create(*a.builder, a, b)); }
inline Num operator||(Num a, Num b) { return a.with(mlir::arith::OrIOp::create(*a.builder, a, b)); }
inline Num operator!(Num a) { return a.with(mlir::arith::XOrIOp::create(*a.builder, a, a.like(1))); }

inline Num select(Num condition, Value a, Value b) {
  return condition.with(mlir::arith::SelectOp::create(*condition.builder, condition, a, b));
}
inline Num floor(Num x) { return x.with(mlir::math::FloorOp::create(*x.builder, x)); }
inline Num ceil(Num x) { return x.with(mlir::math::CeilOp::create(*x.builder, x)); }
inline Num abs(Num x) { return x.with(mlir::math::AbsFOp::create(*x.builder, x)); }
inline Num roundToEven(Num x) { return x.with(mlir::math::RoundEvenOp::create(*x.builder, x)); }
/// Between two numbers; NaN becomes `low`.
inline Num clamp(Num x, Value low, Value high) { return minNumber(maxNumber(x, low), high); }
inline Num clamp(Num x, double low, Value high) { return clamp(x, x.like(low), high); }

/// A float cut to an index (saturated; NaN is 0), or an integer widened to one.
inline Num toIndex(Num x) {
  Builder &b = *x.builder;
  if (x.type().isIndex())
    return x;
  Value whole = x.isFloat() ? convertScalar(b, x, b.getI64Type(), false, false) : x.value;
  return x.with(mlir::arith::IndexCastOp::create(b, b.getIndexType(), whole));
}
/// The limits of `toIndexWithin`, with room for a few neighbours.
constexpr double kMaxPosition = 2147483392;
/// The same of a float whose size is at most kMaxPosition, and which is not NaN: one instruction, also of vectors.
inline Num toIndexWithin(Num x) {
  Builder &b = *x.builder;
  return x.with(mlir::arith::IndexCastOp::create(b, b.getIndexType(),
                                                 mlir::arith::FPToSIOp::create(b, b.getI32Type(), x).getResult()));
}
/// An index or a signed number as a float.
inline Num toFloat(Num x, Type type) {
  Builder &b = *x.builder;
  if (x.type().isIndex())
    x.value = mlir::arith::IndexCastOp::create(b, b.getI64Type(), x);
  return x.with(convertScalar(b, x, type, false, false));
}

} // namespace quern::lowering

#endif // QUERN_LIB_CONVERSION_ONNXTOLINALG_NUMBERS_H
