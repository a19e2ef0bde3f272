// RUN: quern-opt %s -onnx-infer-shapes -split-input-file -verify-diagnostics | FileCheck %s

// CHECK-LABEL: func.func @narrows
// CHECK-SAME:    -> tensor<4x?xf32>
//      CHECK:    onnx.Relu %{{.*}} : tensor<4x?xf32>
func.func @narrows(%x: tensor<4x?xf32>) -> tensor<*xf32> {
  %y = onnx.Relu %x : (tensor<4x?xf32>) -> tensor<*xf32>
  return %y : tensor<*xf32>
}

// -----

// What is declared and what is inferred each know one size.
// CHECK-LABEL: func.func @meets
// CHECK-SAME:    -> tensor<4x8xf32>
func.func @meets(%x: tensor<4x?xf32>) -> tensor<?x8xf32> {
  %y = onnx.Relu %x : (tensor<4x?xf32>) -> tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// -----

// Into branches first: the type of an If is that of its branches.
// CHECK-LABEL: func.func @branches
// CHECK-SAME:    -> tensor<4xf32>
//      CHECK:    onnx.Relu %{{.*}} : tensor<4xf32>
func.func @branches(%c: tensor<i1>, %x: tensor<4xf32>) -> tensor<*xf32> {
  %y = onnx.If %c : (tensor<i1>) -> tensor<*xf32> {
    %a = onnx.Relu %x : (tensor<4xf32>) -> tensor<*xf32>
    onnx.Yield %a : tensor<*xf32>
  }, {
    onnx.Yield %x : tensor<4xf32>
  }
  return %y : tensor<*xf32>
}

// -----

// The operators' verifiers see a contradiction that is there from the start; what inference finds later is the pass's.
func.func @contradicts(%x: tensor<4xf32>) -> tensor<5xf32> {
  %a = onnx.Relu %x : (tensor<4xf32>) -> tensor<*xf32>
  // expected-error @+1 {{expects result #0 to be 'tensor<4xf32>' by its operands, but it is declared 'tensor<5xf32>'}}
  %y = onnx.Relu %a : (tensor<*xf32>) -> tensor<5xf32>
  return %y : tensor<5xf32>
}

// -----

// expected-error @+1 {{input 'x' has no shape: expects one, e.g. --shape x=1x3x224x224}}
func.func @main(%x: tensor<*xf32> {onnx.name = "x"}) -> tensor<*xf32> {
  // expected-note @+1 {{it is read here}}
  %y = onnx.Relu %x : tensor<*xf32>
  return %y : tensor<*xf32>
}
