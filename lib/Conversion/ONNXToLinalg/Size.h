// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Sizes: numbers known now (attributes) or at run time (`index` values), with
// arithmetic that folds, and what can be proved about them.

#ifndef QUERN_LIB_CONVERSION_ONNXTOLINALG_SIZE_H
#define QUERN_LIB_CONVERSION_ONNXTOLINALG_SIZE_H

#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/OpDefinition.h"

namespace quern::lowering {

using Builder = mlir::ImplicitLocOpBuilder;
using Size = mlir::OpFoldResult;
using Sizes = llvm::SmallVector<Size>;

Size size(Builder &b, int64_t value);
Sizes sizes(Builder &b, llvm::ArrayRef<int64_t> values);
std::optional<int64_t> known(Size size);
bool isKnown(Size size, int64_t value);
/// An `index` value.
mlir::Value asValue(Builder &b, Size size);
mlir::SmallVector<mlir::Value> asValues(Builder &b, llvm::ArrayRef<Size> sizes);

Size add(Builder &b, Size lhs, Size rhs);
Size sub(Builder &b, Size lhs, Size rhs);
Size mul(Builder &b, Size lhs, Size rhs);
Size floorDiv(Builder &b, Size lhs, Size rhs);
Size ceilDiv(Builder &b, Size lhs, Size rhs);
Size min(Builder &b, Size lhs, Size rhs);
Size max(Builder &b, Size lhs, Size rhs);
Size product(Builder &b, llvm::ArrayRef<Size> sizes);
/// `ifEqual` where lhs == rhs, else `otherwise`.
Size selectEqual(Builder &b, Size lhs, Size rhs, Size ifEqual, Size otherwise);
/// `ifNegative` where value < 0, else `otherwise`.
Size selectNegative(Builder &b, Size value, Size ifNegative, Size otherwise);

/// The size of dimension `dim`, seen through the ops that made `tensor`.
Size dimOf(Builder &b, mlir::Value tensor, int64_t dim);
Sizes shapeOf(Builder &b, mlir::Value tensor);
/// True when both are the same number in every run.
bool same(Size lhs, Size rhs);

/// True when the products are the same number in every run.
bool sameProduct(llvm::ArrayRef<Size> lhs, llvm::ArrayRef<Size> rhs);
/// The product of `total` over that of `divisors`; the run fails with `message` where that is not whole.
Size quotient(Builder &b, llvm::ArrayRef<Size> total, llvm::ArrayRef<Size> divisors, llvm::StringRef message);
/// Cuts both shapes into as many runs (of these lengths) as have equal products; nothing where that cannot be shown.
std::optional<llvm::SmallVector<std::pair<int64_t, int64_t>>> groupEqualProducts(llvm::ArrayRef<Size> from,
                                                                                 llvm::ArrayRef<Size> to);
/// True when the size is not negative in any run.
bool isNonNegative(Size size);
/// A size that the run computed: negative ones fail the run and become zero.
void checkSize(Builder &b, Size &extent);
/// `type`'s shape, sizes that it knows only at run time taken from `shape`. Where the type knows a size that `shape`
/// does not, the run fails if they differ.
Sizes refine(Builder &b, llvm::ArrayRef<Size> shape, mlir::RankedTensorType type);
llvm::SmallVector<int64_t> staticShape(llvm::ArrayRef<Size> shape);

/// Elements of a tensor of rank 0 or 1 that are known as scalars: it is a small constant or built from scalars.
std::optional<llvm::SmallVector<mlir::Value>> knownScalars(Builder &b, mlir::Value tensor);
/// True when `knownScalars` would answer.
bool hasKnownScalars(mlir::Value tensor);
/// The elements of an integer tensor of static shape and rank 0 or 1, as sizes.
Sizes readSizes(Builder &b, mlir::Value tensor, bool isUnsigned = false);
/// The elements of an integer tensor, if it is a constant.
std::optional<llvm::SmallVector<int64_t>> constantIntegers(mlir::Value tensor);
/// The elements of a float tensor, if it is a constant.
std::optional<llvm::SmallVector<double>> constantFloats(mlir::Value tensor);
/// An integer as a size.
Size toSize(Builder &b, mlir::Value scalar, bool isUnsigned = false);
/// A tensor of `type` (rank 0 or 1) of these scalars.
mlir::Value fromScalars(Builder &b, mlir::RankedTensorType type, llvm::ArrayRef<mlir::Value> scalars);

/// Fails the run with `message` where `lhs != rhs`.
void checkEqual(Builder &b, Size lhs, Size rhs, llvm::StringRef message);
/// Fails the run with `message` where `condition` (i1) is false.
void check(Builder &b, mlir::Value condition, llvm::StringRef message);

} // namespace quern::lowering

#endif // QUERN_LIB_CONVERSION_ONNXTOLINALG_SIZE_H
