// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Activation functions as formulas.

#include "DecomposeRules.h"

#include <cmath>

using namespace mlir;

namespace quern::onnx {

// min(max(x, low), high)
static Term clamp(Term x, double low, double high) {
  Formula &f = *x.formula;
  return min(max(x, f.number(low, x.element())), f.number(high, x.element()));
}

static Term zero(Term x) { return x.formula->number(0, x.element()); }

static double get(llvm::APFloat value) { return value.convertToFloat(); }

static void addRectifiers(Rules &rules) {
  // x < 0 ? alpha * x : x
  rules.add([](LeakyReluOp op, Formula &f) -> Answer {
    Term x = f(op.getX());
    return select(x < 0.0, x * get(op.getAlpha()), x);
  });

  // x < 0 ? slope * x : x
  rules.add([](PReluOp op, Formula &f) -> Answer {
    Term x = f(op.getX());
    return select(x < 0.0, x * f(op.getSlope()), x);
  });

  // x > alpha ? x : 0
  rules.add([](ThresholdedReluOp op, Formula &f) -> Answer {
    Term x = f(op.getX());
    return select(x > get(op.getAlpha()), x, zero(x));
  });

  // x < 0 ? alpha * (exp(x) - 1) : x
  rules.add([](EluOp op, Formula &f) -> Answer {
    Term x = f(op.getX());
    return select(x < 0.0, (exp(x) - 1.0) * get(op.getAlpha()), x);
  });

  // max(0, x) + min(0, alpha * (exp(x / alpha) - 1))
  rules.add([](CeluOp op, Formula &f) -> Answer {
    Term x = f(op.getX());
    double alpha = get(op.getAlpha());
    return relu(x) + min(zero(x), (exp(x / alpha) - 1.0) * alpha);
  });

  // gamma * (x > 0 ? x : alpha * (exp(x) - 1))
  rules.add([](SeluOp op, Formula &f) -> Answer {
    Term x = f(op.getX());
    return select(x > 0.0, x, (exp(x) - 1.0) * get(op.getAlpha())) * get(op.getGamma());
  });

  // x < -lambd ? x + bias : x > lambd ? x - bias : 0, in real numbers
  rules.add([](ShrinkOp op, Formula &f) -> Answer {
    Type element = f(op.getX()).element();
    Term x = isa<FloatType>(element) ? f(op.getX()) : convert(f(op.getX()), f.builder.getF64Type());
    double lambd = get(op.getLambd()), bias = get(op.getBias());
    return convert(select(x < -lambd, x + bias, select(x > lambd, x - bias, zero(x))), element);
  });

  // min(max(x, low), high)
  rules.add([](ClipOp op, Formula &f) -> Answer {
    Term x = f(op.getInput());
    if (op.getMin())
      x = max(x, f(op.getMin()));
    return op.getMax() ? min(x, f(op.getMax())) : x;
  });
}

static void addSigmoids(Rules &rules) {
  // max(0, min(1, alpha * x + beta))
  rules.add([](HardSigmoidOp op, Formula &f) -> Answer {
    return clamp(f(op.getX()) * get(op.getAlpha()) + get(op.getBeta()), 0, 1);
  });

  // x * max(0, min(1, x / 6 + 1 / 2))
  rules.add([](HardSwishOp op, Formula &f) -> Answer {
    Term x = f(op.getX());
    return x * clamp(x * (1.0 / 6) + 0.5, 0, 1);
  });

  // x * sigmoid(alpha * x)
  rules.add([](SwishOp op, Formula &f) -> Answer {
    Term x = f(op.getX());
    double alpha = get(op.getAlpha());
    return x * sigmoid(alpha == 1 ? x : x * alpha);
  });

  // ln(exp(x) + 1) = max(x, 0) + ln(1 + exp(-|x|)), which does not overflow
  rules.add([](SoftplusOp op, Formula &f) -> Answer {
    Term x = f(op.getX());
    return relu(x) + log(exp(-abs(x)) + 1.0);
  });

  // x / (1 + |x|)
  rules.add([](SoftsignOp op, Formula &f) -> Answer {
    Term x = f(op.getX());
    return x / (abs(x) + 1.0);
  });

  // x * tanh(softplus(x))
  rules.add([](MishOp op, Formula &f) -> Answer {
    Term x = f(op.getX());
    return x * tanh(softplus(x));
  });

  // x / 2 * (1 + erf(x / sqrt(2))), or
  // x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x^3)))
  rules.add([](GeluOp op, Formula &f) -> Answer {
    Term x = f(op.getX());
    if (op.getApproximate() == "tanh")
      return x * 0.5 * (tanh((x + x * x * x * 0.044715) * std::sqrt(2 / M_PI)) + 1.0);
    return x * 0.5 * (erf(x * M_SQRT1_2) + 1.0);
  });
}

// Of 2017, still in files.
static void addExperimental(Rules &rules) {
  // alpha * x + beta
  rules.add([](AffineOp op, Formula &f) -> Answer { return f(op.getX()) * get(op.getAlpha()) + get(op.getBeta()); });

  // alpha * softplus(beta * x)
  rules.add([](ParametricSoftplusOp op, Formula &f) -> Answer {
    return softplus(f(op.getX()) * get(op.getBeta())) * get(op.getAlpha());
  });

  // alpha * tanh(beta * x)
  rules.add([](ScaledTanhOp op, Formula &f) -> Answer {
    return tanh(f(op.getX()) * get(op.getBeta())) * get(op.getAlpha());
  });
}

void addActivationRules(Rules &rules) {
  addRectifiers(rules);
  addSigmoids(rules);
  addExperimental(rules);
}

} // namespace quern::onnx
