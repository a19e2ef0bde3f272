// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// LLVM IR and assembly of a whole model, for reading.

#include "Internal.h"

#include "llvm/Bitcode/BitcodeReader.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/Linker/Linker.h"
#include "llvm/Target/TargetMachine.h"

using namespace llvm;

namespace quern {

Error writeText(const CompiledModel &model, OutputKind kind, raw_ostream &os) {
  Expected<ObjectBuffer> descriptor = emitDescriptor(model, /*withMain=*/false, CodeKind::Bitcode);
  if (!descriptor)
    return descriptor.takeError();
  LLVMContext context;
  Module all(model.name, context);
  Linker linker(all);
  auto link = [&](const MemoryBuffer &bitcode) -> Error {
    Expected<std::unique_ptr<Module>> part = parseBitcodeFile(bitcode.getMemBufferRef(), context);
    if (!part)
      return part.takeError();
    if (linker.linkInModule(std::move(*part)))
      return createStringError("cannot link the modules of '%s'", model.name.c_str());
    return Error::success();
  };
  for (const ObjectBuffer &object : model.objects)
    if (Error error = link(*object))
      return error;
  if (Error error = link(**descriptor))
    return error;
  all.setSourceFileName("quern");

  if (kind == OutputKind::LLVM) {
    all.print(os, nullptr);
    return Error::success();
  }
  std::unique_ptr<TargetMachine> machine = createTargetMachine(model.target, 3);
  Expected<ObjectBuffer> assembly = generateCode(all, *machine, CodeGenFileType::AssemblyFile);
  if (!assembly)
    return assembly.takeError();
  os << (*assembly)->getBuffer();
  return Error::success();
}

} // namespace quern
