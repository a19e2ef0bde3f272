// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Shapes of normalisation.

#include "ShapeRules.h"

using namespace mlir;

#define GET_OP_CLASSES
#include "quern/Dialect/ONNX/IR/Normalization.cpp.inc"

namespace quern::onnx {

LogicalResult inferPerChannel(Operation *op, ArrayRef<std::pair<Value, StringRef>> perChannel, Types &types) {
  auto type = rankedType(op->getOperand(0));
  if (type && type.getRank() < 2)
    return op->emitOpError("expects X of rank at least 2, got rank ") << type.getRank();
  for (auto [value, name] : perChannel)
    if (failed(checkVector(op, value, type ? type.getDimSize(1) : kDynamic, name)))
      return failure();
  return inferSameType(op, types);
}

LogicalResult BatchNormalizationOp::inferResultTypes(Types &types) {
  // A batch of numbers counts as one of one channel.
  auto type = rankedType(getX());
  int64_t channels = type ? (type.getRank() > 1 ? type.getDimSize(1) : 1) : kDynamic;
  if (failed(checkMinRank(*this, getX(), 1, "X")))
    return failure();
  for (auto [value, name] : {std::pair<Value, StringRef>(getScale(), "scale"),
                             {getB(), "B"},
                             {getInputMean(), "input_mean"},
                             {getInputVar(), "input_var"}})
    if (failed(checkVector(*this, value, channels, name)))
      return failure();
  if (getTrainingMode() != 0 && getTrainingMode() != 1)
    return emitOpError("expects 'training_mode' to be 0 or 1, got ") << getTrainingMode();
  if (!getTrainingMode() && getNumResults() > 1)
    return emitOpError("expects one result unless 'training_mode', got ") << getNumResults();
  types.push_back(getX().getType());
  if (getRunningMean())
    types.push_back(getInputMean().getType());
  if (getRunningVar())
    types.push_back(getInputVar().getType());
  return success();
}

LogicalResult GroupNormalizationOp::inferResultTypes(Types &types) {
  if (failed(checkSameElements(*this, getOperands())))
    return failure();
  if (getNumGroups() < 1)
    return emitOpError("expects 'num_groups' to be at least 1, got ") << getNumGroups();
  auto type = rankedType(getX());
  if (type && type.getRank() > 1 && !type.isDynamicDim(1) && type.getDimSize(1) % getNumGroups())
    return emitOpError("expects channels that divide into 'num_groups', got ")
           << type.getDimSize(1) << " in " << getNumGroups();
  return inferPerChannel(*this, {{getScale(), "scale"}, {getBias(), "bias"}}, types);
}

// Mean and the like have size 1 from the axis on.
LogicalResult LayerNormalizationOp::inferResultTypes(Types &types) {
  FailureOr<Type> stash = checkDataType(*this, getStashType(), "stash_type");
  if (failed(stash) || failed(checkSameElements(*this, getOperands())))
    return failure();
  types.push_back(getX().getType());
  auto type = rankedType(getX());
  if (!type) {
    types.append(getNumResults() - 1, unranked(*stash));
    return success();
  }
  FailureOr<int64_t> axis = checkAxis(*this, getAxis(), type.getRank());
  if (failed(axis) || failed(checkBroadcastsTo(*this, getScale(), type.getShape(), "Scale")) ||
      failed(checkBroadcastsTo(*this, getB(), type.getShape(), "B")))
    return failure();
  Shape shape(type.getShape());
  std::fill(shape.begin() + *axis, shape.end(), 1);
  types.append(getNumResults() - 1, ranked(shape, *stash));
  return success();
}

LogicalResult RMSNormalizationOp::inferResultTypes(Types &types) {
  FailureOr<Type> stash = checkDataType(*this, getStashType(), "stash_type");
  if (failed(stash))
    return failure();
  if (auto type = rankedType(getX()))
    if (failed(checkAxis(*this, getAxis(), type.getRank())) ||
        failed(checkBroadcastsTo(*this, getScale(), type.getShape(), "scale")))
      return failure();
  return inferSameShape(*this, types, elementOf(getScale()));
}

LogicalResult LRNOp::inferResultTypes(Types &types) {
  if (getSize() < 1)
    return emitOpError("expects 'size' to be at least 1, got ") << getSize();
  if (failed(checkMinRank(*this, getX(), 2, "X")))
    return failure();
  return inferSameType(*this, types);
}

LogicalResult LpNormalizationOp::inferResultTypes(Types &types) {
  if (getP() != 1 && getP() != 2)
    return emitOpError("expects 'p' to be 1 or 2, got ") << getP();
  return inferAlongAxis(*this, getAxis(), types);
}

LogicalResult MeanVarianceNormalizationOp::inferResultTypes(Types &types) {
  if (auto type = rankedType(getX()))
    if (failed(checkAxes(*this, getAxes(), type.getRank(), "axes")))
      return failure();
  return inferSameType(*this, types);
}

} // namespace quern::onnx
