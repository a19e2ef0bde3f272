// RUN: quern-opt %s -quern-graph | FileCheck %s
// RUN: quern-opt %s '-quern-graph=shapes=x=1x3x8x8 expose=conv' | FileCheck %s --check-prefix=OPTIONS
// RUN: not quern-opt %s -quern-graph=target=z80 2>&1 | FileCheck %s --check-prefix=TARGET

// The normalisation is in the weights, and these are constants again.
// CHECK-LABEL: func.func @main
//  CHECK-DAG:    %[[W:.*]] = onnx.Constant {value = dense{{.*}}tensor<4x3x1x1xf32>}
//  CHECK-DAG:    %[[B:.*]] = onnx.Constant {value = dense{{.*}}tensor<4xf32>}
//      CHECK:    %[[C:.*]] = onnx.Conv %{{.*}}, %[[W]], %[[B]]
// CHECK-NEXT:    %[[Y:.*]] = onnx.Relu %[[C]]
// CHECK-NEXT:    return %[[Y]]
// OPTIONS: -> (tensor<1x4x8x8xf32> {onnx.name = "y"}, tensor<1x4x8x8xf32> {{.*}}onnx.name = "conv"}
// TARGET: z80
func.func @main(%x: tensor<?x3x8x8xf32> {onnx.name = "x"}) -> (tensor<?x4x8x8xf32> {onnx.name = "y"}) {
  %w = onnx.Constant {value = dense<0.5> : tensor<4x3x1x1xf32>} : tensor<4x3x1x1xf32>
  %p = onnx.Constant {value = dense<[1.0, 2.0, 3.0, 4.0]> : tensor<4xf32>} : tensor<4xf32>
  %c = onnx.Conv %x, %w : (tensor<?x3x8x8xf32>, tensor<4x3x1x1xf32>) -> tensor<?x4x8x8xf32> loc("conv")
  %n = onnx.BatchNormalization %c, %p, %p, %p, %p : (tensor<?x4x8x8xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<?x4x8x8xf32>
  %y = onnx.Relu %n : tensor<?x4x8x8xf32>
  return %y : tensor<?x4x8x8xf32>
}
