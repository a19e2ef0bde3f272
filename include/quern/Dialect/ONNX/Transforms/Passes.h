// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The passes over the `onnx` dialect.

#ifndef QUERN_DIALECT_ONNX_TRANSFORMS_PASSES_H
#define QUERN_DIALECT_ONNX_TRANSFORMS_PASSES_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"
#include "llvm/ADT/StringSet.h"

#include <memory>

namespace quern {
class Evaluator;
}

namespace quern::onnx {

#define GEN_PASS_DECL
#include "quern/Dialect/ONNX/Transforms/Passes.h.inc"

/// `onnx-fold-constants` with something to run modules on.
std::unique_ptr<mlir::Pass> createFoldConstantsPass(std::shared_ptr<Evaluator> evaluator,
                                                    FoldConstantsPassOptions options = {});

/// The operations (`onnx.Mish`, …) that `onnx-decompose` has a rule for.
llvm::StringSet<> getCompositeOps(mlir::MLIRContext *context);

#define GEN_PASS_REGISTRATION
#include "quern/Dialect/ONNX/Transforms/Passes.h.inc"

} // namespace quern::onnx

#endif // QUERN_DIALECT_ONNX_TRANSFORMS_PASSES_H
