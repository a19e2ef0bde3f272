// RUN: quern-opt %s -quern-codegen-cpu=target=x86-64-v3 | FileCheck %s

// Slots of an argument: its first element, dynamic sizes, dynamic strides. The body's pointers do not alias.
// CHECK-LABEL: llvm.func hidden @k(
//  CHECK-SAME:   %[[ARGS:.*]]: !llvm.ptr, %[[BEGIN:.*]]: i64, %[[END:.*]]: i64) -> i32
//       CHECK:   %[[P0:.*]] = llvm.getelementptr %[[ARGS]][0]
//       CHECK:   %[[A:.*]] = llvm.load %[[P0]] : !llvm.ptr -> !llvm.ptr
//       CHECK:   %[[P1:.*]] = llvm.getelementptr %[[ARGS]][1]
//       CHECK:   %[[S:.*]] = llvm.load %[[P1]]
//       CHECK:   %[[SIZE:.*]] = llvm.ptrtoint %[[S]] : !llvm.ptr to i64
//       CHECK:   llvm.ptrtoint
//       CHECK:   llvm.trunc %{{.*}} : i64 to i32
//       CHECK:   llvm.bitcast %{{.*}} : i32 to f32
//       CHECK:   llvm.call @k__body(%[[A]], %[[SIZE]], {{.*}}, %[[BEGIN]], %[[END]])
// CHECK-LABEL: llvm.func internal @k__body(
//  CHECK-SAME:   !llvm.ptr {llvm.noalias, llvm.noundef}, %{{[^,]*}}: i64, %{{[^,]*}}: i64, %{{[^,]*}}: f32,
// CHECK-LABEL: llvm.func hidden @k__tasks(
//  CHECK-SAME:   !llvm.ptr) -> i64
func.func private @k(%a: memref<?x8xf32, strided<[?, 1], offset: ?>>, %s: f32, %o: memref<?x8xf32>) attributes {quern.kernel} {
  %at = bufferization.to_tensor %a restrict : memref<?x8xf32, strided<[?, 1], offset: ?>> to tensor<?x8xf32>
  %ot = bufferization.to_tensor %o restrict writable : memref<?x8xf32> to tensor<?x8xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
                       iterator_types = ["parallel", "parallel"]}
      ins(%at : tensor<?x8xf32>) outs(%ot : tensor<?x8xf32>) {
  ^bb0(%p: f32, %z: f32):
    %v = arith.mulf %p, %s : f32
    linalg.yield %v : f32
  } -> tensor<?x8xf32>
  bufferization.materialize_in_destination %r in restrict writable %o : (tensor<?x8xf32>, memref<?x8xf32>) -> ()
  return
}
