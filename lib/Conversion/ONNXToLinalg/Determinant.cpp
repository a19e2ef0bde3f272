// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Det: written out for matrices of up to three rows, else by elimination with the
// largest pivot of each column.

#include "Contraction.h"
#include "Loops.h"
#include "Numbers.h"

using namespace mlir;

namespace quern::lowering {
namespace {

/// Along the first row, of the rows from `row` on and the given columns.
Num expand(ArrayRef<SmallVector<Num>> rows, ArrayRef<int64_t> columns) {
  if (columns.size() == 1)
    return rows.front()[columns.front()];
  std::optional<Num> sum;
  for (auto [i, column] : llvm::enumerate(columns)) {
    SmallVector<int64_t> others(columns);
    others.erase(others.begin() + i);
    Num part = rows.front()[column] * expand(rows.drop_front(), others);
    sum = !sum ? part : i % 2 ? *sum - part : *sum + part;
  }
  return *sum;
}

/// Of each matrix [batch, n, n].
Value byElimination(Builder &b, Value matrices, Size batch, Size rows) {
  Type real = getElementTypeOrSelf(matrices);
  Value n = asValue(b, rows), one = scalar(b, real, 1), zero = scalar(b, real, 0);
  Value dets = filledTensor(b, batch, one);
  auto row = [&](Builder &b, Value matrices, Value at, Value i, Value j) {
    return Num(b, extract(b, matrices, {at, i, j}));
  };
  auto swapped = [&](Builder &b, Value at, ValueRange state, Value k) -> SmallVector<Value> {
    Num remaining = Num(b, n) - k;
    // The row of the largest element, NaN being large.
    Value pivotRow = loop(b, Size(remaining.value), {k, zero}, [&](Builder &b, Value i, ValueRange best) {
                       Value here = Num(b, i) + k;
                       Num size = row(b, state[0], at, here, k);
                       size = select(size < 0, 0 - size, size);
                       Num isLarger = !(size <= best[1]);
                       return SmallVector<Value>{select(isLarger, here, best[0]), select(isLarger, size, best[1])};
                     }).front();
    Num pivot = row(b, state[0], at, pivotRow, k), sign = select(Num(b, pivotRow) == k, one, 0 - Num(b, one));
    Value det = Num(b, extract(b, state[1], at)) * (pivot * sign);
    Value swapped = loop(b, Size(remaining.value), state[0], [&](Builder &b, Value i, ValueRange state) {
                      Value j = Num(b, i) + k;
                      Value upper = row(b, state[0], at, k, j), lower = row(b, state[0], at, pivotRow, j);
                      Value first = insert(b, state[0], lower, {at, k, j});
                      return SmallVector<Value>{insert(b, first, upper, {at, pivotRow, j})};
                    }).front();
    // Below a column of zeros, anything: the determinant is zero already.
    Num divisor = select(pivot == 0, one, pivot), below = remaining - 1, next = Num(b, k) + 1;
    Value eliminated = loopNest(b, {Size(below.value), Size(below.value)}, swapped,
                                [&](Builder &b, ValueRange offsets, ValueRange state) -> SmallVector<Value> {
                                  Value i = Num(b, offsets[0]) + next.value, j = Num(b, offsets[1]) + next.value;
                                  Num factor = row(b, state[0], at, i, k) / divisor.value;
                                  Num old = row(b, state[0], at, i, j);
                                  return {insert(b, state[0], old - factor * row(b, state[0], at, k, j), {at, i, j})};
                                })
                           .front();
    return {eliminated, insert(b, state[1], det, at)};
  };
  return loopNest(b, {batch, rows}, {matrices, dets},
                  [&](Builder &b, ValueRange at, ValueRange state) { return swapped(b, at[0], state, at[1]); })[1];
}

struct LowerDet : Lowering<onnx::DetOp> {
  using Lowering::Lowering;
  LogicalResult lower(onnx::DetOp op, Adaptor adaptor, Builder &b, Rewriter &rewriter) const override {
    Value x = adaptor.getX();
    Sizes shape = shapeOf(b, x);
    if (shape.size() < 2)
      return unsupported(rewriter, op, "expects matrices");
    Size rows = shape[shape.size() - 2];
    checkEqual(b, rows, shape.back(), "the matrix is not square");
    Sizes outer(ArrayRef(shape).drop_back(2));
    Type element = getElementTypeOrSelf(x), real = accumulatorOf(b, element);
    std::optional<int64_t> count = known(rows);
    if (count && *count >= 1 && *count <= 3) {
      Value dets = fromIndices(b, outer, element, [&](Builder &b, ValueRange at) {
        SmallVector<SmallVector<Num>> elements(*count);
        for (int64_t i : llvm::seq(*count))
          for (int64_t j : llvm::seq(*count)) {
            SmallVector<Value> where(at);
            where.append({asValue(b, size(b, i)), asValue(b, size(b, j))});
            elements[i].emplace_back(b, convertScalar(b, extract(b, x, where), real, false, false));
          }
        Value det = expand(elements, llvm::to_vector(llvm::seq(*count)));
        return convertScalar(b, det, element, false, false);
      });
      replace(rewriter, op, b, dets);
      return success();
    }
    Size batch = product(b, outer);
    Value matrices = reshapeTensor(b, castElements(b, x, real), {batch, rows, rows});
    Value dets = byElimination(b, matrices, batch, rows);
    replace(rewriter, op, b, castElements(b, reshapeTensor(b, dets, outer), element));
    return success();
  }
};

} // namespace

void addDeterminants(Patterns &patterns, Converter &converter) {
  patterns.add<LowerDet>(converter, patterns.getContext());
}

} // namespace quern::lowering
