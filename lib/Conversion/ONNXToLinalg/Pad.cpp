// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Pad in its modes: constant ones are tensor.pad, the others read the element
// that the border mirrors, repeats or wraps to.

#include "Axes.h"

using namespace mlir;

namespace quern::lowering {
namespace {

struct LowerPad : Lowering<onnx::PadOp> {
  using Lowering::Lowering;
  LogicalResult lower(onnx::PadOp op, Adaptor adaptor, Builder &b, Rewriter &rewriter) const override {
    Value data = adaptor.getData();
    auto type = resultType(op);
    int64_t rank = type.getRank();
    Sizes none(rank, size(b, 0));
    Value pads = adaptor.getPads();
    NamedDims dims = nameDims(b, adaptor.getAxes(), rank, {{pads, none, 0, 2}, {pads, none, 1, 2}});
    Sizes low = dims.at[0], high = dims.at[1];

    if (op.getMode() == "constant") {
      Value value = scalar(b, type.getElementType(), 0);
      if (Value given = adaptor.getConstantValue())
        value = readScalar(b, given);
      bool mayTrim = llvm::any_of(llvm::concat<Size>(low, high),
                                  [](Size amount) { return !known(amount) && !isNonNegative(amount); });
      mayTrim |= isPacked(type.getElementType());
      replace(rewriter, op, b,
              mayTrim ? padOrTrim(b, data, low, high, value, type) : padTensor(b, data, low, high, value));
      return success();
    }
    if (op.getMode() != "reflect" && op.getMode() != "edge" && op.getMode() != "wrap")
      return unsupported(rewriter, op, "expects 'mode' to be constant, reflect, edge or wrap");
    replace(rewriter, op, b, padByIndex(b, op.getMode(), data, low, high, type));
    return success();
  }

  static Sizes paddedShape(Builder &b, Value data, ArrayRef<Size> low, ArrayRef<Size> high, RankedTensorType type) {
    Sizes shape = shapeOf(b, data);
    for (auto [dim, extent] : llvm::enumerate(shape)) {
      extent = add(b, add(b, low[dim], extent), high[dim]);
      checkSize(b, extent);
    }
    return refine(b, shape, type);
  }

  /// Amounts whose sign only the run knows: what lies outside of the data is `value`.
  static Value padOrTrim(Builder &b, Value data, ArrayRef<Size> low, ArrayRef<Size> high, Value value,
                         RankedTensorType type) {
    Sizes from = shapeOf(b, data);
    SmallVector<Value> extents = asValues(b, from), lows = asValues(b, low);
    return fromIndices(b, paddedShape(b, data, low, high, type), type.getElementType(),
                       [&](Builder &b, ValueRange indices) -> Value {
                         Value inside = integer(b, b.getI1Type(), 1);
                         SmallVector<Value> source;
                         for (auto [dim, index] : llvm::enumerate(indices)) {
                           Value at = arith::SubIOp::create(b, index, lows[dim]);
                           Value valid = arith::CmpIOp::create(b, arith::CmpIPredicate::ult, at, extents[dim]);
                           inside = arith::AndIOp::create(b, inside, valid);
                           source.push_back(at);
                         }
                         auto choice = scf::IfOp::create(
                             b, inside,
                             [&](OpBuilder &nested, Location loc) {
                               Builder b(loc, nested);
                               scf::YieldOp::create(b, extract(b, data, source));
                             },
                             [&](OpBuilder &nested, Location loc) { scf::YieldOp::create(nested, loc, value); });
                         return choice.getResult(0);
                       });
  }

  static Value padByIndex(Builder &b, StringRef mode, Value data, ArrayRef<Size> low, ArrayRef<Size> high,
                          RankedTensorType type) {
    Sizes from = shapeOf(b, data);
    Sizes shape = paddedShape(b, data, low, high, type);
    for (auto [dim, extent] : llvm::enumerate(from)) {
      // There must be an element to repeat.
      if (isKnown(low[dim], 0) && isKnown(high[dim], 0))
        continue;
      if (!known(extent)) {
        Value one = asValue(b, size(b, 1));
        check(b, arith::CmpIOp::create(b, arith::CmpIPredicate::sge, asValue(b, extent), one),
              "an empty dimension cannot be padded from its own elements");
      }
    }
    SmallVector<Value> extents = asValues(b, from), lows = asValues(b, low);
    return fromIndices(b, shape, type.getElementType(), [&](Builder &b, ValueRange indices) {
      SmallVector<Value> source(indices);
      for (auto [dim, index] : llvm::enumerate(indices)) {
        if (isKnown(low[dim], 0) && isKnown(high[dim], 0))
          continue;
        source[dim] = sourceIndex(b, mode, arith::SubIOp::create(b, index, lows[dim]), extents[dim]);
      }
      return extract(b, data, source);
    });
  }

  static Value sourceIndex(Builder &b, StringRef mode, Value at, Value extent) {
    Value zero = arith::ConstantIndexOp::create(b, 0), one = arith::ConstantIndexOp::create(b, 1);
    Value last = arith::SubIOp::create(b, extent, one);
    if (mode == "edge")
      return clampIndex(b, at, zero, last);
    // Both others repeat with a period: the size, or there and back.
    Value period = extent;
    if (mode == "reflect")
      period = arith::MaxSIOp::create(b, arith::AddIOp::create(b, last, last), one);
    Value wrapped = arith::RemSIOp::create(b, at, period);
    Value isNegative = arith::CmpIOp::create(b, arith::CmpIPredicate::slt, wrapped, zero);
    wrapped = arith::SelectOp::create(b, isNegative, arith::AddIOp::create(b, wrapped, period), wrapped);
    if (mode == "wrap")
      return wrapped;
    return arith::MinSIOp::create(b, wrapped, arith::SubIOp::create(b, period, wrapped));
  }
};

} // namespace

void addPads(Patterns &patterns, Converter &converter) { patterns.add<LowerPad>(converter, patterns.getContext()); }

} // namespace quern::lowering
