// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// quern check

#include "Commands.h"
#include "Compilation.h"

#include "quern/Driver/Driver.h"
#include "quern/Import/Import.h"
#include "quern/Pipelines/Compile.h"
#include "quern/Support/NodeName.h"

#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;

namespace quern {
namespace {

constexpr Option kOptions[] = {
    {"--json", Takes::Nothing, "", "print the nodes as JSON"},
    {"--shape", Takes::Value, "INPUT=1x3x224x224", "fix the shape of an input", true},
    {"--list-ops", Takes::OptionalValue, "markdown", "list the operators that can be compiled, without a model"},
};

/// "onnx.ms.FusedConv" as the standard says it: the domain and the operator.
std::pair<std::string, std::string> splitDomain(StringRef op) {
  op.consume_front("onnx.");
  if (op.consume_front("ml."))
    return {"ai.onnx.ml", op.str()};
  if (op.consume_front("ms."))
    return {"com.microsoft", op.str()};
  return {"ai.onnx", op.str()};
}

class Checker {
public:
  Checker(StringRef file, const Arguments &args) : file(file), args(args) {}

  int run() {
    bool isMLIR = sys::path::extension(file) == ".mlir" || sys::path::extension(file) == ".mlirbc";
    Compilation compilation(file, args);
    if (int status = compilation.readOptions())
      return status;
    if (!isMLIR)
      problems = checkOnnx(file, &compilation.getContext());
    if (problems.empty())
      lower(compilation);
    args.has("--json") ? printJSON() : print();
    return problems.empty() ? Done : Failed;
  }

private:
  /// What the importer takes may still have no lowering, or fail on its way down.
  void lower(Compilation &compilation) {
    compilation.diagnostics().collectErrors([&](mlir::Location location, StringRef op, StringRef text) {
      add(location, op, text, "change the model, or fix its input shapes with --shape");
    });
    if (compilation.load() != Done)
      return;
    compilation.module().walk(
        [&](mlir::Operation *op) { numNodes += op->getName().getStringRef().starts_with("onnx."); });
    if (failed(compilation.runTo(Phase::Graph)))
      return;
    StringMap<Road> roads = getRoads(&compilation.getContext());
    compilation.module().walk([&](mlir::Operation *op) {
      StringRef name = op->getName().getStringRef();
      if (name.starts_with("onnx.") && !op->hasTrait<mlir::OpTrait::IsTerminator>() &&
          roads.lookup(name) != Road::Lowered)
        add(op->getLoc(), name, "has no lowering yet", "replace the operator by simpler ones");
    });
    if (problems.empty())
      (void)compilation.runTo(Phase::Linalg);
  }

  void add(mlir::Location location, StringRef op, StringRef reason, StringRef advice) {
    ImportProblem problem;
    problem.node = getNodeName(location).str();
    if (op.starts_with("onnx."))
      std::tie(problem.domain, problem.op) = splitDomain(op);
    problem.reason = reason.str();
    problem.advice = advice.str();
    problems.push_back(problem);
  }

  void print() {
    for (const ImportProblem &problem : problems)
      outs() << file << ": " << (problem.node.empty() ? problem.reason : problem.getSentence()) << "\n";
    if (problems.empty())
      outs() << file << ": every node can be compiled\n";
  }

  void printJSON() {
    json::OStream os(outs(), 2);
    os.array([&] {
      for (const ImportProblem &problem : problems)
        os.object([&] {
          os.attribute("node", json::fixUTF8(problem.node));
          os.attribute("op", json::fixUTF8(problem.op));
          os.attribute("domain", json::fixUTF8(problem.domain));
          os.attribute("opset", problem.opset);
          os.attribute("reason", json::fixUTF8(problem.reason));
          os.attribute("advice", json::fixUTF8(problem.advice));
        });
    });
    outs() << "\n";
  }

  std::string file;
  const Arguments &args;
  std::vector<ImportProblem> problems;
  size_t numNodes = 0;
};

/// Straight from the importer's table and those of the phases.
int listOps(const Arguments &args) {
  bool markdown = args.get("--list-ops") == "markdown";
  if (markdown)
    outs() << "# Operators\n\n`compiled` as they are, or `rewritten` into operators that are. Others are read, and "
              "refused "
              "with a sentence.\n\n| domain | operator | since | how |\n|---|---|---|---|\n";
  Compilation compilation("", args);
  StringMap<Road> roads = getRoads(&compilation.getContext());
  for (const SupportedOp &op : getSupportedOps()) {
    StringRef prefix = llvm::StringSwitch<StringRef>(op.domain)
                           .Case("ai.onnx.ml", "ml.")
                           .Case("com.microsoft", "ms.")
                           .Case("ai.onnx.preview", "preview.")
                           .Case("ai.onnx.preview.training", "training.")
                           .Default("");
    std::string domain = op.domain.empty() ? "ai.onnx" : op.domain;
    Road road = roads.lookup(("onnx." + prefix + op.name).str());
    StringRef how = road == Road::Lowered ? "compiled" : road == Road::Rewritten ? "rewritten" : "not yet";
    if (markdown)
      outs() << "| " << domain << " | " << op.name << " | " << op.sinceVersion << " | " << how << " |\n";
    else
      outs() << domain << " " << op.name << " " << op.sinceVersion << " " << how << "\n";
  }
  return Done;
}

} // namespace

ArrayRef<Option> getCheckOptions() { return kOptions; }

int runCheck(const Arguments &args) {
  if (args.has("--list-ops"))
    return listOps(args);
  return Checker(args.positional().front(), args).run();
}

} // namespace quern
