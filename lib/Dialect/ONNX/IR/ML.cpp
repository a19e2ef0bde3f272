// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Shapes of the operators of ai.onnx.ml.

#include "ShapeRules.h"

using namespace mlir;

#define GET_OP_CLASSES
#include "quern/Dialect/ONNX/IR/ML.cpp.inc"

namespace quern::onnx {

//===--- What families share ----------------------------------------------===//

static const StringRef kPostTransforms[] = {"NONE", "SOFTMAX", "LOGISTIC", "SOFTMAX_ZERO", "PROBIT"};
static const StringRef kKernels[] = {"LINEAR", "POLY", "RBF", "SIGMOID"};
static const StringRef kAggregates[] = {"SUM", "AVERAGE", "MIN", "MAX"};

template <typename Array>
static int64_t sizeOf(const std::optional<Array> &list) {
  return list ? static_cast<int64_t>(list->size()) : 0;
}

/// Rows of a matrix; a vector is one row. Dynamic where it is not known.
static FailureOr<int64_t> countRows(Operation *op, Value x) {
  auto type = rankedType(x);
  if (!type)
    return kDynamic;
  if (type.getRank() != 1 && type.getRank() != 2)
    return op->emitOpError("expects 'X' of rank 1 or 2, got rank ") << type.getRank();
  return type.getRank() == 1 ? 1 : type.getDimSize(0);
}

/// The numbers of a row; an error where that is known and not `features`.
static LogicalResult checkFeatures(Operation *op, Value x, int64_t features, StringRef what) {
  auto type = rankedType(x);
  int64_t columns = type && type.getRank() > 0 ? type.getShape().back() : kDynamic;
  if (!ShapedType::isDynamic(columns) && columns != features)
    return op->emitOpError("expects ") << what << " for " << columns << " columns, got them for " << features;
  return success();
}

/// A list is as long as another, or absent.
static LogicalResult checkLength(Operation *op, StringRef name, int64_t length, int64_t expected) {
  if (length == expected)
    return success();
  return op->emitOpError("expects '") << name << "' of " << expected << " elements, got " << length;
}

/// One of two lists of keys, and the type of their elements.
static FailureOr<std::pair<Type, int64_t>> keysOf(Operation *op, std::optional<ArrayRef<int64_t>> integers,
                                                  std::optional<ArrayAttr> strings, StringRef what) {
  if (sizeOf(strings) > 0)
    return std::pair<Type, int64_t>(StringType::get(op->getContext()), sizeOf(strings));
  if (sizeOf(integers) == 0)
    return op->emitOpError("expects ") << what << ", integers or strings";
  return std::pair<Type, int64_t>(IntegerType::get(op->getContext(), 64), sizeOf(integers));
}

/// Labels a row and `scores` scores a row.
static LogicalResult inferClassifier(Operation *op, Type label, int64_t scores, Types &types) {
  FailureOr<int64_t> rows = countRows(op, op->getOperand(0));
  if (failed(rows))
    return failure();
  types.push_back(ranked({*rows}, label));
  types.push_back(ranked({*rows, scores}, Float32Type::get(op->getContext())));
  return success();
}

static LogicalResult inferRegressor(Operation *op, int64_t targets, Type element, Types &types) {
  FailureOr<int64_t> rows = countRows(op, op->getOperand(0));
  if (failed(rows))
    return failure();
  types.push_back(ranked({*rows, targets}, element));
  return success();
}

//===--- Features ---------------------------------------------------------===//

LogicalResult MLArrayFeatureExtractorOp::inferResultTypes(Types &types) {
  auto x = rankedType(getX()), y = rankedType(getY());
  if (failed(checkMinRank(*this, getX(), 1, "X")))
    return failure();
  if (!x) {
    types.push_back(unranked(elementOf(getX())));
    return success();
  }
  FailureOr<int64_t> count = y ? product(*this, y.getShape()) : FailureOr<int64_t>(kDynamic);
  if (failed(count))
    return failure();
  Shape shape(x.getShape());
  shape.back() = *count;
  if (shape.size() == 1)
    shape.insert(shape.begin(), 1);
  types.push_back(ranked(shape, x.getElementType()));
  return success();
}

LogicalResult MLFeatureVectorizerOp::inferResultTypes(Types &types) {
  ArrayRef<int64_t> sizes = getInputdimensions().value_or(ArrayRef<int64_t>());
  if (getX().empty())
    return emitOpError("expects an input");
  if (failed(checkLength(*this, "inputdimensions", sizes.size(), getX().size())))
    return failure();
  int64_t rows = kDynamic, columns = 0;
  for (auto [input, size] : llvm::zip_equal(getX(), sizes)) {
    if (size < 0)
      return emitOpError("expects 'inputdimensions' not to be negative, got ") << size;
    columns += size;
    auto type = rankedType(input);
    if (failed(checkMinRank(*this, input, 1, "X")))
      return failure();
    if (!type)
      continue;
    FailureOr<int64_t> merged = mergeSizes(*this, rows, type.getRank() == 1 ? 1 : type.getDimSize(0), "rows");
    if (failed(merged))
      return failure();
    rows = *merged;
  }
  types.push_back(ranked({rows, columns}, Float32Type::get(getContext())));
  return success();
}

/// One number for all columns, or one each; columns are the second dimension, or the only one.
static LogicalResult checkPerColumn(Operation *op, StringRef name, int64_t length, Value x) {
  auto type = rankedType(x);
  if (failed(checkMinRank(op, x, 1, "X")))
    return failure();
  int64_t columns = !type ? kDynamic : type.getDimSize(type.getRank() == 1 ? 0 : 1);
  if (length != 1 && !ShapedType::isDynamic(columns) && length != columns)
    return op->emitOpError("expects '") << name << "' of 1 or " << columns << " elements, got " << length;
  return success();
}

LogicalResult MLImputerOp::inferResultTypes(Types &types) {
  bool isFloat = isa<FloatType>(elementOf(getX()));
  int64_t length = isFloat ? sizeOf(getImputedValueFloats()) : sizeOf(getImputedValueInt64s());
  StringRef name = isFloat ? "imputed_value_floats" : "imputed_value_int64s";
  if (length == 0)
    return emitOpError("expects '") << name << "' of at least one element";
  // Where there is not one number a column, the first is for all.
  if (failed(checkMinRank(*this, getX(), 1, "X")))
    return failure();
  return inferSameType(*this, types);
}

LogicalResult MLNormalizerOp::inferResultTypes(Types &types) {
  if (failed(checkOneOf(*this, "norm", getNorm(), {"MAX", "L1", "L2"})) || failed(countRows(*this, getX())))
    return failure();
  return inferSameShape(*this, types, Float32Type::get(getContext()));
}

LogicalResult MLScalerOp::inferResultTypes(Types &types) {
  int64_t offsets = sizeOf(getOffset()), scales = sizeOf(getScale());
  if ((getOffset() && failed(checkPerColumn(*this, "offset", offsets, getX()))) ||
      (getScale() && failed(checkPerColumn(*this, "scale", scales, getX()))))
    return failure();
  return inferSameShape(*this, types, Float32Type::get(getContext()));
}

//===--- Categories -------------------------------------------------------===//

LogicalResult MLCategoryMapperOp::inferResultTypes(Types &types) {
  if (failed(checkLength(*this, "cats_strings", sizeOf(getCatsStrings()), sizeOf(getCatsInt64s()))))
    return failure();
  Type element = elementOf(getX()), integer = IntegerType::get(getContext(), 64);
  Type string = StringType::get(getContext());
  if (element != integer && element != string)
    return emitOpError("expects 'X' of 64-bit integers or strings, got ") << element;
  return inferSameShape(*this, types, element == integer ? string : integer);
}

LogicalResult MLLabelEncoderOp::inferResultTypes(Types &types) {
  /// The one list that is given, by its type and length.
  auto find = [&](StringRef what, std::optional<ArrayRef<float>> floats, std::optional<ArrayRef<int64_t>> integers,
                  std::optional<ArrayAttr> strings,
                  std::optional<ElementsAttr> tensor) -> FailureOr<std::pair<Type, int64_t>> {
    if (tensor)
      return std::pair(tensor->getElementType(), tensor->getNumElements());
    if (sizeOf(floats))
      return std::pair<Type, int64_t>(Float32Type::get(getContext()), sizeOf(floats));
    return keysOf(*this, integers, strings, what);
  };
  auto keys = find("keys", getKeysFloats(), getKeysInt64s(), getKeysStrings(), getKeysTensor());
  if (failed(keys))
    return failure();
  auto values = find("values", getValuesFloats(), getValuesInt64s(), getValuesStrings(), getValuesTensor());
  if (failed(values))
    return failure();
  if (keys->second != values->second)
    return emitOpError("expects as many keys as values, got ") << keys->second << " and " << values->second;
  if (keys->first != elementOf(getX()))
    return emitOpError("expects keys of the elements of 'X', ") << elementOf(getX()) << ", got " << keys->first;
  if (auto other = getDefaultTensor()) {
    if (other->getElementType() != values->first)
      return emitOpError("expects 'default_tensor' of the values' type ")
             << values->first << ", got " << other->getElementType();
    if (other->getNumElements() != 1)
      return emitOpError("expects 'default_tensor' of one element, got ") << other->getNumElements();
  }
  return inferSameShape(*this, types, values->first);
}

LogicalResult MLOneHotEncoderOp::inferResultTypes(Types &types) {
  auto keys = keysOf(*this, getCatsInt64s(), getCatsStrings(), "categories");
  if (failed(keys))
    return failure();
  bool areStrings = isa<StringType>(keys->first);
  if (areStrings != (elementOf(getX()) == keys->first) && (areStrings || !elementOf(getX()).isIntOrFloat()))
    return emitOpError("expects categories of the elements of 'X', ") << elementOf(getX()) << ", got " << keys->first;
  auto x = rankedType(getX());
  Type element = Float32Type::get(getContext());
  if (!x) {
    types.push_back(unranked(element));
    return success();
  }
  Shape shape(x.getShape());
  shape.push_back(keys->second);
  types.push_back(ranked(shape, element));
  return success();
}

//===--- Maps -------------------------------------------------------------===//

LogicalResult MLCastMapOp::inferResultTypes(Types &types) {
  static const StringRef kForms[] = {"DENSE", "SPARSE"}, kNames[] = {"TO_FLOAT", "TO_STRING", "TO_INT64"};
  if (failed(checkOneOf(*this, "cast_to", getCastTo(), kNames)) ||
      failed(checkOneOf(*this, "map_form", getMapForm(), kForms)))
    return failure();
  bool isSparse = getMapForm() == "SPARSE";
  if (isSparse && getMaxMap() < 1)
    return emitOpError("expects 'max_map' to be at least 1, got ") << getMaxMap();
  if (!cast<MapType>(getX().getType()).getKey().isInteger(64))
    return emitOpError("expects a map of integers, got ") << getX().getType();
  Type element = getCastTo() == "TO_FLOAT"   ? Type(Float32Type::get(getContext()))
                 : getCastTo() == "TO_INT64" ? Type(IntegerType::get(getContext(), 64))
                                             : Type(StringType::get(getContext()));
  types.push_back(ranked({1, isSparse ? getMaxMap() : kDynamic}, element));
  return success();
}

LogicalResult MLDictVectorizerOp::inferResultTypes(Types &types) {
  auto keys = keysOf(*this, getInt64Vocabulary(), getStringVocabulary(), "a vocabulary");
  if (failed(keys))
    return failure();
  auto map = cast<MapType>(getX().getType());
  if (map.getKey() != keys->first)
    return emitOpError("expects a vocabulary of the map's keys, ") << map.getKey() << ", got " << keys->first;
  types.push_back(ranked({1, keys->second}, map.getValue()));
  return success();
}

LogicalResult MLZipMapOp::inferResultTypes(Types &types) {
  auto keys = keysOf(*this, getClasslabelsInt64s(), getClasslabelsStrings(), "class labels");
  if (failed(keys) || failed(countRows(*this, getX())) || failed(checkFeatures(*this, getX(), keys->second, "labels")))
    return failure();
  types.push_back(SeqType::get(getContext(), MapType::get(getContext(), keys->first, elementOf(getX()))));
  return success();
}

//===--- Linear models ----------------------------------------------------===//

/// A coefficient a column for each score, one row after the other. What is left over is not used.
static LogicalResult checkCoefficients(Operation *op, Value x, int64_t coefficients, int64_t scores) {
  auto type = rankedType(x);
  int64_t columns = type && type.getRank() > 0 ? type.getShape().back() : kDynamic;
  bool areEnough = ShapedType::isDynamic(columns) ? coefficients > 0 && coefficients % scores == 0
                                                  : coefficients / std::max<int64_t>(columns, 1) >= scores;
  if (areEnough)
    return success();
  auto diag = op->emitOpError("expects 'coefficients' of a row for each of ")
              << scores << " scores, got " << coefficients;
  if (!ShapedType::isDynamic(columns))
    diag << " for " << columns << " columns";
  return diag;
}

LogicalResult MLLinearClassifierOp::inferResultTypes(Types &types) {
  auto labels = keysOf(*this, getClasslabelsInts(), getClasslabelsStrings(), "class labels");
  if (failed(labels) || failed(checkOneOf(*this, "post_transform", getPostTransform(), kPostTransforms)))
    return failure();
  int64_t coefficients = getCoefficients().size(), intercepts = sizeOf(getIntercepts());
  int64_t scores = intercepts ? intercepts : labels->second;
  if (failed(checkCoefficients(*this, getX(), coefficients, scores)))
    return failure();
  if (scores > 1 && scores > labels->second)
    return emitOpError("expects a label for each of ") << scores << " scores, got " << labels->second;
  return inferClassifier(*this, labels->first, scores == 1 && labels->second == 2 ? 2 : scores, types);
}

LogicalResult MLLinearRegressorOp::inferResultTypes(Types &types) {
  int64_t coefficients = sizeOf(getCoefficients()), targets = getTargets();
  if (failed(checkOneOf(*this, "post_transform", getPostTransform(), kPostTransforms)))
    return failure();
  if (targets < 1)
    return emitOpError("expects 'targets' to be at least 1, got ") << targets;
  if (failed(checkCoefficients(*this, getX(), coefficients, targets)))
    return failure();
  return inferRegressor(*this, targets, Float32Type::get(getContext()), types);
}

static LogicalResult checkKernel(Operation *op, StringRef kernel, StringRef postTransform, int64_t parameters) {
  if (failed(checkOneOf(op, "kernel_type", kernel, kKernels)) ||
      failed(checkOneOf(op, "post_transform", postTransform, kPostTransforms)))
    return failure();
  return parameters ? checkLength(op, "kernel_params", parameters, 3) : success();
}

LogicalResult MLSVMClassifierOp::inferResultTypes(Types &types) {
  auto labels = keysOf(*this, getClasslabelsInts(), getClasslabelsStrings(), "class labels");
  if (failed(labels) || failed(checkKernel(*this, getKernelType(), getPostTransform(), sizeOf(getKernelParams()))))
    return failure();
  int64_t classes = labels->second, vectors = 0, coefficients = sizeOf(getCoefficients());
  int64_t pairs = classes * (classes - 1) / 2;
  for (int64_t count : getVectorsPerClass().value_or(ArrayRef<int64_t>())) {
    if (count < 0 || count > (int64_t(1) << 40) || vectors > (int64_t(1) << 40))
      return emitOpError("expects 'vectors_per_class' not to be negative, got ") << count;
    vectors += count;
  }
  if (failed(checkLength(*this, "prob_b", sizeOf(getProbB()), sizeOf(getProbA()))))
    return failure();
  int64_t scores = classes;
  if (vectors > 0) {
    int64_t numbers = sizeOf(getSupportVectors());
    if (failed(checkLength(*this, "vectors_per_class", sizeOf(getVectorsPerClass()), classes)))
      return failure();
    if (classes < 2)
      return emitOpError("expects two class labels or more");
    if (numbers == 0 || numbers % vectors != 0)
      return emitOpError("expects 'support_vectors' of ") << vectors << " rows, got " << numbers << " numbers";
    if (coefficients / vectors < classes - 1)
      return emitOpError("expects ") << classes - 1 << " 'coefficients' a vector, got " << coefficients / vectors;
    if (sizeOf(getRho()) < pairs || (sizeOf(getProbA()) > 0 && sizeOf(getProbA()) < pairs))
      return emitOpError("expects 'rho', and 'prob_a' if it is given, for ") << pairs << " pairs of classes";
    if (failed(checkFeatures(*this, getX(), numbers / vectors, "support vectors")))
      return failure();
    if (sizeOf(getProbA()) == 0)
      scores = classes > 2 ? pairs : 2;
  } else {
    if (coefficients == 0 || coefficients % classes != 0)
      return emitOpError("expects 'coefficients' of a row for each of ") << classes << " classes, got " << coefficients;
    if (sizeOf(getRho()) < 1)
      return emitOpError("expects 'rho'");
    if (failed(checkFeatures(*this, getX(), coefficients / classes, "coefficients")))
      return failure();
  }
  return inferClassifier(*this, labels->first, scores, types);
}

LogicalResult MLSVMRegressorOp::inferResultTypes(Types &types) {
  if (failed(checkKernel(*this, getKernelType(), getPostTransform(), sizeOf(getKernelParams()))))
    return failure();
  int64_t supports = getNSupports(), coefficients = sizeOf(getCoefficients()), numbers = sizeOf(getSupportVectors());
  if (sizeOf(getRho()) < 1 || coefficients == 0)
    return emitOpError("expects 'rho' and 'coefficients'");
  if (supports > 0 && (numbers == 0 || numbers % supports != 0))
    return emitOpError("expects 'support_vectors' of ") << supports << " rows, got " << numbers << " numbers";
  if (supports > 0 && failed(checkLength(*this, "coefficients", coefficients, supports)))
    return failure();
  if (failed(checkFeatures(*this, getX(), supports > 0 ? numbers / supports : coefficients,
                           supports > 0 ? "support vectors" : "coefficients")))
    return failure();
  return inferRegressor(*this, 1, Float32Type::get(getContext()), types);
}

LogicalResult CoupledProbabilitiesOp::inferResultTypes(Types &types) {
  auto x = rankedType(getX());
  if (!x)
    return inferSameType(*this, types);
  if (failed(checkRank(*this, getX(), 3, "X")) ||
      failed(mergeSizes(*this, x.getDimSize(1), x.getDimSize(2), "the classes of 'X'")))
    return failure();
  types.push_back(ranked(x.getShape().drop_back(), x.getElementType()));
  return success();
}

//===--- Trees ------------------------------------------------------------===//

/// The lists of nodes are as long as each other.
template <typename OpTy>
static LogicalResult checkNodes(OpTy op) {
  int64_t count = sizeOf(op.getNodesNodeids());
  std::pair<StringRef, int64_t> lists[] = {
      {"nodes_treeids", sizeOf(op.getNodesTreeids())},
      {"nodes_featureids", sizeOf(op.getNodesFeatureids())},
      {"nodes_modes", sizeOf(op.getNodesModes())},
      {"nodes_truenodeids", sizeOf(op.getNodesTruenodeids())},
      {"nodes_falsenodeids", sizeOf(op.getNodesFalsenodeids())},
      {"nodes_values",
       op.getNodesValuesAsTensor() ? op.getNodesValuesAsTensor()->getNumElements() : sizeOf(op.getNodesValues())},
  };
  for (auto [name, length] : lists)
    if (failed(checkLength(op, name, length, count)))
      return failure();
  return checkOneOf(op, "post_transform", op.getPostTransform(), kPostTransforms);
}

/// The weights of leaves: `names` are of the tree, the node, the target and the weight.
static LogicalResult checkWeights(Operation *op, ArrayRef<std::pair<StringRef, int64_t>> lists,
                                  std::optional<ArrayRef<int64_t>> targets, int64_t count) {
  for (auto [name, length] : lists)
    if (failed(checkLength(op, name, length, sizeOf(targets))))
      return failure();
  for (int64_t target : targets.value_or(ArrayRef<int64_t>()))
    if (target < 0 || target >= count)
      return op->emitOpError("expects weights of targets in [0, ") << count << "), got " << target;
  return success();
}

static int64_t lengthOf(std::optional<ArrayRef<float>> list, std::optional<ElementsAttr> tensor) {
  return tensor ? tensor->getNumElements() : sizeOf(list);
}

LogicalResult MLTreeEnsembleClassifierOp::inferResultTypes(Types &types) {
  auto labels = keysOf(*this, getClasslabelsInt64s(), getClasslabelsStrings(), "class labels");
  if (failed(labels) || failed(checkNodes(*this)))
    return failure();
  std::pair<StringRef, int64_t> lists[] = {
      {"class_treeids", sizeOf(getClassTreeids())},
      {"class_nodeids", sizeOf(getClassNodeids())},
      {"class_weights", lengthOf(getClassWeights(), getClassWeightsAsTensor())},
  };
  if (failed(checkWeights(*this, lists, getClassIds(), labels->second)))
    return failure();
  return inferClassifier(*this, labels->first, labels->second, types);
}

LogicalResult MLTreeEnsembleRegressorOp::inferResultTypes(Types &types) {
  int64_t targets = getNTargets().value_or(1);
  if (targets < 1)
    return emitOpError("expects 'n_targets' to be at least 1, got ") << targets;
  if (failed(checkNodes(*this)) || failed(checkOneOf(*this, "aggregate_function", getAggregateFunction(), kAggregates)))
    return failure();
  std::pair<StringRef, int64_t> lists[] = {
      {"target_treeids", sizeOf(getTargetTreeids())},
      {"target_nodeids", sizeOf(getTargetNodeids())},
      {"target_weights", lengthOf(getTargetWeights(), getTargetWeightsAsTensor())},
  };
  if (failed(checkWeights(*this, lists, getTargetIds(), targets)))
    return failure();
  return inferRegressor(*this, targets, Float32Type::get(getContext()), types);
}

LogicalResult MLTreeEnsembleOp::inferResultTypes(Types &types) {
  int64_t nodes = getNodesFeatureids().size(), leaves = getLeafTargetids().size(), targets = getNTargets().value_or(1);
  std::pair<StringRef, std::pair<int64_t, int64_t>> lists[] = {
      {"nodes_splits", {getNodesSplits().getNumElements(), nodes}},
      {"nodes_modes", {getNodesModes().getNumElements(), nodes}},
      {"nodes_truenodeids", {getNodesTruenodeids().size(), nodes}},
      {"nodes_falsenodeids", {getNodesFalsenodeids().size(), nodes}},
      {"nodes_trueleafs", {getNodesTrueleafs().size(), nodes}},
      {"nodes_falseleafs", {getNodesFalseleafs().size(), nodes}},
      {"leaf_weights", {getLeafWeights().getNumElements(), leaves}},
  };
  for (auto [name, lengths] : lists)
    if (failed(checkLength(*this, name, lengths.first, lengths.second)))
      return failure();
  for (int64_t target : getLeafTargetids())
    if (target < 0 || target >= targets)
      return emitOpError("expects leaves of targets in [0, ") << targets << "), got " << target;
  if (targets < 1 || getAggregateFunction() < 0 || getAggregateFunction() > 3 || getPostTransform() < 0 ||
      getPostTransform() > 4)
    return emitOpError("expects 'n_targets' of at least 1, an 'aggregate_function' of 0 to 3 and a 'post_transform' of "
                       "0 to 4");
  return inferRegressor(*this, targets, elementOf(getX()), types);
}

} // namespace quern::onnx
