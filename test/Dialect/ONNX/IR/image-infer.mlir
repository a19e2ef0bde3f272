// Result types of images, signals and quantization.
// RUN: quern-opt %s -onnx-infer-shapes | FileCheck %s

// CHECK-LABEL: @resize_scales
// CHECK: onnx.Resize {{.*}}-> tensor<?x3x16x6xf32>
func.func @resize_scales(%x: tensor<?x3x8x9xf32>) -> tensor<*xf32> {
  %s = onnx.Constant {value = dense<[1.0, 1.0, 2.0, 0.7]> : tensor<4xf32>} : tensor<4xf32>
  %y = onnx.Resize %x, none, %s : (tensor<?x3x8x9xf32>, tensor<4xf32>) -> tensor<*xf32>
  return %y : tensor<*xf32>
}

// CHECK-LABEL: @resize_sizes
// CHECK: onnx.Resize {{.*}}-> tensor<?x3x16x27xf32>
// CHECK: onnx.Resize {{.*}}-> tensor<1x3x16x18xf32>
func.func @resize_sizes(%x: tensor<?x3x8x9xf32>, %v: tensor<1x3x8x9xf32>) -> (tensor<*xf32>, tensor<*xf32>) {
  %s = onnx.Constant {value = dense<[16, 27]> : tensor<2xi64>} : tensor<2xi64>
  %y = onnx.Resize %x, none, none, %s {axes = array<i64: 2, 3>} : (tensor<?x3x8x9xf32>, tensor<2xi64>) -> tensor<*xf32>
  %z = onnx.Resize %v, none, none, %s {axes = array<i64: 2, 3>, keep_aspect_ratio_policy = "not_larger"} : (tensor<1x3x8x9xf32>, tensor<2xi64>) -> tensor<*xf32>
  return %y, %z : tensor<*xf32>, tensor<*xf32>
}

// CHECK-LABEL: @grid
// CHECK: onnx.AffineGrid {{.*}}-> tensor<1x5x6x2xf32>
// CHECK: onnx.GridSample {{.*}}-> tensor<1x3x5x6xf32>
func.func @grid(%t: tensor<1x2x3xf32>, %x: tensor<?x3x8x9xf32>) -> (tensor<*xf32>, tensor<*xf32>) {
  %s = onnx.Constant {value = dense<[1, 3, 5, 6]> : tensor<4xi64>} : tensor<4xi64>
  %g = onnx.AffineGrid %t, %s : (tensor<1x2x3xf32>, tensor<4xi64>) -> tensor<*xf32>
  %y = onnx.GridSample %x, %g : (tensor<?x3x8x9xf32>, tensor<*xf32>) -> tensor<*xf32>
  return %g, %y : tensor<*xf32>, tensor<*xf32>
}

// CHECK-LABEL: @crop
// CHECK: onnx.Crop {{.*}}-> tensor<1x3x3x5xf32>
// CHECK: onnx.Crop {{.*}}-> tensor<1x3x5x6xf32>
func.func @crop(%x: tensor<1x3x9x9xf32>) -> (tensor<*xf32>, tensor<*xf32>) {
  %y = onnx.Crop %x {border = array<i64: 1, 2, 3, 4>} : (tensor<1x3x9x9xf32>) -> tensor<*xf32>
  %z = onnx.Crop %x {border = array<i64: 1, 2, 0, 0>, scale = array<i64: 5, 6>} : (tensor<1x3x9x9xf32>) -> tensor<*xf32>
  return %y, %z : tensor<*xf32>, tensor<*xf32>
}

// CHECK-LABEL: @quantize
// CHECK: onnx.QuantizeLinear {{.*}}-> tensor<2x4xui8>
// CHECK: onnx.QuantizeLinear {{.*}}-> tensor<2x4xi4>
// CHECK: onnx.DequantizeLinear {{.*}}-> tensor<2x4xf32>
// CHECK: onnx.DynamicQuantizeLinear {{.*}}-> (tensor<2x4xui8>, tensor<f32>, tensor<ui8>)
func.func @quantize(%x: tensor<2x4xf32>, %s: tensor<f32>) -> (tensor<*xui8>, tensor<*xi4>, tensor<*xf32>, tensor<*xui8>, tensor<*xf32>, tensor<*xui8>) {
  %y = onnx.QuantizeLinear %x, %s : (tensor<2x4xf32>, tensor<f32>) -> tensor<*xui8>
  %z = onnx.QuantizeLinear %x, %s {output_dtype = 22} : (tensor<2x4xf32>, tensor<f32>) -> tensor<*xi4>
  %d = onnx.DequantizeLinear %y, %s : (tensor<*xui8>, tensor<f32>) -> tensor<*xf32>
  %q, %qs, %qz = onnx.DynamicQuantizeLinear %x : (tensor<2x4xf32>) -> (tensor<*xui8>, tensor<*xf32>, tensor<*xui8>)
  return %y, %z, %d, %q, %qs, %qz : tensor<*xui8>, tensor<*xi4>, tensor<*xf32>, tensor<*xui8>, tensor<*xf32>, tensor<*xui8>
}

// CHECK-LABEL: @dft
// CHECK: onnx.DFT {{.*}}-> tensor<1x9x2xf32>
// CHECK: onnx.DFT {{.*}}-> tensor<1x16x1xf32>
// CHECK: onnx.DFT {{.*}}-> tensor<1x20x2xf32>
func.func @dft(%x: tensor<1x16x1xf32>) -> (tensor<*xf32>, tensor<*xf32>, tensor<*xf32>) {
  %a = onnx.Constant {value = dense<1> : tensor<i64>} : tensor<i64>
  %y = onnx.DFT %x, none, %a {onesided = 1} : (tensor<1x16x1xf32>, tensor<i64>) -> tensor<*xf32>
  %z = onnx.DFT %y, none, %a {inverse = 1, onesided = 1} : (tensor<*xf32>, tensor<i64>) -> tensor<*xf32>
  %n = onnx.Constant {value = dense<20> : tensor<i64>} : tensor<i64>
  %w = onnx.DFT %x, %n, %a : (tensor<1x16x1xf32>, tensor<i64>, tensor<i64>) -> tensor<*xf32>
  return %y, %z, %w : tensor<*xf32>, tensor<*xf32>, tensor<*xf32>
}

// CHECK-LABEL: @stft
// CHECK: onnx.STFT {{.*}}-> tensor<1x15x9x2xf32>
func.func @stft(%x: tensor<1x128x1xf32>, %w: tensor<16xf32>) -> tensor<*xf32> {
  %step = onnx.Constant {value = dense<8> : tensor<i64>} : tensor<i64>
  %y = onnx.STFT %x, %step, %w : (tensor<1x128x1xf32>, tensor<i64>, tensor<16xf32>) -> tensor<*xf32>
  return %y : tensor<*xf32>
}

// CHECK-LABEL: @window
// CHECK: onnx.HannWindow {{.*}}-> tensor<20xf64>
func.func @window() -> tensor<*xf64> {
  %n = onnx.Constant {value = dense<20> : tensor<i64>} : tensor<i64>
  %y = onnx.HannWindow %n {output_datatype = 11} : (tensor<i64>) -> tensor<*xf64>
  return %y : tensor<*xf64>
}

// CHECK-LABEL: @random
// CHECK: onnx.RandomNormal {{.*}}: tensor<2x3xf64>
// CHECK: onnx.RandomUniformLike {{.*}}-> tensor<2x?xf16>
func.func @random(%x: tensor<2x?xi64>) -> (tensor<*xf64>, tensor<*xf16>) {
  %y = onnx.RandomNormal {dtype = 11, shape = array<i64: 2, 3>} : () -> tensor<*xf64>
  %z = onnx.RandomUniformLike %x {dtype = 10} : (tensor<2x?xi64>) -> tensor<*xf16>
  return %y, %z : tensor<*xf64>, tensor<*xf16>
}
