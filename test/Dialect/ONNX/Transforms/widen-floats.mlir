// RUN: quern-opt %s -onnx-widen-floats | FileCheck %s

// What one operator gives another is not rounded; what leaves the graph is.
// CHECK-LABEL: @chain
// CHECK-SAME:    %[[X:.*]]: tensor<2x4xf16>
func.func @chain(%x: tensor<2x4xf16>, %w: tensor<4x4xf16>) -> tensor<4x2xf16> {
  // CHECK-DAG: %[[A:.*]] = onnx.Cast %[[X]] {to = 1 : i64}
  // CHECK-DAG: %[[W:.*]] = onnx.Cast %{{.*}} {to = 1 : i64}
  // CHECK:     %[[P:.*]] = onnx.MatMul %[[A]], %[[W]] {{.*}} -> tensor<2x4xf32>
  // CHECK:     %[[R:.*]] = onnx.Relu %[[P]] : tensor<2x4xf32>
  // CHECK:     %[[T:.*]] = onnx.Transpose %[[R]] {{.*}} -> tensor<4x2xf32>
  // CHECK:     %[[Y:.*]] = onnx.Cast %[[T]] {to = 10 : i64}
  // CHECK:     return %[[Y]]
  %0 = onnx.MatMul %x, %w : (tensor<2x4xf16>, tensor<4x4xf16>) -> tensor<2x4xf16>
  %1 = onnx.Relu %0 : tensor<2x4xf16>
  %2 = onnx.Transpose %1 {perm = array<i64: 1, 0>} : (tensor<2x4xf16>) -> tensor<4x2xf16>
  return %2 : tensor<4x2xf16>
}

// Movement alone is exact as it is.
// CHECK-LABEL: @movement
// CHECK-NOT:     onnx.Cast
func.func @movement(%x: tensor<2x4xbf16>) -> tensor<4x2xbf16> {
  %0 = onnx.Transpose %x {perm = array<i64: 1, 0>} : (tensor<2x4xbf16>) -> tensor<4x2xbf16>
  return %0 : tensor<4x2xbf16>
}

// Computed from weights alone: they stay narrow.
// CHECK-LABEL: @weights
// CHECK:         onnx.Mul {{.*}} : (tensor<2xf16>, tensor<f16>) -> tensor<2xf16>
// CHECK:         onnx.Add {{.*}} : tensor<2xf32>
func.func @weights(%x: tensor<2xf16>) -> tensor<2xf16> {
  %w = onnx.Constant {value = dense<[1.0, 2.0]> : tensor<2xf16>} : tensor<2xf16>
  %s = onnx.Constant {value = dense<3.0> : tensor<f16>} : tensor<f16>
  %0 = onnx.Mul %w, %s : (tensor<2xf16>, tensor<f16>) -> tensor<2xf16>
  %1 = onnx.Add %x, %0 : tensor<2xf16>
  return %1 : tensor<2xf16>
}
