// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// All operators of the `onnx` dialect, by family.

#ifndef QUERN_DIALECT_ONNX_IR_ONNXOPS_TD
#define QUERN_DIALECT_ONNX_IR_ONNXOPS_TD

include "quern/Dialect/ONNX/IR/Math.td"
include "quern/Dialect/ONNX/IR/Activation.td"
include "quern/Dialect/ONNX/IR/Logical.td"
include "quern/Dialect/ONNX/IR/Reduction.td"
include "quern/Dialect/ONNX/IR/Contraction.td"
include "quern/Dialect/ONNX/IR/Tensor.td"
include "quern/Dialect/ONNX/IR/Gather.td"
include "quern/Dialect/ONNX/IR/NN.td"
include "quern/Dialect/ONNX/IR/Normalization.td"
include "quern/Dialect/ONNX/IR/Attention.td"
include "quern/Dialect/ONNX/IR/Image.td"
include "quern/Dialect/ONNX/IR/Quantize.td"
include "quern/Dialect/ONNX/IR/RNN.td"
include "quern/Dialect/ONNX/IR/Control.td"
include "quern/Dialect/ONNX/IR/Sequence.td"
include "quern/Dialect/ONNX/IR/String.td"
include "quern/Dialect/ONNX/IR/Random.td"
include "quern/Dialect/ONNX/IR/Signal.td"
include "quern/Dialect/ONNX/IR/Microsoft.td"
include "quern/Dialect/ONNX/IR/MicrosoftAttention.td"
include "quern/Dialect/ONNX/IR/MicrosoftQuantized.td"
include "quern/Dialect/ONNX/IR/ML.td"
include "quern/Dialect/ONNX/IR/Preview.td"

#endif // QUERN_DIALECT_ONNX_IR_ONNXOPS_TD
