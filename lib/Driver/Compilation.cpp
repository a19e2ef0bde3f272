// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Compilation.h"

#include "quern/Driver/Driver.h"
#include "quern/Import/Import.h"
#include "quern/InitAll.h"
#include "quern/Pipelines/Compile.h"
#include "quern/Support/OutputFile.h"

#include "mlir/Parser/Parser.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/raw_ostream.h"

#include <sys/resource.h>

using namespace mlir;

namespace quern {

/// Marks how far a module written by --emit=mlir or mlirbc has come.
static constexpr StringLiteral kPhaseAttr = "quern.phase";

static constexpr Option kModelOptions[] = {
    {"--target", Takes::Value, "TARGET",
     "compile for native (the default), x86-64-v2, x86-64-v3, x86-64-v4, aarch64 or aarch64:<cpu>"},
    {"--shape", Takes::Value, "INPUT=1x3x224x224", "fix the shape of an input; ? leaves a dimension open", true},
    {"--expose", Takes::Value, "NODE,…|all", "make results of nodes outputs, by the nodes' names", true},
    {"--remarks", Takes::OptionalValue, "FILE", "say for each node what was not done, and why; to FILE if given"},
    {"--timing", Takes::Nothing, "", "print the time of each phase and the peak memory"},
    {"-j", Takes::Value, "N", "compile N kernels at a time; one a core if not given"},
    {"--compress", Takes::Value, "PIPELINE", "prune and quantize", false, "compression comes later"},
    {"--calibrate", Takes::Value, "DIR|FILE.npz", "data to quantize by", false, "calibration comes later"},
};

ArrayRef<Option> getModelOptions() { return kModelOptions; }

static DialectRegistry makeRegistry() {
  DialectRegistry registry;
  registerDialects(registry);
  return registry;
}

Compilation::Compilation(StringRef file, const Arguments &args)
    : file(file), args(args), context(makeRegistry(), MLIRContext::Threading::DISABLED), printer(context, file),
      showsProgress(llvm::sys::Process::StandardErrIsDisplayed()) {
  // Nothing may load a dialect once passes run in threads.
  context.loadAllAvailableDialects();
}

Compilation::~Compilation() = default;

//===----------------------------------------------------------------------===//
// Options
//===----------------------------------------------------------------------===//

int Compilation::readOptions() {
  llvm::Expected<Target> target = parseTarget(args.get("--target", "native"));
  if (!target)
    return reportError("", target.takeError(), BadUsage);
  phases.target = *target;

  llvm::Expected<unsigned> number = args.number("-j", 0);
  if (!number)
    return reportError("", number.takeError(), BadUsage);
  jobs = *number;
  if (jobs != 1) {
    threads = std::make_unique<llvm::DefaultThreadPool>(llvm::hardware_concurrency(jobs));
    context.setThreadPool(*threads);
  }

  for (const std::string &shape : args.all("--shape")) {
    auto [name, sizes] = StringRef(shape).rsplit('=');
    if (name.empty() || sizes.empty())
      return reportError("", "--shape expects INPUT=1x3x224x224, got '" + shape + "'", BadUsage);
    phases.shapes.push_back(shape);
  }
  for (const std::string &nodes : args.all("--expose")) {
    SmallVector<StringRef> names;
    StringRef(nodes).split(names, ',', -1, /*KeepEmpty=*/false);
    for (StringRef name : names)
      phases.expose.push_back(name.str());
  }

  if (!args.has("--remarks"))
    return Done;
  if (StringRef path = args.get("--remarks"); !path.empty()) {
    llvm::Expected<OutputFile> output = OutputFile::create(path);
    if (!output)
      return reportError("", output.takeError(), Failed);
    remarks = std::make_unique<OutputFile>(std::move(*output));
  }
  printer.enableRemarks([this](StringRef line) { (remarks ? remarks->os() : llvm::errs()) << line << "\n"; });
  return Done;
}

//===----------------------------------------------------------------------===//
// Loading
//===----------------------------------------------------------------------===//

int Compilation::load() {
  StringRef extension = llvm::sys::path::extension(file);
  bool isMLIR = extension == ".mlir" || extension == ".mlirbc";
  int status = timed("read", [&] { return isMLIR ? parseModule() : importModel(); });
  if (status == Done)
    printer.readOpsets(module());
  return status;
}

int Compilation::importModel() {
  ImportOptions options;
  options.filesRead = &files;
  owned = importOnnx(file, &context, options);
  if (owned)
    return Done;
  return printer.hadErrors() ? int(Failed) : reportError(file, "cannot be read", Failed);
}

int Compilation::parseModule() {
  files.push_back(file);
  // The parsed module refers to the buffer: large constants are not copied out of it.
  auto buffer =
      llvm::MemoryBuffer::getFile(file, /*IsText=*/false, /*RequiresNullTerminator=*/!StringRef(file).ends_with("bc"));
  if (!buffer)
    return reportError(file, "cannot open: " + buffer.getError().message(), Failed);
  auto sources = std::make_shared<llvm::SourceMgr>();
  sources->AddNewSourceBuffer(std::move(*buffer), llvm::SMLoc());
  owned = parseSourceFile<ModuleOp>(sources, ParserConfig(&context));
  if (!owned)
    return printer.hadErrors() ? int(Failed) : reportError(file, "cannot be parsed", Failed);
  if (auto name = module()->getAttrOfType<StringAttr>(kPhaseAttr)) {
    std::optional<Phase> phase = parsePhase(name);
    if (!phase || *phase > Phase::Kernels)
      return reportError(file, "was written after a phase '" + name.getValue() + "' that cannot be compiled on",
                         Failed);
    reached = *phase;
  }
  return Done;
}

//===----------------------------------------------------------------------===//
// Phases
//===----------------------------------------------------------------------===//

LogicalResult Compilation::runTo(Phase last) {
  if (!phases.evaluator)
    phases.evaluator = createFoldingEvaluator();
  for (Phase phase : getPhases()) {
    if (phase > last || phase > Phase::Kernels)
      break;
    // A module from the middle of the road has passed its phases; an imported one is checked here.
    if (module()->hasAttr(kPhaseAttr) && phase <= reached)
      continue;
    PassManager passes(&context);
    buildPhase(phase, passes, phases);
    if (failed(timed(getPhaseName(phase), [&] { return passes.run(module()); }))) {
      if (!printer.hadErrors())
        reportError(file, "the phase '" + getPhaseName(phase) + "' failed", Failed);
      return failure();
    }
    reached = phase;
    module()->setAttr(kPhaseAttr, StringAttr::get(&context, getPhaseName(phase)));
  }
  return success();
}

FailureOr<CompiledModel> Compilation::compile(CodeKind kind) {
  CodegenOptions options;
  options.jobs = jobs;
  options.kind = kind;
  if (showsProgress)
    options.progress = [this](size_t done, size_t total) {
      showProgress(llvm::formatv("codegen {0}/{1}", done, total).str());
    };
  FailureOr<CompiledModel> model = timed("codegen", [&] { return compileKernels(module(), phases.target, options); });
  if (failed(model) && !printer.hadErrors())
    reportError(file, "code generation failed", Failed);
  return model;
}

//===----------------------------------------------------------------------===//
// Reports
//===----------------------------------------------------------------------===//

/// One line that the next one overwrites, on a terminal only.
void Compilation::showProgress(StringRef text) {
  if (showsProgress)
    llvm::errs() << "\r\033[K" << (text.empty() ? "" : file + ": ") << text;
}

int Compilation::finish(int status) {
  showProgress("");
  if (remarks)
    if (llvm::Error error = remarks->commit())
      status = reportError("", std::move(error), Failed);
  if (!args.has("--timing"))
    return status;
  double total = 0;
  for (const auto &[what, seconds] : times) {
    llvm::errs() << llvm::formatv("{0,-10} {1,8:f3} s\n", what, seconds);
    total += seconds;
  }
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  llvm::errs() << llvm::formatv("{0,-10} {1,8:f3} s\n{2,-10} {3,8:f1} MB\n", "total", total, "peak",
                                usage.ru_maxrss / 1024.0);
  return status;
}

} // namespace quern
