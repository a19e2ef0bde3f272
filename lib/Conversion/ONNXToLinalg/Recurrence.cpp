// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// LSTM, GRU and RNN: the product with the inputs is one contraction for all
// steps; a loop over the steps carries the state, with one contraction (for
// some GRUs two) and one elementwise op a step.

#include "Contraction.h"
#include "Loops.h"

using namespace mlir;

namespace quern::lowering {
namespace {

//===--- Activations ------------------------------------------------------===//

struct Activation {
  std::string name; ///< lower case
  double alpha, beta;
};

/// The standard's defaults of alpha and beta; nothing for a name that it does not have.
std::optional<std::pair<double, double>> defaultsOf(StringRef name) {
  using Pair = std::pair<double, double>;
  return llvm::StringSwitch<std::optional<Pair>>(name)
      .Cases({"relu", "tanh", "sigmoid", "softsign", "softplus"}, Pair(0, 0))
      .Case("affine", Pair(1, 0))
      .Case("leakyrelu", Pair(0.01, 0))
      .Case("thresholdedrelu", Pair(1, 0))
      .Case("scaledtanh", Pair(1, 1))
      .Case("hardsigmoid", Pair(0.2, 0.5))
      .Case("elu", Pair(1, 0))
      .Default(std::nullopt);
}

Value activate(Builder &b, const Activation &activation, Value x) {
  auto constant = [&](double value) { return scalar(b, x.getType(), value); };
  auto mul = [&](Value l, Value r) -> Value { return arith::MulFOp::create(b, l, r); };
  auto add = [&](Value l, Value r) -> Value { return arith::AddFOp::create(b, l, r); };
  auto ifPositive = [&](double limit, Value value, Value otherwise) -> Value {
    Value isAbove = arith::CmpFOp::create(b, arith::CmpFPredicate::OGT, x, constant(limit));
    return arith::SelectOp::create(b, isAbove, value, otherwise);
  };
  StringRef name = activation.name;
  Value alpha = constant(activation.alpha), beta = constant(activation.beta), zero = constant(0), one = constant(1);
  if (name == "tanh")
    return math::TanhOp::create(b, x);
  if (name == "sigmoid")
    return arith::DivFOp::create(b, one, add(one, math::ExpOp::create(b, arith::NegFOp::create(b, x))));
  if (name == "relu")
    return arith::MaximumFOp::create(b, x, zero);
  if (name == "affine")
    return add(mul(alpha, x), beta);
  if (name == "leakyrelu")
    return ifPositive(0, x, mul(alpha, x));
  if (name == "thresholdedrelu")
    return ifPositive(activation.alpha, x, zero);
  if (name == "scaledtanh")
    return mul(alpha, math::TanhOp::create(b, mul(beta, x)));
  if (name == "hardsigmoid")
    return arith::MaximumFOp::create(b, arith::MinimumFOp::create(b, add(mul(alpha, x), beta), one), zero);
  if (name == "elu")
    return ifPositive(0, x, mul(alpha, math::ExpM1Op::create(b, x)));
  if (name == "softsign")
    return arith::DivFOp::create(b, x, add(one, math::AbsFOp::create(b, x)));
  Value exp = math::ExpOp::create(b, arith::NegFOp::create(b, math::AbsFOp::create(b, x)));
  return add(arith::MaximumFOp::create(b, x, zero), math::Log1pOp::create(b, exp));
}

//===--- What the three ops share -----------------------------------------===//

struct Recurrence {
  Value x, w, r, bias, lengths, initialH, initialC, peepholes; ///< in layout 0; null where absent
  int64_t gates;                                               ///< blocks of `hidden` rows in W
  int64_t directions;                                          ///< 1 or 2
  bool startsReversed = false;
  SmallVector<Activation> activations; ///< of each direction in turn
  std::optional<double> clip;
  Type element, accumulator;
  Size steps, batch, hidden;
};

/// What only the run knows of the operands' shapes agrees.
void checkShapes(Builder &b, const Recurrence &rec) {
  Size directions = size(b, rec.directions), rows = mul(b, size(b, rec.gates), rec.hidden);
  auto expect = [&](Value tensor, ArrayRef<Size> shape) {
    for (auto [dim, extent] : llvm::enumerate(tensor ? shape : ArrayRef<Size>()))
      checkEqual(b, dimOf(b, tensor, dim), extent,
                 "the operands disagree on directions, batch, inputs or hidden units");
  };
  expect(rec.w, {directions, rows, dimOf(b, rec.x, 2)});
  expect(rec.r, {directions, rows, rec.hidden});
  expect(rec.bias, {directions, mul(b, size(b, 2), rows)});
  expect(rec.lengths, {rec.batch});
  expect(rec.initialH, {directions, rec.batch, rec.hidden});
  expect(rec.initialC, {directions, rec.batch, rec.hidden});
  expect(rec.peepholes, {directions, mul(b, size(b, 3), rec.hidden)});
}

/// One slice along dimension 0.
Value ofDirection(Builder &b, Value tensor, int64_t direction) {
  return tensor ? sliceAt(b, tensor, 0, size(b, direction)) : Value();
}

/// A […, i, k] * M [n, k]^T, as [A's leading dimensions, n].
Value timesTransposed(Builder &b, Value lhs, Value matrix, Type accumulator) {
  Sizes shape = shapeOf(b, lhs);
  unsigned leading = shape.size() - 1, loops = leading + 2;
  shape.back() = dimOf(b, matrix, 0);
  SmallVector<AffineExpr> exprs;
  for (unsigned i : llvm::seq(leading))
    exprs.push_back(b.getAffineDimExpr(i));
  AffineExpr n = b.getAffineDimExpr(leading), k = b.getAffineDimExpr(leading + 1);
  exprs.push_back(k);
  return contract(b, lhs, matrix, AffineMap::get(loops, 0, exprs, b.getContext()),
                  AffineMap::get(loops, 0, {n, k}, b.getContext()), shape, accumulator);
}

/// A [rows, gates * hidden] as [rows, gates, hidden].
Value splitGates(Builder &b, Value tensor, const Recurrence &rec, int64_t gates) {
  return splitDim(b, tensor, 1, {size(b, gates), rec.hidden});
}

/// The operands of one elementwise op over [batch, hidden].
struct CellInputs {
  SmallVector<Value> values;
  SmallVector<AffineMap> maps;

  /// Adds a tensor [batch, hidden].
  unsigned addState(Builder &b, Value tensor) { return add(tensor, b.getMultiDimIdentityMap(2)); }
  /// Adds gate `gate` of a tensor [batch, gates, hidden].
  unsigned addGate(Builder &b, Value tensor, int64_t gate) {
    AffineExpr row = b.getAffineDimExpr(0), column = b.getAffineDimExpr(1);
    return add(tensor, AffineMap::get(2, 0, {row, b.getAffineConstantExpr(gate), column}, b.getContext()));
  }
  /// Adds part `part` of a vector [parts, hidden].
  unsigned addPart(Builder &b, Value tensor, int64_t part) {
    AffineExpr column = b.getAffineDimExpr(1);
    return add(tensor, AffineMap::get(2, 0, {b.getAffineConstantExpr(part), column}, b.getContext()));
  }
  /// Adds a number for each row.
  unsigned addRow(Builder &b, Value tensor) { return add(tensor, AffineMap::get(2, 0, b.getAffineDimExpr(0))); }

private:
  unsigned add(Value tensor, AffineMap map) {
    values.push_back(tensor);
    maps.push_back(map);
    return values.size() - 1;
  }
};

/// An elementwise op over [batch, hidden] in the accumulator's type.
SmallVector<Value> cell(Builder &b, const Recurrence &rec, CellInputs &inputs, unsigned results, Body body) {
  AffineMap identity = b.getMultiDimIdentityMap(2);
  SmallVector<Value> inits;
  SmallVector<AffineMap> maps(inputs.maps);
  for (unsigned i = 0; i < results; ++i) {
    inits.push_back(emptyTensor(b, {rec.batch, rec.hidden}, rec.accumulator));
    maps.push_back(identity);
  }
  SmallVector<utils::IteratorType> iterators(2, utils::IteratorType::parallel);
  return generic(b, inputs.values, inits, maps, iterators, [&](Builder &b, ValueRange args) {
    SmallVector<Value> wide;
    for (Value arg : args)
      wide.push_back(isa<FloatType>(arg.getType()) ? convertScalar(b, arg, rec.accumulator, false, false) : arg);
    return body(b, wide);
  });
}

/// One step of a cell: the next states from the inputs' product [batch, gates, hidden] of the step and the states.
using Step =
    std::function<SmallVector<Value>(Builder &, const Recurrence &, Value inputGates, ValueRange state, Value r,
                                     Value bias, Value peepholes, ArrayRef<Activation>, Value isActive)>;

Value sum(Builder &b, Value lhs, Value rhs) { return arith::AddFOp::create(b, lhs, rhs); }
Value times(Builder &b, Value lhs, Value rhs) { return arith::MulFOp::create(b, lhs, rhs); }

Value clipped(Builder &b, const Recurrence &rec, Value x) {
  if (!rec.clip)
    return x;
  Value high = scalar(b, x.getType(), *rec.clip), low = scalar(b, x.getType(), -*rec.clip);
  return arith::MaximumFOp::create(b, arith::MinimumFOp::create(b, x, high), low);
}

/// Rows whose sequence has ended keep their state. `isActive` is an i1 a row, or null.
Value keepEnded(Builder &b, ValueRange args, std::optional<unsigned> active, Value next, Value old) {
  return active ? Value(arith::SelectOp::create(b, args[*active], next, old)) : next;
}

/// The results Y [steps, directions, batch, hidden] and the last states [directions, batch, hidden].
SmallVector<Value> run(Builder &b, const Recurrence &rec, unsigned states, const Step &step) {
  Sizes allShape = {rec.steps, size(b, rec.directions), rec.batch, rec.hidden};
  Sizes lastShape = {size(b, rec.directions), rec.batch, rec.hidden};
  Value all = emptyTensor(b, allShape, rec.element);
  SmallVector<Value> lasts;
  for (unsigned i = 0; i < states; ++i)
    lasts.push_back(emptyTensor(b, lastShape, rec.element));
  unsigned perDirection = rec.activations.size() / rec.directions;
  for (int64_t direction : llvm::seq(rec.directions)) {
    bool isReverse = direction == 1 || rec.startsReversed;
    Value w = ofDirection(b, rec.w, direction), r = ofDirection(b, rec.r, direction);
    Value bias = ofDirection(b, rec.bias, direction), peepholes = ofDirection(b, rec.peepholes, direction);
    if (bias)
      bias = splitDim(b, bias, 0, {size(b, 2 * rec.gates), rec.hidden});
    if (peepholes)
      peepholes = splitDim(b, peepholes, 0, {size(b, 3), rec.hidden});
    Value inputs = timesTransposed(b, rec.x, w, rec.accumulator);
    inputs = splitDim(b, inputs, 2, {size(b, rec.gates), rec.hidden});
    SmallVector<Value> state;
    for (unsigned i = 0; i < states; ++i) {
      Value initial = ofDirection(b, i == 0 ? rec.initialH : rec.initialC, direction);
      state.push_back(initial ? castElements(b, initial, rec.accumulator)
                              : filledTensor(b, {rec.batch, rec.hidden}, scalar(b, rec.accumulator, 0)));
    }
    state.push_back(all);
    for (Value &value : MutableArrayRef(state).drop_back()) {
      auto type = RankedTensorType::get(staticShape({rec.batch, rec.hidden}), rec.accumulator);
      value = castTo(b, value, type);
    }
    ArrayRef<Activation> activations = ArrayRef(rec.activations).slice(direction * perDirection, perDirection);
    Value lastStep = asValue(b, sub(b, rec.steps, size(b, 1)));
    SmallVector<Value> results = loop(b, rec.steps, state, [&](Builder &b, Value index, ValueRange args) {
      Value at = isReverse ? Value(arith::SubIOp::create(b, lastStep, index)) : index;
      Value isActive;
      if (rec.lengths)
        isActive = mapTensor(b, rec.lengths, b.getI1Type(), [&](Builder &b, Value length) -> Value {
          Value number = arith::IndexCastOp::create(b, b.getIndexType(), length);
          return arith::CmpIOp::create(b, arith::CmpIPredicate::slt, at, number);
        });
      SmallVector<Value> next =
          step(b, rec, sliceAt(b, inputs, 0, at), args.drop_back(), r, bias, peepholes, activations, isActive);
      // The last of the results is what Y gets.
      Value written = castElements(b, next.pop_back_val(), rec.element);
      Sizes offsets = {at, size(b, direction), size(b, 0), size(b, 0)};
      Sizes shape = {size(b, 1), size(b, 1), rec.batch, rec.hidden};
      next.push_back(insertSlice(b, args.back(), written, offsets, shape));
      return next;
    });
    all = results.back();
    for (unsigned i = 0; i < states; ++i)
      lasts[i] = insertAt(b, lasts[i], castElements(b, results[i], rec.element), 0, size(b, direction));
  }
  SmallVector<Value> outputs = {all};
  llvm::append_range(outputs, lasts);
  return outputs;
}

//===--- The cells --------------------------------------------------------===//

/// i, o, f, c: C = f . C + i . g(c), H = o . h(C); peepholes look at C (o at the new one).
SmallVector<Value> stepLSTM(bool couples, Builder &b, const Recurrence &rec, Value inputGates, ValueRange state,
                            Value r, Value bias, Value peepholes, ArrayRef<Activation> f, Value isActive) {
  Value products = splitGates(b, timesTransposed(b, state[0], r, rec.accumulator), rec, 4);
  CellInputs in;
  unsigned h = in.addState(b, state[0]), c = in.addState(b, state[1]);
  std::optional<unsigned> active, firstBias, firstPeephole;
  unsigned gates = in.values.size();
  for (int64_t gate = 0; gate < 4; ++gate) {
    in.addGate(b, inputGates, gate);
    in.addGate(b, products, gate);
  }
  if (bias) {
    firstBias = in.values.size();
    for (int64_t part = 0; part < 8; ++part)
      in.addPart(b, bias, part);
  }
  if (peepholes) {
    firstPeephole = in.values.size();
    for (int64_t part = 0; part < 3; ++part)
      in.addPart(b, peepholes, part);
  }
  if (isActive)
    active = in.addRow(b, isActive);
  return cell(b, rec, in, isActive ? 3 : 2, [&](Builder &b, ValueRange args) -> SmallVector<Value> {
    auto gate = [&](unsigned i) {
      Value x = sum(b, args[gates + 2 * i], args[gates + 2 * i + 1]);
      return firstBias ? sum(b, x, sum(b, args[*firstBias + i], args[*firstBias + 4 + i])) : x;
    };
    auto peep = [&](unsigned i, Value x, Value with) {
      return firstPeephole ? sum(b, x, times(b, args[*firstPeephole + i], with)) : x;
    };
    auto apply = [&](unsigned function, Value x) { return activate(b, f[function], clipped(b, rec, x)); };
    Value i = apply(0, peep(0, gate(0), args[c]));
    Value forget = couples ? Value(arith::SubFOp::create(b, scalar(b, rec.accumulator, 1), i))
                           : apply(0, peep(2, gate(2), args[c]));
    Value candidate = apply(1, gate(3));
    Value nextC = sum(b, times(b, forget, args[c]), times(b, i, candidate));
    Value o = apply(0, peep(1, gate(1), nextC));
    Value nextH = times(b, o, activate(b, f[2], nextC));
    Value keptH = keepEnded(b, args, active, nextH, args[h]), keptC = keepEnded(b, args, active, nextC, args[c]);
    SmallVector<Value> results = {keptH, keptC};
    if (active)
      results.push_back(keepEnded(b, args, active, nextH, scalar(b, rec.accumulator, 0)));
    return results;
  });
}

/// z, r, n: H = (1 - z) . n + z . H, with n = g(X W + (r . H) R), or g(X W + r . (H R)) where `linear`.
SmallVector<Value> stepGRU(bool linear, Builder &b, const Recurrence &rec, Value inputGates, ValueRange state, Value r,
                           Value bias, ArrayRef<Activation> f, Value isActive) {
  Type accumulator = rec.accumulator;
  Value products = splitGates(b, timesTransposed(b, state[0], r, accumulator), rec, 3);
  auto gateOf = [&](Builder &b, ValueRange args, unsigned at, std::optional<unsigned> biases, unsigned gate) {
    Value x = sum(b, args[at], args[at + 1]);
    return biases ? sum(b, x, sum(b, args[*biases + gate], args[*biases + 3 + gate])) : x;
  };
  auto addBias = [&](CellInputs &in) -> std::optional<unsigned> {
    if (!bias)
      return std::nullopt;
    unsigned first = in.values.size();
    for (int64_t part = 0; part < 6; ++part)
      in.addPart(b, bias, part);
    return first;
  };
  Value reset; // (r . H) R of the third gate
  if (!linear) {
    CellInputs in;
    unsigned h = in.addState(b, state[0]), at = in.addGate(b, inputGates, 1);
    in.addGate(b, products, 1);
    auto biases = addBias(in);
    Value scaled = cell(b, rec, in, 1, [&](Builder &b, ValueRange args) -> SmallVector<Value> {
                     Value gate = activate(b, f[0], clipped(b, rec, gateOf(b, args, at, biases, 1)));
                     return {times(b, gate, args[h])};
                   }).front();
    Sizes rows = {mul(b, size(b, 2), rec.hidden), size(b, 0)}, shape = {rec.hidden, rec.hidden};
    reset = timesTransposed(b, scaled, sliceTensor(b, r, rows, shape), accumulator);
  }
  CellInputs in;
  unsigned h = in.addState(b, state[0]), gates = in.values.size();
  for (int64_t gate = 0; gate < 3; ++gate) {
    in.addGate(b, inputGates, gate);
    in.addGate(b, products, gate);
  }
  auto biases = addBias(in);
  unsigned resetAt = reset ? in.addState(b, reset) : 0;
  std::optional<unsigned> active;
  if (isActive)
    active = in.addRow(b, isActive);
  return cell(b, rec, in, isActive ? 2 : 1, [&](Builder &b, ValueRange args) -> SmallVector<Value> {
    Value z = activate(b, f[0], clipped(b, rec, gateOf(b, args, gates, biases, 0)));
    Value x = args[gates + 4], product = args[gates + 5];
    if (biases)
      x = sum(b, x, args[*biases + 2]);
    if (linear) {
      Value gate = activate(b, f[0], clipped(b, rec, gateOf(b, args, gates + 2, biases, 1)));
      product = times(b, gate, biases ? sum(b, product, args[*biases + 5]) : product);
    } else {
      product = biases ? sum(b, args[resetAt], args[*biases + 5]) : args[resetAt];
    }
    Value n = activate(b, f[1], clipped(b, rec, sum(b, x, product)));
    Value rest = arith::SubFOp::create(b, scalar(b, accumulator, 1), z);
    Value next = sum(b, times(b, rest, n), times(b, z, args[h]));
    SmallVector<Value> results = {keepEnded(b, args, active, next, args[h])};
    if (active)
      results.push_back(keepEnded(b, args, active, next, scalar(b, accumulator, 0)));
    return results;
  });
}

/// H = f(X W + H R + B).
SmallVector<Value> stepRNN(Builder &b, const Recurrence &rec, Value inputGates, ValueRange state, Value r, Value bias,
                           ArrayRef<Activation> f, Value isActive) {
  CellInputs in;
  unsigned h = in.addState(b, state[0]), x = in.addGate(b, inputGates, 0);
  unsigned product = in.addState(b, timesTransposed(b, state[0], r, rec.accumulator));
  std::optional<unsigned> biases, active;
  if (bias) {
    biases = in.addPart(b, bias, 0);
    in.addPart(b, bias, 1);
  }
  if (isActive)
    active = in.addRow(b, isActive);
  return cell(b, rec, in, isActive ? 2 : 1, [&](Builder &b, ValueRange args) -> SmallVector<Value> {
    Value total = sum(b, args[x], args[product]);
    if (biases)
      total = sum(b, total, sum(b, args[*biases], args[*biases + 1]));
    Value next = activate(b, f[0], clipped(b, rec, total));
    SmallVector<Value> results = {keepEnded(b, args, active, next, args[h])};
    if (active)
      results.push_back(keepEnded(b, args, active, next, scalar(b, rec.accumulator, 0)));
    return results;
  });
}

//===--- Patterns ---------------------------------------------------------===//

template <typename Op>
struct LowerRecurrence : Lowering<Op> {
  using Lowering<Op>::Lowering;
  LogicalResult lower(Op op, typename Op::Adaptor adaptor, Builder &b,
                      ConversionPatternRewriter &rewriter) const override {
    constexpr bool isLSTM = std::is_same_v<Op, onnx::LSTMOp>, isGRU = std::is_same_v<Op, onnx::GRUOp>;
    Recurrence rec;
    rec.gates = isLSTM ? 4 : isGRU ? 3 : 1;
    rec.directions = op.getDirection() == "bidirectional" ? 2 : 1;
    rec.startsReversed = op.getDirection() == "reverse";
    bool batchFirst = op.getLayout() == 1;
    auto inner = [&](Value tensor) -> Value {
      return tensor && batchFirst ? transposeTensor(b, tensor, {1, 0, 2}) : tensor;
    };
    rec.x = inner(adaptor.getX());
    rec.w = adaptor.getW();
    rec.r = adaptor.getR();
    rec.bias = adaptor.getB();
    rec.lengths = adaptor.getSequenceLens();
    rec.initialH = inner(adaptor.getInitialH());
    if constexpr (isLSTM) {
      rec.initialC = inner(adaptor.getInitialC());
      rec.peepholes = adaptor.getP();
    }
    rec.element = getElementTypeOrSelf(rec.x);
    rec.accumulator = accumulatorOf(b, rec.element);
    rec.steps = dimOf(b, rec.x, 0);
    rec.batch = dimOf(b, rec.x, 1);
    rec.hidden = op.getHiddenSize() ? size(b, *op.getHiddenSize()) : dimOf(b, rec.r, 2);
    if (op.getClip())
      rec.clip = op.getClip()->convertToDouble();
    if (!readActivations(op, rec, isLSTM ? 3 : isGRU ? 2 : 1))
      return this->unsupported(rewriter, op, "expects activations of the standard, as many as the gates need");
    checkShapes(b, rec);

    SmallVector<Value> outputs =
        run(b, rec, isLSTM ? 2 : 1,
            [&](Builder &b, const Recurrence &rec, Value inputGates, ValueRange state, Value r, Value bias,
                Value peepholes, ArrayRef<Activation> f, Value isActive) {
              SmallVector<Value> next;
              if constexpr (isLSTM)
                next = stepLSTM(op.getInputForget(), b, rec, inputGates, state, r, bias, peepholes, f, isActive);
              else if constexpr (isGRU)
                next = stepGRU(op.getLinearBeforeReset(), b, rec, inputGates, state, r, bias, f, isActive);
              else
                next = stepRNN(b, rec, inputGates, state, r, bias, f, isActive);
              if (!isActive)
                next.push_back(next.front());
              return next;
            });
    if (batchFirst) {
      outputs[0] = transposeTensor(b, outputs[0], {2, 0, 1, 3});
      for (Value &last : MutableArrayRef(outputs).drop_front())
        last = inner(last);
    }
    SmallVector<Value> results;
    if (op.getY())
      results.push_back(outputs[0]);
    if (op.getYH())
      results.push_back(outputs[1]);
    if constexpr (isLSTM)
      if (op.getYC())
        results.push_back(outputs[2]);
    this->replace(rewriter, op, b, results);
    return success();
  }

  /// Fills in the names, and alpha and beta in the order in which the standard hands them out.
  static bool readActivations(Op op, Recurrence &rec, unsigned perDirection) {
    static constexpr StringRef defaults[] = {"sigmoid", "tanh", "tanh"};
    bool isPlain = perDirection == 1;
    auto alphas = op.getActivationAlpha(), betas = op.getActivationBeta();
    unsigned nextAlpha = 0, nextBeta = 0;
    for (unsigned i = 0; i < perDirection * rec.directions; ++i) {
      std::string name = (isPlain ? StringRef("tanh") : defaults[i % perDirection]).str();
      if (auto names = op.getActivations()) {
        if (names->size() <= i)
          return false;
        name = cast<StringAttr>((*names)[i]).getValue().lower();
      }
      auto parameters = defaultsOf(name);
      if (!parameters)
        return false;
      bool hasAlpha = name == "affine" || name == "leakyrelu" || name == "thresholdedrelu" || name == "scaledtanh" ||
                      name == "hardsigmoid" || name == "elu";
      bool hasBeta = name == "affine" || name == "scaledtanh" || name == "hardsigmoid";
      if (hasAlpha && alphas && nextAlpha < alphas->size())
        parameters->first = (*alphas)[nextAlpha++];
      if (hasBeta && betas && nextBeta < betas->size())
        parameters->second = (*betas)[nextBeta++];
      rec.activations.push_back({name, parameters->first, parameters->second});
    }
    return true;
  }
};

} // namespace

void addRecurrences(Patterns &patterns, Converter &converter) {
  patterns.add<LowerRecurrence<onnx::LSTMOp>, LowerRecurrence<onnx::GRUOp>, LowerRecurrence<onnx::RNNOp>>(
      converter, patterns.getContext());
}

} // namespace quern::lowering
