// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Gathers: all-parallel over the result, each element read at an index of the
// run. An index out of range fails the run, and reads element 0.

#include "Axes.h"

using namespace mlir;

namespace quern::lowering {
namespace {

Value toIndex(Builder &b, Value value) {
  return value.getType().isIndex() ? value : Value(arith::IndexCastOp::create(b, b.getIndexType(), value));
}

/// Element 0 must exist where indices are looked up.
void checkNotEmpty(Builder &b, Size extent, ArrayRef<Size> lookups) {
  if (known(extent).value_or(0) > 0)
    return;
  auto isZero = [&](Size number, arith::CmpIPredicate predicate) -> Value {
    return arith::CmpIOp::create(b, predicate, asValue(b, number), asValue(b, size(b, 0)));
  };
  Value hasElements = isZero(extent, arith::CmpIPredicate::ne);
  Value hasNoLookups = isZero(product(b, lookups), arith::CmpIPredicate::eq);
  check(b, arith::OrIOp::create(b, hasElements, hasNoLookups), "index into an empty dimension");
}

struct LowerGather : Lowering<onnx::GatherOp> {
  using Lowering::Lowering;
  LogicalResult lower(onnx::GatherOp op, Adaptor adaptor, Builder &b, Rewriter &rewriter) const override {
    Value data = adaptor.getData(), indices = adaptor.getIndices();
    auto type = resultType(op);
    Sizes from = shapeOf(b, data), lookups = shapeOf(b, indices);
    int64_t rank = from.size(), axis = op.getAxis() + (op.getAxis() < 0 ? rank : 0);
    auto constant = hasKnownScalars(indices) ? constantIntegers(indices) : std::nullopt;
    if (constant && known(from[axis]))
      for (int64_t &index : *constant) {
        index += index < 0 ? *known(from[axis]) : 0;
        if (index < 0 || index >= *known(from[axis]))
          return unsupported(rewriter, op,
                             "expects indices in [-" + Twine(*known(from[axis])) + ", " + Twine(*known(from[axis])) +
                                 ")");
      }
    if (auto scalars = knownScalars(b, data); scalars && constant && rank == 1 && lookups.size() <= 1) {
      SmallVector<Value> picked;
      for (int64_t index : *constant)
        picked.push_back((*scalars)[index]);
      rewriter.replaceOp(op, fromScalars(b, type, picked));
      return success();
    }
    Sizes shape(ArrayRef(from).take_front(axis));
    llvm::append_range(shape, lookups);
    llvm::append_range(shape, ArrayRef(from).drop_front(axis + 1));
    if (constant && known(from[axis]) && lookups.empty()) {
      // One slice.
      Sizes offsets(rank, size(b, 0)), sizes(from);
      offsets[axis] = size(b, constant->front());
      sizes[axis] = size(b, 1);
      replace(rewriter, op, b, reshapeTensor(b, sliceTensor(b, data, offsets, sizes), shape));
      return success();
    }

    checkNotEmpty(b, from[axis], shape);
    Value extent = asValue(b, from[axis]);
    int64_t loops = shape.size();
    SmallVector<AffineExpr> exprs;
    for (int64_t i : llvm::seq<int64_t>(lookups.size()))
      exprs.push_back(b.getAffineDimExpr(axis + i));
    SmallVector<AffineMap> maps = {AffineMap::get(loops, 0, exprs, b.getContext()), b.getMultiDimIdentityMap(loops)};
    SmallVector<utils::IteratorType> iterators(loops, utils::IteratorType::parallel);
    Value init = emptyTensor(b, shape, type.getElementType());
    bool isSafe =
        constant && known(from[axis]) && llvm::all_of(*constantIntegers(indices), [](int64_t i) { return i >= 0; });
    Value result = generic(b, indices, init, maps, iterators, [&](Builder &b, ValueRange args) -> SmallVector<Value> {
                     SmallVector<Value> source;
                     for (int64_t i : llvm::seq(axis))
                       source.push_back(linalg::IndexOp::create(b, i));
                     Value index = toIndex(b, args[0]);
                     source.push_back(isSafe ? index : checkedIndex(b, index, extent));
                     for (int64_t i : llvm::seq(axis + 1, rank))
                       source.push_back(linalg::IndexOp::create(b, i - 1 + lookups.size()));
                     return {extract(b, data, source)};
                   }).front();
    replace(rewriter, op, b, result);
    return success();
  }
};

struct LowerGatherElements : Lowering<onnx::GatherElementsOp> {
  using Lowering::Lowering;
  LogicalResult lower(onnx::GatherElementsOp op, Adaptor adaptor, Builder &b, Rewriter &rewriter) const override {
    Value data = adaptor.getData(), indices = adaptor.getIndices();
    Sizes from = shapeOf(b, data), shape = shapeOf(b, indices);
    if (from.size() != shape.size() || from.empty())
      return unsupported(rewriter, op, "expects data and indices of one rank");
    int64_t rank = from.size(), axis = op.getAxis() + (op.getAxis() < 0 ? rank : 0);
    for (int64_t dim : llvm::seq(rank))
      if (dim != axis && !same(from[dim], shape[dim]))
        check(b, arith::CmpIOp::create(b, arith::CmpIPredicate::sle, asValue(b, shape[dim]), asValue(b, from[dim])),
              "the indices are larger than the data");
    checkNotEmpty(b, from[axis], shape);
    Value extent = asValue(b, from[axis]);
    Value result = mapTensor(b, indices, getElementTypeOrSelf(data), [&](Builder &b, Value index) {
      SmallVector<Value> source;
      for (int64_t i : llvm::seq(rank))
        source.push_back(linalg::IndexOp::create(b, i));
      source[axis] = checkedIndex(b, toIndex(b, index), extent);
      return extract(b, data, source);
    });
    replace(rewriter, op, b, result);
    return success();
  }
};

struct LowerGatherND : Lowering<onnx::GatherNDOp> {
  using Lowering::Lowering;
  LogicalResult lower(onnx::GatherNDOp op, Adaptor adaptor, Builder &b, Rewriter &rewriter) const override {
    Value data = adaptor.getData(), indices = adaptor.getIndices();
    Sizes from = shapeOf(b, data), lookups = shapeOf(b, indices);
    auto tuple = lookups.empty() ? std::nullopt : known(lookups.back());
    int64_t batch = op.getBatchDims();
    if (!tuple || batch + *tuple > static_cast<int64_t>(from.size()))
      return unsupported(rewriter, op, "expects index tuples of a length known when compiling, within the rank");
    Sizes shape(ArrayRef(lookups).drop_back());
    int64_t outer = shape.size();
    for (int64_t dim : llvm::seq(batch))
      checkEqual(b, from[dim], lookups[dim], "data and indices differ in the size of a batch dimension");
    llvm::append_range(shape, ArrayRef(from).drop_front(batch + *tuple));
    for (int64_t i : llvm::seq(*tuple))
      checkNotEmpty(b, from[batch + i], shape);
    SmallVector<Value> extents = asValues(b, from);
    Value result = fromIndices(b, shape, getElementTypeOrSelf(data), [&](Builder &b, ValueRange at) {
      SmallVector<Value> source(at.take_front(batch)), where(at.take_front(outer));
      where.push_back({});
      for (int64_t i : llvm::seq(*tuple)) {
        where.back() = arith::ConstantIndexOp::create(b, i);
        source.push_back(checkedIndex(b, toIndex(b, extract(b, indices, where)), extents[batch + i]));
      }
      llvm::append_range(source, at.drop_front(outer));
      return extract(b, data, source);
    });
    replace(rewriter, op, b, result);
    return success();
  }
};

/// Out-of-range indices leave a row of `off`.
struct LowerOneHot : Lowering<onnx::OneHotOp> {
  using Lowering::Lowering;
  LogicalResult lower(onnx::OneHotOp op, Adaptor adaptor, Builder &b, Rewriter &rewriter) const override {
    Value indices = adaptor.getIndices(), values = adaptor.getValues();
    auto type = resultType(op);
    int64_t axis = op.getAxis() + (op.getAxis() < 0 ? type.getRank() : 0);
    Value depthValue = adaptor.getDepth();
    Size depth;
    if (!isa<FloatType>(getElementTypeOrSelf(depthValue)))
      depth = readNumber(b, depthValue, lowering::isUnsigned(op.getDepth().getType()));
    else if (auto constant = constantFloats(depthValue); constant && constant->size() == 1)
      depth = size(b, static_cast<int64_t>(constant->front()));
    else
      depth = toSize(b, convertScalar(b, readScalar(b, depthValue), b.getI64Type(), false, false));
    checkSize(b, depth);
    Sizes shape = shapeOf(b, indices);
    shape.insert(shape.begin() + axis, depth);
    shape = refine(b, shape, type);
    depth = shape[axis];

    Value depthNumber = asValue(b, depth);
    int64_t loops = shape.size();
    AffineMap identity = b.getMultiDimIdentityMap(loops);
    AffineMap valueMap = AffineMap::get(loops, 0, b.getAffineConstantExpr(0));
    AffineMap onMap = AffineMap::get(loops, 0, b.getAffineConstantExpr(1));
    SmallVector<utils::IteratorType> iterators(loops, utils::IteratorType::parallel);
    Value result =
        generic(b, {indices, values, values}, emptyTensor(b, shape, type.getElementType()),
                {identity.dropResult(axis), valueMap, onMap, identity}, iterators,
                [&](Builder &b, ValueRange args) -> SmallVector<Value> {
                  Value index =
                      convertScalar(b, args[0], b.getI64Type(), lowering::isUnsigned(op.getIndices().getType()), false);
                  index = toIndex(b, index);
                  Value isNegative =
                      arith::CmpIOp::create(b, arith::CmpIPredicate::slt, index, arith::ConstantIndexOp::create(b, 0));
                  Value wrapped = arith::AddIOp::create(b, index, depthNumber);
                  index = arith::SelectOp::create(b, isNegative, wrapped, index);
                  Value isOn =
                      arith::CmpIOp::create(b, arith::CmpIPredicate::eq, index, linalg::IndexOp::create(b, axis));
                  return {arith::SelectOp::create(b, isOn, args[2], args[1])};
                })
            .front();
    replace(rewriter, op, b, result);
    return success();
  }
};

} // namespace

void addGathers(Patterns &patterns, Converter &converter) {
  patterns.add<LowerGather, LowerGatherElements, LowerGatherND, LowerOneHot>(converter, patterns.getContext());
}

} // namespace quern::lowering
