// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Whole compilations: what stands above single phases.

#ifndef QUERN_PIPELINES_COMPILE_H
#define QUERN_PIPELINES_COMPILE_H

#include "quern/Codegen/Codegen.h"
#include "quern/Pipelines/Pipelines.h"

#include <memory>

namespace quern {
class Evaluator;

/// What constants are folded on: the ordinary phases, for the fixed target of getFoldingTarget(), run in this process.
std::shared_ptr<Evaluator> createFoldingEvaluator();

/// The `onnx` ops that the `linalg` phase can lower, by name (`onnx.Conv`), sorted. After `graph`, any other one is
/// what keeps a model from being compiled.
std::vector<std::string> getCompilableOps();

} // namespace quern

#endif // QUERN_PIPELINES_COMPILE_H
