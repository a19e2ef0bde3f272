// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From a module of the LLVM dialect to machine code or bitcode.

#include "Internal.h"
#include "quern/Emit/Emit.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/Analysis/TargetLibraryInfo.h"
#include "llvm/Bitcode/BitcodeWriter.h"
#include "llvm/IR/DiagnosticInfo.h"
#include "llvm/IR/DiagnosticPrinter.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/IR/Verifier.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/SmallVectorMemoryBuffer.h"
#include "llvm/Target/TargetMachine.h"

using namespace llvm;

namespace quern {
namespace {

/// Collects the first thing LLVM complains about.
struct Complaint {
  std::string text;

  static void handle(const DiagnosticInfo *info, void *self) {
    auto &text = static_cast<Complaint *>(self)->text;
    bool frame = info->getKind() == DK_StackSize;
    if (!text.empty() || (info->getSeverity() != DS_Error && !frame))
      return;
    raw_string_ostream os(text);
    DiagnosticPrinterRawOStream printer(os);
    info->print(printer);
  }
};

/// The symbols of a model are local to what it is linked into: only the library's functions leave it.
void setAttributes(Module &module, const Target &target, const EmitOptions &options) {
  for (GlobalValue &value : module.global_values())
    if (!value.isDeclaration() && !value.hasLocalLinkage() && !isPublicSymbol(value))
      value.setVisibility(GlobalValue::HiddenVisibility);
  // Weights may lie further away than code reaches: through the offset table, which the linker removes where it can.
  for (GlobalVariable &variable : module.globals())
    if (variable.isDeclaration()) {
      variable.setVisibility(GlobalValue::DefaultVisibility);
      variable.setDSOLocal(false);
    }
  for (Function &function : module) {
    function.setDoesNotThrow();
    if (function.isDeclaration())
      continue;
    function.addFnAttr("target-cpu", target.cpu);
    if (!target.features.empty())
      function.addFnAttr("target-features", target.features);
    function.addFnAttr("prefer-vector-width", std::to_string(target.vectorBits()));
    if (options.maxFrameBytes)
      function.addFnAttr("warn-stack-size", std::to_string(options.maxFrameBytes));
  }
}

void optimize(Module &module, TargetMachine &machine, unsigned optLevel) {
  PipelineTuningOptions tuning;
  tuning.LoopVectorization = tuning.SLPVectorization = optLevel > 1;
  PassBuilder builder(&machine, tuning);
  LoopAnalysisManager loops;
  FunctionAnalysisManager functions;
  CGSCCAnalysisManager callGraph;
  ModuleAnalysisManager modules;
  // The runtime has no libm: LLVM may make no calls but these.
  TargetLibraryInfoImpl libraryInfo(machine.getTargetTriple());
  libraryInfo.disableAllFunctions();
  for (LibFunc function : {LibFunc_memcpy, LibFunc_memmove, LibFunc_memset})
    libraryInfo.setAvailable(function);
  functions.registerPass([&] { return TargetLibraryAnalysis(libraryInfo); });
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(callGraph);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, callGraph, modules);
  OptimizationLevel level = optLevel == 1   ? OptimizationLevel::O1
                            : optLevel == 2 ? OptimizationLevel::O2
                                            : OptimizationLevel::O3;
  ModulePassManager pipeline = optLevel == 0 ? builder.buildO0DefaultPipeline(OptimizationLevel::O0)
                                             : builder.buildPerModuleDefaultPipeline(level);
  pipeline.run(module, modules);
}

} // namespace

bool isPublicSymbol(const GlobalValue &value) {
  return value.getDLLStorageClass() == GlobalValue::DLLExportStorageClass;
}

Expected<ObjectBuffer> generateCode(Module &module, TargetMachine &machine, CodeGenFileType type) {
  SmallVector<char, 0> bytes;
  raw_svector_ostream os(bytes);
  legacy::PassManager passes;
  if (machine.addPassesToEmitFile(passes, os, nullptr, type))
    return createStringError("the target cannot write this kind of file");
  passes.run(module);
  return std::make_unique<SmallVectorMemoryBuffer>(std::move(bytes), module.getModuleIdentifier(), false);
}

Expected<ObjectBuffer> compileLLVM(Module &module, const Target &target, const EmitOptions &options) {
  Complaint complaint;
  LLVMContext &context = module.getContext();
  context.setDiagnosticHandlerCallBack(Complaint::handle, &complaint);
  llvm::scope_exit release([&] { context.setDiagnosticHandlerCallBack(nullptr); });

  std::unique_ptr<TargetMachine> machine = createTargetMachine(target, options.optLevel, options.contract);
  if (!machine)
    return createStringError("this LLVM cannot compile for '%s'", target.name.c_str());
  module.setTargetTriple(machine->getTargetTriple());
  module.setDataLayout(machine->createDataLayout());
  module.setSourceFileName("quern");
  setAttributes(module, target, options);
  std::string invalid;
  raw_string_ostream invalidOS(invalid);
  if (verifyModule(module, &invalidOS))
    return createStringError("invalid LLVM IR in '%s': %s", module.getModuleIdentifier().c_str(), invalid.c_str());
  optimize(module, *machine, options.optLevel);
  for (GlobalValue &value : module.global_values())
    value.setDLLStorageClass(GlobalValue::DefaultStorageClass);

  ObjectBuffer buffer;
  if (options.kind == CodeKind::Bitcode) {
    SmallVector<char, 0> bytes;
    raw_svector_ostream os(bytes);
    WriteBitcodeToFile(module, os);
    buffer = std::make_unique<SmallVectorMemoryBuffer>(std::move(bytes), module.getModuleIdentifier(), false);
  } else {
    Expected<ObjectBuffer> object = generateCode(module, *machine, CodeGenFileType::ObjectFile);
    if (!object)
      return object.takeError();
    buffer = std::move(*object);
  }
  if (!complaint.text.empty())
    return createStringError("cannot compile '%s': %s", module.getModuleIdentifier().c_str(), complaint.text.c_str());
  return buffer;
}

Expected<ObjectBuffer> emitObject(mlir::ModuleOp module, const Target &target, const EmitOptions &options) {
  LLVMContext context;
  StringRef name = module.getName().value_or("model");
  std::unique_ptr<Module> llvmModule = mlir::translateModuleToLLVMIR(module, context, name);
  if (!llvmModule)
    return createStringError("cannot translate '%s' to LLVM IR", name.str().c_str());
  return compileLLVM(*llvmModule, target, options);
}

uint64_t CompiledModel::weightBytes() const {
  uint64_t total = 0;
  for (const WeightBlob &blob : weights)
    total += blob.data.size();
  return total;
}

} // namespace quern
