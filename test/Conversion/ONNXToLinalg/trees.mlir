// Trees are walked through a table of records; sums of leaves are loops over trees.
// RUN: quern-opt %s -convert-onnx-to-linalg -canonicalize -split-input-file | FileCheck %s

// One target: a leaf's weight is in its record. Thresholds of `>` stay, and the sides change.
// CHECK-LABEL: @one_target
//  CHECK-SAME:   %[[X:.*]]: tensor<?x4xf32>
//   CHECK-DAG:   %[[T:.*]] = arith.constant dense<{{.*}}> : tensor<3x2xi64>
//       CHECK:   linalg.generic {{.*}}iterator_types = ["parallel", "parallel"]
//       CHECK:     scf.while
//       CHECK:       tensor.extract %[[X]]
//       CHECK:       arith.cmpf ole
//       CHECK:       tensor.extract %[[T]]
//       CHECK:     linalg.yield
func.func @one_target(%x: tensor<?x4xf32>) -> tensor<?x1xf32> {
  %y = onnx.ml.TreeEnsembleRegressor %x {nodes_falsenodeids = array<i64: 2, 0, 0>, nodes_featureids = array<i64: 3, 0, 0>, nodes_modes = ["BRANCH_GT", "LEAF", "LEAF"], nodes_nodeids = array<i64: 0, 1, 2>, nodes_treeids = array<i64: 0, 0, 0>, nodes_truenodeids = array<i64: 1, 0, 0>, nodes_values = array<f32: 0.5, 0.0, 0.0>, target_ids = array<i64: 0, 0>, target_nodeids = array<i64: 1, 2>, target_treeids = array<i64: 0, 0>, target_weights = array<f32: 1.0, 2.0>} : (tensor<?x4xf32>) -> tensor<?x1xf32>
  return %y : tensor<?x1xf32>
}

// -----

// Leaves with several weights: the leaves first, then a sum of rows.
// CHECK-LABEL: @several_targets
//       CHECK:   %[[LEAVES:.*]] = linalg.generic
//       CHECK:     scf.while
//       CHECK:     linalg.yield %{{.*}} : i32
//       CHECK:   linalg.generic {{.*}}iterator_types = ["parallel", "parallel", "reduction"]} ins(%[[LEAVES]]
//       CHECK:     tensor.extract
//       CHECK:     arith.addf
func.func @several_targets(%x: tensor<5x4xf32>) -> tensor<5x2xf32> {
  %y = onnx.ml.TreeEnsembleRegressor %x {n_targets = 2, nodes_falsenodeids = array<i64: 2, 0, 0>, nodes_featureids = array<i64: 3, 0, 0>, nodes_modes = ["BRANCH_LEQ", "LEAF", "LEAF"], nodes_nodeids = array<i64: 0, 1, 2>, nodes_treeids = array<i64: 0, 0, 0>, nodes_truenodeids = array<i64: 1, 0, 0>, nodes_values = array<f32: 0.5, 0.0, 0.0>, target_ids = array<i64: 0, 1, 0>, target_nodeids = array<i64: 1, 1, 2>, target_treeids = array<i64: 0, 0, 0>, target_weights = array<f32: 1.0, 2.0, 3.0>} : (tensor<5x4xf32>) -> tensor<5x2xf32>
  return %y : tensor<5x2xf32>
}
