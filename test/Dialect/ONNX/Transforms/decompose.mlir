// RUN: quern-opt %s -onnx-decompose | FileCheck %s
// RUN: quern-opt %s -onnx-decompose=keep=Mish | FileCheck %s --check-prefix=KEEP

//===--- Activations ------------------------------------------------------===//

// KEEP: onnx.Mish
// CHECK-LABEL: @mish
// CHECK-SAME:    %[[X:.*]]: tensor<4xf32>
//      CHECK:    %[[R:.*]] = onnx.Relu %[[X]]
//      CHECK:    %[[N:.*]] = onnx.Neg
//      CHECK:    %[[E:.*]] = onnx.Exp %[[N]]
//      CHECK:    %[[L:.*]] = onnx.Log
//      CHECK:    %[[SP:.*]] = onnx.Add %[[R]], %[[L]]
//      CHECK:    %[[T:.*]] = onnx.Tanh %[[SP]]
//      CHECK:    onnx.Mul %[[X]], %[[T]] : tensor<4xf32>
func.func @mish(%x: tensor<4xf32>) -> tensor<4xf32> {
  %y = onnx.Mish %x : tensor<4xf32>
  return %y : tensor<4xf32>
}

// A number takes the type of its neighbour.
// CHECK-LABEL: @leaky
//      CHECK:    onnx.Constant {value = dense<{{.*}}> : tensor<f16>}
//      CHECK:    onnx.Less
//      CHECK:    onnx.Where
func.func @leaky(%x: tensor<4xf16>) -> tensor<4xf16> {
  %y = onnx.LeakyRelu %x {alpha = 0.1 : f32} : tensor<4xf16>
  return %y : tensor<4xf16>
}

// CHECK-LABEL: @gelu
//      CHECK:    onnx.Erf
func.func @gelu(%x: tensor<4xf32>) -> tensor<4xf32> {
  %y = onnx.Gelu %x : tensor<4xf32>
  return %y : tensor<4xf32>
}

// CHECK-LABEL: @clip
// CHECK-SAME:    %[[X:.*]]: tensor<4xf32>, %[[H:.*]]: tensor<f32>
//      CHECK:    onnx.Min %[[X]], %[[H]]
func.func @clip(%x: tensor<4xf32>, %high: tensor<f32>) -> tensor<4xf32> {
  %y = onnx.Clip %x, none, %high : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}

//===--- Reductions -------------------------------------------------------===//

// CHECK-LABEL: @softmax
// CHECK-SAME:    %[[X:.*]]: tensor<2x?xf32>
//      CHECK:    %[[M:.*]] = onnx.ReduceMax %[[X]]
//      CHECK:    %[[S:.*]] = onnx.Sub %[[X]], %[[M]]
//      CHECK:    %[[E:.*]] = onnx.Exp %[[S]]
//      CHECK:    %[[D:.*]] = onnx.ReduceSum %[[E]]
//      CHECK:    onnx.Div %[[E]], %[[D]]
func.func @softmax(%x: tensor<2x?xf32>) -> tensor<2x?xf32> {
  %y = onnx.Softmax %x {axis = 1 : i64} : tensor<2x?xf32>
  return %y : tensor<2x?xf32>
}

// 16-bit floats are summed in f32.
// CHECK-LABEL: @softmax_f16
//      CHECK:    onnx.ReduceSum {{.*}}tensor<2x8xf32>
//      CHECK:    onnx.Cast {{.*}} -> tensor<2x8xf16>
func.func @softmax_f16(%x: tensor<2x8xf16>) -> tensor<2x8xf16> {
  %y = onnx.Softmax %x {axis = 1 : i64} : tensor<2x8xf16>
  return %y : tensor<2x8xf16>
}

// CHECK-LABEL: @logsumexp
//      CHECK:    onnx.ReduceMax
//      CHECK:    onnx.Equal
//      CHECK:    onnx.Exp
//      CHECK:    onnx.Log
//      CHECK:    onnx.Squeeze
func.func @logsumexp(%x: tensor<2x8xf32>, %axes: tensor<1xi64>) -> tensor<?xf32> {
  %y = onnx.ReduceLogSumExp %x, %axes {keepdims = 0 : i64} : (tensor<2x8xf32>, tensor<1xi64>) -> tensor<?xf32>
  return %y : tensor<?xf32>
}

// CHECK-LABEL: @hardmax
//      CHECK:    onnx.ArgMax
//      CHECK:    onnx.Equal
//      CHECK:    onnx.Cast
func.func @hardmax(%x: tensor<2x8x3xf32>) -> tensor<2x8x3xf32> {
  %y = onnx.Hardmax %x {axis = 1 : i64} : tensor<2x8x3xf32>
  return %y : tensor<2x8x3xf32>
}

// CHECK-LABEL: @variadic
// CHECK-SAME:    %[[A:.*]]: tensor<4xf32>, %[[B:.*]]: tensor<4xf32>, %[[C:.*]]: tensor<4xf32>
//      CHECK:    %[[AB:.*]] = onnx.Max %[[A]], %[[B]]
//      CHECK:    onnx.Max %[[AB]], %[[C]]
func.func @variadic(%a: tensor<4xf32>, %b: tensor<4xf32>, %c: tensor<4xf32>) -> tensor<4xf32> {
  %y = onnx.Max %a, %b, %c : tensor<4xf32>
  return %y : tensor<4xf32>
}

//===--- Normalisations ---------------------------------------------------===//

// CHECK-LABEL: @batchnorm
//      CHECK:    onnx.Sqrt
//      CHECK:    %[[A:.*]] = onnx.Div
//      CHECK:    onnx.Unsqueeze %[[A]]
//  CHECK-NOT:    onnx.BatchNormalization
func.func @batchnorm(%x: tensor<?x3x8x8xf32>, %p: tensor<3xf32>) -> tensor<?x3x8x8xf32> {
  %y = onnx.BatchNormalization %x, %p, %p, %p, %p : (tensor<?x3x8x8xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<?x3x8x8xf32>
  return %y : tensor<?x3x8x8xf32>
}

// CHECK-LABEL: @layernorm
// CHECK-COUNT-2: onnx.ReduceMean {{.*}} -> tensor<2x1xf32>
//      CHECK:    onnx.Sqrt
func.func @layernorm(%x: tensor<2x8xf32>, %s: tensor<8xf32>) -> (tensor<2x8xf32>, tensor<2x1xf32>) {
  %y, %m = onnx.LayerNormalization %x, %s : (tensor<2x8xf32>, tensor<8xf32>) -> (tensor<2x8xf32>, tensor<2x1xf32>, none)
  return %y, %m : tensor<2x8xf32>, tensor<2x1xf32>
}

// CHECK-LABEL: @lrn
//      CHECK:    onnx.AveragePool {{.*}}kernel_shape = array<i64: 5, 1, 1>
//  CHECK-NOT:    onnx.Pow
func.func @lrn(%x: tensor<1x6x4x4xf32>) -> tensor<1x6x4x4xf32> {
  %y = onnx.LRN %x {size = 5 : i64} : tensor<1x6x4x4xf32>
  return %y : tensor<1x6x4x4xf32>
}

// CHECK-LABEL: @groupnorm
//      CHECK:    onnx.Reshape {{.*}} -> tensor<?x2x128xf32>
//  CHECK-NOT:    onnx.GroupNormalization
func.func @groupnorm(%x: tensor<?x4x8x8xf32>, %p: tensor<4xf32>) -> tensor<?x4x8x8xf32> {
  %y = onnx.GroupNormalization %x, %p, %p {num_groups = 2 : i64} : (tensor<?x4x8x8xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<?x4x8x8xf32>
  return %y : tensor<?x4x8x8xf32>
}

//===--- Tensors ----------------------------------------------------------===//

// CHECK-LABEL: @depth_to_space
//      CHECK:    onnx.Reshape {{.*}} -> tensor<1x2x2x2x?x3xf32>
//      CHECK:    onnx.Transpose {{.*}}perm = array<i64: 0, 3, 4, 1, 5, 2>
//      CHECK:    onnx.Reshape {{.*}} -> tensor<1x2x?x6xf32>
func.func @depth_to_space(%x: tensor<1x8x?x3xf32>) -> tensor<1x2x?x6xf32> {
  %y = onnx.DepthToSpace %x {blocksize = 2 : i64} : (tensor<1x8x?x3xf32>) -> tensor<1x2x?x6xf32>
  return %y : tensor<1x2x?x6xf32>
}

// CHECK-LABEL: @crop
//      CHECK:    onnx.Slice
func.func @crop(%x: tensor<1x3x8x8xf32>) -> tensor<1x3x5x6xf32> {
  %y = onnx.Crop %x {border = array<i64: 1, 1, 1, 2>} : (tensor<1x3x8x8xf32>) -> tensor<1x3x5x6xf32>
  return %y : tensor<1x3x5x6xf32>
}

//===--- Einsum -----------------------------------------------------------===//

// CHECK-LABEL: @einsum_heads
//      CHECK:    onnx.Transpose %{{.*}} {perm = array<i64: 0, 2, 1, 3>}
//      CHECK:    onnx.Transpose %{{.*}} {perm = array<i64: 0, 2, 3, 1>}
//      CHECK:    onnx.MatMul {{.*}} -> tensor<1x2x4x5xf32>
func.func @einsum_heads(%q: tensor<1x4x2x8xf32>, %k: tensor<1x5x2x8xf32>) -> tensor<1x2x4x5xf32> {
  %y = onnx.Einsum %q, %k {equation = "bqhd, bkhd -> bhqk"} : (tensor<1x4x2x8xf32>, tensor<1x5x2x8xf32>) -> tensor<1x2x4x5xf32>
  return %y : tensor<1x2x4x5xf32>
}

// CHECK-LABEL: @einsum_groups
//      CHECK:    onnx.MatMul {{.*}} -> tensor<3x30xf32>
//      CHECK:    onnx.Reshape {{.*}} -> tensor<3x5x6xf32>
func.func @einsum_groups(%a: tensor<3x4xf32>, %b: tensor<4x5x6xf32>) -> tensor<3x5x6xf32> {
  %y = onnx.Einsum %a, %b {equation = "ab,bcd->acd"} : (tensor<3x4xf32>, tensor<4x5x6xf32>) -> tensor<3x5x6xf32>
  return %y : tensor<3x5x6xf32>
}

//===--- com.microsoft ----------------------------------------------------===//

// CHECK-LABEL: @fused_conv
//      CHECK:    %[[C:.*]] = onnx.Conv
//      CHECK:    onnx.Relu %[[C]]
func.func @fused_conv(%x: tensor<1x3x8x8xf32>, %w: tensor<4x3x3x3xf32>) -> tensor<1x4x6x6xf32> {
  %y = onnx.ms.FusedConv %x, %w {activation = "Relu"} : (tensor<1x3x8x8xf32>, tensor<4x3x3x3xf32>) -> tensor<1x4x6x6xf32>
  return %y : tensor<1x4x6x6xf32>
}

// CHECK-LABEL: @fused_matmul
//      CHECK:    onnx.Transpose
//      CHECK:    onnx.MatMul {{.*}} -> tensor<2x3x5xf32>
//      CHECK:    onnx.Mul
func.func @fused_matmul(%a: tensor<2x3x4xf32>, %b: tensor<2x5x4xf32>) -> tensor<2x3x5xf32> {
  %y = onnx.ms.FusedMatMul %a, %b {transB = 1 : i64, alpha = 0.5 : f32} : (tensor<2x3x4xf32>, tensor<2x5x4xf32>) -> tensor<2x3x5xf32>
  return %y : tensor<2x3x5xf32>
}

// CHECK-LABEL: @skip_layernorm
//      CHECK:    %[[S:.*]] = onnx.Add
//      CHECK:    onnx.ReduceMean %[[S]]
//      CHECK:    return %{{.*}}, %[[S]]
func.func @skip_layernorm(%x: tensor<1x4x8xf32>, %g: tensor<8xf32>) -> (tensor<1x4x8xf32>, tensor<1x4x8xf32>) {
  %y, %s = onnx.ms.SkipLayerNormalization %x, %x, %g : (tensor<1x4x8xf32>, tensor<1x4x8xf32>, tensor<8xf32>) -> (tensor<1x4x8xf32>, none, none, tensor<1x4x8xf32>)
  return %y, %s : tensor<1x4x8xf32>, tensor<1x4x8xf32>
}

// CHECK-LABEL: @einsum_diagonal
//      CHECK:    %[[F:.*]] = onnx.Reshape %{{.*}} -> tensor<9x2xf32>
//      CHECK:    onnx.Gather %[[F]]
func.func @einsum_diagonal(%x: tensor<2x3x3xf32>) -> tensor<2x3xf32> {
  %y = onnx.Einsum %x {equation = "...ii->...i"} : (tensor<2x3x3xf32>) -> tensor<2x3xf32>
  return %y : tensor<2x3xf32>
}

//===--- Attention --------------------------------------------------------===//

// CHECK-LABEL: @attention
//      CHECK:    %[[S:.*]] = onnx.MatMul {{.*}} -> tensor<1x2x4x6xf32>
//      CHECK:    %[[P:.*]] = onnx.Div
//      CHECK:    onnx.MatMul %[[P]], {{.*}} -> tensor<1x2x4x8xf32>
func.func @attention(%q: tensor<1x2x4x8xf32>, %k: tensor<1x2x6x8xf32>) -> tensor<1x2x4x8xf32> {
  %y = onnx.Attention %q, %k, %k : (tensor<1x2x4x8xf32>, tensor<1x2x6x8xf32>, tensor<1x2x6x8xf32>) -> (tensor<1x2x4x8xf32>, none, none, none)
  return %y : tensor<1x2x4x8xf32>
}

// A row of which nothing is seen is zero, not NaN.
// CHECK-LABEL: @causal
//      CHECK:    onnx.GreaterOrEqual
//      CHECK:    onnx.Equal
//      CHECK:    onnx.MatMul
func.func @causal(%q: tensor<1x4x?x8xf32>, %k: tensor<1x2x?x8xf32>) -> tensor<1x4x?x8xf32> {
  %y = onnx.Attention %q, %k, %k {is_causal = 1 : i64} : (tensor<1x4x?x8xf32>, tensor<1x2x?x8xf32>, tensor<1x2x?x8xf32>) -> (tensor<1x4x?x8xf32>, none, none, none)
  return %y : tensor<1x4x?x8xf32>
}

// CHECK-LABEL: @rotary
//      CHECK:    onnx.Gather
//      CHECK:    onnx.Concat
//  CHECK-NOT:    onnx.RotaryEmbedding
func.func @rotary(%x: tensor<1x4x16xf32>, %c: tensor<50x4xf32>, %p: tensor<1x4xi64>) -> tensor<1x4x16xf32> {
  %y = onnx.RotaryEmbedding %x, %c, %c, %p {num_heads = 2 : i64} : (tensor<1x4x16xf32>, tensor<50x4xf32>, tensor<50x4xf32>, tensor<1x4xi64>) -> tensor<1x4x16xf32>
  return %y : tensor<1x4x16xf32>
}
