// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Einsum as transposes, reshapes and matrix products, two operands at a time.

#include "DecomposeRules.h"

#include "llvm/ADT/SetVector.h"

using namespace mlir;

namespace quern::onnx {

namespace {

// A letter, or a number below zero for a dimension of the ellipsis, counted from the end.
using Label = int;
using Labels = SmallVector<Label>;

/// A tensor with a label a dimension.
struct Labeled {
  Term term;
  Labels labels;
};

bool has(ArrayRef<Label> labels, Label label) { return llvm::is_contained(labels, label); }

Labels operator+(Labels a, const Labels &b) {
  llvm::append_range(a, b);
  return a;
}

// The labels of one term of the equation, its ellipsis standing for as many dimensions as are left.
std::optional<Labels> parseTerm(StringRef text, int64_t rank, int64_t &ellipsis) {
  Labels labels;
  bool sawDots = false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (llvm::isAlpha(text[i])) {
      labels.push_back(text[i]);
      continue;
    }
    if (!text.substr(i).starts_with("...") || sawDots)
      return std::nullopt;
    int64_t dots = rank < 0 ? ellipsis : rank - (static_cast<int64_t>(text.size()) - 3);
    if (dots < 0)
      return std::nullopt;
    ellipsis = std::max(ellipsis, dots);
    for (int64_t d = dots; d > 0; --d)
      labels.push_back(-d);
    sawDots = true;
    i += 2;
  }
  return labels;
}

// The same tensor with its dimensions in another order.
Labeled arrange(const Labeled &x, const Labels &order) {
  SmallVector<int64_t> perm;
  for (Label label : order)
    perm.push_back(llvm::find(x.labels, label) - x.labels.begin());
  return {llvm::is_sorted(perm) ? x.term : transpose(x.term, perm), order};
}

// Dimensions that share a label become one, their diagonal: of n x n elements in a row, each (n + 1)th.
Labeled takeDiagonals(Labeled x) {
  for (size_t i = 0; i < x.labels.size(); ++i) {
    size_t j = llvm::find(ArrayRef<Label>(x.labels).drop_front(i + 1), x.labels[i]) - x.labels.begin();
    if (j == x.labels.size())
      continue;
    Formula &f = *x.term.formula;
    SmallVector<int64_t> perm{int64_t(i), int64_t(j)};
    Labels labels{x.labels[i]};
    for (size_t d = 0; d < x.labels.size(); ++d)
      if (d != i && d != j) {
        perm.push_back(d);
        labels.push_back(x.labels[d]);
      }
    Term front = transpose(x.term, perm), n = shapeOf(x.term, i, i + 1);
    Term flat = x.term.rank() == 2 ? reshape(front, {-1})
                                   : reshape(front, concat({f.integers({-1}), shapeOf(front, 2, front.rank())}, 0));
    x = {gather(flat, range(squeeze(n, {0})) * (n + 1.0), 0), labels};
    i = -1; // from the start: positions have changed
  }
  return x;
}

// Sums along the labels that `keep` does not have.
Labeled reduceTo(const Labeled &x, const llvm::SetVector<Label> &keep) {
  SmallVector<int64_t> axes;
  Labels left;
  for (auto [i, label] : llvm::enumerate(x.labels))
    if (keep.contains(label))
      left.push_back(label);
    else
      axes.push_back(i);
  return {axes.empty() ? x.term : reduceSum(x.term, axes, /*keep=*/false), left};
}

// Dimensions `first … last - 1` seen as one.
Term merge(Term x, int64_t first, int64_t last) {
  if (last - first == 1)
    return x;
  if (last == first)
    return unsqueeze(x, {first});
  Formula &f = *x.formula;
  SmallVector<Term> shape;
  if (first > 0)
    shape.push_back(shapeOf(x, 0, first));
  shape.push_back(f.integers({-1}));
  if (last < x.rank())
    shape.push_back(shapeOf(x, last, x.rank()));
  return reshape(x, concat(shape, 0));
}

// Elementwise, over the union of the labels.
Labeled multiply(const Labeled &a, const Labeled &b) {
  llvm::SetVector<Label> all(a.labels.begin(), a.labels.end());
  all.insert(b.labels.begin(), b.labels.end());
  auto spread = [&](const Labeled &x) {
    Labels order;
    SmallVector<int64_t> missing;
    for (auto [i, label] : llvm::enumerate(all))
      if (has(x.labels, label))
        order.push_back(label);
      else
        missing.push_back(i);
    return unsqueeze(arrange(x, order).term, missing);
  };
  return {spread(a) * spread(b), Labels(all.begin(), all.end())};
}

// sum over the labels that nobody needs afterwards of a * b: a matrix product, batched along the labels of both
Labeled contract(Labeled a, Labeled b, const llvm::SetVector<Label> &needed) {
  llvm::SetVector<Label> keepA(needed), keepB(needed);
  keepA.insert(b.labels.begin(), b.labels.end());
  keepB.insert(a.labels.begin(), a.labels.end());
  a = reduceTo(a, keepA);
  b = reduceTo(b, keepB);
  Labels batch, rows, columns, summed;
  for (Label label : a.labels)
    (!has(b.labels, label) ? rows : needed.contains(label) ? batch : summed).push_back(label);
  for (Label label : b.labels)
    if (!has(a.labels, label))
      columns.push_back(label);
  if (summed.empty())
    return multiply(a, b);

  Term left = arrange(a, batch + rows + summed).term, right = arrange(b, batch + summed + columns).term;
  int64_t n = batch.size(), m = n + rows.size(), k = n + summed.size();
  Term product = matmul(merge(merge(left, m, left.rank()), n, m), merge(merge(right, k, right.rank()), n, k));
  // Rows and columns as they were.
  if (rows.size() != 1 || columns.size() != 1) {
    SmallVector<Term> shape;
    if (n > 0)
      shape.push_back(shapeOf(product, 0, n));
    if (!rows.empty())
      shape.push_back(shapeOf(left, n, m));
    if (!columns.empty())
      shape.push_back(shapeOf(right, k, right.rank()));
    product = reshape(product, shape.empty() ? product.formula->integers({}) : concat(shape, 0));
  }
  return {product, batch + rows + columns};
}

// The labels that occur once, in order, after those of the ellipsis.
Labels implicitOutput(ArrayRef<Labeled> operands, int64_t ellipsis) {
  Labels output;
  for (int64_t d = ellipsis; d > 0; --d)
    output.push_back(-d);
  for (Label label = 'A'; label <= 'z'; ++label) {
    int64_t count = 0;
    for (const Labeled &operand : operands)
      count += llvm::count(operand.labels, label);
    if (count == 1)
      output.push_back(label);
  }
  return output;
}

Answer expandEinsum(EinsumOp op, Formula &f) {
  std::string equation;
  llvm::copy_if(op.getEquation(), std::back_inserter(equation), [](char c) { return c != ' '; });
  auto [left, right] = StringRef(equation).split("->");
  bool isExplicit = equation.find("->") != std::string::npos;
  SmallVector<StringRef> texts;
  left.split(texts, ',');
  if (texts.size() != op.getInputs().size())
    return Answer::no("its equation has another number of operands");

  // Products of narrow integers are those of wide ones, of which the lower bits are kept.
  Type element = getElementTypeOrSelf(op.getInputs().front()), wide = element;
  if (auto integer = dyn_cast<IntegerType>(element); integer && integer.getWidth() < 32)
    wide = IntegerType::get(op.getContext(), 32, integer.getSignedness());

  SmallVector<Labeled> operands;
  int64_t ellipsis = 0;
  for (auto [text, input] : llvm::zip(texts, op.getInputs())) {
    Term term = convert(f(input), wide);
    std::optional<Labels> labels = term.ranked() ? parseTerm(text, term.rank(), ellipsis) : std::nullopt;
    if (!labels || static_cast<int64_t>(labels->size()) != term.rank())
      return Answer::no("its equation does not fit the ranks of its operands");
    operands.push_back({term, *labels});
  }
  std::optional<Labels> output = isExplicit ? parseTerm(right, -1, ellipsis) : implicitOutput(operands, ellipsis);
  if (!output)
    return Answer::no("its equation is malformed");
  // Sizes of 1 that stand for more are rare, and not summed over.
  llvm::DenseMap<Label, int64_t> sizes;
  for (const Labeled &operand : operands)
    for (auto [i, label] : llvm::enumerate(operand.labels))
      if (int64_t size = operand.term.size(i); label > 0 && !ShapedType::isDynamic(size))
        if (sizes.try_emplace(label, size).first->second != size)
          return Answer::no("a label has several sizes");

  for (Labeled &operand : operands)
    operand = takeDiagonals(operand);
  Labeled all = operands.front();
  for (size_t i = 1; i < operands.size(); ++i) {
    llvm::SetVector<Label> needed(output->begin(), output->end());
    for (const Labeled &later : ArrayRef<Labeled>(operands).drop_front(i + 1))
      needed.insert(later.labels.begin(), later.labels.end());
    all = contract(all, operands[i], needed);
  }
  all = reduceTo(all, llvm::SetVector<Label>(output->begin(), output->end()));
  for (Label label : *output)
    if (!has(all.labels, label))
      return Answer::no("its result has a label that no operand has");
  return convert(arrange(all, *output).term, element);
}

} // namespace

void addEinsumRules(Rules &rules) { rules.add(expandEinsum); }

} // namespace quern::onnx
