// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Links a compiled model into this process by JITLink.

#include "quern/Execute/Execute.h"

#include "llvm/ExecutionEngine/Orc/AbsoluteSymbols.h"
#include "llvm/ExecutionEngine/Orc/Core.h"
#include "llvm/ExecutionEngine/Orc/ObjectLinkingLayer.h"
#include "llvm/ExecutionEngine/Orc/SelfExecutorProcessControl.h"
#include "llvm/ExecutionEngine/Orc/TaskDispatch.h"

#include <cstring>

using namespace llvm;
using namespace llvm::orc;

namespace quern {

struct LoadedModel::Session {
  explicit Session(std::unique_ptr<ExecutorProcessControl> control)
      : session(std::move(control)), layer(session), library(session.createBareJITDylib("model")) {
    // A failed lookup says why itself; what the session reports beside it is not for the user.
    session.setErrorReporter([](Error error) { consumeError(std::move(error)); });
  }
  ~Session() {
    if (Error error = session.endSession())
      consumeError(std::move(error));
  }

  ExecutionSession session;
  ObjectLinkingLayer layer;
  JITDylib &library;
};

LoadedModel::LoadedModel(CompiledModel model) : model(std::move(model)) {}
LoadedModel::~LoadedModel() = default;

/// All that compiled code may call: the runtime in this library, and what LLVM calls by itself.
static SymbolMap hostSymbols(ExecutionSession &session) {
  SymbolMap symbols;
  auto add = [&](StringRef name, auto *function) {
    symbols[session.intern(name)] = {ExecutorAddr::fromPtr(function),
                                     JITSymbolFlags::Exported | JITSymbolFlags::Callable};
  };
#define HOST_SYMBOL(name) add(#name, &name);
  HOST_SYMBOL(quern_rt_workspace)
  HOST_SYMBOL(quern_rt_output)
  HOST_SYMBOL(quern_rt_alloc)
  HOST_SYMBOL(quern_rt_free)
  HOST_SYMBOL(quern_rt_launch)
  HOST_SYMBOL(quern_rt_fail)
  HOST_SYMBOL(quern_rt_run)
#undef HOST_SYMBOL
  // memcpy and its kin are overloaded in C++.
  add("memcpy", static_cast<void *(*)(void *, const void *, size_t)>(&std::memcpy));
  add("memmove", static_cast<void *(*)(void *, const void *, size_t)>(&std::memmove));
  add("memset", static_cast<void *(*)(void *, int, size_t)>(&std::memset));
  return symbols;
}

Error LoadedModel::link() {
  auto control = SelfExecutorProcessControl::Create(nullptr, std::make_unique<InPlaceTaskDispatcher>());
  if (!control)
    return control.takeError();
  session = std::make_unique<Session>(std::move(*control));
  if (Error error = session->library.define(absoluteSymbols(hostSymbols(session->session))))
    return error;

  SymbolMap weights;
  for (const WeightBlob &blob : model.weights)
    weights[session->session.intern(blob.symbol)] = {ExecutorAddr::fromPtr(blob.data.data()), JITSymbolFlags::Exported};
  if (!weights.empty())
    if (Error error = session->library.define(absoluteSymbols(std::move(weights))))
      return error;

  Expected<ObjectBuffer> constants = emitDescriptor(model, /*withMain=*/false);
  if (!constants)
    return constants.takeError();
  if (Error error = session->layer.add(session->library, std::move(*constants)))
    return error;
  for (ObjectBuffer &object : model.objects)
    if (Error error = session->layer.add(session->library, std::move(object)))
      return error;
  model.objects.clear();

  Expected<ExecutorSymbolDef> symbol =
      session->session.lookup({&session->library}, session->session.intern(model.name + "__model"));
  if (!symbol)
    return symbol.takeError();
  descriptor = symbol->getAddress().toPtr<const quern_model *>();
  return Error::success();
}

Expected<std::unique_ptr<LoadedModel>> LoadedModel::load(CompiledModel model) {
  if (!runsHere(model.target))
    return createStringError("target '%s' does not run on this machine", model.target.name.c_str());
  std::unique_ptr<LoadedModel> loaded(new LoadedModel(std::move(model)));
  if (Error error = loaded->link())
    return std::move(error);
  return loaded;
}

quern_status LoadedModel::run(const quern_value *inputs, quern_value *outputs, const quern_options *options) const {
  return quern_rt_run(descriptor, inputs, outputs, options);
}

} // namespace quern
