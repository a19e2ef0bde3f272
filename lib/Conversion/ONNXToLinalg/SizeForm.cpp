// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "SizeForm.h"

#include "quern/Dialect/ONNX/IR/ONNX.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace quern::lowering {

/// Ops that one question looks at (operands may be shared, so that there are many ways to each), and values that one
/// form has: beyond, a value is taken as it is.
static constexpr int kMaxSteps = 128;
static constexpr size_t kMaxTerms = 8;

static SizeForm formOf(Value value, int &steps);
static std::optional<SizeForm> sum(const SizeForm &lhs, const SizeForm &rhs, int64_t factor, int &steps);
static bool isNonNegativeForm(const SizeForm &form, int &steps);
static bool sameForms(const SizeForm &lhs, const SizeForm &rhs, int &steps);

//===--- Values ---------------------------------------------------------------===//

static Value seeThroughCasts(Value value) {
  while (Operation *op = value.getDefiningOp()) {
    if (!isa<UnrealizedConversionCastOp, arith::IndexCastOp>(op) || op->getNumOperands() != 1)
      break;
    // Not through those that narrow.
    Type type = op->getOperand(0).getType();
    if (isa<arith::IndexCastOp>(op) && !type.isIndex() && !type.isInteger(64))
      break;
    value = op->getOperand(0);
  }
  return value;
}

/// The name that the file gives to dimension `dim` of a function's argument.
static StringRef getDimName(Value tensor, int64_t dim) {
  auto argument = dyn_cast<BlockArgument>(tensor);
  if (!argument)
    return "";
  auto function = dyn_cast<func::FuncOp>(argument.getOwner()->getParentOp());
  if (!function || !argument.getOwner()->isEntryBlock())
    return "";
  auto names = function.getArgAttrOfType<ArrayAttr>(argument.getArgNumber(), onnx::kDimParamsAttr);
  if (!names || dim >= static_cast<int64_t>(names.size()))
    return "";
  auto name = dyn_cast<StringAttr>(names[dim]);
  return name ? name.getValue() : "";
}

static bool sameDims(tensor::DimOp lhs, tensor::DimOp rhs) {
  auto i = lhs.getConstantIndex(), j = rhs.getConstantIndex();
  if (!i || !j)
    return false;
  Value source = seeThroughCasts(lhs.getSource()), other = seeThroughCasts(rhs.getSource());
  if (source == other)
    return *i == *j;
  StringRef name = getDimName(source, *i);
  return !name.empty() && name == getDimName(other, *j);
}

namespace {
/// floor(numerator / divisor).
struct Quotient {
  SizeForm numerator;
  int64_t divisor;
};
} // namespace

static std::optional<Quotient> asQuotient(Value value, int &steps) {
  Operation *op = value.getDefiningOp();
  if (!isa_and_nonnull<arith::FloorDivSIOp, arith::DivSIOp, arith::CeilDivSIOp>(op))
    return std::nullopt;
  auto divisor = getConstantIntValue(op->getOperand(1));
  if (!divisor || *divisor <= 0)
    return std::nullopt;
  SizeForm numerator = formOf(op->getOperand(0), steps);
  if (isa<arith::DivSIOp>(op) && !isNonNegativeForm(numerator, steps))
    return std::nullopt;
  if (isa<arith::CeilDivSIOp>(op)) {
    auto up = sum(numerator, SizeForm::ofNumber(*divisor - 1), 1, steps);
    if (!up)
      return std::nullopt;
    numerator = *up;
  }
  return Quotient{numerator, *divisor};
}

/// The same number in every run, as far as `steps` allow to see.
static bool sameValues(Value lhs, Value rhs, int &steps) {
  lhs = seeThroughCasts(lhs), rhs = seeThroughCasts(rhs);
  if (lhs == rhs)
    return true;
  Operation *l = lhs.getDefiningOp(), *r = rhs.getDefiningOp();
  if (!l || !r || --steps < 0)
    return false;
  if (auto lhsQuotient = asQuotient(lhs, steps))
    if (auto rhsQuotient = asQuotient(rhs, steps))
      return lhsQuotient->divisor == rhsQuotient->divisor &&
             sameForms(lhsQuotient->numerator, rhsQuotient->numerator, steps);
  if (l->getName() != r->getName())
    return false;
  if (auto dim = dyn_cast<tensor::DimOp>(l))
    return sameDims(dim, cast<tensor::DimOp>(r));
  if (!isa<arith::ArithDialect>(l->getDialect()) || l->getNumResults() != 1 || l->getNumOperands() > 3 ||
      l->getAttrDictionary() != r->getAttrDictionary() || lhs.getType() != rhs.getType())
    return false;
  auto equal = [&](unsigned i, unsigned j) {
    Value a = l->getOperand(i), c = r->getOperand(j);
    if (a.getType() != c.getType())
      return false;
    if (a.getType().isIndex() || a.getType().isInteger(64))
      return a == c || sameForms(formOf(a, steps), formOf(c, steps), steps);
    return sameValues(a, c, steps);
  };
  if (llvm::all_of(llvm::seq(l->getNumOperands()), [&](unsigned i) { return equal(i, i); }))
    return true;
  return l->hasTrait<OpTrait::IsCommutative>() && l->getNumOperands() == 2 && equal(0, 1) && equal(1, 0);
}

static bool sameForms(const SizeForm &lhs, const SizeForm &rhs, int &steps) {
  if (lhs.constant != rhs.constant || lhs.terms.size() != rhs.terms.size())
    return false;
  return llvm::all_of(lhs.terms, [&](auto &term) {
    return llvm::any_of(rhs.terms, [&](auto &other) {
      return term.second == other.second && sameValues(term.first, other.first, steps);
    });
  });
}

/// A size that no run makes negative, of one that is no sum.
static bool isNonNegativeValue(Value value, int &steps) {
  value = seeThroughCasts(value);
  Operation *op = value.getDefiningOp();
  if (isa_and_nonnull<tensor::DimOp>(op))
    return true;
  if (--steps < 0)
    return false;
  auto check = [&](Value operand) { return isNonNegativeForm(formOf(operand, steps), steps); };
  if (isa_and_nonnull<arith::MulIOp, arith::MinSIOp>(op))
    return llvm::all_of(op->getOperands(), check);
  if (isa_and_nonnull<arith::MaxSIOp>(op))
    return llvm::any_of(op->getOperands(), check);
  if (auto select = dyn_cast_or_null<arith::SelectOp>(op))
    return check(select.getTrueValue()) && check(select.getFalseValue());
  auto quotient = asQuotient(value, steps);
  return quotient && isNonNegativeForm(quotient->numerator, steps);
}

static bool isNonNegativeForm(const SizeForm &form, int &steps) {
  return form.constant >= 0 &&
         llvm::all_of(form.terms, [&](auto &term) { return term.second > 0 && isNonNegativeValue(term.first, steps); });
}

//===--- Forms ----------------------------------------------------------------===//

SizeForm SizeForm::ofNumber(int64_t number) {
  SizeForm form;
  form.constant = number;
  return form;
}

static SizeForm formOf(Value value, int &steps) {
  SizeForm self;
  self.terms.emplace_back(value, 1);
  if (auto number = getConstantIntValue(value))
    return SizeForm::ofNumber(*number);
  Value inner = seeThroughCasts(value);
  Operation *op = inner.getDefiningOp();
  if (auto number = getConstantIntValue(inner))
    return SizeForm::ofNumber(*number);
  if (!isa_and_nonnull<arith::AddIOp, arith::SubIOp, arith::MulIOp>(op) || --steps < 0)
    return self;
  SizeForm lhs = formOf(op->getOperand(0), steps), rhs = formOf(op->getOperand(1), steps);
  std::optional<SizeForm> result;
  if (!isa<arith::MulIOp>(op))
    result = sum(lhs, rhs, isa<arith::SubIOp>(op) ? -1 : 1, steps);
  else if (auto factor = rhs.asNumber())
    result = sum(SizeForm(), lhs, *factor, steps);
  else if (auto factor = lhs.asNumber())
    result = sum(SizeForm(), rhs, *factor, steps);
  return result && result->terms.size() <= kMaxTerms ? *result : self;
}

SizeForm SizeForm::of(Size size) {
  if (auto number = known(size))
    return ofNumber(*number);
  int steps = kMaxSteps;
  return formOf(cast<Value>(size), steps);
}

static std::optional<SizeForm> sum(const SizeForm &lhs, const SizeForm &other, int64_t factor, int &steps) {
  SizeForm result(lhs);
  int64_t scaled;
  if (llvm::MulOverflow(other.constant, factor, scaled) || llvm::AddOverflow(result.constant, scaled, result.constant))
    return std::nullopt;
  for (auto [value, count] : other.terms) {
    if (llvm::MulOverflow(count, factor, scaled))
      return std::nullopt;
    auto term =
        llvm::find_if(result.terms, [&, value = value](auto &term) { return sameValues(term.first, value, steps); });
    if (term == result.terms.end())
      result.terms.emplace_back(value, scaled);
    else if (llvm::AddOverflow(term->second, scaled, term->second))
      return std::nullopt;
  }
  llvm::erase_if(result.terms, [](auto &term) { return term.second == 0; });
  return result;
}

std::optional<SizeForm> SizeForm::plus(const SizeForm &other, int64_t factor) const {
  int steps = kMaxSteps;
  return sum(*this, other, factor, steps);
}

std::optional<SizeForm> SizeForm::over(Builder &b, int64_t divisor) const {
  int steps = kMaxSteps;
  if (divisor == 1)
    return *this;
  // floor((floor(n / d) + rest) / divisor) = floor((n + d * rest) / (d * divisor))
  for (auto [i, term] : llvm::enumerate(terms)) {
    auto inner = term.second == 1 ? asQuotient(seeThroughCasts(term.first), steps) : std::nullopt;
    if (!inner)
      continue;
    SizeForm rest(*this);
    rest.terms.erase(rest.terms.begin() + i);
    int64_t both;
    auto numerator = inner->numerator.plus(rest, inner->divisor);
    if (numerator && !llvm::MulOverflow(inner->divisor, divisor, both))
      return numerator->over(b, both);
  }
  // Whole multiples of the divisor come out.
  SizeForm whole, rest;
  for (auto [value, factor] : terms)
    if (factor % divisor == 0)
      whole.terms.emplace_back(value, factor / divisor);
    else
      rest.terms.emplace_back(value, factor);
  whole.constant = llvm::divideFloorSigned(constant, divisor);
  rest.constant = constant - whole.constant * divisor;
  if (rest.terms.empty())
    return whole;
  Value quotient =
      arith::FloorDivSIOp::create(b, lowering::asValue(b, rest.build(b)), lowering::asValue(b, size(b, divisor)));
  SizeForm part;
  part.terms.emplace_back(quotient, 1);
  return whole.plus(part);
}

Value SizeForm::asValue() const {
  return constant == 0 && terms.size() == 1 && terms.front().second == 1 ? terms.front().first : Value();
}

bool SizeForm::isNonNegative() const {
  int steps = kMaxSteps;
  return isNonNegativeForm(*this, steps);
}

Size SizeForm::build(Builder &b) const {
  Value sum;
  auto include = [&](Value value, bool isMinus) {
    if (!sum)
      sum = value;
    else if (isMinus)
      sum = arith::SubIOp::create(b, sum, value);
    else
      sum = arith::AddIOp::create(b, sum, value);
  };
  // What is added comes first.
  for (bool isMinus : {false, true})
    for (auto [value, factor] : terms) {
      if ((factor < 0) != isMinus)
        continue;
      if (!value.getType().isIndex())
        value = arith::IndexCastOp::create(b, b.getIndexType(), value);
      int64_t magnitude = sum && isMinus ? -factor : factor;
      if (magnitude != 1)
        value = arith::MulIOp::create(b, value, lowering::asValue(b, size(b, magnitude)));
      include(value, isMinus);
    }
  if (!sum)
    return size(b, constant);
  if (constant != 0)
    include(lowering::asValue(b, size(b, constant)), /*isMinus=*/false);
  return sum;
}

//===--- Questions ------------------------------------------------------------===//

bool same(Size lhs, Size rhs) {
  auto l = known(lhs), r = known(rhs);
  if (l && r)
    return *l == *r;
  if (lhs == rhs)
    return true;
  int steps = kMaxSteps;
  SizeForm left = l ? SizeForm::ofNumber(*l) : formOf(cast<Value>(lhs), steps);
  return sameForms(left, r ? SizeForm::ofNumber(*r) : formOf(cast<Value>(rhs), steps), steps);
}

bool isNonNegative(Size size) { return SizeForm::of(size).isNonNegative(); }

} // namespace quern::lowering
