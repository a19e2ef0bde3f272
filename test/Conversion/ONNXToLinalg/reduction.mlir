// RUN: quern-opt %s -convert-onnx-to-linalg -split-input-file | FileCheck %s

// CHECK-LABEL: func @mean
//      CHECK:    linalg.generic
// CHECK-SAME:      ["parallel", "reduction"]
//      CHECK:      arith.addf
//      CHECK:    linalg.generic
//      CHECK:      arith.divf
//      CHECK:    tensor.expand_shape {{.*}} into tensor<2x1xf32>
func.func @mean(%x: tensor<2x8xf32>) -> tensor<2x1xf32> {
  %axes = onnx.Constant {value = dense<1> : tensor<1xi64>} : tensor<1xi64>
  %y = onnx.ReduceMean %x, %axes : (tensor<2x8xf32>, tensor<1xi64>) -> tensor<2x1xf32>
  return %y : tensor<2x1xf32>
}

// -----

// CHECK-LABEL: func @argmax
//      CHECK:    linalg.generic
// CHECK-SAME:      outs(%{{.*}}, %{{.*}} : tensor<2xf32>, tensor<2xi64>)
//      CHECK:      arith.cmpf ogt
func.func @argmax(%x: tensor<2x8xf32>) -> tensor<2xi64> {
  %y = onnx.ArgMax %x {axis = 1, keepdims = 0} : (tensor<2x8xf32>) -> tensor<2xi64>
  return %y : tensor<2xi64>
}

// -----

// CHECK-DAG:   #[[$IN:.*]] = affine_map<(d0, d1, d2, d3, d4, d5) -> (d0, d1, d2 * 2 + d4, d3 * 2 + d5)>
// CHECK-LABEL: func @maxpool
//  CHECK-NOT:    tensor.pad
//      CHECK:    linalg.generic {indexing_maps = [#[[$IN]], #{{.*}}, #{{.*}}]
//      CHECK:      arith.maximumf
func.func @maxpool(%x: tensor<1x3x8x8xf32>) -> tensor<1x3x4x4xf32> {
  %y = onnx.MaxPool %x {kernel_shape = array<i64: 2, 2>, strides = array<i64: 2, 2>} : (tensor<1x3x8x8xf32>) -> tensor<1x3x4x4xf32>
  return %y : tensor<1x3x4x4xf32>
}

// -----

// What the border windows hold is a table an axis.
// CHECK-LABEL: func @average_border
//      CHECK:    tensor.pad
//      CHECK:    arith.constant dense<[2.000000e+00, 3.000000e+00, 3.000000e+00, 2.000000e+00]>
//      CHECK:    arith.divf
func.func @average_border(%x: tensor<1x3x4xf32>) -> tensor<1x3x4xf32> {
  %y = onnx.AveragePool %x {kernel_shape = array<i64: 3>, pads = array<i64: 1, 1>} : (tensor<1x3x4xf32>) -> tensor<1x3x4xf32>
  return %y : tensor<1x3x4xf32>
}

// -----

// CHECK-LABEL: func @global
//      CHECK:    linalg.generic
// CHECK-SAME:      ["parallel", "parallel", "reduction", "reduction"]
func.func @global(%x: tensor<1x3x8x8xf32>) -> tensor<1x3x1x1xf32> {
  %y = onnx.GlobalAveragePool %x : (tensor<1x3x8x8xf32>) -> tensor<1x3x1x1xf32>
  return %y : tensor<1x3x1x1xf32>
}

// -----

// CHECK-LABEL: func @cumsum
//      CHECK:    scf.for
//      CHECK:      arith.addf
//      CHECK:      tensor.insert_slice
func.func @cumsum(%x: tensor<2x8xf32>) -> tensor<2x8xf32> {
  %axis = onnx.Constant {value = dense<1> : tensor<i64>} : tensor<i64>
  %y = onnx.CumSum %x, %axis : (tensor<2x8xf32>, tensor<i64>) -> tensor<2x8xf32>
  return %y : tensor<2x8xf32>
}
