// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "ResizePositions.h"

using namespace mlir;

namespace quern::lowering::resize {

Value constantF32(Builder &b, double value) { return scalar(b, b.getF32Type(), value); }

Value toF32(Builder &b, Size number) {
  if (auto constant = known(number))
    return constantF32(b, *constant);
  Value whole = arith::IndexCastOp::create(b, b.getI64Type(), cast<Value>(number));
  return arith::SIToFPOp::create(b, b.getF32Type(), whole);
}

/// The position in the input that output position `x` (f32) stands for.
static Value originalPosition(Builder &b, StringRef mode, const Axis &axis, Value x) {
  auto add = [&](Value l, Value r) -> Value { return arith::AddFOp::create(b, l, r); };
  auto sub = [&](Value l, Value r) -> Value { return arith::SubFOp::create(b, l, r); };
  auto mul = [&](Value l, Value r) -> Value { return arith::MulFOp::create(b, l, r); };
  auto div = [&](Value l, Value r) -> Value { return arith::DivFOp::create(b, l, r); };
  Value half = constantF32(b, 0.5), one = constantF32(b, 1), zero = constantF32(b, 0);
  Value in = toF32(b, axis.in), out = axis.width;
  auto ifSeveral = [&](Value several, Value single) -> Value {
    Value isSingle = arith::CmpFOp::create(b, arith::CmpFPredicate::OLE, out, one);
    return arith::SelectOp::create(b, isSingle, single, several);
  };
  if (mode == "asymmetric")
    return div(x, axis.scale);
  if (mode == "align_corners")
    return ifSeveral(div(mul(x, sub(in, one)), sub(out, one)), zero);
  if (mode == "tf_half_pixel_for_nn")
    return div(add(x, half), axis.scale);
  if (mode == "tf_crop_and_resize") {
    Value last = sub(in, one);
    Value step = div(mul(sub(axis.roiEnd, axis.roiStart), last), sub(out, one));
    Value middle = mul(mul(half, add(axis.roiStart, axis.roiEnd)), last);
    return ifSeveral(add(mul(axis.roiStart, last), mul(x, step)), middle);
  }
  Value position = sub(div(add(x, half), axis.scale), half);
  if (mode == "pytorch_half_pixel")
    return ifSeveral(position, zero);
  if (mode == "half_pixel_symmetric") {
    Value adjustment = div(toF32(b, axis.out), out);
    return add(mul(mul(in, half), sub(one, adjustment)), position);
  }
  return position;
}

Value toWhole(Builder &b, Value value) { return arith::FPToSIOp::create(b, b.getI64Type(), value); }

Value nearest(Builder &b, StringRef mode, Value x) {
  Value half = constantF32(b, 0.5);
  if (mode == "floor")
    return math::FloorOp::create(b, x);
  if (mode == "ceil")
    return math::CeilOp::create(b, x);
  if (mode == "round_prefer_ceil")
    return math::FloorOp::create(b, arith::AddFOp::create(b, x, half));
  return math::CeilOp::create(b, arith::SubFOp::create(b, x, half));
}

Value positionOf(Builder &b, StringRef mode, const Axis &axis, Value index) {
  Value whole = arith::IndexCastOp::create(b, b.getI64Type(), index);
  return originalPosition(b, mode, axis, arith::SIToFPOp::create(b, b.getF32Type(), whole));
}

Value clampWhole(Builder &b, Value value, Value last) {
  return arith::MaxSIOp::create(b, arith::MinSIOp::create(b, value, last), integer(b, b.getI64Type(), 0));
}

Value weightAt(Builder &b, bool isCubic, double a, Value d) {
  auto constant = [&](double value) { return constantF32(b, value); };
  auto fma = [&](Value x, Value y, Value z) -> Value {
    return arith::AddFOp::create(b, arith::MulFOp::create(b, x, y), z);
  };
  if (!isCubic)
    return arith::MaximumFOp::create(b, arith::SubFOp::create(b, constant(1), d), constant(0));
  Value square = arith::MulFOp::create(b, d, d);
  // ((a + 2) d - (a + 3)) d^2 + 1, and ((a d - 5 a) d + 8 a) d - 4 a beyond 1.
  Value inner = fma(fma(constant(a + 2), d, constant(-(a + 3))), square, constant(1));
  Value outer = fma(fma(fma(constant(a), d, constant(-5 * a)), d, constant(8 * a)), d, constant(-4 * a));
  Value isInner = arith::CmpFOp::create(b, arith::CmpFPredicate::OLE, d, constant(1));
  Value isOuter = arith::CmpFOp::create(b, arith::CmpFPredicate::OLT, d, constant(2));
  return arith::SelectOp::create(b, isInner, inner, arith::SelectOp::create(b, isOuter, outer, constant(0)));
}

} // namespace quern::lowering::resize
