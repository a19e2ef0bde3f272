// RUN: quern-opt %s -quern-fold-constants | FileCheck %s

// CHECK-LABEL: @group
// CHECK-NEXT:    %[[C:.*]] = onnx.Constant {value = dense<[2.{{0+e\+00}}, 6.{{0+e\+00}}]> : tensor<2xf32>}
// CHECK-NEXT:    onnx.Add %arg0, %[[C]]
func.func @group(%x: tensor<2xf32>) -> tensor<2xf32> {
  %a = onnx.Constant {value = dense<[1.0, 2.0]> : tensor<2xf32>} : tensor<2xf32>
  %b = onnx.Constant {value = dense<[1.0, 1.0]> : tensor<2xf32>} : tensor<2xf32>
  %0 = onnx.Add %a, %b : tensor<2xf32>
  %1 = onnx.Mul %0, %a : tensor<2xf32>
  %y = onnx.Add %x, %1 : tensor<2xf32>
  return %y : tensor<2xf32>
}

// All elements alike: one is kept.
// CHECK-LABEL: @splat
//      CHECK:    onnx.Constant {value = dense<3.0{{.*}}> : tensor<64x64xf32>}
func.func @splat() -> tensor<64x64xf32> {
  %a = onnx.Constant {value = dense<1.5> : tensor<64x64xf32>} : tensor<64x64xf32>
  %y = onnx.Add %a, %a : tensor<64x64xf32>
  return %y : tensor<64x64xf32>
}

// CHECK-LABEL: @unpacked
//      CHECK:    onnx.DequantizeLinear
func.func @unpacked() -> tensor<4xf32> {
  %q = onnx.Constant {value = dense<[1, 2, 3, 4]> : tensor<4xi8>} : tensor<4xi8>
  %s = onnx.Constant {value = dense<0.5> : tensor<f32>} : tensor<f32>
  %y = onnx.DequantizeLinear %q, %s : (tensor<4xi8>, tensor<f32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}
