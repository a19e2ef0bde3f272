// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Shapes of gathering, scattering and searching.

#include "ShapeRules.h"

using namespace mlir;

#define GET_OP_CLASSES
#include "quern/Dialect/ONNX/IR/Gather.cpp.inc"

namespace quern::onnx {

//===--- Reading by index -------------------------------------------------===//

LogicalResult GatherOp::inferResultTypes(Types &types) {
  auto data = rankedType(getData()), indices = rankedType(getIndices());
  if (failed(checkMinRank(*this, getData(), 1, "data")))
    return failure();
  if (!data || !indices) {
    types.push_back(unranked(elementOf(getData())));
    return success();
  }
  FailureOr<int64_t> axis = checkAxis(*this, getAxis(), data.getRank());
  if (failed(axis))
    return failure();
  int64_t size = data.getDimSize(*axis);
  if (!ShapedType::isDynamic(size))
    if (auto known = getKnownIntegers(getIndices()))
      for (int64_t index : *known)
        if (index < -size || index >= size)
          return emitOpError("expects indices in [") << -size << ", " << size - 1 << "], got " << index;
  Shape shape(data.getShape().take_front(*axis));
  llvm::append_range(shape, indices.getShape());
  llvm::append_range(shape, data.getShape().drop_front(*axis + 1));
  types.push_back(ranked(shape, data.getElementType()));
  return success();
}

LogicalResult GatherElementsOp::inferResultTypes(Types &types) {
  auto data = rankedType(getData()), indices = rankedType(getIndices());
  if (data) {
    if (failed(checkMinRank(*this, getData(), 1, "data")) || failed(checkAxis(*this, getAxis(), data.getRank())) ||
        failed(checkRank(*this, getIndices(), data.getRank(), "indices")))
      return failure();
  }
  types.push_back(indices ? ranked(indices.getShape(), elementOf(getData())) : unranked(elementOf(getData())));
  return success();
}

LogicalResult GatherNDOp::inferResultTypes(Types &types) {
  auto data = rankedType(getData()), indices = rankedType(getIndices());
  int64_t batch = getBatchDims();
  if (failed(checkMinRank(*this, getData(), 1, "data")) || failed(checkMinRank(*this, getIndices(), 1, "indices")))
    return failure();
  if (batch < 0 || (data && batch >= data.getRank()) || (indices && batch >= indices.getRank()))
    return emitOpError("expects 'batch_dims' under the ranks of data and indices, got ") << batch;
  if (!data || !indices || ShapedType::isDynamic(indices.getShape().back())) {
    types.push_back(unranked(elementOf(getData())));
    return success();
  }
  int64_t depth = indices.getShape().back();
  if (depth < 1 || batch + depth > data.getRank())
    return emitOpError("expects index tuples of 1 to ") << data.getRank() - batch << " numbers, got " << depth;
  Shape shape;
  for (int64_t d = 0; d < batch; ++d) {
    FailureOr<int64_t> size = mergeSizes(*this, data.getDimSize(d), indices.getDimSize(d), "batch dimensions");
    if (failed(size))
      return failure();
    shape.push_back(*size);
  }
  llvm::append_range(shape, indices.getShape().drop_front(batch).drop_back());
  llvm::append_range(shape, data.getShape().drop_front(batch + depth));
  types.push_back(ranked(shape, data.getElementType()));
  return success();
}

LogicalResult CompressOp::inferResultTypes(Types &types) {
  if (failed(checkRank(*this, getCondition(), 1, "condition")))
    return failure();
  Type element = elementOf(getInput());
  auto type = rankedType(getInput());
  if (!getAxis()) {
    types.push_back(ranked({kDynamic}, element));
    return success();
  }
  if (!type)
    return inferSameType(*this, types);
  FailureOr<int64_t> axis = checkAxis(*this, *getAxis(), type.getRank());
  if (failed(axis))
    return failure();
  Shape shape(type.getShape());
  shape[*axis] = kDynamic;
  types.push_back(ranked(shape, element));
  return success();
}

//===--- Writing by index -------------------------------------------------===//

static const StringRef kReductions[] = {"none", "add", "mul", "max", "min"};

LogicalResult ScatterElementsOp::inferResultTypes(Types &types) {
  if (failed(checkOneOf(*this, "reduction", getReduction(), kReductions)) ||
      failed(checkSameElements(*this, {getData(), getUpdates()})))
    return failure();
  auto data = rankedType(getData()), indices = rankedType(getIndices()), updates = rankedType(getUpdates());
  if (data) {
    if (failed(checkMinRank(*this, getData(), 1, "data")) || failed(checkAxis(*this, getAxis(), data.getRank())) ||
        failed(checkRank(*this, getIndices(), data.getRank(), "indices")))
      return failure();
  }
  if (indices && updates && failed(verifyCompatibleShape(indices.getShape(), updates.getShape())))
    return emitOpError("expects indices and updates of one shape, got ") << indices << " and " << updates;
  return inferSameType(*this, types);
}

LogicalResult ScatterNDOp::inferResultTypes(Types &types) {
  if (failed(checkOneOf(*this, "reduction", getReduction(), kReductions)) ||
      failed(checkSameElements(*this, {getData(), getUpdates()})) ||
      failed(checkMinRank(*this, getData(), 1, "data")) || failed(checkMinRank(*this, getIndices(), 1, "indices")))
    return failure();
  auto data = rankedType(getData()), indices = rankedType(getIndices()), updates = rankedType(getUpdates());
  if (data && indices && !ShapedType::isDynamic(indices.getShape().back())) {
    int64_t depth = indices.getShape().back();
    if (depth < 0 || depth > data.getRank())
      return emitOpError("expects index tuples of at most ") << data.getRank() << " numbers, got " << depth;
    Shape want(indices.getShape().drop_back());
    llvm::append_range(want, data.getShape().drop_front(depth));
    if (updates && failed(verifyCompatibleShape(want, updates.getShape())))
      return emitOpError("expects updates of ") << ranked(want, updates.getElementType()) << ", got " << updates;
  }
  return inferSameType(*this, types);
}

LogicalResult TensorScatterOp::inferResultTypes(Types &types) {
  if (failed(checkOneOf(*this, "mode", getMode(), {"linear", "circular"})) ||
      failed(checkSameElements(*this, {getPastCache(), getUpdate()})))
    return failure();
  if (auto cache = rankedType(getPastCache())) {
    if (failed(checkAxis(*this, getAxis(), cache.getRank())) ||
        failed(checkRank(*this, getUpdate(), cache.getRank(), "update")) ||
        failed(checkVector(*this, getWriteIndices(), cache.getDimSize(0), "write_indices")))
      return failure();
  }
  return inferSameType(*this, types);
}

//===--- Searching --------------------------------------------------------===//

LogicalResult OneHotOp::inferResultTypes(Types &types) {
  if (failed(checkVector(*this, getValues(), 2, "values")) || failed(checkScalar(*this, getDepth(), "depth")))
    return failure();
  auto indices = rankedType(getIndices());
  if (!indices) {
    types.push_back(unranked(elementOf(getValues())));
    return success();
  }
  FailureOr<int64_t> axis = checkAxis(*this, getAxis(), indices.getRank() + 1);
  if (failed(axis))
    return failure();
  int64_t depth = kDynamic;
  if (auto known = getKnownShapeValue(getDepth()); known && known->size() == 1) {
    depth = known->front().getSize();
    if (known->front().isNumber() && depth < 1)
      return emitOpError("expects 'depth' of at least 1, got ") << depth;
  }
  Shape shape(indices.getShape());
  shape.insert(shape.begin() + *axis, depth);
  types.push_back(ranked(shape, elementOf(getValues())));
  return success();
}

LogicalResult NonZeroOp::inferResultTypes(Types &types) {
  auto type = rankedType(getX());
  int64_t rank = type ? std::max<int64_t>(type.getRank(), 1) : kDynamic;
  types.push_back(ranked({rank, kDynamic}, IntegerType::get(getContext(), 64)));
  return success();
}

LogicalResult TopKOp::inferResultTypes(Types &types) {
  Type index = IntegerType::get(getContext(), 64);
  if (failed(checkScalar(*this, getK(), "K")))
    return failure();
  auto type = rankedType(getX());
  if (!type) {
    types.append({unranked(elementOf(getX())), unranked(index)});
    return success();
  }
  FailureOr<int64_t> axis = checkAxis(*this, getAxis(), type.getRank());
  if (failed(axis))
    return failure();
  Shape shape(type.getShape());
  int64_t whole = shape[*axis];
  shape[*axis] = kDynamic;
  if (auto k = getKnownShapeValue(getK()); k && k->size() == 1) {
    shape[*axis] = k->front().getSize();
    if (k->front().isNumber() && (shape[*axis] < 0 || (!ShapedType::isDynamic(whole) && shape[*axis] > whole)))
      return emitOpError("expects K between 0 and the ") << whole << " elements along the axis, got " << shape[*axis];
  }
  types.append({ranked(shape, type.getElementType()), ranked(shape, index)});
  return success();
}

LogicalResult UniqueOp::inferResultTypes(Types &types) {
  auto type = rankedType(getX());
  if (!getAxis()) {
    types.push_back(ranked({kDynamic}, elementOf(getX())));
  } else if (!type) {
    types.push_back(unranked(elementOf(getX())));
  } else {
    FailureOr<int64_t> axis = checkAxis(*this, *getAxis(), type.getRank());
    if (failed(axis))
      return failure();
    Shape shape(type.getShape());
    shape[*axis] = kDynamic;
    types.push_back(ranked(shape, type.getElementType()));
  }
  types.append(getNumResults() - 1, ranked({kDynamic}, IntegerType::get(getContext(), 64)));
  return success();
}

LogicalResult NonMaxSuppressionOp::inferResultTypes(Types &types) {
  if (failed(checkRank(*this, getBoxes(), 3, "boxes")) || failed(checkRank(*this, getScores(), 3, "scores")) ||
      failed(checkScalar(*this, getMaxOutputBoxesPerClass(), "max_output_boxes_per_class")) ||
      failed(checkScalar(*this, getIouThreshold(), "iou_threshold")) ||
      failed(checkScalar(*this, getScoreThreshold(), "score_threshold")))
    return failure();
  if (getCenterPointBox() != 0 && getCenterPointBox() != 1)
    return emitOpError("expects 'center_point_box' to be 0 or 1, got ") << getCenterPointBox();
  auto boxes = rankedType(getBoxes()), scores = rankedType(getScores());
  if (boxes && failed(mergeSizes(*this, boxes.getDimSize(2), 4, "the numbers of a box")))
    return failure();
  if (boxes && scores &&
      (failed(mergeSizes(*this, boxes.getDimSize(0), scores.getDimSize(0), "the batches of boxes and scores")) ||
       failed(mergeSizes(*this, boxes.getDimSize(1), scores.getDimSize(2), "the numbers of boxes and scores"))))
    return failure();
  types.push_back(ranked({kDynamic, 3}, IntegerType::get(getContext(), 64)));
  return success();
}

} // namespace quern::onnx
