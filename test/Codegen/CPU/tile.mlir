// RUN: quern-opt %s -quern-codegen-cpu="up-to=tile target=x86-64-v3" -split-input-file | FileCheck %s

// A long elementwise op on contiguous buffers is one loop, cut in even tiles.
// CHECK-LABEL: @elementwise
//       CHECK: %[[X:.*]] = memref.collapse_shape %{{.*}} {{\[\[}}0, 1, 2]]
//       CHECK: scf.forall (%{{.*}}) = (0) to (262144) step (4096)
//       CHECK:   linalg.generic {{.*}}iterator_types = ["parallel"]{{.*}} ins(%{{.*}} : tensor<4096xf32>)
//       CHECK: } {quern.grain = 5 : index}
func.func private @elementwise(%a: memref<64x64x64xf32>, %o: memref<64x64x64xf32>) attributes {quern.kernel} {
  %at = bufferization.to_tensor %a restrict : memref<64x64x64xf32> to tensor<64x64x64xf32>
  %ot = bufferization.to_tensor %o restrict writable : memref<64x64x64xf32> to tensor<64x64x64xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>],
                       iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%at : tensor<64x64x64xf32>) outs(%ot : tensor<64x64x64xf32>) {
  ^bb0(%x: f32, %z: f32):
    %s = arith.negf %x : f32
    linalg.yield %s : f32
  } -> tensor<64x64x64xf32>
  bufferization.materialize_in_destination %r in restrict writable %o : (tensor<64x64x64xf32>, memref<64x64x64xf32>) -> ()
  return
}

// -----

// A tiny kernel is one task.
// CHECK-LABEL: @tiny
//   CHECK-NOT: scf.forall
//       CHECK: linalg.transpose
func.func private @tiny(%a: memref<8x8xf32>, %o: memref<8x8xf32>) attributes {quern.kernel} {
  %at = bufferization.to_tensor %a restrict : memref<8x8xf32> to tensor<8x8xf32>
  %ot = bufferization.to_tensor %o restrict writable : memref<8x8xf32> to tensor<8x8xf32>
  %r = linalg.transpose ins(%at : tensor<8x8xf32>) outs(%ot : tensor<8x8xf32>) permutation = [1, 0]
  bufferization.materialize_in_destination %r in restrict writable %o : (tensor<8x8xf32>, memref<8x8xf32>) -> ()
  return
}

// -----

// Softmax: rows are the grid, everything of a row is computed there, and exp writes straight into the output.
// CHECK-LABEL: @softmax
//  CHECK-SAME:   (%[[A:.*]]: memref<?x2048xf32>, %[[O:.*]]: memref<?x2048xf32>)
//       CHECK: scf.forall (%[[I:.*]]) in (%{{.*}}) shared_outs(%[[OUT:.*]] = %{{.*}})
//       CHECK:   %[[ROW:.*]] = tensor.extract_slice %{{.*}}[%[[I]], 0] [1, 2048] [1, 1]
//       CHECK:   linalg.generic {{.*}}"reduction"{{.*}} ins(%[[ROW]] : tensor<1x2048xf32>)
//       CHECK:   %[[TO:.*]] = tensor.extract_slice %[[OUT]][%[[I]], 0] [1, 2048] [1, 1]
//       CHECK:   %[[EXP:.*]] = linalg.generic {{.*}} outs(%[[TO]] : tensor<1x2048xf32>)
//       CHECK:     math.exp
//       CHECK:   %[[SUM:.*]] = linalg.generic {{.*}} ins(%[[EXP]] : tensor<1x2048xf32>)
//       CHECK:   linalg.generic {{.*}} outs(%[[EXP]] : tensor<1x2048xf32>)
//       CHECK:     arith.divf
func.func private @softmax(%a: memref<?x2048xf32>, %o: memref<?x2048xf32>) attributes {quern.kernel} {
  %at = bufferization.to_tensor %a restrict : memref<?x2048xf32> to tensor<?x2048xf32>
  %ot = bufferization.to_tensor %o restrict writable : memref<?x2048xf32> to tensor<?x2048xf32>
  %c0 = arith.constant 0 : index
  %n = tensor.dim %at, %c0 : tensor<?x2048xf32>
  %ninf = arith.constant 0xFF800000 : f32
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty(%n) : tensor<?xf32>
  %f = linalg.fill ins(%ninf : f32) outs(%e : tensor<?xf32>) -> tensor<?xf32>
  %m = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>],
                       iterator_types = ["parallel", "reduction"]}
      ins(%at : tensor<?x2048xf32>) outs(%f : tensor<?xf32>) {
  ^bb0(%p: f32, %z: f32):
    %s = arith.maximumf %p, %z : f32
    linalg.yield %s : f32
  } -> tensor<?xf32>
  %e2 = tensor.empty(%n) : tensor<?x2048xf32>
  %x = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>,
                                        affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]}
      ins(%at, %m : tensor<?x2048xf32>, tensor<?xf32>) outs(%e2 : tensor<?x2048xf32>) {
  ^bb0(%p: f32, %q: f32, %z: f32):
    %s = arith.subf %p, %q : f32
    %s2 = math.exp %s : f32
    linalg.yield %s2 : f32
  } -> tensor<?x2048xf32>
  %f2 = linalg.fill ins(%zero : f32) outs(%e : tensor<?xf32>) -> tensor<?xf32>
  %sum = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>],
                         iterator_types = ["parallel", "reduction"]}
      ins(%x : tensor<?x2048xf32>) outs(%f2 : tensor<?xf32>) {
  ^bb0(%p: f32, %z: f32):
    %s = arith.addf %p, %z : f32
    linalg.yield %s : f32
  } -> tensor<?xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>,
                                        affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]}
      ins(%x, %sum : tensor<?x2048xf32>, tensor<?xf32>) outs(%ot : tensor<?x2048xf32>) {
  ^bb0(%p: f32, %q: f32, %z: f32):
    %s = arith.divf %p, %q : f32
    linalg.yield %s : f32
  } -> tensor<?x2048xf32>
  bufferization.materialize_in_destination %r in restrict writable %o : (tensor<?x2048xf32>, memref<?x2048xf32>) -> ()
  return
}

// -----

// Along columns only the loops that every op has are tiled: tiling c would sum each column c times.
// CHECK-LABEL: @columns
//       CHECK: scf.forall (%{{.*}}, %{{.*}}) = (0, 0) to (32, 256) step (1, 64)
func.func private @columns(%a: memref<32x64x256xf32>, %o: memref<32x64x256xf32>) attributes {quern.kernel} {
  %at = bufferization.to_tensor %a restrict : memref<32x64x256xf32> to tensor<32x64x256xf32>
  %ot = bufferization.to_tensor %o restrict writable : memref<32x64x256xf32> to tensor<32x64x256xf32>
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<32x256xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<32x256xf32>) -> tensor<32x256xf32>
  %sum = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d2, d1)>, affine_map<(d0, d1, d2) -> (d0, d1)>],
                         iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%at : tensor<32x64x256xf32>) outs(%f : tensor<32x256xf32>) {
  ^bb0(%p: f32, %z: f32):
    %s = arith.addf %p, %z : f32
    linalg.yield %s : f32
  } -> tensor<32x256xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d2)>,
                                        affine_map<(d0, d1, d2) -> (d0, d1, d2)>],
                       iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%at, %sum : tensor<32x64x256xf32>, tensor<32x256xf32>) outs(%ot : tensor<32x64x256xf32>) {
  ^bb0(%p: f32, %q: f32, %z: f32):
    %s = arith.divf %p, %q : f32
    linalg.yield %s : f32
  } -> tensor<32x64x256xf32>
  bufferization.materialize_in_destination %r in restrict writable %o : (tensor<32x64x256xf32>, memref<32x64x256xf32>) -> ()
  return
}

// -----

// An op that can fail is not left behind, whole, beside its slices.
// CHECK-LABEL: @checked
//   CHECK-NOT:   linalg.generic
//       CHECK:   scf.forall
//       CHECK:     quern.check
//       CHECK:   scf.forall.in_parallel
//   CHECK-NOT:   quern.check
func.func private @checked(%i: memref<?x20xindex>, %t: memref<300xf32>, %o: memref<?xf32>) attributes {quern.kernel} {
  %it = bufferization.to_tensor %i restrict : memref<?x20xindex> to tensor<?x20xindex>
  %tt = bufferization.to_tensor %t restrict : memref<300xf32> to tensor<300xf32>
  %ot = bufferization.to_tensor %o restrict writable : memref<?xf32> to tensor<?xf32>
  %zero = arith.constant 0.0 : f32
  %c0 = arith.constant 0 : index
  %c300 = arith.constant 300 : index
  %f = linalg.fill ins(%zero : f32) outs(%ot : tensor<?xf32>) -> tensor<?xf32>
  %s = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>],
                       iterator_types = ["parallel", "reduction"]} ins(%it : tensor<?x20xindex>) outs(%f : tensor<?xf32>) {
  ^bb0(%x: index, %acc: f32):
    %ok = arith.cmpi ult, %x, %c300 : index
    quern.check %ok, "index out of range"
    %at = arith.select %ok, %x, %c0 : index
    %e = tensor.extract %tt[%at] : tensor<300xf32>
    %sum = arith.addf %acc, %e : f32
    linalg.yield %sum : f32
  } -> tensor<?xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>],
                       iterator_types = ["parallel"]} ins(%s : tensor<?xf32>) outs(%ot : tensor<?xf32>) {
  ^bb0(%x: f32, %z: f32):
    %n = arith.negf %x : f32
    linalg.yield %n : f32
  } -> tensor<?xf32>
  bufferization.materialize_in_destination %r in restrict writable %o : (tensor<?xf32>, memref<?xf32>) -> ()
  return
}
