// Rules of images.
// RUN: quern-opt %s -split-input-file -verify-diagnostics

func.func @resize(%x: tensor<1x3x8x8xf32>) {
  // expected-error @below {{'onnx.Resize' op expects 'mode' to be one of nearest, linear, cubic, got 'bilinear'}}
  %y = onnx.Resize %x {mode = "bilinear"} : (tensor<1x3x8x8xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @resize(%x: tensor<1x3x8x8xf32>) {
  // expected-error @below {{'onnx.Resize' op expects 'scales' or 'sizes', got none}}
  %y = onnx.Resize %x : (tensor<1x3x8x8xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @resize(%x: tensor<1x3x8x8xf32>, %s: tensor<4xf32>, %t: tensor<4xi64>) {
  // expected-error @below {{'onnx.Resize' op expects 'scales' or 'sizes', got both}}
  %y = onnx.Resize %x, none, %s, %t : (tensor<1x3x8x8xf32>, tensor<4xf32>, tensor<4xi64>) -> tensor<*xf32>
  return
}

// -----

func.func @resize(%x: tensor<1x3x8x8xf32>, %s: tensor<3xf32>) {
  // expected-error @below {{'onnx.Resize' op expects 'scales' of 4 elements, got 3}}
  %y = onnx.Resize %x, none, %s : (tensor<1x3x8x8xf32>, tensor<3xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @resize(%x: tensor<1x3x8x8xf32>) {
  %s = onnx.Constant {value = dense<[1.0, 1.0, 0.0, 2.0]> : tensor<4xf32>} : tensor<4xf32>
  // expected-error @below {{'onnx.Resize' op expects 'scales' above 0, got 0.000000}}
  %y = onnx.Resize %x, none, %s : (tensor<1x3x8x8xf32>, tensor<4xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @resize(%x: tensor<1x3x8x8xf32>) {
  %s = onnx.Constant {value = dense<[1.0, 1.0, 1.0e30, 2.0]> : tensor<4xf32>} : tensor<4xf32>
  // expected-error @below {{'onnx.Resize' op expects sizes under 2^53, got 8 * 1000000015047466219876688855040.000000}}
  %y = onnx.Resize %x, none, %s : (tensor<1x3x8x8xf32>, tensor<4xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @resize(%x: tensor<1x3x8x8xf32>) {
  %t = onnx.Constant {value = dense<[1, 3, 8, -8]> : tensor<4xi64>} : tensor<4xi64>
  // expected-error @below {{'onnx.Resize' op expects 'sizes' of at least 0, got -8}}
  %y = onnx.Resize %x, none, none, %t : (tensor<1x3x8x8xf32>, tensor<4xi64>) -> tensor<*xf32>
  return
}

// -----

func.func @resize(%x: tensor<1x3x8x8xf32>, %t: tensor<2xi64>) {
  // expected-error @below {{'onnx.Resize' op expects 'axes' in [-4, 3], got 4}}
  %y = onnx.Resize %x, none, none, %t {axes = array<i64: 2, 4>} : (tensor<1x3x8x8xf32>, tensor<2xi64>) -> tensor<*xf32>
  return
}

// -----

func.func @grid_sample(%x: tensor<1x3x8x8xf32>, %g: tensor<1x4x4x2xf32>) {
  // expected-error @below {{'onnx.GridSample' op expects 'mode' to be one of linear, nearest, cubic, got 'bilinear'}}
  %y = onnx.GridSample %x, %g {mode = "bilinear"} : (tensor<1x3x8x8xf32>, tensor<1x4x4x2xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @grid_sample(%x: tensor<1x3x8x8xf32>, %g: tensor<1x4x4x3xf32>) {
  // expected-error @below {{'onnx.GridSample' op expects the coordinates of the grid to agree, got 3 and 2}}
  %y = onnx.GridSample %x, %g : (tensor<1x3x8x8xf32>, tensor<1x4x4x3xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @grid_sample(%x: tensor<1x3x8x8xf32>, %g: tensor<2x4x4x2xf32>) {
  // expected-error @below {{'onnx.GridSample' op expects the batches of X and grid to agree, got 1 and 2}}
  %y = onnx.GridSample %x, %g : (tensor<1x3x8x8xf32>, tensor<2x4x4x2xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @affine_grid(%t: tensor<1x2x3xf32>, %s: tensor<3xi64>) {
  // expected-error @below {{'onnx.AffineGrid' op expects 'size' of 4 or 5 elements, got 3}}
  %y = onnx.AffineGrid %t, %s : (tensor<1x2x3xf32>, tensor<3xi64>) -> tensor<*xf32>
  return
}

// -----

func.func @affine_grid(%t: tensor<1x2x3xf32>) {
  %s = onnx.Constant {value = dense<[1, 1, 0, 4]> : tensor<4xi64>} : tensor<4xi64>
  // expected-error @below {{'onnx.AffineGrid' op expects 'size' of sizes at least 1, got 0}}
  %y = onnx.AffineGrid %t, %s : (tensor<1x2x3xf32>, tensor<4xi64>) -> tensor<*xf32>
  return
}

// -----

func.func @crop(%x: tensor<1x3x8x8xf32>) {
  // expected-error @below {{'onnx.Crop' op expects 'border' of 4 numbers, got 2}}
  %y = onnx.Crop %x {border = array<i64: 1, 1>} : (tensor<1x3x8x8xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @crop(%x: tensor<1x3x8x8xf32>) {
  // expected-error @below {{'onnx.Crop' op expects 'border' to be at least 0 and below 2^31, got -1}}
  %y = onnx.Crop %x {border = array<i64: -1, 1, 1, 1>} : (tensor<1x3x8x8xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @crop(%x: tensor<1x3x8x8xf32>) {
  // expected-error @below {{'onnx.Crop' op expects a part of the 8 elements of dimension 3, got -2 from 5 on}}
  %y = onnx.Crop %x {border = array<i64: 5, 1, 5, 1>} : (tensor<1x3x8x8xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @crop(%x: tensor<1x3x8x8xf32>) {
  // expected-error @below {{'onnx.Crop' op expects a part of the 8 elements of dimension 2, got 8 from 1 on}}
  %y = onnx.Crop %x {border = array<i64: 1, 1, 1, 1>, scale = array<i64: 8, 8>} : (tensor<1x3x8x8xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @crop(%x: tensor<1x3x8x8xf32>) {
  // expected-error @below {{'onnx.Crop' op expects 'scale' of 2 numbers, got 1}}
  %y = onnx.Crop %x {border = array<i64: 1, 1, 1, 1>, scale = array<i64: 8>} : (tensor<1x3x8x8xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @image_scaler(%x: tensor<1x3x8x8xf32>) {
  // expected-error @below {{'onnx.ImageScaler' op expects 'bias' of 3 numbers, got 1}}
  %y = onnx.ImageScaler %x {bias = array<f32: 1.0>} : tensor<1x3x8x8xf32>
  return
}
