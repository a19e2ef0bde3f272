// RUN: quern-opt %s -quern-verify-phase=phase=graph -split-input-file -verify-diagnostics

func.func @main(%x: tensor<*xf32>) -> tensor<*xf32> {
  // expected-error @+2 {{expects a result of known rank, got 'tensor<*xf32>'}}
  // expected-note @+1 {{memory is planned by rank: give the inputs their shapes (--shape), or declare that of this value}}
  %y = onnx.Relu %x : tensor<*xf32>
  return %y : tensor<*xf32>
}

// -----

func.func @main(%x: tensor<2x4xf32>) -> tensor<2x4xf32> {
  // expected-error @+2 {{is a composite operator: expects it decomposed}}
  // expected-note @+1 {{this holds at the end of phase 'graph': a bug of the compiler, or of a plugin's pass}}
  %y = onnx.Softmax %x {axis = 1 : i64} : tensor<2x4xf32>
  return %y : tensor<2x4xf32>
}

// -----

func.func @main(%x: tensor<2x4xf32>) -> tensor<2x1xi64> {
  // expected-error @+2 {{expects a non-negative axis, got -1}}
  // expected-note @+1 {{this holds at the end of phase 'graph'}}
  %y = onnx.ArgMax %x {axis = -1 : i64} : (tensor<2x4xf32>) -> tensor<2x1xi64>
  return %y : tensor<2x1xi64>
}

// -----

// expected-error @+2 {{expects a public function @main of one block}}
// expected-note @+1 {{this holds at the end of phase 'graph'}}
module {
  func.func @other() {
    return
  }
}
