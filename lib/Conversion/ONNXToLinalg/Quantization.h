// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Quantized numbers: `real = (stored - zero point) * scale`.

#ifndef QUERN_LIB_CONVERSION_ONNXTOLINALG_QUANTIZATION_H
#define QUERN_LIB_CONVERSION_ONNXTOLINALG_QUANTIZATION_H

#include "Lowering.h"

namespace quern::lowering {

/// saturate(round(scaled) + zeroPoint): `scaled` is f32, the zero point (perhaps null) of type `to`.
Value quantizeScalar(Builder &b, Value scaled, Value zeroPoint, Type to, bool toUnsigned, bool saturate = true);

/// stored - zeroPoint in i32, or in f32 for 8-bit floats.
Value centerScalar(Builder &b, Value stored, Value zeroPoint, bool isUnsigned);

} // namespace quern::lowering

#endif // QUERN_LIB_CONVERSION_ONNXTOLINALG_QUANTIZATION_H
