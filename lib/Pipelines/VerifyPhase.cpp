// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// quern-verify-phase: what holds at the end of each phase, in one table.

#include "quern/Dialect/ONNX/IR/ONNX.h"
#include "quern/Dialect/ONNX/Transforms/Passes.h"
#include "quern/Dialect/Quern/IR/Quern.h"
#include "quern/Pipelines/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace mlir;

namespace quern {
#define GEN_PASS_DEF_VERIFYPHASEPASS
#include "quern/Pipelines/Passes.h.inc"

namespace {

struct Facts {
  ModuleOp module;
  func::FuncOp main;           // null before the first invariant has passed
  llvm::StringSet<> composite; // operators that must be gone
};

LogicalResult forEachOp(const Facts &facts, llvm::function_ref<LogicalResult(Operation *)> check) {
  ModuleOp module = facts.module;
  return success(!module.walk([&](Operation *op) { return WalkResult(check(op)); }).wasInterrupted());
}

LogicalResult oneMain(const Facts &facts) {
  func::FuncOp main = facts.main;
  if (main && main.isPublic() && main.getBody().hasOneBlock())
    return success();
  ModuleOp module = facts.module;
  return module.emitError("expects a public function @main of one block");
}

// Dialects by name: a plugin may bring operators of its own up to `compress`, not after.
LogicalResult onlyDialects(const Facts &facts, ArrayRef<StringRef> allowed) {
  return forEachOp(facts, [&](Operation *op) -> LogicalResult {
    if (llvm::is_contained(allowed, op->getName().getDialectNamespace()))
      return success();
    InFlightDiagnostic diag = op->emitError("'") << op->getName() << "' is left over: expects only ";
    llvm::interleaveComma(allowed, diag);
    return diag;
  });
}

LogicalResult onlyTensorOps(const Facts &facts) {
  return onlyDialects(facts, {"builtin", "func", "linalg", "tensor", "scf", "arith", "math", "quern"});
}

LogicalResult axesNonNegative(const Facts &facts) {
  return forEachOp(facts, [](Operation *op) -> LogicalResult {
    auto axis = isa<onnx::ONNXOpInterface>(op) ? op->getAttrOfType<IntegerAttr>("axis") : IntegerAttr();
    if (!axis || !axis.getValue().isNegative() || op->getNumOperands() == 0)
      return success();
    auto type = dyn_cast<RankedTensorType>(op->getOperand(0).getType());
    if (!type)
      return success();
    return op->emitError("expects a non-negative axis, got ") << axis.getInt();
  });
}

LogicalResult typesAgree(const Facts &facts) {
  return forEachOp(facts, [](Operation *op) -> LogicalResult {
    auto infers = dyn_cast<onnx::ShapeInferenceOpInterface>(op);
    SmallVector<Type> types;
    if (!infers)
      return success();
    if (failed(infers.inferResultTypes(types)))
      return failure();
    if (types.size() != op->getNumResults())
      return op->emitError("infers ") << types.size() << " types for " << op->getNumResults() << " results";
    return success();
  });
}

LogicalResult everyRankKnown(const Facts &facts) {
  return forEachOp(facts, [](Operation *op) -> LogicalResult {
    for (Value result : op->getResults())
      if (isa<UnrankedTensorType>(result.getType()))
        return op->emitError("expects a result of known rank, got ") << result.getType();
    for (Region &region : op->getRegions())
      for (BlockArgument argument : region.getArguments())
        if (isa<UnrankedTensorType>(argument.getType()) && !argument.use_empty())
          return op->emitError("expects argument #")
                 << argument.getArgNumber() << " to have a known rank, got " << argument.getType();
    return success();
  });
}

LogicalResult noComposite(const Facts &facts) {
  return forEachOp(facts, [&](Operation *op) -> LogicalResult {
    if (!facts.composite.contains(op->getName().getStringRef()))
      return success();
    return op->emitError("is a composite operator: expects it decomposed");
  });
}

LogicalResult signless(const Facts &facts) {
  auto isUnsigned = [](Type type) { return getElementTypeOrSelf(type).isUnsignedInteger(); };
  return forEachOp(facts, [&](Operation *op) -> LogicalResult {
    for (Value result : op->getResults())
      if (isUnsigned(result.getType()))
        return op->emitError("expects signless types, got ") << result.getType();
    return success();
  });
}

LogicalResult mainLaunches(const Facts &facts) {
  func::FuncOp main = facts.main;
  WalkResult walk = main.walk([](Operation *op) -> WalkResult {
    if (isa<LaunchOp>(op) && op->getNumResults() != 0)
      return op->emitError("expects launches on buffers in main, got one on tensors");
    if (op->getName().getDialectNamespace() == "linalg")
      return op->emitError("expects every computation in a kernel, got '") << op->getName() << "' in main";
    for (Value result : op->getResults())
      if (isa<TensorType>(result.getType()))
        return op->emitError("expects buffers in main, got a result of type ") << result.getType();
    return WalkResult::advance();
  });
  return success(!walk.wasInterrupted());
}

struct Invariant {
  Phase first, last; // holds at the end of these phases and those between
  LogicalResult (*check)(const Facts &);
  StringLiteral advice = ""; // where it is the model that may break it
};

constexpr StringLiteral kRankAdvice =
    "memory is planned by rank: give the inputs their shapes (--shape), or declare that of this value in the model";

constexpr Invariant kInvariants[] = {
    {Phase::Import, Phase::Kernels, oneMain},         {Phase::Import, Phase::Compress, typesAgree},
    {Phase::Graph, Phase::Compress, axesNonNegative}, {Phase::Graph, Phase::Compress, everyRankKnown, kRankAdvice},
    {Phase::Graph, Phase::Compress, noComposite},     {Phase::Linalg, Phase::Linalg, onlyTensorOps},
    {Phase::Linalg, Phase::Linalg, signless},         {Phase::Kernels, Phase::Kernels, mainLaunches},
};

struct VerifyPhasePass : impl::VerifyPhasePassBase<VerifyPhasePass> {
  using VerifyPhasePassBase::VerifyPhasePassBase;

  void runOnOperation() override {
    Facts facts{getOperation(), getOperation().lookupSymbol<func::FuncOp>("main"),
                onnx::getCompositeOps(&getContext())};
    for (const std::string &name : keep)
      facts.composite.erase("onnx." + name);
    StringRef advice;
    ScopedDiagnosticHandler handler(&getContext(), [&](Diagnostic &diag) {
      if (!advice.empty())
        diag.attachNote() << advice;
      else
        diag.attachNote() << "this holds at the end of phase '" << getPhaseName(phase)
                          << "': a bug of the compiler, or of a plugin's pass";
      return failure(); // on to the next handler
    });
    for (const Invariant &invariant : kInvariants) {
      advice = invariant.advice;
      if (invariant.first <= phase && phase <= invariant.last && failed(invariant.check(facts)))
        return signalPassFailure();
    }
    markAllAnalysesPreserved();
  }
};

} // namespace
} // namespace quern
