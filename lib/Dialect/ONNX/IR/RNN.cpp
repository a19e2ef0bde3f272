// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Shapes of recurrent layers.

#include "ShapeRules.h"

using namespace mlir;

#define GET_OP_CLASSES
#include "quern/Dialect/ONNX/IR/RNN.cpp.inc"

namespace quern::onnx {

LogicalResult inferRecurrent(Operation *op, int64_t gates, std::optional<int64_t> hiddenSize, StringRef direction,
                             int64_t layout, Types &types) {
  Value x = op->getOperand(0), w = op->getOperand(1), r = op->getOperand(2);
  if (failed(checkOneOf(op, "direction", direction, {"forward", "reverse", "bidirectional"})) ||
      failed(checkRank(op, x, 3, "X")) || failed(checkRank(op, w, 3, "W")) || failed(checkRank(op, r, 3, "R")) ||
      failed(checkSameElements(op, {x, w, r})))
    return failure();
  if (layout != 0 && layout != 1)
    return op->emitOpError("expects 'layout' to be 0 or 1, got ") << layout;
  int64_t directions = direction == "bidirectional" ? 2 : 1;
  auto typeX = rankedType(x), typeW = rankedType(w), typeR = rankedType(r);
  int64_t hidden = hiddenSize.value_or(kDynamic);
  if (hiddenSize && (hidden < 1 || hidden > INT32_MAX))
    return op->emitOpError("expects 'hidden_size' to be at least 1 and below 2^31, got ") << hidden;
  if (typeR) {
    FailureOr<int64_t> merged = mergeSizes(op, hidden, typeR.getDimSize(2), "'hidden_size' and the columns of R");
    if (failed(merged) || failed(mergeSizes(op, typeR.getDimSize(0), directions, "the directions of R")))
      return failure();
    hidden = *merged;
  }
  std::optional<int64_t> rows = multiply(gates, hidden);
  for (auto [type, name] : {std::pair<RankedTensorType, StringRef>(typeW, "W"), {typeR, "R"}})
    if (type &&
        (!rows || failed(mergeSizes(op, type.getDimSize(1), *rows, "the rows of " + Twine(name) + " and the gates"))))
      return failure();
  if (typeW && (failed(mergeSizes(op, typeW.getDimSize(0), directions, "the directions of W")) ||
                (typeX && failed(mergeSizes(op, typeX.getDimSize(2), typeW.getDimSize(2), "the columns of X and W")))))
    return failure();
  int64_t length = typeX ? typeX.getDimSize(layout ? 1 : 0) : kDynamic;
  int64_t batch = typeX ? typeX.getDimSize(layout ? 0 : 1) : kDynamic;
  Type element = elementOf(x);
  // Y, Y_h, Y_c: those that are there.
  SmallVector<Type> all = {
      ranked(layout ? Shape{batch, length, directions, hidden} : Shape{length, directions, batch, hidden}, element),
      ranked(layout ? Shape{batch, directions, hidden} : Shape{directions, batch, hidden}, element)};
  all.push_back(all.back());
  auto segments = op->getAttrOfType<DenseI32ArrayAttr>("resultSegmentSizes");
  for (auto [i, size] : llvm::enumerate(segments.asArrayRef()))
    if (size)
      types.push_back(all[i]);
  return success();
}

} // namespace quern::onnx
