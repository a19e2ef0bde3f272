// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Shapes of operators on strings.

#include "ShapeRules.h"

using namespace mlir;

#define GET_OP_CLASSES
#include "quern/Dialect/ONNX/IR/String.cpp.inc"

namespace quern::onnx {

LogicalResult StringSplitOp::inferResultTypes(Types &types) {
  Type counts = IntegerType::get(getContext(), 64);
  auto type = rankedType(getX());
  if (!type) {
    types.append({unranked(elementOf(getX())), unranked(counts)});
    return success();
  }
  Shape shape(type.getShape());
  types.push_back(ranked(shape, counts));
  shape.push_back(kDynamic);
  types.insert(types.end() - 1, ranked(shape, type.getElementType()));
  return success();
}

LogicalResult StringNormalizerOp::inferResultTypes(Types &types) {
  if (failed(checkOneOf(*this, "case_change_action", getCaseChangeAction(), {"LOWER", "UPPER", "NONE"})))
    return failure();
  auto type = rankedType(getX());
  if (!type) {
    types.push_back(unranked(elementOf(getX())));
    return success();
  }
  if (type.getRank() != 1 && (type.getRank() != 2 || (!type.isDynamicDim(0) && type.getDimSize(0) != 1)))
    return emitOpError("expects 'X' of shape [C] or [1, C], got ") << type;
  // Without stop words, all stay; none at all become one empty string.
  int64_t count = type.getShape().back();
  Shape shape(type.getRank(), 1);
  shape.back() = getStopwords() && !getStopwords()->empty() ? kDynamic : count == 0 ? 1 : count;
  types.push_back(ranked(shape, type.getElementType()));
  return success();
}

LogicalResult TfIdfVectorizerOp::inferResultTypes(Types &types) {
  if (failed(checkOneOf(*this, "mode", getMode(), {"TF", "IDF", "TFIDF"})))
    return failure();
  bool strings = isa<StringType>(elementOf(getX()));
  if (getPoolStrings().has_value() == getPoolInt64s().has_value() || getPoolStrings().has_value() != strings)
    return emitOpError("expects '") << (strings ? "pool_strings" : "pool_int64s") << "' alone, to look for in "
                                    << elementOf(getX());
  int64_t least = getMinGramLength(), most = getMaxGramLength();
  if (least < 1 || most < least || getMaxSkipCount() < 0)
    return emitOpError("expects 1 <= min_gram_length <= max_gram_length and max_skip_count >= 0, got ")
           << least << ", " << most << " and " << getMaxSkipCount();
  int64_t pool = strings ? getPoolStrings()->size() : getPoolInt64s()->size(), before = 0, grams = 0;
  ArrayRef<int64_t> starts = getNgramCounts();
  if (starts.empty() || most > static_cast<int64_t>(starts.size()))
    return emitOpError("expects 'ngram_counts' of at least max_gram_length (")
           << most << ") numbers, got " << starts.size();
  for (auto [i, start] : llvm::enumerate(starts)) {
    int64_t end = i + 1 < starts.size() ? starts[i + 1] : pool, length = i + 1;
    if (start < before || end < start || end > pool || (end - start) % length)
      return emitOpError("expects 'ngram_counts' to cut the pool of ")
             << pool << " in whole " << length << "-grams, got " << start << " at #" << i;
    grams += (end - start) / length;
    before = start;
  }
  ArrayRef<int64_t> columns = getNgramIndexes();
  if (grams != static_cast<int64_t>(columns.size()))
    return emitOpError("expects 'ngram_indexes' of one number an n-gram (") << grams << "), got " << columns.size();
  if (getWeights() && getWeights()->size() != columns.size())
    return emitOpError("expects 'weights' of one number an n-gram (") << grams << "), got " << getWeights()->size();
  int64_t width = 0;
  for (int64_t column : columns) {
    if (column < 0 || column >= int64_t(1) << 31)
      return emitOpError("expects 'ngram_indexes' in [0, 2^31), got ") << column;
    width = std::max(width, column + 1);
  }
  auto type = rankedType(getX());
  Type f32 = Float32Type::get(getContext());
  if (!type) {
    types.push_back(unranked(f32));
    return success();
  }
  if (type.getRank() > 2)
    return emitOpError("expects 'X' of shape [C] or [N, C], got ") << type;
  Shape shape;
  if (type.getRank() == 2)
    shape.push_back(type.getDimSize(0));
  shape.push_back(width);
  types.push_back(ranked(shape, f32));
  return success();
}

} // namespace quern::onnx
