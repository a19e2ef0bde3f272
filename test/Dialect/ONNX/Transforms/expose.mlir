// RUN: quern-opt %s -onnx-expose=nodes=conv | FileCheck %s
// RUN: quern-opt %s -onnx-expose=nodes=all | FileCheck %s --check-prefix=ALL
// RUN: not quern-opt %s -onnx-expose=nodes=pool 2>&1 | FileCheck %s --check-prefix=NONE

// CHECK-LABEL: func.func @main
// CHECK-SAME:    -> (tensor<4xf32> {onnx.name = "y"}, tensor<4xf32> {onnx.elem_type = 1 : i32, onnx.name = "conv"})
//      CHECK:    %[[C:.*]] = onnx.Abs
//      CHECK:    %[[Y:.*]] = onnx.Relu
//      CHECK:    return %[[Y]], %[[C]]
// A name of the model's outputs is not taken again.
// ALL: -> (tensor<4xf32> {onnx.name = "y"}, tensor<4xf32> {onnx.elem_type = 1 : i32, onnx.name = "y.2"}, tensor<4xf32> {onnx.elem_type = 1 : i32, onnx.name = "conv"})
// NONE: has no node 'pool' to expose
func.func @main(%x: tensor<4xf32>) -> (tensor<4xf32> {onnx.name = "y"}) {
  %a = onnx.Exp %x : tensor<4xf32> loc("y")
  %c = onnx.Abs %a : tensor<4xf32> loc("conv")
  %y = onnx.Relu %c : tensor<4xf32> loc("y")
  return %y : tensor<4xf32>
}
