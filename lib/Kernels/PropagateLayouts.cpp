// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// quern-propagate-layouts: channels-last convolutions, cancelled transposes.

#include "Transposes.h"

#include "quern/Kernels/Passes.h"
#include "quern/Support/Contraction.h"

#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Linalg/Utils/Utils.h"
#include "mlir/Dialect/Utils/IndexingUtils.h"

namespace quern {
#define GEN_PASS_DEF_PROPAGATELAYOUTSPASS
#include "quern/Kernels/Passes.h.inc"
} // namespace quern

using namespace mlir;
using namespace quern;

namespace {

std::optional<unsigned> asLoop(AffineExpr expr) {
  auto dim = dyn_cast<AffineDimExpr>(expr);
  return dim ? std::optional<unsigned>(dim.getPosition()) : std::nullopt;
}

/// Stands on a convolution whose window of one step was dropped: it looks like a matmul, and has channels in the
/// middle.
constexpr StringLiteral kConvolutionAttr = "quern.convolution";

/// A contraction with a window: an operand's index is a sum of loops.
bool isConvolution(linalg::GenericOp op) {
  return isContraction(op) && (op->hasAttr(kConvolutionAttr) || !op.getIndexingMapsArray()[0].isProjectedPermutation(
                                                                    /*allowZeroInResults=*/true));
}

/// Loops of one step that only the group and channel structure of a convolution
/// made (depthwise: one channel a group; 1x1: no window) are dropped.
struct DropUnitLoops : OpRewritePattern<linalg::GenericOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(linalg::GenericOp op, PatternRewriter &rewriter) const override {
    if (!isConvolution(op))
      return rewriter.notifyMatchFailure(op, "not a convolution");
    SmallVector<AffineMap> maps = op.getIndexingMapsArray();
    SmallVector<utils::IteratorType> loops = op.getIteratorTypesArray();
    SmallVector<int64_t> sizes = op.getStaticLoopRanges();
    // Groups: a parallel loop of more than one step that both operands follow.
    bool grouped = false;
    for (auto [i, loop] : llvm::enumerate(loops))
      grouped |= loop == utils::IteratorType::parallel && sizes[i] != 1 && maps[0].isFunctionOfDim(i) &&
                 maps[1].isFunctionOfDim(i);
    SmallVector<unsigned> unit;
    for (auto [i, loop] : llvm::enumerate(loops)) {
      if (sizes[i] != 1)
        continue;
      bool channel = maps[1].isFunctionOfDim(i) && !maps[0].isFunctionOfDim(i);
      bool reduction = loop == utils::IteratorType::reduction;
      if (reduction || (channel && grouped))
        unit.push_back(i);
    }
    // At least one reduction must stay: it is what makes a contraction.
    unsigned reductions = op.getNumReductionLoops();
    llvm::erase_if(unit, [&](unsigned i) {
      return loops[i] == utils::IteratorType::reduction && (reductions == 1 || (--reductions, false));
    });
    if (unit.empty())
      return rewriter.notifyMatchFailure(op, "no loop to drop");
    linalg::ControlDropUnitDims control;
    control.controlFn = [&](Operation *) { return unit; };
    auto dropped = linalg::dropUnitDims(rewriter, op, control);
    if (failed(dropped))
      return failure();
    dropped->resultOp->setAttr(kConvolutionAttr, rewriter.getUnitAttr());
    rewriter.replaceOp(op, dropped->replacements);
    return success();
  }
};

/// transpose(pad(x)) = pad(transpose(x)): the smaller tensor is moved, and its
/// producer's transpose comes next to it.
Value transposeImage(PatternRewriter &rewriter, Location loc, Value image, ArrayRef<int64_t> permutation) {
  auto pad = image.getDefiningOp<tensor::PadOp>();
  Value value = pad ? pad.getConstantPaddingValue() : Value();
  if (!value || isIdentityPermutation(permutation))
    return makeTranspose(rewriter, loc, image, permutation);
  Value moved = makeTranspose(rewriter, loc, pad.getSource(), permutation);
  auto type = RankedTensorType::get(applyPermutation(pad.getResultType().getShape(), permutation),
                                    pad.getResultType().getElementType());
  return tensor::PadOp::create(rewriter, pad.getLoc(), type, moved, applyPermutation(pad.getMixedLowPad(), permutation),
                               applyPermutation(pad.getMixedHighPad(), permutation), value);
}

/// Image and result with channels last. The weights stay: packing reorders them.
struct ChannelsLast : OpRewritePattern<linalg::GenericOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(linalg::GenericOp op, PatternRewriter &rewriter) const override {
    if (!isConvolution(op))
      return rewriter.notifyMatchFailure(op, "not a convolution");
    SmallVector<AffineMap> maps = op.getIndexingMapsArray();
    AffineMap weights = maps[1];
    auto isChannel = [&](AffineExpr expr) {
      auto loop = asLoop(expr);
      return loop && weights.isFunctionOfDim(*loop);
    };
    // Batch and space in their order, then groups and channels in theirs.
    auto lastOrder = [&](AffineMap map) {
      SmallVector<int64_t> order(map.getNumResults());
      std::iota(order.begin(), order.end(), 0);
      std::stable_partition(order.begin(), order.end(), [&](int64_t i) { return !isChannel(map.getResult(i)); });
      return order;
    };
    SmallVector<int64_t> image = lastOrder(maps[0]), out = lastOrder(maps[2]);
    if (isIdentityPermutation(image) && isIdentityPermutation(out))
      return rewriter.notifyMatchFailure(op, "channels are last");
    auto fill = op.getDpsInits()[0].getDefiningOp<linalg::FillOp>();
    if (!fill)
      return rewriter.notifyMatchFailure(op, "the convolution updates a tensor");

    Location loc = op.getLoc();
    Value input = transposeImage(rewriter, loc, op.getDpsInputs()[0], image);
    Value empty = makeEmpty(rewriter, loc, op.getDpsInits()[0], out, getElementTypeOrSelf(op.getResult(0)));
    Value init = linalg::FillOp::create(rewriter, fill.getLoc(), fill.getInputs(), empty).getResult(0);
    auto permute = [&](AffineMap map, ArrayRef<int64_t> order) {
      return AffineMap::get(map.getNumDims(), 0, applyPermutation(map.getResults(), order), op.getContext());
    };
    auto created = linalg::GenericOp::create(
        rewriter, loc, init.getType(), ValueRange{input, op.getDpsInputs()[1]}, init,
        ArrayRef<AffineMap>{permute(maps[0], image), weights, permute(maps[2], out)}, op.getIteratorTypesArray());
    rewriter.inlineRegionBefore(op.getRegion(), created.getRegion(), created.getRegion().begin());
    created->setDiscardableAttrs(op->getDiscardableAttrDictionary());
    rewriter.replaceOp(op, makeTranspose(rewriter, loc, created.getResult(0), invertPermutationVector(out)));
    return success();
  }
};

struct PropagateLayouts : quern::impl::PropagateLayoutsPassBase<PropagateLayouts> {
  LogicalResult initialize(MLIRContext *context) override {
    RewritePatternSet first(context), second(context), third(context);
    first.add<DropUnitLoops>(context);
    for (RewritePatternSet *set : {&first, &second, &third}) {
      tensor::CollapseShapeOp::getCanonicalizationPatterns(*set, context);
      tensor::ExpandShapeOp::getCanonicalizationPatterns(*set, context);
      tensor::DimOp::getCanonicalizationPatterns(*set, context);
      tensor::EmptyOp::getCanonicalizationPatterns(*set, context);
      linalg::FillOp::getCanonicalizationPatterns(*set, context); // a reshaped fill is a fill
      populateReshapeConstantPatterns(*set);
    }
    second.add<ChannelsLast>(context);
    populateSinkTransposePatterns(second);
    populateAbsorbTransposePatterns(third);
    drop = std::move(first);
    sink = std::move(second);
    absorb = std::move(third);
    return success();
  }

  void runOnOperation() override {
    for (FrozenRewritePatternSet *patterns : {&drop, &sink, &absorb})
      if (failed(applyPatternsGreedily(getOperation(), *patterns)))
        return signalPassFailure();
  }

  FrozenRewritePatternSet drop, sink, absorb;
};

} // namespace
