// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Random numbers: Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy
// as 1, 2, 3"). An element's number is a function of the seed and of its index, so
// that it does not depend on threads, and there is no state to keep. A node without
// a seed has one made from its name; in a loop, the iteration is part of the counter.

#include "Numbers.h"

#include "quern/Support/NodeName.h"

#include "llvm/Support/xxhash.h"

using namespace mlir;

namespace quern::lowering {
namespace {

using Words = std::array<Num, 4>;

/// Ten rounds of Philox over a counter, all as i64 that hold 32 bits.
Words philox(Words counter, uint64_t seed) {
  Builder &b = *counter[0].builder;
  auto word = [&](uint64_t value) { return Num(b, integer(b, b.getI64Type(), value & 0xffffffff)); };
  auto exclusiveOr = [&](Num x, Num y) { return Num(b, arith::XOrIOp::create(b, x, y)); };
  auto low = [&](Num x) { return Num(b, arith::AndIOp::create(b, x, word(0xffffffff))); };
  auto high = [&](Num x) { return Num(b, arith::ShRUIOp::create(b, x, integer(b, b.getI64Type(), 32))); };
  uint64_t key[2] = {seed & 0xffffffff, seed >> 32};
  for (int round = 0; round < 10; ++round) {
    Num first = counter[0] * word(0xD2511F53), second = counter[2] * word(0xCD9E8D57);
    counter = {exclusiveOr(exclusiveOr(high(second), counter[1]), word(key[0])), low(second),
               exclusiveOr(exclusiveOr(high(first), counter[3]), word(key[1])), low(first)};
    key[0] += 0x9E3779B9;
    key[1] += 0xBB67AE85;
  }
  return counter;
}

/// `bits` of 32 as a float in [0, 1), or in (0, 1] where `isAboveZero`.
Num fraction(Num word, Type type, unsigned bits, bool isAboveZero) {
  Builder &b = *word.builder;
  Num whole(b, arith::ShRUIOp::create(b, word, integer(b, b.getI64Type(), 32 - bits)));
  return toFloat(isAboveZero ? whole + 1 : whole, type) * std::ldexp(1.0, -static_cast<int>(bits));
}

/// A float in [0, 1) (or (0, 1]) of as many random bits as the type holds.
Num uniform(Num first, Num second, FloatType type, unsigned mantissa, bool isAboveZero) {
  if (mantissa <= 32)
    return fraction(first, type, mantissa, isAboveZero);
  return fraction(first, type, 32, false) + fraction(second, type, mantissa - 32, isAboveZero) * std::ldexp(1.0, -32);
}

/// The seed of a node: that of the attribute, or one of its name.
uint64_t seedOf(Operation *op, std::optional<llvm::APFloat> given) {
  if (given)
    return given->bitcastToAPInt().getZExtValue();
  return llvm::xxh3_64bits(getNodeName(op->getLoc()));
}

/// How often the loops around `op` have run, as one number (i64); null outside of loops.
Value iterationOf(Builder &b, Operation *op) {
  Value number;
  Type i64 = b.getI64Type();
  auto append = [&](Value index) {
    Value whole = index.getType().isIndex() ? Value(arith::IndexCastOp::create(b, i64, index)) : index;
    // Any odd factor: the numbers of nested loops should rarely be equal.
    number = number ? Value(Num(b, number) * integer(b, i64, 0x9E3779B97F4A7C15) + whole) : whole;
  };
  for (Operation *parent = op->getParentOp(); parent; parent = parent->getParentOp()) {
    if (auto loop = dyn_cast<scf::ForOp>(parent)) {
      append(loop.getInductionVar());
    } else if (auto loop = dyn_cast<scf::WhileOp>(parent)) {
      for (BlockArgument argument : loop.getAfterArguments())
        if (argument.getType().isIndex())
          append(argument);
    } else if (auto loop = dyn_cast<onnx::LoopOp>(parent)) {
      Value count = loop.getBody().getArgument(0);
      if (auto type = dyn_cast<RankedTensorType>(count.getType()); type && type.getRank() == 0)
        append(extract(b, count, {}));
    }
  }
  return number;
}

/// A tensor of random numbers; `map` makes one of four random words.
Value randomTensor(Builder &b, Operation *op, ArrayRef<Size> shape, Type element, uint64_t seed,
                   function_ref<Num(const Words &)> map) {
  Type i64 = b.getI64Type();
  Value iteration = iterationOf(b, op);
  SmallVector<Value> extents = asValues(b, shape);
  return fromIndices(b, shape, element, [&](Builder &b, ValueRange at) -> Value {
    Num index(b, asValue(b, size(b, 0)));
    for (auto [i, extent] : llvm::zip_equal(at, extents))
      index = index * extent + i;
    auto halves = [&](Value value) {
      Num mask(b, integer(b, i64, 0xffffffff)), shift(b, integer(b, i64, 32));
      return std::pair(Num(b, arith::AndIOp::create(b, value, mask)), Num(b, arith::ShRUIOp::create(b, value, shift)));
    };
    auto [low, high] = halves(arith::IndexCastOp::create(b, i64, index));
    auto [third, fourth] = halves(iteration ? iteration : integer(b, i64, 0));
    return map(philox({low, high, third, fourth}, seed));
  });
}

/// The floats that numbers are computed in, and how many random bits the result can tell apart.
FloatType computedIn(Builder &b, Type element) { return element.isF64() ? b.getF64Type() : b.getF32Type(); }
unsigned mantissaOf(Type element) {
  return llvm::APFloat::semanticsPrecision(cast<FloatType>(element).getFloatSemantics());
}

template <typename Op>
std::optional<Sizes> randomShape(Builder &b, Op op, typename Op::Adaptor adaptor) {
  if constexpr (Op::template hasTrait<OpTrait::ZeroOperands>())
    return sizes(b, op.getShape());
  else
    return shapeOf(b, adaptor.getInput());
}

/// low + (high - low) u; what rounding brings to `high` is `low`.
template <typename Op>
struct LowerUniform : Lowering<Op> {
  using Lowering<Op>::Lowering;
  LogicalResult lower(Op op, typename Op::Adaptor adaptor, Builder &b,
                      ConversionPatternRewriter &rewriter) const override {
    Type element = this->resultType(op).getElementType();
    double low = op.getLow().convertToDouble(), high = op.getHigh().convertToDouble();
    FloatType real = computedIn(b, element);
    Value result =
        randomTensor(b, op, *randomShape(b, op, adaptor), element, seedOf(op, op.getSeed()), [&](const Words &words) {
          Builder &b = *words[0].builder;
          Num u = uniform(words[0], words[1], real, mantissaOf(element), false);
          Num y(b, convertScalar(b, low + u * (high - low), element, false, false));
          Num wide(b, convertScalar(b, y, real, false, false));
          return low < high ? select(wide < high, y, y.like(low)) : y;
        });
    this->replace(rewriter, op, b, result);
    return success();
  }
};

/// mean + scale sqrt(-2 ln u) cos(2 pi v): Box and Muller.
template <typename Op>
struct LowerNormal : Lowering<Op> {
  using Lowering<Op>::Lowering;
  LogicalResult lower(Op op, typename Op::Adaptor adaptor, Builder &b,
                      ConversionPatternRewriter &rewriter) const override {
    Type element = this->resultType(op).getElementType();
    double mean = op.getMean().convertToDouble(), scale = op.getScale().convertToDouble();
    FloatType real = computedIn(b, element);
    unsigned mantissa = mantissaOf(real);
    Value result =
        randomTensor(b, op, *randomShape(b, op, adaptor), element, seedOf(op, op.getSeed()), [&](const Words &words) {
          Builder &b = *words[0].builder;
          Num u = uniform(words[0], words[1], real, mantissa, true);
          Num angle = uniform(words[2], words[3], real, mantissa, false) * (2 * M_PI);
          Num length(b, math::SqrtOp::create(b, Num(b, math::LogOp::create(b, u)) * -2.0));
          Num y = length * math::CosOp::create(b, angle).getResult() * scale + mean;
          return Num(b, convertScalar(b, y, element, false, false));
        });
    this->replace(rewriter, op, b, result);
    return success();
  }
};

} // namespace

void addRandom(Patterns &patterns, Converter &converter) {
  patterns.add<LowerUniform<onnx::RandomUniformOp>, LowerUniform<onnx::RandomUniformLikeOp>,
               LowerNormal<onnx::RandomNormalOp>, LowerNormal<onnx::RandomNormalLikeOp>>(converter,
                                                                                         patterns.getContext());
}

} // namespace quern::lowering
