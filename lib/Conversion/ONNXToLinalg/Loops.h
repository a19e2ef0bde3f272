// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Sequential loops over tensors: what linalg cannot say.

#ifndef QUERN_LIB_CONVERSION_ONNXTOLINALG_LOOPS_H
#define QUERN_LIB_CONVERSION_ONNXTOLINALG_LOOPS_H

#include "Lowering.h"

namespace quern::lowering {

/// for i in [0, count): state = body(i, state). Returns the last state.
llvm::SmallVector<Value> loop(Builder &b, Size count, ValueRange state,
                              llvm::function_ref<llvm::SmallVector<Value>(Builder &, Value, ValueRange)> body);

/// A nest of loops over `shape`; `body` gets the indices.
llvm::SmallVector<Value> loopNest(Builder &b, llvm::ArrayRef<Size> shape, ValueRange state,
                                  llvm::function_ref<llvm::SmallVector<Value>(Builder &, ValueRange, ValueRange)> body);

/// `tensor` with `element` at `indices`.
Value insert(Builder &b, Value tensor, Value element, llvm::ArrayRef<Value> indices);
/// `tensor` with `slice` written from `offsets` on.
Value insertSlice(Builder &b, Value tensor, Value slice, llvm::ArrayRef<Size> offsets, llvm::ArrayRef<Size> sizes);
/// A slice of one index along `dim`, that dimension dropped.
Value sliceAt(Builder &b, Value tensor, int64_t dim, Size index);
/// The same slice written back.
Value insertAt(Builder &b, Value tensor, Value slice, int64_t dim, Size index);

/// Moves the only block of `region` to the end of `block`; `finish` gets what it yields, and ends the block.
void moveBody(mlir::ConversionPatternRewriter &rewriter, mlir::Location loc, mlir::Region &region, mlir::Block *block,
              ValueRange args, llvm::function_ref<void(Builder &, ValueRange)> finish);

} // namespace quern::lowering

#endif // QUERN_LIB_CONVERSION_ONNXTOLINALG_LOOPS_H
