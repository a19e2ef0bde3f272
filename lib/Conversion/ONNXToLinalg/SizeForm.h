// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Sizes in a normal form, a constant plus multiples of values of the run, so
// that (H + 2 - 3) + 1 is seen to be H. Divisions by constants are part of it:
// a floor of a floor is one floor.

#ifndef QUERN_LIB_CONVERSION_ONNXTOLINALG_SIZEFORM_H
#define QUERN_LIB_CONVERSION_ONNXTOLINALG_SIZEFORM_H

#include "Size.h"

namespace quern::lowering {

/// constant + sum of factor * value. Values are of `index` type or i64, and no two of them are known to be equal.
class SizeForm {
public:
  static SizeForm of(Size size);
  static SizeForm ofNumber(int64_t number);

  /// this + factor * other; nothing where a number overflows.
  std::optional<SizeForm> plus(const SizeForm &other, int64_t factor = 1) const;
  std::optional<SizeForm> times(int64_t factor) const { return SizeForm().plus(*this, factor); }
  /// The floor of this / divisor, a positive number.
  std::optional<SizeForm> over(Builder &b, int64_t divisor) const;

  std::optional<int64_t> asNumber() const { return terms.empty() ? std::optional(constant) : std::nullopt; }
  /// The value, where the form is only that.
  mlir::Value asValue() const;
  bool isNonNegative() const;
  Size build(Builder &b) const;

  int64_t constant = 0;
  llvm::SmallVector<std::pair<mlir::Value, int64_t>, 2> terms; ///< values and factors, none of them 0
};

} // namespace quern::lowering

#endif // QUERN_LIB_CONVERSION_ONNXTOLINALG_SIZEFORM_H
