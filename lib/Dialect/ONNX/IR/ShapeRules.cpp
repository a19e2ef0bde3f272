// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The bricks of shape rules, and the elementwise and reducing families.

#include "ShapeRules.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace quern::onnx {

//===--- Bricks -----------------------------------------------------------===//

std::optional<int64_t> multiply(int64_t a, int64_t b) {
  if (a == 0 || b == 0)
    return 0;
  if (ShapedType::isDynamic(a) || ShapedType::isDynamic(b))
    return kDynamic;
  int64_t result;
  if (llvm::MulOverflow(a, b, result))
    return std::nullopt;
  return result;
}

FailureOr<int64_t> product(Operation *op, ArrayRef<int64_t> sizes) {
  if (llvm::is_contained(sizes, 0))
    return 0;
  int64_t total = 1;
  for (int64_t size : sizes) {
    std::optional<int64_t> next = multiply(total, size);
    if (!next)
      return op->emitOpError("expects fewer than 2^63 elements");
    total = *next;
  }
  return total;
}

FailureOr<int64_t> checkAxis(Operation *op, int64_t axis, int64_t rank, StringRef name) {
  if (axis < -rank || axis >= rank)
    return op->emitOpError("expects '") << name << "' in [" << -rank << ", " << rank - 1 << "], got " << axis;
  return axis < 0 ? axis + rank : axis;
}

FailureOr<Shape> checkAxes(Operation *op, ArrayRef<int64_t> axes, int64_t rank, StringRef name) {
  Shape sorted;
  for (int64_t axis : axes) {
    FailureOr<int64_t> checked = checkAxis(op, axis, rank, name);
    if (failed(checked))
      return failure();
    sorted.push_back(*checked);
  }
  llvm::sort(sorted);
  auto twice = std::adjacent_find(sorted.begin(), sorted.end());
  if (twice != sorted.end())
    return op->emitOpError("expects '") << name << "' to differ, got " << *twice << " twice";
  return sorted;
}

FailureOr<int64_t> mergeSizes(Operation *op, int64_t a, int64_t b, const Twine &what) {
  if (ShapedType::isDynamic(a))
    return b;
  if (!ShapedType::isDynamic(b) && a != b)
    return op->emitOpError("expects ") << what << " to agree, got " << a << " and " << b;
  return a;
}

LogicalResult checkRank(Operation *op, Value value, int64_t rank, StringRef name) {
  auto type = rankedType(value);
  if (type && type.getRank() != rank)
    return op->emitOpError("expects '") << name << "' of rank " << rank << ", got rank " << type.getRank();
  return success();
}

LogicalResult checkMinRank(Operation *op, Value value, int64_t rank, StringRef name) {
  auto type = rankedType(value);
  if (type && type.getRank() < rank)
    return op->emitOpError("expects '") << name << "' of rank at least " << rank << ", got rank " << type.getRank();
  return success();
}

LogicalResult checkScalar(Operation *op, Value value, StringRef name) {
  auto type = value ? rankedType(value) : RankedTensorType();
  if (type && type.hasStaticShape() && llvm::any_of(type.getShape(), [](int64_t size) { return size != 1; }))
    return op->emitOpError("expects '") << name << "' to hold one element, got " << type;
  return success();
}

LogicalResult checkVector(Operation *op, Value value, int64_t size, StringRef name) {
  if (!value)
    return success();
  if (failed(checkRank(op, value, 1, name)))
    return failure();
  auto type = rankedType(value);
  if (type && !type.isDynamicDim(0) && !ShapedType::isDynamic(size) && type.getDimSize(0) != size)
    return op->emitOpError("expects '") << name << "' of " << size << " elements, got " << type.getDimSize(0);
  return success();
}

LogicalResult checkSameElements(Operation *op, ValueRange values) {
  for (Value value : values)
    if (elementOf(value) != elementOf(values.front()))
      return op->emitOpError("expects operands of one element type, got ")
             << elementOf(values.front()) << " and " << elementOf(value);
  return success();
}

LogicalResult checkOneOf(Operation *op, StringRef name, StringRef value, ArrayRef<StringRef> allowed) {
  if (llvm::is_contained(allowed, value))
    return success();
  InFlightDiagnostic diag = op->emitOpError("expects '") << name << "' to be one of ";
  llvm::interleaveComma(allowed, diag);
  return diag << ", got '" << value << "'";
}

FailureOr<Type> checkDataType(Operation *op, int64_t dataType, StringRef name) {
  // Only a few operators take strings.
  Type element = getElementType(op->getContext(), dataType);
  if (element && (!isa<StringType>(element) || isa<CastOp, SequenceEmptyOp>(op)))
    return element;
  return op->emitOpError("expects '") << name << "' to be the number of a tensor's data type, got " << dataType;
}

FailureOr<Shape> broadcast(Operation *op, ArrayRef<int64_t> a, ArrayRef<int64_t> b) {
  if (a.size() < b.size())
    std::swap(a, b);
  Shape shape(a);
  for (auto [i, size] : llvm::enumerate(b)) {
    int64_t &known = shape[a.size() - b.size() + i];
    if (size == 1 || size == known || (ShapedType::isDynamic(size) && known != 1))
      continue;
    if (known != 1 && !ShapedType::isDynamic(known))
      return op->emitOpError("expects operands that broadcast, got sizes ")
             << known << " and " << size << " in dimension " << a.size() - b.size() + i;
    known = size;
  }
  return shape;
}

LogicalResult checkBroadcastsTo(Operation *op, Value value, ArrayRef<int64_t> shape, StringRef name) {
  auto type = value ? rankedType(value) : RankedTensorType();
  if (!type)
    return success();
  int64_t extra = static_cast<int64_t>(shape.size()) - type.getRank();
  bool fits = extra >= 0;
  for (int64_t i = 0; fits && i < type.getRank(); ++i) {
    int64_t size = type.getDimSize(i), want = shape[extra + i];
    fits = size == 1 || size == want || ShapedType::isDynamic(size) || ShapedType::isDynamic(want);
  }
  if (fits)
    return success();
  return op->emitOpError("expects '") << name << "' to broadcast to "
                                      << RankedTensorType::get(shape, type.getElementType()) << ", got " << type;
}

// The shape that the elements of a shape operand describe; each must be at least `least`.
FailureOr<std::optional<Shape>> readShape(Operation *op, Value value, StringRef name, int64_t least) {
  if (failed(checkRank(op, value, 1, name)))
    return failure();
  auto known = getKnownShapeValue(value);
  if (!known)
    return std::optional<Shape>();
  Shape shape;
  for (ShapeElement element : *known) {
    if (element.isNumber() && element.getNumber() < least)
      return op->emitOpError("expects '") << name << "' of sizes at least " << least << ", got " << element.getNumber();
    shape.push_back(element.getSize());
  }
  if (failed(product(op, shape)))
    return failure();
  return std::optional<Shape>(shape);
}

//===--- Elementwise ------------------------------------------------------===//

LogicalResult inferSameType(Operation *op, Types &types) {
  types.push_back(op->getOperand(0).getType());
  return success();
}

LogicalResult inferSameShape(Operation *op, Types &types, Type element) {
  types.push_back(cast<ShapedType>(op->getOperand(0).getType()).clone(element));
  return success();
}

LogicalResult inferSameShapeAs(Operation *op, std::optional<int64_t> dataType, Types &types) {
  if (!dataType)
    return inferSameType(op, types);
  FailureOr<Type> element = checkDataType(op, *dataType, op->hasAttr("to") ? "to" : "dtype");
  if (failed(element))
    return failure();
  return inferSameShape(op, types, *element);
}

LogicalResult inferAlongAxis(Operation *op, int64_t axis, Types &types) {
  if (auto type = rankedType(op->getOperand(0)))
    if (failed(checkAxis(op, axis, type.getRank())))
      return failure();
  return inferSameType(op, types);
}

LogicalResult inferBroadcastOf(Operation *op, ValueRange values, Types &types, Type element) {
  if (values.empty())
    return op->emitOpError("expects at least one operand");
  if (!element)
    element = elementOf(values.front());
  Shape shape;
  for (Value value : values) {
    auto type = rankedType(value);
    if (!type) {
      types.push_back(unranked(element));
      return success();
    }
    FailureOr<Shape> next = broadcast(op, shape, type.getShape());
    if (failed(next))
      return failure();
    shape = std::move(*next);
  }
  types.push_back(ranked(shape, element));
  return success();
}

LogicalResult inferBroadcast(Operation *op, Types &types, Type element, bool sameElements) {
  if (sameElements && op->getNumOperands() && failed(checkSameElements(op, op->getOperands())))
    return failure();
  return inferBroadcastOf(op, op->getOperands(), types, element);
}

//===--- Reductions -------------------------------------------------------===//

LogicalResult inferReduce(Operation *op, Value axes, bool keepDims, bool noopWithEmptyAxes, Types &types) {
  Value data = op->getOperand(0);
  auto type = rankedType(data);
  if (axes && failed(checkRank(op, axes, 1, "axes")))
    return failure();
  if (!type) {
    types.push_back(unranked(elementOf(data)));
    return success();
  }
  int64_t rank = type.getRank();
  // Which axes; nothing where that is unknown.
  std::optional<Shape> known = Shape();
  if (axes)
    known = getKnownIntegers(axes);
  if (!known) {
    auto axesType = rankedType(axes);
    if (keepDims)
      types.push_back(ranked(unknownShape(rank), type.getElementType()));
    else if (axesType && axesType.getDimSize(0) > 0 && axesType.getDimSize(0) <= rank)
      types.push_back(ranked(unknownShape(rank - axesType.getDimSize(0)), type.getElementType()));
    else
      types.push_back(unranked(type.getElementType()));
    return success();
  }
  if (known->empty() && noopWithEmptyAxes)
    return inferSameType(op, types);
  FailureOr<Shape> checked = checkAxes(op, *known, rank);
  if (failed(checked))
    return failure();
  Shape shape;
  for (int64_t i = 0; i < rank; ++i) {
    if (!known->empty() && !llvm::is_contained(*checked, i))
      shape.push_back(type.getDimSize(i));
    else if (keepDims)
      shape.push_back(1);
  }
  types.push_back(ranked(shape, type.getElementType()));
  return success();
}

LogicalResult inferArgReduce(Operation *op, int64_t axis, bool keepDims, Types &types) {
  Type element = IntegerType::get(op->getContext(), 64);
  auto type = rankedType(op->getOperand(0));
  if (!type) {
    types.push_back(unranked(element));
    return success();
  }
  FailureOr<int64_t> checked = checkAxis(op, axis, type.getRank());
  if (failed(checked))
    return failure();
  Shape shape(type.getShape());
  if (keepDims)
    shape[*checked] = 1;
  else
    shape.erase(shape.begin() + *checked);
  types.push_back(ranked(shape, element));
  return success();
}

} // namespace quern::onnx
