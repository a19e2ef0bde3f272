// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A plugin with one pass: x * HardSigmoid(x), which exporters before opset 14 wrote, becomes HardSwish.

#include "quern/Dialect/ONNX/IR/ONNX.h"

#include "mlir/Pass/Pass.h"
#include "mlir/Tools/Plugins/PassPlugin.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

using namespace mlir;
namespace onnx = quern::onnx;

namespace {

// mul(x, hardSigmoid(x)) -> hardSwish(x)
struct FuseHardSwish : OpRewritePattern<onnx::MulOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(onnx::MulOp op, PatternRewriter &rewriter) const override {
    for (auto [x, gate] :
         {std::pair(op.getOperand(0), op.getOperand(1)), std::pair(op.getOperand(1), op.getOperand(0))}) {
      auto sigmoid = gate.getDefiningOp<onnx::HardSigmoidOp>();
      if (!sigmoid || sigmoid->getOperand(0) != x)
        continue;
      if (std::abs(sigmoid.getAlpha().convertToFloat() - 1.0f / 6) > 1e-4f ||
          sigmoid.getBeta().convertToFloat() != 0.5f)
        return rewriter.notifyMatchFailure(op, "HardSwish is x * HardSigmoid(x) with alpha 1/6 and beta 0.5 only");
      rewriter.replaceOpWithNewOp<onnx::HardSwishOp>(op, op.getType(), x);
      return success();
    }
    return rewriter.notifyMatchFailure(op, "no operand is the HardSigmoid of the other");
  }
};

struct FuseHardSwishPass : PassWrapper<FuseHardSwishPass, OperationPass<>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(FuseHardSwishPass)

  StringRef getArgument() const override { return "example-fuse-hardswish"; }
  StringRef getDescription() const override { return "Fuse x * HardSigmoid(x) into HardSwish"; }

  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<FuseHardSwish>(&getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace

extern "C" LLVM_ATTRIBUTE_WEAK PassPluginLibraryInfo mlirGetPassPluginInfo() {
  return {MLIR_PLUGIN_API_VERSION, "HardSwishPlugin", "0.1", [] { PassRegistration<FuseHardSwishPass>(); }};
}
