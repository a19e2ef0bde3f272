// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Constness.h"

#include "quern/Dialect/ONNX/IR/ONNX.h"

#include "mlir/Transforms/RegionUtils.h"

using namespace mlir;

namespace quern::onnx {

// Small ones may be folded.
static bool widensWeights(Operation *op) {
  auto cast = dyn_cast<CastOp>(op);
  auto type = cast ? dyn_cast<RankedTensorType>(cast.getType()) : RankedTensorType();
  if (!type || !type.getElementType().isF32() || !type.hasStaticShape() || type.getNumElements() <= 1024)
    return false;
  Type from = getElementTypeOrSelf(cast.getInput());
  return from.isF16() || from.isBF16();
}

bool unpacksWeights(Operation *op) {
  return isa<DequantizeLinearOp, MSMatMulNBitsOp, MSMatMulBnb4Op>(op) || widensWeights(op);
}

bool Constness::isConstant(Value value) {
  Operation *op = value.getDefiningOp();
  return op && (isa<ConstantOp>(op) || isFoldable(op));
}

void Constness::erase(Operation *op) {
  known.erase(op); // its address may be another's next
  op->erase();
}

// Asks for the operands first, without recursion: chains of a model may be thousands of nodes long.
bool Constness::isFoldable(Operation *root) {
  SmallVector<Operation *> stack{root};
  while (!stack.empty()) {
    Operation *op = stack.back();
    if (known.count(op)) {
      stack.pop_back();
      continue;
    }
    if (!isa<ONNXOpInterface>(op) || isa<ConstantOp>(op) || unpacksWeights(op) || !isMemoryEffectFree(op)) {
      known[op] = false;
      stack.pop_back();
      continue;
    }
    SetVector<Value> needed;
    needed.insert(op->operand_begin(), op->operand_end());
    if (op->getNumRegions())
      getUsedValuesDefinedAbove(op->getRegions(), needed);
    bool foldable = true, ready = true;
    for (Value value : needed) {
      Operation *producer = value.getDefiningOp();
      if (producer && isa<ConstantOp>(producer))
        continue;
      auto found = producer ? known.find(producer) : known.end();
      if (producer && found == known.end()) {
        stack.push_back(producer);
        ready = false;
      } else if (!producer || !found->second) {
        foldable = false;
      }
    }
    if (!ready && foldable)
      continue; // its operands first
    known[op] = foldable;
    while (stack.back() != op) // those that no longer matter
      stack.pop_back();
    stack.pop_back();
  }
  return known.lookup(root);
}

} // namespace quern::onnx
