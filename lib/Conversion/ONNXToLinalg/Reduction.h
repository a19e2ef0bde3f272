// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Reductions over dimensions and over windows.

#ifndef QUERN_LIB_CONVERSION_ONNXTOLINALG_REDUCTION_H
#define QUERN_LIB_CONVERSION_ONNXTOLINALG_REDUCTION_H

#include "Contraction.h"

namespace quern::lowering {

/// What a reduction does: `finish(combine(identity, prepare(x)), count)`.
struct Reducer {
  Value (*identity)(Builder &, Type, bool isUnsigned);
  Value (*prepare)(Builder &, Value, bool isUnsigned);
  Value (*combine)(Builder &, Value, Value, bool isUnsigned);
  /// `count` is an `index`: how many elements were combined.
  Value (*finish)(Builder &, Value, Value count, bool isUnsigned);
};

extern const Reducer kSum, kMean, kMax, kMin;

/// Reduces the dimensions that `reduced` marks, and drops them. The result has elements of `element`.
Value reduceTensor(Builder &b, Value tensor, llvm::ArrayRef<bool> reduced, const Reducer &reducer, Type element,
                   bool isUnsigned);

/// Gives reduced dimensions back as ones where `keep`.
Value keepDims(Builder &b, Value tensor, llvm::ArrayRef<bool> reduced, bool keep);

/// Reduces each position of a window over the padded input [N, C, …], in the type of `identity`'s elements.
Value reduceWindows(Builder &b, Value padded, const Window &window, Type accumulator, const Reducer &reducer,
                    bool isUnsigned);

} // namespace quern::lowering

#endif // QUERN_LIB_CONVERSION_ONNXTOLINALG_REDUCTION_H
