// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Shape rules that op families share.

#ifndef QUERN_LIB_DIALECT_ONNX_IR_SHAPERULES_H
#define QUERN_LIB_DIALECT_ONNX_IR_SHAPERULES_H

#include "quern/Dialect/ONNX/IR/ONNX.h"

namespace quern::onnx {
/// The result has the first operand's type.
llvm::LogicalResult inferSameType(mlir::Operation *op, llvm::SmallVectorImpl<mlir::Type> &types);
/// The result has the operands' broadcast shape and the first operand's element type.
llvm::LogicalResult inferBroadcast(mlir::Operation *op, llvm::SmallVectorImpl<mlir::Type> &types);
} // namespace quern::onnx

#endif // QUERN_LIB_DIALECT_ONNX_IR_SHAPERULES_H
