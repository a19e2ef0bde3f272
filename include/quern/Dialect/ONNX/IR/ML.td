// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Operators of the domain ai.onnx.ml: trees, linear models, encoders.

#ifndef QUERN_DIALECT_ONNX_IR_ML_TD
#define QUERN_DIALECT_ONNX_IR_ML_TD

include "quern/Dialect/ONNX/IR/ONNXTypes.td"

def ONNX_MLNum : AnyTypeOf<[F32, F64, I<32>, I<64>], "number of 32 or 64 bits">;
def ONNX_MLNumTensor : TensorOf<[ONNX_MLNum]>;
def ONNX_MLFloatTensor : TensorOf<[F16, F32, F64]>;
def ONNX_OptTensor : OptionalAttr<ElementsAttr>;

//===--- Features ---------------------------------------------------------===//

def ONNX_MLArrayFeatureExtractorOp : ONNX_MLOp<"ArrayFeatureExtractor", 1> {
  let summary = "Columns at indices";
  let description = [{
    `Z[…, j] = X[…, Y[j]]`, Y flattened; of a vector, Z is a matrix of one row.

    Example: `%z = onnx.ml.ArrayFeatureExtractor %x, %y : (tensor<3x4xf32>, tensor<1x2xi64>) -> tensor<3x2xf32>`
  }];
  let arguments = (ins ONNX_Tensor:$X, ONNX_I64Tensor:$Y);
  let results = (outs ONNX_Tensor:$Z);
}

def ONNX_MLBinarizerOp : ONNX_MLOp<"Binarizer", 1, [Pure, ONNX_Pointwise, SameOperandsAndResultShape]> {
  let summary = "One above a threshold, else zero";
  let description = [{
    `Y = X > threshold ? 1 : 0`

    Example: `%y = onnx.ml.Binarizer %x {threshold = 1.0 : f32} : tensor<3x4xf32>`
  }];
  let arguments = (ins ONNX_MLNumTensor:$X, ONNX_Float<"0.0f">:$threshold);
  let results = (outs ONNX_MLNumTensor:$Y);
  let infer = [{ return inferSameType(*this, types); }];
}

def ONNX_MLFeatureVectorizerOp : ONNX_MLOp<"FeatureVectorizer", 1> {
  let summary = "Columns of several inputs beside each other";
  let description = [{
    A row is the first `inputdimensions[i]` numbers of each input's row, with zeros where it has fewer.

    Example: `%y = onnx.ml.FeatureVectorizer %a, %b {inputdimensions = array<i64: 2, 1>} : (tensor<3x2xf32>, tensor<3x1xi64>) -> tensor<3x3xf32>`
  }];
  let arguments = (ins Variadic<ONNX_MLNumTensor>:$X, ONNX_OptInts:$inputdimensions);
  let results = (outs ONNX_F32Tensor:$Y);
}

def ONNX_MLImputerOp : ONNX_MLOp<"Imputer", 1> {
  let summary = "Another number where there is a given one";
  let description = [{
    `Y = X == replaced ? imputed : X`, where `imputed` is one number or one a column. A NaN is equal to itself here.

    Example: `%y = onnx.ml.Imputer %x {imputed_value_floats = array<f32: 1.0>, replaced_value_float = 0x7FC00000 : f32} : tensor<3x4xf32>`
  }];
  let arguments = (ins ONNX_MLNumTensor:$X, ONNX_OptFloats:$imputed_value_floats, ONNX_OptInts:$imputed_value_int64s,
                       ONNX_Float<"0.0f">:$replaced_value_float, ONNX_Int64<0>:$replaced_value_int64);
  let results = (outs ONNX_MLNumTensor:$Y);
}

def ONNX_MLNormalizerOp : ONNX_MLOp<"Normalizer", 1> {
  let summary = "Rows divided by their norm";
  let description = [{
    `Y = X / norm(row)`, where `norm` is the largest number, the sum of magnitudes or the Euclidean length; rows whose
    norm is zero stay.

    Example: `%y = onnx.ml.Normalizer %x {norm = "L1"} : tensor<3x4xf32>`
  }];
  let arguments = (ins ONNX_MLNumTensor:$X, ONNX_String<"MAX">:$norm);
  let results = (outs ONNX_F32Tensor:$Y);
}

def ONNX_MLScalerOp : ONNX_MLOp<"Scaler", 1> {
  let summary = "Offset and scale, one for all or one a column";
  let description = [{
    `Y = (X - offset) * scale`

    Example: `%y = onnx.ml.Scaler %x {offset = array<f32: 1.0>, scale = array<f32: 2.0>} : tensor<3x4xf32>`
  }];
  let arguments = (ins ONNX_MLNumTensor:$X, ONNX_OptFloats:$offset, ONNX_OptFloats:$scale);
  let results = (outs ONNX_F32Tensor:$Y);
}

//===--- Categories -------------------------------------------------------===//

def ONNX_MLCategoryMapperOp : ONNX_MLOp<"CategoryMapper", 1> {
  let summary = "Strings to integers, or back";
  let description = [{
    Each element is looked up in one list, and is replaced by what is at that place of the other.

    Example: `%y = onnx.ml.CategoryMapper %x {cats_int64s = array<i64: 1, 2>, cats_strings = ["a", "b"]} : (tensor<3x!onnx.String>) -> tensor<3xi64>`
  }];
  let arguments = (ins ONNX_Tensor:$X, ONNX_OptInts:$cats_int64s, ONNX_OptStrings:$cats_strings,
                       ONNX_Int64<-1>:$default_int64, ONNX_String<"_Unused">:$default_string);
  let results = (outs ONNX_Tensor:$Y);
}

def ONNX_MLLabelEncoderOp : ONNX_MLOp<"LabelEncoder", 4> {
  let summary = "Values by their keys";
  let description = [{
    Each element that is one of the keys becomes the value at the same place, each other one the default.

    Example: `%y = onnx.ml.LabelEncoder %x {keys_int64s = array<i64: 4, 7>, values_floats = array<f32: 0.5, 1.5>} : (tensor<3xi64>) -> tensor<3xf32>`
  }];
  let arguments = (ins ONNX_Tensor:$X, ONNX_Float<"-0.0f">:$default_float, ONNX_Int64<-1>:$default_int64,
                       ONNX_String<"_Unused">:$default_string, ONNX_OptTensor:$default_tensor,
                       ONNX_OptFloats:$keys_floats, ONNX_OptInts:$keys_int64s, ONNX_OptStrings:$keys_strings,
                       ONNX_OptTensor:$keys_tensor, ONNX_OptFloats:$values_floats, ONNX_OptInts:$values_int64s,
                       ONNX_OptStrings:$values_strings, ONNX_OptTensor:$values_tensor);
  let results = (outs ONNX_Tensor:$Y);
}

def ONNX_MLOneHotEncoderOp : ONNX_MLOp<"OneHotEncoder", 1> {
  let summary = "A row of zeros with a one at the category";
  let description = [{
    `Y[…, c] = X[…] == cats[c]`; an element that is no category fails the run unless `zeros` is set.

    Example: `%y = onnx.ml.OneHotEncoder %x {cats_int64s = array<i64: 4, 7>} : (tensor<3xi64>) -> tensor<3x2xf32>`
  }];
  let arguments = (ins ONNX_Tensor:$X, ONNX_OptInts:$cats_int64s, ONNX_OptStrings:$cats_strings, ONNX_Int64<1>:$zeros);
  let results = (outs ONNX_F32Tensor:$Y);
}

//===--- Maps -------------------------------------------------------------===//

def ONNX_MLCastMapOp : ONNX_MLOp<"CastMap", 1> {
  let summary = "The values of a map as a row";
  let description = [{
    In the order of the keys (`DENSE`), or each at the place that its key says, zeros between (`SPARSE`, `max_map` wide).

    Example: `%y = onnx.ml.CastMap %x : (!onnx.Map<i64, f32>) -> tensor<1x?xf32>`
  }];
  let arguments = (ins ONNX_MapType:$X, ONNX_String<"TO_FLOAT">:$cast_to, ONNX_String<"DENSE">:$map_form,
                       ONNX_Int64<1>:$max_map);
  let results = (outs ONNX_Tensor:$Y);
}

def ONNX_MLDictVectorizerOp : ONNX_MLOp<"DictVectorizer", 1> {
  let summary = "The values of a map, by a list of keys";
  let description = [{
    `Y[0, i]` is the value of the i-th key of the vocabulary, zero where the map has none.

    Example: `%y = onnx.ml.DictVectorizer %x {int64_vocabulary = array<i64: 4, 7>} : (!onnx.Map<i64, f32>) -> tensor<1x2xf32>`
  }];
  let arguments = (ins ONNX_MapType:$X, ONNX_OptInts:$int64_vocabulary, ONNX_OptStrings:$string_vocabulary);
  let results = (outs ONNX_Tensor:$Y);
}

def ONNX_MLZipMapOp : ONNX_MLOp<"ZipMap", 1> {
  let summary = "A map for each row, from labels to its numbers";
  let description = [{
    Example: `%z = onnx.ml.ZipMap %x {classlabels_int64s = array<i64: 4, 7>} : (tensor<3x2xf32>) -> !onnx.Seq<!onnx.Map<i64, f32>>`
  }];
  let arguments = (ins ONNX_F32Tensor:$X, ONNX_OptInts:$classlabels_int64s, ONNX_OptStrings:$classlabels_strings);
  let results = (outs ONNX_SeqType:$Z);
}

//===--- Linear models ----------------------------------------------------===//

def ONNX_MLLinearClassifierOp : ONNX_MLOp<"LinearClassifier", 1> {
  let summary = "The class with the highest linear score";
  let description = [{
    `Z = post_transform(X * coefficients' + intercepts)`; Y is the label of the highest score.

    Example: `%y, %z = onnx.ml.LinearClassifier %x {classlabels_ints = array<i64: 0, 1>, coefficients = array<f32: 1.0, 2.0, 3.0, 4.0>, intercepts = array<f32: 0.0, 1.0>} : (tensor<3x2xf32>) -> (tensor<3xi64>, tensor<3x2xf32>)`
  }];
  let arguments = (ins ONNX_MLNumTensor:$X, ONNX_OptInts:$classlabels_ints, ONNX_OptStrings:$classlabels_strings,
                       DenseF32ArrayAttr:$coefficients, ONNX_OptFloats:$intercepts, ONNX_Int64<0>:$multi_class,
                       ONNX_String<"NONE">:$post_transform);
  let results = (outs ONNX_Tensor:$Y, ONNX_F32Tensor:$Z);
}

def ONNX_MLLinearRegressorOp : ONNX_MLOp<"LinearRegressor", 1> {
  let summary = "Linear scores";
  let description = [{
    `Y = post_transform(X * coefficients' + intercepts)`

    Example: `%y = onnx.ml.LinearRegressor %x {coefficients = array<f32: 1.0, 2.0>, intercepts = array<f32: 0.5>} : (tensor<3x2xf32>) -> tensor<3x1xf32>`
  }];
  let arguments = (ins ONNX_MLNumTensor:$X, ONNX_OptFloats:$coefficients, ONNX_OptFloats:$intercepts,
                       ONNX_String<"NONE">:$post_transform, ONNX_Int64<1>:$targets);
  let results = (outs ONNX_F32Tensor:$Y);
}

def ONNX_MLSVMClassifierOp : ONNX_MLOp<"SVMClassifier", 1> {
  let summary = "Support vectors that vote for classes";
  let description = [{
    Each two classes are compared by a weighted sum of the kernels of X with their support vectors; the class that wins
    most often is the label. `prob_a` and `prob_b` make probabilities of the sums. Without support vectors, the scores
    are linear.

    Example: `%y, %z = onnx.ml.SVMClassifier %x {classlabels_ints = array<i64: 0, 1>, coefficients = array<f32: 1.0, -1.0>, kernel_params = array<f32: 0.5, 0.0, 3.0>, kernel_type = "RBF", rho = array<f32: 0.1>, support_vectors = array<f32: 1.0, 2.0, 3.0, 4.0>, vectors_per_class = array<i64: 1, 1>} : (tensor<3x2xf32>) -> (tensor<3xi64>, tensor<3x2xf32>)`
  }];
  let arguments = (ins ONNX_MLNumTensor:$X, ONNX_OptInts:$classlabels_ints, ONNX_OptStrings:$classlabels_strings,
                       ONNX_OptFloats:$coefficients, ONNX_OptFloats:$kernel_params,
                       ONNX_String<"LINEAR">:$kernel_type, ONNX_String<"NONE">:$post_transform,
                       ONNX_OptFloats:$prob_a, ONNX_OptFloats:$prob_b, ONNX_OptFloats:$rho,
                       ONNX_OptFloats:$support_vectors, ONNX_OptInts:$vectors_per_class);
  let results = (outs ONNX_Tensor:$Y, ONNX_F32Tensor:$Z);
}

def ONNX_MLSVMRegressorOp : ONNX_MLOp<"SVMRegressor", 1> {
  let summary = "A weighted sum of kernels of support vectors";
  let description = [{
    `Y = kernel(X, support_vectors) * coefficients + rho`; its sign where `one_class` is set.

    Example: `%y = onnx.ml.SVMRegressor %x {coefficients = array<f32: 1.0, -1.0>, kernel_params = array<f32: 0.5, 0.0, 3.0>, kernel_type = "RBF", n_supports = 2, rho = array<f32: 0.1>, support_vectors = array<f32: 1.0, 2.0, 3.0, 4.0>} : (tensor<3x2xf32>) -> tensor<3x1xf32>`
  }];
  let arguments = (ins ONNX_MLNumTensor:$X, ONNX_OptFloats:$coefficients, ONNX_OptFloats:$kernel_params,
                       ONNX_String<"LINEAR">:$kernel_type, ONNX_Int64<0>:$n_supports, ONNX_Int64<0>:$one_class,
                       ONNX_String<"NONE">:$post_transform, ONNX_OptFloats:$rho, ONNX_OptFloats:$support_vectors);
  let results = (outs ONNX_F32Tensor:$Y);
}

// Not of the standard: the end of SVMClassifier with probabilities.
def ONNX_CoupledProbabilitiesOp : ONNX_DomainOp<"quern", "ml.", "CoupledProbabilities", 1, [Pure]> {
  let summary = "The probabilities that agree best with those of each two classes";
  let description = [{
    `Y[n]` is near the vector p with a sum of one and the least `p' X[n] p`: the iteration of libsvm (Wu, Lin and Weng,
    2004), which ends within 0.005 / classes, or after 100 steps.

    Example: `%y = onnx.ml.CoupledProbabilities %x : (tensor<3x4x4xf32>) -> tensor<3x4xf32>`
  }];
  let arguments = (ins ONNX_F32Tensor:$X);
  let results = (outs ONNX_F32Tensor:$Y);
}

//===--- Trees ------------------------------------------------------------===//

// The nodes of all trees, in the forms of opsets 1 and 3.
defvar ONNX_TreeNodes = (ins
    ONNX_OptInts:$nodes_falsenodeids, ONNX_OptInts:$nodes_featureids, ONNX_OptFloats:$nodes_hitrates,
    ONNX_OptTensor:$nodes_hitrates_as_tensor, ONNX_OptInts:$nodes_missing_value_tracks_true,
    ONNX_OptStrings:$nodes_modes, ONNX_OptInts:$nodes_nodeids, ONNX_OptInts:$nodes_treeids,
    ONNX_OptInts:$nodes_truenodeids, ONNX_OptFloats:$nodes_values, ONNX_OptTensor:$nodes_values_as_tensor,
    ONNX_OptFloats:$base_values, ONNX_OptTensor:$base_values_as_tensor, ONNX_String<"NONE">:$post_transform);

def ONNX_MLTreeEnsembleClassifierOp : ONNX_MLOp<"TreeEnsembleClassifier", 3> {
  let summary = "The class with the highest sum of leaves";
  let description = [{
    Each tree leads a row to a leaf, whose weights are added to the scores of classes.

    Example: `%y, %z = onnx.ml.TreeEnsembleClassifier %x {class_ids = array<i64: 0, 1>, class_nodeids = array<i64: 1, 2>, class_treeids = array<i64: 0, 0>, class_weights = array<f32: 1.0, 1.0>, classlabels_int64s = array<i64: 0, 1>, nodes_falsenodeids = array<i64: 2, 0, 0>, nodes_featureids = array<i64: 0, 0, 0>, nodes_modes = ["BRANCH_LEQ", "LEAF", "LEAF"], nodes_nodeids = array<i64: 0, 1, 2>, nodes_treeids = array<i64: 0, 0, 0>, nodes_truenodeids = array<i64: 1, 0, 0>, nodes_values = array<f32: 0.5, 0.0, 0.0>} : (tensor<3x2xf32>) -> (tensor<3xi64>, tensor<3x2xf32>)`
  }];
  let arguments = !con((ins ONNX_MLNumTensor:$X), ONNX_TreeNodes,
                       (ins ONNX_OptInts:$class_ids, ONNX_OptInts:$class_nodeids, ONNX_OptInts:$class_treeids,
                            ONNX_OptFloats:$class_weights, ONNX_OptTensor:$class_weights_as_tensor,
                            ONNX_OptInts:$classlabels_int64s, ONNX_OptStrings:$classlabels_strings));
  let results = (outs ONNX_Tensor:$Y, ONNX_F32Tensor:$Z);
}

def ONNX_MLTreeEnsembleRegressorOp : ONNX_MLOp<"TreeEnsembleRegressor", 3> {
  let summary = "Sums of leaves";
  let description = [{
    Each tree leads a row to a leaf, whose weights are aggregated into the targets.

    Example: `%y = onnx.ml.TreeEnsembleRegressor %x {n_targets = 1, nodes_falsenodeids = array<i64: 2, 0, 0>, nodes_featureids = array<i64: 0, 0, 0>, nodes_modes = ["BRANCH_LEQ", "LEAF", "LEAF"], nodes_nodeids = array<i64: 0, 1, 2>, nodes_treeids = array<i64: 0, 0, 0>, nodes_truenodeids = array<i64: 1, 0, 0>, nodes_values = array<f32: 0.5, 0.0, 0.0>, target_ids = array<i64: 0, 0>, target_nodeids = array<i64: 1, 2>, target_treeids = array<i64: 0, 0>, target_weights = array<f32: 1.0, 2.0>} : (tensor<3x2xf32>) -> tensor<3x1xf32>`
  }];
  let arguments = !con((ins ONNX_MLNumTensor:$X), ONNX_TreeNodes,
                       (ins ONNX_String<"SUM">:$aggregate_function, ONNX_OptInt:$n_targets,
                            ONNX_OptInts:$target_ids, ONNX_OptInts:$target_nodeids, ONNX_OptInts:$target_treeids,
                            ONNX_OptFloats:$target_weights, ONNX_OptTensor:$target_weights_as_tensor));
  let results = (outs ONNX_F32Tensor:$Y);
}

def ONNX_MLTreeEnsembleOp : ONNX_MLOp<"TreeEnsemble", 5> {
  let summary = "Sums of leaves, in the form of opset 5";
  let description = [{
    Each tree leads a row to a leaf, whose weight is aggregated into its target. Inner nodes and leaves are numbered
    apart.

    Example: `%y = onnx.ml.TreeEnsemble %x {leaf_targetids = array<i64: 0, 1>, leaf_weights = dense<[1.0, 2.0]> : tensor<2xf32>, n_targets = 2, nodes_falseleafs = array<i64: 1>, nodes_falsenodeids = array<i64: 1>, nodes_featureids = array<i64: 0>, nodes_modes = dense<0> : tensor<1xui8>, nodes_splits = dense<0.5> : tensor<1xf32>, nodes_trueleafs = array<i64: 1>, nodes_truenodeids = array<i64: 0>, tree_roots = array<i64: 0>} : (tensor<3x2xf32>) -> tensor<3x2xf32>`
  }];
  let arguments = (ins ONNX_MLFloatTensor:$X, ONNX_Int64<1>:$aggregate_function, DenseI64ArrayAttr:$leaf_targetids,
                       ElementsAttr:$leaf_weights, ONNX_OptTensor:$membership_values, ONNX_OptInt:$n_targets,
                       DenseI64ArrayAttr:$nodes_falseleafs, DenseI64ArrayAttr:$nodes_falsenodeids,
                       DenseI64ArrayAttr:$nodes_featureids, ONNX_OptTensor:$nodes_hitrates,
                       ONNX_OptInts:$nodes_missing_value_tracks_true, ElementsAttr:$nodes_modes,
                       ElementsAttr:$nodes_splits, DenseI64ArrayAttr:$nodes_trueleafs,
                       DenseI64ArrayAttr:$nodes_truenodeids, ONNX_Int64<0>:$post_transform,
                       DenseI64ArrayAttr:$tree_roots);
  let results = (outs ONNX_MLFloatTensor:$Y);
}

#endif // QUERN_DIALECT_ONNX_IR_ML_TD
