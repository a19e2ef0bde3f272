// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Attention and rotary embeddings.

#include "AttentionParts.h"

using namespace mlir;

namespace quern::onnx {

namespace {

double get(llvm::APFloat value) { return value.convertToFloat(); }

//===--- ai.onnx ----------------------------------------------------------===//

Answer expandAttention(AttentionOp op, Formula &f) {
  Term q = f(op.getQ()), k = f(op.getK()), v = f(op.getV());
  if (!q.ranked() || !k.ranked() || !v.ranked())
    return Answer::no("expects known ranks");
  bool isFlat = q.rank() == 3;
  if (isFlat && (!op.getQNumHeads() || !op.getKvNumHeads()))
    return Answer::no("expects numbers of heads");
  if (isFlat) {
    q = splitHeads(q, *op.getQNumHeads());
    k = splitHeads(k, *op.getKvNumHeads());
    v = splitHeads(v, *op.getKvNumHeads());
  }
  Term past;
  if (op.getPastKey()) {
    past = sizeOf(f(op.getPastKey()), 2);
    k = concat({f(op.getPastKey()), k}, 2);
    v = concat({f(op.getPastValue()), v}, 2);
  }
  SmallVector<Term> present{k, v};

  // What precedes the queries: the past, or what is valid of an outer cache, batch by batch.
  Term valid = op.getNonpadKvSeqlen() ? unsqueeze(f(op.getNonpadKvSeqlen()), {1, 2, 3}) : Term();
  Mask mask;
  int64_t left = op.getLeftWindowSize(), right = op.getRightWindowSize();
  if (op.getIsCausal() || left >= 0 || right >= 0) {
    Term position = queryPositions(q);
    if (past)
      position = position + past;
    else if (valid)
      position = position + (valid - sizeOf(q, 2));
    if (op.getIsCausal())
      mask.require(position >= keyPositions(k));
    if (left >= 0)
      mask.require(keyPositions(k) >= position - static_cast<double>(left));
    if (right >= 0)
      mask.require(position + static_cast<double>(right) >= keyPositions(k));
  }
  if (valid)
    mask.require(valid > keyPositions(k));
  if (op.getAttnMask()) {
    Term given = f(op.getAttnMask());
    bool isBool = given.element().isInteger(1);
    if (!given.ranked())
      return Answer::no("expects a mask of known rank");
    // A mask of fewer keys hides the rest.
    bool isKnown = !ShapedType::isDynamic(given.size(-1)) && !ShapedType::isDynamic(k.size(2));
    if (given.size(-1) != 1 && (!isKnown || given.size(-1) != k.size(2))) {
      Term keys = sizeOf(given, given.rank() - 1);
      Term missing = select(keys == f.integers({1}), f.integers({0}), sizeOf(k, 2) - keys);
      Term pads = concat({f.integers(SmallVector<int64_t>(2 * given.rank() - 1, 0)), missing}, 0);
      Term fill = isBool ? f.constant(DenseElementsAttr::get(RankedTensorType::get({}, given.element()), false))
                         : f.number(kMinusInfinity, given.element());
      given = f.node<PadOp>({given.value, pads.value, fill.value});
    }
    isBool ? mask.require(given) : mask.add(given);
  }

  std::optional<double> scale;
  if (op.getScale())
    scale = get(*op.getScale());
  Type precision = op.getSoftmaxPrecision() ? getElementType(op.getContext(), *op.getSoftmaxPrecision()) : q.element();
  if (!precision)
    return Answer::no("expects a softmax_precision that is a float type");
  Scores s = computeScores(q, k, scale, get(op.getSoftcap()), mask, precision);
  Term y = matmulOfHeads(s.weights, v);

  SmallVector<Term> results{isFlat ? joinHeads(y) : y};
  if (op.getPresentKey())
    results.push_back(present[0]);
  if (op.getPresentValue())
    results.push_back(present[1]);
  if (op.getQkMatmulOutput())
    results.push_back(ArrayRef<Term>{s.raw, s.capped, s.masked, s.weights}[op.getQkMatmulOutputMode() & 3]);
  return results;
}

//===--- Rotary embeddings ------------------------------------------------===//

void addRotary(Rules &rules) {
  rules.add([](RotaryEmbeddingOp op, Formula &f) -> Answer {
    Term x = f(op.getX()), cosine = f(op.getCosCache()), sine = f(op.getSinCache());
    if (!x.ranked())
      return Answer::no("expects a known rank");
    if (op.getPositionIds()) {
      cosine = gather(cosine, f(op.getPositionIds()), 0);
      sine = gather(sine, f(op.getPositionIds()), 0);
    }
    return rotateHeads(x, cosine, sine, op.getNumHeads().value_or(0), op.getRotaryEmbeddingDim(), op.getInterleaved());
  });
}

} // namespace

void addAttentionRules(Rules &rules) {
  rules.add(expandAttention);
  addRotary(rules);
}

} // namespace quern::onnx
