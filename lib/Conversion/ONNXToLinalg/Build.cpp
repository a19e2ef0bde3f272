// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Builders of the tensors and structured ops that all families use.

#include "Axes.h"

using namespace mlir;

namespace quern::lowering {

bool isUnsigned(Type type) { return getElementTypeOrSelf(type).isUnsignedInteger(); }

Type toSignless(Type type) {
  if (auto tensor = dyn_cast<TensorType>(type))
    return tensor.clone(toSignless(tensor.getElementType()));
  if (isa<onnx::StringType, onnx::SeqType, onnx::OptType, onnx::MapType>(type)) {
    Type handle = IntegerType::get(type.getContext(), 64);
    if (isa<onnx::StringType>(type))
      return handle;
    return RankedTensorType::get(isa<onnx::MapType>(type) ? 2 : ShapedType::kDynamic, handle);
  }
  if (type.isUnsignedInteger())
    return IntegerType::get(type.getContext(), type.getIntOrFloatBitWidth());
  // Nothing computes with complex numbers: they are moved as they are.
  if (auto complex = dyn_cast<ComplexType>(type))
    return IntegerType::get(type.getContext(), 2 * complex.getElementType().getIntOrFloatBitWidth());
  return type;
}

//===--- Tensors ----------------------------------------------------------===//

Value emptyTensor(Builder &b, ArrayRef<Size> shape, Type element) { return tensor::EmptyOp::create(b, shape, element); }

Value filledTensor(Builder &b, ArrayRef<Size> shape, Value scalar) {
  Value init = emptyTensor(b, shape, scalar.getType());
  return linalg::FillOp::create(b, ValueRange(scalar), ValueRange(init)).getResult(0);
}

Value scalar(Builder &b, Type type, double value) {
  if (auto floatType = dyn_cast<FloatType>(type))
    return arith::ConstantOp::create(b, b.getFloatAttr(floatType, value));
  return arith::ConstantOp::create(b, b.getIntegerAttr(type, static_cast<int64_t>(value)));
}

Value integer(Builder &b, Type type, int64_t value) {
  return arith::ConstantOp::create(b, b.getIntegerAttr(type, value));
}

static Value limit(Builder &b, Type type, bool isUnsigned, bool isLow) {
  if (auto floatType = dyn_cast<FloatType>(type)) {
    const llvm::fltSemantics &semantics = floatType.getFloatSemantics();
    bool hasInfinity = llvm::APFloat::semanticsHasInf(semantics);
    llvm::APFloat value =
        hasInfinity ? llvm::APFloat::getInf(semantics, isLow) : llvm::APFloat::getLargest(semantics, isLow);
    return arith::ConstantOp::create(b, b.getFloatAttr(floatType, value));
  }
  unsigned width = type.isIndex() ? 64 : type.getIntOrFloatBitWidth();
  llvm::APInt value =
      isLow ? (isUnsigned || width == 1 ? llvm::APInt::getMinValue(width) : llvm::APInt::getSignedMinValue(width))
            : (isUnsigned || width == 1 ? llvm::APInt::getMaxValue(width) : llvm::APInt::getSignedMaxValue(width));
  return arith::ConstantOp::create(b, b.getIntegerAttr(type, value));
}

Value lowest(Builder &b, Type type, bool isUnsigned) { return limit(b, type, isUnsigned, /*isLow=*/true); }
Value highest(Builder &b, Type type, bool isUnsigned) { return limit(b, type, isUnsigned, /*isLow=*/false); }

Value indexTable(Builder &b, ArrayRef<int64_t> values) {
  return arith::ConstantOp::create(b, b.getIndexTensorAttr(values));
}

Value castTo(Builder &b, Value tensor, RankedTensorType type) {
  if (tensor.getType() == type)
    return tensor;
  return tensor::CastOp::create(b, type, tensor);
}

Value castChecked(Builder &b, Value tensor, RankedTensorType type, StringRef message) {
  auto from = cast<RankedTensorType>(tensor.getType());
  bool fits = from.getRank() == type.getRank();
  for (int64_t dim = 0; fits && dim < type.getRank(); ++dim) {
    if (type.isDynamicDim(dim))
      continue;
    Size extent = dimOf(b, tensor, dim);
    fits = !known(extent) || known(extent) == type.getDimSize(dim);
    if (fits)
      checkEqual(b, extent, size(b, type.getDimSize(dim)), message);
  }
  if (fits)
    return castTo(b, tensor, type);
  // Never of these sizes: nothing is there to be used after the check.
  check(b, integer(b, b.getI1Type(), 0), message);
  Sizes none = llvm::map_to_vector(type.getShape(),
                                   [&](int64_t extent) { return size(b, ShapedType::isDynamic(extent) ? 0 : extent); });
  return castTo(b, emptyTensor(b, none, type.getElementType()), type);
}

Value padTensor(Builder &b, Value tensor, ArrayRef<Size> low, ArrayRef<Size> high, Value value) {
  // Trim first: negative amounts that are known.
  Sizes lows(low), highs(high), offsets, extents;
  bool trims = false, pads = false;
  for (int64_t i : llvm::seq<int64_t>(lows.size())) {
    Size zero = size(b, 0), extent = dimOf(b, tensor, i), offset = zero;
    auto trim = [&](Size &amount) {
      if (known(amount).value_or(0) >= 0)
        return zero;
      Size cut = size(b, -*known(amount));
      amount = zero;
      trims = true;
      return cut;
    };
    offset = trim(lows[i]);
    extent = sub(b, sub(b, extent, offset), trim(highs[i]));
    offsets.push_back(offset);
    extents.push_back(max(b, extent, zero));
    pads |= !isKnown(lows[i], 0) || !isKnown(highs[i], 0);
  }
  if (trims)
    tensor = sliceTensor(b, tensor, offsets, extents);
  if (!pads)
    return tensor;
  auto type = cast<RankedTensorType>(tensor.getType());
  SmallVector<int64_t> shape;
  for (auto [dim, extent] : llvm::enumerate(type.getShape())) {
    auto l = known(lows[dim]), h = known(highs[dim]);
    shape.push_back(l && h && !ShapedType::isDynamic(extent) ? extent + *l + *h : ShapedType::kDynamic);
  }
  return tensor::PadOp::create(b, type.clone(shape), tensor, lows, highs, value);
}

Value sliceTensor(Builder &b, Value tensor, ArrayRef<Size> offsets, ArrayRef<Size> sizes, ArrayRef<Size> strides) {
  Sizes ones(offsets.size(), size(b, 1));
  // Nothing may start at the end of the tensor, where empty slices may.
  if (llvm::any_of(sizes, [](Size extent) { return isKnown(extent, 0); }) ||
      llvm::is_contained(cast<RankedTensorType>(tensor.getType()).getShape(), 0))
    return emptyTensor(b, sizes, getElementTypeOrSelf(tensor));
  if (isPacked(getElementTypeOrSelf(tensor))) {
    SmallVector<Value> starts = asValues(b, offsets),
                       steps = asValues(b, strides.empty() ? ArrayRef<Size>(ones) : strides);
    return fromIndices(b, sizes, getElementTypeOrSelf(tensor), [&](Builder &b, ValueRange indices) -> Value {
      SmallVector<Value> source;
      for (auto [index, start, step] : llvm::zip_equal(indices, starts, steps))
        source.push_back(arith::AddIOp::create(b, start, arith::MulIOp::create(b, index, step)));
      return extract(b, tensor, source);
    });
  }
  return tensor::ExtractSliceOp::create(b, tensor, offsets, sizes, strides.empty() ? ArrayRef<Size>(ones) : strides);
}

Value transposeTensor(Builder &b, Value tensor, ArrayRef<int64_t> permutation) {
  if (llvm::equal(permutation, llvm::seq<int64_t>(permutation.size())))
    return tensor;
  Sizes sizes = shapeOf(b, tensor), shape;
  tensor = castTo(b, tensor, cast<RankedTensorType>(tensor.getType()).clone(staticShape(sizes)));
  for (int64_t source : permutation)
    shape.push_back(sizes[source]);
  Value init = emptyTensor(b, shape, getElementTypeOrSelf(tensor));
  return linalg::TransposeOp::create(b, tensor, init, permutation)->getResult(0);
}

Value reshapeTensor(Builder &b, Value tensor, ArrayRef<Size> shape) {
  auto type = cast<RankedTensorType>(tensor.getType());
  auto target = RankedTensorType::get(staticShape(shape), type.getElementType());
  if (type == target && llvm::all_of(llvm::enumerate(shape), [&](auto it) {
        return known(it.value()) || same(it.value(), dimOf(b, tensor, it.index()));
      }))
    return tensor;

  Sizes from = shapeOf(b, tensor);
  if (from.empty() || shape.empty()) {
    // To or from a scalar: all sizes are one.
    if (llvm::all_of(from, [](Size s) { return isKnown(s, 1); }) &&
        llvm::all_of(shape, [](Size s) { return isKnown(s, 1); })) {
      if (shape.empty())
        return tensor::CollapseShapeOp::create(b, tensor, ArrayRef<ReassociationIndices>());
      return tensor::ExpandShapeOp::create(b, target, tensor, ArrayRef<ReassociationIndices>());
    }
  } else if (auto groups = groupEqualProducts(from, shape)) {
    // Collapse every group to one dimension, then expand.
    SmallVector<ReassociationIndices> fromGroups, toGroups;
    int64_t i = 0, j = 0;
    for (auto [source, result] : *groups) {
      fromGroups.emplace_back(llvm::to_vector<2>(llvm::seq(i, i + source)));
      toGroups.emplace_back(llvm::to_vector<2>(llvm::seq(j, j + result)));
      i += source, j += result;
    }
    if (fromGroups.size() != from.size())
      tensor = tensor::CollapseShapeOp::create(b, tensor, fromGroups);
    if (toGroups.size() != shape.size()) {
      // What is known of a group's product must not be less than what is known of its parts.
      auto collapsed = cast<RankedTensorType>(tensor.getType());
      SmallVector<int64_t> middle;
      for (auto [at, group] : llvm::enumerate(toGroups)) {
        int64_t product = 1;
        for (int64_t dim : group)
          product = ShapedType::isDynamic(product) || target.isDynamicDim(dim) ? ShapedType::kDynamic
                                                                               : product * target.getDimSize(dim);
        middle.push_back(product);
      }
      tensor = castTo(b, tensor, collapsed.clone(middle));
      tensor = tensor::ExpandShapeOp::create(b, target, tensor, toGroups, shape);
    }
    return castTo(b, tensor, target);
  }
  if (target.hasStaticShape() && type.hasStaticShape()) {
    // No common boundary: through one dimension.
    ReassociationIndices all, out;
    llvm::append_range(all, llvm::seq<int64_t>(from.size()));
    llvm::append_range(out, llvm::seq<int64_t>(shape.size()));
    if (all.size() > 1)
      tensor = tensor::CollapseShapeOp::create(b, tensor, ArrayRef<ReassociationIndices>(all));
    if (out.size() > 1)
      tensor = tensor::ExpandShapeOp::create(b, target, tensor, ArrayRef<ReassociationIndices>(out));
    return tensor;
  }
  if (shape.empty()) { // one element, as the caller has made sure
    tensor = castTo(b, tensor, type.clone(SmallVector<int64_t>(from.size(), 1)));
    return tensor::CollapseShapeOp::create(b, tensor, ArrayRef<ReassociationIndices>());
  }
  Value extents = tensor::FromElementsOp::create(b, asValues(b, shape));
  return tensor::ReshapeOp::create(b, target, tensor, extents);
}

static SmallVector<ReassociationIndices> groupsOf(int64_t rank, int64_t dim, int64_t count) {
  SmallVector<ReassociationIndices> groups;
  for (int64_t i = 0; i < rank;) {
    int64_t width = i == dim ? count : 1;
    groups.emplace_back(llvm::to_vector<2>(llvm::seq(i, i + width)));
    i += width;
  }
  return groups;
}

Value splitDim(Builder &b, Value tensor, int64_t dim, ArrayRef<Size> parts) {
  Sizes shape = shapeOf(b, tensor);
  // What is known of the dimension must be what is known of its parts.
  SmallVector<int64_t> whole = staticShape(shape);
  whole[dim] = known(product(b, parts)).value_or(ShapedType::kDynamic);
  tensor = castTo(b, tensor, cast<RankedTensorType>(tensor.getType()).clone(whole));
  shape.erase(shape.begin() + dim);
  shape.insert(shape.begin() + dim, parts.begin(), parts.end());
  auto type = RankedTensorType::get(staticShape(shape), getElementTypeOrSelf(tensor));
  return tensor::ExpandShapeOp::create(b, type, tensor, groupsOf(shape.size(), dim, parts.size()), shape);
}

Value mergeDims(Builder &b, Value tensor, int64_t dim, int64_t count) {
  if (count == 1)
    return tensor;
  int64_t rank = cast<RankedTensorType>(tensor.getType()).getRank();
  return tensor::CollapseShapeOp::create(b, tensor, groupsOf(rank, dim, count));
}

Value extract(Builder &b, Value tensor, ArrayRef<Value> indices) {
  return tensor::ExtractOp::create(b, tensor, indices);
}

//===--- Structured ops ---------------------------------------------------===//

SmallVector<Value> generic(Builder &b, ValueRange inputs, ValueRange inits, ArrayRef<AffineMap> maps,
                           ArrayRef<utils::IteratorType> iterators, Body body) {
  auto op = linalg::GenericOp::create(b, inits.getTypes(), inputs, inits, maps, iterators,
                                      [&](OpBuilder &nested, Location loc, ValueRange args) {
                                        Builder inner(loc, nested);
                                        SmallVector<Value> results = body(inner, args);
                                        linalg::YieldOp::create(inner, results);
                                      });
  return llvm::to_vector_of<Value>(op.getResults());
}

Value fromIndices(Builder &b, ArrayRef<Size> shape, Type element, function_ref<Value(Builder &, ValueRange)> body) {
  Value init = emptyTensor(b, shape, element);
  SmallVector<utils::IteratorType> iterators(shape.size(), utils::IteratorType::parallel);
  AffineMap identity = b.getMultiDimIdentityMap(shape.size());
  return generic(b, {}, init, identity, iterators,
                 [&](Builder &b, ValueRange) -> SmallVector<Value> {
                   SmallVector<Value> indices;
                   for (size_t i : llvm::seq(shape.size()))
                     indices.push_back(linalg::IndexOp::create(b, i));
                   return {body(b, indices)};
                 })
      .front();
}

Value mapTensor(Builder &b, Value tensor, Type element, function_ref<Value(Builder &, Value)> body) {
  Sizes shape = shapeOf(b, tensor);
  Value init = emptyTensor(b, shape, element);
  SmallVector<utils::IteratorType> iterators(shape.size(), utils::IteratorType::parallel);
  AffineMap identity = b.getMultiDimIdentityMap(shape.size());
  return generic(b, tensor, init, {identity, identity}, iterators,
                 [&](Builder &b, ValueRange args) -> SmallVector<Value> { return {body(b, args[0])}; })
      .front();
}

//===--- Indices ----------------------------------------------------------===//

Value clampIndex(Builder &b, Value value, Value low, Value high) {
  return arith::MaxSIOp::create(b, arith::MinSIOp::create(b, value, high), low);
}

Value checkedIndex(Builder &b, Value index, Value extent) {
  Value zero = arith::ConstantIndexOp::create(b, 0);
  Value negative = arith::CmpIOp::create(b, arith::CmpIPredicate::slt, index, zero);
  Value wrapped = arith::SelectOp::create(b, negative, arith::AddIOp::create(b, index, extent), index);
  // As unsigned numbers, negative indices are large.
  Value inBounds = arith::CmpIOp::create(b, arith::CmpIPredicate::ult, wrapped, extent);
  check(b, inBounds, "index out of range");
  return arith::SelectOp::create(b, inBounds, wrapped, zero);
}

} // namespace quern::lowering
