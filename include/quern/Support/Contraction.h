// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a contraction is: the one form that MatMul, Gemm and every convolution
// take after the `linalg` phase.

#ifndef QUERN_SUPPORT_CONTRACTION_H
#define QUERN_SUPPORT_CONTRACTION_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace quern {

/// True when `op` computes `c += a * b` over at least one reduction loop, with
/// one product of two inputs (each perhaps cast first) and one output.
bool isContraction(mlir::Operation *op);

/// A contraction whose output's last dimension is one loop, `n`, that at least
/// one operand follows.
struct Contraction {
  mlir::linalg::GenericOp op;
  unsigned n;     ///< the loop of the output's last dimension
  unsigned panel; ///< the operand that varies along `n` (0 or 1); the other is broadcast along `n`, unless `both`
  bool both;      ///< both operands vary along `n`: a depthwise convolution
};

/// Finds the roles of a contraction's operands, or fails.
mlir::FailureOr<Contraction> matchContraction(mlir::Operation *op);

/// An all-parallel generic whose output map is the identity.
bool isPointwise(mlir::Operation *op);

/// For a packed operand's map `(n floordiv nr, …, n mod nr)`: nr; 0 for any other map.
int64_t getPanelWidth(mlir::AffineMap map);

} // namespace quern

#endif // QUERN_SUPPORT_CONTRACTION_H
