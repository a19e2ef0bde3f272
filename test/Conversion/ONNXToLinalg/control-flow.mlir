// RUN: quern-opt %s -convert-onnx-to-linalg -split-input-file | FileCheck %s

// CHECK-LABEL: func @if
//      CHECK:    scf.if
//      CHECK:      arith.maximumf
//      CHECK:    else
//      CHECK:      math.tanh
func.func @if(%c: tensor<i1>, %x: tensor<4xf32>) -> tensor<4xf32> {
  %y = onnx.If %c : (tensor<i1>) -> tensor<4xf32> {
    %a = onnx.Relu %x : tensor<4xf32>
    onnx.Yield %a : tensor<4xf32>
  }, {
    %b = onnx.Tanh %x : tensor<4xf32>
    onnx.Yield %b : tensor<4xf32>
  }
  return %y : tensor<4xf32>
}

// -----

// A loop that only its trip count ends.
// CHECK-LABEL: func @counted
//      CHECK:    scf.for
func.func @counted(%m: tensor<i64>, %x: tensor<4xf32>) -> tensor<4xf32> {
  %y = onnx.Loop %m, none, %x : (tensor<i64>, tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%i: tensor<i64>, %go: tensor<i1>, %v: tensor<4xf32>):
    %w = onnx.Relu %v : tensor<4xf32>
    onnx.Yield %go, %w : tensor<i1>, tensor<4xf32>
  }
  return %y : tensor<4xf32>
}

// -----

// CHECK-LABEL: func @conditional
//      CHECK:    scf.while
//      CHECK:      scf.condition
func.func @conditional(%m: tensor<i64>, %c: tensor<i1>, %x: tensor<4xf32>) -> tensor<4xf32> {
  %y = onnx.Loop %m, %c, %x : (tensor<i64>, tensor<i1>, tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%i: tensor<i64>, %go: tensor<i1>, %v: tensor<4xf32>):
    %w = onnx.Relu %v : tensor<4xf32>
    %next = onnx.Not %go : tensor<i1>
    onnx.Yield %next, %w : tensor<i1>, tensor<4xf32>
  }
  return %y : tensor<4xf32>
}

// -----

// CHECK-LABEL: func @scan
//      CHECK:    scf.for
//      CHECK:      tensor.extract_slice
//      CHECK:      arith.addf
//      CHECK:      tensor.insert_slice
func.func @scan(%s: tensor<4xf32>, %x: tensor<5x4xf32>) -> (tensor<4xf32>, tensor<5x4xf32>) {
  %e, %y = onnx.Scan %s, %x {num_scan_inputs = 1} : (tensor<4xf32>, tensor<5x4xf32>) -> (tensor<4xf32>, tensor<5x4xf32>) {
  ^bb0(%s1: tensor<4xf32>, %x1: tensor<4xf32>):
    %s2 = onnx.Add %s1, %x1 : tensor<4xf32>
    onnx.Yield %s2, %s2 : tensor<4xf32>, tensor<4xf32>
  }
  return %e, %y : tensor<4xf32>, tensor<5x4xf32>
}

// -----

// One product for all steps; a product and an elementwise op a step.
// CHECK-LABEL: func @lstm
//      CHECK:    linalg.generic {{.*}} tensor<5x2x3xf32>, tensor<16x3xf32>
//      CHECK:    scf.for
//      CHECK:      linalg.generic {{.*}} tensor<2x4xf32>, tensor<16x4xf32>
//      CHECK:      math.tanh
func.func @lstm(%x: tensor<5x2x3xf32>, %w: tensor<1x16x3xf32>, %r: tensor<1x16x4xf32>) -> tensor<1x2x4xf32> {
  %y, %h, %c = onnx.LSTM %x, %w, %r {hidden_size = 4} : (tensor<5x2x3xf32>, tensor<1x16x3xf32>, tensor<1x16x4xf32>) -> (tensor<5x1x2x4xf32>, tensor<1x2x4xf32>, tensor<1x2x4xf32>)
  return %h : tensor<1x2x4xf32>
}
