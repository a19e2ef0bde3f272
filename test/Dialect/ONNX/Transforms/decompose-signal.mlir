// RUN: quern-opt %s -onnx-decompose | FileCheck %s

// A transform of known length is one product with a constant matrix.
// CHECK-LABEL: @short
//  CHECK-DAG:    %[[W:.*]] = onnx.Constant {{.*}} : tensor<16x18xf32>
//      CHECK:    onnx.MatMul %{{.*}}, %[[W]]
//  CHECK-NOT:    onnx.MatMul
//      CHECK:    return
func.func @short(%x: tensor<2x16x1xf32>) -> tensor<2x9x2xf32> {
  %y = onnx.DFT %x {onesided = 1} : (tensor<2x16x1xf32>) -> tensor<2x9x2xf32>
  return %y : tensor<2x9x2xf32>
}

// A long one is made of those of factors.
// CHECK-LABEL: @long
//      CHECK:    onnx.MatMul {{.*}} -> tensor<1x32x256xf32>
//      CHECK:    onnx.MatMul {{.*}} -> tensor<1x128x64xf32>
//  CHECK-NOT:    onnx.MatMul
//      CHECK:    return
func.func @long(%x: tensor<1x4096x2xf32>) -> tensor<1x4096x2xf32> {
  %y = onnx.DFT %x : tensor<1x4096x2xf32>
  return %y : tensor<1x4096x2xf32>
}

// Another length is left as it is; an axis of the run is brought to a known place.
// CHECK-LABEL: @any_length
//      CHECK:    onnx.DFT
func.func @any_length(%x: tensor<1x?x1xf32>) -> tensor<1x?x2xf32> {
  %y = onnx.DFT %x : (tensor<1x?x1xf32>) -> tensor<1x?x2xf32>
  return %y : tensor<1x?x2xf32>
}

// CHECK-LABEL: @any_axis
//      CHECK:    onnx.DFT %{{.*}} : (tensor<?x?x?x1xf32>, tensor<i64>)
//      CHECK:    onnx.Reshape
func.func @any_axis(%x: tensor<3x4x5x1xf32>, %axis: tensor<i64>) -> tensor<?x?x?x2xf32> {
  %y = onnx.DFT %x, none, %axis : (tensor<3x4x5x1xf32>, tensor<i64>) -> tensor<?x?x?x2xf32>
  return %y : tensor<?x?x?x2xf32>
}

// CHECK-LABEL: @frames
//      CHECK:    onnx.Gather
//      CHECK:    onnx.Mul
//      CHECK:    onnx.MatMul
//  CHECK-NOT:    onnx.STFT
func.func @frames(%x: tensor<1x128x1xf32>, %step: tensor<i64>, %w: tensor<16xf32>) -> tensor<1x?x9x2xf32> {
  %y = onnx.STFT %x, %step, %w : (tensor<1x128x1xf32>, tensor<i64>, tensor<16xf32>) -> tensor<1x?x9x2xf32>
  return %y : tensor<1x?x9x2xf32>
}

// CHECK-LABEL: @bernoulli
//      CHECK:    %[[U:.*]] = onnx.RandomUniformLike %{{.*}} {dtype = 1 : i64, seed = 3.000000e+00 : f32}
//      CHECK:    onnx.Less %[[U]], %{{.*}}
func.func @bernoulli(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %y = onnx.Bernoulli %x {seed = 3.0 : f32} : tensor<2x3xf32>
  return %y : tensor<2x3xf32>
}

// Whether it drops is a question of the run.
// CHECK-LABEL: @dropout
//  CHECK-DAG:    %[[U:.*]] = onnx.RandomUniformLike
//  CHECK-DAG:    %[[IDLE:.*]] = onnx.Not
//      CHECK:    %[[KEPT:.*]] = onnx.Or %[[IDLE]]
//      CHECK:    onnx.Where %[[KEPT]]
func.func @dropout(%x: tensor<2x3xf32>, %ratio: tensor<f32>, %training: tensor<i1>) -> (tensor<2x3xf32>, tensor<2x3xi1>) {
  %y, %m = onnx.Dropout %x, %ratio, %training : (tensor<2x3xf32>, tensor<f32>, tensor<i1>) -> (tensor<2x3xf32>, tensor<2x3xi1>)
  return %y, %m : tensor<2x3xf32>, tensor<2x3xi1>
}

// CHECK-LABEL: @grid
//      CHECK:    onnx.Gather
//      CHECK:    onnx.Range
//  CHECK-NOT:    onnx.AffineGrid
func.func @grid(%t: tensor<1x2x3xf32>, %size: tensor<4xi64>) -> tensor<?x?x?x2xf32> {
  %g = onnx.AffineGrid %t, %size : (tensor<1x2x3xf32>, tensor<4xi64>) -> tensor<?x?x?x2xf32>
  return %g : tensor<?x?x?x2xf32>
}
