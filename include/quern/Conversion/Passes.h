// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Passes from one dialect to another.

#ifndef QUERN_CONVERSION_PASSES_H
#define QUERN_CONVERSION_PASSES_H

#include "mlir/Pass/Pass.h"
#include "llvm/ADT/StringRef.h"

#include <vector>

namespace mlir {
class ModuleOp;
}

namespace quern {
#define GEN_PASS_DECL
#include "quern/Conversion/Passes.h.inc"
#define GEN_PASS_REGISTRATION
#include "quern/Conversion/Passes.h.inc"

/// The names of the `onnx` ops that have a lowering (`onnx.Conv`), sorted.
std::vector<std::string> getLoweredONNXOps();
} // namespace quern

#endif // QUERN_CONVERSION_PASSES_H
