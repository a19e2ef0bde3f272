// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The order of a graph's nodes. ONNX wants files sorted, and not all are.

#include "Importer.h"

#include <queue>

using namespace mlir;

namespace quern {

/// Calls `use` with each name that the node reads, those that its subgraphs read from around them included.
static void forEachUse(const proto::Node &node, llvm::function_ref<void(StringRef)> use) {
  for (std::string_view input : node.inputs)
    use(toRef(input));
  for (const proto::Attribute &attribute : node.attributes) {
    if (!attribute.graph)
      continue;
    const proto::Graph &graph = *attribute.graph;
    llvm::StringSet<> local;
    for (const proto::ValueInfo &input : graph.inputs)
      local.insert(toRef(input.name));
    for (const proto::Tensor &tensor : graph.initializers)
      local.insert(toRef(tensor.name));
    for (const proto::Node &inner : graph.nodes)
      for (std::string_view output : inner.outputs)
        local.insert(toRef(output));
    auto outer = [&](StringRef name) {
      if (!local.contains(name))
        use(name);
    };
    for (const proto::Node &inner : graph.nodes)
      forEachUse(inner, outer);
    for (const proto::ValueInfo &output : graph.outputs)
      outer(toRef(output.name));
  }
}

SmallVector<const proto::Node *> orderNodes(ArrayRef<const proto::Node *> nodes, const proto::Node *&cycle) {
  llvm::StringMap<unsigned> producers;
  for (auto [i, node] : llvm::enumerate(nodes))
    for (std::string_view output : node->outputs)
      if (!output.empty())
        producers.try_emplace(toRef(output), i);

  std::vector<SmallVector<unsigned, 2>> users(nodes.size());
  std::vector<unsigned> missing(nodes.size(), 0);
  for (auto [i, node] : llvm::enumerate(nodes))
    forEachUse(*node, [&, i = i](StringRef name) {
      auto producer = producers.find(name);
      if (producer == producers.end())
        return;
      users[producer->second].push_back(i);
      ++missing[i];
    });

  // The first of the file that can come: a sorted file stays as it is.
  std::priority_queue<unsigned, std::vector<unsigned>, std::greater<unsigned>> ready;
  for (unsigned i = 0; i < nodes.size(); ++i)
    if (missing[i] == 0)
      ready.push(i);
  SmallVector<const proto::Node *> order;
  while (!ready.empty()) {
    unsigned next = ready.top();
    ready.pop();
    order.push_back(nodes[next]);
    for (unsigned user : users[next])
      if (--missing[user] == 0)
        ready.push(user);
  }
  if (order.size() == nodes.size())
    return order;

  // Back along what is missing until a node comes again: that one is on a cycle.
  std::vector<int> reads(nodes.size(), -1);
  for (unsigned i = 0; i < nodes.size(); ++i)
    if (missing[i] != 0)
      for (unsigned user : users[i])
        reads[user] = i;
  unsigned at = llvm::find_if(missing, [](unsigned n) { return n != 0; }) - missing.begin();
  std::vector<bool> seen(nodes.size(), false);
  while (!seen[at]) {
    seen[at] = true;
    at = reads[at];
  }
  cycle = nodes[at];
  return {};
}

} // namespace quern
