// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The passes of the `kernels` phase: from linalg on tensors to a main of kernel
// launches on planned buffers.

#ifndef QUERN_KERNELS_PASSES_H
#define QUERN_KERNELS_PASSES_H

#include "mlir/Pass/Pass.h"

namespace quern {
#define GEN_PASS_DECL
#include "quern/Kernels/Passes.h.inc"
#define GEN_PASS_REGISTRATION
#include "quern/Kernels/Passes.h.inc"
} // namespace quern

#endif // QUERN_KERNELS_PASSES_H
