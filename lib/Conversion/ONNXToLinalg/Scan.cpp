// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Running sums and products: a loop along the axis that carries a slice.

#include "Axes.h"
#include "Broadcast.h"
#include "Loops.h"

using namespace mlir;

namespace quern::lowering {
namespace {

template <typename Op, bool isProduct>
struct LowerRunning : Lowering<Op> {
  using Lowering<Op>::Lowering;
  LogicalResult lower(Op op, typename Op::Adaptor adaptor, Builder &b,
                      ConversionPatternRewriter &rewriter) const override {
    Value input = adaptor.getX();
    auto type = cast<RankedTensorType>(input.getType());
    if (type.getRank() == 0)
      return this->unsupported(rewriter, op, "expects a tensor of rank 1 or more");
    Size axis = readNumber(b, adaptor.getAxis());
    Size rank = size(b, type.getRank());
    axis = selectNegative(b, axis, add(b, axis, rank), axis);
    if (auto number = known(axis)) {
      if (*number < 0 || *number >= type.getRank())
        return this->unsupported(rewriter, op, "expects an axis within the rank");
      this->replace(rewriter, op, b, runAlong(op, b, input, *number));
      return success();
    }
    // An axis of the run: one loop for each that it may be.
    Value number = asValue(b, axis);
    check(b, arith::CmpIOp::create(b, arith::CmpIPredicate::ult, number, asValue(b, rank)), "axis out of range");
    SmallVector<int64_t> cases = llvm::to_vector(llvm::seq<int64_t>(1, type.getRank()));
    auto choice = scf::IndexSwitchOp::create(b, TypeRange(type), number, cases, cases.size());
    for (int64_t at : llvm::seq(type.getRank())) {
      Region &region = at == 0 ? choice.getDefaultRegion() : choice.getCaseRegions()[at - 1];
      OpBuilder::InsertionGuard guard(b);
      b.createBlock(&region);
      scf::YieldOp::create(b, castTo(b, runAlong(op, b, input, at), type));
    }
    this->replace(rewriter, op, b, choice.getResults());
    return success();
  }

  static Value runAlong(Op op, Builder &b, Value input, int64_t axis) {
    auto type = cast<RankedTensorType>(input.getType());
    Type element = type.getElementType();
    Sizes shape = shapeOf(b, input), sliceShape(shape);
    sliceShape.erase(sliceShape.begin() + axis);
    auto sliceType = RankedTensorType::get(staticShape(sliceShape), element);
    Value total = filledTensor(b, sliceShape, scalar(b, element, isProduct ? 1 : 0));
    Value init = emptyTensor(b, shape, element);
    Value last = asValue(b, sub(b, shape[axis], size(b, 1)));
    return loop(b, shape[axis], {init, total},
                [&](Builder &b, Value index, ValueRange state) {
                  Value at = op.getReverse() ? Value(arith::SubIOp::create(b, last, index)) : index;
                  Value slice = sliceAt(b, input, axis, at);
                  Value next = pointwise(b, {state[1], slice}, sliceType, [](Builder &b, ValueRange args) -> Value {
                    if (isa<FloatType>(args[0].getType()))
                      return isProduct ? Value(arith::MulFOp::create(b, args[0], args[1]))
                                       : Value(arith::AddFOp::create(b, args[0], args[1]));
                    return isProduct ? Value(arith::MulIOp::create(b, args[0], args[1]))
                                     : Value(arith::AddIOp::create(b, args[0], args[1]));
                  });
                  Value written = insertAt(b, state[0], op.getExclusive() ? state[1] : next, axis, at);
                  return SmallVector<Value>{written, next};
                })
        .front();
  }
};

} // namespace

void addScans(Patterns &patterns, Converter &converter) {
  patterns.add<LowerRunning<onnx::CumSumOp, false>, LowerRunning<onnx::CumProdOp, true>>(converter,
                                                                                         patterns.getContext());
}

} // namespace quern::lowering
