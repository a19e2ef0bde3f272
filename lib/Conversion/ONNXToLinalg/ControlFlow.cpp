// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// If, Loop and Scan as scf. Their bodies are moved as they are; the patterns of
// the ops inside see to the rest.

#include "Axes.h"
#include "Loops.h"

using namespace mlir;

namespace quern::lowering {
namespace {

/// A value not yet converted, in the type that it will have.
Value converted(Builder &b, Value value) {
  Type type = toSignless(value.getType());
  return type == value.getType() ? value : UnrealizedConversionCastOp::create(b, type, value).getResult(0);
}

/// The opposite, for the arguments of a body that is moved.
Value original(Builder &b, Value value, Type type) {
  return type == value.getType() ? value : UnrealizedConversionCastOp::create(b, type, value).getResult(0);
}

RankedTensorType loweredType(Type type) { return dyn_cast<RankedTensorType>(toSignless(type)); }

bool areRanked(TypeRange types) {
  return llvm::all_of(types, [](Type type) { return isa<RankedTensorType>(toSignless(type)); });
}

} // namespace

void moveBody(ConversionPatternRewriter &rewriter, Location loc, Region &region, Block *block, ValueRange args,
              function_ref<void(Builder &, ValueRange)> finish) {
  Block *body = &region.front();
  rewriter.setInsertionPointToEnd(block);
  Builder b(loc, rewriter);
  SmallVector<Value> replacements;
  for (auto [arg, value] : llvm::zip_equal(body->getArguments(), args)) {
    auto type = dyn_cast<RankedTensorType>(toSignless(arg.getType()));
    replacements.push_back(original(b, type ? castTo(b, value, type) : value, arg.getType()));
  }
  auto yield = cast<onnx::YieldOp>(body->getTerminator());
  rewriter.inlineBlockBefore(body, block, block->end(), replacements);
  rewriter.setInsertionPoint(yield);
  Builder tail(loc, rewriter);
  SmallVector<Value> results;
  for (Value result : yield.getOperands())
    results.push_back(converted(tail, result));
  finish(tail, results);
  rewriter.eraseOp(yield);
}

namespace {

SmallVector<Value> castAll(Builder &b, ValueRange values, TypeRange types) {
  SmallVector<Value> results;
  for (auto [value, type] : llvm::zip_equal(values, types))
    results.push_back(isa<RankedTensorType>(type) ? castTo(b, value, cast<RankedTensorType>(type)) : value);
  return results;
}

struct LowerIf : Lowering<onnx::IfOp> {
  using Lowering::Lowering;
  LogicalResult lower(onnx::IfOp op, Adaptor adaptor, Builder &b, Rewriter &rewriter) const override {
    if (!areRanked(op->getResultTypes()))
      return unsupported(rewriter, op, "expects results of known rank");
    SmallVector<Type> types;
    for (Type type : op->getResultTypes())
      types.push_back(loweredType(type));
    Value condition = readScalar(b, adaptor.getCond());
    auto choice = scf::IfOp::create(b, types, condition, /*addThenBlock=*/true, /*addElseBlock=*/true);
    for (auto [from, to] :
         {std::pair(&op.getThenBranch(), choice.thenBlock()), std::pair(&op.getElseBranch(), choice.elseBlock())})
      moveBody(rewriter, op.getLoc(), *from, to, {},
               [&](Builder &b, ValueRange results) { scf::YieldOp::create(b, castAll(b, results, types)); });
    rewriter.replaceOp(op, choice.getResults());
    return success();
  }
};

//===--- Loops ------------------------------------------------------------===//

/// Room for `count` slices of `type`, stacked along `axis`; nothing where a slice's size is not known.
std::optional<Value> stackOf(Builder &b, RankedTensorType type, Size count, int64_t axis) {
  if (!type || !type.hasStaticShape())
    return std::nullopt;
  Sizes shape = sizes(b, type.getShape());
  shape.insert(shape.begin() + axis, count);
  return emptyTensor(b, shape, type.getElementType());
}

bool isTrue(Value condition) {
  auto constant = constantIntegers(condition);
  return constant && !constant->empty() && constant->front() != 0;
}

/// The body's next condition is its own condition, or constant.
bool alwaysContinues(Block &body, Value next) {
  while (auto identity = next.getDefiningOp<onnx::IdentityOp>())
    next = identity.getInput();
  if (next == body.getArgument(1))
    return true;
  DenseElementsAttr constant;
  if (auto op = next.getDefiningOp<onnx::ConstantOp>())
    constant = dyn_cast<DenseElementsAttr>(op.getValue());
  return constant && constant.isSplat() && constant.getSplatValue<bool>();
}

struct LowerLoop : Lowering<onnx::LoopOp> {
  using Lowering::Lowering;
  LogicalResult lower(onnx::LoopOp op, Adaptor adaptor, Builder &b, Rewriter &rewriter) const override {
    Block &body = op.getBody().front();
    unsigned carried = adaptor.getVInitial().size(), scans = op->getNumResults() - carried;
    if (!areRanked(op->getResultTypes()) || !areRanked(body.getArgumentTypes()))
      return unsupported(rewriter, op, "expects carried values and results of known rank");
    bool counts =
        (!adaptor.getCond() || isTrue(adaptor.getCond())) && alwaysContinues(body, body.getTerminator()->getOperand(0));
    if (!adaptor.getM() && (scans || counts))
      return unsupported(rewriter, op, "expects a trip count where the loop has scan outputs or does not end itself");
    Size trips = size(b, INT64_MAX);
    if (adaptor.getM()) {
      trips = readNumber(b, adaptor.getM());
      trips = max(b, trips, size(b, 0));
    }
    if (scans && known(trips).value_or(0) > (int64_t(1) << 24))
      return unsupported(rewriter, op, "expects a trip count of at most 2^24 where the loop has scan outputs");

    // The state: carried values in the body's types, then the stacks.
    SmallVector<Value> state;
    for (auto [value, arg] : llvm::zip_equal(adaptor.getVInitial(), body.getArguments().drop_front(2)))
      state.push_back(castTo(b, value, loweredType(arg.getType())));
    for (unsigned i : llvm::seq(scans)) {
      auto slice = loweredType(body.getTerminator()->getOperand(1 + carried + i).getType());
      auto stack = stackOf(b, slice, trips, 0);
      if (!stack)
        return unsupported(rewriter, op, "expects scan outputs whose slices have a size known when compiling");
      state.push_back(*stack);
    }
    SmallVector<Type> types = llvm::to_vector(ValueRange(state).getTypes());
    auto next = [&](Builder &b, Value index, ValueRange old, ValueRange yielded) {
      SmallVector<Value> values;
      for (unsigned i : llvm::seq(carried))
        values.push_back(castTo(b, yielded[1 + i], cast<RankedTensorType>(types[i])));
      for (unsigned i : llvm::seq(scans))
        values.push_back(insertAt(b, old[carried + i], yielded[1 + carried + i], 0, index));
      return values;
    };
    auto bodyArgs = [&](Builder &b, Value index, ValueRange old) {
      Value iteration = arith::IndexCastOp::create(b, b.getI64Type(), index);
      SmallVector<Value> args = {
          tensor::FromElementsOp::create(b, RankedTensorType::get({}, b.getI64Type()), iteration),
          arith::ConstantOp::create(b, DenseElementsAttr::get(RankedTensorType::get({}, b.getI1Type()), true))};
      for (auto [i, arg] : llvm::enumerate(body.getArguments().take_front(2)))
        args[i] = reshapeTensor(b, args[i], sizes(b, loweredType(arg.getType()).getShape()));
      llvm::append_range(args, old.take_front(carried));
      return args;
    };

    SmallVector<Value> results;
    Value zero = asValue(b, size(b, 0)), one = asValue(b, size(b, 1)), limit = asValue(b, trips);
    if (counts) {
      auto loop = scf::ForOp::create(b, zero, limit, one, state);
      rewriter.setInsertionPointToEnd(loop.getBody());
      Builder inner(op.getLoc(), rewriter);
      Value index = loop.getInductionVar();
      SmallVector<Value> args = bodyArgs(inner, index, loop.getRegionIterArgs());
      moveBody(rewriter, op.getLoc(), op.getBody(), loop.getBody(), args, [&](Builder &b, ValueRange yielded) {
        scf::YieldOp::create(b, next(b, index, loop.getRegionIterArgs(), yielded));
      });
      llvm::append_range(results, loop.getResults());
    } else {
      Value start = adaptor.getCond() ? readScalar(b, adaptor.getCond()) : integer(b, b.getI1Type(), 1);
      SmallVector<Value> all = {zero, start};
      llvm::append_range(all, state);
      SmallVector<Location> locs(all.size(), op.getLoc());
      auto loop = scf::WhileOp::create(b, ValueRange(all).getTypes(), all);
      Block *before = rewriter.createBlock(&loop.getBefore(), {}, ValueRange(all).getTypes(), locs);
      Builder test(op.getLoc(), rewriter);
      Value isBelow = arith::CmpIOp::create(test, arith::CmpIPredicate::slt, before->getArgument(0), limit);
      Value goesOn = arith::AndIOp::create(test, isBelow, before->getArgument(1));
      scf::ConditionOp::create(test, goesOn, before->getArguments());
      Block *after = rewriter.createBlock(&loop.getAfter(), {}, ValueRange(all).getTypes(), locs);
      Builder inner(op.getLoc(), rewriter);
      Value index = after->getArgument(0);
      ValueRange old = ValueRange(after->getArguments()).drop_front(2);
      SmallVector<Value> args = bodyArgs(inner, index, old);
      moveBody(rewriter, op.getLoc(), op.getBody(), after, args, [&](Builder &b, ValueRange yielded) {
        SmallVector<Value> values = {arith::AddIOp::create(b, index, asValue(b, size(b, 1))),
                                     readScalar(b, yielded[0])};
        llvm::append_range(values, next(b, index, old, yielded));
        scf::YieldOp::create(b, values);
      });
      llvm::append_range(results, loop.getResults().drop_front(2));
      rewriter.setInsertionPointAfter(loop);
      Builder last(op.getLoc(), rewriter);
      for (Value &stack : MutableArrayRef(results).drop_front(carried)) {
        Sizes shape = shapeOf(last, stack), offsets(shape.size(), size(last, 0));
        shape[0] = Size(loop.getResult(0));
        stack = sliceTensor(last, stack, offsets, shape);
      }
    }
    rewriter.setInsertionPoint(op);
    Builder end(op.getLoc(), rewriter);
    replace(rewriter, op, end, results);
    return success();
  }
};

struct LowerScan : Lowering<onnx::ScanOp> {
  using Lowering::Lowering;
  LogicalResult lower(onnx::ScanOp op, Adaptor adaptor, Builder &b, Rewriter &rewriter) const override {
    Block &body = op.getBody().front();
    ValueRange operands = adaptor.getInitialStateAndScanInputs();
    unsigned inputs = op.getNumScanInputs(), states = operands.size() - inputs, outputs = op->getNumResults() - states;
    if (!areRanked(op->getResultTypes()) || !areRanked(body.getArgumentTypes()) || inputs == 0)
      return unsupported(rewriter, op, "expects states and results of known rank, and a scan input");
    ValueRange scanned = operands.drop_front(states);
    auto at = [](std::optional<ArrayRef<int64_t>> values, unsigned i) {
      return values && i < values->size() ? (*values)[i] : 0;
    };
    auto inputAxis = [&](unsigned i) {
      int64_t axis = at(op.getScanInputAxes(), i);
      return axis + (axis < 0 ? cast<RankedTensorType>(scanned[i].getType()).getRank() : 0);
    };
    auto outputAxis = [&](unsigned i) {
      int64_t axis = at(op.getScanOutputAxes(), i);
      return axis + (axis < 0 ? resultType(op, states + i).getRank() : 0);
    };
    Size length = dimOf(b, scanned[0], inputAxis(0));
    for (unsigned i : llvm::seq(1u, inputs))
      checkEqual(b, dimOf(b, scanned[i], inputAxis(i)), length, "the scan inputs differ in length");
    SmallVector<Value> state;
    for (unsigned i : llvm::seq(states))
      state.push_back(castTo(b, operands[i], loweredType(body.getArgument(i).getType())));
    for (unsigned i : llvm::seq(outputs)) {
      auto slice = loweredType(body.getTerminator()->getOperand(states + i).getType());
      auto stack = stackOf(b, slice, length, outputAxis(i));
      if (!stack)
        return unsupported(rewriter, op, "expects scan outputs whose slices have a size known when compiling");
      state.push_back(*stack);
    }
    SmallVector<Type> types = llvm::to_vector(ValueRange(state).getTypes());
    Value zero = asValue(b, size(b, 0)), one = asValue(b, size(b, 1)), end = asValue(b, length);
    Value lastIndex = asValue(b, sub(b, length, size(b, 1)));
    auto loop = scf::ForOp::create(b, zero, end, one, state);
    rewriter.setInsertionPointToEnd(loop.getBody());
    Builder inner(op.getLoc(), rewriter);
    auto position = [&](Builder &b, bool isReverse) -> Value {
      return isReverse ? Value(arith::SubIOp::create(b, lastIndex, loop.getInductionVar())) : loop.getInductionVar();
    };
    SmallVector<Value> args(loop.getRegionIterArgs().take_front(states));
    for (unsigned i : llvm::seq(inputs))
      args.push_back(sliceAt(inner, scanned[i], inputAxis(i), position(inner, at(op.getScanInputDirections(), i))));
    moveBody(rewriter, op.getLoc(), op.getBody(), loop.getBody(), args, [&](Builder &b, ValueRange yielded) {
      SmallVector<Value> values;
      for (unsigned i : llvm::seq(states))
        values.push_back(castTo(b, yielded[i], cast<RankedTensorType>(types[i])));
      for (unsigned i : llvm::seq(outputs))
        values.push_back(insertAt(b, loop.getRegionIterArgs()[states + i], yielded[states + i], outputAxis(i),
                                  position(b, at(op.getScanOutputDirections(), i))));
      scf::YieldOp::create(b, values);
    });
    rewriter.setInsertionPoint(op);
    Builder last(op.getLoc(), rewriter);
    replace(rewriter, op, last, loop.getResults());
    return success();
  }
};

} // namespace

void addControlFlow(Patterns &patterns, Converter &converter) {
  patterns.add<LowerIf, LowerLoop, LowerScan>(converter, patterns.getContext());
}

} // namespace quern::lowering
