// RUN: quern-opt %s -pass-pipeline='builtin.module(func.func(quern-pack-weights{lanes=8 registers=16}))' -split-input-file | FileCheck %s

// Columns in panels of the register tile's width, the reductions in the image's order, zeros at the end.
// CHECK: #[[PANEL:.*]] = affine_map<(d0, d1, d2, d3, d4, d5, d6) -> (d3 floordiv 16, d4, d5, d6, d3 mod 16)>
// CHECK-LABEL: @convolution
//       CHECK:   %[[W:.*]] = arith.constant dense_resource<packed{{.*}}> : tensor<2x3x3x2x16xf32>
//       CHECK:   linalg.generic {indexing_maps = [#{{.*}}, #[[PANEL]], #{{.*}}]{{.*}} ins(%{{.*}}, %[[W]]
func.func @convolution(%x: tensor<1x10x10x2xf32>, %z: tensor<1x8x8x30xf32>) -> tensor<1x8x8x30xf32> {
  %w = arith.constant dense<1.0> : tensor<30x2x3x3xf32>
  %c = linalg.generic {
      indexing_maps = [affine_map<(n, h, w, f, i, j, c) -> (n, h + i, w + j, c)>,
                       affine_map<(n, h, w, f, i, j, c) -> (f, c, i, j)>,
                       affine_map<(n, h, w, f, i, j, c) -> (n, h, w, f)>],
      iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction", "reduction"]}
      ins(%x, %w : tensor<1x10x10x2xf32>, tensor<30x2x3x3xf32>) outs(%z : tensor<1x8x8x30xf32>) {
  ^bb0(%a: f32, %b: f32, %s: f32):
    %m = arith.mulf %a, %b : f32
    %t = arith.addf %s, %m : f32
    linalg.yield %t : f32
  } -> tensor<1x8x8x30xf32>
  return %c : tensor<1x8x8x30xf32>
}

// -----

// Equal constants share one packed form; a batch loop of the weights stays outside the reductions.
// CHECK: #[[PANEL:.*]] = affine_map<(d0, d1, d2, d3) -> (d2 floordiv 8, d0, d3, d2 mod 8)>
// CHECK-LABEL: @shared
//       CHECK:   %[[W:.*]] = arith.constant dense_resource<packed{{.*}}> : tensor<1x2x4x8xf32>
//   CHECK-NOT:   dense_resource
//       CHECK:   linalg.generic {indexing_maps = [#{{.*}}, #[[PANEL]], #{{.*}}]{{.*}} ins(%{{.*}}, %[[W]]
//       CHECK:   linalg.generic {indexing_maps = [#{{.*}}, #[[PANEL]], #{{.*}}]{{.*}} ins(%{{.*}}, %[[W]]
#a = affine_map<(b, i, j, k) -> (b, i, k)>
#w = affine_map<(b, i, j, k) -> (b, k, j)>
#o = affine_map<(b, i, j, k) -> (b, i, j)>
func.func @shared(%x: tensor<2x5x4xf32>, %y: tensor<2x5x4xf32>, %z: tensor<2x5x7xf32>) -> (tensor<2x5x7xf32>, tensor<2x5x7xf32>) {
  %w = arith.constant dense<1.0> : tensor<2x4x7xf32>
  %c = linalg.generic {indexing_maps = [#a, #w, #o], iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%x, %w : tensor<2x5x4xf32>, tensor<2x4x7xf32>) outs(%z : tensor<2x5x7xf32>) {
  ^bb0(%a: f32, %b: f32, %s: f32):
    %m = arith.mulf %a, %b : f32
    %t = arith.addf %s, %m : f32
    linalg.yield %t : f32
  } -> tensor<2x5x7xf32>
  %d = linalg.generic {indexing_maps = [#a, #w, #o], iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%y, %w : tensor<2x5x4xf32>, tensor<2x4x7xf32>) outs(%z : tensor<2x5x7xf32>) {
  ^bb0(%a: f32, %b: f32, %s: f32):
    %m = arith.mulf %a, %b : f32
    %t = arith.addf %s, %m : f32
    linalg.yield %t : f32
  } -> tensor<2x5x7xf32>
  return %c, %d : tensor<2x5x7xf32>, tensor<2x5x7xf32>
}

// -----

// What is computed is not packed.
// CHECK-LABEL: @computed
//   CHECK-NOT:   packed
//       CHECK:   linalg.generic {{.*}} ins(%{{.*}}, %{{.*}} : tensor<5x4xf32>, tensor<4x7xf32>)
func.func @computed(%x: tensor<5x4xf32>, %w: tensor<4x7xf32>, %z: tensor<5x7xf32>) -> tensor<5x7xf32> {
  %c = linalg.generic {
      indexing_maps = [affine_map<(i, j, k) -> (i, k)>, affine_map<(i, j, k) -> (k, j)>, affine_map<(i, j, k) -> (i, j)>],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %w : tensor<5x4xf32>, tensor<4x7xf32>) outs(%z : tensor<5x7xf32>) {
  ^bb0(%a: f32, %b: f32, %s: f32):
    %m = arith.mulf %a, %b : f32
    %t = arith.addf %s, %m : f32
    linalg.yield %t : f32
  } -> tensor<5x7xf32>
  return %c : tensor<5x7xf32>
}

// -----

// A depthwise convolution's weights are panels of one vector.
// CHECK-LABEL: @depthwise
//       CHECK:   arith.constant dense_resource<packed{{.*}}> : tensor<3x3x8xf32>
func.func @depthwise(%x: tensor<10x20xf32>, %z: tensor<8x20xf32>) -> tensor<8x20xf32> {
  %w = arith.constant dense<1.0> : tensor<20x3xf32>
  %c = linalg.generic {
      indexing_maps = [affine_map<(h, c, i) -> (h + i, c)>, affine_map<(h, c, i) -> (c, i)>, affine_map<(h, c, i) -> (h, c)>],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %w : tensor<10x20xf32>, tensor<20x3xf32>) outs(%z : tensor<8x20xf32>) {
  ^bb0(%a: f32, %b: f32, %s: f32):
    %m = arith.mulf %a, %b : f32
    %t = arith.addf %s, %m : f32
    linalg.yield %t : f32
  } -> tensor<8x20xf32>
  return %c : tensor<8x20xf32>
}
