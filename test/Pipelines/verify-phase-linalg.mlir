// RUN: quern-opt %s -quern-verify-phase=phase=linalg -verify-diagnostics

func.func @main(%x: tensor<2x4xf32>) -> tensor<2x4xf32> {
  // expected-error @+2 {{'onnx.Relu' is left over: expects only builtin, func, linalg, tensor, scf, arith, math, quern}}
  // expected-note @+1 {{this holds at the end of phase 'linalg'}}
  %y = onnx.Relu %x : tensor<2x4xf32>
  return %y : tensor<2x4xf32>
}
