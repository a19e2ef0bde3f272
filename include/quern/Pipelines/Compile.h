// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Whole compilations: what stands above single phases.

#ifndef QUERN_PIPELINES_COMPILE_H
#define QUERN_PIPELINES_COMPILE_H

#include "quern/Codegen/Codegen.h"
#include "quern/Pipelines/Pipelines.h"

#include "llvm/ADT/StringMap.h"

#include <memory>

namespace quern {
class Evaluator;

/// What constants are folded on: the ordinary phases, for the fixed target of getFoldingTarget(), run in this process.
std::shared_ptr<Evaluator> createFoldingEvaluator();

/// How an `onnx` op (`onnx.Conv`) gets to linalg: not at all, which keeps a model that has it after `graph` from being
/// compiled; rewritten into others by `graph`; lowered as it is.
enum class Road { None, Rewritten, Lowered };
/// By name; what is not there has no road.
llvm::StringMap<Road> getRoads(mlir::MLIRContext *context);

} // namespace quern

#endif // QUERN_PIPELINES_COMPILE_H
