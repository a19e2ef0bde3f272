// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The last step, shared by kernels and main: everything to the LLVM dialect.

#ifndef QUERN_LIB_CODEGEN_COMMON_TOLLVM_H
#define QUERN_LIB_CODEGEN_COMMON_TOLLVM_H

#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

namespace quern {

/// How types are laid out in compiled code: 64-bit indices, memrefs as upstream's descriptors.
struct CodegenTypeConverter : mlir::LLVMTypeConverter {
  explicit CodegenTypeConverter(mlir::MLIRContext *context);
};

/// What a value is as one `void *` slot of a launch: nothing else crosses a kernel's ABI.
mlir::Value toSlot(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value llvmValue);
mlir::Value fromSlot(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value slot, mlir::Type llvmType);

/// The number of slots that an argument of this type takes: pointer, dynamic sizes, dynamic strides; or the scalar.
unsigned getNumSlots(mlir::Type type);

/// Rewrites sub-views, affine ops and structured control flow inside `root`, which may mix dialects, and converts all
/// of it to the LLVM dialect. Booleans in memory become bytes.
mlir::LogicalResult lowerToLLVM(mlir::Operation *root, const CodegenTypeConverter &types);

} // namespace quern

#endif // QUERN_LIB_CODEGEN_COMMON_TOLLVM_H
