// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// quern extract: a part of a model, as a model.

#include "Commands.h"
#include "Compilation.h"

#include "quern/Dialect/ONNX/IR/ONNX.h"
#include "quern/Driver/Driver.h"
#include "quern/Export/Export.h"
#include "quern/Support/NodeName.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;

namespace quern {
namespace {

constexpr Option kOptions[] = {
    {"--from", Takes::Value, "NODE,…", "the first nodes of the part: what they read becomes its inputs"},
    {"--to", Takes::Value, "NODE,…", "the last nodes of the part: their results become its outputs"},
    {"-o", Takes::Value, "PART.onnx", "where to write"},
    {"--opset", Takes::Value, "N", "write this opset instead of the lowest that expresses the part"},
};

class Extractor {
public:
  Extractor(StringRef file, func::FuncOp main) : file(file), main(main), builder(main.getContext()) {}

  /// Cuts in place. Returns an exit status.
  int cut(StringRef from, StringRef to) {
    SmallVector<Operation *> first, last;
    if (!find(from, first) || !find(to, last))
      return Failed;
    if (!last.empty())
      setOutputs(last);
    SmallVector<Value> sources;
    for (Operation *op : first)
      for (Value operand : op->getOperands())
        if (!isConstant(operand) && !llvm::is_contained(sources, operand))
          sources.push_back(operand);
    for (Value source : sources)
      makeInput(source);
    removeUnused();
    if (main.getNumResults() == 0)
      return reportError(file, "the part has no outputs", Failed);
    return Done;
  }

private:
  bool find(StringRef names, SmallVectorImpl<Operation *> &nodes) {
    SmallVector<StringRef> list;
    names.split(list, ',', -1, /*KeepEmpty=*/false);
    for (StringRef name : list) {
      Operation *found = nullptr;
      for (Operation &op : main.getBody().front().without_terminator())
        if (getNodeName(op.getLoc()) == name && !isConstantOp(&op))
          found = &op;
      if (!found) {
        reportError(file,
                    "has no node '" + name +
                        "'; 'quern info' and 'quern compile --emit=mlir --stop-after=import' "
                        "show the names",
                    Failed);
        return false;
      }
      nodes.push_back(found);
    }
    return true;
  }

  static bool isConstantOp(Operation *op) { return op->hasTrait<OpTrait::ConstantLike>(); }
  static bool isConstant(Value value) { return value.getDefiningOp() && isConstantOp(value.getDefiningOp()); }

  /// What a value is called in the file: the name of its node, or of the input.
  std::string nameOf(Value value) {
    if (auto argument = dyn_cast<BlockArgument>(value)) {
      auto name = main.getArgAttrOfType<StringAttr>(argument.getArgNumber(), "onnx.name");
      return name ? name.str() : "x" + std::to_string(argument.getArgNumber());
    }
    std::string name = getNodeName(value.getLoc()).str();
    unsigned index = cast<OpResult>(value).getResultNumber();
    return index ? name + "_" + std::to_string(index) : name;
  }

  DictionaryAttr attributesOf(Value value) {
    NamedAttrList attributes;
    attributes.set(onnx::kNameAttr, builder.getStringAttr(unique(nameOf(value))));
    if (auto type = dyn_cast<TensorType>(value.getType()))
      attributes.set(onnx::kElemTypeAttr, builder.getI32IntegerAttr(onnx::getDataType(type.getElementType())));
    return attributes.getDictionary(main.getContext());
  }

  std::string unique(const std::string &name) {
    std::string candidate = name;
    for (unsigned n = 1; !used.insert(candidate).second; ++n)
      candidate = name + "_" + std::to_string(n);
    return candidate;
  }

  void setOutputs(ArrayRef<Operation *> last) {
    SmallVector<Value> values;
    SmallVector<DictionaryAttr> attributes;
    for (Operation *op : last)
      for (Value result : op->getResults()) {
        values.push_back(result);
        attributes.push_back(attributesOf(result));
      }
    Operation *terminator = main.getBody().front().getTerminator();
    terminator->setOperands(values);
    main.setFunctionType(builder.getFunctionType(main.getArgumentTypes(), TypeRange(ValueRange(values))));
    main.setAllResultAttrs(attributes);
  }

  void makeInput(Value source) {
    if (isa<BlockArgument>(source))
      return;
    unsigned index = main.getNumArguments();
    DictionaryAttr attributes = attributesOf(source);
    (void)main.insertArgument(index, source.getType(), attributes, source.getLoc());
    source.replaceAllUsesWith(main.getArgument(index));
  }

  void removeUnused() {
    SmallVector<Operation *> ops;
    for (Operation &op : main.getBody().front().without_terminator())
      ops.push_back(&op);
    for (Operation *op : llvm::reverse(ops))
      if (op->use_empty())
        op->erase();
    for (unsigned index = main.getNumArguments(); index-- > 0;)
      if (main.getArgument(index).use_empty())
        (void)main.eraseArgument(index);
  }

  StringRef file;
  func::FuncOp main;
  Builder builder;
  std::set<std::string> used;
};

} // namespace

ArrayRef<Option> getExtractOptions() { return kOptions; }

int runExtract(const Arguments &args) {
  if (!args.has("-o") || (!args.has("--from") && !args.has("--to")))
    return reportError("", "'quern extract' expects -o PART.onnx and --from=NODE,… or --to=NODE,…", BadUsage);
  llvm::Expected<unsigned> opset = args.number("--opset", 0);
  if (!opset)
    return reportError("", opset.takeError(), BadUsage);
  StringRef file = args.positional().front();
  Compilation compilation(file, args);
  if (int status = compilation.readOptions())
    return status;
  if (int status = compilation.load())
    return status;
  auto main = compilation.module().lookupSymbol<func::FuncOp>("main");
  if (!main)
    return reportError(file, "has no function @main", Failed);
  if (int status = Extractor(file, main).cut(args.get("--from"), args.get("--to")))
    return status;
  return succeeded(exportOnnx(compilation.module(), args.get("-o"), *opset)) ? Done : Failed;
}

} // namespace quern
