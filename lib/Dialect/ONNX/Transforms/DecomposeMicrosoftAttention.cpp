// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Attention and positional embeddings of com.microsoft.

#include "AttentionParts.h"

using namespace mlir;

namespace quern::onnx {

namespace {

constexpr int64_t kEnd = std::numeric_limits<int64_t>::max();

double get(llvm::APFloat value) { return value.convertToFloat(); }

// The dimension's numbers from `start` up to `end`: vectors of one.
Term between(Term x, Term start, Term end, int64_t axis) {
  Formula &f = *x.formula;
  return f.node<SliceOp>({x.value, start.value, end.value, f.integers({axis}).value});
}

//===--- Masks --------------------------------------------------------------===//

// What a mask of integers lets through. Of one dimension, it has a length for each sequence, and perhaps a start for
// each after them; else ones for the keys, the keys of each query, or all positions that there may be.
std::optional<Term> allowedByMask(Term mask, Term q, Term k, Term past) {
  Formula &f = *mask.formula;
  Term zero = f.number(0, mask.element());
  if (!mask.ranked())
    return std::nullopt;
  switch (mask.rank()) {
  case 1: {
    mask = convert(mask, f.builder.getI64Type());
    Term batch = sizeOf(q, 0), count = sizeOf(mask, 0);
    auto column = [](Term x) { return unsqueeze(x, {1, 2, 3}); };
    Term key = keyPositions(k);
    Term ends = column(between(mask, f.integers({0}), batch, 0));
    Term allowed = ends > key;
    if (mask.size(0) == q.size(0) && !ShapedType::isDynamic(mask.size(0)))
      return allowed;
    Term second = min(range(squeeze(batch, {0})) + batch, count - 1.0);
    Term starts = select(count == batch * 2.0, gather(mask, second, 0), f.integers({0}));
    return allowed && key >= column(starts);
  }
  case 2:
    return unsqueeze(mask, {1, 2}) > zero;
  case 3:
    return unsqueeze(mask, {1}) > zero;
  case 4: {
    Term start = past ? past : f.integers({0});
    return between(between(mask, start, start + sizeOf(q, 2), 2), f.integers({0}), sizeOf(k, 2), 3) > zero;
  }
  default:
    return std::nullopt;
  }
}

// What ONNX Runtime adds for keys that are hidden: finite, so that rows of nothing else are a mean.
Term filter(Term allowed, double value, Type element) {
  Formula &f = *allowed.formula;
  return select(allowed, f.number(0, element), f.number(value, element));
}

//===--- Caches -------------------------------------------------------------===//

struct Cache {
  Term all;     // the past and the present
  Term present; // the same, in the buffer of the past where there is one
};

// `now` after the past; where only the first `valid` of that count, it replaces those that follow.
Cache append(Term past, Term now, Term valid) {
  if (!valid) {
    Term all = concat({past, now}, 2);
    return {all, all};
  }
  Formula &f = *now.formula;
  Term all = concat({between(past, f.integers({0}), valid, 2), now}, 2);
  return {all, concat({all, between(past, valid + sizeOf(now, 2), f.integers({kEnd}), 2)}, 2)};
}

Term asLength(Term x) { return reshape(convert(x, x.formula->builder.getI64Type()), {1}); }

//===--- Attention, MultiHeadAttention --------------------------------------===//

struct Heads {
  Term q, k, v; // batch x heads x length x size
};

struct Form {
  Value mask, bias, pastLength;
  double filterValue;
  std::optional<llvm::APFloat> scale;
  bool isCausal;
};

// softmax(q * k^T * scale + mask) * v, `past` being what precedes the queries.
std::pair<Term, Scores> attend(Formula &f, const Heads &heads, Term past, const Form &form) {
  Mask mask;
  if (form.bias)
    mask.add(f(form.bias));
  if (form.mask)
    if (std::optional<Term> allowed = allowedByMask(f(form.mask), heads.q, heads.k, past))
      mask.add(filter(*allowed, form.filterValue, heads.q.element()));
  if (form.isCausal) {
    Term position = queryPositions(heads.q);
    mask.require((past ? position + past : position) >= keyPositions(heads.k));
  }
  std::optional<double> scale = form.scale ? std::optional(get(*form.scale)) : std::nullopt;
  Scores s = computeScores(heads.q, heads.k, scale, 0, mask, heads.q.element());
  return {joinHeads(matmulOfHeads(s.weights, heads.v)), s};
}

bool hasKnownMask(Formula &f, Value mask) { return !mask || (f(mask).ranked() && f(mask).rank() <= 4); }

// `all` is batch x length x (queries, keys, values), of these sizes.
template <typename Op>
Answer selfAttention(Op op, Formula &f, Term all, ArrayRef<int64_t> sizes, const Form &form) {
  int64_t heads = op.getNumHeads();
  if (op.getDoRotary())
    return Answer::no("expects 'do_rotary' to be 0");
  if (!hasKnownMask(f, form.mask))
    return Answer::no("expects a mask of at most 4 dimensions");
  for (int64_t size : sizes)
    if (size % heads)
      return Answer::no("expects sizes that divide into 'num_heads'");
  Heads now;
  if (sizes.empty()) { // equal ones, that only the run knows
    ResultRange parts =
        f.nodes<SplitOp>(3, {all.value}, {f.attr("axis", int64_t(2)), f.attr("num_outputs", int64_t(3))});
    now = {splitHeads(f(parts[0]), heads), splitHeads(f(parts[1]), heads), splitHeads(f(parts[2]), heads)};
  } else {
    auto part = [&](int64_t start, int64_t size) {
      return splitHeads(slice(all, {start}, {start + size}, {2}), heads);
    };
    now = {part(0, sizes[0]), part(sizes[0], sizes[1]), part(sizes[0] + sizes[1], sizes[2])};
  }
  Cache keys = {now.k, now.k}, values = {now.v, now.v};
  Term past;
  if (op.getPast()) {
    Term given = f(op.getPast()), valid = form.pastLength ? asLength(f(form.pastLength)) : Term();
    past = valid ? valid : sizeOf(given, 3);
    keys = append(squeeze(slice(given, {0}, {1}, {0}), {0}), now.k, valid);
    values = append(squeeze(slice(given, {1}, {2}, {0}), {0}), now.v, valid);
  }
  SmallVector<Term> results{attend(f, {now.q, keys.all, values.all}, past, form).first};
  if (op.getPresent())
    results.push_back(concat({unsqueeze(keys.present, {0}), unsqueeze(values.present, {0})}, 0));
  return results;
}

SmallVector<int64_t> thirds(int64_t size) {
  return ShapedType::isDynamic(size) ? SmallVector<int64_t>() : SmallVector<int64_t>(3, size / 3);
}

// The product of the input and the weights has the queries, the keys and the values side by side.
Answer expandAttention(MSAttentionOp op, Formula &f) {
  Term x = f(op.getInput()), weights = f(op.getWeights());
  if (!x.ranked() || !weights.ranked())
    return Answer::no("expects weights of known rank");
  SmallVector<int64_t> sizes = thirds(weights.size(1));
  if (std::optional<ArrayRef<int64_t>> given = op.getQkvHiddenSizes())
    sizes.assign(given->begin(), given->end());
  Term all = matmul(x, weights);
  if (op.getBias())
    all = all + f(op.getBias());
  return selfAttention(op, f, all, sizes,
                       {op.getMaskIndex(), op.getAttentionBias(), op.getPastSequenceLength(),
                        get(op.getMaskFilterValue()), op.getScale(), op.getUnidirectional() != 0});
}

Answer expandQuantized(MSQAttentionOp op, Formula &f) {
  Term x = f(op.getInput()), weights = f(op.getWeight());
  if (!x.ranked() || !weights.ranked() || op.getPastPresentShareBuffer())
    return Answer::no("expects weights of known rank, without a shared cache");
  Term product = f.node<MatMulIntegerOp>({x.value, weights.value, op.getInputZeroPoint(), op.getWeightZeroPoint()});
  Term scale = f(op.getInputScale()) * f(op.getWeightScale());
  Term all =
      convert(convert(product, f.builder.getF32Type()) * convert(scale, f.builder.getF32Type()), scale.element()) +
      f(op.getBias());
  return selfAttention(
      op, f, all, thirds(weights.size(1)),
      {op.getMaskIndex(), {}, {}, get(op.getMaskFilterValue()), op.getScale(), op.getUnidirectional() != 0});
}

// One of `count` tensors that lie side by side: batch x length x heads x count x size.
Term unpack(Term packed, int64_t i) { return transpose(squeeze(slice(packed, {i}, {i + 1}, {3}), {3}), {0, 2, 1, 3}); }

// Queries, keys and values from the forms that they may have; nothing of another form.
std::optional<Heads> split(Term q, Term k, Term v, Term bias, int64_t heads) {
  if (!q.ranked() || (k && !k.ranked()) || (v && !v.ranked()))
    return std::nullopt;
  Formula &f = *q.formula;
  bool isPacked = q.rank() == 5 && !k, isPackedPair = q.rank() == 3 && k.value && k.rank() == 5 && !v;
  bool isApart = q.rank() == 3 && k.value && v.value && k.rank() == v.rank() && (k.rank() == 3 || k.rank() == 4);
  if (!isPacked && !isPackedPair && !isApart)
    return std::nullopt;
  // The bias has a part for each, of the size that the queries have.
  Term hidden = isPacked ? sizeOf(q, 4) * static_cast<double>(heads) : sizeOf(q, 2);
  auto add = [&](Term x, int64_t i) {
    if (!bias)
      return x;
    Term end = i == 2 ? f.integers({kEnd}) : hidden * static_cast<double>(i + 1);
    Term part = between(bias, hidden * static_cast<double>(i), end, 0);
    return x + (x.rank() == 4 ? transpose(reshape(part, {1, 1, heads, -1}), {0, 2, 1, 3}) : part);
  };
  if (isPacked)
    return Heads{add(unpack(q, 0), 0), add(unpack(q, 1), 1), add(unpack(q, 2), 2)};
  q = splitHeads(add(q, 0), heads);
  if (isPackedPair)
    return Heads{q, add(unpack(k, 0), 1), add(unpack(k, 1), 2)};
  if (k.rank() == 4)
    return Heads{q, k, v}; // of another sequence, with what is theirs added
  return Heads{q, splitHeads(add(k, 1), heads), splitHeads(add(v, 2), heads)};
}

template <typename Op>
Answer multiHead(Op op, Formula &f, const Form &form, Value scores) {
  if (op.getCacheIndirection())
    return Answer::no("expects no 'cache_indirection'");
  if (!hasKnownMask(f, form.mask))
    return Answer::no("expects a mask of at most 4 dimensions");
  std::optional<Heads> heads =
      split(f(op.getQuery()), f(op.getKey()), f(op.getValue()), f(op.getBias()), op.getNumHeads());
  if (!heads)
    return Answer::no("expects 'query', 'key' and 'value' apart or packed");
  Cache keys = {heads->k, heads->k}, values = {heads->v, heads->v};
  Term past;
  if (op.getPastKey()) {
    Term valid = form.pastLength ? asLength(f(form.pastLength)) : Term();
    past = valid ? valid : sizeOf(f(op.getPastKey()), 2);
    keys = append(f(op.getPastKey()), heads->k, valid);
    values = append(f(op.getPastValue()), heads->v, valid);
  }
  auto [y, s] = attend(f, {heads->q, keys.all, values.all}, past, form);
  SmallVector<Term> results{y};
  if (op.getPresentKey())
    results.push_back(keys.present);
  if (op.getPresentValue())
    results.push_back(values.present);
  if (scores)
    results.push_back(s.raw);
  return results;
}

//===--- GroupQueryAttention --------------------------------------------------===//

// x / sqrt(mean(x^2) + epsilon) * weight, for each head
Term normalizeHeads(Term x, Value weight, int64_t heads, double epsilon) {
  if (!weight)
    return x;
  Formula &f = *x.formula;
  int64_t size = ShapedType::isDynamic(x.size(2)) ? -1 : x.size(2) / heads;
  Term y = f.node<RMSNormalizationOp>({reshape(x, {0, 0, heads, size}).value, weight},
                                      {f.attr("axis", int64_t(-1)), f.attr("epsilon", static_cast<float>(epsilon))});
  return reshape(y, shapeOf(x));
}

// The first `past[b]` of the cache, then what is new, then zeros, in `length` all.
Term appendEach(Term cache, Term now, Term past, Term length) {
  Formula &f = *now.formula;
  Term joined = concat({cache, now}, 2);
  Term old = sizeOf(cache, 2), rows = sizeOf(joined, 2), batch = sizeOf(now, 0), heads = sizeOf(now, 1);
  Term key = unsqueeze(range(squeeze(length, {0})), {0}), first = unsqueeze(past, {1});
  // Which row of a head each key is, and of all heads.
  Term row = select(key < first, key, old + (key - first));
  row = max(min(row, rows - 1.0), f.integers({0}));
  Term head = reshape(range(squeeze(batch * heads, {0})), concat({batch, heads, f.integers({1})}, 0));
  Term all = gather(reshape(joined, concat({batch * heads * rows, sizeOf(joined, 3)}, 0)),
                    head * rows + unsqueeze(row, {1}), 0);
  Term isFilled = unsqueeze(key < first + sizeOf(now, 2), {1, 3});
  return select(isFilled, all, f.number(0, all.element()));
}

Answer expandGroupQuery(MSGroupQueryAttentionOp op, Formula &f) {
  int64_t heads = op.getNumHeads(), kvHeads = op.getKvNumHeads();
  Term q = f(op.getQuery());
  if (op.getKScale() || op.getVScale() || op.getKQuantType() != "NONE" || op.getVQuantType() != "NONE")
    return Answer::no("expects a cache that is not quantized");
  if (op.getSlidingWindowCache())
    return Answer::no("expects 'sliding_window_cache' to be 0");
  if (!q.ranked() || q.rank() != 3)
    return Answer::no("expects a query of three dimensions");
  Term k = f(op.getKey()), v = f(op.getValue());
  if (!k) {
    Term size = sizeOf(q, 2) / f.integers({heads + 2 * kvHeads});
    Term end = size * static_cast<double>(heads), next = end + size * static_cast<double>(kvHeads);
    k = between(q, end, next, 2);
    v = between(q, next, f.integers({kEnd}), 2);
    q = between(q, f.integers({0}), end, 2);
  }

  // How much of the cache precedes each sequence: a prompt starts anew.
  Type i64 = f.builder.getI64Type();
  Term length = sizeOf(q, 1), total = asLength(f(op.getTotalSequenceLength()));
  Term valid = reshape(convert(f(op.getSeqlensK()), i64), {-1}) + 1.0;
  Term past = select(length == total, f.integers({0}), valid - length);

  q = normalizeHeads(q, op.getQNormWeight(), heads, get(op.getQkNormEpsilon()));
  k = normalizeHeads(k, op.getKNormWeight(), kvHeads, get(op.getQkNormEpsilon()));
  Term position = unsqueeze(range(squeeze(length, {0})), {0}) + unsqueeze(past, {1}); // batch x length
  if (op.getDoRotary()) {
    if (!op.getCosCache() || !op.getSinCache() || ShapedType::isDynamic(f(op.getCosCache()).size(1)))
      return Answer::no("expects 'cos_cache' and 'sin_cache' of known sizes where 'do_rotary' is 1");
    Term at = op.getPositionIds() ? f(op.getPositionIds()) : position;
    Term cosine = gather(f(op.getCosCache()), at, 0), sine = gather(f(op.getSinCache()), at, 0);
    bool interleaved = op.getRotaryInterleaved() != 0;
    Answer turnedQ = rotateHeads(q, cosine, sine, heads, 2 * cosine.size(2), interleaved);
    Answer turnedK = rotateHeads(k, cosine, sine, kvHeads, 2 * cosine.size(2), interleaved);
    q = turnedQ.terms.front(), k = turnedK.terms.front();
  }
  q = splitHeads(q, heads), k = splitHeads(k, kvHeads), v = splitHeads(v, kvHeads);
  Term presentK = k, presentV = v;
  if (op.getPastKey()) {
    Term slots = max(sizeOf(f(op.getPastKey()), 2), total);
    presentK = appendEach(f(op.getPastKey()), k, past, slots);
    presentV = appendEach(f(op.getPastValue()), v, past, slots);
    k = between(presentK, f.integers({0}), total, 2);
    v = between(presentV, f.integers({0}), total, 2);
  }

  Mask mask;
  Term row = unsqueeze(position, {1, 3}), key = keyPositions(k);
  if (op.getCausal())
    mask.require(row >= key);
  else
    mask.require(unsqueeze(valid, {1, 2, 3}) > key);
  if (op.getLocalWindowSize() >= 0)
    mask.require(key + static_cast<double>(op.getLocalWindowSize()) > row);
  if (op.getAttentionBias())
    mask.add(f(op.getAttentionBias()));
  Term sink;
  if (op.getHeadSink())
    sink = reshape(f(op.getHeadSink()), {1, heads, 1, 1});
  else if (op.getSmoothSoftmax() > 0)
    sink = f.number(0, q.element());
  std::optional<double> scale;
  if (op.getScale() && get(*op.getScale()) != 0)
    scale = get(*op.getScale());
  Scores s = computeScores(q, k, scale, get(op.getSoftcap()), mask, q.element(), sink);
  SmallVector<Term> results{joinHeads(matmulOfHeads(s.weights, v))};
  if (op.getPresentKey())
    results.push_back(presentK);
  if (op.getPresentValue())
    results.push_back(presentV);
  if (op.getOutputQk()) // the scores are zeros where a query sees no key
    results.push_back(op.getQkOutput() == 2 ? s.weights : select(mask.allowed, s.masked, f.number(0, q.element())));
  return results;
}

//===--- Positions ------------------------------------------------------------===//

Answer expandRotary(MSRotaryEmbeddingOp op, Formula &f) {
  Term x = f(op.getInput()), cosine = f(op.getCosCache()), sine = f(op.getSinCache());
  Term positions = f(op.getPositionIds());
  if (!x.ranked() || !positions.ranked() || !cosine.ranked() || ShapedType::isDynamic(cosine.size(1)))
    return Answer::no("expects caches of a known size");
  // One number is the position of the first token of each sequence.
  if (positions.rank() == 1)
    positions = unsqueeze(range(squeeze(sizeOf(x, x.rank() - 2), {0})) + positions, {0});
  int64_t features = op.getRotaryEmbeddingDim() ? op.getRotaryEmbeddingDim() : 2 * cosine.size(1);
  cosine = gather(cosine, positions, 0), sine = gather(sine, positions, 0);
  bool interleaved = op.getInterleaved() != 0;
  if (x.rank() != 3 || op.getNumHeads())
    return rotateHeads(x, cosine, sine, op.getNumHeads(), features, interleaved);
  // As many heads as there are.
  Term heads = transpose(reshape(x, {0, 0, -1, 2 * cosine.size(2)}), {0, 2, 1, 3});
  Term turned = rotateHeads(heads, cosine, sine, 0, features, interleaved).terms.front();
  return reshape(transpose(turned, {0, 2, 1, 3}), shapeOf(x));
}

// The buckets of T5: one for each small distance, logarithmic ones up to the largest.
Answer expandRelativeBias(MSRelativePositionBiasOp op, Formula &f) {
  Term table = f(op.getBiasTable());
  if (!table.ranked() || ShapedType::isDynamic(table.size(0)))
    return Answer::no("expects a known number of buckets");
  Type i64 = f.builder.getI64Type(), f32 = f.builder.getF32Type();
  auto positions = [&](Value length, int64_t axis) {
    return unsqueeze(range(squeeze(asLength(f(length)), {0})), {axis});
  };
  Term distance = positions(op.getKeyLength(), 0) - positions(op.getQueryLength(), 1);
  int64_t buckets = table.size(0);
  Term zero = f.number(0, i64), first = zero;
  if (op.getIsBidirectional()) {
    buckets /= 2;
    first = select(distance > zero, f.number(static_cast<double>(buckets), i64), zero);
    distance = abs(distance);
  } else {
    distance = max(-distance, zero);
  }
  int64_t exact = std::max<int64_t>(buckets / 2, 1);
  double step = (buckets - exact) / std::log(static_cast<double>(op.getMaxDistance()) / exact);
  Term large = convert(log(convert(max(distance, f.number(1, i64)), f32) / double(exact)) * step, i64) + double(exact);
  large = min(large, f.number(static_cast<double>(buckets - 1), i64));
  Term bucket = first + select(distance < static_cast<double>(exact), distance, large);
  return unsqueeze(transpose(gather(table, bucket, 0), {2, 0, 1}), {0});
}

} // namespace

void addMicrosoftAttentionRules(Rules &rules) {
  rules.add(expandAttention);
  rules.add(expandQuantized);
  rules.add([](MSMultiHeadAttentionOp op, Formula &f) -> Answer {
    return multiHead(op, f,
                     {op.getKeyPaddingMask(), op.getAttentionBias(), op.getPastSequenceLength(),
                      get(op.getMaskFilterValue()), op.getScale(), op.getUnidirectional() != 0},
                     op.getQk());
  });
  rules.add([](MSDecoderMaskedMultiHeadAttentionOp op, Formula &f) -> Answer {
    return multiHead(op, f,
                     {op.getMaskIndex(), op.getAttentionBias(), op.getPastSequenceLength(),
                      get(op.getMaskFilterValue()), op.getScale(), /*isCausal=*/false},
                     op.getQk());
  });
  rules.add(expandGroupQuery);
  rules.add(expandRotary);
  rules.add(expandRelativeBias);
}

} // namespace quern::onnx
