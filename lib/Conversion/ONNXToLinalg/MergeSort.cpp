// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "MergeSort.h"

#include "Numbers.h"

using namespace mlir;

namespace quern::lowering {

static Value readIndex(Builder &b, Value tensor, Value at) { return toIndex(Num(b, extract(b, tensor, at))); }

Value mergeSort(Builder &b, Value order, Value count, function_ref<Value(Builder &, Value, Value)> precedes) {
  Type i64 = b.getI64Type(), index = b.getIndexType();
  // ceil(log2(count)) passes over runs of 1, 2, 4, …; each merges pairs into the other tensor, and copies back.
  Num number(b, arith::IndexCastOp::create(b, i64, count));
  Value zeros = math::CountLeadingZerosOp::create(b, number - 1);
  Value bits = arith::SubIOp::create(b, integer(b, i64, 64), zeros);
  bits = select(number > 1, bits, integer(b, i64, 0));
  Value passes = arith::IndexCastOp::create(b, index, bits);
  Value spare = emptyTensor(b, shapeOf(b, order), i64);
  return loop(b, Size(passes), {order, spare},
              [&](Builder &b, Value pass, ValueRange state) -> SmallVector<Value> {
                Value from = state[0];
                Num width(b, arith::ShLIOp::create(b, asValue(b, size(b, 1)), pass)), end = width.with(count);
                Num pairs = (end + width * 2 - 1) / (width * 2);
                Value merged = loop(b, Size(pairs.value), state[1], [&](Builder &b, Value pair, ValueRange state) {
                                 Num low = Num(b, pair) * (Num(b, width) * 2);
                                 Num middle = min(low + width.value, count), high = min(middle + width.value, count);
                                 Num length = high - low;
                                 auto step = [&](Builder &b, Value i, ValueRange state) -> SmallVector<Value> {
                                   Num left(b, state[1]), right(b, state[2]);
                                   // Where a run has ended its last element is looked at, and not taken.
                                   Value x = readIndex(b, from, min(left, Num(b, middle) - 1));
                                   Value y = readIndex(b, from, min(right, Num(b, high) - 1));
                                   Num rightFirst(b, precedes(b, y, x));
                                   Num takesLeft = left < middle.value && (right >= high.value || !rightFirst);
                                   Value taken = arith::IndexCastOp::create(b, i64, select(takesLeft, x, y));
                                   return {insert(b, state[0], taken, {Num(b, i) + low.value}),
                                           select(takesLeft, left + 1, left), select(takesLeft, right, right + 1)};
                                 };
                                 Value result =
                                     loop(b, Size(length.value), {state[0], low.value, middle.value}, step).front();
                                 return SmallVector<Value>{result};
                               }).front();
                Value copied = loop(b, Size(count), from, [&](Builder &b, Value i, ValueRange state) {
                                 return SmallVector<Value>{insert(b, state[0], extract(b, merged, i), i)};
                               }).front();
                return {copied, merged};
              })
      .front();
}

} // namespace quern::lowering
