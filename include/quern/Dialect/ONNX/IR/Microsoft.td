// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Operators of ONNX Runtime's domain com.microsoft.

#ifndef QUERN_DIALECT_ONNX_IR_MICROSOFT_TD
#define QUERN_DIALECT_ONNX_IR_MICROSOFT_TD

include "quern/Dialect/ONNX/IR/ONNXBase.td"

//===--- Products -------------------------------------------------------===//

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

def ONNX_MSMatMulNBitsOp : ONNX_MSOp<"MatMulNBits"> {
  let summary = "Matrix product with weights of few bits";
  let description = [{
    `Y = A * dequantize(B)^T`: B is [N, K / block_size, block_size * bits / 8] bytes, each block of `block_size`
    numbers along K with a scale and a zero point.

    Example: `%y = onnx.ms.MatMulNBits %a, %b, %s {K = 32, N = 8, bits = 4, block_size = 32} : (tensor<2x32xf32>, tensor<8x1x16xui8>, tensor<8xf32>) -> tensor<2x8xf32>`
  }];
  let arguments = (ins ONNX_FloatTensor:$A, ONNX_Tensor:$B, ONNX_FloatTensor:$scales,
                       Optional<ONNX_Tensor>:$zero_points, Optional<ONNX_I32Tensor>:$g_idx,
                       Optional<ONNX_FloatTensor>:$bias, ONNX_Int64Attr:$K, ONNX_Int64Attr:$N,
                       ONNX_Int64<0>:$accuracy_level, ONNX_Int64<4>:$bits, ONNX_Int64Attr:$block_size);
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

//===--- Activations ----------------------------------------------------===//

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

//===--- Transformers ---------------------------------------------------===//

def ONNX_MSSkipLayerNormalizationOp : ONNX_MSOp<"SkipLayerNormalization"> {
  let summary = "Layer normalisation of a sum";
  let description = [{
    `S = input + skip + bias`, `output = LayerNormalization(S) * gamma + beta` over the last dimension;
    `input_skip_bias_sum` is S.

    Example: `%y, %s = onnx.ms.SkipLayerNormalization %x, %skip, %g : (tensor<1x4x8xf32>, tensor<1x4x8xf32>, tensor<8xf32>) -> (tensor<1x4x8xf32>, none, none, tensor<1x4x8xf32>)`
  }];
  let arguments = (ins ONNX_FloatTensor:$input, ONNX_FloatTensor:$skip, ONNX_FloatTensor:$gamma,
                       Optional<ONNX_FloatTensor>:$beta, Optional<ONNX_FloatTensor>:$bias,
                       ONNX_Float<"1e-12f">:$epsilon);
  let results = (outs ONNX_FloatTensor:$output, Optional<ONNX_FloatTensor>:$mean,
                      Optional<ONNX_FloatTensor>:$inv_std_var,
                      Optional<ONNX_FloatTensor>:$input_skip_bias_sum);
  let infer = [{ return inferSkipNormalization(*this, types); }];
}

def ONNX_MSSkipSimplifiedLayerNormalizationOp : ONNX_MSOp<"SkipSimplifiedLayerNormalization"> {
  let summary = "Root mean square normalisation of a sum";
  let description = [{
    `S = input + skip + bias`, `output = RMSNormalization(S) * gamma` over the last dimension;
    `input_skip_bias_sum` is S.

    Example: `%y, %s = onnx.ms.SkipSimplifiedLayerNormalization %x, %skip, %g : (tensor<1x4x8xf32>, tensor<1x4x8xf32>, tensor<8xf32>) -> (tensor<1x4x8xf32>, none, none, tensor<1x4x8xf32>)`
  }];
  let arguments = (ins ONNX_FloatTensor:$input, ONNX_FloatTensor:$skip, ONNX_FloatTensor:$gamma,
                       Optional<ONNX_FloatTensor>:$bias, ONNX_Float<"1e-12f">:$epsilon);
  let results = (outs ONNX_FloatTensor:$output, Optional<ONNX_FloatTensor>:$mean,
                      Optional<ONNX_FloatTensor>:$inv_std_var,
                      Optional<ONNX_FloatTensor>:$input_skip_bias_sum);
  let infer = [{ return inferSkipNormalization(*this, types); }];
}

def ONNX_MSEmbedLayerNormalizationOp : ONNX_MSOp<"EmbedLayerNormalization"> {
  let summary = "Sums embeddings and normalises them";
  let description = [{
    `S = word_embedding[input_ids] + position_embedding[position] + segment_embedding[segment_ids]`,
    `output = LayerNormalization(S) * gamma + beta`; `mask_index` is the number of ones of each row of `mask`.

    Example: `%y, %m = onnx.ms.EmbedLayerNormalization %i, none, %w, %p, none, %g, %b : (tensor<1x4xi32>, tensor<50x8xf32>, tensor<10x8xf32>, tensor<8xf32>, tensor<8xf32>) -> (tensor<1x4x8xf32>, tensor<1xi32>, none)`
  }];
  let arguments = (ins ONNX_I32Tensor:$input_ids, Optional<ONNX_I32Tensor>:$segment_ids,
                       ONNX_FloatTensor:$word_embedding, ONNX_FloatTensor:$position_embedding,
                       Optional<ONNX_FloatTensor>:$segment_embedding, ONNX_FloatTensor:$gamma,
                       ONNX_FloatTensor:$beta, Optional<ONNX_I32Tensor>:$mask,
                       Optional<ONNX_I32Tensor>:$position_ids, ONNX_Float<"1e-12f">:$epsilon,
                       ONNX_Int64<0>:$mask_index_type);
  let results = (outs ONNX_FloatTensor:$output, Optional<ONNX_I32Tensor>:$mask_index,
                      Optional<ONNX_FloatTensor>:$embedding_sum);
}

def ONNX_MSAttentionOp : ONNX_MSOp<"Attention"> {
  let summary = "Self attention with its projections";
  let description = [{
    `Q, K, V = input * weights + bias`, `output = softmax(Q * K^T / sqrt(size) + mask) * V` for each of `num_heads`
    heads; `past` and `present` are [2, batch, heads, length, size].

    Example: `%y = onnx.ms.Attention %x, %w, %b {num_heads = 2} : (tensor<1x4x8xf32>, tensor<8x24xf32>, tensor<24xf32>) -> tensor<1x4x8xf32>`
  }];
  let arguments = (ins ONNX_FloatTensor:$input, ONNX_FloatTensor:$weights, Optional<ONNX_FloatTensor>:$bias,
                       Optional<ONNX_I32Tensor>:$mask_index, Optional<ONNX_FloatTensor>:$past,
                       Optional<ONNX_FloatTensor>:$attention_bias,
                       Optional<ONNX_I32Tensor>:$past_sequence_length, ONNX_Int64<0>:$do_rotary,
                       ONNX_Float<"-10000.0f">:$mask_filter_value, ONNX_Int64Attr:$num_heads,
                       ONNX_Int64<0>:$past_present_share_buffer, ONNX_OptInts:$qkv_hidden_sizes,
                       ONNX_Int64<0>:$rotary_embedding_dim, ONNX_OptFloat:$scale,
                       ONNX_Int64<0>:$unidirectional);
  let results = (outs ONNX_FloatTensor:$output, Optional<ONNX_FloatTensor>:$present);
}

def ONNX_MSMultiHeadAttentionOp : ONNX_MSOp<"MultiHeadAttention"> {
  let summary = "Attention of projected tensors";
  let description = [{
    `output = softmax(query * key^T * scale + attention_bias) * value` for each of `num_heads` heads; tensors are
    [batch, length, heads * size].

    Example: `%y = onnx.ms.MultiHeadAttention %q, %k, %v {num_heads = 2} : (tensor<1x4x8xf32>, tensor<1x6x8xf32>, tensor<1x6x8xf32>) -> (tensor<1x4x8xf32>, none, none, none)`
  }];
  let arguments = (ins ONNX_FloatTensor:$query, Optional<ONNX_FloatTensor>:$key,
                       Optional<ONNX_FloatTensor>:$value, Optional<ONNX_FloatTensor>:$bias,
                       Optional<ONNX_I32Tensor>:$key_padding_mask, Optional<ONNX_FloatTensor>:$attention_bias,
                       Optional<ONNX_FloatTensor>:$past_key, Optional<ONNX_FloatTensor>:$past_value,
                       Optional<ONNX_I32Tensor>:$past_sequence_length,
                       Optional<ONNX_I32Tensor>:$cache_indirection,
                       ONNX_Float<"-10000.0f">:$mask_filter_value, ONNX_Int64Attr:$num_heads,
                       ONNX_OptFloat:$scale, ONNX_Int64<0>:$unidirectional);
  let results = (outs ONNX_FloatTensor:$output, Optional<ONNX_FloatTensor>:$present_key,
                      Optional<ONNX_FloatTensor>:$present_value, Optional<ONNX_FloatTensor>:$qk);
}

def ONNX_MSGroupQueryAttentionOp : ONNX_MSOp<"GroupQueryAttention"> {
  let summary = "Attention in which several query heads share a key head";
  let description = [{
    Attention over the past and present keys, causal, `seqlens_k[b] + 1` of them valid; with `do_rotary` queries
    and keys are rotated first.

    Example: `%y, %pk, %pv = onnx.ms.GroupQueryAttention %q, %k, %v, none, none, %lens, %total {kv_num_heads = 1, num_heads = 2} : (tensor<1x4x16xf32>, tensor<1x4x8xf32>, tensor<1x4x8xf32>, tensor<1xi32>, tensor<i32>) -> (tensor<1x4x16xf32>, tensor<1x1x?x8xf32>, tensor<1x1x?x8xf32>)`
  }];
  let arguments = (ins ONNX_FloatTensor:$query, Optional<ONNX_FloatTensor>:$key,
                       Optional<ONNX_FloatTensor>:$value, Optional<ONNX_FloatTensor>:$past_key,
                       Optional<ONNX_FloatTensor>:$past_value, ONNX_I32Tensor:$seqlens_k,
                       ONNX_I32Tensor:$total_sequence_length, Optional<ONNX_FloatTensor>:$cos_cache,
                       Optional<ONNX_FloatTensor>:$sin_cache, Optional<ONNX_I64Tensor>:$position_ids,
                       Optional<ONNX_FloatTensor>:$attention_bias, Optional<ONNX_FloatTensor>:$head_sink,
                       ONNX_Int64<0>:$do_rotary, ONNX_Int64Attr:$kv_num_heads,
                       ONNX_Int64<-1>:$local_window_size, ONNX_Int64Attr:$num_heads, ONNX_Int64<0>:$qk_output,
                       ONNX_Int64<0>:$rotary_interleaved, ONNX_OptFloat:$scale,
                       ONNX_Int64<-1>:$smooth_softmax, ONNX_Float<"0.0f">:$softcap);
  let results = (outs ONNX_FloatTensor:$output, ONNX_FloatTensor:$present_key,
                      ONNX_FloatTensor:$present_value, Optional<ONNX_FloatTensor>:$output_qk);
}

def ONNX_MSRotaryEmbeddingOp : ONNX_MSOp<"RotaryEmbedding"> {
  let summary = "Rotates pairs of features by their position";
  let description = [{
    As RotaryEmbedding of ai.onnx, with the positions before the caches.

    Example: `%y = onnx.ms.RotaryEmbedding %x, %p, %c, %s : (tensor<1x4x16xf32>, tensor<1x4xi64>, tensor<50x8xf32>, tensor<50x8xf32>) -> tensor<1x4x16xf32>`
  }];
  let arguments = (ins ONNX_FloatTensor:$input, ONNX_I64Tensor:$position_ids, ONNX_FloatTensor:$cos_cache,
                       ONNX_FloatTensor:$sin_cache, ONNX_Int64<0>:$interleaved,
                       ONNX_Int64<0>:$is_packed_batching, ONNX_Int64<0>:$num_heads,
                       ONNX_Int64<0>:$rotary_embedding_dim, ONNX_Float<"1.0f">:$scale);
  let results = (outs ONNX_FloatTensor:$output);
  let infer = [{ return inferSameType(*this, types); }];
}

//===--- Quantized elementwise ------------------------------------------===//

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

#endif // QUERN_DIALECT_ONNX_IR_MICROSOFT_TD
