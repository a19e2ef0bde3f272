// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// onnx-simplify-reshapes: reshapes that elementwise operators do not need.

#include "Formula.h"
#include "TypeMeet.h"

#include "quern/Dialect/ONNX/Transforms/Passes.h"

#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

using namespace mlir;

namespace quern::onnx {
#define GEN_PASS_DEF_SIMPLIFYRESHAPESPASS
#include "quern/Dialect/ONNX/Transforms/Passes.h.inc"

namespace {

// f(reshape(x, s), reshape(y, s)) = reshape(f(x, y), s), where x and y have one shape
struct SinkThroughPointwise : OpTraitRewritePattern<Pointwise> {
  using OpTraitRewritePattern::OpTraitRewritePattern;

  LogicalResult matchAndRewrite(Operation *op, PatternRewriter &rewriter) const override {
    ReshapeOp first;
    SmallVector<Value> sources;
    for (Value operand : op->getOperands()) {
      auto type = dyn_cast<RankedTensorType>(operand.getType());
      if (!type)
        return rewriter.notifyMatchFailure(op, "the rank is not known");
      if (type.getRank() == 0) {
        sources.push_back(operand);
        continue;
      }
      auto view = operand.getDefiningOp<ReshapeOp>();
      if (!view || llvm::any_of(operand.getUsers(), [&](Operation *user) { return user != op; }))
        return rewriter.notifyMatchFailure(op, "an operand is not a reshape for this operator alone");
      if (getConstantValue(view.getData()))
        return rewriter.notifyMatchFailure(op, "an operand is a constant");
      auto source = dyn_cast<RankedTensorType>(view.getData().getType());
      if (!source || (first && !isAlike(first, view)))
        return rewriter.notifyMatchFailure(op, "operands are reshaped differently");
      first = first ? first : view;
      sources.push_back(view.getData());
    }
    if (!first || cast<ShapedType>(first.getType()).getRank() != getRank(op->getResult(0)))
      return rewriter.notifyMatchFailure(op, "no operand is reshaped");

    auto resultType = cast<RankedTensorType>(op->getResult(0).getType());
    Operation *copy = rewriter.clone(*op);
    copy->setOperands(sources);
    copy->getResult(0).setType(cast<RankedTensorType>(first.getData().getType()).clone(resultType.getElementType()));
    Formula f(rewriter, first.getLoc());
    SmallVector<NamedAttribute> attributes{f.attr("allowzero", int64_t(first.getAllowzero()))};
    Term view = f.node<ReshapeOp>({copy->getResult(0), first.getShape()}, attributes);
    view.value.setType(resultType);
    rewriter.replaceOp(op, view.value);
    return success();
  }

private:
  static int64_t getRank(Value value) {
    auto type = dyn_cast<RankedTensorType>(value.getType());
    return type ? type.getRank() : -1;
  }

  // From one static shape to another.
  static bool isAlike(ReshapeOp a, ReshapeOp b) {
    auto shapeOf = [](Value value) { return cast<ShapedType>(value.getType()).getShape(); };
    return shapeOf(a.getData()) == shapeOf(b.getData()) && shapeOf(a) == shapeOf(b) &&
           !ShapedType::isDynamicShape(shapeOf(a.getData())) && !ShapedType::isDynamicShape(shapeOf(a));
  }
};

// With as many elements, one unknown size cannot differ when the others agree.
struct DropSameShape : OpRewritePattern<ReshapeOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ReshapeOp op, PatternRewriter &rewriter) const override {
    auto from = dyn_cast<RankedTensorType>(op.getData().getType());
    if (!from || from != op.getType() || from.getNumDynamicDims() > 1)
      return rewriter.notifyMatchFailure(op, "the shapes may differ");
    if (!from.hasStaticShape() && llvm::is_contained(from.getShape(), 0))
      return rewriter.notifyMatchFailure(op, "without elements the unknown size is free");
    rewriter.replaceOp(op, op.getData());
    return success();
  }
};

struct SimplifyReshapesPass : impl::SimplifyReshapesPassBase<SimplifyReshapesPass> {
  LogicalResult initialize(MLIRContext *context) override {
    RewritePatternSet list(context);
    list.add<SinkThroughPointwise, DropSameShape>(context);
    ReshapeOp::getCanonicalizationPatterns(list, context);
    patterns = std::move(list);
    return success();
  }

  void runOnOperation() override {
    GreedyRewriteConfig config;
    config.setRegionSimplificationLevel(GreedySimplifyRegionLevel::Disabled).setUseTopDownTraversal(true);
    (void)applyPatternsGreedily(getOperation(), patterns, config); // not settling is no error: each step is right
    followReturnedTypes(getOperation());
  }

  FrozenRewritePatternSet patterns;
};

} // namespace
} // namespace quern::onnx
