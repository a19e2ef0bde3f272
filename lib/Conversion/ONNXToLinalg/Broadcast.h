// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// NumPy broadcasting. Sizes that are one when compiling are broadcast by the
// indexing maps. Two sizes that only the run knows are compared: where the
// analysis of sizes cannot prove them equal, the operand is expanded behind an
// `scf.if` that a run with equal sizes does not enter.

#ifndef QUERN_LIB_CONVERSION_ONNXTOLINALG_BROADCAST_H
#define QUERN_LIB_CONVERSION_ONNXTOLINALG_BROADCAST_H

#include "Lowering.h"

namespace quern::lowering {

/// The shape that operands of these shapes broadcast to. Sizes that disagree fail the run.
Sizes broadcastShapes(Builder &b, llvm::ArrayRef<Sizes> shapes);

/// `tensor`, with no dimension left that must be broadcast to `shape` unless it is statically one.
Value alignTo(Builder &b, Value tensor, llvm::ArrayRef<Size> shape);

/// The map by which an all-parallel op over `rank` loops reads `tensor`, aligned to its last dimensions.
mlir::AffineMap broadcastMap(Builder &b, RankedTensorType tensor, llvm::ArrayRef<Size> shape);

/// `tensor` broadcast to `shape` as a tensor of its own.
Value broadcastTo(Builder &b, Value tensor, llvm::ArrayRef<Size> shape);

/// An elementwise op with broadcasting: `body` gets one element of each input. Operands that are constants of one
/// value are constants in the body; where all inputs are known as scalars (arithmetic on shapes) so is the result.
Value pointwise(Builder &b, ValueRange inputs, RankedTensorType resultType,
                llvm::function_ref<Value(Builder &, ValueRange)> body);

/// The same with several results.
llvm::SmallVector<Value> pointwise(Builder &b, ValueRange inputs, llvm::ArrayRef<RankedTensorType> resultTypes,
                                   Body body);

} // namespace quern::lowering

#endif // QUERN_LIB_CONVERSION_ONNXTOLINALG_BROADCAST_H
