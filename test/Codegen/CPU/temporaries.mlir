// RUN: quern-opt %s -quern-codegen-cpu="up-to=bufferize target=x86-64-v3" -split-input-file -verify-diagnostics

// What a kernel keeps for itself lives on the thread's stack, within a limit.
func.func private @too_large(%a: memref<32768xf32>, %o: memref<f32>) attributes {quern.kernel} {
  %at = bufferization.to_tensor %a restrict : memref<32768xf32> to tensor<32768xf32>
  %ot = bufferization.to_tensor %o restrict writable : memref<f32> to tensor<f32>
  // expected-error@+1 {{expects at most 65536 bytes of temporaries in a kernel, this one ('memref<32768xf32>') brings them to 131072}}
  %e = tensor.empty() : tensor<32768xf32>
  %t = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]}
      ins(%at : tensor<32768xf32>) outs(%e : tensor<32768xf32>) {
  ^bb0(%p: f32, %z: f32):
    %v = math.exp %p : f32
    linalg.yield %v : f32
  } -> tensor<32768xf32>
  %c0 = arith.constant 0 : index
  %v = tensor.extract %t[%c0] : tensor<32768xf32>
  %r = tensor.insert %v into %ot[] : tensor<f32>
  bufferization.materialize_in_destination %r in restrict writable %o : (tensor<f32>, memref<f32>) -> ()
  return
}
