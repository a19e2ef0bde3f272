// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Normalisation.

#ifndef QUERN_DIALECT_ONNX_IR_NORMALIZATION_TD
#define QUERN_DIALECT_ONNX_IR_NORMALIZATION_TD

include "quern/Dialect/ONNX/IR/ONNXBase.td"

def ONNX_BatchNormalizationOp : ONNX_Op<"BatchNormalization", 15> {
  let summary = "Normalises each channel";
  let description = [{
    `Y = (X - mean) / sqrt(var + epsilon) * scale + B`, for each channel (dimension 1). In
    `training_mode` mean and variance are those of the batch, and the running ones are updated.

    Example: `%y = onnx.BatchNormalization %x, %s, %b, %m, %v : (tensor<1x3x8x8xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<1x3x8x8xf32>`
  }];
  let arguments = (ins ONNX_FloatTensor:$X, ONNX_FloatTensor:$scale, ONNX_FloatTensor:$B,
                       ONNX_FloatTensor:$input_mean, ONNX_FloatTensor:$input_var,
                       ONNX_Float<"1e-5f">:$epsilon, ONNX_Float<"0.9f">:$momentum,
                       ONNX_Int64<0>:$training_mode);
  let results = (outs ONNX_FloatTensor:$Y, Optional<ONNX_FloatTensor>:$running_mean,
                      Optional<ONNX_FloatTensor>:$running_var);
}

def ONNX_InstanceNormalizationOp : ONNX_Op<"InstanceNormalization", 22> {
  let summary = "Normalises each channel of each instance";
  let description = [{
    `Y = scale * (X - mean) / sqrt(var + epsilon) + B`, mean and variance over the spatial
    dimensions.

    Example: `%y = onnx.InstanceNormalization %x, %s, %b : (tensor<1x3x8x8xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<1x3x8x8xf32>`
  }];
  let arguments = (ins ONNX_FloatTensor:$input, ONNX_FloatTensor:$scale, ONNX_FloatTensor:$B,
                       ONNX_Float<"1e-5f">:$epsilon);
  let results = (outs ONNX_FloatTensor:$output);
  let infer = [{ return inferPerChannel(*this, {{getScale(), "scale"}, {getB(), "B"}}, types); }];
}

def ONNX_GroupNormalizationOp : ONNX_Op<"GroupNormalization", 21> {
  let summary = "Normalises groups of channels";
  let description = [{
    `Y = scale * (X - mean) / sqrt(var + epsilon) + bias`, mean and variance over each of
    `num_groups` groups of channels; scale and bias are one a channel.

    Example: `%y = onnx.GroupNormalization %x, %s, %b {num_groups = 2} : (tensor<1x4x8x8xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<1x4x8x8xf32>`
  }];
  let arguments = (ins ONNX_FloatTensor:$X, ONNX_FloatTensor:$scale, ONNX_FloatTensor:$bias,
                       ONNX_Float<"1e-5f">:$epsilon, ONNX_Int64Attr:$num_groups, ONNX_Int64<1>:$stash_type);
  let results = (outs ONNX_FloatTensor:$Y);
}

def ONNX_LayerNormalizationOp : ONNX_Op<"LayerNormalization", 17> {
  let summary = "Normalises over the last dimensions";
  let description = [{
    `Y = (X - Mean) * InvStdDev * Scale + B`, `InvStdDev = 1 / sqrt(var + epsilon)`, over the
    dimensions from `axis` on; computed in the TensorProto data type `stash_type`.

    Example: `%y = onnx.LayerNormalization %x, %s, %b : (tensor<2x8xf32>, tensor<8xf32>, tensor<8xf32>) -> (tensor<2x8xf32>, none, none)`
  }];
  let arguments = (ins ONNX_FloatTensor:$X, ONNX_FloatTensor:$Scale, Optional<ONNX_FloatTensor>:$B,
                       ONNX_Int64<-1>:$axis, ONNX_Float<"1e-5f">:$epsilon, ONNX_Int64<1>:$stash_type);
  let results = (outs ONNX_FloatTensor:$Y, Optional<ONNX_FloatTensor>:$Mean,
                      Optional<ONNX_FloatTensor>:$InvStdDev);
}

def ONNX_RMSNormalizationOp : ONNX_Op<"RMSNormalization", 23> {
  let summary = "Scales by the root mean square over the last dimensions";
  let description = [{
    `Y = X / sqrt(mean(X^2) + epsilon) * scale`, over the dimensions from `axis` on; computed in the
    TensorProto data type `stash_type`.

    Example: `%y = onnx.RMSNormalization %x, %s : (tensor<2x8xf32>, tensor<8xf32>) -> tensor<2x8xf32>`
  }];
  let arguments = (ins ONNX_FloatTensor:$X, ONNX_FloatTensor:$scale, ONNX_Int64<-1>:$axis,
                       ONNX_Float<"1e-5f">:$epsilon, ONNX_Int64<1>:$stash_type);
  let results = (outs ONNX_FloatTensor:$Y);
}

def ONNX_LRNOp : ONNX_Op<"LRN", 13> {
  let summary = "Local response normalisation";
  let description = [{
    `Y[c] = X[c] / (bias + alpha / size * sum(X[c']^2))^beta` over the `size` channels around c.

    Example: `%y = onnx.LRN %x {size = 5} : tensor<1x8x4x4xf32>`
  }];
  let arguments = (ins ONNX_FloatTensor:$X, ONNX_Float<"1e-4f">:$alpha, ONNX_Float<"0.75f">:$beta,
                       ONNX_Float<"1.0f">:$bias, ONNX_Int64Attr:$size);
  let results = (outs ONNX_FloatTensor:$Y);
}

def ONNX_LpNormalizationOp : ONNX_Op<"LpNormalization", 22> {
  let summary = "Divides by the norm along an axis";
  let description = [{
    `Y = X / (sum of |X|^p)^(1/p)` along `axis`, for p = 1 or 2.

    Example: `%y = onnx.LpNormalization %x {axis = 1} : tensor<2x8xf32>`
  }];
  let arguments = (ins ONNX_FloatTensor:$input, ONNX_Int64<-1>:$axis, ONNX_Int64<2>:$p);
  let results = (outs ONNX_FloatTensor:$output);
}

def ONNX_MeanVarianceNormalizationOp : ONNX_Op<"MeanVarianceNormalization", 13> {
  let summary = "Normalises to mean 0 and variance 1";
  let description = [{
    `Y = (X - mean(X)) / sqrt(var(X) + 1e-9)` over `axes`.

    Example: `%y = onnx.MeanVarianceNormalization %x : tensor<2x3x4x4xf32>`
  }];
  let arguments = (ins ONNX_FloatTensor:$X, DefaultValuedAttr<DenseI64ArrayAttr, "{0, 2, 3}">:$axes);
  let results = (outs ONNX_FloatTensor:$Y);
}

#endif // QUERN_DIALECT_ONNX_IR_NORMALIZATION_TD
