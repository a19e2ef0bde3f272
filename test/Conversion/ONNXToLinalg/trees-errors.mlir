// What is no tree.
// RUN: quern-opt %s -convert-onnx-to-linalg -split-input-file -verify-diagnostics

func.func @circle(%x: tensor<3x4xf32>) -> tensor<3x1xf32> {
  // expected-error @below {{expects trees, and a branch leads back to where it came from}}
  %y = onnx.ml.TreeEnsembleRegressor %x {nodes_falsenodeids = array<i64: 2, 2, 0>, nodes_featureids = array<i64: 0, 0, 0>, nodes_modes = ["BRANCH_LEQ", "BRANCH_LEQ", "LEAF"], nodes_nodeids = array<i64: 0, 1, 2>, nodes_treeids = array<i64: 0, 0, 0>, nodes_truenodeids = array<i64: 1, 0, 0>, nodes_values = array<f32: 0.5, 0.0, 0.0>, target_ids = array<i64: 0>, target_nodeids = array<i64: 1>, target_treeids = array<i64: 0>, target_weights = array<f32: 1.0>} : (tensor<3x4xf32>) -> tensor<3x1xf32>
  return %y : tensor<3x1xf32>
}

// -----

func.func @nowhere(%x: tensor<3x4xf32>) -> tensor<3x1xf32> {
  // expected-error @below {{expects tree 0 to have a node 7}}
  %y = onnx.ml.TreeEnsembleRegressor %x {nodes_falsenodeids = array<i64: 7, 0, 0>, nodes_featureids = array<i64: 0, 0, 0>, nodes_modes = ["BRANCH_LEQ", "LEAF", "LEAF"], nodes_nodeids = array<i64: 0, 1, 2>, nodes_treeids = array<i64: 0, 0, 0>, nodes_truenodeids = array<i64: 1, 0, 0>, nodes_values = array<f32: 0.5, 0.0, 0.0>, target_ids = array<i64: 0>, target_nodeids = array<i64: 1>, target_treeids = array<i64: 0>, target_weights = array<f32: 1.0>} : (tensor<3x4xf32>) -> tensor<3x1xf32>
  return %y : tensor<3x1xf32>
}

// -----

func.func @twice(%x: tensor<3x4xf32>) -> tensor<3x1xf32> {
  // expected-error @below {{expects node 1 of tree 0 once}}
  %y = onnx.ml.TreeEnsembleRegressor %x {nodes_falsenodeids = array<i64: 2, 0, 0>, nodes_featureids = array<i64: 0, 0, 0>, nodes_modes = ["BRANCH_LEQ", "LEAF", "LEAF"], nodes_nodeids = array<i64: 0, 1, 1>, nodes_treeids = array<i64: 0, 0, 0>, nodes_truenodeids = array<i64: 1, 0, 0>, nodes_values = array<f32: 0.5, 0.0, 0.0>, target_ids = array<i64: 0>, target_nodeids = array<i64: 1>, target_treeids = array<i64: 0>, target_weights = array<f32: 1.0>} : (tensor<3x4xf32>) -> tensor<3x1xf32>
  return %y : tensor<3x1xf32>
}

// -----

func.func @mode(%x: tensor<3x4xf32>) -> tensor<3x1xf32> {
  // expected-error @below {{expects modes of nodes such as "BRANCH_LEQ", got "BRANCH_ODD"}}
  %y = onnx.ml.TreeEnsembleRegressor %x {nodes_falsenodeids = array<i64: 2, 0, 0>, nodes_featureids = array<i64: 0, 0, 0>, nodes_modes = ["BRANCH_ODD", "LEAF", "LEAF"], nodes_nodeids = array<i64: 0, 1, 2>, nodes_treeids = array<i64: 0, 0, 0>, nodes_truenodeids = array<i64: 1, 0, 0>, nodes_values = array<f32: 0.5, 0.0, 0.0>, target_ids = array<i64: 0>, target_nodeids = array<i64: 1>, target_treeids = array<i64: 0>, target_weights = array<f32: 1.0>} : (tensor<3x4xf32>) -> tensor<3x1xf32>
  return %y : tensor<3x1xf32>
}

// -----

func.func @column(%x: tensor<3x4xf32>) -> tensor<3x1xf32> {
  // expected-error @below {{expects features of 4 columns, got feature 4}}
  %y = onnx.ml.TreeEnsembleRegressor %x {nodes_falsenodeids = array<i64: 2, 0, 0>, nodes_featureids = array<i64: 4, 0, 0>, nodes_modes = ["BRANCH_LEQ", "LEAF", "LEAF"], nodes_nodeids = array<i64: 0, 1, 2>, nodes_treeids = array<i64: 0, 0, 0>, nodes_truenodeids = array<i64: 1, 0, 0>, nodes_values = array<f32: 0.5, 0.0, 0.0>, target_ids = array<i64: 0>, target_nodeids = array<i64: 1>, target_treeids = array<i64: 0>, target_weights = array<f32: 1.0>} : (tensor<3x4xf32>) -> tensor<3x1xf32>
  return %y : tensor<3x1xf32>
}

// -----

func.func @negative(%x: tensor<3x4xf32>) -> tensor<3x1xf32> {
  // expected-error @below {{expects features that are columns}}
  %y = onnx.ml.TreeEnsembleRegressor %x {nodes_falsenodeids = array<i64: 2, 0, 0>, nodes_featureids = array<i64: -1, 0, 0>, nodes_modes = ["BRANCH_LEQ", "LEAF", "LEAF"], nodes_nodeids = array<i64: 0, 1, 2>, nodes_treeids = array<i64: 0, 0, 0>, nodes_truenodeids = array<i64: 1, 0, 0>, nodes_values = array<f32: 0.5, 0.0, 0.0>, target_ids = array<i64: 0>, target_nodeids = array<i64: 1>, target_treeids = array<i64: 0>, target_weights = array<f32: 1.0>} : (tensor<3x4xf32>) -> tensor<3x1xf32>
  return %y : tensor<3x1xf32>
}
