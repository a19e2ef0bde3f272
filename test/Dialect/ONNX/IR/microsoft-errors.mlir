// Rules of operators of com.microsoft.
// RUN: quern-opt %s -split-input-file -verify-diagnostics

func.func @ms_fused_mat_mul(%a: tensor<2x3x4xf32>, %b: tensor<2x4x5xf32>) {
  // expected-error @below {{'onnx.ms.FusedMatMul' op expects the columns of A and the rows of B to agree, got 4 and 5}}
  %y = onnx.ms.FusedMatMul %a, %b {transB = 1} : (tensor<2x3x4xf32>, tensor<2x4x5xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @ms_mat_mul_nbits(%a: tensor<2x32xf32>, %b: tensor<8x1x16xui8>, %s: tensor<8xf32>) {
  // expected-error @below {{'onnx.ms.MatMulNBits' op expects 'K' and 'N' to be at least 1, got 0 and 8}}
  %y = onnx.ms.MatMulNBits %a, %b, %s {K = 0, N = 8, bits = 4, block_size = 32} : (tensor<2x32xf32>, tensor<8x1x16xui8>, tensor<8xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @ms_mat_mul_nbits(%a: tensor<2x32xf32>, %b: tensor<8x1x16xui8>, %s: tensor<8xf32>) {
  // expected-error @below {{'onnx.ms.MatMulNBits' op expects 'bits' to be 2, 4 or 8, got 3}}
  %y = onnx.ms.MatMulNBits %a, %b, %s {K = 32, N = 8, bits = 3, block_size = 32} : (tensor<2x32xf32>, tensor<8x1x16xui8>, tensor<8xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @ms_mat_mul_nbits(%a: tensor<2x32xf32>, %b: tensor<8x1x16xui8>, %s: tensor<8xf32>) {
  // expected-error @below {{'onnx.ms.MatMulNBits' op expects 'block_size' to be a power of two of at least 16, got 24}}
  %y = onnx.ms.MatMulNBits %a, %b, %s {K = 32, N = 8, bits = 4, block_size = 24} : (tensor<2x32xf32>, tensor<8x1x16xui8>, tensor<8xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @ms_mat_mul_nbits(%a: tensor<2x32xf32>, %b: tensor<8x1x16xui8>, %s: tensor<8xf32>) {
  // expected-error @below {{'onnx.ms.MatMulNBits' op expects the columns of A and 'K' to agree, got 32 and 64}}
  %y = onnx.ms.MatMulNBits %a, %b, %s {K = 64, N = 8, bits = 4, block_size = 32} : (tensor<2x32xf32>, tensor<8x1x16xui8>, tensor<8xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @ms_skip_layer_normalization(%x: tensor<1x4x8xf32>, %s: tensor<1x3x8xf32>, %g: tensor<8xf32>) {
  // expected-error @below {{'onnx.ms.SkipLayerNormalization' op expects 'skip' to broadcast to 'tensor<1x4x8xf32>', got 'tensor<1x3x8xf32>'}}
  %y = onnx.ms.SkipLayerNormalization %x, %s, %g : (tensor<1x4x8xf32>, tensor<1x3x8xf32>, tensor<8xf32>) -> (tensor<*xf32>, none, none, none)
  return
}

// -----

func.func @ms_skip_layer_normalization(%x: tensor<f32>, %s: tensor<f32>, %g: tensor<8xf32>) {
  // expected-error @below {{'onnx.ms.SkipLayerNormalization' op expects 'input' of rank at least 1, got rank 0}}
  %y = onnx.ms.SkipLayerNormalization %x, %s, %g : (tensor<f32>, tensor<f32>, tensor<8xf32>) -> (tensor<*xf32>, none, none, none)
  return
}

// -----

func.func @ms_attention(%x: tensor<1x4x8xf32>, %w: tensor<8x24xf32>, %b: tensor<24xf32>) {
  // expected-error @below {{'onnx.ms.Attention' op expects 'num_heads' to be at least 1, got 0}}
  %y = onnx.ms.Attention %x, %w, %b {num_heads = 0} : (tensor<1x4x8xf32>, tensor<8x24xf32>, tensor<24xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @ms_attention(%x: tensor<1x4x8xf32>, %w: tensor<8x24xf32>, %b: tensor<24xf32>) {
  // expected-error @below {{'onnx.ms.Attention' op expects 'qkv_hidden_sizes' of 3 numbers, got 1}}
  %y = onnx.ms.Attention %x, %w, %b {num_heads = 2, qkv_hidden_sizes = array<i64: 1>} : (tensor<1x4x8xf32>, tensor<8x24xf32>, tensor<24xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @ms_multi_head_attention(%q: tensor<1x4x8xf32>, %k: tensor<1x6x8xf32>, %v: tensor<1x6x8xf32>) {
  // expected-error @below {{'onnx.ms.MultiHeadAttention' op expects 'num_heads' to be at least 1, got 0}}
  %y = onnx.ms.MultiHeadAttention %q, %k, %v {num_heads = 0} : (tensor<1x4x8xf32>, tensor<1x6x8xf32>, tensor<1x6x8xf32>) -> (tensor<*xf32>, none, none, none)
  return
}

// -----

func.func @ms_group_query_attention(%q: tensor<1x4x16xf32>, %k: tensor<1x4x8xf32>, %v: tensor<1x4x8xf32>, %lens: tensor<1xi32>, %total: tensor<i32>) {
  // expected-error @below {{'onnx.ms.GroupQueryAttention' op expects 'num_heads' to be a multiple of 'kv_num_heads', got 3 and 2}}
  %y, %pk, %pv = onnx.ms.GroupQueryAttention %q, %k, %v, none, none, %lens, %total {kv_num_heads = 2, num_heads = 3} : (tensor<1x4x16xf32>, tensor<1x4x8xf32>, tensor<1x4x8xf32>, tensor<1xi32>, tensor<i32>) -> (tensor<*xf32>, tensor<*xf32>, tensor<*xf32>)
  return
}

// -----

func.func @ms_embed_layer_normalization(%i: tensor<4xi32>, %w: tensor<50x8xf32>, %p: tensor<10x8xf32>, %g: tensor<8xf32>, %b: tensor<8xf32>) {
  // expected-error @below {{'onnx.ms.EmbedLayerNormalization' op expects 'input_ids' of rank 2, got rank 1}}
  %y = onnx.ms.EmbedLayerNormalization %i, none, %w, %p, none, %g, %b : (tensor<4xi32>, tensor<50x8xf32>, tensor<10x8xf32>, tensor<8xf32>, tensor<8xf32>) -> (tensor<*xf32>, none, none)
  return
}

// -----

func.func @relu(%x: tensor<4xf32>) {
  // expected-error @below {{custom op 'onnx.Relu' expects at most 1 operands}}
  %y = onnx.Relu %x, %x : tensor<4xf32>
  return
}

// -----

func.func @ms_qlinear_add(%a: tensor<4xui8>, %as: tensor<f32>, %b: tensor<5xui8>, %bs: tensor<f32>, %cs: tensor<f32>) {
  // expected-error @below {{'onnx.ms.QLinearAdd' op expects operands that broadcast, got sizes 4 and 5 in dimension 0}}
  %y = onnx.ms.QLinearAdd %a, %as, none, %b, %bs, none, %cs : (tensor<4xui8>, tensor<f32>, tensor<5xui8>, tensor<f32>, tensor<f32>) -> tensor<*xui8>
  return
}

// -----

func.func @ms_nhwc_conv(%x: tensor<1x8x8x3xf32>, %w: tensor<16x3x3xf32>) {
  // expected-error @below {{'onnx.ms.NhwcConv' op expects X and W of one rank, got 'tensor<1x8x8x3xf32>' and 'tensor<16x3x3xf32>'}}
  %y = onnx.ms.NhwcConv %x, %w : (tensor<1x8x8x3xf32>, tensor<16x3x3xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @ms_nhwc_max_pool(%x: tensor<1x8x3xui8>) {
  // expected-error @below {{'onnx.ms.NhwcMaxPool' op expects 'X' of rank 4, got rank 3}}
  %y = onnx.ms.NhwcMaxPool %x {kernel_shape = array<i64: 2, 2>} : (tensor<1x8x3xui8>) -> tensor<*xui8>
  return
}

// -----

func.func @ms_bias_split_gelu(%x: tensor<1x4x7xf32>, %b: tensor<7xf32>) {
  // expected-error @below {{'onnx.ms.BiasSplitGelu' op expects an even last dimension, got 7}}
  %y = onnx.ms.BiasSplitGelu %x, %b : (tensor<1x4x7xf32>, tensor<7xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @ms_unique(%x: tensor<2x5xf32>) {
  // expected-error @below {{'onnx.ms.Unique' op expects 'x' of rank 1, got rank 2}}
  %y, %i, %c = onnx.ms.Unique %x : (tensor<2x5xf32>) -> (tensor<*xf32>, tensor<*xi64>, tensor<*xi64>)
  return
}

// -----

func.func @ms_inverse(%x: tensor<2x3x4xf32>) {
  // expected-error @below {{'onnx.ms.Inverse' op expects the rows and columns of X to agree, got 3 and 4}}
  %y = onnx.ms.Inverse %x : tensor<2x3x4xf32>
  return
}

// -----

func.func @ms_cdist(%a: tensor<3x4xf32>, %b: tensor<5x3xf32>) {
  // expected-error @below {{'onnx.ms.CDist' op expects the columns of A and B to agree, got 4 and 3}}
  %c = onnx.ms.CDist %a, %b : (tensor<3x4xf32>, tensor<5x3xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @ms_multi_head_attention(%q: tensor<1x4xf32>) {
  // expected-error @below {{'onnx.ms.MultiHeadAttention' op expects 'query' of rank 3 or 5, got rank 2}}
  %y = onnx.ms.MultiHeadAttention %q {num_heads = 2} : (tensor<1x4xf32>) -> (tensor<*xf32>, none, none, none)
  return
}

// -----

func.func @ms_multi_head_attention_key(%q: tensor<1x4x8xf32>) {
  // expected-error @below {{'onnx.ms.MultiHeadAttention' op expects 'key' where 'query' has rank 3}}
  %y = onnx.ms.MultiHeadAttention %q {num_heads = 2} : (tensor<1x4x8xf32>) -> (tensor<*xf32>, none, none, none)
  return
}

// -----

func.func @ms_multi_head_attention_value(%q: tensor<1x4x8xf32>, %v: tensor<1x4x2x2x4xf32>) {
  // expected-error @below {{'onnx.ms.MultiHeadAttention' op expects 'value' of rank 3 or 4, got rank 5}}
  %y = onnx.ms.MultiHeadAttention %q, %q, %v {num_heads = 2} : (tensor<1x4x8xf32>, tensor<1x4x8xf32>, tensor<1x4x2x2x4xf32>) -> (tensor<*xf32>, none, none, none)
  return
}

// -----

func.func @ms_relative_position_bias(%t: tensor<32x2xf32>, %l: tensor<1xi64>) {
  // expected-error @below {{'onnx.ms.RelativePositionBias' op expects 'max_distance' to be at least 1, got 0}}
  %y = onnx.ms.RelativePositionBias %t, %l, %l {max_distance = 0} : (tensor<32x2xf32>, tensor<1xi64>, tensor<1xi64>) -> tensor<*xf32>
  return
}

// -----

func.func @ms_qlinear_concat(%s: tensor<f32>, %z: tensor<ui8>, %a: tensor<2x3xui8>) {
  // expected-error @below {{'onnx.ms.QLinearConcat' op expects a tensor, a scale and a zero point for each input, got 2 operands}}
  %y = onnx.ms.QLinearConcat %s, %z, %a, %s {axis = 1} : (tensor<f32>, tensor<ui8>, tensor<2x3xui8>, tensor<f32>) -> tensor<*xui8>
  return
}

// -----

func.func @ms_qlinear_concat_rank(%s: tensor<f32>, %z: tensor<ui8>, %a: tensor<2x3xui8>, %b: tensor<3xui8>) {
  // expected-error @below {{'onnx.ms.QLinearConcat' op expects inputs of one rank, got 2 and 1}}
  %y = onnx.ms.QLinearConcat %s, %z, %a, %s, %z, %b, %s, %z {axis = 0} : (tensor<f32>, tensor<ui8>, tensor<2x3xui8>, tensor<f32>, tensor<ui8>, tensor<3xui8>, tensor<f32>, tensor<ui8>) -> tensor<*xui8>
  return
}

// -----

func.func @ms_mat_mul_bnb4(%a: tensor<2x32xf32>, %b: tensor<128xui8>, %m: tensor<8xf32>) {
  // expected-error @below {{'onnx.ms.MatMulBnb4' op expects 'quant_type' to be 0 or 1, got 2}}
  %y = onnx.ms.MatMulBnb4 %a, %b, %m {K = 32, N = 8, block_size = 32, quant_type = 2} : (tensor<2x32xf32>, tensor<128xui8>, tensor<8xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @ms_mat_mul_bnb4_trans(%a: tensor<2x32xf32>, %b: tensor<128xui8>, %m: tensor<8xf32>) {
  // expected-error @below {{'onnx.ms.MatMulBnb4' op expects 'transB' to be 1, got 0}}
  %y = onnx.ms.MatMulBnb4 %a, %b, %m {K = 32, N = 8, block_size = 32, quant_type = 1, transB = 0} : (tensor<2x32xf32>, tensor<128xui8>, tensor<8xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @ms_gather_block_quantized(%d: tensor<50x16xui8>, %i: tensor<2xi64>, %s: tensor<50x1xf32>) {
  // expected-error @below {{'onnx.ms.GatherBlockQuantized' op expects 'gather_axis' and 'quantize_axis' to be two, got 1 for both}}
  %y = onnx.ms.GatherBlockQuantized %d, %i, %s {block_size = 32, gather_axis = 1} : (tensor<50x16xui8>, tensor<2xi64>, tensor<50x1xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @ms_gather_block_quantized_bytes(%d: tensor<50x16xui8>, %i: tensor<2xi64>, %s: tensor<50x1xf32>) {
  // expected-error @below {{'onnx.ms.GatherBlockQuantized' op expects 'quantize_axis' to be the last of bytes that hold several numbers, got 0}}
  %y = onnx.ms.GatherBlockQuantized %d, %i, %s {block_size = 32, gather_axis = 1, quantize_axis = 0} : (tensor<50x16xui8>, tensor<2xi64>, tensor<50x1xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @ms_gather_block_quantized_bits(%d: tensor<50x16xui8>, %i: tensor<2xi64>, %s: tensor<50x1xf32>) {
  // expected-error @below {{'onnx.ms.GatherBlockQuantized' op expects 'bits' to be 2, 4 or 8, got 3}}
  %y = onnx.ms.GatherBlockQuantized %d, %i, %s {bits = 3, block_size = 32} : (tensor<50x16xui8>, tensor<2xi64>, tensor<50x1xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @ms_qgemm(%a: tensor<3x4xui8>, %s: tensor<f32>, %z: tensor<ui8>) {
  // expected-error @below {{'onnx.ms.QGemm' op expects the columns of A and the rows of B to agree, got 4 and 3}}
  %y = onnx.ms.QGemm %a, %s, %z, %a, %s, %z : (tensor<3x4xui8>, tensor<f32>, tensor<ui8>, tensor<3x4xui8>, tensor<f32>, tensor<ui8>) -> tensor<*xf32>
  return
}

// -----

func.func @ms_mat_mul_nbits_large(%a: tensor<2x?xf32>, %b: tensor<8x1x16xui8>, %s: tensor<8xf32>) {
  // expected-error @below {{'onnx.ms.MatMulNBits' op expects 'K', 'N' and 'block_size' below 2^31, got 4611686018427387904, 8 and 32}}
  %y = onnx.ms.MatMulNBits %a, %b, %s {K = 4611686018427387904, N = 8, bits = 4, block_size = 32} : (tensor<2x?xf32>, tensor<8x1x16xui8>, tensor<8xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @ms_group_query_attention_large(%q: tensor<1x4x16xf32>, %l: tensor<1xi32>, %t: tensor<i32>) {
  // expected-error @below {{'onnx.ms.GroupQueryAttention' op expects 'num_heads' below 2^31, got 4611686018427387904}}
  %y = onnx.ms.GroupQueryAttention %q, none, none, none, none, %l, %t {kv_num_heads = 1, num_heads = 4611686018427387904} : (tensor<1x4x16xf32>, tensor<1xi32>, tensor<i32>) -> (tensor<*xf32>, none, none, none)
  return
}
