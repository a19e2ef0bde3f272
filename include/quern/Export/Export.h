// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The `onnx` dialect back to ONNX files.

#ifndef QUERN_EXPORT_EXPORT_H
#define QUERN_EXPORT_EXPORT_H

#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/raw_ostream.h"

#include <string>

namespace quern {

struct ExportOptions {
  /// Of ai.onnx; 0 is the lowest that expresses the graph.
  int64_t opset = 0;
  /// A file for the weights, and its name as the model is to call it: needed above 2 GB.
  llvm::raw_ostream *externalData = nullptr;
  std::string externalName;
};

/// Writes a module at graph level (functions of `onnx` ops). Fails with an error at the op that ONNX cannot say.
llvm::LogicalResult exportOnnx(mlir::ModuleOp module, llvm::raw_ostream &os, const ExportOptions &options = {});

/// Writes `path` whole or not at all, with the weights in `path.data` beside it where the model is above 2 GB.
llvm::LogicalResult exportOnnx(mlir::ModuleOp module, llvm::StringRef path, int64_t opset = 0);

} // namespace quern

#endif // QUERN_EXPORT_EXPORT_H
