// RUN: quern-opt %s -onnx-fuse-mul -split-input-file | FileCheck %s
// RUN: quern-opt %s -onnx-fuse-mul -split-input-file -remarks-filter=.* 2>&1 | FileCheck %s --check-prefix=REMARK

// CHECK-LABEL: @per_channel
//      CHECK:    %[[W:.*]] = onnx.Mul %{{.*}} : (tensor<4x3x3x3xf32>, tensor<4x1x1x1xf32>) -> tensor<4x3x3x3xf32>
//      CHECK:    %[[Y:.*]] = onnx.Conv %{{[^,]*}}, %[[W]] {{.*}}
//      CHECK:    return %[[Y]]
func.func @per_channel(%x: tensor<1x3x8x8xf32>) -> tensor<1x4x6x6xf32> {
  %w = onnx.Constant {value = dense<0.5> : tensor<4x3x3x3xf32>} : tensor<4x3x3x3xf32>
  %s = onnx.Constant {value = dense<[[[1.0]], [[2.0]], [[3.0]], [[4.0]]]> : tensor<4x1x1xf32>} : tensor<4x1x1xf32>
  %c = onnx.Conv %x, %w : (tensor<1x3x8x8xf32>, tensor<4x3x3x3xf32>) -> tensor<1x4x6x6xf32>
  %y = onnx.Mul %s, %c : (tensor<4x1x1xf32>, tensor<1x4x6x6xf32>) -> tensor<1x4x6x6xf32>
  return %y : tensor<1x4x6x6xf32>
}

// -----

// CHECK-LABEL: @quotient
//      CHECK:    %[[R:.*]] = onnx.Div %{{.*}}, %{{.*}} : (tensor<f32>, tensor<1xf32>) -> tensor<1xf32>
//      CHECK:    onnx.Mul %{{.*}}, %[[R]]
//      CHECK:    onnx.MatMul
func.func @quotient(%x: tensor<2x5x3xf32>) -> tensor<2x5x4xf32> {
  %w = onnx.Constant {value = dense<0.5> : tensor<3x4xf32>} : tensor<3x4xf32>
  %s = onnx.Constant {value = dense<8.0> : tensor<f32>} : tensor<f32>
  %c = onnx.MatMul %x, %w : (tensor<2x5x3xf32>, tensor<3x4xf32>) -> tensor<2x5x4xf32>
  %y = onnx.Div %c, %s : (tensor<2x5x4xf32>, tensor<f32>) -> tensor<2x5x4xf32>
  return %y : tensor<2x5x4xf32>
}

// -----

// CHECK-LABEL: @per_column
//      CHECK:    onnx.Conv
//      CHECK:    onnx.Mul
// REMARK: not fused: the constant varies along other dimensions than the channels
func.func @per_column(%x: tensor<1x3x8x8xf32>) -> tensor<1x4x6x6xf32> {
  %w = onnx.Constant {value = dense<0.5> : tensor<4x3x3x3xf32>} : tensor<4x3x3x3xf32>
  %s = onnx.Constant {value = dense<2.0> : tensor<6xf32>} : tensor<6xf32>
  %c = onnx.Conv %x, %w : (tensor<1x3x8x8xf32>, tensor<4x3x3x3xf32>) -> tensor<1x4x6x6xf32>
  %y = onnx.Mul %c, %s : (tensor<1x4x6x6xf32>, tensor<6xf32>) -> tensor<1x4x6x6xf32>
  return %y : tensor<1x4x6x6xf32>
}
