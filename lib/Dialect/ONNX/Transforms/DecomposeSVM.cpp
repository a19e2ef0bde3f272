// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Support vector machines: kernels are products of matrices, comparisons of
// classes are one more, and so is the counting of votes.

#include "DecomposeML.h"

using namespace mlir;

namespace quern::onnx {

/// kernel(x, vectors): a row for each of x, a column for each vector.
static Term kernel(Term x, ArrayRef<float> vectors, int64_t count, StringRef type, ArrayRef<float> parameters) {
  Formula &f = *x.formula;
  Term v = matrix(f, vectors, count, vectors.size() / count, x.element());
  auto parameter = [&](size_t i) -> double { return i < parameters.size() ? parameters[i] : 0; };
  double gamma = parameter(0), offset = parameter(1), degree = parameter(2);
  if (type == "RBF") { // exp(-gamma |x - v|^2)
    Term difference = unsqueeze(x, {1}) - v;
    return exp(reduceSum(difference * difference, {2}, /*keep=*/false) * -gamma);
  }
  Term product = f.node<GemmOp>({x.value, v.value}, {f.attr("transB", int64_t(1))});
  if (type == "LINEAR")
    return product;
  product = product * gamma + offset;
  if (type == "SIGMOID")
    return tanh(product);
  if (degree == 2)
    return product * product;
  if (degree == 3)
    return product * product * product;
  return pow(product, f.number(degree, product.element()));
}

static void addRegressor(Rules &rules) {
  // kernel(x, vectors) * coefficients + rho; its sign, for one class
  rules.add([](MLSVMRegressorOp op, Formula &f) -> Answer {
    Term x = asRows(f(op.getX()), f.builder.getF32Type());
    if (!x)
      return Answer::no("expects a known rank");
    ArrayRef<float> coefficients = *op.getCoefficients();
    if (op.getNSupports() > 0)
      x = kernel(x, *op.getSupportVectors(), op.getNSupports(), op.getKernelType(),
                 op.getKernelParams().value_or(ArrayRef<float>()));
    Term weights = matrix(f, coefficients, coefficients.size(), 1, x.element());
    Term y = matmul(x, weights) + op.getRho()->front();
    if (op.getOneClass() != 0)
      y = select(y > 0, f.number(1, y.element()), f.number(-1, y.element()));
    return y;
  });
}

void addSVMRules(Rules &rules) { addRegressor(rules); }

} // namespace quern::onnx
