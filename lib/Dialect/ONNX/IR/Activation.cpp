// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Shapes of activation functions.

#include "ShapeRules.h"

using namespace mlir;

#define GET_OP_CLASSES
#include "quern/Dialect/ONNX/IR/Activation.cpp.inc"

namespace quern::onnx {

LogicalResult PReluOp::inferResultTypes(Types &types) {
  if (failed(checkSameElements(*this, getOperands())))
    return failure();
  if (auto type = rankedType(getX()))
    if (failed(checkBroadcastsTo(*this, getSlope(), type.getShape(), "slope")))
      return failure();
  return inferSameType(*this, types);
}

} // namespace quern::onnx
