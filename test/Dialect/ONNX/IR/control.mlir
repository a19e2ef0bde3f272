// Shapes and canonical forms of operators with graphs inside.
// RUN: quern-opt %s -onnx-infer-shapes | FileCheck %s
// RUN: quern-opt %s -canonicalize | FileCheck %s --check-prefix=CANON

// Branches may differ in sizes, even in rank.
// CHECK-LABEL: @branches
//       CHECK:   onnx.If %{{.*}} : (tensor<i1>) -> (tensor<?x3xf32>, tensor<*xf32>)
func.func @branches(%c: tensor<i1>, %a: tensor<2x3xf32>, %b: tensor<4x3xf32>, %d: tensor<3xf32>) -> tensor<*xf32> {
  %0:2 = onnx.If %c : (tensor<i1>) -> (tensor<*xf32>, tensor<*xf32>) {
    onnx.Yield %a, %a : tensor<2x3xf32>, tensor<2x3xf32>
  }, {
    onnx.Yield %b, %d : tensor<4x3xf32>, tensor<3xf32>
  }
  return %0#0 : tensor<*xf32>
}

// CANON-LABEL: @known_condition
//  CANON-SAME:   %[[X:.*]]: tensor<4xf32>
//  CANON-NEXT:   %[[Y:.*]] = onnx.Exp %[[X]]
//  CANON-NEXT:   return %[[Y]]
func.func @known_condition(%x: tensor<4xf32>) -> tensor<4xf32> {
  %c = onnx.Constant {value = dense<false> : tensor<i1>} : tensor<i1>
  %0 = onnx.If %c : (tensor<i1>) -> tensor<4xf32> {
    %1 = onnx.Relu %x : tensor<4xf32>
    onnx.Yield %1 : tensor<4xf32>
  }, {
    %1 = onnx.Exp %x : tensor<4xf32>
    onnx.Yield %1 : tensor<4xf32>
  }
  return %0 : tensor<4xf32>
}

// The result keeps its type, which users may lean on.
// CANON-LABEL: @known_condition_of_a_shape
//       CANON:   %[[Y:.*]] = onnx.Identity %{{.*}} : (tensor<?x4xf32>) -> tensor<?x?xf32>
//       CANON:   return %[[Y]] : tensor<?x?xf32>
func.func @known_condition_of_a_shape(%x: tensor<?x4xf32>) -> tensor<?x?xf32> {
  %four = onnx.Constant {value = dense<4> : tensor<1xi64>} : tensor<1xi64>
  %s = onnx.Shape %x {start = 1 : i64} : (tensor<?x4xf32>) -> tensor<1xi64>
  %c = onnx.Equal %s, %four : (tensor<1xi64>, tensor<1xi64>) -> tensor<1xi1>
  %0 = onnx.If %c : (tensor<1xi1>) -> tensor<?x?xf32> {
    onnx.Yield %x : tensor<?x4xf32>
  }, {
    %1 = onnx.Transpose %x : (tensor<?x4xf32>) -> tensor<4x?xf32>
    onnx.Yield %1 : tensor<4x?xf32>
  }
  return %0 : tensor<?x?xf32>
}

// What the body stacks has the number of iterations, where that is known.
// CHECK-LABEL: @loop
//       CHECK:   onnx.Loop {{.*}} -> (tensor<4xf32>, tensor<10x4xf32>)
func.func @loop(%x: tensor<4xf32>) -> tensor<*xf32> {
  %m = onnx.Constant {value = dense<10> : tensor<i64>} : tensor<i64>
  %t = onnx.Constant {value = dense<true> : tensor<i1>} : tensor<i1>
  %0:2 = onnx.Loop %m, none, %x : (tensor<i64>, tensor<4xf32>) -> (tensor<*xf32>, tensor<*xf32>) {
  ^bb0(%i: tensor<i64>, %go: tensor<i1>, %v: tensor<4xf32>):
    %w = onnx.Relu %v : tensor<4xf32>
    onnx.Yield %t, %w, %w : tensor<i1>, tensor<4xf32>, tensor<4xf32>
  }
  return %0#1 : tensor<*xf32>
}

// A carried value that grows has no size.
// CHECK-LABEL: @growing
//       CHECK:   onnx.Loop {{.*}} -> tensor<?xf32>
func.func @growing(%m: tensor<i64>, %c: tensor<i1>, %x: tensor<1xf32>) -> tensor<*xf32> {
  %0 = onnx.Loop %m, %c, %x : (tensor<i64>, tensor<i1>, tensor<1xf32>) -> tensor<*xf32> {
  ^bb0(%i: tensor<i64>, %go: tensor<i1>, %v: tensor<?xf32>):
    %w = onnx.Concat %v, %x {axis = 0 : i64} : (tensor<?xf32>, tensor<1xf32>) -> tensor<?xf32>
    onnx.Yield %go, %w : tensor<i1>, tensor<?xf32>
  }
  return %0 : tensor<*xf32>
}

// CHECK-LABEL: @scan
//       CHECK:   onnx.Scan {{.*}} -> (tensor<4xf32>, tensor<4x5xf32>)
func.func @scan(%s0: tensor<4xf32>, %x: tensor<4x5xf32>) -> tensor<*xf32> {
  %0:2 = onnx.Scan %s0, %x {num_scan_inputs = 1 : i64, scan_input_axes = array<i64: 1>, scan_output_axes = array<i64: -1>}
      : (tensor<4xf32>, tensor<4x5xf32>) -> (tensor<*xf32>, tensor<*xf32>) {
  ^bb0(%s: tensor<4xf32>, %slice: tensor<4xf32>):
    %1 = onnx.Add %s, %slice : tensor<4xf32>
    onnx.Yield %1, %1 : tensor<4xf32>, tensor<4xf32>
  }
  return %0#1 : tensor<*xf32>
}

// Random numbers are erased where unused, and not merged.
// CANON-LABEL: @random
// CANON-COUNT-2: onnx.RandomNormal
//   CANON-NOT:   onnx.RandomNormal
func.func @random() -> (tensor<2xf32>, tensor<2xf32>) {
  %0 = onnx.RandomNormal {shape = array<i64: 2>} : () -> tensor<2xf32>
  %1 = onnx.RandomNormal {shape = array<i64: 2>} : () -> tensor<2xf32>
  %2 = onnx.RandomNormal {shape = array<i64: 2>} : () -> tensor<2xf32>
  return %0, %1 : tensor<2xf32>, tensor<2xf32>
}
