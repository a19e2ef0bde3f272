// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Axes.h"

using namespace mlir;

namespace quern::lowering {

Sizes readVector(Builder &b, Value vector, int64_t count) {
  auto type = cast<RankedTensorType>(vector.getType());
  if (type.getRank() == 1 && type.isDynamicDim(0)) {
    checkEqual(b, dimOf(b, vector, 0), size(b, count), "a list has another number of elements than the operator takes");
    vector = castTo(b, vector, type.clone({count}));
  }
  return readSizes(b, vector);
}

Sizes readLast(Builder &b, Value vector, int64_t rank) {
  if (auto count = known(dimOf(b, vector, 0)); count == rank)
    return readVector(b, vector, rank);
  return nameDims(b, Value(), rank, AxisList{vector, Sizes(rank, size(b, 1))}, /*atEnd=*/true).at.front();
}

Value readScalar(Builder &b, Value tensor) {
  auto type = cast<RankedTensorType>(tensor.getType());
  if (!type.hasStaticShape())
    checkEqual(b, product(b, shapeOf(b, tensor)), size(b, 1), "expects one number");
  else if (auto scalars = knownScalars(b, tensor))
    return scalars->front();
  SmallVector<Value> zeros(type.getRank(), asValue(b, size(b, 0)));
  return extract(b, tensor, zeros);
}

Size readNumber(Builder &b, Value tensor, bool isUnsigned) { return toSize(b, readScalar(b, tensor), isUnsigned); }

//===--- A number for each dimension ----------------------------------------===//

/// The position `index` of a list as a size.
static Size elementAt(Builder &b, Value vector, Size index) { return toSize(b, extract(b, vector, asValue(b, index))); }

namespace {
/// The state of turning a list around: the flags, then each list's numbers, dimension by dimension.
struct Turner {
  Turner(int64_t rank) : rank(rank) {}

  /// Enters one axis with its numbers.
  void enter(Builder &b, Size axis, ArrayRef<Size> numbers, MutableArrayRef<Size> state) const {
    Size extent = size(b, rank);
    axis = selectNegative(b, axis, add(b, axis, extent), axis);
    if (!known(axis))
      check(b, arith::CmpIOp::create(b, arith::CmpIPredicate::ult, asValue(b, axis), asValue(b, extent)),
            "axis out of range");
    for (int64_t dim : llvm::seq(rank)) {
      auto put = [&](Size &slot, Size number) { slot = selectEqual(b, axis, size(b, dim), number, slot); };
      put(state[dim], size(b, 1));
      for (auto [i, number] : llvm::enumerate(numbers))
        put(state[(i + 1) * rank + dim], number);
    }
  }

  int64_t rank;
};
} // namespace

/// How many axes there are: as a number if any of the operands shows it.
static Size countAxes(Builder &b, Value axes, ArrayRef<AxisList> lists) {
  std::optional<Size> count;
  auto consider = [&](Value vector, int64_t parts) {
    if (!count || !known(*count))
      count = floorDiv(b, dimOf(b, vector, 0), size(b, parts));
  };
  if (axes)
    consider(axes, 1);
  for (const AxisList &list : lists)
    consider(list.vector, list.parts);
  return *count;
}

NamedDims nameDims(Builder &b, Value axes, int64_t rank, ArrayRef<AxisList> lists, bool atEnd) {
  constexpr StringRef message = "expects a number for each axis";
  Size count = countAxes(b, axes, lists);
  if (axes)
    checkEqual(b, dimOf(b, axes, 0), count, message);
  for (const AxisList &list : lists)
    checkEqual(b, dimOf(b, list.vector, 0), mul(b, count, size(b, list.parts)), message);

  Turner turner(rank);
  auto implied = [&](Builder &b, Size index) { return atEnd ? sub(b, index, count) : index; };
  Sizes state(rank, size(b, 0));
  for (const AxisList &list : lists)
    llvm::append_range(state, list.defaults);

  if (auto number = known(count)) {
    auto read = [&](Value vector, int64_t parts) {
      Sizes numbers = readVector(b, vector, *number * parts);
      numbers.resize(*number * parts, size(b, 0)); // others fail the check above
      return numbers;
    };
    Sizes named = axes ? read(axes, 1) : Sizes();
    SmallVector<Sizes> columns;
    for (const AxisList &list : lists)
      columns.push_back(read(list.vector, list.parts));
    for (int64_t i : llvm::seq(*number)) {
      Sizes numbers;
      for (auto [list, column] : llvm::zip_equal(lists, columns))
        numbers.push_back(column[list.part * *number + i]);
      turner.enter(b, axes ? named[i] : implied(b, size(b, i)), numbers, state);
    }
  } else {
    Value zero = asValue(b, size(b, 0)), one = asValue(b, size(b, 1));
    auto loop = scf::ForOp::create(
        b, zero, asValue(b, count), one, asValues(b, state),
        [&](OpBuilder &nested, Location loc, Value index, ValueRange args) {
          Builder b(loc, nested);
          Sizes inner = llvm::map_to_vector(args, [](Value value) { return Size(value); });
          Sizes numbers;
          for (const AxisList &list : lists)
            numbers.push_back(elementAt(b, list.vector, add(b, mul(b, size(b, list.part), count), index)));
          turner.enter(b, axes ? elementAt(b, axes, Size(index)) : implied(b, Size(index)), numbers, inner);
          scf::YieldOp::create(b, asValues(b, inner));
        });
    state = llvm::map_to_vector(loop.getResults(), [](Value value) { return Size(value); });
  }

  NamedDims result;
  result.count = count;
  result.isNamed.assign(state.begin(), state.begin() + rank);
  for (size_t i : llvm::seq(lists.size()))
    result.at.emplace_back(ArrayRef(state).slice((i + 1) * rank, rank));
  return result;
}

//===--- Shapes ---------------------------------------------------------------===//

Sizes dropNamed(Builder &b, ArrayRef<Size> shape, ArrayRef<Size> isNamed, int64_t rank) {
  Sizes result(rank, size(b, 1));
  Size place = size(b, 0), one = size(b, 1);
  for (auto [extent, flag] : llvm::zip_equal(shape, isNamed)) {
    for (int64_t i : llvm::seq(rank))
      result[i] = selectEqual(b, flag, one, result[i], selectEqual(b, place, size(b, i), extent, result[i]));
    place = add(b, place, sub(b, one, flag));
  }
  checkEqual(b, place, size(b, rank), "expects as many axes as the rank of the result needs");
  return result;
}

Sizes insertNamed(Builder &b, ArrayRef<Size> shape, ArrayRef<Size> isNamed) {
  Sizes result;
  Size place = size(b, 0), one = size(b, 1);
  for (Size flag : isNamed) {
    Size extent = one;
    for (auto [i, candidate] : llvm::enumerate(shape))
      extent = selectEqual(b, place, size(b, i), candidate, extent);
    result.push_back(selectEqual(b, flag, one, one, extent));
    place = add(b, place, sub(b, one, flag));
  }
  checkEqual(b, place, size(b, shape.size()), "expects as many axes as the rank of the result needs");
  return result;
}

} // namespace quern::lowering
