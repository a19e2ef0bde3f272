// RUN: quern-opt %s -onnx-simplify-pads -split-input-file | FileCheck %s
// RUN: quern-opt %s -onnx-simplify-pads -split-input-file -remarks-filter=.* 2>&1 | FileCheck %s --check-prefix=REMARK

// CHECK-LABEL: @conv
//      CHECK:    onnx.Conv %arg0, %arg1 {{{.*}}pads = array<i64: 1, 1, 2, 2>}
func.func @conv(%x: tensor<1x3x8x8xf32>, %w: tensor<4x3x3x3xf32>) -> tensor<1x4x9x9xf32> {
  %pads = onnx.Constant {value = dense<[0, 0, 1, 1, 0, 0, 2, 2]> : tensor<8xi64>} : tensor<8xi64>
  %0 = onnx.Pad %x, %pads : (tensor<1x3x8x8xf32>, tensor<8xi64>) -> tensor<1x3x11x11xf32>
  %y = onnx.Conv %0, %w : (tensor<1x3x11x11xf32>, tensor<4x3x3x3xf32>) -> tensor<1x4x9x9xf32>
  return %y : tensor<1x4x9x9xf32>
}

// -----

// CHECK-LABEL: @average
//      CHECK:    onnx.AveragePool %arg0 {{.*}}count_include_pad = 1 : i64{{.*}}pads = array<i64: 1, 1, 1, 1>
func.func @average(%x: tensor<1x3x8x8xf32>) -> tensor<1x3x8x8xf32> {
  %pads = onnx.Constant {value = dense<[0, 0, 1, 1, 0, 0, 1, 1]> : tensor<8xi64>} : tensor<8xi64>
  %0 = onnx.Pad %x, %pads : (tensor<1x3x8x8xf32>, tensor<8xi64>) -> tensor<1x3x10x10xf32>
  %y = onnx.AveragePool %0 {kernel_shape = array<i64: 3, 3>} : (tensor<1x3x10x10xf32>) -> tensor<1x3x8x8xf32>
  return %y : tensor<1x3x8x8xf32>
}

// -----

// Beside values that are not negative, zeros are as good as the lowest value.
// CHECK-LABEL: @max
//      CHECK:    onnx.MaxPool %{{.*}}pads = array<i64: 0, 0, 1, 1>
func.func @max(%x: tensor<1x3x8x8xf32>) -> tensor<1x3x4x4xf32> {
  %pads = onnx.Constant {value = dense<[0, 0, 0, 0, 0, 0, 1, 1]> : tensor<8xi64>} : tensor<8xi64>
  %r = onnx.Relu %x : tensor<1x3x8x8xf32>
  %0 = onnx.Pad %r, %pads : (tensor<1x3x8x8xf32>, tensor<8xi64>) -> tensor<1x3x9x9xf32>
  %y = onnx.MaxPool %0 {kernel_shape = array<i64: 3, 3>, strides = array<i64: 2, 2>} : (tensor<1x3x9x9xf32>) -> tensor<1x3x4x4xf32>
  return %y : tensor<1x3x4x4xf32>
}

// -----

// CHECK-LABEL: @channels
//      CHECK:    onnx.Pad
// REMARK: not moved into onnx.Conv: it pads the batch or the channels
func.func @channels(%x: tensor<1x2x8x8xf32>, %w: tensor<4x3x3x3xf32>) -> tensor<1x4x6x6xf32> {
  %pads = onnx.Constant {value = dense<[0, 1, 0, 0, 0, 0, 0, 0]> : tensor<8xi64>} : tensor<8xi64>
  %0 = onnx.Pad %x, %pads : (tensor<1x2x8x8xf32>, tensor<8xi64>) -> tensor<1x3x8x8xf32>
  %y = onnx.Conv %0, %w : (tensor<1x3x8x8xf32>, tensor<4x3x3x3xf32>) -> tensor<1x4x6x6xf32>
  return %y : tensor<1x4x6x6xf32>
}
