// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// ArgMax and ArgMin: a reduction that carries the best element and its index.

#include "Reduction.h"

using namespace mlir;

namespace quern::lowering {
namespace {

template <typename Op, bool isMax>
struct LowerArgReduction : Lowering<Op> {
  using Lowering<Op>::Lowering;
  LogicalResult lower(Op op, typename Op::Adaptor adaptor, Builder &b,
                      ConversionPatternRewriter &rewriter) const override {
    Value data = adaptor.getData();
    auto type = cast<RankedTensorType>(data.getType());
    int64_t axis = op.getAxis() + (op.getAxis() < 0 ? type.getRank() : 0);
    if (type.getRank() == 0)
      return this->unsupported(rewriter, op, "expects a tensor of rank 1 or more");
    bool isUnsigned = lowering::isUnsigned(op.getData().getType()), last = op.getSelectLastIndex();
    Type element = type.getElementType(), i64 = b.getI64Type();

    SmallVector<bool> reduced(type.getRank(), false);
    reduced[axis] = true;
    Sizes kept = shapeOf(b, data);
    kept.erase(kept.begin() + axis);
    SmallVector<utils::IteratorType> iterators(type.getRank(), utils::IteratorType::parallel);
    iterators[axis] = utils::IteratorType::reduction;
    AffineMap identity = b.getMultiDimIdentityMap(type.getRank());
    AffineMap keptMap = identity.dropResult(axis);
    // Unsigned numbers are compared as signed ones, with the upper bit flipped: the initial values of numbers and of
    // indices are never alike, and have buffers of their own.
    auto toKey = [&](Builder &b, Value x) -> Value {
      return isUnsigned ? arith::XOrIOp::create(b, x, lowest(b, element, /*isUnsigned=*/false)) : x;
    };
    Value best = filledTensor(b, kept, isMax ? lowest(b, element, false) : highest(b, element, false));
    Value at = filledTensor(b, kept, integer(b, i64, 0));
    SmallVector<Value> results = generic(
        b, data, {best, at}, {identity, keptMap, keptMap}, iterators,
        [&](Builder &b, ValueRange args) -> SmallVector<Value> {
          Value key = toKey(b, args[0]);
          Value better = isBetter(b, key, args[1], last);
          Value index = arith::IndexCastOp::create(b, i64, linalg::IndexOp::create(b, axis));
          return {arith::SelectOp::create(b, better, key, args[1]), arith::SelectOp::create(b, better, index, args[2])};
        });
    this->replace(rewriter, op, b, keepDims(b, results[1], reduced, op.getKeepdims()));
    return success();
  }

  static Value isBetter(Builder &b, Value x, Value best, bool orEqual) {
    if (isa<FloatType>(x.getType())) {
      using P = arith::CmpFPredicate;
      P predicate = isMax ? (orEqual ? P::OGE : P::OGT) : (orEqual ? P::OLE : P::OLT);
      return arith::CmpFOp::create(b, predicate, x, best);
    }
    using P = arith::CmpIPredicate;
    P predicate = isMax ? (orEqual ? P::sge : P::sgt) : (orEqual ? P::sle : P::slt);
    return arith::CmpIOp::create(b, predicate, x, best);
  }
};

} // namespace

void addArgReductions(Patterns &patterns, Converter &converter) {
  patterns.add<LowerArgReduction<onnx::ArgMaxOp, true>, LowerArgReduction<onnx::ArgMinOp, false>>(
      converter, patterns.getContext());
}

} // namespace quern::lowering
