// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Feature transforms, encoders and linear models of ai.onnx.ml.

#include "DecomposeML.h"

#include <cmath>

using namespace mlir;

namespace quern::onnx {

static constexpr StringLiteral kNoRank = "expects a known rank";

//===--- What families share ----------------------------------------------===//

Term asRows(Term x, Type element) {
  if (!x.ranked())
    return {};
  x = convert(x, element);
  return x.rank() == 1 ? unsqueeze(x, {0}) : x;
}

Term matrix(Formula &f, ArrayRef<float> values, int64_t rows, int64_t columns, Type element) {
  auto type = RankedTensorType::get({rows, columns}, f.builder.getF32Type());
  return convert(f.constant(DenseElementsAttr::get(type, values)), element);
}

Term vector(Formula &f, ArrayRef<float> values, Type element) { return convert(f.floats(values), element); }

Term strings(Formula &f, ArrayRef<StringRef> values) {
  auto type = RankedTensorType::get(static_cast<int64_t>(values.size()), StringType::get(f.builder.getContext()));
  return f.constant(DenseStringElementsAttr::get(type, values));
}

Term argMax(Term scores) {
  Formula &f = *scores.formula;
  return f.node<ArgMaxOp>({scores.value}, {f.attr("axis", int64_t(1)), f.attr("keepdims", int64_t(0))});
}

Term logistic(Term x) { return sigmoid(x); }

// sqrt(2) * erfinv(2 x - 1), erfinv by its elementary approximation
Term probit(Term x) {
  constexpr double a = 0.147, pi = 3.14159265358979323846;
  Term y = x * 2.0 - 1.0, log = quern::onnx::log((1.0 - y) * (1.0 + y));
  Term v = log * 0.5 + 2.0 / (pi * a);
  Term root = sqrt(sqrt(v * v - log * (1.0 / a)) - v);
  return select(y < 0, -root, root) * std::sqrt(2.0);
}

// Softmax of the scores that are not zero; these stay so.
static Term softmaxZero(Term x) {
  Term highest = reduceMax(x, {1});
  Term isZero = abs(x) < 1e-7, power = exp(x - highest);
  Term sum = reduceSum(select(isZero, x * 0.0, power), {1});
  return select(isZero, x * exp(-highest), power) / sum;
}

Term transformScores(Term scores, StringRef name) {
  Formula &f = *scores.formula;
  if (name == "SOFTMAX")
    return f.node<SoftmaxOp>({scores.value}, {f.attr("axis", int64_t(1))});
  if (name == "LOGISTIC")
    return logistic(scores);
  if (name == "SOFTMAX_ZERO")
    return softmaxZero(scores);
  return name == "PROBIT" ? probit(scores) : scores;
}

Term withOther(Term score, Term other, StringRef name) {
  if (name == "LOGISTIC")
    return concat({logistic(-score), logistic(score)}, 1);
  return concat({other, score}, 1);
}

Term Labels::at(Term indices) const {
  Formula &f = *indices.formula;
  if (areStrings())
    return gather(quern::onnx::strings(f, llvm::to_vector(strings->getAsValueRange<StringAttr>())), indices, 0);
  bool areNumbers = llvm::all_of(llvm::enumerate(*integers),
                                 [](auto entry) { return entry.value() == static_cast<int64_t>(entry.index()); });
  return areNumbers ? indices : gather(f.integers(*integers), indices, 0);
}

//===--- Features ---------------------------------------------------------===//

/// One number for all columns, or one each (where columns are the second dimension), to go with `x`.
static Term perColumn(Term x, Term numbers) {
  if (numbers.size(0) == 1 || x.rank() <= 2)
    return numbers;
  return unsqueeze(numbers, axesFrom(1, x.rank() - 1));
}

static void addFeatures(Rules &rules) {
  // columns of the last dimension; of a vector, one row
  rules.add([](MLArrayFeatureExtractorOp op, Formula &f) -> Answer {
    Term x = f(op.getX()), indices = reshape(f(op.getY()), {-1});
    if (!x.ranked())
      return Answer::no(kNoRank);
    Term picked = gather(x, indices, x.rank() - 1);
    return x.rank() == 1 ? unsqueeze(picked, {0}) : picked;
  });

  // x > threshold ? 1 : 0
  rules.add([](MLBinarizerOp op, Formula &f) -> Answer {
    Term x = f(op.getX());
    double threshold = op.getThreshold().convertToFloat();
    // Integers are above a threshold where they are above the integer below it.
    if (!isa<FloatType>(x.element()))
      threshold = std::floor(threshold);
    return convert(x > threshold, x.element());
  });

  // the first numbers of each input's rows, filled up with zeros
  rules.add([](MLFeatureVectorizerOp op, Formula &f) -> Answer {
    SmallVector<Term> parts;
    Type element = f.builder.getF32Type();
    for (auto [input, size] : llvm::zip_equal(op.getX(), *op.getInputdimensions())) {
      Term x = f(input);
      if (!x.ranked())
        return Answer::no(kNoRank);
      x = convert(x, element);
      x = x.rank() == 1 ? unsqueeze(x, {0}) : x.rank() == 2 ? x : reshape(x, {0, -1});
      if (x.size(1) != size) {
        Term pads = f.integers({0, 0, 0, size});
        if (ShapedType::isDynamic(x.size(1)) || x.size(1) < size)
          x = f.node<PadOp>({x.value, pads.value});
        x = slice(x, {0}, {size}, {1});
      }
      parts.push_back(x);
    }
    return concat(parts, 1);
  });

  // x == replaced ? imputed : x, where NaN is equal to itself
  rules.add([](MLImputerOp op, Formula &f) -> Answer {
    Term x = f(op.getX());
    if (!x.ranked())
      return Answer::no(kNoRank);
    bool isFloat = isa<FloatType>(x.element());
    double replaced = op.getReplacedValueFloat().convertToFloat();
    Term imputed = isFloat ? f.floats(*op.getImputedValueFloats()) : f.integers(*op.getImputedValueInt64s());
    int64_t columns = x.size(x.rank() == 1 ? 0 : 1);
    // Where there are not as many as columns, the first is for all. Columns that only the run knows must be as many.
    if (imputed.size(0) != 1 && imputed.size(0) != columns && !ShapedType::isDynamic(columns))
      imputed = slice(imputed, {0}, {1}, {0});
    imputed = perColumn(x, convert(imputed, x.element()));
    Term isReplaced;
    if (isFloat && std::isnan(replaced))
      isReplaced = f.node<IsNaNOp>({x.value});
    else if (isFloat)
      isReplaced = x == f.number(replaced, x.element());
    else
      isReplaced = x == convert(reshape(f.integers({op.getReplacedValueInt64()}), ArrayRef<int64_t>()), x.element());
    return select(isReplaced, imputed, x);
  });

  // x / norm(row); where the norm is zero, x
  rules.add([](MLNormalizerOp op, Formula &f) -> Answer {
    Term x = f(op.getX());
    if (!x.ranked())
      return Answer::no(kNoRank);
    x = convert(x, f.builder.getF32Type());
    int64_t last = x.rank() - 1;
    Term norm = op.getNorm() == "L1"   ? reduceSum(abs(x), {last})
                : op.getNorm() == "L2" ? sqrt(reduceSum(x * x, {last}))
                                       : reduceMax(x, {last});
    Term isZero = norm == f.number(0, norm.element());
    return x / select(isZero, f.number(1, norm.element()), norm);
  });

  // (x - offset) * scale
  rules.add([](MLScalerOp op, Formula &f) -> Answer {
    Term x = f(op.getX());
    if (!x.ranked())
      return Answer::no(kNoRank);
    Type single = f.builder.getF32Type(), element = x.element().isF64() ? x.element() : single;
    x = convert(x, element);
    if (auto offset = op.getOffset(); offset && !offset->empty())
      x = x - perColumn(x, vector(f, *offset, element));
    if (auto scale = op.getScale(); scale && !scale->empty())
      x = x * perColumn(x, vector(f, *scale, element));
    return convert(x, single);
  });
}

//===--- Categories -------------------------------------------------------===//

static void addCategories(Rules &rules) {
  // the place of x in the list, as a row of zeros with a one
  rules.add([](MLOneHotEncoderOp op, Formula &f) -> Answer {
    Term x = f(op.getX());
    if (!x.ranked())
      return Answer::no(kNoRank);
    bool areStrings = op.getCatsStrings() && !op.getCatsStrings()->empty();
    int64_t count = areStrings ? op.getCatsStrings()->size() : op.getCatsInt64s()->size();
    SmallVector<int64_t> places = llvm::to_vector(llvm::seq(count));
    if (!areStrings)
      x = convert(x, f.builder.getI64Type());
    NamedAttribute keys = areStrings ? f.builder.getNamedAttr("keys_strings", op.getCatsStringsAttr())
                                     : f.attr("keys_int64s", *op.getCatsInt64s());
    Term place = f.node<MLLabelEncoderOp>(
        {x.value}, {keys, f.attr("values_int64s", ArrayRef(places)), f.attr("default_int64", count)});
    Term all = f.integers(places);
    if (op.getZeros() == 0)
      place = gather(all, place, 0); // fails the run for what is no category
    return convert(unsqueeze(place, {x.rank()}) == all, f.builder.getF32Type());
  });

  // strings by integers, or integers by strings
  rules.add([](MLCategoryMapperOp op, Formula &f) -> Answer {
    bool fromStrings = isa<StringType>(getElementTypeOrSelf(op.getX()));
    ArrayAttr strings = op.getCatsStringsAttr() ? op.getCatsStringsAttr() : f.builder.getStrArrayAttr({});
    ArrayRef<int64_t> integers = op.getCatsInt64s().value_or(ArrayRef<int64_t>());
    return f.node<MLLabelEncoderOp>(
        {op.getX()}, {f.builder.getNamedAttr(fromStrings ? "keys_strings" : "values_strings", strings),
                      f.attr(fromStrings ? "values_int64s" : "keys_int64s", integers),
                      f.attr("default_int64", op.getDefaultInt64()), f.attr("default_string", op.getDefaultString())});
  });
}

//===--- Linear models ----------------------------------------------------===//

/// x * coefficients' + intercepts
static Term linear(Term x, ArrayRef<float> coefficients, int64_t rows, ArrayRef<float> intercepts) {
  Formula &f = *x.formula;
  int64_t columns = ShapedType::isDynamic(x.size(1)) ? coefficients.size() / rows : x.size(1);
  Term weights = matrix(f, coefficients.take_front(rows * columns), rows, columns, x.element());
  Term bias = static_cast<int64_t>(intercepts.size()) == rows ? vector(f, intercepts, x.element()) : Term();
  return f.node<GemmOp>({x.value, weights.value, bias.value}, {f.attr("transB", int64_t(1))});
}

static void addLinear(Rules &rules) {
  rules.add([](MLLinearRegressorOp op, Formula &f) -> Answer {
    Term x = asRows(f(op.getX()), f.builder.getF32Type());
    if (!x)
      return Answer::no(kNoRank);
    Term y = linear(x, *op.getCoefficients(), op.getTargets(), op.getIntercepts().value_or(ArrayRef<float>()));
    // One score is transformed by PROBIT alone.
    return op.getTargets() > 1 || op.getPostTransform() == "PROBIT" ? transformScores(y, op.getPostTransform()) : y;
  });

  rules.add([](MLLinearClassifierOp op, Formula &f) -> Answer {
    Term x = asRows(f(op.getX()), f.builder.getF32Type());
    if (!x)
      return Answer::no(kNoRank);
    Labels labels{op.getClasslabelsInts(), op.getClasslabelsStrings()};
    ArrayRef<float> intercepts = op.getIntercepts().value_or(ArrayRef<float>());
    int64_t count = intercepts.empty() ? labels.size() : intercepts.size();
    Term scores = linear(x, op.getCoefficients(), count, intercepts);
    StringRef transform = op.getPostTransform();
    Type i64 = f.builder.getI64Type();
    if (count > 1)
      return SmallVector<Term>{labels.at(argMax(scores)), transformScores(scores, transform)};
    // One score: of the second class, where there are two.
    Term isSecond = convert(squeeze(scores > 0, {1}), i64);
    bool areTwo = labels.size() == 2;
    Term label = areTwo                ? labels.at(isSecond)
                 : labels.areStrings() ? gather(strings(f, {"0", "1"}), isSecond, 0)
                                       : isSecond;
    if (transform == "PROBIT")
      scores = probit(scores);
    return SmallVector<Term>{label, areTwo ? withOther(scores, 1.0 - scores, transform) : scores};
  });
}

void addMLRules(Rules &rules) {
  addFeatures(rules);
  addCategories(rules);
  addLinear(rules);
}

} // namespace quern::onnx
