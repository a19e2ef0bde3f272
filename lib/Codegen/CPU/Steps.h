// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The steps that take one kernel from linalg on tensors to the LLVM dialect.
// Each is a function on the kernel's `func.func`; Pipeline.cpp orders them.

#ifndef QUERN_LIB_CODEGEN_CPU_STEPS_H
#define QUERN_LIB_CODEGEN_CPU_STEPS_H

#include "quern/Support/Target.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"

namespace quern {

struct KernelOptions {
  /// The same bits on every machine: one task, no contraction, no reassociation.
  bool reproducible = false;
};

enum class KernelStep { Tile, Bufferize, Loops, Scalar, LLVM };

/// On the grid's `scf.forall`: how many of its iterations make a task worth handing to a thread.
inline constexpr llvm::StringLiteral kGrainAttr = "quern.grain";
/// On a `quern.check`: the number of its message, from 1.
inline constexpr llvm::StringLiteral kMessageAttr = "quern.message";

/// The strategy for contractions whose output has unit stride along a loop of theirs: register tiles, an `scf.forall`
/// over panels and rows, vectors on memrefs. Declines without a trace by failing.
mlir::LogicalResult lowerContraction(mlir::func::FuncOp kernel, const Target &target, const KernelOptions &options);

/// The strategy for kernels that no special strategy takes: the root's outer parallel loops become an `scf.forall`,
/// with its producers fused, so that temporaries shrink to a few rows.
mlir::LogicalResult tileKernel(mlir::func::FuncOp kernel);
/// Merges the loops of a kernel of one op that every operand walks together.
void collapseKernel(mlir::func::FuncOp kernel);

/// Tensors to memrefs; temporaries to the stack.
mlir::LogicalResult bufferizeKernel(mlir::func::FuncOp kernel);

/// Linalg ops on memrefs to loops whose innermost one walks memory with unit stride.
mlir::LogicalResult lowerToLoops(mlir::func::FuncOp kernel, const KernelOptions &options);

/// The kernel's only top-level `scf.forall` becomes a loop over the tasks [begin, end), two new arguments at the end;
/// `NAME__tasks` is made beside it and returned.
mlir::func::FuncOp splitGrid(mlir::func::FuncOp kernel, const KernelOptions &options);

/// Each `quern.check` becomes a flag; the kernel returns the number of the first message whose check failed, or 0.
void lowerChecks(mlir::func::FuncOp kernel);

/// Arithmetic that the target lacks: narrow floats through f32, functions by polynomials, rounding.
mlir::LogicalResult expandScalarOps(mlir::func::FuncOp kernel, const Target &target, const KernelOptions &options);

/// `kernel` and its `tasks` become functions of the kernels' ABI in the LLVM dialect.
mlir::LogicalResult lowerKernelToLLVM(mlir::func::FuncOp kernel, mlir::func::FuncOp tasks);

/// All steps up to `last`.
mlir::LogicalResult lowerKernel(mlir::func::FuncOp kernel, const Target &target, const KernelOptions &options,
                                KernelStep last = KernelStep::LLVM);

} // namespace quern

#endif // QUERN_LIB_CODEGEN_CPU_STEPS_H
