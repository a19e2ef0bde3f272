// RUN: quern-opt %s -onnx-simplify-reshapes | FileCheck %s

// CHECK-LABEL: @cancels
// CHECK-SAME:    %[[X:.*]]: tensor<2x3xf32>
//      CHECK:    %[[Y:.*]] = onnx.Relu %[[X]]
//  CHECK-NOT:    onnx.Reshape
//      CHECK:    return %[[Y]]
func.func @cancels(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %flat = onnx.Constant {value = dense<6> : tensor<1xi64>} : tensor<1xi64>
  %back = onnx.Constant {value = dense<[2, 3]> : tensor<2xi64>} : tensor<2xi64>
  %0 = onnx.Reshape %x, %flat : (tensor<2x3xf32>, tensor<1xi64>) -> tensor<6xf32>
  %1 = onnx.Relu %0 : tensor<6xf32>
  %y = onnx.Reshape %1, %back : (tensor<6xf32>, tensor<2xi64>) -> tensor<2x3xf32>
  return %y : tensor<2x3xf32>
}

// Of two sizes one is known, so the other cannot differ.
// CHECK-LABEL: @same
// CHECK-NEXT:    return %arg0
func.func @same(%x: tensor<?x3xf32>, %shape: tensor<2xi64>) -> tensor<?x3xf32> {
  %y = onnx.Reshape %x, %shape : (tensor<?x3xf32>, tensor<2xi64>) -> tensor<?x3xf32>
  return %y : tensor<?x3xf32>
}

// Broadcasting would see another shape.
// CHECK-LABEL: @broadcast
//      CHECK:    onnx.Reshape
//      CHECK:    onnx.Add
func.func @broadcast(%x: tensor<2x3xf32>, %b: tensor<6xf32>) -> tensor<6xf32> {
  %flat = onnx.Constant {value = dense<6> : tensor<1xi64>} : tensor<1xi64>
  %0 = onnx.Reshape %x, %flat : (tensor<2x3xf32>, tensor<1xi64>) -> tensor<6xf32>
  %y = onnx.Add %0, %b : tensor<6xf32>
  return %y : tensor<6xf32>
}
