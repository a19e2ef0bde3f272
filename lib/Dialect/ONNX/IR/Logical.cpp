// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Shapes of logic, comparisons and choice.

#include "ShapeRules.h"

using namespace mlir;

#define GET_OP_CLASSES
#include "quern/Dialect/ONNX/IR/Logical.cpp.inc"

namespace quern::onnx {

LogicalResult WhereOp::inferResultTypes(Types &types) {
  if (failed(checkSameElements(*this, {getX(), getY()})))
    return failure();
  return inferBroadcast(*this, types, elementOf(getX()), /*sameElements=*/false);
}

} // namespace quern::onnx
