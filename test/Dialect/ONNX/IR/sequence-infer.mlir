// Types of sequences, optionals and strings: what their values have in common.
// RUN: quern-opt %s -onnx-infer-shapes | FileCheck %s

// CHECK-LABEL: @construct
// CHECK: onnx.SequenceConstruct {{.*}} -> !onnx.Seq<tensor<?x4xf32>>
func.func @construct(%a: tensor<2x4xf32>, %b: tensor<3x4xf32>) -> !onnx.Seq<tensor<?x?xf32>> {
  %s = onnx.SequenceConstruct %a, %b : (tensor<2x4xf32>, tensor<3x4xf32>) -> !onnx.Seq<tensor<?x?xf32>>
  return %s : !onnx.Seq<tensor<?x?xf32>>
}

// A sequence of nothing knows its element type only, and takes the shape of its first tensor.
// CHECK-LABEL: @grow
// CHECK: onnx.SequenceEmpty : !onnx.Seq<f32>
// CHECK: onnx.SequenceInsert {{.*}} -> !onnx.Seq<tensor<?x4xf32>>
// CHECK: onnx.ConcatFromSequence {{.*}} -> tensor<?x4xf32>
func.func @grow(%x: tensor<?x4xf32>) -> tensor<?x?xf32> {
  %e = onnx.SequenceEmpty : !onnx.Seq<f32>
  %s = onnx.SequenceInsert %e, %x : (!onnx.Seq<f32>, tensor<?x4xf32>) -> !onnx.Seq<tensor<*xf32>>
  %y = onnx.ConcatFromSequence %s {axis = 0} : (!onnx.Seq<tensor<*xf32>>) -> tensor<?x?xf32>
  return %y : tensor<?x?xf32>
}

// CHECK-LABEL: @split
// CHECK: onnx.SplitToSequence {{.*}} -> !onnx.Seq<tensor<6xf32>>
// CHECK: onnx.SplitToSequence {{.*}} -> !onnx.Seq<tensor<4x2xf32>>
// CHECK: onnx.SplitToSequence {{.*}} -> !onnx.Seq<tensor<4x?xf32>>
func.func @split(%x: tensor<4x6xf32>) {
  %two = onnx.Constant {value = dense<2> : tensor<i64>} : tensor<i64>
  %four = onnx.Constant {value = dense<4> : tensor<i64>} : tensor<i64>
  %a = onnx.SplitToSequence %x {axis = 0, keepdims = 0} : (tensor<4x6xf32>) -> !onnx.Seq<tensor<*xf32>>
  %b = onnx.SplitToSequence %x, %two {axis = 1} : (tensor<4x6xf32>, tensor<i64>) -> !onnx.Seq<tensor<*xf32>>
  %c = onnx.SplitToSequence %x, %four {axis = 1} : (tensor<4x6xf32>, tensor<i64>) -> !onnx.Seq<tensor<*xf32>>
  return
}

// CHECK-LABEL: @optional
// CHECK: onnx.OptionalGetElement {{.*}} -> tensor<4xf32>
func.func @optional(%o: !onnx.Opt<tensor<4xf32>>) -> tensor<?xf32> {
  %x = onnx.OptionalGetElement %o : (!onnx.Opt<tensor<4xf32>>) -> tensor<?xf32>
  return %x : tensor<?xf32>
}

// CHECK-LABEL: @strings
// CHECK: onnx.StringConcat {{.*}} -> tensor<3x4x!onnx.String>
// CHECK: onnx.StringSplit {{.*}} -> (tensor<3x4x?x!onnx.String>, tensor<3x4xi64>)
func.func @strings(%x: tensor<3x1x!onnx.String>, %y: tensor<4x!onnx.String>) {
  %z = onnx.StringConcat %x, %y : (tensor<3x1x!onnx.String>, tensor<4x!onnx.String>) -> tensor<?x?x!onnx.String>
  %p, %n = onnx.StringSplit %z : (tensor<?x?x!onnx.String>) -> (tensor<?x?x?x!onnx.String>, tensor<?x?xi64>)
  return
}
