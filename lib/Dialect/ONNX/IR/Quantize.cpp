// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Shapes of quantization.

#include "ShapeRules.h"

using namespace mlir;

#define GET_OP_CLASSES
#include "quern/Dialect/ONNX/IR/Quantize.cpp.inc"

namespace quern::onnx {

// The scale is one number, one for each index along the axis, or one for each block along it; the zero point has its
// shape.
static LogicalResult checkScale(Operation *op, Value x, Value scale, Value zeroPoint, int64_t axis, int64_t blockSize) {
  auto type = rankedType(x), scaleType = rankedType(scale);
  auto zeroType = zeroPoint ? rankedType(zeroPoint) : RankedTensorType();
  if (blockSize < 0)
    return op->emitOpError("expects 'block_size' to be at least 0, got ") << blockSize;
  // A scalar and a vector of one number are both one number.
  auto isSingle = [](RankedTensorType type) {
    return llvm::all_of(type.getShape(), [](int64_t size) { return size == 1 || ShapedType::isDynamic(size); });
  };
  if (scaleType && zeroType && !(isSingle(scaleType) && isSingle(zeroType)) &&
      failed(verifyCompatibleShape(scaleType.getShape(), zeroType.getShape())))
    return op->emitOpError("expects scale and zero point of one shape, got ") << scaleType << " and " << zeroType;
  bool perTensor =
      !scaleType || scaleType.getRank() == 0 || (scaleType.getRank() == 1 && isSingle(scaleType) && blockSize == 0);
  if (perTensor || !type)
    return success();
  FailureOr<int64_t> checked = checkAxis(op, axis, type.getRank());
  if (failed(checked))
    return failure();
  if (blockSize == 0)
    return checkVector(op, scale, type.getDimSize(*checked), "scale");
  if (failed(checkRank(op, scale, type.getRank(), "scale")))
    return failure();
  for (int64_t d = 0; d < type.getRank(); ++d) {
    int64_t size = type.getDimSize(d), want = size;
    if (d == *checked && !ShapedType::isDynamic(size))
      want = size / blockSize + (size % blockSize != 0);
    if (failed(mergeSizes(op, want, scaleType.getDimSize(d), "the blocks and scales in dimension " + Twine(d))))
      return failure();
  }
  return success();
}

static bool isQuantized(Type type) {
  if (auto integer = dyn_cast<IntegerType>(type))
    return integer.getWidth() > 1 && integer.getWidth() <= 32;
  return isa<FloatType>(type) && type.getIntOrFloatBitWidth() <= 8;
}

LogicalResult QuantizeLinearOp::inferResultTypes(Types &types) {
  if (failed(checkScale(*this, getX(), getYScale(), getYZeroPoint(), getAxis(), getBlockSize())))
    return failure();
  Type element;
  if (getYZeroPoint())
    element = elementOf(getYZeroPoint());
  else if (getOutputDtype() == 0)
    element = IntegerType::get(getContext(), 8, IntegerType::Unsigned);
  if (getOutputDtype() != 0) {
    FailureOr<Type> asked = checkDataType(*this, getOutputDtype(), "output_dtype");
    if (failed(asked))
      return failure();
    if (element && element != *asked)
      return emitOpError("expects 'output_dtype' to be the type of the zero point, got ")
             << *asked << " and " << element;
    element = *asked;
  }
  if (!isQuantized(element))
    return emitOpError("expects an integer of at most 32 bits or a float of at most 8 as the result, got ") << element;
  return inferSameShape(*this, types, element);
}

LogicalResult DequantizeLinearOp::inferResultTypes(Types &types) {
  if (failed(checkScale(*this, getX(), getXScale(), getXZeroPoint(), getAxis(), getBlockSize())))
    return failure();
  if (!isQuantized(elementOf(getX())))
    return emitOpError("expects x of integers of at most 32 bits or floats of at most 8, got ") << elementOf(getX());
  if (getXZeroPoint() && failed(checkSameElements(*this, {getX(), getXZeroPoint()})))
    return failure();
  if (getOutputDtype() == 0)
    return inferSameShape(*this, types, elementOf(getXScale()));
  FailureOr<Type> element = checkDataType(*this, getOutputDtype(), "output_dtype");
  if (failed(element))
    return failure();
  return inferSameShape(*this, types, *element);
}

LogicalResult DynamicQuantizeLinearOp::inferResultTypes(Types &types) {
  Type byte = IntegerType::get(getContext(), 8, IntegerType::Unsigned);
  if (failed(inferSameShape(*this, types, byte)))
    return failure();
  types.append({ranked({}, elementOf(getX())), ranked({}, byte)});
  return success();
}

} // namespace quern::onnx
