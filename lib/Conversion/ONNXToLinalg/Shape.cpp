// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Shapes as values, and ops that only change a tensor's shape.

#include "Axes.h"
#include "Broadcast.h"

using namespace mlir;

namespace quern::lowering {
namespace {

Value toI64(Builder &b, Size extent) {
  if (auto number = known(extent))
    return integer(b, b.getI64Type(), *number);
  return arith::IndexCastOp::create(b, b.getI64Type(), cast<Value>(extent));
}

struct LowerShape : Lowering<onnx::ShapeOp> {
  using Lowering::Lowering;
  LogicalResult lower(onnx::ShapeOp op, Adaptor adaptor, Builder &b, Rewriter &rewriter) const override {
    int64_t rank = cast<RankedTensorType>(adaptor.getData().getType()).getRank();
    auto clamp = [&](int64_t position) {
      return std::clamp<int64_t>(position < 0 ? position + rank : position, 0, rank);
    };
    int64_t start = clamp(op.getStart()), end = clamp(op.getEnd().value_or(rank));
    SmallVector<Value> extents;
    for (int64_t dim = start; dim < end; ++dim)
      extents.push_back(toI64(b, dimOf(b, adaptor.getData(), dim)));
    auto type = RankedTensorType::get(extents.size(), b.getI64Type());
    replace(rewriter, op, b, fromScalars(b, type, extents));
    return success();
  }
};

struct LowerSize : Lowering<onnx::SizeOp> {
  using Lowering::Lowering;
  LogicalResult lower(onnx::SizeOp op, Adaptor adaptor, Builder &b, Rewriter &rewriter) const override {
    Value count = toI64(b, product(b, shapeOf(b, adaptor.getData())));
    replace(rewriter, op, b, fromScalars(b, RankedTensorType::get({}, b.getI64Type()), count));
    return success();
  }
};

/// Reshapes an op's operand: scalars stay scalars.
template <typename OpTy>
LogicalResult replaceByReshape(const Lowering<OpTy> &pattern, ConversionPatternRewriter &rewriter, OpTy op, Builder &b,
                               Value data, ArrayRef<Size> shape) {
  auto type = pattern.resultType(op);
  if (type.hasStaticShape() && type.getRank() <= 1)
    if (auto scalars = knownScalars(b, data)) {
      rewriter.replaceOp(op, fromScalars(b, type, *scalars));
      return success();
    }
  pattern.replace(rewriter, op, b, reshapeTensor(b, data, refine(b, shape, type)));
  return success();
}

struct LowerReshape : Lowering<onnx::ReshapeOp> {
  using Lowering::Lowering;
  LogicalResult lower(onnx::ReshapeOp op, Adaptor adaptor, Builder &b, Rewriter &rewriter) const override {
    constexpr StringRef message = "the number of elements does not fit the new shape";
    Value data = adaptor.getData();
    auto type = resultType(op);
    Sizes from = shapeOf(b, data), shape, divisors;
    Size one = size(b, 1), minusOne = size(b, -1), zero = size(b, 0);
    std::optional<size_t> inferred;
    SmallVector<size_t> unsure;
    for (auto [i, requested] : llvm::enumerate(readVector(b, adaptor.getShape(), type.getRank()))) {
      Size extent = requested;
      if (isKnown(extent, -1) && !inferred) {
        inferred = i;
        shape.push_back(extent);
        continue;
      }
      if (!op.getAllowzero() && i < from.size() && (isKnown(extent, 0) || !isNonNegative(extent)))
        extent = selectEqual(b, extent, zero, from[i], extent);
      if (!isNonNegative(extent))
        unsure.push_back(i);
      shape.push_back(extent);
      divisors.push_back(isNonNegative(extent) ? extent : selectEqual(b, extent, minusOne, one, extent));
    }
    if (inferred) {
      shape[*inferred] = quotient(b, from, divisors, message);
    } else if (!unsure.empty()) {
      Size rest = quotient(b, from, divisors, message);
      for (size_t i : unsure)
        shape[i] = selectEqual(b, shape[i], minusOne, rest, shape[i]);
    }
    for (size_t i : unsure)
      checkSize(b, shape[i]);
    shape = refine(b, shape, type);
    if (!sameProduct(from, shape) && !(inferred && unsure.empty()))
      checkEqual(b, product(b, from), product(b, shape), message);
    return replaceByReshape(*this, rewriter, op, b, data, shape);
  }
};

struct LowerFlatten : Lowering<onnx::FlattenOp> {
  using Lowering::Lowering;
  LogicalResult lower(onnx::FlattenOp op, Adaptor adaptor, Builder &b, Rewriter &rewriter) const override {
    Sizes from = shapeOf(b, adaptor.getInput());
    int64_t axis = op.getAxis() + (op.getAxis() < 0 ? from.size() : 0);
    Sizes shape = {product(b, ArrayRef(from).take_front(axis)), product(b, ArrayRef(from).drop_front(axis))};
    return replaceByReshape(*this, rewriter, op, b, adaptor.getInput(), shape);
  }
};

struct LowerSqueeze : Lowering<onnx::SqueezeOp> {
  using Lowering::Lowering;
  LogicalResult lower(onnx::SqueezeOp op, Adaptor adaptor, Builder &b, Rewriter &rewriter) const override {
    Sizes from = shapeOf(b, adaptor.getData()), dropped;
    Size one = size(b, 1), zero = size(b, 0);
    if (adaptor.getAxes())
      dropped = nameDims(b, adaptor.getAxes(), from.size()).isNamed;
    else
      for (Size extent : from)
        dropped.push_back(selectEqual(b, extent, one, one, zero));
    Sizes shape = dropNamed(b, from, dropped, resultType(op).getRank());
    auto source = cast<RankedTensorType>(adaptor.getData().getType());
    SmallVector<int64_t> ones = llvm::to_vector(source.getShape());
    for (auto [dim, flag] : llvm::enumerate(dropped)) {
      checkEqual(b, selectEqual(b, flag, one, from[dim], one), one, "a squeezed dimension has more than one element");
      // A dimension that the check found to be one.
      if (isKnown(flag, 1))
        ones[dim] = 1;
    }
    return replaceByReshape(*this, rewriter, op, b, castTo(b, adaptor.getData(), source.clone(ones)), shape);
  }
};

struct LowerUnsqueeze : Lowering<onnx::UnsqueezeOp> {
  using Lowering::Lowering;
  LogicalResult lower(onnx::UnsqueezeOp op, Adaptor adaptor, Builder &b, Rewriter &rewriter) const override {
    NamedDims dims = nameDims(b, adaptor.getAxes(), resultType(op).getRank());
    Sizes shape = insertNamed(b, shapeOf(b, adaptor.getData()), dims.isNamed);
    return replaceByReshape(*this, rewriter, op, b, adaptor.getData(), shape);
  }
};

} // namespace

void addShapes(Patterns &patterns, Converter &converter) {
  patterns.add<LowerShape, LowerSize>(converter, patterns.getContext());
}

void addReshapes(Patterns &patterns, Converter &converter) {
  patterns.add<LowerReshape, LowerFlatten, LowerSqueeze, LowerUnsqueeze>(converter, patterns.getContext());
}

} // namespace quern::lowering
