// RUN: quern-opt %s -quern-plan-memory -split-input-file -verify-diagnostics | FileCheck %s

// A chain of three buffers needs two places: the third is the first again. Sizes are rounded up to 64 bytes.
// CHECK-LABEL: func.func @main
//   CHECK-DAG:   %[[TOTAL:.*]] = arith.constant 640 : index
//       CHECK:   %[[ARENA:.*]] = quern.workspace %[[TOTAL]] : memref<?xi8>
//       CHECK:   %[[O0:.*]] = arith.constant 0 : index
//       CHECK:   %[[A:.*]] = memref.view %[[ARENA]][%[[O0]]][] : memref<?xi8> to memref<70xf32>
//       CHECK:   %[[O1:.*]] = arith.constant 320 : index
//       CHECK:   %[[B:.*]] = memref.view %[[ARENA]][%[[O1]]][] : memref<?xi8> to memref<70xf32>
//       CHECK:   %[[O2:.*]] = arith.constant 0 : index
//       CHECK:   %[[C:.*]] = memref.view %[[ARENA]][%[[O2]]][] : memref<?xi8> to memref<70xf32>
//   CHECK-NOT:   memref.alloc
func.func @main(%x: memref<70xf32>) {
  %y = quern.output 0() : memref<70xf32>
  %a = memref.alloc() : memref<70xf32>
  quern.launch @k(%x : memref<70xf32>) outs(%a : memref<70xf32>)
  %b = memref.alloc() : memref<70xf32>
  quern.launch @k(%a : memref<70xf32>) outs(%b : memref<70xf32>)
  %c = memref.alloc() : memref<70xf32>
  quern.launch @k(%b : memref<70xf32>) outs(%c : memref<70xf32>)
  quern.launch @k(%c : memref<70xf32>) outs(%y : memref<70xf32>)
  return
}
func.func private @k(memref<70xf32>, memref<70xf32>) attributes {quern.kernel}

// -----

// What reads a view reads the buffer.
// CHECK-LABEL: func.func @main
//       CHECK:   arith.constant 512 : index
//       CHECK:   quern.workspace
//       CHECK:   memref.view
//       CHECK:   memref.expand_shape
//       CHECK:   memref.view
func.func @main(%x: memref<64xf32>) {
  %y = quern.output 0() : memref<64xf32>
  %a = memref.alloc() : memref<64xf32>
  quern.launch @k(%x : memref<64xf32>) outs(%a : memref<64xf32>)
  %v = memref.expand_shape %a [[0, 1]] output_shape [8, 8] : memref<64xf32> into memref<8x8xf32>
  %b = memref.alloc() : memref<64xf32>
  quern.launch @k(%x : memref<64xf32>) outs(%b : memref<64xf32>)
  quern.launch @two(%v, %b : memref<8x8xf32>, memref<64xf32>) outs(%y : memref<64xf32>)
  return
}
func.func private @k(memref<64xf32>, memref<64xf32>) attributes {quern.kernel}
func.func private @two(memref<8x8xf32>, memref<64xf32>, memref<64xf32>) attributes {quern.kernel}

// -----

// Buffers of the same size expression share a slot where they are not alive together; the slots follow each other.
// CHECK-LABEL: func.func @main
//  CHECK-SAME:   %[[X:.*]]: memref<?x8xf32>
//       CHECK:   %[[SLOT:.*]] = arith.andi
//       CHECK:   %[[FIRST:.*]] = arith.addi %{{.*}}, %[[SLOT]]
//       CHECK:   %[[TOTAL:.*]] = arith.addi %[[FIRST]], %{{.*}}
//       CHECK:   %[[ARENA:.*]] = quern.workspace %[[TOTAL]]
//       CHECK:   %[[A:.*]] = memref.view %[[ARENA]][%[[ZERO:.*]]][%{{.*}}]
//       CHECK:   %[[B:.*]] = memref.view %[[ARENA]][%[[FIRST]]][%{{.*}}]
//       CHECK:   %[[C:.*]] = memref.view %[[ARENA]][%[[ZERO]]][%{{.*}}]
func.func @main(%x: memref<?x8xf32>) {
  %c0 = arith.constant 0 : index
  %n = memref.dim %x, %c0 : memref<?x8xf32>
  %y = quern.output 0(%n) : memref<?x8xf32>
  %a = memref.alloc(%n) : memref<?x8xf32>
  quern.launch @k(%x : memref<?x8xf32>) outs(%a : memref<?x8xf32>)
  %b = memref.alloc(%n) : memref<?x8xf32>
  quern.launch @k(%a : memref<?x8xf32>) outs(%b : memref<?x8xf32>)
  %m = memref.dim %x, %c0 : memref<?x8xf32>
  %c = memref.alloc(%m) : memref<?x8xf32>
  quern.launch @k(%b : memref<?x8xf32>) outs(%c : memref<?x8xf32>)
  quern.launch @k(%c : memref<?x8xf32>) outs(%y : memref<?x8xf32>)
  return
}
func.func private @k(memref<?x8xf32>, memref<?x8xf32>) attributes {quern.kernel}

// -----

// A size that depends on data is allocated by the run.
// CHECK-LABEL: func.func @main
//       CHECK:   memref.alloc(%{{.*}}) : memref<?xf32>
//   CHECK-NOT:   memref.view
func.func @main(%x: memref<i64>) {
  %v = memref.load %x[] : memref<i64>
  %n = arith.index_cast %v : i64 to index
  %a = memref.alloc(%n) : memref<?xf32>
  quern.launch @k() outs(%a : memref<?xf32>)
  return
}
func.func private @k(memref<?xf32>) attributes {quern.kernel}

// -----

// A buffer of a loop's body has a place in the arena for each iteration, unless it leaves the iteration.
// CHECK-LABEL: func.func @main
//       CHECK:   scf.for
//       CHECK:     memref.view
//   CHECK-NOT:     memref.alloc
// CHECK-LABEL: func.func private @k
func.func @main(%x: memref<64xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %y = quern.output 0() : memref<64xf32>
  scf.for %i = %c0 to %c4 step %c1 {
    %a = memref.alloc() : memref<64xf32>
    quern.launch @k(%x : memref<64xf32>) outs(%a : memref<64xf32>)
    quern.launch @k(%a : memref<64xf32>) outs(%y : memref<64xf32>)
  }
  return
}
func.func private @k(memref<64xf32>, memref<64xf32>) attributes {quern.kernel}

// -----

// CHECK-LABEL: func.func @main
//       CHECK:   scf.for
//       CHECK:     memref.alloc
func.func @main(%x: memref<64xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %y = quern.output 0() : memref<64xf32>
  %start = memref.alloc() : memref<64xf32>
  quern.launch @k(%x : memref<64xf32>) outs(%start : memref<64xf32>)
  %last = scf.for %i = %c0 to %c4 step %c1 iter_args(%carried = %start) -> memref<64xf32> {
    %a = memref.alloc() : memref<64xf32>
    quern.launch @k(%carried : memref<64xf32>) outs(%a : memref<64xf32>)
    scf.yield %a : memref<64xf32>
  }
  quern.launch @k(%last : memref<64xf32>) outs(%y : memref<64xf32>)
  return
}
func.func private @k(memref<64xf32>, memref<64xf32>) attributes {quern.kernel}

// -----

// expected-error @below {{expects a function called 'main'}}
module {
}
