// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Messages.h"

#include "quern/Support/NodeName.h"

#include "mlir/IR/Remarks.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;

namespace quern {

/// Where a message starts: over the progress line, on a terminal.
static raw_ostream &startLine() {
  if (llvm::sys::Process::StandardErrIsDisplayed())
    llvm::errs() << "\r\033[K";
  return llvm::errs();
}

int reportError(StringRef file, const Twine &text, int status) {
  startLine() << (file.empty() ? "quern" : file) << ": error: " << text << "\n";
  return status;
}

int reportError(StringRef file, llvm::Error error, int status) {
  return reportError(file, llvm::toString(std::move(error)), status);
}

std::pair<StringRef, StringRef> splitOpName(StringRef text) {
  StringRef rest = text;
  if (!rest.consume_front("'"))
    return {"", text};
  auto [op, after] = rest.split('\'');
  if (!op.contains('.') || op.contains(' '))
    return {"", text};
  after = after.ltrim();
  after.consume_front("op ");
  return {op, after};
}

//===----------------------------------------------------------------------===//
// Diagnostics
//===----------------------------------------------------------------------===//

DiagnosticPrinter::DiagnosticPrinter(MLIRContext &context, StringRef file) : context(context), file(file) {
  id = context.getDiagEngine().registerHandler([this](Diagnostic &diagnostic) { return handle(diagnostic); });
}

DiagnosticPrinter::~DiagnosticPrinter() { context.getDiagEngine().eraseHandler(id); }

void DiagnosticPrinter::readOpsets(ModuleOp module) {
  auto attr = module->getAttrOfType<DictionaryAttr>("onnx.opset");
  if (!attr)
    return;
  for (NamedAttribute entry : attr) {
    auto version = dyn_cast<IntegerAttr>(entry.getValue());
    StringRef domain = entry.getName().getValue();
    StringRef prefix = domain == "ai.onnx" || domain.empty() ? "" : domain == "com.microsoft" ? "ms" : "ml";
    if (version)
      opsets[prefix.str()] = version.getInt();
  }
}

std::string DiagnosticPrinter::describe(Location location, StringRef text) const {
  if (text.starts_with("node '") || text.starts_with("input '"))
    return text.str();
  StringRef node = getNodeName(location);
  if (node.empty())
    return text.str();
  auto [op, rest] = splitOpName(text);
  std::string out = ("node '" + node + "'").str();
  if (!op.consume_front("onnx."))
    return out + ": " + text.str();
  auto [prefix, name] = op.contains('.') ? op.split('.') : std::pair<StringRef, StringRef>("", op);
  out += (" (" + name).str();
  if (auto found = opsets.find(prefix.str()); found != opsets.end())
    out += ", opset " + std::to_string(found->second);
  return out + "): " + rest.str();
}

/// `FILE`, or `FILE:LINE:COLUMN` where the location is one in a text. Locations hold file names without folders, so
/// that output does not depend on them: the user's own spelling is shown.
static std::string describePlace(Location location, StringRef file) {
  auto place = location->findInstanceOf<FileLineColLoc>();
  if (!place)
    return file.empty() ? "quern" : file.str();
  StringRef name = place.getFilename();
  std::string out = (name == llvm::sys::path::filename(file) ? file : name).str();
  if (place.getLine())
    out += ":" + std::to_string(place.getLine()) + ":" + std::to_string(place.getColumn());
  return out;
}

LogicalResult DiagnosticPrinter::handle(Diagnostic &diagnostic) {
  std::lock_guard<std::mutex> lock(mutex);
  std::string text = diagnostic.str();
  Location location = diagnostic.getLocation();
  std::string place = describePlace(location, file);
  switch (diagnostic.getSeverity()) {
  case DiagnosticSeverity::Error:
    errors = true;
    if (errorSink) {
      auto [op, rest] = splitOpName(text);
      errorSink(location, op, rest);
      return success();
    }
    startLine() << place << ": error: " << describe(location, text) << "\n";
    break;
  case DiagnosticSeverity::Warning:
    startLine() << place << ": warning: " << describe(location, text) << "\n";
    break;
  case DiagnosticSeverity::Remark:
    if (remarkSink)
      remarkSink(place + ": remark: " + describe(location, text));
    return success();
  case DiagnosticSeverity::Note:
    startLine() << place << ": note: " << describe(location, text) << "\n";
    break;
  }
  if (diagnostic.getSeverity() == DiagnosticSeverity::Error)
    for (Diagnostic &note : diagnostic.getNotes()) {
      // MLIR attaches whole operations to verification errors; a user is helped by sentences.
      std::string noteText = note.str();
      if (!StringRef(noteText).starts_with("see current operation"))
        startLine() << describePlace(note.getLocation(), file) << ": note: " << describe(note.getLocation(), noteText)
                    << "\n";
    }
  return success();
}

void DiagnosticPrinter::collectErrors(std::function<void(Location, StringRef, StringRef)> sink) {
  errorSink = std::move(sink);
}

//===----------------------------------------------------------------------===//
// Remarks
//===----------------------------------------------------------------------===//

namespace {
/// What passes say about why they did or did not do something, by MLIR's remark engine.
class RemarkLines : public remark::detail::MLIRRemarkStreamerBase {
public:
  explicit RemarkLines(std::function<void(const remark::detail::Remark &)> sink) : sink(std::move(sink)) {}
  void streamOptimizationRemark(const remark::detail::Remark &remark) override { sink(remark); }

private:
  std::function<void(const remark::detail::Remark &)> sink;
};
} // namespace

void DiagnosticPrinter::enableRemarks(std::function<void(StringRef)> sink) {
  remarkSink = std::move(sink);
  auto stream = [this](const remark::detail::Remark &remark) {
    std::lock_guard<std::mutex> lock(mutex);
    StringRef pass = remark.getCombinedCategoryName();
    std::string line = describePlace(remark.getLocation(), file) + ": remark: ";
    if (StringRef node = getNodeName(remark.getLocation()); !node.empty())
      line += ("node '" + node + "': ").str();
    line += remark.getMsg();
    if (!pass.empty())
      line += (" [" + pass + "]").str();
    remarkSink(line);
  };
  remark::RemarkCategories all;
  all.passed = all.missed = all.analysis = all.failed = ".*";
  (void)remark::enableOptimizationRemarks(context, std::make_unique<RemarkLines>(stream),
                                          std::make_unique<remark::RemarkEmittingPolicyAll>(), all);
}

} // namespace quern
