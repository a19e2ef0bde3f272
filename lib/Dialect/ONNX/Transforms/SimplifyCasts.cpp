// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// onnx-simplify-casts: casts that change nothing.

#include "Formula.h"

#include "quern/Dialect/ONNX/Transforms/Passes.h"

#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

using namespace mlir;

namespace quern::onnx {
#define GEN_PASS_DEF_SIMPLIFYCASTSPASS
#include "quern/Dialect/ONNX/Transforms/Passes.h.inc"

namespace {

// view(cast(x)) = cast(view(x)), so that casts meet
template <typename OpTy>
struct SinkThroughView : OpRewritePattern<OpTy> {
  using OpRewritePattern<OpTy>::OpRewritePattern;

  LogicalResult matchAndRewrite(OpTy op, PatternRewriter &rewriter) const override {
    auto before = op->getOperand(0).template getDefiningOp<CastOp>();
    if (!before || !before->hasOneUse() || !meetsCast(op))
      return rewriter.notifyMatchFailure(op, "it does not stand between casts");
    Value source = before.getInput();
    rewriter.setInsertionPoint(op);
    Operation *view = rewriter.clone(*op);
    view->setOperand(0, source);
    view->getResult(0).setType(
        cast<TensorType>(op->getResult(0).getType()).clone(getElementTypeOrSelf(source.getType())));
    Operation *after = rewriter.clone(*before);
    after->setOperand(0, view->getResult(0));
    after->getResult(0).setType(op->getResult(0).getType());
    rewriter.replaceOp(op, after->getResults());
    return success();
  }

  // A Cast comes after it, perhaps after other views.
  static bool meetsCast(Operation *op) {
    for (int steps = 0; steps < 8 && op->hasOneUse(); ++steps) {
      op = *op->getUsers().begin();
      if (isa<CastOp>(op))
        return true;
      if (!isa<ReshapeOp, SqueezeOp, UnsqueezeOp, TransposeOp, FlattenOp>(op))
        return false;
    }
    return false;
  }
};

// gather(x, cast(i)) = gather(x, i): 32-bit indices do as well as 64-bit ones
template <typename OpTy>
struct DropIndexCast : OpRewritePattern<OpTy> {
  using OpRewritePattern<OpTy>::OpRewritePattern;

  LogicalResult matchAndRewrite(OpTy op, PatternRewriter &rewriter) const override {
    auto widen = op.getIndices().template getDefiningOp<CastOp>();
    if (!widen || !getElementTypeOrSelf(widen.getInput()).isSignlessInteger(32) ||
        !getElementTypeOrSelf(widen.getType()).isSignlessInteger(64))
      return rewriter.notifyMatchFailure(op, "its indices are not widened");
    rewriter.modifyOpInPlace(op, [&] { op.getIndicesMutable().assign(widen.getInput()); });
    return success();
  }
};

struct SimplifyCastsPass : impl::SimplifyCastsPassBase<SimplifyCastsPass> {
  LogicalResult initialize(MLIRContext *context) override {
    RewritePatternSet list(context);
    list.add<SinkThroughView<ReshapeOp>, SinkThroughView<SqueezeOp>, SinkThroughView<UnsqueezeOp>,
             SinkThroughView<FlattenOp>, SinkThroughView<TransposeOp>, DropIndexCast<GatherOp>,
             DropIndexCast<GatherElementsOp>>(context);
    CastOp::getCanonicalizationPatterns(list, context);
    patterns = std::move(list);
    return success();
  }

  void runOnOperation() override {
    GreedyRewriteConfig config;
    config.setRegionSimplificationLevel(GreedySimplifyRegionLevel::Disabled).setUseTopDownTraversal(true);
    (void)applyPatternsGreedily(getOperation(), patterns, config); // not settling is no error: each step is right
  }

  FrozenRewritePatternSet patterns;
};

} // namespace
} // namespace quern::onnx
