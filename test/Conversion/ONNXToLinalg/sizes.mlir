// RUN: quern-opt %s -convert-onnx-to-linalg -canonicalize -split-input-file | FileCheck %s

// (H + 2 - 3) + 1 is H: the sum needs no broadcast of sizes that may differ.
// CHECK-LABEL: func @residual
//   CHECK-NOT:   scf.if
//   CHECK-NOT:   quern.check
//       CHECK:   return
func.func @residual(%x: tensor<?x4x?x?xf32>, %w: tensor<4x4x3x3xf32>) -> tensor<?x4x?x?xf32> {
  %y = onnx.Conv %x, %w {kernel_shape = array<i64: 3, 3>, pads = array<i64: 1, 1, 1, 1>} : (tensor<?x4x?x?xf32>, tensor<4x4x3x3xf32>) -> tensor<?x4x?x?xf32>
  %z = onnx.Add %x, %y : (tensor<?x4x?x?xf32>, tensor<?x4x?x?xf32>) -> tensor<?x4x?x?xf32>
  return %z : tensor<?x4x?x?xf32>
}

// -----

// Two strides of two, by padding of one, are one of four: floor((floor((H + 1) / 2) + 1) / 2) = floor((H + 3) / 4).
// CHECK-LABEL: func @strides
//   CHECK-NOT:   scf.if
//       CHECK:   return
func.func @strides(%x: tensor<1x4x?xf32>, %w: tensor<4x4x3xf32>, %v: tensor<4x4x1xf32>) -> tensor<1x4x?xf32> {
  %a = onnx.Conv %x, %w {kernel_shape = array<i64: 3>, pads = array<i64: 1, 1>, strides = array<i64: 2>} : (tensor<1x4x?xf32>, tensor<4x4x3xf32>) -> tensor<1x4x?xf32>
  %b = onnx.Conv %a, %w {kernel_shape = array<i64: 3>, pads = array<i64: 1, 1>, strides = array<i64: 2>} : (tensor<1x4x?xf32>, tensor<4x4x3xf32>) -> tensor<1x4x?xf32>
  %s = onnx.Conv %x, %v {kernel_shape = array<i64: 1>, strides = array<i64: 4>} : (tensor<1x4x?xf32>, tensor<4x4x1xf32>) -> tensor<1x4x?xf32>
  %z = onnx.Add %b, %s : (tensor<1x4x?xf32>, tensor<1x4x?xf32>) -> tensor<1x4x?xf32>
  return %z : tensor<1x4x?xf32>
}

// -----

// Axes that only the run knows: a window over each dimension, of one element or all.
// CHECK-DAG:   #[[IN:.*]] = affine_map<(d0, d1, d2, d3) -> (d0 + d2, d1 + d3)>
// CHECK-DAG:   #[[WINDOW:.*]] = affine_map<(d0, d1, d2, d3) -> (d2, d3)>
// CHECK-LABEL: func @axes
//       CHECK:   quern.check %{{.*}}, "axis out of range"
//       CHECK:   linalg.generic {indexing_maps = [#[[IN]], #[[WINDOW]]
//  CHECK-SAME:     iterator_types = ["parallel", "parallel", "reduction", "reduction"]
func.func @axes(%x: tensor<3x4xf32>, %axes: tensor<1xi64>) -> tensor<?x?xf32> {
  %y = onnx.ReduceSum %x, %axes : (tensor<3x4xf32>, tensor<1xi64>) -> tensor<?x?xf32>
  return %y : tensor<?x?xf32>
}
