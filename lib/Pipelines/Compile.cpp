// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "quern/Pipelines/Compile.h"

#include "quern/Conversion/Passes.h"
#include "quern/Dialect/ONNX/Transforms/Passes.h"
#include "quern/Execute/Execute.h"

using namespace mlir;

namespace quern {

static FailureOr<CompiledModel> compileForFolding(ModuleOp module) {
  PhaseOptions options;
  options.target = getFoldingTarget();
  options.verify = false;
  PassManager passes(module.getContext());
  passes.enableVerifier(false);
  for (Phase phase : {Phase::Graph, Phase::Linalg, Phase::Kernels})
    buildPhase(phase, passes, options);
  if (failed(passes.run(module)))
    return failure();
  CodegenOptions codegen;
  codegen.reproducible = true;
  codegen.optLevel = 1; // each kernel runs once
  return compileKernels(module, options.target, codegen);
}

std::shared_ptr<Evaluator> createFoldingEvaluator() { return createEvaluator(compileForFolding); }

llvm::StringMap<Road> getRoads(MLIRContext *context) {
  llvm::StringMap<Road> roads;
  for (const auto &op : onnx::getCompositeOps(context))
    roads[op.getKey()] = Road::Rewritten;
  for (const std::string &op : getLoweredONNXOps())
    roads[op] = Road::Lowered;
  return roads;
}

} // namespace quern
