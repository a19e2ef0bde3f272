// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Arithmetic that no instruction does: functions, remainders, powers, narrow
// floats.

#include "../Common/MathBuilder.h"
#include "../Common/NarrowFloats.h"
#include "Steps.h"

#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;

namespace quern {
namespace {

using Function1 = Value (MathBuilder::*)(Value);

/// Through f64 where the op is on f32: these are rare, and then right to the last bit or nearly.
Value inDouble(MathBuilder &math, ArrayRef<Value> operands, function_ref<Value(ArrayRef<Value>)> compute) {
  if (math.isDouble())
    return compute(operands);
  SmallVector<Value> wide;
  for (Value operand : operands)
    wide.push_back(math.toDouble(operand));
  return math.toFloat(compute(wide));
}

/// The constant exponent of a power, when it is one of those that products and roots give.
Value expandSimplePower(MathBuilder &math, Value base, Value exponent) {
  FloatAttr attr;
  if (auto splat = DenseElementsAttr(); matchPattern(exponent, m_Constant(&splat)) && splat.isSplat())
    attr = dyn_cast<FloatAttr>(splat.getSplatValue<Attribute>());
  else
    matchPattern(exponent, m_Constant(&attr));
  if (!attr)
    return {};
  double value = attr.getValueAsDouble();
  if (value == 1)
    return base;
  if (value == 2)
    return math.mul(base, base);
  if (value == 3)
    return math.mul(math.mul(base, base), base);
  if (value == 0.5)
    return math.sqrt(base);
  if (value == -1)
    return math.div(math.constant(1), base);
  if (value == -0.5)
    return math.div(math.constant(1), math.sqrt(base));
  return {};
}

/// C's fmod. An f32 quotient may have 276 bits: 28 at a time keep every product exact. In f64 it is right up to 2^250,
/// where the target fuses multiply-add.
Value expandRemainder(MathBuilder &math, Value x, Value y) {
  bool narrow = !math.isDouble();
  return inDouble(math, {x, y}, [&](ArrayRef<Value> operands) {
    Value a = math.abs(operands[0]), b = math.abs(operands[1]), rest = a;
    int step = narrow ? 28 : 50;
    for (int shift = narrow ? 252 : 200; shift >= 0; shift -= step) {
      Value divisor = shift ? math.mul(b, math.constant(std::ldexp(1.0, shift))) : b;
      Value quotient = math.truncate(math.div(rest, divisor));
      rest = math.madd(math.neg(quotient), divisor, rest);
    }
    rest = math.select(math.less(rest, math.constant(0)), math.add(rest, b), rest);
    // A finite number stays itself by infinity; infinity leaves nothing.
    Value infinity = math.constant(std::numeric_limits<double>::infinity());
    rest = math.select(math.equal(b, infinity), a, rest);
    Value nan = math.constant(std::numeric_limits<double>::quiet_NaN());
    return math.withSignOf(math.select(math.equal(a, infinity), nan, rest), operands[0]);
  });
}

/// Square and multiply; a negative exponent gives 1, -1 or 0 (what 1 / x rounds to).
Value expandIntegerPower(math::IPowIOp op) {
  OpBuilder builder(op);
  Location loc = op.getLoc();
  Type type = op.getType();
  auto constant = [&](int64_t value) {
    return arith::ConstantOp::create(builder, loc, builder.getIntegerAttr(type, value)).getResult();
  };
  Value zero = constant(0), one = constant(1), minusOne = constant(-1);
  auto loop = scf::WhileOp::create(
      builder, loc, TypeRange{type, type, type}, ValueRange{one, op.getLhs(), op.getRhs()},
      [&](OpBuilder &b, Location l, ValueRange args) {
        Value more = arith::CmpIOp::create(b, l, arith::CmpIPredicate::sgt, args[2], zero);
        scf::ConditionOp::create(b, l, more, args);
      },
      [&](OpBuilder &b, Location l, ValueRange args) {
        Value bit = arith::AndIOp::create(b, l, args[2], one);
        Value odd = arith::CmpIOp::create(b, l, arith::CmpIPredicate::ne, bit, zero);
        Value product = arith::MulIOp::create(b, l, args[0], args[1]);
        Value next = arith::SelectOp::create(b, l, odd, product, args[0]);
        Value square = arith::MulIOp::create(b, l, args[1], args[1]);
        Value rest = arith::ShRSIOp::create(b, l, args[2], one);
        scf::YieldOp::create(b, l, ValueRange{next, square, rest});
      });
  auto equal = [&](Value a, Value b) {
    return arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq, a, b).getResult();
  };
  Value isOdd = equal(arith::AndIOp::create(builder, loc, op.getRhs(), one), one);
  Value ofMinusOne = arith::SelectOp::create(builder, loc, isOdd, minusOne, one);
  Value inverse = arith::SelectOp::create(builder, loc, equal(op.getLhs(), minusOne), ofMinusOne, zero);
  inverse = arith::SelectOp::create(builder, loc, equal(op.getLhs(), one), one, inverse);
  Value negative = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::slt, op.getRhs(), zero);
  return arith::SelectOp::create(builder, loc, negative, inverse, loop.getResult(0));
}

/// What replaces `op`, or nothing when the target does it itself.
SmallVector<Value> expand(Operation *op, bool fma) {
  if (auto power = dyn_cast<math::IPowIOp>(op))
    return isa<VectorType>(power.getType()) ? SmallVector<Value>() : SmallVector<Value>{expandIntegerPower(power)};
  if (op->getNumResults() == 0 || op->getNumOperands() == 0)
    return {};
  bool classifies = isa<math::IsInfOp, math::IsNaNOp, math::IsFiniteOp, math::IsNormalOp>(op);
  Type type = classifies ? op->getOperand(0).getType() : op->getResult(0).getType();
  Type element = getElementTypeOrSelf(type);
  if (!element.isF32() && !element.isF64())
    return {};
  OpBuilder builder(op);
  MathBuilder math(builder, op->getLoc(), type, fma);
  Value x = op->getOperand(0), y = op->getNumOperands() > 1 ? op->getOperand(1) : Value();
  auto own = [&](Function1 function) { return SmallVector<Value>{(math.*function)(x)}; };
  auto wide = [&](Function1 function) {
    return SmallVector<Value>{
        inDouble(math, {x}, [&](ArrayRef<Value> operands) { return (math.*function)(operands[0]); })};
  };
  auto scaledLog = [&](double scale) {
    return SmallVector<Value>{inDouble(
        math, {x}, [&](ArrayRef<Value> operands) { return math.mul(math.log(operands[0]), math.constant(scale)); })};
  };
  auto infinity = [&] { return math.constant(std::numeric_limits<double>::infinity()); };
  using Result = SmallVector<Value>;
  return llvm::TypeSwitch<Operation *, Result>(op)
      .Case([&](math::ExpOp) { return own(&MathBuilder::exp); })
      .Case([&](math::LogOp) { return own(&MathBuilder::log); })
      .Case([&](math::TanhOp) { return own(&MathBuilder::tanh); })
      .Case([&](math::ErfOp) { return own(&MathBuilder::erf); })
      .Case([&](math::RoundOp) { return own(&MathBuilder::round); })
      .Case([&](math::ErfcOp) { return wide(&MathBuilder::erfc); })
      .Case([&](math::Log1pOp) { return wide(&MathBuilder::log1p); })
      .Case([&](math::ExpM1Op) { return wide(&MathBuilder::expm1); })
      .Case([&](math::SinOp) { return wide(&MathBuilder::sin); })
      .Case([&](math::CosOp) { return wide(&MathBuilder::cos); })
      .Case([&](math::TanOp) { return wide(&MathBuilder::tan); })
      .Case([&](math::AsinOp) { return wide(&MathBuilder::asin); })
      .Case([&](math::AcosOp) { return wide(&MathBuilder::acos); })
      .Case([&](math::AtanOp) { return wide(&MathBuilder::atan); })
      .Case([&](math::SinhOp) { return wide(&MathBuilder::sinh); })
      .Case([&](math::CoshOp) { return wide(&MathBuilder::cosh); })
      .Case([&](math::AsinhOp) { return wide(&MathBuilder::asinh); })
      .Case([&](math::AcoshOp) { return wide(&MathBuilder::acosh); })
      .Case([&](math::AtanhOp) { return wide(&MathBuilder::atanh); })
      .Case([&](math::CbrtOp) { return wide(&MathBuilder::cbrt); })
      .Case([&](math::Log2Op) { return scaledLog(1.44269504088896340736); })
      .Case([&](math::Log10Op) { return scaledLog(0.43429448190325182765); })
      .Case([&](math::Exp2Op) {
        return Result{inDouble(math, {x}, [&](ArrayRef<Value> operands) {
          return math.exp(math.mul(operands[0], math.constant(0.69314718055994530942)));
        })};
      })
      .Case([&](math::Atan2Op) {
        return Result{inDouble(math, {x, y}, [&](ArrayRef<Value> o) { return math.atan2(o[0], o[1]); })};
      })
      .Case([&](math::PowFOp) {
        if (Value simple = expandSimplePower(math, x, y))
          return Result{simple};
        return Result{inDouble(math, {x, y}, [&](ArrayRef<Value> o) { return math.pow(o[0], o[1]); })};
      })
      .Case([&](math::FPowIOp) {
        Value exponent = arith::SIToFPOp::create(builder, op->getLoc(), type, y);
        return Result{inDouble(math, {x, exponent}, [&](ArrayRef<Value> o) { return math.pow(o[0], o[1]); })};
      })
      .Case([&](math::SincosOp) {
        Result result = wide(&MathBuilder::sin);
        result.append(wide(&MathBuilder::cos));
        return result;
      })
      .Case([&](math::IsInfOp) { return Result{math.equal(math.abs(x), infinity())}; })
      .Case([&](math::IsNaNOp) { return Result{math.isNaN(x)}; })
      .Case([&](math::IsFiniteOp) { return Result{math.less(math.abs(x), infinity())}; })
      .Case([&](math::IsNormalOp) {
        Value a = math.abs(x);
        Value large = math.greater(a, math.constant(math.isDouble() ? 0x1.fffffffffffffp-1023 : 0x1.fffffep-127));
        return Result{arith::AndIOp::create(builder, op->getLoc(), large, math.less(a, infinity()))};
      })
      .Case([&](math::RsqrtOp) { return Result{math.div(math.constant(1), math.sqrt(x))}; })
      .Case([&](math::ClampFOp clamp) {
        Value low = arith::MaximumFOp::create(builder, op->getLoc(), x, clamp.getMin());
        return Result{arith::MinimumFOp::create(builder, op->getLoc(), low, clamp.getMax())};
      })
      .Case([&](arith::RemFOp) { return Result{expandRemainder(math, x, y)}; })
      .Case([&](math::FmaOp op) { return fma ? Result() : Result{math.madd(x, y, op.getC())}; })
      .Default([](Operation *) { return Result(); });
}

} // namespace

LogicalResult expandScalarOps(func::FuncOp kernel, const Target &target, const KernelOptions &options) {
  bool fma = target.hasFMA() && !options.reproducible;
  // Arithmetic first goes to f32, so that functions see no narrow types.
  expandNarrowFloats(kernel, target.hasF16Conversion());
  SmallVector<Operation *> ops;
  kernel.walk([&](Operation *op) {
    if (isa_and_nonnull<math::MathDialect>(op->getDialect()) || isa<arith::RemFOp>(op))
      ops.push_back(op);
  });
  for (Operation *op : ops) {
    SmallVector<Value> results = expand(op, fma);
    if (results.empty())
      continue;
    op->replaceAllUsesWith(results);
    op->erase();
  }
  return success();
}

} // namespace quern
