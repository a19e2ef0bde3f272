// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Floats of 16 bits and less: arithmetic goes through f32; conversions are integer
// arithmetic, since compiler-rt is not there to call.

#include "NarrowFloats.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

using namespace mlir;

namespace quern {
namespace {

/// How a narrow format spells its numbers: a sign, `exponent` bits with a bias, `mantissa` bits.
struct Format {
  unsigned exponent, mantissa;
  int64_t bias;
  enum Special { IEEE, NoInfinity, NoNegativeZero, Finite } special;

  unsigned width() const { return 1 + exponent + mantissa; }
  int64_t magnitudeMask() const { return (int64_t(1) << (exponent + mantissa)) - 1; }
  /// The code of infinity (IEEE), or the first one past the finite numbers.
  int64_t overflow() const {
    int64_t top = ((int64_t(1) << exponent) - 1) << mantissa;
    return special == IEEE ? top : special == NoInfinity ? magnitudeMask() : magnitudeMask() + 1;
  }
  /// What is too large becomes this.
  int64_t infinity() const { return special == Finite ? magnitudeMask() : overflow(); }
  /// Where there is no NaN, a zero of the other sign: what ml_dtypes makes of one.
  int64_t nan() const {
    return special == Finite ? 0 : special == IEEE ? overflow() | (int64_t(1) << (mantissa - 1)) : overflow();
  }
};

std::optional<Format> getFormat(Type type) {
  Type element = getElementTypeOrSelf(type);
  if (element.isF16())
    return Format{5, 10, 15, Format::IEEE};
  if (element.isBF16())
    return Format{8, 7, 127, Format::IEEE};
  if (isa<Float8E5M2Type>(element))
    return Format{5, 2, 15, Format::IEEE};
  if (isa<Float8E4M3FNType>(element))
    return Format{4, 3, 7, Format::NoInfinity};
  if (isa<Float8E4M3FNUZType>(element))
    return Format{4, 3, 8, Format::NoNegativeZero};
  if (isa<Float8E5M2FNUZType>(element))
    return Format{5, 2, 16, Format::NoNegativeZero};
  if (isa<Float4E2M1FNType>(element))
    return Format{2, 1, 1, Format::Finite};
  return {};
}

Type withElement(Type type, Type element) {
  auto vector = dyn_cast<VectorType>(type);
  return vector ? Type(vector.clone(element)) : element;
}

class Converter {
public:
  Converter(Operation *op) : b(op->getLoc(), op) {}

  Value extend(Value narrow, const Format &format);
  /// f8E8M0FNU holds the exponent of an f32 and nothing else.
  Value extendExponent(Value narrow);
  Value truncate(Value single, Type narrowType, const Format &format);
  /// f64 to f32, rounded to odd, so that rounding once more is as rounding once.
  Value roundToOdd(Value wide);

private:
  Type i32(Type like) { return withElement(like, b.getI32Type()); }
  Type f32(Type like) { return withElement(like, b.getF32Type()); }
  Value integer(Value like, int64_t value) {
    Type type = like.getType();
    TypedAttr attr = b.getIntegerAttr(getElementTypeOrSelf(type), value);
    if (auto vector = dyn_cast<VectorType>(type))
      attr = DenseElementsAttr::get(vector, attr);
    return arith::ConstantOp::create(b, type, attr);
  }
  Value real(Type type, double value) {
    TypedAttr attr = b.getFloatAttr(cast<FloatType>(getElementTypeOrSelf(type)), value);
    if (auto vector = dyn_cast<VectorType>(type))
      attr = DenseElementsAttr::get(vector, attr);
    return arith::ConstantOp::create(b, type, attr);
  }
  Value compare(arith::CmpIPredicate predicate, Value a, int64_t c) {
    return arith::CmpIOp::create(b, predicate, a, integer(a, c));
  }
  Value select(Value condition, Value a, Value c) { return arith::SelectOp::create(b, condition, a, c); }
  Value shiftLeft(Value a, int64_t n) { return arith::ShLIOp::create(b, a, integer(a, n)); }
  Value shiftRight(Value a, int64_t n) { return arith::ShRUIOp::create(b, a, integer(a, n)); }
  Value mask(Value a, int64_t bits) { return arith::AndIOp::create(b, a, integer(a, bits)); }

  ImplicitLocOpBuilder b;
};

Value Converter::extend(Value narrow, const Format &format) {
  Type type = narrow.getType();
  Type storage = withElement(type, b.getIntegerType(format.width()));
  Value code = arith::ExtUIOp::create(b, i32(type), arith::BitcastOp::create(b, storage, narrow));
  unsigned shift = 23 - format.mantissa;
  if (format.bias == 127) // bfloat16: the upper half
    return arith::BitcastOp::create(b, f32(type), shiftLeft(code, shift));
  Value magnitude = mask(code, format.magnitudeMask());
  Value sign = shiftLeft(shiftRight(code, format.width() - 1), 31);
  Value moved = shiftLeft(magnitude, shift);
  Value bits = arith::AddIOp::create(b, moved, integer(moved, (127 - format.bias) << 23));
  // Subnormal: an integer times the smallest step.
  Value step = real(f32(type), std::ldexp(1.0, 1 - format.bias - format.mantissa));
  Value small = arith::MulFOp::create(b, arith::UIToFPOp::create(b, f32(type), magnitude), step);
  Value isSmall = compare(arith::CmpIPredicate::ult, magnitude, int64_t(1) << format.mantissa);
  bits = select(isSmall, arith::BitcastOp::create(b, i32(type), small), bits);
  if (format.special == Format::IEEE) {
    Value special = arith::OrIOp::create(b, moved, integer(moved, 0x7F800000));
    bits = select(compare(arith::CmpIPredicate::uge, magnitude, format.overflow()), special, bits);
  } else if (format.special != Format::Finite) {
    Value isNaN = format.special == Format::NoInfinity ? compare(arith::CmpIPredicate::eq, magnitude, format.nan())
                                                       : compare(arith::CmpIPredicate::eq, code, format.nan());
    bits = select(isNaN, integer(bits, 0x7FC00000), bits);
  }
  return arith::BitcastOp::create(b, f32(type), arith::OrIOp::create(b, bits, sign));
}

Value Converter::extendExponent(Value narrow) {
  Type type = narrow.getType();
  Value bytes = arith::BitcastOp::create(b, withElement(type, b.getI8Type()), narrow);
  Value code = arith::ExtUIOp::create(b, i32(type), bytes);
  Value bits = shiftLeft(code, 23);
  bits = select(compare(arith::CmpIPredicate::eq, code, 0), integer(bits, 0x00400000), bits); // 2^-127, subnormal
  bits = select(compare(arith::CmpIPredicate::eq, code, 255), integer(bits, 0x7FC00000), bits);
  return arith::BitcastOp::create(b, f32(type), bits);
}

Value Converter::truncate(Value single, Type narrowType, const Format &format) {
  Type type = single.getType();
  unsigned shift = 23 - format.mantissa;
  Value bits = arith::BitcastOp::create(b, i32(type), single);
  Value magnitude = mask(bits, 0x7FFFFFFF);
  Value sign = shiftLeft(shiftRight(bits, 31), format.width() - 1);
  // Nearest, ties to even.
  Value odd = mask(shiftRight(magnitude, shift), 1);
  Value half = arith::AddIOp::create(b, odd, integer(odd, (int64_t(1) << (shift - 1)) - 1));
  Value code = shiftRight(arith::AddIOp::create(b, magnitude, half), shift);
  code = arith::SubIOp::create(b, code, integer(code, (127 - format.bias) << format.mantissa));
  if (format.bias != 127) {
    // Subnormal: adding the float whose last bit is the smallest step rounds to it.
    Value magic = real(f32(type), std::ldexp(1.0, 1 - format.bias - int64_t(format.mantissa) + 23));
    Value sum = arith::AddFOp::create(b, arith::BitcastOp::create(b, f32(type), magnitude), magic);
    Value steps = arith::SubIOp::create(b, arith::BitcastOp::create(b, i32(type), sum),
                                        arith::BitcastOp::create(b, i32(type), magic));
    Value isSmall = compare(arith::CmpIPredicate::ult, magnitude, (128 - format.bias) << 23);
    code = select(isSmall, steps, code);
  }
  Value tooLarge = compare(arith::CmpIPredicate::sge, code, format.overflow());
  code = select(tooLarge, integer(code, format.infinity()), code);
  Value finite = code;
  Value isNaN = compare(arith::CmpIPredicate::ugt, magnitude, 0x7F800000);
  code = select(compare(arith::CmpIPredicate::uge, magnitude, 0x7F800000), integer(code, format.infinity()), code);
  code = select(isNaN, integer(code, format.nan()), code);
  if (format.special == Format::Finite) {
    Value flipped = arith::XOrIOp::create(b, sign, integer(sign, int64_t(1) << (format.width() - 1)));
    sign = select(isNaN, flipped, sign);
  }
  if (format.special == Format::NoNegativeZero) {
    Value unsignedCode = arith::OrIOp::create(b, compare(arith::CmpIPredicate::eq, finite, 0),
                                              compare(arith::CmpIPredicate::uge, code, format.nan()));
    sign = select(unsignedCode, integer(sign, 0), sign);
  }
  code = arith::OrIOp::create(b, code, sign);
  Type storage = withElement(type, b.getIntegerType(format.width()));
  return arith::BitcastOp::create(b, narrowType, arith::TruncIOp::create(b, storage, code));
}

Value Converter::roundToOdd(Value wide) {
  Type type = wide.getType();
  Value single = arith::TruncFOp::create(b, f32(type), wide);
  Value back = arith::ExtFOp::create(b, type, single);
  Value bits = arith::BitcastOp::create(b, i32(type), single);
  Value inexact = arith::CmpFOp::create(b, arith::CmpFPredicate::ONE, back, wide);
  Value even = compare(arith::CmpIPredicate::eq, mask(bits, 1), 0);
  // Rounded up in magnitude: the odd neighbour is below, else above.
  Value grew =
      arith::CmpFOp::create(b, arith::CmpFPredicate::OGT, math::AbsFOp::create(b, back), math::AbsFOp::create(b, wide));
  Value neighbour = arith::AddIOp::create(b, bits, select(grew, integer(bits, -1), integer(bits, 1)));
  bits = select(arith::AndIOp::create(b, inexact, even), neighbour, bits);
  return arith::BitcastOp::create(b, f32(type), bits);
}

/// Ops whose arithmetic is done on floats; what only moves bits stays as it is.
bool computes(Operation *op) {
  if (isa<arith::ExtFOp, arith::TruncFOp, arith::BitcastOp, arith::SelectOp, arith::ConstantOp>(op))
    return false;
  return isa_and_nonnull<arith::ArithDialect, math::MathDialect>(op->getDialect());
}

bool isExponent(Type type) { return isa<Float8E8M0FNUType>(getElementTypeOrSelf(type)); }

bool isNarrow(Type type) { return getFormat(type) || isExponent(type); }

/// The op again, on f32 (or f64 where an integer has more bits than f32 holds).
void widen(Operation *op) {
  OpBuilder builder(op);
  Location loc = op->getLoc();
  Type wide = builder.getF32Type();
  if (isa<arith::SIToFPOp, arith::UIToFPOp>(op) && getElementTypeOrSelf(op->getOperand(0)).getIntOrFloatBitWidth() > 16)
    wide = builder.getF64Type();
  IRMapping mapping;
  for (Value operand : op->getOperands())
    if (isNarrow(operand.getType()) && !mapping.contains(operand))
      mapping.map(operand, arith::ExtFOp::create(builder, loc, withElement(operand.getType(), wide), operand));
  Operation *clone = builder.clone(*op, mapping);
  for (auto [old, result] : llvm::zip_equal(op->getResults(), clone->getResults())) {
    Value replacement = result;
    if (isNarrow(old.getType())) {
      result.setType(withElement(old.getType(), wide));
      replacement = arith::TruncFOp::create(builder, loc, old.getType(), result);
    }
    old.replaceAllUsesWith(replacement);
  }
  op->erase();
}

void convert(Operation *op, bool hasF16) {
  Converter converter(op);
  OpBuilder builder(op);
  Value source = op->getOperand(0), result;
  Type type = op->getResult(0).getType();
  auto isNative = [&](Type narrow) { return hasF16 && getElementTypeOrSelf(narrow).isF16(); };
  if (isa<arith::ExtFOp>(op)) {
    std::optional<Format> format = getFormat(source.getType());
    if (!isNarrow(source.getType()) || isNative(source.getType()))
      return;
    result = format ? converter.extend(source, *format) : converter.extendExponent(source);
    if (getElementTypeOrSelf(type).isF64())
      result = arith::ExtFOp::create(builder, op->getLoc(), type, result);
    else if (std::optional<Format> target = getFormat(type))
      result = converter.truncate(result, type, *target);
  } else {
    std::optional<Format> format = getFormat(type);
    if (!format)
      return;
    if (isExponent(source.getType()))
      source = converter.extendExponent(source);
    else if (std::optional<Format> narrowSource = getFormat(source.getType()))
      source = isNative(source.getType())
                   ? Value(arith::ExtFOp::create(builder, op->getLoc(),
                                                 withElement(source.getType(), builder.getF32Type()), source))
                   : converter.extend(source, *narrowSource);
    if (getElementTypeOrSelf(source.getType()).isF64())
      source = converter.roundToOdd(source);
    result = isNative(type) ? Value(arith::TruncFOp::create(builder, op->getLoc(), type, source))
                            : converter.truncate(source, type, *format);
  }
  op->getResult(0).replaceAllUsesWith(result);
  op->erase();
}

} // namespace

void expandNarrowFloats(Operation *root, bool hasF16) {
  SmallVector<Operation *> arithmetic, conversions;
  root->walk([&](Operation *op) {
    if (computes(op) && (llvm::any_of(op->getOperandTypes(), isNarrow) || llvm::any_of(op->getResultTypes(), isNarrow)))
      arithmetic.push_back(op);
  });
  for (Operation *op : arithmetic)
    widen(op);
  root->walk([&](Operation *op) {
    if (isa<arith::ExtFOp, arith::TruncFOp>(op))
      conversions.push_back(op);
  });
  for (Operation *op : conversions)
    convert(op, hasF16);
}

} // namespace quern
