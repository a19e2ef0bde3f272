// Rules of ai.onnx.ml.
// RUN: quern-opt %s -onnx-decompose -split-input-file | FileCheck %s

// CHECK-LABEL: @scaler
//  CHECK-SAME:   %[[X:.*]]: tensor<?x2xi64>
//       CHECK:   %[[F:.*]] = onnx.Cast %[[X]]
//       CHECK:   %[[D:.*]] = onnx.Sub %[[F]]
//       CHECK:   %[[Y:.*]] = onnx.Mul %[[D]]
//       CHECK:   return %[[Y]]
func.func @scaler(%x: tensor<?x2xi64>) -> tensor<?x2xf32> {
  %y = onnx.ml.Scaler %x {offset = array<f32: 1.0, 2.0>, scale = array<f32: 3.0, 4.0>} : (tensor<?x2xi64>) -> tensor<?x2xf32>
  return %y : tensor<?x2xf32>
}

// -----

// The label is chosen before scores are transformed.
// CHECK-LABEL: @classifier
//       CHECK:   %[[S:.*]] = onnx.Gemm
//       CHECK:   %[[I:.*]] = onnx.ArgMax %[[S]]
//       CHECK:   %[[L:.*]] = onnx.Gather %{{.*}}, %[[I]]
//       CHECK:   %[[P:.*]] = onnx.{{Softmax|Exp|Div}}
//       CHECK:   return %[[L]]
func.func @classifier(%x: tensor<?x2xf32>) -> (tensor<?xi64>, tensor<?x2xf32>) {
  %y, %z = onnx.ml.LinearClassifier %x {classlabels_ints = array<i64: 5, 7>, coefficients = array<f32: 1.0, 2.0, 3.0, 4.0>, intercepts = array<f32: 0.0, 1.0>, post_transform = "SOFTMAX"} : (tensor<?x2xf32>) -> (tensor<?xi64>, tensor<?x2xf32>)
  return %y, %z : tensor<?xi64>, tensor<?x2xf32>
}

// -----

// What is left of trees are sums.
// CHECK-LABEL: @trees
//       CHECK:   %[[S:.*]] = onnx.ml.TreeEnsembleRegressor
//   CHECK-NOT:   base_values
//       CHECK:   onnx.Add %[[S]]
//       CHECK:   return
func.func @trees(%x: tensor<?x4xf32>) -> tensor<?x1xf32> {
  %y = onnx.ml.TreeEnsembleRegressor %x {base_values = array<f32: 0.5>, nodes_falsenodeids = array<i64: 0>, nodes_featureids = array<i64: 0>, nodes_modes = ["LEAF"], nodes_nodeids = array<i64: 0>, nodes_treeids = array<i64: 0>, nodes_truenodeids = array<i64: 0>, nodes_values = array<f32: 0.0>, target_ids = array<i64: 0>, target_nodeids = array<i64: 0>, target_treeids = array<i64: 0>, target_weights = array<f32: 1.0>} : (tensor<?x4xf32>) -> tensor<?x1xf32>
  return %y : tensor<?x1xf32>
}
