// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which of its branches' ranks an If has: each is tried on the operators that
// follow, by their own rules.

#include "ChooseRanks.h"

#include "TypeMeet.h"

#include "quern/Dialect/ONNX/IR/ONNX.h"

using namespace mlir;

namespace quern::onnx {
namespace {

/// Operators that one trial looks at.
constexpr int kMaxTrialOps = 256;

/// Gives values types for a while, and looks whether operators object.
class Trial {
public:
  Trial() = default;
  Trial(const Trial &) = delete;
  ~Trial() {
    for (auto [value, type] : llvm::reverse(before))
      value.setType(type);
  }

  /// False where an operator cannot take `value` of that type.
  bool allows(Value value, Type type) {
    assume(value, type);
    while (!work.empty()) {
      Operation *op = work.pop_back_val();
      // What a branch or body yields is a result of the operator around it.
      if (isa<YieldOp>(op))
        op = op->getParentOp();
      auto infers = dyn_cast_or_null<ShapeInferenceOpInterface>(op);
      if (!infers || --budget < 0)
        continue;
      SmallVector<Type> types;
      if (failed(infers.inferResultTypes(types)) || types.size() != op->getNumResults())
        return false;
      for (auto [result, inferred] : llvm::zip_equal(op->getResults(), types)) {
        Type both = meet(result.getType(), inferred);
        if (!both)
          return false;
        if (isa<UnrankedTensorType>(result.getType()) && !isa<UnrankedTensorType>(both))
          assume(result, both);
      }
    }
    return true;
  }

private:
  void assume(Value value, Type type) {
    before.emplace_back(value, value.getType());
    value.setType(type);
    llvm::append_range(work, value.getUsers());
  }

  SmallVector<std::pair<Value, Type>> before;
  SmallVector<Operation *> work;
  int budget = kMaxTrialOps;
};

/// The type of unknown sizes with the rank of one of the branches, if what follows allows only that.
Type onlyRank(IfOp op, unsigned index) {
  Type element = getElementTypeOrSelf(op.getResult(index).getType());
  SmallVector<Type> allowed;
  for (Region *branch : op.getRegions()) {
    auto type = dyn_cast<RankedTensorType>(branch->front().getTerminator()->getOperand(index).getType());
    if (!type)
      return {};
    auto candidate = RankedTensorType::get(SmallVector<int64_t>(type.getRank(), ShapedType::kDynamic), element);
    if (llvm::is_contained(allowed, candidate))
      continue;
    // Objections are what is asked for, not errors.
    ScopedDiagnosticHandler quiet(op.getContext(), [](Diagnostic &) { return success(); });
    if (Trial().allows(op.getResult(index), candidate))
      allowed.push_back(candidate);
  }
  return allowed.size() == 1 ? allowed.front() : Type();
}

} // namespace

bool chooseRanks(Operation *root) {
  bool chosen = false;
  root->walk<WalkOrder::PreOrder>([&](IfOp op) {
    for (unsigned i : llvm::seq(op->getNumResults())) {
      if (!isa<UnrankedTensorType>(op.getResult(i).getType()))
        continue;
      if (Type type = onlyRank(op, i)) {
        op.getResult(i).setType(type);
        chosen = true;
      }
    }
  });
  return chosen;
}

/// The type that is likely, and that the run will check. Null where that cannot be said.
static Type likelyType(Operation *op, unsigned index) {
  if (auto squeeze = dyn_cast<SqueezeOp>(op)) {
    auto type = dyn_cast<RankedTensorType>(squeeze.getData().getType());
    if (!type || squeeze.getAxes())
      return {};
    SmallVector<int64_t> shape(type.getShape());
    llvm::erase(shape, 1);
    return type.clone(shape);
  }
  auto choice = dyn_cast<IfOp>(op);
  if (!choice)
    return {};
  RankedTensorType highest;
  for (Region *branch : choice.getRegions()) {
    auto type = dyn_cast<RankedTensorType>(branch->front().getTerminator()->getOperand(index).getType());
    if (!type)
      return {};
    if (!highest || type.getRank() > highest.getRank())
      highest = type;
  }
  return highest.clone(SmallVector<int64_t>(highest.getRank(), ShapedType::kDynamic));
}

bool guessRank(Operation *root) {
  WalkResult result = root->walk<WalkOrder::PreOrder>([](Operation *op) {
    for (OpResult value : op->getResults())
      if (isa<UnrankedTensorType>(value.getType()))
        if (Type type = likelyType(op, value.getResultNumber())) {
          value.setType(type);
          return WalkResult::interrupt();
        }
    return WalkResult::advance();
  });
  return result.wasInterrupted();
}

} // namespace quern::onnx
