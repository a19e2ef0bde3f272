// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Compiled models in this process.

#ifndef QUERN_EXECUTE_EXECUTE_H
#define QUERN_EXECUTE_EXECUTE_H

#include "quern/Emit/Emit.h"
#include "quern/Runtime/env.h"
#include "quern/Support/Evaluator.h"

#include <functional>
#include <memory>

namespace quern {

/// A model's machine code, linked into this process. Weights stay where they are.
class LoadedModel {
public:
  /// The error is one sentence. The model's target must run here.
  static llvm::Expected<std::unique_ptr<LoadedModel>> load(CompiledModel model);
  ~LoadedModel();

  /// What the runtime knows of the model: for quern_rt_run and quern_rt_main.
  const quern_model &getDescriptor() const { return *descriptor; }
  const CompiledModel &getModel() const { return model; }

  /// Safe from several threads at once, as the library's `M_run` is.
  quern_status run(const quern_value *inputs, quern_value *outputs, const quern_options *options) const;

private:
  explicit LoadedModel(CompiledModel model);
  llvm::Error link();

  struct Session;
  CompiledModel model;
  std::unique_ptr<Session> session;
  const quern_model *descriptor = nullptr;
};

/// How to compile a module for running: Pipelines says, since it sees the layers in between.
using CompileFunction = std::function<mlir::FailureOr<CompiledModel>(mlir::ModuleOp)>;

/// The evaluator that passes see: compiles by `compile`, runs on one thread.
std::shared_ptr<Evaluator> createEvaluator(CompileFunction compile);

} // namespace quern

#endif // QUERN_EXECUTE_EXECUTE_H
