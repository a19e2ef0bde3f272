// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Shapes of running sums; those of reductions are in ShapeRules.cpp.

#include "ShapeRules.h"

using namespace mlir;

#define GET_OP_CLASSES
#include "quern/Dialect/ONNX/IR/Reduction.cpp.inc"

namespace quern::onnx {

template <typename Op>
static LogicalResult inferRunning(Op op, Types &types) {
  if (failed(checkScalar(op, op.getAxis(), "axis")))
    return failure();
  auto type = rankedType(op.getX());
  auto axis = getKnownIntegers(op.getAxis());
  if (type && axis && axis->size() == 1 && failed(checkAxis(op, axis->front(), type.getRank())))
    return failure();
  return inferSameType(op, types);
}

LogicalResult CumSumOp::inferResultTypes(Types &types) { return inferRunning(*this, types); }
LogicalResult CumProdOp::inferResultTypes(Types &types) { return inferRunning(*this, types); }

} // namespace quern::onnx
