// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Statistics.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;

namespace quern {
namespace {

/// numpy's word for a type: "float32", "uint8", "bool".
std::string elementName(Type type) {
  if (type.isInteger(1))
    return "bool";
  if (auto integer = dyn_cast<IntegerType>(type))
    return (integer.isUnsigned() ? "uint" : "int") + std::to_string(integer.getWidth());
  if (type.isF64() || type.isF32() || type.isF16())
    return "float" + std::to_string(type.getIntOrFloatBitWidth());
  if (type.isBF16())
    return "bfloat16";
  std::string text;
  llvm::raw_string_ostream(text) << type;
  return text;
}

PortText describePort(DictionaryAttr attrs, Type type) {
  PortText port;
  auto names = attrs ? attrs.getAs<ArrayAttr>("onnx.dim_params") : ArrayAttr();
  if (auto name = attrs ? attrs.getAs<StringAttr>("onnx.name") : StringAttr())
    port.name = name.str();
  auto shaped = dyn_cast<ShapedType>(type);
  llvm::raw_string_ostream os(port.type);
  if (!shaped) {
    os << type;
    return port;
  }
  os << elementName(shaped.getElementType()) << "[";
  if (!shaped.hasRank()) {
    os << "…]";
    return port;
  }
  for (auto [index, size] : llvm::enumerate(shaped.getShape())) {
    os << (index ? "," : "");
    auto name = names && index < names.size() ? dyn_cast<StringAttr>(names[index]) : StringAttr();
    if (!ShapedType::isDynamic(size))
      os << size;
    else
      os << (name && !name.empty() ? name.getValue() : "?");
  }
  os << "]";
  return port;
}

class Counter {
public:
  explicit Counter(ModelStatistics &facts) : facts(facts) {}

  void count(Operation *op) {
    StringRef name = op->getName().getStringRef();
    if (!name.consume_front("onnx."))
      return;
    if (name == "Constant") {
      countConstant(op);
      return;
    }
    if (name == "Return" || name == "Yield")
      return;
    ++facts.numNodes;
    ++facts.operators[name.str()];
    facts.flops += flops(op, name);
  }

private:
  void countConstant(Operation *op) {
    auto type = dyn_cast<RankedTensorType>(op->getResult(0).getType());
    if (!type || !type.hasStaticShape() || !type.getElementType().isIntOrFloat())
      return;
    facts.parameters += type.getNumElements();
    unsigned bits = type.getElementType().isInteger(1) ? 8 : type.getElementTypeBitWidth();
    facts.parameterBytes += llvm::divideCeil(type.getNumElements() * bits, 8);
  }

  int64_t size(Type type, int64_t dim) {
    auto ranked = dyn_cast<RankedTensorType>(type);
    if (!ranked || ranked.getRank() == 0)
      return 1;
    int64_t size = ranked.getDimSize(dim < 0 ? dim + ranked.getRank() : dim);
    if (!ShapedType::isDynamic(size))
      return size;
    facts.openDimensions = true;
    return 1;
  }

  int64_t elements(Type type, int64_t firstDim = 0) {
    int64_t total = 1;
    if (auto ranked = dyn_cast<RankedTensorType>(type))
      for (int64_t dim = firstDim; dim < ranked.getRank(); ++dim)
        total *= size(type, dim);
    return total;
  }

  int64_t flops(Operation *op, StringRef name) {
    // Data only moves, or is looked at.
    static const llvm::StringSet<> moves = {"Cast",
                                            "Compress",
                                            "Concat",
                                            "ConstantOfShape",
                                            "DepthToSpace",
                                            "Dropout",
                                            "Expand",
                                            "Flatten",
                                            "Gather",
                                            "GatherND",
                                            "GatherElements",
                                            "Identity",
                                            "If",
                                            "Loop",
                                            "OneHot",
                                            "Pad",
                                            "Range",
                                            "Reshape",
                                            "Scan",
                                            "ScatterND",
                                            "ScatterElements",
                                            "Shape",
                                            "Size",
                                            "Slice",
                                            "SpaceToDepth",
                                            "Split",
                                            "Squeeze",
                                            "Tile",
                                            "Transpose",
                                            "Unsqueeze",
                                            "Where",
                                            "EyeLike",
                                            "Trilu",
                                            "ReverseSequence"};
    if (moves.contains(name) || op->getNumResults() == 0)
      return 0;
    auto operand = [&](unsigned index) -> Type {
      return index < op->getNumOperands() ? op->getOperand(index).getType() : Type();
    };
    Type result = op->getResult(0).getType();
    if (name == "Conv" || name == "ConvInteger" || name == "ms.FusedConv")
      return 2 * elements(result) * elements(operand(1), 1);
    if (name == "QLinearConv")
      return 2 * elements(result) * elements(operand(3), 1);
    if (name == "ConvTranspose")
      return 2 * elements(operand(0)) * elements(operand(1), 1);
    if (name == "MatMul" || name == "MatMulInteger" || name == "QLinearMatMul" || name == "ms.FusedMatMul")
      return 2 * elements(result) * size(operand(0), -1);
    if (name == "Gemm") {
      auto transposed = op->getAttrOfType<IntegerAttr>("transA");
      return 2 * elements(result) * size(operand(0), transposed && transposed.getInt() ? 0 : 1);
    }
    if (name == "LSTM" || name == "GRU" || name == "RNN")
      return 2 * size(operand(0), 0) * size(operand(0), 1) * (elements(operand(1)) + elements(operand(2)));
    // Reductions and pooling look at each input once, elementwise operators make each output once.
    return std::max(elements(result), operand(0) ? elements(operand(0)) : 0);
  }

  ModelStatistics &facts;
};

} // namespace

ModelStatistics countModel(ModuleOp module) {
  ModelStatistics facts;
  if (auto main = module.lookupSymbol<func::FuncOp>("main")) {
    for (auto [index, type] : llvm::enumerate(main.getArgumentTypes()))
      facts.inputs.push_back(describePort(main.getArgAttrDict(index), type));
    for (auto [index, type] : llvm::enumerate(main.getResultTypes()))
      facts.outputs.push_back(describePort(main.getResultAttrDict(index), type));
  }
  if (auto metadata = module->getAttrOfType<DictionaryAttr>("onnx.metadata"))
    for (NamedAttribute entry : metadata)
      if (auto text = dyn_cast<StringAttr>(entry.getValue()))
        facts.metadata.emplace_back(entry.getName().str(), text.str());
  Counter counter(facts);
  module.walk([&](Operation *op) { counter.count(op); });
  return facts;
}

} // namespace quern
