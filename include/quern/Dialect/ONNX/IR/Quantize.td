// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Quantization.

#ifndef QUERN_DIALECT_ONNX_IR_QUANTIZE_TD
#define QUERN_DIALECT_ONNX_IR_QUANTIZE_TD

include "quern/Dialect/ONNX/IR/ONNXBase.td"

def ONNX_QuantizeLinearOp : ONNX_Op<"QuantizeLinear", 25> {
  let summary = "Rounds to a quantized type";
  let description = [{
    `y = saturate(round(x / y_scale) + y_zero_point)`, halves to even. The scale is one number, one for
    each index along `axis`, or with `block_size` one for each block along it. The type is that of the zero
    point, else `output_dtype`, else ui8.

    Example: `%y = onnx.QuantizeLinear %x, %s, %z : (tensor<4xf32>, tensor<f32>, tensor<ui8>) -> tensor<4xui8>`
  }];
  let arguments = (ins TensorOf<[F16, BF16, F32, I32]>:$x,
                       TensorOf<[F16, BF16, F32, F8E8M0FNU, I32]>:$y_scale,
                       Optional<ONNX_Tensor>:$y_zero_point, ONNX_Int64<1>:$axis, ONNX_Int64<0>:$block_size,
                       ONNX_Int64<0>:$output_dtype, ONNX_Int64<0>:$precision, ONNX_Int64<1>:$saturate);
  let results = (outs ONNX_Tensor:$y);
}

def ONNX_DequantizeLinearOp : ONNX_Op<"DequantizeLinear", 25> {
  let summary = "Quantized numbers as floats";
  let description = [{
    `y = (x - x_zero_point) * x_scale`; scale and zero point as in QuantizeLinear. The type is
    `output_dtype`, or that of the scale.

    Example: `%y = onnx.DequantizeLinear %x, %s, %z : (tensor<4xui8>, tensor<f32>, tensor<ui8>) -> tensor<4xf32>`
  }];
  let arguments = (ins ONNX_Tensor:$x, TensorOf<[F16, BF16, F32, F8E8M0FNU]>:$x_scale,
                       Optional<ONNX_Tensor>:$x_zero_point, ONNX_Int64<1>:$axis, ONNX_Int64<0>:$block_size,
                       ONNX_Int64<0>:$output_dtype);
  let results = (outs TensorOf<[F16, BF16, F32]>:$y);
}

def ONNX_DynamicQuantizeLinearOp : ONNX_Op<"DynamicQuantizeLinear", 11> {
  let summary = "Quantizes to the range of the tensor";
  let description = [{
    `y_scale = (max(x, 0) - min(x, 0)) / 255`, `y_zero_point = saturate(round(-min(x, 0) / y_scale))`,
    `y = QuantizeLinear(x, y_scale, y_zero_point)`.

    Example: `%y, %s, %z = onnx.DynamicQuantizeLinear %x : (tensor<4xf32>) -> (tensor<4xui8>, tensor<f32>, tensor<ui8>)`
  }];
  let arguments = (ins ONNX_F32Tensor:$x);
  let results = (outs ONNX_UI8Tensor:$y, ONNX_F32Tensor:$y_scale, ONNX_UI8Tensor:$y_zero_point);
}

#endif // QUERN_DIALECT_ONNX_IR_QUANTIZE_TD
