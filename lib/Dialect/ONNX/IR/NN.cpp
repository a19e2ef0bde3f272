// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Shapes of transposed convolution, regions and losses; windows are in
// WindowRules.cpp.

#include "ShapeRules.h"

using namespace mlir;

#define GET_OP_CLASSES
#include "quern/Dialect/ONNX/IR/NN.cpp.inc"

namespace quern::onnx {

//===--- Convolution ------------------------------------------------------===//

LogicalResult ConvTransposeOp::inferResultTypes(Types &types) {
  Type element = elementOf(getX());
  if (failed(checkSameElements(*this, getOperands())) || failed(checkMinRank(*this, getX(), 3, "X")) ||
      failed(checkMinRank(*this, getW(), 3, "W")))
    return failure();
  auto x = rankedType(getX()), w = rankedType(getW());
  if (x && w && x.getRank() != w.getRank())
    return emitOpError("expects X and W of one rank, got ") << x << " and " << w;
  if (!x) {
    types.push_back(w ? ranked(unknownShape(w.getRank()), element) : unranked(element));
    return success();
  }
  int64_t spatial = x.getRank() - 2;
  Window window = getConvWindow(*this);
  if (failed(checkWindow(*this, window, spatial)))
    return failure();
  ArrayRef<int64_t> extra = getOutputPadding().value_or(ArrayRef<int64_t>());
  ArrayRef<int64_t> wanted = getOutputShape().value_or(ArrayRef<int64_t>());
  for (auto [values, name] :
       {std::pair<ArrayRef<int64_t>, StringRef>(extra, "output_padding"), {wanted, "output_shape"}}) {
    if (!values.empty() && static_cast<int64_t>(values.size()) != spatial)
      return emitOpError("expects '") << name << "' of " << spatial << " numbers, got " << values.size();
    for (int64_t value : values)
      if (value < 0 || value > INT32_MAX)
        return emitOpError("expects '") << name << "' to be at least 0 and below 2^31, got " << value;
  }
  Shape shape = unknownShape(x.getRank());
  shape[0] = x.getDimSize(0);
  if (w) {
    if (failed(mergeSizes(*this, x.getDimSize(1), w.getDimSize(0), "the channels of X and W")))
      return failure();
    if (!ShapedType::isDynamic(w.getDimSize(0)) && w.getDimSize(0) % window.group)
      return emitOpError("expects channels that divide into 'group', got ")
             << w.getDimSize(0) << " in " << window.group;
    std::optional<int64_t> filters = multiply(w.getDimSize(1), window.group);
    if (!filters)
      return emitOpError("expects fewer than 2^63 elements");
    shape[1] = *filters;
    for (auto [i, size] : llvm::enumerate(window.kernel))
      if (!ShapedType::isDynamic(w.getDimSize(i + 2)) && w.getDimSize(i + 2) != size)
        return emitOpError("expects 'kernel_shape' to agree with W, got ")
               << size << " and " << w.getDimSize(i + 2) << " in spatial dimension " << i;
    if (failed(checkVector(*this, getB(), shape[1], "B")))
      return failure();
  }
  for (int64_t i = 0; i < spatial; ++i) {
    int64_t &size = shape[i + 2], input = x.getDimSize(i + 2);
    int64_t kernel = !window.kernel.empty() ? window.kernel[i] : w ? w.getDimSize(i + 2) : kDynamic;
    int64_t stride = window.strides.empty() ? 1 : window.strides[i];
    int64_t dilation = window.dilations.empty() ? 1 : window.dilations[i];
    if (!wanted.empty()) {
      size = wanted[i];
      continue;
    }
    if (ShapedType::isDynamic(input) || (ShapedType::isDynamic(kernel) && !window.autoPad.starts_with("SAME")))
      continue;
    if (input > (int64_t(1) << 31) || kernel > (int64_t(1) << 31))
      return emitOpError("expects sizes under 2^31, got ") << x;
    if (window.autoPad.starts_with("SAME")) {
      size = input * stride;
      continue;
    }
    size = stride * (input - 1) + (extra.empty() ? 0 : extra[i]) + (kernel - 1) * dilation + 1;
    if (!window.pads.empty() && window.autoPad == "NOTSET")
      size -= window.pads[i] + window.pads[i + spatial];
    if (size < 0)
      return emitOpError("expects 'pads' to remove at most the whole result, got a size of ")
             << size << " in spatial dimension " << i;
  }
  if (failed(product(*this, shape)))
    return failure();
  types.push_back(ranked(shape, element));
  return success();
}

LogicalResult Col2ImOp::inferResultTypes(Types &types) {
  Type element = elementOf(getInput());
  if (failed(checkRank(*this, getInput(), 3, "input")))
    return failure();
  FailureOr<std::optional<Shape>> image = readShape(*this, getImageShape(), "image_shape", 1);
  if (failed(image))
    return failure();
  FailureOr<std::optional<Shape>> block = readShape(*this, getBlockShape(), "block_shape", 1);
  if (failed(block))
    return failure();
  if (!*image) {
    types.push_back(unranked(element));
    return success();
  }
  Window window;
  window.strides = getStrides().value_or(ArrayRef<int64_t>());
  window.dilations = getDilations().value_or(ArrayRef<int64_t>());
  window.pads = getPads().value_or(ArrayRef<int64_t>());
  int64_t spatial = (*image)->size();
  if (failed(checkWindow(*this, window, spatial)) ||
      failed(checkVector(*this, getBlockShape(), spatial, "block_shape")))
    return failure();
  Shape shape = unknownShape(2);
  if (auto type = rankedType(getInput())) {
    shape[0] = type.getDimSize(0);
    int64_t columns = type.getDimSize(1);
    int64_t area = kDynamic;
    if (*block) {
      FailureOr<int64_t> elements = product(*this, **block);
      if (failed(elements))
        return failure();
      area = *elements;
    }
    if (!ShapedType::isDynamic(columns) && !ShapedType::isDynamic(area)) {
      if (columns % area)
        return emitOpError("expects columns that divide into blocks of ") << area << ", got " << columns;
      shape[1] = columns / area;
    }
  }
  llvm::append_range(shape, **image);
  types.push_back(ranked(shape, element));
  return success();
}

//===--- Pooling ----------------------------------------------------------===//

LogicalResult MaxUnpoolOp::inferResultTypes(Types &types) {
  int64_t spatial = getKernelShape().size();
  Window window;
  window.kernel = getKernelShape();
  window.strides = getStrides().value_or(ArrayRef<int64_t>());
  window.pads = getPads().value_or(ArrayRef<int64_t>());
  if (failed(checkWindow(*this, window, spatial)) || failed(checkRank(*this, getX(), spatial + 2, "X")) ||
      failed(checkRank(*this, getI(), spatial + 2, "I")))
    return failure();
  Shape shape = unknownShape(spatial + 2);
  auto type = rankedType(getX());
  if (getOutputShape()) {
    FailureOr<std::optional<Shape>> wanted = readShape(*this, getOutputShape(), "output_shape");
    if (failed(wanted) || failed(checkVector(*this, getOutputShape(), spatial + 2, "output_shape")))
      return failure();
    if (*wanted && (*wanted)->size() == shape.size())
      shape = **wanted;
  } else if (type) {
    shape.assign(type.getShape().begin(), type.getShape().end());
    for (int64_t i = 0; i < spatial; ++i) {
      int64_t &size = shape[i + 2], stride = window.strides.empty() ? 1 : window.strides[i];
      if (ShapedType::isDynamic(size))
        continue;
      std::optional<int64_t> whole = multiply(size - 1, stride);
      if (!whole)
        return emitOpError("expects fewer than 2^63 elements");
      size = *whole + window.kernel[i];
      if (!window.pads.empty())
        size -= window.pads[i] + window.pads[i + spatial];
      if (size < 0)
        return emitOpError("expects 'pads' to remove at most the whole result");
    }
  }
  types.push_back(ranked(shape, elementOf(getX())));
  return success();
}

LogicalResult MaxRoiPoolOp::inferResultTypes(Types &types) {
  if (failed(checkRank(*this, getX(), 4, "X")) || failed(checkRank(*this, getRois(), 2, "rois")))
    return failure();
  if (getPooledShape().size() != 2)
    return emitOpError("expects 'pooled_shape' of 2 numbers, got ") << getPooledShape().size();
  for (int64_t size : getPooledShape())
    if (size < 1)
      return emitOpError("expects 'pooled_shape' to be at least 1, got ") << size;
  auto x = rankedType(getX()), rois = rankedType(getRois());
  if (rois && failed(mergeSizes(*this, rois.getDimSize(1), 5, "the numbers of a region")))
    return failure();
  Shape shape = {rois ? rois.getDimSize(0) : kDynamic, x ? x.getDimSize(1) : kDynamic, getPooledShape()[0],
                 getPooledShape()[1]};
  types.push_back(ranked(shape, elementOf(getX())));
  return success();
}

LogicalResult RoiAlignOp::inferResultTypes(Types &types) {
  if (failed(checkRank(*this, getX(), 4, "X")) || failed(checkRank(*this, getRois(), 2, "rois")) ||
      failed(checkRank(*this, getBatchIndices(), 1, "batch_indices")) ||
      failed(checkOneOf(*this, "mode", getMode(), {"avg", "max"})) ||
      failed(checkOneOf(*this, "coordinate_transformation_mode", getCoordinateTransformationMode(),
                        {"half_pixel", "output_half_pixel"})))
    return failure();
  for (int64_t size : {getOutputHeight(), getOutputWidth()})
    if (size < 1)
      return emitOpError("expects an output of at least 1 x 1, got ") << getOutputHeight() << " x " << getOutputWidth();
  if (getSamplingRatio() < 0)
    return emitOpError("expects 'sampling_ratio' to be at least 0, got ") << getSamplingRatio();
  auto x = rankedType(getX()), rois = rankedType(getRois()), batch = rankedType(getBatchIndices());
  int64_t count = rois ? rois.getDimSize(0) : kDynamic;
  if (rois && failed(mergeSizes(*this, rois.getDimSize(1), 4, "the numbers of a region")))
    return failure();
  if (batch) {
    FailureOr<int64_t> merged =
        mergeSizes(*this, count, batch.getDimSize(0), "the numbers of regions and batch indices");
    if (failed(merged))
      return failure();
    count = *merged;
  }
  types.push_back(
      ranked({count, x ? x.getDimSize(1) : kDynamic, getOutputHeight(), getOutputWidth()}, elementOf(getX())));
  return success();
}

//===--- Losses -----------------------------------------------------------===//

LogicalResult inferLoss(Operation *op, Value scores, Value target, StringRef reduction, Types &types) {
  if (failed(checkOneOf(op, "reduction", reduction, {"none", "sum", "mean"})) ||
      failed(checkMinRank(op, scores, 2, "scores")))
    return failure();
  auto type = rankedType(scores);
  if (type && failed(checkRank(op, target, type.getRank() - 1, "target")))
    return failure();
  Type element = elementOf(scores);
  if (reduction == "none")
    types.push_back(cast<ShapedType>(target.getType()).clone(element));
  else
    types.push_back(ranked({}, element));
  return success();
}

LogicalResult SoftmaxCrossEntropyLossOp::inferResultTypes(Types &types) {
  if (failed(inferLoss(*this, getScores(), getLabels(), getReduction(), types)))
    return failure();
  if (getLogProb())
    types.push_back(getScores().getType());
  return success();
}

LogicalResult DropoutOp::inferResultTypes(Types &types) {
  if (failed(checkScalar(*this, getRatio(), "ratio")) || failed(checkScalar(*this, getTrainingMode(), "training_mode")))
    return failure();
  types.push_back(getData().getType());
  if (getMask())
    types.push_back(cast<ShapedType>(getData().getType()).clone(IntegerType::get(getContext(), 1)));
  return success();
}

} // namespace quern::onnx
