// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// quern run, quern bench: the executable's command line over a model that is
// compiled in memory.

#include "Commands.h"
#include "InMemory.h"
#include "Messages.h"

#include "quern/Driver/Driver.h"

using namespace llvm;

namespace quern {

std::unique_ptr<LoadedModel> loadInMemory(StringRef file, const Arguments &args, int &status, StringRef expose) {
  auto compilation = std::make_shared<Compilation>(file, args);
  if (!expose.empty())
    compilation->expose(expose);
  status = compilation->readOptions();
  if (status == Done)
    status = compilation->load();
  mlir::FailureOr<CompiledModel> model = mlir::failure();
  if (status == Done && succeeded(compilation->runTo(Phase::Kernels)))
    model = compilation->compile(CodeKind::Object);
  if (status == Done && failed(model))
    status = Failed;
  status = compilation->finish(status);
  if (status != Done)
    return nullptr;
  // Weights lie in the file's mapping or in the context.
  for (WeightBlob &blob : model->weights)
    if (!blob.owner)
      blob.owner = compilation;
  Expected<std::unique_ptr<LoadedModel>> loaded = LoadedModel::load(std::move(*model));
  if (!loaded) {
    status = reportError(file, loaded.takeError(), Failed);
    return nullptr;
  }
  return std::move(*loaded);
}

int runLoaded(const LoadedModel &model, StringRef program, ArrayRef<std::string> words) {
  std::vector<std::string> storage = {program.str()};
  storage.insert(storage.end(), words.begin(), words.end());
  std::vector<char *> argv;
  for (std::string &word : storage)
    argv.push_back(word.data());
  argv.push_back(nullptr);
  return quern_rt_main(&model.getDescriptor(), static_cast<int>(storage.size()), argv.data());
}

static int runWith(const Arguments &args, ArrayRef<std::string> before) {
  StringRef file = args.positional().front();
  int status = Done;
  std::unique_ptr<LoadedModel> model = loadInMemory(file, args, status);
  if (!model)
    return status;
  std::vector<std::string> words(before.begin(), before.end());
  words.insert(words.end(), args.rest().begin(), args.rest().end());
  return runLoaded(*model, file, words);
}

int runRun(const Arguments &args) { return runWith(args, {}); }
int runBench(const Arguments &args) { return runWith(args, {"--bench"}); }

ArrayRef<Option> getRunOptions() { return {}; }

} // namespace quern
