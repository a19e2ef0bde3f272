// Result types of elementwise operators.
// RUN: quern-opt %s -onnx-infer-shapes | FileCheck %s

// CHECK-LABEL: @broadcast
// CHECK: onnx.Add {{.*}}-> tensor<2x3x4xf32>
func.func @broadcast(%a: tensor<2x1x4xf32>, %b: tensor<3x1xf32>) -> tensor<*xf32> {
  %y = onnx.Add %a, %b : (tensor<2x1x4xf32>, tensor<3x1xf32>) -> tensor<*xf32>
  return %y : tensor<*xf32>
}

// CHECK-LABEL: @broadcast_dynamic
// CHECK: onnx.Add {{.*}}-> tensor<?x7x?x5xf32>
// CHECK: onnx.Mul {{.*}}-> tensor<3x4xf32>
func.func @broadcast_dynamic(%a: tensor<?x1x?x5xf32>, %b: tensor<?x7x?x1xf32>, %c: tensor<?x4xf32>, %d: tensor<3x1xf32>) -> (tensor<*xf32>, tensor<*xf32>) {
  %y = onnx.Add %a, %b : (tensor<?x1x?x5xf32>, tensor<?x7x?x1xf32>) -> tensor<*xf32>
  %z = onnx.Mul %c, %d : (tensor<?x4xf32>, tensor<3x1xf32>) -> tensor<*xf32>
  return %y, %z : tensor<*xf32>, tensor<*xf32>
}

// CHECK-LABEL: @broadcast_zero
// CHECK: onnx.Add {{.*}}-> tensor<0x4xf32>
func.func @broadcast_zero(%a: tensor<0x4xf32>, %b: tensor<1x4xf32>) -> tensor<*xf32> {
  %y = onnx.Add %a, %b : (tensor<0x4xf32>, tensor<1x4xf32>) -> tensor<*xf32>
  return %y : tensor<*xf32>
}

// CHECK-LABEL: @unranked
// CHECK: onnx.Add {{.*}}-> tensor<*xf32>
func.func @unranked(%a: tensor<*xf32>, %b: tensor<3xf32>) -> tensor<*xf32> {
  %y = onnx.Add %a, %b : (tensor<*xf32>, tensor<3xf32>) -> tensor<*xf32>
  return %y : tensor<*xf32>
}

// CHECK-LABEL: @compare
// CHECK: onnx.Less {{.*}}-> tensor<2x3xi1>
func.func @compare(%a: tensor<2x1xi64>, %b: tensor<3xi64>) -> tensor<*xi1> {
  %y = onnx.Less %a, %b : (tensor<2x1xi64>, tensor<3xi64>) -> tensor<*xi1>
  return %y : tensor<*xi1>
}

// CHECK-LABEL: @pow
// CHECK: onnx.Pow {{.*}}-> tensor<4xf32>
func.func @pow(%a: tensor<4xf32>, %b: tensor<i64>) -> tensor<*xf32> {
  %y = onnx.Pow %a, %b : (tensor<4xf32>, tensor<i64>) -> tensor<*xf32>
  return %y : tensor<*xf32>
}

// CHECK-LABEL: @variadic
// CHECK: onnx.Max {{.*}}-> tensor<1x2x3xf32>
func.func @variadic(%a: tensor<2x1xf32>, %b: tensor<3xf32>, %d: tensor<1x1x1xf32>) -> tensor<*xf32> {
  %y = onnx.Max %a, %b, %d : (tensor<2x1xf32>, tensor<3xf32>, tensor<1x1x1xf32>) -> tensor<*xf32>
  return %y : tensor<*xf32>
}

// CHECK-LABEL: @where
// CHECK: onnx.Where {{.*}}-> tensor<2x3xf32>
func.func @where(%c: tensor<2x1xi1>, %x: tensor<3xf32>, %z: tensor<f32>) -> tensor<*xf32> {
  %y = onnx.Where %c, %x, %z : (tensor<2x1xi1>, tensor<3xf32>, tensor<f32>) -> tensor<*xf32>
  return %y : tensor<*xf32>
}

// CHECK-LABEL: @unary
// CHECK: onnx.Exp {{.*}}: tensor<2x?xf32>
// CHECK: onnx.Clip {{.*}}: tensor<2x?xf32>
// CHECK: onnx.IsNaN {{.*}}-> tensor<2x?xi1>
func.func @unary(%x: tensor<2x?xf32>) -> (tensor<*xf32>, tensor<*xf32>, tensor<*xi1>) {
  %y = onnx.Exp %x : (tensor<2x?xf32>) -> tensor<*xf32>
  %z = onnx.Clip %y : (tensor<*xf32>) -> tensor<*xf32>
  %w = onnx.IsNaN %z : (tensor<*xf32>) -> tensor<*xi1>
  return %y, %z, %w : tensor<*xf32>, tensor<*xf32>, tensor<*xi1>
}

// CHECK-LABEL: @cast
// CHECK: onnx.Cast {{.*}}-> tensor<2x?xf16>
// CHECK: onnx.CastLike {{.*}}-> tensor<2x?xf16>
// CHECK: onnx.BitCast {{.*}}-> tensor<2x?xui32>
func.func @cast(%x: tensor<2x?xf32>) -> (tensor<*xf16>, tensor<*xf16>, tensor<*xui32>) {
  %y = onnx.Cast %x {to = 10} : (tensor<2x?xf32>) -> tensor<*xf16>
  %z = onnx.CastLike %x, %y : (tensor<2x?xf32>, tensor<*xf16>) -> tensor<*xf16>
  %b = onnx.BitCast %x {to = 12} : (tensor<2x?xf32>) -> tensor<*xui32>
  return %y, %z, %b : tensor<*xf16>, tensor<*xf16>, tensor<*xui32>
}
