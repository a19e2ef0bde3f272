// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// onnx-fuse-bias: an addition per channel into the bias before it.

#include "Linear.h"

#include "quern/Dialect/ONNX/Transforms/Passes.h"
#include "quern/Support/Remark.h"

using namespace mlir;

namespace quern::onnx {
#define GEN_PASS_DEF_FUSEBIASPASS
#include "quern/Dialect/ONNX/Transforms/Passes.h.inc"

namespace {

struct FuseBiasPass : impl::FuseBiasPassBase<FuseBiasPass> {
  void runOnOperation() override {
    Constness constness;
    getOperation().walk([&](Operation *op) {
      if (!isa<AddOp, SubOp>(op) || constness.isFoldable(op))
        return;
      Value left = op->getOperand(0), right = op->getOperand(1);
      if (isa<AddOp>(op) && constness.isConstant(left))
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
    if (!linear->takesBias()) {
      whyNot = "the MatMul before it has batches";
      return false;
    }
    OpBuilder builder(op);
    Formula f(builder, fuse(linear->getLoc(), op->getLoc()));
    Term c = linear->channelVector(f, constant, whyNot);
    if (!c)
      return false;
    if (isa<SubOp>(op))
      c = -c;
    Term bias = linear->bias(f);
    if (bias)
      c = bias + c;
    else if (c.size(0) != linear->numChannels())
      c = expand(c, f.integers({linear->numChannels()}));
    Term y = linear->rebuild(f, linear->weights(f), c);

    Operation *producer = product.getDefiningOp();
    op->getResult(0).replaceAllUsesWith(y);
    constness.erase(op);
    constness.erase(producer);
    return true;
  }
};

} // namespace
} // namespace quern::onnx
