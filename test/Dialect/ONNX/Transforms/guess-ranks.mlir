// RUN: quern-opt %s -onnx-infer-shapes=guess-ranks | FileCheck %s

// Only what is known to be one is dropped.
// CHECK-LABEL: func.func @squeeze
//      CHECK:    onnx.Squeeze %{{.*}} : (tensor<?x1x3x1xf32>) -> tensor<?x3xf32>
func.func @squeeze(%x: tensor<?x1x3x1xf32>) -> tensor<*xf32> {
  %y = onnx.Squeeze %x : (tensor<?x1x3x1xf32>) -> tensor<*xf32>
  return %y : tensor<*xf32>
}

// What follows takes both ranks.
// CHECK-LABEL: func.func @branches
//      CHECK:    onnx.If %{{.*}} : (tensor<i1>) -> tensor<?xf32>
func.func @branches(%c: tensor<i1>, %x: tensor<1xf32>, %s: tensor<f32>) -> tensor<*xf32> {
  %y = onnx.If %c : (tensor<i1>) -> tensor<*xf32> {
    onnx.Yield %s : tensor<f32>
  }, {
    onnx.Yield %x : tensor<1xf32>
  }
  %z = onnx.Add %y, %s : (tensor<*xf32>, tensor<f32>) -> tensor<*xf32>
  return %z : tensor<*xf32>
}
