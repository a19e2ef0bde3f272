// RUN: quern-opt %s -onnx-simplify-transposes | FileCheck %s

// CHECK-LABEL: @cancels
// CHECK-SAME:    %[[X:.*]]: tensor<1x3x8x8xf32>
// CHECK-NEXT:    %[[Y:.*]] = onnx.Relu %[[X]]
// CHECK-NEXT:    return %[[Y]]
func.func @cancels(%x: tensor<1x3x8x8xf32>) -> tensor<1x3x8x8xf32> {
  %0 = onnx.Transpose %x {perm = array<i64: 0, 2, 3, 1>} : (tensor<1x3x8x8xf32>) -> tensor<1x8x8x3xf32>
  %1 = onnx.Relu %0 : tensor<1x8x8x3xf32>
  %y = onnx.Transpose %1 {perm = array<i64: 0, 3, 1, 2>} : (tensor<1x8x8x3xf32>) -> tensor<1x3x8x8xf32>
  return %y : tensor<1x3x8x8xf32>
}

// Constants are transposed back; one that varies along one dimension is only reshaped.
// CHECK-LABEL: @constants
//      CHECK:    %[[C:.*]] = onnx.Reshape %{{.*}} -> tensor<1x3x1x1xf32>
//      CHECK:    %[[A:.*]] = onnx.Add %{{.*}}, %[[C]] : (tensor<1x3x8x8xf32>, tensor<1x3x1x1xf32>) -> tensor<1x3x8x8xf32>
//      CHECK:    onnx.Transpose %[[A]]
func.func @constants(%x: tensor<1x3x8x8xf32>) -> tensor<1x8x8x3xf32> {
  %b = onnx.Constant {value = dense<[1.0, 2.0, 3.0]> : tensor<3xf32>} : tensor<3xf32>
  %0 = onnx.Transpose %x {perm = array<i64: 0, 2, 3, 1>} : (tensor<1x3x8x8xf32>) -> tensor<1x8x8x3xf32>
  %y = onnx.Add %0, %b : (tensor<1x8x8x3xf32>, tensor<3xf32>) -> tensor<1x8x8x3xf32>
  return %y : tensor<1x8x8x3xf32>
}

// CHECK-LABEL: @both
//      CHECK:    %[[A:.*]] = onnx.Mul %arg0, %arg1
//      CHECK:    onnx.Transpose %[[A]]
//  CHECK-NOT:    onnx.Transpose
func.func @both(%x: tensor<2x3xf32>, %y: tensor<2x3xf32>) -> tensor<3x2xf32> {
  %0 = onnx.Transpose %x {perm = array<i64: 1, 0>} : (tensor<2x3xf32>) -> tensor<3x2xf32>
  %1 = onnx.Transpose %y {perm = array<i64: 1, 0>} : (tensor<2x3xf32>) -> tensor<3x2xf32>
  %z = onnx.Mul %0, %1 : tensor<3x2xf32>
  return %z : tensor<3x2xf32>
}

// CHECK-LABEL: @concat
//      CHECK:    onnx.Concat %arg0, %arg0 {axis = 0 : i64}
//      CHECK:    onnx.Transpose
func.func @concat(%x: tensor<2x3xf32>) -> tensor<3x4xf32> {
  %0 = onnx.Transpose %x {perm = array<i64: 1, 0>} : (tensor<2x3xf32>) -> tensor<3x2xf32>
  %z = onnx.Concat %0, %0 {axis = 1 : i64} : (tensor<3x2xf32>, tensor<3x2xf32>) -> tensor<3x4xf32>
  return %z : tensor<3x4xf32>
}

// The dimensions that are left are in order: nothing is left of the transpose.
// CHECK-LABEL: @mean
//      CHECK:    %[[AXES:.*]] = onnx.Constant {value = dense<[2, 3]>
//      CHECK:    %[[Y:.*]] = onnx.ReduceMean %arg0, %[[AXES]] {keepdims = 0 : i64
//      CHECK:    return %[[Y]]
func.func @mean(%x: tensor<1x3x8x8xf32>) -> tensor<1x3xf32> {
  %axes = onnx.Constant {value = dense<[1, 2]> : tensor<2xi64>} : tensor<2xi64>
  %0 = onnx.Transpose %x {perm = array<i64: 0, 2, 3, 1>} : (tensor<1x3x8x8xf32>) -> tensor<1x8x8x3xf32>
  %y = onnx.ReduceMean %0, %axes {keepdims = 0 : i64} : (tensor<1x8x8x3xf32>, tensor<2xi64>) -> tensor<1x3xf32>
  return %y : tensor<1x3xf32>
}

// CHECK-LABEL: @softmax
//      CHECK:    onnx.Softmax %arg0 {axis = 1 : i64}
func.func @softmax(%x: tensor<1x3x8x8xf32>) -> tensor<1x8x8x3xf32> {
  %0 = onnx.Transpose %x {perm = array<i64: 0, 2, 3, 1>} : (tensor<1x3x8x8xf32>) -> tensor<1x8x8x3xf32>
  %y = onnx.Softmax %0 {axis = 3 : i64} : tensor<1x8x8x3xf32>
  return %y : tensor<1x8x8x3xf32>
}

// Nothing moves but a dimension of size 1.
// CHECK-LABEL: @view
//      CHECK:    onnx.Reshape
//  CHECK-NOT:    onnx.Transpose
func.func @view(%x: tensor<1x3x?xf32>) -> tensor<3x1x?xf32> {
  %y = onnx.Transpose %x {perm = array<i64: 1, 0, 2>} : (tensor<1x3x?xf32>) -> tensor<3x1x?xf32>
  return %y : tensor<3x1x?xf32>
}
