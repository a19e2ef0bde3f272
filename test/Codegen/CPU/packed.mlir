// RUN: quern-opt %s -quern-codegen-cpu=target=x86-64-v3 | FileCheck %s

// Two elements a byte, the first in the low bits. A neighbour may belong to another thread: bits change atomically.
// CHECK-LABEL: llvm.func internal @k__body
//       CHECK:   llvm.load %{{.*}} : !llvm.ptr -> i8
//       CHECK:   llvm.lshr %{{.*}} : i8
//       CHECK:   llvm.trunc %{{.*}} : i8 to i4
//       CHECK:   llvm.atomicrmw _and
//       CHECK:   llvm.atomicrmw _or
func.func private @k(%a: memref<64xi4>, %o: memref<64xi4>) attributes {quern.kernel} {
  %at = bufferization.to_tensor %a restrict : memref<64xi4> to tensor<64xi4>
  %ot = bufferization.to_tensor %o restrict writable : memref<64xi4> to tensor<64xi4>
  %r = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]}
      ins(%at : tensor<64xi4>) outs(%ot : tensor<64xi4>) {
  ^bb0(%p: i4, %z: i4):
    %v = arith.addi %p, %p : i4
    linalg.yield %v : i4
  } -> tensor<64xi4>
  bufferization.materialize_in_destination %r in restrict writable %o : (tensor<64xi4>, memref<64xi4>) -> ()
  return
}
