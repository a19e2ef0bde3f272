// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The steps of `codegen` as passes.

#include "quern/Codegen/Passes.h"

#include "CPU/Steps.h"
#include "Main.h"

namespace quern {
#define GEN_PASS_DEF_CODEGENCPUPASS
#define GEN_PASS_DEF_LOWERMAINPASS
#include "quern/Codegen/Passes.h.inc"
} // namespace quern

using namespace mlir;
using namespace quern;

namespace {

std::optional<KernelStep> parseStep(StringRef name) {
  return llvm::StringSwitch<std::optional<KernelStep>>(name)
      .Case("tile", KernelStep::Tile)
      .Case("bufferize", KernelStep::Bufferize)
      .Case("loops", KernelStep::Loops)
      .Case("scalar", KernelStep::Scalar)
      .Case("llvm", KernelStep::LLVM)
      .Default(std::nullopt);
}

struct CodegenCPU : quern::impl::CodegenCPUPassBase<CodegenCPU> {
  using Base::Base;

  void runOnOperation() override {
    llvm::Expected<Target> parsed = parseTarget(target);
    if (!parsed) {
      getOperation().emitError(llvm::toString(parsed.takeError()));
      return signalPassFailure();
    }
    std::optional<KernelStep> last = parseStep(upTo);
    if (!last) {
      getOperation().emitError("unknown step '") << upTo << "'; expects tile, bufferize, loops, scalar or llvm";
      return signalPassFailure();
    }
    KernelOptions options;
    options.reproducible = reproducible;
    SmallVector<func::FuncOp> kernels;
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (function->hasAttr("quern.kernel"))
        kernels.push_back(function);
    for (func::FuncOp kernel : kernels)
      if (failed(lowerKernel(kernel, *parsed, options, *last)))
        return signalPassFailure();
  }
};

struct LowerMain : quern::impl::LowerMainPassBase<LowerMain> {
  using Base::Base;

  void runOnOperation() override {
    ModelDescriptor descriptor;
    if (failed(lowerMain(getOperation(), getModelName(getOperation()), descriptor)))
      return signalPassFailure();
  }
};

} // namespace
