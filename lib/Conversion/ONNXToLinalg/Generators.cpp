// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Tensors made from numbers: ranges, diagonals, triangles.

#include "Axes.h"

using namespace mlir;

namespace quern::lowering {
namespace {

/// start + i * delta for i < ceil((limit - start) / delta).
struct LowerRange : Lowering<onnx::RangeOp> {
  using Lowering::Lowering;
  LogicalResult lower(onnx::RangeOp op, Adaptor adaptor, Builder &b, Rewriter &rewriter) const override {
    auto type = resultType(op);
    Type element = type.getElementType();
    Value start = readScalar(b, adaptor.getStart()), limit = readScalar(b, adaptor.getLimit());
    Value delta = readScalar(b, adaptor.getDelta());
    bool isFloat = isa<FloatType>(element), isUnsigned = lowering::isUnsigned(op.getStart().getType());
    // Narrow floats are computed in f32, where the standard asks for it.
    Type wide = element;
    if (isFloat && element.getIntOrFloatBitWidth() < 32 && op.getStashType() == 1) {
      wide = b.getF32Type();
      for (Value *bound : {&start, &limit, &delta})
        *bound = convertScalar(b, *bound, wide, false, false);
    }
    Size count;
    if (isFloat) {
      Value distance = arith::SubFOp::create(b, limit, start);
      Value steps = math::CeilOp::create(b, arith::DivFOp::create(b, distance, delta));
      Value whole = convertScalar(b, steps, b.getI64Type(), false, false);
      count = Size(arith::IndexCastOp::create(b, b.getIndexType(), whole).getResult());
    } else {
      Size step = toSize(b, delta, isUnsigned);
      if (isKnown(step, 0))
        return unsupported(rewriter, op, "expects a delta that is not zero");
      if (!known(step)) {
        Value zero = asValue(b, size(b, 0));
        check(b, arith::CmpIOp::create(b, arith::CmpIPredicate::ne, asValue(b, step), zero),
              "the delta of a range is zero");
        step = selectEqual(b, step, size(b, 0), size(b, 1), step);
      }
      count = ceilDiv(b, sub(b, toSize(b, limit, isUnsigned), toSize(b, start, isUnsigned)), step);
    }
    count = max(b, count, size(b, 0));
    Value result = fromIndices(b, refine(b, {count}, type), element, [&](Builder &b, ValueRange indices) -> Value {
      Value i = arith::IndexCastOp::create(b, b.getI64Type(), indices[0]);
      i = convertScalar(b, i, wide, false, isUnsigned);
      if (isFloat)
        return convertScalar(b, arith::AddFOp::create(b, start, arith::MulFOp::create(b, i, delta)), element, false,
                             false);
      return arith::AddIOp::create(b, start, arith::MulIOp::create(b, i, delta));
    });
    replace(rewriter, op, b, result);
    return success();
  }
};

struct LowerEyeLike : Lowering<onnx::EyeLikeOp> {
  using Lowering::Lowering;
  LogicalResult lower(onnx::EyeLikeOp op, Adaptor adaptor, Builder &b, Rewriter &rewriter) const override {
    auto type = resultType(op);
    Type element = type.getElementType();
    Value result = fromIndices(b, shapeOf(b, adaptor.getInput()), element, [&](Builder &b, ValueRange at) -> Value {
      Value column = arith::AddIOp::create(b, at[0], arith::ConstantIndexOp::create(b, op.getK()));
      Value isOne = arith::CmpIOp::create(b, arith::CmpIPredicate::eq, column, at[1]);
      return arith::SelectOp::create(b, isOne, scalar(b, element, 1), scalar(b, element, 0));
    });
    replace(rewriter, op, b, result);
    return success();
  }
};

/// Keeps j - i >= k of the upper triangle, j - i <= k of the lower.
struct LowerTrilu : Lowering<onnx::TriluOp> {
  using Lowering::Lowering;
  LogicalResult lower(onnx::TriluOp op, Adaptor adaptor, Builder &b, Rewriter &rewriter) const override {
    auto type = resultType(op);
    int64_t rank = type.getRank();
    Size diagonal = adaptor.getK() ? readNumber(b, adaptor.getK()) : size(b, 0);
    Value k = asValue(b, diagonal);
    Value result = mapTensor(b, adaptor.getInput(), type.getElementType(), [&](Builder &b, Value x) -> Value {
      Value row = linalg::IndexOp::create(b, rank - 2), column = linalg::IndexOp::create(b, rank - 1);
      Value limit = arith::AddIOp::create(b, row, k);
      auto predicate = op.getUpper() ? arith::CmpIPredicate::sge : arith::CmpIPredicate::sle;
      Value isKept = arith::CmpIOp::create(b, predicate, column, limit);
      return arith::SelectOp::create(b, isKept, x, scalar(b, x.getType(), 0));
    });
    replace(rewriter, op, b, result);
    return success();
  }
};

} // namespace

void addGenerators(Patterns &patterns, Converter &converter) {
  patterns.add<LowerRange, LowerEyeLike, LowerTrilu>(converter, patterns.getContext());
}

} // namespace quern::lowering
