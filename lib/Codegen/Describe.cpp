// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the model's descriptor and its weights say: read from the module.

#include "CPU/Steps.h"
#include "Main.h"

#include "quern/Dialect/Quern/IR/Quern.h"
#include "quern/Support/Constants.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;

namespace quern {
namespace {

/// `onnx.value_type` and what is inside of it: docs/contracts.md.
LogicalResult describeType(Operation *op, DictionaryAttr words, Port &port) {
  static constexpr StringRef kinds[] = {"tensor", "sequence", "optional", "map"};
  auto kind = words.getAs<StringAttr>("kind");
  auto of = words.getAs<ArrayAttr>("of");
  auto dtype = words.getAs<IntegerAttr>("onnx.elem_type");
  if (!kind && dtype) {
    port.dtype = dtype.getInt();
    auto shape = words.getAs<DenseI64ArrayAttr>("shape");
    port.ranked = shape != nullptr;
    for (int64_t size : shape ? shape.asArrayRef() : ArrayRef<int64_t>())
      port.shape.push_back(ShapedType::isDynamic(size) ? -1 : size);
    return success();
  }
  const StringRef *known = kind ? llvm::find(kinds, kind.getValue()) : std::end(kinds);
  if (known == std::end(kinds) || known == kinds || !of || of.size() != (*known == "map" ? 2 : 1))
    return op->emitError("expects 'onnx.value_type' to describe a type, got ") << words;
  port.kind = known - kinds;
  for (Attribute element : of) {
    auto inner = dyn_cast<DictionaryAttr>(element);
    if (!inner || failed(describeType(op, inner, port.elements.emplace_back())))
      return inner ? failure() : op->emitError("expects 'onnx.value_type' to describe a type, got ") << words;
  }
  return success();
}

/// The attributes of one input or output.
LogicalResult describePort(Operation *op, DictionaryAttr attrs, ShapedType type, Twine fallbackName, Port &port) {
  port.name = fallbackName.str();
  if (attrs)
    if (auto name = attrs.getAs<StringAttr>("onnx.name"))
      port.name = name.str();
  if (auto words = attrs ? attrs.getAs<DictionaryAttr>("onnx.value_type") : DictionaryAttr())
    return describeType(op, words, port);
  auto dtype = attrs ? attrs.getAs<IntegerAttr>("onnx.elem_type") : IntegerAttr();
  if (!dtype)
    return op->emitError("expects 'onnx.elem_type' on '") << port.name << "'";
  port.dtype = dtype.getInt();
  for (int64_t size : type.getShape())
    port.shape.push_back(ShapedType::isDynamic(size) ? -1 : size);
  if (auto names = attrs.getAs<ArrayAttr>("onnx.dim_params"))
    for (Attribute dimName : names)
      port.dimNames.push_back(cast<StringAttr>(dimName).str());
  return success();
}

std::string toText(Attribute attr) {
  if (auto text = dyn_cast<StringAttr>(attr))
    return text.str();
  std::string text;
  llvm::raw_string_ostream os(text);
  attr.print(os);
  return text;
}

} // namespace

std::string getModelName(ModuleOp module) {
  if (auto name = module->getAttrOfType<StringAttr>("onnx.model_name"))
    return name.str();
  return "model";
}

void numberMessages(ModuleOp module, ModelDescriptor &descriptor) {
  llvm::StringMap<int64_t> numbers;
  Builder builder(module.getContext());
  module.walk([&](CheckOp check) {
    auto [entry, isNew] = numbers.try_emplace(check.getMessage(), descriptor.messages.size() + 1);
    if (isNew)
      descriptor.messages.push_back(check.getMessage().str());
    check->setAttr(kMessageAttr, builder.getI32IntegerAttr(entry->second));
  });
}

LogicalResult describePorts(ModuleOp module, ModelDescriptor &descriptor) {
  auto main = module.lookupSymbol<func::FuncOp>("main");
  if (!main)
    return module.emitError("expects a function called 'main'");
  for (auto [i, type] : llvm::enumerate(main.getArgumentTypes())) {
    auto shaped = dyn_cast<ShapedType>(type);
    if (!shaped)
      return main.emitError("expects input #") << i << " to be a memref, got " << type;
    if (failed(
            describePort(main, main.getArgAttrDict(i), shaped, "input" + Twine(i), descriptor.inputs.emplace_back())))
      return failure();
  }
  // An output's attributes stand on main (`quern.outputs`, a dictionary an output), or on the op itself.
  auto attrs = main->getAttrOfType<ArrayAttr>("quern.outputs");
  SmallVector<OutputOp> outputs;
  main.walk([&](OutputOp output) { outputs.push_back(output); });
  llvm::sort(outputs, [](OutputOp a, OutputOp b) { return a.getIndex() < b.getIndex(); });
  for (auto [i, output] : llvm::enumerate(outputs)) {
    if (output.getIndex() != i)
      return output.emitError("expects output #") << i << " here, each output once";
    auto dict = attrs && i < attrs.size() ? dyn_cast<DictionaryAttr>(attrs[i]) : output->getDiscardableAttrDictionary();
    if (failed(describePort(output, dict, cast<ShapedType>(output.getResult().getType()), "output" + Twine(i),
                            descriptor.outputs.emplace_back())))
      return failure();
  }
  if (auto metadata = module->getAttrOfType<DictionaryAttr>("onnx.metadata"))
    for (NamedAttribute entry : metadata)
      descriptor.metadata.emplace_back(entry.getName().str(), toText(entry.getValue()));
  return success();
}

LogicalResult collectWeights(ModuleOp module, StringRef name, std::vector<WeightBlob> &weights) {
  for (auto [i, global] : llvm::enumerate(module.getOps<memref::GlobalOp>())) {
    auto elements = dyn_cast_or_null<ElementsAttr>(global.getInitialValueAttr());
    if (!elements)
      return global.emitError("expects a constant value");
    WeightBlob blob;
    blob.symbol = (name + "__w" + Twine(i)).str();
    auto storage = std::make_shared<SmallVector<char, 0>>();
    std::optional<ArrayRef<char>> bytes = getConstantBytes(elements, *storage);
    if (!bytes)
      return global.emitError("expects the constant's bytes");
    blob.data = *bytes;
    if (!storage->empty())
      blob.owner = storage;
    weights.push_back(std::move(blob));
  }
  return success();
}

} // namespace quern
