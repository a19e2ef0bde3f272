// RUN: quern-opt %s -convert-onnx-to-linalg -split-input-file | FileCheck %s

// One loop nest over the result; the grid's numbers are operands, the image is read where they say.
// CHECK-DAG:   #[[$X:.*]] = affine_map<(d0, d1, d2, d3) -> (d0, d2, d3, 0)>
// CHECK-DAG:   #[[$Y:.*]] = affine_map<(d0, d1, d2, d3) -> (d0, d2, d3, 1)>
// CHECK-LABEL: func @grid
//      CHECK:    linalg.generic
// CHECK-SAME:      indexing_maps = [#[[$Y]], #[[$X]]
// CHECK-COUNT-4:   tensor.extract %{{.*}} : tensor<1x3x?x?xf32>
//  CHECK-NOT:      tensor.extract
func.func @grid(%x: tensor<1x3x?x?xf32>, %grid: tensor<1x4x4x2xf32>) -> tensor<1x3x4x4xf32> {
  %y = onnx.GridSample %x, %grid : (tensor<1x3x?x?xf32>, tensor<1x4x4x2xf32>) -> tensor<1x3x4x4xf32>
  return %y : tensor<1x3x4x4xf32>
}

// -----

// Samples, then a contraction.
// CHECK-LABEL: func @deformed
//      CHECK:    linalg.generic
// CHECK-SAME:      outs(%{{.*}} : tensor<1x2x3x3x6x6xf32>)
//      CHECK:    linalg.generic
// CHECK-SAME:      "reduction", "reduction", "reduction"]
//      CHECK:      arith.mulf
// CHECK-NEXT:      arith.addf
func.func @deformed(%x: tensor<1x2x8x8xf32>, %w: tensor<4x2x3x3xf32>, %o: tensor<1x18x6x6xf32>) -> tensor<1x4x6x6xf32> {
  %y = onnx.DeformConv %x, %w, %o : (tensor<1x2x8x8xf32>, tensor<4x2x3x3xf32>, tensor<1x18x6x6xf32>) -> tensor<1x4x6x6xf32>
  return %y : tensor<1x4x6x6xf32>
}

// -----

// An image that does not exist fails the run; bins of the run's sizes are loops in the body.
// CHECK-LABEL: func @regions
//      CHECK:    linalg.generic
//      CHECK:      quern.check %{{.*}}, "the index of a region's image is out of range"
//      CHECK:      scf.for
//      CHECK:        scf.for
func.func @regions(%x: tensor<1x3x8x8xf32>, %r: tensor<5x4xf32>, %b: tensor<5xi64>) -> tensor<5x3x2x2xf32> {
  %y = onnx.RoiAlign %x, %r, %b {output_height = 2, output_width = 2} : (tensor<1x3x8x8xf32>, tensor<5x4xf32>, tensor<5xi64>) -> tensor<5x3x2x2xf32>
  return %y : tensor<5x3x2x2xf32>
}

// -----

// CHECK-LABEL: func @small
//      CHECK:    linalg.generic
//  CHECK-NOT:    scf.for
func.func @small(%x: tensor<7x3x3xf32>) -> tensor<7xf32> {
  %y = onnx.Det %x : (tensor<7x3x3xf32>) -> tensor<7xf32>
  return %y : tensor<7xf32>
}

// -----

// Every draw is a function of its index: Philox's two factors.
// CHECK-LABEL: func @draw
//      CHECK:    linalg.generic
//      CHECK:      linalg.index 0
//  CHECK-DAG:      arith.constant 3528531795 : i64
//  CHECK-DAG:      arith.constant 3449720151 : i64
//      CHECK:      arith.muli
func.func @draw() -> tensor<8xf32> {
  %y = onnx.RandomUniform {shape = array<i64: 8>, seed = 2.0 : f32} : () -> tensor<8xf32>
  return %y : tensor<8xf32>
}
