// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One model on its way through the phases: shared by every command that
// compiles.

#ifndef QUERN_LIB_DRIVER_COMPILATION_H
#define QUERN_LIB_DRIVER_COMPILATION_H

#include "Messages.h"
#include "Options.h"

#include "quern/Emit/Emit.h"
#include "quern/Pipelines/Pipelines.h"

#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/Support/ThreadPool.h"

#include <chrono>
#include <memory>

namespace quern {

/// The options of every command that compiles.
llvm::ArrayRef<Option> getModelOptions();

class OutputFile;

class Compilation {
public:
  Compilation(llvm::StringRef file, const Arguments &args);
  ~Compilation();

  /// Checks the options; prints what is wrong. Returns an exit status.
  int readOptions();
  /// Nodes to expose beside those of the options: before `load`.
  void expose(llvm::StringRef nodes) { phases.expose.push_back(nodes.str()); }
  /// Imports or parses the model. Returns an exit status.
  int load();
  /// Runs the phases up to and including `last`, as far as the module has not passed them already.
  mlir::LogicalResult runTo(Phase last);
  /// From the module after `kernels` to machine code; the module is used up.
  mlir::FailureOr<CompiledModel> compile(CodeKind kind);
  /// Prints --timing's table and writes --remarks' file, at the end of a command. Returns an exit status.
  int finish(int status);

  mlir::ModuleOp module() { return *owned; }
  mlir::MLIRContext &getContext() { return context; }
  DiagnosticPrinter &diagnostics() { return printer; }
  const std::vector<std::string> &filesRead() const { return files; }
  llvm::StringRef getFile() const { return file; }
  Phase getPhase() const { return reached; }

  /// Measures one line of --timing.
  template <typename Fn>
  auto timed(llvm::StringRef what, Fn &&work) {
    auto start = std::chrono::steady_clock::now();
    showProgress(what);
    struct Stop {
      Compilation &self;
      llvm::StringRef what;
      decltype(start) begun;
      ~Stop() {
        std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
        self.times.emplace_back(what.str(), took.count());
      }
    } stop{*this, what, start};
    return work();
  }

private:
  int importModel();
  int parseModule();
  void showProgress(llvm::StringRef text);

  std::string file;
  const Arguments &args;
  std::unique_ptr<llvm::DefaultThreadPool> threads;
  mlir::MLIRContext context;
  DiagnosticPrinter printer;
  mlir::OwningOpRef<mlir::ModuleOp> owned;
  PhaseOptions phases;
  unsigned jobs = 0;
  Phase reached = Phase::Import;
  bool showsProgress;
  std::vector<std::string> files;
  std::unique_ptr<OutputFile> remarks;
  std::vector<std::pair<std::string, double>> times;
};

} // namespace quern

#endif // QUERN_LIB_DRIVER_COMPILATION_H
