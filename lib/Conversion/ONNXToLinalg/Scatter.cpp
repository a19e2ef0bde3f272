// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Scatters: updates are applied one after the other, as two may meet in one
// place. What depends on the data's values has its size counted first.

#include "Broadcast.h"
#include "Loops.h"

using namespace mlir;

namespace quern::lowering {
namespace {

using Combine = std::function<Value(Builder &, Value, Value)>;

/// What becomes of the old element, by the op's `reduction`. Strings and complex numbers are moved, and no more.
std::optional<Combine> combination(StringRef reduction, Type data) {
  Type element = getElementTypeOrSelf(data);
  bool isFloat = isa<FloatType>(element), isBool = element.isInteger(1);
  bool isUnsigned = lowering::isUnsigned(data) || isBool;
  if (reduction == "none")
    return [](Builder &, Value, Value update) { return update; };
  if (!element.isIntOrFloat())
    return std::nullopt;
  // Of bools the sum and the largest are `or`, the product and the smallest `and`.
  if (isBool && (reduction == "add" || reduction == "mul"))
    reduction = reduction == "add" ? "max" : "min";
  if (reduction == "add")
    return [=](Builder &b, Value old, Value update) -> Value {
      return isFloat ? Value(arith::AddFOp::create(b, old, update)) : Value(arith::AddIOp::create(b, old, update));
    };
  if (reduction == "mul")
    return [=](Builder &b, Value old, Value update) -> Value {
      return isFloat ? Value(arith::MulFOp::create(b, old, update)) : Value(arith::MulIOp::create(b, old, update));
    };
  bool isMax = reduction == "max";
  if (!isMax && reduction != "min")
    return std::nullopt;
  return [=](Builder &b, Value old, Value update) -> Value {
    if (isFloat)
      return isMax ? Value(arith::MaximumFOp::create(b, old, update))
                   : Value(arith::MinimumFOp::create(b, old, update));
    if (isUnsigned)
      return isMax ? Value(arith::MaxUIOp::create(b, old, update)) : Value(arith::MinUIOp::create(b, old, update));
    return isMax ? Value(arith::MaxSIOp::create(b, old, update)) : Value(arith::MinSIOp::create(b, old, update));
  };
}

Value toIndex(Builder &b, Value value) { return arith::IndexCastOp::create(b, b.getIndexType(), value); }

/// In main, a failed check ends the run before the next op.
Value boundedIndex(Builder &b, Value index, Value extent) { return checkedIndex(b, toIndex(b, index), extent); }

struct LowerScatterElements : Lowering<onnx::ScatterElementsOp> {
  using Lowering::Lowering;
  LogicalResult lower(onnx::ScatterElementsOp op, Adaptor adaptor, Builder &b, Rewriter &rewriter) const override {
    Value data = adaptor.getData(), indices = adaptor.getIndices(), updates = adaptor.getUpdates();
    Sizes shape = shapeOf(b, data), count = shapeOf(b, indices);
    auto combine = combination(op.getReduction(), op.getData().getType());
    if (!combine || count.size() != shape.size() || shape.empty())
      return unsupported(rewriter, op, "expects a 'reduction' of the standard, and indices of the data's rank");
    int64_t axis = op.getAxis() + (op.getAxis() < 0 ? shape.size() : 0);
    Sizes updateShape = shapeOf(b, updates);
    for (size_t dim : llvm::seq(shape.size())) {
      checkEqual(b, count[dim], updateShape[dim], "indices and updates differ in size");
      if (static_cast<int64_t>(dim) != axis && !same(count[dim], shape[dim]) &&
          !(known(count[dim]) && known(shape[dim])))
        check(b, arith::CmpIOp::create(b, arith::CmpIPredicate::sle, asValue(b, count[dim]), asValue(b, shape[dim])),
              "the indices are larger than the data");
    }
    Value extent = asValue(b, shape[axis]);
    Value result = loopNest(b, count, data, [&](Builder &b, ValueRange at, ValueRange state) -> SmallVector<Value> {
                     SmallVector<Value> target(at);
                     target[axis] = boundedIndex(b, extract(b, indices, SmallVector<Value>(at)), extent);
                     Value update = extract(b, updates, SmallVector<Value>(at));
                     Value old = extract(b, state[0], target);
                     return {insert(b, state[0], (*combine)(b, old, update), target)};
                   }).front();
    replace(rewriter, op, b, result);
    return success();
  }
};

/// A slice of updates for each index tuple.
struct LowerScatterND : Lowering<onnx::ScatterNDOp> {
  using Lowering::Lowering;
  LogicalResult lower(onnx::ScatterNDOp op, Adaptor adaptor, Builder &b, Rewriter &rewriter) const override {
    Value data = adaptor.getData(), indices = adaptor.getIndices(), updates = adaptor.getUpdates();
    Sizes shape = shapeOf(b, data), lookups = shapeOf(b, indices);
    Type element = getElementTypeOrSelf(data);
    auto combine = combination(op.getReduction(), op.getData().getType());
    auto tuple = lookups.empty() ? std::nullopt : known(lookups.back());
    if (!tuple && !lookups.empty()) {
      // The ranks say it: updates have a dimension for each lookup, and those that a tuple leaves.
      tuple =
          static_cast<int64_t>(lookups.size() - 1 + shape.size()) - cast<RankedTensorType>(updates.getType()).getRank();
      checkEqual(b, lookups.back(), size(b, *tuple),
                 "the index tuples do not have the length that the updates' rank says");
    }
    if (!combine || !tuple || *tuple < 0 || *tuple > static_cast<int64_t>(shape.size()))
      return unsupported(rewriter, op, "expects a 'reduction' of the standard, and index tuples within the rank");
    Sizes outer(ArrayRef(lookups).drop_back()), inner(ArrayRef(shape).drop_front(*tuple));
    Sizes updateShape = shapeOf(b, updates), expected(outer);
    llvm::append_range(expected, inner);
    for (auto [have, want] : llvm::zip_equal(updateShape, expected))
      checkEqual(b, have, want, "the updates do not have the shape of what they replace");
    SmallVector<Value> extents = asValues(b, shape);
    Size one = size(b, 1), zero = size(b, 0);
    Value result = loopNest(b, outer, data, [&](Builder &b, ValueRange at, ValueRange state) -> SmallVector<Value> {
                     SmallVector<Value> where(at), target;
                     where.push_back({});
                     for (int64_t i : llvm::seq(*tuple)) {
                       where.back() = asValue(b, size(b, i));
                       target.push_back(boundedIndex(b, extract(b, indices, where), extents[i]));
                     }
                     if (inner.empty()) {
                       Value update = extract(b, updates, SmallVector<Value>(at)), old = extract(b, state[0], target);
                       return {insert(b, state[0], (*combine)(b, old, update), target)};
                     }
                     Sizes from(at.begin(), at.end()), to(target.begin(), target.end()), taken(outer.size(), one),
                         given(*tuple, one);
                     from.append(inner.size(), zero);
                     to.append(inner.size(), zero);
                     llvm::append_range(taken, inner);
                     llvm::append_range(given, inner);
                     auto type = RankedTensorType::get(staticShape(inner), element);
                     Sizes strides(taken.size(), one), targetStrides(given.size(), one);
                     Value slice = tensor::ExtractSliceOp::create(b, type, updates, from, taken, strides);
                     if (op.getReduction() != "none") {
                       Value old = tensor::ExtractSliceOp::create(b, type, state[0], to, given, targetStrides);
                       slice = pointwise(b, {old, slice}, type,
                                         [&](Builder &b, ValueRange args) { return (*combine)(b, args[0], args[1]); });
                     }
                     return {insertSlice(b, state[0], slice, to, given)};
                   }).front();
    replace(rewriter, op, b, result);
    return success();
  }
};

/// A cache with one sequence of a batch written from an index on, the others likewise.
struct LowerTensorScatter : Lowering<onnx::TensorScatterOp> {
  using Lowering::Lowering;
  LogicalResult lower(onnx::TensorScatterOp op, Adaptor adaptor, Builder &b, Rewriter &rewriter) const override {
    Value cache = adaptor.getPastCache(), update = adaptor.getUpdate(), starts = adaptor.getWriteIndices();
    Sizes shape = shapeOf(b, cache), count = shapeOf(b, update);
    int64_t rank = shape.size(), axis = op.getAxis() + (op.getAxis() < 0 ? rank : 0);
    if (axis <= 0 || count.size() != shape.size())
      return unsupported(rewriter, op, "expects an axis after the batch, and an update of the cache's rank");
    for (int64_t dim : llvm::seq(rank))
      if (dim != axis)
        checkEqual(b, count[dim], shape[dim], "cache and update differ in size");
    Value extent = asValue(b, shape[axis]);
    bool isCircular = op.getMode() == "circular";
    Value result =
        loopNest(b, count, cache, [&](Builder &b, ValueRange at, ValueRange state) -> SmallVector<Value> {
          SmallVector<Value> target(at);
          Value start = starts ? toIndex(b, extract(b, starts, {at[0]})) : asValue(b, size(b, 0));
          Value position = arith::AddIOp::create(b, start, at[axis]);
          if (isCircular)
            position = arith::RemSIOp::create(b, position, arith::MaxSIOp::create(b, extent, asValue(b, size(b, 1))));
          target[axis] = checkedIndex(b, position, extent);
          return {insert(b, state[0], extract(b, update, SmallVector<Value>(at)), target)};
        }).front();
    replace(rewriter, op, b, result);
    return success();
  }
};

//===--- Sizes that depend on the data ------------------------------------===//

Value isNonZero(Builder &b, Value value) {
  if (isa<FloatType>(value.getType()))
    return arith::CmpFOp::create(b, arith::CmpFPredicate::UNE, value, scalar(b, value.getType(), 0));
  return arith::CmpIOp::create(b, arith::CmpIPredicate::ne, value, integer(b, value.getType(), 0));
}

/// How many elements of `tensor` (of `shape`) are not zero.
Size countNonZero(Builder &b, Value tensor, ArrayRef<Size> shape) {
  int64_t rank = shape.size();
  Value init = filledTensor(b, {}, integer(b, b.getI64Type(), 0));
  AffineMap none = AffineMap::get(rank, 0, {}, b.getContext());
  SmallVector<utils::IteratorType> iterators(rank, utils::IteratorType::reduction);
  Value count = generic(b, tensor, init, {b.getMultiDimIdentityMap(rank), none}, iterators,
                        [](Builder &b, ValueRange args) -> SmallVector<Value> {
                          Value one = arith::ExtUIOp::create(b, b.getI64Type(), isNonZero(b, args[0]));
                          return {arith::AddIOp::create(b, args[1], one)};
                        })
                    .front();
  return Size(toIndex(b, extract(b, count, {})));
}

/// Runs `body` with the number of elements found so far wherever `condition` holds.
SmallVector<Value> whereTrue(Builder &b, Value condition, ValueRange state,
                             function_ref<SmallVector<Value>(Builder &, ValueRange)> body) {
  auto op = scf::IfOp::create(
      b, condition,
      [&](OpBuilder &nested, Location loc) {
        Builder b(loc, nested);
        scf::YieldOp::create(b, body(b, state));
      },
      [&](OpBuilder &nested, Location loc) { scf::YieldOp::create(nested, loc, state); });
  return llvm::to_vector_of<Value>(op.getResults());
}

struct LowerNonZero : Lowering<onnx::NonZeroOp> {
  using Lowering::Lowering;
  LogicalResult lower(onnx::NonZeroOp op, Adaptor adaptor, Builder &b, Rewriter &rewriter) const override {
    Value input = adaptor.getX();
    if (cast<RankedTensorType>(input.getType()).getRank() == 0)
      return unsupported(rewriter, op, "expects a tensor of rank 1 or more");
    Sizes shape = shapeOf(b, input);
    Size count = countNonZero(b, input, shape), rank = size(b, shape.size());
    Value found = emptyTensor(b, {rank, count}, b.getI64Type()), zero = asValue(b, size(b, 0));
    Value result = loopNest(b, shape, {found, zero}, [&](Builder &b, ValueRange at, ValueRange state) {
                     Value isFound = isNonZero(b, extract(b, input, SmallVector<Value>(at)));
                     return whereTrue(b, isFound, state, [&](Builder &b, ValueRange state) -> SmallVector<Value> {
                       Value indices = state[0];
                       for (auto [dim, index] : llvm::enumerate(at)) {
                         Value number = arith::IndexCastOp::create(b, b.getI64Type(), index);
                         indices = insert(b, indices, number, {asValue(b, size(b, dim)), state[1]});
                       }
                       return {indices, arith::AddIOp::create(b, state[1], asValue(b, size(b, 1)))};
                     });
                   }).front();
    replace(rewriter, op, b, result);
    return success();
  }
};

struct LowerCompress : Lowering<onnx::CompressOp> {
  using Lowering::Lowering;
  LogicalResult lower(onnx::CompressOp op, Adaptor adaptor, Builder &b, Rewriter &rewriter) const override {
    Value input = adaptor.getInput(), condition = adaptor.getCondition();
    Sizes shape = shapeOf(b, input);
    int64_t axis = 0;
    if (auto given = op.getAxis()) {
      axis = *given + (*given < 0 ? shape.size() : 0);
    } else {
      shape = {product(b, shape)};
      input = reshapeTensor(b, input, shape);
    }
    // A longer condition is cut, a shorter one ends early.
    Size length = min(b, dimOf(b, condition, 0), shape[axis]);
    condition = sliceTensor(b, condition, size(b, 0), length);
    Size count = countNonZero(b, condition, length);
    Sizes outShape(shape);
    outShape[axis] = count;
    Value init = emptyTensor(b, outShape, getElementTypeOrSelf(input)), zero = asValue(b, size(b, 0));
    Value result = loop(b, length, {init, zero}, [&](Builder &b, Value index, ValueRange state) {
                     Value isKept = extract(b, condition, {index});
                     return whereTrue(b, isKept, state, [&](Builder &b, ValueRange state) -> SmallVector<Value> {
                       Value kept = insertAt(b, state[0], sliceAt(b, input, axis, index), axis, state[1]);
                       return {kept, arith::AddIOp::create(b, state[1], asValue(b, size(b, 1)))};
                     });
                   }).front();
    replace(rewriter, op, b, result);
    return success();
  }
};

} // namespace

void addScatters(Patterns &patterns, Converter &converter) {
  patterns.add<LowerScatterElements, LowerScatterND, LowerTensorScatter, LowerNonZero, LowerCompress>(
      converter, patterns.getContext());
}

} // namespace quern::lowering
