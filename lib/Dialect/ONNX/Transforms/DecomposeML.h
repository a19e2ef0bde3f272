// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the rules of ai.onnx.ml share. Where the standard and ONNX Runtime
// differ, ONNX Runtime is followed: docs/rationale/ml.md.

#ifndef QUERN_LIB_DIALECT_ONNX_TRANSFORMS_DECOMPOSEML_H
#define QUERN_LIB_DIALECT_ONNX_TRANSFORMS_DECOMPOSEML_H

#include "DecomposeRules.h"

namespace quern::onnx {

/// The rows of x as a matrix of `element`; a vector is one row. Null where the rank is not known.
Term asRows(Term x, mlir::Type element);
/// A constant matrix of f32, in `element`.
Term matrix(Formula &f, llvm::ArrayRef<float> values, int64_t rows, int64_t columns, mlir::Type element);
Term vector(Formula &f, llvm::ArrayRef<float> values, mlir::Type element);
Term strings(Formula &f, llvm::ArrayRef<llvm::StringRef> values);
/// The column of the highest score, the first of equal ones.
Term argMax(Term scores);

/// The scores of a row, two or more, by the name of a `post_transform`.
Term transformScores(Term scores, llvm::StringRef postTransform);
Term probit(Term x);
/// The scores of two classes, of which the second has one: `other` is the first's, unless they are made by LOGISTIC.
Term withOther(Term score, Term other, llvm::StringRef postTransform);
/// 1 / (1 + e^-x), of each score alone.
Term logistic(Term x);

/// The labels of classes, by their numbers.
struct Labels {
  std::optional<llvm::ArrayRef<int64_t>> integers;
  std::optional<mlir::ArrayAttr> strings;

  bool areStrings() const { return strings && !strings->empty(); }
  int64_t size() const { return areStrings() ? strings->size() : integers ? integers->size() : 0; }
  /// The labels at `indices`, of i64.
  Term at(Term indices) const;
};

} // namespace quern::onnx

#endif // QUERN_LIB_DIALECT_ONNX_TRANSFORMS_DECOMPOSEML_H
