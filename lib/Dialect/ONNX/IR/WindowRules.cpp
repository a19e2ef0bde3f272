// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Shape rules of products, convolutions and pools.

#include "ShapeRules.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace quern::onnx {

//===--- Products ---------------------------------------------------------===//

LogicalResult inferMatMul(Operation *op, RankedTensorType a, RankedTensorType b, Type element, Types &types) {
  if (a.getRank() == 0 || b.getRank() == 0)
    return op->emitOpError("expects operands of rank at least 1, got ") << a << " and " << b;
  Shape left(a.getShape()), right(b.getShape());
  bool vectorLeft = left.size() == 1, vectorRight = right.size() == 1;
  if (vectorLeft)
    left.insert(left.begin(), 1);
  if (vectorRight)
    right.push_back(1);
  if (failed(mergeSizes(op, left.back(), right[right.size() - 2], "the columns of A and the rows of B")))
    return failure();
  FailureOr<Shape> shape = broadcast(op, ArrayRef(left).drop_back(2), ArrayRef(right).drop_back(2));
  if (failed(shape))
    return failure();
  if (!vectorLeft)
    shape->push_back(left[left.size() - 2]);
  if (!vectorRight)
    shape->push_back(right.back());
  types.push_back(ranked(*shape, element));
  return success();
}

LogicalResult inferMatMul(Operation *op, Value a, Value b, Type element, Types &types) {
  if (!element) {
    if (failed(checkSameElements(op, {a, b})))
      return failure();
    element = elementOf(a);
  }
  if (failed(checkMinRank(op, a, 1, "A")) || failed(checkMinRank(op, b, 1, "B")))
    return failure();
  auto typeA = rankedType(a), typeB = rankedType(b);
  if (!typeA || !typeB) {
    types.push_back(unranked(element));
    return success();
  }
  return inferMatMul(op, typeA, typeB, element, types);
}

LogicalResult inferGemm(Operation *op, Value a, Value b, Value c, bool transA, bool transB, Types &types) {
  if (failed(checkSameElements(op, op->getOperands())) || failed(checkRank(op, a, 2, "A")) ||
      failed(checkRank(op, b, 2, "B")))
    return failure();
  auto typeA = rankedType(a), typeB = rankedType(b);
  Shape shape = unknownShape(2);
  if (typeA)
    shape[0] = typeA.getDimSize(transA ? 1 : 0);
  if (typeB)
    shape[1] = typeB.getDimSize(transB ? 0 : 1);
  if (typeA && typeB &&
      failed(mergeSizes(op, typeA.getDimSize(transA ? 0 : 1), typeB.getDimSize(transB ? 1 : 0),
                        "the columns of A' and the rows of B'")))
    return failure();
  if (failed(checkBroadcastsTo(op, c, shape, "C")))
    return failure();
  types.push_back(ranked(shape, elementOf(a)));
  return success();
}

//===--- Windows ----------------------------------------------------------===//

LogicalResult checkWindow(Operation *op, const Window &window, int64_t spatial) {
  auto check = [&](ArrayRef<int64_t> values, StringRef name, int64_t count, int64_t least) -> LogicalResult {
    if (values.empty())
      return success();
    if (static_cast<int64_t>(values.size()) != count)
      return op->emitOpError("expects '")
             << name << "' of " << count << " numbers for " << spatial << " spatial dimensions, got " << values.size();
    for (int64_t value : values)
      if (value < least || value > INT32_MAX)
        return op->emitOpError("expects '") << name << "' to be at least " << least << " and below 2^31, got " << value;
    return success();
  };
  if (failed(check(window.kernel, "kernel_shape", spatial, 1)) ||
      failed(check(window.strides, "strides", spatial, 1)) ||
      failed(check(window.dilations, "dilations", spatial, 1)) || failed(check(window.pads, "pads", 2 * spatial, 0)))
    return failure();
  if (window.group < 1)
    return op->emitOpError("expects 'group' to be at least 1, got ") << window.group;
  return checkOneOf(op, "auto_pad", window.autoPad, {"NOTSET", "SAME_UPPER", "SAME_LOWER", "VALID"});
}

FailureOr<int64_t> windowOutput(Operation *op, const Window &window, int64_t spatial, int64_t dim, int64_t input,
                                int64_t kernel) {
  int64_t stride = window.strides.empty() ? 1 : window.strides[dim];
  int64_t dilation = window.dilations.empty() ? 1 : window.dilations[dim];
  if (ShapedType::isDynamic(input))
    return kDynamic;
  if (window.autoPad.starts_with("SAME"))
    return input / stride + (input % stride != 0);
  if (ShapedType::isDynamic(kernel))
    return kDynamic;
  int64_t begin = 0, pads = 0;
  if (!window.pads.empty() && window.autoPad == "NOTSET") {
    begin = window.pads[dim];
    pads = begin + window.pads[dim + spatial];
  }
  int64_t extent; // of the window
  if (llvm::MulOverflow(kernel - 1, dilation, extent) || extent > INT64_MAX / 4 || input > INT64_MAX / 4)
    return op->emitOpError("expects sizes that fit 64 bits in spatial dimension ") << dim;
  extent += 1;
  int64_t room = input + pads - extent;
  if (room < 0)
    return op->emitOpError("expects a window no larger than the padded input in spatial dimension ")
           << dim << ", got " << extent << " over " << input + pads;
  if (!window.ceilMode)
    return room / stride + 1;
  // A window may hang over the end, but must start inside the input or its left padding.
  int64_t last = room / stride + (room % stride != 0);
  return last > 0 && last * stride >= input + begin ? last : last + 1;
}

LogicalResult inferConv(Operation *op, Value x, Value w, Value b, const Window &window, Type element, Types &types) {
  if (!element) {
    element = elementOf(x);
    if (failed(checkSameElements(op, op->getOperands())))
      return failure();
  }
  if (failed(checkMinRank(op, x, 2, "X")) || failed(checkMinRank(op, w, 2, "W")))
    return failure();
  auto typeX = rankedType(x), typeW = rankedType(w);
  if (typeX && typeW && typeX.getRank() != typeW.getRank())
    return op->emitOpError("expects X and W of one rank, got ") << typeX << " and " << typeW;
  if (!typeX && !typeW) {
    types.push_back(unranked(element));
    return success();
  }
  int64_t rank = (typeX ? typeX : typeW).getRank(), spatial = rank - 2;
  if (failed(checkWindow(op, window, spatial)))
    return failure();
  Shape shape = unknownShape(rank);
  if (typeX)
    shape[0] = typeX.getDimSize(0);
  if (typeW) {
    int64_t filters = shape[1] = typeW.getDimSize(0), channels = typeW.getDimSize(1);
    if (!ShapedType::isDynamic(filters) && filters % window.group)
      return op->emitOpError("expects filters that divide into 'group', got ") << filters << " in " << window.group;
    std::optional<int64_t> want = multiply(channels, window.group);
    if (typeX && (!want || (!ShapedType::isDynamic(typeX.getDimSize(1)) && !ShapedType::isDynamic(*want) &&
                            typeX.getDimSize(1) != *want)))
      return op->emitOpError("expects X of ")
             << channels << " * " << window.group << " channels, got " << typeX.getDimSize(1);
    for (auto [i, size] : llvm::enumerate(window.kernel))
      if (!ShapedType::isDynamic(typeW.getDimSize(i + 2)) && typeW.getDimSize(i + 2) != size)
        return op->emitOpError("expects 'kernel_shape' to agree with W, got ")
               << size << " and " << typeW.getDimSize(i + 2) << " in spatial dimension " << i;
    if (failed(checkVector(op, b, filters, "B")))
      return failure();
  }
  if (typeX)
    for (int64_t i = 0; i < spatial; ++i) {
      int64_t kernel = !window.kernel.empty() ? window.kernel[i] : typeW ? typeW.getDimSize(i + 2) : kDynamic;
      if (kernel == 0)
        return op->emitOpError("expects a kernel of at least one element, got ") << typeW;
      FailureOr<int64_t> size = windowOutput(op, window, spatial, i, typeX.getDimSize(i + 2), kernel);
      if (failed(size))
        return failure();
      shape[i + 2] = *size;
    }
  types.push_back(ranked(shape, element));
  return success();
}

LogicalResult inferPool(Operation *op, const Window &window, Types &types) {
  Value x = op->getOperand(0);
  int64_t spatial = window.kernel.size();
  if (failed(checkWindow(op, window, spatial)) || failed(checkRank(op, x, spatial + 2, "X")))
    return failure();
  Shape shape = unknownShape(spatial + 2);
  if (auto type = rankedType(x)) {
    shape.assign(type.getShape().begin(), type.getShape().end());
    for (int64_t i = 0; i < spatial; ++i) {
      FailureOr<int64_t> size = windowOutput(op, window, spatial, i, shape[i + 2], window.kernel[i]);
      if (failed(size))
        return failure();
      shape[i + 2] = *size;
    }
  }
  types.push_back(ranked(shape, elementOf(x)));
  if (op->getNumResults() > 1)
    types.push_back(ranked(shape, IntegerType::get(op->getContext(), 64)));
  return success();
}

LogicalResult inferGlobalPool(Operation *op, Types &types, bool channelsLast) {
  Value x = op->getOperand(0);
  if (failed(checkMinRank(op, x, 2, "X")))
    return failure();
  auto type = rankedType(x);
  if (!type)
    return inferSameType(op, types);
  Shape shape(type.getShape());
  for (int64_t i = channelsLast ? 1 : 2, e = type.getRank() - channelsLast; i < e; ++i)
    shape[i] = 1;
  types.push_back(ranked(shape, type.getElementType()));
  return success();
}

} // namespace quern::onnx
