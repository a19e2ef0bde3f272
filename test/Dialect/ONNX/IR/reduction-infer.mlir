// Result types of reductions.
// RUN: quern-opt %s -onnx-infer-shapes | FileCheck %s

// CHECK-LABEL: @all
// CHECK: onnx.ReduceSum {{.*}}-> tensor<1x1xf32>
// CHECK: onnx.ReduceMean {{.*}}-> tensor<f32>
func.func @all(%x: tensor<2x3xf32>) -> (tensor<*xf32>, tensor<*xf32>) {
  %y = onnx.ReduceSum %x : (tensor<2x3xf32>) -> tensor<*xf32>
  %z = onnx.ReduceMean %x {keepdims = 0} : (tensor<2x3xf32>) -> tensor<*xf32>
  return %y, %z : tensor<*xf32>, tensor<*xf32>
}

// CHECK-LABEL: @axes
// CHECK: onnx.ReduceMax {{.*}}-> tensor<1x?x1xf32>
// CHECK: onnx.ReduceMax {{.*}}-> tensor<?xf32>
func.func @axes(%x: tensor<2x?x4xf32>) -> (tensor<*xf32>, tensor<*xf32>) {
  %a = onnx.Constant {value = dense<[-1, 0]> : tensor<2xi64>} : tensor<2xi64>
  %y = onnx.ReduceMax %x, %a : (tensor<2x?x4xf32>, tensor<2xi64>) -> tensor<*xf32>
  %z = onnx.ReduceMax %x, %a {keepdims = 0} : (tensor<2x?x4xf32>, tensor<2xi64>) -> tensor<*xf32>
  return %y, %z : tensor<*xf32>, tensor<*xf32>
}

// CHECK-LABEL: @noop
// CHECK: onnx.ReduceSum {{.*}}-> tensor<2x3xf32>
func.func @noop(%x: tensor<2x3xf32>) -> tensor<*xf32> {
  %a = onnx.Constant {value = dense<> : tensor<0xi64>} : tensor<0xi64>
  %y = onnx.ReduceSum %x, %a {noop_with_empty_axes = 1} : (tensor<2x3xf32>, tensor<0xi64>) -> tensor<*xf32>
  return %y : tensor<*xf32>
}

// CHECK-LABEL: @unknown_axes
// CHECK: onnx.ReduceSum {{.*}}-> tensor<?x?xf32>
// CHECK: onnx.ReduceSum {{.*}}-> tensor<?xf32>
func.func @unknown_axes(%x: tensor<2x3xf32>, %a: tensor<1xi64>) -> (tensor<*xf32>, tensor<*xf32>) {
  %y = onnx.ReduceSum %x, %a : (tensor<2x3xf32>, tensor<1xi64>) -> tensor<*xf32>
  %z = onnx.ReduceSum %x, %a {keepdims = 0} : (tensor<2x3xf32>, tensor<1xi64>) -> tensor<*xf32>
  return %y, %z : tensor<*xf32>, tensor<*xf32>
}

// CHECK-LABEL: @arg
// CHECK: onnx.ArgMax {{.*}}-> tensor<2x1xi64>
// CHECK: onnx.ArgMin {{.*}}-> tensor<2xi64>
func.func @arg(%x: tensor<2x3xf32>) -> (tensor<*xi64>, tensor<*xi64>) {
  %y = onnx.ArgMax %x {axis = 1} : (tensor<2x3xf32>) -> tensor<*xi64>
  %z = onnx.ArgMin %x {axis = -1, keepdims = 0} : (tensor<2x3xf32>) -> tensor<*xi64>
  return %y, %z : tensor<*xi64>, tensor<*xi64>
}
