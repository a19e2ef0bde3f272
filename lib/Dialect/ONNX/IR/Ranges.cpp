// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Shapes of the ops that move whole ranges of elements: joins, cuts, slices,
// borders, repetition. Their definitions are in Tensor.td.

#include "ShapeRules.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace quern::onnx {

LogicalResult ConcatOp::inferResultTypes(Types &types) {
  if (getInputs().empty())
    return emitOpError("expects at least one operand");
  if (failed(checkSameElements(*this, getInputs())))
    return failure();
  Type element = elementOf(getInputs().front());
  std::optional<Shape> shape;
  int64_t axis = 0;
  bool allRanked = true;
  for (auto [i, input] : llvm::enumerate(getInputs())) {
    auto type = rankedType(input);
    if (!type) {
      allRanked = false;
      continue;
    }
    if (!shape) {
      FailureOr<int64_t> checked = checkAxis(*this, getAxis(), type.getRank());
      if (failed(checked))
        return failure();
      axis = *checked;
      shape = Shape(type.getShape());
      (*shape)[axis] = 0;
    } else if (type.getRank() != static_cast<int64_t>(shape->size())) {
      return emitOpError("expects inputs of one rank, got ") << shape->size() << " and " << type.getRank();
    }
    for (int64_t d = 0; d < type.getRank(); ++d) {
      int64_t &size = (*shape)[d], got = type.getDimSize(d);
      if (d == axis) {
        if (ShapedType::isDynamic(size) || ShapedType::isDynamic(got))
          size = kDynamic;
        else if (llvm::AddOverflow(size, got, size))
          return emitOpError("expects fewer than 2^63 elements");
        continue;
      }
      if (!ShapedType::isDynamic(size) && !ShapedType::isDynamic(got) && size != got) {
        InFlightDiagnostic diag = emitOpError("expects inputs to agree on dim ")
                                  << d << ": an input before has " << size << ", input #" << i << " has " << got;
        diag.attachNote(input.getLoc()) << "input #" << i << " is defined here";
        return diag;
      }
      if (ShapedType::isDynamic(size))
        size = got;
    }
  }
  if (!shape) {
    types.push_back(unranked(element));
    return success();
  }
  if (!allRanked)
    (*shape)[axis] = kDynamic;
  types.push_back(ranked(*shape, element));
  return success();
}

LogicalResult SplitOp::inferResultTypes(Types &types) {
  Type element = elementOf(getInput());
  int64_t count = getNumResults();
  if (getSplit() && failed(checkVector(*this, getSplit(), count, "split")))
    return failure();
  if (getNumOutputs() && getSplit())
    return emitOpError("expects 'split' or 'num_outputs', got both");
  if (getNumOutputs() && static_cast<int64_t>(*getNumOutputs()) != count)
    return emitOpError("expects 'num_outputs' results, got ") << count << " for " << *getNumOutputs();
  auto type = rankedType(getInput());
  if (!type) {
    types.append(count, unranked(element));
    return success();
  }
  FailureOr<int64_t> axis = checkAxis(*this, getAxis(), type.getRank());
  if (failed(axis))
    return failure();
  int64_t whole = type.getDimSize(*axis);
  Shape sizes = unknownShape(count);
  if (getSplit()) {
    if (auto known = readShape(*this, getSplit(), "split"); failed(known))
      return failure();
    else if (*known)
      sizes = **known;
    if (static_cast<int64_t>(sizes.size()) != count)
      return emitOpError("expects 'split' of ") << count << " elements, got " << sizes.size();
  } else if (!ShapedType::isDynamic(whole)) {
    int64_t part = whole / count + (whole % count != 0);
    for (int64_t i = 0; i < count; ++i)
      sizes[i] = std::clamp<int64_t>(whole - i * part, 0, part);
  }
  int64_t sum = 0;
  for (int64_t size : sizes)
    if (ShapedType::isDynamic(sum) || ShapedType::isDynamic(size))
      sum = kDynamic;
    else if (llvm::AddOverflow(sum, size, sum))
      return emitOpError("expects fewer than 2^63 elements");
  if (!ShapedType::isDynamic(sum) && !ShapedType::isDynamic(whole) && sum != whole)
    return emitOpError("expects parts that add up to ") << whole << ", got " << sum;
  for (int64_t size : sizes) {
    Shape shape(type.getShape());
    shape[*axis] = size;
    types.push_back(ranked(shape, element));
  }
  return success();
}

//===--- Slices -----------------------------------------------------------===//

// The number of indices from start to end by step in a dimension of `size`, by ONNX's rules of clamping.
static int64_t sliceSize(int64_t size, int64_t start, int64_t end, int64_t step) {
  if (size == 0)
    return 0;
  start = start < 0 ? (start < -size ? -1 : start + size) : start;
  end = end < 0 ? (end < -size ? -1 : end + size) : end;
  if (step > 0) {
    start = std::clamp<int64_t>(start, 0, size);
    end = std::clamp<int64_t>(end, 0, size);
    return end <= start ? 0 : (end - start - 1) / step + 1;
  }
  start = std::clamp<int64_t>(start, 0, size - 1);
  end = std::clamp<int64_t>(end, -1, size - 1);
  return end >= start ? 0 : (start - end - 1) / (step == INT64_MIN ? INT64_MAX : -step) + 1;
}

LogicalResult SliceOp::inferResultTypes(Types &types) {
  auto type = rankedType(getData());
  int64_t count = kDynamic;
  for (auto [value, name] : {std::pair<Value, StringRef>(getStarts(), "starts"),
                             {getEnds(), "ends"},
                             {getAxes(), "axes"},
                             {getSteps(), "steps"}}) {
    if (failed(checkVector(*this, value, count, name)))
      return failure();
    if (auto vector = value ? rankedType(value) : RankedTensorType(); vector && ShapedType::isDynamic(count))
      count = vector.getDimSize(0);
  }
  if (!type)
    return inferSameType(*this, types);
  int64_t rank = type.getRank();
  Type element = type.getElementType();
  std::optional<SmallVector<int64_t>> axes;
  if (getAxes())
    axes = getKnownIntegers(getAxes());
  else if (!ShapedType::isDynamic(count))
    axes = llvm::to_vector(llvm::seq(count));
  if (!axes) {
    types.push_back(ranked(unknownShape(rank), element));
    return success();
  }
  if (failed(checkAxes(*this, *axes, rank, "axes")))
    return failure();
  auto starts = getKnownShapeValue(getStarts()), ends = getKnownShapeValue(getEnds());
  std::optional<SmallVector<ShapeElement>> steps;
  if (getSteps())
    steps = getKnownShapeValue(getSteps());
  else
    steps = SmallVector<ShapeElement>(axes->size(), ShapeElement::getNumber(1));
  Shape shape(type.getShape());
  for (auto [i, axis] : llvm::enumerate(*axes)) {
    int64_t &size = shape[axis < 0 ? axis + rank : axis];
    auto known = [&](auto &values) { return values && i < values->size() ? (*values)[i] : ShapeElement(); };
    ShapeElement start = known(starts), end = known(ends), step = known(steps);
    if (step.isNumber(0))
      return emitOpError("expects 'steps' other than 0");
    int64_t whole = size;
    size = kDynamic;
    if (!step.isNumber())
      continue;
    if (start.isNumber() && end.isNumber() && !ShapedType::isDynamic(whole))
      size = sliceSize(whole, start.getNumber(), end.getNumber(), step.getNumber());
    else if (step.getNumber() == 1 && start.isNumber(0) && end.isDim() &&
             end.isSame(ShapeElement::getDim(getData(), axis < 0 ? axis + rank : axis)))
      size = whole;
    else if (start.isNumber() && end.isNumber() && step.getNumber() == 1 && start.getNumber() < 0 &&
             end.getNumber() < 0 && end.getNumber() <= start.getNumber())
      size = 0;
  }
  types.push_back(ranked(shape, element));
  return success();
}

//===--- Borders ----------------------------------------------------------===//

LogicalResult PadOp::inferResultTypes(Types &types) {
  if (failed(checkOneOf(*this, "mode", getMode(), {"constant", "reflect", "edge", "wrap"})) ||
      failed(checkRank(*this, getPads(), 1, "pads")) ||
      failed(checkScalar(*this, getConstantValue(), "constant_value")))
    return failure();
  if (getConstantValue() && failed(checkSameElements(*this, {getData(), getConstantValue()})))
    return failure();
  auto type = rankedType(getData());
  if (!type)
    return inferSameType(*this, types);
  int64_t rank = type.getRank();
  std::optional<SmallVector<int64_t>> axes = llvm::to_vector(llvm::seq(rank));
  if (getAxes())
    axes = getKnownIntegers(getAxes());
  if (axes && getAxes() && failed(checkAxes(*this, *axes, rank, "axes")))
    return failure();
  if (axes && failed(checkVector(*this, getPads(), 2 * axes->size(), "pads")))
    return failure();
  auto pads = getKnownShapeValue(getPads());
  if (!axes || !pads) {
    types.push_back(ranked(unknownShape(rank), type.getElementType()));
    return success();
  }
  if (pads->size() != 2 * axes->size())
    return emitOpError("expects 'pads' of ") << 2 * axes->size() << " elements, got " << pads->size();
  Shape shape(type.getShape());
  for (auto [i, axis] : llvm::enumerate(*axes)) {
    int64_t d = axis < 0 ? axis + rank : axis;
    ShapeElement begin = (*pads)[i], end = (*pads)[i + axes->size()];
    if (!begin.isNumber() || !end.isNumber() || ShapedType::isDynamic(shape[d])) {
      if (!begin.isNumber(0) || !end.isNumber(0))
        shape[d] = kDynamic;
      continue;
    }
    int64_t size, whole = shape[d];
    if (llvm::AddOverflow(whole, begin.getNumber(), size) || llvm::AddOverflow(size, end.getNumber(), size))
      return emitOpError("expects fewer than 2^63 elements");
    if (size < 0)
      return emitOpError("expects 'pads' to remove at most the ") << whole << " elements of dimension " << d;
    if (getMode() == "reflect" && whole > 0 && (begin.getNumber() >= whole || end.getNumber() >= whole))
      return emitOpError("expects reflected borders under the size ")
             << whole << " of dimension " << d << ", got " << begin.getNumber() << " and " << end.getNumber();
    shape[d] = size;
  }
  if (failed(product(*this, shape)))
    return failure();
  types.push_back(ranked(shape, type.getElementType()));
  return success();
}

LogicalResult CenterCropPadOp::inferResultTypes(Types &types) {
  auto type = rankedType(getInputData());
  FailureOr<std::optional<Shape>> sizes = readShape(*this, getShape(), "shape");
  if (failed(sizes))
    return failure();
  if (!type)
    return inferSameType(*this, types);
  SmallVector<int64_t> axes = llvm::to_vector(llvm::seq(type.getRank()));
  if (getAxes())
    axes.assign(getAxes()->begin(), getAxes()->end());
  if (failed(checkAxes(*this, axes, type.getRank(), "axes")) ||
      failed(checkVector(*this, getShape(), axes.size(), "shape")))
    return failure();
  Shape shape(type.getShape());
  for (auto [i, axis] : llvm::enumerate(axes))
    shape[axis < 0 ? axis + type.getRank() : axis] = *sizes && i < (*sizes)->size() ? (**sizes)[i] : kDynamic;
  types.push_back(ranked(shape, type.getElementType()));
  return success();
}

//===--- Repetition -------------------------------------------------------===//

LogicalResult ExpandOp::inferResultTypes(Types &types) {
  Type element = elementOf(getInput());
  FailureOr<std::optional<Shape>> shape = readShape(*this, getShape(), "shape");
  if (failed(shape))
    return failure();
  auto type = rankedType(getInput());
  if (!*shape || !type) {
    types.push_back(unranked(element));
    return success();
  }
  FailureOr<Shape> result = broadcast(*this, type.getShape(), **shape);
  if (failed(result) || failed(product(*this, *result)))
    return failure();
  types.push_back(ranked(*result, element));
  return success();
}

LogicalResult TileOp::inferResultTypes(Types &types) {
  auto type = rankedType(getInput());
  FailureOr<std::optional<Shape>> repeats = readShape(*this, getRepeats(), "repeats");
  if (failed(repeats))
    return failure();
  if (!type)
    return inferSameType(*this, types);
  if (failed(checkVector(*this, getRepeats(), type.getRank(), "repeats")))
    return failure();
  Shape shape = unknownShape(type.getRank());
  if (*repeats && (*repeats)->size() == shape.size())
    for (auto [i, count] : llvm::enumerate(**repeats)) {
      std::optional<int64_t> size = multiply(type.getDimSize(i), count);
      if (!size)
        return emitOpError("expects fewer than 2^63 elements");
      shape[i] = *size;
    }
  if (failed(product(*this, shape)))
    return failure();
  types.push_back(ranked(shape, type.getElementType()));
  return success();
}

LogicalResult TriluOp::inferResultTypes(Types &types) {
  if (failed(checkMinRank(*this, getInput(), 2, "input")) || failed(checkScalar(*this, getK(), "k")))
    return failure();
  return inferSameType(*this, types);
}

//===--- Blocks -----------------------------------------------------------===//

static LogicalResult checkBlocks(Operation *op, Value input, int64_t blockSize) {
  if (blockSize < 1 || blockSize > INT32_MAX)
    return op->emitOpError("expects 'blocksize' to be at least 1 and below 2^31, got ") << blockSize;
  return checkRank(op, input, 4, "input");
}

LogicalResult DepthToSpaceOp::inferResultTypes(Types &types) {
  int64_t block = getBlocksize();
  if (failed(checkBlocks(*this, getInput(), block)) || failed(checkOneOf(*this, "mode", getMode(), {"DCR", "CRD"})))
    return failure();
  Shape shape = unknownShape(4);
  if (auto type = rankedType(getInput())) {
    shape.assign(type.getShape().begin(), type.getShape().end());
    if (!ShapedType::isDynamic(shape[1])) {
      if (shape[1] % (block * block))
        return emitOpError("expects channels that divide into 'blocksize' squared, got ") << shape[1] << " channels";
      shape[1] /= block * block;
    }
    for (int64_t d : {2, 3}) {
      std::optional<int64_t> size = multiply(shape[d], block);
      if (!size)
        return emitOpError("expects fewer than 2^63 elements");
      shape[d] = *size;
    }
  }
  types.push_back(ranked(shape, elementOf(getInput())));
  return success();
}

LogicalResult SpaceToDepthOp::inferResultTypes(Types &types) {
  int64_t block = getBlocksize();
  if (failed(checkBlocks(*this, getInput(), block)) || failed(checkOneOf(*this, "mode", getMode(), {"DCR", "CRD"})))
    return failure();
  Shape shape = unknownShape(4);
  if (auto type = rankedType(getInput())) {
    shape.assign(type.getShape().begin(), type.getShape().end());
    for (int64_t d : {2, 3})
      if (!ShapedType::isDynamic(shape[d])) {
        if (shape[d] % block)
          return emitOpError("expects sizes that divide into 'blocksize', got ") << shape[d] << " in dimension " << d;
        shape[d] /= block;
      }
    std::optional<int64_t> channels = multiply(shape[1], block * block);
    if (!channels)
      return emitOpError("expects fewer than 2^63 elements");
    shape[1] = *channels;
  }
  types.push_back(ranked(shape, elementOf(getInput())));
  return success();
}

LogicalResult ReverseSequenceOp::inferResultTypes(Types &types) {
  if (failed(checkMinRank(*this, getInput(), 2, "input")))
    return failure();
  for (int64_t axis : {getBatchAxis(), getTimeAxis()})
    if (axis != 0 && axis != 1)
      return emitOpError("expects 'batch_axis' and 'time_axis' to be 0 and 1 or 1 and 0, got ")
             << getBatchAxis() << " and " << getTimeAxis();
  if (getBatchAxis() == getTimeAxis())
    return emitOpError("expects 'batch_axis' and 'time_axis' to differ, got ") << getBatchAxis();
  auto type = rankedType(getInput());
  if (failed(checkVector(*this, getSequenceLens(), type ? type.getDimSize(getBatchAxis()) : kDynamic, "sequence_lens")))
    return failure();
  return inferSameType(*this, types);
}

} // namespace quern::onnx
