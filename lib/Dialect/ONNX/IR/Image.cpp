// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Shapes of images.

#include "ShapeRules.h"

#include "quern/Support/Constants.h"

#include <cmath>

using namespace mlir;

#define GET_OP_CLASSES
#include "quern/Dialect/ONNX/IR/Image.cpp.inc"

namespace quern::onnx {

// floor(size * scale); nothing where that is no sensible size.
static std::optional<int64_t> scaleSize(int64_t size, double scale) {
  // In f32, as the standard's own inference does.
  float scaled = std::floor(static_cast<float>(size) * static_cast<float>(scale));
  if (!(scaled >= 0 && scaled < 9e15))
    return std::nullopt;
  return static_cast<int64_t>(scaled);
}

LogicalResult ResizeOp::inferResultTypes(Types &types) {
  if (failed(checkOneOf(*this, "mode", getMode(), {"nearest", "linear", "cubic"})) ||
      failed(checkOneOf(*this, "coordinate_transformation_mode", getCoordinateTransformationMode(),
                        {"half_pixel", "half_pixel_symmetric", "pytorch_half_pixel", "align_corners", "asymmetric",
                         "tf_half_pixel_for_nn", "tf_crop_and_resize"})) ||
      failed(checkOneOf(*this, "nearest_mode", getNearestMode(),
                        {"round_prefer_floor", "round_prefer_ceil", "floor", "ceil"})) ||
      failed(checkOneOf(*this, "keep_aspect_ratio_policy", getKeepAspectRatioPolicy(),
                        {"stretch", "not_larger", "not_smaller"})))
    return failure();
  auto isEmpty = [](Value value) { // older exporters write empty tensors for absent ones
    auto type = rankedType(value);
    return type && llvm::is_contained(type.getShape(), 0);
  };
  Value scales = getScales() && !isEmpty(getScales()) ? getScales() : Value();
  Value sizes = getSizes() && !isEmpty(getSizes()) ? getSizes() : Value();
  if (!scales == !sizes)
    return emitOpError("expects 'scales' or 'sizes', got ") << (scales ? "both" : "none");
  auto type = rankedType(getX());
  if (!type)
    return inferSameType(*this, types);
  int64_t rank = type.getRank();
  SmallVector<int64_t> axes = llvm::to_vector(llvm::seq(rank));
  if (getAxes())
    axes.assign(getAxes()->begin(), getAxes()->end());
  if (failed(checkAxes(*this, axes, rank, "axes")) || failed(checkVector(*this, scales, axes.size(), "scales")) ||
      failed(checkVector(*this, sizes, axes.size(), "sizes")))
    return failure();
  for (int64_t &axis : axes)
    axis += axis < 0 ? rank : 0;
  Shape shape(type.getShape());
  auto knownSizes = sizes ? getKnownShapeValue(sizes) : std::nullopt;
  auto knownScales = scales ? getFloats(onnx::getConstantValue(scales)) : std::nullopt;
  // Where the aspect ratio is kept, all axes have one scale.
  std::optional<double> ratio;
  if (sizes && getKeepAspectRatioPolicy() != "stretch") {
    for (auto [i, axis] : llvm::enumerate(axes)) {
      ShapeElement size = knownSizes && i < knownSizes->size() ? (*knownSizes)[i] : ShapeElement();
      if (!size.isNumber() || type.isDynamicDim(axis) || type.getDimSize(axis) == 0) {
        for (int64_t d : axes)
          shape[d] = kDynamic;
        types.push_back(ranked(shape, type.getElementType()));
        return success();
      }
      double scale = static_cast<double>(size.getNumber()) / static_cast<double>(type.getDimSize(axis));
      bool smaller = getKeepAspectRatioPolicy() == "not_larger";
      ratio = !ratio ? scale : smaller ? std::min(*ratio, scale) : std::max(*ratio, scale);
    }
  }
  for (auto [i, axis] : llvm::enumerate(axes)) {
    int64_t whole = shape[axis];
    shape[axis] = kDynamic;
    if (ratio) {
      shape[axis] = static_cast<int64_t>(std::floor(static_cast<double>(whole) * *ratio + 0.5));
    } else if (knownSizes && i < knownSizes->size()) {
      ShapeElement size = (*knownSizes)[i];
      if (size.isNumber() && size.getNumber() < 0)
        return emitOpError("expects 'sizes' of at least 0, got ") << size.getNumber();
      shape[axis] = size.getSize();
    } else if (knownScales && i < knownScales->size()) {
      double scale = (*knownScales)[i];
      if (!(scale > 0))
        return emitOpError("expects 'scales' above 0, got ") << std::to_string(scale);
      if (scale == 1) {
        shape[axis] = whole;
      } else if (!ShapedType::isDynamic(whole)) {
        std::optional<int64_t> size = scaleSize(whole, scale);
        if (!size)
          return emitOpError("expects sizes under 2^53, got ") << whole << " * " << std::to_string(scale);
        shape[axis] = *size;
      }
    }
  }
  if (failed(product(*this, shape)))
    return failure();
  types.push_back(ranked(shape, type.getElementType()));
  return success();
}

LogicalResult GridSampleOp::inferResultTypes(Types &types) {
  if (failed(checkOneOf(*this, "mode", getMode(), {"linear", "nearest", "cubic"})) ||
      failed(checkOneOf(*this, "padding_mode", getPaddingMode(), {"zeros", "border", "reflection"})) ||
      failed(checkMinRank(*this, getX(), 3, "X")) || failed(checkMinRank(*this, getGrid(), 3, "grid")))
    return failure();
  auto x = rankedType(getX()), grid = rankedType(getGrid());
  if (!x || !grid) {
    types.push_back(unranked(elementOf(getX())));
    return success();
  }
  if (failed(checkRank(*this, getGrid(), x.getRank(), "grid")) ||
      failed(mergeSizes(*this, grid.getShape().back(), x.getRank() - 2, "the coordinates of the grid")))
    return failure();
  FailureOr<int64_t> batch = mergeSizes(*this, x.getDimSize(0), grid.getDimSize(0), "the batches of X and grid");
  if (failed(batch))
    return failure();
  Shape shape = {*batch, x.getDimSize(1)};
  llvm::append_range(shape, grid.getShape().drop_front().drop_back());
  types.push_back(ranked(shape, x.getElementType()));
  return success();
}

LogicalResult AffineGridOp::inferResultTypes(Types &types) {
  if (failed(checkRank(*this, getTheta(), 3, "theta")))
    return failure();
  FailureOr<std::optional<Shape>> size = readShape(*this, getSize(), "size", 1);
  if (failed(size))
    return failure();
  if (!*size) {
    types.push_back(unranked(elementOf(getTheta())));
    return success();
  }
  int64_t rank = (*size)->size();
  if (rank != 4 && rank != 5)
    return emitOpError("expects 'size' of 4 or 5 elements, got ") << rank;
  Shape shape = {(**size)[0]};
  llvm::append_range(shape, ArrayRef(**size).drop_front(2));
  shape.push_back(rank - 2);
  types.push_back(ranked(shape, elementOf(getTheta())));
  return success();
}

LogicalResult CropOp::inferResultTypes(Types &types) {
  if (failed(checkRank(*this, getInput(), 4, "input")))
    return failure();
  if (getBorder().size() != 4)
    return emitOpError("expects 'border' of 4 numbers, got ") << getBorder().size();
  if (getScale() && getScale()->size() != 2)
    return emitOpError("expects 'scale' of 2 numbers, got ") << getScale()->size();
  auto [left, top, right, bottom] = std::tuple(getBorder()[0], getBorder()[1], getBorder()[2], getBorder()[3]);
  Shape shape = unknownShape(4);
  if (auto type = rankedType(getInput()))
    shape.assign(type.getShape().begin(), type.getShape().end());
  for (int64_t size : getBorder())
    if (size < 0 || size > INT32_MAX)
      return emitOpError("expects 'border' to be at least 0 and below 2^31, got ") << size;
  for (auto [d, before, after] : {std::tuple(2, top, bottom), {3, left, right}}) {
    int64_t whole = shape[d];
    if (getScale())
      shape[d] = (*getScale())[d - 2];
    else if (!ShapedType::isDynamic(whole))
      shape[d] = whole - before - after;
    if (!ShapedType::isDynamic(shape[d]) &&
        (shape[d] < 0 || (!ShapedType::isDynamic(whole) && before + shape[d] > whole)))
      return emitOpError("expects a part of the ")
             << whole << " elements of dimension " << d << ", got " << shape[d] << " from " << before << " on";
  }
  types.push_back(ranked(shape, elementOf(getInput())));
  return success();
}

LogicalResult ImageScalerOp::inferResultTypes(Types &types) {
  if (failed(checkRank(*this, getInput(), 4, "input")))
    return failure();
  auto type = rankedType(getInput());
  if (type && getBias() && !type.isDynamicDim(1) && type.getDimSize(1) != static_cast<int64_t>(getBias()->size()))
    return emitOpError("expects 'bias' of ") << type.getDimSize(1) << " numbers, got " << getBias()->size();
  return inferSameType(*this, types);
}

} // namespace quern::onnx
