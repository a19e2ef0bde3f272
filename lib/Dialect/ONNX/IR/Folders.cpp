// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Folders: the arithmetic of shapes, which is evaluated by ShapeValue.cpp; the
// few float scalars that Resize's sizes are computed with; and ops that give
// back an operand. Everything else is folded by running it (onnx-fold-constants).

#include "ShapeRules.h"

#include "quern/Support/Constants.h"

#include <cmath>

using namespace mlir;

namespace quern::onnx {

// Larger constants than these are not shape arithmetic.
static constexpr int64_t kMaxFolded = 1024;
static constexpr int64_t kMaxFoldedFloats = 16;

//===--- Results that are known -------------------------------------------===//

static RankedTensorType smallResult(Operation *op, int64_t limit) {
  auto type = dyn_cast<RankedTensorType>(op->getResult(0).getType());
  if (!type || !type.hasStaticShape() || type.getRank() > 2)
    return {};
  int64_t count = 1;
  for (int64_t size : type.getShape())
    if (size > limit || (count *= size) > limit)
      return {};
  return type;
}

// A constant where every element of the result is a known integer.
static OpFoldResult foldKnown(Operation *op) {
  RankedTensorType type = smallResult(op, kMaxFolded);
  if (!type || !isa<IntegerType>(type.getElementType()))
    return {};
  std::optional<SmallVector<int64_t>> values = getKnownIntegers(op->getResult(0));
  if (!values || static_cast<int64_t>(values->size()) != type.getNumElements())
    return {};
  return getIntegerConstant(type, *values);
}

static bool isShapeFloat(Type element) { return element.isF32() || element.isF64(); }

// Elementwise on constants of few floats; all but one hold one element or all have one size. Doubles round to the
// exact f32 results of these operations.
static OpFoldResult foldFloats(Operation *op, ArrayRef<Attribute> operands,
                               function_ref<double(ArrayRef<double>)> combine) {
  RankedTensorType type = smallResult(op, kMaxFoldedFloats);
  if (!type || !isShapeFloat(type.getElementType()) || type.getRank() > 1)
    return {};
  size_t count = type.getNumElements();
  SmallVector<SmallVector<double>> inputs;
  for (Attribute operand : operands) {
    auto elements = dyn_cast_or_null<ElementsAttr>(operand);
    if (!elements || elements.getShapedType().getRank() > 1)
      return {};
    std::optional<SmallVector<double>> values = getFloats(elements);
    if (!values || (values->size() != 1 && values->size() != count))
      return {};
    inputs.push_back(std::move(*values));
  }
  SmallVector<double> results;
  for (size_t i = 0; i < count; ++i) {
    SmallVector<double, 2> values;
    for (auto &input : inputs)
      values.push_back(input[input.size() == 1 ? 0 : i]);
    double result = combine(values);
    if (!std::isfinite(result))
      return {};
    results.push_back(result);
  }
  return getFloatConstant(type, results);
}

static OpFoldResult firstOf(OpFoldResult a, function_ref<OpFoldResult()> b) { return a ? a : b(); }

// Every element of the constant is this number.
static bool isSplatOf(Attribute attr, double number) {
  auto dense = dyn_cast_or_null<DenseElementsAttr>(attr);
  if (!dense || !dense.isSplat())
    return false;
  auto scalar = getFloats(dense.resizeSplat(RankedTensorType::get({}, dense.getElementType())));
  return scalar && scalar->front() == number && !std::signbit(scalar->front());
}

// The operand, if the other one is neutral and the result has its type.
static OpFoldResult foldNeutral(Operation *op, Attribute other, double neutral, unsigned kept = 0) {
  if (op->getOperand(kept).getType() == op->getResult(0).getType() && isSplatOf(other, neutral))
    return op->getOperand(kept);
  return {};
}

//===--- Elementwise ------------------------------------------------------===//

OpFoldResult AddOp::fold(FoldAdaptor adaptor) {
  // Not for floats: -0 + 0 is 0.
  if (isa<IntegerType>(elementOf(getA()))) {
    if (OpFoldResult same = foldNeutral(*this, adaptor.getB(), 0))
      return same;
    if (OpFoldResult same = foldNeutral(*this, adaptor.getA(), 0, /*kept=*/1))
      return same;
  }
  return firstOf(foldKnown(*this), [&] {
    return foldFloats(*this, adaptor.getOperands(), [](ArrayRef<double> x) { return x[0] + x[1]; });
  });
}

OpFoldResult SubOp::fold(FoldAdaptor adaptor) {
  if (OpFoldResult same = foldNeutral(*this, adaptor.getB(), 0))
    return same;
  return firstOf(foldKnown(*this), [&] {
    return foldFloats(*this, adaptor.getOperands(), [](ArrayRef<double> x) { return x[0] - x[1]; });
  });
}

OpFoldResult MulOp::fold(FoldAdaptor adaptor) {
  if (OpFoldResult same = foldNeutral(*this, adaptor.getB(), 1))
    return same;
  if (OpFoldResult same = foldNeutral(*this, adaptor.getA(), 1, /*kept=*/1))
    return same;
  return firstOf(foldKnown(*this), [&] {
    return foldFloats(*this, adaptor.getOperands(), [](ArrayRef<double> x) { return x[0] * x[1]; });
  });
}

OpFoldResult DivOp::fold(FoldAdaptor adaptor) {
  if (OpFoldResult same = foldNeutral(*this, adaptor.getB(), 1))
    return same;
  return firstOf(foldKnown(*this), [&] {
    return foldFloats(*this, adaptor.getOperands(), [](ArrayRef<double> x) { return x[0] / x[1]; });
  });
}

OpFoldResult ModOp::fold(FoldAdaptor) { return foldKnown(*this); }
OpFoldResult NegOp::fold(FoldAdaptor) { return foldKnown(*this); }
OpFoldResult AbsOp::fold(FoldAdaptor) { return foldKnown(*this); }

OpFoldResult SqrtOp::fold(FoldAdaptor adaptor) {
  return foldFloats(*this, adaptor.getOperands(), [](ArrayRef<double> x) { return std::sqrt(x[0]); });
}
OpFoldResult FloorOp::fold(FoldAdaptor adaptor) {
  return foldFloats(*this, adaptor.getOperands(), [](ArrayRef<double> x) { return std::floor(x[0]); });
}
OpFoldResult CeilOp::fold(FoldAdaptor adaptor) {
  return foldFloats(*this, adaptor.getOperands(), [](ArrayRef<double> x) { return std::ceil(x[0]); });
}
OpFoldResult RoundOp::fold(FoldAdaptor adaptor) {
  return foldFloats(*this, adaptor.getOperands(), [](ArrayRef<double> x) { return std::nearbyint(x[0]); });
}

// Of one operand: itself.
static OpFoldResult foldVariadic(Operation *op) {
  if (op->getNumOperands() == 1 && op->getOperand(0).getType() == op->getResult(0).getType())
    return op->getOperand(0);
  return foldKnown(op);
}
OpFoldResult MaxOp::fold(FoldAdaptor) { return foldVariadic(*this); }
OpFoldResult MinOp::fold(FoldAdaptor) { return foldVariadic(*this); }
OpFoldResult SumOp::fold(FoldAdaptor) { return foldVariadic(*this); }
OpFoldResult MeanOp::fold(FoldAdaptor) { return foldVariadic(*this); }

OpFoldResult ClipOp::fold(FoldAdaptor) {
  bool unlimited = !getMin() && !getMax() && getInput().getType() == getOutput().getType();
  return unlimited ? OpFoldResult(getInput()) : OpFoldResult();
}

OpFoldResult AndOp::fold(FoldAdaptor) { return foldKnown(*this); }
OpFoldResult OrOp::fold(FoldAdaptor) { return foldKnown(*this); }
OpFoldResult XorOp::fold(FoldAdaptor) { return foldKnown(*this); }
OpFoldResult NotOp::fold(FoldAdaptor) { return foldKnown(*this); }
OpFoldResult EqualOp::fold(FoldAdaptor) { return foldKnown(*this); }
OpFoldResult LessOp::fold(FoldAdaptor) { return foldKnown(*this); }
OpFoldResult LessOrEqualOp::fold(FoldAdaptor) { return foldKnown(*this); }
OpFoldResult GreaterOp::fold(FoldAdaptor) { return foldKnown(*this); }
OpFoldResult GreaterOrEqualOp::fold(FoldAdaptor) { return foldKnown(*this); }

OpFoldResult WhereOp::fold(FoldAdaptor adaptor) {
  for (auto [value, truth] : {std::pair(getX(), 1), {getY(), 0}})
    if (value.getType() == getOutput().getType() && isSplatOf(adaptor.getCondition(), truth))
      return value;
  return foldKnown(*this);
}

//===--- Reductions of shapes ---------------------------------------------===//

OpFoldResult ReduceSumOp::fold(FoldAdaptor) { return foldKnown(*this); }
OpFoldResult ReduceProdOp::fold(FoldAdaptor) { return foldKnown(*this); }
OpFoldResult ReduceMaxOp::fold(FoldAdaptor) { return foldKnown(*this); }
OpFoldResult ReduceMinOp::fold(FoldAdaptor) { return foldKnown(*this); }

//===--- Sizes, constants, types ------------------------------------------===//

OpFoldResult ConstantOp::fold(FoldAdaptor) { return getValue(); }
OpFoldResult ShapeOp::fold(FoldAdaptor) { return foldKnown(*this); }
OpFoldResult SizeOp::fold(FoldAdaptor) { return foldKnown(*this); }
OpFoldResult RangeOp::fold(FoldAdaptor) { return foldKnown(*this); }

OpFoldResult ConstantOfShapeOp::fold(FoldAdaptor) {
  if (OpFoldResult known = foldKnown(*this))
    return known;
  RankedTensorType type = smallResult(*this, kMaxFoldedFloats);
  if (!type || !isShapeFloat(type.getElementType()))
    return {};
  auto value = getFloats(getValueAttr());
  return getFloatConstant(type, value ? value->front() : 0.0);
}

OpFoldResult IdentityOp::fold(FoldAdaptor) {
  return getInput().getType() == getOutput().getType() ? OpFoldResult(getInput()) : OpFoldResult();
}

OpFoldResult CastOp::fold(FoldAdaptor adaptor) {
  if (getInput().getType() == getOutput().getType())
    return getInput();
  if (OpFoldResult known = foldKnown(*this))
    return known;
  RankedTensorType type = smallResult(*this, kMaxFoldedFloats);
  auto input = dyn_cast_or_null<ElementsAttr>(adaptor.getInput());
  if (!type || !input)
    return {};
  std::optional<SmallVector<double>> values = getFloats(input);
  if (!values)
    return {};
  if (isShapeFloat(type.getElementType()))
    return getFloatConstant(type, *values);
  // Truncated, where that is defined.
  auto integer = dyn_cast<IntegerType>(type.getElementType());
  if (!integer || integer.getWidth() < 32 || integer.isUnsigned())
    return {};
  SmallVector<int64_t> results;
  for (double value : *values) {
    if (!(std::fabs(value) < (integer.getWidth() == 32 ? 2147483648.0 : 9007199254740992.0)))
      return {};
    results.push_back(static_cast<int64_t>(value));
  }
  return getIntegerConstant(type, results);
}

//===--- Views ------------------------------------------------------------===//

// A small dense constant in the result's shape.
static OpFoldResult foldView(Operation *op, Attribute data) {
  RankedTensorType type = smallResult(op, kMaxFolded);
  auto dense = dyn_cast_or_null<DenseElementsAttr>(data);
  if (type && dense && dense.getNumElements() == type.getNumElements() &&
      dense.getElementType() == type.getElementType())
    return dense.reshape(type);
  return foldKnown(op);
}

// Both have the same shape, though sizes may be dynamic: all the same, or all but one with none zero.
static bool isSameShape(Value data, Value result) {
  auto type = rankedType(data);
  return type && data.getType() == result.getType() && type.getNumDynamicDims() <= 1 &&
         (type.hasStaticShape() || !llvm::is_contained(type.getShape(), 0));
}

OpFoldResult ReshapeOp::fold(FoldAdaptor adaptor) {
  if (isSameShape(getData(), getReshaped()))
    return getData();
  // Each size is that of the same dimension; one may be -1.
  auto type = rankedType(getData());
  auto sizes = type && getData().getType() == getReshaped().getType() ? getKnownShapeValue(getShape()) : std::nullopt;
  if (sizes && static_cast<int64_t>(sizes->size()) == type.getRank()) {
    int64_t inferred = 0, others = 0;
    for (auto [i, size] : llvm::enumerate(*sizes)) {
      bool kept = size.isNumber(0) && !getAllowzero();
      if (size.isNumber(-1))
        ++inferred;
      else
        others += !kept && !size.isSame(ShapeElement::getDim(getData(), i));
    }
    if (others == 0 && inferred <= 1)
      return getData();
  }
  return foldView(*this, adaptor.getData());
}

OpFoldResult SqueezeOp::fold(FoldAdaptor adaptor) {
  if (getData().getType() == getSqueezed().getType() && isa<RankedTensorType>(getData().getType()))
    return getData();
  return foldView(*this, adaptor.getData());
}

OpFoldResult UnsqueezeOp::fold(FoldAdaptor adaptor) {
  if (getData().getType() == getExpanded().getType() && isa<RankedTensorType>(getData().getType()))
    return getData();
  return foldView(*this, adaptor.getData());
}

OpFoldResult TransposeOp::fold(FoldAdaptor) {
  if (getData().getType() != getTransposed().getType() || !rankedType(getData()))
    return {};
  return llvm::is_sorted(getPermutation()) ? OpFoldResult(getData()) : OpFoldResult();
}

//===--- Parts and wholes -------------------------------------------------===//

OpFoldResult ConcatOp::fold(FoldAdaptor adaptor) {
  if (getInputs().size() == 1 && getInputs().front().getType() == getConcatResult().getType())
    return getInputs().front();
  if (OpFoldResult known = foldKnown(*this))
    return known;
  RankedTensorType type = smallResult(*this, kMaxFoldedFloats);
  if (!type || type.getRank() != 1 || !isShapeFloat(type.getElementType()))
    return {};
  SmallVector<double> all;
  for (Attribute input : adaptor.getInputs()) {
    std::optional<SmallVector<double>> values = getFloats(input);
    if (!values)
      return {};
    llvm::append_range(all, *values);
  }
  if (static_cast<int64_t>(all.size()) != type.getNumElements())
    return {};
  return getFloatConstant(type, all);
}

OpFoldResult GatherOp::fold(FoldAdaptor) { return foldKnown(*this); }

OpFoldResult SliceOp::fold(FoldAdaptor) {
  auto type = rankedType(getData());
  if (type && getData().getType() == getOutput().getType()) {
    // Whole: nothing is left out going forwards.
    std::optional<SmallVector<int64_t>> steps = SmallVector<int64_t>();
    if (getSteps())
      steps = getKnownIntegers(getSteps());
    bool forwards = steps && llvm::all_of(*steps, [](int64_t step) { return step > 0; });
    if (forwards && type.hasStaticShape())
      return getData();
    auto starts = getKnownIntegers(getStarts()), ends = getKnownIntegers(getEnds());
    if (forwards && starts && ends && llvm::all_of(*steps, [](int64_t step) { return step == 1; }) &&
        llvm::all_of(*starts, [](int64_t start) { return start == 0; }) &&
        llvm::all_of(*ends, [](int64_t end) { return end == INT64_MAX; }))
      return getData();
  }
  return foldKnown(*this);
}

OpFoldResult PadOp::fold(FoldAdaptor) {
  auto pads = getKnownIntegers(getPads());
  bool none = pads && llvm::all_of(*pads, [](int64_t pad) { return pad == 0; });
  return none && getData().getType() == getOutput().getType() ? OpFoldResult(getData()) : OpFoldResult();
}

OpFoldResult ExpandOp::fold(FoldAdaptor) {
  auto type = rankedType(getInput());
  if (type && getInput().getType() == getOutput().getType()) {
    if (type.hasStaticShape())
      return getInput();
    auto sizes = getKnownShapeValue(getShape());
    int64_t extra = sizes ? type.getRank() - static_cast<int64_t>(sizes->size()) : -1;
    if (extra >= 0 && llvm::all_of(llvm::enumerate(*sizes), [&](auto size) {
          return size.value().isNumber(1) ||
                 size.value().isSame(ShapeElement::getDim(getInput(), extra + size.index()));
        }))
      return getInput();
  }
  return foldKnown(*this);
}

OpFoldResult TileOp::fold(FoldAdaptor) {
  auto repeats = getKnownIntegers(getRepeats());
  bool once = repeats && llvm::all_of(*repeats, [](int64_t count) { return count == 1; });
  return once && getInput().getType() == getOutput().getType() ? OpFoldResult(getInput()) : OpFoldResult();
}

} // namespace quern::onnx
