// Result types of products.
// RUN: quern-opt %s -onnx-infer-shapes | FileCheck %s

// CHECK-LABEL: @matmul
// CHECK: onnx.MatMul {{.*}}-> tensor<3x5xf32>
func.func @matmul(%a: tensor<3x4xf32>, %b: tensor<4x5xf32>) -> tensor<*xf32> {
  %y = onnx.MatMul %a, %b : (tensor<3x4xf32>, tensor<4x5xf32>) -> tensor<*xf32>
  return %y : tensor<*xf32>
}

// CHECK-LABEL: @batches
// CHECK: onnx.MatMul {{.*}}-> tensor<7x?x3x5xf32>
func.func @batches(%a: tensor<7x1x3x4xf32>, %b: tensor<?x4x5xf32>) -> tensor<*xf32> {
  %y = onnx.MatMul %a, %b : (tensor<7x1x3x4xf32>, tensor<?x4x5xf32>) -> tensor<*xf32>
  return %y : tensor<*xf32>
}

// CHECK-LABEL: @vectors
// CHECK: onnx.MatMul {{.*}}-> tensor<2x5xf32>
// CHECK: onnx.MatMul {{.*}}-> tensor<2x4xf32>
// CHECK: onnx.MatMul {{.*}}-> tensor<f32>
func.func @vectors(%a: tensor<4xf32>, %b: tensor<2x4x5xf32>, %d: tensor<5xf32>) -> (tensor<*xf32>, tensor<*xf32>, tensor<*xf32>) {
  %y = onnx.MatMul %a, %b : (tensor<4xf32>, tensor<2x4x5xf32>) -> tensor<*xf32>
  %z = onnx.MatMul %b, %d : (tensor<2x4x5xf32>, tensor<5xf32>) -> tensor<*xf32>
  %w = onnx.MatMul %a, %a : (tensor<4xf32>, tensor<4xf32>) -> tensor<*xf32>
  return %y, %z, %w : tensor<*xf32>, tensor<*xf32>, tensor<*xf32>
}

// CHECK-LABEL: @integer
// CHECK: onnx.MatMulInteger {{.*}}-> tensor<?x5xi32>
func.func @integer(%a: tensor<?x4xui8>, %b: tensor<4x5xi8>) -> tensor<*xi32> {
  %y = onnx.MatMulInteger %a, %b : (tensor<?x4xui8>, tensor<4x5xi8>) -> tensor<*xi32>
  return %y : tensor<*xi32>
}

// CHECK-LABEL: @gemm
// CHECK: onnx.Gemm {{.*}}-> tensor<3x5xf32>
// CHECK: onnx.Gemm {{.*}}-> tensor<3x5xf32>
func.func @gemm(%a: tensor<4x3xf32>, %b: tensor<4x5xf32>, %d: tensor<5xf32>) -> (tensor<*xf32>, tensor<*xf32>) {
  %y = onnx.Gemm %a, %b {transA = 1} : (tensor<4x3xf32>, tensor<4x5xf32>) -> tensor<*xf32>
  %z = onnx.Gemm %a, %b, %d {transA = 1, transB = 0} : (tensor<4x3xf32>, tensor<4x5xf32>, tensor<5xf32>) -> tensor<*xf32>
  return %y, %z : tensor<*xf32>, tensor<*xf32>
}

// CHECK-LABEL: @einsum
// CHECK: onnx.Einsum {{.*}}-> tensor<2x7x3x5xf32>
// CHECK: onnx.Einsum {{.*}}: tensor<4x4xf32>
// CHECK: onnx.Einsum {{.*}}-> tensor<f32>
func.func @einsum(%a: tensor<2x7x3x4xf32>, %b: tensor<4x5xf32>, %d: tensor<4x4xf32>) -> (tensor<*xf32>, tensor<*xf32>, tensor<*xf32>) {
  %y = onnx.Einsum %a, %b {equation = "b...ij, jk -> b...ik"} : (tensor<2x7x3x4xf32>, tensor<4x5xf32>) -> tensor<*xf32>
  %z = onnx.Einsum %d, %d {equation = "ij,jk"} : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<*xf32>
  %w = onnx.Einsum %d {equation = "ii->"} : (tensor<4x4xf32>) -> tensor<*xf32>
  return %y, %z, %w : tensor<*xf32>, tensor<*xf32>, tensor<*xf32>
}

// CHECK-LABEL: @det
// CHECK: onnx.Det {{.*}}-> tensor<2xf32>
func.func @det(%x: tensor<2x3x3xf32>) -> tensor<*xf32> {
  %y = onnx.Det %x : (tensor<2x3x3xf32>) -> tensor<*xf32>
  return %y : tensor<*xf32>
}
