// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Moving the elements of constants at compile time.

#ifndef QUERN_KERNELS_CONSTANTS_H
#define QUERN_KERNELS_CONSTANTS_H

#include "mlir/IR/BuiltinAttributes.h"

namespace quern {

/// One dimension of a rearranged constant: `size` steps of `stride` source
/// elements. Dimensions with a `unit` count towards one source dimension: where
/// their sum of index * unit reaches `limit`, the element is zero.
struct RearrangedDim {
  int64_t size;
  int64_t stride;
  int64_t unit = 0; ///< what one step adds to the bounded source index; 0: unbounded
};

/// A new constant of the given dims whose elements come from `source`, row-major.
/// Elements whose bounded index (the sum of index * unit) is `limit` or more are zero. The data lives in
/// a resource blob of its own. Fails for constants whose bytes cannot be had.
mlir::FailureOr<mlir::ElementsAttr> rearrangeConstant(mlir::ElementsAttr source, llvm::ArrayRef<RearrangedDim> dims,
                                                      int64_t limit = INT64_MAX);

/// The constant's transpose: result dim i is source dim permutation[i].
mlir::FailureOr<mlir::ElementsAttr> transposeConstant(mlir::ElementsAttr source, llvm::ArrayRef<int64_t> permutation);

} // namespace quern

#endif // QUERN_KERNELS_CONSTANTS_H
