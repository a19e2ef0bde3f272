// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Shapes of random numbers.

#include "ShapeRules.h"

using namespace mlir;

#define GET_OP_CLASSES
#include "quern/Dialect/ONNX/IR/Random.cpp.inc"

namespace quern::onnx {

template <typename Op>
static LogicalResult inferRandom(Op op, Types &types) {
  FailureOr<Type> element = checkDataType(op, op.getDtype(), "dtype");
  if (failed(element))
    return failure();
  for (int64_t size : op.getShape())
    if (size < 0)
      return op.emitOpError("expects sizes of at least 0 in 'shape', got ") << size;
  if (failed(product(op, op.getShape())))
    return failure();
  types.push_back(ranked(op.getShape(), *element));
  return success();
}

LogicalResult RandomNormalOp::inferResultTypes(Types &types) { return inferRandom(*this, types); }
LogicalResult RandomUniformOp::inferResultTypes(Types &types) { return inferRandom(*this, types); }

LogicalResult MultinomialOp::inferResultTypes(Types &types) {
  FailureOr<Type> element = checkDataType(*this, getDtype(), "dtype");
  if (failed(element) || failed(checkRank(*this, getInput(), 2, "input")))
    return failure();
  if (getSampleSize() < 1)
    return emitOpError("expects 'sample_size' to be at least 1, got ") << getSampleSize();
  auto type = rankedType(getInput());
  types.push_back(ranked({type ? type.getDimSize(0) : kDynamic, getSampleSize()}, *element));
  return success();
}

} // namespace quern::onnx
