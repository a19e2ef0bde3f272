// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the files of this layer share.

#ifndef QUERN_LIB_EMIT_INTERNAL_H
#define QUERN_LIB_EMIT_INTERNAL_H

#include "quern/Emit/Emit.h"

#include "llvm/Support/CodeGen.h"

namespace llvm {
class GlobalValue;
class Module;
class TargetMachine;
} // namespace llvm

namespace quern {

//===-- ObjectEmitter.cpp -------------------------------------------------===//

/// Functions of the library's API are marked by the dllexport storage class until they are compiled: ELF has no use for
/// it, and it survives every pass.
bool isPublicSymbol(const llvm::GlobalValue &value);

/// Optimises `module` and writes it as `options.kind`.
llvm::Expected<ObjectBuffer> compileLLVM(llvm::Module &module, const Target &target, const EmitOptions &options);

llvm::Expected<ObjectBuffer> generateCode(llvm::Module &module, llvm::TargetMachine &machine,
                                          llvm::CodeGenFileType type);

//===-- Descriptor.cpp ----------------------------------------------------===//

/// The names of the library's functions: what a shared library exports.
std::vector<std::string> publicSymbols(const CompiledModel &model);

//===-- WeightsObject.cpp -------------------------------------------------===//

/// Whether the weights are in `.lrodata`, out of the code's reach.
bool hasLargeWeights(const CompiledModel &model);

//===-- Toolchain.cpp -----------------------------------------------------===//

/// The folder of a runtime (`x86_64-linux-musl`); empty when it was not installed.
std::string runtimeDir(llvm::StringRef triple);

//===-- Localize.cpp ------------------------------------------------------===//

/// Makes every symbol that a relocatable ELF file defines local, in place, except those named.
llvm::Error localizeSymbols(llvm::StringRef path, llvm::ArrayRef<std::string> keep);

//===-- Linker.cpp --------------------------------------------------------===//

/// Runs lld in this process, one link at a time.
llvm::Error runLinker(llvm::ArrayRef<std::string> args);

//===-- Text.cpp ----------------------------------------------------------===//

/// All bitcode of a model as one module, in text or assembly.
llvm::Error writeText(const CompiledModel &model, OutputKind kind, llvm::raw_ostream &os);

} // namespace quern

#endif // QUERN_LIB_EMIT_INTERNAL_H
