// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Shapes of what transformers are made of in com.microsoft.

#include "ShapeRules.h"

using namespace mlir;

#define GET_OP_CLASSES
#include "quern/Dialect/ONNX/IR/MicrosoftAttention.cpp.inc"

namespace quern::onnx {

//===--- Normalisation and embeddings -------------------------------------===//

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

LogicalResult inferEmbedding(Operation *op, Value ids, Value words, Type element, bool hasIndex, bool hasSum,
                             Types &types) {
  if (failed(checkRank(op, ids, 2, "input_ids")) || failed(checkRank(op, words, 2, "word_embedding")))
    return failure();
  auto idsType = rankedType(ids), wordsType = rankedType(words);
  Shape shape = {idsType ? idsType.getDimSize(0) : kDynamic, idsType ? idsType.getDimSize(1) : kDynamic,
                 wordsType ? wordsType.getDimSize(1) : kDynamic};
  Type output = ranked(shape, element);
  types.push_back(output);
  if (hasIndex)
    types.push_back(ranked({shape[0]}, IntegerType::get(op->getContext(), 32)));
  if (hasSum)
    types.push_back(output);
  return success();
}

LogicalResult MSEmbedLayerNormalizationOp::inferResultTypes(Types &types) {
  return inferEmbedding(*this, getInputIds(), getWordEmbedding(), elementOf(getWordEmbedding()),
                        static_cast<bool>(getMaskIndex()), static_cast<bool>(getEmbeddingSum()), types);
}

//===--- Attention --------------------------------------------------------===//

// The size of a head, where both are known.
static int64_t headSize(int64_t hidden, int64_t heads) {
  return ShapedType::isDynamic(hidden) ? kDynamic : hidden / heads;
}

LogicalResult inferSelfAttention(Operation *op, Value input, Value weights, Value past, int64_t heads,
                                 std::optional<ArrayRef<int64_t>> hiddenSizes, bool sharesBuffer, Type element,
                                 Types &types) {
  if (heads < 1)
    return op->emitOpError("expects 'num_heads' to be at least 1, got ") << heads;
  if (failed(checkRank(op, input, 3, "input")) || failed(checkRank(op, weights, 2, "weights")))
    return failure();
  if (hiddenSizes && hiddenSizes->size() != 3)
    return op->emitOpError("expects 'qkv_hidden_sizes' of 3 numbers, got ") << hiddenSizes->size();
  auto inputType = rankedType(input), weightsType = rankedType(weights);
  Shape shape = inputType ? Shape(inputType.getShape()) : unknownShape(3);
  shape[2] = kDynamic;
  if (hiddenSizes)
    shape[2] = (*hiddenSizes)[2];
  else if (weightsType && !weightsType.isDynamicDim(1))
    shape[2] = weightsType.getDimSize(1) / 3;
  types.push_back(ranked(shape, element));
  if (op->getNumResults() < 2)
    return success();
  auto pastType = past ? rankedType(past) : RankedTensorType();
  int64_t total = past ? kDynamic : shape[1];
  if (pastType && pastType.getRank() == 5 && !pastType.isDynamicDim(3) && !ShapedType::isDynamic(shape[1]))
    total = sharesBuffer ? pastType.getDimSize(3) : pastType.getDimSize(3) + shape[1];
  types.push_back(ranked({2, shape[0], heads, total, headSize(shape[2], heads)}, element));
  return success();
}

LogicalResult MSAttentionOp::inferResultTypes(Types &types) {
  return inferSelfAttention(*this, getInput(), getWeights(), getPast(), getNumHeads(), getQkvHiddenSizes(),
                            getPastPresentShareBuffer(), elementOf(getInput()), types);
}

// Query, key and value are [batch, length, heads * size]; or one [batch, length, heads, 3, size]; or the latter two are
// one [batch, length, heads, 2, size]; or each [batch, heads, length, size].
template <typename Op>
static LogicalResult inferMultiHead(Op op, Value scores, Types &types) {
  int64_t heads = op.getNumHeads();
  if (heads < 1)
    return op.emitOpError("expects 'num_heads' to be at least 1, got ") << heads;
  Type element = elementOf(op.getQuery());
  auto query = rankedType(op.getQuery());
  auto key = op.getKey() ? rankedType(op.getKey()) : RankedTensorType();
  auto value = op.getValue() ? rankedType(op.getValue()) : RankedTensorType();
  if (query && query.getRank() != 3 && query.getRank() != 5)
    return op.emitOpError("expects 'query' of rank 3 or 5, got rank ") << query.getRank();
  if (query && query.getRank() == 3 && !op.getKey())
    return op.emitOpError("expects 'key' where 'query' has rank 3");
  for (auto [type, name] : {std::pair<RankedTensorType, StringRef>(key, "key"), {value, "value"}})
    if (bool mayBePacked = name == "key";
        type && type.getRank() != 3 && type.getRank() != 4 && (type.getRank() != 5 || !mayBePacked))
      return op.emitOpError("expects '") << name << "' of rank 3" << (mayBePacked ? ", 4 or 5" : " or 4")
                                         << ", got rank " << type.getRank();
  Shape output = unknownShape(3);
  int64_t keys = kDynamic, size = kDynamic; // of the keys' heads
  auto flat = [&](int64_t size) { return multiply(heads, size).value_or(kDynamic); };
  if (query) {
    output = {query.getDimSize(0), query.getDimSize(1), kDynamic};
    if (query.getRank() == 5) {
      keys = query.getDimSize(1), size = query.getDimSize(4);
      output[2] = flat(size);
    } else {
      size = headSize(query.getDimSize(2), heads);
    }
  }
  if (key)
    keys = key.getDimSize(key.getRank() == 4 ? 2 : 1);
  if (key && key.getRank() == 5)
    output[2] = flat(key.getDimSize(4));
  if (value)
    output[2] = value.getRank() == 3 ? value.getDimSize(2) : flat(value.getDimSize(3));
  types.push_back(ranked(output, element));

  int64_t total = keys;
  if (op.getPastKey()) {
    auto past = rankedType(op.getPastKey());
    if (failed(checkRank(op, op.getPastKey(), 4, "past_key")) ||
        failed(checkRank(op, op.getPastValue(), 4, "past_value")))
      return failure();
    bool isKnown = past && !past.isDynamicDim(2) && !ShapedType::isDynamic(keys);
    total = !isKnown ? kDynamic : op.getPastSequenceLength() ? past.getDimSize(2) : past.getDimSize(2) + keys;
  }
  if (op.getPresentKey())
    types.push_back(ranked({output[0], heads, total, size}, element));
  if (op.getPresentValue())
    types.push_back(ranked({output[0], heads, total, headSize(output[2], heads)}, element));
  if (scores)
    types.push_back(ranked({output[0], heads, output[1], op.getPastSequenceLength() ? kDynamic : total}, element));
  return success();
}

LogicalResult MSMultiHeadAttentionOp::inferResultTypes(Types &types) { return inferMultiHead(*this, getQk(), types); }
LogicalResult MSDecoderMaskedMultiHeadAttentionOp::inferResultTypes(Types &types) {
  return inferMultiHead(*this, getQk(), types);
}

LogicalResult MSGroupQueryAttentionOp::inferResultTypes(Types &types) {
  int64_t heads = getNumHeads(), kvHeads = getKvNumHeads();
  if (heads < 1 || kvHeads < 1 || heads % kvHeads)
    return emitOpError("expects 'num_heads' to be a multiple of 'kv_num_heads', got ") << heads << " and " << kvHeads;
  if (heads > INT32_MAX)
    return emitOpError("expects 'num_heads' below 2^31, got ") << heads;
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
  // The cache has room for the past and for all that is valid.
  int64_t total = getPastKey() ? kDynamic : output[1];
  auto past = getPastKey() ? rankedType(getPastKey()) : RankedTensorType();
  bool isKnown = !getPastKey() || (past && past.getRank() == 4 && !past.isDynamicDim(2));
  int64_t valid = total; // keys that are scored
  if (auto known = getKnownIntegers(getTotalSequenceLength()); known && known->size() == 1 && known->front() >= 0) {
    valid = known->front();
    total = !isKnown ? kDynamic : past ? std::max(past.getDimSize(2), valid) : valid;
  }
  for (Value result : {getPresentKey(), getPresentValue()})
    if (result)
      types.push_back(ranked({output[0], kvHeads, total, size}, getPastKey() ? elementOf(getPastKey()) : element));
  if (getOutputQk())
    types.push_back(ranked({output[0], heads, output[1], valid}, element));
  return success();
}

LogicalResult MSRelativePositionBiasOp::inferResultTypes(Types &types) {
  if (failed(checkRank(*this, getBiasTable(), 2, "bias_table")) ||
      failed(checkScalar(*this, getQueryLength(), "query_length")) ||
      failed(checkScalar(*this, getKeyLength(), "key_length")))
    return failure();
  if (getMaxDistance() < 1)
    return emitOpError("expects 'max_distance' to be at least 1, got ") << getMaxDistance();
  auto table = rankedType(getBiasTable());
  Shape shape = {1, table ? table.getDimSize(1) : kDynamic, kDynamic, kDynamic};
  for (auto [length, size] : {std::pair<Value, int64_t &>(getQueryLength(), shape[2]), {getKeyLength(), shape[3]}})
    if (auto known = getKnownIntegers(length); known && known->size() == 1 && known->front() >= 0)
      size = known->front();
  types.push_back(ranked(shape, elementOf(getBiasTable())));
  return success();
}

} // namespace quern::onnx
