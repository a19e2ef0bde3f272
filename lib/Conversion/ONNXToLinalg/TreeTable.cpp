// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "TreeTable.h"

#include <cmath>
#include <limits>

using namespace mlir;

namespace quern::lowering {
namespace {

constexpr int64_t kMaxFeature = int64_t(1) << 31;
constexpr double kNever = std::numeric_limits<double>::quiet_NaN();

class TableBuilder {
public:
  TableBuilder(const TreeEnsemble &ensemble, bool isDouble, std::string &why)
      : ensemble(ensemble), isDouble(isDouble), why(why), pairs(ensemble.nodes.size(), kNone) {}

  std::optional<TreeTable> build();

private:
  static constexpr int32_t kNone = 0;

  bool orderNodes();
  bool checkChild(int64_t child);
  TreeRecord recordOf(int64_t child) const { return child < 0 ? leaf(child) : rootRecords[child]; }
  static TreeRecord leaf(int64_t child) {
    TreeRecord record;
    record.next = static_cast<int32_t>(child);
    return record;
  }
  /// Two records beside each other; returns the place of the first.
  int32_t add(TreeRecord first, TreeRecord second) {
    table.records.push_back(first);
    table.records.push_back(second);
    return static_cast<int32_t>(table.records.size() - 2);
  }
  TreeRecord branch(const TreeNode &node, double split, bool missingIsLess, TreeRecord less, TreeRecord more) {
    table.lastFeature = std::max(table.lastFeature, node.feature);
    table.anyMissingIsLess |= missingIsLess;
    return {split, static_cast<int32_t>(node.feature), add(less, more), missingIsLess};
  }
  double below(double split) const {
    if (isDouble)
      return std::nextafter(split, -std::numeric_limits<double>::infinity());
    return std::nextafter(static_cast<float>(split), -std::numeric_limits<float>::infinity());
  }
  /// `x < split`; nothing is below the lowest number.
  double lessThan(double split) const {
    return split == -std::numeric_limits<double>::infinity() ? kNever : below(split);
  }
  TreeRecord equal(const TreeNode &node, double value, bool missingIsEqual, TreeRecord yes, TreeRecord no);
  TreeRecord member(const TreeNode &node, ArrayRef<double> sorted, TreeRecord yes, TreeRecord no);
  TreeRecord compare(const TreeNode &node);

  const TreeEnsemble &ensemble;
  bool isDouble;
  std::string &why;
  TreeTable table;
  std::vector<int32_t> pairs;
  std::vector<int64_t> order; // children before their parents
  std::vector<TreeRecord> rootRecords;
};

bool TableBuilder::checkChild(int64_t child) {
  if (child < static_cast<int64_t>(ensemble.nodes.size()) && ~child < static_cast<int64_t>(ensemble.leaves.size()))
    return true;
  why = "expects branches to lead to nodes that there are";
  return false;
}

/// A walk from the roots, in depth first; a node met again on the way down closes a circle.
bool TableBuilder::orderNodes() {
  enum : uint8_t { New, Open, Done };
  std::vector<uint8_t> state(ensemble.nodes.size(), New);
  std::vector<std::pair<int64_t, int>> stack;
  for (int64_t root : ensemble.roots) {
    if (!checkChild(root))
      return false;
    if (root >= 0 && state[root] == New)
      stack.push_back({root, 0});
    while (!stack.empty()) {
      auto &[at, step] = stack.back();
      const TreeNode &node = ensemble.nodes[at];
      if (step == 2) {
        state[at] = Done;
        order.push_back(at);
        stack.pop_back();
        continue;
      }
      state[at] = Open;
      int64_t child = step++ == 0 ? node.ifTrue : node.ifFalse;
      if (!checkChild(child))
        return false;
      if (child < 0 || state[child] == Done)
        continue;
      if (state[child] == Open) {
        why = "expects trees, and a branch leads back to where it came from";
        return false;
      }
      stack.push_back({child, 0});
    }
  }
  return true;
}

// x <= value and not x <= the number below. NaN passes the first on either side, and the second with it to `yes` alone.
TreeRecord TableBuilder::equal(const TreeNode &node, double value, bool missingIsEqual, TreeRecord yes, TreeRecord no) {
  if (std::isnan(value) && !missingIsEqual)
    return no;
  TreeRecord inner = branch(node, lessThan(value), false, no, yes);
  return branch(node, value, missingIsEqual, inner, no);
}

/// A search in a sorted list. NaN always goes to the greater half, which ends in a comparison that sends it on.
TreeRecord TableBuilder::member(const TreeNode &node, ArrayRef<double> sorted, TreeRecord yes, TreeRecord no) {
  if (sorted.empty())
    return node.missingTracksTrue ? branch(node, kNever, true, yes, no) : no;
  if (sorted.size() == 1)
    return equal(node, sorted.front(), node.missingTracksTrue, yes, no);
  size_t half = sorted.size() / 2;
  TreeRecord less = member(node, sorted.take_front(half), yes, no);
  TreeRecord more = member(node, sorted.drop_front(half), yes, no);
  return branch(node, sorted[half - 1], false, less, more);
}

TreeRecord TableBuilder::compare(const TreeNode &node) {
  TreeRecord yes = recordOf(node.ifTrue), no = recordOf(node.ifFalse);
  bool missing = node.missingTracksTrue;
  switch (node.mode) {
  case TreeMode::LessEqual:
    return branch(node, node.split, missing, yes, no);
  case TreeMode::Less:
    return branch(node, lessThan(node.split), missing, yes, no);
  // The other way round: NaN, which compares false, is then on the side of what is less.
  case TreeMode::GreaterEqual:
    return branch(node, lessThan(node.split), !missing, no, yes);
  case TreeMode::Greater:
    return branch(node, node.split, !missing, no, yes);
  case TreeMode::Equal:
    return equal(node, node.split, missing, yes, no);
  case TreeMode::NotEqual: // NaN is not equal to anything
    return equal(node, node.split, false, no, yes);
  case TreeMode::Member: {
    std::vector<double> sorted;
    for (double value : node.members)
      if (!std::isnan(value))
        sorted.push_back(isDouble ? value : static_cast<float>(value));
    llvm::sort(sorted);
    sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
    return member(node, sorted, yes, no);
  }
  }
  return no;
}

std::optional<TreeTable> TableBuilder::build() {
  for (const TreeNode &node : ensemble.nodes)
    if (node.feature < 0 || node.feature >= kMaxFeature) {
      why = "expects features that are columns";
      return std::nullopt;
    }
  if (!orderNodes())
    return std::nullopt;
  table.records.resize(ensemble.roots.size());
  rootRecords.resize(ensemble.nodes.size());
  for (int64_t at : order) {
    rootRecords[at] = compare(ensemble.nodes[at]);
    if (table.records.size() > size_t(std::numeric_limits<int32_t>::max()) / 2) {
      why = "expects trees of fewer nodes";
      return std::nullopt;
    }
  }
  for (auto [i, root] : llvm::enumerate(ensemble.roots))
    table.records[i] = recordOf(root);
  return std::move(table);
}

} // namespace

std::optional<TreeTable> makeTreeTable(const TreeEnsemble &ensemble, FloatType threshold, std::string &why) {
  return TableBuilder(ensemble, threshold.isF64(), why).build();
}

} // namespace quern::lowering
