// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Windows of signal processing, losses, and quantized pieces.

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

void addSignalRules(Rules &rules) {
  addWindows(rules);
  addLosses(rules);
  addQuantized(rules);
}

} // namespace quern::onnx
