// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Opsets.h"

#include "quern/Dialect/ONNX/IR/ONNX.h"
#include "quern/Import/ElementType.h"

#include "llvm/ADT/StringMap.h"

using namespace mlir;

namespace quern {

namespace {
struct History {
  int64_t form = 7;
  uint64_t types = 0;
  SmallVector<std::pair<int64_t, uint64_t>, 2> laterTypes;
  SmallVector<std::pair<StringRef, int64_t>, 2> attributes;
  SmallVector<std::pair<unsigned, int64_t>, 1> inputs;
};
} // namespace

static const llvm::StringMap<History> &getHistories() {
  static const auto histories = [] {
    llvm::StringMap<History> table;
#define FORM(OP, OPSET, MASK)                                                                                          \
  table[#OP].form = OPSET;                                                                                             \
  table[#OP].types = MASK;
#define TYPES(OP, OPSET, MASK) table[#OP].laterTypes.push_back({OPSET, MASK});
#define ATTRIBUTE(OP, NAME, OPSET) table[#OP].attributes.push_back({#NAME, OPSET});
#define INPUT(OP, POSITION, OPSET) table[#OP].inputs.push_back({POSITION, OPSET});
#include "Opsets.def"
    return table;
  }();
  return histories;
}

static int32_t getDataType(Value value) { return quern::getDataType(getElementTypeOrSelf(value.getType())); }

DictionaryAttr getDefaultAttrs(Operation *op) {
  Operation *made = Operation::create(op->getLoc(), op->getName(), {}, {}, NamedAttrList(), nullptr, {}, 0);
  DictionaryAttr defaults = made->getAttrDictionary();
  made->destroy();
  return defaults;
}

/// Whether the attribute says something else than its default.
static bool isSet(Operation *op, DictionaryAttr defaults, StringRef name) {
  Attribute value = op->getAttr(name);
  return value && value != defaults.get(name);
}

int64_t getLowestOpset(Operation *op) {
  auto known = dyn_cast<onnx::ONNXOpInterface>(op);
  if (!known || !known.getOnnxDomain().empty())
    return 7;
  auto entry = getHistories().find(known.getOnnxName());
  if (entry == getHistories().end())
    return known.getSinceVersion();
  const History &history = entry->second;
  int64_t opset = history.form;
  DictionaryAttr defaults = history.attributes.empty() ? DictionaryAttr() : getDefaultAttrs(op);
  for (auto [name, since] : history.attributes)
    if (isSet(op, defaults, name))
      opset = std::max(opset, since);
  for (auto [position, since] : history.inputs)
    if (op->getNumOperands() > position)
      opset = std::max(opset, since);
  if (known.getOnnxName() == "Gemm" && op->getNumOperands() < 3)
    opset = std::max<int64_t>(opset, 11); // C was required

  for (Value value : op->getOperands())
    opset = std::max(opset, getDataTypeSince(getDataType(value)));
  for (Value value : op->getResults())
    opset = std::max(opset, getDataTypeSince(getDataType(value)));
  Value first = op->getNumOperands() != 0 ? op->getOperand(0) : op->getNumResults() != 0 ? op->getResult(0) : Value();
  uint64_t bit = first ? uint64_t(1) << getDataType(first) : 0;
  if (!(history.types & bit))
    for (auto [since, types] : history.laterTypes)
      if (types & bit) {
        opset = std::max(opset, since);
        break;
      }
  return opset;
}

int64_t getIRVersion(int64_t opset) {
  static constexpr std::pair<int64_t, int64_t> versions[] = {{26, 13}, {25, 13}, {24, 12}, {23, 11}, {21, 10}, {19, 9},
                                                             {15, 8},  {12, 7},  {11, 6},  {10, 5},  {9, 4}};
  for (auto [since, version] : versions)
    if (opset >= since)
      return version;
  return 3;
}

} // namespace quern
