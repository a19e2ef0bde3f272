// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The phases of a compilation, and what each is made of. The only place that
// orders passes.

#ifndef QUERN_PIPELINES_PIPELINES_H
#define QUERN_PIPELINES_PIPELINES_H

#include "quern/Support/Target.h"

#include "mlir/Pass/PassManager.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace quern {
class Evaluator;

/// In the order they run. `import` and `emit` are made of no passes, `codegen`
/// of one compilation a kernel.
enum class Phase { Import, Graph, Compress, Linalg, Kernels, Codegen, Emit };

/// Every phase, in order.
llvm::ArrayRef<Phase> getPhases();
/// `import` … `emit`: the values of `--stop-after=`.
llvm::StringRef getPhaseName(Phase phase);
std::optional<Phase> parsePhase(llvm::StringRef name);

struct PhaseOptions {
  /// `NAME=1x3x224x224`: see `onnx-set-input-shapes`.
  std::vector<std::string> shapes;
  /// Names of nodes that become outputs, or `all`: see `onnx-expose`.
  std::vector<std::string> expose;
  /// Composite operators to leave whole, beside those that have a lowering.
  std::vector<std::string> keep;
  /// What constants are folded on; null leaves them to run time.
  std::shared_ptr<Evaluator> evaluator;
  /// What `kernels` lays out and packs for.
  Target target;
  /// Verify at the end of each phase what holds there.
  bool verify = true;
};

/// Appends the passes of a phase, and the check of what holds at its end, to a
/// pass manager of modules. Nothing for `import`, `codegen` and `emit`, but the check.
void buildPhase(Phase phase, mlir::OpPassManager &passes, const PhaseOptions &options);

void buildGraphPipeline(mlir::OpPassManager &passes, const PhaseOptions &options);
void buildLinalgPipeline(mlir::OpPassManager &passes, const PhaseOptions &options);
void buildKernelsPipeline(mlir::OpPassManager &passes, const PhaseOptions &options);

/// `quern-graph`, `quern-linalg`, `quern-kernels` for quern-opt and `--compress`.
void registerPipelines();

} // namespace quern

#endif // QUERN_PIPELINES_PIPELINES_H
