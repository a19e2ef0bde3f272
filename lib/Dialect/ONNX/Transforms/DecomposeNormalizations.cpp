// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Normalisations as formulas. The variance is the mean square of the deviation:
// the difference of two large squares would cancel.

#include "DecomposeRules.h"

using namespace mlir;

namespace quern::onnx {

// A vector with a value a channel, beside a tensor of that rank with channels in dimension 1.
static Term perChannel(Term vector, int64_t rank) { return unsqueeze(vector, axesFrom(1, rank - 1)); }

struct Moments {
  Term mean, deviation, variance;
};
static Moments moments(Term x, ArrayRef<int64_t> axes) {
  Term mean = reduceMean(x, axes);
  Term deviation = x - mean;
  return {mean, deviation, reduceMean(deviation * deviation, axes)};
}

static double get(llvm::APFloat value) { return value.convertToFloat(); }

// The type that a stash_type asks to compute in.
static Type stash(Formula &f, int64_t type, Type element) {
  return type == 1 ? f.builder.getF32Type() : type == 11 ? f.builder.getF64Type() : element;
}

static void addBatch(Rules &rules) {
  // a * x + (B - mean * a), a = scale / sqrt(var + epsilon)
  rules.add([](BatchNormalizationOp op, Formula &f) -> Answer {
    Term x = f(op.getX());
    if (!x.ranked())
      return Answer::no("expects a known rank");
    Type element = f(op.getInputVar()).element();
    Term mean = f(op.getInputMean()), variance = f(op.getInputVar());
    Term scale = convert(f(op.getScale()), element), shift = convert(f(op.getB()), element);
    SmallVector<Term> results;
    if (op.getTrainingMode()) {
      // running = momentum * running + (1 - momentum) * current
      SmallVector<int64_t> axes = axesFrom(2, x.rank());
      axes.insert(axes.begin(), 0);
      Moments now = moments(convert(x, element), axes);
      double momentum = get(op.getMomentum());
      Term current = reduceMean(convert(x, element), axes, /*keep=*/false);
      Term currentVariance = reduceMean(now.deviation * now.deviation, axes, /*keep=*/false);
      results = {mean * momentum + current * (1 - momentum), variance * momentum + currentVariance * (1 - momentum)};
      mean = current, variance = currentVariance;
    }
    Term a = scale / sqrt(variance + get(op.getEpsilon()));
    Term b = shift - mean * a;
    Term y = convert(x, element) * perChannel(a, x.rank()) + perChannel(b, x.rank());
    results.insert(results.begin(), convert(y, x.element()));
    results.resize(op->getNumResults());
    return results;
  });

  // scale * (x - mean) / sqrt(var + epsilon) + B, over the spatial dimensions
  rules.add([](InstanceNormalizationOp op, Formula &f) -> Answer {
    Term x = f(op.getInput());
    if (!x.ranked())
      return Answer::no("expects a known rank");
    Moments m = moments(x, axesFrom(2, x.rank()));
    Term scale = perChannel(f(op.getScale()), x.rank()), shift = perChannel(f(op.getB()), x.rank());
    return m.deviation * (scale / sqrt(m.variance + get(op.getEpsilon()))) + shift;
  });
}

static void addGroupAndLayer(Rules &rules) {
  // InstanceNormalization of x seen as N x groups x rest, then scale and bias a channel
  rules.add([](GroupNormalizationOp op, Formula &f) -> Answer {
    Term x = f(op.getX());
    if (!x.ranked())
      return Answer::no("expects a known rank");
    Type element = stash(f, op.getStashType(), x.element());
    Moments m = moments(reshape(convert(x, element), {0, int64_t(op.getNumGroups()), -1}), {2});
    Term normal = m.deviation * (1.0 / sqrt(m.variance + get(op.getEpsilon())));
    Term scale = perChannel(convert(f(op.getScale()), element), x.rank());
    Term shift = perChannel(convert(f(op.getBias()), element), x.rank());
    return convert(reshape(normal, shapeOf(x)) * scale + shift, x.element());
  });

  // (x - mean) / sqrt(var + epsilon) * Scale + B, over the dimensions from axis on
  rules.add([](LayerNormalizationOp op, Formula &f) -> Answer {
    Term x = f(op.getX());
    if (!x.ranked())
      return Answer::no("expects a known rank");
    Type element = stash(f, op.getStashType(), x.element());
    Moments m =
        moments(convert(x, element), axesFrom(op.getAxis() < 0 ? op.getAxis() + x.rank() : op.getAxis(), x.rank()));
    Term inverse = 1.0 / sqrt(m.variance + get(op.getEpsilon()));
    Term y = m.deviation * inverse * convert(f(op.getScale()), element);
    if (op.getB())
      y = y + convert(f(op.getB()), element);
    SmallVector<Term> results{convert(y, x.element())};
    if (op.getMean())
      results.push_back(m.mean);
    if (op.getInvStdDev())
      results.push_back(inverse);
    return results;
  });

  // x / sqrt(mean(x^2) + epsilon) * scale, over the dimensions from axis on
  rules.add([](RMSNormalizationOp op, Formula &f) -> Answer {
    Term given = f(op.getX());
    if (!given.ranked())
      return Answer::no("expects a known rank");
    Term x = convert(given, stash(f, op.getStashType(), given.element()));
    Term square = reduceMean(x * x, axesFrom(op.getAxis() < 0 ? op.getAxis() + x.rank() : op.getAxis(), x.rank()));
    Term scale = convert(f(op.getScale()), x.element());
    return convert(x * (1.0 / sqrt(square + get(op.getEpsilon()))) * scale, given.element());
  });
}

static void addOthers(Rules &rules) {
  // (x - mean) / (sqrt(var) + 1e-9)
  rules.add([](MeanVarianceNormalizationOp op, Formula &f) -> Answer {
    Moments m = moments(f(op.getX()), op.getAxes());
    return m.deviation / (sqrt(m.variance) + 1e-9);
  });

  // x / norm, norm = sum(|x|) or sqrt(sum(x^2)); 0 where the norm is 0
  rules.add([](LpNormalizationOp op, Formula &f) -> Answer {
    Term x = f(op.getInput());
    Term norm = op.getP() == 1 ? reduceSum(abs(x), op.getAxis()) : sqrt(reduceSum(x * x, op.getAxis()));
    Term zero = f.number(0, x.element());
    return select(norm == zero, zero, x / norm);
  });

  // x / (bias + alpha * mean of x^2 over `size` channels)^beta; the mean is a pool over channels
  rules.add([](LRNOp op, Formula &f) -> Answer {
    Term x = f(op.getX());
    if (!x.ranked())
      return Answer::no("expects a known rank");
    // N x 1 x C x spatial…: one channel, and channels as the first spatial dimension
    int64_t spatial = x.rank() - 1, before = (op.getSize() - 1) / 2;
    SmallVector<int64_t> kernel(spatial, 1), pads(2 * spatial, 0);
    kernel[0] = op.getSize();
    pads[0] = before;
    pads[spatial] = op.getSize() - 1 - before;
    Term image = unsqueeze(x * x, {1});
    Term mean = f.node<AveragePoolOp>({image.value}, {f.attr("kernel_shape", ArrayRef<int64_t>(kernel)),
                                                      f.attr("pads", ArrayRef<int64_t>(pads)),
                                                      f.attr("count_include_pad", int64_t(1))});
    Term base = squeeze(mean, {1}) * get(op.getAlpha()) + get(op.getBias());
    double beta = get(op.getBeta());
    if (beta == 0.75) // of every network in use: sqrt(b) * sqrt(sqrt(b)), much cheaper than a power
      return x / (sqrt(base) * sqrt(sqrt(base)));
    return x / pow(base, f.number(beta, x.element()));
  });
}

void addNormalizationRules(Rules &rules) {
  addBatch(rules);
  addGroupAndLayer(rules);
  addOthers(rules);
}

} // namespace quern::onnx
