// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Types of sequences and optionals.

#include "ShapeRules.h"

using namespace mlir;

#define GET_OP_CLASSES
#include "quern/Dialect/ONNX/IR/Sequence.cpp.inc"

namespace quern::onnx {

//===--- What types have in common ----------------------------------------===//

// A sequence that has no tensor yet knows their element type only: `!onnx.Seq<f32>`. It joins with any.
static bool isBottom(Type item) { return !isa<TensorType, SeqType, OptType, MapType>(item); }

static Type joinItems(Type a, Type b) {
  if (isBottom(a) || isBottom(b)) {
    Type tensor = isBottom(a) ? b : a, bottom = isBottom(a) ? a : b;
    return bottom == getElementTypeOrSelf(tensor) ? tensor : Type();
  }
  return joinTypes(a, b);
}

Type joinTypes(Type a, Type b) {
  if (a == b)
    return a;
  if (auto first = dyn_cast<SeqType>(a), second = dyn_cast<SeqType>(b); first && second) {
    Type item = joinItems(first.getElement(), second.getElement());
    return item ? SeqType::get(a.getContext(), item) : Type();
  }
  if (auto first = dyn_cast<OptType>(a), second = dyn_cast<OptType>(b); first && second) {
    Type item = joinItems(first.getElement(), second.getElement());
    return item ? OptType::get(a.getContext(), item) : Type();
  }
  auto tensorA = dyn_cast<TensorType>(a), tensorB = dyn_cast<TensorType>(b);
  if (!tensorA || !tensorB || tensorA.getElementType() != tensorB.getElementType())
    return {};
  if (!tensorA.hasRank() || !tensorB.hasRank() || tensorA.getRank() != tensorB.getRank())
    return unranked(tensorA.getElementType());
  Shape shape;
  for (auto [x, y] : llvm::zip(tensorA.getShape(), tensorB.getShape()))
    shape.push_back(x == y ? x : kDynamic);
  return ranked(shape, tensorA.getElementType());
}

bool areCompatible(Type a, Type b) {
  if (a == b)
    return true;
  auto tensorA = dyn_cast<TensorType>(a), tensorB = dyn_cast<TensorType>(b);
  if (tensorA && tensorB)
    return tensorA.getElementType() == tensorB.getElementType() && succeeded(verifyCompatibleShape(a, b));
  // Tensors of a sequence may differ in shape.
  if ((isa<SeqType>(a) && isa<SeqType>(b)) || (isa<OptType>(a) && isa<OptType>(b)))
    return joinTypes(a, b) != nullptr;
  return false;
}

Type getItemType(Type type) {
  if (auto sequence = dyn_cast<SeqType>(type))
    return isBottom(sequence.getElement()) ? unranked(sequence.getElement()) : sequence.getElement();
  if (auto optional = dyn_cast<OptType>(type))
    return isBottom(optional.getElement()) ? unranked(optional.getElement()) : optional.getElement();
  return type;
}

DictionaryAttr describeType(Type type) {
  Builder builder(type.getContext());
  NamedAttrList words;
  auto describe = [&](StringRef kind, TypeRange elements) {
    words.set("kind", builder.getStringAttr(kind));
    SmallVector<Attribute> parts;
    for (Type element : elements)
      parts.push_back(describeType(element));
    words.set("of", builder.getArrayAttr(parts));
  };
  if (isa<SeqType>(type)) {
    describe("sequence", getItemType(type));
  } else if (isa<OptType>(type)) {
    describe("optional", getItemType(type));
  } else if (auto map = dyn_cast<MapType>(type)) {
    describe("map", {ranked(kDynamic, map.getKey()), ranked(kDynamic, map.getValue())});
  } else {
    words.set(kElemTypeAttr, builder.getI32IntegerAttr(getDataType(getElementTypeOrSelf(type))));
    if (auto tensor = dyn_cast<RankedTensorType>(type))
      words.set("shape", builder.getDenseI64ArrayAttr(tensor.getShape()));
  }
  return words.getDictionary(type.getContext());
}

static SeqType sequenceOf(Type item) { return SeqType::get(item.getContext(), item); }

// The tensors in a sequence.
static FailureOr<TensorType> itemsOf(Operation *op, Value sequence) {
  auto item = dyn_cast<TensorType>(getItemType(sequence.getType()));
  if (!item)
    return op->emitOpError("expects a sequence of tensors, got ") << sequence.getType();
  return item;
}

//===--- Sequences --------------------------------------------------------===//

LogicalResult SequenceEmptyOp::inferResultTypes(Types &types) {
  FailureOr<Type> element = checkDataType(*this, getDtype(), "dtype");
  if (failed(element))
    return failure();
  types.push_back(sequenceOf(*element));
  return success();
}

LogicalResult SequenceConstructOp::inferResultTypes(Types &types) {
  if (getInputs().empty())
    return emitOpError("expects at least one input");
  if (failed(checkSameElements(*this, getInputs())))
    return failure();
  Type item = getInputs().front().getType();
  for (Type type : getInputs().getTypes())
    item = joinTypes(item, type);
  types.push_back(sequenceOf(item));
  return success();
}

LogicalResult SequenceInsertOp::inferResultTypes(Types &types) {
  if (failed(checkScalar(*this, getPosition(), "position")))
    return failure();
  Type joined = joinTypes(getInputSequence().getType(), sequenceOf(getTensor().getType()));
  if (!joined)
    return emitOpError("expects a tensor as the sequence has, ")
           << getInputSequence().getType() << ", got " << getTensor().getType();
  types.push_back(joined);
  return success();
}

LogicalResult SequenceAtOp::inferResultTypes(Types &types) {
  if (failed(checkScalar(*this, getPosition(), "position")))
    return failure();
  FailureOr<TensorType> item = itemsOf(*this, getInputSequence());
  if (failed(item))
    return failure();
  types.push_back(*item);
  return success();
}

LogicalResult SequenceLengthOp::inferResultTypes(Types &types) {
  types.push_back(ranked({}, IntegerType::get(getContext(), 64)));
  return success();
}

LogicalResult SequenceMapOp::inferResultTypes(Types &types) {
  auto yield = getBody().empty() || getBody().front().empty() ? YieldOp() : dyn_cast<YieldOp>(getBody().front().back());
  if (!yield || getBody().getNumArguments() != getNumOperands())
    return emitOpError("expects a body of ")
           << getNumOperands() << " inputs that ends in onnx.Yield, got " << getBody().getNumArguments() << " inputs";
  if (yield.getNumOperands() != getNumResults())
    return emitOpError("expects a body of ") << getNumResults() << " outputs, got " << yield.getNumOperands();
  for (Type type : yield.getOperandTypes()) {
    if (!isa<TensorType>(type))
      return emitOpError("expects a body that yields tensors, got ") << type;
    types.push_back(sequenceOf(type));
  }
  return success();
}

LogicalResult SequenceMapOp::verifyRegions() {
  for (auto [i, argument, operand] : llvm::enumerate(getBody().getArguments(), getOperands()))
    if (!areCompatible(argument.getType(), getItemType(operand.getType())))
      return emitOpError("expects body input #")
             << i << " of " << getItemType(operand.getType()) << ", got " << argument.getType();
  return success();
}

LogicalResult SplitToSequenceOp::inferResultTypes(Types &types) {
  auto type = rankedType(getInput());
  if (getSplit() && rankedType(getSplit()) && rankedType(getSplit()).getRank() > 1)
    return emitOpError("expects 'split' of rank 0 or 1, got rank ") << rankedType(getSplit()).getRank();
  if (!type) {
    types.push_back(sequenceOf(getInput().getType()));
    return success();
  }
  FailureOr<int64_t> axis = checkAxis(*this, getAxis(), type.getRank());
  if (failed(axis))
    return failure();
  Shape shape(type.getShape());
  if (getSplit()) {
    auto sizes = getKnownIntegers(getSplit());
    bool alike = sizes && !sizes->empty() && llvm::all_equal(*sizes) && sizes->front() > 0;
    bool isList = rankedType(getSplit()) && rankedType(getSplit()).getRank() == 1;
    bool divides = alike && !ShapedType::isDynamic(shape[*axis]) && shape[*axis] % sizes->front() == 0;
    shape[*axis] = alike && (isList || divides) ? sizes->front() : kDynamic;
  } else if (getKeepdims()) {
    shape[*axis] = 1;
  } else {
    shape.erase(shape.begin() + *axis);
  }
  types.push_back(sequenceOf(ranked(shape, type.getElementType())));
  return success();
}

LogicalResult ConcatFromSequenceOp::inferResultTypes(Types &types) {
  FailureOr<TensorType> item = itemsOf(*this, getInputSequence());
  if (failed(item))
    return failure();
  if (!item->hasRank()) {
    types.push_back(*item);
    return success();
  }
  FailureOr<int64_t> axis = checkAxis(*this, getAxis(), item->getRank() + (getNewAxis() != 0));
  if (failed(axis))
    return failure();
  Shape shape(item->getShape());
  if (getNewAxis())
    shape.insert(shape.begin() + *axis, kDynamic);
  else
    shape[*axis] = kDynamic;
  types.push_back(ranked(shape, item->getElementType()));
  return success();
}

//===--- Optionals --------------------------------------------------------===//

LogicalResult OptionalOp::inferResultTypes(Types &types) {
  Type element = getInput() ? getInput().getType() : getType().value_or(Type());
  if (!element)
    return emitOpError("expects an input, or attribute 'type'");
  if (!isa<TensorType, SeqType>(element))
    return emitOpError("expects a tensor or a sequence, got ") << element;
  types.push_back(OptType::get(getContext(), element));
  return success();
}

LogicalResult OptionalGetElementOp::inferResultTypes(Types &types) {
  auto optional = dyn_cast<OptType>(getInput().getType());
  types.push_back(optional ? getItemType(optional) : getInput().getType());
  return success();
}

OpFoldResult OptionalGetElementOp::fold(FoldAdaptor) {
  if (getInput().getType() == getOutput().getType())
    return getInput();
  if (auto made = getInput().getDefiningOp<OptionalOp>())
    if (made.getInput() && made.getInput().getType() == getOutput().getType())
      return made.getInput();
  return {};
}

LogicalResult OptionalHasElementOp::inferResultTypes(Types &types) {
  types.push_back(ranked({}, IntegerType::get(getContext(), 1)));
  return success();
}

} // namespace quern::onnx
