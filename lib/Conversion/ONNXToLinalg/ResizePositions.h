// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Where an output position of Resize lies in the input, and what an element at
// a distance from there weighs.

#ifndef QUERN_LIB_CONVERSION_ONNXTOLINALG_RESIZEPOSITIONS_H
#define QUERN_LIB_CONVERSION_ONNXTOLINALG_RESIZEPOSITIONS_H

#include "Lowering.h"

namespace quern::lowering::resize {

/// One axis to resize. Numbers that are not known when compiling are values of the run.
struct Axis {
  int64_t dim;
  Size in, out;
  Value scale; ///< f32
  std::optional<double> knownScale;
  Value width;            ///< f32: `in` times `scale`, of which `out` is the whole part
  Value roiStart, roiEnd; ///< f32, for tf_crop_and_resize
};

Value constantF32(Builder &b, double value);
Value toF32(Builder &b, Size number);
Value toWhole(Builder &b, Value value);
/// `value` (i64) within [0, last].
Value clampWhole(Builder &b, Value value, Value last);

/// The position (f32) in the input that the output position `index` stands for.
Value positionOf(Builder &b, llvm::StringRef mode, const Axis &axis, Value index);
/// The nearest whole position to `x`.
Value nearest(Builder &b, llvm::StringRef mode, Value x);
/// The weight of an element at distance `d` >= 0: a triangle, or Keys' cubic.
Value weightAt(Builder &b, bool isCubic, double a, Value d);

} // namespace quern::lowering::resize

#endif // QUERN_LIB_CONVERSION_ONNXTOLINALG_RESIZEPOSITIONS_H
