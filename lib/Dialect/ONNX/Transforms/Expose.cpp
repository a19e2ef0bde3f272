// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// onnx-expose: results of inner nodes as outputs of the model.

#include "quern/Dialect/ONNX/IR/ONNX.h"
#include "quern/Dialect/ONNX/Transforms/Passes.h"
#include "quern/Support/NodeName.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;

namespace quern::onnx {
#define GEN_PASS_DEF_EXPOSEPASS
#include "quern/Dialect/ONNX/Transforms/Passes.h.inc"

namespace {

struct ExposePass : impl::ExposePassBase<ExposePass> {
  using ExposePassBase::ExposePassBase;

  void runOnOperation() override {
    auto main = getOperation().lookupSymbol<func::FuncOp>("main");
    if (!main || main.isExternal() || nodes.empty())
      return;
    bool all = llvm::is_contained(nodes, "all");
    llvm::StringSet<> wanted, taken;
    for (const std::string &node : nodes)
      wanted.insert(node);

    Operation *terminator = main.getBody().front().getTerminator();
    llvm::SmallPtrSet<Value, 8> outputs(terminator->operand_begin(), terminator->operand_end());
    SmallVector<Value> values(terminator->getOperands());
    SmallVector<DictionaryAttr> attributes;
    for (unsigned i = 0; i < main.getNumResults(); ++i) {
      attributes.push_back(main.getResultAttrDict(i));
      if (auto name = main.getResultAttrOfType<StringAttr>(i, kNameAttr))
        taken.insert(name.getValue());
    }

    llvm::StringSet<> found;
    for (Operation &op : main.getBody().front()) {
      StringRef node = getNodeName(op.getLoc());
      bool named = wanted.contains(node);
      if (!isa<ONNXOpInterface>(op) || !(named || (all && !isa<ConstantOp>(op))))
        continue;
      found.insert(node);
      for (OpResult result : op.getResults()) {
        if (!isa<TensorType>(result.getType()) || !outputs.insert(result).second)
          continue;
        values.push_back(result);
        attributes.push_back(describe(result, uniqueName(node, result.getResultNumber(), taken)));
      }
    }
    for (const std::string &node : nodes)
      if (node != "all" && !found.contains(node)) {
        main.emitError("has no node '") << node << "' to expose";
        return signalPassFailure();
      }

    terminator->setOperands(values);
    main.setType(FunctionType::get(&getContext(), main.getArgumentTypes(), terminator->getOperandTypes()));
    main.setAllResultAttrs(attributes);
  }

private:
  DictionaryAttr describe(Value value, StringRef name) {
    Builder builder(&getContext());
    int64_t elementType = getDataType(cast<TensorType>(value.getType()).getElementType());
    return builder.getDictionaryAttr({builder.getNamedAttr(kNameAttr, builder.getStringAttr(name)),
                                      builder.getNamedAttr(kElemTypeAttr, builder.getI32IntegerAttr(elementType))});
  }

  // `conv`, `conv:1` for its second result, `conv.2` where the name is taken.
  static std::string uniqueName(StringRef node, unsigned result, llvm::StringSet<> &taken) {
    std::string name = result ? (node + ":" + Twine(result)).str() : node.str();
    std::string unique = name;
    for (unsigned i = 2; !taken.insert(unique).second; ++i)
      unique = (name + "." + Twine(i)).str();
    return unique;
  }
};

} // namespace
} // namespace quern::onnx
