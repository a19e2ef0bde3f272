// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "quern/Import/Import.h"

#include "Importer.h"

#include "quern/Dialect/ONNX/IR/ONNX.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/ConvertUTF.h"

using namespace mlir;

namespace quern {

std::string toPrintable(StringRef text) {
  constexpr size_t longest = 160;
  std::string result;
  bool cut = text.size() > longest;
  const auto *at = reinterpret_cast<const llvm::UTF8 *>(text.data());
  const llvm::UTF8 *end = at + std::min(text.size(), longest);
  while (at != end) {
    unsigned size = llvm::getNumBytesForUTF8(*at);
    bool control = size == 1 && (*at < 0x20 || *at == 0x7f);
    if (!control && llvm::isLegalUTF8Sequence(at, end)) {
      result.append(reinterpret_cast<const char *>(at), size);
      at += size;
      continue;
    }
    result += "\\x";
    result += llvm::hexdigit(*at >> 4);
    result += llvm::hexdigit(*at & 15);
    ++at;
  }
  return cut ? result + "…" : result;
}

std::string ImportProblem::getSentence() const {
  std::string sentence;
  if (!node.empty() || !op.empty()) {
    sentence = "node '" + toPrintable(node) + "' (" + toPrintable(op);
    if (opset != 0)
      sentence += ", opset " + std::to_string(opset);
    sentence += "): ";
  }
  sentence += reason;
  if (!advice.empty())
    sentence += "; " + advice;
  return sentence;
}

/// Maps, reads and imports; the problems are empty where the module is not null.
static OwningOpRef<ModuleOp> import(StringRef path, MLIRContext *context, bool keepGoing,
                                    std::vector<ImportProblem> &problems, std::vector<std::string> *filesRead) {
  context->loadDialect<onnx::ONNXDialect, func::FuncDialect>();
  auto failFile = [&](std::string reason) {
    problems.push_back({"", "", "", 0, std::move(reason), ""});
    return nullptr;
  };
  llvm::Expected<std::shared_ptr<const MappedFile>> file = MappedFile::open(path);
  if (!file)
    return failFile(llvm::toString(file.takeError()));
  if (filesRead)
    filesRead->push_back(path.str());
  ArrayRef<char> bytes = (*file)->getBytes();
  if (bytes.empty())
    return failFile("the file is empty");
  proto::Model model;
  std::string reason;
  if (!proto::readModel({bytes.data(), bytes.size()}, model, reason))
    return failFile("it is not a valid ONNX file: " + reason);

  Importer importer(context, *file, model, keepGoing);
  OwningOpRef<ModuleOp> module = importer.importModel();
  problems = importer.takeProblems();
  if (filesRead)
    llvm::append_range(*filesRead, importer.getExternalFiles());
  return problems.empty() ? std::move(module) : nullptr;
}

OwningOpRef<ModuleOp> importOnnx(StringRef path, MLIRContext *context, const ImportOptions &options) {
  std::vector<ImportProblem> problems;
  OwningOpRef<ModuleOp> module = import(path, context, /*keepGoing=*/false, problems, options.filesRead);
  if (!problems.empty())
    emitError(FileLineColLoc::get(context, path, 0, 0)) << problems.front().getSentence();
  return module;
}

std::vector<ImportProblem> checkOnnx(StringRef path, MLIRContext *context) {
  std::vector<ImportProblem> problems;
  import(path, context, /*keepGoing=*/true, problems, nullptr);
  return problems;
}

} // namespace quern
