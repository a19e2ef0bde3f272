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

static Rules addRules(RewritePatternSet &patterns, Reasons &reasons) {
  Rules rules(patterns, reasons);
  addActivationRules(rules);
  addNormalizationRules(rules);
  addReductionRules(rules);
  addTensorRules(rules);
  addEinsumRules(rules);
  addAttentionRules(rules);
  addSignalRules(rules);
  addSpectrumRules(rules);
  addMicrosoftRules(rules);
  addMicrosoftAttentionRules(rules);
  addMicrosoftQuantizedRules(rules);
  addMLRules(rules);
  addSVMRules(rules);
  addTreeRules(rules);
  addPreviewRules(rules);
  return rules;
}

llvm::StringSet<> getCompositeOps(MLIRContext *context) {
  RewritePatternSet patterns(context);
  Reasons reasons;
  return addRules(patterns, reasons).getComposite();
}

LogicalResult applyAnswer(Operation *op, const Answer &answer, PatternRewriter &rewriter, Reasons &reasons) {
  if (answer.terms.empty()) {
    reasons[op] = answer.whyNot;
    return rewriter.notifyMatchFailure(op, answer.whyNot);
  }
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
  DecomposePass(const DecomposePass &other) : DecomposePassBase(other) {} // each copy has patterns of its own

  LogicalResult initialize(MLIRContext *context) override {
    RewritePatternSet list(context);
    composite = addRules(list, reasons).getComposite();
    SmallVector<std::string> kept;
    for (const std::string &name : keep) {
      kept.push_back("onnx." + name);
      composite.erase(kept.back());
    }
    patterns = FrozenRewritePatternSet(std::move(list), kept);
    return success();
  }

  void runOnOperation() override {
    GreedyRewriteConfig config;
    config.setRegionSimplificationLevel(GreedySimplifyRegionLevel::Disabled).setUseTopDownTraversal(true);
    if (failed(applyPatternsGreedily(getOperation(), patterns, config))) {
      getOperation().emitError("operators do not stop decomposing");
      return signalPassFailure();
    }
    followReturnedTypes(getOperation());
    // What is left has no other way down: say so here, where the reason is known.
    getOperation().walk([&](Operation *op) {
      if (!composite.contains(op->getName().getStringRef()))
        return;
      op->emitOpError("cannot be expressed by simpler operators: ") << reasons.lookup(op);
      signalPassFailure();
    });
    reasons.clear();
  }

  FrozenRewritePatternSet patterns;
  llvm::StringSet<> composite; // that must be gone
  Reasons reasons;
};
} // namespace
} // namespace quern::onnx
