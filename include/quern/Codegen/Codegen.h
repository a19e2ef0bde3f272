// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From a module after the `kernels` phase to machine code.

#ifndef QUERN_CODEGEN_CODEGEN_H
#define QUERN_CODEGEN_CODEGEN_H

#include "quern/Emit/Emit.h"
#include "quern/Support/Target.h"

#include "mlir/IR/BuiltinOps.h"

#include <functional>

namespace quern {

struct CodegenOptions {
  /// Kernels compiled at a time; 0: one a core.
  unsigned jobs = 0;
  unsigned optLevel = 3;
  /// Compile so that the results are the same on every machine: no fused multiply-add, one task a kernel.
  bool reproducible = false;
  /// What the objects hold.
  CodeKind kind = CodeKind::Object;
  /// Told after each kernel, from one thread at a time.
  std::function<void(size_t done, size_t total)> progress;
};

/// Compiles every kernel of `module`, each alone and in parallel, and `@main`. The objects' order depends on the module
/// only. Errors are diagnostics on `module`'s context at the launch's location. `module` is left without its kernels.
mlir::FailureOr<CompiledModel> compileKernels(mlir::ModuleOp module, const Target &target,
                                              const CodegenOptions &options = {});

} // namespace quern

#endif // QUERN_CODEGEN_CODEGEN_H
