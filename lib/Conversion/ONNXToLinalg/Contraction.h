// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The one form of MatMul, Gemm and every convolution: `out += lhs * rhs`.

#ifndef QUERN_LIB_CONVERSION_ONNXTOLINALG_CONTRACTION_H
#define QUERN_LIB_CONVERSION_ONNXTOLINALG_CONTRACTION_H

#include "Lowering.h"

namespace quern::lowering {

/// How integer operands are widened to the accumulator.
struct Signs {
  bool lhsUnsigned = false;
  bool rhsUnsigned = false;
};

/// The type in which products of `element` are summed: f32 for narrower floats.
Type accumulatorOf(Builder &b, Type element);

/// A contraction from zero. The loops are the dimensions of `shape`, then the reductions.
Value contract(Builder &b, Value lhs, Value rhs, mlir::AffineMap lhsMap, mlir::AffineMap rhsMap,
               llvm::ArrayRef<Size> shape, Type accumulator, Signs signs = {});

/// What was widened from floats of 16 bits, as it was: a contraction widens its operands itself.
Value peelWidening(Value tensor);

/// The product of matrices as NumPy's matmul has it.
Value matmul(Builder &b, Value lhs, Value rhs, Type accumulator, Signs signs = {});

/// `tensor` with its elements cast to `element` (floats, or integers to a wider type).
Value castElements(Builder &b, Value tensor, Type element, bool isUnsigned = false);

//===--- Windows ----------------------------------------------------------===//

/// How a window of `kernel` moves over the spatial dimensions.
struct Window {
  llvm::SmallVector<int64_t> kernel; ///< `kDynamic` where only the run knows it
  llvm::SmallVector<int64_t> strides, dilations;
  Sizes low, high; ///< padding
  Sizes out;       ///< positions
};

struct WindowAttributes {
  Sizes kernel;
  std::optional<llvm::ArrayRef<int64_t>> strides, dilations, pads;
  llvm::StringRef autoPad = "NOTSET";
  bool ceilMode = false;
};

/// The window over spatial dimensions of these sizes.
Window makeWindow(Builder &b, const WindowAttributes &attributes, llvm::ArrayRef<Size> spatial);

/// The weights with the spatial sizes that the operator's kernel_shape names, where only that knows them.
mlir::Value withKernelShape(Builder &b, mlir::Value weight, std::optional<llvm::ArrayRef<int64_t>> kernelShape);

/// The attributes of a convolution or pooling op.
template <typename Op>
WindowAttributes windowAttributes(Op op, llvm::ArrayRef<Size> kernel) {
  return {Sizes(kernel), op.getStrides(), op.getDilations(), op.getPads(), op.getAutoPad(), false};
}

/// Pads the last dimensions of `input` for `window`.
Value padForWindow(Builder &b, Value input, const Window &window, Value value);

/// `loop o * stride + loop k * dilation`, where `o` and `k` are the first of the window's loops.
llvm::SmallVector<mlir::AffineExpr> windowExprs(Builder &b, const Window &window, unsigned o, unsigned k);

/// X [N, C, …] * W [F, C/group, …], summed in `accumulator`.
Value convolve(Builder &b, Value input, Value weight, const Window &window, int64_t group, Type accumulator,
               Signs signs = {});

/// Adds a value a channel (dimension 1); the result has `element` type.
Value addChannels(Builder &b, Value tensor, Value bias, Type element);

} // namespace quern::lowering

#endif // QUERN_LIB_CONVERSION_ONNXTOLINALG_CONTRACTION_H
