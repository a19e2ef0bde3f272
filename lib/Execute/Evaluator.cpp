// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Runs modules for passes: compiles, loads, copies nothing on the way in.

#include "quern/Execute/Execute.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Diagnostics.h"
#include "llvm/Support/MathExtras.h"

#include <cstdlib>

using namespace mlir;

namespace quern {
namespace {

/// What the runtime allocates for one run: outputs' data, which leaves, and their shapes, which do not.
class Allocations {
public:
  ~Allocations() {
    for (void *memory : blocks)
      std::free(memory);
  }
  static void *allocate(void *self, size_t size) {
    void *memory = std::aligned_alloc(64, llvm::alignTo(std::max<size_t>(size, 1), 64));
    if (memory)
      static_cast<Allocations *>(self)->blocks.push_back(memory);
    return memory;
  }
  void release(void *memory) { llvm::erase(blocks, memory); }

private:
  std::vector<void *> blocks;
};

size_t getByteSize(RankedTensorType type) {
  unsigned bits = type.getElementType().isInteger(1) ? 8 : type.getElementTypeBitWidth();
  return llvm::divideCeil(type.getNumElements() * bits, 8);
}

class JITEvaluator : public Evaluator {
public:
  explicit JITEvaluator(CompileFunction compile) : compile(std::move(compile)) {}

  FailureOr<SmallVector<HostTensor>> evaluate(ModuleOp module, ArrayRef<HostTensor> inputs,
                                              std::string &message) override {
    auto main = module.lookupSymbol<func::FuncOp>("main");
    if (!main) {
      message = "the module has no function 'main'";
      return failure();
    }
    SmallVector<Type> resultTypes(main.getResultTypes());
    std::unique_ptr<LoadedModel> loaded = load(module, message);
    if (!loaded)
      return failure();
    return run(*loaded, resultTypes, inputs, message);
  }

private:
  std::unique_ptr<LoadedModel> load(ModuleOp module, std::string &message) {
    FailureOr<CompiledModel> compiled = failure();
    {
      ScopedDiagnosticHandler quiet(module.getContext(), [&](Diagnostic &diagnostic) {
        if (message.empty() && diagnostic.getSeverity() == DiagnosticSeverity::Error)
          message = diagnostic.str();
        return success();
      });
      compiled = compile(module);
    }
    if (failed(compiled)) {
      if (message.empty())
        message = "cannot be compiled";
      return nullptr;
    }
    llvm::Expected<std::unique_ptr<LoadedModel>> loaded = LoadedModel::load(std::move(*compiled));
    if (!loaded) {
      message = llvm::toString(loaded.takeError());
      return nullptr;
    }
    return std::move(*loaded);
  }

  static FailureOr<SmallVector<HostTensor>> run(const LoadedModel &loaded, ArrayRef<Type> resultTypes,
                                                ArrayRef<HostTensor> inputs, std::string &message) {
    const quern_model &model = loaded.getDescriptor();
    if (size_t(model.num_inputs) != inputs.size() || size_t(model.num_outputs) != resultTypes.size()) {
      message = "the compiled module has other inputs or outputs than its source";
      return failure();
    }
    SmallVector<SmallVector<int64_t>> shapes;
    for (const HostTensor &input : inputs)
      shapes.emplace_back(input.type.getShape());
    SmallVector<quern_value> values(inputs.size()), outputs(resultTypes.size());
    for (auto [index, input] : llvm::enumerate(inputs)) {
      quern_tensor &tensor = values[index].as.tensor;
      tensor.data = const_cast<char *>(input.data.getData().data());
      tensor.dtype = model.inputs[index].dtype;
      tensor.rank = input.type.getRank();
      tensor.shape = shapes[index].data();
    }

    Allocations allocations;
    char text[512] = "";
    quern_options options = {};
    options.threads = 1;
    options.alloc = Allocations::allocate;
    options.user = &allocations;
    options.message = text;
    options.message_size = sizeof(text);
    if (loaded.run(values.data(), outputs.data(), &options) != QUERN_OK) {
      message = text;
      return failure();
    }

    SmallVector<HostTensor> results;
    for (auto [value, type] : llvm::zip_equal(outputs, resultTypes)) {
      const quern_tensor &tensor = value.as.tensor;
      Type element = llvm::cast<ShapedType>(type).getElementType();
      auto resultType = RankedTensorType::get(ArrayRef<int64_t>(tensor.shape, size_t(tensor.rank)), element);
      ArrayRef<char> bytes(static_cast<const char *>(tensor.data), getByteSize(resultType));
      allocations.release(tensor.data);
      auto free = [](void *data, size_t, size_t) { std::free(data); };
      results.push_back({resultType, AsmResourceBlob(bytes, 64, free, /*dataIsMutable=*/true)});
    }
    return results;
  }

  CompileFunction compile;
};

} // namespace

std::shared_ptr<Evaluator> createEvaluator(CompileFunction compile) {
  return std::make_shared<JITEvaluator>(std::move(compile));
}

} // namespace quern
