// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Any bytes as an ONNX file: a model, or a sentence. The reader is compiled in here, so that the fuzzer sees its ways.

#include "quern/Import/Import.h"
#include "quern/Export/Export.h"

#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/Verifier.h"

#include <cstdlib>
#include <sys/mman.h>
#include <unistd.h>

// A context keeps every attribute that was ever made in it.
static std::unique_ptr<mlir::MLIRContext> context;
static unsigned uses = 0;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const int file = memfd_create("model", 0);
  static const std::string path = "/proc/self/fd/" + std::to_string(file);
  if (ftruncate(file, 0) != 0 || pwrite(file, data, size, 0) != static_cast<ssize_t>(size))
    std::abort();
  if (!context || ++uses % 500 == 0)
    context = std::make_unique<mlir::MLIRContext>(mlir::MLIRContext::Threading::DISABLED);
  bool said = false;
  mlir::ScopedDiagnosticHandler handler(context.get(), [&](mlir::Diagnostic &diagnostic) {
    said |= diagnostic.getSeverity() == mlir::DiagnosticSeverity::Error;
    return mlir::success();
  });
  mlir::OwningOpRef<mlir::ModuleOp> module = quern::importOnnx(path, context.get());
  std::vector<quern::ImportProblem> problems = quern::checkOnnx(path, context.get());
  // A model that is refused is refused with a reason, and one that is taken is valid and can be written back.
  if ((!module && (!said || problems.empty())) || (module && !problems.empty()))
    std::abort();
  if (module && (failed(mlir::verify(*module)) || (failed(quern::exportOnnx(*module, llvm::nulls())) && !said)))
    std::abort();
  return 0;
}
