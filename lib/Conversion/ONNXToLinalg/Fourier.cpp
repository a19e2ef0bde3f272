// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// DFT of a length that only the run knows (or has a large prime factor): the sum as
// it is written, with a table of one turn's sines and cosines. Other lengths are
// products with constant matrices by then (onnx-decompose).

#include "Axes.h"
#include "Contraction.h"
#include "Loops.h"
#include "Numbers.h"

using namespace mlir;

namespace quern::lowering {
namespace {

/// [n, 2]: cosine and sine of 2 pi i / n.
Value turn(Builder &b, Size n, Type real) {
  Type f64 = b.getF64Type();
  Value count = asValue(b, n);
  return fromIndices(b, {n, size(b, 2)}, real, [&](Builder &b, ValueRange at) {
    Num angle = toFloat(Num(b, at[0]), f64) / toFloat(Num(b, count), f64) * (2 * M_PI);
    Value cosine = math::CosOp::create(b, angle), sine = math::SinOp::create(b, angle);
    return convertScalar(b, select(Num(b, at[1]) == 0, cosine, sine), real, false, false);
  });
}

struct LowerDFT : Lowering<onnx::DFTOp> {
  using Lowering::Lowering;
  LogicalResult lower(onnx::DFTOp op, Adaptor adaptor, Builder &b, Rewriter &rewriter) const override {
    Value x = adaptor.getInput();
    Sizes shape = shapeOf(b, x);
    int64_t rank = shape.size(), axis = -2;
    if (adaptor.getAxis()) {
      auto constant = constantIntegers(adaptor.getAxis());
      if (!constant || constant->size() != 1)
        return unsupported(rewriter, op, "expects a constant axis");
      axis = constant->front();
    }
    axis += axis < 0 ? rank : 0;
    if (rank < 2 || axis < 0 || axis >= rank - 1)
      return unsupported(rewriter, op, "expects an axis other than the last");
    Size length = shape[axis], parts = shape.back(), one = size(b, 1);
    bool isReal = op.getInverse() && op.getOnesided();
    if (adaptor.getDftLength())
      length = readNumber(b, adaptor.getDftLength());
    else if (isReal)
      length = mul(b, sub(b, length, one), size(b, 2));
    if (known(length).value_or(0) < 1)
      check(b, Num(b, asValue(b, length)) >= 1, "a transform has no elements");
    length = max(b, length, one);
    if (!known(parts)) {
      Num number(b, asValue(b, parts));
      check(b, number == 1 || number == 2, "the last dimension is not that of a real or a complex number");
    }

    Type element = getElementTypeOrSelf(x), real = accumulatorOf(b, element);
    Size half = add(b, floorDiv(b, length, size(b, 2)), one);
    Size given = min(b, shape[axis], isReal ? half : length);
    Sizes out(shape);
    out[axis] = op.getOnesided() && !isReal ? half : length;
    out.back() = size(b, isReal ? 1 : 2);
    Value table = turn(b, length, real), n = asValue(b, length), count = asValue(b, given);
    Value hasImaginary = Num(b, asValue(b, parts)) == 2, lastPart = Num(b, asValue(b, parts)) - 1;
    Value result = fromIndices(b, out, element, [&](Builder &b, ValueRange at) -> Value {
      Value zero = scalar(b, real, 0), k = at[axis], start = asValue(b, size(b, 0));
      Num isImaginary = Num(b, at.back()) != 0;
      // The phase j k mod n goes round as j goes on.
      Num sum(b, loop(b, Size(count), {zero, start}, [&](Builder &b, Value j, ValueRange state) {
                   SmallVector<Value> where(at);
                   where[axis] = j;
                   auto part = [&](Value index) {
                     where.back() = index;
                     return Num(b, convertScalar(b, extract(b, x, where), real, false, false));
                   };
                   Num re = part(asValue(b, size(b, 0)));
                   Num im = select(Num(b, hasImaginary), part(lastPart), zero);
                   Num phase(b, state[1]);
                   Num c(b, extract(b, table, {phase, asValue(b, size(b, 0))}));
                   Num s(b, extract(b, table, {phase, asValue(b, size(b, 1))}));
                   s = op.getInverse() ? s : 0 - s;
                   Num term = re * c - im * s;
                   if (!isReal) {
                     term = select(Num(b, isImaginary), re * s + im * c, term);
                   } else {
                     // Each stands for its mirror image too, but for the first and the one in the middle.
                     Num isAlone = Num(b, j) == 0 || Num(b, j) * 2 == n;
                     term = select(isAlone, re * c, term * 2);
                   }
                   Num next = phase + k;
                   next = select(next >= n, next - n, next);
                   return SmallVector<Value>{Num(b, state[0]) + term, next};
                 }).front());
      if (op.getInverse())
        sum = sum / toFloat(Num(b, n), real);
      return convertScalar(b, sum, element, false, false);
    });
    replace(rewriter, op, b, result);
    return success();
  }
};

} // namespace

void addFourier(Patterns &patterns, Converter &converter) { patterns.add<LowerDFT>(converter, patterns.getContext()); }

} // namespace quern::lowering
