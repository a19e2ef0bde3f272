// RUN: quern-opt %s -convert-onnx-to-linalg -canonicalize -cse -split-input-file | FileCheck %s

// Arithmetic on shapes is arithmetic on indices: no kernel, no tensor of sizes.
// CHECK-LABEL: func @shape_chain
// CHECK-SAME:    %[[X:.*]]: tensor<?x4x8xf32>
//  CHECK-NOT:    linalg
//  CHECK-NOT:    from_elements
//      CHECK:    tensor.collapse_shape %[[X]] {{\[\[}}0], [1, 2]]
func.func @shape_chain(%x: tensor<?x4x8xf32>) -> tensor<?x32xf32> {
  %s = onnx.Shape %x : (tensor<?x4x8xf32>) -> tensor<3xi64>
  %zero = onnx.Constant {value = dense<0> : tensor<i64>} : tensor<i64>
  %axes = onnx.Constant {value = dense<0> : tensor<1xi64>} : tensor<1xi64>
  %rest = onnx.Constant {value = dense<-1> : tensor<1xi64>} : tensor<1xi64>
  %n = onnx.Gather %s, %zero {axis = 0} : (tensor<3xi64>, tensor<i64>) -> tensor<i64>
  %v = onnx.Unsqueeze %n, %axes : (tensor<i64>, tensor<1xi64>) -> tensor<1xi64>
  %t = onnx.Concat %v, %rest {axis = 0} : (tensor<1xi64>, tensor<1xi64>) -> tensor<2xi64>
  %y = onnx.Reshape %x, %t : (tensor<?x4x8xf32>, tensor<2xi64>) -> tensor<?x32xf32>
  return %y : tensor<?x32xf32>
}

// -----

// CHECK-LABEL: func @heads
//      CHECK:    tensor.expand_shape %{{.*}} {{\[\[}}0], [1], [2, 3]] output_shape [%{{.*}}, 49, 12, 64]
func.func @heads(%x: tensor<?x49x768xf32>) -> tensor<?x49x12x64xf32> {
  %t = onnx.Constant {value = dense<[0, 49, 12, 64]> : tensor<4xi64>} : tensor<4xi64>
  %y = onnx.Reshape %x, %t : (tensor<?x49x768xf32>, tensor<4xi64>) -> tensor<?x49x12x64xf32>
  return %y : tensor<?x49x12x64xf32>
}

// -----

// A shape of the run: -1 and 0 are resolved by the run, and the number of elements is checked.
// CHECK-LABEL: func @dynamic
//      CHECK:    quern.check %{{.*}}, "the number of elements does not fit the new shape"
//      CHECK:    tensor.reshape
func.func @dynamic(%x: tensor<2x8xf32>, %shape: tensor<2xi64>) -> tensor<?x?xf32> {
  %y = onnx.Reshape %x, %shape : (tensor<2x8xf32>, tensor<2xi64>) -> tensor<?x?xf32>
  return %y : tensor<?x?xf32>
}

// -----

// CHECK-LABEL: func @flatten
//      CHECK:    tensor.collapse_shape %{{.*}} {{\[\[}}0, 1], [2]] : tensor<?x?x4xf32> into tensor<?x4xf32>
func.func @flatten(%x: tensor<?x?x4xf32>) -> tensor<?x4xf32> {
  %y = onnx.Flatten %x {axis = 2} : (tensor<?x?x4xf32>) -> tensor<?x4xf32>
  return %y : tensor<?x4xf32>
}
