// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Each kernel alone, in a context of its own thread, in parallel; then main.

#include "quern/Codegen/Codegen.h"

#include "CPU/Steps.h"
#include "Main.h"

#include "quern/Codegen/Passes.h"
#include "quern/Dialect/Quern/IR/Quern.h"
#include "quern/Support/NodeName.h"

#include "mlir/Bytecode/BytecodeWriter.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/ThreadPool.h"

#include <atomic>
#include <mutex>
#include <thread>

using namespace mlir;

namespace quern {
namespace {

/// A function on its way to an object: bytecode in, machine code or a message out.
struct Job {
  Job(std::string bytecode, Location loc, size_t weight) : bytecode(std::move(bytecode)), loc(loc), weight(weight) {}

  std::string bytecode;
  Location loc;
  size_t weight; // how long it may take: larger first
  ObjectBuffer object;
  std::string error;
};

/// Contexts are made anew after this many kernels, so that what they unique does not pile up.
constexpr unsigned kKernelsPerContext = 64;

class Worker {
public:
  Worker(const DialectRegistry &dialects, const Target &target, const CodegenOptions &options)
      : dialects(dialects), target(target), options(options) {}

  void compile(Job &job);

private:
  MLIRContext &freshContext();
  LogicalResult lower(ModuleOp module);

  const DialectRegistry &dialects; // of the context that the kernels come from
  const Target &target;
  const CodegenOptions &options;
  std::unique_ptr<MLIRContext> context;
  unsigned used = 0;
};

MLIRContext &Worker::freshContext() {
  if (!context || ++used > kKernelsPerContext) {
    DialectRegistry registry;
    dialects.appendTo(registry);
    registerBuiltinDialectTranslation(registry);
    registerLLVMDialectTranslation(registry);
    context = std::make_unique<MLIRContext>(registry, MLIRContext::Threading::DISABLED);
    // Loaded as steps make their ops; parsing loads the rest.
    context->loadDialect<LLVM::LLVMDialect, affine::AffineDialect, arith::ArithDialect,
                         bufferization::BufferizationDialect, cf::ControlFlowDialect, linalg::LinalgDialect,
                         math::MathDialect, memref::MemRefDialect, scf::SCFDialect, tensor::TensorDialect,
                         vector::VectorDialect>();
    used = 0;
  }
  return *context;
}

LogicalResult Worker::lower(ModuleOp module) {
  KernelOptions kernelOptions;
  kernelOptions.reproducible = options.reproducible;
  for (auto kernel : llvm::to_vector(module.getOps<func::FuncOp>()))
    if (failed(lowerKernel(kernel, target, kernelOptions)))
      return failure();
  return success();
}

void Worker::compile(Job &job) {
  MLIRContext &context = freshContext();
  ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) {
    if (diagnostic.getSeverity() == DiagnosticSeverity::Error && job.error.empty())
      job.error = diagnostic.str();
  });
  ParserConfig config(&context, /*verifyAfterParse=*/false);
  OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(job.bytecode, config);
  job.bytecode = std::string();
  if (!module || failed(lower(*module))) {
    if (job.error.empty())
      job.error = "lowering failed";
    return;
  }
  EmitOptions emit;
  emit.optLevel = options.optLevel;
  emit.contract = !options.reproducible;
  emit.kind = options.kind;
  llvm::Expected<ObjectBuffer> object = emitObject(*module, target, emit);
  if (object)
    job.object = std::move(*object);
  else
    job.error = llvm::toString(object.takeError());
}

/// A copy of `op` as bytecode of a module called `name`.
std::string serialize(ArrayRef<Operation *> ops, StringRef name) {
  OwningOpRef<ModuleOp> wrapper = ModuleOp::create(UnknownLoc::get(ops.front()->getContext()), name);
  OpBuilder builder = OpBuilder::atBlockEnd(wrapper->getBody());
  for (Operation *op : ops)
    builder.clone(*op);
  std::string bytes;
  llvm::raw_string_ostream os(bytes);
  (void)writeBytecodeToFile(*wrapper, os);
  return bytes;
}

/// Where a kernel's messages point: its first launch.
Location findLaunch(func::FuncOp kernel, const llvm::StringMap<Location> &launches) {
  auto launch = launches.find(kernel.getName());
  return launch == launches.end() ? kernel.getLoc() : launch->second;
}

/// Takes the kernels out of the module, leaving declarations.
std::vector<Job> extractKernels(ModuleOp module, StringRef name) {
  llvm::StringMap<Location> launches;
  module.walk([&](LaunchOp launch) { launches.try_emplace(launch.getKernel(), launch.getLoc()); });
  std::vector<Job> jobs;
  for (auto kernel : module.getOps<func::FuncOp>()) {
    if (!kernel->hasAttr("quern.kernel") || kernel.isDeclaration())
      continue;
    size_t ops = 0;
    kernel.walk([&](Operation *) { ++ops; });
    // The copy has the exported name; its locations are not needed below here.
    std::string symbol = (name + "__" + kernel.getName()).str();
    StringAttr shortName = kernel.getSymNameAttr();
    kernel.setSymName(symbol);
    jobs.emplace_back(serialize({kernel}, symbol), findLaunch(kernel, launches), ops);
    kernel.setSymNameAttr(shortName);
    kernel.eraseBody();
  }
  return jobs;
}

/// Runs the jobs on `count` threads, the longest first.
void runJobs(std::vector<Job> &jobs, unsigned count, const DialectRegistry &dialects, const Target &target,
             const CodegenOptions &options) {
  std::vector<Job *> queue;
  for (Job &job : jobs)
    queue.push_back(&job);
  llvm::sort(queue, [](Job *a, Job *b) { return std::make_pair(b->weight, a) < std::make_pair(a->weight, b); });
  std::atomic<size_t> next{0};
  std::mutex progressMutex;
  size_t done = 0;
  auto work = [&] {
    Worker worker(dialects, target, options);
    for (size_t i = next++; i < queue.size(); i = next++) {
      worker.compile(*queue[i]);
      if (!options.progress)
        continue;
      std::lock_guard<std::mutex> lock(progressMutex);
      options.progress(++done, queue.size());
    }
  };
  std::vector<std::thread> threads;
  for (unsigned i = 1; i < std::min<size_t>(count, queue.size()); ++i)
    threads.emplace_back(work);
  work();
  for (std::thread &thread : threads)
    thread.join();
}

} // namespace

FailureOr<CompiledModel> compileKernels(ModuleOp module, const Target &target, const CodegenOptions &options) {
  CompiledModel model;
  model.name = getModelName(module);
  model.target = target;
  model.kind = options.kind;
  numberMessages(module, model.descriptor);
  if (failed(describePorts(module, model.descriptor)) || failed(collectWeights(module, model.name, model.weights)))
    return failure();

  std::vector<Job> jobs = extractKernels(module, model.name);
  if (failed(lowerMain(module, model.name, model.descriptor)))
    return failure();
  // Main is a job like the others: already lowered, it only becomes code.
  SmallVector<Operation *> ops;
  for (Operation &op : *module.getBody())
    ops.push_back(&op);
  jobs.emplace_back(serialize(ops, model.name + "__main"), module.getLoc(), SIZE_MAX);

  unsigned count = options.jobs ? options.jobs : std::max(1u, std::thread::hardware_concurrency());
  runJobs(jobs, count, module->getContext()->getDialectRegistry(), target, options);
  bool failedAny = false;
  for (Job &job : jobs) {
    if (!job.error.empty()) {
      emitError(job.loc) << job.error;
      failedAny = true;
    }
    model.objects.push_back(std::move(job.object));
  }
  if (failedAny)
    return failure();
  return model;
}

} // namespace quern
