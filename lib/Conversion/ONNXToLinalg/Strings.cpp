// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Operators on strings. What only moves strings about moves their handles, and
// has the lowering of integers.

#include "Broadcast.h"
#include "Calls.h"

#include "llvm/ADT/StringSwitch.h"

using namespace mlir;

namespace quern::lowering {
namespace {

/// Strings from an attribute, as a vector.
Value stringsOf(Builder &b, std::optional<ArrayAttr> attr) {
  SmallVector<StringRef> strings;
  if (attr)
    strings = llvm::to_vector(attr->getAsValueRange<StringAttr>());
  return stringConstant(b, static_cast<int64_t>(strings.size()), strings);
}

Value integersOf(Builder &b, ArrayRef<int64_t> values) {
  auto type = RankedTensorType::get(static_cast<int64_t>(values.size()), b.getI64Type());
  return constantOf(b, type, ArrayRef(reinterpret_cast<const char *>(values.data()), values.size() * sizeof(int64_t)));
}

struct LowerStringConcat : Lowering<onnx::StringConcatOp> {
  using Lowering::Lowering;
  LogicalResult lower(onnx::StringConcatOp op, Adaptor adaptor, Builder &b, Rewriter &rewriter) const override {
    SmallVector<Value> operands = {adaptor.getX(), adaptor.getY()};
    Sizes shapes[] = {shapeOf(b, operands[0]), shapeOf(b, operands[1])};
    Sizes shape = refine(b, broadcastShapes(b, shapes), resultType(op));
    for (Value &operand : operands)
      operand = broadcastTo(b, operand, shape);
    replace(rewriter, op, b, callRuntime(b, "string_concat", operands, shape, b.getI64Type()));
    return success();
  }
};

struct LowerStringSplit : Lowering<onnx::StringSplitOp> {
  using Lowering::Lowering;
  LogicalResult lower(onnx::StringSplitOp op, Adaptor adaptor, Builder &b, Rewriter &rewriter) const override {
    Value delimiter = stringConstant(b, {}, op.getDelimiter().value_or(""));
    SmallVector<Value> inputs = {adaptor.getX(), delimiter, number(b, op.getMaxsplit().value_or(-1))};
    Sizes counts = shapeOf(b, adaptor.getX()), parts = counts;
    parts.push_back(callForSize(b, "string_split_width", inputs));
    replace(rewriter, op, b,
            callRuntime(b, "string_split", inputs, {{parts, b.getI64Type()}, {counts, b.getI64Type()}}));
    return success();
  }
};

struct LowerStringNormalizer : Lowering<onnx::StringNormalizerOp> {
  using Lowering::Lowering;
  LogicalResult lower(onnx::StringNormalizerOp op, Adaptor adaptor, Builder &b, Rewriter &rewriter) const override {
    auto type = resultType(op);
    Sizes shape = shapeOf(b, adaptor.getX());
    if (shape.size() == 2)
      checkEqual(b, shape[0], size(b, 1), "expects strings of the shape [C] or [1, C]");
    int64_t action = llvm::StringSwitch<int64_t>(op.getCaseChangeAction()).Case("LOWER", 1).Case("UPPER", 2).Default(0);
    SmallVector<Value> inputs = {adaptor.getX(), stringsOf(b, op.getStopwords()), number(b, action),
                                 number(b, op.getIsCaseSensitive())};
    Size count = type.isDynamicDim(type.getRank() - 1) ? callForSize(b, "string_normalize_count", inputs)
                                                       : size(b, type.getShape().back());
    shape.assign(shape.size(), size(b, 1));
    shape.back() = count;
    replace(rewriter, op, b, callRuntime(b, "string_normalize", inputs, shape, b.getI64Type()));
    return success();
  }
};

struct LowerTfIdf : Lowering<onnx::TfIdfVectorizerOp> {
  using Lowering::Lowering;
  LogicalResult lower(onnx::TfIdfVectorizerOp op, Adaptor adaptor, Builder &b, Rewriter &rewriter) const override {
    auto type = resultType(op);
    Value x = adaptor.getX(), pool;
    if (getElementTypeOrSelf(x.getType()).isInteger(32))
      x = mapTensor(b, x, b.getI64Type(),
                    [](Builder &b, Value value) -> Value { return arith::ExtSIOp::create(b, b.getI64Type(), value); });
    if (cast<RankedTensorType>(x.getType()).getRank() == 0)
      x = reshapeTensor(b, x, size(b, 1));
    pool = op.getPoolStrings() ? stringsOf(b, op.getPoolStrings()) : integersOf(b, *op.getPoolInt64s());
    SmallVector<Value> inputs = {x,
                                 pool,
                                 integersOf(b, op.getNgramCounts()),
                                 integersOf(b, op.getNgramIndexes()),
                                 number(b, op.getMinGramLength()),
                                 number(b, op.getMaxGramLength()),
                                 number(b, op.getMaxSkipCount())};
    Sizes shape = sizes(b, type.getShape());
    if (type.getRank() == 2)
      shape[0] = dimOf(b, x, 0);
    Value counts = callRuntime(b, "ngrams", inputs, shape, b.getF32Type());
    replace(rewriter, op, b, weigh(op, b, counts));
    return success();
  }

  /// Columns that no n-gram has a weight for keep their counts.
  static Value weigh(onnx::TfIdfVectorizerOp op, Builder &b, Value counts) {
    StringRef mode = op.getMode();
    if (mode == "TF")
      return counts;
    auto type = cast<RankedTensorType>(counts.getType());
    SmallVector<float> weights(type.getShape().back(), 1.0f);
    if (op.getWeights())
      for (auto [i, weight] : llvm::enumerate(op.getWeights()->take_front(weights.size())))
        weights[i] = weight;
    Value factors =
        constantOf(b, RankedTensorType::get(type.getShape().take_back(), b.getF32Type()),
                   ArrayRef(reinterpret_cast<const char *>(weights.data()), weights.size() * sizeof(float)));
    AffineMap identity = b.getMultiDimIdentityMap(type.getRank());
    AffineMap column = AffineMap::get(type.getRank(), 0, b.getAffineDimExpr(type.getRank() - 1));
    SmallVector<utils::IteratorType> loops(type.getRank(), utils::IteratorType::parallel);
    Value init = emptyTensor(b, shapeOf(b, counts), b.getF32Type());
    return generic(b, {counts, factors}, init, {identity, column, identity}, loops,
                   [&](Builder &b, ValueRange args) -> SmallVector<Value> {
                     if (mode == "TFIDF")
                       return {arith::MulFOp::create(b, args[0], args[1])};
                     Value zero = scalar(b, b.getF32Type(), 0);
                     Value isThere = arith::CmpFOp::create(b, arith::CmpFPredicate::OGT, args[0], zero);
                     return {arith::SelectOp::create(b, isThere, args[1], zero)};
                   })[0];
  }
};

/// Casts that have strings on one side.
struct LowerStringCast : Lowering<onnx::CastOp> {
  LowerStringCast(TypeConverter const &converter, MLIRContext *context) : Lowering(converter, context, /*benefit=*/2) {}
  LogicalResult lower(onnx::CastOp op, Adaptor adaptor, Builder &b, Rewriter &rewriter) const override {
    Type from = getElementTypeOrSelf(op.getInput().getType()), to = getElementTypeOrSelf(op.getOutput().getType());
    bool fromStrings = isa<onnx::StringType>(from), toStrings = isa<onnx::StringType>(to);
    if (!fromStrings && !toStrings)
      return rewriter.notifyMatchFailure(op, "no strings");
    if (fromStrings && toStrings) {
      replace(rewriter, op, b, adaptor.getInput());
      return success();
    }
    Type other = fromStrings ? to : from;
    if (!other.isIntOrFloat() || (other.getIntOrFloatBitWidth() < 16 && !other.isInteger(1) && !other.isInteger(8) &&
                                  !other.isUnsignedInteger(8)))
      return unsupported(rewriter, op,
                         "expects strings to be cast to or from numbers of 16 bits or more, or 8-bit "
                         "integers or bools");
    Value flag = number(b, isUnsigned(other));
    replace(rewriter, op, b,
            callRuntime(b, fromStrings ? "string_parse" : "string_print", {adaptor.getInput(), flag},
                        shapeOf(b, adaptor.getInput()), toSignless(to)));
    return success();
  }
};

struct LowerStringConstant : Lowering<onnx::ConstantOp> {
  LowerStringConstant(TypeConverter const &converter, MLIRContext *context)
      : Lowering(converter, context, /*benefit=*/2) {}
  LogicalResult lower(onnx::ConstantOp op, Adaptor, Builder &b, Rewriter &rewriter) const override {
    auto strings = dyn_cast<DenseStringElementsAttr>(op.getValue());
    if (!strings)
      return rewriter.notifyMatchFailure(op, "no strings");
    SmallVector<StringRef> all = llvm::to_vector(strings.getValues<StringRef>());
    replace(rewriter, op, b, stringConstant(b, strings.getType().getShape(), all));
    return success();
  }
};

} // namespace

void addStrings(Patterns &patterns, Converter &converter) {
  patterns.add<LowerStringConcat, LowerStringSplit, LowerStringNormalizer, LowerTfIdf, LowerStringCast,
               LowerStringConstant>(converter, patterns.getContext());
}

} // namespace quern::lowering
