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

constexpr StringLiteral kOtherBranch = "the branch gives a tensor of another shape than the graph after it allows";
constexpr StringLiteral kOtherCarried = "what the loop carries takes a shape that the graph does not allow";

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
      moveBody(rewriter, op.getLoc(), *from, to, {}, [&](Builder &b, ValueRange results) {
        SmallVector<Value> outputs;
        for (auto [value, type] : llvm::zip_equal(results, types))
          outputs.push_back(castChecked(b, value, cast<RankedTensorType>(type), kOtherBranch));
        scf::YieldOp::create(b, outputs);
      });
    rewriter.replaceOp(op, choice.getResults());
    return success();
  }
};

//===--- Loops ------------------------------------------------------------===//

/// The slices of a scan output, stacked along `axis`. Where the number of turns and the size of a slice are known
/// before the loop there is room for all; else there is room for some, and twice as much whenever it is full.
struct Stack {
  RankedTensorType slice;
  int64_t axis;
  Size turns;   ///< at most
  bool isExact; ///< as many as `turns`

  bool grows() const { return !isExact || !slice.hasStaticShape(); }

  Value begin(Builder &b) const {
    Sizes shape;
    for (int64_t extent : slice.getShape())
      shape.push_back(size(b, ShapedType::isDynamic(extent) ? 0 : extent));
    shape.insert(shape.begin() + axis, grows() ? size(b, 0) : turns);
    Value none = emptyTensor(b, shape, slice.getElementType());
    return castTo(b, none, typeOf(known(shape[axis]).value_or(ShapedType::kDynamic)));
  }

  /// The stack with a slice at `index`, after those of `index` turns.
  Value push(Builder &b, Value stack, Value value, Value index, Value turn) const {
    if (grows())
      stack = makeRoom(b, stack, value, turn);
    return insertAt(b, stack, castTo(b, value, slice), axis, index);
  }

  /// What `count` turns left.
  Value end(Builder &b, Value stack, Size count) const {
    Sizes shape = shapeOf(b, stack), offsets(shape.size(), size(b, 0));
    shape[axis] = count;
    return isExact && !grows() ? stack : sliceTensor(b, stack, offsets, shape);
  }

private:
  RankedTensorType typeOf(int64_t length) const {
    SmallVector<int64_t> shape(slice.getShape());
    shape.insert(shape.begin() + axis, grows() ? ShapedType::kDynamic : length);
    return RankedTensorType::get(shape, slice.getElementType());
  }

  Value makeRoom(Builder &b, Value stack, Value value, Value turn) const {
    RankedTensorType type = typeOf(ShapedType::kDynamic);
    Sizes wanted = shapeOf(b, value);
    Size room = dimOf(b, stack, axis);
    Value isFull = arith::CmpIOp::create(b, arith::CmpIPredicate::uge, turn, asValue(b, room));
    auto choice = scf::IfOp::create(
        b, isFull,
        [&](OpBuilder &nested, Location loc) {
          Builder b(loc, nested);
          Size more = isExact ? turns : min(b, turns, max(b, mul(b, room, size(b, 2)), size(b, 16)));
          Sizes old = shapeOf(b, stack), shape(wanted), offsets(old.size(), size(b, 0));
          shape.insert(shape.begin() + axis, more);
          Value bigger = emptyTensor(b, shape, slice.getElementType());
          // Nothing is in the first one, whose slices have no size yet.
          for (auto [dim, extent] : llvm::enumerate(old))
            if (static_cast<int64_t>(dim) != axis)
              extent = min(b, extent, shape[dim]);
          Value kept = sliceTensor(b, stack, offsets, old);
          scf::YieldOp::create(b, castTo(b, insertSlice(b, bigger, kept, offsets, old), type));
        },
        [&](OpBuilder &nested, Location loc) { scf::YieldOp::create(nested, loc, castTo(b, stack, type)); });
    Value roomy = choice.getResult(0);
    for (auto [dim, extent] : llvm::enumerate(wanted))
      checkEqual(b, extent, dimOf(b, roomy, dim + (static_cast<int64_t>(dim) >= axis)),
                 "the slices of a scan output differ in shape");
    return roomy;
  }
};

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
    if (!adaptor.getM() && counts)
      return unsupported(rewriter, op, "expects a trip count where the loop does not end itself");
    Size trips = size(b, INT64_MAX);
    if (adaptor.getM()) {
      trips = readNumber(b, adaptor.getM());
      trips = max(b, trips, size(b, 0));
    }
    // The state: carried values in the body's types, then the stacks.
    SmallVector<Value> state;
    for (auto [value, arg] : llvm::zip_equal(adaptor.getVInitial(), body.getArguments().drop_front(2)))
      state.push_back(castChecked(b, value, loweredType(arg.getType()), kOtherCarried));
    // Room for all turns before the first one, unless those are many.
    bool isExact = counts && known(trips).value_or(0) <= (int64_t(1) << 24);
    SmallVector<Stack> stacks;
    for (Value slice : body.getTerminator()->getOperands().drop_front(1 + carried)) {
      auto type = loweredType(slice.getType());
      if (!type)
        return unsupported(rewriter, op, "expects scan outputs of known rank");
      stacks.push_back({type, /*axis=*/0, trips, isExact});
      state.push_back(stacks.back().begin(b));
    }
    SmallVector<Type> types = llvm::to_vector(ValueRange(state).getTypes());
    auto next = [&](Builder &b, Value index, ValueRange old, ValueRange yielded) {
      SmallVector<Value> values;
      for (unsigned i : llvm::seq(carried))
        values.push_back(castChecked(b, yielded[1 + i], cast<RankedTensorType>(types[i]), kOtherCarried));
      for (unsigned i : llvm::seq(scans))
        values.push_back(stacks[i].push(b, old[carried + i], yielded[1 + carried + i], index, index));
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
      // The state comes first, in the same places before and after the test: bufferization then sees that it stays.
      SmallVector<Value> all(state);
      all.append({zero, start});
      SmallVector<Location> locs(all.size(), op.getLoc());
      SmallVector<Type> before = llvm::to_vector(ValueRange(all).getTypes()), after(before);
      after.pop_back();
      auto loop = scf::WhileOp::create(b, after, all);
      Block *test = rewriter.createBlock(&loop.getBefore(), {}, before, locs);
      Builder outer(op.getLoc(), rewriter);
      ValueRange tested = test->getArguments();
      Value isBelow = arith::CmpIOp::create(outer, arith::CmpIPredicate::slt, tested.drop_back().back(), limit);
      Value goesOn = arith::AndIOp::create(outer, isBelow, tested.back());
      scf::ConditionOp::create(outer, goesOn, tested.drop_back());
      Block *turn = rewriter.createBlock(&loop.getAfter(), {}, after, ArrayRef(locs).drop_back());
      Builder inner(op.getLoc(), rewriter);
      ValueRange old = ValueRange(turn->getArguments()).drop_back();
      Value index = turn->getArguments().back();
      SmallVector<Value> args = bodyArgs(inner, index, old);
      moveBody(rewriter, op.getLoc(), op.getBody(), turn, args, [&](Builder &b, ValueRange yielded) {
        SmallVector<Value> values = next(b, index, old, yielded);
        values.push_back(arith::AddIOp::create(b, index, asValue(b, size(b, 1))));
        values.push_back(readScalar(b, yielded[0]));
        scf::YieldOp::create(b, values);
      });
      llvm::append_range(results, loop.getResults().drop_back());
      trips = Size(loop.getResults().back());
    }
    rewriter.setInsertionPoint(op);
    Builder end(op.getLoc(), rewriter);
    for (unsigned i : llvm::seq(scans))
      results[carried + i] = stacks[i].end(end, results[carried + i], trips);
    for (auto [i, result] : llvm::enumerate(results))
      result = castChecked(end, result, resultType(op, i), kOtherCarried);
    rewriter.replaceOp(op, results);
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
      state.push_back(castChecked(b, operands[i], loweredType(body.getArgument(i).getType()), kOtherCarried));
    SmallVector<Stack> stacks;
    for (unsigned i : llvm::seq(outputs)) {
      auto type = loweredType(body.getTerminator()->getOperand(states + i).getType());
      stacks.push_back({type, outputAxis(i), length, /*isExact=*/true});
      state.push_back(stacks.back().begin(b));
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
        values.push_back(castChecked(b, yielded[i], cast<RankedTensorType>(types[i]), kOtherCarried));
      for (unsigned i : llvm::seq(outputs))
        values.push_back(stacks[i].push(b, loop.getRegionIterArgs()[states + i], yielded[states + i],
                                        position(b, at(op.getScanOutputDirections(), i)), loop.getInductionVar()));
      scf::YieldOp::create(b, values);
    });
    rewriter.setInsertionPoint(op);
    Builder last(op.getLoc(), rewriter);
    SmallVector<Value> results(loop.getResults());
    for (unsigned i : llvm::seq(outputs))
      results[states + i] = stacks[i].end(last, results[states + i], length);
    for (auto [i, result] : llvm::enumerate(results))
      result = castChecked(last, result, resultType(op, i), kOtherCarried);
    rewriter.replaceOp(op, results);
    return success();
  }
};

} // namespace

void addControlFlow(Patterns &patterns, Converter &converter) {
  patterns.add<LowerIf, LowerLoop, LowerScan>(converter, patterns.getContext());
}

} // namespace quern::lowering
