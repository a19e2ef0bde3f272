// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Attention and rotary embeddings, of ai.onnx and of com.microsoft.

#include "DecomposeRules.h"

#include <cmath>
#include <limits>

using namespace mlir;

namespace quern::onnx {

namespace {

constexpr double kMinusInfinity = -std::numeric_limits<double>::infinity();

double get(llvm::APFloat value) { return value.convertToFloat(); }

Term sizeOf(Term x, int64_t axis) { return shapeOf(x, axis, axis + 1); }

//===--- Heads ------------------------------------------------------------===//

// batch x length x (heads size) -> batch x heads x length x size
Term splitHeads(Term x, int64_t heads) { return transpose(reshape(x, {0, 0, heads, -1}), {0, 2, 1, 3}); }
Term joinHeads(Term x) { return reshape(transpose(x, {0, 2, 1, 3}), {0, 0, -1}); }

// Each key head as many times as query heads share it.
Term repeatHeads(Term x, int64_t times) {
  if (times == 1)
    return x;
  Formula &f = *x.formula;
  Term batch = sizeOf(x, 0), heads = sizeOf(x, 1), rest = shapeOf(x, 2, 4);
  Term repeated = expand(unsqueeze(x, {2}), concat({batch, heads, f.integers({times}), rest}, 0));
  return reshape(repeated, concat({batch, heads * f.integers({times}), rest}, 0));
}

//===--- The computation ---------------------------------------------------===//

/// Which keys a query sees, as conditions and as terms that are added to the scores.
struct Mask {
  Term allowed; // null: all
  Term bias;    // null: none

  void require(Term condition) { allowed = allowed ? allowed && condition : condition; }
  void add(Term term) { bias = bias ? bias + term : term; }
};

struct Scores {
  Term raw, capped, masked, weights;
};

// The positions of queries (a column) and keys (a row).
Term queryPositions(Term q) { return unsqueeze(range(squeeze(sizeOf(q, 2), {0})), {1}); }
Term keyPositions(Term k) { return unsqueeze(range(squeeze(sizeOf(k, 2), {0})), {0}); }

// softmax along the last dimension; zero where nothing is allowed
Term maskedSoftmax(Term x) {
  Formula &f = *x.formula;
  Term best = reduceMax(x, {-1});
  Term zero = f.number(0, x.element()), one = f.number(1, x.element());
  Term e = exp(x - select(best == f.number(kMinusInfinity, x.element()), zero, best));
  Term sum = reduceSum(e, {-1});
  return e / select(sum == zero, one, sum);
}

// softmax(cap(q * k^T * scale) + mask)
Scores computeScores(Term q, Term k, double scale, double cap, Mask mask, Type precision) {
  Formula &f = *q.formula;
  Scores s;
  // The root on both sides, so that 16-bit products do not overflow.
  s.raw = matmul(q * std::sqrt(scale), transpose(k * std::sqrt(scale), {0, 1, 3, 2}));
  s.capped = cap > 0 ? tanh(s.raw / cap) * cap : s.raw;
  s.masked = s.capped;
  if (mask.bias)
    s.masked = s.masked + mask.bias;
  if (mask.allowed)
    s.masked = select(mask.allowed, s.masked, f.number(kMinusInfinity, q.element()));
  Term wide = convert(s.masked, precision);
  Term weights =
      mask.bias || mask.allowed ? maskedSoftmax(wide) : f.node<SoftmaxOp>({wide.value}, {f.attr("axis", int64_t(3))});
  s.weights = convert(weights, q.element());
  return s;
}

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
  if (ShapedType::isDynamic(q.size(1)) || ShapedType::isDynamic(k.size(1)) || ShapedType::isDynamic(q.size(3)) ||
      k.size(1) == 0 || q.size(1) % k.size(1))
    return Answer::no("expects known numbers of heads and features");
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
    if (given.size(-1) != k.size(2) && !ShapedType::isDynamic(given.size(-1)) && given.size(-1) != 1) {
      Term missing = sizeOf(k, 2) - f.integers({given.size(-1)});
      Term pads = concat({f.integers(SmallVector<int64_t>(2 * given.rank() - 1, 0)), missing}, 0);
      Term fill = isBool ? f.constant(DenseElementsAttr::get(RankedTensorType::get({}, given.element()), false))
                         : f.number(kMinusInfinity, given.element());
      given = f.node<PadOp>({given.value, pads.value, fill.value});
    }
    isBool ? mask.require(given) : mask.add(given);
  }

  int64_t shared = q.size(1) / k.size(1);
  double scale = op.getScale() ? get(*op.getScale()) : 1 / std::sqrt(static_cast<double>(q.size(3)));
  Type precision = op.getSoftmaxPrecision() ? getElementType(op.getContext(), *op.getSoftmaxPrecision()) : q.element();
  if (!precision)
    return Answer::no("expects a softmax_precision that is a float type");
  Scores s = computeScores(q, repeatHeads(k, shared), scale, get(op.getSoftcap()), mask, precision);
  Term y = matmul(s.weights, repeatHeads(v, shared));

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

// Pairs (a, b) of features become (a cos - b sin, a sin + b cos); `cosine` broadcasts to half of the features.
Term rotate(Term x, Term cosine, Term sine, int64_t features, bool interleaved) {
  Formula &f = *x.formula;
  int64_t last = x.rank() - 1, half = features / 2;
  Term turned = x.size(-1) == features ? x : slice(x, {0}, {features}, {last});
  Term a, b;
  if (interleaved) {
    Term pairs = reshape(turned, concat({shapeOf(x, 0, last), f.integers({half, 2})}, 0));
    a = squeeze(slice(pairs, {0}, {1}, {last + 1}), {last + 1});
    b = squeeze(slice(pairs, {1}, {2}, {last + 1}), {last + 1});
  } else {
    a = slice(turned, {0}, {half}, {last});
    b = slice(turned, {half}, {features}, {last});
  }
  Term first = a * cosine - b * sine, second = a * sine + b * cosine;
  Term result = interleaved ? reshape(concat({unsqueeze(first, {last + 1}), unsqueeze(second, {last + 1})}, last + 1),
                                      concat({shapeOf(x, 0, last), f.integers({features})}, 0))
                            : concat({first, second}, last);
  return x.size(-1) == features ? result : concat({result, slice(x, {features}, {x.size(-1)}, {last})}, last);
}

// x is batch x length x (heads size), or batch x heads x length x size; the caches are batch x length x features / 2.
Answer rotateHeads(Term x, Term cosine, Term sine, int64_t heads, int64_t features, bool interleaved) {
  bool isFlat = x.rank() == 3;
  if (isFlat && (heads <= 0 || ShapedType::isDynamic(x.size(2))))
    return Answer::no("expects a number of heads");
  if (ShapedType::isDynamic(x.size(-1)))
    return Answer::no("expects a known number of features");
  Term y = isFlat ? reshape(x, {0, 0, heads, x.size(2) / heads}) : x;
  int64_t axis = isFlat ? 2 : 1; // of the heads
  y = rotate(y, unsqueeze(cosine, {axis}), unsqueeze(sine, {axis}), features ? features : y.size(-1), interleaved);
  return isFlat ? reshape(y, shapeOf(x)) : y;
}

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

  rules.add([](MSRotaryEmbeddingOp op, Formula &f) -> Answer {
    Term x = f(op.getInput()), cosine = f(op.getCosCache()), sine = f(op.getSinCache());
    Term positions = f(op.getPositionIds());
    if (!x.ranked() || !positions.ranked() || ShapedType::isDynamic(cosine.size(1)) ||
        ShapedType::isDynamic(x.size(-1)))
      return Answer::no("expects known sizes");
    // One number is the position of the first token of each sequence.
    if (positions.rank() == 1)
      positions = unsqueeze(range(squeeze(sizeOf(x, x.rank() - 2), {0})) + positions, {0});
    int64_t features = op.getRotaryEmbeddingDim() ? op.getRotaryEmbeddingDim() : 2 * cosine.size(1);
    int64_t heads = op.getNumHeads() ? op.getNumHeads() : x.size(-1) / (2 * cosine.size(1));
    return rotateHeads(x, gather(cosine, positions, 0), gather(sine, positions, 0), heads, features,
                       op.getInterleaved());
  });
}

//===--- com.microsoft ----------------------------------------------------===//

// What an integer mask lets through: lengths by batch, or ones for each key (and each query).
std::optional<Term> allowedByMask(Term mask, Term k) {
  Formula &f = *mask.formula;
  Term zero = f.number(0, mask.element());
  if (mask.ranked() && mask.rank() == 1 && mask.size(0) == k.size(0))
    return unsqueeze(convert(mask, f.builder.getI64Type()), {1, 2, 3}) > keyPositions(k);
  if (mask.ranked() && mask.rank() == 2)
    return unsqueeze(mask, {1, 2}) > zero;
  if (mask.ranked() && mask.rank() == 3)
    return unsqueeze(mask, {1}) > zero;
  return std::nullopt;
}

// What ONNX Runtime adds for keys that are hidden: finite, so that rows of nothing else are a mean.
Term filter(Term allowed, double value, Type element) {
  Formula &f = *allowed.formula;
  return select(allowed, f.number(0, element), f.number(value, element));
}

Answer expandSelfAttention(MSAttentionOp op, Formula &f) {
  Term x = f(op.getInput()), weights = f(op.getWeights());
  int64_t heads = op.getNumHeads();
  if (!x.ranked() || x.rank() != 3 || ShapedType::isDynamic(weights.size(1)) || op.getDoRotary() ||
      op.getPastPresentShareBuffer() || op.getPastSequenceLength())
    return Answer::no("expects an input of three dimensions, without rotation or a shared cache");
  SmallVector<int64_t> sizes(3, weights.size(1) / 3);
  if (std::optional<ArrayRef<int64_t>> given = op.getQkvHiddenSizes(); given && given->size() == 3)
    sizes.assign(given->begin(), given->end());
  Term all = matmul(x, weights);
  if (op.getBias())
    all = all + f(op.getBias());
  auto part = [&](int64_t start, int64_t size) { return splitHeads(slice(all, {start}, {start + size}, {2}), heads); };
  Term q = part(0, sizes[0]), k = part(sizes[0], sizes[1]), v = part(sizes[0] + sizes[1], sizes[2]);
  Term position = queryPositions(q);
  if (op.getPast()) {
    Term past = f(op.getPast());
    position = position + sizeOf(past, 3);
    k = concat({squeeze(slice(past, {0}, {1}, {0}), {0}), k}, 2);
    v = concat({squeeze(slice(past, {1}, {2}, {0}), {0}), v}, 2);
  }
  Mask mask;
  if (op.getAttentionBias())
    mask.add(f(op.getAttentionBias()));
  if (op.getMaskIndex()) {
    std::optional<Term> allowed = allowedByMask(f(op.getMaskIndex()), k);
    if (!allowed)
      return Answer::no("its mask has another form");
    mask.add(filter(*allowed, get(op.getMaskFilterValue()), q.element()));
  }
  if (op.getUnidirectional())
    mask.require(position >= keyPositions(k));
  double size = static_cast<double>(sizes[0]) / heads;
  double scale = op.getScale() ? get(*op.getScale()) : 1 / std::sqrt(size);
  Scores s = computeScores(q, k, scale, 0, mask, q.element());
  SmallVector<Term> results{joinHeads(matmul(s.weights, v))};
  if (op.getPresent())
    results.push_back(concat({unsqueeze(k, {0}), unsqueeze(v, {0})}, 0));
  return results;
}

Answer expandMultiHead(MSMultiHeadAttentionOp op, Formula &f) {
  int64_t heads = op.getNumHeads();
  Term q = f(op.getQuery());
  if (!op.getKey() || !op.getValue() || !q.ranked() || q.rank() != 3 || op.getCacheIndirection() ||
      op.getPastSequenceLength() || ShapedType::isDynamic(q.size(2)))
    return Answer::no("expects a query, a key and a value apart, without a shared cache");
  Term k = f(op.getKey()), v = f(op.getValue());
  double size = static_cast<double>(q.size(2)) / heads;
  if (op.getBias()) {
    Term bias = f(op.getBias());
    int64_t hidden = q.size(2);
    q = q + slice(bias, {0}, {hidden}, {0});
    if (k.rank() == 3)
      k = k + slice(bias, {hidden}, {2 * hidden}, {0});
    if (v.rank() == 3)
      v = v + slice(bias, {2 * hidden}, {std::numeric_limits<int64_t>::max()}, {0});
  }
  q = splitHeads(q, heads);
  k = k.rank() == 3 ? splitHeads(k, heads) : k;
  v = v.rank() == 3 ? splitHeads(v, heads) : v;
  Term position = queryPositions(q);
  if (op.getPastKey()) {
    position = position + sizeOf(f(op.getPastKey()), 2);
    k = concat({f(op.getPastKey()), k}, 2);
    v = concat({f(op.getPastValue()), v}, 2);
  }
  Mask mask;
  if (op.getAttentionBias())
    mask.add(f(op.getAttentionBias()));
  if (op.getKeyPaddingMask()) {
    std::optional<Term> allowed = allowedByMask(f(op.getKeyPaddingMask()), k);
    if (!allowed)
      return Answer::no("its mask has another form");
    mask.add(filter(*allowed, get(op.getMaskFilterValue()), q.element()));
  }
  if (op.getUnidirectional())
    mask.require(position >= keyPositions(k));
  Scores s = computeScores(q, k, op.getScale() ? get(*op.getScale()) : 1 / std::sqrt(size), 0, mask, q.element());
  SmallVector<Term> results{joinHeads(matmul(s.weights, v))};
  if (op.getPresentKey())
    results.push_back(k);
  if (op.getPresentValue())
    results.push_back(v);
  if (op.getQk())
    results.push_back(s.raw);
  return results;
}

} // namespace

void addAttentionRules(Rules &rules) {
  rules.add(expandAttention);
  rules.add(expandSelfAttention);
  rules.add(expandMultiHead);
  addRotary(rules);
}

} // namespace quern::onnx
