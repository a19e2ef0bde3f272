// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which values depend on constants only.

#ifndef QUERN_LIB_DIALECT_ONNX_TRANSFORMS_CONSTNESS_H
#define QUERN_LIB_DIALECT_ONNX_TRANSFORMS_CONSTNESS_H

#include "mlir/IR/Value.h"
#include "llvm/ADT/DenseMap.h"

namespace quern::onnx {

/// Remembers what it has found out, so that asking for every value of a graph
/// takes linear time. Stays right while nodes are added, and erased through it.
class Constness {
public:
  /// A constant, or what onnx-fold-constants may make one.
  bool isConstant(mlir::Value value);
  /// `op` always computes the same, is no constant itself, and is neither random nor the unpacking of weights.
  /// What it takes from outside its regions must be constant too.
  bool isFoldable(mlir::Operation *op);
  void erase(mlir::Operation *op);

private:
  llvm::DenseMap<mlir::Operation *, bool> known;
};

/// An operator whose result, though constant, must stay as it is written: compressed weights are unpacked at run time.
bool unpacksWeights(mlir::Operation *op);

} // namespace quern::onnx

#endif // QUERN_LIB_DIALECT_ONNX_TRANSFORMS_CONSTNESS_H
