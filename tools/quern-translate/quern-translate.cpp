// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Between ONNX, MLIR and LLVM IR, as mlir-translate.

#include "quern/Export/Export.h"
#include "quern/Import/Import.h"
#include "quern/InitAll.h"

#include "mlir/Target/LLVMIR/Dialect/All.h"
#include "mlir/Tools/mlir-translate/MlirTranslateMain.h"
#include "mlir/Tools/mlir-translate/Translation.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/SourceMgr.h"

using namespace mlir;

namespace mlir {
void registerToLLVMIRTranslation();
} // namespace mlir

static OwningOpRef<Operation *> importOnnx(const std::shared_ptr<llvm::SourceMgr> &sources, MLIRContext *context) {
  // The file is mapped by its name: weights stay in it, or in files beside it.
  StringRef path = sources->getMemoryBuffer(sources->getMainFileID())->getBufferIdentifier();
  if (path == "<stdin>") {
    emitError(UnknownLoc::get(context)) << "expects the name of an ONNX file, and cannot read one from a pipe";
    return nullptr;
  }
  return OwningOpRef<Operation *>(quern::importOnnx(path, context).release());
}

int main(int argc, char **argv) {
  static llvm::cl::opt<int64_t> opset(
      "opset", llvm::cl::desc("opset of ai.onnx to export (default: the lowest that expresses the graph)"),
      llvm::cl::init(0));
  TranslateToMLIRRegistration import("import-onnx", "ONNX to the onnx dialect", importOnnx, quern::registerDialects);
  TranslateFromMLIRRegistration exportOnnx(
      "export-onnx", "the onnx dialect to ONNX",
      [](ModuleOp module, raw_ostream &os) {
        quern::ExportOptions options;
        options.opset = opset;
        return quern::exportOnnx(module, os, options);
      },
      quern::registerDialects);
  registerToLLVMIRTranslation();
  return failed(mlirTranslateMain(argc, argv, "Quern translation driver\n"));
}
