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
#include "mlir/IR/PatternMatch.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace quern::onnx {
// Names of the attributes that describe a model: docs/contracts.md.
constexpr llvm::StringLiteral kNameAttr = "onnx.name";
constexpr llvm::StringLiteral kDimParamsAttr = "onnx.dim_params";
constexpr llvm::StringLiteral kElemTypeAttr = "onnx.elem_type";
constexpr llvm::StringLiteral kValueTypeAttr = "onnx.value_type";
constexpr llvm::StringLiteral kModelNameAttr = "onnx.model_name";
constexpr llvm::StringLiteral kMetadataAttr = "onnx.metadata";
constexpr llvm::StringLiteral kOpsetAttr = "onnx.opset";

/// Elementwise with broadcasting: see ONNX_Pointwise in ONNXBase.td.
template <typename ConcreteType>
class Pointwise : public mlir::OpTrait::TraitBase<ConcreteType, Pointwise> {};

/// The element type with a number of TensorProto.DataType; null where there is none.
mlir::Type getElementType(mlir::MLIRContext *context, int64_t dataType);
/// The number of TensorProto.DataType of an element type; 0 where there is none.
int64_t getDataType(mlir::Type element);

/// What values of either type have in common: sizes that differ become dynamic, of tensors of other ranks the element
/// type is left. Null where they have nothing in common.
mlir::Type joinTypes(mlir::Type a, mlir::Type b);
/// Whether a value can have both types.
bool areCompatible(mlir::Type a, mlir::Type b);
/// The type of what is in a sequence or an optional: without a rank where that is not known. Other types as they are.
mlir::Type getItemType(mlir::Type type);

/// The type of an input or output that is no tensor, in words that no dialect is needed for: docs/contracts.md.
mlir::DictionaryAttr describeType(mlir::Type type);

/// The value of an `onnx.Constant`; null where the value is none.
mlir::ElementsAttr getConstantValue(mlir::Value value);

/// Checks an op's attributes, then infers its result types: for ops that were not verified, such as those that the
/// importer is just making (with any types for results).
llvm::LogicalResult inferResultTypes(mlir::Operation *op, llvm::SmallVectorImpl<mlir::Type> &types);
/// The types that an op has must not contradict the inferred ones.
llvm::LogicalResult verifyResultTypes(mlir::Operation *op);
/// Whether the weights of a convolution of [batch, spatial…, channels] have their channels last, too.
bool hasLastChannels(mlir::RankedTensorType x, mlir::RankedTensorType w, int64_t group);
/// Makes the axes among an op's attributes non-negative, where the rank is known.
void normalizeAxes(mlir::Operation *op);
/// The names of the attributes that hold an operator's graphs, in the order of its regions.
llvm::ArrayRef<llvm::StringRef> getRegionNames(llvm::StringRef op);

/// The common textual form: see ONNX_DomainOp in ONNXBase.td. Kinds have a letter (`r`, `o`, `v`) an operand or result.
mlir::ParseResult parseOp(mlir::OpAsmParser &parser, mlir::OperationState &state, llvm::StringRef operandKinds,
                          llvm::StringRef resultKinds);
void printOp(mlir::OpAsmPrinter &printer, mlir::Operation *op, llvm::StringRef operandKinds,
             llvm::StringRef resultKinds);
} // namespace quern::onnx

#include "quern/Dialect/ONNX/IR/ONNXInterfaces.h.inc"

#include "quern/Dialect/ONNX/IR/ONNXDialect.h.inc"
#define GET_TYPEDEF_CLASSES
#include "quern/Dialect/ONNX/IR/ONNXTypes.h.inc"
#define GET_OP_CLASSES
#include "quern/Dialect/ONNX/IR/ONNXOps.h.inc"

#endif // QUERN_DIALECT_ONNX_IR_ONNX_H
