// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Fused operators of com.microsoft, taken apart: grouping fuses them again, and better.

#include "MicrosoftParts.h"

#include <cfloat>

using namespace mlir;

namespace quern::onnx {

static double get(llvm::APFloat value) { return value.convertToFloat(); }

// An activation with the parameters that were given.
struct Activation {
  StringLiteral name;
  Term (*apply)(Term x, function_ref<float(size_t, float)> parameter);
};

template <typename OpTy>
static Term apply(Term x, ArrayRef<NamedAttribute> attributes = {}) {
  return x.formula->node<OpTy>({x.value}, attributes);
}
template <typename OpTy>
static Term applyAlpha(Term x, float alpha) {
  return apply<OpTy>(x, {x.formula->attr("alpha", alpha)});
}

static constexpr Activation kActivations[] = {
    {"Relu", [](Term x, auto) { return relu(x); }},
    {"Tanh", [](Term x, auto) { return tanh(x); }},
    {"Sigmoid", [](Term x, auto) { return sigmoid(x); }},
    {"Softplus", [](Term x, auto) { return softplus(x); }},
    {"Softsign", [](Term x, auto) { return apply<SoftsignOp>(x); }},
    {"HardSwish", [](Term x, auto) { return apply<HardSwishOp>(x); }},
    {"Gelu", [](Term x, auto) { return apply<GeluOp>(x); }},
    {"Elu", [](Term x, auto parameter) { return applyAlpha<EluOp>(x, parameter(0, 1)); }},
    {"Celu", [](Term x, auto parameter) { return applyAlpha<CeluOp>(x, parameter(0, 1)); }},
    {"LeakyRelu", [](Term x, auto parameter) { return applyAlpha<LeakyReluOp>(x, parameter(0, 0.01f)); }},
    {"ThresholdedRelu", [](Term x, auto parameter) { return applyAlpha<ThresholdedReluOp>(x, parameter(0, 1)); }},
    {"HardSigmoid",
     [](Term x, auto parameter) {
       return apply<HardSigmoidOp>(
           x, {x.formula->attr("alpha", parameter(0, 0.2f)), x.formula->attr("beta", parameter(1, 0.5f))});
     }},
    {"Clip",
     [](Term x, auto parameter) {
       Formula &f = *x.formula;
       return min(max(x, f.number(parameter(0, -FLT_MAX), x.element())), f.number(parameter(1, FLT_MAX), x.element()));
     }},
};

// No activation is one, too. Null where there is none of that name.
static Term activate(Term x, StringRef name, ArrayRef<float> parameters) {
  if (name.empty())
    return x;
  const Activation *found = llvm::find_if(kActivations, [&](const Activation &row) { return row.name == name; });
  if (found == std::end(kActivations))
    return {};
  return found->apply(x, [&](size_t i, float otherwise) { return i < parameters.size() ? parameters[i] : otherwise; });
}

static constexpr StringLiteral kNoActivation = "its activation is not known";

// The attributes of a fused operator that the plain one has too.
static SmallVector<NamedAttribute> getPlain(Operation *op) {
  SmallVector<NamedAttribute> attributes;
  for (NamedAttribute attr : op->getAttrs())
    if (!attr.getName().getValue().starts_with("activation") && attr.getName() != "operandSegmentSizes")
      attributes.push_back(attr);
  return attributes;
}

// alpha * A' * B'
template <typename Op>
static Answer fusedMatMul(Op op, Formula &f) {
  Term a = f(op.getA()), b = f(op.getB());
  if (!a.ranked() || !b.ranked())
    return Answer::no("expects a known rank");
  auto turned = [](Term x, bool swapLast, bool moveBatch) {
    SmallVector<int64_t> perm = axesFrom(0, x.rank());
    if (moveBatch && x.rank() > 2) // the first dimension becomes the last but one
      std::rotate(perm.begin(), perm.begin() + 1, perm.end() - 1);
    if (swapLast && x.rank() > 1)
      std::swap(perm[perm.size() - 1], perm[perm.size() - 2]);
    return llvm::is_sorted(perm) ? x : transpose(x, perm);
  };
  Term product = matmul(turned(a, op.getTransA(), op.getTransBatchA()), turned(b, op.getTransB(), op.getTransBatchB()));
  double alpha = get(op.getAlpha());
  return alpha == 1 ? product : product * alpha;
}

template <typename Op>
static SmallVector<float> getParameters(Op op) {
  SmallVector<float> parameters;
  if (op.getActivationAlpha())
    parameters.push_back(get(*op.getActivationAlpha()));
  if (op.getActivationBeta())
    parameters.push_back(get(*op.getActivationBeta()));
  return parameters;
}

static void addProducts(Rules &rules) {
  rules.add([](MSFusedMatMulOp op, Formula &f) -> Answer { return fusedMatMul(op, f); });

  // activation(FusedMatMul(A, B))
  rules.add([](MSFusedMatMulActivationOp op, Formula &f) -> Answer {
    Answer product = fusedMatMul(op, f);
    if (product.terms.empty())
      return product;
    Term y = activate(product.terms.front(), op.getActivation(), getParameters(op));
    return y ? Answer(y) : Answer::no(kNoActivation);
  });

  // activation(Gemm(A, B, C))
  rules.add([](MSFusedGemmOp op, Formula &f) -> Answer {
    Term product = f.node<GemmOp>({op.getA(), op.getB(), op.getC()}, getPlain(op));
    Term y = activate(product, op.getActivation().value_or(""), getParameters(op));
    return y ? Answer(y) : Answer::no(kNoActivation);
  });

  // activation(Conv(X, W, B) + Z)
  rules.add([](MSFusedConvOp op, Formula &f) -> Answer {
    Term sum = f.node<ConvOp>({op.getX(), op.getW(), op.getB()}, getPlain(op));
    if (op.getZ())
      sum = sum + f(op.getZ());
    Term y = activate(sum, op.getActivation().value_or(""), op.getActivationParams().value_or(ArrayRef<float>()));
    return y ? Answer(y) : Answer::no(kNoActivation);
  });
}

// The filters with their channels first, whichever way they are.
static Value orderFilters(Formula &f, Value x, Value w, int64_t group) {
  auto type = dyn_cast<RankedTensorType>(x.getType()), weight = dyn_cast<RankedTensorType>(w.getType());
  return type && weight && hasLastChannels(type, weight, group) ? channelsFirst(f(w)).value : w;
}

static void addChannelsLast(Rules &rules) {
  rules.add([](MSNhwcConvOp op, Formula &f) -> Answer {
    Term x = f(op.getX());
    if (!x.ranked())
      return Answer::no("expects a known rank");
    Value w = orderFilters(f, x, op.getW(), op.getGroup());
    return channelsLast(f.node<ConvOp>({channelsFirst(x).value, w, op.getB()}, getPlain(op)));
  });

  // activation(Conv(X, W, B) + Z)
  rules.add([](MSNhwcFusedConvOp op, Formula &f) -> Answer {
    Term x = f(op.getX());
    if (!x.ranked())
      return Answer::no("expects a known rank");
    Value w = orderFilters(f, x, op.getW(), op.getGroup());
    Term sum = channelsLast(f.node<ConvOp>({channelsFirst(x).value, w, op.getB()}, getPlain(op)));
    if (op.getZ())
      sum = sum + f(op.getZ());
    Term y = activate(sum, op.getActivation().value_or(""), op.getActivationParams().value_or(ArrayRef<float>()));
    return y ? Answer(y) : Answer::no(kNoActivation);
  });

  rules.add([](MSNhwcMaxPoolOp op, Formula &f) -> Answer {
    Term x = f(op.getX());
    if (!x.ranked())
      return Answer::no("expects a known rank");
    return channelsLast(f.node<MaxPoolOp>({channelsFirst(x).value}, getPlain(op)));
  });
}

static Term gelu(Term x) { return x.formula->node<GeluOp>({x.value}); }

static void addGelus(Rules &rules) {
  rules.add([](MSGeluOp op, Formula &f) -> Answer { return gelu(f(op.getX())); });

  // gelu(A + B)
  rules.add([](MSBiasGeluOp op, Formula &f) -> Answer { return gelu(f(op.getA()) + f(op.getB())); });

  // x * sigmoid(alpha * x)
  rules.add([](MSQuickGeluOp op, Formula &f) -> Answer {
    Term x = f(op.getX());
    return x * sigmoid(x * get(op.getAlpha()));
  });

  // gelu by tanh of X + bias
  rules.add([](MSFastGeluOp op, Formula &f) -> Answer {
    Term x = f(op.getX());
    if (op.getBias())
      x = x + f(op.getBias());
    return f.node<GeluOp>({x.value}, {f.attr("approximate", StringRef("tanh"))});
  });
}

static void addSums(Rules &rules) {
  rules.add([](MSBiasAddOp op, Formula &f) -> Answer { return f(op.getX()) + f(op.getBias()) + f(op.getSkip()); });

  // softmax(data + bias), all from the axis on as one dimension
  rules.add([](MSBiasSoftmaxOp op, Formula &f) -> Answer {
    Term x = f(op.getData()) + f(op.getBias());
    if (!x.ranked())
      return Answer::no("expects a known rank");
    return flatSoftmax(x, op.getAxis());
  });

  // L * gelu(R), L and R the halves of X + bias
  rules.add([](MSBiasSplitGeluOp op, Formula &f) -> Answer {
    Term x = f(op.getX()) + f(op.getBias());
    if (!x.ranked())
      return Answer::no("expects a known rank");
    ResultRange halves =
        f.nodes<SplitOp>(2, {x.value}, {f.attr("axis", x.rank() - 1), f.attr("num_outputs", int64_t(2))});
    return f(halves[0]) * gelu(f(halves[1]));
  });

  // Outside of training nothing is dropped.
  rules.add([](MSBiasDropoutOp op, Formula &f) -> Answer {
    if (op.getTrainingMode()) {
      ElementsAttr training = getConstantValue(op.getTrainingMode());
      if (!training || !training.isSplat() || training.getSplatValue<bool>())
        return Answer::no("expects a 'training_mode' that is false");
    }
    Term sum = f(op.getData()) + f(op.getBias());
    if (op.getResidual())
      sum = sum + f(op.getResidual());
    SmallVector<Term> results{sum};
    if (op.getMask())
      results.push_back(expand(
          f.constant(DenseElementsAttr::get(RankedTensorType::get({}, f.builder.getI1Type()), true)), shapeOf(sum)));
    return results;
  });
}

// GroupNormalization, and x * sigmoid(x) where asked for
template <typename Op>
static Answer groupNorm(Op op, Formula &f, Term x) {
  bool isLast = op.getChannelsLast() != 0;
  Type element = x.element();
  Term y = f.node<GroupNormalizationOp>(
      {isLast ? channelsFirst(x).value : x.value, convert(f(op.getGamma()), element).value,
       convert(f(op.getBeta()), element).value},
      {f.attr("epsilon", float(get(op.getEpsilon()))), f.attr("num_groups", op.getGroups())});
  if (isLast)
    y = channelsLast(y);
  return op.getActivation() ? y * sigmoid(y) : y;
}

static void addGroupNorms(Rules &rules) {
  rules.add([](MSGroupNormOp op, Formula &f) -> Answer {
    Term x = f(op.getX());
    return x.ranked() ? groupNorm(op, f, x) : Answer::no("expects a known rank");
  });

  // GroupNorm(X + skip + bias)
  rules.add([](MSSkipGroupNormOp op, Formula &f) -> Answer {
    Term x = f(op.getX()), skip = f(op.getSkip());
    if (!x.ranked() || !skip.ranked())
      return Answer::no("expects known ranks");
    int64_t spatial = x.rank() - 2;
    bool isLast = op.getChannelsLast() != 0;
    if (skip.rank() == 2 && spatial > 0)
      skip = unsqueeze(skip, isLast ? axesFrom(1, x.rank() - 1) : axesFrom(2, x.rank()));
    Term sum = x + skip;
    if (op.getBias())
      sum = sum + (isLast ? f(op.getBias()) : unsqueeze(f(op.getBias()), axesFrom(1, x.rank() - 1)));
    SmallVector<Term> results{groupNorm(op, f, sum).terms.front()};
    if (op.getS())
      results.push_back(sum);
    return results;
  });
}

// Gauss and Jordan's elimination of [x | 1]: step k makes column k that of the unit matrix.
static Answer invert(MSInverseOp op, Formula &f) {
  Term x = f(op.getX());
  if (!x.ranked() || x.rank() < 2)
    return Answer::no("expects a known rank");
  Type element = x.element(), i64 = f.builder.getI64Type();
  bool isNarrow = element.getIntOrFloatBitWidth() < 32;
  Term n = shapeOf(x, x.rank() - 1, x.rank());
  Term matrices = reshape(convert(x, isNarrow ? f.builder.getF32Type() : element), concat({f.integers({-1}), n, n}, 0));
  Term zero = f.number(0, matrices.element());
  Term row = unsqueeze(range(squeeze(n, {0})), {0, 2});           // 1 x n x 1
  Term isUnit = row == unsqueeze(range(squeeze(n, {0})), {0, 1}); // 1 x n x n
  Term unit = select(isUnit, f.number(1, matrices.element()), expand(zero, shapeOf(matrices)));
  SmallVector<Term> last = scan({concat({matrices, unit}, 2)}, {range(squeeze(n, {0}))}, 0, [&](ArrayRef<Term> now) {
    Term m = now[0], k = now[1];
    auto sumOf = [&](Term isRow) { return reduceSum(select(isRow, m, zero), {1}); };
    // The row of the largest number in column k, from row k on, changes places with row k.
    Term isK = row == k;
    Term sizes = select(row >= k, abs(gather(m, unsqueeze(k, {0}), 2)), f.number(-1, m.element()));
    Term best = f.node<ArgMaxOp>({sizes.value}, {f.attr("axis", int64_t(1)), f.attr("keepdims", int64_t(1))});
    Term isBest = row == convert(best, i64);
    Term pivotRow = sumOf(isBest);
    Term swapped = select(isBest, sumOf(isK), m);
    Term scaled = pivotRow / gather(pivotRow, unsqueeze(k, {0}), 2);
    Term cleared = swapped - gather(swapped, unsqueeze(k, {0}), 2) * scaled;
    return SmallVector<Term>{select(isK, scaled, cleared)};
  });
  Term inverse = f.node<SliceOp>({last.front().value, n.value, (n * 2.0).value, f.integers({2}).value});
  return convert(reshape(inverse, shapeOf(x)), element);
}

static void addTensors(Rules &rules) {
  rules.add(invert);

  // In the order of their first appearance.
  rules.add([](MSUniqueOp op, Formula &f) -> Answer {
    ResultRange all = f.nodes<UniqueOp>(4, {op.getX()}, {f.attr("sorted", int64_t(0))});
    return SmallVector<Term>{f(all[0]), f(all[2]), f(all[3])};
  });

  // sum((A[i] - B[j])^2), or its root
  rules.add([](MSCDistOp op, Formula &f) -> Answer {
    Term difference = unsqueeze(f(op.getA()), {1}) - unsqueeze(f(op.getB()), {0});
    Term sum = reduceSum(difference * difference, {2}, /*keep=*/false);
    return op.getMetric() == "euclidean" ? sqrt(sum) : sum;
  });
}

// What has the sum besides its first result, and the mean and the inverse deviation where they are asked for.
template <typename Op>
static Term sumOf(Op op, Formula &f) {
  Term sum = f(op.getInput()) + f(op.getSkip());
  return op.getBias() ? sum + f(op.getBias()) : sum;
}
static NamedAttribute epsilonOf(Formula &f, llvm::APFloat epsilon) {
  return f.attr("epsilon", static_cast<float>(get(epsilon)));
}

static void addSkips(Rules &rules) {
  // LayerNormalization(input + skip + bias)
  rules.add([](MSSkipLayerNormalizationOp op, Formula &f) -> Answer {
    Term sum = sumOf(op, f);
    ResultRange all = f.nodes<LayerNormalizationOp>(3, {sum.value, op.getGamma(), op.getBeta()},
                                                    {f.attr("axis", int64_t(-1)), epsilonOf(f, op.getEpsilon())});
    SmallVector<Term> results{f(all[0])};
    if (op.getMean())
      results.push_back(f(all[1]));
    if (op.getInvStdVar())
      results.push_back(f(all[2]));
    if (op.getInputSkipBiasSum())
      results.push_back(sum);
    return results;
  });

  // RMSNormalization(input + skip + bias)
  rules.add([](MSSkipSimplifiedLayerNormalizationOp op, Formula &f) -> Answer {
    Term sum = sumOf(op, f);
    Term y = f.node<RMSNormalizationOp>({sum.value, op.getGamma()},
                                        {f.attr("axis", int64_t(-1)), epsilonOf(f, op.getEpsilon())});
    SmallVector<Term> results{y};
    if (op.getMean() || op.getInvStdVar()) {
      if (!sum.ranked())
        return Answer::no("expects a known rank");
      Term wide = convert(sum, f.builder.getF32Type());
      Term inverse = 1.0 / sqrt(reduceMean(wide * wide, {-1}) + get(op.getEpsilon()));
      if (op.getMean()) // there is none
        results.push_back(inverse * 0.0);
      if (op.getInvStdVar())
        results.push_back(inverse);
    }
    if (op.getInputSkipBiasSum())
      results.push_back(sum);
    return results;
  });

  rules.add([](MSEmbedLayerNormalizationOp op, Formula &f) -> Answer {
    auto optional = [&](Value value) { return value ? f(value) : Term(); };
    return embed(f,
                 {f(op.getInputIds()), optional(op.getSegmentIds()), f(op.getWordEmbedding()),
                  f(op.getPositionEmbedding()), optional(op.getSegmentEmbedding()), f(op.getGamma()), f(op.getBeta()),
                  optional(op.getMask()), optional(op.getPositionIds())},
                 epsilonOf(f, op.getEpsilon()), static_cast<bool>(op.getMaskIndex()),
                 static_cast<bool>(op.getEmbeddingSum()));
  });
}

void addMicrosoftRules(Rules &rules) {
  addProducts(rules);
  addChannelsLast(rules);
  addGelus(rules);
  addSums(rules);
  addGroupNorms(rules);
  addTensors(rules);
  addSkips(rules);
}

} // namespace quern::onnx
