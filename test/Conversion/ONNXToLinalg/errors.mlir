// RUN: quern-opt %s -convert-onnx-to-linalg -split-input-file -verify-diagnostics

// All nodes that cannot be lowered are reported.
func.func @axes_of_the_run(%x: tensor<2x8xf32>, %axes: tensor<1xi64>) -> tensor<?x?xf32> {
  // expected-error@+1 {{'onnx.ReduceSum' op expects constant axes within the rank}}
  %y = onnx.ReduceSum %x, %axes : (tensor<2x8xf32>, tensor<1xi64>) -> tensor<?x?xf32>
  // expected-error@+1 {{'onnx.ReduceMax' op expects constant axes within the rank}}
  %z = onnx.ReduceMax %x, %axes : (tensor<2x8xf32>, tensor<1xi64>) -> tensor<?x?xf32>
  return %y : tensor<?x?xf32>
}

// -----

func.func @training(%x: tensor<1x3x4xf32>, %c: tensor<3xf32>) -> tensor<1x3x4xf32> {
  // expected-error@+1 {{'onnx.BatchNormalization' op expects 'training_mode' to be 0: models are compiled for inference}}
  %y, %m, %v = onnx.BatchNormalization %x, %c, %c, %c, %c {training_mode = 1} : (tensor<1x3x4xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) -> (tensor<1x3x4xf32>, tensor<3xf32>, tensor<3xf32>)
  return %y : tensor<1x3x4xf32>
}

// -----

func.func @weights_of_the_run(%x: tensor<1x3x8xf32>, %w: tensor<?x3x3xf32>) -> tensor<1x?x6xf32> {
  // expected-error@+1 {{'onnx.Conv' op expects weights of a shape known when compiling}}
  %y = onnx.Conv %x, %w : (tensor<1x3x8xf32>, tensor<?x3x3xf32>) -> tensor<1x?x6xf32>
  return %y : tensor<1x?x6xf32>
}
