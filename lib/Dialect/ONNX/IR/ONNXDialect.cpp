// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The dialect and the textual form that all its ops share.

#include "ShapeRules.h"

#include "mlir/IR/DialectImplementation.h"

using namespace mlir;

namespace quern::onnx {

void ONNXDialect::initialize() {
  addOperations<
#define GET_OP_LIST
#include "quern/Dialect/ONNX/IR/ONNXOps.cpp.inc"
      >();
}

Operation *ONNXDialect::materializeConstant(OpBuilder &builder, Attribute value, Type type, Location loc) {
  return nullptr;
}

ParseResult parseOp(OpAsmParser &parser, OperationState &state, StringRef kinds) {
  SmallVector<std::optional<OpAsmParser::UnresolvedOperand>> operands;
  // Operands: `%x, none, %y`; none at all where an attribute dictionary or the type follows.
  do {
    OpAsmParser::UnresolvedOperand operand;
    OptionalParseResult parsed = parser.parseOptionalOperand(operand);
    if (parsed.has_value()) {
      if (failed(*parsed))
        return failure();
      operands.push_back(operand);
    } else if (succeeded(parser.parseOptionalKeyword("none"))) {
      operands.push_back(std::nullopt);
    } else {
      break;
    }
  } while (succeeded(parser.parseOptionalComma()));

  SMLoc typeLoc;
  Type type;
  if (parser.parseOptionalAttrDict(state.attributes) || parser.parseColon() || parser.getCurrentLocation(&typeLoc) ||
      parser.parseType(type))
    return failure();

  // Segments, where more than one operand may be absent or repeated.
  SmallVector<int32_t> segments(kinds.size(), 0);
  for (auto [i, operand] : llvm::enumerate(operands)) {
    size_t at = std::min(i, kinds.size() - 1);
    if (kinds.empty() || (i >= kinds.size() && kinds.back() != 'v'))
      return parser.emitError(parser.getNameLoc(), "expects at most ") << kinds.size() << " operands";
    segments[at] += operand.has_value();
  }
  if (kinds.size() - llvm::count(kinds, 'r') > 1)
    state.addAttribute("operandSegmentSizes", parser.getBuilder().getDenseI32ArrayAttr(segments));

  SmallVector<OpAsmParser::UnresolvedOperand> present;
  for (auto &operand : operands)
    if (operand)
      present.push_back(*operand);
  if (auto function = dyn_cast<FunctionType>(type)) {
    state.addTypes(function.getResults());
    return parser.resolveOperands(present, function.getInputs(), typeLoc, state.operands);
  }
  state.addTypes(type);
  return parser.resolveOperands(present, type, state.operands);
}

void printOp(OpAsmPrinter &printer, Operation *op, StringRef kinds) {
  // Back from segments to positions; trailing absent operands are not printed.
  SmallVector<Value> positions;
  if (auto segments = op->getAttrOfType<DenseI32ArrayAttr>("operandSegmentSizes")) {
    unsigned next = 0;
    for (int32_t size : segments.asArrayRef()) {
      if (size == 0)
        positions.push_back(Value());
      for (int32_t i = 0; i < size; ++i)
        positions.push_back(op->getOperand(next++));
    }
    while (!positions.empty() && !positions.back())
      positions.pop_back();
  } else {
    llvm::append_range(positions, op->getOperands());
  }
  if (!positions.empty())
    printer << ' ';
  llvm::interleaveComma(positions, printer, [&](Value value) {
    if (value)
      printer << value;
    else
      printer << "none";
  });

  // Attributes that differ from their defaults.
  NamedAttrList defaults;
  op->getName().populateDefaultAttrs(defaults);
  SmallVector<StringRef> elided = {"operandSegmentSizes", "resultSegmentSizes"};
  for (NamedAttribute attr : op->getAttrs())
    if (defaults.get(attr.getName()) == attr.getValue())
      elided.push_back(attr.getName());
  printer.printOptionalAttrDict(op->getAttrs(), elided);

  printer << " : ";
  SmallVector<Type> types(op->getOperandTypes());
  llvm::append_range(types, op->getResultTypes());
  if (op->getNumResults() == 1 && llvm::all_equal(types))
    printer << types.front();
  else
    printer.printFunctionalType(op);
}

} // namespace quern::onnx

#include "quern/Dialect/ONNX/IR/ONNXInterfaces.cpp.inc"

#include "quern/Dialect/ONNX/IR/ONNXDialect.cpp.inc"
