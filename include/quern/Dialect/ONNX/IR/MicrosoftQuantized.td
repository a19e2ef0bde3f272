// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Operators of com.microsoft on quantized numbers.

#ifndef QUERN_DIALECT_ONNX_IR_MICROSOFTQUANTIZED_TD
#define QUERN_DIALECT_ONNX_IR_MICROSOFTQUANTIZED_TD

include "quern/Dialect/ONNX/IR/ONNXBase.td"

//===--- Elementwise, reductions, movement -------------------------------===//

def ONNX_MSQLinearAddOp : ONNX_MSOp<"QLinearAdd"> {
  let summary = "Sum of quantized tensors";
  let description = [{
    `C = quantize(dequantize(A) + dequantize(B))` with broadcasting.

    Example: `%c = onnx.ms.QLinearAdd %a, %as, none, %b, %bs, none, %cs : (tensor<4xui8>, tensor<f32>, tensor<4xui8>, tensor<f32>, tensor<f32>) -> tensor<4xui8>`
  }];
  let arguments = (ins ONNX_8BitTensor:$A, ONNX_F32Tensor:$A_scale, Optional<ONNX_8BitTensor>:$A_zero_point,
                       ONNX_8BitTensor:$B, ONNX_F32Tensor:$B_scale, Optional<ONNX_8BitTensor>:$B_zero_point,
                       ONNX_F32Tensor:$C_scale, Optional<ONNX_8BitTensor>:$C_zero_point);
  let results = (outs ONNX_8BitTensor:$C);
  let infer = [{ return inferBroadcastOf(*this, {getA(), getB()}, types); }];
}

def ONNX_MSQLinearMulOp : ONNX_MSOp<"QLinearMul"> {
  let summary = "Product of quantized tensors";
  let description = [{
    `C = quantize(dequantize(A) * dequantize(B))` with broadcasting.

    Example: `%c = onnx.ms.QLinearMul %a, %as, none, %b, %bs, none, %cs : (tensor<4xui8>, tensor<f32>, tensor<4xui8>, tensor<f32>, tensor<f32>) -> tensor<4xui8>`
  }];
  let arguments = (ins ONNX_8BitTensor:$A, ONNX_F32Tensor:$A_scale, Optional<ONNX_8BitTensor>:$A_zero_point,
                       ONNX_8BitTensor:$B, ONNX_F32Tensor:$B_scale, Optional<ONNX_8BitTensor>:$B_zero_point,
                       ONNX_F32Tensor:$C_scale, Optional<ONNX_8BitTensor>:$C_zero_point);
  let results = (outs ONNX_8BitTensor:$C);
  let infer = [{ return inferBroadcastOf(*this, {getA(), getB()}, types); }];
}

def ONNX_MSQLinearSigmoidOp : ONNX_MSOp<"QLinearSigmoid"> {
  let summary = "Sigmoid of a quantized tensor";
  let description = [{
    `Y = quantize(sigmoid(dequantize(X)))`

    Example: `%y = onnx.ms.QLinearSigmoid %x, %xs, none, %ys : (tensor<4xui8>, tensor<f32>, tensor<f32>) -> tensor<4xui8>`
  }];
  let arguments = (ins ONNX_8BitTensor:$X, ONNX_F32Tensor:$X_scale, Optional<ONNX_8BitTensor>:$X_zero_point,
                       ONNX_F32Tensor:$Y_scale, Optional<ONNX_8BitTensor>:$Y_zero_point);
  let results = (outs ONNX_8BitTensor:$Y);
  let infer = [{ return inferSameType(*this, types); }];
}

def ONNX_MSQLinearLeakyReluOp : ONNX_MSOp<"QLinearLeakyRelu"> {
  let summary = "LeakyRelu of a quantized tensor";
  let description = [{
    `Y = quantize(LeakyRelu(dequantize(X), alpha))`

    Example: `%y = onnx.ms.QLinearLeakyRelu %x, %xs, none, %ys : (tensor<4xui8>, tensor<f32>, tensor<f32>) -> tensor<4xui8>`
  }];
  let arguments = (ins ONNX_8BitTensor:$X, ONNX_F32Tensor:$X_scale, Optional<ONNX_8BitTensor>:$X_zero_point,
                       ONNX_F32Tensor:$Y_scale, Optional<ONNX_8BitTensor>:$Y_zero_point,
                       ONNX_Float<"0.01f">:$alpha);
  let results = (outs ONNX_8BitTensor:$Y);
  let infer = [{ return inferSameType(*this, types); }];
}

def ONNX_MSQLinearGlobalAveragePoolOp : ONNX_MSOp<"QLinearGlobalAveragePool"> {
  let summary = "Mean of each channel of a quantized tensor";
  let description = [{
    `Y = quantize(mean(dequantize(X)))` over the spatial dimensions; `channels_last` says where the channels are.

    Example: `%y = onnx.ms.QLinearGlobalAveragePool %x, %xs, %xz, %ys, %yz : (tensor<1x3x8x8xui8>, tensor<f32>, tensor<ui8>, tensor<f32>, tensor<ui8>) -> tensor<1x3x1x1xui8>`
  }];
  let arguments = (ins ONNX_8BitTensor:$X, ONNX_F32Tensor:$x_scale, ONNX_8BitTensor:$x_zero_point,
                       ONNX_F32Tensor:$y_scale, ONNX_8BitTensor:$y_zero_point, ONNX_Int64<0>:$channels_last);
  let results = (outs ONNX_8BitTensor:$Y);
  let infer = [{ return inferGlobalPool(*this, types, getChannelsLast()); }];
}

def ONNX_MSQLinearConcatOp : ONNX_MSOp<"QLinearConcat"> {
  let summary = "Quantized tensors one after another";
  let description = [{
    `Y = quantize(concat(dequantize(x) …))`: after the scale and the zero point of Y follow a tensor, its scale and its zero
    point, and so on.

    Example: `%y = onnx.ms.QLinearConcat %ys, %yz, %a, %as, %az, %b, %bs, %bz {axis = 1} : (tensor<f32>, tensor<ui8>, tensor<2x3xui8>, tensor<f32>, tensor<ui8>, tensor<2x4xui8>, tensor<f32>, tensor<ui8>) -> tensor<2x7xui8>`
  }];
  let arguments = (ins ONNX_F32Tensor:$Y_scale, ONNX_8BitTensor:$Y_zero_point, Variadic<ONNX_Tensor>:$inputs,
                       ONNX_Int64Attr:$axis);
  let results = (outs ONNX_8BitTensor:$Y);
}

def ONNX_MSQLinearWhereOp : ONNX_MSOp<"QLinearWhere"> {
  let summary = "Chooses from two quantized tensors";
  let description = [{
    `Z = quantize(where(condition, dequantize(X), dequantize(Y)))` with broadcasting.

    Example: `%z = onnx.ms.QLinearWhere %c, %x, %xs, %xz, %y, %ys, %yz, %zs, %zz : (tensor<4xi1>, tensor<4xui8>, tensor<f32>, tensor<ui8>, tensor<4xui8>, tensor<f32>, tensor<ui8>, tensor<f32>, tensor<ui8>) -> tensor<4xui8>`
  }];
  let arguments = (ins ONNX_BoolTensor:$condition, ONNX_8BitTensor:$X, ONNX_F32Tensor:$x_scale,
                       ONNX_8BitTensor:$x_zero_point, ONNX_8BitTensor:$Y, ONNX_F32Tensor:$y_scale,
                       ONNX_8BitTensor:$y_zero_point, ONNX_F32Tensor:$z_scale, ONNX_8BitTensor:$z_zero_point);
  let results = (outs ONNX_8BitTensor:$Z);
  let infer = [{ return inferBroadcastOf(*this, {getCondition(), getX(), getY()}, types, ::mlir::getElementTypeOrSelf(getX())); }];
}

def ONNX_MSQLinearSoftmaxOp : ONNX_MSOp<"QLinearSoftmax"> {
  let summary = "Softmax of a quantized tensor";
  let description = [{
    `Y = quantize(softmax(dequantize(X)))` along `axis`; before `opset` 13 all dimensions from it on are one.

    Example: `%y = onnx.ms.QLinearSoftmax %x, %xs, %xz, %ys, %yz {opset = 13} : (tensor<2x8xui8>, tensor<f32>, tensor<ui8>, tensor<f32>, tensor<ui8>) -> tensor<2x8xui8>`
  }];
  let arguments = (ins ONNX_8BitTensor:$X, ONNX_F32Tensor:$X_scale, Optional<ONNX_8BitTensor>:$x_zero_point,
                       ONNX_F32Tensor:$y_scale, ONNX_8BitTensor:$y_zero_point, ONNX_Int64<-1>:$axis,
                       ONNX_Int64Attr:$opset);
  let results = (outs ONNX_8BitTensor:$Y);
  let infer = [{ return inferAlongAxis(*this, getAxis(), types); }];
}

def ONNX_MSQLinearReduceMeanOp : ONNX_MSOp<"QLinearReduceMean"> {
  let summary = "Mean of a quantized tensor";
  let description = [{
    `reduced = quantize(mean(dequantize(data)))` over `axes`, which stay with size 1 where `keepdims` is 1.

    Example: `%y = onnx.ms.QLinearReduceMean %x, %xs, %xz, %ys, %yz {axes = array<i64: 1>, keepdims = 1} : (tensor<2x8xui8>, tensor<f32>, tensor<ui8>, tensor<f32>, tensor<ui8>) -> tensor<2x1xui8>`
  }];
  let arguments = (ins ONNX_8BitTensor:$data, ONNX_F32Tensor:$data_scale,
                       Optional<ONNX_8BitTensor>:$data_zero_point, ONNX_F32Tensor:$reduced_scale,
                       Optional<ONNX_8BitTensor>:$reduced_zero_point, DenseI64ArrayAttr:$axes,
                       ONNX_Int64Attr:$keepdims);
  let results = (outs ONNX_8BitTensor:$reduced);
}

def ONNX_MSQLinearAveragePoolOp : ONNX_MSOp<"QLinearAveragePool"> {
  let summary = "Mean of each window of a quantized tensor";
  let description = [{
    `Y = quantize(AveragePool(dequantize(X)))`; `channels_last` says where the channels are.

    Example: `%y = onnx.ms.QLinearAveragePool %x, %xs, %xz, %ys, %yz {kernel_shape = array<i64: 2, 2>} : (tensor<1x3x8x8xui8>, tensor<f32>, tensor<ui8>, tensor<f32>, tensor<ui8>) -> tensor<1x3x7x7xui8>`
  }];
  let arguments = (ins ONNX_8BitTensor:$X, ONNX_F32Tensor:$x_scale, Optional<ONNX_8BitTensor>:$x_zero_point,
                       ONNX_F32Tensor:$y_scale, Optional<ONNX_8BitTensor>:$y_zero_point,
                       ONNX_String<"NOTSET">:$auto_pad, ONNX_Int64<0>:$ceil_mode, ONNX_Int64<0>:$channels_last,
                       ONNX_Int64<0>:$count_include_pad, ONNX_OptInts:$dilations,
                       DenseI64ArrayAttr:$kernel_shape, ONNX_OptInts:$pads, ONNX_OptInts:$strides);
  let results = (outs ONNX_8BitTensor:$Y);
  let infer = [{
    return getChannelsLast() ? inferNhwcPool(*this, getX(), getPoolWindow(*this), types)
                             : inferPool(*this, getPoolWindow(*this), types);
  }];
}

//===--- Contractions -----------------------------------------------------===//

def ONNX_MSQLinearConvOp : ONNX_MSOp<"QLinearConv"> {
  let summary = "Convolution of quantized tensors, perhaps with the channels last";
  let description = [{
    As QLinearConv of ai.onnx; with `channels_last` x and y are [batch, spatial…, channels].

    Example: `%y = onnx.ms.QLinearConv %x, %xs, %xz, %w, %ws, %wz, %ys, %yz {channels_last = 1} : (tensor<1x8x8x3xui8>, tensor<f32>, tensor<ui8>, tensor<16x3x3x3xi8>, tensor<f32>, tensor<i8>, tensor<f32>, tensor<ui8>) -> tensor<1x6x6x16xui8>`
  }];
  let arguments = (ins ONNX_8BitTensor:$x, ONNX_F32Tensor:$x_scale, ONNX_8BitTensor:$x_zero_point,
                       ONNX_8BitTensor:$w, ONNX_F32Tensor:$w_scale, ONNX_8BitTensor:$w_zero_point,
                       ONNX_F32Tensor:$y_scale, ONNX_8BitTensor:$y_zero_point, Optional<ONNX_I32Tensor>:$B,
                       ONNX_String<"NOTSET">:$auto_pad, ONNX_Int64<0>:$channels_last, ONNX_OptInts:$dilations,
                       ONNX_Int64<1>:$group, ONNX_OptInts:$kernel_shape, ONNX_OptInts:$pads,
                       ONNX_OptInts:$strides);
  let results = (outs ONNX_8BitTensor:$y);
  let infer = [{
    ::mlir::Type element = ::mlir::getElementTypeOrSelf(getYZeroPoint());
    return getChannelsLast() ? inferNhwcConv(*this, getX(), getW(), getConvWindow(*this), element, types)
                             : inferConv(*this, getX(), getW(), getB(), getConvWindow(*this), element, types);
  }];
}

def ONNX_MSQGemmOp : ONNX_MSOp<"QGemm"> {
  let summary = "Matrix product of 8-bit integers plus a vector";
  let description = [{
    `Y = alpha * a_scale * b_scale * ((A' - a_zero_point) * (B' - b_zero_point) + C)`, quantized where y_scale is given.

    Example: `%y = onnx.ms.QGemm %a, %as, %az, %b, %bs, %bz, %c {transB = 1} : (tensor<3x4xui8>, tensor<f32>, tensor<ui8>, tensor<5x4xi8>, tensor<f32>, tensor<i8>, tensor<5xi32>) -> tensor<3x5xf32>`
  }];
  let arguments = (ins ONNX_8BitTensor:$A, ONNX_F32Tensor:$a_scale, ONNX_8BitTensor:$a_zero_point,
                       ONNX_8BitTensor:$B, ONNX_F32Tensor:$b_scale, ONNX_8BitTensor:$b_zero_point,
                       Optional<ONNX_I32Tensor>:$C, Optional<ONNX_F32Tensor>:$y_scale,
                       Optional<ONNX_8BitTensor>:$y_zero_point, ONNX_Float<"1.0f">:$alpha, ONNX_Int64<0>:$transA,
                       ONNX_Int64<0>:$transB);
  let results = (outs ONNX_Tensor:$Y);
}

def ONNX_MSMatMulNBitsOp : ONNX_MSOp<"MatMulNBits"> {
  let summary = "Matrix product with weights of few bits";
  let description = [{
    `Y = A * dequantize(B)^T`: B is [N, K / block_size, block_size * bits / 8] bytes, each block of `block_size`
    numbers along K with a scale and a zero point. With `g_idx` a number has the scale of the block that it names.

    Example: `%y = onnx.ms.MatMulNBits %a, %b, %s {K = 32, N = 8, bits = 4, block_size = 32} : (tensor<2x32xf32>, tensor<8x1x16xui8>, tensor<8xf32>) -> tensor<2x8xf32>`
  }];
  let arguments = (ins ONNX_FloatTensor:$A, ONNX_Tensor:$B, ONNX_FloatTensor:$scales,
                       Optional<ONNX_Tensor>:$zero_points, Optional<ONNX_I32Tensor>:$g_idx,
                       Optional<ONNX_FloatTensor>:$bias, ONNX_Int64Attr:$K, ONNX_Int64Attr:$N,
                       ONNX_Int64<0>:$accuracy_level, ONNX_Int64<4>:$bits, ONNX_Int64Attr:$block_size,
                       ONNX_Int64<0>:$weight_prepacked);
  let results = (outs ONNX_FloatTensor:$Y);
}

def ONNX_MSMatMulBnb4Op : ONNX_MSOp<"MatMulBnb4"> {
  let summary = "Matrix product with weights of a 4-bit table";
  let description = [{
    `Y = A * W^T`: W is [N, K], its numbers those of the table FP4 (`quant_type` 0) or NF4 (1), two a byte of B with the
    first in the high bits, each block of `block_size` numbers times its `absmax`.

    Example: `%y = onnx.ms.MatMulBnb4 %a, %b, %m {K = 32, N = 8, block_size = 32, quant_type = 1} : (tensor<2x32xf32>, tensor<128xui8>, tensor<8xf32>) -> tensor<2x8xf32>`
  }];
  let arguments = (ins ONNX_FloatTensor:$A, ONNX_UI8Tensor:$B, ONNX_FloatTensor:$absmax, ONNX_Int64Attr:$K,
                       ONNX_Int64Attr:$N, ONNX_Int64Attr:$block_size, ONNX_Int64Attr:$quant_type,
                       ONNX_Int64<0>:$training_mode, ONNX_Int64<1>:$transB);
  let results = (outs ONNX_FloatTensor:$Y);
}

def ONNX_MSDynamicQuantizeMatMulOp : ONNX_MSOp<"DynamicQuantizeMatMul"> {
  let summary = "Matrix product of a tensor quantized on the way";
  let description = [{
    `Y = dequantize(DynamicQuantizeLinear(A) * B) + bias`

    Example: `%y = onnx.ms.DynamicQuantizeMatMul %a, %b, %s : (tensor<3x4xf32>, tensor<4x5xi8>, tensor<f32>) -> tensor<3x5xf32>`
  }];
  let arguments = (ins ONNX_F32Tensor:$A, ONNX_8BitTensor:$B, ONNX_F32Tensor:$b_scale,
                       Optional<ONNX_8BitTensor>:$b_zero_point, Optional<ONNX_F32Tensor>:$bias);
  let results = (outs ONNX_F32Tensor:$Y);
  let infer = [{ return inferMatMul(*this, getA(), getB(), ::mlir::getElementTypeOrSelf(getA()), types); }];
}

def ONNX_MSMatMulIntegerToFloatOp : ONNX_MSOp<"MatMulIntegerToFloat"> {
  let summary = "Matrix product of 8-bit integers, as floats";
  let description = [{
    `Y = (A - a_zero_point) * (B - b_zero_point) * a_scale * b_scale + bias`

    Example: `%y = onnx.ms.MatMulIntegerToFloat %a, %b, %as, %bs : (tensor<3x4xui8>, tensor<4x5xi8>, tensor<f32>, tensor<f32>) -> tensor<3x5xf32>`
  }];
  let arguments = (ins ONNX_8BitTensor:$A, ONNX_8BitTensor:$B, ONNX_FloatTensor:$a_scale,
                       ONNX_FloatTensor:$b_scale, Optional<ONNX_8BitTensor>:$a_zero_point,
                       Optional<ONNX_8BitTensor>:$b_zero_point, Optional<ONNX_FloatTensor>:$bias);
  let results = (outs ONNX_FloatTensor:$Y);
  let infer = [{ return inferMatMul(*this, getA(), getB(), ::mlir::getElementTypeOrSelf(getAScale()), types); }];
}

//===--- Transformers -----------------------------------------------------===//

def ONNX_MSQAttentionOp : ONNX_MSOp<"QAttention"> {
  let summary = "Self attention with quantized projections";
  let description = [{
    As Attention, with `Q, K, V = dequantize(input * weight) + bias`.

    Example: `%y = onnx.ms.QAttention %x, %w, %b, %xs, %ws, none, %xz, %wz {num_heads = 2} : (tensor<1x4x8xui8>, tensor<8x24xi8>, tensor<24xf32>, tensor<f32>, tensor<f32>, tensor<ui8>, tensor<i8>) -> tensor<1x4x8xf32>`
  }];
  let arguments = (ins ONNX_8BitTensor:$input, ONNX_8BitTensor:$weight, ONNX_FloatTensor:$bias,
                       ONNX_FloatTensor:$input_scale, ONNX_FloatTensor:$weight_scale,
                       Optional<ONNX_I32Tensor>:$mask_index, Optional<ONNX_8BitTensor>:$input_zero_point,
                       Optional<ONNX_8BitTensor>:$weight_zero_point, Optional<ONNX_FloatTensor>:$past,
                       ONNX_Int64<0>:$do_rotary, ONNX_Float<"-10000.0f">:$mask_filter_value,
                       ONNX_Int64Attr:$num_heads, ONNX_Int64<0>:$past_present_share_buffer, ONNX_OptFloat:$scale,
                       ONNX_Int64<0>:$unidirectional);
  let results = (outs ONNX_FloatTensor:$output, Optional<ONNX_FloatTensor>:$present);
}

def ONNX_MSQEmbedLayerNormalizationOp : ONNX_MSOp<"QEmbedLayerNormalization"> {
  let summary = "Sums quantized embeddings and normalises them";
  let description = [{
    EmbedLayerNormalization of dequantized tensors.

    Example: `%y, %m = onnx.ms.QEmbedLayerNormalization %i, none, %w, %p, none, %g, %b, none, %ws, %ps, none, %gs, %bs, %wz, %pz, none, %gz, %bz : (tensor<1x4xi32>, tensor<50x8xui8>, tensor<10x8xui8>, tensor<8xui8>, tensor<8xui8>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<ui8>, tensor<ui8>, tensor<ui8>, tensor<ui8>) -> (tensor<1x4x8xf32>, tensor<1xi32>)`
  }];
  let arguments = (ins ONNX_I32Tensor:$input_ids, Optional<ONNX_I32Tensor>:$segment_ids,
                       ONNX_8BitTensor:$word_embedding, ONNX_8BitTensor:$position_embedding,
                       Optional<ONNX_8BitTensor>:$segment_embedding, ONNX_8BitTensor:$gamma,
                       ONNX_8BitTensor:$beta, Optional<ONNX_I32Tensor>:$mask, ONNX_F32Tensor:$word_embedding_scale,
                       ONNX_F32Tensor:$position_embedding_scale, Optional<ONNX_F32Tensor>:$segment_embedding_scale,
                       ONNX_F32Tensor:$gamma_scale, ONNX_F32Tensor:$beta_scale,
                       ONNX_8BitTensor:$word_embedding_zero_point, ONNX_8BitTensor:$position_embedding_zero_point,
                       Optional<ONNX_8BitTensor>:$segment_embedding_zero_point, ONNX_8BitTensor:$gamma_zero_point,
                       ONNX_8BitTensor:$beta_zero_point, ONNX_Float<"1e-12f">:$epsilon);
  let results = (outs ONNX_F32Tensor:$output, ONNX_I32Tensor:$mask_index);
}

def ONNX_MSGatherBlockQuantizedOp : ONNX_MSOp<"GatherBlockQuantized"> {
  let summary = "Gathers rows of quantized weights as floats";
  let description = [{
    `output = Gather(dequantize(data), indices)` along `gather_axis`; each block of `block_size` numbers along
    `quantize_axis` has a scale and a zero point. Bytes hold 8 / `bits` numbers, the first in the low bits.

    Example: `%y = onnx.ms.GatherBlockQuantized %d, %i, %s {block_size = 16} : (tensor<50x32xui4>, tensor<2x3xi64>, tensor<50x2xf32>) -> tensor<2x3x32xf32>`
  }];
  let arguments = (ins ONNX_Tensor:$data, ONNX_IndexTensor:$indices, ONNX_FloatTensor:$scales,
                       Optional<ONNX_Tensor>:$zero_points, ONNX_Int64<4>:$bits, ONNX_Int64<128>:$block_size,
                       ONNX_Int64<0>:$gather_axis, ONNX_Int64<1>:$quantize_axis);
  let results = (outs ONNX_FloatTensor:$output);
}

def ONNX_MSDynamicQuantizeLSTMOp : ONNX_MSOp<"DynamicQuantizeLSTM"> {
  let summary = "Long short-term memory with quantized weights";
  let description = [{
    LSTM of dequantized weights: W is [directions, input, 4*hidden], R [directions, hidden, 4*hidden], their scales and
    zero points one a direction, or one a column of each.

    Example: `%y, %h, %c = onnx.ms.DynamicQuantizeLSTM %x, %w, %r, none, none, none, none, none, %ws, %wz, %rs, %rz {hidden_size = 8} : (tensor<5x1x4xf32>, tensor<1x4x32xui8>, tensor<1x8x32xui8>, tensor<1xf32>, tensor<1xui8>, tensor<1xf32>, tensor<1xui8>) -> (tensor<5x1x1x8xf32>, tensor<1x1x8xf32>, tensor<1x1x8xf32>)`
  }];
  let arguments = (ins ONNX_F32Tensor:$X, ONNX_8BitTensor:$W, ONNX_8BitTensor:$R, Optional<ONNX_F32Tensor>:$B,
                       Optional<ONNX_I32Tensor>:$sequence_lens, Optional<ONNX_F32Tensor>:$initial_h,
                       Optional<ONNX_F32Tensor>:$initial_c, Optional<ONNX_F32Tensor>:$P, ONNX_F32Tensor:$W_scale,
                       ONNX_8BitTensor:$W_zero_point, ONNX_F32Tensor:$R_scale, ONNX_8BitTensor:$R_zero_point,
                       ONNX_OptFloats:$activation_alpha, ONNX_OptFloats:$activation_beta,
                       ONNX_OptStrings:$activations, ONNX_OptFloat:$clip, ONNX_String<"forward">:$direction,
                       ONNX_OptInt:$hidden_size, ONNX_Int64<0>:$input_forget);
  let results = (outs Optional<ONNX_F32Tensor>:$Y, Optional<ONNX_F32Tensor>:$Y_h, Optional<ONNX_F32Tensor>:$Y_c);
}

#endif // QUERN_DIALECT_ONNX_IR_MICROSOFTQUANTIZED_TD
