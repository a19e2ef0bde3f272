// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Size arithmetic that folds, and the analysis of equal sizes.

#include "SizeForm.h"

#include "quern/Dialect/ONNX/IR/ONNX.h"
#include "quern/Dialect/Quern/IR/Quern.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace quern::lowering {

Size size(Builder &b, int64_t value) { return b.getIndexAttr(value); }

Sizes sizes(Builder &b, ArrayRef<int64_t> values) {
  return llvm::map_to_vector(values, [&](int64_t value) { return size(b, value); });
}

std::optional<int64_t> known(Size size) { return getConstantIntValue(size); }

bool isKnown(Size size, int64_t value) { return known(size) == value; }

Value asValue(Builder &b, Size size) {
  if (auto value = dyn_cast<Value>(size))
    return value;
  return arith::ConstantIndexOp::create(b, *known(size));
}

SmallVector<Value> asValues(Builder &b, ArrayRef<Size> sizes) {
  return llvm::map_to_vector(sizes, [&](Size size) { return asValue(b, size); });
}

//===--- Arithmetic -------------------------------------------------------===//

/// The normal form where there is one, else the op.
template <typename Op>
static Size normal(Builder &b, const std::optional<SizeForm> &form, Size lhs, Size rhs) {
  if (form && form->terms.size() <= 4)
    return form->build(b);
  return Op::create(b, asValue(b, lhs), asValue(b, rhs)).getResult();
}

Size add(Builder &b, Size lhs, Size rhs) {
  if (isKnown(lhs, 0))
    return rhs;
  if (isKnown(rhs, 0))
    return lhs;
  return normal<arith::AddIOp>(b, SizeForm::of(lhs).plus(SizeForm::of(rhs)), lhs, rhs);
}

Size sub(Builder &b, Size lhs, Size rhs) {
  if (isKnown(rhs, 0))
    return lhs;
  return normal<arith::SubIOp>(b, SizeForm::of(lhs).plus(SizeForm::of(rhs), -1), lhs, rhs);
}

Size mul(Builder &b, Size lhs, Size rhs) {
  if (isKnown(lhs, 1))
    return rhs;
  if (isKnown(rhs, 1))
    return lhs;
  if (isKnown(lhs, 0) || isKnown(rhs, 0))
    return size(b, 0);
  // A product of a sum stays one, so that its factors can be found again.
  if (known(lhs))
    std::swap(lhs, rhs);
  std::optional<SizeForm> form;
  if (auto factor = known(rhs))
    if (SizeForm whole = SizeForm::of(lhs); whole.terms.size() + (whole.constant != 0) == 1)
      form = whole.times(*factor);
  return normal<arith::MulIOp>(b, form, lhs, rhs);
}

Size floorDiv(Builder &b, Size lhs, Size rhs) {
  auto divisor = known(rhs);
  std::optional<SizeForm> form;
  if (divisor && *divisor > 0)
    form = SizeForm::of(lhs).over(b, *divisor);
  else if (auto dividend = known(lhs); dividend && divisor && *divisor < -1)
    form = SizeForm::ofNumber(llvm::divideFloorSigned(*dividend, *divisor));
  return normal<arith::FloorDivSIOp>(b, form, lhs, rhs);
}

Size ceilDiv(Builder &b, Size lhs, Size rhs) {
  auto divisor = known(rhs);
  std::optional<SizeForm> form;
  if (divisor && *divisor > 0) {
    form = SizeForm::of(lhs).plus(SizeForm::ofNumber(*divisor - 1));
    form = form ? form->over(b, *divisor) : form;
  } else if (auto dividend = known(lhs); dividend && divisor && *divisor < -1) {
    form = SizeForm::ofNumber(llvm::divideCeilSigned(*dividend, *divisor));
  }
  return normal<arith::CeilDivSIOp>(b, form, lhs, rhs);
}

/// lhs - rhs, where that is a number.
static std::optional<int64_t> difference(Size lhs, Size rhs) {
  auto form = SizeForm::of(lhs).plus(SizeForm::of(rhs), -1);
  return form ? form->asNumber() : std::nullopt;
}

Size min(Builder &b, Size lhs, Size rhs) {
  if (auto distance = difference(lhs, rhs))
    return *distance <= 0 ? lhs : rhs;
  return arith::MinSIOp::create(b, asValue(b, lhs), asValue(b, rhs)).getResult();
}

Size max(Builder &b, Size lhs, Size rhs) {
  if (auto distance = difference(lhs, rhs))
    return *distance >= 0 ? lhs : rhs;
  if (auto floor = known(rhs); floor && *floor <= 0) {
    SizeForm form = SizeForm::of(lhs);
    if (form.isNonNegative())
      return lhs;
    // max(max(x, 0) - n, 0) = max(x - n, 0)
    if (*floor == 0 && form.constant < 0 && form.terms.size() == 1 && form.terms.front().second == 1)
      if (auto inner = form.terms.front().first.getDefiningOp<arith::MaxSIOp>();
          inner && getConstantIntValue(inner.getRhs()) == 0)
        lhs = add(b, inner.getLhs(), size(b, form.constant));
  }
  return arith::MaxSIOp::create(b, asValue(b, lhs), asValue(b, rhs)).getResult();
}

Size product(Builder &b, ArrayRef<Size> sizes) {
  Size result = size(b, 1);
  for (Size factor : sizes)
    result = mul(b, result, factor);
  return result;
}

static Size select(Builder &b, arith::CmpIPredicate predicate, Size lhs, Size rhs, Size ifTrue, Size ifFalse) {
  Value condition = arith::CmpIOp::create(b, predicate, asValue(b, lhs), asValue(b, rhs));
  return arith::SelectOp::create(b, condition, asValue(b, ifTrue), asValue(b, ifFalse)).getResult();
}

Size selectEqual(Builder &b, Size lhs, Size rhs, Size ifEqual, Size otherwise) {
  auto distance = difference(lhs, rhs);
  if (distance)
    return *distance == 0 ? ifEqual : otherwise;
  if (same(ifEqual, otherwise))
    return ifEqual;
  return select(b, arith::CmpIPredicate::eq, lhs, rhs, ifEqual, otherwise);
}

Size selectNegative(Builder &b, Size value, Size ifNegative, Size otherwise) {
  if (auto number = known(value))
    return *number < 0 ? ifNegative : otherwise;
  if (isNonNegative(value) || same(ifNegative, otherwise))
    return otherwise;
  return select(b, arith::CmpIPredicate::slt, value, size(b, 0), ifNegative, otherwise);
}

//===--- Shapes -----------------------------------------------------------===//

Size toSize(Builder &b, Value scalar, bool isUnsigned) {
  if (auto number = getConstantIntValue(scalar))
    return size(b, *number);
  if (scalar.getType().isIndex())
    return scalar;
  if (auto cast = scalar.getDefiningOp<arith::IndexCastOp>())
    return toSize(b, cast.getIn(), false);
  if (isUnsigned)
    return arith::IndexCastUIOp::create(b, b.getIndexType(), scalar).getResult();
  return arith::IndexCastOp::create(b, b.getIndexType(), scalar).getResult();
}

Size dimOf(Builder &b, Value tensor, int64_t dim) {
  while (true) {
    auto type = cast<RankedTensorType>(tensor.getType());
    if (!type.isDynamicDim(dim))
      return size(b, type.getDimSize(dim));
    Operation *op = tensor.getDefiningOp();
    if (!op)
      break;
    if (auto dps = dyn_cast<DestinationStyleOpInterface>(op)) {
      tensor = dps.getTiedOpOperand(cast<OpResult>(tensor))->get();
      continue;
    }
    if (auto empty = dyn_cast<tensor::EmptyOp>(op))
      return empty.getMixedSizes()[dim];
    if (auto expand = dyn_cast<tensor::ExpandShapeOp>(op))
      return expand.getMixedOutputShape()[dim];
    if (auto slice = dyn_cast<tensor::ExtractSliceOp>(op); slice && slice.getSourceType().getRank() == type.getRank())
      return slice.getMixedSizes()[dim];
    if (auto insert = dyn_cast<tensor::InsertSliceOp>(op)) {
      tensor = insert.getDest();
      continue;
    }
    if (auto cast = dyn_cast<tensor::CastOp>(op)) {
      tensor = cast.getSource();
      continue;
    }
    if (auto pad = dyn_cast<tensor::PadOp>(op)) {
      Size inner = dimOf(b, pad.getSource(), dim);
      return add(b, add(b, pad.getMixedLowPad()[dim], inner), pad.getMixedHighPad()[dim]);
    }
    if (auto collapse = dyn_cast<tensor::CollapseShapeOp>(op)) {
      Size result = size(b, 1);
      SmallVector<ReassociationIndices> groups = collapse.getReassociationIndices();
      for (int64_t inner : groups[dim])
        result = mul(b, result, dimOf(b, collapse.getSrc(), inner));
      return result;
    }
    if (auto concat = dyn_cast<tensor::ConcatOp>(op)) {
      if (static_cast<int64_t>(concat.getDim()) != dim) {
        tensor = concat.getInputs().front();
        continue;
      }
      Size result = size(b, 0);
      for (Value input : concat.getInputs())
        result = add(b, result, dimOf(b, input, dim));
      return result;
    }
    if (auto reshape = dyn_cast<tensor::ReshapeOp>(op))
      if (auto shape = reshape.getShape().getDefiningOp<tensor::FromElementsOp>())
        return toSize(b, shape.getElements()[dim], false);
    break;
  }
  return tensor::DimOp::create(b, tensor, dim).getResult();
}

Sizes shapeOf(Builder &b, Value tensor) {
  Sizes result;
  for (int64_t dim : llvm::seq(cast<RankedTensorType>(tensor.getType()).getRank()))
    result.push_back(dimOf(b, tensor, dim));
  return result;
}

//===--- Products ---------------------------------------------------------===//

/// A size as a number times sizes that only the run knows.
struct Factors {
  int64_t number = 1;
  SmallVector<Value> values;

  void multiply(Size size) {
    if (auto constant = known(size)) {
      number *= *constant;
      return;
    }
    Value value = cast<Value>(size);
    if (auto product = value.getDefiningOp<arith::MulIOp>()) {
      multiply(product.getLhs());
      multiply(product.getRhs());
      return;
    }
    values.push_back(value);
  }

  /// Drops the sizes that both have.
  static void cancel(Factors &lhs, Factors &rhs) {
    for (auto it = lhs.values.begin(); it != lhs.values.end();) {
      auto other = llvm::find_if(rhs.values, [&](Value value) { return same(*it, value); });
      if (other == rhs.values.end()) {
        ++it;
        continue;
      }
      rhs.values.erase(other);
      it = lhs.values.erase(it);
    }
  }
};

static Factors factorsOf(ArrayRef<Size> sizes) {
  Factors factors;
  for (Size size : sizes)
    factors.multiply(size);
  return factors;
}

bool sameProduct(ArrayRef<Size> lhs, ArrayRef<Size> rhs) {
  Factors l = factorsOf(lhs), r = factorsOf(rhs);
  Factors::cancel(l, r);
  return l.values.empty() && r.values.empty() && l.number == r.number;
}

Size quotient(Builder &b, ArrayRef<Size> total, ArrayRef<Size> divisors, StringRef message) {
  Factors t = factorsOf(total), d = factorsOf(divisors);
  Factors::cancel(t, d);
  if (d.values.empty() && d.number != 0 && t.number % d.number == 0) {
    Size result = size(b, t.number / d.number);
    for (Value value : t.values)
      result = mul(b, result, value);
    return result;
  }
  Size whole = product(b, total), divisor = product(b, divisors);
  Size result = floorDiv(b, whole, max(b, divisor, size(b, 1)));
  checkEqual(b, mul(b, result, divisor), whole, message);
  return result;
}

std::optional<SmallVector<std::pair<int64_t, int64_t>>> groupEqualProducts(ArrayRef<Size> from, ArrayRef<Size> to) {
  SmallVector<std::pair<int64_t, int64_t>> groups;
  size_t i = 0, j = 0;
  while (i < from.size() || j < to.size()) {
    size_t firstFrom = i, firstTo = j;
    if (i < from.size())
      ++i;
    if (j < to.size())
      ++j;
    while (!sameProduct(from.slice(firstFrom, i - firstFrom), to.slice(firstTo, j - firstTo))) {
      Factors l = factorsOf(from.slice(firstFrom, i - firstFrom)), r = factorsOf(to.slice(firstTo, j - firstTo));
      Factors::cancel(l, r);
      bool growFrom = !r.values.empty() || (l.values.empty() && l.number < r.number);
      if (growFrom ? i == from.size() : j == to.size())
        return std::nullopt;
      ++(growFrom ? i : j);
    }
    if (i == firstFrom || j == firstTo) {
      // Ones left over belong to the group before.
      if (groups.empty())
        return std::nullopt;
      groups.back().first += i - firstFrom;
      groups.back().second += j - firstTo;
      continue;
    }
    groups.emplace_back(i - firstFrom, j - firstTo);
  }
  return groups;
}

void checkSize(Builder &b, Size &extent) {
  if (isNonNegative(extent))
    return;
  Value zero = asValue(b, size(b, 0));
  check(b, arith::CmpIOp::create(b, arith::CmpIPredicate::sge, asValue(b, extent), zero), "a size is negative");
  extent = max(b, extent, zero);
}

Sizes refine(Builder &b, ArrayRef<Size> shape, RankedTensorType type) {
  Sizes result(shape);
  for (auto [dim, extent] : llvm::enumerate(type.getShape()))
    if (!ShapedType::isDynamic(extent)) {
      checkEqual(b, result[dim], size(b, extent), "a size is not the one that the model declares");
      result[dim] = size(b, extent);
    }
  return result;
}

SmallVector<int64_t> staticShape(ArrayRef<Size> shape) {
  return llvm::map_to_vector(shape, [](Size size) { return known(size).value_or(ShapedType::kDynamic); });
}

//===--- Small tensors as scalars -----------------------------------------===//

/// Larger ones are data, not shapes.
static constexpr int64_t kMaxScalars = 64;

static Value seeThroughCasts(Value value) {
  while (auto cast = value.getDefiningOp<UnrealizedConversionCastOp>()) {
    if (cast.getNumOperands() != 1)
      break;
    value = cast.getOperand(0);
  }
  return value;
}

static bool isSmall(RankedTensorType type) {
  return type && type.getRank() <= 1 && type.hasStaticShape() && type.getNumElements() <= kMaxScalars &&
         type.getElementType().isIntOrIndexOrFloat();
}

bool hasKnownScalars(Value tensor) {
  if (!isSmall(dyn_cast<RankedTensorType>(tensor.getType())))
    return false;
  tensor = seeThroughCasts(tensor);
  if (tensor.getDefiningOp<tensor::FromElementsOp>())
    return true;
  DenseElementsAttr constant;
  return matchPattern(tensor, m_Constant(&constant)) && constant;
}

std::optional<SmallVector<Value>> knownScalars(Builder &b, Value tensor) {
  if (!hasKnownScalars(tensor))
    return std::nullopt;
  if (auto elements = tensor.getDefiningOp<tensor::FromElementsOp>())
    return SmallVector<Value>(elements.getElements());
  DenseElementsAttr constant;
  if (!matchPattern(tensor, m_Constant(&constant)))
    return std::nullopt;
  SmallVector<Value> result;
  for (Attribute element : constant.getValues<Attribute>())
    result.push_back(arith::ConstantOp::create(b, cast<TypedAttr>(element)));
  return result;
}

Sizes readSizes(Builder &b, Value tensor, bool isUnsigned) {
  auto type = cast<RankedTensorType>(tensor.getType());
  SmallVector<Value> scalars;
  if (auto elements = knownScalars(b, tensor)) {
    scalars = *elements;
  } else if (type.getRank() == 0) {
    scalars.push_back(tensor::ExtractOp::create(b, tensor, ValueRange()));
  } else {
    for (int64_t i : llvm::seq(type.getDimSize(0)))
      scalars.push_back(tensor::ExtractOp::create(b, tensor, asValue(b, size(b, i))));
  }
  return llvm::map_to_vector(scalars, [&](Value scalar) { return toSize(b, scalar, isUnsigned); });
}

std::optional<SmallVector<int64_t>> constantIntegers(Value tensor) {
  tensor = seeThroughCasts(tensor);
  DenseElementsAttr constant;
  if (matchPattern(tensor, m_Constant(&constant)) && isa<IntegerType>(constant.getElementType())) {
    bool isUnsigned = constant.getElementType().isUnsignedInteger();
    return llvm::map_to_vector(constant.getValues<APInt>(), [&](const APInt &value) {
      return isUnsigned || value.getBitWidth() == 1 ? static_cast<int64_t>(value.getZExtValue()) : value.getSExtValue();
    });
  }
  if (auto elements = tensor.getDefiningOp<tensor::FromElementsOp>()) {
    SmallVector<int64_t> result;
    for (Value element : elements.getElements()) {
      auto number = getConstantIntValue(element);
      if (!number)
        return std::nullopt;
      result.push_back(*number);
    }
    return result;
  }
  return std::nullopt;
}

std::optional<SmallVector<double>> constantFloats(Value tensor) {
  tensor = seeThroughCasts(tensor);
  DenseElementsAttr constant;
  if (!matchPattern(tensor, m_Constant(&constant)) || !isa<FloatType>(constant.getElementType()))
    return std::nullopt;
  return llvm::map_to_vector(constant.getValues<APFloat>(), [](APFloat value) {
    bool losesInfo;
    value.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven, &losesInfo);
    return value.convertToDouble();
  });
}

Value fromScalars(Builder &b, RankedTensorType type, ArrayRef<Value> scalars) {
  SmallVector<Attribute> constants;
  for (Value scalar : scalars) {
    Attribute constant;
    if (!matchPattern(scalar, m_Constant(&constant)))
      return tensor::FromElementsOp::create(b, type, scalars);
    constants.push_back(constant);
  }
  return arith::ConstantOp::create(b, DenseElementsAttr::get(type, constants));
}

//===--- Checks -----------------------------------------------------------===//

void check(Builder &b, Value condition, StringRef message) { CheckOp::create(b, condition, message); }

void checkEqual(Builder &b, Size lhs, Size rhs, StringRef message) {
  if (same(lhs, rhs))
    return;
  check(b, arith::CmpIOp::create(b, arith::CmpIPredicate::eq, asValue(b, lhs), asValue(b, rhs)), message);
}

} // namespace quern::lowering
