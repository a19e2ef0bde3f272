// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "ShapeRules.h"

using namespace mlir;

namespace quern::onnx {

LogicalResult inferSameType(Operation *op, SmallVectorImpl<Type> &types) {
  types.push_back(op->getOperand(0).getType());
  return success();
}

LogicalResult inferBroadcast(Operation *op, SmallVectorImpl<Type> &types) {
  auto element = cast<ShapedType>(op->getOperand(0).getType()).getElementType();
  int64_t rank = 0;
  for (Type type : op->getOperandTypes()) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    if (!tensor) {
      types.push_back(UnrankedTensorType::get(element));
      return success();
    }
    rank = std::max(rank, tensor.getRank());
  }
  SmallVector<int64_t> shape(rank, 1);
  for (Value operand : op->getOperands()) {
    auto tensor = cast<RankedTensorType>(operand.getType());
    for (auto [i, size] : llvm::enumerate(tensor.getShape())) {
      int64_t &known = shape[rank - tensor.getRank() + i];
      if (size == 1 || size == known || (ShapedType::isDynamic(size) && known != 1))
        continue;
      if (known != 1 && !ShapedType::isDynamic(known))
        return op->emitOpError("expects operands that broadcast, got sizes ")
               << known << " and " << size << " in dimension " << rank - tensor.getRank() + i;
      known = size;
    }
  }
  types.push_back(RankedTensorType::get(shape, element));
  return success();
}

} // namespace quern::onnx
