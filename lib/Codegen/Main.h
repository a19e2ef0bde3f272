// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// `@main` and what the model's descriptor says of it.

#ifndef QUERN_LIB_CODEGEN_MAIN_H
#define QUERN_LIB_CODEGEN_MAIN_H

#include "quern/Emit/Emit.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"

namespace quern {

/// The model's C name, the prefix of every symbol.
std::string getModelName(mlir::ModuleOp module);

/// Numbers the messages of all checks, in the order of the module, into `descriptor.messages`.
void numberMessages(mlir::ModuleOp module, ModelDescriptor &descriptor);

/// Inputs, outputs and metadata, from the attributes that the importer left.
mlir::LogicalResult describePorts(mlir::ModuleOp module, ModelDescriptor &descriptor);

/// The module's `memref.global`s as blobs `M__wI`, in order.
mlir::LogicalResult collectWeights(mlir::ModuleOp module, llvm::StringRef name, std::vector<WeightBlob> &weights);

/// Turns `@main` into `M__main` and the globals into declarations, and fills `descriptor.nodes`. Kernels may be
/// declarations already; what is left of them is erased.
mlir::LogicalResult lowerMain(mlir::ModuleOp module, llvm::StringRef name, ModelDescriptor &descriptor);

} // namespace quern

#endif // QUERN_LIB_CODEGEN_MAIN_H
