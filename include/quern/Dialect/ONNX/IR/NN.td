// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Convolution, pooling and losses.

#ifndef QUERN_DIALECT_ONNX_IR_NN_TD
#define QUERN_DIALECT_ONNX_IR_NN_TD

include "quern/Dialect/ONNX/IR/ONNXBase.td"

//===--- Convolution ----------------------------------------------------===//

def ONNX_ConvOp : ONNX_Op<"Conv", 22> {
  let summary = "Convolution";
  let description = [{
    `Y[n, f, o] = B[f] + sum over c, k of X[n, c, o * stride + k * dilation - pad] * W[f, c, k]`
    for any number of spatial dimensions: X is [N, C, spatial…], W [F, C / group, kernel…]. Channels are
    in `group` groups. `pads` holds [begin of each axis, end of each axis], or `auto_pad` says how.

    Example: `%y = onnx.Conv %x, %w {pads = array<i64: 1, 1, 1, 1>} : (tensor<1x3x8x8xf32>, tensor<16x3x3x3xf32>) -> tensor<1x16x8x8xf32>`
  }];
  let arguments = (ins ONNX_FloatTensor:$X, ONNX_FloatTensor:$W, Optional<ONNX_FloatTensor>:$B,
                       ONNX_String<"NOTSET">:$auto_pad, ONNX_OptInts:$dilations, ONNX_Int64<1>:$group,
                       ONNX_OptInts:$kernel_shape, ONNX_OptInts:$pads, ONNX_OptInts:$strides);
  let results = (outs ONNX_FloatTensor:$Y);
  let infer = [{ return inferConv(*this, getX(), getW(), getB(), getConvWindow(*this), {}, types); }];
}

def ONNX_ConvIntegerOp : ONNX_Op<"ConvInteger", 10> {
  let summary = "Convolution of 8-bit integers";
  let description = [{
    `y = Conv(x - x_zero_point, w - w_zero_point)` in i32.

    Example: `%y = onnx.ConvInteger %x, %w, %z : (tensor<1x3x8x8xui8>, tensor<16x3x3x3xi8>, tensor<ui8>) -> tensor<1x16x6x6xi32>`
  }];
  let arguments = (ins ONNX_8BitTensor:$x, ONNX_8BitTensor:$w, Optional<ONNX_8BitTensor>:$x_zero_point,
                       Optional<ONNX_8BitTensor>:$w_zero_point, ONNX_String<"NOTSET">:$auto_pad,
                       ONNX_OptInts:$dilations, ONNX_Int64<1>:$group, ONNX_OptInts:$kernel_shape,
                       ONNX_OptInts:$pads, ONNX_OptInts:$strides);
  let results = (outs ONNX_I32Tensor:$y);
  let infer = [{ return inferConv(*this, getX(), getW(), {}, getConvWindow(*this), ::mlir::IntegerType::get(getContext(), 32), types); }];
}

def ONNX_QLinearConvOp : ONNX_Op<"QLinearConv", 10> {
  let summary = "Convolution of quantized tensors";
  let description = [{
    `y = quantize(Conv(dequantize(x), dequantize(w)) + B * x_scale * w_scale)`; w may have a
    scale and a zero point for each output channel.

    Example: `%y = onnx.QLinearConv %x, %xs, %xz, %w, %ws, %wz, %ys, %yz : (tensor<1x3x8x8xui8>, tensor<f32>, tensor<ui8>, tensor<16x3x3x3xi8>, tensor<f32>, tensor<i8>, tensor<f32>, tensor<ui8>) -> tensor<1x16x6x6xui8>`
  }];
  let arguments = (ins ONNX_8BitTensor:$x, ONNX_F32Tensor:$x_scale, ONNX_8BitTensor:$x_zero_point,
                       ONNX_8BitTensor:$w, ONNX_F32Tensor:$w_scale, ONNX_8BitTensor:$w_zero_point,
                       ONNX_F32Tensor:$y_scale, ONNX_8BitTensor:$y_zero_point, Optional<ONNX_I32Tensor>:$B,
                       ONNX_String<"NOTSET">:$auto_pad, ONNX_OptInts:$dilations, ONNX_Int64<1>:$group,
                       ONNX_OptInts:$kernel_shape, ONNX_OptInts:$pads, ONNX_OptInts:$strides);
  let results = (outs ONNX_8BitTensor:$y);
  let infer = [{ return inferConv(*this, getX(), getW(), getB(), getConvWindow(*this), ::mlir::getElementTypeOrSelf(getYZeroPoint()), types); }];
}

def ONNX_ConvTransposeOp : ONNX_Op<"ConvTranspose", 22> {
  let summary = "Transposed convolution";
  let description = [{
    `Y[n, f, i * stride + k * dilation - pad] += X[n, c, i] * W[c, f, k]`, plus B: W is
    [C, F / group, kernel…]. The size is `stride * (i - 1) + output_padding + (k - 1) * dilation + 1 -
    pads`, or `output_shape`, from which the pads follow.

    Example: `%y = onnx.ConvTranspose %x, %w {strides = array<i64: 2, 2>} : (tensor<1x3x8x8xf32>, tensor<3x16x2x2xf32>) -> tensor<1x16x16x16xf32>`
  }];
  let arguments = (ins ONNX_FloatTensor:$X, ONNX_FloatTensor:$W, Optional<ONNX_FloatTensor>:$B,
                       ONNX_String<"NOTSET">:$auto_pad, ONNX_OptInts:$dilations, ONNX_Int64<1>:$group,
                       ONNX_OptInts:$kernel_shape, ONNX_OptInts:$output_padding, ONNX_OptInts:$output_shape,
                       ONNX_OptInts:$pads, ONNX_OptInts:$strides);
  let results = (outs ONNX_FloatTensor:$Y);
}

def ONNX_DeformConvOp : ONNX_Op<"DeformConv", 22> {
  let summary = "Convolution at learned offsets";
  let description = [{
    A convolution whose k-th sample lies at an offset (interpolated linearly) of its own for each
    position, weighed by `mask`.

    Example: `%y = onnx.DeformConv %x, %w, %o : (tensor<1x2x8x8xf32>, tensor<4x2x3x3xf32>, tensor<1x18x6x6xf32>) -> tensor<1x4x6x6xf32>`
  }];
  let arguments = (ins ONNX_FloatTensor:$X, ONNX_FloatTensor:$W, ONNX_FloatTensor:$offset,
                       Optional<ONNX_FloatTensor>:$B, Optional<ONNX_FloatTensor>:$mask,
                       ONNX_OptInts:$dilations, ONNX_Int64<1>:$group, ONNX_OptInts:$kernel_shape,
                       ONNX_Int64<1>:$offset_group, ONNX_OptInts:$pads, ONNX_OptInts:$strides);
  let results = (outs ONNX_FloatTensor:$Y);
  let infer = [{ return inferConv(*this, getX(), getW(), getB(), getDeformWindow(*this), {}, types); }];
}

def ONNX_Col2ImOp : ONNX_Op<"Col2Im", 18> {
  let summary = "Adds up columns of blocks into an image";
  let description = [{
    The inverse of im2col: [N, C * product(block), L] becomes [N, C, image…]; blocks that overlap
    add up.

    Example: `%y = onnx.Col2Im %x, %image, %block : (tensor<1x5x5xf32>, tensor<2xi64>, tensor<2xi64>) -> tensor<1x?x?x?xf32>`
  }];
  let arguments = (ins ONNX_Tensor:$input, ONNX_I64Tensor:$image_shape, ONNX_I64Tensor:$block_shape,
                       ONNX_OptInts:$dilations, ONNX_OptInts:$pads, ONNX_OptInts:$strides);
  let results = (outs ONNX_Tensor:$output);
}

//===--- Pooling --------------------------------------------------------===//

def ONNX_MaxPoolOp : ONNX_Op<"MaxPool", 22> {
  let summary = "Maximum of each window";
  let description = [{
    The largest element of each window, and (of X flattened) its index.
    `pads`, `strides` and `dilations` are those of a convolution; with `ceil_mode` windows that
    start inside the image or its left padding are kept.

    Example: `%y = onnx.MaxPool %x {kernel_shape = array<i64: 2, 2>, strides = array<i64: 2, 2>} : (tensor<1x3x8x8xf32>) -> tensor<1x3x4x4xf32>`
  }];
  let arguments = (ins TensorOf<[ONNX_F16_64, I<8>, UI<8>]>:$X, ONNX_String<"NOTSET">:$auto_pad,
                       ONNX_Int64<0>:$ceil_mode, ONNX_OptInts:$dilations, DenseI64ArrayAttr:$kernel_shape,
                       ONNX_OptInts:$pads, ONNX_Int64<0>:$storage_order, ONNX_OptInts:$strides);
  let results = (outs TensorOf<[ONNX_F16_64, I<8>, UI<8>]>:$Y, Optional<ONNX_I64Tensor>:$Indices);
  let infer = [{ return inferPool(*this, getPoolWindow(*this), types); }];
}

def ONNX_AveragePoolOp : ONNX_Op<"AveragePool", 22> {
  let summary = "Mean of each window";
  let description = [{
    The mean of each window, of the padding too where `count_include_pad`.
    `pads`, `strides` and `dilations` are those of a convolution; with `ceil_mode` windows that
    start inside the image or its left padding are kept.

    Example: `%y = onnx.AveragePool %x {kernel_shape = array<i64: 2, 2>} : (tensor<1x3x8x8xf32>) -> tensor<1x3x7x7xf32>`
  }];
  let arguments = (ins ONNX_FloatTensor:$X, ONNX_String<"NOTSET">:$auto_pad, ONNX_Int64<0>:$ceil_mode,
                       ONNX_Int64<0>:$count_include_pad, ONNX_OptInts:$dilations,
                       DenseI64ArrayAttr:$kernel_shape, ONNX_OptInts:$pads, ONNX_OptInts:$strides);
  let results = (outs ONNX_FloatTensor:$Y);
  let infer = [{ return inferPool(*this, getPoolWindow(*this), types); }];
}

def ONNX_LpPoolOp : ONNX_Op<"LpPool", 22> {
  let summary = "Lp norm of each window";
  let description = [{
    `Y = (sum of |x|^p)^(1/p)` over each window.
    `pads`, `strides` and `dilations` are those of a convolution; with `ceil_mode` windows that
    start inside the image or its left padding are kept.

    Example: `%y = onnx.LpPool %x {kernel_shape = array<i64: 2, 2>} : (tensor<1x3x8x8xf32>) -> tensor<1x3x7x7xf32>`
  }];
  let arguments = (ins ONNX_FloatTensor:$X, ONNX_String<"NOTSET">:$auto_pad, ONNX_Int64<0>:$ceil_mode,
                       ONNX_OptInts:$dilations, DenseI64ArrayAttr:$kernel_shape, ONNX_Int64<2>:$p,
                       ONNX_OptInts:$pads, ONNX_OptInts:$strides);
  let results = (outs ONNX_FloatTensor:$Y);
  let infer = [{ return inferPool(*this, getPoolWindow(*this), types); }];
}

def ONNX_GlobalAveragePoolOp : ONNX_Op<"GlobalAveragePool", 22> {
  let summary = "Mean of each channel";
  let description = [{
    The mean over all spatial dimensions, which become 1.

    Example: `%y = onnx.GlobalAveragePool %x : (tensor<1x3x8x8xf32>) -> tensor<1x3x1x1xf32>`
  }];
  let arguments = (ins ONNX_FloatTensor:$X);
  let results = (outs ONNX_FloatTensor:$Y);
  let infer = [{ return inferGlobalPool(*this, types); }];
}

def ONNX_GlobalMaxPoolOp : ONNX_Op<"GlobalMaxPool", 22> {
  let summary = "Maximum of each channel";
  let description = [{
    The maximum over all spatial dimensions, which become 1.

    Example: `%y = onnx.GlobalMaxPool %x : (tensor<1x3x8x8xf32>) -> tensor<1x3x1x1xf32>`
  }];
  let arguments = (ins ONNX_FloatTensor:$X);
  let results = (outs ONNX_FloatTensor:$Y);
  let infer = [{ return inferGlobalPool(*this, types); }];
}

def ONNX_GlobalLpPoolOp : ONNX_Op<"GlobalLpPool", 22> {
  let summary = "Lp norm of each channel";
  let description = [{
    The `(sum of |x|^p)^(1/p)` over all spatial dimensions, which become 1.

    Example: `%y = onnx.GlobalLpPool %x : (tensor<1x3x8x8xf32>) -> tensor<1x3x1x1xf32>`
  }];
  let arguments = (ins ONNX_FloatTensor:$X, ONNX_Int64<2>:$p);
  let results = (outs ONNX_FloatTensor:$Y);
  let infer = [{ return inferGlobalPool(*this, types); }];
}

def ONNX_MaxUnpoolOp : ONNX_Op<"MaxUnpool", 22> {
  let summary = "Puts maxima back in their places";
  let description = [{
    The inverse of MaxPool: zero but for X at the `Indices` that MaxPool gave.

    Example: `%y = onnx.MaxUnpool %x, %i {kernel_shape = array<i64: 2, 2>, strides = array<i64: 2, 2>} : (tensor<1x3x4x4xf32>, tensor<1x3x4x4xi64>) -> tensor<1x3x8x8xf32>`
  }];
  let arguments = (ins ONNX_FloatTensor:$X, ONNX_I64Tensor:$I, Optional<ONNX_I64Tensor>:$output_shape,
                       DenseI64ArrayAttr:$kernel_shape, ONNX_OptInts:$pads, ONNX_OptInts:$strides);
  let results = (outs ONNX_FloatTensor:$output);
}

def ONNX_MaxRoiPoolOp : ONNX_Op<"MaxRoiPool", 22> {
  let summary = "Maxima of a grid over regions";
  let description = [{
    Each region `[batch, x1, y1, x2, y2]`, times `spatial_scale`, is divided in `pooled_shape`
    bins.

    Example: `%y = onnx.MaxRoiPool %x, %r {pooled_shape = array<i64: 2, 2>} : (tensor<1x3x8x8xf32>, tensor<5x5xf32>) -> tensor<5x3x2x2xf32>`
  }];
  let arguments = (ins ONNX_FloatTensor:$X, ONNX_FloatTensor:$rois, DenseI64ArrayAttr:$pooled_shape,
                       ONNX_Float<"1.0f">:$spatial_scale);
  let results = (outs ONNX_FloatTensor:$Y);
}

def ONNX_RoiAlignOp : ONNX_Op<"RoiAlign", 22> {
  let summary = "Interpolated values of a grid over regions";
  let description = [{
    Each region `[x1, y1, x2, y2]` of image `batch_indices[r]`, times `spatial_scale`, is divided
    in bins, whose samples give the `avg` or `max`.

    Example: `%y = onnx.RoiAlign %x, %r, %b {output_height = 2, output_width = 2} : (tensor<1x3x8x8xf32>, tensor<5x4xf32>, tensor<5xi64>) -> tensor<5x3x2x2xf32>`
  }];
  let arguments = (ins ONNX_FloatTensor:$X, ONNX_FloatTensor:$rois, ONNX_I64Tensor:$batch_indices,
                       ONNX_String<"half_pixel">:$coordinate_transformation_mode, ONNX_String<"avg">:$mode,
                       ONNX_Int64<1>:$output_height, ONNX_Int64<1>:$output_width,
                       ONNX_Int64<0>:$sampling_ratio, ONNX_Float<"1.0f">:$spatial_scale);
  let results = (outs ONNX_FloatTensor:$Y);
}

//===--- Losses ---------------------------------------------------------===//

def ONNX_NegativeLogLikelihoodLossOp : ONNX_Op<"NegativeLogLikelihoodLoss", 22> {
  let summary = "Negative log likelihood of targets";
  let description = [{
    `loss[n] = -input[n, target[n]] * weight[target[n]]`, reduced by `reduction` (`none`, `sum`,
    `mean`).

    Example: `%y = onnx.NegativeLogLikelihoodLoss %x, %t : (tensor<4x10xf32>, tensor<4xi64>) -> tensor<f32>`
  }];
  let arguments = (ins ONNX_FloatTensor:$input, ONNX_IndexTensor:$target, Optional<ONNX_FloatTensor>:$weight,
                       ONNX_OptInt:$ignore_index, ONNX_String<"mean">:$reduction);
  let results = (outs ONNX_FloatTensor:$loss);
  let infer = [{ return inferLoss(*this, getInput(), getTarget(), getReduction(), types); }];
}

def ONNX_SoftmaxCrossEntropyLossOp : ONNX_Op<"SoftmaxCrossEntropyLoss", 13> {
  let summary = "Cross entropy of the softmax";
  let description = [{
    `loss[n] = -LogSoftmax(scores)[n, labels[n]] * weights[labels[n]]`, reduced by `reduction`.

    Example: `%y, %p = onnx.SoftmaxCrossEntropyLoss %x, %t : (tensor<4x10xf32>, tensor<4xi64>) -> (tensor<f32>, tensor<4x10xf32>)`
  }];
  let arguments = (ins ONNX_FloatTensor:$scores, ONNX_IndexTensor:$labels,
                       Optional<ONNX_FloatTensor>:$weights, ONNX_OptInt:$ignore_index,
                       ONNX_String<"mean">:$reduction);
  let results = (outs ONNX_FloatTensor:$output, Optional<ONNX_FloatTensor>:$log_prob);
}

// Where it may be training it draws: not merged with its like.
def ONNX_DropoutOp : ONNX_Op<"Dropout", 22, [DeclareOpInterfaceMethods<MemoryEffectsOpInterface>]> {
  let summary = "Drops elements while training";
  let description = [{
    `Y = X` unless `training_mode` is true; then each element is zero with probability `ratio`, the
    others are scaled by `1 / (1 - ratio)`.

    Example: `%y = onnx.Dropout %x : tensor<4xf32>`
  }];
  let arguments = (ins ONNX_AnyFloatTensor:$data, Optional<ONNX_AnyFloatTensor>:$ratio,
                       Optional<ONNX_BoolTensor>:$training_mode, ONNX_OptInt:$seed);
  let results = (outs ONNX_AnyFloatTensor:$output, Optional<ONNX_BoolTensor>:$mask);
  let hasCanonicalizer = 1;
  let definitions = [{
    void $cppClass::getEffects(::llvm::SmallVectorImpl<::mlir::MemoryEffects::EffectInstance> &effects) {
      if (getTrainingMode())
        effects.emplace_back(::mlir::MemoryEffects::Allocate::get(), getOperation()->getResult(0));
    }
  }];
}

#endif // QUERN_DIALECT_ONNX_IR_NN_TD
