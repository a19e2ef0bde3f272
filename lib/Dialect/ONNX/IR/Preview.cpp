// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Shapes of operators that are not released yet.

#include "ShapeRules.h"

using namespace mlir;

namespace quern::onnx {

// `states` kinds of state beside the tensors and their gradients: all of one shape.
static LogicalResult inferOptimizer(Operation *op, Value rate, Value step, ValueRange inputs, int64_t states,
                                    Types &types) {
  int64_t kinds = 2 + states, count = static_cast<int64_t>(inputs.size());
  if (failed(checkScalar(op, rate, "R")) || failed(checkScalar(op, step, "T")))
    return failure();
  if (count == 0 || count % kinds)
    return op->emitOpError("expects ") << kinds << " inputs after T for each tensor, got " << count;
  int64_t tensors = count / kinds;
  for (auto [i, input] : llvm::enumerate(inputs)) {
    Value tensor = inputs[i % tensors];
    if (elementOf(input) != elementOf(tensor) || failed(verifyCompatibleShape(input.getType(), tensor.getType())))
      return op->emitOpError("expects input #")
             << i + 2 << " of the type of its tensor " << tensor.getType() << ", got " << input.getType();
  }
  for (int64_t kind = 0; kind <= states; ++kind) // the gradients have no new value
    for (int64_t i = 0; i < tensors; ++i)
      types.push_back(inputs[(kind == 0 ? 0 : kind + 1) * tensors + i].getType());
  return success();
}

// What `past` says of the state that it begins.
static LogicalResult mergePastState(Operation *op, Value past, Shape &state) {
  if (failed(checkRank(op, past, state.size(), "past_state")))
    return failure();
  if (auto type = rankedType(past))
    for (auto [d, size] : llvm::enumerate(state)) {
      FailureOr<int64_t> merged =
          mergeSizes(op, size, type.getDimSize(d), "past_state and what it continues, in dimension " + Twine(d));
      if (failed(merged))
        return failure();
      size = *merged;
    }
  return success();
}

} // namespace quern::onnx

#define GET_OP_CLASSES
#include "quern/Dialect/ONNX/IR/Preview.cpp.inc"

namespace quern::onnx {

LogicalResult SwiGLUOp::inferResultTypes(Types &types) {
  if (failed(checkSameElements(*this, getOperands())))
    return failure();
  if (failed(verifyCompatibleShape(getA().getType(), getB().getType())))
    return emitOpError("expects A and B of one shape, got ") << getA().getType() << " and " << getB().getType();
  return inferBroadcast(*this, types);
}

LogicalResult CausalConvWithStateOp::inferResultTypes(Types &types) {
  if (failed(checkSameElements(*this, getOperands())) || failed(checkRank(*this, getInput(), 3, "input")) ||
      failed(checkRank(*this, getWeight(), 3, "weight")) ||
      failed(checkOneOf(*this, "activation", getActivation(), {"none", "silu", "swish"})))
    return failure();
  Shape output = unknownShape(3), state = unknownShape(3);
  int64_t kernel = kDynamic;
  if (auto type = rankedType(getWeight())) {
    if (failed(mergeSizes(*this, 1, type.getDimSize(1), "the channels that one kernel takes")))
      return failure();
    output[1] = type.getDimSize(0);
    kernel = type.getDimSize(2);
    if (kernel == 0)
      return emitOpError("expects kernels of at least 1 position");
  }
  if (auto type = rankedType(getInput())) {
    FailureOr<int64_t> channels = mergeSizes(*this, output[1], type.getDimSize(1), "the channels of input and weight");
    if (failed(channels))
      return failure();
    output = {type.getDimSize(0), *channels, type.getDimSize(2)};
  }
  if (getBias() && failed(checkVector(*this, getBias(), output[1], "bias")))
    return failure();
  state = {output[0], output[1], ShapedType::isDynamic(kernel) ? kDynamic : kernel - 1};
  if (getPastState()) {
    if (failed(mergePastState(*this, getPastState(), state)))
      return failure();
  }
  types.append({ranked(output, elementOf(getInput())), ranked(state, elementOf(getInput()))});
  return success();
}

// The size of a head, where the packed size is known.
static FailureOr<int64_t> headSize(Operation *op, RankedTensorType type, int64_t heads, StringRef name) {
  int64_t packed = type ? type.getDimSize(2) : kDynamic;
  if (ShapedType::isDynamic(packed))
    return kDynamic;
  if (packed % heads)
    return op->emitOpError("expects the last dimension of ")
           << name << " to divide into " << heads << " heads, got " << packed;
  return packed / heads;
}

LogicalResult LinearAttentionOp::inferResultTypes(Types &types) {
  int64_t qHeads = getQNumHeads(), kvHeads = getKvNumHeads();
  if (qHeads < 1 || kvHeads < 1 || qHeads % kvHeads)
    return emitOpError("expects 'q_num_heads' to be a multiple of 'kv_num_heads', got ")
           << qHeads << " and " << kvHeads;
  if (failed(checkOneOf(*this, "update_rule", getUpdateRule(), {"linear", "gated", "delta", "gated_delta"})))
    return failure();
  for (auto [value, word, name] :
       {std::tuple<Value, StringRef, StringRef>(getDecay(), "gated", "decay"), {getBeta(), "delta", "beta"}})
    if (getUpdateRule().contains(word) != (value != nullptr))
      return emitOpError("expects ") << name << (value ? " to be absent" : " to be there") << " where 'update_rule' is "
                                     << getUpdateRule();
  for (auto [value, name] : {std::pair<Value, StringRef>(getQuery(), "query"),
                             {getKey(), "key"},
                             {getValue(), "value"},
                             {getDecay(), "decay"},
                             {getBeta(), "beta"}})
    if (value && failed(checkRank(*this, value, 3, name)))
      return failure();
  auto q = rankedType(getQuery()), k = rankedType(getKey()), v = rankedType(getValue());
  FailureOr<int64_t> features = headSize(*this, q, qHeads, "query"), keys = headSize(*this, k, kvHeads, "key"),
                     values = headSize(*this, v, kvHeads, "value");
  if (failed(features) || failed(keys) || failed(values))
    return failure();
  features = mergeSizes(*this, *features, *keys, "the features of queries and keys");
  if (failed(features))
    return failure();
  Shape output = unknownShape(3), state = {kDynamic, kvHeads, *features, *values};
  for (RankedTensorType type : {q, k, v})
    for (int64_t d : {0, 1}) {
      FailureOr<int64_t> merged = mergeSizes(*this, output[d], type ? type.getDimSize(d) : kDynamic,
                                             "query, key and value in dimension " + Twine(d));
      if (failed(merged))
        return failure();
      output[d] = *merged;
    }
  state[0] = output[0];
  output[2] = multiply(qHeads, *values).value_or(kDynamic);
  Type stateElement = elementOf(getQuery());
  if (getPastState()) {
    if (failed(mergePastState(*this, getPastState(), state)))
      return failure();
    stateElement = elementOf(getPastState());
  }
  types.append({ranked(output, elementOf(getQuery())), ranked(state, stateElement)});
  return success();
}

//===--- FlexAttention ----------------------------------------------------===//

FailureOr<Type> PreviewFlexAttentionOp::getPrecision() {
  if (getSoftmaxPrecision())
    return checkDataType(*this, *getSoftmaxPrecision(), "softmax_precision");
  Type element = elementOf(getQ());
  return element.isF64() ? element : Type(Float32Type::get(getContext()));
}

LogicalResult PreviewFlexAttentionOp::inferResultTypes(Types &types) {
  FailureOr<Type> precision = getPrecision();
  if (failed(precision))
    return failure();
  if (!isa<FloatType>(*precision) || precision->getIntOrFloatBitWidth() < 16)
    return emitOpError("expects 'softmax_precision' to be a float type of at least 16 bits, got ") << *precision;
  if (failed(checkSameElements(*this, getOperands())))
    return failure();
  for (auto [value, name] : {std::pair<Value, StringRef>(getQ(), "Q"), {getK(), "K"}, {getV(), "V"}})
    if (failed(checkRank(*this, value, 4, name)))
      return failure();
  Shape shape = unknownShape(4);
  auto q = rankedType(getQ()), k = rankedType(getK()), v = rankedType(getV());
  if (q && k) {
    if (failed(mergeSizes(*this, q.getDimSize(3), k.getDimSize(3), "the features of Q and K")))
      return failure();
    int64_t heads = q.getDimSize(1), shared = k.getDimSize(1);
    if (!ShapedType::isDynamic(heads) && !ShapedType::isDynamic(shared) && (shared == 0 || heads % shared))
      return emitOpError("expects heads of Q that are a multiple of those of K, got ") << heads << " and " << shared;
  }
  if (k && v)
    for (int64_t d : {1, 2})
      if (failed(mergeSizes(*this, k.getDimSize(d), v.getDimSize(d), "K and V in dimension " + Twine(d))))
        return failure();
  if (q)
    shape = {q.getDimSize(0), q.getDimSize(1), q.getDimSize(2), kDynamic};
  if (v)
    shape[3] = v.getDimSize(3);
  types.push_back(ranked(shape, elementOf(getQ())));
  return success();
}

LogicalResult PreviewFlexAttentionOp::verifyRegions() {
  FailureOr<Type> precision = getPrecision();
  if (failed(precision))
    return failure();
  for (auto [region, name] :
       {std::pair<Region *, StringRef>(&getScoreMod(), "score_mod"), {&getProbMod(), "prob_mod"}}) {
    if (region->empty())
      continue;
    auto yield = dyn_cast<YieldOp>(region->front().back());
    if (!yield || yield.getNumOperands() != 1 || region->getNumArguments() != 1)
      return emitOpError("expects '") << name << "' of one input and one output";
    for (Type type : {region->getArgument(0).getType(), yield.getOperand(0).getType()}) {
      auto tensor = dyn_cast<TensorType>(type);
      if (!tensor || tensor.getElementType() != *precision || (tensor.hasRank() && tensor.getRank() != 4))
        return emitOpError("expects '") << name << "' to take and make a tensor of rank 4 of " << *precision << ", got "
                                        << type;
    }
  }
  return success();
}

} // namespace quern::onnx
