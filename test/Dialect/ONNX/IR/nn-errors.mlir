// Rules of convolution, pooling and losses.
// RUN: quern-opt %s -split-input-file -verify-diagnostics

func.func @conv(%x: tensor<1x4x8x8xf32>, %w: tensor<16x3x3x3xf32>) {
  // expected-error @below {{'onnx.Conv' op expects X of 3 * 1 channels, got 4}}
  %y = onnx.Conv %x, %w : (tensor<1x4x8x8xf32>, tensor<16x3x3x3xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @conv(%x: tensor<1x3x8x8xf32>, %w: tensor<16x3x3x3xf32>) {
  // expected-error @below {{'onnx.Conv' op expects 'group' to be at least 1, got 0}}
  %y = onnx.Conv %x, %w {group = 0} : (tensor<1x3x8x8xf32>, tensor<16x3x3x3xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @conv(%x: tensor<1x9x8x8xf32>, %w: tensor<16x3x3x3xf32>) {
  // expected-error @below {{'onnx.Conv' op expects filters that divide into 'group', got 16 in 3}}
  %y = onnx.Conv %x, %w {group = 3} : (tensor<1x9x8x8xf32>, tensor<16x3x3x3xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @conv(%x: tensor<1x3x8x8xf32>, %w: tensor<16x3x3x3xf32>) {
  // expected-error @below {{'onnx.Conv' op expects 'strides' to be at least 1 and below 2^31, got 0}}
  %y = onnx.Conv %x, %w {strides = array<i64: 0, 1>} : (tensor<1x3x8x8xf32>, tensor<16x3x3x3xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @conv(%x: tensor<1x3x8x8xf32>, %w: tensor<16x3x3x3xf32>) {
  // expected-error @below {{'onnx.Conv' op expects 'dilations' of 2 numbers for 2 spatial dimensions, got 1}}
  %y = onnx.Conv %x, %w {dilations = array<i64: 1>} : (tensor<1x3x8x8xf32>, tensor<16x3x3x3xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @conv(%x: tensor<1x3x8x8xf32>, %w: tensor<16x3x3x3xf32>) {
  // expected-error @below {{'onnx.Conv' op expects 'pads' of 4 numbers for 2 spatial dimensions, got 2}}
  %y = onnx.Conv %x, %w {pads = array<i64: 1, 1>} : (tensor<1x3x8x8xf32>, tensor<16x3x3x3xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @conv(%x: tensor<1x3x8x8xf32>, %w: tensor<16x3x3x3xf32>) {
  // expected-error @below {{'onnx.Conv' op expects 'pads' to be at least 0 and below 2^31, got -1}}
  %y = onnx.Conv %x, %w {pads = array<i64: 1, 1, 1, -1>} : (tensor<1x3x8x8xf32>, tensor<16x3x3x3xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @conv(%x: tensor<1x3x8x8xf32>, %w: tensor<16x3x3x3xf32>) {
  // expected-error @below {{'onnx.Conv' op expects 'kernel_shape' to agree with W, got 5 and 3 in spatial dimension 1}}
  %y = onnx.Conv %x, %w {kernel_shape = array<i64: 3, 5>} : (tensor<1x3x8x8xf32>, tensor<16x3x3x3xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @conv(%x: tensor<1x3x8x8xf32>, %w: tensor<16x3x3x3xf32>) {
  // expected-error @below {{'onnx.Conv' op expects 'auto_pad' to be one of NOTSET, SAME_UPPER, SAME_LOWER, VALID, got 'SAME'}}
  %y = onnx.Conv %x, %w {auto_pad = "SAME"} : (tensor<1x3x8x8xf32>, tensor<16x3x3x3xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @conv(%x: tensor<1x3x2x8xf32>, %w: tensor<16x3x3x3xf32>) {
  // expected-error @below {{'onnx.Conv' op expects a window no larger than the padded input in spatial dimension 0, got 3 over 2}}
  %y = onnx.Conv %x, %w : (tensor<1x3x2x8xf32>, tensor<16x3x3x3xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @conv(%x: tensor<1x3x8xf32>, %w: tensor<16x3x3x3xf32>) {
  // expected-error @below {{'onnx.Conv' op expects X and W of one rank, got 'tensor<1x3x8xf32>' and 'tensor<16x3x3x3xf32>'}}
  %y = onnx.Conv %x, %w : (tensor<1x3x8xf32>, tensor<16x3x3x3xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @conv(%x: tensor<3xf32>, %w: tensor<16x3x3x3xf32>) {
  // expected-error @below {{'onnx.Conv' op expects 'X' of rank at least 2, got rank 1}}
  %y = onnx.Conv %x, %w : (tensor<3xf32>, tensor<16x3x3x3xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @conv(%x: tensor<1x3x8x8xf32>, %w: tensor<16x3x3x3xf32>, %b: tensor<15xf32>) {
  // expected-error @below {{'onnx.Conv' op expects 'B' of 16 elements, got 15}}
  %y = onnx.Conv %x, %w, %b : (tensor<1x3x8x8xf32>, tensor<16x3x3x3xf32>, tensor<15xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @conv(%x: tensor<1x3x8x8xf32>, %w: tensor<16x3x0x3xf32>) {
  // expected-error @below {{'onnx.Conv' op expects a kernel of at least one element, got 'tensor<16x3x0x3xf32>'}}
  %y = onnx.Conv %x, %w : (tensor<1x3x8x8xf32>, tensor<16x3x0x3xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @conv(%x: tensor<1x3x8x8xf32>, %w: tensor<16x3x3x3xf64>) {
  // expected-error @below {{'onnx.Conv' op expects operands of one element type, got 'f32' and 'f64'}}
  %y = onnx.Conv %x, %w : (tensor<1x3x8x8xf32>, tensor<16x3x3x3xf64>) -> tensor<*xf32>
  return
}

// -----

func.func @conv(%x: tensor<1x3x4611686018427387904x8xf32>, %w: tensor<16x3x3x3xf32>) {
  // expected-error @below {{'onnx.Conv' op expects sizes that fit 64 bits in spatial dimension 0}}
  %y = onnx.Conv %x, %w : (tensor<1x3x4611686018427387904x8xf32>, tensor<16x3x3x3xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @conv_transpose(%x: tensor<1x4x8x8xf32>, %w: tensor<3x16x2x2xf32>) {
  // expected-error @below {{'onnx.ConvTranspose' op expects the channels of X and W to agree, got 4 and 3}}
  %y = onnx.ConvTranspose %x, %w : (tensor<1x4x8x8xf32>, tensor<3x16x2x2xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @conv_transpose(%x: tensor<1x3x8x8xf32>, %w: tensor<3x16x2x2xf32>) {
  // expected-error @below {{'onnx.ConvTranspose' op expects 'output_padding' of 2 numbers, got 1}}
  %y = onnx.ConvTranspose %x, %w {output_padding = array<i64: 1>} : (tensor<1x3x8x8xf32>, tensor<3x16x2x2xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @conv_transpose(%x: tensor<1x3x8x8xf32>, %w: tensor<3x16x2x2xf32>) {
  // expected-error @below {{'onnx.ConvTranspose' op expects 'output_shape' to be at least 0 and below 2^31, got -1}}
  %y = onnx.ConvTranspose %x, %w {output_shape = array<i64: 1, -1>} : (tensor<1x3x8x8xf32>, tensor<3x16x2x2xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @conv_transpose(%x: tensor<1x3x8x8xf32>, %w: tensor<3x16x2x2xf32>) {
  // expected-error @below {{'onnx.ConvTranspose' op expects channels that divide into 'group', got 3 in 2}}
  %y = onnx.ConvTranspose %x, %w {group = 2} : (tensor<1x3x8x8xf32>, tensor<3x16x2x2xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @conv_transpose(%x: tensor<1x3x8x8xf32>, %w: tensor<3x16x2x2xf32>) {
  // expected-error @below {{'onnx.ConvTranspose' op expects 'kernel_shape' to agree with W, got 3 and 2 in spatial dimension 0}}
  %y = onnx.ConvTranspose %x, %w {kernel_shape = array<i64: 3, 3>} : (tensor<1x3x8x8xf32>, tensor<3x16x2x2xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @conv_transpose(%x: tensor<1x3x8x8xf32>, %w: tensor<3x16x2x2xf32>) {
  // expected-error @below {{'onnx.ConvTranspose' op expects 'pads' to remove at most the whole result, got a size of -7 in spatial dimension 0}}
  %y = onnx.ConvTranspose %x, %w {pads = array<i64: 8, 0, 8, 0>} : (tensor<1x3x8x8xf32>, tensor<3x16x2x2xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @conv_transpose(%x: tensor<1x3x8xf32>, %w: tensor<3x16x2x2xf32>) {
  // expected-error @below {{'onnx.ConvTranspose' op expects X and W of one rank, got 'tensor<1x3x8xf32>' and 'tensor<3x16x2x2xf32>'}}
  %y = onnx.ConvTranspose %x, %w : (tensor<1x3x8xf32>, tensor<3x16x2x2xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @conv_transpose(%x: tensor<1x3xf32>, %w: tensor<3x16x2x2xf32>) {
  // expected-error @below {{'onnx.ConvTranspose' op expects 'X' of rank at least 3, got rank 2}}
  %y = onnx.ConvTranspose %x, %w : (tensor<1x3xf32>, tensor<3x16x2x2xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @conv_transpose(%x: tensor<1x3x8589934592x8xf32>, %w: tensor<3x16x2x2xf32>) {
  // expected-error @below {{'onnx.ConvTranspose' op expects sizes under 2^31, got 'tensor<1x3x8589934592x8xf32>'}}
  %y = onnx.ConvTranspose %x, %w : (tensor<1x3x8589934592x8xf32>, tensor<3x16x2x2xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @col2_im(%x: tensor<1x5x5xf32>) {
  %i = onnx.Constant {value = dense<[5, 5]> : tensor<2xi64>} : tensor<2xi64>
  %b = onnx.Constant {value = dense<[2, 2]> : tensor<2xi64>} : tensor<2xi64>
  // expected-error @below {{'onnx.Col2Im' op expects columns that divide into blocks of 4, got 5}}
  %y = onnx.Col2Im %x, %i, %b : (tensor<1x5x5xf32>, tensor<2xi64>, tensor<2xi64>) -> tensor<*xf32>
  return
}

// -----

func.func @col2_im(%x: tensor<1x5x5xf32>) {
  %i = onnx.Constant {value = dense<[5, 5]> : tensor<2xi64>} : tensor<2xi64>
  %b = onnx.Constant {value = dense<[2, 0]> : tensor<2xi64>} : tensor<2xi64>
  // expected-error @below {{'onnx.Col2Im' op expects 'block_shape' of sizes at least 1, got 0}}
  %y = onnx.Col2Im %x, %i, %b : (tensor<1x5x5xf32>, tensor<2xi64>, tensor<2xi64>) -> tensor<*xf32>
  return
}

// -----

func.func @max_pool(%x: tensor<1x3x8x8xf32>) {
  // expected-error @below {{'onnx.MaxPool' op expects 'X' of rank 3, got rank 4}}
  %y = onnx.MaxPool %x {kernel_shape = array<i64: 2>} : (tensor<1x3x8x8xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @max_pool(%x: tensor<1x3x8x8xf32>) {
  // expected-error @below {{'onnx.MaxPool' op expects 'kernel_shape' to be at least 1 and below 2^31, got 0}}
  %y = onnx.MaxPool %x {kernel_shape = array<i64: 2, 0>} : (tensor<1x3x8x8xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @max_pool(%x: tensor<1x3x8x8xf32>) {
  // expected-error @below {{'onnx.MaxPool' op expects a window no larger than the padded input in spatial dimension 0, got 9 over 8}}
  %y = onnx.MaxPool %x {kernel_shape = array<i64: 9, 9>} : (tensor<1x3x8x8xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @average_pool(%x: tensor<1x3x8x8xf32>) {
  // expected-error @below {{'onnx.AveragePool' op expects 'strides' of 2 numbers for 2 spatial dimensions, got 1}}
  %y = onnx.AveragePool %x {kernel_shape = array<i64: 2, 2>, strides = array<i64: 1>} : (tensor<1x3x8x8xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @lp_pool(%x: tensor<1x3x8x8xf32>) {
  // expected-error @below {{'onnx.LpPool' op expects 'pads' to be at least 0 and below 2^31, got 4294967296}}
  %y = onnx.LpPool %x {kernel_shape = array<i64: 2, 2>, pads = array<i64: 1, 1, 1, 4294967296>} : (tensor<1x3x8x8xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @global_max_pool(%x: tensor<4xf32>) {
  // expected-error @below {{'onnx.GlobalMaxPool' op expects 'X' of rank at least 2, got rank 1}}
  %y = onnx.GlobalMaxPool %x : (tensor<4xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @max_unpool(%x: tensor<1x3x4x4xf32>, %i: tensor<1x3x4x4xi64>) {
  // expected-error @below {{'onnx.MaxUnpool' op expects 'X' of rank 3, got rank 4}}
  %y = onnx.MaxUnpool %x, %i {kernel_shape = array<i64: 2>} : (tensor<1x3x4x4xf32>, tensor<1x3x4x4xi64>) -> tensor<*xf32>
  return
}

// -----

func.func @max_unpool(%x: tensor<1x3x4x4xf32>, %i: tensor<1x3x4x4xi64>) {
  // expected-error @below {{'onnx.MaxUnpool' op expects 'pads' to remove at most the whole result}}
  %y = onnx.MaxUnpool %x, %i {kernel_shape = array<i64: 1, 1>, pads = array<i64: 9, 0, 9, 0>} : (tensor<1x3x4x4xf32>, tensor<1x3x4x4xi64>) -> tensor<*xf32>
  return
}

// -----

func.func @max_roi_pool(%x: tensor<1x3x8x8xf32>, %r: tensor<5x5xf32>) {
  // expected-error @below {{'onnx.MaxRoiPool' op expects 'pooled_shape' of 2 numbers, got 1}}
  %y = onnx.MaxRoiPool %x, %r {pooled_shape = array<i64: 2>} : (tensor<1x3x8x8xf32>, tensor<5x5xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @max_roi_pool(%x: tensor<1x3x8x8xf32>, %r: tensor<5x5xf32>) {
  // expected-error @below {{'onnx.MaxRoiPool' op expects 'pooled_shape' to be at least 1, got 0}}
  %y = onnx.MaxRoiPool %x, %r {pooled_shape = array<i64: 2, 0>} : (tensor<1x3x8x8xf32>, tensor<5x5xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @max_roi_pool(%x: tensor<1x3x8x8xf32>, %r: tensor<5x4xf32>) {
  // expected-error @below {{'onnx.MaxRoiPool' op expects the numbers of a region to agree, got 4 and 5}}
  %y = onnx.MaxRoiPool %x, %r {pooled_shape = array<i64: 2, 2>} : (tensor<1x3x8x8xf32>, tensor<5x4xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @roi_align(%x: tensor<1x3x8x8xf32>, %r: tensor<5x4xf32>, %b: tensor<5xi64>) {
  // expected-error @below {{'onnx.RoiAlign' op expects an output of at least 1 x 1, got 0 x 1}}
  %y = onnx.RoiAlign %x, %r, %b {output_height = 0} : (tensor<1x3x8x8xf32>, tensor<5x4xf32>, tensor<5xi64>) -> tensor<*xf32>
  return
}

// -----

func.func @roi_align(%x: tensor<1x3x8x8xf32>, %r: tensor<5x4xf32>, %b: tensor<5xi64>) {
  // expected-error @below {{'onnx.RoiAlign' op expects 'sampling_ratio' to be at least 0, got -1}}
  %y = onnx.RoiAlign %x, %r, %b {sampling_ratio = -1} : (tensor<1x3x8x8xf32>, tensor<5x4xf32>, tensor<5xi64>) -> tensor<*xf32>
  return
}

// -----

func.func @roi_align(%x: tensor<1x3x8x8xf32>, %r: tensor<5x4xf32>, %b: tensor<5xi64>) {
  // expected-error @below {{'onnx.RoiAlign' op expects 'mode' to be one of avg, max, got 'min'}}
  %y = onnx.RoiAlign %x, %r, %b {mode = "min"} : (tensor<1x3x8x8xf32>, tensor<5x4xf32>, tensor<5xi64>) -> tensor<*xf32>
  return
}

// -----

func.func @roi_align(%x: tensor<1x3x8x8xf32>, %r: tensor<5x4xf32>, %b: tensor<6xi64>) {
  // expected-error @below {{'onnx.RoiAlign' op expects the numbers of regions and batch indices to agree, got 5 and 6}}
  %y = onnx.RoiAlign %x, %r, %b : (tensor<1x3x8x8xf32>, tensor<5x4xf32>, tensor<6xi64>) -> tensor<*xf32>
  return
}

// -----

func.func @negative_log_likelihood_loss(%x: tensor<4x10xf32>, %t: tensor<4xi64>) {
  // expected-error @below {{'onnx.NegativeLogLikelihoodLoss' op expects 'reduction' to be one of none, sum, mean, got 'max'}}
  %y = onnx.NegativeLogLikelihoodLoss %x, %t {reduction = "max"} : (tensor<4x10xf32>, tensor<4xi64>) -> tensor<*xf32>
  return
}

// -----

func.func @negative_log_likelihood_loss(%x: tensor<4x10xf32>, %t: tensor<4x1xi64>) {
  // expected-error @below {{'onnx.NegativeLogLikelihoodLoss' op expects 'target' of rank 1, got rank 2}}
  %y = onnx.NegativeLogLikelihoodLoss %x, %t : (tensor<4x10xf32>, tensor<4x1xi64>) -> tensor<*xf32>
  return
}

// -----

func.func @dropout(%x: tensor<4xf32>, %r: tensor<2xf32>) {
  // expected-error @below {{'onnx.Dropout' op expects 'ratio' to hold one element, got 'tensor<2xf32>'}}
  %y = onnx.Dropout %x, %r : (tensor<4xf32>, tensor<2xf32>) -> tensor<4xf32>
  return
}
