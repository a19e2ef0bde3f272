// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Sizes, constants, types and views: their shapes. Ranges of elements are in
// Ranges.cpp.

#include "ShapeRules.h"

#include "quern/Support/Constants.h"

using namespace mlir;

#define GET_OP_CLASSES
#include "quern/Dialect/ONNX/IR/Tensor.cpp.inc"

namespace quern::onnx {

//===--- Sizes and constants ----------------------------------------------===//

LogicalResult ConstantOp::inferResultTypes(Types &types) {
  ShapedType type = getValue().getShapedType();
  if (!isa<RankedTensorType>(type))
    return emitOpError("expects a tensor, got ") << type;
  if (isa<StringType>(type.getElementType())) {
    if (!isa<DenseStringElementsAttr>(getValue()))
      return emitOpError("expects strings by value, got ") << getValue();
    types.push_back(type);
    return success();
  }
  std::optional<int64_t> bytes = getStorageBytes(type);
  if (!bytes)
    return emitOpError("expects fewer than 2^63 bytes, got ") << type;
  if (isa<DenseResourceElementsAttr>(getValue())) {
    std::optional<ArrayRef<char>> data = getConstantBytes(getValue());
    if (!data)
      return emitOpError("expects a resource that is there, got ") << getValue();
    if (static_cast<int64_t>(data->size()) != *bytes)
      return emitOpError("expects a resource of ") << *bytes << " bytes for " << type << ", got " << data->size();
  }
  types.push_back(type);
  return success();
}

LogicalResult ShapeOp::inferResultTypes(Types &types) {
  Type element = IntegerType::get(getContext(), 64);
  auto type = rankedType(getData());
  if (!type) {
    types.push_back(ranked({kDynamic}, element));
    return success();
  }
  auto [begin, end] = getRange();
  types.push_back(ranked({std::max<int64_t>(end - begin, 0)}, element));
  return success();
}

std::pair<int64_t, int64_t> ShapeOp::getRange() {
  int64_t rank = cast<RankedTensorType>(getData().getType()).getRank();
  auto clamp = [&](int64_t at) { return std::clamp<int64_t>(at < 0 ? at + rank : at, 0, rank); };
  return {clamp(getStart()), getEnd() ? clamp(*getEnd()) : rank};
}

LogicalResult SizeOp::inferResultTypes(Types &types) {
  types.push_back(ranked({}, IntegerType::get(getContext(), 64)));
  return success();
}

LogicalResult ConstantOfShapeOp::inferResultTypes(Types &types) {
  Type element = Float32Type::get(getContext());
  if (auto value = getValueAttr()) {
    element = value.getElementType();
    if (!value.getShapedType().hasStaticShape() || value.getNumElements() != 1)
      return emitOpError("expects 'value' to hold one element, got ") << value.getShapedType();
  }
  auto shape = readShape(*this, getInput(), "input");
  if (failed(shape))
    return failure();
  types.push_back(*shape ? ranked(**shape, element) : unranked(element));
  return success();
}

LogicalResult EyeLikeOp::inferResultTypes(Types &types) {
  if (failed(checkRank(*this, getInput(), 2, "input")))
    return failure();
  return inferSameShapeAs(*this, getDtype(), types);
}

LogicalResult RangeOp::inferResultTypes(Types &types) {
  if (failed(checkSameElements(*this, getOperands())) || failed(checkScalar(*this, getStart(), "start")) ||
      failed(checkScalar(*this, getLimit(), "limit")) || failed(checkScalar(*this, getDelta(), "delta")))
    return failure();
  int64_t size = kDynamic;
  if (std::optional<int64_t> count = getCount()) {
    size = *count;
  } else {
    auto delta = getKnownIntegers(getDelta());
    if (delta && delta->size() == 1 && delta->front() == 0)
      return emitOpError("expects 'delta' other than 0");
    // From 0 by 1 to the size of a dimension.
    auto limit = getKnownShapeValue(getLimit()), start = getKnownShapeValue(getStart());
    if (limit && start && delta && limit->size() == 1 && start->size() == 1 && delta->size() == 1 &&
        start->front().isNumber(0) && delta->front() == 1)
      size = limit->front().getSize();
  }
  types.push_back(ranked({size}, elementOf(getStart())));
  return success();
}

std::optional<int64_t> RangeOp::getCount() {
  SmallVector<double, 3> bounds;
  for (Value value : getOperands()) {
    if (auto integers = getKnownIntegers(value); integers && integers->size() == 1)
      bounds.push_back(integers->front());
    else if (auto floats = getFloats(getConstantValue(value)); floats && floats->size() == 1)
      bounds.push_back(floats->front());
    else
      return std::nullopt;
  }
  if (bounds[2] == 0)
    return std::nullopt;
  if (isa<IntegerType>(elementOf(getStart())) && llvm::all_of(bounds, [](double b) { return std::fabs(b) < 1e15; })) {
    auto start = static_cast<int64_t>(bounds[0]), limit = static_cast<int64_t>(bounds[1]),
         delta = static_cast<int64_t>(bounds[2]);
    return std::max<int64_t>(0, (limit - start + delta - (delta > 0 ? 1 : -1)) / delta);
  }
  double distance = bounds[1] - bounds[0];
  if (elementOf(getStart()).isF32())
    distance = static_cast<float>(distance);
  double count = std::ceil(distance / bounds[2]);
  if (!(count < 1e15))
    return std::nullopt;
  return count > 0 ? static_cast<int64_t>(count) : 0;
}

//===--- Types ------------------------------------------------------------===//

LogicalResult BitCastOp::inferResultTypes(Types &types) {
  FailureOr<Type> element = checkDataType(*this, getTo(), "to");
  if (failed(element))
    return failure();
  if (getStorageBits(*element) != getStorageBits(elementOf(getInput())))
    return emitOpError("expects 'to' to have the bits of ") << elementOf(getInput()) << ", got " << *element;
  return inferSameShape(*this, types, *element);
}

//===--- Views ------------------------------------------------------------===//

// What the elements of X and of the new shape have in common is dropped; what is left gives the size that is asked
// for, if it is a number.
static std::optional<int64_t> divideSizes(SmallVector<ShapeElement> whole, ArrayRef<ShapeElement> parts,
                                          bool &divisible) {
  int64_t rest = 1, divisor = 1;
  divisible = true;
  for (ShapeElement part : parts) {
    if (part.isNumber()) {
      std::optional<int64_t> next = multiply(divisor, part.getNumber());
      if (!next)
        return std::nullopt;
      divisor = *next;
      continue;
    }
    auto same = llvm::find_if(whole, [&](const ShapeElement &element) { return element.isSame(part); });
    if (same == whole.end())
      return std::nullopt;
    whole.erase(same);
  }
  for (ShapeElement element : whole) {
    std::optional<int64_t> next = element.isNumber() ? multiply(rest, element.getNumber()) : std::nullopt;
    if (!next)
      return std::nullopt;
    rest = *next;
  }
  if (divisor == 0)
    return std::nullopt;
  divisible = rest % divisor == 0;
  return rest / divisor;
}

static LogicalResult emitReshapeError(ReshapeOp op, ArrayRef<ShapeElement> sizes) {
  InFlightDiagnostic diag = op.emitOpError("expects as many elements in the new shape as in ");
  diag << op.getData().getType() << ", got [";
  llvm::interleaveComma(sizes, diag, [&](const ShapeElement &size) {
    if (size.isNumber())
      diag << size.getNumber();
    else
      diag << "?";
  });
  return diag << "]";
}

LogicalResult ReshapeOp::inferResultTypes(Types &types) {
  Type element = elementOf(getData());
  if (failed(checkRank(*this, getShape(), 1, "shape")))
    return failure();
  auto known = getKnownShapeValue(getShape());
  if (!known) {
    types.push_back(unranked(element));
    return success();
  }
  auto type = rankedType(getData());
  std::optional<size_t> inferred, unknown;
  bool several = false;
  for (auto [i, size] : llvm::enumerate(*known)) {
    if (size.isNumber(-1)) {
      if (inferred)
        return emitOpError("expects at most one -1 in 'shape'");
      inferred = i;
    } else if (size.isNumber() && size.getNumber() < -1) {
      return emitOpError("expects sizes of at least -1 in 'shape', got ") << size.getNumber();
    } else if (size.isNumber(0) && !getAllowzero()) {
      if (type && static_cast<int64_t>(i) >= type.getRank())
        return emitOpError("expects a 0 in 'shape' to stand for a dimension of X, got one in dimension ")
               << i << " of " << type;
      size = type ? ShapeElement::getDim(getData(), i) : ShapeElement();
    } else if (size.isNumber(0) && getAllowzero() && llvm::any_of(*known, [](auto e) { return e.isNumber(-1); })) {
      return emitOpError("expects no -1 beside a 0 in 'shape' where 'allowzero'");
    }
    if (!size.isNumber() && !size.isDim()) {
      several |= unknown.has_value();
      unknown = i;
    }
  }
  // The one size that is left follows from the number of elements (an unknown one may also be -1).
  std::optional<size_t> open = inferred ? (unknown ? std::nullopt : inferred) : (several ? std::nullopt : unknown);
  SmallVector<ShapeElement> sizes(*known);
  if (type && !(inferred && unknown) && !several) {
    SmallVector<ShapeElement> whole, parts;
    for (int64_t i = 0; i < type.getRank(); ++i)
      whole.push_back(ShapeElement::getDim(getData(), i));
    for (auto [i, size] : llvm::enumerate(sizes))
      if (i != open)
        parts.push_back(size);
    bool divisible;
    std::optional<int64_t> rest = divideSizes(whole, parts, divisible);
    if (rest && (!divisible || (!open && *rest != 1)))
      return emitReshapeError(*this, sizes);
    if (rest && open)
      sizes[*open] = ShapeElement::getNumber(*rest);
    else if (!rest && !open && type.hasStaticShape() && llvm::all_of(sizes, [](auto e) { return e.isNumber(); }) &&
             type.getNumElements() != 0)
      return emitReshapeError(*this, sizes);
  }
  Shape shape;
  for (auto [i, size] : llvm::enumerate(sizes))
    shape.push_back(size.isNumber(-1) ? kDynamic : size.getSize());
  if (failed(product(*this, shape)))
    return failure();
  types.push_back(ranked(shape, element));
  return success();
}

LogicalResult FlattenOp::inferResultTypes(Types &types) {
  Shape shape = unknownShape(2);
  if (auto type = rankedType(getInput())) {
    int64_t rank = type.getRank(), axis = getAxis();
    if (axis < -rank || axis > rank)
      return emitOpError("expects 'axis' in [") << -rank << ", " << rank << "], got " << axis;
    axis += axis < 0 ? rank : 0;
    FailureOr<int64_t> rows = product(*this, type.getShape().take_front(axis));
    if (failed(rows))
      return failure();
    FailureOr<int64_t> columns = product(*this, type.getShape().drop_front(axis));
    if (failed(columns))
      return failure();
    shape = {*rows, *columns};
  }
  types.push_back(ranked(shape, elementOf(getInput())));
  return success();
}

LogicalResult SqueezeOp::inferResultTypes(Types &types) {
  Type element = elementOf(getData());
  auto type = rankedType(getData());
  if (getAxes() && failed(checkRank(*this, getAxes(), 1, "axes")))
    return failure();
  std::optional<SmallVector<int64_t>> axes;
  if (getAxes())
    axes = getKnownIntegers(getAxes());
  if (!type || (getAxes() && !axes) || (!getAxes() && !type.hasStaticShape())) {
    auto axesType = getAxes() ? rankedType(getAxes()) : RankedTensorType();
    if (type && axesType && !axesType.isDynamicDim(0) && axesType.getDimSize(0) <= type.getRank())
      types.push_back(ranked(unknownShape(type.getRank() - axesType.getDimSize(0)), element));
    else
      types.push_back(unranked(element));
    return success();
  }
  FailureOr<Shape> dropped = Shape();
  if (axes) {
    dropped = checkAxes(*this, *axes, type.getRank(), "axes");
    if (failed(dropped))
      return failure();
    for (int64_t axis : *dropped)
      if (!type.isDynamicDim(axis) && type.getDimSize(axis) != 1)
        return emitOpError("expects size 1 in dimension ") << axis << ", got " << type.getDimSize(axis);
  } else {
    for (auto [i, size] : llvm::enumerate(type.getShape()))
      if (size == 1)
        dropped->push_back(i);
  }
  Shape shape;
  for (int64_t i = 0; i < type.getRank(); ++i)
    if (!llvm::is_contained(*dropped, i))
      shape.push_back(type.getDimSize(i));
  types.push_back(ranked(shape, element));
  return success();
}

LogicalResult UnsqueezeOp::inferResultTypes(Types &types) {
  Type element = elementOf(getData());
  if (failed(checkRank(*this, getAxes(), 1, "axes")))
    return failure();
  auto type = rankedType(getData());
  auto axes = getKnownIntegers(getAxes());
  auto axesType = rankedType(getAxes());
  if (!type || !axes) {
    if (type && axesType && !axesType.isDynamicDim(0))
      types.push_back(ranked(unknownShape(type.getRank() + axesType.getDimSize(0)), element));
    else
      types.push_back(unranked(element));
    return success();
  }
  int64_t rank = type.getRank() + axes->size();
  FailureOr<Shape> inserted = checkAxes(*this, *axes, rank, "axes");
  if (failed(inserted))
    return failure();
  Shape shape;
  for (int64_t i = 0, next = 0; i < rank; ++i)
    shape.push_back(llvm::is_contained(*inserted, i) ? 1 : type.getDimSize(next++));
  types.push_back(ranked(shape, element));
  return success();
}

SmallVector<int64_t> TransposeOp::getPermutation() {
  if (getPerm())
    return SmallVector<int64_t>(*getPerm());
  int64_t rank = cast<RankedTensorType>(getData().getType()).getRank();
  SmallVector<int64_t> reversed(llvm::reverse(llvm::seq(rank)));
  return reversed;
}

LogicalResult TransposeOp::inferResultTypes(Types &types) {
  auto type = rankedType(getData());
  if (auto perm = getPerm()) {
    SmallVector<int64_t> sorted(*perm);
    llvm::sort(sorted);
    for (auto [i, axis] : llvm::enumerate(sorted))
      if (axis != static_cast<int64_t>(i))
        return emitOpError("expects 'perm' to be a permutation of 0 … ")
               << perm->size() - 1 << ", got [" << *perm << "]";
    if (failed(checkRank(*this, getData(), perm->size(), "data")))
      return failure();
    if (!type) {
      types.push_back(ranked(unknownShape(perm->size()), elementOf(getData())));
      return success();
    }
  }
  if (!type)
    return inferSameType(*this, types);
  Shape shape;
  for (int64_t axis : getPermutation())
    shape.push_back(type.getDimSize(axis));
  types.push_back(ranked(shape, type.getElementType()));
  return success();
}

} // namespace quern::onnx
