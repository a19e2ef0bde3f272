// RUN: quern-opt %s -quern-release-buffers -split-input-file | FileCheck %s

// What a turn allocated and does not carry on is given back at its end.
// CHECK-LABEL: func.func @main
//       CHECK:   %[[MARK:.*]] = quern.mark : index
//  CHECK-NEXT:   scf.for
//       CHECK:     %[[NEXT:.*]] = memref.alloc
//       CHECK:     quern.release %[[MARK]](%[[NEXT]] : memref<?xf32>)
//  CHECK-NEXT:     scf.yield %[[NEXT]]
func.func @main(%x: memref<?xf32>, %n: index) {
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  %r = scf.for %i = %zero to %n step %one iter_args(%v = %x) -> memref<?xf32> {
    %next = memref.alloc(%i) : memref<?xf32>
    quern.launch @k(%v : memref<?xf32>) outs(%next : memref<?xf32>)
    scf.yield %next : memref<?xf32>
  }
  return
}
func.func private @k(memref<?xf32>, memref<?xf32>) attributes {quern.kernel}

// -----

// A loop whose buffers are all in the arena has nothing to give back.
// CHECK-LABEL: func.func @main
//   CHECK-NOT:   quern.mark
func.func @main(%x: memref<4xf32>, %n: index) {
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  scf.for %i = %zero to %n step %one {
    quern.launch @k(%x : memref<4xf32>) outs(%x : memref<4xf32>)
  }
  return
}
func.func private @k(memref<4xf32>, memref<4xf32>) attributes {quern.kernel}
