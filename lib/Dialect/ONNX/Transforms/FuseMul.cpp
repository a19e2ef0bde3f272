// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// onnx-fuse-mul: a multiplication per channel into the weights before it.

#include "Linear.h"

#include "quern/Dialect/ONNX/Transforms/Passes.h"
#include "quern/Support/Remark.h"

using namespace mlir;

namespace quern::onnx {
#define GEN_PASS_DEF_FUSEMULPASS
#include "quern/Dialect/ONNX/Transforms/Passes.h.inc"

namespace {

struct FuseMulPass : impl::FuseMulPassBase<FuseMulPass> {
  void runOnOperation() override {
    Constness constness;
    getOperation().walk([&](Operation *op) {
      if (!isa<MulOp, DivOp>(op) || constness.isFoldable(op))
        return;
      // The product with a constant: of the two factors either, of a quotient the divisor.
      Value left = op->getOperand(0), right = op->getOperand(1);
      if (isa<MulOp>(op) && constness.isConstant(left))
        std::swap(left, right);
      if (!constness.isConstant(right))
        return;
      std::string whyNot;
      if (!fuseInto(op, left, right, constness, whyNot))
        remarkMissed(op, getArgument(), "not fused: {0}", whyNot);
    });
  }

private:
  static bool fuseInto(Operation *op, Value product, Value constant, Constness &constness, std::string &whyNot) {
    std::optional<Linear> linear = Linear::match(product, op, constness, whyNot);
    if (!linear)
      return false;
    OpBuilder builder(op);
    Formula f(builder, fuse(linear->getLoc(), op->getLoc()));
    Term a = linear->channelVector(f, constant, whyNot);
    if (!a)
      return false;
    if (isa<DivOp>(op))
      a = 1.0 / a;
    Term bias = linear->bias(f);
    Term y = linear->rebuild(f, linear->scaleWeights(f, a), bias ? bias * a : bias);

    Operation *producer = product.getDefiningOp();
    op->getResult(0).replaceAllUsesWith(y);
    constness.erase(op);
    constness.erase(producer);
    return true;
  }
};

} // namespace
} // namespace quern::onnx
