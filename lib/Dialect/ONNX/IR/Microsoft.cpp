// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Shapes of fused products, activations and normalisations of com.microsoft.

#include "ShapeRules.h"

using namespace mlir;

#define GET_OP_CLASSES
#include "quern/Dialect/ONNX/IR/Microsoft.cpp.inc"

namespace quern::onnx {

//===--- Products and windows ---------------------------------------------===//

template <typename Op>
static LogicalResult inferFusedMatMul(Op op, Types &types) {
  if (failed(checkSameElements(op, op->getOperands())))
    return failure();
  auto arrange = [](Value value, bool trans, bool transBatch) {
    auto type = rankedType(value);
    if (!type || type.getRank() < 2)
      return type;
    Shape shape(type.getShape());
    if (transBatch)
      std::rotate(shape.begin(), shape.begin() + 1, shape.end() - 1);
    if (trans)
      std::swap(shape[shape.size() - 1], shape[shape.size() - 2]);
    return RankedTensorType::get(shape, type.getElementType());
  };
  auto a = arrange(op.getA(), op.getTransA(), op.getTransBatchA()),
       b = arrange(op.getB(), op.getTransB(), op.getTransBatchB());
  if (!a || !b) {
    types.push_back(unranked(elementOf(op.getA())));
    return success();
  }
  return inferMatMul(op, a, b, a.getElementType(), types);
}

LogicalResult MSFusedMatMulOp::inferResultTypes(Types &types) { return inferFusedMatMul(*this, types); }
LogicalResult MSFusedMatMulActivationOp::inferResultTypes(Types &types) { return inferFusedMatMul(*this, types); }

// [batch, spatial…, channels]: the window moves over the dimensions between.
static LogicalResult inferNhwc(Operation *op, Value x, const Window &window, ArrayRef<int64_t> kernel, int64_t channels,
                               Type element, Types &types) {
  auto type = rankedType(x);
  int64_t spatial = type.getRank() - 2;
  if (failed(checkWindow(op, window, spatial)))
    return failure();
  Shape shape(type.getShape());
  shape.back() = channels;
  for (int64_t i = 0; i < spatial; ++i) {
    FailureOr<int64_t> size = windowOutput(op, window, spatial, i, shape[i + 1], kernel[i]);
    if (failed(size))
      return failure();
    shape[i + 1] = *size;
  }
  types.push_back(ranked(shape, element));
  return success();
}

LogicalResult inferNhwcConv(Operation *op, Value x, Value w, const Window &window, Type element, Types &types) {
  auto type = rankedType(x), weight = rankedType(w);
  if (failed(checkMinRank(op, x, 3, "X")) || failed(checkMinRank(op, w, 3, "W")))
    return failure();
  if (type && weight && type.getRank() != weight.getRank())
    return op->emitOpError("expects X and W of one rank, got ") << type << " and " << weight;
  if (!type || !weight) {
    types.push_back(type || weight ? ranked(unknownShape((type ? type : weight).getRank()), element)
                                   : unranked(element));
    return success();
  }
  bool isLast = hasLastChannels(type, weight, window.group);
  Shape kernel(weight.getShape().slice(isLast ? 1 : 2, type.getRank() - 2));
  if (!window.kernel.empty() && window.kernel.size() == kernel.size())
    kernel.assign(window.kernel.begin(), window.kernel.end());
  return inferNhwc(op, x, window, kernel, weight.getDimSize(0), element, types);
}

LogicalResult inferNhwcPool(Operation *op, Value x, const Window &window, Types &types) {
  if (failed(checkRank(op, x, window.kernel.size() + 2, "X")))
    return failure();
  auto type = rankedType(x);
  if (!type)
    return inferSameType(op, types);
  return inferNhwc(op, x, window, window.kernel, type.getShape().back(), type.getElementType(), types);
}

bool hasLastChannels(RankedTensorType x, RankedTensorType w, int64_t group) {
  int64_t channels = x.getShape().back();
  if (ShapedType::isDynamic(channels) || group < 1)
    return false;
  return w.getDimSize(1) * group != channels && w.getShape().back() * group == channels;
}

//===--- Activations ------------------------------------------------------===//

LogicalResult MSBiasSplitGeluOp::inferResultTypes(Types &types) {
  auto type = rankedType(getX());
  if (failed(checkMinRank(*this, getX(), 1, "X")))
    return failure();
  if (!type)
    return inferSameType(*this, types);
  Shape shape(type.getShape());
  if (!ShapedType::isDynamic(shape.back())) {
    if (shape.back() % 2)
      return emitOpError("expects an even last dimension, got ") << shape.back();
    shape.back() /= 2;
  }
  types.push_back(ranked(shape, type.getElementType()));
  return success();
}

LogicalResult MSBiasDropoutOp::inferResultTypes(Types &types) {
  types.push_back(getData().getType());
  return getMask() ? inferSameShape(*this, types, IntegerType::get(getContext(), 1)) : success();
}

//===--- Tensors ----------------------------------------------------------===//

LogicalResult MSUniqueOp::inferResultTypes(Types &types) {
  if (failed(checkRank(*this, getX(), 1, "x")))
    return failure();
  auto type = rankedType(getX());
  Type i64 = IntegerType::get(getContext(), 64);
  types.append({ranked({kDynamic}, elementOf(getX())), ranked({type ? type.getDimSize(0) : kDynamic}, i64),
                ranked({kDynamic}, i64)});
  return success();
}

LogicalResult MSInverseOp::inferResultTypes(Types &types) {
  if (failed(checkMinRank(*this, getX(), 2, "X")))
    return failure();
  auto type = rankedType(getX());
  if (type && failed(mergeSizes(*this, type.getDimSize(type.getRank() - 2), type.getShape().back(),
                                "the rows and columns of X")))
    return failure();
  return inferSameType(*this, types);
}

LogicalResult MSCDistOp::inferResultTypes(Types &types) {
  if (failed(checkOneOf(*this, "metric", getMetric(), {"sqeuclidean", "euclidean"})) ||
      failed(checkSameElements(*this, getOperands())) || failed(checkRank(*this, getA(), 2, "A")) ||
      failed(checkRank(*this, getB(), 2, "B")))
    return failure();
  auto a = rankedType(getA()), b = rankedType(getB());
  if (a && b && failed(mergeSizes(*this, a.getDimSize(1), b.getDimSize(1), "the columns of A and B")))
    return failure();
  types.push_back(ranked({a ? a.getDimSize(0) : kDynamic, b ? b.getDimSize(0) : kDynamic}, elementOf(getA())));
  return success();
}

} // namespace quern::onnx
