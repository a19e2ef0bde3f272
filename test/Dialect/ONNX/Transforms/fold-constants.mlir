// RUN: quern-opt %s -onnx-fold-constants -remarks-filter=.* 2>&1 | FileCheck %s

// Without an evaluator nothing is run; what is the same bytes in another shape is folded still.
// CHECK: 1 nodes not folded: there is nothing to run them on
// CHECK-LABEL: @view
//      CHECK:    %[[C:.*]] = onnx.Constant {value = dense<{{.*}}> : tensor<2x2xf32>}
//      CHECK:    onnx.Exp %[[C]]
func.func @view() -> tensor<2x2xf32> {
  %c = onnx.Constant {value = dense<[1.0, 2.0, 3.0, 4.0]> : tensor<4xf32>} : tensor<4xf32>
  %s = onnx.Constant {value = dense<2> : tensor<2xi64>} : tensor<2xi64>
  %0 = onnx.Reshape %c, %s : (tensor<4xf32>, tensor<2xi64>) -> tensor<2x2xf32>
  %y = onnx.Exp %0 : tensor<2x2xf32>
  return %y : tensor<2x2xf32>
}
