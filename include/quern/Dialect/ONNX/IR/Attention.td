// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Attention and positional embeddings.

#ifndef QUERN_DIALECT_ONNX_IR_ATTENTION_TD
#define QUERN_DIALECT_ONNX_IR_ATTENTION_TD

include "quern/Dialect/ONNX/IR/ONNXBase.td"

def ONNX_AttentionOp : ONNX_Op<"Attention", 25> {
  let summary = "Scaled dot product attention";
  let description = [{
    `Y = softmax(softcap(scale * Q * K^T) + mask) * V` for each head; Q, K, V are
    [batch, heads, length, size], or [batch, length, heads * size] with `q_num_heads` and `kv_num_heads`.
    Key and value are appended to the past ones; a key head serves q heads / kv heads query heads.

    Example: `%y = onnx.Attention %q, %k, %v : (tensor<1x8x4x16xf32>, tensor<1x8x6x16xf32>, tensor<1x8x6x16xf32>) -> (tensor<1x8x4x16xf32>, none, none, none)`
  }];
  let arguments = (ins ONNX_FloatTensor:$Q, ONNX_FloatTensor:$K, ONNX_FloatTensor:$V,
                       Optional<ONNX_Tensor>:$attn_mask, Optional<ONNX_FloatTensor>:$past_key,
                       Optional<ONNX_FloatTensor>:$past_value, Optional<ONNX_I64Tensor>:$nonpad_kv_seqlen,
                       ONNX_Int64<0>:$is_causal, ONNX_OptInt:$kv_num_heads, ONNX_Int64<-1>:$left_window_size,
                       ONNX_OptInt:$q_num_heads, ONNX_Int64<0>:$qk_matmul_output_mode,
                       ONNX_Int64<-1>:$right_window_size, ONNX_OptFloat:$scale, ONNX_Float<"0.0f">:$softcap,
                       ONNX_OptInt:$softmax_precision);
  let results = (outs ONNX_FloatTensor:$Y, Optional<ONNX_FloatTensor>:$present_key,
                      Optional<ONNX_FloatTensor>:$present_value,
                      Optional<ONNX_FloatTensor>:$qk_matmul_output);
}

def ONNX_RotaryEmbeddingOp : ONNX_Op<"RotaryEmbedding", 23> {
  let summary = "Rotates pairs of features by their position";
  let description = [{
    `(x, y)` becomes `(x * cos - y * sin, x * sin + y * cos)`: pairs are the two halves of a head, or
    neighbours where `interleaved`; only the first `rotary_embedding_dim` features where not 0.

    Example: `%y = onnx.RotaryEmbedding %x, %c, %s, %p : (tensor<1x8x4x16xf32>, tensor<50x8xf32>, tensor<50x8xf32>, tensor<1x4xi64>) -> tensor<1x8x4x16xf32>`
  }];
  let arguments = (ins ONNX_FloatTensor:$X, ONNX_FloatTensor:$cos_cache, ONNX_FloatTensor:$sin_cache,
                       Optional<ONNX_I64Tensor>:$position_ids, ONNX_Int64<0>:$interleaved,
                       ONNX_OptInt:$num_heads, ONNX_Int64<0>:$rotary_embedding_dim);
  let results = (outs ONNX_FloatTensor:$Y);
}

#endif // QUERN_DIALECT_ONNX_IR_ATTENTION_TD
