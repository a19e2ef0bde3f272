// Rules of ai.onnx.ml.
// RUN: quern-opt %s -split-input-file -verify-diagnostics

func.func @extract(%x: tensor<f32>, %i: tensor<2xi64>) {
  // expected-error @below {{'onnx.ml.ArrayFeatureExtractor' op expects 'X' of rank at least 1, got rank 0}}
  %y = onnx.ml.ArrayFeatureExtractor %x, %i : (tensor<f32>, tensor<2xi64>) -> tensor<*xf32>
  return
}

// -----

func.func @vectorize(%x: tensor<3x4xf32>) {
  // expected-error @below {{'onnx.ml.FeatureVectorizer' op expects 'inputdimensions' of 1 elements, got 2}}
  %y = onnx.ml.FeatureVectorizer %x {inputdimensions = array<i64: 4, 1>} : (tensor<3x4xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @vectorize(%x: tensor<3x4xf32>) {
  // expected-error @below {{'onnx.ml.FeatureVectorizer' op expects 'inputdimensions' not to be negative, got -1}}
  %y = onnx.ml.FeatureVectorizer %x {inputdimensions = array<i64: -1>} : (tensor<3x4xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @impute(%x: tensor<3x4xf32>) {
  // expected-error @below {{'onnx.ml.Imputer' op expects 'imputed_value_floats' of at least one element}}
  %y = onnx.ml.Imputer %x {imputed_value_int64s = array<i64: 1>} : (tensor<3x4xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @normalize(%x: tensor<3x4xf32>) {
  // expected-error @below {{'onnx.ml.Normalizer' op expects 'norm' to be one of MAX, L1, L2, got 'L3'}}
  %y = onnx.ml.Normalizer %x {norm = "L3"} : (tensor<3x4xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @normalize(%x: tensor<3x4x5xf32>) {
  // expected-error @below {{'onnx.ml.Normalizer' op expects 'X' of rank 1 or 2, got rank 3}}
  %y = onnx.ml.Normalizer %x : (tensor<3x4x5xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @scale(%x: tensor<3x4xf32>) {
  // expected-error @below {{'onnx.ml.Scaler' op expects 'scale' of 1 or 4 elements, got 2}}
  %y = onnx.ml.Scaler %x {scale = array<f32: 1.0, 2.0>} : (tensor<3x4xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @map(%x: tensor<3xi32>) {
  // expected-error @below {{'onnx.ml.CategoryMapper' op expects 'X' of 64-bit integers or strings, got 'i32'}}
  %y = onnx.ml.CategoryMapper %x {cats_int64s = array<i64: 1>, cats_strings = ["a"]} : (tensor<3xi32>) -> tensor<*xi64>
  return
}

// -----

func.func @encode(%x: tensor<3xi64>) {
  // expected-error @below {{'onnx.ml.LabelEncoder' op expects as many keys as values, got 2 and 1}}
  %y = onnx.ml.LabelEncoder %x {keys_int64s = array<i64: 1, 2>, values_floats = array<f32: 1.0>} : (tensor<3xi64>) -> tensor<*xf32>
  return
}

// -----

func.func @encode(%x: tensor<3xf32>) {
  // expected-error @below {{'onnx.ml.LabelEncoder' op expects keys of the elements of 'X', 'f32', got 'i64'}}
  %y = onnx.ml.LabelEncoder %x {keys_int64s = array<i64: 1>, values_floats = array<f32: 1.0>} : (tensor<3xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @encode(%x: tensor<3xi64>) {
  // expected-error @below {{'onnx.ml.LabelEncoder' op expects keys, integers or strings}}
  %y = onnx.ml.LabelEncoder %x {values_floats = array<f32: 1.0>} : (tensor<3xi64>) -> tensor<*xf32>
  return
}

// -----

func.func @encode(%x: tensor<3xi64>) {
  // expected-error @below {{'onnx.ml.LabelEncoder' op expects 'default_tensor' of the values' type 'f32', got 'i64'}}
  %y = onnx.ml.LabelEncoder %x {keys_int64s = array<i64: 1>, values_floats = array<f32: 1.0>, default_tensor = dense<1> : tensor<1xi64>} : (tensor<3xi64>) -> tensor<*xf32>
  return
}

// -----

func.func @one_hot(%x: tensor<3xi64>) {
  // expected-error @below {{'onnx.ml.OneHotEncoder' op expects categories of the elements of 'X', 'i64', got '!onnx.String'}}
  %y = onnx.ml.OneHotEncoder %x {cats_strings = ["a"]} : (tensor<3xi64>) -> tensor<*xf32>
  return
}

// -----

func.func @zip(%x: tensor<3x4xf32>) {
  // expected-error @below {{'onnx.ml.ZipMap' op expects labels for 4 columns, got them for 2}}
  %y = onnx.ml.ZipMap %x {classlabels_int64s = array<i64: 1, 2>} : (tensor<3x4xf32>) -> !onnx.Seq<!onnx.Map<i64, f32>>
  return
}

// -----

func.func @vocabulary(%x: !onnx.Map<i64, f32>) {
  // expected-error @below {{'onnx.ml.DictVectorizer' op expects a vocabulary of the map's keys, 'i64', got '!onnx.String'}}
  %y = onnx.ml.DictVectorizer %x {string_vocabulary = ["a"]} : (!onnx.Map<i64, f32>) -> tensor<*xf32>
  return
}

// -----

func.func @cast(%x: !onnx.Map<i64, f32>) {
  // expected-error @below {{'onnx.ml.CastMap' op expects 'max_map' to be at least 1, got 0}}
  %y = onnx.ml.CastMap %x {map_form = "SPARSE", max_map = 0} : (!onnx.Map<i64, f32>) -> tensor<*xf32>
  return
}

// -----

func.func @cast(%x: !onnx.Map<!onnx.String, f32>) {
  // expected-error @below {{'onnx.ml.CastMap' op expects a map of integers, got '!onnx.Map<!onnx.String, f32>'}}
  %y = onnx.ml.CastMap %x : (!onnx.Map<!onnx.String, f32>) -> tensor<*xf32>
  return
}

// -----

func.func @classify(%x: tensor<3x4xf32>) {
  // expected-error @below {{'onnx.ml.LinearClassifier' op expects 'coefficients' of a row for each of 2 scores, got 2 for 4 columns}}
  %y:2 = onnx.ml.LinearClassifier %x {coefficients = array<f32: 1.0, 2.0>, classlabels_ints = array<i64: 0, 1>} : (tensor<3x4xf32>) -> (tensor<?xi64>, tensor<*xf32>)
  return
}

// -----

func.func @classify(%x: tensor<3x4xf32>) {
  // expected-error @below {{'onnx.ml.LinearClassifier' op expects class labels, integers or strings}}
  %y:2 = onnx.ml.LinearClassifier %x {coefficients = array<f32: 1.0, 2.0>} : (tensor<3x4xf32>) -> (tensor<?xi64>, tensor<*xf32>)
  return
}

// -----

func.func @classify(%x: tensor<3x1xf32>) {
  // expected-error @below {{'onnx.ml.LinearClassifier' op expects a label for each of 2 scores, got 1}}
  %y:2 = onnx.ml.LinearClassifier %x {coefficients = array<f32: 1.0, 2.0>, intercepts = array<f32: 0.0, 0.0>, classlabels_ints = array<i64: 0>} : (tensor<3x1xf32>) -> (tensor<?xi64>, tensor<*xf32>)
  return
}

// -----

func.func @regress(%x: tensor<3x4xf32>) {
  // expected-error @below {{'onnx.ml.LinearRegressor' op expects 'targets' to be at least 1, got 0}}
  %y = onnx.ml.LinearRegressor %x {coefficients = array<f32: 1.0, 2.0>, targets = 0} : (tensor<3x4xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @regress(%x: tensor<3x4xf32>) {
  // expected-error @below {{'onnx.ml.LinearRegressor' op expects 'post_transform' to be one of NONE, SOFTMAX, LOGISTIC, SOFTMAX_ZERO, PROBIT, got 'EXP'}}
  %y = onnx.ml.LinearRegressor %x {coefficients = array<f32: 1.0, 2.0, 3.0, 4.0>, post_transform = "EXP"} : (tensor<3x4xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @vectors(%x: tensor<3x4xf32>) {
  // expected-error @below {{'onnx.ml.SVMRegressor' op expects support vectors for 4 columns, got them for 2}}
  %y = onnx.ml.SVMRegressor %x {coefficients = array<f32: 1.0>, n_supports = 1, support_vectors = array<f32: 1.0, 2.0>, rho = array<f32: 0.0>} : (tensor<3x4xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @vectors(%x: tensor<3x4xf32>) {
  // expected-error @below {{'onnx.ml.SVMRegressor' op expects 'rho' and 'coefficients'}}
  %y = onnx.ml.SVMRegressor %x {coefficients = array<f32: 1.0>} : (tensor<3x4xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @vectors(%x: tensor<3x4xf32>) {
  // expected-error @below {{'onnx.ml.SVMClassifier' op expects 'rho', and 'prob_a' if it is given, for 1 pairs of classes}}
  %y:2 = onnx.ml.SVMClassifier %x {coefficients = array<f32: 1.0, 1.0>, classlabels_ints = array<i64: 0, 1>, vectors_per_class = array<i64: 1, 1>, support_vectors = array<f32: 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0>} : (tensor<3x4xf32>) -> (tensor<?xi64>, tensor<*xf32>)
  return
}

// -----

func.func @vectors(%x: tensor<3x4xf32>) {
  // expected-error @below {{'onnx.ml.SVMClassifier' op expects 'vectors_per_class' of 2 elements, got 1}}
  %y:2 = onnx.ml.SVMClassifier %x {coefficients = array<f32: 1.0>, classlabels_ints = array<i64: 0, 1>, vectors_per_class = array<i64: 2>, support_vectors = array<f32: 1.0, 2.0>} : (tensor<3x4xf32>) -> (tensor<?xi64>, tensor<*xf32>)
  return
}

// -----

func.func @trees(%x: tensor<3x4xf32>) {
  // expected-error @below {{'onnx.ml.TreeEnsembleRegressor' op expects 'nodes_modes' of 1 elements, got 0}}
  %y = onnx.ml.TreeEnsembleRegressor %x {nodes_nodeids = array<i64: 0>, nodes_treeids = array<i64: 0>, nodes_featureids = array<i64: 0>, nodes_truenodeids = array<i64: 0>, nodes_falsenodeids = array<i64: 0>, nodes_values = array<f32: 0.0>} : (tensor<3x4xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @trees(%x: tensor<3x4xf32>) {
  // expected-error @below {{'onnx.ml.TreeEnsembleRegressor' op expects weights of targets in [0, 1), got 1}}
  %y = onnx.ml.TreeEnsembleRegressor %x {nodes_nodeids = array<i64: 0>, nodes_treeids = array<i64: 0>, nodes_featureids = array<i64: 0>, nodes_truenodeids = array<i64: 0>, nodes_falsenodeids = array<i64: 0>, nodes_values = array<f32: 0.0>, nodes_modes = ["LEAF"], target_ids = array<i64: 1>, target_treeids = array<i64: 0>, target_nodeids = array<i64: 0>, target_weights = array<f32: 1.0>} : (tensor<3x4xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @trees(%x: tensor<3x4xf32>) {
  // expected-error @below {{'onnx.ml.TreeEnsembleRegressor' op expects 'aggregate_function' to be one of SUM, AVERAGE, MIN, MAX, got 'MEDIAN'}}
  %y = onnx.ml.TreeEnsembleRegressor %x {nodes_nodeids = array<i64: 0>, nodes_treeids = array<i64: 0>, nodes_featureids = array<i64: 0>, nodes_truenodeids = array<i64: 0>, nodes_falsenodeids = array<i64: 0>, nodes_values = array<f32: 0.0>, nodes_modes = ["LEAF"], aggregate_function = "MEDIAN"} : (tensor<3x4xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @trees(%x: tensor<3x4xf32>) {
  // expected-error @below {{'onnx.ml.TreeEnsembleRegressor' op expects 'n_targets' to be at least 1, got 0}}
  %y = onnx.ml.TreeEnsembleRegressor %x {nodes_nodeids = array<i64: 0>, nodes_treeids = array<i64: 0>, nodes_featureids = array<i64: 0>, nodes_truenodeids = array<i64: 0>, nodes_falsenodeids = array<i64: 0>, nodes_values = array<f32: 0.0>, nodes_modes = ["LEAF"], n_targets = 0} : (tensor<3x4xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @trees(%x: tensor<3x4xf32>) {
  // expected-error @below {{'onnx.ml.TreeEnsembleClassifier' op expects 'class_weights' of 1 elements, got 0}}
  %y:2 = onnx.ml.TreeEnsembleClassifier %x {nodes_nodeids = array<i64: 0>, nodes_treeids = array<i64: 0>, nodes_featureids = array<i64: 0>, nodes_truenodeids = array<i64: 0>, nodes_falsenodeids = array<i64: 0>, nodes_values = array<f32: 0.0>, nodes_modes = ["LEAF"], classlabels_int64s = array<i64: 0, 1>, class_ids = array<i64: 1>, class_treeids = array<i64: 0>, class_nodeids = array<i64: 0>} : (tensor<3x4xf32>) -> (tensor<?xi64>, tensor<*xf32>)
  return
}

// -----

func.func @trees(%x: tensor<3x4xf32>) {
  // expected-error @below {{'onnx.ml.TreeEnsemble' op expects leaves of targets in [0, 1), got 2}}
  %y = onnx.ml.TreeEnsemble %x {nodes_featureids = array<i64: 0>, nodes_falseleafs = array<i64: 1>, nodes_falsenodeids = array<i64: 0>, nodes_trueleafs = array<i64: 1>, nodes_truenodeids = array<i64: 0>, nodes_modes = dense<0> : tensor<1xui8>, nodes_splits = dense<0.0> : tensor<1xf32>, tree_roots = array<i64: 0>, leaf_weights = dense<0.0> : tensor<1xf32>, leaf_targetids = array<i64: 2>} : (tensor<3x4xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @trees(%x: tensor<3x4xf32>) {
  // expected-error @below {{'onnx.ml.TreeEnsemble' op expects 'n_targets' of at least 1, an 'aggregate_function' of 0 to 3 and a 'post_transform' of 0 to 4}}
  %y = onnx.ml.TreeEnsemble %x {nodes_featureids = array<i64: 0>, nodes_falseleafs = array<i64: 1>, nodes_falsenodeids = array<i64: 0>, nodes_trueleafs = array<i64: 1>, nodes_truenodeids = array<i64: 0>, nodes_modes = dense<0> : tensor<1xui8>, nodes_splits = dense<0.0> : tensor<1xf32>, tree_roots = array<i64: 0>, leaf_weights = dense<0.0> : tensor<1xf32>, leaf_targetids = array<i64: 0>, post_transform = 5} : (tensor<3x4xf32>) -> tensor<*xf32>
  return
}
