// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Operators of ONNX Runtime's domain com.microsoft: fused products, activations
// and normalisations, and what is like nothing else.

#ifndef QUERN_DIALECT_ONNX_IR_MICROSOFT_TD
#define QUERN_DIALECT_ONNX_IR_MICROSOFT_TD

include "quern/Dialect/ONNX/IR/ONNXBase.td"

//===--- Products and windows --------------------------------------------===//

def ONNX_MSFusedMatMulOp : ONNX_MSOp<"FusedMatMul"> {
  let summary = "Matrix product of transposed operands";
  let description = [{
    `Y = alpha * A' * B'`; `transA` and `transB` swap the last two dimensions, `transBatchA` and `transBatchB`
    move the first dimension to the last but one.

    Example: `%y = onnx.ms.FusedMatMul %a, %b {transB = 1} : (tensor<2x3x4xf32>, tensor<2x5x4xf32>) -> tensor<2x3x5xf32>`
  }];
  let arguments = (ins ONNX_FloatTensor:$A, ONNX_FloatTensor:$B, ONNX_Float<"1.0f">:$alpha,
                       ONNX_Int64<0>:$transA, ONNX_Int64<0>:$transB, ONNX_Int64<0>:$transBatchA,
                       ONNX_Int64<0>:$transBatchB);
  let results = (outs ONNX_FloatTensor:$Y);
}

def ONNX_MSFusedMatMulActivationOp : ONNX_MSOp<"FusedMatMulActivation"> {
  let summary = "Matrix product of transposed operands, and an activation";
  let description = [{
    `Y = activation(FusedMatMul(A, B))`

    Example: `%y = onnx.ms.FusedMatMulActivation %a, %b {activation = "Relu"} : (tensor<2x3x4xf32>, tensor<2x4x5xf32>) -> tensor<2x3x5xf32>`
  }];
  let arguments = (ins ONNX_FloatTensor:$A, ONNX_FloatTensor:$B, StrAttr:$activation,
                       ONNX_OptFloat:$activation_alpha, ONNX_OptInt:$activation_axis,
                       ONNX_OptFloat:$activation_beta, ONNX_OptFloat:$activation_gamma, ONNX_Float<"1.0f">:$alpha,
                       ONNX_Int64<0>:$transA, ONNX_Int64<0>:$transB, ONNX_Int64<0>:$transBatchA,
                       ONNX_Int64<0>:$transBatchB);
  let results = (outs ONNX_FloatTensor:$Y);
}

def ONNX_MSFusedGemmOp : ONNX_MSOp<"FusedGemm"> {
  let summary = "Matrix product plus a matrix, and an activation";
  let description = [{
    `Y = activation(alpha * A' * B' + beta * C)`

    Example: `%y = onnx.ms.FusedGemm %a, %b, %c {activation = "Relu"} : (tensor<3x4xf32>, tensor<4x5xf32>, tensor<5xf32>) -> tensor<3x5xf32>`
  }];
  let arguments = (ins ONNX_FloatTensor:$A, ONNX_FloatTensor:$B, Optional<ONNX_FloatTensor>:$C,
                       ONNX_OptString:$activation, ONNX_OptFloat:$activation_alpha,
                       ONNX_OptFloat:$activation_beta, ONNX_OptFloat:$activation_gamma,
                       ONNX_Float<"1.0f">:$alpha, ONNX_Float<"1.0f">:$beta, ONNX_Int64<0>:$transA,
                       ONNX_Int64<0>:$transB);
  let results = (outs ONNX_FloatTensor:$Y);
  let infer = [{ return inferGemm(*this, getA(), getB(), getC(), getTransA(), getTransB(), types); }];
}

def ONNX_MSFusedConvOp : ONNX_MSOp<"FusedConv"> {
  let summary = "Convolution plus a tensor, and an activation";
  let description = [{
    `Y = activation(Conv(X, W, B) + Z)`

    Example: `%y = onnx.ms.FusedConv %x, %w {activation = "Relu"} : (tensor<1x3x8x8xf32>, tensor<16x3x3x3xf32>) -> tensor<1x16x6x6xf32>`
  }];
  let arguments = (ins ONNX_FloatTensor:$X, ONNX_FloatTensor:$W, Optional<ONNX_FloatTensor>:$B,
                       Optional<ONNX_FloatTensor>:$Z, ONNX_OptString:$activation,
                       ONNX_OptFloats:$activation_params, ONNX_String<"NOTSET">:$auto_pad,
                       ONNX_OptInts:$dilations, ONNX_Int64<1>:$group, ONNX_OptInts:$kernel_shape,
                       ONNX_OptInts:$pads, ONNX_OptInts:$strides);
  let results = (outs ONNX_FloatTensor:$Y);
  let infer = [{ return inferConv(*this, getX(), getW(), getB(), getConvWindow(*this), {}, types); }];
}

def ONNX_MSNhwcConvOp : ONNX_MSOp<"NhwcConv"> {
  let summary = "Convolution with the channels last";
  let description = [{
    As Conv, X and Y being [batch, spatial…, channels]; W is [filters, channels / group, kernel…], or has its channels
    last, too.

    Example: `%y = onnx.ms.NhwcConv %x, %w : (tensor<1x8x8x3xf32>, tensor<16x3x3x3xf32>) -> tensor<1x6x6x16xf32>`
  }];
  let arguments = (ins ONNX_FloatTensor:$X, ONNX_FloatTensor:$W, Optional<ONNX_FloatTensor>:$B,
                       ONNX_String<"NOTSET">:$auto_pad, ONNX_OptInts:$dilations, ONNX_Int64<1>:$group,
                       ONNX_OptInts:$kernel_shape, ONNX_OptInts:$pads, ONNX_OptInts:$strides);
  let results = (outs ONNX_FloatTensor:$Y);
  let infer = [{ return inferNhwcConv(*this, getX(), getW(), getConvWindow(*this), ::mlir::getElementTypeOrSelf(getX()), types); }];
}

def ONNX_MSNhwcFusedConvOp : ONNX_MSOp<"NhwcFusedConv"> {
  let summary = "Convolution with the channels last plus a tensor, and an activation";
  let description = [{
    As FusedConv, X, Z and Y being [batch, spatial…, channels].

    Example: `%y = onnx.ms.NhwcFusedConv %x, %w {activation = "Relu"} : (tensor<1x8x8x3xf32>, tensor<16x3x3x3xf32>) -> tensor<1x6x6x16xf32>`
  }];
  let arguments = (ins ONNX_FloatTensor:$X, ONNX_FloatTensor:$W, Optional<ONNX_FloatTensor>:$B,
                       Optional<ONNX_FloatTensor>:$Z, ONNX_OptString:$activation,
                       ONNX_OptFloats:$activation_params, ONNX_String<"NOTSET">:$auto_pad,
                       ONNX_OptInts:$dilations, ONNX_Int64<1>:$group, ONNX_OptInts:$kernel_shape,
                       ONNX_OptInts:$pads, ONNX_OptInts:$strides);
  let results = (outs ONNX_FloatTensor:$Y);
  let infer = [{ return inferNhwcConv(*this, getX(), getW(), getConvWindow(*this), ::mlir::getElementTypeOrSelf(getX()), types); }];
}

def ONNX_MSNhwcMaxPoolOp : ONNX_MSOp<"NhwcMaxPool"> {
  let summary = "Largest number of each window, with the channels last";
  let description = [{
    As MaxPool, x and y being [batch, spatial…, channels].

    Example: `%y = onnx.ms.NhwcMaxPool %x {kernel_shape = array<i64: 2, 2>} : (tensor<1x8x8x3xui8>) -> tensor<1x7x7x3xui8>`
  }];
  let arguments = (ins ONNX_NumTensor:$x, ONNX_String<"NOTSET">:$auto_pad, ONNX_Int64<0>:$ceil_mode,
                       ONNX_OptInts:$dilations, DenseI64ArrayAttr:$kernel_shape, ONNX_OptInts:$pads,
                       ONNX_OptInts:$strides);
  let results = (outs ONNX_NumTensor:$y);
  let infer = [{ return inferNhwcPool(*this, getX(), getPoolWindow(*this), types); }];
}

//===--- Activations -----------------------------------------------------===//

def ONNX_MSGeluOp : ONNX_MSOp<"Gelu"> {
  let summary = "Gaussian error linear unit";
  let description = [{
    `Y = X / 2 * (1 + erf(X / sqrt(2)))`

    Example: `%y = onnx.ms.Gelu %x : tensor<4xf32>`
  }];
  let arguments = (ins ONNX_FloatTensor:$X);
  let results = (outs ONNX_FloatTensor:$Y);
  let infer = [{ return inferSameType(*this, types); }];
}

def ONNX_MSQuickGeluOp : ONNX_MSOp<"QuickGelu"> {
  let summary = "Approximate Gaussian error linear unit";
  let description = [{
    `Y = X * sigmoid(alpha * X)`

    Example: `%y = onnx.ms.QuickGelu %x : tensor<4xf32>`
  }];
  let arguments = (ins ONNX_FloatTensor:$X, ONNX_Float<"1.702f">:$alpha);
  let results = (outs ONNX_FloatTensor:$Y);
  let infer = [{ return inferSameType(*this, types); }];
}

def ONNX_MSFastGeluOp : ONNX_MSOp<"FastGelu"> {
  let summary = "Approximate Gaussian error linear unit of a sum";
  let description = [{
    `Z = X + bias`, `Y = Z / 2 * (1 + tanh(0.7978845608 * Z + 0.0356774081 * Z^3))`

    Example: `%y = onnx.ms.FastGelu %x, %b : (tensor<2x4xf32>, tensor<4xf32>) -> tensor<2x4xf32>`
  }];
  let arguments = (ins ONNX_FloatTensor:$X, Optional<ONNX_FloatTensor>:$bias);
  let results = (outs ONNX_FloatTensor:$Y);
  let infer = [{ return inferSameType(*this, types); }];
}

def ONNX_MSBiasGeluOp : ONNX_MSOp<"BiasGelu"> {
  let summary = "Gaussian error linear unit of a sum";
  let description = [{
    `C = Gelu(A + B)`, B a vector added to the last dimension.

    Example: `%y = onnx.ms.BiasGelu %x, %b : (tensor<2x4xf32>, tensor<4xf32>) -> tensor<2x4xf32>`
  }];
  let arguments = (ins ONNX_FloatTensor:$A, ONNX_FloatTensor:$B);
  let results = (outs ONNX_FloatTensor:$C);
  let infer = [{ return inferSameType(*this, types); }];
}

def ONNX_MSBiasSoftmaxOp : ONNX_MSOp<"BiasSoftmax"> {
  let summary = "Softmax of a sum";
  let description = [{
    `output = softmax(data + bias)` over all dimensions from `axis` on, as one.

    Example: `%y = onnx.ms.BiasSoftmax %x, %b {axis = 3, is_inner_broadcast = 1} : (tensor<1x2x4x4xf32>, tensor<1x1x4x4xf32>) -> tensor<1x2x4x4xf32>`
  }];
  let arguments = (ins ONNX_FloatTensor:$data, ONNX_FloatTensor:$bias, ONNX_Int64<1>:$axis,
                       ONNX_Int64Attr:$is_inner_broadcast);
  let results = (outs ONNX_FloatTensor:$output);
  let infer = [{ return inferAlongAxis(*this, getAxis(), types); }];
}

def ONNX_MSBiasAddOp : ONNX_MSOp<"BiasAdd"> {
  let summary = "Sum with a vector and a tensor";
  let description = [{
    `Y = X + bias + skip`

    Example: `%y = onnx.ms.BiasAdd %x, %b, %s : (tensor<1x4x8xf32>, tensor<8xf32>, tensor<1x4x8xf32>) -> tensor<1x4x8xf32>`
  }];
  let arguments = (ins ONNX_FloatTensor:$X, ONNX_FloatTensor:$bias, ONNX_FloatTensor:$skip);
  let results = (outs ONNX_FloatTensor:$Y);
  let infer = [{ return inferSameType(*this, types); }];
}

def ONNX_MSBiasSplitGeluOp : ONNX_MSOp<"BiasSplitGelu"> {
  let summary = "Half of a sum, gated by the other half";
  let description = [{
    `L, R = split(X + bias)` along the last dimension, `Y = L * Gelu(R)`

    Example: `%y = onnx.ms.BiasSplitGelu %x, %b : (tensor<1x4x8xf32>, tensor<8xf32>) -> tensor<1x4x4xf32>`
  }];
  let arguments = (ins ONNX_FloatTensor:$X, ONNX_FloatTensor:$bias);
  let results = (outs ONNX_FloatTensor:$Y);
}

def ONNX_MSBiasDropoutOp : ONNX_MSOp<"BiasDropout"> {
  let summary = "Sum with a vector and a tensor, before which there is dropout in training";
  let description = [{
    `output = data + bias + residual`; `mask` is true.

    Example: `%y = onnx.ms.BiasDropout %x, %b : (tensor<4x8xf32>, tensor<8xf32>) -> (tensor<4x8xf32>, none)`
  }];
  let arguments = (ins ONNX_FloatTensor:$data, ONNX_FloatTensor:$bias, Optional<ONNX_FloatTensor>:$residual,
                       Optional<ONNX_FloatTensor>:$ratio, Optional<ONNX_BoolTensor>:$training_mode,
                       ONNX_OptInt:$seed);
  let results = (outs ONNX_FloatTensor:$output, Optional<ONNX_BoolTensor>:$mask);
}

//===--- Normalisation ----------------------------------------------------===//

def ONNX_MSGroupNormOp : ONNX_MSOp<"GroupNorm"> {
  let summary = "Normalises groups of channels, with an activation";
  let description = [{
    GroupNormalization of [batch, spatial…, channels] (or channels first, where `channels_last` is 0), and
    `x * sigmoid(x)` where `activation` is 1.

    Example: `%y = onnx.ms.GroupNorm %x, %g, %b {activation = 1, groups = 2} : (tensor<1x8x8x4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<1x8x8x4xf32>`
  }];
  let arguments = (ins ONNX_FloatTensor:$X, ONNX_FloatTensor:$gamma, ONNX_FloatTensor:$beta,
                       ONNX_Int64Attr:$activation, ONNX_Int64<1>:$channels_last, ONNX_Float<"1e-5f">:$epsilon,
                       ONNX_Int64Attr:$groups);
  let results = (outs ONNX_FloatTensor:$Y);
  let infer = [{ return inferSameType(*this, types); }];
}

def ONNX_MSSkipGroupNormOp : ONNX_MSOp<"SkipGroupNorm"> {
  let summary = "Normalises groups of channels of a sum, with an activation";
  let description = [{
    `S = X + skip + bias`, `Y = GroupNorm(S)`; skip has the shape of X, or is one number for each channel.

    Example: `%y, %s = onnx.ms.SkipGroupNorm %x, %g, %b, %skip {activation = 0, groups = 2} : (tensor<1x8x8x4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<1x4xf32>) -> (tensor<1x8x8x4xf32>, tensor<1x8x8x4xf32>)`
  }];
  let arguments = (ins ONNX_FloatTensor:$X, ONNX_FloatTensor:$gamma, ONNX_FloatTensor:$beta,
                       ONNX_FloatTensor:$skip, Optional<ONNX_FloatTensor>:$bias, ONNX_Int64Attr:$activation,
                       ONNX_Int64<1>:$channels_last, ONNX_Float<"1e-5f">:$epsilon, ONNX_Int64Attr:$groups);
  let results = (outs ONNX_FloatTensor:$Y, Optional<ONNX_FloatTensor>:$S);
  let infer = [{
    types.assign(getNumResults(), getX().getType());
    return ::mlir::success();
  }];
}

//===--- Tensors ----------------------------------------------------------===//

def ONNX_MSUniqueOp : ONNX_MSOp<"Unique"> {
  let summary = "The numbers of a vector, each once";
  let description = [{
    `y` has the numbers of x in the order in which they first appear, `idx` the place in y of each of x, `counts` how
    often each of y is in x.

    Example: `%y, %i, %c = onnx.ms.Unique %x : (tensor<5xf32>) -> (tensor<?xf32>, tensor<5xi64>, tensor<?xi64>)`
  }];
  let arguments = (ins ONNX_Tensor:$x);
  let results = (outs ONNX_Tensor:$y, ONNX_I64Tensor:$idx, ONNX_I64Tensor:$counts);
}

def ONNX_MSInverseOp : ONNX_MSOp<"Inverse"> {
  let summary = "Inverse matrices";
  let description = [{
    The inverse of the matrices in the last two dimensions.

    Example: `%y = onnx.ms.Inverse %x : tensor<2x3x3xf32>`
  }];
  let arguments = (ins ONNX_FloatTensor:$X);
  let results = (outs ONNX_FloatTensor:$Y);
}

def ONNX_MSCDistOp : ONNX_MSOp<"CDist"> {
  let summary = "Distances between the rows of two matrices";
  let description = [{
    `C[i, j] = sum((A[i] - B[j])^2)`, or its root where `metric` is `euclidean`.

    Example: `%c = onnx.ms.CDist %a, %b : (tensor<3x4xf32>, tensor<5x4xf32>) -> tensor<3x5xf32>`
  }];
  let arguments = (ins ONNX_FloatTensor:$A, ONNX_FloatTensor:$B, ONNX_String<"sqeuclidean">:$metric);
  let results = (outs ONNX_FloatTensor:$C);
}

#endif // QUERN_DIALECT_ONNX_IR_MICROSOFT_TD
