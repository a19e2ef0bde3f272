// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Elementary functions as straight-line arithmetic, on scalars or vectors of f32
// or f64: no calls, no branches, so that loops vectorise, and the same bits on
// every target that rounds the same.

#ifndef QUERN_LIB_CODEGEN_COMMON_MATHBUILDER_H
#define QUERN_LIB_CODEGEN_COMMON_MATHBUILDER_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace quern {

class MathBuilder {
public:
  using Value = mlir::Value;

  /// Builds values shaped like `like`, whose elements are f32 or f64. `fma`: the target has fused multiply-add and may
  /// use it.
  MathBuilder(mlir::OpBuilder &builder, mlir::Location loc, mlir::Type like, bool fma);

  bool isDouble() const { return element.isF64(); }

  // --- arithmetic ---
  Value constant(double value);
  Value integer(int64_t value);
  Value add(Value a, Value b) { return mlir::arith::AddFOp::create(b_, a, b); }
  Value sub(Value a, Value b) { return mlir::arith::SubFOp::create(b_, a, b); }
  Value mul(Value a, Value b) { return mlir::arith::MulFOp::create(b_, a, b); }
  Value div(Value a, Value b) { return mlir::arith::DivFOp::create(b_, a, b); }
  /// a * b + c
  Value madd(Value a, Value b, Value c);
  Value neg(Value a) { return mlir::arith::NegFOp::create(b_, a); }
  Value abs(Value a);
  Value sqrt(Value a);
  Value floor(Value a);
  Value truncate(Value a);
  Value withSignOf(Value magnitude, Value sign);
  Value select(Value condition, Value a, Value b) { return mlir::arith::SelectOp::create(b_, condition, a, b); }
  Value less(Value a, Value b) { return compare(mlir::arith::CmpFPredicate::OLT, a, b); }
  Value greater(Value a, Value b) { return compare(mlir::arith::CmpFPredicate::OGT, a, b); }
  Value equal(Value a, Value b) { return compare(mlir::arith::CmpFPredicate::OEQ, a, b); }
  Value isNaN(Value a) { return compare(mlir::arith::CmpFPredicate::UNO, a, a); }
  /// c0 + x (c1 + x (c2 + …))
  Value polynomial(Value x, llvm::ArrayRef<double> coefficients);
  Value toDouble(Value a);
  Value toFloat(Value a);

  // --- functions; f32 or f64 ---
  Value exp(Value x);
  Value log(Value x);
  Value tanh(Value x);
  Value erf(Value x);
  Value round(Value x); // half away from zero

  // --- functions; f64 (the caller widens) ---
  Value log1p(Value x);
  Value expm1(Value x);
  Value sin(Value x);
  Value cos(Value x);
  Value tan(Value x);
  Value asin(Value x);
  Value acos(Value x);
  Value atan(Value x);
  Value atan2(Value y, Value x);
  Value sinh(Value x);
  Value cosh(Value x);
  Value asinh(Value x);
  Value acosh(Value x);
  Value atanh(Value x);
  Value erfc(Value x);
  Value cbrt(Value x);
  Value pow(Value x, Value y);

private:
  Value compare(mlir::arith::CmpFPredicate predicate, Value a, Value b) {
    return mlir::arith::CmpFOp::create(b_, predicate, a, b);
  }
  mlir::Type shaped(mlir::Type element) const;
  mlir::Type bits() { return shaped(b_.getIntegerType(isDouble() ? 64 : 32)); }
  Value asBits(Value a) { return mlir::arith::BitcastOp::create(b_, bits(), a); }
  Value fromBits(Value a) { return mlir::arith::BitcastOp::create(b_, shaped(element), a); }
  /// 2^n for an integral n in the exponent's range.
  Value powerOfTwo(Value integral);
  /// sin and cos of the remainder by pi/2, and the quadrant's number as bits.
  void reduceAngle(Value x, Value &sine, Value &cosine, Value &quadrant);

  mlir::ImplicitLocOpBuilder b_;
  mlir::Type like;
  mlir::FloatType element;
  bool fma;
};

} // namespace quern

#endif // QUERN_LIB_CODEGEN_COMMON_MATHBUILDER_H
