// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Passes from one dialect to another.

#ifndef QUERN_CONVERSION_PASSES_TD
#define QUERN_CONVERSION_PASSES_TD

include "mlir/Pass/PassBase.td"

def ConvertONNXToLinalg : Pass<"convert-onnx-to-linalg", "::mlir::ModuleOp"> {
  let summary = "Lower the `onnx` dialect to linalg, tensor and scf";
  let description = [{
    Every ONNX operator becomes structured ops on tensors in the forms that
    `docs/contracts.md` ("After linalg") lists; unsigned integers become signless,
    function signatures included. Arithmetic on shapes becomes index arithmetic.
    An operator without a lowering, or in a form that has none, is an error at its
    node; all of them are reported.

    ```mlir
    %y = onnx.Relu %x : tensor<?x4xf32>
    ```
    becomes
    ```mlir
    %n = tensor.dim %x, %c0 : tensor<?x4xf32>
    %init = tensor.empty(%n) : tensor<?x4xf32>
    %y = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
           ins(%x : tensor<?x4xf32>) outs(%init : tensor<?x4xf32>) {
         ^bb0(%in: f32, %out: f32):
           %zero = arith.constant 0.0 : f32
           %max = arith.maximumf %in, %zero : f32
           linalg.yield %max : f32
         } -> tensor<?x4xf32>
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::func::FuncDialect", "::mlir::linalg::LinalgDialect",
                           "::mlir::math::MathDialect", "::mlir::scf::SCFDialect", "::mlir::tensor::TensorDialect",
                           "::quern::QuernDialect"];
}

#endif // QUERN_CONVERSION_PASSES_TD
