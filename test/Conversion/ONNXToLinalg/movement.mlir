// RUN: quern-opt %s -convert-onnx-to-linalg -split-input-file | FileCheck %s

// CHECK-LABEL: func @concat
//      CHECK:    tensor.concat dim(1)
func.func @concat(%a: tensor<2x3xf32>, %b: tensor<2x5xf32>) -> tensor<2x8xf32> {
  %y = onnx.Concat %a, %b {axis = 1} : (tensor<2x3xf32>, tensor<2x5xf32>) -> tensor<2x8xf32>
  return %y : tensor<2x8xf32>
}

// -----

// CHECK-LABEL: func @split
//      CHECK:    tensor.extract_slice %{{.*}}[0, 0] [2, 4] [1, 1]
//      CHECK:    tensor.extract_slice %{{.*}}[0, 4] [2, 3] [1, 1]
func.func @split(%x: tensor<2x7xf32>) -> (tensor<2x4xf32>, tensor<2x3xf32>) {
  %a, %b = onnx.Split %x {axis = 1, num_outputs = 2} : (tensor<2x7xf32>) -> (tensor<2x4xf32>, tensor<2x3xf32>)
  return %a, %b : tensor<2x4xf32>, tensor<2x3xf32>
}

// -----

// CHECK-LABEL: func @slice
//      CHECK:    tensor.extract_slice %{{.*}}[1] [3] [2]
func.func @slice(%x: tensor<8xf32>) -> tensor<3xf32> {
  %start = onnx.Constant {value = dense<1> : tensor<1xi64>} : tensor<1xi64>
  %end = onnx.Constant {value = dense<-2> : tensor<1xi64>} : tensor<1xi64>
  %axis = onnx.Constant {value = dense<0> : tensor<1xi64>} : tensor<1xi64>
  %step = onnx.Constant {value = dense<2> : tensor<1xi64>} : tensor<1xi64>
  %y = onnx.Slice %x, %start, %end, %axis, %step : (tensor<8xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<3xf32>
  return %y : tensor<3xf32>
}

// -----

// Backwards: element by element.
// CHECK-LABEL: func @reverse
//      CHECK:    linalg.generic
//      CHECK:      tensor.extract
func.func @reverse(%x: tensor<8xf32>) -> tensor<8xf32> {
  %start = onnx.Constant {value = dense<-1> : tensor<1xi64>} : tensor<1xi64>
  %end = onnx.Constant {value = dense<-9223372036854775808> : tensor<1xi64>} : tensor<1xi64>
  %axis = onnx.Constant {value = dense<0> : tensor<1xi64>} : tensor<1xi64>
  %y = onnx.Slice %x, %start, %end, %axis, %start : (tensor<8xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<8xf32>
  return %y : tensor<8xf32>
}

// -----

// CHECK-LABEL: func @pad_reflect
//      CHECK:    linalg.generic
//      CHECK:      arith.remsi
//      CHECK:      tensor.extract
func.func @pad_reflect(%x: tensor<4xf32>) -> tensor<8xf32> {
  %pads = onnx.Constant {value = dense<2> : tensor<2xi64>} : tensor<2xi64>
  %y = onnx.Pad %x, %pads {mode = "reflect"} : (tensor<4xf32>, tensor<2xi64>) -> tensor<8xf32>
  return %y : tensor<8xf32>
}

// -----

// An index out of range fails the run and reads element 0.
// CHECK-LABEL: func @gather
//      CHECK:    linalg.generic
//      CHECK:      quern.check %{{.*}}, "index out of range"
//      CHECK:      tensor.extract
func.func @gather(%x: tensor<2x8xf32>, %i: tensor<3xi64>) -> tensor<2x3xf32> {
  %y = onnx.Gather %x, %i {axis = 1} : (tensor<2x8xf32>, tensor<3xi64>) -> tensor<2x3xf32>
  return %y : tensor<2x3xf32>
}

// -----

// A constant index is a slice.
// CHECK-LABEL: func @gather_constant
//      CHECK:    tensor.extract_slice %{{.*}}[0, 7] [2, 1] [1, 1]
func.func @gather_constant(%x: tensor<2x8xf32>) -> tensor<2xf32> {
  %i = onnx.Constant {value = dense<-1> : tensor<i64>} : tensor<i64>
  %y = onnx.Gather %x, %i {axis = 1} : (tensor<2x8xf32>, tensor<i64>) -> tensor<2xf32>
  return %y : tensor<2xf32>
}

// -----

// CHECK-LABEL: func @scatter
//      CHECK:    scf.for
//      CHECK:      quern.check %{{.*}}, "index out of range"
//      CHECK:      tensor.insert_slice
func.func @scatter(%x: tensor<8x4xf32>, %i: tensor<3x1xi64>, %u: tensor<3x4xf32>) -> tensor<8x4xf32> {
  %y = onnx.ScatterND %x, %i, %u : (tensor<8x4xf32>, tensor<3x1xi64>, tensor<3x4xf32>) -> tensor<8x4xf32>
  return %y : tensor<8x4xf32>
}

// -----

// A whole factor is a broadcast.
// CHECK-DAG:   #[[$IN:.*]] = affine_map<(d0, d1, d2, d3, d4, d5) -> (d0, d1, d2, d4)>
// CHECK-LABEL: func @upsample
//      CHECK:    linalg.generic {indexing_maps = [#[[$IN]], #{{.*}}]
//      CHECK:    tensor.collapse_shape
func.func @upsample(%x: tensor<1x3x4x4xf32>) -> tensor<1x3x8x8xf32> {
  %s = onnx.Constant {value = dense<[1.0, 1.0, 2.0, 2.0]> : tensor<4xf32>} : tensor<4xf32>
  %y = onnx.Resize %x, none, %s {mode = "nearest", coordinate_transformation_mode = "asymmetric", nearest_mode = "floor"} : (tensor<1x3x4x4xf32>, tensor<4xf32>) -> tensor<1x3x8x8xf32>
  return %y : tensor<1x3x8x8xf32>
}

// -----

// Two rows, then two columns.
// CHECK-DAG:   #[[$FIRST:.*]] = affine_map<(d0, d1, d2, d3) -> (d2, 0)>
// CHECK-DAG:   #[[$SECOND:.*]] = affine_map<(d0, d1, d2, d3) -> (d2, 1)>
// CHECK-LABEL: func @bilinear
//      CHECK:    linalg.generic {indexing_maps = [#[[$FIRST]], #[[$SECOND]],
func.func @bilinear(%x: tensor<1x3x4x4xf32>) -> tensor<1x3x7x7xf32> {
  %s = onnx.Constant {value = dense<[1, 3, 7, 7]> : tensor<4xi64>} : tensor<4xi64>
  %y = onnx.Resize %x, none, none, %s {mode = "linear"} : (tensor<1x3x4x4xf32>, tensor<4xi64>) -> tensor<1x3x7x7xf32>
  return %y : tensor<1x3x7x7xf32>
}
