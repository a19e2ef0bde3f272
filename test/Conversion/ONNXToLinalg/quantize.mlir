// RUN: quern-opt %s -convert-onnx-to-linalg -split-input-file | FileCheck %s

// CHECK-LABEL: func @quantize
//      CHECK:      arith.divf
//      CHECK:      math.roundeven
//      CHECK:      arith.fptoui
func.func @quantize(%x: tensor<4xf32>, %s: tensor<f32>, %z: tensor<ui8>) -> tensor<4xui8> {
  %y = onnx.QuantizeLinear %x, %s, %z : (tensor<4xf32>, tensor<f32>, tensor<ui8>) -> tensor<4xui8>
  return %y : tensor<4xui8>
}

// -----

// CHECK-DAG:   #[[$BLOCK:.*]] = affine_map<(d0, d1) -> (d0, d1 floordiv 4)>
// CHECK-LABEL: func @dequantize_blocked
//      CHECK:    linalg.generic {indexing_maps = [#{{.*}}, #[[$BLOCK]], #{{.*}}]
//      CHECK:      arith.sitofp
//      CHECK:      arith.mulf
func.func @dequantize_blocked(%x: tensor<2x8xi8>, %s: tensor<2x2xf32>) -> tensor<2x8xf32> {
  %y = onnx.DequantizeLinear %x, %s {axis = 1, block_size = 4} : (tensor<2x8xi8>, tensor<2x2xf32>) -> tensor<2x8xf32>
  return %y : tensor<2x8xf32>
}

// -----

// CHECK-LABEL: func @qlinear_conv
//      CHECK:    linalg.generic {{.*}} tensor<1x3x8x8xi32>, tensor<16x3x3x3xi8>
//      CHECK:      arith.muli
//      CHECK:      math.roundeven
func.func @qlinear_conv(%x: tensor<1x3x8x8xui8>, %xs: tensor<f32>, %xz: tensor<ui8>, %w: tensor<16x3x3x3xi8>, %ws: tensor<16xf32>, %ys: tensor<f32>, %yz: tensor<ui8>) -> tensor<1x16x6x6xui8> {
  %wz = onnx.Constant {value = dense<0> : tensor<16xi8>} : tensor<16xi8>
  %y = onnx.QLinearConv %x, %xs, %xz, %w, %ws, %wz, %ys, %yz : (tensor<1x3x8x8xui8>, tensor<f32>, tensor<ui8>, tensor<16x3x3x3xi8>, tensor<16xf32>, tensor<16xi8>, tensor<f32>, tensor<ui8>) -> tensor<1x16x6x6xui8>
  return %y : tensor<1x16x6x6xui8>
}
