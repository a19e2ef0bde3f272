// RUN: quern-opt %s -convert-onnx-to-linalg -split-input-file -verify-diagnostics

// All nodes that cannot be lowered are reported.
func.func @number_of_axes(%x: tensor<2x8xf32>, %axes: tensor<?xi64>) -> tensor<*xf32> {
  // expected-error@+1 {{'onnx.ReduceSum' op expects results of known rank}}
  %y = onnx.ReduceSum %x, %axes {keepdims = 0} : (tensor<2x8xf32>, tensor<?xi64>) -> tensor<*xf32>
  // expected-error@+1 {{'onnx.ReduceMax' op expects results of known rank}}
  %z = onnx.ReduceMax %x, %axes {keepdims = 0} : (tensor<2x8xf32>, tensor<?xi64>) -> tensor<*xf32>
  return %y : tensor<*xf32>
}

// -----

func.func @training(%x: tensor<1x3x4xf32>, %c: tensor<3xf32>) -> tensor<1x3x4xf32> {
  // expected-error@+1 {{'onnx.BatchNormalization' op expects 'training_mode' to be 0: models are compiled for inference}}
  %y, %m, %v = onnx.BatchNormalization %x, %c, %c, %c, %c {training_mode = 1} : (tensor<1x3x4xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) -> (tensor<1x3x4xf32>, tensor<3xf32>, tensor<3xf32>)
  return %y : tensor<1x3x4xf32>
}
