// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The passes of each phase, in order.

#include "quern/Pipelines/Pipelines.h"

#include "quern/Conversion/Passes.h"
#include "quern/Dialect/ONNX/IR/ONNX.h"
#include "quern/Dialect/ONNX/Transforms/Passes.h"
#include "quern/Kernels/Passes.h"
#include "quern/Pipelines/Compile.h"
#include "quern/Pipelines/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/PassOptions.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

namespace quern {

//===----------------------------------------------------------------------===//
// Phases
//===----------------------------------------------------------------------===//

namespace {
struct PhaseRow {
  Phase phase;
  StringLiteral name;
  void (*build)(OpPassManager &, const PhaseOptions &);
};

constexpr PhaseRow kPhases[] = {
    {Phase::Import, "import", nullptr},
    {Phase::Graph, "graph", buildGraphPipeline},
    {Phase::Compress, "compress", nullptr},
    {Phase::Linalg, "linalg", buildLinalgPipeline},
    {Phase::Kernels, "kernels", buildKernelsPipeline},
    {Phase::Codegen, "codegen", nullptr},
    {Phase::Emit, "emit", nullptr},
};
} // namespace

ArrayRef<Phase> getPhases() {
  static constexpr Phase phases[] = {Phase::Import,  Phase::Graph,   Phase::Compress, Phase::Linalg,
                                     Phase::Kernels, Phase::Codegen, Phase::Emit};
  return phases;
}

StringRef getPhaseName(Phase phase) {
  return llvm::find_if(kPhases, [&](const PhaseRow &row) { return row.phase == phase; })->name;
}

std::optional<Phase> parsePhase(StringRef name) {
  const PhaseRow *row = llvm::find_if(kPhases, [&](const PhaseRow &row) { return row.name == name; });
  return row == std::end(kPhases) ? std::nullopt : std::optional(row->phase);
}

// Composite operators that have a lowering need no decomposition; but that of BatchNormalization computes its factors
// from constants, once and for all.
static std::vector<std::string> getKept(const PhaseOptions &options) {
  std::vector<std::string> keep = options.keep;
  for (StringRef op : getLoweredONNXOps())
    if (op != onnx::BatchNormalizationOp::getOperationName())
      keep.push_back(op.substr(strlen("onnx.")).str());
  return keep;
}

void buildPhase(Phase phase, OpPassManager &passes, const PhaseOptions &options) {
  if (auto *build = llvm::find_if(kPhases, [&](const PhaseRow &row) { return row.phase == phase; })->build)
    build(passes, options);
  if (!options.verify || phase > Phase::Kernels)
    return;
  VerifyPhasePassOptions check;
  check.phase = phase;
  llvm::append_range(check.keep, getKept(options));
  passes.addPass(createVerifyPhasePass(check));
}

//===----------------------------------------------------------------------===//
// Their passes
//===----------------------------------------------------------------------===//

void buildGraphPipeline(OpPassManager &passes, const PhaseOptions &options) {
  auto cleanUp = [&] {
    passes.addPass(createCanonicalizerPass());
    passes.addPass(createCSEPass());
  };

  // Types first: the rest asks them.
  if (!options.shapes.empty()) {
    onnx::SetInputShapesPassOptions shapes;
    llvm::append_range(shapes.shapes, options.shapes);
    passes.addPass(onnx::createSetInputShapesPass(shapes));
  }
  passes.addPass(onnx::createInferShapesPass());
  if (!options.expose.empty()) {
    onnx::ExposePassOptions expose;
    llvm::append_range(expose.nodes, options.expose);
    passes.addPass(onnx::createExposePass(expose));
  }
  cleanUp();
  passes.addPass(onnx::createInferShapesPass());

  // What stands between operators that could be one.
  passes.addPass(onnx::createSimplifyCastsPass());
  passes.addPass(onnx::createSimplifyTransposesPass());
  passes.addPass(onnx::createSimplifyReshapesPass());
  passes.addPass(onnx::createSimplifyPadsPass());

  // Into the weights. The sums and products of constants stay as nodes until they are folded, all at once.
  passes.addPass(onnx::createFuseBatchNormPass());
  passes.addPass(onnx::createFuseMulPass());
  passes.addPass(onnx::createFuseBiasPass());

  passes.addPass(onnx::createWidenFloatsPass());

  onnx::DecomposePassOptions decompose;
  llvm::append_range(decompose.keep, getKept(options));
  passes.addPass(onnx::createDecomposePass(decompose));
  cleanUp();
  passes.addPass(onnx::createSimplifyCastsPass());
  passes.addPass(onnx::createSimplifyTransposesPass());

  passes.addPass(onnx::createFoldConstantsPass(options.evaluator));
  cleanUp();
  onnx::InferShapesPassOptions lastInference;
  lastInference.guessRanks = true;
  passes.addPass(onnx::createInferShapesPass(lastInference));
  cleanUp();
  passes.addPass(createSymbolDCEPass());
}

void buildLinalgPipeline(OpPassManager &passes, const PhaseOptions &options) {
  passes.addPass(createConvertONNXToLinalg());
  // Upstream's pattern gives what a loop carries the type of its initial value, also where the loop changes its size.
  std::string unsound[] = {"(anonymous namespace)::ForOpTensorCastFolder", "{anonymous}::ForOpTensorCastFolder"};
  passes.addPass(createCanonicalizerPass(GreedyRewriteConfig(), unsound));
  passes.addPass(createCSEPass());
}

void buildKernelsPipeline(OpPassManager &passes, const PhaseOptions &options) {
  passes.addNestedPass<func::FuncOp>(createPropagateLayoutsPass());
  PackWeightsPassOptions pack;
  pack.lanes = options.target.vectorElements(32);
  pack.registers = options.target.numVectorRegisters();
  passes.addNestedPass<func::FuncOp>(createPackWeightsPass(pack));
  passes.addNestedPass<func::FuncOp>(createFuseElementwisePass());
  passes.addPass(createFormKernelsPass());
  passes.addPass(createBufferizeMainPass());
  passes.addPass(createPlanMemoryPass());
  passes.addPass(createReleaseBuffersPass());
}

//===----------------------------------------------------------------------===//
// Registration
//===----------------------------------------------------------------------===//

namespace {
struct TextOptions : PassPipelineOptions<TextOptions> {
  ListOption<std::string> shapes{*this, "shapes", llvm::cl::desc("Shapes of inputs, as NAME=1x3x224x224")};
  ListOption<std::string> expose{*this, "expose", llvm::cl::desc("Nodes that become outputs, or `all`")};
  ListOption<std::string> keep{*this, "keep", llvm::cl::desc("Composite operators to leave whole")};
  Option<std::string> target{*this, "target", llvm::cl::desc("What to compile for"), llvm::cl::init("native")};
};
} // namespace

// A pipeline of one phase, by its name.
static void registerPhase(Phase phase, StringRef description) {
  auto build = [phase](OpPassManager &passes, StringRef text,
                       llvm::function_ref<LogicalResult(const Twine &)> report) -> LogicalResult {
    TextOptions given;
    if (failed(given.parseFromString(text)))
      return failure();
    PhaseOptions options;
    options.shapes.assign(given.shapes.begin(), given.shapes.end());
    options.expose.assign(given.expose.begin(), given.expose.end());
    options.keep.assign(given.keep.begin(), given.keep.end());
    llvm::Expected<Target> target = parseTarget(given.target);
    if (!target)
      return report(llvm::toString(target.takeError()));
    options.target = *target;
    options.evaluator = createFoldingEvaluator();
    buildPhase(phase, passes, options);
    return success();
  };
  registerPassPipeline(("quern-" + getPhaseName(phase)).str(), description, build,
                       [](llvm::function_ref<void(const mlir::detail::PassOptions &)> show) { show(TextOptions()); });
}

void registerPipelines() {
  registerPhase(Phase::Graph, "The `graph` phase: infer, simplify, fuse, decompose, fold");
  registerPhase(Phase::Linalg, "The `linalg` phase: from onnx to linalg on tensors");
  registerPhase(Phase::Kernels, "The `kernels` phase: groups, layouts, memory");
  PassPipelineRegistration<>(
      "quern-fold-constants", "`onnx-fold-constants` with an evaluator to run them on",
      [](OpPassManager &passes) { passes.addPass(onnx::createFoldConstantsPass(createFoldingEvaluator())); });
}

} // namespace quern
