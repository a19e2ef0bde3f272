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
  struct LaterTypes {
    unsigned input;
    int64_t opset;
    uint64_t types;
  };
  SmallVector<LaterTypes, 2> laterTypes;
  SmallVector<std::pair<StringRef, int64_t>, 2> attributes;
  SmallVector<std::pair<unsigned, int64_t>, 1> inputs, outputs;
};
} // namespace

static const llvm::StringMap<History> &getHistories() {
  static const auto histories = [] {
    llvm::StringMap<History> table;
#define FORM(OP, OPSET) table[#OP].form = OPSET;
#define TYPES(OP, OPSET, MASK) table[#OP].laterTypes.push_back({0, OPSET, MASK});
#define INPUT_TYPES(OP, POSITION, OPSET, MASK) table[#OP].laterTypes.push_back({POSITION, OPSET, MASK});
#define ATTRIBUTE(OP, NAME, OPSET) table[#OP].attributes.push_back({#NAME, OPSET});
#define INPUT(OP, POSITION, OPSET) table[#OP].inputs.push_back({POSITION, OPSET});
#define OUTPUT(OP, POSITION, OPSET) table[#OP].outputs.push_back({POSITION, OPSET});
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

SmallVector<Value> getInputs(Operation *op) {
  StringRef kinds = cast<onnx::ONNXOpInterface>(op).getOperandKinds();
  SmallVector<Value> positions;
  auto segments = op->getAttrOfType<DenseI32ArrayAttr>("operandSegmentSizes");
  unsigned next = 0, flexible = op->getNumOperands() - llvm::count(kinds, 'r');
  for (auto [i, kind] : llvm::enumerate(kinds)) {
    unsigned size = kind == 'r' ? 1 : segments ? segments[i] : flexible;
    if (size == 0)
      positions.push_back(Value());
    for (unsigned n = 0; n < size; ++n)
      positions.push_back(op->getOperand(next++));
  }
  while (!positions.empty() && !positions.back())
    positions.pop_back();
  return positions;
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
  SmallVector<Value> inputs = getInputs(op);
  for (auto [position, since] : history.inputs)
    if (inputs.size() > position)
      opset = std::max(opset, since);
  for (auto [position, since] : history.outputs)
    if (op->getNumResults() > position)
      opset = std::max(opset, since);
  if (known.getOnnxName() == "Gemm" && op->getNumOperands() < 3)
    opset = std::max<int64_t>(opset, 11); // C was required

  for (Value value : op->getOperands())
    opset = std::max(opset, getDataTypeSince(getDataType(value)));
  for (Value value : op->getResults())
    opset = std::max(opset, getDataTypeSince(getDataType(value)));
  // Sequences went through these operators later than tensors, optionals later still.
  if (isa<onnx::IfOp, onnx::LoopOp, onnx::IdentityOp>(op)) {
    SmallVector<Type> types(op->getOperandTypes());
    llvm::append_range(types, op->getResultTypes());
    if (llvm::any_of(types, llvm::IsaPred<onnx::SeqType>))
      opset = std::max<int64_t>(opset, isa<onnx::IdentityOp>(op) ? 14 : 13);
    if (llvm::any_of(types, llvm::IsaPred<onnx::OptType>))
      opset = std::max<int64_t>(opset, 16);
  }
  if (inputs.empty())
    llvm::append_range(inputs, op->getResults().take_front(1));
  for (const History::LaterTypes &later : history.laterTypes) {
    Value value = later.input < inputs.size() ? inputs[later.input] : Value();
    if (value && (later.types >> getDataType(value) & 1))
      opset = std::max(opset, later.opset);
  }
  return opset;
}

int64_t getIRVersion(int64_t opset) {
  static constexpr std::pair<int64_t, int64_t> versions[] = {{26, 13}, {25, 13}, {24, 12}, {23, 11}, {21, 10},
                                                             {19, 9},  {15, 8},  {12, 7},  {11, 6},  {10, 5}};
  for (auto [since, version] : versions)
    if (opset >= since)
      return version;
  return 4; // from which on initializers need not be inputs
}

} // namespace quern
