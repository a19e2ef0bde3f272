// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Elementwise ops: one pattern for all rows of Pointwise.def, and the few ops
// whose operands differ in type.

#include "Broadcast.h"
#include "ScalarBodies.h"

namespace quern::lowering {
namespace {

/// One entry of a row: an op of arith or math, or a body.
template <typename Entry, typename Op>
Value apply(Builder &b, Op op, ValueRange args) {
  if constexpr (std::is_base_of_v<OpState, Entry>) {
    if constexpr (Entry::template hasTrait<OpTrait::OneOperand>())
      return Entry::create(b, args[0]);
    else
      return Entry::create(b, args[0], args[1]);
  } else {
    return Entry::build(b, op, args);
  }
}

/// The row's column for these elements; an empty answer where there is none.
template <typename Float, typename SignedInt, typename UnsignedInt, typename Op>
std::optional<Value> applyRow(Builder &b, Op op, ElementKind kind, ValueRange args) {
  switch (kind) {
  case Floats:
    if constexpr (!std::is_void_v<Float>)
      return apply<Float>(b, op, args);
    break;
  case Signed:
    if constexpr (!std::is_void_v<SignedInt>)
      return apply<SignedInt>(b, op, args);
    break;
  case Unsigned:
    if constexpr (!std::is_void_v<UnsignedInt>)
      return apply<UnsignedInt>(b, op, args);
    break;
  }
  return std::nullopt;
}

ElementKind kindOf(Type type) {
  Type element = getElementTypeOrSelf(type);
  return isa<FloatType>(element) ? Floats : element.isUnsignedInteger() ? Unsigned : Signed;
}

template <typename Op, typename Float, typename SignedInt, typename UnsignedInt, bool isVariadic>
struct LowerPointwise : Lowering<Op> {
  using Lowering<Op>::Lowering;
  LogicalResult lower(Op op, typename Op::Adaptor adaptor, Builder &b,
                      ConversionPatternRewriter &rewriter) const override {
    ElementKind kind = kindOf(op->getOperand(0).getType());
    if ((kind == Floats && std::is_void_v<Float>) || (kind == Signed && std::is_void_v<SignedInt>) ||
        (kind == Unsigned && std::is_void_v<UnsignedInt>))
      return this->unsupported(rewriter, op, "expects elements of another type");
    Value result = pointwise(b, adaptor.getOperands(), this->resultType(op), [&](Builder &b, ValueRange args) -> Value {
      if constexpr (isVariadic) {
        Value folded = args[0];
        for (Value arg : args.drop_front())
          folded = *applyRow<Float, SignedInt, UnsignedInt>(b, op, kind, ValueRange({folded, arg}));
        return folded;
      }
      return *applyRow<Float, SignedInt, UnsignedInt>(b, op, kind, args);
    });
    rewriter.replaceOp(op, result);
    return success();
  }
};

/// The sum over the number of operands.
struct LowerMean : Lowering<onnx::MeanOp> {
  using Lowering::Lowering;
  LogicalResult lower(onnx::MeanOp op, Adaptor adaptor, Builder &b, Rewriter &rewriter) const override {
    Value result = pointwise(b, adaptor.getOperands(), resultType(op), [&](Builder &b, ValueRange args) -> Value {
      Value sum = args[0];
      for (Value arg : args.drop_front())
        sum = addF(b, sum, arg);
      return arith::DivFOp::create(b, sum, constantLike(b, sum, args.size()));
    });
    rewriter.replaceOp(op, result);
    return success();
  }
};

struct LowerWhere : Lowering<onnx::WhereOp> {
  using Lowering::Lowering;
  LogicalResult lower(onnx::WhereOp op, Adaptor adaptor, Builder &b, Rewriter &rewriter) const override {
    rewriter.replaceOp(op, pointwise(b, adaptor.getOperands(), resultType(op), [](Builder &b, ValueRange args) {
                         return arith::SelectOp::create(b, args[0], args[1], args[2]).getResult();
                       }));
    return success();
  }
};

/// min(max(x, low), high), as numpy has it: NaN stays, and high wins over low.
struct LowerClip : Lowering<onnx::ClipOp> {
  using Lowering::Lowering;
  LogicalResult lower(onnx::ClipOp op, Adaptor adaptor, Builder &b, Rewriter &rewriter) const override {
    ElementKind kind = kindOf(op.getInput().getType());
    SmallVector<Value> operands = {adaptor.getInput()};
    for (Value bound : {adaptor.getMin(), adaptor.getMax()}) {
      if (!bound)
        continue;
      if (auto type = cast<RankedTensorType>(bound.getType()); type.getRank() != 0) {
        if (!type.hasStaticShape() || type.getNumElements() != 1)
          return unsupported(rewriter, op, "expects scalar bounds");
        bound = reshapeTensor(b, bound, {});
      }
      operands.push_back(bound);
    }
    Value result = pointwise(b, operands, resultType(op), [&](Builder &b, ValueRange args) {
      Value x = args[0];
      args = args.drop_front();
      if (adaptor.getMin()) {
        x = *applyRow<arith::MaximumFOp, arith::MaxSIOp, arith::MaxUIOp>(b, op, kind, ValueRange({x, args[0]}));
        args = args.drop_front();
      }
      if (adaptor.getMax())
        x = *applyRow<arith::MinimumFOp, arith::MinSIOp, arith::MinUIOp>(b, op, kind, ValueRange({x, args[0]}));
      return x;
    });
    rewriter.replaceOp(op, result);
    return success();
  }
};

/// x to a constant whole power, by squaring.
Value powByWhole(Builder &b, Value x, uint64_t exponent) {
  bool isFloat = isa<FloatType>(x.getType());
  auto times = [&](Value l, Value r) -> Value {
    return isFloat ? mulF(b, l, r) : Value(arith::MulIOp::create(b, l, r));
  };
  Value result;
  for (Value power = x; exponent; exponent >>= 1) {
    if (exponent & 1)
      result = result ? times(result, power) : power;
    if (exponent > 1)
      power = times(power, power);
  }
  return result ? result : scalar(b, x.getType(), 1);
}

/// The power in the base's type. Constant exponents of small value are products or roots.
struct LowerPow : Lowering<onnx::PowOp> {
  using Lowering::Lowering;

  static std::optional<double> constantExponent(Value exponent) {
    if (auto floats = constantFloats(exponent); floats && !floats->empty() && llvm::all_equal(*floats))
      return floats->front();
    if (auto integers = constantIntegers(exponent); integers && !integers->empty() && llvm::all_equal(*integers))
      return integers->front();
    return std::nullopt;
  }

  LogicalResult lower(onnx::PowOp op, Adaptor adaptor, Builder &b, Rewriter &rewriter) const override {
    Type base = getElementTypeOrSelf(op.getX()), exponent = getElementTypeOrSelf(op.getY());
    if (auto constant = constantExponent(adaptor.getY())) {
      bool isWhole = *constant >= 0 && *constant <= 16 && *constant == static_cast<int>(*constant);
      if (isWhole || (isa<FloatType>(base) && (*constant == -1 || *constant == -2))) {
        // The exponent still takes part in broadcasting.
        auto body = [&](Builder &b, ValueRange args) -> Value {
          if (isWhole)
            return powByWhole(b, args[0], *constant);
          return arith::DivFOp::create(b, constantLike(b, args[0], 1), powByWhole(b, args[0], -*constant));
        };
        rewriter.replaceOp(op, pointwise(b, adaptor.getOperands(), resultType(op), body));
        return success();
      }
    }
    bool isUnsigned = exponent.isUnsignedInteger();
    auto body = [&](Builder &b, ValueRange args) -> Value {
      Value x = args[0], y = args[1];
      if (isa<FloatType>(base)) {
        // In the wider of the two types, where both are floats.
        Type wide = base;
        if (isa<FloatType>(exponent) && exponent.getIntOrFloatBitWidth() > base.getIntOrFloatBitWidth())
          wide = exponent;
        Value power = math::PowFOp::create(b, convertScalar(b, x, wide, false, false),
                                           convertScalar(b, y, wide, isUnsigned, false));
        return convertScalar(b, power, base, false, false);
      }
      if (isa<FloatType>(exponent)) {
        Value power = math::PowFOp::create(b, convertScalar(b, x, b.getF64Type(), false, false),
                                           convertScalar(b, y, b.getF64Type(), false, false));
        // A whole number may come out a rounding error below itself, which truncation would make one less.
        Value whole = math::RoundEvenOp::create(b, power);
        Value error = math::AbsFOp::create(b, arith::SubFOp::create(b, power, whole));
        Value limit = arith::MulFOp::create(b, math::AbsFOp::create(b, whole), scalar(b, b.getF64Type(), 1e-12));
        Value isWhole = arith::CmpFOp::create(b, arith::CmpFPredicate::OLE, error, limit);
        return convertScalar(b, arith::SelectOp::create(b, isWhole, whole, power), base, false, false);
      }
      // Integers: squaring over the exponent's bits. A negative one leaves 1 and -1 only.
      unsigned width = std::max(base.getIntOrFloatBitWidth(), exponent.getIntOrFloatBitWidth());
      Type wide = b.getIntegerType(width);
      Value left = convertScalar(b, y, wide, isUnsigned, false);
      Value one = integer(b, base, 1), zero = integer(b, wide, 0), oneWide = integer(b, wide, 1);
      auto loop = scf::WhileOp::create(
          b, TypeRange{base, base, wide}, ValueRange{one, x, left},
          [&](OpBuilder &nested, Location loc, ValueRange state) {
            Value more = arith::CmpIOp::create(nested, loc, arith::CmpIPredicate::sgt, state[2], zero);
            scf::ConditionOp::create(nested, loc, more, state);
          },
          [&](OpBuilder &nested, Location loc, ValueRange state) {
            Builder b(loc, nested);
            Value bit = arith::AndIOp::create(b, state[2], oneWide);
            Value isOdd = arith::CmpIOp::create(b, arith::CmpIPredicate::ne, bit, zero);
            Value multiplied = arith::MulIOp::create(b, state[0], state[1]);
            Value result = arith::SelectOp::create(b, isOdd, multiplied, state[0]);
            Value squared = arith::MulIOp::create(b, state[1], state[1]);
            Value rest = arith::ShRUIOp::create(b, state[2], oneWide);
            scf::YieldOp::create(b, ValueRange{result, squared, rest});
          });
      Value power = loop.getResult(0);
      Value isNegative = arith::CmpIOp::create(b, arith::CmpIPredicate::slt, left, zero);
      Value isOdd = arith::CmpIOp::create(b, arith::CmpIPredicate::ne, arith::AndIOp::create(b, left, oneWide), zero);
      Value baseZero = integer(b, base, 0), minusOne = integer(b, base, -1);
      auto equals = [&](Value value) -> Value { return arith::CmpIOp::create(b, arith::CmpIPredicate::eq, x, value); };
      Value ofMinusOne = arith::SelectOp::create(b, isOdd, minusOne, one);
      Value inverse = arith::SelectOp::create(b, equals(minusOne), ofMinusOne, baseZero);
      inverse = arith::SelectOp::create(b, equals(one), one, inverse);
      return isUnsigned ? power : Value(arith::SelectOp::create(b, isNegative, inverse, power));
    };
    rewriter.replaceOp(op, pointwise(b, adaptor.getOperands(), resultType(op), body));
    return success();
  }
};

} // namespace

void addPointwise(Patterns &patterns, Converter &converter) {
  MLIRContext *context = patterns.getContext();
#define POINTWISE(OP, FLOAT, SIGNED, UNSIGNED)                                                                         \
  patterns.add<LowerPointwise<onnx::OP, FLOAT, SIGNED, UNSIGNED, false>>(converter, context);
#define VARIADIC(OP, FLOAT, SIGNED, UNSIGNED)                                                                          \
  patterns.add<LowerPointwise<onnx::OP, FLOAT, SIGNED, UNSIGNED, true>>(converter, context);
#include "Pointwise.def"
  patterns.add<LowerMean, LowerWhere, LowerClip, LowerPow>(converter, context);
}

} // namespace quern::lowering
