// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The dialect, and what all its ops share: textual form, inference, data types.

#include "ShapeRules.h"

#include "quern/Support/Constants.h"

#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

#define GET_TYPEDEF_CLASSES
#include "quern/Dialect/ONNX/IR/ONNXTypes.cpp.inc"

using namespace mlir;

namespace quern::onnx {

void ONNXDialect::initialize() {
  addOperations<
#define GET_OP_LIST
#include "quern/Dialect/ONNX/IR/ONNXOps.cpp.inc"
      >();
  addTypes<
#define GET_TYPEDEF_LIST
#include "quern/Dialect/ONNX/IR/ONNXTypes.cpp.inc"
      >();
}

Operation *ONNXDialect::materializeConstant(OpBuilder &builder, Attribute value, Type type, Location loc) {
  auto elements = dyn_cast<ElementsAttr>(value);
  if (!elements || elements.getType() != type)
    return nullptr;
  return ConstantOp::create(builder, loc, type, elements);
}

ElementsAttr getConstantValue(Value value) {
  auto constant = value ? value.getDefiningOp<ConstantOp>() : ConstantOp();
  return constant ? constant.getValue() : ElementsAttr();
}

//===--- Data types -------------------------------------------------------===//

Type getElementType(MLIRContext *context, int64_t dataType) {
  Builder b(context);
  auto unsignedType = [&](unsigned width) { return IntegerType::get(context, width, IntegerType::Unsigned); };
  switch (dataType) {
  case 1:
    return b.getF32Type();
  case 2:
    return unsignedType(8);
  case 3:
    return b.getI8Type();
  case 4:
    return unsignedType(16);
  case 5:
    return b.getI16Type();
  case 6:
    return b.getI32Type();
  case 7:
    return b.getI64Type();
  case 8:
    return StringType::get(context);
  case 9:
    return b.getI1Type();
  case 10:
    return b.getF16Type();
  case 11:
    return b.getF64Type();
  case 12:
    return unsignedType(32);
  case 13:
    return unsignedType(64);
  case 14:
    return ComplexType::get(b.getF32Type());
  case 15:
    return ComplexType::get(b.getF64Type());
  case 16:
    return b.getBF16Type();
  case 17:
    return Float8E4M3FNType::get(context);
  case 18:
    return Float8E4M3FNUZType::get(context);
  case 19:
    return Float8E5M2Type::get(context);
  case 20:
    return Float8E5M2FNUZType::get(context);
  case 21:
    return unsignedType(4);
  case 22:
    return b.getIntegerType(4);
  case 23:
    return Float4E2M1FNType::get(context);
  case 24:
    return Float8E8M0FNUType::get(context);
  case 25:
    return unsignedType(2);
  case 26:
    return b.getIntegerType(2);
  default:
    return {};
  }
}

int64_t getDataType(Type element) {
  for (int64_t dataType = 1; dataType <= 26; ++dataType)
    if (getElementType(element.getContext(), dataType) == element)
      return dataType;
  return 0;
}

//===--- Inference --------------------------------------------------------===//

LogicalResult inferResultTypes(Operation *op, SmallVectorImpl<Type> &types) {
  if (failed(cast<ONNXOpInterface>(op).verifyAttributes()))
    return failure();
  for (Value operand : op->getOperands())
    if (!isa<TensorType, SeqType, OptType, MapType>(operand.getType()))
      return op->emitOpError("expects values of the standard, got ") << operand.getType();
  size_t before = types.size();
  if (failed(cast<ShapeInferenceOpInterface>(op).inferResultTypes(types)))
    return failure();
  for (Type type : ArrayRef(types).drop_front(before))
    if (auto tensor = dyn_cast<RankedTensorType>(type); tensor && failed(product(op, tensor.getShape())))
      return failure();
  return success();
}

LogicalResult verifyResultTypes(Operation *op) {
  SmallVector<Type> types;
  if (failed(inferResultTypes(op, types)))
    return failure();
  if (types.size() != op->getNumResults())
    return op->emitOpError("expects ") << types.size() << " results, got " << op->getNumResults();
  for (auto [i, want, got] : llvm::enumerate(types, op->getResultTypes()))
    if (!areCompatible(want, got))
      return op->emitOpError("expects result #") << i << " of " << want << ", got " << got;
  return success();
}

void normalizeAxes(Operation *op) {
  auto type = op->getNumOperands() ? rankedType(op->getOperand(0)) : RankedTensorType();
  if (!type)
    return;
  int64_t rank = type.getRank() + isa<OneHotOp>(op);
  if (auto axis = op->getAttrOfType<IntegerAttr>("axis"); axis && axis.getInt() < 0 && axis.getInt() + rank >= 0)
    op->setAttr("axis", IntegerAttr::get(axis.getType(), axis.getInt() + rank));
  if (auto axes = op->getAttrOfType<DenseI64ArrayAttr>("axes")) {
    SmallVector<int64_t> values(axes.asArrayRef());
    for (int64_t &axis : values)
      axis += axis < 0 && axis + rank >= 0 ? rank : 0;
    op->setAttr("axes", DenseI64ArrayAttr::get(op->getContext(), values));
  }
}

ArrayRef<StringRef> getRegionNames(StringRef op) {
  static constexpr StringRef branches[] = {"then_branch", "else_branch"};
  static constexpr StringRef body[] = {"body"};
  static constexpr StringRef modifiers[] = {"score_mod", "prob_mod"};
  if (op == "If")
    return branches;
  if (op == "Loop" || op == "Scan" || op == "SequenceMap")
    return body;
  if (op == "FlexAttention")
    return modifiers;
  return {};
}

//===--- Textual form -----------------------------------------------------===//

static bool hasSegments(StringRef kinds) { return kinds.size() - llvm::count(kinds, 'r') > 1; }

// The operands by position: absent ones are nothing.
static ParseResult parseOperands(OpAsmParser &parser,
                                 SmallVectorImpl<std::optional<OpAsmParser::UnresolvedOperand>> &operands) {
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
  return success();
}

// How many values each position has, of those at `present` places; nothing where there are too many.
template <typename Range>
static std::optional<SmallVector<int32_t>> countSegments(const Range &present, StringRef kinds) {
  SmallVector<int32_t> segments(kinds.size(), 0);
  for (auto [i, isPresent] : llvm::enumerate(present)) {
    if (kinds.empty() || (i >= kinds.size() && kinds.back() != 'v'))
      return std::nullopt;
    segments[std::min(i, kinds.size() - 1)] += isPresent;
  }
  return segments;
}

ParseResult parseOp(OpAsmParser &parser, OperationState &state, StringRef operandKinds, StringRef resultKinds) {
  SmallVector<std::optional<OpAsmParser::UnresolvedOperand>> operands;
  SMLoc typeLoc;
  Type type;
  if (parseOperands(parser, operands) || parser.parseOptionalAttrDict(state.attributes) || parser.parseColon() ||
      parser.getCurrentLocation(&typeLoc) || parser.parseType(type))
    return failure();

  auto isPresent = [](auto &operand) { return operand.has_value(); };
  auto segments = countSegments(llvm::map_range(operands, isPresent), operandKinds);
  if (!segments)
    return parser.emitError(parser.getNameLoc(), "expects at most ") << operandKinds.size() << " operands";
  if (hasSegments(operandKinds))
    state.addAttribute("operandSegmentSizes", parser.getBuilder().getDenseI32ArrayAttr(*segments));
  SmallVector<OpAsmParser::UnresolvedOperand> present;
  for (auto &operand : operands)
    if (operand)
      present.push_back(*operand);

  auto function = dyn_cast<FunctionType>(type);
  SmallVector<Type> results = function ? SmallVector<Type>(function.getResults()) : SmallVector<Type>{type};
  auto isThere = [](Type result) { return !isa<NoneType>(result); };
  segments = countSegments(llvm::map_range(results, isThere), resultKinds);
  if (!segments)
    return parser.emitError(typeLoc, "expects at most ") << resultKinds.size() << " results";
  if (hasSegments(resultKinds))
    state.addAttribute("resultSegmentSizes", parser.getBuilder().getDenseI32ArrayAttr(*segments));
  for (Type result : results)
    if (isThere(result))
      state.addTypes(result);
  if (function ? parser.resolveOperands(present, function.getInputs(), typeLoc, state.operands)
               : parser.resolveOperands(present, type, state.operands))
    return failure();

  // Regions follow the type.
  auto region = std::make_unique<Region>();
  OptionalParseResult parsed = parser.parseOptionalRegion(*region);
  if (!parsed.has_value())
    return success();
  if (failed(*parsed))
    return failure();
  state.addRegion(std::move(region));
  while (succeeded(parser.parseOptionalComma()))
    if (parser.parseRegion(*state.addRegion()))
      return failure();
  return success();
}

// From segments to positions: null where absent. Trailing absent values are left out.
template <typename Range>
static SmallVector<Value> getPositions(Operation *op, StringRef segmentsName, const Range &values) {
  SmallVector<Value> positions;
  auto segments = op->getAttrOfType<DenseI32ArrayAttr>(segmentsName);
  if (!segments)
    return SmallVector<Value>(values.begin(), values.end());
  unsigned next = 0;
  for (int32_t size : segments.asArrayRef()) {
    if (size == 0)
      positions.push_back(Value());
    for (int32_t i = 0; i < size && next < values.size(); ++i)
      positions.push_back(values[next++]);
  }
  return positions;
}

void printOp(OpAsmPrinter &printer, Operation *op, StringRef operandKinds, StringRef resultKinds) {
  SmallVector<Value> operands = getPositions(op, "operandSegmentSizes", op->getOperands());
  SmallVector<Value> results = getPositions(op, "resultSegmentSizes", op->getResults());
  while (!operands.empty() && !operands.back())
    operands.pop_back();
  if (!operands.empty())
    printer << ' ';
  llvm::interleaveComma(operands, printer, [&](Value value) {
    if (value)
      printer << value;
    else
      printer << "none";
  });

  // Attributes that differ from their defaults, which are those of an op just made.
  Operation *made = Operation::create(op->getLoc(), op->getName(), {}, {}, NamedAttrList(), nullptr, {}, 0);
  SmallVector<StringRef> elided = {"operandSegmentSizes", "resultSegmentSizes"};
  for (NamedAttribute attr : op->getAttrs())
    if (made->getAttr(attr.getName()) == attr.getValue())
      elided.push_back(attr.getName());
  made->destroy();
  printer.printOptionalAttrDict(op->getAttrs(), elided);

  printer << " : ";
  SmallVector<Type> types(op->getOperandTypes());
  llvm::append_range(types, op->getResultTypes());
  if (op->getNumResults() == 1 && results.front() && llvm::all_equal(types)) {
    printer << types.front();
  } else {
    printer << '(';
    llvm::interleaveComma(op->getOperandTypes(), printer);
    printer << ") -> ";
    bool parens = results.size() != 1 || !results.front();
    printer << (parens ? "(" : "");
    llvm::interleaveComma(results, printer, [&](Value value) {
      if (value)
        printer << value.getType();
      else
        printer << "none";
    });
    printer << (parens ? ")" : "");
  }
  if (op->getNumRegions())
    printer << ' ';
  llvm::interleaveComma(op->getRegions(), printer,
                        [&](Region &region) { printer.printRegion(region, /*printEntryBlockArgs=*/true); });
}

} // namespace quern::onnx

#include "quern/Dialect/ONNX/IR/ONNXInterfaces.cpp.inc"

#include "quern/Dialect/ONNX/IR/ONNXDialect.cpp.inc"
