// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// onnx-decompose: composite operators into simple ones, by rules.

#include "DecomposeRules.h"
#include "TypeMeet.h"

#include "quern/Dialect/ONNX/Transforms/Passes.h"

#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

using namespace mlir;

namespace quern::onnx {
#define GEN_PASS_DEF_DECOMPOSEPASS
#include "quern/Dialect/ONNX/Transforms/Passes.h.inc"

static Rules addRules(RewritePatternSet &patterns) {
  Rules rules(patterns);
  addActivationRules(rules);
  addNormalizationRules(rules);
  addReductionRules(rules);
  addTensorRules(rules);
  addEinsumRules(rules);
  addMicrosoftRules(rules);
  return rules;
}

llvm::StringSet<> getCompositeOps(MLIRContext *context) {
  RewritePatternSet patterns(context);
  return addRules(patterns).getComposite();
}

LogicalResult applyAnswer(Operation *op, const Answer &answer, PatternRewriter &rewriter) {
  if (answer.terms.empty())
    return rewriter.notifyMatchFailure(op, answer.whyNot);
  SmallVector<Value> values;
  for (auto [result, term] : llvm::zip(op->getResults(), answer.terms)) {
    Value value = term.value;
    Type type = value ? meet(result.getType(), value.getType()) : Type();
    // A formula may be less sure of its sizes than the operator's own rule, or than the file.
    if (type && type != value.getType()) {
      if (isa<BlockArgument>(value) || !value.hasOneUse())
        value = Formula(rewriter, op->getLoc()).node<IdentityOp>({value});
      rewriter.modifyOpInPlace(value.getDefiningOp(), [&] { value.setType(type); });
    }
    values.push_back(value);
  }
  rewriter.replaceOp(op, values);
  return success();
}

namespace {
struct DecomposePass : impl::DecomposePassBase<DecomposePass> {
  using DecomposePassBase::DecomposePassBase;

  LogicalResult initialize(MLIRContext *context) override {
    RewritePatternSet list(context);
    addRules(list);
    SmallVector<std::string> kept;
    for (const std::string &name : keep)
      kept.push_back("onnx." + name);
    patterns = FrozenRewritePatternSet(std::move(list), kept);
    return success();
  }

  void runOnOperation() override {
    GreedyRewriteConfig config;
    config.setRegionSimplificationLevel(GreedySimplifyRegionLevel::Disabled).setUseTopDownTraversal(true);
    if (failed(applyPatternsGreedily(getOperation(), patterns, config))) {
      getOperation().emitError("operators do not stop decomposing");
      signalPassFailure();
    }
  }

  FrozenRewritePatternSet patterns;
};
} // namespace
} // namespace quern::onnx
