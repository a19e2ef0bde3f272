// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "OpTable.h"

#include "quern/Dialect/ONNX/IR/ONNX.h"
#include "quern/Import/Import.h"

#include "llvm/ADT/STLExtras.h"

#include <type_traits>

using namespace mlir;

namespace quern {

namespace {
/// Ops of the dialect that are no operators (the terminator of regions) have no ONNX name.
template <typename Op, typename = void>
struct IsOperator : std::false_type {};
template <typename Op>
struct IsOperator<Op, std::void_t<decltype(Op::getOnnxName())>> : std::true_type {};

template <typename Op>
void addEntry(std::vector<OpEntry> &table) {
  if constexpr (IsOperator<Op>::value)
    if (Op::getOnnxDomain() != "quern") // made by rules, and in no file
      table.push_back({Op::getOperationName(), Op::getOnnxName(), Op::getOnnxDomain(), Op::getSinceVersion(),
                       Op::getOperandKinds(), Op::getResultKinds()});
}

template <typename... Ops>
std::vector<OpEntry> makeTable() {
  std::vector<OpEntry> table;
  (addEntry<Ops>(table), ...);
  llvm::sort(table, [](const OpEntry &a, const OpEntry &b) {
    return std::pair(a.domain, a.name) < std::pair(b.domain, b.name);
  });
  return table;
}
} // namespace

ArrayRef<OpEntry> getOpTable() {
  static const std::vector<OpEntry> table = makeTable<
#define GET_OP_LIST
#include "quern/Dialect/ONNX/IR/ONNXOps.cpp.inc"
      >();
  return table;
}

const OpEntry *findOp(StringRef domain, StringRef name) {
  ArrayRef<OpEntry> table = getOpTable();
  auto key = std::pair(domain, name);
  auto entry =
      llvm::partition_point(table, [&](const OpEntry &entry) { return std::pair(entry.domain, entry.name) < key; });
  return entry != table.end() && entry->domain == domain && entry->name == name ? &*entry : nullptr;
}

const OpEntry *findSimilarOp(StringRef domain, StringRef name) {
  const OpEntry *best = nullptr;
  unsigned bestDistance = std::min<size_t>(3, name.size() / 2);
  for (const OpEntry &entry : getOpTable()) {
    if (entry.domain != domain)
      continue;
    unsigned distance = name.edit_distance_insensitive(entry.name, /*AllowReplacements=*/true, bestDistance);
    if (distance < bestDistance) {
      bestDistance = distance;
      best = &entry;
    }
  }
  return best;
}

std::vector<SupportedOp> getSupportedOps() {
  std::vector<SupportedOp> ops;
  for (const OpEntry &entry : getOpTable())
    ops.push_back({entry.domain.str(), entry.name.str(), entry.sinceVersion});
  return ops;
}

} // namespace quern
