// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The constant `M__model` of include/quern/Runtime/env.h, and the functions
// that a library or an executable offers.

#include "Internal.h"

#include "quern/Runtime/env.h"

#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/Module.h"

using namespace llvm;

namespace quern {
namespace {

class DescriptorBuilder {
public:
  DescriptorBuilder(const CompiledModel &model, Module &module)
      : model(model), module(module), context(module.getContext()), pointer(PointerType::get(context, 0)),
        int32(Type::getInt32Ty(context)), int64(Type::getInt64Ty(context)) {}

  void build(bool withMain) {
    descriptor = buildModel();
    buildFunctions();
    if (withMain)
      buildMain();
  }

private:
  Constant *number(int32_t value) { return ConstantInt::getSigned(int32, value); }
  Constant *number64(int64_t value) { return ConstantInt::getSigned(int64, value); }
  Constant *null() { return ConstantPointerNull::get(pointer); }

  GlobalVariable *global(Constant *init, const Twine &name, GlobalValue::LinkageTypes linkage) {
    auto *variable = new GlobalVariable(module, init->getType(), /*isConstant=*/true, linkage, init, name);
    if (linkage == GlobalValue::PrivateLinkage)
      variable->setUnnamedAddr(GlobalValue::UnnamedAddr::Global);
    return variable;
  }
  Constant *hidden(Constant *init) { return global(init, "", GlobalValue::PrivateLinkage); }

  Constant *string(StringRef text) {
    Constant *&known = strings[text];
    if (!known)
      known = hidden(ConstantDataArray::getString(context, text));
    return known;
  }

  Constant *array(ArrayRef<Constant *> elements, Type *type) {
    return elements.empty() ? null() : hidden(ConstantArray::get(ArrayType::get(type, elements.size()), elements));
  }

  Constant *structure(ArrayRef<Constant *> fields) { return ConstantStruct::getAnon(context, fields); }

  template <typename Range, typename Fn>
  Constant *table(const Range &range, Fn &&make) {
    SmallVector<Constant *> elements;
    for (const auto &item : range)
      elements.push_back(make(item));
    return array(elements, elements.empty() ? static_cast<Type *>(pointer) : elements.front()->getType());
  }

  Constant *port(const Port &port) {
    bool named = any_of(port.dimNames, [](const std::string &name) { return !name.empty(); });
    Constant *names = null();
    if (named)
      names = table(port.dimNames, [&](const std::string &name) { return name.empty() ? null() : string(name); });
    Constant *shape = table(port.shape, [&](int64_t size) { return number64(size); });
    Constant *elements = table(port.elements, [&](const Port &element) { return this->port(element); });
    return structure({port.name.empty() ? null() : string(port.name), number(port.kind), number(port.dtype),
                      number(port.ranked ? static_cast<int32_t>(port.shape.size()) : -1), shape, names, elements});
  }

  /// What linking pulls in where values are more than tensors of numbers.
  Constant *valueSupport() {
    auto isPlain = [](const Port &port) { return port.kind == QUERN_TENSOR && port.dtype != QUERN_STRING; };
    const ModelDescriptor &facts = model.descriptor;
    if (all_of(facts.inputs, isPlain) && all_of(facts.outputs, isPlain))
      return null();
    return module.getOrInsertGlobal("quern_rt_values", pointer);
  }

  Constant *buildModel() {
    const ModelDescriptor &facts = model.descriptor;
    FunctionType *mainType = FunctionType::get(int32, {pointer, pointer, pointer}, false);
    FunctionCallee main = module.getOrInsertFunction(model.name + "__main", mainType);
    auto ports = [&](const std::vector<Port> &list) { return table(list, [&](const Port &p) { return port(p); }); };
    // In the order of quern_model's fields.
    Constant *init = structure({
        number(QUERN_ABI_VERSION),
        number(facts.inputs.size()),
        number(facts.outputs.size()),
        number(facts.metadata.size()),
        number(facts.nodes.size()),
        number(facts.messages.size()),
        string(model.name),
        string(model.target.name),
        string(model.target.requiredFeatures()),
        ports(facts.inputs),
        ports(facts.outputs),
        table(facts.metadata,
              [&](const auto &entry) { return structure({string(entry.first), string(entry.second)}); }),
        table(facts.nodes, [&](const NodeInfo &node) { return structure({string(node.name), string(node.op)}); }),
        table(facts.messages, [&](const std::string &message) { return string(message); }),
        number64(facts.workspaceSize),
        number64(model.weightBytes()),
        cast<Constant>(main.getCallee()),
        valueSupport(),
    });
    return global(init, model.name + "__model", GlobalValue::ExternalLinkage);
  }

  Function *define(const Twine &name, FunctionType *type) {
    auto *function = Function::Create(type, GlobalValue::ExternalLinkage, name, module);
    function->setDLLStorageClass(GlobalValue::DLLExportStorageClass);
    return function;
  }

  void returnConstant(const Twine &name, Constant *value) {
    Function *function = define(name, FunctionType::get(value->getType(), false));
    IRBuilder<>(BasicBlock::Create(context, "", function)).CreateRet(value);
  }

  void buildFunctions() {
    returnConstant(model.name + "_abi_version", number(QUERN_ABI_VERSION));
    returnConstant(model.name + "_workspace_size", number64(model.descriptor.workspaceSize));
    // `M__run` is what the header's inline `M_run` calls once it has checked the ABI; `M_run` serves dlsym.
    for (const char *suffix : {"_run", "__run"}) {
      Function *run = define(model.name + suffix, FunctionType::get(int32, {pointer, pointer, pointer}, false));
      IRBuilder<> builder(BasicBlock::Create(context, "", run));
      FunctionCallee callee = module.getOrInsertFunction(
          "quern_rt_run", FunctionType::get(int32, {pointer, pointer, pointer, pointer}, false));
      builder.CreateRet(builder.CreateCall(callee, {descriptor, run->getArg(0), run->getArg(1), run->getArg(2)}));
    }
  }

  void buildMain() {
    Function *main = define("main", FunctionType::get(int32, {int32, pointer}, false));
    IRBuilder<> builder(BasicBlock::Create(context, "", main));
    FunctionCallee callee =
        module.getOrInsertFunction("quern_rt_main", FunctionType::get(int32, {pointer, int32, pointer}, false));
    builder.CreateRet(builder.CreateCall(callee, {descriptor, main->getArg(0), main->getArg(1)}));
  }

  const CompiledModel &model;
  Module &module;
  LLVMContext &context;
  PointerType *pointer;
  IntegerType *int32, *int64;
  StringMap<Constant *> strings;
  Constant *descriptor = nullptr;
};

} // namespace

std::vector<std::string> publicSymbols(const CompiledModel &model) {
  return {model.name + "_run", model.name + "__run", model.name + "_abi_version", model.name + "_workspace_size"};
}

Expected<ObjectBuffer> emitDescriptor(const CompiledModel &model, bool withMain, CodeKind kind) {
  LLVMContext context;
  Module module("descriptor", context);
  DescriptorBuilder(model, module).build(withMain);
  EmitOptions options;
  options.kind = kind;
  options.optLevel = 1;
  // Runs before the CPU is checked: the architecture's baseline only.
  Target baseline = model.target;
  baseline.cpu = baseline.isX86() ? "x86-64" : "generic";
  baseline.features.clear();
  baseline.instructionSets.clear();
  return compileLLVM(module, baseline, options);
}

} // namespace quern
