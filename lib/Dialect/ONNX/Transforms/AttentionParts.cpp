// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "AttentionParts.h"

#include <cmath>

using namespace mlir;

namespace quern::onnx {

//===--- Heads ------------------------------------------------------------===//

// What is left of an empty tensor is not known: sizes are given where they are.
Term splitHeads(Term x, int64_t heads) {
  int64_t size = ShapedType::isDynamic(x.size(2)) ? -1 : x.size(2) / heads;
  return transpose(reshape(x, {0, 0, heads, size}), {0, 2, 1, 3});
}
Term joinHeads(Term x) {
  bool isKnown = !ShapedType::isDynamic(x.size(1)) && !ShapedType::isDynamic(x.size(3));
  return reshape(transpose(x, {0, 2, 1, 3}), {0, 0, isKnown ? x.size(1) * x.size(3) : -1});
}

// The heads that share one are rows of one matrix: the dimensions lie side by side.
Term matmulOfHeads(Term a, Term b) {
  if (a.size(1) == b.size(1) && !ShapedType::isDynamic(a.size(1)))
    return matmul(a, b);
  Term batch = sizeOf(a, 0), heads = sizeOf(a, 1), rows = sizeOf(a, 2), distinct = sizeOf(b, 1);
  Term grouped = reshape(a, concat({batch, distinct, rows * (heads / distinct), sizeOf(a, 3)}, 0));
  return reshape(matmul(grouped, b), concat({batch, heads, rows, sizeOf(b, 3)}, 0));
}

//===--- Scores -----------------------------------------------------------===//

Term queryPositions(Term q) { return unsqueeze(range(squeeze(sizeOf(q, 2), {0})), {1}); }
Term keyPositions(Term k) { return unsqueeze(range(squeeze(sizeOf(k, 2), {0})), {0}); }

// softmax along the last dimension; zero where nothing is allowed
static Term maskedSoftmax(Term x, Term sink) {
  Formula &f = *x.formula;
  Term best = reduceMax(x, {-1});
  if (sink)
    best = max(best, sink);
  Term zero = f.number(0, x.element()), one = f.number(1, x.element());
  Term e = exp(x - select(best == f.number(kMinusInfinity, x.element()), zero, best));
  Term sum = reduceSum(e, {-1});
  if (sink)
    return e / (sum + exp(sink - best));
  return e / select(sum == zero, one, sum);
}

Term rootOfScale(Term q, std::optional<double> scale) {
  Formula &f = *q.formula;
  if (!scale && ShapedType::isDynamic(q.size(3))) {
    Term features = convert(squeeze(sizeOf(q, 3), {0}), f.builder.getF32Type());
    return convert(1.0 / sqrt(sqrt(features)), q.element());
  }
  return f.number(std::sqrt(scale ? *scale : 1 / std::sqrt(static_cast<double>(q.size(3)))), q.element());
}

Scores computeScores(Term q, Term k, std::optional<double> scale, double cap, const Mask &mask, Type precision,
                     Term sink) {
  Formula &f = *q.formula;
  Scores s;
  // The root on both sides, so that 16-bit products do not overflow.
  Term root = rootOfScale(q, scale);
  s.raw = matmulOfHeads(q * root, transpose(k * root, {0, 1, 3, 2}));
  s.capped = cap > 0 ? tanh(s.raw / cap) * cap : s.raw;
  s.masked = s.capped;
  if (mask.bias)
    s.masked = s.masked + mask.bias;
  if (mask.allowed)
    s.masked = select(mask.allowed, s.masked, f.number(kMinusInfinity, q.element()));
  Term wide = convert(s.masked, precision);
  bool mayHideAll = mask.bias || mask.allowed;
  Term weights =
      mayHideAll || sink ? maskedSoftmax(wide, sink) : f.node<SoftmaxOp>({wide.value}, {f.attr("axis", int64_t(3))});
  s.weights = convert(weights, q.element());
  return s;
}

//===--- Rotary embeddings ------------------------------------------------===//

// Pairs (a, b) of features become (a cos - b sin, a sin + b cos); `cosine` broadcasts to half of the features. All
// features, where their number is not known.
static Term rotate(Term x, Term cosine, Term sine, int64_t features, bool interleaved) {
  Formula &f = *x.formula;
  int64_t last = x.rank() - 1;
  bool all = x.size(-1) == features, isKnown = !ShapedType::isDynamic(features);
  Term turned = all ? x : slice(x, {0}, {features}, {last});
  Term a, b;
  if (interleaved) {
    Term pairs = reshape(turned, concat({shapeOf(x, 0, last), f.integers({isKnown ? features / 2 : -1, 2})}, 0));
    a = squeeze(slice(pairs, {0}, {1}, {last + 1}), {last + 1});
    b = squeeze(slice(pairs, {1}, {2}, {last + 1}), {last + 1});
  } else {
    auto halves = f.nodes<SplitOp>(2, {turned.value}, {f.attr("axis", last), f.attr("num_outputs", int64_t(2))});
    a = f(halves[0]), b = f(halves[1]);
  }
  Term first = a * cosine - b * sine, second = a * sine + b * cosine;
  Term result = interleaved ? reshape(concat({unsqueeze(first, {last + 1}), unsqueeze(second, {last + 1})}, last + 1),
                                      concat({shapeOf(x, 0, last), f.integers({isKnown ? features : -1})}, 0))
                            : concat({first, second}, last);
  return all ? result : concat({result, slice(x, {features}, {std::numeric_limits<int64_t>::max()}, {last})}, last);
}

Answer rotateHeads(Term x, Term cosine, Term sine, int64_t heads, int64_t features, bool interleaved) {
  bool isFlat = x.rank() == 3;
  if (isFlat && heads <= 0)
    return Answer::no("expects a number of heads");
  Term y = isFlat ? reshape(x, {0, 0, heads, ShapedType::isDynamic(x.size(2)) ? -1 : x.size(2) / heads}) : x;
  int64_t axis = isFlat ? 2 : 1; // of the heads
  y = rotate(y, unsqueeze(cosine, {axis}), unsqueeze(sine, {axis}), features ? features : y.size(-1), interleaved);
  return isFlat ? reshape(y, shapeOf(x)) : y;
}

} // namespace quern::onnx
