// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef QUERN_LIB_DIALECT_ONNX_TRANSFORMS_CHOOSERANKS_H
#define QUERN_LIB_DIALECT_ONNX_TRANSFORMS_CHOOSERANKS_H

#include "mlir/IR/Operation.h"

namespace quern::onnx {

/// The branches of an If may differ in rank (`torch.squeeze` of a size that only the run knows is exported so). Where
/// what follows allows only one of the ranks, the If gets that one, and the other branch fails when it is taken. True
/// when a rank was chosen.
bool chooseRanks(mlir::Operation *root);

/// The last resort where a rank is a question of the run, one operator a call: a Squeeze without axes drops only what
/// is known to be one, and of an If's branches the higher rank is meant. A run in which that is not so fails.
bool guessRank(mlir::Operation *root);

} // namespace quern::onnx

#endif // QUERN_LIB_DIALECT_ONNX_TRANSFORMS_CHOOSERANKS_H
