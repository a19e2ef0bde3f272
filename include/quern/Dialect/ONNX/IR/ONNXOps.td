// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// All operators of the `onnx` dialect, by family.

#ifndef QUERN_DIALECT_ONNX_IR_ONNXOPS_TD
#define QUERN_DIALECT_ONNX_IR_ONNXOPS_TD

include "quern/Dialect/ONNX/IR/Math.td"

#endif // QUERN_DIALECT_ONNX_IR_ONNXOPS_TD
