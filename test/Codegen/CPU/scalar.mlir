// RUN: quern-opt %s -quern-codegen-cpu="up-to=scalar target=x86-64-v3" -split-input-file | FileCheck %s --check-prefixes=CHECK,V3
// RUN: quern-opt %s -quern-codegen-cpu="up-to=scalar target=x86-64-v2" -split-input-file | FileCheck %s --check-prefixes=CHECK,V2

// Functions are arithmetic; multiply-add is fused where the target does it.
// CHECK-LABEL: @exp
//   CHECK-NOT:   math.exp
//          V3:   math.fma
//      V2-NOT:   math.fma
//          V2:   arith.mulf
func.func private @exp(%a: memref<64xf32>, %o: memref<64xf32>) attributes {quern.kernel} {
  %at = bufferization.to_tensor %a restrict : memref<64xf32> to tensor<64xf32>
  %ot = bufferization.to_tensor %o restrict writable : memref<64xf32> to tensor<64xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]}
      ins(%at : tensor<64xf32>) outs(%ot : tensor<64xf32>) {
  ^bb0(%p: f32, %z: f32):
    %v = math.exp %p : f32
    linalg.yield %v : f32
  } -> tensor<64xf32>
  bufferization.materialize_in_destination %r in restrict writable %o : (tensor<64xf32>, memref<64xf32>) -> ()
  return
}

// -----

// f16 computes in f32; conversions are the target's, or integer arithmetic.
// CHECK-LABEL: @half
//          V3:   arith.extf %{{.*}} : f16 to f32
//      V2-NOT:   arith.extf
//          V2:   arith.bitcast %{{.*}} : f16 to i16
//       CHECK:   arith.addf %{{.*}}, %{{.*}} : f32
//          V3:   arith.truncf %{{.*}} : f32 to f16
//          V2:   arith.bitcast %{{.*}} : i16 to f16
func.func private @half(%a: memref<64xf16>, %o: memref<64xf16>) attributes {quern.kernel} {
  %at = bufferization.to_tensor %a restrict : memref<64xf16> to tensor<64xf16>
  %ot = bufferization.to_tensor %o restrict writable : memref<64xf16> to tensor<64xf16>
  %r = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]}
      ins(%at : tensor<64xf16>) outs(%ot : tensor<64xf16>) {
  ^bb0(%p: f16, %z: f16):
    %v = arith.addf %p, %p : f16
    linalg.yield %v : f16
  } -> tensor<64xf16>
  bufferization.materialize_in_destination %r in restrict writable %o : (tensor<64xf16>, memref<64xf16>) -> ()
  return
}
