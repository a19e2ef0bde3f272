// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Fused operators of com.microsoft, taken apart: grouping fuses them again, and better.

#include "DecomposeRules.h"

#include <cmath>

using namespace mlir;

namespace quern::onnx {

static double get(llvm::APFloat value) { return value.convertToFloat(); }
static double get(std::optional<llvm::APFloat> value, double otherwise) {
  return value ? value->convertToFloat() : otherwise;
}

// An activation by its name, with the parameters that were given. Null where there is none of that name.
static Term activate(Term x, StringRef name, ArrayRef<float> parameters) {
  Formula &f = *x.formula;
  auto parameter = [&](size_t i, float otherwise) { return i < parameters.size() ? parameters[i] : otherwise; };
  if (name.empty())
    return x;
  if (name == "Relu")
    return relu(x);
  if (name == "Tanh")
    return tanh(x);
  if (name == "Sigmoid")
    return sigmoid(x);
  if (name == "LeakyRelu")
    return f.node<LeakyReluOp>({x.value}, {f.attr("alpha", parameter(0, 0.01f))});
  if (name == "HardSigmoid")
    return f.node<HardSigmoidOp>({x.value}, {f.attr("alpha", parameter(0, 0.2f)), f.attr("beta", parameter(1, 0.5f))});
  if (name == "Clip" && parameters.size() == 2)
    return min(max(x, f.number(parameters[0], x.element())), f.number(parameters[1], x.element()));
  return {};
}

// The attributes of a fused operator that the plain one has too.
static SmallVector<NamedAttribute> getPlain(Operation *op) {
  SmallVector<NamedAttribute> attributes;
  for (NamedAttribute attr : op->getAttrs())
    if (!attr.getName().getValue().starts_with("activation") && attr.getName() != "operandSegmentSizes")
      attributes.push_back(attr);
  return attributes;
}

static void addProducts(Rules &rules) {
  // alpha * A' * B'
  rules.add([](MSFusedMatMulOp op, Formula &f) -> Answer {
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
    Term product =
        matmul(turned(a, op.getTransA(), op.getTransBatchA()), turned(b, op.getTransB(), op.getTransBatchB()));
    double alpha = get(op.getAlpha());
    return alpha == 1 ? product : product * alpha;
  });

  // activation(Gemm(A, B, C))
  rules.add([](MSFusedGemmOp op, Formula &f) -> Answer {
    SmallVector<float> parameters;
    if (op.getActivationAlpha())
      parameters.push_back(get(*op.getActivationAlpha()));
    if (op.getActivationBeta())
      parameters.push_back(get(*op.getActivationBeta()));
    Term product = f.node<GemmOp>({op.getA(), op.getB(), op.getC()}, getPlain(op));
    Term y = activate(product, op.getActivation().value_or(""), parameters);
    return y ? Answer(y) : Answer::no("its activation is not known");
  });

  // activation(Conv(X, W, B) + Z)
  rules.add([](MSFusedConvOp op, Formula &f) -> Answer {
    Term sum = f.node<ConvOp>({op.getX(), op.getW(), op.getB()}, getPlain(op));
    if (op.getZ())
      sum = sum + f(op.getZ());
    Term y = activate(sum, op.getActivation().value_or(""), op.getActivationParams().value_or(ArrayRef<float>()));
    return y ? Answer(y) : Answer::no("its activation is not known");
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

// What SkipLayerNormalization has besides its first result, in order; null for one that is absent.
template <typename OpTy>
static Answer withSum(OpTy op, Term y, Term sum, Term mean, Term inverse) {
  SmallVector<Term> results{y};
  if (op.getMean())
    results.push_back(mean);
  if (op.getInvStdVar())
    results.push_back(inverse);
  if (op.getInputSkipBiasSum())
    results.push_back(sum);
  return results;
}

static void addSkips(Rules &rules) {
  // LayerNormalization(input + skip + bias)
  rules.add([](MSSkipLayerNormalizationOp op, Formula &f) -> Answer {
    if (op.getMean() || op.getInvStdVar())
      return Answer::no("its mean is used");
    Term sum = f(op.getInput()) + f(op.getSkip());
    if (op.getBias())
      sum = sum + f(op.getBias());
    Term y =
        f.node<LayerNormalizationOp>({sum.value, op.getGamma(), op.getBeta()},
                                     {f.attr("axis", int64_t(-1)), f.attr("epsilon", float(get(op.getEpsilon())))});
    return withSum(op, y, sum, {}, {});
  });

  // RMSNormalization(input + skip + bias)
  rules.add([](MSSkipSimplifiedLayerNormalizationOp op, Formula &f) -> Answer {
    if (op.getMean() || op.getInvStdVar())
      return Answer::no("its mean is used");
    Term sum = f(op.getInput()) + f(op.getSkip());
    if (op.getBias())
      sum = sum + f(op.getBias());
    Term y = f.node<RMSNormalizationOp>({sum.value, op.getGamma()},
                                        {f.attr("axis", int64_t(-1)), f.attr("epsilon", float(get(op.getEpsilon())))});
    return withSum(op, y, sum, {}, {});
  });

  // LayerNormalization(word[input_ids] + position[positions] + segment[segment_ids])
  rules.add([](MSEmbedLayerNormalizationOp op, Formula &f) -> Answer {
    Term ids = f(op.getInputIds()), position = f(op.getPositionEmbedding());
    if (!ids.ranked() || ids.rank() != 2)
      return Answer::no("expects ids of two dimensions");
    Term sum = gather(f(op.getWordEmbedding()), ids, 0);
    if (op.getPositionIds()) {
      sum = sum + gather(position, f(op.getPositionIds()), 0);
    } else { // the first rows
      Term length = shapeOf(ids, 1, 2);
      sum = sum + f.node<SliceOp>({position.value, f.integers({0}).value, length.value, f.integers({0}).value});
    }
    if (op.getSegmentIds() && op.getSegmentEmbedding())
      sum = sum + gather(f(op.getSegmentEmbedding()), f(op.getSegmentIds()), 0);
    Term y =
        f.node<LayerNormalizationOp>({sum.value, op.getGamma(), op.getBeta()},
                                     {f.attr("axis", int64_t(-1)), f.attr("epsilon", float(get(op.getEpsilon())))});
    SmallVector<Term> results{y};
    if (op.getMaskIndex()) {
      Type i32 = f.builder.getI32Type();
      results.push_back(op.getMask() ? reduceSum(f(op.getMask()), {1}, /*keep=*/false)
                                     : expand(f.number(0, i32), shapeOf(ids, 0, 1)));
    }
    if (op.getEmbeddingSum())
      results.push_back(sum);
    return results;
  });
}

//===--- Quantized ----------------------------------------------------------===//

static Term dequantize(Formula &f, Value x, Value scale, Value zero) {
  return f.node<DequantizeLinearOp>({x, scale, zero});
}
static Term quantize(Term x, Value scale, Value zero) {
  return x.formula->node<QuantizeLinearOp>({x.value, scale, zero});
}

static void addQuantized(Rules &rules) {
  rules.add([](MSQLinearAddOp op, Formula &f) -> Answer {
    return quantize(dequantize(f, op.getA(), op.getAScale(), op.getAZeroPoint()) +
                        dequantize(f, op.getB(), op.getBScale(), op.getBZeroPoint()),
                    op.getCScale(), op.getCZeroPoint());
  });
  rules.add([](MSQLinearMulOp op, Formula &f) -> Answer {
    return quantize(dequantize(f, op.getA(), op.getAScale(), op.getAZeroPoint()) *
                        dequantize(f, op.getB(), op.getBScale(), op.getBZeroPoint()),
                    op.getCScale(), op.getCZeroPoint());
  });
  rules.add([](MSQLinearSigmoidOp op, Formula &f) -> Answer {
    return quantize(sigmoid(dequantize(f, op.getX(), op.getXScale(), op.getXZeroPoint())), op.getYScale(),
                    op.getYZeroPoint());
  });
  rules.add([](MSQLinearLeakyReluOp op, Formula &f) -> Answer {
    Term x = dequantize(f, op.getX(), op.getXScale(), op.getXZeroPoint());
    Term y = f.node<LeakyReluOp>({x.value}, {f.attr("alpha", float(get(op.getAlpha())))});
    return quantize(y, op.getYScale(), op.getYZeroPoint());
  });

  // (A - a_zero_point) * (B - b_zero_point) * a_scale * b_scale + bias
  rules.add([](MSMatMulIntegerToFloatOp op, Formula &f) -> Answer {
    Term product = f.node<MatMulIntegerOp>({op.getA(), op.getB(), op.getAZeroPoint(), op.getBZeroPoint()});
    Term scale = f(op.getAScale()) * f(op.getBScale());
    Term y = convert(product, scale.element()) * scale;
    return op.getBias() ? y + f(op.getBias()) : y;
  });

  // MatMulIntegerToFloat of A, quantized on the way
  rules.add([](MSDynamicQuantizeMatMulOp op, Formula &f) -> Answer {
    ResultRange a = f.nodes<DynamicQuantizeLinearOp>(3, {op.getA()});
    Term product = f.node<MatMulIntegerOp>({a[0], op.getB(), a[2], op.getBZeroPoint()});
    Term y = convert(product, f(op.getA()).element()) * (f(a[1]) * f(op.getBScale()));
    return op.getBias() ? y + f(op.getBias()) : y;
  });
}

void addMicrosoftRules(Rules &rules) {
  addProducts(rules);
  addGelus(rules);
  addSkips(rules);
  addQuantized(rules);
}

} // namespace quern::onnx
