// RUN: quern-opt %s -onnx-decompose -verify-diagnostics

func.func @unranked(%x: tensor<*xf32>) -> tensor<*xf32> {
  // expected-error @+1 {{cannot be expressed by simpler operators: expects a known rank}}
  %y = onnx.LRN %x {size = 5 : i64} : tensor<*xf32>
  return %y : tensor<*xf32>
}
