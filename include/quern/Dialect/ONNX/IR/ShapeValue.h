// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What is known at compile time about the values of shape computations.

#ifndef QUERN_DIALECT_ONNX_IR_SHAPEVALUE_H
#define QUERN_DIALECT_ONNX_IR_SHAPEVALUE_H

#include "mlir/IR/Value.h"
#include "llvm/ADT/SmallVector.h"

#include <optional>

namespace quern::onnx {

/// One element of a shape computation: a number, the size of a dimension of a tensor, or unknown.
class ShapeElement {
public:
  ShapeElement() = default;
  static ShapeElement getNumber(int64_t number) { return {Kind::Number, number, {}}; }
  /// The size of a dimension, as the number if it is static.
  static ShapeElement getDim(mlir::Value tensor, int64_t dim);

  bool isNumber() const { return kind == Kind::Number; }
  bool isDim() const { return kind == Kind::Dim; }
  bool isNumber(int64_t number) const { return isNumber() && value == number; }
  int64_t getNumber() const { return value; }
  /// The tensor, and which of its dimensions: the first in the program that has this size.
  std::pair<mlir::Value, int64_t> getDim() const { return {tensor, value}; }
  /// The number, or ShapedType::kDynamic.
  int64_t getSize() const;

  /// Known to be equal (two unknown elements are not).
  bool isSame(const ShapeElement &other) const {
    return kind != Kind::Unknown && kind == other.kind && value == other.value && tensor == other.tensor;
  }

private:
  enum class Kind { Unknown, Number, Dim };
  ShapeElement(Kind kind, int64_t value, mlir::Value tensor) : kind(kind), value(value), tensor(tensor) {}

  Kind kind = Kind::Unknown;
  int64_t value = 0;
  mlir::Value tensor;
};

/// The elements of a small tensor of integers or bools in row-major order, as far as they are known: sees through
/// constants and the arithmetic of shapes. Nothing where not even the number of elements is known, or it is large.
/// Looks at a bounded number of ops.
std::optional<llvm::SmallVector<ShapeElement>> getKnownShapeValue(mlir::Value value);

/// The same, where every element is a known number.
std::optional<llvm::SmallVector<int64_t>> getKnownIntegers(mlir::Value value);

} // namespace quern::onnx

#endif // QUERN_DIALECT_ONNX_IR_SHAPEVALUE_H
