// RUN: quern-opt %s -onnx-simplify-casts | FileCheck %s

// CHECK-LABEL: @nothing
// CHECK-SAME:    %[[X:.*]]: tensor<4xf16>
//      CHECK:    onnx.Relu %[[X]]
func.func @nothing(%x: tensor<4xf16>) -> tensor<4xf16> {
  %0 = onnx.Cast %x {to = 1 : i64} : (tensor<4xf16>) -> tensor<4xf32>
  %1 = onnx.Cast %0 {to = 10 : i64} : (tensor<4xf32>) -> tensor<4xf16>
  %y = onnx.Relu %1 : tensor<4xf16>
  return %y : tensor<4xf16>
}

// Casts meet across a view.
// CHECK-LABEL: @views
//      CHECK:    onnx.Transpose %arg0 {{.*}} : (tensor<2x3xf16>) -> tensor<3x2xf16>
//  CHECK-NOT:    onnx.Cast
func.func @views(%x: tensor<2x3xf16>) -> tensor<3x2xf16> {
  %0 = onnx.Cast %x {to = 1 : i64} : (tensor<2x3xf16>) -> tensor<2x3xf32>
  %1 = onnx.Transpose %0 {perm = array<i64: 1, 0>} : (tensor<2x3xf32>) -> tensor<3x2xf32>
  %y = onnx.Cast %1 {to = 10 : i64} : (tensor<3x2xf32>) -> tensor<3x2xf16>
  return %y : tensor<3x2xf16>
}

// CHECK-LABEL: @indices
//      CHECK:    onnx.Gather %arg0, %arg1
func.func @indices(%x: tensor<5x3xf32>, %i: tensor<2xi32>) -> tensor<2x3xf32> {
  %0 = onnx.Cast %i {to = 7 : i64} : (tensor<2xi32>) -> tensor<2xi64>
  %y = onnx.Gather %x, %0 {axis = 0 : i64} : (tensor<5x3xf32>, tensor<2xi64>) -> tensor<2x3xf32>
  return %y : tensor<2x3xf32>
}
