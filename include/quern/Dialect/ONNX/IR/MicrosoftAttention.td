// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Operators of com.microsoft that transformers are made of.

#ifndef QUERN_DIALECT_ONNX_IR_MICROSOFTATTENTION_TD
#define QUERN_DIALECT_ONNX_IR_MICROSOFTATTENTION_TD

include "quern/Dialect/ONNX/IR/ONNXBase.td"

//===--- Normalisation and embeddings ------------------------------------===//

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

//===--- Attention -------------------------------------------------------===//

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

    Example: `%y, %pk, %pv = onnx.ms.GroupQueryAttention %q, %k, %v, none, none, %lens, %total {kv_num_heads = 1, num_heads = 2} : (tensor<1x4x16xf32>, tensor<1x4x8xf32>, tensor<1x4x8xf32>, tensor<1xi32>, tensor<i32>) -> (tensor<1x4x16xf32>, tensor<1x1x?x8xf32>, tensor<1x1x?x8xf32>, none)`
  }];
  let arguments = (ins ONNX_FloatTensor:$query, Optional<ONNX_FloatTensor>:$key,
                       Optional<ONNX_FloatTensor>:$value, Optional<ONNX_FloatTensor>:$past_key,
                       Optional<ONNX_FloatTensor>:$past_value, ONNX_I32Tensor:$seqlens_k,
                       ONNX_I32Tensor:$total_sequence_length, Optional<ONNX_FloatTensor>:$cos_cache,
                       Optional<ONNX_FloatTensor>:$sin_cache, Optional<ONNX_I64Tensor>:$position_ids,
                       Optional<ONNX_FloatTensor>:$attention_bias, Optional<ONNX_FloatTensor>:$head_sink,
                       Optional<ONNX_F32Tensor>:$k_scale, Optional<ONNX_F32Tensor>:$v_scale,
                       Optional<ONNX_FloatTensor>:$q_norm_weight, Optional<ONNX_FloatTensor>:$k_norm_weight,
                       ONNX_Int64<1>:$causal, ONNX_Int64<0>:$do_rotary, ONNX_String<"NONE">:$k_quant_type,
                       ONNX_Int64<0>:$kv_cache_bit_width, ONNX_Int64Attr:$kv_num_heads,
                       ONNX_Int64<-1>:$local_window_size, ONNX_Int64Attr:$num_heads,
                       ONNX_Float<"1e-6f">:$qk_norm_epsilon, ONNX_Int64<0>:$qk_output,
                       ONNX_Int64<0>:$rotary_interleaved, ONNX_OptFloat:$scale,
                       ONNX_Int64<0>:$sliding_window_cache, ONNX_Int64<-1>:$smooth_softmax,
                       ONNX_Float<"0.0f">:$softcap, ONNX_String<"NONE">:$v_quant_type);
  let results = (outs ONNX_FloatTensor:$output, Optional<ONNX_FloatTensor>:$present_key,
                      Optional<ONNX_FloatTensor>:$present_value, Optional<ONNX_FloatTensor>:$output_qk);
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

def ONNX_MSDecoderMaskedMultiHeadAttentionOp : ONNX_MSOp<"DecoderMaskedMultiHeadAttention"> {
  let summary = "Attention of one more token";
  let description = [{
    As MultiHeadAttention, for one token of each sequence and with a mask of keys. With `past_present_share_buffer` only the
    first `past_sequence_length` of the past are valid, and the present replaces those after.

    Example: `%y, %k2, %v2 = onnx.ms.DecoderMaskedMultiHeadAttention %q, %k, %v, none, none, %pk, %pv {num_heads = 2} : (tensor<1x1x8xf32>, tensor<1x1x8xf32>, tensor<1x1x8xf32>, tensor<1x2x5x4xf32>, tensor<1x2x5x4xf32>) -> (tensor<1x1x8xf32>, tensor<1x2x?x4xf32>, tensor<1x2x?x4xf32>, none)`
  }];
  let arguments = (ins ONNX_FloatTensor:$query, Optional<ONNX_FloatTensor>:$key,
                       Optional<ONNX_FloatTensor>:$value, Optional<ONNX_I32Tensor>:$mask_index,
                       Optional<ONNX_FloatTensor>:$attention_bias, Optional<ONNX_FloatTensor>:$past_key,
                       Optional<ONNX_FloatTensor>:$past_value, Optional<ONNX_I32Tensor>:$past_sequence_length,
                       Optional<ONNX_I32Tensor>:$beam_width, Optional<ONNX_I32Tensor>:$cache_indirection,
                       Optional<ONNX_FloatTensor>:$bias, ONNX_Float<"-10000.0f">:$mask_filter_value,
                       ONNX_Int64Attr:$num_heads, ONNX_Int64<0>:$output_qk,
                       ONNX_Int64<0>:$past_present_share_buffer, ONNX_OptFloat:$scale);
  let results = (outs ONNX_FloatTensor:$output, Optional<ONNX_FloatTensor>:$present_key,
                      Optional<ONNX_FloatTensor>:$present_value, Optional<ONNX_FloatTensor>:$qk);
}

def ONNX_MSRelativePositionBiasOp : ONNX_MSOp<"RelativePositionBias"> {
  let summary = "A bias for each distance of a query and a key";
  let description = [{
    `output[0, h, q, k] = bias_table[bucket(k - q), h]`: a bucket for each small distance, and logarithmic ones up to
    `max_distance`; half of them for keys after the query where `is_bidirectional`.

    Example: `%y = onnx.ms.RelativePositionBias %t, %q, %k {max_distance = 128} : (tensor<32x2xf32>, tensor<1xi64>, tensor<1xi64>) -> tensor<1x2x?x?xf32>`
  }];
  let arguments = (ins ONNX_FloatTensor:$bias_table, ONNX_I64Tensor:$query_length, ONNX_I64Tensor:$key_length,
                       ONNX_Int64<0>:$is_bidirectional, ONNX_Int64Attr:$max_distance);
  let results = (outs ONNX_FloatTensor:$output);
}

#endif // QUERN_DIALECT_ONNX_IR_MICROSOFTATTENTION_TD
