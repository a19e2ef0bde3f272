// Rules of normalisation and attention.
// RUN: quern-opt %s -split-input-file -verify-diagnostics

func.func @batch_normalization(%x: tensor<1x3x8x8xf32>, %s: tensor<4xf32>, %b: tensor<3xf32>, %m: tensor<3xf32>, %v: tensor<3xf32>) {
  // expected-error @below {{'onnx.BatchNormalization' op expects 'scale' of 3 elements, got 4}}
  %y = onnx.BatchNormalization %x, %s, %b, %m, %v : (tensor<1x3x8x8xf32>, tensor<4xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<1x3x8x8xf32>
  return
}

// -----

func.func @batch_normalization(%x: tensor<1x3x8x8xf32>, %s: tensor<3x1xf32>, %b: tensor<3xf32>, %m: tensor<3xf32>, %v: tensor<3xf32>) {
  // expected-error @below {{'onnx.BatchNormalization' op expects 'scale' of rank 1, got rank 2}}
  %y = onnx.BatchNormalization %x, %s, %b, %m, %v : (tensor<1x3x8x8xf32>, tensor<3x1xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<1x3x8x8xf32>
  return
}

// -----

func.func @batch_normalization(%x: tensor<1x3x8x8xf32>, %s: tensor<3xf32>, %b: tensor<3xf32>, %m: tensor<3xf32>, %v: tensor<3xf32>) {
  // expected-error @below {{'onnx.BatchNormalization' op expects 'training_mode' to be 0 or 1, got 2}}
  %y = onnx.BatchNormalization %x, %s, %b, %m, %v {training_mode = 2} : (tensor<1x3x8x8xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<1x3x8x8xf32>
  return
}

// -----

func.func @batch_normalization(%x: tensor<1x3x8x8xf32>, %s: tensor<3xf32>, %b: tensor<3xf32>, %m: tensor<3xf32>, %v: tensor<3xf32>) {
  // expected-error @below {{'onnx.BatchNormalization' op expects one result unless 'training_mode', got 2}}
  %y, %rm = onnx.BatchNormalization %x, %s, %b, %m, %v : (tensor<1x3x8x8xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) -> (tensor<1x3x8x8xf32>, tensor<3xf32>, none)
  return
}

// -----

func.func @instance_normalization(%x: tensor<1x3x8x8xf32>, %s: tensor<4xf32>, %b: tensor<3xf32>) {
  // expected-error @below {{'onnx.InstanceNormalization' op expects 'scale' of 3 elements, got 4}}
  %y = onnx.InstanceNormalization %x, %s, %b : (tensor<1x3x8x8xf32>, tensor<4xf32>, tensor<3xf32>) -> tensor<1x3x8x8xf32>
  return
}

// -----

func.func @instance_normalization(%x: tensor<3xf32>, %s: tensor<3xf32>, %b: tensor<3xf32>) {
  // expected-error @below {{'onnx.InstanceNormalization' op expects X of rank at least 2, got rank 1}}
  %y = onnx.InstanceNormalization %x, %s, %b : (tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<3xf32>
  return
}

// -----

func.func @group_normalization(%x: tensor<1x4x8x8xf32>, %s: tensor<4xf32>, %b: tensor<4xf32>) {
  // expected-error @below {{'onnx.GroupNormalization' op expects 'num_groups' to be at least 1, got 0}}
  %y = onnx.GroupNormalization %x, %s, %b {num_groups = 0} : (tensor<1x4x8x8xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<1x4x8x8xf32>
  return
}

// -----

func.func @group_normalization(%x: tensor<1x4x8x8xf32>, %s: tensor<4xf32>, %b: tensor<4xf32>) {
  // expected-error @below {{'onnx.GroupNormalization' op expects channels that divide into 'num_groups', got 4 in 3}}
  %y = onnx.GroupNormalization %x, %s, %b {num_groups = 3} : (tensor<1x4x8x8xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<1x4x8x8xf32>
  return
}

// -----

func.func @layer_normalization(%x: tensor<2x8xf32>, %s: tensor<8xf32>) {
  // expected-error @below {{'onnx.LayerNormalization' op expects 'axis' in [-2, 1], got 2}}
  %y = onnx.LayerNormalization %x, %s {axis = 2} : (tensor<2x8xf32>, tensor<8xf32>) -> (tensor<2x8xf32>, none, none)
  return
}

// -----

func.func @layer_normalization(%x: tensor<2x8xf32>, %s: tensor<4xf32>) {
  // expected-error @below {{'onnx.LayerNormalization' op expects 'Scale' to broadcast to 'tensor<2x8xf32>', got 'tensor<4xf32>'}}
  %y = onnx.LayerNormalization %x, %s : (tensor<2x8xf32>, tensor<4xf32>) -> (tensor<2x8xf32>, none, none)
  return
}

// -----

func.func @layer_normalization(%x: tensor<2x8xf32>, %s: tensor<8xf32>) {
  // expected-error @below {{'onnx.LayerNormalization' op expects 'stash_type' to be the number of a tensor's data type, got 99}}
  %y = onnx.LayerNormalization %x, %s {stash_type = 99} : (tensor<2x8xf32>, tensor<8xf32>) -> (tensor<2x8xf32>, none, none)
  return
}

// -----

func.func @rmsnormalization(%x: tensor<2x8xf32>, %s: tensor<4xf32>) {
  // expected-error @below {{'onnx.RMSNormalization' op expects 'scale' to broadcast to 'tensor<2x8xf32>', got 'tensor<4xf32>'}}
  %y = onnx.RMSNormalization %x, %s : (tensor<2x8xf32>, tensor<4xf32>) -> tensor<2x8xf32>
  return
}

// -----

func.func @lrn(%x: tensor<1x8x4x4xf32>) {
  // expected-error @below {{'onnx.LRN' op expects 'size' to be at least 1, got 0}}
  %y = onnx.LRN %x {size = 0} : tensor<1x8x4x4xf32>
  return
}

// -----

func.func @lp_normalization(%x: tensor<2x8xf32>) {
  // expected-error @below {{'onnx.LpNormalization' op expects 'p' to be 1 or 2, got 3}}
  %y = onnx.LpNormalization %x {p = 3} : tensor<2x8xf32>
  return
}

// -----

func.func @mean_variance_normalization(%x: tensor<2x3xf32>) {
  // expected-error @below {{'onnx.MeanVarianceNormalization' op expects 'axes' in [-2, 1], got 2}}
  %y = onnx.MeanVarianceNormalization %x : tensor<2x3xf32>
  return
}

// -----

func.func @attention(%q: tensor<1x8x4x16xf32>, %k: tensor<1x6x16xf32>, %v: tensor<1x8x6x16xf32>) {
  // expected-error @below {{'onnx.Attention' op expects Q, K and V of rank 3 or of rank 4, got K of rank 3}}
  %y = onnx.Attention %q, %k, %v : (tensor<1x8x4x16xf32>, tensor<1x6x16xf32>, tensor<1x8x6x16xf32>) -> (tensor<*xf32>, none, none, none)
  return
}

// -----

func.func @attention(%q: tensor<1x4x16xf32>, %k: tensor<1x6x16xf32>, %v: tensor<1x6x16xf32>) {
  // expected-error @below {{'onnx.Attention' op expects 'q_num_heads' where Q, K and V have rank 3}}
  %y = onnx.Attention %q, %k, %v : (tensor<1x4x16xf32>, tensor<1x6x16xf32>, tensor<1x6x16xf32>) -> (tensor<*xf32>, none, none, none)
  return
}

// -----

func.func @attention(%q: tensor<1x4x16xf32>, %k: tensor<1x6x16xf32>, %v: tensor<1x6x16xf32>) {
  // expected-error @below {{'onnx.Attention' op expects 'q_num_heads' to divide the last dimension 16, got 3}}
  %y = onnx.Attention %q, %k, %v {q_num_heads = 3, kv_num_heads = 2} : (tensor<1x4x16xf32>, tensor<1x6x16xf32>, tensor<1x6x16xf32>) -> (tensor<*xf32>, none, none, none)
  return
}

// -----

func.func @attention(%q: tensor<1x8x4x16xf32>, %k: tensor<1x3x6x16xf32>, %v: tensor<1x3x6x16xf32>) {
  // expected-error @below {{'onnx.Attention' op expects query heads that divide into key heads, got 8 and 3}}
  %y = onnx.Attention %q, %k, %v : (tensor<1x8x4x16xf32>, tensor<1x3x6x16xf32>, tensor<1x3x6x16xf32>) -> (tensor<*xf32>, none, none, none)
  return
}

// -----

func.func @attention(%q: tensor<1x8x4x16xf32>, %k: tensor<1x8x6x12xf32>, %v: tensor<1x8x6x16xf32>) {
  // expected-error @below {{'onnx.Attention' op expects the head sizes of Q and K to agree, got 16 and 12}}
  %y = onnx.Attention %q, %k, %v : (tensor<1x8x4x16xf32>, tensor<1x8x6x12xf32>, tensor<1x8x6x16xf32>) -> (tensor<*xf32>, none, none, none)
  return
}

// -----

func.func @attention(%q: tensor<1x8x4x16xf32>, %k: tensor<1x8x6x16xf32>, %v: tensor<1x8x5x16xf32>) {
  // expected-error @below {{'onnx.Attention' op expects the lengths of K and V to agree, got 6 and 5}}
  %y = onnx.Attention %q, %k, %v : (tensor<1x8x4x16xf32>, tensor<1x8x6x16xf32>, tensor<1x8x5x16xf32>) -> (tensor<*xf32>, none, none, none)
  return
}

// -----

func.func @rotary_embedding(%x: tensor<4x16xf32>, %c: tensor<50x8xf32>, %s: tensor<50x8xf32>) {
  // expected-error @below {{'onnx.RotaryEmbedding' op expects X of rank 3 or 4, got rank 2}}
  %y = onnx.RotaryEmbedding %x, %c, %s : (tensor<4x16xf32>, tensor<50x8xf32>, tensor<50x8xf32>) -> tensor<4x16xf32>
  return
}

// -----

func.func @rotary_embedding(%x: tensor<1x4x16xf32>, %c: tensor<50x8xf32>, %s: tensor<50x8xf32>) {
  // expected-error @below {{'onnx.RotaryEmbedding' op expects 'num_heads' to divide the last dimension of X where it has rank 3, got 0}}
  %y = onnx.RotaryEmbedding %x, %c, %s : (tensor<1x4x16xf32>, tensor<50x8xf32>, tensor<50x8xf32>) -> tensor<1x4x16xf32>
  return
}

// -----

func.func @rotary_embedding(%x: tensor<1x8x4x16xf32>, %c: tensor<50x8xf32>, %s: tensor<50x8xf32>) {
  // expected-error @below {{'onnx.RotaryEmbedding' op expects 'rotary_embedding_dim' to be even and at least 0, got 3}}
  %y = onnx.RotaryEmbedding %x, %c, %s {rotary_embedding_dim = 3} : (tensor<1x8x4x16xf32>, tensor<50x8xf32>, tensor<50x8xf32>) -> tensor<1x8x4x16xf32>
  return
}
