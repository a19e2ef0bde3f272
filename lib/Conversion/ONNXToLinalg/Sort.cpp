// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// TopK by ranks: an element's rank is the number of elements before it in the
// order; the result at position o is the element of rank o. Both steps are
// reductions without data-dependent control flow.

#include "Axes.h"

using namespace mlir;

namespace quern::lowering {
namespace {

struct LowerTopK : Lowering<onnx::TopKOp> {
  using Lowering::Lowering;
  LogicalResult lower(onnx::TopKOp op, Adaptor adaptor, Builder &b, Rewriter &rewriter) const override {
    Value input = adaptor.getX();
    auto type = cast<RankedTensorType>(input.getType());
    int64_t rank = type.getRank(), axis = op.getAxis() + (op.getAxis() < 0 ? rank : 0);
    if (rank == 0)
      return unsupported(rewriter, op, "expects a tensor of rank 1 or more");
    bool isUnsigned = lowering::isUnsigned(op.getX().getType()), largest = op.getLargest();
    Type element = type.getElementType(), i64 = b.getI64Type();
    Sizes shape = shapeOf(b, input), outShape(shape);
    Size count = readNumber(b, adaptor.getK());
    checkSize(b, count);
    outShape[axis] = refine(b, count, RankedTensorType::get(resultType(op).getDimSize(axis), b.getI8Type()))[0];
    if (!(known(count) && known(shape[axis]) && *known(count) <= *known(shape[axis])))
      check(b, arith::CmpIOp::create(b, arith::CmpIPredicate::sle, asValue(b, count), asValue(b, shape[axis])),
            "more elements are asked for than there are");

    // Loops: the dimensions, and once more the axis.
    MLIRContext *context = b.getContext();
    AffineMap identity = AffineMap::getMultiDimIdentityMap(rank + 1, context).getMajorSubMap(rank);
    SmallVector<AffineExpr> otherExprs = llvm::to_vector(identity.getResults());
    otherExprs[axis] = b.getAffineDimExpr(rank);
    AffineMap other = AffineMap::get(rank + 1, 0, otherExprs, context);
    SmallVector<utils::IteratorType> iterators(rank, utils::IteratorType::parallel);
    iterators.push_back(utils::IteratorType::reduction);
    Value zeros = filledTensor(b, shape, integer(b, i64, 0));
    Value ranks = generic(b, {input, input}, zeros, {identity, other, identity}, iterators,
                          [&](Builder &b, ValueRange args) -> SmallVector<Value> {
                            Value self = linalg::IndexOp::create(b, axis), peer = linalg::IndexOp::create(b, rank);
                            Value isBefore = precedes(b, args[1], args[0], peer, self, largest, isUnsigned);
                            return {arith::AddIOp::create(b, args[2], arith::ExtUIOp::create(b, i64, isBefore))};
                          })
                      .front();
    Value values = filledTensor(b, outShape, scalar(b, element, 0));
    Value indices = filledTensor(b, outShape, integer(b, i64, 0));
    replace(rewriter, op, b,
            generic(b, {input, ranks}, {values, indices}, {other, other, identity, identity}, iterators,
                    [&](Builder &b, ValueRange args) -> SmallVector<Value> {
                      Value position = arith::IndexCastOp::create(b, i64, linalg::IndexOp::create(b, axis));
                      Value source = arith::IndexCastOp::create(b, i64, linalg::IndexOp::create(b, rank));
                      Value isHere = arith::CmpIOp::create(b, arith::CmpIPredicate::eq, args[1], position);
                      return {arith::SelectOp::create(b, isHere, args[0], args[2]),
                              arith::SelectOp::create(b, isHere, source, args[3])};
                    }));
    return success();
  }

  /// The order is total: NaN is the largest, equal elements go by their indices.
  static Value precedes(Builder &b, Value x, Value y, Value xIndex, Value yIndex, bool largest, bool isUnsigned) {
    Value better, equal;
    if (isa<FloatType>(x.getType())) {
      auto isNaN = [&](Value v) -> Value { return arith::CmpFOp::create(b, arith::CmpFPredicate::UNO, v, v); };
      Value xNaN = isNaN(x), yNaN = isNaN(y), one = integer(b, b.getI1Type(), 1);
      Value above = arith::CmpFOp::create(b, largest ? arith::CmpFPredicate::OGT : arith::CmpFPredicate::OLT, x, y);
      Value first = largest ? xNaN : yNaN, second = largest ? yNaN : xNaN;
      Value onlyFirst = arith::AndIOp::create(b, first, arith::XOrIOp::create(b, second, one));
      better = arith::OrIOp::create(b, above, onlyFirst);
      Value bothNaN = arith::AndIOp::create(b, xNaN, yNaN);
      equal = arith::OrIOp::create(b, arith::CmpFOp::create(b, arith::CmpFPredicate::OEQ, x, y), bothNaN);
    } else {
      using P = arith::CmpIPredicate;
      P predicate = isUnsigned ? (largest ? P::ugt : P::ult) : (largest ? P::sgt : P::slt);
      better = arith::CmpIOp::create(b, predicate, x, y);
      equal = arith::CmpIOp::create(b, P::eq, x, y);
    }
    Value earlier = arith::CmpIOp::create(b, arith::CmpIPredicate::ult, xIndex, yIndex);
    return arith::OrIOp::create(b, better, arith::AndIOp::create(b, equal, earlier));
  }
};

} // namespace

void addSorts(Patterns &patterns, Converter &converter) { patterns.add<LowerTopK>(converter, patterns.getContext()); }

} // namespace quern::lowering
