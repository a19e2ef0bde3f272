// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// onnx-widen-floats: arithmetic on 16-bit floats in f32, without rounding in
// between.

#include "Constness.h"
#include "Formula.h"

#include "quern/Dialect/ONNX/Transforms/Passes.h"

using namespace mlir;

namespace quern::onnx {
#define GEN_PASS_DEF_WIDENFLOATSPASS
#include "quern/Dialect/ONNX/Transforms/Passes.h.inc"

namespace {

bool isNarrow(Value value) {
  Type element = getElementTypeOrSelf(value.getType());
  return isa<TensorType>(value.getType()) && (element.isF16() || element.isBF16());
}

// Exact on narrow floats: worth it only between what is wide.
bool isMovement(Operation *op) {
  return isa<ReshapeOp, TransposeOp, SqueezeOp, UnsqueezeOp, FlattenOp, IdentityOp, SliceOp, SplitOp, ConcatOp,
             ExpandOp, WhereOp, MaxPoolOp, GlobalMaxPoolOp, ReduceMaxOp, ReduceMinOp>(op);
}

// Operators that round. Those that read tables or large weights in other ways than a product does are not among them.
bool isArithmetic(Operation *op) {
  if (isa<MSMatMulNBitsOp, MSMatMulBnb4Op, MSGatherBlockQuantizedOp, MSEmbedLayerNormalizationOp, MSUniqueOp>(op))
    return false;
  return isa<MatMulOp, GemmOp, ConvOp, ConvTransposeOp, SoftmaxOp, LogSoftmaxOp, LayerNormalizationOp,
             RMSNormalizationOp, GroupNormalizationOp, InstanceNormalizationOp, BatchNormalizationOp, LpNormalizationOp,
             MeanVarianceNormalizationOp, LRNOp, AveragePoolOp, GlobalAveragePoolOp, LpPoolOp, ReduceSumOp,
             ReduceMeanOp, ReduceProdOp, ReduceL1Op, ReduceL2Op, ReduceLogSumOp, ReduceLogSumExpOp, ReduceSumSquareOp,
             CumSumOp, AttentionOp, RotaryEmbeddingOp, GeluOp>(op) ||
         op->getName().getStringRef().starts_with("onnx.ms.") ||
         (op->getNumResults() == 1 && op->getName().hasTrait<Pointwise>() && !isa<CastOp, WhereOp>(op));
}

struct WidenFloatsPass : impl::WidenFloatsPassBase<WidenFloatsPass> {
  void runOnOperation() override {
    SmallVector<Operation *> ops;
    getOperation().walk<WalkOrder::PreOrder>([&](Operation *op) {
      if (isa<ONNXOpInterface>(op) && op->getNumRegions() == 0 && isMemoryEffectFree(op) &&
          (llvm::any_of(op->getOperands(), isNarrow) || llvm::any_of(op->getResults(), isNarrow)))
        ops.push_back(op);
    });
    Constness constness;
    wide.clear();
    for (Operation *op : ops) {
      auto isConstant = [&](Value value) { return constness.isConstant(value); };
      auto isWide = [&](Value value) { return wide.contains(value); };
      if (llvm::all_of(op->getOperands(), isConstant)) // folded as it is, so that weights stay narrow
        continue;
      bool isBetween = llvm::any_of(op->getOperands(), isWide) && llvm::all_of(op->getOperands(), [&](Value value) {
                         return !isNarrow(value) || isWide(value) || isConstant(value);
                       });
      if (llvm::any_of(op->getOperands(), isNarrow) && (isArithmetic(op) || (isMovement(op) && isBetween)))
        widen(op, constness);
    }
    wide.clear();
  }

private:
  Value getWide(Value value) {
    Value &known = wide[value];
    if (known)
      return known;
    OpBuilder builder(&getContext());
    builder.setInsertionPointAfterValue(value);
    Formula f(builder, value.getLoc());
    return known = convert(f(value), builder.getF32Type());
  }

  void widen(Operation *op, Constness &constness) {
    OpBuilder builder(op);
    Operation *copy = builder.clone(*op);
    for (OpOperand &operand : copy->getOpOperands())
      if (isNarrow(operand.get()))
        operand.set(getWide(operand.get()));
    for (auto [before, after] : llvm::zip(op->getResults(), copy->getResults())) {
      if (isNarrow(before)) {
        after.setType(cast<TensorType>(before.getType()).clone(builder.getF32Type()));
        Formula f(builder, op->getLoc());
        Value narrow = convert(f(after), getElementTypeOrSelf(before.getType()));
        wide[narrow] = after;
        before.replaceAllUsesWith(narrow);
      } else {
        before.replaceAllUsesWith(after);
      }
    }
    constness.erase(op);
  }

  DenseMap<Value, Value> wide; // in f32: what a narrow value was before it was rounded
};

} // namespace
} // namespace quern::onnx
