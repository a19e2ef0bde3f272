// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// onnx-fuse-batchnorm: BatchNormalization into the weights before it.

#include "Linear.h"

#include "quern/Dialect/ONNX/Transforms/Passes.h"
#include "quern/Support/Remark.h"

using namespace mlir;

namespace quern::onnx {
#define GEN_PASS_DEF_FUSEBATCHNORMPASS
#include "quern/Dialect/ONNX/Transforms/Passes.h.inc"

namespace {

struct FuseBatchNormPass : impl::FuseBatchNormPassBase<FuseBatchNormPass> {
  void runOnOperation() override {
    Constness constness;
    getOperation().walk([&](BatchNormalizationOp norm) {
      std::string whyNot;
      if (!fuseInto(norm, constness, whyNot))
        remarkMissed(norm, getArgument(), "not fused: {0}", whyNot);
    });
  }

private:
  // a = scale / sqrt(var + epsilon); weights * a, (bias - mean) * a + B
  static bool fuseInto(BatchNormalizationOp norm, Constness &constness, std::string &whyNot) {
    std::optional<Linear> linear = Linear::match(norm.getX(), norm, constness, whyNot);
    if (!linear)
      return false;
    auto no = [&](StringRef why) {
      whyNot = why.str();
      return false;
    };
    if (norm.getTrainingMode() || norm->getNumResults() != 1)
      return no("it is training");
    if (!llvm::all_of(norm->getOperands().drop_front(), [&](Value value) { return constness.isConstant(value); }))
      return no("its parameters are not constant");
    if (linear->channelAxis() != 1 || !linear->takesBias())
      return no("its channels are not those of the product before it");

    OpBuilder builder(norm);
    Formula f(builder, fuse(linear->getLoc(), norm.getLoc()));
    Type element = f(norm.getInputVar()).element(), result = linear->outputType().getElementType();
    Term mean = f(norm.getInputMean());
    Term a = convert(f(norm.getScale()), element) / sqrt(f(norm.getInputVar()) + norm.getEpsilon().convertToFloat());
    Term shift = convert(f(norm.getB()), element);
    Term bias = linear->bias(f);
    bias = bias ? (convert(bias, element) - mean) * a + shift : shift - mean * a;
    Term y = linear->rebuild(f, linear->scaleWeights(f, convert(a, result)), convert(bias, result));

    Operation *producer = norm.getX().getDefiningOp();
    norm.getY().replaceAllUsesWith(y);
    constness.erase(norm);
    constness.erase(producer);
    return true;
  }
};

} // namespace
} // namespace quern::onnx
