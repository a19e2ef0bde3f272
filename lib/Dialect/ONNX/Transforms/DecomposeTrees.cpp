// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What is done with the sums of leaves: base values, transforms, labels. What
// is left of an ensemble are sums, which ONNXToLinalg makes.

#include "DecomposeML.h"

#include "quern/Support/Constants.h"

#include "llvm/ADT/DenseSet.h"

using namespace mlir;

namespace quern::onnx {

static constexpr StringLiteral kTransforms[] = {"NONE", "SOFTMAX", "LOGISTIC", "SOFTMAX_ZERO", "PROBIT"};

static SmallVector<float> numbersOf(std::optional<ArrayRef<float>> list, std::optional<ElementsAttr> tensor) {
  if (tensor)
    if (auto values = getFloats(*tensor))
      return SmallVector<float>(values->begin(), values->end());
  return list ? SmallVector<float>(*list) : SmallVector<float>();
}

template <typename T>
static ArrayRef<T> listOf(const std::optional<ArrayRef<T>> &list) {
  return list.value_or(ArrayRef<T>());
}

/// The scores of targets: one alone is transformed by PROBIT only.
static Term transformTargets(Term scores, int64_t targets, StringRef transform) {
  return targets > 1 || transform == "PROBIT" ? transformScores(scores, transform) : scores;
}

namespace {

/// Whether a target has a score: where a leaf has a weight of it, even if that is zero.
enum class Scored { Never, Always, Sometimes };

/// The weights of leaves.
struct Weights {
  SmallVector<int64_t> trees, nodes, targets;
  SmallVector<float> values;
};

/// The sums of an ensemble. A target that a row has no weights of is zero, whatever its base value.
class Sums {
public:
  /// Where it depends on the row which targets have scores, their weights are counted beside.
  template <typename OpTy>
  Sums(OpTy op, Formula &f, Weights weights, int64_t count, StringRef aggregate);

  int64_t count() const { return scored.size(); }
  Scored isScored(int64_t target) const { return scored[target]; }
  /// The column of a target, of one element a row.
  Term column(int64_t i) const { return slice(sums, {i}, {i + 1}, {1}); }
  Term isScoredColumn(int64_t i) const { return slice(hasScores, {i}, {i + 1}, {1}); }
  /// `value` where the target has a score, else zero.
  Term ifScored(int64_t target, Term value) const {
    if (scored[target] == Scored::Always)
      return value;
    Term zero = value * 0.0;
    return scored[target] == Scored::Never ? zero : select(isScoredColumn(target), value, zero);
  }
  /// The same with base values, for all targets.
  Term plus(ArrayRef<float> base) const;

  Term sums;      // a column a target
  Term hasScores; // the same, of bools; null where `scored` says it for all rows

private:
  template <typename OpTy>
  void findScored(OpTy op, const Weights &weights);

  SmallVector<Scored> scored;
};

template <typename OpTy>
Sums::Sums(OpTy op, Formula &f, Weights weights, int64_t count, StringRef aggregate) : scored(count, Scored::Never) {
  findScored(op, weights);
  bool counts = llvm::is_contained(scored, Scored::Sometimes);
  if (counts) {
    for (size_t i = 0, end = weights.targets.size(); i < end; ++i) {
      weights.trees.push_back(weights.trees[i]);
      weights.nodes.push_back(weights.nodes[i]);
      weights.targets.push_back(weights.targets[i] + count);
    }
    weights.values.append(weights.targets.size() - weights.values.size(), 1.0f);
  }
  SmallVector<NamedAttribute> attributes;
  for (NamedAttribute attr : op->getAttrs())
    if (attr.getName().getValue().starts_with("nodes_"))
      attributes.push_back(attr);
  attributes.push_back(f.attr("aggregate_function", aggregate));
  attributes.push_back(f.attr("n_targets", counts ? 2 * count : count));
  attributes.push_back(f.attr("target_treeids", ArrayRef<int64_t>(weights.trees)));
  attributes.push_back(f.attr("target_nodeids", ArrayRef<int64_t>(weights.nodes)));
  attributes.push_back(f.attr("target_ids", ArrayRef<int64_t>(weights.targets)));
  attributes.push_back(f.builder.getNamedAttr("target_weights", f.builder.getDenseF32ArrayAttr(weights.values)));
  sums = f.node<MLTreeEnsembleRegressorOp>({op.getX()}, attributes);
  if (!counts)
    return;
  hasScores = slice(sums, {count}, {2 * count}, {1}) > 0;
  sums = slice(sums, {0}, {count}, {1});
}

/// A target always has a score where all leaves of a tree have weights of it.
template <typename OpTy>
void Sums::findScored(OpTy op, const Weights &weights) {
  using Key = std::pair<int64_t, int64_t>;
  DenseMap<int64_t, int64_t> leaves;
  if (op.getNodesTreeids())
    for (auto [tree, mode] : llvm::zip_equal(*op.getNodesTreeids(), op.getNodesModesAttr()))
      leaves[tree] += cast<StringAttr>(mode).getValue() == "LEAF";
  DenseSet<std::pair<Key, int64_t>> seen;
  DenseMap<Key, int64_t> weighted; // leaves, by tree and target
  for (auto [tree, node, target] : llvm::zip_equal(weights.trees, weights.nodes, weights.targets)) {
    if (!seen.insert({{tree, node}, target}).second)
      continue;
    int64_t found = ++weighted[{tree, target}];
    if (scored[target] != Scored::Always)
      scored[target] = found == leaves.lookup(tree) ? Scored::Always : Scored::Sometimes;
  }
}

Term Sums::plus(ArrayRef<float> base) const {
  SmallVector<float> added(base);
  for (int64_t i = 0; i < count(); ++i)
    added[i] = scored[i] == Scored::Never ? 0 : added[i];
  Term all = sums + sums.formula->floats(added);
  return hasScores ? select(hasScores, all, sums) : all;
}

} // namespace

static void addRegressors(Rules &rules) {
  // post_transform(sums + base_values)
  rules.addForm([](MLTreeEnsembleRegressorOp op, Formula &f) -> Answer {
    if (op.getPostTransform() == "NONE" && !op.getBaseValues() && !op.getBaseValuesAsTensor())
      return Answer::no("is sums already");
    SmallVector<float> base = numbersOf(op.getBaseValues(), op.getBaseValuesAsTensor());
    int64_t targets = op.getNTargets().value_or(1);
    Term scores;
    if (targets > 1 && static_cast<int64_t>(base.size()) == targets) {
      Weights weights{SmallVector<int64_t>(listOf(op.getTargetTreeids())),
                      SmallVector<int64_t>(listOf(op.getTargetNodeids())),
                      SmallVector<int64_t>(listOf(op.getTargetIds())),
                      numbersOf(op.getTargetWeights(), op.getTargetWeightsAsTensor())};
      scores = Sums(op, f, weights, targets, op.getAggregateFunction()).plus(base);
    } else {
      NamedAttrList attributes(op->getAttrs());
      for (StringRef name : {"post_transform", "base_values", "base_values_as_tensor"})
        attributes.erase(name);
      scores = f.node<MLTreeEnsembleRegressorOp>({op.getX()}, attributes.getAttrs());
      if (targets == 1 && base.size() == 1)
        scores = scores + double(base[0]);
    }
    return transformTargets(scores, targets, op.getPostTransform());
  });

  rules.addForm([](MLTreeEnsembleOp op, Formula &f) -> Answer {
    if (op.getPostTransform() == 0)
      return Answer::no("is sums already");
    NamedAttrList attributes(op->getAttrs());
    attributes.erase("post_transform");
    Term scores = f.node<MLTreeEnsembleOp>({op.getX()}, attributes.getAttrs());
    return transformTargets(scores, op.getNTargets().value_or(1), kTransforms[op.getPostTransform()]);
  });
}

//===--- Classifiers ------------------------------------------------------===//

namespace {

/// A classifier on its way to labels and scores: docs/rationale/ml.md has the cases.
class Classifier {
public:
  Classifier(MLTreeEnsembleClassifierOp op, Formula &f)
      : f(f), labels{op.getClasslabelsInt64s(), op.getClasslabelsStrings()}, transform(op.getPostTransform()),
        base(numbersOf(op.getBaseValues(), op.getBaseValuesAsTensor())), weights(weightsOf(op)),
        sums(op, f, weights, labels.size(), "SUM") {
    allPositive = llvm::all_of(weights.values, [](float weight) { return weight >= 0; });
    oneClass = labels.size() == 2 && DenseSet<int64_t>(llvm::from_range, weights.targets).size() == 1;
  }

  Answer build() {
    if (labels.size() == 1)
      return buildOne();
    return labels.size() == 2 ? buildTwo() : buildMany();
  }

private:
  static Weights weightsOf(MLTreeEnsembleClassifierOp op) {
    return {SmallVector<int64_t>(listOf(op.getClassTreeids())), SmallVector<int64_t>(listOf(op.getClassNodeids())),
            SmallVector<int64_t>(listOf(op.getClassIds())),
            numbersOf(op.getClassWeights(), op.getClassWeightsAsTensor())};
  }
  Answer buildOne();
  Answer buildTwo();
  Answer buildMany();
  std::pair<Term, Term> buildTwo(bool secondIsScored);
  Term indexOf(Term condition) { return convert(squeeze(condition, {1}), f.builder.getI64Type()); }

  Formula &f;
  Labels labels;
  StringRef transform;
  SmallVector<float> base;
  Weights weights;
  Sums sums;
  bool allPositive, oneClass;
};

Answer Classifier::buildOne() {
  Term scores = base.size() == 1 ? sums.sums + double(base[0]) : sums.sums;
  Term index = indexOf(scores > 0);
  Term label = labels.areStrings() ? labels.at(index * 0.0) : index;
  return SmallVector<Term>{label, transformTargets(scores, 1, transform)};
}

/// The label and the scores of two classes. The second class has a score, or the first stands for both.
std::pair<Term, Term> Classifier::buildTwo(bool secondIsScored) {
  Term first = sums.column(0), second = sums.column(1), both, decides;
  if (base.size() == 2 && secondIsScored) {
    decides = first + double(base[1]); // sic: one base value, and the first class's sum
    both = concat({sums.ifScored(0, -decides), decides}, 1);
  } else if (base.size() == 2) {
    decides = sums.ifScored(0, first + double(base[0]));
    both = concat({decides, second * 0.0}, 1);
  } else {
    first = base.size() == 1 ? sums.ifScored(0, first + double(base[0])) : first;
    decides = secondIsScored ? second : first;
    both = secondIsScored ? concat({first, second}, 1) : Term();
  }
  bool areShares = oneClass && allPositive; // a score and its complement, rather than its opposite
  Term index = indexOf(decides > (areShares ? 0.5 : 0.0));
  Term label = oneClass || labels.areStrings() ? labels.at(index) : index;
  if (both)
    return {label, transformScores(both, transform)};
  if (transform == "PROBIT")
    return {label, concat({probit(first), first * 0.0}, 1)};
  if (!oneClass && base.size() == 1)
    return {label, concat({first, first * 0.0}, 1)};
  return {label, withOther(first, areShares ? 1.0 - first : -first, transform)};
}

Answer Classifier::buildTwo() {
  if (sums.isScored(1) != Scored::Sometimes) {
    auto [label, scores] = buildTwo(sums.isScored(1) == Scored::Always);
    return SmallVector<Term>{label, scores};
  }
  Term isScored = sums.isScoredColumn(1);
  auto [label, scores] = buildTwo(true);
  auto [otherLabel, otherScores] = buildTwo(false);
  return SmallVector<Term>{select(squeeze(isScored, {1}), label, otherLabel), select(isScored, scores, otherScores)};
}

/// The first of the highest scores; a class without one is not looked at. Here a base value is a score.
Answer Classifier::buildMany() {
  size_t given = std::min<size_t>(base.size(), labels.size());
  SmallVector<float> added(base.begin(), base.begin() + given), lowest(labels.size(), 0);
  added.resize(labels.size(), 0);
  Term scores = given == 0 ? sums.sums : sums.sums + f.floats(added), seen = scores;
  constexpr float kLowest = -std::numeric_limits<float>::infinity();
  for (int64_t i = given; i < labels.size(); ++i)
    lowest[i] = sums.isScored(i) == Scored::Always ? 0 : kLowest;
  if (llvm::is_contained(lowest, kLowest)) {
    Term without = scores + f.floats(lowest);
    seen = sums.hasScores ? select(sums.hasScores, scores, without) : without;
  }
  return SmallVector<Term>{labels.at(argMax(seen)), transformScores(scores, transform)};
}

} // namespace

void addTreeRules(Rules &rules) {
  addRegressors(rules);
  rules.add([](MLTreeEnsembleClassifierOp op, Formula &f) -> Answer { return Classifier(op, f).build(); });
}

} // namespace quern::onnx
