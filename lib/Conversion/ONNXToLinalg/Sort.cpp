// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// TopK: the indices of the elements in order, then the elements there. A few
// are ordered by their ranks (the number of elements before them), many by a
// bitonic network, whose every step compares all elements with a partner.

#include "Axes.h"
#include "Loops.h"

using namespace mlir;

namespace quern::lowering {
namespace {

/// More elements than these are ordered by a network.
constexpr int64_t kMaxRanked = 64;

/// What is ordered: the elements along an axis.
struct Order {
  Value input;
  int64_t axis;
  Size extent;
  bool largest, isUnsigned;
};

/// The order is total: NaN is the largest, equal elements go by their indices.
Value precedes(Builder &b, Value x, Value y, Value xIndex, Value yIndex, bool largest, bool isUnsigned) {
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

/// The index of each element of a rank up to `shape`.
Value orderByRanks(Builder &b, const Order &order, ArrayRef<Size> shape) {
  // Loops: the dimensions, and once more the axis.
  MLIRContext *context = b.getContext();
  Type i64 = b.getI64Type();
  int64_t rank = shape.size(), axis = order.axis;
  AffineMap identity = AffineMap::getMultiDimIdentityMap(rank + 1, context).getMajorSubMap(rank);
  SmallVector<AffineExpr> otherExprs = llvm::to_vector(identity.getResults());
  otherExprs[axis] = b.getAffineDimExpr(rank);
  AffineMap other = AffineMap::get(rank + 1, 0, otherExprs, context);
  SmallVector<utils::IteratorType> iterators(rank, utils::IteratorType::parallel);
  iterators.push_back(utils::IteratorType::reduction);
  Value zeros = filledTensor(b, shapeOf(b, order.input), integer(b, i64, 0));
  Value ranks = generic(b, {order.input, order.input}, zeros, {identity, other, identity}, iterators,
                        [&](Builder &b, ValueRange args) -> SmallVector<Value> {
                          Value self = linalg::IndexOp::create(b, axis), peer = linalg::IndexOp::create(b, rank);
                          Value isBefore = precedes(b, args[1], args[0], peer, self, order.largest, order.isUnsigned);
                          return {arith::AddIOp::create(b, args[2], arith::ExtUIOp::create(b, i64, isBefore))};
                        })
                    .front();
  Value none = filledTensor(b, shape, integer(b, i64, 0));
  return generic(b, ranks, none, {other, identity}, iterators,
                 [&](Builder &b, ValueRange args) -> SmallVector<Value> {
                   Value position = arith::IndexCastOp::create(b, i64, linalg::IndexOp::create(b, axis));
                   Value source = arith::IndexCastOp::create(b, i64, linalg::IndexOp::create(b, rank));
                   Value isHere = arith::CmpIOp::create(b, arith::CmpIPredicate::eq, args[0], position);
                   return {arith::SelectOp::create(b, isHere, source, args[1])};
                 })
      .front();
}

/// The power of two from `extent` on, as a number of bits.
Size bitsFor(Builder &b, Size extent) {
  if (auto number = known(extent))
    return size(b, llvm::Log2_64_Ceil(std::max<int64_t>(*number, 1)));
  Size bits = size(b, 0), one = size(b, 1);
  for (int64_t bit = 0; bit < 40; ++bit) {
    Size isOver = selectNegative(b, sub(b, size(b, int64_t(1) << bit), extent), one, size(b, 0));
    bits = Size(arith::AddIOp::create(b, asValue(b, bits), asValue(b, isOver)).getResult());
  }
  return bits;
}

/// The same by a bitonic network over indices, for whose length the next power of two is taken: those that stand for
/// no element come last.
Value orderByNetwork(Builder &b, const Order &order, ArrayRef<Size> shape) {
  Type i64 = b.getI64Type();
  Value one = asValue(b, size(b, 1)), extent = asValue(b, order.extent);
  Size bits = bitsFor(b, order.extent);
  Sizes whole = shapeOf(b, order.input);
  whole[order.axis] = known(bits) ? size(b, int64_t(1) << *known(bits))
                                  : Size(arith::ShLIOp::create(b, one, asValue(b, bits)).getResult());
  auto toIndex = [](Builder &b, Value value) -> Value {
    return arith::IndexCastOp::create(b, b.getIndexType(), value);
  };
  Value start = fromIndices(b, whole, i64, [&](Builder &b, ValueRange at) -> Value {
    return arith::IndexCastOp::create(b, i64, at[order.axis]);
  });
  auto step = [&](Builder &b, Value indices, Value width, Value distance) {
    return fromIndices(b, whole, i64, [&](Builder &b, ValueRange at) -> Value {
      Value zero = arith::ConstantIndexOp::create(b, 0), last = arith::SubIOp::create(b, extent, one);
      Value position = at[order.axis];
      SmallVector<Value> self(at), partner(at), here(at), there(at);
      partner[order.axis] = arith::XOrIOp::create(b, position, distance);
      Value own = toIndex(b, extract(b, indices, self)), other = toIndex(b, extract(b, indices, partner));
      here[order.axis] = arith::MinUIOp::create(b, own, last);
      there[order.axis] = arith::MinUIOp::create(b, other, last);
      Value isFirst = precedes(b, extract(b, order.input, here), extract(b, order.input, there), own, other,
                               order.largest, order.isUnsigned);
      auto isThere = [&](Value index) -> Value {
        return arith::CmpIOp::create(b, arith::CmpIPredicate::ult, index, extent);
      };
      auto isClear = [&](Value bit) -> Value {
        return arith::CmpIOp::create(b, arith::CmpIPredicate::eq, arith::AndIOp::create(b, position, bit), zero);
      };
      Value otherIsNone = arith::XOrIOp::create(b, isThere(other), integer(b, b.getI1Type(), 1));
      isFirst = arith::AndIOp::create(b, isThere(own), arith::OrIOp::create(b, otherIsNone, isFirst));
      // Runs go up and down in turn; the lower of a pair takes what is first in the order of its run.
      Value wantsFirst = arith::CmpIOp::create(b, arith::CmpIPredicate::eq, isClear(width), isClear(distance));
      Value keeps = arith::CmpIOp::create(b, arith::CmpIPredicate::eq, wantsFirst, isFirst);
      return arith::IndexCastOp::create(b, i64, arith::SelectOp::create(b, keeps, own, other));
    });
  };
  Value sorted = loop(b, bits, start, [&](Builder &b, Value stage, ValueRange state) {
                   Value width = arith::ShLIOp::create(b, asValue(b, size(b, 2)), stage);
                   Size steps = Size(arith::AddIOp::create(b, stage, asValue(b, size(b, 1))).getResult());
                   return loop(b, steps, state, [&](Builder &b, Value turn, ValueRange state) {
                     Value shift = arith::SubIOp::create(b, stage, turn);
                     Value distance = arith::ShLIOp::create(b, asValue(b, size(b, 1)), shift);
                     return SmallVector<Value>{step(b, state[0], width, distance)};
                   });
                 }).front();
  return sliceTensor(b, sorted, Sizes(shape.size(), size(b, 0)), shape);
}

struct LowerTopK : Lowering<onnx::TopKOp> {
  using Lowering::Lowering;
  LogicalResult lower(onnx::TopKOp op, Adaptor adaptor, Builder &b, Rewriter &rewriter) const override {
    Value input = adaptor.getX();
    auto type = cast<RankedTensorType>(input.getType());
    int64_t rank = type.getRank(), axis = op.getAxis() + (op.getAxis() < 0 ? rank : 0);
    if (rank == 0)
      return unsupported(rewriter, op, "expects a tensor of rank 1 or more");
    bool isUnsigned = lowering::isUnsigned(op.getX().getType());
    Sizes shape = shapeOf(b, input), outShape(shape);
    Size count = readNumber(b, adaptor.getK());
    checkSize(b, count);
    outShape[axis] = refine(b, count, RankedTensorType::get(resultType(op).getDimSize(axis), b.getI8Type()))[0];
    if (!(known(count) && known(shape[axis]) && *known(count) <= *known(shape[axis])))
      check(b, arith::CmpIOp::create(b, arith::CmpIPredicate::sle, asValue(b, count), asValue(b, shape[axis])),
            "more elements are asked for than there are");

    Order order{input, axis, shape[axis], op.getLargest() != 0, isUnsigned};
    Value indices = known(shape[axis]).value_or(kMaxRanked + 1) <= kMaxRanked ? orderByRanks(b, order, outShape)
                                                                              : orderByNetwork(b, order, outShape);
    auto byIndex = fromIndices(b, outShape, type.getElementType(), [&](Builder &b, ValueRange at) {
      SmallVector<Value> source(at);
      source[axis] = arith::IndexCastOp::create(b, b.getIndexType(), extract(b, indices, llvm::to_vector(at)));
      return extract(b, input, source);
    });
    replace(rewriter, op, b, {byIndex, indices});
    return success();
  }
};

} // namespace

void addSorts(Patterns &patterns, Converter &converter) { patterns.add<LowerTopK>(converter, patterns.getContext()); }

} // namespace quern::lowering
