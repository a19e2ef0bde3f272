// Rules of recurrent layers.
// RUN: quern-opt %s -split-input-file -verify-diagnostics

func.func @lstm(%x: tensor<5x1x4xf32>, %w: tensor<1x32x4xf32>, %r: tensor<1x32x8xf32>) {
  // expected-error @below {{'onnx.LSTM' op expects 'direction' to be one of forward, reverse, bidirectional, got 'backward'}}
  %y = onnx.LSTM %x, %w, %r {direction = "backward"} : (tensor<5x1x4xf32>, tensor<1x32x4xf32>, tensor<1x32x8xf32>) -> (tensor<*xf32>, none, none)
  return
}

// -----

func.func @lstm(%x: tensor<5x1x4xf32>, %w: tensor<1x32x4xf32>, %r: tensor<1x32x8xf32>) {
  // expected-error @below {{'onnx.LSTM' op expects 'layout' to be 0 or 1, got 2}}
  %y = onnx.LSTM %x, %w, %r {layout = 2} : (tensor<5x1x4xf32>, tensor<1x32x4xf32>, tensor<1x32x8xf32>) -> (tensor<*xf32>, none, none)
  return
}

// -----

func.func @lstm(%x: tensor<5x1x4xf32>, %w: tensor<1x32x4xf32>, %r: tensor<1x32x8xf32>) {
  // expected-error @below {{'onnx.LSTM' op expects 'hidden_size' to be at least 1 and below 2^31, got 0}}
  %y = onnx.LSTM %x, %w, %r {hidden_size = 0} : (tensor<5x1x4xf32>, tensor<1x32x4xf32>, tensor<1x32x8xf32>) -> (tensor<*xf32>, none, none)
  return
}

// -----

func.func @lstm(%x: tensor<5x1x4xf32>, %w: tensor<1x32x4xf32>, %r: tensor<1x32x8xf32>) {
  // expected-error @below {{'onnx.LSTM' op expects 'hidden_size' and the columns of R to agree, got 7 and 8}}
  %y = onnx.LSTM %x, %w, %r {hidden_size = 7} : (tensor<5x1x4xf32>, tensor<1x32x4xf32>, tensor<1x32x8xf32>) -> (tensor<*xf32>, none, none)
  return
}

// -----

func.func @lstm(%x: tensor<5x1x4xf32>, %w: tensor<1x32x4xf32>, %r: tensor<1x32x8xf32>) {
  // expected-error @below {{'onnx.LSTM' op expects the directions of R to agree, got 1 and 2}}
  %y = onnx.LSTM %x, %w, %r {direction = "bidirectional"} : (tensor<5x1x4xf32>, tensor<1x32x4xf32>, tensor<1x32x8xf32>) -> (tensor<*xf32>, none, none)
  return
}

// -----

func.func @lstm(%x: tensor<5x1x4xf32>, %w: tensor<1x24x4xf32>, %r: tensor<1x32x8xf32>) {
  // expected-error @below {{'onnx.LSTM' op expects the rows of W and the gates to agree, got 24 and 32}}
  %y = onnx.LSTM %x, %w, %r {hidden_size = 8} : (tensor<5x1x4xf32>, tensor<1x24x4xf32>, tensor<1x32x8xf32>) -> (tensor<*xf32>, none, none)
  return
}

// -----

func.func @lstm(%x: tensor<5x1x3xf32>, %w: tensor<1x32x4xf32>, %r: tensor<1x32x8xf32>) {
  // expected-error @below {{'onnx.LSTM' op expects the columns of X and W to agree, got 3 and 4}}
  %y = onnx.LSTM %x, %w, %r {hidden_size = 8} : (tensor<5x1x3xf32>, tensor<1x32x4xf32>, tensor<1x32x8xf32>) -> (tensor<*xf32>, none, none)
  return
}

// -----

func.func @lstm(%x: tensor<5x4xf32>, %w: tensor<1x32x4xf32>, %r: tensor<1x32x8xf32>) {
  // expected-error @below {{'onnx.LSTM' op expects 'X' of rank 3, got rank 2}}
  %y = onnx.LSTM %x, %w, %r {hidden_size = 8} : (tensor<5x4xf32>, tensor<1x32x4xf32>, tensor<1x32x8xf32>) -> (tensor<*xf32>, none, none)
  return
}

// -----

func.func @lstm(%x: tensor<5x1x4xf32>, %w: tensor<2x32x4xf32>, %r: tensor<1x32x8xf32>) {
  // expected-error @below {{'onnx.LSTM' op expects the directions of W to agree, got 2 and 1}}
  %y = onnx.LSTM %x, %w, %r {hidden_size = 8} : (tensor<5x1x4xf32>, tensor<2x32x4xf32>, tensor<1x32x8xf32>) -> (tensor<*xf32>, none, none)
  return
}
