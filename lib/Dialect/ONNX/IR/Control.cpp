// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Shapes of operators with graphs inside.

#include "ShapeRules.h"

using namespace mlir;

#define GET_OP_CLASSES
#include "quern/Dialect/ONNX/IR/Control.cpp.inc"

namespace quern::onnx {

// The operands of the block's terminator; null while the block is not complete.
static YieldOp getYield(Region &region) {
  if (region.empty() || region.front().empty())
    return nullptr;
  return dyn_cast<YieldOp>(region.front().back());
}

//===--- If ---------------------------------------------------------------===//

LogicalResult IfOp::inferResultTypes(Types &types) {
  if (failed(checkScalar(*this, getCond(), "cond")))
    return failure();
  YieldOp yes = getYield(getThenBranch()), no = getYield(getElseBranch());
  if (!yes || !no)
    return emitOpError("expects branches that end in onnx.Yield");
  for (auto [yield, name] : {std::pair<YieldOp, StringRef>(yes, "then_branch"), {no, "else_branch"}})
    if (yield.getNumOperands() != getNumResults())
      return emitOpError("expects ") << getNumResults() << " outputs of '" << name << "', got "
                                     << yield.getNumOperands();
  for (auto [i, a, b] : llvm::enumerate(yes.getOperandTypes(), no.getOperandTypes())) {
    Type joined = joinTypes(a, b);
    if (!joined)
      return emitOpError("expects branches of one element type for output #") << i << ", got " << a << " and " << b;
    types.push_back(joined);
  }
  return success();
}

LogicalResult IfOp::verifyRegions() {
  for (Region *region : getRegions())
    if (region->getNumArguments())
      return emitOpError("expects branches without arguments, got ") << region->getNumArguments();
  return success();
}

//===--- Loop -------------------------------------------------------------===//

LogicalResult LoopOp::inferResultTypes(Types &types) {
  if (failed(checkScalar(*this, getM(), "M")) || failed(checkScalar(*this, getCond(), "cond")))
    return failure();
  int64_t carried = getVInitial().size(), scans = static_cast<int64_t>(getNumResults()) - carried;
  YieldOp yield = getYield(getBody());
  if (!yield || getBody().getNumArguments() != 2 + carried)
    return emitOpError("expects a body of ")
           << 2 + carried << " inputs that ends in onnx.Yield, got " << getBody().getNumArguments() << " inputs";
  if (scans < 0 || yield.getNumOperands() != 1 + getNumResults())
    return emitOpError("expects a body of 1 output more than the ")
           << getNumResults() << " results, got " << yield.getNumOperands();
  // A carried value has what the initial one and that of each iteration have in common.
  for (int64_t i = 0; i < carried; ++i) {
    Type initial = getVInitial()[i].getType(), next = yield.getOperand(1 + i).getType();
    Type joined = joinTypes(next, getBody().getArgument(2 + i).getType());
    if (!joined || !(joined = joinTypes(initial, joined)))
      return emitOpError("expects carried value #")
             << i << " to keep its element type, got " << initial << " and " << next;
    types.push_back(joined);
  }
  int64_t trips = kDynamic;
  auto limit = getM() ? getKnownIntegers(getM()) : std::nullopt;
  bool always = false;
  if (auto go = getKnownIntegers(yield.getOperand(0)))
    always = go->size() == 1 && go->front() == 1;
  if (getCond()) {
    auto first = getKnownIntegers(getCond());
    always &= yield.getOperand(0) == getBody().getArgument(1) || (first && first->size() == 1 && first->front() == 1);
  }
  if (limit && limit->size() == 1 && always)
    trips = std::max<int64_t>(limit->front(), 0);
  for (Value scan : yield.getOperands().drop_front(1 + carried)) {
    auto type = rankedType(scan);
    if (!isa<TensorType>(scan.getType()))
      return emitOpError("expects scan outputs that are tensors, got ") << scan.getType();
    if (!type) {
      types.push_back(unranked(elementOf(scan)));
      continue;
    }
    Shape shape = {trips};
    llvm::append_range(shape, type.getShape());
    types.push_back(ranked(shape, type.getElementType()));
  }
  return success();
}

LogicalResult LoopOp::verifyRegions() {
  auto arguments = getBody().getArguments();
  if (arguments.size() >= 2 && (!elementOf(arguments[0]).isInteger(64) || !elementOf(arguments[1]).isInteger(1)))
    return emitOpError("expects a body whose first inputs are an i64 and an i1, got ")
           << arguments[0].getType() << " and " << arguments[1].getType();
  YieldOp yield = getYield(getBody());
  if (yield && yield.getNumOperands() && !elementOf(yield.getOperand(0)).isInteger(1))
    return emitOpError("expects a body whose first output is an i1, got ") << yield.getOperand(0).getType();
  return success();
}

//===--- Scan -------------------------------------------------------------===//

LogicalResult ScanOp::inferResultTypes(Types &types) {
  int64_t scans = getNumScanInputs(), operands = getInitialStateAndScanInputs().size();
  if (scans < 1 || scans > operands)
    return emitOpError("expects 'num_scan_inputs' in [1, ") << operands << "], got " << scans;
  int64_t states = operands - scans, results = getNumResults(), outputs = results - states;
  YieldOp yield = getYield(getBody());
  if (!yield || getBody().getNumArguments() != operands)
    return emitOpError("expects a body of ")
           << operands << " inputs that ends in onnx.Yield, got " << getBody().getNumArguments() << " inputs";
  if (outputs < 0 || yield.getNumOperands() != results)
    return emitOpError("expects a body of ") << results << " outputs, got " << yield.getNumOperands();
  auto check = [&](std::optional<ArrayRef<int64_t>> values, int64_t size, StringRef name) -> LogicalResult {
    if (values && static_cast<int64_t>(values->size()) != size)
      return emitOpError("expects '") << name << "' of " << size << " numbers, got " << values->size();
    return success();
  };
  if (failed(check(getScanInputAxes(), scans, "scan_input_axes")) ||
      failed(check(getScanInputDirections(), scans, "scan_input_directions")) ||
      failed(check(getScanOutputAxes(), outputs, "scan_output_axes")) ||
      failed(check(getScanOutputDirections(), outputs, "scan_output_directions")))
    return failure();
  int64_t length = kDynamic;
  for (int64_t i = 0; i < scans; ++i) {
    auto type = rankedType(getInitialStateAndScanInputs()[states + i]);
    if (!type)
      continue;
    FailureOr<int64_t> axis =
        checkAxis(*this, getScanInputAxes() ? (*getScanInputAxes())[i] : 0, type.getRank(), "scan_input_axes");
    if (failed(axis))
      return failure();
    FailureOr<int64_t> merged = mergeSizes(*this, length, type.getDimSize(*axis), "the lengths of the scan inputs");
    if (failed(merged))
      return failure();
    length = *merged;
  }
  for (int64_t i = 0; i < states; ++i) {
    Type initial = getInitialStateAndScanInputs()[i].getType(), next = yield.getOperand(i).getType();
    types.push_back(joinTypes(initial, next));
    if (!types.back())
      return emitOpError("expects state #") << i << " to keep its element type, got " << initial << " and " << next;
  }
  for (int64_t i = 0; i < outputs; ++i) {
    auto type = rankedType(yield.getOperand(states + i));
    if (!type) {
      types.push_back(unranked(elementOf(yield.getOperand(states + i))));
      continue;
    }
    FailureOr<int64_t> axis =
        checkAxis(*this, getScanOutputAxes() ? (*getScanOutputAxes())[i] : 0, type.getRank() + 1, "scan_output_axes");
    if (failed(axis))
      return failure();
    Shape shape(type.getShape());
    shape.insert(shape.begin() + *axis, length);
    types.push_back(ranked(shape, type.getElementType()));
  }
  return success();
}

LogicalResult ScanOp::verifyRegions() {
  int64_t states = static_cast<int64_t>(getInitialStateAndScanInputs().size()) - getNumScanInputs();
  for (auto [i, argument] : llvm::enumerate(getBody().getArguments())) {
    Value operand = getInitialStateAndScanInputs()[i];
    if (elementOf(argument) != elementOf(operand))
      return emitOpError("expects body input #")
             << i << " of " << elementOf(operand) << ", got " << elementOf(argument);
    auto slice = rankedType(argument), whole = rankedType(operand);
    int64_t dropped = static_cast<int64_t>(i) >= states;
    if (slice && whole && slice.getRank() != whole.getRank() - dropped)
      return emitOpError("expects body input #")
             << i << " of rank " << whole.getRank() - dropped << ", got rank " << slice.getRank();
  }
  return success();
}

} // namespace quern::onnx
