// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Products of matrices and tensors.

#ifndef QUERN_DIALECT_ONNX_IR_CONTRACTION_TD
#define QUERN_DIALECT_ONNX_IR_CONTRACTION_TD

include "quern/Dialect/ONNX/IR/ONNXBase.td"

def ONNX_MatMulOp : ONNX_Op<"MatMul", 13> {
  let summary = "Matrix product";
  let description = [{
    NumPy's `matmul`: the last two dimensions are matrices, those before are broadcast; a
    vector is a row on the left, a column on the right.

    Example: `%y = onnx.MatMul %a, %b : (tensor<2x3x4xf32>, tensor<4x5xf32>) -> tensor<2x3x5xf32>`
  }];
  let arguments = (ins ONNX_Num32Tensor:$A, ONNX_Num32Tensor:$B);
  let results = (outs ONNX_Num32Tensor:$Y);
  let infer = [{ return inferMatMul(*this, getA(), getB(), {}, types); }];
}

def ONNX_MatMulIntegerOp : ONNX_Op<"MatMulInteger", 10> {
  let summary = "Matrix product of 8-bit integers";
  let description = [{
    `Y = (A - a_zero_point) * (B - b_zero_point)` in i32; a zero point is one number, or one a
    row of A, a column of B.

    Example: `%y = onnx.MatMulInteger %a, %b, %az : (tensor<3x4xui8>, tensor<4x5xi8>, tensor<ui8>) -> tensor<3x5xi32>`
  }];
  let arguments = (ins ONNX_8BitTensor:$A, ONNX_8BitTensor:$B, Optional<ONNX_8BitTensor>:$a_zero_point,
                       Optional<ONNX_8BitTensor>:$b_zero_point);
  let results = (outs ONNX_I32Tensor:$Y);
  let infer = [{ return inferMatMul(*this, getA(), getB(), ::mlir::IntegerType::get(getContext(), 32), types); }];
}

def ONNX_QLinearMatMulOp : ONNX_Op<"QLinearMatMul", 21> {
  let summary = "Matrix product of quantized tensors";
  let description = [{
    `y = quantize(dequantize(a) * dequantize(b))`; scale and zero point are one number, or one a
    row of a, a column of b.

    Example: `%y = onnx.QLinearMatMul %a, %as, %az, %b, %bs, %bz, %ys, %yz : (tensor<3x4xui8>, tensor<f32>, tensor<ui8>, tensor<4x5xi8>, tensor<f32>, tensor<i8>, tensor<f32>, tensor<ui8>) -> tensor<3x5xui8>`
  }];
  let arguments = (ins ONNX_QuantTensor:$a, ONNX_FloatTensor:$a_scale, ONNX_QuantTensor:$a_zero_point,
                       ONNX_QuantTensor:$b, ONNX_FloatTensor:$b_scale, ONNX_QuantTensor:$b_zero_point,
                       ONNX_FloatTensor:$y_scale, ONNX_QuantTensor:$y_zero_point);
  let results = (outs ONNX_QuantTensor:$y);
  let infer = [{ return inferMatMul(*this, getA(), getB(), ::mlir::getElementTypeOrSelf(getYZeroPoint()), types); }];
}

def ONNX_GemmOp : ONNX_Op<"Gemm", 13> {
  let summary = "Matrix product plus a matrix";
  let description = [{
    `Y = alpha * A' * B' + beta * C`, where A' and B' are transposed by `transA` and `transB`,
    and C is broadcast to the result.

    Example: `%y = onnx.Gemm %a, %b, %c {transB = 1} : (tensor<3x4xf32>, tensor<5x4xf32>, tensor<5xf32>) -> tensor<3x5xf32>`
  }];
  let arguments = (ins ONNX_Num32Tensor:$A, ONNX_Num32Tensor:$B, Optional<ONNX_Num32Tensor>:$C,
                       ONNX_Float<"1.0f">:$alpha, ONNX_Float<"1.0f">:$beta, ONNX_Int64<0>:$transA,
                       ONNX_Int64<0>:$transB);
  let results = (outs ONNX_Num32Tensor:$Y);
  let infer = [{ return inferGemm(*this, getA(), getB(), getC(), getTransA(), getTransB(), types); }];
}

def ONNX_EinsumOp : ONNX_Op<"Einsum", 12> {
  let summary = "Sum of products by Einstein's notation";
  let description = [{
    `equation` names the dimensions of each operand, and after `->` those of the result; what the
    result lacks is summed.

    Example: `%y = onnx.Einsum %a, %b {equation = "bij,bjk->bik"} : (tensor<2x3x4xf32>, tensor<2x4x5xf32>) -> tensor<2x3x5xf32>`
  }];
  let arguments = (ins Variadic<ONNX_NumTensor>:$inputs, StrAttr:$equation);
  let results = (outs ONNX_NumTensor:$output);
}

def ONNX_DetOp : ONNX_Op<"Det", 22> {
  let summary = "Determinants";
  let description = [{
    The determinant of the matrices in the last two dimensions.

    Example: `%y = onnx.Det %x : (tensor<2x3x3xf32>) -> tensor<2xf32>`
  }];
  let arguments = (ins ONNX_FloatTensor:$X);
  let results = (outs ONNX_FloatTensor:$Y);
}

#endif // QUERN_DIALECT_ONNX_IR_CONTRACTION_TD
