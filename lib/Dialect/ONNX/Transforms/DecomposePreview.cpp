// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Operators that are not released yet, as formulas of those that are.

#include "AttentionParts.h"

#include "mlir/IR/IRMapping.h"

#include <cmath>
#include <limits>

using namespace mlir;

namespace quern::onnx {

namespace {

double get(llvm::APFloat value) { return value.convertToFloat(); }

Term asScalar(Term x) { return reshape(x, ArrayRef<int64_t>()); }

// 1 / sqrt(n), n the size of a dimension
Term inverseRoot(Term x, int64_t axis, Type element) {
  Formula &f = *x.formula;
  if (int64_t size = x.size(axis); !ShapedType::isDynamic(size))
    return f.number(1 / std::sqrt(static_cast<double>(size)), element);
  return 1.0 / sqrt(convert(asScalar(sizeOf(x, axis)), element));
}

//===--- Sequences --------------------------------------------------------===//

// Each output position is the sum over a window of k: a convolution with as many groups as channels, whose number
// may be known to the run alone.
Term depthwise(Term x, Term weight, Term bias, Term kernel) {
  Formula &f = *x.formula;
  if (int64_t channels = weight.size(0); !ShapedType::isDynamic(channels))
    return f.node<ConvOp>({x.value, weight.value, bias.value}, {f.attr("group", channels)});
  Term count = sizeOf(x, 2) - kernel + f.integers({1});
  Term windows = unsqueeze(range(asScalar(count)), {1}) + unsqueeze(range(asScalar(kernel)), {0}); // positions x k
  Type f32 = f.builder.getF32Type();
  Term y = reduceSum(convert(gather(x, windows, 2), f32) * convert(weight, f32), {3}, /*keep=*/false);
  return convert(bias ? y + unsqueeze(convert(bias, f32), {1}) : y, x.element());
}

void addSequences(Rules &rules) {
  // silu(conv(past ++ x)), and the end of past ++ x
  rules.add([](CausalConvWithStateOp op, Formula &f) -> Answer {
    Term x = f(op.getInput()), weight = f(op.getWeight()), bias = f(op.getBias());
    if (!x.ranked() || !weight.ranked())
      return Answer::no("expects known ranks");
    Term kernel = sizeOf(weight, 2), past = kernel - f.integers({1});
    Term zeros = f.integers({0, 0});
    Term whole = op.getPastState() ? concat({f(op.getPastState()), x}, 2)
                                   : f.node<PadOp>({x.value, concat({zeros, past, zeros, f.integers({0})}, 0).value});
    Term y = depthwise(whole, weight, bias, kernel);
    if (op.getActivation() != "none") {
      Term wide = convert(y, f.builder.getF32Type());
      y = convert(wide * sigmoid(wide), y.element());
    }
    Term end = sizeOf(whole, 2);
    Term state = f.node<SliceOp>({whole.value, (end - past).value, end.value, f.integers({2}).value});
    return SmallVector<Term>{y, state};
  });

  // A scan over positions; query heads that share a key head are rows of one product.
  rules.add([](LinearAttentionOp op, Formula &f) -> Answer {
    Term q = f(op.getQuery()), k = f(op.getKey()), v = f(op.getValue());
    if (!q.ranked() || !k.ranked() || !v.ranked())
      return Answer::no("expects known ranks");
    Type f32 = f.builder.getF32Type();
    int64_t heads = op.getKvNumHeads(), shared = op.getQNumHeads() / heads;
    auto split = [&](Term x, ArrayRef<int64_t> parts) {
      int64_t known = x.size(2), rest = -1;
      if (!ShapedType::isDynamic(known))
        rest = known / std::accumulate(parts.begin(), parts.end(), int64_t(1), std::multiplies<>());
      SmallVector<int64_t> shape = {0, 0};
      llvm::append_range(shape, parts);
      shape.push_back(rest);
      return reshape(convert(x, f32), shape);
    };
    Term queries = split(q, {heads, shared}), keys = split(k, {heads}), values = split(v, {heads});
    Term scale = get(op.getScale()) != 0 ? f.number(get(op.getScale()), f32) : inverseRoot(queries, 4, f32);
    Term state = op.getPastState()
                     ? convert(f(op.getPastState()), f32)
                     : f.node<ConstantOfShapeOp>(
                           {concat({sizeOf(q, 0), f.integers({heads}), sizeOf(keys, 3), sizeOf(values, 3)}, 0).value});
    SmallVector<Term> sequences = {queries * scale, keys, values};
    if (op.getDecay())
      sequences.push_back(exp(split(f(op.getDecay()), {heads})));
    if (op.getBeta())
      sequences.push_back(reshape(convert(f(op.getBeta()), f32), {0, 0, -1, 1}));

    bool gated = op.getDecay() != nullptr, corrects = op.getBeta() != nullptr;
    SmallVector<Term> results = scan({state}, sequences, 1, [&](ArrayRef<Term> at) -> SmallVector<Term> {
      Term s = at[0], query = at[1], key = unsqueeze(at[2], {3}), value = unsqueeze(at[3], {2});
      if (gated)
        s = s * unsqueeze(at[4], {3});
      if (corrects)
        value = unsqueeze(at.back(), {3}) * (value - matmul(unsqueeze(at[2], {2}), s));
      s = s + key * value;
      return {s, matmul(query, s)};
    });
    Term y =
        reshape(results[1], concat({sizeOf(q, 0), sizeOf(q, 1), sizeOf(values, 3) * f.integers({heads * shared})}, 0));
    Type stateElement = op.getPastState() ? f(op.getPastState()).element() : q.element();
    return SmallVector<Term>{convert(y, q.element()), convert(results[0], stateElement)};
  });
}

//===--- Attention --------------------------------------------------------===//

// What the graph of an attribute makes of x; x itself where there is none.
Term applyGraph(Region &region, Term x) {
  if (region.empty())
    return x;
  IRMapping mapping;
  mapping.map(region.getArgument(0), x.value);
  for (Operation &inner : region.front().without_terminator())
    x.formula->builder.clone(inner, mapping);
  return (*x.formula)(mapping.lookupOrDefault(region.front().getTerminator()->getOperand(0)));
}

void addFlexAttention(Rules &rules) {
  // prob_mod(softmax(score_mod(q k^T * scale))) v
  rules.add([](PreviewFlexAttentionOp op, Formula &f) -> Answer {
    Term q = f(op.getQ()), k = f(op.getK()), v = f(op.getV());
    FailureOr<Type> precision = op.getPrecision();
    if (!q.ranked() || !k.ranked() || !v.ranked() || failed(precision))
      return Answer::no("expects known ranks");
    std::optional<double> scale;
    if (op.getScale())
      scale = get(*op.getScale());
    Term root = rootOfScale(q, scale);
    Term scores = convert(matmulOfHeads(q * root, transpose(k * root, {0, 1, 3, 2})), *precision);
    scores = applyGraph(op.getScoreMod(), scores);
    Term weights = f.node<SoftmaxOp>({scores.value}, {f.attr("axis", int64_t(3))});
    weights = applyGraph(op.getProbMod(), weights);
    return convert(matmulOfHeads(weights, convert(v, *precision)), q.element());
  });
}

//===--- Training ---------------------------------------------------------===//

// The operands of one tensor: itself, its gradient, its states.
SmallVector<SmallVector<Term>> byTensor(Formula &f, ValueRange inputs, size_t kinds) {
  size_t tensors = inputs.size() / kinds;
  SmallVector<SmallVector<Term>> result(tensors);
  for (auto [i, input] : llvm::enumerate(inputs))
    result[i % tensors].push_back(f(input));
  return result;
}

// Results go kind by kind.
Answer byKind(ArrayRef<SmallVector<Term>> tensors) {
  SmallVector<Term> results;
  for (size_t kind = 0; kind < tensors.front().size(); ++kind)
    for (const SmallVector<Term> &tensor : tensors)
      results.push_back(tensor[kind]);
  return results;
}

void addTraining(Rules &rules) {
  // x - r / (1 + t * decay) * g / (sqrt(h + g^2) + epsilon)
  rules.add([](TrainingAdagradOp op, Formula &f) -> Answer {
    SmallVector<SmallVector<Term>> results;
    for (ArrayRef<Term> tensor : byTensor(f, op.getInputs(), 3)) {
      Term x = tensor[0], h = tensor[2];
      Term rate = convert(asScalar(f(op.getR())), x.element()), step = convert(asScalar(f(op.getT())), x.element());
      Term g = x * get(op.getNormCoefficient()) + tensor[1];
      Term sum = h + g * g;
      Term r = rate / (step * get(op.getDecayFactor()) + 1.0);
      results.push_back({x - r * g / (sqrt(sum) + get(op.getEpsilon())), sum});
    }
    return byKind(results);
  });

  // v = alpha * v + beta * g; x - r * v, or x - r * (g + alpha * v)
  rules.add([](TrainingMomentumOp op, Formula &f) -> Answer {
    SmallVector<SmallVector<Term>> results;
    if (op.getMode() != "standard" && op.getMode() != "nesterov")
      return Answer::no("expects 'mode' to be standard or nesterov");
    for (ArrayRef<Term> tensor : byTensor(f, op.getInputs(), 3)) {
      Term x = tensor[0];
      double alpha = get(op.getAlpha());
      Term rate = convert(asScalar(f(op.getR())), x.element());
      Term g = x * get(op.getNormCoefficient()) + tensor[1];
      Term beta =
          select(asScalar(f(op.getT())) > 0.0, f.number(get(op.getBeta()), x.element()), f.number(1, x.element()));
      Term v = tensor[2] * alpha + beta * g;
      results.push_back({x - rate * (op.getMode() == "standard" ? v : g + v * alpha), v});
    }
    return byKind(results);
  });

  // x - r * v / (sqrt(h) + epsilon), r corrected for the averages' start from zero
  rules.add([](TrainingAdamOp op, Formula &f) -> Answer {
    SmallVector<SmallVector<Term>> results;
    for (ArrayRef<Term> tensor : byTensor(f, op.getInputs(), 4)) {
      Term x = tensor[0];
      double alpha = get(op.getAlpha()), beta = get(op.getBeta());
      Term rate = convert(asScalar(f(op.getR())), x.element()), step = convert(asScalar(f(op.getT())), x.element());
      Term g = x * get(op.getNormCoefficient()) + tensor[1];
      Term v = tensor[2] * alpha + g * (1 - alpha), h = tensor[3] * beta + g * g * (1 - beta);
      auto missing = [&](double decay) { return 1.0 - pow(f.number(decay, x.element()), step); };
      Term r = select(step > 0.0, rate * sqrt(missing(beta)) / missing(alpha), rate);
      Term next = x - r * (v / (sqrt(h) + get(op.getEpsilon())));
      results.push_back({next * (1 - get(op.getNormCoefficientPost())), v, h});
    }
    return byKind(results);
  });
}

} // namespace

void addPreviewRules(Rules &rules) {
  // a * sigmoid(alpha * a) * b
  rules.add([](SwiGLUOp op, Formula &f) -> Answer {
    Term a = f(op.getA());
    return f.node<SwishOp>({a.value}, {f.attr("alpha", op.getAlpha().convertToFloat())}) * f(op.getB());
  });
  addSequences(rules);
  addFlexAttention(rules);
  addTraining(rules);
}

} // namespace quern::onnx
