// Result types of convolution and pooling.
// RUN: quern-opt %s -onnx-infer-shapes | FileCheck %s

// CHECK-LABEL: @conv
// CHECK: onnx.Conv {{.*}}-> tensor<?x16x5x4xf32>
func.func @conv(%x: tensor<?x3x9x8xf32>, %w: tensor<16x3x3x3xf32>) -> tensor<*xf32> {
  %y = onnx.Conv %x, %w {pads = array<i64: 1, 1, 1, 1>, strides = array<i64: 2, 2>} : (tensor<?x3x9x8xf32>, tensor<16x3x3x3xf32>) -> tensor<*xf32>
  return %y : tensor<*xf32>
}

// CHECK-LABEL: @conv_1d_groups
// CHECK: onnx.Conv {{.*}}-> tensor<1x6x5xf32>
func.func @conv_1d_groups(%x: tensor<1x4x9xf32>, %w: tensor<6x2x3xf32>) -> tensor<*xf32> {
  %y = onnx.Conv %x, %w {group = 2, dilations = array<i64: 2>} : (tensor<1x4x9xf32>, tensor<6x2x3xf32>) -> tensor<*xf32>
  return %y : tensor<*xf32>
}

// CHECK-LABEL: @conv_3d_dynamic
// CHECK: onnx.Conv {{.*}}-> tensor<1x6x7x?x5xf32>
func.func @conv_3d_dynamic(%x: tensor<1x4x9x?x7xf32>, %w: tensor<6x4x3x3x3xf32>) -> tensor<*xf32> {
  %y = onnx.Conv %x, %w : (tensor<1x4x9x?x7xf32>, tensor<6x4x3x3x3xf32>) -> tensor<*xf32>
  return %y : tensor<*xf32>
}

// CHECK-LABEL: @auto_pad
// CHECK: onnx.Conv {{.*}}-> tensor<1x16x5x4xf32>
// CHECK: onnx.Conv {{.*}}-> tensor<1x16x4x3xf32>
func.func @auto_pad(%x: tensor<1x3x9x8xf32>, %w: tensor<16x3x3x3xf32>) -> (tensor<*xf32>, tensor<*xf32>) {
  %y = onnx.Conv %x, %w {auto_pad = "SAME_UPPER", strides = array<i64: 2, 2>} : (tensor<1x3x9x8xf32>, tensor<16x3x3x3xf32>) -> tensor<*xf32>
  %z = onnx.Conv %x, %w {auto_pad = "VALID", strides = array<i64: 2, 2>} : (tensor<1x3x9x8xf32>, tensor<16x3x3x3xf32>) -> tensor<*xf32>
  return %y, %z : tensor<*xf32>, tensor<*xf32>
}

// CHECK-LABEL: @conv_transpose
// CHECK: onnx.ConvTranspose {{.*}}-> tensor<1x4x16x16xf32>
// CHECK: onnx.ConvTranspose {{.*}}-> tensor<1x4x10x12xf32>
// CHECK: onnx.ConvTranspose {{.*}}-> tensor<1x4x16x24xf32>
func.func @conv_transpose(%x: tensor<1x3x8x8xf32>, %w: tensor<3x4x3x3xf32>) -> (tensor<*xf32>, tensor<*xf32>, tensor<*xf32>) {
  %y = onnx.ConvTranspose %x, %w {strides = array<i64: 2, 2>, pads = array<i64: 1, 1, 1, 1>, output_padding = array<i64: 1, 1>} : (tensor<1x3x8x8xf32>, tensor<3x4x3x3xf32>) -> tensor<*xf32>
  %z = onnx.ConvTranspose %x, %w {output_shape = array<i64: 10, 12>} : (tensor<1x3x8x8xf32>, tensor<3x4x3x3xf32>) -> tensor<*xf32>
  %u = onnx.ConvTranspose %x, %w {auto_pad = "SAME_LOWER", strides = array<i64: 2, 3>} : (tensor<1x3x8x8xf32>, tensor<3x4x3x3xf32>) -> tensor<*xf32>
  return %y, %z, %u : tensor<*xf32>, tensor<*xf32>, tensor<*xf32>
}

// CHECK-LABEL: @pool
// CHECK: onnx.MaxPool {{.*}}-> tensor<1x3x3x3xf32>
// CHECK: onnx.MaxPool {{.*}}-> (tensor<1x3x4x4xf32>, tensor<1x3x4x4xi64>)
func.func @pool(%x: tensor<1x3x8x8xf32>) -> (tensor<*xf32>, tensor<*xf32>, tensor<*xi64>) {
  %y = onnx.MaxPool %x {kernel_shape = array<i64: 3, 3>, strides = array<i64: 2, 2>} : (tensor<1x3x8x8xf32>) -> tensor<*xf32>
  %z, %i = onnx.MaxPool %x {ceil_mode = 1, kernel_shape = array<i64: 3, 3>, strides = array<i64: 2, 2>} : (tensor<1x3x8x8xf32>) -> (tensor<*xf32>, tensor<*xi64>)
  return %y, %z, %i : tensor<*xf32>, tensor<*xf32>, tensor<*xi64>
}

// CHECK-LABEL: @pool_last_window_in_the_padding
// CHECK: onnx.AveragePool {{.*}}-> tensor<1x3x2xf32>
func.func @pool_last_window_in_the_padding(%x: tensor<1x3x4xf32>) -> tensor<*xf32> {
  %y = onnx.AveragePool %x {ceil_mode = 1, kernel_shape = array<i64: 1>, strides = array<i64: 2>, pads = array<i64: 0, 1>} : (tensor<1x3x4xf32>) -> tensor<*xf32>
  return %y : tensor<*xf32>
}

// CHECK-LABEL: @global_pool
// CHECK: onnx.GlobalAveragePool {{.*}}-> tensor<?x3x1x1xf32>
func.func @global_pool(%x: tensor<?x3x8x8xf32>) -> tensor<*xf32> {
  %y = onnx.GlobalAveragePool %x : (tensor<?x3x8x8xf32>) -> tensor<*xf32>
  return %y : tensor<*xf32>
}

// CHECK-LABEL: @max_unpool
// CHECK: onnx.MaxUnpool {{.*}}-> tensor<1x3x8x8xf32>
func.func @max_unpool(%x: tensor<1x3x4x4xf32>, %i: tensor<1x3x4x4xi64>) -> tensor<*xf32> {
  %y = onnx.MaxUnpool %x, %i {kernel_shape = array<i64: 2, 2>, strides = array<i64: 2, 2>} : (tensor<1x3x4x4xf32>, tensor<1x3x4x4xi64>) -> tensor<*xf32>
  return %y : tensor<*xf32>
}

// CHECK-LABEL: @col2im
// CHECK: onnx.Col2Im {{.*}}-> tensor<1x2x5x6xf32>
func.func @col2im(%x: tensor<1x10x12xf32>) -> tensor<*xf32> {
  %i = onnx.Constant {value = dense<[5, 6]> : tensor<2xi64>} : tensor<2xi64>
  %b = onnx.Constant {value = dense<[1, 5]> : tensor<2xi64>} : tensor<2xi64>
  %y = onnx.Col2Im %x, %i, %b : (tensor<1x10x12xf32>, tensor<2xi64>, tensor<2xi64>) -> tensor<*xf32>
  return %y : tensor<*xf32>
}

// CHECK-LABEL: @roi
// CHECK: onnx.RoiAlign {{.*}}-> tensor<5x3x2x3xf32>
// CHECK: onnx.MaxRoiPool {{.*}}-> tensor<?x3x2x2xf32>
func.func @roi(%x: tensor<1x3x8x8xf32>, %r: tensor<5x4xf32>, %b: tensor<5xi64>, %s: tensor<?x5xf32>) -> (tensor<*xf32>, tensor<*xf32>) {
  %y = onnx.RoiAlign %x, %r, %b {output_height = 2, output_width = 3} : (tensor<1x3x8x8xf32>, tensor<5x4xf32>, tensor<5xi64>) -> tensor<*xf32>
  %z = onnx.MaxRoiPool %x, %s {pooled_shape = array<i64: 2, 2>} : (tensor<1x3x8x8xf32>, tensor<?x5xf32>) -> tensor<*xf32>
  return %y, %z : tensor<*xf32>, tensor<*xf32>
}

// CHECK-LABEL: @loss
// CHECK: onnx.NegativeLogLikelihoodLoss {{.*}}-> tensor<4x3xf32>
// CHECK: onnx.SoftmaxCrossEntropyLoss {{.*}}-> (tensor<f32>, tensor<4x10x3xf32>)
func.func @loss(%x: tensor<4x10x3xf32>, %t: tensor<4x3xi64>) -> (tensor<*xf32>, tensor<*xf32>, tensor<*xf32>) {
  %y = onnx.NegativeLogLikelihoodLoss %x, %t {reduction = "none"} : (tensor<4x10x3xf32>, tensor<4x3xi64>) -> tensor<*xf32>
  %z, %p = onnx.SoftmaxCrossEntropyLoss %x, %t : (tensor<4x10x3xf32>, tensor<4x3xi64>) -> (tensor<*xf32>, tensor<*xf32>)
  return %y, %z, %p : tensor<*xf32>, tensor<*xf32>, tensor<*xf32>
}

// CHECK-LABEL: @dropout
// CHECK: onnx.Dropout {{.*}}-> (tensor<4x?xf32>, tensor<4x?xi1>)
func.func @dropout(%x: tensor<4x?xf32>) -> (tensor<*xf32>, tensor<*xi1>) {
  %y, %m = onnx.Dropout %x : (tensor<4x?xf32>) -> (tensor<*xf32>, tensor<*xi1>)
  return %y, %m : tensor<*xf32>, tensor<*xi1>
}

// CHECK-LABEL: @norm
// CHECK: onnx.LayerNormalization {{.*}}-> (tensor<2x?x8xf16>, tensor<2x1x1xf32>, none)
// CHECK: onnx.BatchNormalization {{.*}}-> (tensor<2x3x8xf32>, tensor<3xf32>, tensor<3xf32>)
func.func @norm(%x: tensor<2x?x8xf16>, %s: tensor<8xf16>, %v: tensor<2x3x8xf32>, %a: tensor<3xf32>) -> (tensor<*xf16>, tensor<*xf32>, tensor<*xf32>, tensor<*xf32>, tensor<*xf32>) {
  %y, %m = onnx.LayerNormalization %x, %s {axis = 1} : (tensor<2x?x8xf16>, tensor<8xf16>) -> (tensor<*xf16>, tensor<*xf32>, none)
  %z, %rm, %rv = onnx.BatchNormalization %v, %a, %a, %a, %a {training_mode = 1} : (tensor<2x3x8xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) -> (tensor<*xf32>, tensor<*xf32>, tensor<*xf32>)
  return %y, %m, %z, %rm, %rv : tensor<*xf16>, tensor<*xf32>, tensor<*xf32>, tensor<*xf32>, tensor<*xf32>
}

// CHECK-LABEL: @attention
// CHECK: onnx.Attention {{.*}}-> (tensor<1x4x40xf32>, tensor<1x2x9x8xf32>, tensor<1x2x9x10xf32>, tensor<1x4x4x9xf32>)
func.func @attention(%q: tensor<1x4x32xf32>, %k: tensor<1x6x16xf32>, %v: tensor<1x6x20xf32>, %a: tensor<1x2x3x8xf32>, %b: tensor<1x2x3x10xf32>) -> (tensor<*xf32>, tensor<*xf32>, tensor<*xf32>, tensor<*xf32>) {
  %y, %pk, %pv, %qk = onnx.Attention %q, %k, %v, none, %a, %b {q_num_heads = 4, kv_num_heads = 2} : (tensor<1x4x32xf32>, tensor<1x6x16xf32>, tensor<1x6x20xf32>, tensor<1x2x3x8xf32>, tensor<1x2x3x10xf32>) -> (tensor<*xf32>, tensor<*xf32>, tensor<*xf32>, tensor<*xf32>)
  return %y, %pk, %pv, %qk : tensor<*xf32>, tensor<*xf32>, tensor<*xf32>, tensor<*xf32>
}

// CHECK-LABEL: @lstm
// CHECK: onnx.LSTM {{.*}}-> (tensor<5x2x?x8xf32>, tensor<2x?x8xf32>, tensor<2x?x8xf32>)
func.func @lstm(%x: tensor<5x?x4xf32>, %w: tensor<2x32x4xf32>, %r: tensor<2x32x8xf32>) -> (tensor<*xf32>, tensor<*xf32>, tensor<*xf32>) {
  %y, %h, %cell = onnx.LSTM %x, %w, %r {direction = "bidirectional"} : (tensor<5x?x4xf32>, tensor<2x32x4xf32>, tensor<2x32x8xf32>) -> (tensor<*xf32>, tensor<*xf32>, tensor<*xf32>)
  return %y, %h, %cell : tensor<*xf32>, tensor<*xf32>, tensor<*xf32>
}

// CHECK-LABEL: @gru_batch_first
// CHECK: onnx.GRU {{.*}}-> (tensor<3x5x1x8xf32>, tensor<3x1x8xf32>)
func.func @gru_batch_first(%x: tensor<3x5x4xf32>, %w: tensor<1x24x4xf32>, %r: tensor<1x24x8xf32>) -> (tensor<*xf32>, tensor<*xf32>) {
  %y, %h = onnx.GRU %x, %w, %r {hidden_size = 8, layout = 1} : (tensor<3x5x4xf32>, tensor<1x24x4xf32>, tensor<1x24x8xf32>) -> (tensor<*xf32>, tensor<*xf32>)
  return %y, %h : tensor<*xf32>, tensor<*xf32>
}
