// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The `onnx` dialect.

#ifndef QUERN_DIALECT_ONNX_IR_ONNX_H
#define QUERN_DIALECT_ONNX_IR_ONNX_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace quern::onnx {
// Names of the attributes that describe a model: docs/contracts.md.
constexpr llvm::StringLiteral kNameAttr = "onnx.name";
constexpr llvm::StringLiteral kDimParamsAttr = "onnx.dim_params";
constexpr llvm::StringLiteral kElemTypeAttr = "onnx.elem_type";
constexpr llvm::StringLiteral kModelNameAttr = "onnx.model_name";
constexpr llvm::StringLiteral kMetadataAttr = "onnx.metadata";
constexpr llvm::StringLiteral kOpsetAttr = "onnx.opset";

/// The common textual form: see ONNX_DomainOp in ONNXBase.td. `kinds` has a letter an operand (`r`, `o`, `v`).
mlir::ParseResult parseOp(mlir::OpAsmParser &parser, mlir::OperationState &state, llvm::StringRef kinds);
void printOp(mlir::OpAsmPrinter &printer, mlir::Operation *op, llvm::StringRef kinds);
} // namespace quern::onnx

#include "quern/Dialect/ONNX/IR/ONNXInterfaces.h.inc"

#include "quern/Dialect/ONNX/IR/ONNXDialect.h.inc"
#define GET_OP_CLASSES
#include "quern/Dialect/ONNX/IR/ONNXOps.h.inc"

#endif // QUERN_DIALECT_ONNX_IR_ONNX_H
