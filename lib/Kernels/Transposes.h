// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Patterns that move `linalg.transpose` towards the results.

#ifndef QUERN_LIB_KERNELS_TRANSPOSES_H
#define QUERN_LIB_KERNELS_TRANSPOSES_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/PatternMatch.h"

namespace quern {

/// `linalg.transpose` of `value` into a fresh tensor; `value` itself for the identity.
mlir::Value makeTranspose(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value value,
                          llvm::ArrayRef<int64_t> permutation);

/// A fresh tensor with the dimensions of `like` in the order of `permutation`.
mlir::Value makeEmpty(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value like,
                      llvm::ArrayRef<int64_t> permutation, mlir::Type element);

/// Reshapes vanish into constants.
void populateReshapeConstantPatterns(mlir::RewritePatternSet &patterns);

/// Transposes sink through elementwise ops, windows and reductions, pads, slices,
/// concatenations and reshapes, merge, and vanish into constants.
void populateSinkTransposePatterns(mlir::RewritePatternSet &patterns);

/// What is left is taken into the maps of neighbouring contractions.
void populateAbsorbTransposePatterns(mlir::RewritePatternSet &patterns);

} // namespace quern

#endif // QUERN_LIB_KERNELS_TRANSPOSES_H
