// RUN: quern-opt %s -quern-form-kernels -split-input-file -verify-diagnostics | FileCheck %s

#a = affine_map<(i, j, k) -> (i, k)>
#b = affine_map<(i, j, k) -> (k, j)>
#c = affine_map<(i, j, k) -> (i, j)>
#id = affine_map<(i, j) -> (i, j)>

// The residual sum of two products is the epilogue of the later one; fills and scalars are made in the kernels.
// CHECK-LABEL: func.func @main
//  CHECK-SAME:   %[[X:.*]]: tensor<8x8xf32>, %[[Y:.*]]: tensor<8x8xf32>
//   CHECK-NOT:   linalg.fill
//       CHECK:   %[[E:.*]] = tensor.empty() : tensor<8x8xf32>
//       CHECK:   %[[A:.*]] = quern.launch @[[FIRST:.*]](%[[X]], %[[Y]] : {{.*}}) outs(%{{.*}})
//       CHECK:   %[[R:.*]] = quern.launch @[[SECOND:.*]](%[[Y]], %[[X]], %[[A]] : {{.*}}) outs(%{{.*}})
//       CHECK:   return %[[R]]
//       CHECK: func.func private @[[FIRST]]({{.*}}) -> tensor<8x8xf32> attributes {quern.kernel}
//       CHECK:   linalg.fill
//       CHECK:   linalg.generic
//       CHECK:     arith.mulf
//       CHECK: func.func private @[[SECOND]](
//       CHECK:   %[[P:.*]] = linalg.generic
//       CHECK:     arith.mulf
//       CHECK:   linalg.generic {{.*}} ins(%{{.*}}, %[[P]] :
func.func @main(%x: tensor<8x8xf32>, %y: tensor<8x8xf32>) -> tensor<8x8xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<8x8xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<8x8xf32>) -> tensor<8x8xf32>
  %p = linalg.generic {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %y : tensor<8x8xf32>, tensor<8x8xf32>) outs(%f : tensor<8x8xf32>) {
  ^bb0(%u: f32, %v: f32, %s: f32):
    %m = arith.mulf %u, %v : f32
    %t = arith.addf %s, %m : f32
    linalg.yield %t : f32
  } -> tensor<8x8xf32>
  %q = linalg.generic {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%y, %x : tensor<8x8xf32>, tensor<8x8xf32>) outs(%f : tensor<8x8xf32>) {
  ^bb0(%u: f32, %v: f32, %s: f32):
    %m = arith.mulf %u, %v : f32
    %t = arith.addf %s, %m : f32
    linalg.yield %t : f32
  } -> tensor<8x8xf32>
  %r = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%p, %q : tensor<8x8xf32>, tensor<8x8xf32>) outs(%e : tensor<8x8xf32>) {
  ^bb0(%u: f32, %v: f32, %o: f32):
    %s = arith.addf %u, %v : f32
    linalg.yield %s : f32
  } -> tensor<8x8xf32>
  return %r : tensor<8x8xf32>
}

// -----

#id = affine_map<(i, j) -> (i, j)>

// A product that somebody else reads too keeps its kernel to itself.
// CHECK-LABEL: func.func @main
//       CHECK:   %[[P:.*]] = quern.launch
//       CHECK:   %[[R:.*]] = quern.launch @{{.*}}(%[[P]] :
//       CHECK:   return %[[P]], %[[R]]
func.func @main(%x: tensor<8x8xf32>) -> (tensor<8x8xf32>, tensor<8x8xf32>) {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<8x8xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<8x8xf32>) -> tensor<8x8xf32>
  %p = linalg.generic {
      indexing_maps = [affine_map<(i, j, k) -> (i, k)>, affine_map<(i, j, k) -> (k, j)>, affine_map<(i, j, k) -> (i, j)>],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %x : tensor<8x8xf32>, tensor<8x8xf32>) outs(%f : tensor<8x8xf32>) {
  ^bb0(%u: f32, %v: f32, %s: f32):
    %m = arith.mulf %u, %v : f32
    %t = arith.addf %s, %m : f32
    linalg.yield %t : f32
  } -> tensor<8x8xf32>
  %r = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%p : tensor<8x8xf32>) outs(%e : tensor<8x8xf32>) {
  ^bb0(%u: f32, %o: f32):
    %s = arith.maximumf %u, %zero : f32
    linalg.yield %s : f32
  } -> tensor<8x8xf32>
  return %p, %r : tensor<8x8xf32>, tensor<8x8xf32>
}

// -----

// A pad is a fill and an insertion; a concatenation is insertions at the sums of the sizes.
// CHECK-LABEL: func.func @main
//  CHECK-SAME:   %[[X:.*]]: tensor<2x?xf32>, %[[Y:.*]]: tensor<2x3xf32>
//       CHECK:   %[[N:.*]] = tensor.dim %[[X]]
//       CHECK:   tensor.insert_slice %[[X]] into %{{.*}}[0, 0] [2, %{{.*}}] [1, 1]
//       CHECK:   %[[J:.*]] = tensor.insert_slice %[[Y]] into %{{.*}}[0, %{{.*}}] [2, 3] [1, 1]
//       CHECK:   %[[F:.*]] = quern.launch @[[FILL:.*]]() outs(%{{.*}} : tensor<4x?xf32>)
//       CHECK:   tensor.insert_slice %[[J]] into %[[F]][1, 0]
//       CHECK: func.func private @[[FILL]]
//       CHECK:   linalg.fill
func.func @main(%x: tensor<2x?xf32>, %y: tensor<2x3xf32>) -> tensor<4x?xf32> {
  %zero = arith.constant 0.0 : f32
  %j = tensor.concat dim(1) %x, %y : (tensor<2x?xf32>, tensor<2x3xf32>) -> tensor<2x?xf32>
  %p = tensor.pad %j low[1, 0] high[1, 0] {
  ^bb0(%a: index, %b: index):
    tensor.yield %zero : f32
  } : tensor<2x?xf32> to tensor<4x?xf32>
  return %p : tensor<4x?xf32>
}

// -----

// expected-error @below {{expects a function called 'main'}}
module {
  func.func @other() {
    return
  }
}
