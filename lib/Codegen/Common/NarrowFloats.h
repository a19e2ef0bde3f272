// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Floats of 16 and 8 bits: what computes with them computes in f32.

#ifndef QUERN_LIB_CODEGEN_COMMON_NARROWFLOATS_H
#define QUERN_LIB_CODEGEN_COMMON_NARROWFLOATS_H

#include "mlir/IR/Operation.h"

namespace quern {

/// Rewrites arithmetic on narrow floats inside `root` to f32, and conversions to integer arithmetic. `hasF16`: the
/// target converts f16 itself.
void expandNarrowFloats(mlir::Operation *root, bool hasF16);

} // namespace quern

#endif // QUERN_LIB_CODEGEN_COMMON_NARROWFLOATS_H
