// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Shapes of the operators of com.microsoft.

#include "ShapeRules.h"

using namespace mlir;

#define GET_OP_CLASSES
#include "quern/Dialect/ONNX/IR/Microsoft.cpp.inc"

namespace quern::onnx {

//===--- Products ---------------------------------------------------------===//

LogicalResult MSFusedMatMulOp::inferResultTypes(Types &types) {
  if (failed(checkSameElements(*this, getOperands())))
    return failure();
  auto arrange = [](Value value, bool trans, bool transBatch) {
    auto type = rankedType(value);
    if (!type || type.getRank() < 2)
      return type;
    Shape shape(type.getShape());
    if (transBatch)
      std::rotate(shape.begin(), shape.begin() + 1, shape.end() - 1);
    if (trans)
      std::swap(shape[shape.size() - 1], shape[shape.size() - 2]);
    return RankedTensorType::get(shape, type.getElementType());
  };
  auto a = arrange(getA(), getTransA(), getTransBatchA()), b = arrange(getB(), getTransB(), getTransBatchB());
  if (!a || !b) {
    types.push_back(unranked(elementOf(getA())));
    return success();
  }
  return inferMatMul(*this, a, b, a.getElementType(), types);
}

LogicalResult MSMatMulNBitsOp::inferResultTypes(Types &types) {
  if (getK() < 1 || getN() < 1)
    return emitOpError("expects 'K' and 'N' to be at least 1, got ") << getK() << " and " << getN();
  if (getBits() != 2 && getBits() != 4 && getBits() != 8)
    return emitOpError("expects 'bits' to be 2, 4 or 8, got ") << getBits();
  if (getBlockSize() < 16 || (getBlockSize() & (getBlockSize() - 1)))
    return emitOpError("expects 'block_size' to be a power of two of at least 16, got ") << getBlockSize();
  auto type = rankedType(getA());
  if (!type)
    return inferSameType(*this, types);
  if (failed(checkMinRank(*this, getA(), 1, "A")) ||
      failed(mergeSizes(*this, type.getShape().back(), getK(), "the columns of A and 'K'")))
    return failure();
  Shape shape(type.getShape());
  shape.back() = getN();
  types.push_back(ranked(shape, type.getElementType()));
  return success();
}

//===--- Transformers -----------------------------------------------------===//

LogicalResult inferSkipNormalization(Operation *op, Types &types) {
  auto type = op->getOperand(0).getType();
  auto rankedInput = dyn_cast<RankedTensorType>(type);
  auto segments = op->getAttrOfType<DenseI32ArrayAttr>("resultSegmentSizes").asArrayRef();
  Type mean = UnrankedTensorType::get(Float32Type::get(op->getContext()));
  if (rankedInput) {
    if (rankedInput.getRank() < 1)
      return op->emitOpError("expects 'input' of rank at least 1, got rank 0");
    if (failed(checkBroadcastsTo(op, op->getOperand(1), rankedInput.getShape(), "skip")))
      return failure();
    Shape shape(rankedInput.getShape());
    shape.back() = 1;
    mean = ranked(shape, Float32Type::get(op->getContext()));
  }
  SmallVector<Type> all = {type, mean, mean, type};
  for (auto [i, size] : llvm::enumerate(segments))
    if (size)
      types.push_back(all[i]);
  return success();
}

LogicalResult MSEmbedLayerNormalizationOp::inferResultTypes(Types &types) {
  if (failed(checkRank(*this, getInputIds(), 2, "input_ids")) ||
      failed(checkRank(*this, getWordEmbedding(), 2, "word_embedding")))
    return failure();
  auto ids = rankedType(getInputIds()), words = rankedType(getWordEmbedding());
  Shape shape = {ids ? ids.getDimSize(0) : kDynamic, ids ? ids.getDimSize(1) : kDynamic,
                 words ? words.getDimSize(1) : kDynamic};
  Type output = ranked(shape, elementOf(getWordEmbedding()));
  types.push_back(output);
  if (getMaskIndex())
    types.push_back(ranked({shape[0]}, IntegerType::get(getContext(), 32)));
  if (getEmbeddingSum())
    types.push_back(output);
  return success();
}

LogicalResult MSAttentionOp::inferResultTypes(Types &types) {
  if (getNumHeads() < 1)
    return emitOpError("expects 'num_heads' to be at least 1, got ") << getNumHeads();
  if (failed(checkRank(*this, getInput(), 3, "input")) || failed(checkRank(*this, getWeights(), 2, "weights")))
    return failure();
  if (getQkvHiddenSizes() && getQkvHiddenSizes()->size() != 3)
    return emitOpError("expects 'qkv_hidden_sizes' of 3 numbers, got ") << getQkvHiddenSizes()->size();
  auto input = rankedType(getInput()), weights = rankedType(getWeights());
  Shape shape = input ? Shape(input.getShape()) : unknownShape(3);
  shape[2] = kDynamic;
  if (getQkvHiddenSizes())
    shape[2] = (*getQkvHiddenSizes())[2];
  else if (weights && !weights.isDynamicDim(1))
    shape[2] = weights.getDimSize(1) / 3;
  types.push_back(ranked(shape, elementOf(getInput())));
  if (getPresent()) {
    auto past = getPast() ? rankedType(getPast()) : RankedTensorType();
    int64_t total = getPast() ? kDynamic : shape[1];
    if (past && past.getRank() == 5 && !past.isDynamicDim(3) && !ShapedType::isDynamic(shape[1]))
      total = past.getDimSize(3) + shape[1];
    int64_t size = ShapedType::isDynamic(shape[2]) ? kDynamic : shape[2] / getNumHeads();
    types.push_back(ranked({2, shape[0], getNumHeads(), total, size}, elementOf(getInput())));
  }
  return success();
}

// [batch, length, heads * size] as [batch, heads, total length, size].
static Type presentType(Type element, int64_t batch, int64_t heads, int64_t total, int64_t hidden) {
  return ranked({batch, heads, total, ShapedType::isDynamic(hidden) ? kDynamic : hidden / heads}, element);
}

LogicalResult MSMultiHeadAttentionOp::inferResultTypes(Types &types) {
  int64_t heads = getNumHeads();
  if (heads < 1)
    return emitOpError("expects 'num_heads' to be at least 1, got ") << heads;
  Type element = elementOf(getQuery());
  auto query = rankedType(getQuery());
  auto key = getKey() ? rankedType(getKey()) : RankedTensorType();
  auto value = getValue() ? rankedType(getValue()) : RankedTensorType();
  // Packed forms (rank 5, or keys of rank 4) keep to what is certain: the rank.
  bool plain = query && query.getRank() == 3 && key && key.getRank() == 3 && value && value.getRank() == 3;
  Shape output = unknownShape(3);
  if (plain)
    output = {query.getDimSize(0), query.getDimSize(1), value.getDimSize(2)};
  types.push_back(ranked(output, element));
  int64_t total = plain && !getPastKey() ? key.getDimSize(1) : kDynamic;
  if (auto past = getPastKey() ? rankedType(getPastKey()) : RankedTensorType();
      past && past.getRank() == 4 && plain && !past.isDynamicDim(2) && !key.isDynamicDim(1))
    total = past.getDimSize(2) + key.getDimSize(1);
  if (getPresentKey())
    types.push_back(presentType(element, output[0], heads, total, plain ? key.getDimSize(2) : kDynamic));
  if (getPresentValue())
    types.push_back(presentType(element, output[0], heads, total, output[2]));
  if (getQk())
    types.push_back(ranked({output[0], heads, output[1], total}, element));
  return success();
}

LogicalResult MSGroupQueryAttentionOp::inferResultTypes(Types &types) {
  int64_t heads = getNumHeads(), kvHeads = getKvNumHeads();
  if (heads < 1 || kvHeads < 1 || heads % kvHeads)
    return emitOpError("expects 'num_heads' to be a multiple of 'kv_num_heads', got ") << heads << " and " << kvHeads;
  Type element = elementOf(getQuery());
  if (failed(checkRank(*this, getQuery(), 3, "query")))
    return failure();
  auto query = rankedType(getQuery());
  Shape output = query ? Shape(query.getShape()) : unknownShape(3);
  int64_t size = kDynamic; // of a head; without keys the query is packed with them
  if (!ShapedType::isDynamic(output[2])) {
    size = output[2] / (getKey() ? heads : heads + 2 * kvHeads);
    output[2] = size * heads;
  }
  types.push_back(ranked(output, element));
  int64_t total = kDynamic;
  auto past = getPastKey() ? rankedType(getPastKey()) : RankedTensorType();
  if (!getPastKey())
    total = output[1];
  if (auto known = getKnownIntegers(getTotalSequenceLength()); known && known->size() == 1)
    total = past && past.getRank() == 4 && !past.isDynamicDim(2) ? std::max(past.getDimSize(2), known->front())
                                                                 : known->front();
  if (!ShapedType::isDynamic(total) && total < 0)
    total = kDynamic;
  Type present = ranked({output[0], kvHeads, total, size}, element);
  types.append({present, present});
  if (getOutputQk())
    types.push_back(ranked({output[0], heads, output[1], total}, element));
  return success();
}

} // namespace quern::onnx
