// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Elementwise arithmetic and activations.

#ifndef QUERN_DIALECT_ONNX_IR_MATH_TD
#define QUERN_DIALECT_ONNX_IR_MATH_TD

include "quern/Dialect/ONNX/IR/ONNXBase.td"

def ONNX_AddOp : ONNX_BinaryOp<"Add", 14> {
  let summary = "Elementwise sum";
  let description = [{
    `C = A + B` with broadcasting; integers wrap.

    Example: `%c = onnx.Add %a, %b : tensor<4xf32>`
  }];
}

def ONNX_ReluOp : ONNX_UnaryOp<"Relu", 14, ONNX_NumTensor> {
  let summary = "Rectified linear unit";
  let description = [{
    `Y = max(X, 0)`

    Example: `%y = onnx.Relu %x : tensor<4xf32>`
  }];
}

def ONNX_ClipOp : ONNX_Op<"Clip", 13> {
  let summary = "Limits the elements to [min, max]";
  let description = [{
    `Y = min(max(X, min), max)`; an absent bound is the type's own.

    Example: `%y = onnx.Clip %x, none, %max : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>`
  }];
  let arguments = (ins ONNX_NumTensor:$input, Optional<ONNX_NumTensor>:$min, Optional<ONNX_NumTensor>:$max);
  let results = (outs ONNX_NumTensor:$output);
  let infer = [{ return inferSameType(*this, types); }];
}

#endif // QUERN_DIALECT_ONNX_IR_MATH_TD
