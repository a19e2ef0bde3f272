// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// onnx-set-input-shapes: sizes of inputs that the user asks for.

#include "TypeMeet.h"

#include "quern/Dialect/ONNX/IR/ONNX.h"
#include "quern/Dialect/ONNX/Transforms/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"

using namespace mlir;

namespace quern::onnx {
#define GEN_PASS_DEF_SETINPUTSHAPESPASS
#include "quern/Dialect/ONNX/Transforms/Passes.h.inc"

namespace {

// `1x?x224`; empty for a scalar.
std::optional<SmallVector<int64_t>> parseShape(StringRef text) {
  SmallVector<int64_t> shape;
  if (text.empty())
    return shape;
  for (StringRef size : llvm::split(text, 'x')) {
    int64_t value = ShapedType::kDynamic;
    if (size != "?" && (size.getAsInteger(10, value) || value < 0))
      return std::nullopt;
    shape.push_back(value);
  }
  return shape;
}

struct SetInputShapesPass : impl::SetInputShapesPassBase<SetInputShapesPass> {
  using SetInputShapesPassBase::SetInputShapesPassBase;

  void runOnOperation() override {
    auto main = getOperation().lookupSymbol<func::FuncOp>("main");
    if (!main || shapes.empty())
      return;
    llvm::StringMap<int64_t> sizes; // of named dimensions
    for (const std::string &text : shapes)
      if (failed(setShape(main, text, sizes)))
        return signalPassFailure();
    for (BlockArgument input : main.getArguments())
      setNamedSizes(main, input, sizes);
    main.setType(FunctionType::get(&getContext(), main.getBody().front().getArgumentTypes(), main.getResultTypes()));
  }

private:
  static StringRef inputName(func::FuncOp main, BlockArgument input) {
    auto name = main.getArgAttrOfType<StringAttr>(input.getArgNumber(), kNameAttr);
    return name ? name.getValue() : "";
  }

  // The name ends at the last `=`: names may hold one.
  LogicalResult setShape(func::FuncOp main, StringRef text, llvm::StringMap<int64_t> &sizes) {
    auto [name, list] = text.contains('=') ? text.rsplit('=') : std::make_pair(StringRef(), text);
    std::optional<SmallVector<int64_t>> shape = parseShape(list);
    if (!shape)
      return main.emitError("expects a shape as NAME=1x3x224x224, got '") << text << "'";
    if (name.empty() && main.getNumArguments() != 1)
      return main.emitError("expects the name of an input in shape '")
             << text << "': the model has " << main.getNumArguments() << " inputs";
    for (BlockArgument input : main.getArguments()) {
      if (!name.empty() && inputName(main, input) != name)
        continue;
      auto declared = dyn_cast<TensorType>(input.getType());
      Type asked = declared ? RankedTensorType::get(*shape, declared.getElementType()) : Type();
      Type type = declared ? meet(declared, asked) : Type();
      if (!type)
        return main.emitError("expects a shape that fits input '")
               << inputName(main, input) << "' of type " << input.getType() << ", got '" << list << "'";
      return setSizes(main, input, cast<RankedTensorType>(type), sizes);
    }
    InFlightDiagnostic diag = main.emitError("has no input '") << name << "'; expects one of ";
    llvm::interleaveComma(main.getArguments(), diag, [&](BlockArgument input) { diag << inputName(main, input); });
    return diag;
  }

  // Remembers the sizes of named dimensions: one name is one size.
  static LogicalResult setSizes(func::FuncOp main, BlockArgument input, RankedTensorType type,
                                llvm::StringMap<int64_t> &sizes) {
    input.setType(type);
    auto names = main.getArgAttrOfType<ArrayAttr>(input.getArgNumber(), kDimParamsAttr);
    if (!names || static_cast<int64_t>(names.size()) != type.getRank())
      return success();
    for (auto [name, size] : llvm::zip(names.getAsRange<StringAttr>(), type.getShape())) {
      if (name.getValue().empty() || ShapedType::isDynamic(size))
        continue;
      auto [known, isNew] = sizes.try_emplace(name.getValue(), size);
      if (!isNew && known->second != size)
        return main.emitError("expects one size for dimension '")
               << name.getValue() << "', got " << known->second << " and " << size;
    }
    return success();
  }

  // Dimensions whose size is known by now lose their names.
  static void setNamedSizes(func::FuncOp main, BlockArgument input, const llvm::StringMap<int64_t> &sizes) {
    auto names = main.getArgAttrOfType<ArrayAttr>(input.getArgNumber(), kDimParamsAttr);
    auto type = dyn_cast<RankedTensorType>(input.getType());
    if (!names || !type || static_cast<int64_t>(names.size()) != type.getRank())
      return;
    SmallVector<int64_t> shape(type.getShape());
    SmallVector<Attribute> left;
    bool anyNamed = false;
    for (auto [name, size] : llvm::zip(names.getAsRange<StringAttr>(), shape)) {
      auto known = sizes.find(name.getValue());
      if (ShapedType::isDynamic(size) && known != sizes.end())
        size = known->second;
      bool named = ShapedType::isDynamic(size) && !name.getValue().empty();
      anyNamed |= named;
      left.push_back(named ? name : StringAttr::get(main.getContext(), ""));
    }
    input.setType(RankedTensorType::get(shape, type.getElementType()));
    if (anyNamed)
      main.setArgAttr(input.getArgNumber(), kDimParamsAttr, ArrayAttr::get(main.getContext(), left));
    else
      main.removeArgAttr(input.getArgNumber(), kDimParamsAttr);
  }
};

} // namespace
} // namespace quern::onnx
