// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The probabilities of classes that agree best with those of each two: libsvm's
// iteration, a row after the other.

#include "Loops.h"

using namespace mlir;

namespace quern::lowering {
namespace {

constexpr int64_t kMaxSteps = 100;

struct LowerCoupledProbabilities : Lowering<onnx::CoupledProbabilitiesOp> {
  using Lowering::Lowering;
  LogicalResult lower(onnx::CoupledProbabilitiesOp op, Adaptor adaptor, Builder &b, Rewriter &rewriter) const override {
    Value q = adaptor.getX();
    Size rows = dimOf(b, q, 0), classes = dimOf(b, q, 1);
    Type element = getElementTypeOrSelf(q);
    Value share = arith::DivFOp::create(b, scalar(b, element, 1), countOf(b, classes, element));
    Value y = filledTensor(b, {rows, classes}, share), product = filledTensor(b, {classes}, scalar(b, element, 0));
    Value result = loop(b, rows, {y, product}, [&](Builder &b, Value row, ValueRange state) {
                     return iterate(b, q, row, classes, state);
                   }).front();
    replace(rewriter, op, b, result);
    return success();
  }

  static Value countOf(Builder &b, Size classes, Type element) {
    Value count = arith::IndexCastOp::create(b, b.getI64Type(), asValue(b, classes));
    return arith::SIToFPOp::create(b, element, count);
  }

  /// One row p, in `state[0]`; `state[1]` is q p.
  static SmallVector<Value> iterate(Builder &b, Value q, Value row, Size classes, ValueRange state) {
    Type i64 = b.getI64Type(), element = getElementTypeOrSelf(q);
    Value limit = arith::DivFOp::create(b, scalar(b, element, 0.005), countOf(b, classes, element));
    SmallVector<Value> start = {integer(b, i64, 0), state[0], state[1]};
    SmallVector<Type> types = {i64, state[0].getType(), state[1].getType(), element};
    auto op = scf::WhileOp::create(
        b, types, start,
        [&](OpBuilder &nested, Location loc, ValueRange args) {
          Builder b(loc, nested);
          SmallVector<Value> products = multiply(b, q, row, classes, args[1], args[2]);
          Value error = largestError(b, classes, products[0], products[1]);
          Value goesOn = arith::AndIOp::create(
              b, arith::CmpFOp::create(b, arith::CmpFPredicate::OGE, error, limit),
              arith::CmpIOp::create(b, arith::CmpIPredicate::slt, args[0], integer(b, i64, kMaxSteps)));
          scf::ConditionOp::create(b, goesOn, ValueRange{args[0], args[1], products[0], products[1]});
        },
        [&](OpBuilder &nested, Location loc, ValueRange args) {
          Builder b(loc, nested);
          SmallVector<Value> next = step(b, q, row, classes, args.drop_front());
          scf::YieldOp::create(b, ValueRange{arith::AddIOp::create(b, args[0], integer(b, i64, 1)), next[0], next[1]});
        });
    return {op.getResult(1), op.getResult(2)};
  }

  /// q p, and p q p.
  static SmallVector<Value> multiply(Builder &b, Value q, Value row, Size classes, Value p, Value product) {
    Value zero = scalar(b, getElementTypeOrSelf(q), 0);
    return loop(b, classes, {product, zero}, [&](Builder &b, Value i, ValueRange state) -> SmallVector<Value> {
      Value sum = loop(b, classes, zero, [&](Builder &b, Value j, ValueRange sums) -> SmallVector<Value> {
                    Value term = arith::MulFOp::create(b, extract(b, q, {row, i, j}), extract(b, p, {row, j}));
                    return {arith::AddFOp::create(b, sums[0], term)};
                  }).front();
      Value term = arith::MulFOp::create(b, extract(b, p, {row, i}), sum);
      return {insert(b, state[0], sum, {i}), arith::AddFOp::create(b, state[1], term)};
    });
  }

  static Value largestError(Builder &b, Size classes, Value product, Value total) {
    Value zero = scalar(b, total.getType(), 0);
    return loop(b, classes, zero,
                [&](Builder &b, Value i, ValueRange state) -> SmallVector<Value> {
                  Value error = math::AbsFOp::create(b, arith::SubFOp::create(b, extract(b, product, {i}), total));
                  return {arith::MaxNumFOp::create(b, state[0], error)};
                })
        .front();
  }

  /// One class after the other moves to where the sum is least, and all are scaled to a sum of one.
  static SmallVector<Value> step(Builder &b, Value q, Value row, Size classes, ValueRange state) {
    Type element = getElementTypeOrSelf(q);
    Value one = scalar(b, element, 1), two = scalar(b, element, 2);
    auto add = [](Builder &b, Value x, Value y) -> Value { return arith::AddFOp::create(b, x, y); };
    auto multiply = [](Builder &b, Value x, Value y) -> Value { return arith::MulFOp::create(b, x, y); };
    auto divide = [](Builder &b, Value x, Value y) -> Value { return arith::DivFOp::create(b, x, y); };
    return loop(b, classes, state, [&](Builder &b, Value i, ValueRange state) -> SmallVector<Value> {
      Value total = state[2], qii = extract(b, q, {row, i, i}), qpi = extract(b, state[1], {i});
      Value move = divide(b, arith::SubFOp::create(b, total, qpi), qii), scale = add(b, one, move);
      Value p = insert(b, state[0], add(b, extract(b, state[0], {row, i}), move), {row, i});
      Value change = multiply(b, move, add(b, multiply(b, move, qii), multiply(b, two, qpi)));
      total = divide(b, divide(b, add(b, total, change), scale), scale);
      SmallVector<Value> scaled =
          loop(b, classes, {p, state[1]}, [&](Builder &b, Value j, ValueRange state) -> SmallVector<Value> {
            Value moved = add(b, extract(b, state[1], {j}), multiply(b, move, extract(b, q, {row, i, j})));
            return {insert(b, state[0], divide(b, extract(b, state[0], {row, j}), scale), {row, j}),
                    insert(b, state[1], divide(b, moved, scale), {j})};
          });
      return {scaled[0], scaled[1], total};
    });
  }
};

} // namespace

void addCoupledProbabilities(Patterns &patterns, Converter &converter) {
  patterns.add<LowerCoupledProbabilities>(converter, patterns.getContext());
}

} // namespace quern::lowering
