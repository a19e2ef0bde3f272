// Result types of gathering, scattering and searching.
// RUN: quern-opt %s -onnx-infer-shapes | FileCheck %s

// CHECK-LABEL: @gather
// CHECK: onnx.Gather {{.*}}-> tensor<2x3x?xf32>
// CHECK: onnx.Gather {{.*}}-> tensor<8xf32>
func.func @gather(%x: tensor<2x8xf32>, %i: tensor<3x?xi64>, %j: tensor<i64>) -> (tensor<*xf32>, tensor<*xf32>) {
  %y = onnx.Gather %x, %i {axis = -1} : (tensor<2x8xf32>, tensor<3x?xi64>) -> tensor<*xf32>
  %z = onnx.Gather %x, %j : (tensor<2x8xf32>, tensor<i64>) -> tensor<*xf32>
  return %y, %z : tensor<*xf32>, tensor<*xf32>
}

// CHECK-LABEL: @gather_elements
// CHECK: onnx.GatherElements {{.*}}-> tensor<3x5xf32>
func.func @gather_elements(%x: tensor<2x8xf32>, %i: tensor<3x5xi64>) -> tensor<*xf32> {
  %y = onnx.GatherElements %x, %i : (tensor<2x8xf32>, tensor<3x5xi64>) -> tensor<*xf32>
  return %y : tensor<*xf32>
}

// CHECK-LABEL: @gather_nd
// CHECK: onnx.GatherND {{.*}}-> tensor<2x5x4xf32>
func.func @gather_nd(%x: tensor<2x8x4xf32>, %i: tensor<2x5x1xi64>) -> tensor<*xf32> {
  %y = onnx.GatherND %x, %i {batch_dims = 1} : (tensor<2x8x4xf32>, tensor<2x5x1xi64>) -> tensor<*xf32>
  return %y : tensor<*xf32>
}

// CHECK-LABEL: @compress
// CHECK: onnx.Compress {{.*}}-> tensor<?xf32>
// CHECK: onnx.Compress {{.*}}-> tensor<2x?xf32>
func.func @compress(%x: tensor<2x8xf32>, %b: tensor<4xi1>) -> (tensor<*xf32>, tensor<*xf32>) {
  %y = onnx.Compress %x, %b : (tensor<2x8xf32>, tensor<4xi1>) -> tensor<*xf32>
  %z = onnx.Compress %x, %b {axis = 1} : (tensor<2x8xf32>, tensor<4xi1>) -> tensor<*xf32>
  return %y, %z : tensor<*xf32>, tensor<*xf32>
}

// CHECK-LABEL: @one_hot
// CHECK: onnx.OneHot {{.*}}-> tensor<10x4xf32>
func.func @one_hot(%i: tensor<4xi64>, %v: tensor<2xf32>) -> tensor<*xf32> {
  %d = onnx.Constant {value = dense<10> : tensor<i64>} : tensor<i64>
  %y = onnx.OneHot %i, %d, %v {axis = 0} : (tensor<4xi64>, tensor<i64>, tensor<2xf32>) -> tensor<*xf32>
  return %y : tensor<*xf32>
}

// CHECK-LABEL: @non_zero
// CHECK: onnx.NonZero {{.*}}-> tensor<3x?xi64>
func.func @non_zero(%x: tensor<2x8x3xf32>) -> tensor<*xi64> {
  %y = onnx.NonZero %x : (tensor<2x8x3xf32>) -> tensor<*xi64>
  return %y : tensor<*xi64>
}

// CHECK-LABEL: @top_k
// CHECK: onnx.TopK {{.*}}-> (tensor<5x8xf32>, tensor<5x8xi64>)
func.func @top_k(%x: tensor<9x8xf32>) -> (tensor<*xf32>, tensor<*xi64>) {
  %k = onnx.Constant {value = dense<5> : tensor<1xi64>} : tensor<1xi64>
  %y, %z = onnx.TopK %x, %k {axis = 0} : (tensor<9x8xf32>, tensor<1xi64>) -> (tensor<*xf32>, tensor<*xi64>)
  return %y, %z : tensor<*xf32>, tensor<*xi64>
}

// CHECK-LABEL: @unique
// CHECK: onnx.Unique {{.*}}-> (tensor<?x8xf32>, none, tensor<?xi64>, none)
func.func @unique(%x: tensor<9x8xf32>) -> (tensor<*xf32>, tensor<*xi64>) {
  %y, %z = onnx.Unique %x {axis = 0} : (tensor<9x8xf32>) -> (tensor<*xf32>, none, tensor<*xi64>, none)
  return %y, %z : tensor<*xf32>, tensor<*xi64>
}
