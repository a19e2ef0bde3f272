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

//===--- Classifiers ------------------------------------------------------===//

namespace {

/// Compares each two classes i < j, in this order.
class PairwiseClassifier {
public:
  PairwiseClassifier(MLSVMClassifierOp op, Formula &f) : op(op), f(f), classes(op.getVectorsPerClass()->size()) {
    for (int64_t i = 0; i < classes; ++i)
      for (int64_t j = i + 1; j < classes; ++j)
        pairs.push_back({i, j});
  }

  /// The sum of weighted kernels for each pair: above zero, i wins.
  Term scores(Term x);
  /// How often each class wins.
  Term votes(Term scores);
  /// The probability of each class.
  Term probabilities(Term scores);

private:
  /// A constant with a row a pair.
  Term perPair(int64_t columns, function_ref<void(std::pair<int64_t, int64_t>, MutableArrayRef<float>)> fill) {
    SmallVector<float> values(pairs.size() * columns, 0);
    for (auto [row, pair] : llvm::enumerate(pairs))
      fill(pair, MutableArrayRef(values).slice(row * columns, columns));
    return matrix(f, values, pairs.size(), columns, f.builder.getF32Type());
  }
  Term firstOfPairs(ArrayRef<float> values) { return f.floats(values.take_front(pairs.size())); }

  MLSVMClassifierOp op;
  Formula &f;
  int64_t classes;
  SmallVector<std::pair<int64_t, int64_t>> pairs;
};

// Class i's vectors have their weights against j in row j - 1, and j's against i in row i. Sums are in f64.
Term PairwiseClassifier::scores(Term x) {
  ArrayRef<int64_t> counts = *op.getVectorsPerClass();
  ArrayRef<float> coefficients = *op.getCoefficients();
  SmallVector<int64_t> starts;
  int64_t vectors = 0;
  for (int64_t count : counts) {
    starts.push_back(vectors);
    vectors += count;
  }
  Term kernels =
      kernel(x, *op.getSupportVectors(), vectors, op.getKernelType(), op.getKernelParams().value_or(ArrayRef<float>()));
  Term weights = perPair(vectors, [&](std::pair<int64_t, int64_t> pair, MutableArrayRef<float> row) {
    auto [i, j] = pair;
    auto copy = [&](int64_t of, int64_t from) {
      llvm::copy(coefficients.slice(from * vectors + starts[of], counts[of]), row.begin() + starts[of]);
    };
    copy(i, j - 1);
    copy(j, i);
  });
  Type wide = f.builder.getF64Type();
  Term sums = f.node<GemmOp>(
      {convert(kernels, wide).value, convert(weights, wide).value, convert(firstOfPairs(*op.getRho()), wide).value},
      {f.attr("transB", int64_t(1))});
  return convert(sums, x.element());
}

// Each class j has the votes of all i < j, less those that i wins, and plus its own.
Term PairwiseClassifier::votes(Term scores) {
  Term wins = convert(scores > 0, scores.element());
  Term changes = perPair(classes, [](std::pair<int64_t, int64_t> pair, MutableArrayRef<float> row) {
    row[pair.first] = 1;
    row[pair.second] = -1;
  });
  SmallVector<float> lost = llvm::to_vector(llvm::map_range(llvm::seq(classes), [](int64_t j) { return float(j); }));
  return matmul(wins, changes) + f.floats(lost);
}

// r[i, j] = 1 - r[j, i] = 1 - logistic(score a + b), within 1e-7 of 0 and 1; then the best for all.
Term PairwiseClassifier::probabilities(Term scores) {
  Term a = firstOfPairs(*op.getProbA()), b = firstOfPairs(*op.getProbB());
  Term first = 1.0 - logistic(scores * a + b);
  first = min(max(first, f.number(1e-7, first.element())), f.number(1 - 1e-7, first.element()));
  // Where each of r's elements is: among those of pairs, their complements, and a zero.
  int64_t count = pairs.size();
  SmallVector<int64_t> places(classes * classes, 2 * count);
  for (auto [p, pair] : llvm::enumerate(pairs)) {
    places[pair.first * classes + pair.second] = p;
    places[pair.second * classes + pair.first] = count + p;
  }
  SmallVector<float> unit(classes * classes, 0);
  for (int64_t i = 0; i < classes; ++i)
    unit[i * classes + i] = 1;
  Term zero = slice(first, {0}, {1}, {1}) * 0.0;
  Term r = reshape(gather(concat({first, 1.0 - first, zero}, 1), f.integers(places), 1), {-1, classes, classes});
  Term q = matrix(f, unit, classes, classes, r.element()) * reduceSum(r * r, {1}) - transpose(r, {0, 2, 1}) * r;
  return f.node<CoupledProbabilitiesOp>({q.value});
}

} // namespace

static void addClassifier(Rules &rules) {
  rules.add([](MLSVMClassifierOp op, Formula &f) -> Answer {
    Term x = asRows(f(op.getX()), f.builder.getF32Type());
    if (!x)
      return Answer::no("expects a known rank");
    Labels labels{op.getClasslabelsInts(), op.getClasslabelsStrings()};
    StringRef transform = op.getPostTransform();
    ArrayRef<float> coefficients = *op.getCoefficients();
    if (llvm::any_of(op.getVectorsPerClass().value_or(ArrayRef<int64_t>()), [](int64_t count) { return count > 0; })) {
      PairwiseClassifier classifier(op, f);
      Term scores = classifier.scores(x), label = labels.at(argMax(classifier.votes(scores)));
      if (op.getProbA() && !op.getProbA()->empty())
        return SmallVector<Term>{label, transformScores(classifier.probabilities(scores), transform)};
      if (labels.size() > 2)
        return SmallVector<Term>{label, transformScores(scores, transform)};
      if (transform == "PROBIT")
        return SmallVector<Term>{label, concat({probit(scores), scores * 0.0}, 1)};
      return SmallVector<Term>{label, withOther(scores, transform == "NONE" ? -scores : 1.0 - scores, transform)};
    }

    // Linear scores; of two classes, the second wins where the highest is high enough.
    int64_t classes = labels.size();
    Term weights = matrix(f, coefficients, classes, coefficients.size() / classes, x.element());
    Term product = f.node<GemmOp>({x.value, weights.value}, {f.attr("transB", int64_t(1))});
    Term scores = product + double(op.getRho()->front()), index = argMax(scores);
    if (classes == 2) {
      bool allPositive = llvm::all_of(coefficients, [](float value) { return value >= 0; });
      Term highest = reduceMax(scores, {1}, /*keep=*/false);
      Term isSecond = allPositive ? highest >= f.number(0.5, highest.element()) : highest > 0;
      index = select(isSecond, reshape(f.integers({1}), ArrayRef<int64_t>()), index);
    }
    return SmallVector<Term>{labels.at(index),
                             classes > 1 || transform == "PROBIT" ? transformScores(scores, transform) : scores};
  });
}

void addSVMRules(Rules &rules) {
  addRegressor(rules);
  addClassifier(rules);
}

} // namespace quern::onnx
