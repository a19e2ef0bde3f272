// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// ONNX files to the `onnx` dialect.

#ifndef QUERN_IMPORT_IMPORT_H
#define QUERN_IMPORT_IMPORT_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

#include <string>
#include <vector>

namespace quern {

struct ImportOptions {
  /// Filled with the files that the model was read from, itself first: what a build depends on.
  std::vector<std::string> *filesRead = nullptr;
};

/// The model as docs/contracts.md describes it. On an error, which is emitted at the file's location as
/// `node 'NAME' (Op, opset N): expects …`, null.
mlir::OwningOpRef<mlir::ModuleOp> importOnnx(llvm::StringRef path, mlir::MLIRContext *context,
                                             const ImportOptions &options = {});

/// Why a node, or the model (then `node` is empty), cannot be imported, and what to do about it.
struct ImportProblem {
  std::string node, op, domain;
  int64_t opset = 0;
  std::string reason, advice;

  /// `node 'NAME' (Op, opset N): reason; advice`
  std::string getSentence() const;
};

/// Every problem of the model, not the first alone; empty where `importOnnx` would succeed.
std::vector<ImportProblem> checkOnnx(llvm::StringRef path, mlir::MLIRContext *context);

/// An operator that the importer knows: for the page of supported operators.
struct SupportedOp {
  std::string domain, name;
  int64_t sinceVersion;
};
std::vector<SupportedOp> getSupportedOps();

/// The text with what a terminal cannot show as `\xNN`, cut when very long: for names in messages.
std::string toPrintable(llvm::StringRef text);

/// The newest opsets that the importer takes.
constexpr int64_t kMaxOpset = 28;

} // namespace quern

#endif // QUERN_IMPORT_IMPORT_H
