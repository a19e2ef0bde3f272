// Strings, sequences and optionals are handles: moving them is moving integers.
// RUN: quern-opt %s -convert-onnx-to-linalg -split-input-file | FileCheck %s

// CHECK-LABEL: func @equal
// CHECK-SAME:    (%{{.*}}: tensor<4xi64>, %{{.*}}: tensor<4xi64>) -> tensor<4xi1>
//      CHECK:    arith.cmpi eq, %{{.*}}, %{{.*}} : i64
func.func @equal(%x: tensor<4x!onnx.String>, %y: tensor<4x!onnx.String>) -> tensor<4xi1> {
  %z = onnx.Equal %x, %y : (tensor<4x!onnx.String>, tensor<4x!onnx.String>) -> tensor<4xi1>
  return %z : tensor<4xi1>
}

// -----

// A constant: offsets, then bytes.
// CHECK-LABEL: func @constant
//      CHECK:    %[[BLOB:.*]] = arith.constant dense<{{.*}}> : tensor<28xi8>
//      CHECK:    quern.call "strings"(%[[BLOB]] : tensor<28xi8>) outs(%{{.*}} : tensor<2xi64>) -> tensor<2xi64>
func.func @constant() -> tensor<2x!onnx.String> {
  %c = onnx.Constant {value = dense<["ab", "cd"]> : tensor<2x!onnx.String>} : tensor<2x!onnx.String>
  return %c : tensor<2x!onnx.String>
}

// -----

// A size that only the data decides is counted first.
// CHECK-LABEL: func @split
//      CHECK:    %[[WIDTH:.*]] = quern.call "string_split_width"
//      CHECK:    tensor.extract %[[WIDTH]][]
//      CHECK:    quern.call "string_split"
func.func @split(%x: tensor<?x!onnx.String>) -> tensor<?x?x!onnx.String> {
  %y, %n = onnx.StringSplit %x : (tensor<?x!onnx.String>) -> (tensor<?x?x!onnx.String>, tensor<?xi64>)
  return %y : tensor<?x?x!onnx.String>
}

// -----

// CHECK-LABEL: func @sequence
// CHECK-SAME:    (%[[S:.*]]: tensor<?xi64>, %[[X:.*]]: tensor<?x4xi8>
//      CHECK:    %[[DTYPE:.*]] = arith.constant 2 : i64
//      CHECK:    quern.call "box"(%{{.*}}, %[[DTYPE]], %{{.*}} : tensor<?x4xi8>, i64, i64)
//      CHECK:    tensor.concat dim(0)
//      CHECK:    quern.check %{{.*}}, "expects a position in the sequence"
//      CHECK:    quern.call "unbox_shape"
//      CHECK:    quern.call "unbox"({{.*}}) outs(%{{.*}} : tensor<?x4xi8>)
func.func @sequence(%s: !onnx.Seq<tensor<?x4xui8>>, %x: tensor<?x4xui8>, %i: tensor<i64>) -> tensor<?x4xui8> {
  %t = onnx.SequenceInsert %s, %x : (!onnx.Seq<tensor<?x4xui8>>, tensor<?x4xui8>) -> !onnx.Seq<tensor<?x4xui8>>
  %y = onnx.SequenceAt %t, %i : (!onnx.Seq<tensor<?x4xui8>>, tensor<i64>) -> tensor<?x4xui8>
  return %y : tensor<?x4xui8>
}

// -----

// CHECK-LABEL: func @optional
// CHECK-SAME:    (%[[O:.*]]: tensor<?xi64>)
//      CHECK:    quern.check %{{.*}}, "expects an optional that is not empty"
//      CHECK:    tensor.extract %[[O]]
//      CHECK:    quern.call "unbox"
func.func @optional(%o: !onnx.Opt<tensor<4xf32>>) -> tensor<4xf32> {
  %x = onnx.OptionalGetElement %o : (!onnx.Opt<tensor<4xf32>>) -> tensor<4xf32>
  return %x : tensor<4xf32>
}
