// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The check at the end of each phase.

#ifndef QUERN_PIPELINES_PASSES_H
#define QUERN_PIPELINES_PASSES_H

#include "quern/Pipelines/Pipelines.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace quern {
#define GEN_PASS_DECL
#include "quern/Pipelines/Passes.h.inc"
#define GEN_PASS_REGISTRATION
#include "quern/Pipelines/Passes.h.inc"
} // namespace quern

#endif // QUERN_PIPELINES_PASSES_H
