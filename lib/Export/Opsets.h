// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From which opset on an op can be written: Opsets.def.

#ifndef QUERN_LIB_EXPORT_OPSETS_H
#define QUERN_LIB_EXPORT_OPSETS_H

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Operation.h"

namespace quern {

/// The attributes that the op has when none is given.
mlir::DictionaryAttr getDefaultAttrs(mlir::Operation *op);
/// An op's operands by ONNX's positions: null where an optional one is absent, none of those at the end.
llvm::SmallVector<mlir::Value> getInputs(mlir::Operation *op);
/// The lowest opset of ai.onnx in which the op, as it is, can be written.
int64_t getLowestOpset(mlir::Operation *op);
/// The version of the file format that came with an opset.
int64_t getIRVersion(int64_t opset);

} // namespace quern

#endif // QUERN_LIB_EXPORT_OPSETS_H
