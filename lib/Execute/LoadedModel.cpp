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
    session.setErrorReporter([this](Error error) {
      std::string text = toString(std::move(error));
      if (reason.empty())
        reason = text;
    });
  }
  ~Session() {
    if (Error error = session.endSession())
      consumeError(std::move(error));
  }

  ExecutionSession session;
  ObjectLinkingLayer layer;
  JITDylib &library;
  std::string reason; // what a failed lookup came from
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
  HOST_SYMBOL(quern_rt_mark)
  HOST_SYMBOL(quern_rt_release)
  HOST_SYMBOL(quern_rt_launch)
  HOST_SYMBOL(quern_rt_fail)
  HOST_SYMBOL(quern_rt_run)
  HOST_SYMBOL(quern_rt_values)
#define HOST_CALL(name) HOST_SYMBOL(quern_rt_##name)
  QUERN_RT_CALLS(HOST_CALL)
#undef HOST_CALL
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
  for (WeightBlob &blob : model.weights) {
    // Code relies on the alignment; bytes that stand in a mapped file may have none.
    if (reinterpret_cast<uintptr_t>(blob.data.data()) % blob.alignment != 0) {
      size_t size = llvm::alignTo(blob.data.size(), blob.alignment);
      std::shared_ptr<char> copy(static_cast<char *>(std::aligned_alloc(blob.alignment, size)), std::free);
      memcpy(copy.get(), blob.data.data(), blob.data.size());
      blob.data = {copy.get(), blob.data.size()};
      blob.owner = copy;
    }
    weights[session->session.intern(blob.symbol)] = {ExecutorAddr::fromPtr(blob.data.data()), JITSymbolFlags::Exported};
  }
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

  // The model's symbols are hidden.
  Expected<ExecutorSymbolDef> symbol =
      session->session.lookup(makeJITDylibSearchOrder({&session->library}, JITDylibLookupFlags::MatchAllSymbols),
                              session->session.intern(model.name + "__model"));
  if (!symbol) {
    std::string text = toString(symbol.takeError());
    return createStringError("cannot load compiled code: " + (session->reason.empty() ? text : session->reason));
  }
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
