// RUN: quern-opt %s -onnx-fuse-bias -split-input-file | FileCheck %s
// RUN: quern-opt %s -onnx-fuse-bias -split-input-file -remarks-filter=.* 2>&1 | FileCheck %s --check-prefix=REMARK

// CHECK-LABEL: @conv
//      CHECK:    %[[B:.*]] = onnx.Reshape %{{.*}} -> tensor<4xf32>
//      CHECK:    onnx.Conv %{{.*}}, %{{.*}}, %[[B]]
//  CHECK-NOT:    onnx.Add
func.func @conv(%x: tensor<1x3x8x8xf32>) -> tensor<1x4x6x6xf32> {
  %w = onnx.Constant {value = dense<0.5> : tensor<4x3x3x3xf32>} : tensor<4x3x3x3xf32>
  %b = onnx.Constant {value = dense<1.0> : tensor<1x4x1x1xf32>} : tensor<1x4x1x1xf32>
  %c = onnx.Conv %x, %w : (tensor<1x3x8x8xf32>, tensor<4x3x3x3xf32>) -> tensor<1x4x6x6xf32>
  %y = onnx.Add %c, %b : (tensor<1x4x6x6xf32>, tensor<1x4x1x1xf32>) -> tensor<1x4x6x6xf32>
  return %y : tensor<1x4x6x6xf32>
}

// -----

// CHECK-LABEL: @matrix
//      CHECK:    onnx.Gemm
func.func @matrix(%x: tensor<?x3xf32>) -> tensor<?x4xf32> {
  %w = onnx.Constant {value = dense<0.5> : tensor<3x4xf32>} : tensor<3x4xf32>
  %b = onnx.Constant {value = dense<1.0> : tensor<4xf32>} : tensor<4xf32>
  %c = onnx.MatMul %x, %w : (tensor<?x3xf32>, tensor<3x4xf32>) -> tensor<?x4xf32>
  %y = onnx.Add %c, %b : (tensor<?x4xf32>, tensor<4xf32>) -> tensor<?x4xf32>
  return %y : tensor<?x4xf32>
}

// -----

// CHECK-LABEL: @residual
//      CHECK:    onnx.Add
// REMARK-NOT: residual
func.func @residual(%x: tensor<1x3x8x8xf32>, %r: tensor<1x4x6x6xf32>) -> tensor<1x4x6x6xf32> {
  %w = onnx.Constant {value = dense<0.5> : tensor<4x3x3x3xf32>} : tensor<4x3x3x3xf32>
  %c = onnx.Conv %x, %w : (tensor<1x3x8x8xf32>, tensor<4x3x3x3xf32>) -> tensor<1x4x6x6xf32>
  %y = onnx.Add %c, %r : tensor<1x4x6x6xf32>
  return %y : tensor<1x4x6x6xf32>
}

// -----

// CHECK-LABEL: @batches
//      CHECK:    onnx.MatMul
//      CHECK:    onnx.Add
// REMARK: not fused: the MatMul before it has batches
func.func @batches(%x: tensor<2x5x3xf32>) -> tensor<2x5x4xf32> {
  %w = onnx.Constant {value = dense<0.5> : tensor<3x4xf32>} : tensor<3x4xf32>
  %b = onnx.Constant {value = dense<1.0> : tensor<4xf32>} : tensor<4xf32>
  %c = onnx.MatMul %x, %w : (tensor<2x5x3xf32>, tensor<3x4xf32>) -> tensor<2x5x4xf32>
  %y = onnx.Add %c, %b : (tensor<2x5x4xf32>, tensor<4xf32>) -> tensor<2x5x4xf32>
  return %y : tensor<2x5x4xf32>
}
