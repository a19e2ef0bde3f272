// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The check at the end of each phase.

#ifndef QUERN_PIPELINES_PASSES_TD
#define QUERN_PIPELINES_PASSES_TD

include "mlir/Pass/PassBase.td"

def VerifyPhasePass : Pass<"quern-verify-phase", "::mlir::ModuleOp"> {
  let summary = "Check what holds at the end of a phase";
  let description = [{
    The invariants of `docs/contracts.md`, one row each. A violation is a bug of the
    compiler or of a plugin's pass; the error names the node and the invariant.

    `quern-verify-phase=phase=graph` fails on a module where a value has no rank,
    since the `graph` phase leaves none.
  }];
  let options = [
    Option<"phase", "phase", "::quern::Phase", "::quern::Phase::Import", "The phase that has ended",
           [{::llvm::cl::values(
             clEnumValN(::quern::Phase::Import, "import", "one opset, all types inferred node by node"),
             clEnumValN(::quern::Phase::Graph, "graph", "ranked types, no composite operators"),
             clEnumValN(::quern::Phase::Compress, "compress", "as after graph"),
             clEnumValN(::quern::Phase::Linalg, "linalg", "no onnx operator left"),
             clEnumValN(::quern::Phase::Kernels, "kernels", "main is launches on buffers"))}]>,
    ListOption<"keep", "keep", "std::string", "Composite operators that may be left whole, e.g. `Mish`">];
}

#endif // QUERN_PIPELINES_PASSES_TD
