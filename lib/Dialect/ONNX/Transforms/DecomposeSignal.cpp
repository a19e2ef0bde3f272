// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Windows of signal processing, losses, draws, grids, and quantized pieces.

#include "DecomposeRules.h"

#include <cmath>

using namespace mlir;

namespace quern::onnx {

// a0 - a1 cos(2 pi n / N) + a2 cos(4 pi n / N), N one less where the window is not periodic
template <typename OpTy>
static Answer window(OpTy op, Formula &f, double a0, double a1, double a2) {
  Type f32 = f.builder.getF32Type(), element = getElementType(op.getContext(), op.getOutputDatatype());
  if (!element)
    return Answer::no("expects an output_datatype of numbers");
  Term count = f(op.getSize());
  if (!count.ranked())
    return Answer::no("expects a known rank");
  count = count.rank() == 0 ? count : squeeze(count, {0});
  Term size = convert(count, f32);
  Term angle = convert(range(count), f32) * (2 * M_PI) / (op.getPeriodic() ? size : size - 1.0);
  Term y = a0 - cos(angle) * a1;
  return convert(a2 == 0 ? y : y + cos(angle * 2.0) * a2, element);
}

static void addWindows(Rules &rules) {
  rules.add([](HannWindowOp op, Formula &f) -> Answer { return window(op, f, 0.5, 0.5, 0); });
  rules.add([](HammingWindowOp op, Formula &f) -> Answer { return window(op, f, 25.0 / 46, 21.0 / 46, 0); });
  rules.add([](BlackmanWindowOp op, Formula &f) -> Answer { return window(op, f, 0.42, 0.5, 0.08); });
}

// -input[target] * weight[target], then the mean by weight, the sum, or each; where target is ignore_index, nothing.
template <typename OpTy>
static Term likelihood(OpTy op, Formula &f, Term logarithms, Term target, Value weights) {
  Type i64 = f.builder.getI64Type();
  Term index = convert(target, i64);
  std::optional<int64_t> ignored = op.getIgnoreIndex();
  Term counts; // false where the target is ignored
  if (ignored) {
    Term same = index == f.number(static_cast<double>(*ignored), i64);
    counts = f.node<NotOp>({same.value});
    index = select(counts, index, f.number(0, i64));
  }
  Term picked = squeeze(
      f.node<GatherElementsOp>({logarithms.value, unsqueeze(index, {1}).value}, {f.attr("axis", int64_t(1))}), {1});
  Term loss = -picked, weight;
  if (weights) {
    weight = gather(f(weights), index, 0);
    loss = loss * weight;
  }
  if (counts) {
    Term zero = f.number(0, loss.element());
    loss = select(counts, loss, zero);
    weight = weight ? select(counts, weight, zero) : convert(counts, loss.element());
  }
  if (op.getReduction() == "none")
    return loss;
  SmallVector<int64_t> axes = axesFrom(0, loss.rank());
  if (op.getReduction() == "sum")
    return reduceSum(loss, axes, /*keep=*/false);
  return weight ? reduceSum(loss, axes, /*keep=*/false) / reduceSum(weight, axes, /*keep=*/false)
                : reduceMean(loss, axes, /*keep=*/false);
}

static void addLosses(Rules &rules) {
  rules.add([](NegativeLogLikelihoodLossOp op, Formula &f) -> Answer {
    Term x = f(op.getInput()), target = f(op.getTarget());
    if (!x.ranked() || !target.ranked())
      return Answer::no("expects known ranks");
    return likelihood(op, f, x, target, op.getWeight());
  });
  rules.add([](SoftmaxCrossEntropyLossOp op, Formula &f) -> Answer {
    Term x = f(op.getScores()), target = f(op.getLabels());
    if (!x.ranked() || !target.ranked())
      return Answer::no("expects known ranks");
    Term logarithms = f.node<LogSoftmaxOp>({x.value}, {f.attr("axis", int64_t(1))});
    SmallVector<Term> results{likelihood(op, f, logarithms, target, op.getWeights())};
    if (op.getLogProb())
      results.push_back(logarithms);
    return results;
  });
}

static void addQuantized(Rules &rules) {
  // quantize(mean(dequantize(X)))
  rules.add([](MSQLinearGlobalAveragePoolOp op, Formula &f) -> Answer {
    Term x = f.node<DequantizeLinearOp>({op.getX(), op.getXScale(), op.getXZeroPoint()});
    if (!x.ranked())
      return Answer::no("expects a known rank");
    int64_t first = op.getChannelsLast() ? 1 : 2, last = op.getChannelsLast() ? x.rank() - 1 : x.rank();
    Term mean = reduceMean(x, axesFrom(first, last));
    return f.node<QuantizeLinearOp>({mean.value, op.getYScale(), op.getYZeroPoint()});
  });
}

// Numbers in [0, 1) in the shape of x, in f32 or f64.
static Term uniformLike(Term x, Type real, std::optional<double> seed) {
  Formula &f = *x.formula;
  SmallVector<NamedAttribute> attributes = {f.attr("dtype", getDataType(real))};
  if (seed)
    attributes.push_back(f.attr("seed", static_cast<float>(*seed)));
  return f.node<RandomUniformLikeOp>({x.value}, attributes);
}

template <typename Op>
static std::optional<double> seedOf(Op op) {
  std::optional<APFloat> seed = op.getSeed();
  return seed ? std::optional(seed->convertToDouble()) : std::nullopt;
}

static void addDraws(Rules &rules) {
  // u < p
  rules.add([](BernoulliOp op, Formula &f) -> Answer {
    Term x = f(op.getInput());
    Type real = x.element().isF64() ? x.element() : f.builder.getF32Type();
    Term y = uniformLike(x, real, seedOf(op)) < convert(x, real);
    Type element = op.getDtype() ? getElementType(op.getContext(), *op.getDtype()) : x.element();
    return convert(y, element);
  });

  // How many of the running sums of softmax(x) are at most u.
  rules.add([](MultinomialOp op, Formula &f) -> Answer {
    Term x = f(op.getInput());
    if (!x.ranked() || x.rank() != 2)
      return Answer::no("expects a known rank");
    Type i64 = f.builder.getI64Type(), real = x.element().isF64() ? x.element() : f.builder.getF32Type();
    Term p = f.node<SoftmaxOp>({convert(x, real).value}, {f.attr("axis", int64_t(1))});
    Term sums = f.node<CumSumOp>({p.value, f.number(1, i64).value});
    Term draws = f.node<ConstantOfShapeOp>({concat({shapeOf(x, 0, 1), f.integers({op.getSampleSize()})}, 0).value});
    Term u = uniformLike(draws, real, seedOf(op)) * slice(sums, {-1}, {std::numeric_limits<int64_t>::max()}, {1});
    Term index = reduceSum(convert(unsqueeze(u, {2}) >= unsqueeze(sums, {1}), i64), {2}, /*keep=*/false);
    return convert(min(index, shapeOf(x, 1, 2) - f.integers({1})), getElementType(op.getContext(), op.getDtype()));
  });

  // While training, x / (1 - ratio) where u >= ratio, else 0.
  rules.addForm([](DropoutOp op, Formula &f) -> Answer {
    if (!op.getTrainingMode())
      return Answer::no("is not training");
    Term x = f(op.getData()), training = f(op.getTrainingMode());
    Type f32 = f.builder.getF32Type(), real = x.element().isF64() ? x.element() : f32;
    auto scalar = [](Term term) { return reshape(term, ArrayRef<int64_t>()); };
    Term ratio = op.getRatio() ? scalar(convert(f(op.getRatio()), real)) : f.number(0.5, real);
    training = scalar(training);
    std::optional<double> seed;
    if (std::optional<int64_t> given = op.getSeed())
      seed = static_cast<double>(*given);
    Term isIdle = f.node<NotOp>({training.value});
    Term isKept = f.node<OrOp>({isIdle.value, (uniformLike(x, real, seed) >= ratio).value});
    Term scale = select(training, 1.0 / (1.0 - ratio), f.number(1, real));
    Term y = convert(select(isKept, convert(x, real) * scale, f.number(0, real)), x.element());
    SmallVector<Term> results = {y};
    if (op.getMask())
      results.push_back(isKept);
    return results;
  });
}

// theta * (o, 1), o from -1 to 1 at the centers of the outermost elements (align_corners) or at their borders.
static void addGrids(Rules &rules) {
  rules.add([](AffineGridOp op, Formula &f) -> Answer {
    Term theta = f(op.getTheta()), size = f(op.getSize());
    if (!size.ranked() || size.rank() != 1 || ShapedType::isDynamic(size.size(0)) || !theta.ranked())
      return Answer::no("expects a known number of sizes");
    Type real = theta.element().isF64() ? theta.element() : f.builder.getF32Type();
    int64_t spatial = size.size(0) - 2;
    Type i64 = f.builder.getI64Type();
    auto column = [&](int64_t i) {
      return unsqueeze(gather(convert(theta, real), f.number(static_cast<double>(i), i64), 2),
                       axesFrom(1, spatial + 1));
    };
    Term grid = column(spatial);
    for (int64_t i = 0; i < spatial; ++i) {
      Term count = gather(size, f.number(static_cast<double>(2 + i), i64), 0), extent = convert(count, real);
      Term twice = convert(range(count), real) * 2.0;
      Term last = extent - 1.0, one = f.number(1, real);
      // A single element lies at -1 if corners are aligned, as the standard's function has it.
      Term o = op.getAlignCorners() ? twice / max(last, one) - 1.0 : (twice - last) / extent;
      SmallVector<int64_t> others = axesFrom(0, spatial + 2);
      others.erase(others.begin() + 1 + i);
      grid = grid + unsqueeze(o, others) * column(spatial - 1 - i);
    }
    return convert(grid, theta.element());
  });
}

void addSignalRules(Rules &rules) {
  addWindows(rules);
  addLosses(rules);
  addDraws(rules);
  addGrids(rules);
  addQuantized(rules);
}

} // namespace quern::onnx
