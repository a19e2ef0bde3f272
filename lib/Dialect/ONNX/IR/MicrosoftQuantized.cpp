// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Shapes of quantized operators of com.microsoft.

#include "ShapeRules.h"

using namespace mlir;

#define GET_OP_CLASSES
#include "quern/Dialect/ONNX/IR/MicrosoftQuantized.cpp.inc"

namespace quern::onnx {

//===--- Elementwise, reductions, movement --------------------------------===//

LogicalResult MSQLinearConcatOp::inferResultTypes(Types &types) {
  Type element = elementOf(getYZeroPoint());
  if (getInputs().empty() || getInputs().size() % 3)
    return emitOpError("expects a tensor, a scale and a zero point for each input, got ")
           << getInputs().size() << " operands";
  std::optional<Shape> shape;
  for (size_t i = 0; i < getInputs().size(); i += 3) {
    auto type = rankedType(getInputs()[i]);
    if (!type)
      continue;
    if (shape && static_cast<int64_t>(shape->size()) != type.getRank())
      return emitOpError("expects inputs of one rank, got ") << shape->size() << " and " << type.getRank();
    FailureOr<int64_t> axis = checkAxis(*this, getAxis(), type.getRank());
    if (failed(axis))
      return failure();
    if (!shape) {
      shape = Shape(type.getShape());
      continue;
    }
    for (int64_t d = 0; d < type.getRank(); ++d) {
      int64_t &size = (*shape)[d], other = type.getDimSize(d);
      if (d == *axis) {
        size = ShapedType::isDynamic(size) || ShapedType::isDynamic(other) ? kDynamic : size + other;
        continue;
      }
      FailureOr<int64_t> merged = mergeSizes(*this, size, other, "the inputs in dimension " + Twine(d));
      if (failed(merged))
        return failure();
      size = *merged;
    }
  }
  if (shape)
    for (size_t i = 0; i < getInputs().size(); i += 3)
      if (!rankedType(getInputs()[i]))
        (*shape)[*checkAxis(*this, getAxis(), shape->size())] = kDynamic;
  types.push_back(shape ? ranked(*shape, element) : unranked(element));
  return success();
}

LogicalResult MSQLinearReduceMeanOp::inferResultTypes(Types &types) {
  auto type = rankedType(getData());
  if (!type) {
    types.push_back(unranked(elementOf(getData())));
    return success();
  }
  FailureOr<Shape> axes = checkAxes(*this, getAxes(), type.getRank());
  if (failed(axes))
    return failure();
  Shape shape;
  for (int64_t d = 0; d < type.getRank(); ++d) {
    bool isReduced = axes->empty() || llvm::is_contained(*axes, d);
    if (!isReduced || getKeepdims())
      shape.push_back(isReduced ? 1 : type.getDimSize(d));
  }
  types.push_back(ranked(shape, type.getElementType()));
  return success();
}

//===--- Contractions -----------------------------------------------------===//

LogicalResult MSQGemmOp::inferResultTypes(Types &types) {
  Type element = getYZeroPoint() ? elementOf(getYZeroPoint()) : Float32Type::get(getContext());
  if (failed(checkRank(*this, getA(), 2, "A")) || failed(checkRank(*this, getB(), 2, "B")))
    return failure();
  auto a = rankedType(getA()), b = rankedType(getB());
  int64_t rows = a ? a.getDimSize(getTransA() ? 1 : 0) : kDynamic,
          inner = a ? a.getDimSize(getTransA() ? 0 : 1) : kDynamic;
  int64_t columns = b ? b.getDimSize(getTransB() ? 0 : 1) : kDynamic;
  if (b && failed(mergeSizes(*this, inner, b.getDimSize(getTransB() ? 1 : 0), "the columns of A and the rows of B")))
    return failure();
  if (getC() && failed(checkBroadcastsTo(*this, getC(), {rows, columns}, "C")))
    return failure();
  types.push_back(ranked({rows, columns}, element));
  return success();
}

// The columns of A become N.
static LogicalResult inferPackedMatMul(Operation *op, Value a, int64_t k, int64_t n, int64_t blockSize, Types &types) {
  if (k < 1 || n < 1)
    return op->emitOpError("expects 'K' and 'N' to be at least 1, got ") << k << " and " << n;
  if (blockSize < 16 || (blockSize & (blockSize - 1)))
    return op->emitOpError("expects 'block_size' to be a power of two of at least 16, got ") << blockSize;
  if (k > INT32_MAX || n > INT32_MAX || blockSize > INT32_MAX)
    return op->emitOpError("expects 'K', 'N' and 'block_size' below 2^31, got ")
           << k << ", " << n << " and " << blockSize;
  auto type = rankedType(a);
  if (!type)
    return inferSameType(op, types);
  if (failed(checkMinRank(op, a, 1, "A")) ||
      failed(mergeSizes(op, type.getShape().back(), k, "the columns of A and 'K'")))
    return failure();
  Shape shape(type.getShape());
  shape.back() = n;
  types.push_back(ranked(shape, type.getElementType()));
  return success();
}

LogicalResult MSMatMulNBitsOp::inferResultTypes(Types &types) {
  if (getBits() != 2 && getBits() != 4 && getBits() != 8)
    return emitOpError("expects 'bits' to be 2, 4 or 8, got ") << getBits();
  return inferPackedMatMul(*this, getA(), getK(), getN(), getBlockSize(), types);
}

LogicalResult MSMatMulBnb4Op::inferResultTypes(Types &types) {
  if (getQuantType() != 0 && getQuantType() != 1)
    return emitOpError("expects 'quant_type' to be 0 or 1, got ") << getQuantType();
  if (!getTransB())
    return emitOpError("expects 'transB' to be 1, got ") << getTransB();
  return inferPackedMatMul(*this, getA(), getK(), getN(), getBlockSize(), types);
}

//===--- Transformers -----------------------------------------------------===//

LogicalResult MSQAttentionOp::inferResultTypes(Types &types) {
  return inferSelfAttention(*this, getInput(), getWeight(), getPast(), getNumHeads(), {}, getPastPresentShareBuffer(),
                            elementOf(getInputScale()), types);
}

LogicalResult MSQEmbedLayerNormalizationOp::inferResultTypes(Types &types) {
  return inferEmbedding(*this, getInputIds(), getWordEmbedding(), Float32Type::get(getContext()), true, false, types);
}

// The data without the gathered axis, with the dimensions of the indices in its place.
LogicalResult MSGatherBlockQuantizedOp::inferResultTypes(Types &types) {
  Type element = elementOf(getScales());
  if (getBits() != 2 && getBits() != 4 && getBits() != 8)
    return emitOpError("expects 'bits' to be 2, 4 or 8, got ") << getBits();
  if (getBlockSize() < 16 || (getBlockSize() & (getBlockSize() - 1)))
    return emitOpError("expects 'block_size' to be a power of two of at least 16, got ") << getBlockSize();
  auto data = rankedType(getData()), indices = rankedType(getIndices());
  if (failed(checkMinRank(*this, getData(), 1, "data")))
    return failure();
  if (!data || !indices) {
    types.push_back(unranked(element));
    return success();
  }
  FailureOr<int64_t> gathered = checkAxis(*this, getGatherAxis(), data.getRank(), "gather_axis");
  FailureOr<int64_t> quantized = checkAxis(*this, getQuantizeAxis(), data.getRank(), "quantize_axis");
  if (failed(gathered) || failed(quantized))
    return failure();
  if (*gathered == *quantized)
    return emitOpError("expects 'gather_axis' and 'quantize_axis' to be two, got ") << *gathered << " for both";
  Shape shape(data.getShape());
  int64_t perByte =
      data.getElementType().getIntOrFloatBitWidth() == 8 && isa<IntegerType>(data.getElementType()) ? 8 / getBits() : 1;
  if (perByte > 1 && *quantized != data.getRank() - 1)
    return emitOpError("expects 'quantize_axis' to be the last of bytes that hold several numbers, got ") << *quantized;
  std::optional<int64_t> last = multiply(shape[*quantized], perByte);
  if (!last)
    return emitOpError("expects fewer than 2^63 elements");
  shape[*quantized] = *last;
  shape.erase(shape.begin() + *gathered);
  shape.insert(shape.begin() + *gathered, indices.getShape().begin(), indices.getShape().end());
  types.push_back(ranked(shape, element));
  return success();
}

// W and R are those of LSTM, transposed.
LogicalResult MSDynamicQuantizeLSTMOp::inferResultTypes(Types &types) {
  if (failed(checkRank(*this, getX(), 3, "X")) || failed(checkRank(*this, getW(), 3, "W")) ||
      failed(checkRank(*this, getR(), 3, "R")) ||
      failed(checkOneOf(*this, "direction", getDirection(), {"forward", "reverse", "bidirectional"})))
    return failure();
  auto x = rankedType(getX()), r = rankedType(getR());
  int64_t hidden = getHiddenSize().value_or(kDynamic), directions = getDirection() == "bidirectional" ? 2 : 1;
  if (getHiddenSize() && hidden < 1)
    return emitOpError("expects 'hidden_size' to be at least 1, got ") << hidden;
  if (r) {
    FailureOr<int64_t> merged = mergeSizes(*this, hidden, r.getDimSize(1), "'hidden_size' and the rows of R");
    if (failed(merged))
      return failure();
    hidden = *merged;
  }
  int64_t length = x ? x.getDimSize(0) : kDynamic, batch = x ? x.getDimSize(1) : kDynamic;
  if (getY())
    types.push_back(ranked({length, directions, batch, hidden}, elementOf(getX())));
  for (Value state : {getYH(), getYC()})
    if (state)
      types.push_back(ranked({directions, batch, hidden}, elementOf(getX())));
  return success();
}

} // namespace quern::onnx
