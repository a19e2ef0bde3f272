// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Axes, and what goes with each of them (starts, pads, …), as operands that may
// be known only by the run. They are turned around: a number for each dimension.
// What is known when compiling folds on the way.

#ifndef QUERN_LIB_CONVERSION_ONNXTOLINALG_AXES_H
#define QUERN_LIB_CONVERSION_ONNXTOLINALG_AXES_H

#include "Lowering.h"

namespace quern::lowering {

/// Elements of less than a byte share bytes: what starts inside of one is no view, and is copied an element at a time.
inline bool isPacked(Type element) {
  return element.isIntOrFloat() && element.getIntOrFloatBitWidth() < 8 && !element.isInteger(1);
}

/// The elements of an integer vector that must have `count` of them; a length that only the run knows is checked.
Sizes readVector(Builder &b, Value vector, int64_t count);
/// The same of a vector that may be shorter than `rank`: its elements are those of the last dimensions, the others
/// are one.
Sizes readLast(Builder &b, Value vector, int64_t rank);
/// The only element of a tensor; other numbers of elements that only the run knows are checked.
Value readScalar(Builder &b, Value tensor);
Size readNumber(Builder &b, Value tensor, bool isUnsigned = false);

/// What a list of axes says of each dimension.
struct NamedDims {
  Sizes isNamed;               ///< 1 where the list has the dimension, else 0
  llvm::SmallVector<Sizes> at; ///< for each of the lists beside it, the dimension's number, or the default
  Size count;                  ///< how many axes are in the list

  bool isKnown() const {
    return llvm::all_of(isNamed, [](Size flag) { return known(flag).has_value(); });
  }
};

/// Numbers that go with the axes, and what holds for the dimensions that are not named. Several lists may stand one
/// after the other in one vector: this is number `part` of `parts`.
struct AxisList {
  Value vector;
  Sizes defaults;
  int64_t part = 0, parts = 1;
};

/// Turns `axes` (possibly negative) of `rank` dimensions around. Where there is no operand the first dimensions are
/// meant, or the last ones, as many as `lists` has numbers. An axis out of range fails the run.
NamedDims nameDims(Builder &b, Value axes, int64_t rank, llvm::ArrayRef<AxisList> lists = {}, bool atEnd = false);

/// The sizes of the dimensions that are not named, of which there must be `rank`.
Sizes dropNamed(Builder &b, llvm::ArrayRef<Size> shape, llvm::ArrayRef<Size> isNamed, int64_t rank);
/// `shape`, and ones in the dimensions that are named; there must be as many others as `shape` has.
Sizes insertNamed(Builder &b, llvm::ArrayRef<Size> shape, llvm::ArrayRef<Size> isNamed);

} // namespace quern::lowering

#endif // QUERN_LIB_CONVERSION_ONNXTOLINALG_AXES_H
