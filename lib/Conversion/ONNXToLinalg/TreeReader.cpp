// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The trees of an operator, from its lists of nodes and leaves.

#include "TreeTable.h"

#include "quern/Support/Constants.h"

#include "llvm/ADT/DenseMap.h"

using namespace mlir;

namespace quern::lowering {

static std::vector<double> numbersOf(std::optional<ArrayRef<float>> list, std::optional<ElementsAttr> tensor) {
  if (tensor) {
    auto values = getFloats(*tensor);
    return values ? std::vector<double>(values->begin(), values->end()) : std::vector<double>();
  }
  return list ? std::vector<double>(list->begin(), list->end()) : std::vector<double>();
}

static ArrayRef<int64_t> listOf(std::optional<ArrayRef<int64_t>> list) { return list.value_or(ArrayRef<int64_t>()); }

static bool isSet(ArrayRef<int64_t> flags, size_t i) { return i < flags.size() && flags[i] != 0; }

/// Nothing, and a reason, where nodes do not refer to each other as they must. The lists have been found to be as long
/// as each other by the op's inference.
std::optional<TreeEnsemble> getEnsemble(onnx::MLTreeEnsembleRegressorOp op, std::string &why) {
  static const std::pair<StringRef, TreeMode> modes[] = {
      {"BRANCH_LEQ", TreeMode::LessEqual}, {"BRANCH_LT", TreeMode::Less},  {"BRANCH_GTE", TreeMode::GreaterEqual},
      {"BRANCH_GT", TreeMode::Greater},    {"BRANCH_EQ", TreeMode::Equal}, {"BRANCH_NEQ", TreeMode::NotEqual}};
  TreeEnsemble ensemble;
  ensemble.targets = op.getNTargets().value_or(1);
  ArrayRef<int64_t> trees = listOf(op.getNodesTreeids()), ids = listOf(op.getNodesNodeids());
  ArrayRef<int64_t> features = listOf(op.getNodesFeatureids()), missing = listOf(op.getNodesMissingValueTracksTrue());
  std::vector<double> splits = numbersOf(op.getNodesValues(), op.getNodesValuesAsTensor());
  ArrayAttr names = op.getNodesModesAttr();
  if (splits.size() != ids.size()) {
    why = "expects 'nodes_values_as_tensor' of floats";
    return std::nullopt;
  }

  // Where each node is: nodes from 0 on, leaf l as ~l.
  DenseMap<std::pair<int64_t, int64_t>, int64_t> places;
  SmallVector<size_t> origins;
  for (size_t i : llvm::seq(ids.size())) {
    StringRef name = cast<StringAttr>(names[i]).getValue();
    auto mode = llvm::find_if(modes, [&](auto &entry) { return entry.first == name; });
    int64_t place = ~static_cast<int64_t>(ensemble.leaves.size());
    if (mode != std::end(modes)) {
      place = ensemble.nodes.size();
      TreeNode &node = ensemble.nodes.emplace_back();
      node.mode = mode->second;
      node.missingTracksTrue = isSet(missing, i);
      node.feature = features[i];
      node.split = splits[i];
      origins.push_back(i);
    } else if (name == "LEAF") {
      ensemble.leaves.emplace_back();
    } else {
      why = ("expects modes of nodes such as \"BRANCH_LEQ\", got \"" + name + "\"").str();
      return std::nullopt;
    }
    if (!places.try_emplace({trees[i], ids[i]}, place).second) {
      why = ("expects node " + Twine(ids[i]) + " of tree " + Twine(trees[i]) + " once").str();
      return std::nullopt;
    }
    if (i == 0 || trees[i] != trees[i - 1])
      ensemble.roots.push_back(place);
  }
  auto find = [&](int64_t tree, int64_t id) -> std::optional<int64_t> {
    auto place = places.find({tree, id});
    if (place != places.end())
      return place->second;
    why = ("expects tree " + Twine(tree) + " to have a node " + Twine(id)).str();
    return std::nullopt;
  };
  for (auto [node, i] : llvm::zip_equal(ensemble.nodes, origins)) {
    auto ifTrue = find(trees[i], listOf(op.getNodesTruenodeids())[i]);
    auto ifFalse = find(trees[i], listOf(op.getNodesFalsenodeids())[i]);
    if (!ifTrue || !ifFalse)
      return std::nullopt;
    node.ifTrue = *ifTrue, node.ifFalse = *ifFalse;
  }

  std::vector<double> weights = numbersOf(op.getTargetWeights(), op.getTargetWeightsAsTensor());
  ArrayRef<int64_t> targets = listOf(op.getTargetIds());
  if (weights.size() != targets.size()) {
    why = "expects 'target_weights_as_tensor' of floats";
    return std::nullopt;
  }
  for (size_t i : llvm::seq(targets.size())) {
    auto place = find(listOf(op.getTargetTreeids())[i], listOf(op.getTargetNodeids())[i]);
    if (!place)
      return std::nullopt;
    if (*place < 0) // an inner node's weights are not used
      ensemble.leaves[~*place].weights.push_back({targets[i], weights[i]});
  }
  return ensemble;
}

std::optional<TreeEnsemble> getEnsemble(onnx::MLTreeEnsembleOp op, std::string &why) {
  TreeEnsemble ensemble;
  ensemble.targets = op.getNTargets().value_or(1);
  auto modes = getIntegers(op.getNodesModes());
  std::vector<double> splits = numbersOf({}, op.getNodesSplits()), weights = numbersOf({}, op.getLeafWeights());
  std::vector<double> members = numbersOf({}, op.getMembershipValues());
  ArrayRef<int64_t> features = op.getNodesFeatureids(), missing = listOf(op.getNodesMissingValueTracksTrue());
  if (!modes || splits.size() != features.size() || weights.size() != op.getLeafTargetids().size()) {
    why = "expects modes of integers, splits and weights of floats";
    return std::nullopt;
  }
  for (auto [target, weight] : llvm::zip_equal(op.getLeafTargetids(), weights))
    ensemble.leaves.push_back({{{target, weight}}});
  auto childOf = [](int64_t id, int64_t isLeaf) { return isLeaf ? ~id : id; };
  size_t nextMember = 0;
  for (size_t i : llvm::seq(features.size())) {
    TreeNode &node = ensemble.nodes.emplace_back();
    if ((*modes)[i] < 0 || (*modes)[i] > static_cast<int64_t>(TreeMode::Member)) {
      why = "expects modes of nodes from 0 to 6";
      return std::nullopt;
    }
    node.mode = static_cast<TreeMode>((*modes)[i]);
    node.missingTracksTrue = isSet(missing, i);
    node.feature = features[i];
    node.split = splits[i];
    if (op.getNodesTruenodeids()[i] < 0 || op.getNodesFalsenodeids()[i] < 0) {
      why = "expects branches to lead to nodes that there are";
      return std::nullopt;
    }
    node.ifTrue = childOf(op.getNodesTruenodeids()[i], op.getNodesTrueleafs()[i]);
    node.ifFalse = childOf(op.getNodesFalsenodeids()[i], op.getNodesFalseleafs()[i]);
    if (node.mode != TreeMode::Member)
      continue;
    // The sets follow each other, a NaN after each.
    for (; nextMember < members.size() && !std::isnan(members[nextMember]); ++nextMember)
      node.members.push_back(members[nextMember]);
    if (nextMember++ >= members.size()) {
      why = "expects 'membership_values' of a list for each node of mode 6, with a NaN after each";
      return std::nullopt;
    }
  }
  for (int64_t root : op.getTreeRoots()) {
    // A tree of one leaf is a node whose branches both lead to it.
    if (root < 0 || root >= static_cast<int64_t>(features.size())) {
      why = "expects 'tree_roots' that are nodes";
      return std::nullopt;
    }
    ensemble.roots.push_back(root);
  }
  return ensemble;
}

} // namespace quern::lowering
