// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Shapes of attention and positional embeddings.

#include "ShapeRules.h"

using namespace mlir;

#define GET_OP_CLASSES
#include "quern/Dialect/ONNX/IR/Attention.cpp.inc"

namespace quern::onnx {

// Y is [batch, heads, length, size of V], or [batch, length, heads * size of V] where Q is given so. Keys and values
// grow by the past ones.
LogicalResult AttentionOp::inferResultTypes(Types &types) {
  auto q = rankedType(getQ()), k = rankedType(getK()), v = rankedType(getV());
  Type element = elementOf(getQ());
  if (!q || !k || !v) {
    for (Value result : getResults())
      types.push_back(unranked(result == getPresentValue() ? elementOf(getV()) : element));
    return success();
  }
  for (auto [value, name] : {std::pair<RankedTensorType, StringRef>(q, "Q"), {k, "K"}, {v, "V"}})
    if (value.getRank() != q.getRank() || (value.getRank() != 3 && value.getRank() != 4))
      return emitOpError("expects Q, K and V of rank 3 or of rank 4, got ") << name << " of rank " << value.getRank();
  bool flat = q.getRank() == 3;
  auto headsOf = [&](RankedTensorType type, std::optional<int64_t> heads, StringRef name) -> FailureOr<int64_t> {
    if (!flat)
      return type.getDimSize(1);
    if (!heads)
      return emitOpError("expects '") << name << "' where Q, K and V have rank 3";
    if (*heads < 1 || (!type.isDynamicDim(2) && type.getDimSize(2) % *heads))
      return emitOpError("expects '") << name << "' to divide the last dimension " << type.getDimSize(2) << ", got "
                                      << *heads;
    return *heads;
  };
  FailureOr<int64_t> qHeads = headsOf(q, getQNumHeads(), "q_num_heads");
  if (failed(qHeads))
    return failure();
  FailureOr<int64_t> kvHeads = headsOf(k, getKvNumHeads(), "kv_num_heads");
  if (failed(kvHeads) || failed(headsOf(v, getKvNumHeads(), "kv_num_heads")))
    return failure();
  if (!ShapedType::isDynamic(*qHeads) && !ShapedType::isDynamic(*kvHeads) && (*kvHeads == 0 || *qHeads % *kvHeads))
    return emitOpError("expects query heads that divide into key heads, got ") << *qHeads << " and " << *kvHeads;
  auto headSize = [&](RankedTensorType type, int64_t heads) {
    int64_t last = type.getShape().back();
    return !flat || ShapedType::isDynamic(last) ? last : last / heads;
  };
  int64_t length = q.getDimSize(flat ? 1 : 2), keys = k.getDimSize(flat ? 1 : 2);
  int64_t sizeV = headSize(v, *kvHeads);
  FailureOr<int64_t> batch = mergeSizes(*this, q.getDimSize(0), k.getDimSize(0), "the batches of Q and K");
  if (failed(batch))
    return failure();
  FailureOr<int64_t> sizeK =
      mergeSizes(*this, headSize(q, *qHeads), headSize(k, *kvHeads), "the head sizes of Q and K");
  if (failed(sizeK) || failed(mergeSizes(*this, keys, v.getDimSize(flat ? 1 : 2), "the lengths of K and V")))
    return failure();
  if (flat) {
    std::optional<int64_t> last = multiply(*qHeads, sizeV);
    if (!last)
      return emitOpError("expects fewer than 2^63 elements");
    types.push_back(ranked({*batch, length, *last}, element));
  } else {
    types.push_back(ranked({*batch, *qHeads, length, sizeV}, element));
  }
  int64_t total = keys;
  if (getPastKey()) {
    auto past = rankedType(getPastKey());
    if (failed(checkRank(*this, getPastKey(), 4, "past_key")))
      return failure();
    bool known = past && !past.isDynamicDim(2) && !ShapedType::isDynamic(keys);
    total = known ? past.getDimSize(2) + keys : kDynamic;
  }
  if (getPresentKey())
    types.push_back(ranked({*batch, *kvHeads, total, *sizeK}, elementOf(getK())));
  if (getPresentValue())
    types.push_back(ranked({*batch, *kvHeads, total, sizeV}, elementOf(getV())));
  if (getQkMatmulOutput())
    types.push_back(ranked({*batch, *qHeads, length, total}, element));
  return success();
}

LogicalResult RotaryEmbeddingOp::inferResultTypes(Types &types) {
  auto type = rankedType(getX());
  if (type && type.getRank() != 3 && type.getRank() != 4)
    return emitOpError("expects X of rank 3 or 4, got rank ") << type.getRank();
  if (type && type.getRank() == 3) {
    int64_t heads = getNumHeads().value_or(0);
    if (heads < 1 || (!type.isDynamicDim(2) && type.getDimSize(2) % heads))
      return emitOpError("expects 'num_heads' to divide the last dimension of X where it has rank 3, got ") << heads;
  }
  if (getRotaryEmbeddingDim() < 0 || getRotaryEmbeddingDim() % 2)
    return emitOpError("expects 'rotary_embedding_dim' to be even and at least 0, got ") << getRotaryEmbeddingDim();
  return inferSameType(*this, types);
}

} // namespace quern::onnx
