// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the driver says, and in which form: `FILE: error: node 'NAME' (Op,
// opset N): expects …`.

#ifndef QUERN_LIB_DRIVER_MESSAGES_H
#define QUERN_LIB_DRIVER_MESSAGES_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Diagnostics.h"
#include "llvm/Support/Error.h"

#include <functional>
#include <map>
#include <memory>
#include <mutex>

namespace quern {

/// Prints `FILE: error: TEXT` (`quern: error: TEXT` without a file) and returns `status`.
int reportError(llvm::StringRef file, const llvm::Twine &text, int status);
int reportError(llvm::StringRef file, llvm::Error error, int status);

/// Prints MLIR's diagnostics in our form while it lives, and remarks when asked to.
class DiagnosticPrinter {
public:
  /// `file` names the model where a location does not.
  DiagnosticPrinter(mlir::MLIRContext &context, llvm::StringRef file);
  ~DiagnosticPrinter();

  /// The opsets that messages give, from the imported module.
  void readOpsets(mlir::ModuleOp module);
  /// Passes on each remark from now on, as one line.
  void enableRemarks(std::function<void(llvm::StringRef line)> sink);
  /// Collects errors instead of printing them: for `quern check`.
  void collectErrors(std::function<void(mlir::Location, llvm::StringRef op, llvm::StringRef text)> sink);
  bool hadErrors() const { return errors; }

private:
  mlir::LogicalResult handle(mlir::Diagnostic &diagnostic);
  std::string describe(mlir::Location location, llvm::StringRef text) const;

  mlir::MLIRContext &context;
  std::string file;
  std::map<std::string, int64_t> opsets; // by dialect prefix: "", "ml", "ms"
  std::function<void(llvm::StringRef)> remarkSink;
  std::function<void(mlir::Location, llvm::StringRef, llvm::StringRef)> errorSink;
  mlir::DiagnosticEngine::HandlerID id;
  std::mutex mutex;
  bool errors = false;
};

/// Splits "'onnx.Conv' op expects …" into "onnx.Conv" and "expects …"; no op: an empty name and the text.
std::pair<llvm::StringRef, llvm::StringRef> splitOpName(llvm::StringRef text);

} // namespace quern

#endif // QUERN_LIB_DRIVER_MESSAGES_H
