// RUN: quern-opt %s --load-pass-plugin=%plugin --pass-pipeline='builtin.module(example-fuse-hardswish)' | FileCheck %s

// CHECK-LABEL: @gate
//  CHECK-SAME:   %[[X:.*]]: tensor<4xf32>
//  CHECK-NEXT:   %[[Y:.*]] = onnx.HardSwish %[[X]]
//  CHECK-NEXT:   return %[[Y]]
func.func @gate(%x: tensor<4xf32>) -> tensor<4xf32> {
  %g = onnx.HardSigmoid %x {alpha = 0.166666672 : f32, beta = 0.5 : f32} : tensor<4xf32>
  %y = onnx.Mul %x, %g : tensor<4xf32>
  return %y : tensor<4xf32>
}

// Another slope is another function.
// CHECK-LABEL: @other_slope
//       CHECK:   onnx.Mul
func.func @other_slope(%x: tensor<4xf32>) -> tensor<4xf32> {
  %g = onnx.HardSigmoid %x {alpha = 0.2 : f32, beta = 0.5 : f32} : tensor<4xf32>
  %y = onnx.Mul %x, %g : tensor<4xf32>
  return %y : tensor<4xf32>
}
