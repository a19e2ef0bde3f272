// RUN: quern-opt %s -quern-codegen-cpu="up-to=scalar target=x86-64-v3" | FileCheck %s

// A failed check raises its flag and the loop goes on; the kernel returns the first message's number.
// CHECK-LABEL: func.func private @gather
//   CHECK-DAG:   %[[FLAG1:.*]] = memref.alloca() : memref<i32>
//   CHECK-DAG:   %[[FLAG2:.*]] = memref.alloca() : memref<i32>
//       CHECK:   scf.for
//       CHECK:     %[[BAD:.*]] = arith.xori %{{.*}}, %true
//       CHECK:     %[[BITS:.*]] = arith.extui %[[BAD]]
//       CHECK:     arith.ori %{{.*}}, %[[BITS]]
//       CHECK:   %[[S:.*]] = arith.select %{{.*}}, %c2_i32
//       CHECK:   %[[R:.*]] = arith.select %{{.*}}, %c1_i32{{.*}}, %[[S]]
//       CHECK:   return %[[R]] : i32
func.func private @gather(%i: memref<64xi64>, %a: memref<100xf32>, %o: memref<64xf32>) attributes {quern.kernel} {
  %it = bufferization.to_tensor %i restrict : memref<64xi64> to tensor<64xi64>
  %at = bufferization.to_tensor %a restrict : memref<100xf32> to tensor<100xf32>
  %ot = bufferization.to_tensor %o restrict writable : memref<64xf32> to tensor<64xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]}
      ins(%it : tensor<64xi64>) outs(%ot : tensor<64xf32>) {
  ^bb0(%p: i64, %z: f32):
    %zero = arith.constant 0 : i64
    %size = arith.constant 100 : i64
    %ge = arith.cmpi sge, %p, %zero : i64
    %lt = arith.cmpi slt, %p, %size : i64
    quern.check %ge, "index is negative"
    quern.check %lt, "index out of range"
    %ok = arith.andi %ge, %lt : i1
    %safe = arith.select %ok, %p, %zero : i64
    %index = arith.index_cast %safe : i64 to index
    %v = tensor.extract %at[%index] : tensor<100xf32>
    linalg.yield %v : f32
  } -> tensor<64xf32>
  bufferization.materialize_in_destination %r in restrict writable %o : (tensor<64xf32>, memref<64xf32>) -> ()
  return
}
