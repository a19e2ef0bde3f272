// RUN: quern-opt %s -convert-onnx-to-linalg -split-input-file | FileCheck %s

// CHECK-LABEL: func @add
// CHECK-SAME:    %[[A:.*]]: tensor<2x3xf32>, %[[B:.*]]: tensor<3xf32>
//      CHECK:    linalg.generic
// CHECK-SAME:      iterator_types = ["parallel", "parallel"]
// CHECK-SAME:      ins(%[[A]], %[[B]] : tensor<2x3xf32>, tensor<3xf32>)
//      CHECK:      arith.addf
func.func @add(%a: tensor<2x3xf32>, %b: tensor<3xf32>) -> tensor<2x3xf32> {
  %c = onnx.Add %a, %b : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  return %c : tensor<2x3xf32>
}

// -----

// Unsigned integers become signless, in the signature too; the op says how to divide, and a zero is checked.
// CHECK-LABEL: func @div_unsigned
// CHECK-SAME:    tensor<4xi8>, %{{.*}}: tensor<4xi8>) -> tensor<4xi8>
//      CHECK:      quern.check %{{.*}}, "integer division by zero"
//      CHECK:      arith.divui
func.func @div_unsigned(%a: tensor<4xui8>, %b: tensor<4xui8>) -> tensor<4xui8> {
  %c = onnx.Div %a, %b : tensor<4xui8>
  return %c : tensor<4xui8>
}

// -----

// A constant of one value is a constant in the body, and a size of one is indexed by zero.
// CHECK-DAG:   #[[$COLUMN:.*]] = affine_map<(d0, d1) -> (d0, 0)>
// CHECK-LABEL: func @scale
//      CHECK:    linalg.generic
// CHECK-SAME:      #[[$COLUMN]]
// CHECK-SAME:      ins(%{{.*}} : tensor<2x1xf32>)
//      CHECK:      arith.constant 5.000000e-01
// CHECK-NEXT:      arith.mulf
func.func @scale(%a: tensor<2x1xf32>) -> tensor<2x3xf32> {
  %half = onnx.Constant {value = dense<0.5> : tensor<2x3xf32>} : tensor<2x3xf32>
  %c = onnx.Mul %a, %half : (tensor<2x1xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
  return %c : tensor<2x3xf32>
}

// -----

// Dimensions of one name are equal: no branch.
// CHECK-LABEL: func @same_name
//  CHECK-NOT:    scf.if
//      CHECK:    arith.addf
func.func @same_name(%a: tensor<?x4xf32> {onnx.dim_params = ["n", ""]}, %b: tensor<?x4xf32> {onnx.dim_params = ["n", ""]}) -> tensor<?x4xf32> {
  %c = onnx.Add %a, %b : tensor<?x4xf32>
  return %c : tensor<?x4xf32>
}

// -----

// Unrelated ones are checked, and expanded behind a branch where they differ.
// CHECK-LABEL: func @unrelated
//      CHECK:    quern.check %{{.*}}, "the sizes of the operands do not broadcast"
//      CHECK:    scf.if
//      CHECK:      scf.yield
//      CHECK:    else
//      CHECK:      tensor.extract
//      CHECK:    arith.addf
func.func @unrelated(%a: tensor<?xf32>, %b: tensor<?xf32>) -> tensor<?xf32> {
  %c = onnx.Add %a, %b : tensor<?xf32>
  return %c : tensor<?xf32>
}

// -----

// CHECK-LABEL: func @clip
//      CHECK:      arith.maximumf
//      CHECK:      arith.minimumf
func.func @clip(%x: tensor<4xf32>, %low: tensor<f32>, %high: tensor<f32>) -> tensor<4xf32> {
  %y = onnx.Clip %x, %low, %high : (tensor<4xf32>, tensor<f32>, tensor<f32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}

// -----

// CHECK-LABEL: func @square
//  CHECK-NOT:    math.powf
//      CHECK:    arith.mulf
func.func @square(%x: tensor<4xf32>) -> tensor<4xf32> {
  %two = onnx.Constant {value = dense<2.0> : tensor<f32>} : tensor<f32>
  %y = onnx.Pow %x, %two : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}

// -----

// CHECK-LABEL: func @where
//      CHECK:      arith.select
func.func @where(%c: tensor<4xi1>, %x: tensor<4xf32>, %y: tensor<f32>) -> tensor<4xf32> {
  %z = onnx.Where %c, %x, %y : (tensor<4xi1>, tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  return %z : tensor<4xf32>
}

// -----

// A cast to an integer saturates, and NaN is 0.
// CHECK-LABEL: func @cast
//      CHECK:      arith.cmpf ord
//      CHECK:      arith.minnumf
//      CHECK:      arith.maxnumf
//      CHECK:      arith.fptosi
func.func @cast(%x: tensor<4xf32>) -> tensor<4xi8> {
  %y = onnx.Cast %x {to = 3} : (tensor<4xf32>) -> tensor<4xi8>
  return %y : tensor<4xi8>
}
