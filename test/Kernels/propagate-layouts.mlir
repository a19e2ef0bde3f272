// RUN: quern-opt %s -pass-pipeline='builtin.module(func.func(quern-propagate-layouts,cse,canonicalize))' -split-input-file | FileCheck %s

// A convolution runs with channels last; its pad is moved too, its weights stay for packing.
// CHECK-LABEL: @convolution
//  CHECK-SAME:   %[[X:.*]]: tensor<1x3x8x8xf32>, %[[W:.*]]: tensor<16x3x3x3xf32>
//       CHECK:   %[[T:.*]] = linalg.transpose ins(%[[X]] : {{.*}}) {{.*}} permutation = [0, 2, 3, 1]
//       CHECK:   %[[P:.*]] = tensor.pad %[[T]] low[0, 1, 1, 0] high[0, 1, 1, 0]
//       CHECK:   %[[C:.*]] = linalg.generic {{.*}} ins(%[[P]], %[[W]] : tensor<1x10x10x3xf32>, tensor<16x3x3x3xf32>)
//       CHECK:   %[[R:.*]] = linalg.generic {{.*}} ins(%[[C]] : tensor<1x8x8x16xf32>)
//       CHECK:     arith.maximumf
//       CHECK:   %[[O:.*]] = linalg.transpose ins(%[[R]] : {{.*}}) {{.*}} permutation = [0, 3, 1, 2]
//       CHECK:   return %[[O]]
func.func @convolution(%x: tensor<1x3x8x8xf32>, %w: tensor<16x3x3x3xf32>) -> tensor<1x16x8x8xf32> {
  %zero = arith.constant 0.0 : f32
  %p = tensor.pad %x low[0, 0, 1, 1] high[0, 0, 1, 1] {
  ^bb0(%a: index, %b: index, %c: index, %d: index):
    tensor.yield %zero : f32
  } : tensor<1x3x8x8xf32> to tensor<1x3x10x10xf32>
  %e = tensor.empty() : tensor<1x16x8x8xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x16x8x8xf32>) -> tensor<1x16x8x8xf32>
  %c = linalg.generic {
      indexing_maps = [affine_map<(n, f, h, w, c, i, j) -> (n, c, h + i, w + j)>,
                       affine_map<(n, f, h, w, c, i, j) -> (f, c, i, j)>,
                       affine_map<(n, f, h, w, c, i, j) -> (n, f, h, w)>],
      iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction", "reduction"]}
      ins(%p, %w : tensor<1x3x10x10xf32>, tensor<16x3x3x3xf32>) outs(%f : tensor<1x16x8x8xf32>) {
  ^bb0(%a: f32, %b: f32, %s: f32):
    %m = arith.mulf %a, %b : f32
    %t = arith.addf %s, %m : f32
    linalg.yield %t : f32
  } -> tensor<1x16x8x8xf32>
  %r = linalg.generic {
      indexing_maps = [affine_map<(n, f, h, w) -> (n, f, h, w)>, affine_map<(n, f, h, w) -> (n, f, h, w)>],
      iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%c : tensor<1x16x8x8xf32>) outs(%e : tensor<1x16x8x8xf32>) {
  ^bb0(%a: f32, %o: f32):
    %m = arith.maximumf %a, %zero : f32
    linalg.yield %m : f32
  } -> tensor<1x16x8x8xf32>
  return %r : tensor<1x16x8x8xf32>
}

// -----

// The group of a depthwise convolution is its channel: its inner loops of one step are dropped.
// CHECK-DAG: #[[IN:.*]] = affine_map<(d0, d1, d2, d3, d4, d5) -> (d0, d2 + d4, d3 + d5, d1)>
// CHECK-DAG: #[[OUT:.*]] = affine_map<(d0, d1, d2, d3, d4, d5) -> (d0, d2, d3, d1)>
// CHECK-LABEL: @depthwise
//       CHECK: linalg.generic {indexing_maps = [#[[IN]], #{{.*}}, #[[OUT]]]
//  CHECK-SAME:   ins(%{{.*}} : tensor<1x8x8x16xf32>, tensor<16x3x3xf32>)
func.func @depthwise(%x: tensor<1x16x1x8x8xf32>, %w: tensor<16x1x1x3x3xf32>) -> tensor<1x16x1x6x6xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x16x1x6x6xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x16x1x6x6xf32>) -> tensor<1x16x1x6x6xf32>
  %c = linalg.generic {
      indexing_maps = [affine_map<(n, g, f, h, w, c, i, j) -> (n, g, c, h + i, w + j)>,
                       affine_map<(n, g, f, h, w, c, i, j) -> (g, f, c, i, j)>,
                       affine_map<(n, g, f, h, w, c, i, j) -> (n, g, f, h, w)>],
      iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel", "reduction", "reduction", "reduction"]}
      ins(%x, %w : tensor<1x16x1x8x8xf32>, tensor<16x1x1x3x3xf32>) outs(%f : tensor<1x16x1x6x6xf32>) {
  ^bb0(%a: f32, %b: f32, %s: f32):
    %m = arith.mulf %a, %b : f32
    %t = arith.addf %s, %m : f32
    linalg.yield %t : f32
  } -> tensor<1x16x1x6x6xf32>
  return %c : tensor<1x16x1x6x6xf32>
}

// -----

// Two transposes are one; one that undoes the other leaves nothing.
// CHECK-LABEL: @inverse
//  CHECK-SAME:   %[[X:.*]]: tensor<2x3x4xf32>
//   CHECK-NOT:   linalg.transpose
//       CHECK:   return %[[X]]
func.func @inverse(%x: tensor<2x3x4xf32>) -> tensor<2x3x4xf32> {
  %e = tensor.empty() : tensor<3x4x2xf32>
  %t = linalg.transpose ins(%x : tensor<2x3x4xf32>) outs(%e : tensor<3x4x2xf32>) permutation = [1, 2, 0]
  %f = tensor.empty() : tensor<2x3x4xf32>
  %u = linalg.transpose ins(%t : tensor<3x4x2xf32>) outs(%f : tensor<2x3x4xf32>) permutation = [2, 0, 1]
  return %u : tensor<2x3x4xf32>
}

// -----

// An elementwise op takes the order of its transposed operand; a bias along one dim follows by its map.
// CHECK: #[[BIAS:.*]] = affine_map<(d0, d1, d2) -> (d0)>
// CHECK-LABEL: @elementwise
//  CHECK-SAME:   %[[X:.*]]: tensor<2x3x4xf32>, %[[B:.*]]: tensor<2xf32>
//       CHECK:   %[[R:.*]] = linalg.generic {indexing_maps = [#{{.*}}, #[[BIAS]], #{{.*}}]{{.*}} ins(%[[X]], %[[B]]
//       CHECK:   linalg.transpose ins(%[[R]] : tensor<2x3x4xf32>) {{.*}} permutation = [1, 2, 0]
func.func @elementwise(%x: tensor<2x3x4xf32>, %b: tensor<2xf32>) -> tensor<3x4x2xf32> {
  %e = tensor.empty() : tensor<3x4x2xf32>
  %t = linalg.transpose ins(%x : tensor<2x3x4xf32>) outs(%e : tensor<3x4x2xf32>) permutation = [1, 2, 0]
  %r = linalg.generic {
      indexing_maps = [affine_map<(i, j, k) -> (i, j, k)>, affine_map<(i, j, k) -> (k)>, affine_map<(i, j, k) -> (i, j, k)>],
      iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%t, %b : tensor<3x4x2xf32>, tensor<2xf32>) outs(%e : tensor<3x4x2xf32>) {
  ^bb0(%p: f32, %q: f32, %o: f32):
    %s = arith.addf %p, %q : f32
    linalg.yield %s : f32
  } -> tensor<3x4x2xf32>
  return %r : tensor<3x4x2xf32>
}

// -----

// Indices in the body are renamed with the loops, and those of a gather permuted.
// CHECK-LABEL: @indices
//  CHECK-SAME:   %[[X:.*]]: tensor<2x5xf32>
//       CHECK:   linalg.generic
//       CHECK:     %[[I:.*]] = linalg.index 1 : index
//       CHECK:     %[[J:.*]] = linalg.index 0 : index
//       CHECK:     tensor.extract %[[X]][%[[J]], %[[I]]]
//       CHECK:   linalg.transpose
func.func @indices(%x: tensor<2x5xf32>) -> tensor<5x2xf32> {
  %e = tensor.empty() : tensor<5x2xf32>
  %t = linalg.transpose ins(%x : tensor<2x5xf32>) outs(%e : tensor<5x2xf32>) permutation = [1, 0]
  %r = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
      outs(%e : tensor<5x2xf32>) {
  ^bb0(%o: f32):
    %i = linalg.index 0 : index
    %j = linalg.index 1 : index
    %v = tensor.extract %t[%i, %j] : tensor<5x2xf32>
    %k = arith.index_cast %i : index to i32
    %f = arith.sitofp %k : i32 to f32
    %s = arith.addf %v, %f : f32
    linalg.yield %s : f32
  } -> tensor<5x2xf32>
  return %r : tensor<5x2xf32>
}

// -----

// CHECK-LABEL: @pad
//  CHECK-SAME:   %[[X:.*]]: tensor<2x3x?xf32>
//       CHECK:   %[[P:.*]] = tensor.pad %[[X]] low[0, 1, 2] high[5, 3, 4]
//       CHECK:   linalg.transpose ins(%[[P]] : tensor<7x7x?xf32>) {{.*}} permutation = [1, 2, 0]
func.func @pad(%x: tensor<2x3x?xf32>) -> tensor<7x?x7xf32> {
  %zero = arith.constant 0.0 : f32
  %two = arith.constant 2 : index
  %n = tensor.dim %x, %two : tensor<2x3x?xf32>
  %e = tensor.empty(%n) : tensor<3x?x2xf32>
  %t = linalg.transpose ins(%x : tensor<2x3x?xf32>) outs(%e : tensor<3x?x2xf32>) permutation = [1, 2, 0]
  %p = tensor.pad %t low[1, 2, 0] high[3, 4, 5] {
  ^bb0(%a: index, %b: index, %c: index):
    tensor.yield %zero : f32
  } : tensor<3x?x2xf32> to tensor<7x?x7xf32>
  return %p : tensor<7x?x7xf32>
}

// -----

// Where most operands of a concatenation are transposed alike, the others follow.
// CHECK-LABEL: @concat
//  CHECK-SAME:   %[[A:.*]]: tensor<2x4x3xf32>, %[[B:.*]]: tensor<2x4x5xf32>, %[[C:.*]]: tensor<2x2x4xf32>
//       CHECK:   %[[T:.*]] = linalg.transpose ins(%[[C]] : {{.*}}) {{.*}} permutation = [0, 2, 1]
//       CHECK:   %[[J:.*]] = tensor.concat dim(2) %[[A]], %[[B]], %[[T]]
//       CHECK:   linalg.transpose ins(%[[J]] : tensor<2x4x10xf32>) {{.*}} permutation = [0, 2, 1]
func.func @concat(%a: tensor<2x4x3xf32>, %b: tensor<2x4x5xf32>, %c: tensor<2x2x4xf32>) -> tensor<2x10x4xf32> {
  %e = tensor.empty() : tensor<2x3x4xf32>
  %t = linalg.transpose ins(%a : tensor<2x4x3xf32>) outs(%e : tensor<2x3x4xf32>) permutation = [0, 2, 1]
  %f = tensor.empty() : tensor<2x5x4xf32>
  %u = linalg.transpose ins(%b : tensor<2x4x5xf32>) outs(%f : tensor<2x5x4xf32>) permutation = [0, 2, 1]
  %r = tensor.concat dim(1) %t, %u, %c : (tensor<2x3x4xf32>, tensor<2x5x4xf32>, tensor<2x2x4xf32>) -> tensor<2x10x4xf32>
  return %r : tensor<2x10x4xf32>
}

// -----

// CHECK-LABEL: @concat_half
//       CHECK:   linalg.transpose
//       CHECK:   tensor.concat dim(1) %{{.*}}, %{{.*}} : (tensor<2x3x4xf32>, tensor<2x1x4xf32>)
//   CHECK-NOT:   linalg.transpose
func.func @concat_half(%a: tensor<2x4x3xf32>, %c: tensor<2x1x4xf32>) -> tensor<2x4x4xf32> {
  %e = tensor.empty() : tensor<2x3x4xf32>
  %t = linalg.transpose ins(%a : tensor<2x4x3xf32>) outs(%e : tensor<2x3x4xf32>) permutation = [0, 2, 1]
  %r = tensor.concat dim(1) %t, %c : (tensor<2x3x4xf32>, tensor<2x1x4xf32>) -> tensor<2x4x4xf32>
  return %r : tensor<2x4x4xf32>
}

// -----

// CHECK-LABEL: @slice
//  CHECK-SAME:   %[[X:.*]]: tensor<2x8x9xf32>
//       CHECK:   %[[S:.*]] = tensor.extract_slice %[[X]][0, 1, 2] [2, 3, 4] [1, 1, 2]
//       CHECK:   linalg.transpose ins(%[[S]] : tensor<2x3x4xf32>) {{.*}} permutation = [1, 2, 0]
func.func @slice(%x: tensor<2x8x9xf32>) -> tensor<3x4x2xf32> {
  %e = tensor.empty() : tensor<8x9x2xf32>
  %t = linalg.transpose ins(%x : tensor<2x8x9xf32>) outs(%e : tensor<8x9x2xf32>) permutation = [1, 2, 0]
  %s = tensor.extract_slice %t[1, 2, 0] [3, 4, 2] [1, 2, 1] : tensor<8x9x2xf32> to tensor<3x4x2xf32>
  return %s : tensor<3x4x2xf32>
}

// -----

// Expanded dims move as a group: a channel shuffle on channels-last data.
// CHECK-LABEL: @expand
//  CHECK-SAME:   %[[X:.*]]: tensor<2x5x6xf32>
//       CHECK:   %[[E:.*]] = tensor.expand_shape %[[X]] {{\[\[}}0], [1], [2, 3]] output_shape [2, 5, 2, 3]
//       CHECK:   linalg.transpose ins(%[[E]] : tensor<2x5x2x3xf32>) {{.*}} permutation = [0, 2, 3, 1]
func.func @expand(%x: tensor<2x5x6xf32>) -> tensor<2x2x3x5xf32> {
  %e = tensor.empty() : tensor<2x6x5xf32>
  %t = linalg.transpose ins(%x : tensor<2x5x6xf32>) outs(%e : tensor<2x6x5xf32>) permutation = [0, 2, 1]
  %r = tensor.expand_shape %t [[0], [1, 2], [3]] output_shape [2, 2, 3, 5] : tensor<2x6x5xf32> into tensor<2x2x3x5xf32>
  return %r : tensor<2x2x3x5xf32>
}

// -----

// CHECK-LABEL: @collapse
//  CHECK-SAME:   %[[X:.*]]: tensor<7x2x3x5xf32>
//       CHECK:   %[[C:.*]] = tensor.collapse_shape %[[X]] {{\[\[}}0], [1, 2], [3]]
//       CHECK:   linalg.transpose ins(%[[C]] : tensor<7x6x5xf32>) {{.*}} permutation = [1, 0, 2]
func.func @collapse(%x: tensor<7x2x3x5xf32>) -> tensor<6x7x5xf32> {
  %e = tensor.empty() : tensor<2x3x7x5xf32>
  %t = linalg.transpose ins(%x : tensor<7x2x3x5xf32>) outs(%e : tensor<2x3x7x5xf32>) permutation = [1, 2, 0, 3]
  %r = tensor.collapse_shape %t [[0, 1], [2], [3]] : tensor<2x3x7x5xf32> into tensor<6x7x5xf32>
  return %r : tensor<6x7x5xf32>
}

// -----

// Dims that the transpose brought together cannot be joined before it.
// CHECK-LABEL: @collapse_apart
//       CHECK:   linalg.transpose {{.*}} permutation = [0, 2, 1]
//       CHECK:   tensor.collapse_shape
//   CHECK-NOT:   linalg.transpose
func.func @collapse_apart(%x: tensor<2x3x5xf32>) -> tensor<2x15xf32> {
  %e = tensor.empty() : tensor<2x5x3xf32>
  %t = linalg.transpose ins(%x : tensor<2x3x5xf32>) outs(%e : tensor<2x5x3xf32>) permutation = [0, 2, 1]
  %r = tensor.collapse_shape %t [[0], [1, 2]] : tensor<2x5x3xf32> into tensor<2x15xf32>
  return %r : tensor<2x15xf32>
}

// -----

// Dims of size one move for free.
// CHECK-LABEL: @unit
//   CHECK-NOT:   linalg.transpose
//       CHECK:   tensor.collapse_shape %{{.*}} : tensor<?x16x1x1xf32> into tensor<?x16xf32>
//       CHECK:   tensor.expand_shape %{{.*}} output_shape [%{{.*}}, 1, 1, 16] : tensor<?x16xf32> into tensor<?x1x1x16xf32>
func.func @unit(%x: tensor<?x16x1x1xf32>) -> tensor<?x1x1x16xf32> {
  %zero = arith.constant 0 : index
  %n = tensor.dim %x, %zero : tensor<?x16x1x1xf32>
  %e = tensor.empty(%n) : tensor<?x1x1x16xf32>
  %t = linalg.transpose ins(%x : tensor<?x16x1x1xf32>) outs(%e : tensor<?x1x1x16xf32>) permutation = [0, 2, 3, 1]
  return %t : tensor<?x1x1x16xf32>
}

// -----

// Constants are moved and reshaped now.
// CHECK-LABEL: @constant
//       CHECK:   %[[C:.*]] = arith.constant dense<1.000000e+00> : tensor<3x2xf32>
//       CHECK:   %[[D:.*]] = arith.constant dense_resource<packed> : tensor<3x2xf32>
//       CHECK:   return %[[D]], %[[C]]
func.func @constant() -> (tensor<3x2xf32>, tensor<3x2xf32>) {
  %c = arith.constant dense<[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]> : tensor<2x3xf32>
  %e = tensor.empty() : tensor<3x2xf32>
  %t = linalg.transpose ins(%c : tensor<2x3xf32>) outs(%e : tensor<3x2xf32>) permutation = [1, 0]
  %s = arith.constant dense<1.0> : tensor<6xf32>
  %r = tensor.expand_shape %s [[0, 1]] output_shape [3, 2] : tensor<6xf32> into tensor<3x2xf32>
  return %t, %r : tensor<3x2xf32>, tensor<3x2xf32>
}

// -----

// A contraction reads its broadcast operand and writes its result in any order that keeps the last dim.
// CHECK-DAG: #[[A:.*]] = affine_map<(d0, d1, d2, d3) -> (d1, d0, d3)>
// CHECK-DAG: #[[OUT:.*]] = affine_map<(d0, d1, d2, d3) -> (d1, d0, d2)>
// CHECK-LABEL: @absorb
//  CHECK-SAME:   %[[X:.*]]: tensor<5x4x8xf32>, %[[Y:.*]]: tensor<4x8x6xf32>
//   CHECK-NOT:   linalg.transpose
//       CHECK:   %[[R:.*]] = linalg.generic {indexing_maps = [#[[A]], #{{.*}}, #[[OUT]]]{{.*}} ins(%[[X]], %[[Y]]
//       CHECK:   return %[[R]] : tensor<5x4x6xf32>
func.func @absorb(%x: tensor<5x4x8xf32>, %y: tensor<4x8x6xf32>) -> tensor<5x4x6xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<4x5x8xf32>
  %t = linalg.transpose ins(%x : tensor<5x4x8xf32>) outs(%e : tensor<4x5x8xf32>) permutation = [1, 0, 2]
  %g = tensor.empty() : tensor<4x5x6xf32>
  %f = linalg.fill ins(%zero : f32) outs(%g : tensor<4x5x6xf32>) -> tensor<4x5x6xf32>
  %m = linalg.generic {
      indexing_maps = [affine_map<(b, i, j, k) -> (b, i, k)>, affine_map<(b, i, j, k) -> (b, k, j)>,
                       affine_map<(b, i, j, k) -> (b, i, j)>],
      iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%t, %y : tensor<4x5x8xf32>, tensor<4x8x6xf32>) outs(%f : tensor<4x5x6xf32>) {
  ^bb0(%a: f32, %b: f32, %s: f32):
    %p = arith.mulf %a, %b : f32
    %q = arith.addf %s, %p : f32
    linalg.yield %q : f32
  } -> tensor<4x5x6xf32>
  %h = tensor.empty() : tensor<5x4x6xf32>
  %u = linalg.transpose ins(%m : tensor<4x5x6xf32>) outs(%h : tensor<5x4x6xf32>) permutation = [1, 0, 2]
  return %u : tensor<5x4x6xf32>
}

// -----

// The panel operand must keep its unit stride along the result's last dim.
// CHECK-LABEL: @absorb_not
//       CHECK:   linalg.transpose {{.*}} permutation = [1, 0]
//       CHECK:   linalg.generic
func.func @absorb_not(%x: tensor<4x8xf32>, %y: tensor<6x8xf32>) -> tensor<4x6xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<8x6xf32>
  %t = linalg.transpose ins(%y : tensor<6x8xf32>) outs(%e : tensor<8x6xf32>) permutation = [1, 0]
  %g = tensor.empty() : tensor<4x6xf32>
  %f = linalg.fill ins(%zero : f32) outs(%g : tensor<4x6xf32>) -> tensor<4x6xf32>
  %m = linalg.generic {
      indexing_maps = [affine_map<(i, j, k) -> (i, k)>, affine_map<(i, j, k) -> (k, j)>, affine_map<(i, j, k) -> (i, j)>],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %t : tensor<4x8xf32>, tensor<8x6xf32>) outs(%f : tensor<4x6xf32>) {
  ^bb0(%a: f32, %b: f32, %s: f32):
    %p = arith.mulf %a, %b : f32
    %q = arith.addf %s, %p : f32
    linalg.yield %q : f32
  } -> tensor<4x6xf32>
  return %m : tensor<4x6xf32>
}
