// RUN: quern-opt %s -onnx-fuse-batchnorm -split-input-file | FileCheck %s
// RUN: quern-opt %s -onnx-fuse-batchnorm -split-input-file -remarks-filter=.* 2>&1 | FileCheck %s --check-prefix=REMARK

// CHECK-LABEL: @conv
// CHECK-SAME:    %[[X:.*]]: tensor<1x3x8x8xf32>
//      CHECK:    %[[A:.*]] = onnx.Div
//      CHECK:    %[[B:.*]] = onnx.Sub
//      CHECK:    %[[AU:.*]] = onnx.Unsqueeze %[[A]]
//      CHECK:    %[[W:.*]] = onnx.Mul %{{.*}}, %[[AU]] : (tensor<4x3x3x3xf32>, tensor<4x1x1x1xf32>) -> tensor<4x3x3x3xf32>
//      CHECK:    %[[Y:.*]] = onnx.Conv %[[X]], %[[W]], %[[B]] {{{.*}}pads = array<i64: 1, 1, 1, 1>}
//      CHECK:    return %[[Y]]
func.func @conv(%x: tensor<1x3x8x8xf32>) -> tensor<1x4x8x8xf32> {
  %w = onnx.Constant {value = dense<0.5> : tensor<4x3x3x3xf32>} : tensor<4x3x3x3xf32>
  %p = onnx.Constant {value = dense<[1.0, 2.0, 3.0, 4.0]> : tensor<4xf32>} : tensor<4xf32>
  %c = onnx.Conv %x, %w {group = 1 : i64, pads = array<i64: 1, 1, 1, 1>} : (tensor<1x3x8x8xf32>, tensor<4x3x3x3xf32>) -> tensor<1x4x8x8xf32>
  %y = onnx.BatchNormalization %c, %p, %p, %p, %p : (tensor<1x4x8x8xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<1x4x8x8xf32>
  return %y : tensor<1x4x8x8xf32>
}

// -----

// The weights of a grouped transposed convolution are grouped by input channel.
// CHECK-LABEL: @transposed
//      CHECK:    onnx.Mul %{{.*}} : (tensor<2x2x3x2x2xf32>, tensor<2x1x3x1x1xf32>) -> tensor<2x2x3x2x2xf32>
//      CHECK:    onnx.ConvTranspose
//  CHECK-NOT:    onnx.BatchNormalization
func.func @transposed(%x: tensor<1x4x8x8xf32>) -> tensor<1x6x9x9xf32> {
  %w = onnx.Constant {value = dense<0.5> : tensor<4x3x2x2xf32>} : tensor<4x3x2x2xf32>
  %p = onnx.Constant {value = dense<1.0> : tensor<6xf32>} : tensor<6xf32>
  %c = onnx.ConvTranspose %x, %w {group = 2 : i64} : (tensor<1x4x8x8xf32>, tensor<4x3x2x2xf32>) -> tensor<1x6x9x9xf32>
  %y = onnx.BatchNormalization %c, %p, %p, %p, %p : (tensor<1x6x9x9xf32>, tensor<6xf32>, tensor<6xf32>, tensor<6xf32>, tensor<6xf32>) -> tensor<1x6x9x9xf32>
  return %y : tensor<1x6x9x9xf32>
}

// -----

// CHECK-LABEL: @gemm
//      CHECK:    onnx.Gemm
// CHECK-SAME:      transB = 1
//  CHECK-NOT:    onnx.BatchNormalization
func.func @gemm(%x: tensor<?x3xf32>) -> tensor<?x4xf32> {
  %w = onnx.Constant {value = dense<0.5> : tensor<4x3xf32>} : tensor<4x3xf32>
  %p = onnx.Constant {value = dense<1.0> : tensor<4xf32>} : tensor<4xf32>
  %c = onnx.Gemm %x, %w, %p {transB = 1 : i64, beta = 2.0 : f32} : (tensor<?x3xf32>, tensor<4x3xf32>, tensor<4xf32>) -> tensor<?x4xf32>
  %y = onnx.BatchNormalization %c, %p, %p, %p, %p : (tensor<?x4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<?x4xf32>
  return %y : tensor<?x4xf32>
}

// -----

// CHECK-LABEL: @shared
//      CHECK:    onnx.BatchNormalization
// REMARK: not fused: the result before it has other users
func.func @shared(%x: tensor<1x3x8x8xf32>) -> (tensor<1x4x6x6xf32>, tensor<1x4x6x6xf32>) {
  %w = onnx.Constant {value = dense<0.5> : tensor<4x3x3x3xf32>} : tensor<4x3x3x3xf32>
  %p = onnx.Constant {value = dense<1.0> : tensor<4xf32>} : tensor<4xf32>
  %c = onnx.Conv %x, %w : (tensor<1x3x8x8xf32>, tensor<4x3x3x3xf32>) -> tensor<1x4x6x6xf32>
  %y = onnx.BatchNormalization %c, %p, %p, %p, %p : (tensor<1x4x6x6xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<1x4x6x6xf32>
  return %y, %c : tensor<1x4x6x6xf32>, tensor<1x4x6x6xf32>
}
