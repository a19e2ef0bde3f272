// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Unique and NonMaxSuppression: loops in main over a sorted order. How much they
// find is known only at their end: what they write has room for all there may be.

#include "Axes.h"
#include "Calls.h"
#include "MergeSort.h"
#include "Numbers.h"

using namespace mlir;

namespace quern::lowering {
namespace {

Num index(Builder &b, Value tensor, ValueRange at) {
  return toIndex(Num(b, extract(b, tensor, SmallVector<Value>(at))));
}
Value number(Builder &b, Value index) { return arith::IndexCastOp::create(b, b.getI64Type(), index); }
Value constantIndex(Builder &b, int64_t value) { return arith::ConstantIndexOp::create(b, value); }

/// 0, 1, 2, …
Value iota(Builder &b, Size count) {
  return fromIndices(b, count, b.getI64Type(), [](Builder &b, ValueRange at) { return number(b, at[0]); });
}

SmallVector<Value> choose(Builder &b, Value condition, function_ref<SmallVector<Value>(Builder &)> ifTrue,
                          function_ref<SmallVector<Value>(Builder &)> ifFalse) {
  auto op = scf::IfOp::create(
      b, condition,
      [&](OpBuilder &nested, Location loc) {
        Builder b(loc, nested);
        scf::YieldOp::create(b, ifTrue(b));
      },
      [&](OpBuilder &nested, Location loc) {
        Builder b(loc, nested);
        scf::YieldOp::create(b, ifFalse(b));
      });
  return llvm::to_vector_of<Value>(op.getResults());
}

//===--- Unique -----------------------------------------------------------===//

/// How two scalars compare: NaN comes last, and is equal to itself.
struct Comparison {
  Value precedes, equals;
};

Comparison compare(Builder &b, Value x, Value y, bool isUnsigned) {
  if (!isa<FloatType>(x.getType())) {
    auto predicate = isUnsigned ? arith::CmpIPredicate::ult : arith::CmpIPredicate::slt;
    return {arith::CmpIOp::create(b, predicate, x, y), arith::CmpIOp::create(b, arith::CmpIPredicate::eq, x, y)};
  }
  Num a(b, x), c(b, y), aIsNaN = a != x, cIsNaN = c != y;
  return {a < c || (cIsNaN && !aIsNaN), a == c || (aIsNaN && cIsNaN)};
}

/// The rows x and y of [rows, columns], by the first column in which they differ.
Comparison compareRows(Builder &b, Value rows, Size columns, Value x, Value y, bool isUnsigned) {
  Value isFalse = integer(b, b.getI1Type(), 0), isTrue = integer(b, b.getI1Type(), 1);
  SmallVector<Value> last =
      loop(b, columns, {isFalse, isTrue}, [&](Builder &b, Value column, ValueRange state) -> SmallVector<Value> {
        Comparison next = compare(b, extract(b, rows, {x, column}), extract(b, rows, {y, column}), isUnsigned);
        Num precedes(b, state[0]), equals(b, state[1]);
        return {precedes || (equals && Num(b, next.precedes)), equals && Num(b, next.equals)};
      });
  return {last[0], last[1]};
}

struct LowerUnique : Lowering<onnx::UniqueOp> {
  using Lowering::Lowering;
  LogicalResult lower(onnx::UniqueOp op, Adaptor adaptor, Builder &b, Rewriter &rewriter) const override {
    Value x = adaptor.getX();
    Type element = getElementTypeOrSelf(x), i64 = b.getI64Type();
    bool isString = isa<onnx::StringType>(getElementTypeOrSelf(op.getX()));
    if (!getElementTypeOrSelf(op.getX()).isIntOrFloat() && !isString)
      return unsupported(rewriter, op, "expects real numbers, bools or strings");
    bool isUnsigned = lowering::isUnsigned(op.getX().getType()) || element.isInteger(1);
    Sizes shape = shapeOf(b, x);
    int64_t axis = 0;
    if (auto given = op.getAxis())
      axis = *given + (*given < 0 ? shape.size() : 0);
    else
      x = reshapeTensor(b, x, product(b, shape)), shape = {product(b, shape)};
    if (axis < 0 || axis >= static_cast<int64_t>(shape.size()))
      return unsupported(rewriter, op, "expects 'axis' within the rank");

    // What is compared: rows, in a type that main can compare.
    Type key = element;
    if (isa<FloatType>(element) && !element.isF64())
      key = b.getF32Type();
    else if (element.getIntOrFloatBitWidth() < 8)
      key = b.getI8Type();
    Value rows = isString ? callRuntime(b, "string_order", x, shape, i64) : x;
    if (key != element)
      rows = mapTensor(b, x, key,
                       [&](Builder &b, Value value) { return convertScalar(b, value, key, isUnsigned, isUnsigned); });
    SmallVector<int64_t> axisFirst = {axis};
    Sizes others;
    for (int64_t dim : llvm::seq<int64_t>(shape.size()))
      if (dim != axis) {
        axisFirst.push_back(dim);
        others.push_back(shape[dim]);
      }
    Size count = shape[axis], columns = product(b, others);
    rows = reshapeTensor(b, transposeTensor(b, rows, axisFirst), {count, columns});
    Value total = asValue(b, count), zero = constantIndex(b, 0);
    Value order = mergeSort(b, iota(b, count), total, [&](Builder &b, Value x, Value y) {
      return compareRows(b, rows, columns, x, y, isUnsigned).precedes;
    });

    // Groups of equal rows: where each starts, how many it has, and the group of each row.
    Value room = emptyTensor(b, count, i64);
    SmallVector<Value> groups =
        loop(b, count, {room, room, room, zero, zero}, [&](Builder &b, Value i, ValueRange state) {
          Num row = index(b, order, i), previous(b, state[4]), found(b, state[3]);
          Num isNew = Num(b, i) == 0 || !Num(b, compareRows(b, rows, columns, previous, row, isUnsigned).equals);
          Num group = select(isNew, found, maxNumber(found - 1, 0));
          SmallVector<Value> parts = choose(
              b, isNew,
              [&](Builder &b) -> SmallVector<Value> {
                return {insert(b, state[0], number(b, row), group.value),
                        insert(b, state[1], integer(b, i64, 1), group.value)};
              },
              [&](Builder &b) -> SmallVector<Value> {
                Num more = Num(b, extract(b, state[1], group.value)) + 1;
                return {state[0], insert(b, state[1], more, group.value)};
              });
          Value groupOf = insert(b, state[2], number(b, group), row.value);
          return SmallVector<Value>{parts[0], parts[1], groupOf, select(isNew, found + 1, found), row};
        });
    Value firsts = groups[0], counts = groups[1], groupOf = groups[2];
    Size found(groups[3]);
    firsts = sliceTensor(b, firsts, size(b, 0), found);
    counts = sliceTensor(b, counts, size(b, 0), found);
    if (!op.getSorted()) {
      // A group's place is the number of groups that appear before.
      Value places = loop(b, count, {emptyTensor(b, found, i64), zero}, [&](Builder &b, Value i, ValueRange state) {
                       Num group = index(b, groupOf, i), first = index(b, firsts, group.value);
                       Num isFirst = first == i;
                       return choose(
                           b, isFirst,
                           [&](Builder &b) -> SmallVector<Value> {
                             return {insert(b, state[0], number(b, state[1]), group.value), Num(b, state[1]) + 1};
                           },
                           [&](Builder &b) -> SmallVector<Value> { return {state[0], state[1]}; });
                     }).front();
      Value moved = emptyTensor(b, found, i64);
      SmallVector<Value> sorted = loop(b, found, {moved, moved}, [&](Builder &b, Value i, ValueRange state) {
        Num place = index(b, places, i);
        return SmallVector<Value>{insert(b, state[0], extract(b, firsts, i), place.value),
                                  insert(b, state[1], extract(b, counts, i), place.value)};
      });
      firsts = sorted[0], counts = sorted[1];
      groupOf = mapTensor(b, groupOf, i64,
                          [&](Builder &b, Value group) { return extract(b, places, toIndex(Num(b, group)).value); });
    }
    Sizes outShape(shape);
    outShape[axis] = found;
    Value y = fromIndices(b, outShape, element, [&](Builder &b, ValueRange at) {
      SmallVector<Value> source(at);
      source[axis] = index(b, firsts, at[axis]);
      return extract(b, x, source);
    });
    SmallVector<Value> results = {y};
    for (auto [result, value] : {std::pair<Value, Value>(op.getIndices(), firsts),
                                 {op.getInverseIndices(), groupOf},
                                 {op.getCounts(), counts}})
      if (result)
        results.push_back(value);
    replace(rewriter, op, b, results);
    return success();
  }
};

//===--- NonMaxSuppression ------------------------------------------------===//

struct LowerNonMaxSuppression : Lowering<onnx::NonMaxSuppressionOp> {
  using Lowering::Lowering;

  /// The corners and the area of each box: x1, y1, x2, y2, area, each [batch, box].
  static SmallVector<Value> corners(Builder &b, Value boxes, bool isCentered) {
    Sizes shape = shapeOf(b, boxes);
    shape.pop_back();
    SmallVector<Value> inputs(4, boxes), inits(5, emptyTensor(b, shape, b.getF32Type()));
    SmallVector<AffineMap> maps;
    for (int64_t i : llvm::seq(4))
      maps.push_back(AffineMap::get(2, 0, {b.getAffineDimExpr(0), b.getAffineDimExpr(1), b.getAffineConstantExpr(i)},
                                    b.getContext()));
    maps.append(5, b.getMultiDimIdentityMap(2));
    SmallVector<utils::IteratorType> iterators(2, utils::IteratorType::parallel);
    return generic(b, inputs, inits, maps, iterators, [&](Builder &b, ValueRange args) -> SmallVector<Value> {
      Num first(b, args[0]), second(b, args[1]), third(b, args[2]), fourth(b, args[3]);
      Num x1 = isCentered ? first - third / 2 : min(second, fourth),
          x2 = isCentered ? first + third / 2 : max(second, fourth);
      Num y1 = isCentered ? second - fourth / 2 : min(first, third),
          y2 = isCentered ? second + fourth / 2 : max(first, third);
      return {x1, y1, x2, y2, (x2 - x1) * (y2 - y1)};
    });
  }

  /// Whether the intersection of two boxes over their union is above the threshold. Most pairs lie apart: what tells so
  /// comes first.
  static Num overlap(Builder &b, ArrayRef<Value> boxes, Value batch, Value one, Value other, Value threshold) {
    auto both = [&](Builder &b, int64_t i) {
      return std::pair(Num(b, extract(b, boxes[i], {batch, one})), Num(b, extract(b, boxes[i], {batch, other})));
    };
    // Of the corners `low` and `high` of one axis.
    auto shared = [&](Builder &b, int64_t low, int64_t high) {
      auto [start, otherStart] = both(b, low);
      auto [end, otherEnd] = both(b, high);
      return select(end < otherEnd, end, otherEnd) - select(start < otherStart, otherStart, start);
    };
    auto no = [](Builder &b) { return SmallVector<Value>{integer(b, b.getI1Type(), 0)}; };
    auto compare = [&](Builder &b, Value width, Value height) -> SmallVector<Value> {
      auto [area, otherArea] = both(b, 4);
      Num common = Num(b, width) * height, whole = area + otherArea - common;
      return {common > 0 && area > 0 && otherArea > 0 && whole > 0 && common / whole > threshold};
    };
    Num width = shared(b, 0, 2);
    Value result = choose(
                       b, width > 0,
                       [&](Builder &b) {
                         Num height = shared(b, 1, 3);
                         return choose(b, height > 0, [&](Builder &b) { return compare(b, width, height); }, no);
                       },
                       no)
                       .front();
    return {b, result};
  }

  LogicalResult lower(onnx::NonMaxSuppressionOp op, Adaptor adaptor, Builder &b, Rewriter &rewriter) const override {
    Value boxes = adaptor.getBoxes(), scores = adaptor.getScores();
    Sizes shape = shapeOf(b, boxes), scoreShape = shapeOf(b, scores);
    if (shape.size() != 3 || scoreShape.size() != 3)
      return unsupported(rewriter, op, "expects boxes and scores of rank 3");
    checkEqual(b, shape[2], size(b, 4), "a box does not have 4 numbers");
    checkEqual(b, shape[0], scoreShape[0], "boxes and scores differ in the size of the batch");
    checkEqual(b, shape[1], scoreShape[2], "there is not a score for each box");
    Type i64 = b.getI64Type(), f32 = b.getF32Type();
    Size most = size(b, 0);
    if (adaptor.getMaxOutputBoxesPerClass())
      most = max(b, min(b, readNumber(b, adaptor.getMaxOutputBoxesPerClass()), shape[1]), size(b, 0));
    Value limit = asValue(b, most);
    Value threshold = adaptor.getIouThreshold() ? readScalar(b, adaptor.getIouThreshold()) : scalar(b, f32, 0);
    Value lowestScore = adaptor.getScoreThreshold() ? readScalar(b, adaptor.getScoreThreshold()) : Value();
    SmallVector<Value> corner = corners(b, boxes, op.getCenterPointBox());

    Size room = product(b, {scoreShape[0], scoreShape[1], most});
    Value selected = emptyTensor(b, {room, size(b, 3)}, i64), zero = constantIndex(b, 0);
    Value order = emptyTensor(b, shape[1], i64);
    SmallVector<Value> result = loopNest(
        b, {scoreShape[0], scoreShape[1]}, {selected, zero, order},
        [&](Builder &b, ValueRange at, ValueRange state) -> SmallVector<Value> {
          Value batch = at[0], kind = at[1], start = state[1];
          auto score = [&](Builder &b, Value box) { return Num(b, extract(b, scores, {batch, kind, box})); };
          // The boxes to look at, best first.
          SmallVector<Value> candidates =
              loop(b, shape[1], {state[2], zero}, [&](Builder &b, Value box, ValueRange state) -> SmallVector<Value> {
                auto append = [&](Builder &b) -> SmallVector<Value> {
                  return {insert(b, state[0], number(b, box), state[1]), Num(b, state[1]) + 1};
                };
                if (!lowestScore)
                  return append(b);
                Num isAbove = score(b, box) > lowestScore;
                return choose(b, isAbove, append,
                              [&](Builder &) -> SmallVector<Value> { return {state[0], state[1]}; });
              });
          Value sorted = mergeSort(b, candidates[0], candidates[1],
                                   [&](Builder &b, Value x, Value y) { return score(b, x) > score(b, y); });
          SmallVector<Value> taken =
              loop(b, Size(candidates[1]), {state[0], start}, [&](Builder &b, Value i, ValueRange state) {
                Num count(b, state[1]), box = index(b, sorted, i);
                Num isOpen = count - start < limit;
                // Until one of those that were taken overlaps.
                auto search = scf::WhileOp::create(
                    b, TypeRange{b.getIndexType(), b.getI1Type()}, ValueRange{start, isOpen},
                    [&](OpBuilder &nested, Location loc, ValueRange args) {
                      Builder b(loc, nested);
                      Num goesOn = Num(b, args[1]) && Num(b, args[0]) < count.value;
                      scf::ConditionOp::create(b, goesOn, args);
                    },
                    [&](OpBuilder &nested, Location loc, ValueRange args) {
                      Builder b(loc, nested);
                      Num other = index(b, state[0], {args[0], constantIndex(b, 2)});
                      Num isFree = !overlap(b, corner, batch, box, other, threshold);
                      scf::YieldOp::create(b, ValueRange{Num(b, args[0]) + 1, isFree});
                    });
                return choose(
                    b, search.getResult(1),
                    [&](Builder &b) -> SmallVector<Value> {
                      Value rows = state[0];
                      for (auto [column, value] : llvm::enumerate(ArrayRef<Value>{batch, kind, box}))
                        rows = insert(b, rows, number(b, value), {count, constantIndex(b, column)});
                      return {rows, Num(b, count) + 1};
                    },
                    [&](Builder &) -> SmallVector<Value> { return {state[0], state[1]}; });
              });
          return {taken[0], taken[1], sorted};
        });
    Value found = sliceTensor(b, result[0], {size(b, 0), size(b, 0)}, {Size(result[1]), size(b, 3)});
    replace(rewriter, op, b, found);
    return success();
  }
};

} // namespace

void addSelections(Patterns &patterns, Converter &converter) {
  patterns.add<LowerUnique, LowerNonMaxSuppression>(converter, patterns.getContext());
}

} // namespace quern::lowering
