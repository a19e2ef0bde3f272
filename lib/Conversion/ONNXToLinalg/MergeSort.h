// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Sorting in main: an order of indices, by a comparison of the op's own.

#ifndef QUERN_LIB_CONVERSION_ONNXTOLINALG_MERGESORT_H
#define QUERN_LIB_CONVERSION_ONNXTOLINALG_MERGESORT_H

#include "Loops.h"

namespace quern::lowering {

/// `order` (i64, rank 1) with its first `count` elements sorted: stable, in time n log n. `precedes(x, y)` gets two
/// elements as `index` values, and says (i1) whether x must come before y.
Value mergeSort(Builder &b, Value order, Value count, llvm::function_ref<Value(Builder &, Value x, Value y)> precedes);

} // namespace quern::lowering

#endif // QUERN_LIB_CONVERSION_ONNXTOLINALG_MERGESORT_H
