// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Axes that count from the end, where the rank is known.

#include "Importer.h"

#include "llvm/ADT/StringSwitch.h"

using namespace mlir;

namespace quern {

/// The rank that an op's axes count: its first operand's, but for the few that count in the result.
static int64_t getCountedRank(Operation *op, bool inResult) {
  Value counted = inResult ? Value(op->getResult(0)) : op->getNumOperands() ? op->getOperand(0) : Value();
  auto type = counted ? dyn_cast<RankedTensorType>(counted.getType()) : RankedTensorType();
  return type ? type.getRank() : -1;
}

/// The operand that holds constant axes, and none where it is an attribute or there is none.
static std::optional<unsigned> getAxesOperand(StringRef op) {
  if (op.starts_with("onnx.Reduce") || op == "onnx.Squeeze" || op == "onnx.Unsqueeze")
    return 1;
  if (op == "onnx.Slice")
    return 3;
  return std::nullopt;
}

void normalizeAxes(Operation *op, Importer &importer) {
  StringRef name = op->getName().getStringRef();
  int64_t rank = getCountedRank(op, name == "onnx.OneHot" || name == "onnx.Unsqueeze");
  if (rank < 0)
    return;
  Builder &builder = importer.builder;
  if (auto axis = op->getAttrOfType<IntegerAttr>("axis"); axis && axis.getInt() < 0 && axis.getInt() + rank >= 0)
    op->setAttr("axis", builder.getI64IntegerAttr(axis.getInt() + rank));
  if (auto axes = op->getAttrOfType<DenseI64ArrayAttr>("axes")) {
    SmallVector<int64_t> values(axes.asArrayRef());
    for (int64_t &value : values)
      value = value < 0 && value + rank >= 0 ? value + rank : value;
    op->setAttr("axes", builder.getDenseI64ArrayAttr(values));
  }

  std::optional<unsigned> position = getAxesOperand(name);
  if (!position || *position >= op->getNumOperands())
    return;
  Value operand = op->getOperand(*position);
  Operation *constant = operand.getDefiningOp();
  auto values = constant ? constant->getAttrOfType<DenseIntElementsAttr>("value") : DenseIntElementsAttr();
  if (!values || values.getNumElements() > rank)
    return;
  bool negative = false;
  DenseElementsAttr positive = values.mapValues(values.getElementType(), [&](const APInt &value) {
    negative |= value.isNegative();
    return value.isNegative() ? value + APInt(value.getBitWidth(), rank) : value;
  });
  if (!negative)
    return;
  OpBuilder::InsertionGuard guard(importer.builder);
  importer.builder.setInsertionPoint(op);
  op->setOperand(*position, importer.createConstant(op->getLoc(), positive));
}

} // namespace quern
