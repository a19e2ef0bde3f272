// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The narrowest type that two descriptions of one value allow, and functions that follow it.

#ifndef QUERN_LIB_DIALECT_ONNX_TRANSFORMS_TYPEMEET_H
#define QUERN_LIB_DIALECT_ONNX_TRANSFORMS_TYPEMEET_H

#include "quern/Dialect/ONNX/IR/ONNX.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/BuiltinTypes.h"

namespace quern::onnx {

/// What is known when both types hold: a size that one of them knows, a rank
/// that one of them knows. Null where they exclude each other.
inline mlir::Type meet(mlir::Type a, mlir::Type b) {
  using namespace mlir;
  if (a == b)
    return a;
  // The tensors of a sequence may differ in shape: what is declared of them may be more than what is inferred.
  if (isa<SeqType, OptType>(a) && isa<SeqType, OptType>(b))
    return areCompatible(a, b) ? b : Type();
  auto left = dyn_cast<TensorType>(a), right = dyn_cast<TensorType>(b);
  if (!left || !right || left.getElementType() != right.getElementType())
    return {};
  if (!left.hasRank() || !right.hasRank())
    return left.hasRank() ? left : right;
  if (left.getRank() != right.getRank())
    return {};
  SmallVector<int64_t> shape(left.getShape());
  for (auto [size, other] : llvm::zip(shape, right.getShape())) {
    if (ShapedType::isDynamic(size))
      size = other;
    else if (!ShapedType::isDynamic(other) && size != other)
      return {};
  }
  return RankedTensorType::get(shape, left.getElementType());
}

/// Gives each function the types of what it returns: a rewrite may know more of
/// a value than was declared.
inline void followReturnedTypes(mlir::ModuleOp module) {
  using namespace mlir;
  for (func::FuncOp function : module.getOps<func::FuncOp>())
    if (!function.isExternal())
      function.setType(FunctionType::get(function.getContext(), function.getArgumentTypes(),
                                         function.getBody().back().getTerminator()->getOperandTypes()));
}

} // namespace quern::onnx

#endif // QUERN_LIB_DIALECT_ONNX_TRANSFORMS_TYPEMEET_H
