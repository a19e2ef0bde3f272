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

static void addRegressors(Rules &rules) {
  // post_transform(sums + base_values)
  rules.addForm([](MLTreeEnsembleRegressorOp op, Formula &f) -> Answer {
    if (op.getPostTransform() == "NONE" && !op.getBaseValues() && !op.getBaseValuesAsTensor())
      return Answer::no("is sums already");
    NamedAttrList attributes(op->getAttrs());
    for (StringRef name : {"post_transform", "base_values", "base_values_as_tensor"})
      attributes.erase(name);
    Term scores = f.node<MLTreeEnsembleRegressorOp>({op.getX()}, attributes.getAttrs());
    SmallVector<float> base = numbersOf(op.getBaseValues(), op.getBaseValuesAsTensor());
    int64_t targets = op.getNTargets().value_or(1);
    if (static_cast<int64_t>(base.size()) == targets)
      scores = scores + f.floats(base);
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

/// Whether a class has a score: where a leaf has a weight of it, however small.
enum class Scored { Never, Always, Sometimes };

/// A classifier on its way to labels and scores: docs/rationale/ml.md has the cases.
class Classifier {
public:
  Classifier(MLTreeEnsembleClassifierOp op, Formula &f)
      : op(op), f(f), labels{op.getClasslabelsInt64s(), op.getClasslabelsStrings()}, transform(op.getPostTransform()),
        base(numbersOf(op.getBaseValues(), op.getBaseValuesAsTensor())), single(f.builder.getF32Type()) {
    findScored();
    SmallVector<float> weights = numbersOf(op.getClassWeights(), op.getClassWeightsAsTensor());
    allPositive = llvm::all_of(weights, [](float weight) { return weight >= 0; });
    oneClass = labels.size() == 2 && DenseSet<int64_t>(llvm::from_range, listOf(op.getClassIds())).size() == 1;
  }

  Answer build() {
    addSums();
    if (labels.size() == 1)
      return buildOne();
    return labels.size() == 2 ? buildTwo() : buildMany();
  }

private:
  void findScored();
  void addSums();
  Answer buildOne();
  Answer buildTwo();
  Answer buildMany();
  std::pair<Term, Term> buildTwo(bool secondIsScored);
  /// The sums of a class, as a column.
  Term column(int64_t i) { return slice(sums, {i}, {i + 1}, {1}); }
  Term indexOf(Term condition) { return convert(squeeze(condition, {1}), f.builder.getI64Type()); }
  int64_t count() const { return labels.size(); }

  MLTreeEnsembleClassifierOp op;
  Formula &f;
  Labels labels;
  StringRef transform;
  SmallVector<float> base;
  Type single;
  SmallVector<Scored> scored;
  bool allPositive, oneClass;
  Term sums;      // a column a class
  Term hasScores; // the same, of bools; null where `scored` says it for all rows
};

/// A class always has a score where all leaves of a tree have weights of it.
void Classifier::findScored() {
  using Key = std::pair<int64_t, int64_t>;
  DenseMap<int64_t, int64_t> leaves;
  for (auto [tree, mode] : llvm::zip_equal(listOf(op.getNodesTreeids()), op.getNodesModesAttr()))
    leaves[tree] += cast<StringAttr>(mode).getValue() == "LEAF";
  DenseSet<std::pair<Key, int64_t>> seen;
  DenseMap<Key, int64_t> weighted; // leaves, by tree and class
  scored.assign(count(), Scored::Never);
  for (auto [tree, node, target] :
       llvm::zip_equal(listOf(op.getClassTreeids()), listOf(op.getClassNodeids()), listOf(op.getClassIds()))) {
    if (!seen.insert({{tree, node}, target}).second)
      continue;
    int64_t found = ++weighted[{tree, target}];
    if (scored[target] != Scored::Always)
      scored[target] = found == leaves.lookup(tree) ? Scored::Always : Scored::Sometimes;
  }
}

/// Where it depends on the row whether a class has a score, its weights are counted beside.
void Classifier::addSums() {
  bool counts = llvm::is_contained(scored, Scored::Sometimes);
  SmallVector<int64_t> trees(listOf(op.getClassTreeids())), nodes(listOf(op.getClassNodeids()));
  SmallVector<int64_t> targets(listOf(op.getClassIds()));
  SmallVector<float> weights = numbersOf(op.getClassWeights(), op.getClassWeightsAsTensor());
  if (counts) {
    for (size_t i : llvm::seq(targets.size())) {
      trees.push_back(trees[i]);
      nodes.push_back(nodes[i]);
      targets.push_back(targets[i] + count());
    }
    weights.append(targets.size() - weights.size(), 1.0f);
  }
  SmallVector<NamedAttribute> attributes;
  for (NamedAttribute attr : op->getAttrs())
    if (attr.getName().getValue().starts_with("nodes_"))
      attributes.push_back(attr);
  attributes.push_back(f.attr("n_targets", counts ? 2 * count() : count()));
  attributes.push_back(f.attr("target_treeids", ArrayRef<int64_t>(trees)));
  attributes.push_back(f.attr("target_nodeids", ArrayRef<int64_t>(nodes)));
  attributes.push_back(f.attr("target_ids", ArrayRef<int64_t>(targets)));
  attributes.push_back(f.builder.getNamedAttr("target_weights", f.builder.getDenseF32ArrayAttr(weights)));
  sums = f.node<MLTreeEnsembleRegressorOp>({op.getX()}, attributes);
  if (!counts)
    return;
  hasScores = slice(sums, {count()}, {2 * count()}, {1}) > 0;
  sums = slice(sums, {0}, {count()}, {1});
}

Answer Classifier::buildOne() {
  Term scores = base.size() == 1 ? sums + double(base[0]) : sums;
  Term index = indexOf(scores > 0);
  Term label = labels.areStrings() ? labels.at(index * 0.0) : index;
  return SmallVector<Term>{label, transformTargets(scores, 1, transform)};
}

/// The label and the scores of two classes. The second class has a score, or the first stands for both.
std::pair<Term, Term> Classifier::buildTwo(bool secondIsScored) {
  Term first = column(0), second = column(1), both, decides;
  if (base.size() == 2 && secondIsScored) {
    second = first + double(base[1]); // sic: one base value, and the first class's sum
    both = concat({-second, second}, 1);
    decides = second;
  } else if (base.size() == 2) {
    decides = first + double(base[0]);
    both = concat({decides, second + double(base[1])}, 1);
  } else {
    first = base.size() == 1 ? first + double(base[0]) : first;
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
  if (transform == "LOGISTIC")
    return {label, concat({logistic(-first), logistic(first)}, 1)};
  if (!oneClass && base.size() == 1)
    return {label, concat({first, first * 0.0}, 1)};
  return {label, concat({areShares ? 1.0 - first : -first, first}, 1)};
}

Answer Classifier::buildTwo() {
  if (scored[1] != Scored::Sometimes) {
    auto [label, scores] = buildTwo(scored[1] == Scored::Always);
    return SmallVector<Term>{label, scores};
  }
  Term isScored = slice(hasScores, {1}, {2}, {1});
  auto [label, scores] = buildTwo(true);
  auto [otherLabel, otherScores] = buildTwo(false);
  return SmallVector<Term>{select(squeeze(isScored, {1}), label, otherLabel), select(isScored, scores, otherScores)};
}

/// The first of the highest scores; a class without one is not looked at.
Answer Classifier::buildMany() {
  base.resize(std::min<size_t>(base.size(), count()));
  SmallVector<float> added(base), lowest(count(), 0);
  added.resize(count(), 0);
  Term scores = base.empty() ? sums : sums + f.floats(added), seen = scores;
  // Each class has a score where it has a base value.
  constexpr float kLowest = -std::numeric_limits<float>::infinity();
  for (int64_t i = base.size(); i < count(); ++i)
    lowest[i] = scored[i] == Scored::Always ? 0 : kLowest;
  if (llvm::is_contained(lowest, kLowest)) {
    Term without = f.floats(lowest);
    seen = hasScores ? select(hasScores, scores, scores + without) : scores + without;
  }
  return SmallVector<Term>{labels.at(argMax(seen)), transformScores(scores, transform)};
}

} // namespace

void addTreeRules(Rules &rules) {
  addRegressors(rules);
  rules.add([](MLTreeEnsembleClassifierOp op, Formula &f) -> Answer { return Classifier(op, f).build(); });
}

} // namespace quern::onnx
