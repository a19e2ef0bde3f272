// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Shapes of signal processing.

#include "ShapeRules.h"

using namespace mlir;

#define GET_OP_CLASSES
#include "quern/Dialect/ONNX/IR/Signal.cpp.inc"

namespace quern::onnx {

static std::optional<int64_t> knownScalar(Value value) {
  if (!value)
    return std::nullopt;
  auto known = getKnownIntegers(value);
  if (!known || known->size() != 1)
    return std::nullopt;
  return known->front();
}

LogicalResult DFTOp::inferResultTypes(Types &types) {
  if (failed(checkScalar(*this, getDftLength(), "dft_length")) || failed(checkScalar(*this, getAxis(), "axis")) ||
      failed(checkMinRank(*this, getInput(), 2, "input")))
    return failure();
  auto type = rankedType(getInput());
  if (!type)
    return inferSameType(*this, types);
  int64_t rank = type.getRank(), parts = type.getShape().back();
  if (!ShapedType::isDynamic(parts) && parts != 1 && parts != 2)
    return emitOpError("expects 1 or 2 parts in the last dimension, got ") << parts;
  Shape shape(type.getShape());
  shape.back() = getInverse() && getOnesided() ? 1 : 2;
  std::optional<int64_t> axis = getAxis() ? knownScalar(getAxis()) : -2;
  if (!axis) {
    std::fill(shape.begin(), shape.end() - 1, kDynamic);
    types.push_back(ranked(shape, type.getElementType()));
    return success();
  }
  FailureOr<int64_t> checked = checkAxis(*this, *axis, rank);
  if (failed(checked))
    return failure();
  if (*checked == rank - 1)
    return emitOpError("expects 'axis' other than the last, got ") << *axis;
  int64_t &size = shape[*checked];
  if (getDftLength())
    size = knownScalar(getDftLength()).value_or(kDynamic);
  else if (getInverse() && getOnesided() && !ShapedType::isDynamic(size))
    size = std::max<int64_t>(2 * (size - 1), 0);
  if (!ShapedType::isDynamic(size) && size < 1)
    return emitOpError("expects a transform of at least 1 element, got ") << size;
  if (getOnesided() && !getInverse() && !ShapedType::isDynamic(size))
    size = size / 2 + 1;
  types.push_back(ranked(shape, type.getElementType()));
  return success();
}

LogicalResult STFTOp::inferResultTypes(Types &types) {
  if (failed(checkRank(*this, getSignal(), 3, "signal")) || failed(checkScalar(*this, getFrameStep(), "frame_step")) ||
      failed(checkScalar(*this, getFrameLength(), "frame_length")) ||
      (getWindow() && failed(checkRank(*this, getWindow(), 1, "window"))))
    return failure();
  auto type = rankedType(getSignal());
  auto window = getWindow() ? rankedType(getWindow()) : RankedTensorType();
  int64_t length =
      getFrameLength() ? knownScalar(getFrameLength()).value_or(kDynamic) : (window ? window.getDimSize(0) : kDynamic);
  int64_t step = knownScalar(getFrameStep()).value_or(kDynamic);
  if ((!ShapedType::isDynamic(length) && length < 1) || (!ShapedType::isDynamic(step) && step < 1))
    return emitOpError("expects 'frame_length' and 'frame_step' to be at least 1");
  Shape shape = {type ? type.getDimSize(0) : kDynamic, kDynamic, kDynamic, 2};
  if (!ShapedType::isDynamic(length))
    shape[2] = getOnesided() ? length / 2 + 1 : length;
  if (type && !type.isDynamicDim(1) && !ShapedType::isDynamic(length) && !ShapedType::isDynamic(step)) {
    if (type.getDimSize(1) < length)
      return emitOpError("expects a signal of at least a frame, got ") << type.getDimSize(1) << " under " << length;
    shape[1] = (type.getDimSize(1) - length) / step + 1;
  }
  types.push_back(ranked(shape, elementOf(getSignal())));
  return success();
}

LogicalResult inferWindow(Operation *op, int64_t dataType, Types &types) {
  FailureOr<Type> element = checkDataType(op, dataType, "output_datatype");
  if (failed(element) || failed(checkScalar(op, op->getOperand(0), "size")))
    return failure();
  int64_t size = knownScalar(op->getOperand(0)).value_or(kDynamic);
  if (!ShapedType::isDynamic(size) && size < 0)
    return op->emitOpError("expects 'size' of at least 0, got ") << size;
  types.push_back(ranked({size}, *element));
  return success();
}

LogicalResult MelWeightMatrixOp::inferResultTypes(Types &types) {
  FailureOr<Type> element = checkDataType(*this, getOutputDatatype(), "output_datatype");
  if (failed(element))
    return failure();
  for (auto [value, name] : {std::pair<Value, StringRef>(getNumMelBins(), "num_mel_bins"),
                             {getDftLength(), "dft_length"},
                             {getSampleRate(), "sample_rate"},
                             {getLowerEdgeHertz(), "lower_edge_hertz"},
                             {getUpperEdgeHertz(), "upper_edge_hertz"}})
    if (failed(checkScalar(*this, value, name)))
      return failure();
  Shape shape = unknownShape(2);
  if (auto length = knownScalar(getDftLength())) {
    if (*length < 1)
      return emitOpError("expects 'dft_length' of at least 1, got ") << *length;
    shape[0] = *length / 2 + 1;
  }
  if (auto bins = knownScalar(getNumMelBins())) {
    if (*bins < 1)
      return emitOpError("expects 'num_mel_bins' of at least 1, got ") << *bins;
    shape[1] = *bins;
  }
  types.push_back(ranked(shape, *element));
  return success();
}

} // namespace quern::onnx
