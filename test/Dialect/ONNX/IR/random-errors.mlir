// Rules of random numbers and signal processing.
// RUN: quern-opt %s -split-input-file -verify-diagnostics

func.func @random_normal() {
  // expected-error @below {{'onnx.RandomNormal' op expects sizes of at least 0 in 'shape', got -3}}
  %y = onnx.RandomNormal {shape = array<i64: 2, -3>} : () -> tensor<*xf32>
  return
}

// -----

func.func @random_uniform() {
  // expected-error @below {{'onnx.RandomUniform' op expects 'dtype' to be the number of a tensor's data type, got 8}}
  %y = onnx.RandomUniform {shape = array<i64: 2>, dtype = 8} : () -> tensor<*xf32>
  return
}

// -----

func.func @random_uniform() {
  // expected-error @below {{'onnx.RandomUniform' op expects fewer than 2^63 elements}}
  %y = onnx.RandomUniform {shape = array<i64: 4294967296, 4294967296>} : () -> tensor<*xf32>
  return
}

// -----

func.func @multinomial(%x: tensor<2x10xf32>) {
  // expected-error @below {{'onnx.Multinomial' op expects 'sample_size' to be at least 1, got 0}}
  %y = onnx.Multinomial %x {sample_size = 0} : (tensor<2x10xf32>) -> tensor<*xi32>
  return
}

// -----

func.func @dft(%x: tensor<1x16x3xf32>) {
  // expected-error @below {{'onnx.DFT' op expects 1 or 2 parts in the last dimension, got 3}}
  %y = onnx.DFT %x : (tensor<1x16x3xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @dft(%x: tensor<1x16x1xf32>) {
  %a = onnx.Constant {value = dense<2> : tensor<i64>} : tensor<i64>
  // expected-error @below {{'onnx.DFT' op expects 'axis' other than the last, got 2}}
  %y = onnx.DFT %x, none, %a : (tensor<1x16x1xf32>, tensor<i64>) -> tensor<*xf32>
  return
}

// -----

func.func @dft(%x: tensor<1x16x1xf32>) {
  %n = onnx.Constant {value = dense<0> : tensor<i64>} : tensor<i64>
  // expected-error @below {{'onnx.DFT' op expects a transform of at least 1 element, got 0}}
  %y = onnx.DFT %x, %n : (tensor<1x16x1xf32>, tensor<i64>) -> tensor<*xf32>
  return
}

// -----

func.func @stft(%x: tensor<1x128x1xf32>, %w: tensor<16xf32>) {
  %step = onnx.Constant {value = dense<0> : tensor<i64>} : tensor<i64>
  // expected-error @below {{'onnx.STFT' op expects 'frame_length' and 'frame_step' to be at least 1}}
  %y = onnx.STFT %x, %step, %w : (tensor<1x128x1xf32>, tensor<i64>, tensor<16xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @stft(%x: tensor<1x12x1xf32>, %w: tensor<16xf32>) {
  %step = onnx.Constant {value = dense<4> : tensor<i64>} : tensor<i64>
  // expected-error @below {{'onnx.STFT' op expects a signal of at least a frame, got 12 under 16}}
  %y = onnx.STFT %x, %step, %w : (tensor<1x12x1xf32>, tensor<i64>, tensor<16xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @hann_window() {
  %n = onnx.Constant {value = dense<-1> : tensor<i64>} : tensor<i64>
  // expected-error @below {{'onnx.HannWindow' op expects 'size' of at least 0, got -1}}
  %y = onnx.HannWindow %n : (tensor<i64>) -> tensor<*xf32>
  return
}

// -----

func.func @mel_weight_matrix(%l: tensor<i64>, %rate: tensor<i64>, %lo: tensor<f32>, %hi: tensor<f32>) {
  %b = onnx.Constant {value = dense<0> : tensor<i64>} : tensor<i64>
  // expected-error @below {{'onnx.MelWeightMatrix' op expects 'num_mel_bins' of at least 1, got 0}}
  %y = onnx.MelWeightMatrix %b, %l, %rate, %lo, %hi : (tensor<i64>, tensor<i64>, tensor<i64>, tensor<f32>, tensor<f32>) -> tensor<*xf32>
  return
}

// -----

func.func @mel_weight_matrix(%b: tensor<i64>, %rate: tensor<i64>, %lo: tensor<f32>, %hi: tensor<f32>) {
  %l = onnx.Constant {value = dense<0> : tensor<i64>} : tensor<i64>
  // expected-error @below {{'onnx.MelWeightMatrix' op expects 'dft_length' of at least 1, got 0}}
  %y = onnx.MelWeightMatrix %b, %l, %rate, %lo, %hi : (tensor<i64>, tensor<i64>, tensor<i64>, tensor<f32>, tensor<f32>) -> tensor<*xf32>
  return
}

// -----

func.func @mel_weight_matrix(%b: tensor<2xi64>, %l: tensor<i64>, %rate: tensor<i64>, %lo: tensor<f32>, %hi: tensor<f32>) {
  // expected-error @below {{'onnx.MelWeightMatrix' op expects 'num_mel_bins' to hold one element, got 'tensor<2xi64>'}}
  %y = onnx.MelWeightMatrix %b, %l, %rate, %lo, %hi : (tensor<2xi64>, tensor<i64>, tensor<i64>, tensor<f32>, tensor<f32>) -> tensor<*xf32>
  return
}
