// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Loops.h"

using namespace mlir;

namespace quern::lowering {

SmallVector<Value> loop(Builder &b, Size count, ValueRange state,
                        function_ref<SmallVector<Value>(Builder &, Value, ValueRange)> body) {
  Value zero = asValue(b, size(b, 0)), one = asValue(b, size(b, 1));
  auto op = scf::ForOp::create(b, zero, asValue(b, count), one, state,
                               [&](OpBuilder &nested, Location loc, Value index, ValueRange args) {
                                 Builder inner(loc, nested);
                                 SmallVector<Value> results = body(inner, index, args);
                                 scf::YieldOp::create(inner, results);
                               });
  return llvm::to_vector_of<Value>(op.getResults());
}

static SmallVector<Value> nest(Builder &b, ArrayRef<Size> shape, SmallVectorImpl<Value> &indices, ValueRange state,
                               function_ref<SmallVector<Value>(Builder &, ValueRange, ValueRange)> body) {
  if (shape.empty())
    return body(b, indices, state);
  return loop(b, shape.front(), state, [&](Builder &b, Value index, ValueRange args) {
    indices.push_back(index);
    SmallVector<Value> results = nest(b, shape.drop_front(), indices, args, body);
    indices.pop_back();
    return results;
  });
}

SmallVector<Value> loopNest(Builder &b, ArrayRef<Size> shape, ValueRange state,
                            function_ref<SmallVector<Value>(Builder &, ValueRange, ValueRange)> body) {
  SmallVector<Value> indices;
  return nest(b, shape, indices, state, body);
}

Value insert(Builder &b, Value tensor, Value element, ArrayRef<Value> indices) {
  return tensor::InsertOp::create(b, element, tensor, indices);
}

Value insertSlice(Builder &b, Value tensor, Value slice, ArrayRef<Size> offsets, ArrayRef<Size> sizes) {
  Sizes ones(offsets.size(), size(b, 1));
  return tensor::InsertSliceOp::create(b, slice, tensor, offsets, sizes, ones);
}

Value sliceAt(Builder &b, Value tensor, int64_t dim, Size index) {
  Sizes shape = shapeOf(b, tensor), offsets(shape.size(), size(b, 0)), ones(shape.size(), size(b, 1));
  offsets[dim] = index;
  shape[dim] = size(b, 1);
  Sizes kept(shape);
  kept.erase(kept.begin() + dim);
  auto type = RankedTensorType::get(staticShape(kept), getElementTypeOrSelf(tensor));
  return tensor::ExtractSliceOp::create(b, type, tensor, offsets, shape, ones);
}

Value insertAt(Builder &b, Value tensor, Value slice, int64_t dim, Size index) {
  Sizes shape = shapeOf(b, tensor), offsets(shape.size(), size(b, 0));
  offsets[dim] = index;
  shape[dim] = size(b, 1);
  return insertSlice(b, tensor, slice, offsets, shape);
}

} // namespace quern::lowering
