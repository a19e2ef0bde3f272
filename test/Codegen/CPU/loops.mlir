// RUN: quern-opt %s -quern-codegen-cpu="up-to=loops target=x86-64-v3" -split-input-file | FileCheck %s
// RUN: quern-opt %s -quern-codegen-cpu="up-to=loops target=x86-64-v3 reproducible" -split-input-file | FileCheck %s --check-prefix=SAME

// A reduction over rows keeps its sum in a register; lanes may share it, unless the bits must be the same everywhere.
// CHECK-LABEL: @row_sum
//       CHECK: %[[SUM:.*]] = scf.for {{.*}} iter_args(%[[ACC:.*]] = %{{.*}}) -> (f32)
//       CHECK:   arith.addf %{{.*}}, %[[ACC]] fastmath<reassoc,nsz,contract>
//       CHECK: memref.store %[[SUM]]
//  SAME-LABEL: @row_sum
//        SAME:   arith.addf %{{.*}}, %{{.*}} : f32
func.func private @row_sum(%a: memref<4x512xf32>, %o: memref<4xf32>) attributes {quern.kernel} {
  %at = bufferization.to_tensor %a restrict : memref<4x512xf32> to tensor<4x512xf32>
  %ot = bufferization.to_tensor %o restrict writable : memref<4xf32> to tensor<4xf32>
  %zero = arith.constant 0.0 : f32
  %f = linalg.fill ins(%zero : f32) outs(%ot : tensor<4xf32>) -> tensor<4xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>],
                       iterator_types = ["parallel", "reduction"]}
      ins(%at : tensor<4x512xf32>) outs(%f : tensor<4xf32>) {
  ^bb0(%p: f32, %z: f32):
    %s = arith.addf %p, %z : f32
    linalg.yield %s : f32
  } -> tensor<4xf32>
  bufferization.materialize_in_destination %r in restrict writable %o : (tensor<4xf32>, memref<4xf32>) -> ()
  return
}

// -----

// A reduction over columns runs along the rows inside: both buffers are walked with unit stride.
// CHECK-LABEL: @column_sum
//       CHECK: scf.for %[[D:.*]] = %{{.*}} to %c128{{.*}} step
//       CHECK:   scf.for %[[N:.*]] = %{{.*}} to %c64{{.*}} step
//       CHECK:     memref.load %{{.*}}[%[[D]], %[[N]]]
//       CHECK:     memref.store %{{.*}}, %{{.*}}[%[[N]]]
func.func private @column_sum(%a: memref<128x512xf32>, %o: memref<512xf32>) attributes {quern.kernel} {
  %at = bufferization.to_tensor %a restrict : memref<128x512xf32> to tensor<128x512xf32>
  %ot = bufferization.to_tensor %o restrict writable : memref<512xf32> to tensor<512xf32>
  %zero = arith.constant 0.0 : f32
  %f = linalg.fill ins(%zero : f32) outs(%ot : tensor<512xf32>) -> tensor<512xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d1, d0)>, affine_map<(d0, d1) -> (d0)>],
                       iterator_types = ["parallel", "reduction"]}
      ins(%at : tensor<128x512xf32>) outs(%f : tensor<512xf32>) {
  ^bb0(%p: f32, %z: f32):
    %s = arith.addf %p, %z : f32
    linalg.yield %s : f32
  } -> tensor<512xf32>
  bufferization.materialize_in_destination %r in restrict writable %o : (tensor<512xf32>, memref<512xf32>) -> ()
  return
}

// -----

// A small window is unrolled inside the innermost loop, its maximum in a register.
// CHECK-LABEL: @max_pool
//       CHECK: scf.for
//       CHECK:   %[[INIT:.*]] = memref.load %[[OUT:.*]][
//       CHECK:   arith.maximumf %{{.*}}, %[[INIT]]
//       CHECK:   %[[LAST:.*]] = arith.maximumf
//       CHECK-NEXT: memref.store %[[LAST]], %[[OUT]]
func.func private @max_pool(%a: memref<65xf32>, %o: memref<64xf32>) attributes {quern.kernel} {
  %at = bufferization.to_tensor %a restrict : memref<65xf32> to tensor<65xf32>
  %ot = bufferization.to_tensor %o restrict writable : memref<64xf32> to tensor<64xf32>
  %zero = arith.constant 0.0 : f32
  %f = linalg.fill ins(%zero : f32) outs(%ot : tensor<64xf32>) -> tensor<64xf32>
  %w = tensor.empty() : tensor<2xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0 + d1)>, affine_map<(d0, d1) -> (d1)>,
                                        affine_map<(d0, d1) -> (d0)>], iterator_types = ["parallel", "reduction"]}
      ins(%at, %w : tensor<65xf32>, tensor<2xf32>) outs(%f : tensor<64xf32>) {
  ^bb0(%p: f32, %q: f32, %z: f32):
    %s = arith.maximumf %p, %z : f32
    linalg.yield %s : f32
  } -> tensor<64xf32>
  bufferization.materialize_in_destination %r in restrict writable %o : (tensor<64xf32>, memref<64xf32>) -> ()
  return
}
