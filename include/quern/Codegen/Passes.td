// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The steps of `codegen` as passes, to look at and to test. Compiling runs the
// same functions, a kernel at a time, each in a context of its own.

#ifndef QUERN_CODEGEN_PASSES_TD
#define QUERN_CODEGEN_PASSES_TD

include "mlir/Pass/PassBase.td"

class Quern_CodegenPass<string name> : Pass<name, "::mlir::ModuleOp"> {
  list<Option> targetOption = [
    Option<"target", "target", "std::string", "\"native\"", "As `quern compile --target=`">
  ];
  let options = targetOption;
}

def CodegenCPUPass : Quern_CodegenPass<"quern-codegen-cpu"> {
  let summary = "Lower every kernel of the module for a CPU";
  let description = [{
    Runs the CPU pipeline on each function marked `quern.kernel`, up to a step:
    `tile` (the grid as one `scf.forall`, tensors), `bufferize` (memrefs),
    `loops` (no linalg), `scalar` (checks, narrow floats and functions expanded)
    or `llvm` (the kernel's ABI, LLVM dialect).

    ```
    func.func private @k0(%a: memref<8xf32>, %o: memref<8xf32>) attributes {quern.kernel} { … }
    ```
    becomes, at `llvm`,
    ```
    llvm.func hidden @k0(%args: !llvm.ptr, %begin: i64, %end: i64) -> i32 { … }
    llvm.func hidden @k0__tasks(%args: !llvm.ptr) -> i64 { … }
    ```
  }];
  let options = targetOption # [
    Option<"upTo", "up-to", "std::string", "\"llvm\"", "The last step: tile, bufferize, loops, scalar or llvm">,
    Option<"reproducible", "reproducible", "bool", "false", "The same bits on every machine: one task, no contraction">,
  ];
  let dependentDialects = [
    "::mlir::LLVM::LLVMDialect", "::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect",
    "::mlir::bufferization::BufferizationDialect", "::mlir::cf::ControlFlowDialect", "::mlir::linalg::LinalgDialect",
    "::mlir::math::MathDialect", "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect",
    "::mlir::tensor::TensorDialect", "::mlir::vector::VectorDialect"
  ];
}

def LowerMainPass : Pass<"quern-lower-main", "::mlir::ModuleOp"> {
  let summary = "Lower @main to calls of the runtime";
  let description = [{
    `@main` becomes `int32_t M__main(quern_env *, const quern_value *inputs,
    quern_value *outputs)` of `include/quern/Runtime/env.h` in the LLVM dialect:
    launches call `quern_rt_launch`, outputs `quern_rt_output`, allocations
    `quern_rt_alloc`; a status other than 0 returns at once. `memref.global`s
    become external symbols `M__wI`.
  }];
  let dependentDialects = [
    "::mlir::LLVM::LLVMDialect", "::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect",
    "::mlir::cf::ControlFlowDialect", "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect"
  ];
}

#endif // QUERN_CODEGEN_PASSES_TD
