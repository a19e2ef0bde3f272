// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Shapes of tensor products; those of matrices are in WindowRules.cpp.

#include "ShapeRules.h"

#include "llvm/ADT/MapVector.h"

using namespace mlir;

#define GET_OP_CLASSES
#include "quern/Dialect/ONNX/IR/Contraction.cpp.inc"

namespace quern::onnx {

// The sizes of the letters of an equation, and the letters of the result.
LogicalResult EinsumOp::inferResultTypes(Types &types) {
  if (getInputs().empty())
    return emitOpError("expects at least one operand");
  if (failed(checkSameElements(*this, getInputs())))
    return failure();
  Type element = elementOf(getInputs().front());
  std::string text = getEquation().str();
  llvm::erase_if(text, [](char c) { return c == ' '; });
  auto [left, right] = StringRef(text).split("->");
  bool hasResult = StringRef(text).contains("->");
  SmallVector<StringRef> terms;
  left.split(terms, ',');
  if (terms.size() != getInputs().size())
    return emitOpError("expects one term in 'equation' for each of ")
           << getInputs().size() << " operands, got '" << getEquation() << "'";
  // A letter's size; "..." stands for dimensions that are broadcast.
  llvm::SmallMapVector<char, int64_t, 8> sizes;
  llvm::SmallMapVector<char, int64_t, 8> uses;
  constexpr int64_t kUnset = -1;
  Shape ellipsis;
  bool known = true, hasEllipsis = false;
  for (auto [term, input] : llvm::zip(terms, getInputs())) {
    auto [before, after] = term.split("...");
    bool dots = term.contains("...");
    hasEllipsis |= dots;
    for (char c : before.str() + after.str()) {
      if (!isalpha(static_cast<unsigned char>(c)))
        return emitOpError("expects letters and one '...' in a term of 'equation', got '") << term << "'";
      sizes.insert({c, kUnset});
      ++uses[c];
    }
    auto type = rankedType(input);
    if (!type) {
      known &= !dots;
      continue;
    }
    int64_t letters = before.size() + after.size();
    if (dots ? type.getRank() < letters : type.getRank() != letters)
      return emitOpError("expects an operand of rank ")
             << letters << " for '" << term << "', got rank " << type.getRank();
    auto merge = [&](char c, int64_t size) -> LogicalResult {
      int64_t &have = sizes[c];
      if (size == have || (have != kUnset && (size == 1 || (ShapedType::isDynamic(size) && have != 1))))
        return success();
      if (have > 1 || have == 0)
        return emitOpError("expects sizes of '") << Twine(c) << "' that agree, got " << have << " and " << size;
      have = size;
      return success();
    };
    for (auto [i, c] : llvm::enumerate(before))
      if (failed(merge(c, type.getDimSize(i))))
        return failure();
    for (auto [i, c] : llvm::enumerate(after))
      if (failed(merge(c, type.getDimSize(type.getRank() - after.size() + i))))
        return failure();
    if (dots) {
      FailureOr<Shape> next =
          broadcast(*this, ellipsis, type.getShape().drop_front(before.size()).drop_back(after.size()));
      if (failed(next))
        return failure();
      ellipsis = *next;
    }
  }
  // Without "->": the letters that appear once, in the order of the alphabet.
  std::string implicit = hasEllipsis ? "..." : "";
  if (!hasResult) {
    for (char c = 'A'; c <= 'z'; ++c)
      if (uses.lookup(c) == 1)
        implicit += c;
    right = implicit;
  }
  Shape shape;
  while (!right.empty()) {
    if (right.consume_front("...")) {
      if (!known) {
        types.push_back(unranked(element));
        return success();
      }
      llvm::append_range(shape, ellipsis);
      continue;
    }
    auto *found = sizes.find(right.front());
    if (found == sizes.end())
      return emitOpError("expects letters of operands in the result of 'equation', got '") << getEquation() << "'";
    shape.push_back(found->second == kUnset ? kDynamic : found->second);
    right = right.drop_front();
  }
  types.push_back(ranked(shape, element));
  return success();
}

LogicalResult DetOp::inferResultTypes(Types &types) {
  if (failed(checkMinRank(*this, getX(), 2, "X")))
    return failure();
  auto type = rankedType(getX());
  if (!type)
    return inferSameType(*this, types);
  if (failed(mergeSizes(*this, type.getShape().back(), type.getDimSize(type.getRank() - 2), "rows and columns")))
    return failure();
  types.push_back(ranked(type.getShape().drop_back(2), type.getElementType()));
  return success();
}

} // namespace quern::onnx
