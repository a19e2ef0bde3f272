// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// onnx-infer-shapes: result types from operand types, node by node.

#include "ChooseRanks.h"
#include "TypeMeet.h"

#include "quern/Dialect/ONNX/IR/ONNX.h"
#include "quern/Dialect/ONNX/Transforms/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace mlir;

namespace quern::onnx {
#define GEN_PASS_DEF_INFERSHAPESPASS
#include "quern/Dialect/ONNX/Transforms/Passes.h.inc"

namespace {

// A loop whose body narrows its own operands settles in a few rounds; more would be a bug of an operator's rule.
constexpr int kMaxRounds = 16;

struct InferShapesPass : impl::InferShapesPassBase<InferShapesPass> {
  using InferShapesPassBase::InferShapesPassBase;

  void runOnOperation() override {
    for (func::FuncOp function : getOperation().getOps<func::FuncOp>()) {
      if (function.isExternal())
        continue;
      do {
        if (failed(settle(function)))
          return signalPassFailure();
      } while (guessRanks && guessRank(function));
      if (failed(checkInputs(function)) || failed(checkItems(function)))
        return signalPassFailure();
    }
    followReturnedTypes(getOperation());
  }

private:
  LogicalResult settle(func::FuncOp function) {
    int round = 0;
    do {
      changed = false;
      if (failed(inferRegion(function.getBody())))
        return failure();
    } while ((changed || chooseRanks(function)) && ++round < kMaxRounds);
    return success();
  }

  // Inner regions first: the type of an If is that of its branches. Only types
  // that come back from a region to what stands before it ask for another round.
  LogicalResult inferRegion(Region &region) {
    for (Block &block : region)
      for (Operation &op : block) {
        SmallVector<Type> before = regionArgumentTypes(op);
        for (Region &inner : op.getRegions())
          if (failed(inferRegion(inner)))
            return failure();
        if (failed(inferOp(op)))
          return failure();
        changed |= before != regionArgumentTypes(op);
      }
    return success();
  }

  static SmallVector<Type> regionArgumentTypes(Operation &op) {
    SmallVector<Type> types;
    for (Region &region : op.getRegions())
      llvm::append_range(types, region.getArgumentTypes());
    return types;
  }

  LogicalResult inferOp(Operation &op) {
    auto infers = dyn_cast<ShapeInferenceOpInterface>(op);
    if (!infers)
      return success();
    normalizeAxes(&op); // the rank may not have been known before
    SmallVector<Type> types;
    if (failed(infers.inferResultTypes(types)))
      return failure();
    for (auto [result, inferred] : llvm::zip(op.getResults(), types)) {
      Type declared = result.getType();
      Type type = meet(declared, inferred);
      if (!type)
        return op.emitOpError("expects result #") << result.getResultNumber() << " to be " << inferred
                                                  << " by its operands, but it is declared " << declared;
      if (type != declared && llvm::all_of(result.getUsers(), takesAnyShape))
        result.setType(type);
    }
    return success();
  }

  // Operators of the dialect and terminators follow the types of their operands; others may not.
  static bool takesAnyShape(Operation *user) {
    return isa<ONNXDialect>(user->getDialect()) || user->hasTrait<OpTrait::ReturnLike>();
  }

  // Memory is planned by rank: an input of the model without one can be passed on, not read.
  static LogicalResult checkInputs(func::FuncOp function) {
    for (BlockArgument input : function.getArguments()) {
      auto name = function.getArgAttrOfType<StringAttr>(input.getArgNumber(), kNameAttr);
      if (!name || !isa<UnrankedTensorType>(input.getType()) || input.use_empty())
        continue;
      InFlightDiagnostic diag = function.emitError("input '")
                                << name.getValue() << "' has no shape: expects one, e.g. --shape " << name.getValue()
                                << "=1x3x224x224";
      diag.attachNote(input.getUsers().begin()->getLoc()) << "it is read here";
      return diag;
    }
    return success();
  }

  // Tensors of other ranks may share a sequence; one that is taken out needs a rank.
  static LogicalResult checkItems(func::FuncOp function) {
    WalkResult result = function.walk([](Operation *op) -> WalkResult {
      if (!isa<SequenceAtOp, ConcatFromSequenceOp, OptionalGetElementOp>(op) ||
          !isa<UnrankedTensorType>(op->getResult(0).getType()))
        return WalkResult::advance();
      return op->emitOpError("expects a tensor of a known rank: declare the shape of its output in the model");
    });
    return failure(result.wasInterrupted());
  }

  bool changed = false;
};

} // namespace
} // namespace quern::onnx
