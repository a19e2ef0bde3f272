// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// onnx-reduce: a module that a test still finds interesting, with fewer nodes (delta debugging: Zeller, Hildebrandt,
// "Simplifying and Isolating Failure-Inducing Input", 2002). Upstream's -reduction-tree leaves uses of what it erases.

#include "TypeMeet.h"

#include "quern/Dialect/ONNX/IR/ONNX.h"
#include "quern/Dialect/ONNX/Transforms/Passes.h"

#include "mlir/IR/Verifier.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Reducer/Tester.h"

using namespace mlir;

namespace quern::onnx {
#define GEN_PASS_DEF_REDUCEPASS
#include "quern/Dialect/ONNX/Transforms/Passes.h.inc"

namespace {

SmallVector<Operation *> getNodes(ModuleOp module) {
  SmallVector<Operation *> nodes;
  module.walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (isa<ONNXOpInterface>(op) && !isa<ConstantOp>(op))
      nodes.push_back(op);
  });
  return nodes;
}

void replace(Operation *op, ArrayRef<Value> values) {
  for (auto [result, value] : llvm::zip(op->getResults(), values))
    if (value)
      result.replaceAllUsesWith(value);
}

/// y = op(x, …) -> x, where the types agree
void leaveOut(Operation *op) {
  SmallVector<Value> values;
  for (Value result : op->getResults()) {
    auto operands = op->getOperands();
    auto found = llvm::find_if(operands, [&](Value v) { return v.getType() == result.getType(); });
    values.push_back(found == operands.end() ? Value() : *found);
  }
  replace(op, values);
}

/// y = op(…) -> y = zeros, where the shape is known
void putZeros(Operation *op) {
  OpBuilder builder(op);
  SmallVector<Value> values;
  for (Value result : op->getResults()) {
    auto type = dyn_cast<RankedTensorType>(result.getType());
    TypedAttr zero = type && type.hasStaticShape() ? builder.getZeroAttr(type.getElementType()) : TypedAttr();
    bool used = zero && !result.use_empty();
    values.push_back(used ? ConstantOp::create(builder, op->getLoc(), type, DenseElementsAttr::get(type, zero))
                          : Value());
  }
  replace(op, values);
}

/// return …, y -> the node's operands are returned no more, nor its results
void dropOutput(Operation *op) {
  auto function = op->getParentOfType<func::FuncOp>();
  Operation *terminator = function.getBody().back().getTerminator();
  llvm::BitVector dropped(terminator->getNumOperands());
  for (OpOperand &use : terminator->getOpOperands())
    if (use.get().getDefiningOp() == op)
      dropped.set(use.getOperandNumber());
  if (dropped.none() || dropped.all() || failed(function.eraseResults(dropped)))
    return;
  terminator->eraseOperands(dropped);
}

using Attempt = void (*)(Operation *);
constexpr Attempt kAttempts[] = {dropOutput, leaveOut, putZeros};

void dropUnused(ModuleOp module) {
  SmallVector<Operation *> ops;
  module.walk<WalkOrder::PreOrder>([&](Operation *op) { ops.push_back(op); });
  for (Operation *op : llvm::reverse(ops))
    if (op->getDialect() && isa<ONNXDialect>(op->getDialect()) && isOpTriviallyDead(op))
      op->erase();
}

size_t countOps(ModuleOp module) {
  size_t count = 0;
  module.walk([&](Operation *op) { count += 1 + (isa<func::ReturnOp>(op) ? op->getNumOperands() : 0); });
  return count;
}

struct ReducePass : impl::ReducePassBase<ReducePass> {
  using ReducePassBase::ReducePassBase;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    Tester tester(test, testArgs);
    if (tester.isInteresting(module).first != Tester::Interestingness::True) {
      module.emitError("expects a module for which '") << test << "' ends with another status than 0";
      return signalPassFailure();
    }
    // All nodes at once, then halves, quarters, …, single ones; again while that helps.
    bool smaller;
    do {
      smaller = false;
      for (Attempt attempt : kAttempts)
        for (size_t chunk = std::max<size_t>(getNodes(module).size(), 1);; chunk = (chunk + 1) / 2) {
          for (size_t end = getNodes(module).size(); end > 0; end -= std::min(end, chunk))
            smaller |= tryOn(module, attempt, end - std::min(end, chunk), end, tester);
          if (chunk == 1)
            break;
        }
    } while (smaller);
  }

  // Nodes [begin, end) of a copy, which becomes the module when it is smaller and as interesting.
  static bool tryOn(ModuleOp module, Attempt attempt, size_t begin, size_t end, const Tester &tester) {
    OwningOpRef<ModuleOp> copy = module.clone();
    SmallVector<Operation *> nodes = getNodes(*copy);
    for (size_t i = std::min(end, nodes.size()); i > begin; --i)
      attempt(nodes[i - 1]);
    dropUnused(*copy);
    followReturnedTypes(*copy);
    ScopedDiagnosticHandler quiet(module.getContext(), [](Diagnostic &) { return success(); });
    if (countOps(*copy) >= countOps(module) || failed(verify(*copy)) ||
        tester.isInteresting(*copy).first != Tester::Interestingness::True)
      return false;
    module.getBodyRegion().takeBody(copy->getBodyRegion());
    return true;
  }
};

} // namespace
} // namespace quern::onnx
