// RUN: quern-opt %s -quern-bufferize-main -canonicalize -split-input-file -verify-diagnostics | FileCheck %s

// Inputs are memrefs, the result's memory is written directly; launches that do the same share a kernel.
// CHECK-LABEL: func.func @main
//  CHECK-SAME:   (%[[X:.*]]: memref<?x8xf32> {onnx.name = "x"})
//       CHECK:   %[[N:.*]] = memref.dim %[[X]]
//       CHECK:   %[[Y:.*]] = quern.output 0(%[[N]]) {onnx.name = "y"} : memref<?x8xf32>
//       CHECK:   %[[B:.*]] = memref.alloc(%[[N]])
//       CHECK:   quern.launch @[[K:.*]](%[[X]] : {{.*}}) outs(%[[B]] :
//       CHECK:   quern.launch @[[K]](%[[B]] : {{.*}}) outs(%[[Y]] :
//  CHECK-NEXT:   return
//       CHECK: func.func private @[[K]](%[[A:.*]]: memref<?x8xf32>, %[[O:.*]]: memref<?x8xf32>)
//       CHECK:   bufferization.to_tensor %[[A]] restrict :
//       CHECK:   %[[R:.*]] = linalg.generic
//       CHECK:   bufferization.materialize_in_destination %[[R]] in restrict writable %[[O]]
//   CHECK-NOT: func.func
func.func @main(%x: tensor<?x8xf32> {onnx.name = "x"}) -> (tensor<?x8xf32> {onnx.name = "y"}) {
  %c0 = arith.constant 0 : index
  %n = tensor.dim %x, %c0 : tensor<?x8xf32>
  %e = tensor.empty(%n) : tensor<?x8xf32>
  %a = quern.launch @first(%x : tensor<?x8xf32>) outs(%e : tensor<?x8xf32>) -> tensor<?x8xf32>
  %b = quern.launch @second(%a : tensor<?x8xf32>) outs(%e : tensor<?x8xf32>) -> tensor<?x8xf32>
  return %b : tensor<?x8xf32>
}
func.func private @first(%x: tensor<?x8xf32>, %o: tensor<?x8xf32>) -> tensor<?x8xf32> attributes {quern.kernel} {
  %r = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>],
                       iterator_types = ["parallel", "parallel"]} ins(%x : tensor<?x8xf32>) outs(%o : tensor<?x8xf32>) {
  ^bb0(%p: f32, %q: f32):
    %s = arith.negf %p : f32
    linalg.yield %s : f32
  } -> tensor<?x8xf32>
  return %r : tensor<?x8xf32>
}
func.func private @second(%x: tensor<?x8xf32>, %o: tensor<?x8xf32>) -> tensor<?x8xf32> attributes {quern.kernel} {
  %r = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>],
                       iterator_types = ["parallel", "parallel"]} ins(%x : tensor<?x8xf32>) outs(%o : tensor<?x8xf32>) {
  ^bb0(%p: f32, %q: f32):
    %s = arith.negf %p : f32
    linalg.yield %s : f32
  } -> tensor<?x8xf32>
  return %r : tensor<?x8xf32>
}

// -----

// Producers write into the concatenation that alone reads them.
// CHECK-LABEL: func.func @main
//  CHECK-SAME:   %[[X:.*]]: memref<2x8xf32>
//       CHECK:   %[[C:.*]] = memref.alloc() {{.*}} : memref<4x8xf32>
//       CHECK:   %[[A:.*]] = memref.subview %[[C]][0, 0] [2, 8] [1, 1]
//       CHECK:   quern.launch @{{.*}}(%[[X]] : {{.*}}) outs(%[[A]] :
//       CHECK:   %[[B:.*]] = memref.subview %[[C]][2, 0] [2, 8] [1, 1]
//       CHECK:   quern.launch @{{.*}}(%[[X]] : {{.*}}) outs(%[[B]] :
//       CHECK:   quern.launch @{{.*}}(%[[C]] :
//   CHECK-NOT:   quern.launch
//       CHECK:   return
func.func @main(%x: tensor<2x8xf32>) -> tensor<4x8xf32> {
  %e = tensor.empty() : tensor<2x8xf32>
  %a = quern.launch @k(%x : tensor<2x8xf32>) outs(%e : tensor<2x8xf32>) -> tensor<2x8xf32>
  %f = tensor.empty() : tensor<2x8xf32>
  %b = quern.launch @k(%x : tensor<2x8xf32>) outs(%f : tensor<2x8xf32>) -> tensor<2x8xf32>
  %g = tensor.empty() : tensor<4x8xf32>
  %i = tensor.insert_slice %a into %g[0, 0] [2, 8] [1, 1] : tensor<2x8xf32> into tensor<4x8xf32>
  %j = tensor.insert_slice %b into %i[2, 0] [2, 8] [1, 1] : tensor<2x8xf32> into tensor<4x8xf32>
  %h = tensor.empty() : tensor<4x8xf32>
  %c = quern.launch @whole(%j : tensor<4x8xf32>) outs(%h : tensor<4x8xf32>) -> tensor<4x8xf32>
  return %c : tensor<4x8xf32>
}
func.func private @k(%x: tensor<2x8xf32>, %o: tensor<2x8xf32>) -> tensor<2x8xf32> attributes {quern.kernel} {
  %r = linalg.transpose ins(%x : tensor<2x8xf32>) outs(%o : tensor<2x8xf32>) permutation = [0, 1]
  return %r : tensor<2x8xf32>
}
func.func private @whole(%x: tensor<4x8xf32>, %o: tensor<4x8xf32>) -> tensor<4x8xf32> attributes {quern.kernel} {
  %r = linalg.transpose ins(%x : tensor<4x8xf32>) outs(%o : tensor<4x8xf32>) permutation = [0, 1]
  return %r : tensor<4x8xf32>
}

// -----

// A pad is filled before the producer of its inside runs, which then writes there.
// CHECK-LABEL: func.func @main
//       CHECK:   %[[P:.*]] = memref.alloc() {{.*}} : memref<4x8xf32>
//       CHECK:   quern.launch @{{.*}}() outs(%[[P]] :
//       CHECK:   %[[V:.*]] = memref.subview %[[P]][1, 0] [2, 8] [1, 1]
//       CHECK:   quern.launch @{{.*}}(%{{.*}} : {{.*}}) outs(%[[V]] :
//       CHECK:   quern.launch @{{.*}}(%[[P]] :
//   CHECK-NOT:   quern.launch
//       CHECK:   return
func.func @main(%x: tensor<2x8xf32>) -> tensor<4x8xf32> {
  %e = tensor.empty() : tensor<2x8xf32>
  %a = quern.launch @k(%x : tensor<2x8xf32>) outs(%e : tensor<2x8xf32>) -> tensor<2x8xf32>
  %g = tensor.empty() : tensor<4x8xf32>
  %f = quern.launch @fill() outs(%g : tensor<4x8xf32>) -> tensor<4x8xf32>
  %i = tensor.insert_slice %a into %f[1, 0] [2, 8] [1, 1] : tensor<2x8xf32> into tensor<4x8xf32>
  %h = tensor.empty() : tensor<4x8xf32>
  %b = quern.launch @whole(%i : tensor<4x8xf32>) outs(%h : tensor<4x8xf32>) -> tensor<4x8xf32>
  return %b : tensor<4x8xf32>
}
func.func private @k(%x: tensor<2x8xf32>, %o: tensor<2x8xf32>) -> tensor<2x8xf32> attributes {quern.kernel} {
  %r = linalg.transpose ins(%x : tensor<2x8xf32>) outs(%o : tensor<2x8xf32>) permutation = [0, 1]
  return %r : tensor<2x8xf32>
}
func.func private @whole(%x: tensor<4x8xf32>, %o: tensor<4x8xf32>) -> tensor<4x8xf32> attributes {quern.kernel} {
  %r = linalg.transpose ins(%x : tensor<4x8xf32>) outs(%o : tensor<4x8xf32>) permutation = [0, 1]
  return %r : tensor<4x8xf32>
}
func.func private @fill(%o: tensor<4x8xf32>) -> tensor<4x8xf32> attributes {quern.kernel} {
  %zero = arith.constant 0.0 : f32
  %r = linalg.fill ins(%zero : f32) outs(%o : tensor<4x8xf32>) -> tensor<4x8xf32>
  return %r : tensor<4x8xf32>
}

// -----

// An input that is an output is copied by a kernel.
// CHECK-LABEL: func.func @main
//  CHECK-SAME:   %[[X:.*]]: memref<2x64xf32>
//       CHECK:   %[[Y:.*]] = quern.output 0()
//       CHECK:   quern.launch @[[COPY:.*]](%[[X]] : {{.*}}) outs(%[[Y]] :
//       CHECK: func.func private @[[COPY]]
func.func @main(%x: tensor<2x64xf32>) -> tensor<2x64xf32> {
  return %x : tensor<2x64xf32>
}

// -----

// Where the file knows less of an output's shape than we do, it is still written in place.
// CHECK-LABEL: func.func @main
//       CHECK:   %[[Y:.*]] = quern.output 0(%{{.*}}) : memref<2x?xf32>
//       CHECK:   %[[C:.*]] = memref.cast %[[Y]] : memref<2x?xf32> to memref<2x8xf32>
//       CHECK:   quern.launch @{{.*}}(%{{.*}} : memref<2x8xf32>) outs(%[[C]] : memref<2x8xf32>)
//   CHECK-NOT:   quern.launch
//       CHECK:   return
func.func @main(%x: tensor<2x8xf32>) -> tensor<2x?xf32> {
  %e = tensor.empty() : tensor<2x8xf32>
  %a = quern.launch @k(%x : tensor<2x8xf32>) outs(%e : tensor<2x8xf32>) -> tensor<2x8xf32>
  %c = tensor.cast %a : tensor<2x8xf32> to tensor<2x?xf32>
  return %c : tensor<2x?xf32>
}
func.func private @k(%x: tensor<2x8xf32>, %o: tensor<2x8xf32>) -> tensor<2x8xf32> attributes {quern.kernel} {
  %r = linalg.transpose ins(%x : tensor<2x8xf32>) outs(%o : tensor<2x8xf32>) permutation = [0, 1]
  return %r : tensor<2x8xf32>
}

// -----

// expected-error @below {{expects inputs of known rank, got 'tensor<*xf32>'}}
func.func @main(%x: tensor<*xf32>) -> tensor<*xf32> {
  return %x : tensor<*xf32>
}

// -----

// A result that is reshaped is made in a buffer of its own shape, also where the types on both sides are equal.
// CHECK-LABEL: func.func @main
//       CHECK:   %[[Y:.*]] = quern.output 0
//       CHECK:   %[[B:.*]] = memref.alloc
//       CHECK:   quern.launch @{{.*}} outs(%[[B]] :
//       CHECK:   %[[R:.*]] = memref.reshape %[[B]]
//       CHECK:   quern.launch @{{.*}}(%[[R]] : {{.*}}) outs(%[[Y]] :
func.func @main(%x: tensor<?x?xf32> {onnx.name = "x"}, %z: tensor<?x?xf32> {onnx.name = "z"})
    -> (tensor<?x?xf32> {onnx.name = "y"}) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %rows = tensor.dim %x, %c0 : tensor<?x?xf32>
  %columns = tensor.dim %x, %c1 : tensor<?x?xf32>
  %e = tensor.empty(%rows, %columns) : tensor<?x?xf32>
  %a = quern.launch @first(%x : tensor<?x?xf32>) outs(%e : tensor<?x?xf32>) -> tensor<?x?xf32>
  %p = tensor.dim %z, %c0 : tensor<?x?xf32>
  %q = tensor.dim %z, %c1 : tensor<?x?xf32>
  %n = tensor.from_elements %p, %q : tensor<2xindex>
  %r = tensor.reshape %a(%n) : (tensor<?x?xf32>, tensor<2xindex>) -> tensor<?x?xf32>
  return %r : tensor<?x?xf32>
}
func.func private @first(%x: tensor<?x?xf32>, %o: tensor<?x?xf32>) -> tensor<?x?xf32> attributes {quern.kernel} {
  %r = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>],
                       iterator_types = ["parallel", "parallel"]} ins(%x : tensor<?x?xf32>) outs(%o : tensor<?x?xf32>) {
  ^bb0(%p: f32, %q: f32):
    %s = arith.negf %p : f32
    linalg.yield %s : f32
  } -> tensor<?x?xf32>
  return %r : tensor<?x?xf32>
}
