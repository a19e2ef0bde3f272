// RUN: quern-opt %s -convert-onnx-to-linalg -split-input-file | FileCheck %s

// Weights without batch have no batch loop in their map.
// CHECK-DAG:   #[[$A:.*]] = affine_map<(d0, d1, d2, d3) -> (d0, d1, d3)>
// CHECK-DAG:   #[[$B:.*]] = affine_map<(d0, d1, d2, d3) -> (d3, d2)>
// CHECK-DAG:   #[[$C:.*]] = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2)>
// CHECK-LABEL: func @matmul
//      CHECK:    linalg.fill
//      CHECK:    linalg.generic {indexing_maps = [#[[$A]], #[[$B]], #[[$C]]]
// CHECK-SAME:      ["parallel", "parallel", "parallel", "reduction"]
//      CHECK:      arith.mulf
//      CHECK:      arith.addf
func.func @matmul(%a: tensor<2x3x4xf32>, %b: tensor<4x5xf32>) -> tensor<2x3x5xf32> {
  %y = onnx.MatMul %a, %b : (tensor<2x3x4xf32>, tensor<4x5xf32>) -> tensor<2x3x5xf32>
  return %y : tensor<2x3x5xf32>
}

// -----

// Half precision is summed in single.
// CHECK-LABEL: func @matmul_f16
//      CHECK:    linalg.fill {{.*}} -> tensor<3x5xf32>
//      CHECK:      arith.extf
//      CHECK:    arith.truncf
func.func @matmul_f16(%a: tensor<3x4xf16>, %b: tensor<4x5xf16>) -> tensor<3x5xf16> {
  %y = onnx.MatMul %a, %b : (tensor<3x4xf16>, tensor<4x5xf16>) -> tensor<3x5xf16>
  return %y : tensor<3x5xf16>
}

// -----

// CHECK-DAG:   #[[$B:.*]] = affine_map<(d0, d1, d2) -> (d1, d2)>
// CHECK-LABEL: func @gemm
//      CHECK:    linalg.generic {indexing_maps = [#{{.*}}, #[[$B]], #{{.*}}]
//      CHECK:    linalg.generic
//      CHECK:      arith.addf
func.func @gemm(%a: tensor<3x4xf32>, %b: tensor<5x4xf32>, %c: tensor<5xf32>) -> tensor<3x5xf32> {
  %y = onnx.Gemm %a, %b, %c {transB = 1} : (tensor<3x4xf32>, tensor<5x4xf32>, tensor<5xf32>) -> tensor<3x5xf32>
  return %y : tensor<3x5xf32>
}

// -----

// CHECK-DAG:   #[[$IN:.*]] = affine_map<(d0, d1, d2, d3, d4, d5, d6) -> (d0, d4, d2 * 2 + d5, d3 * 2 + d6)>
// CHECK-DAG:   #[[$W:.*]] = affine_map<(d0, d1, d2, d3, d4, d5, d6) -> (d1, d4, d5, d6)>
// CHECK-LABEL: func @conv
// CHECK-SAME:    %[[X:.*]]: tensor<?x3x8x8xf32>
//      CHECK:    tensor.pad %[[X]] low[0, 0, 1, 1] high[0, 0, 0, 0]
//      CHECK:    linalg.generic {indexing_maps = [#[[$IN]], #[[$W]], #{{.*}}]
//      CHECK:    linalg.generic
//      CHECK:      arith.addf
func.func @conv(%x: tensor<?x3x8x8xf32>, %w: tensor<16x3x3x3xf32>, %b: tensor<16xf32>) -> tensor<?x16x4x4xf32> {
  %y = onnx.Conv %x, %w, %b {pads = array<i64: 1, 1, 1, 1>, strides = array<i64: 2, 2>} : (tensor<?x3x8x8xf32>, tensor<16x3x3x3xf32>, tensor<16xf32>) -> tensor<?x16x4x4xf32>
  return %y : tensor<?x16x4x4xf32>
}

// -----

// CHECK-DAG:   #[[$IN:.*]] = affine_map<(d0, d1, d2, d3, d4, d5) -> (d0, d1, d4, d3 + d5)>
// CHECK-DAG:   #[[$W:.*]] = affine_map<(d0, d1, d2, d3, d4, d5) -> (d1, d2, d4, d5)>
// CHECK-LABEL: func @depthwise
//      CHECK:    tensor.expand_shape %{{.*}} output_shape [1, 8, 1, 10]
//      CHECK:    tensor.expand_shape %{{.*}} output_shape [8, 2, 1, 3]
//      CHECK:    linalg.generic {indexing_maps = [#[[$IN]], #[[$W]], #{{.*}}]
//      CHECK:    tensor.collapse_shape %{{.*}} : tensor<1x8x2x8xf32> into tensor<1x16x8xf32>
func.func @depthwise(%x: tensor<1x8x10xf32>, %w: tensor<16x1x3xf32>) -> tensor<1x16x8xf32> {
  %y = onnx.Conv %x, %w {group = 8} : (tensor<1x8x10xf32>, tensor<16x1x3xf32>) -> tensor<1x16x8xf32>
  return %y : tensor<1x16x8xf32>
}

// -----

// The four sub-pixels are channels of one convolution, moved to their places afterwards.
// CHECK-LABEL: func @conv_transpose
//      CHECK:    linalg.generic {{.*}} tensor<1x3x4x4xf32>, tensor<8x3x1x1xf32>
//      CHECK:    tensor.expand_shape %{{.*}} output_shape [1, 2, 2, 2, 4, 4]
//      CHECK:    linalg.transpose {{.*}} permutation = [0, 1, 4, 2, 5, 3]
//      CHECK:    tensor.collapse_shape
func.func @conv_transpose(%x: tensor<1x3x4x4xf32>, %w: tensor<3x2x2x2xf32>) -> tensor<1x2x8x8xf32> {
  %y = onnx.ConvTranspose %x, %w {strides = array<i64: 2, 2>} : (tensor<1x3x4x4xf32>, tensor<3x2x2x2xf32>) -> tensor<1x2x8x8xf32>
  return %y : tensor<1x2x8x8xf32>
}

// -----

// CHECK-LABEL: func @matmul_integer
//      CHECK:      arith.subi
//      CHECK:    linalg.generic {{.*}} tensor<3x4xi32>, tensor<4x5xi8>
//      CHECK:      arith.extsi
//      CHECK:      arith.muli
func.func @matmul_integer(%a: tensor<3x4xui8>, %b: tensor<4x5xi8>, %z: tensor<ui8>) -> tensor<3x5xi32> {
  %y = onnx.MatMulInteger %a, %b, %z : (tensor<3x4xui8>, tensor<4x5xi8>, tensor<ui8>) -> tensor<3x5xi32>
  return %y : tensor<3x5xi32>
}
