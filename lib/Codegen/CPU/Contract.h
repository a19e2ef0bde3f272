// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The strategy for contractions: register tiles over packed panels.

#ifndef QUERN_LIB_CODEGEN_CPU_CONTRACT_H
#define QUERN_LIB_CODEGEN_CPU_CONTRACT_H

#include "Steps.h"

#include "quern/Support/Contraction.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"

namespace quern {

/// A buffer as a base pointer and a linear function of loops. A term's factor is a
/// constant or an index value.
struct Access {
  mlir::Value base;                              ///< rank-1 memref of unit stride
  llvm::SmallVector<mlir::OpFoldResult> factors; ///< one a loop, in elements
};

/// What stands in a kernel that this strategy takes: a contraction from zero, and
/// perhaps one elementwise op that consumes it.
struct ContractKernel {
  Contraction contraction;
  mlir::linalg::GenericOp epilogue; ///< null: none
  mlir::Value output;               ///< the memref written in the end

  // Loops of the contraction, by their role.
  unsigned n = 0;                         ///< across a panel, with unit stride in the output
  std::optional<unsigned> row;            ///< the rows of a register tile
  llvm::SmallVector<unsigned> outer;      ///< other parallel loops, in the output's order
  llvm::SmallVector<unsigned> reductions; ///< outermost first
  llvm::SmallVector<int64_t> sizes;       ///< static loop sizes
  bool packed = false;                    ///< panels have a layout of their own: no tail to mask when reading
  mlir::Type accumulator;                 ///< element type
};

/// Finds a contraction's parts, or why not.
mlir::FailureOr<ContractKernel> analyzeContractKernel(mlir::func::FuncOp kernel);

/// The buffer that a tensor of a kernel's body stands for.
mlir::Value getBuffer(mlir::Value tensor);

} // namespace quern

#endif // QUERN_LIB_CODEGEN_CPU_CONTRACT_H
