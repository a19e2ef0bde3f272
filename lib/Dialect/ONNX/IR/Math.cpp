// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Shapes of elementwise arithmetic.

#include "ShapeRules.h"

using namespace mlir;

#define GET_OP_CLASSES
#include "quern/Dialect/ONNX/IR/Math.cpp.inc"

namespace quern::onnx {

LogicalResult ClipOp::inferResultTypes(Types &types) {
  if (failed(checkSameElements(*this, getOperands())) || failed(checkScalar(*this, getMin(), "min")) ||
      failed(checkScalar(*this, getMax(), "max")))
    return failure();
  return inferSameType(*this, types);
}

} // namespace quern::onnx
