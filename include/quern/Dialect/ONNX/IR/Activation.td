// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Activation functions.

#ifndef QUERN_DIALECT_ONNX_IR_ACTIVATION_TD
#define QUERN_DIALECT_ONNX_IR_ACTIVATION_TD

include "quern/Dialect/ONNX/IR/ONNXBase.td"

def ONNX_ReluOp : ONNX_UnaryOp<"Relu", 14, ONNX_SignedTensor> {
  let summary = "Rectified linear unit";
  let description = [{
    `Y = max(X, 0)`

    Example: `%y = onnx.Relu %x : tensor<4xf32>`
  }];
}

def ONNX_SigmoidOp : ONNX_UnaryOp<"Sigmoid", 13> {
  let summary = "Logistic function";
  let description = [{
    `Y = 1 / (1 + exp(-X))`

    Example: `%y = onnx.Sigmoid %x : tensor<4xf32>`
  }];
}

def ONNX_LeakyReluOp : ONNX_UnaryOp<"LeakyRelu", 16, ONNX_FloatTensor, (ins ONNX_Float<"0.01f">:$alpha)> {
  let summary = "Leaky rectified linear unit";
  let description = [{
    `Y = X < 0 ? alpha * X : X`

    Example: `%y = onnx.LeakyRelu %x {alpha = 0.1 : f32} : tensor<4xf32>`
  }];
}

def ONNX_EluOp : ONNX_UnaryOp<"Elu", 22, ONNX_FloatTensor, (ins ONNX_Float<"1.0f">:$alpha)> {
  let summary = "Exponential linear unit";
  let description = [{
    `Y = X < 0 ? alpha * (exp(X) - 1) : X`

    Example: `%y = onnx.Elu %x : tensor<4xf32>`
  }];
}

def ONNX_CeluOp : ONNX_UnaryOp<"Celu", 12, ONNX_FloatTensor, (ins ONNX_Float<"1.0f">:$alpha)> {
  let summary = "Continuously differentiable exponential linear unit";
  let description = [{
    `Y = max(0, X) + min(0, alpha * (exp(X / alpha) - 1))`

    Example: `%y = onnx.Celu %x : tensor<4xf32>`
  }];
}

def ONNX_SeluOp : ONNX_UnaryOp<"Selu", 22, ONNX_FloatTensor,
        (ins ONNX_Float<"1.67326319217681884765625f">:$alpha, ONNX_Float<"1.05070102214813232421875f">:$gamma)> {
  let summary = "Scaled exponential linear unit";
  let description = [{
    `Y = gamma * (X > 0 ? X : alpha * (exp(X) - 1))`

    Example: `%y = onnx.Selu %x : tensor<4xf32>`
  }];
}

def ONNX_ThresholdedReluOp : ONNX_UnaryOp<"ThresholdedRelu", 22, ONNX_FloatTensor, (ins ONNX_Float<"1.0f">:$alpha)> {
  let summary = "Rectified linear unit with a threshold";
  let description = [{
    `Y = X > alpha ? X : 0`

    Example: `%y = onnx.ThresholdedRelu %x : tensor<4xf32>`
  }];
}

def ONNX_HardSigmoidOp : ONNX_UnaryOp<"HardSigmoid", 22, ONNX_FloatTensor,
        (ins ONNX_Float<"0.2f">:$alpha, ONNX_Float<"0.5f">:$beta)> {
  let summary = "Piecewise linear sigmoid";
  let description = [{
    `Y = max(0, min(1, alpha * X + beta))`

    Example: `%y = onnx.HardSigmoid %x : tensor<4xf32>`
  }];
}

def ONNX_HardSwishOp : ONNX_UnaryOp<"HardSwish", 22> {
  let summary = "Piecewise linear swish";
  let description = [{
    `Y = X * max(0, min(1, X / 6 + 0.5))`

    Example: `%y = onnx.HardSwish %x : tensor<4xf32>`
  }];
}

def ONNX_SwishOp : ONNX_UnaryOp<"Swish", 24, ONNX_FloatTensor, (ins ONNX_Float<"1.0f">:$alpha)> {
  let summary = "Swish, or SiLU where alpha is 1";
  let description = [{
    `Y = X * sigmoid(alpha * X)`

    Example: `%y = onnx.Swish %x : tensor<4xf32>`
  }];
}

def ONNX_SoftplusOp : ONNX_UnaryOp<"Softplus", 22> {
  let summary = "Smooth rectifier";
  let description = [{
    `Y = ln(exp(X) + 1)`

    Example: `%y = onnx.Softplus %x : tensor<4xf32>`
  }];
}

def ONNX_SoftsignOp : ONNX_UnaryOp<"Softsign", 22> {
  let summary = "Softsign";
  let description = [{
    `Y = X / (1 + |X|)`

    Example: `%y = onnx.Softsign %x : tensor<4xf32>`
  }];
}

def ONNX_MishOp : ONNX_UnaryOp<"Mish", 22> {
  let summary = "Self-regularised activation";
  let description = [{
    `Y = X * tanh(softplus(X))`

    Example: `%y = onnx.Mish %x : tensor<4xf32>`
  }];
}

def ONNX_GeluOp : ONNX_UnaryOp<"Gelu", 20, ONNX_FloatTensor, (ins ONNX_String<"none">:$approximate)> {
  let summary = "Gaussian error linear unit";
  let description = [{
    `Y = X / 2 * (1 + erf(X / sqrt(2)))`, or with `approximate = "tanh"`
    `Y = X / 2 * (1 + tanh(sqrt(2 / pi) * (X + 0.044715 * X^3)))`

    Example: `%y = onnx.Gelu %x {approximate = "tanh"} : tensor<4xf32>`
  }];
}

def ONNX_ShrinkOp : ONNX_UnaryOp<"Shrink", 9, ONNX_NumTensor,
        (ins ONNX_Float<"0.0f">:$bias, ONNX_Float<"0.5f">:$lambd)> {
  let summary = "Shrinks towards zero";
  let description = [{
    `Y = X < -lambd ? X + bias : X > lambd ? X - bias : 0`

    Example: `%y = onnx.Shrink %x : tensor<4xf32>`
  }];
}

def ONNX_PReluOp : ONNX_Op<"PRelu", 16, [Pure, ONNX_Pointwise]> {
  let summary = "Rectified linear unit with a learned slope";
  let description = [{
    `Y = X < 0 ? slope * X : X`; the slope is broadcast to X, not the other way.

    Example: `%y = onnx.PRelu %x, %slope : (tensor<1x8x4xf32>, tensor<8x1xf32>) -> tensor<1x8x4xf32>`
  }];
  let arguments = (ins ONNX_Num32Tensor:$X, ONNX_Num32Tensor:$slope);
  let results = (outs ONNX_Num32Tensor:$Y);
}

def ONNX_SoftmaxOp : ONNX_Op<"Softmax", 13> {
  let summary = "Normalised exponential along an axis";
  let description = [{
    `Y = exp(X - max(X)) / sum(exp(X - max(X)))`, maximum and sum taken along `axis`.

    Example: `%y = onnx.Softmax %x {axis = 1} : tensor<2x8xf32>`
  }];
  let arguments = (ins ONNX_FloatTensor:$input, ONNX_Int64<-1>:$axis);
  let results = (outs ONNX_FloatTensor:$output);
  let infer = [{ return inferAlongAxis(*this, getAxis(), types); }];
}

def ONNX_LogSoftmaxOp : ONNX_Op<"LogSoftmax", 13> {
  let summary = "Logarithm of the normalised exponential along an axis";
  let description = [{
    `Y = X - max(X) - ln(sum(exp(X - max(X))))`, maximum and sum taken along `axis`.

    Example: `%y = onnx.LogSoftmax %x {axis = 1} : tensor<2x8xf32>`
  }];
  let arguments = (ins ONNX_FloatTensor:$input, ONNX_Int64<-1>:$axis);
  let results = (outs ONNX_FloatTensor:$output);
  let infer = [{ return inferAlongAxis(*this, getAxis(), types); }];
}

def ONNX_HardmaxOp : ONNX_Op<"Hardmax", 13> {
  let summary = "One at the first maximum along an axis, else zero";
  let description = [{
    `Y[i] = 1` where `i` is the first index of the maximum along `axis`, else 0.

    Example: `%y = onnx.Hardmax %x {axis = 1} : tensor<2x8xf32>`
  }];
  let arguments = (ins ONNX_FloatTensor:$input, ONNX_Int64<-1>:$axis);
  let results = (outs ONNX_FloatTensor:$output);
  let infer = [{ return inferAlongAxis(*this, getAxis(), types); }];
}

//===--- Experimental operators of 2017, still in files -------------------===//

def ONNX_AffineOp : ONNX_UnaryOp<"Affine", 1, ONNX_FloatTensor,
        (ins ONNX_Float<"1.0f">:$alpha, ONNX_Float<"0.0f">:$beta)> {
  let summary = "Linear function of one variable (experimental, ONNX 1.0)";
  let description = [{
    `Y = alpha * X + beta`

    Example: `%y = onnx.Affine %x : tensor<4xf32>`
  }];
}

def ONNX_ParametricSoftplusOp : ONNX_UnaryOp<"ParametricSoftplus", 1, ONNX_FloatTensor,
        (ins ONNX_Float<"1.0f">:$alpha, ONNX_Float<"1.0f">:$beta)> {
  let summary = "Scaled softplus (experimental, ONNX 1.0)";
  let description = [{
    `Y = alpha * ln(exp(beta * X) + 1)`

    Example: `%y = onnx.ParametricSoftplus %x : tensor<4xf32>`
  }];
}

def ONNX_ScaledTanhOp : ONNX_UnaryOp<"ScaledTanh", 1, ONNX_FloatTensor,
        (ins ONNX_Float<"1.0f">:$alpha, ONNX_Float<"1.0f">:$beta)> {
  let summary = "Scaled hyperbolic tangent (experimental, ONNX 1.0)";
  let description = [{
    `Y = alpha * tanh(beta * X)`

    Example: `%y = onnx.ScaledTanh %x : tensor<4xf32>`
  }];
}

#endif // QUERN_DIALECT_ONNX_IR_ACTIVATION_TD
