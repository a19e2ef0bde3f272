// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Softmax and its kin, reductions of functions, operators of any number of operands.

#include "DecomposeRules.h"

#include <limits>

using namespace mlir;

namespace quern::onnx {

// 16-bit floats are summed in f32.
static Type wide(Term x) {
  return x.element().getIntOrFloatBitWidth() < 32 ? Float32Type::get(x.value.getContext()) : x.element();
}

// x - max(x): no exponential overflows
static Term shifted(Term x, int64_t axis) { return x - reduceMax(x, axis); }

static void addSoftmax(Rules &rules) {
  // e / sum(e), e = exp(x - max(x))
  rules.add([](SoftmaxOp op, Formula &f) -> Answer {
    Term x = f(op.getInput());
    Term e = exp(shifted(convert(x, wide(x)), op.getAxis()));
    return convert(e / reduceSum(e, op.getAxis()), x.element());
  });

  // s - ln(sum(exp(s))), s = x - max(x)
  rules.add([](LogSoftmaxOp op, Formula &f) -> Answer {
    Term x = f(op.getInput());
    Term s = shifted(convert(x, wide(x)), op.getAxis());
    return convert(s - log(reduceSum(exp(s), op.getAxis())), x.element());
  });

  // index = argmax(x)
  rules.add([](HardmaxOp op, Formula &f) -> Answer {
    Term x = f(op.getInput());
    if (!x.ranked())
      return Answer::no("expects a known rank");
    int64_t axis = op.getAxis() < 0 ? op.getAxis() + x.rank() : op.getAxis();
    Term best = f.node<ArgMaxOp>({x.value}, {f.attr("axis", axis), f.attr("keepdims", int64_t(1))});
    Term index = unsqueeze(range(squeeze(shapeOf(x, axis, axis + 1), {0})), axesFrom(1, x.rank() - axis));
    return convert(index == best, x.element());
  });
}

// A reduction with the axes and flags of another.
template <typename OpTy, typename SourceOp>
static Term reduceAs(SourceOp op, Term x, bool keep) {
  Formula &f = *x.formula;
  return f.node<OpTy>({x.value, op.getAxes()}, {f.attr("keepdims", int64_t(keep)),
                                                f.attr("noop_with_empty_axes", int64_t(op.getNoopWithEmptyAxes()))});
}
template <typename OpTy, typename SourceOp>
static Term reduceAs(SourceOp op, Term x) {
  return reduceAs<OpTy>(op, x, op.getKeepdims());
}

static void addReductions(Rules &rules) {
  // sum(|x|)
  rules.add([](ReduceL1Op op, Formula &f) -> Answer { return reduceAs<ReduceSumOp>(op, abs(f(op.getData()))); });

  // sqrt(sum(x^2))
  rules.add([](ReduceL2Op op, Formula &f) -> Answer {
    Term x = f(op.getData());
    Term real = isa<FloatType>(x.element()) ? x : convert(x, f.builder.getF64Type());
    return convert(sqrt(reduceAs<ReduceSumOp>(op, real * real)), x.element());
  });

  // sum(x^2)
  rules.add([](ReduceSumSquareOp op, Formula &f) -> Answer {
    Term x = f(op.getData());
    return reduceAs<ReduceSumOp>(op, x * x);
  });

  // ln(sum(x))
  rules.add([](ReduceLogSumOp op, Formula &f) -> Answer {
    Term x = f(op.getData());
    Term real = isa<FloatType>(x.element()) ? x : convert(x, f.builder.getF64Type());
    return convert(log(reduceAs<ReduceSumOp>(op, real)), x.element());
  });

  // ln(sum(exp(x - m))) + m, m = max(x), or 0 where that is infinite
  rules.add([](ReduceLogSumExpOp op, Formula &f) -> Answer {
    Term x = f(op.getData());
    Term real = isa<FloatType>(x.element()) ? x : convert(x, f.builder.getF64Type());
    Term best = reduceAs<ReduceMaxOp>(op, real, /*keep=*/true);
    Term infinity = f.number(std::numeric_limits<double>::infinity(), real.element());
    Term m = select(abs(best) == infinity, f.number(0, real.element()), best);
    Term all = log(reduceAs<ReduceSumOp>(op, exp(real - m), /*keep=*/true)) + m;
    if (!op.getKeepdims())
      all = f.node<SqueezeOp>({all.value, op.getAxes()});
    return convert(all, x.element());
  });
}

// op(op(op(a, b), c), d)
template <typename Binary, typename Variadic>
static Answer chain(Variadic op, Formula &f) {
  Term all = f(op.getInputs().front());
  for (Value next : op.getInputs().drop_front())
    all = f.node<Binary>({all.value, next});
  return all;
}

static void addVariadic(Rules &rules) {
  rules.add([](SumOp op, Formula &f) -> Answer { return chain<AddOp>(op, f); });
  rules.add([](MeanOp op, Formula &f) -> Answer {
    return chain<AddOp>(op, f).terms.front() / static_cast<double>(op.getInputs().size());
  });
  rules.addForm([](MaxOp op, Formula &f) -> Answer {
    return op.getInputs().size() == 2 ? Answer::no("has two operands already") : chain<MaxOp>(op, f);
  });
  rules.addForm([](MinOp op, Formula &f) -> Answer {
    return op.getInputs().size() == 2 ? Answer::no("has two operands already") : chain<MinOp>(op, f);
  });
}

void addReductionRules(Rules &rules) {
  addSoftmax(rules);
  addReductions(rules);
  addVariadic(rules);
}

} // namespace quern::onnx
