// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Values of a tensor at positions between its elements.

#ifndef QUERN_LIB_CONVERSION_ONNXTOLINALG_SAMPLING_H
#define QUERN_LIB_CONVERSION_ONNXTOLINALG_SAMPLING_H

#include "Numbers.h"

namespace quern::lowering {

/// The elements along one axis that a position mixes, and how much of each.
struct Tap {
  Value index;  ///< within the axis
  Value weight; ///< null where the element is taken as it is
  Value inside; ///< null where `index` is of an element in any case
};
using Taps = llvm::SmallVector<Tap>;

/// The sum over all combinations of taps of the last axes of `tensor`, `leading` being the indices before; elements
/// outside are zero. The result is of type `accumulator`, or an element where there are no weights.
Value mixTaps(Builder &b, Value tensor, llvm::ArrayRef<Value> leading, llvm::ArrayRef<Taps> axes, Type accumulator,
              bool isUnsigned);

/// The two neighbours of `x` (float) along an axis of `extent` (index) elements, what lies outside being zero.
Taps linearTaps(Num x, Value extent);

/// In the type of floats that positions are computed in.
Type positionType(Builder &b, Type element);

/// There must be an element wherever a position is looked up.
void requireElements(Builder &b, llvm::ArrayRef<Size> extents);

} // namespace quern::lowering

#endif // QUERN_LIB_CONVERSION_ONNXTOLINALG_SAMPLING_H
