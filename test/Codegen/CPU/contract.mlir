// RUN: quern-opt %s -split-input-file -quern-codegen-cpu="target=x86-64-v4 up-to=loops" | FileCheck %s
// RUN: quern-opt %s -split-input-file -quern-codegen-cpu="target=x86-64-v3 up-to=loops" | FileCheck %s --check-prefix=V3

#image = affine_map<(m, n, k) -> (m, k)>
#panel = affine_map<(m, n, k) -> (n floordiv 32, k, n mod 32)>
#out = affine_map<(m, n, k) -> (m, n)>
#id = affine_map<(m, n) -> (m, n)>
#bias = affine_map<(m, n) -> (n)>

// Panels make the grid; the tile runs through all of k before bias and max are applied to its accumulators. With 40
// columns the second panel is stored under a mask.

// CHECK-LABEL: @epilogue
// CHECK:       scf.forall (%[[P:.*]]) in (2)
// CHECK:         scf.for {{.*}} iter_args({{.*}}) -> (vector<16xf32>
// CHECK:           vector.load
// CHECK:           vector.broadcast %{{.*}} : f32 to vector<16xf32>
// CHECK:           vector.fma
// CHECK:         scf.if
// CHECK:           arith.addf {{.*}} : vector<16xf32>
// CHECK:           arith.maximumf {{.*}} : vector<16xf32>
// CHECK:           vector.store
// CHECK:         else
// CHECK:           vector.create_mask
// CHECK:           vector.maskedstore
// CHECK-NOT:   linalg

// V3-LABEL: @epilogue
// V3:       vector.fma {{.*}} : vector<8xf32>
func.func private @epilogue(%x: memref<6x64xf32>, %w: memref<2x64x32xf32>, %b: memref<40xf32>, %y: memref<6x40xf32>)
    attributes {quern.kernel} {
  %zero = arith.constant 0.0 : f32
  %xt = bufferization.to_tensor %x restrict : memref<6x64xf32> to tensor<6x64xf32>
  %wt = bufferization.to_tensor %w restrict : memref<2x64x32xf32> to tensor<2x64x32xf32>
  %bt = bufferization.to_tensor %b restrict : memref<40xf32> to tensor<40xf32>
  %yt = bufferization.to_tensor %y restrict writable : memref<6x40xf32> to tensor<6x40xf32>
  %e = tensor.empty() : tensor<6x40xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<6x40xf32>) -> tensor<6x40xf32>
  %c = linalg.generic {indexing_maps = [#image, #panel, #out], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%xt, %wt : tensor<6x64xf32>, tensor<2x64x32xf32>) outs(%f : tensor<6x40xf32>) {
  ^bb0(%p: f32, %q: f32, %r: f32):
    %s = arith.mulf %p, %q : f32
    %t = arith.addf %r, %s : f32
    linalg.yield %t : f32
  } -> tensor<6x40xf32>
  %z = linalg.generic {indexing_maps = [#id, #bias, #id], iterator_types = ["parallel", "parallel"]}
      ins(%c, %bt : tensor<6x40xf32>, tensor<40xf32>) outs(%yt : tensor<6x40xf32>) {
  ^bb0(%p: f32, %q: f32, %r: f32):
    %s = arith.addf %p, %q : f32
    %t = arith.maximumf %s, %zero : f32
    linalg.yield %t : f32
  } -> tensor<6x40xf32>
  bufferization.materialize_in_destination %z in restrict writable %y : (tensor<6x40xf32>, memref<6x40xf32>) -> ()
  return
}

// -----

#image = affine_map<(m, n, k) -> (m, k)>
#panel = affine_map<(m, n, k) -> (n floordiv 16, k, n mod 16)>
#out = affine_map<(m, n, k) -> (m, n)>

// Of an unknown number of rows, the last tile starts early enough to be whole; fewer rows than a tile go one by one.

// CHECK-LABEL: @dynamic_rows
// CHECK:       scf.forall (%{{.*}}) in (1)
// CHECK:         arith.cmpi sge
// CHECK:         scf.if
// CHECK:           scf.for
// CHECK:             arith.minsi
// CHECK:         else
// CHECK:           scf.for
// V3-LABEL: @dynamic_rows
func.func private @dynamic_rows(%x: memref<?x64xf32>, %w: memref<1x64x16xf32>, %y: memref<?x16xf32>)
    attributes {quern.kernel} {
  %zero = arith.constant 0.0 : f32
  %xt = bufferization.to_tensor %x restrict : memref<?x64xf32> to tensor<?x64xf32>
  %wt = bufferization.to_tensor %w restrict : memref<1x64x16xf32> to tensor<1x64x16xf32>
  %yt = bufferization.to_tensor %y restrict writable : memref<?x16xf32> to tensor<?x16xf32>
  %f = linalg.fill ins(%zero : f32) outs(%yt : tensor<?x16xf32>) -> tensor<?x16xf32>
  %c = linalg.generic {indexing_maps = [#image, #panel, #out], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%xt, %wt : tensor<?x64xf32>, tensor<1x64x16xf32>) outs(%f : tensor<?x16xf32>) {
  ^bb0(%p: f32, %q: f32, %r: f32):
    %s = arith.mulf %p, %q : f32
    %t = arith.addf %r, %s : f32
    linalg.yield %t : f32
  } -> tensor<?x16xf32>
  bufferization.materialize_in_destination %c in restrict writable %y : (tensor<?x16xf32>, memref<?x16xf32>) -> ()
  return
}

// -----

#image = affine_map<(m, n, k) -> (m, k)>
#strided = affine_map<(m, n, k) -> (n, k)>
#out = affine_map<(m, n, k) -> (m, n)>

// An operand that does not run along n with unit stride is left to the general strategy.

// CHECK-LABEL: @declined
// CHECK-NOT:   vector.
// CHECK:       return
// V3-LABEL: @declined
func.func private @declined(%x: memref<6x64xf32>, %w: memref<16x64xf32>, %y: memref<6x16xf32>)
    attributes {quern.kernel} {
  %zero = arith.constant 0.0 : f32
  %xt = bufferization.to_tensor %x restrict : memref<6x64xf32> to tensor<6x64xf32>
  %wt = bufferization.to_tensor %w restrict : memref<16x64xf32> to tensor<16x64xf32>
  %yt = bufferization.to_tensor %y restrict writable : memref<6x16xf32> to tensor<6x16xf32>
  %f = linalg.fill ins(%zero : f32) outs(%yt : tensor<6x16xf32>) -> tensor<6x16xf32>
  %c = linalg.generic {indexing_maps = [#image, #strided, #out], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%xt, %wt : tensor<6x64xf32>, tensor<16x64xf32>) outs(%f : tensor<6x16xf32>) {
  ^bb0(%p: f32, %q: f32, %r: f32):
    %s = arith.mulf %p, %q : f32
    %t = arith.addf %r, %s : f32
    linalg.yield %t : f32
  } -> tensor<6x16xf32>
  bufferization.materialize_in_destination %c in restrict writable %y : (tensor<6x16xf32>, memref<6x16xf32>) -> ()
  return
}
