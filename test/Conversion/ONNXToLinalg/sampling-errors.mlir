// RUN: quern-opt %s -convert-onnx-to-linalg -split-input-file -verify-diagnostics

func.func @mixed(%x: tensor<1x1x4xcomplex<f32>>, %g: tensor<1x2x1xf32>) -> tensor<1x1x2xcomplex<f32>> {
  // expected-error@+1 {{'onnx.GridSample' op expects numbers or bools, unless 'mode' is nearest}}
  %y = onnx.GridSample %x, %g : (tensor<1x1x4xcomplex<f32>>, tensor<1x2x1xf32>) -> tensor<1x1x2xcomplex<f32>>
  return %y : tensor<1x1x2xcomplex<f32>>
}

// -----

func.func @many(%x: tensor<1x1x2x2x2x2x2x2x2xf32>, %g: tensor<1x1x1x1x1x1x1x1x7xf32>) -> tensor<1x1x1x1x1x1x1x1x1xf32> {
  // expected-error@+1 {{'onnx.GridSample' op expects fewer dimensions: all neighbours of a position are written out}}
  %y = onnx.GridSample %x, %g {mode = "cubic"} : (tensor<1x1x2x2x2x2x2x2x2xf32>, tensor<1x1x1x1x1x1x1x1x7xf32>) -> tensor<1x1x1x1x1x1x1x1x1xf32>
  return %y : tensor<1x1x1x1x1x1x1x1x1xf32>
}

// -----

func.func @unordered(%x: tensor<4xcomplex<f32>>) -> tensor<?xcomplex<f32>> {
  // expected-error@+1 {{'onnx.Unique' op expects real numbers, bools or strings}}
  %y = onnx.Unique %x : (tensor<4xcomplex<f32>>) -> (tensor<?xcomplex<f32>>, none, none, none)
  return %y : tensor<?xcomplex<f32>>
}

// -----

func.func @axis_of_the_run(%x: tensor<2x4x1xf32>, %axis: tensor<i64>) -> tensor<?x?x2xf32> {
  // expected-error@+1 {{'onnx.DFT' op expects a constant axis}}
  %y = onnx.DFT %x, none, %axis : (tensor<2x4x1xf32>, tensor<i64>) -> tensor<?x?x2xf32>
  return %y : tensor<?x?x2xf32>
}
