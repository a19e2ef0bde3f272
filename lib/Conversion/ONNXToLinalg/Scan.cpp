// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Running sums and products: a loop along the axis that carries a slice.

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
    auto axes = constantIntegers(adaptor.getAxis());
    if (!axes || axes->empty() || type.getRank() == 0)
      return this->unsupported(rewriter, op, "expects a constant axis");
    int64_t axis = axes->front() + (axes->front() < 0 ? type.getRank() : 0);
    if (axis < 0 || axis >= type.getRank())
      return this->unsupported(rewriter, op, "expects an axis within the rank");
    Type element = type.getElementType();
    Sizes shape = shapeOf(b, input), sliceShape(shape);
    sliceShape.erase(sliceShape.begin() + axis);
    auto sliceType = RankedTensorType::get(staticShape(sliceShape), element);
    Value total = filledTensor(b, sliceShape, scalar(b, element, isProduct ? 1 : 0));
    Value init = emptyTensor(b, shape, element);
    Value last = asValue(b, sub(b, shape[axis], size(b, 1)));
    Value result = loop(b, shape[axis], {init, total}, [&](Builder &b, Value index, ValueRange state) {
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
                   }).front();
    this->replace(rewriter, op, b, result);
    return success();
  }
};

} // namespace

void addScans(Patterns &patterns, Converter &converter) {
  patterns.add<LowerRunning<onnx::CumSumOp, false>, LowerRunning<onnx::CumProdOp, true>>(converter,
                                                                                       patterns.getContext());
}

} // namespace quern::lowering
