// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// quern-fuse-elementwise: upstream's fusion under our rule of what pays.

#include "quern/Kernels/Passes.h"
#include "quern/Support/Contraction.h"

#include "mlir/Dialect/Linalg/Transforms/Transforms.h"

namespace quern {
#define GEN_PASS_DEF_FUSEELEMENTWISEPASS
#include "quern/Kernels/Passes.h.inc"
} // namespace quern

using namespace mlir;
using namespace quern;

namespace {

/// Beyond this, a fused op's pointers no longer fit in registers.
constexpr unsigned kMaxOperands = 12;

/// Casts, moves and a few adds: cheaper to do again than to store and load.
bool isCheap(linalg::GenericOp op) {
  unsigned cost = 0;
  for (Operation &inner : op.getBody()->without_terminator()) {
    if (inner.getNumRegions() || !isPure(&inner))
      return false;
    bool expensive =
        isa<math::MathDialect>(inner.getDialect()) ||
        isa<arith::DivFOp, arith::DivSIOp, arith::DivUIOp, arith::RemFOp, arith::RemSIOp, tensor::ExtractOp>(&inner);
    cost += expensive ? 8 : 1;
  }
  return cost <= 4;
}

/// It will be computed where a contraction or reduction ends, for nothing.
bool isEpilogue(linalg::GenericOp op) {
  return llvm::any_of(op.getDpsInputs(), [](Value input) {
    auto producer = input.getDefiningOp<linalg::LinalgOp>();
    return producer && producer.getNumReductionLoops() != 0 && producer->hasOneUse();
  });
}

bool paysToFuse(OpOperand *operand) {
  auto producer = operand->get().getDefiningOp<linalg::GenericOp>();
  auto consumer = dyn_cast<linalg::GenericOp>(operand->getOwner());
  if (!producer || !consumer || isContraction(consumer))
    return false;
  if (producer->getNumOperands() + consumer->getNumOperands() > kMaxOperands)
    return false;
  AffineMap map = consumer.getMatchingIndexingMap(operand);
  if (!map.isProjectedPermutation(/*allowZeroInResults=*/true))
    return false; // a window: each element would be computed once a tap
  if (isEpilogue(producer) && !map.isIdentity())
    return false; // the contraction would lose its epilogue to a transpose
  bool onceEach = map.isPermutation();
  if (producer->hasOneUse())
    return onceEach || isCheap(producer);
  return onceEach && isCheap(producer) && producer.getNumDpsInputs() == 1 && !isEpilogue(producer);
}

/// transpose, broadcast and map become generics, which fuse.
struct Generalize : OpInterfaceRewritePattern<linalg::LinalgOp> {
  using OpInterfaceRewritePattern::OpInterfaceRewritePattern;
  LogicalResult matchAndRewrite(linalg::LinalgOp op, PatternRewriter &rewriter) const override {
    if (!isa<linalg::TransposeOp, linalg::BroadcastOp, linalg::MapOp>(op.getOperation()))
      return rewriter.notifyMatchFailure(op, "not a data movement or a map");
    return linalg::generalizeNamedOp(rewriter, op);
  }
};

struct FuseElementwise : quern::impl::FuseElementwisePassBase<FuseElementwise> {
  LogicalResult initialize(MLIRContext *context) override {
    RewritePatternSet set(context);
    set.add<Generalize>(context);
    linalg::populateElementwiseOpsFusionPatterns(set, paysToFuse);
    linalg::populateEraseUnusedOperandsAndResultsPatterns(set);
    linalg::GenericOp::getCanonicalizationPatterns(set, context);
    tensor::DimOp::getCanonicalizationPatterns(set, context);
    tensor::EmptyOp::getCanonicalizationPatterns(set, context);
    patterns = std::move(set);
    return success();
  }

  void runOnOperation() override {
    if (failed(applyPatternsGreedily(getOperation(), patterns)))
      signalPassFailure();
  }

  FrozenRewritePatternSet patterns;
};

} // namespace
