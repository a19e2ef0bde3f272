// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Linalg ops on memrefs to loops that LLVM's vectoriser likes: the innermost
// loop walks memory with unit stride, reductions stay in registers.

#include "Steps.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;

namespace quern {
namespace {

/// Reductions of at most this many steps are unrolled inside the innermost parallel loop.
constexpr int64_t kMaxUnrolledReduction = 64;
constexpr int64_t kMaxUnrolledOps = 512;
/// A vector's worth of iterations: shorter innermost loops waste lanes.
constexpr double kGoodTripCount = 16;

/// How far `expr` moves when loop `dim` takes a step.
int64_t getCoefficient(AffineExpr expr, unsigned dim) {
  if (auto d = dyn_cast<AffineDimExpr>(expr))
    return d.getPosition() == dim;
  auto binary = dyn_cast<AffineBinaryOpExpr>(expr);
  if (!binary)
    return 0;
  int64_t left = getCoefficient(binary.getLHS(), dim);
  switch (binary.getKind()) {
  case AffineExprKind::Add:
    return left + getCoefficient(binary.getRHS(), dim);
  case AffineExprKind::Mul:
    if (auto factor = dyn_cast<AffineConstantExpr>(binary.getRHS()))
      return left * factor.getValue();
    return left;
  case AffineExprKind::Mod:
    return left;
  default: // divisions rarely move
    return 0;
  }
}

enum class Access { None, Unit, Strided };

Access getAccess(OpOperand &operand, AffineMap map, unsigned dim) {
  auto type = dyn_cast<MemRefType>(operand.get().getType());
  if (!type)
    return Access::None;
  SmallVector<int64_t> strides;
  int64_t offset;
  if (failed(type.getStridesAndOffset(strides, offset)))
    return Access::Strided;
  Access access = Access::None;
  for (auto [expr, stride] : llvm::zip_equal(map.getResults(), strides)) {
    int64_t coefficient = getCoefficient(expr, dim);
    if (coefficient == 0)
      continue;
    if (access != Access::None || coefficient != 1 || stride != 1)
      return Access::Strided;
    access = Access::Unit;
  }
  return access;
}

class LoopEmitter {
public:
  LoopEmitter(linalg::GenericOp op, const KernelOptions &options)
      : op(op), options(options), builder(op), loc(op.getLoc()), maps(op.getIndexingMapsArray()),
        sizes(op.getStaticLoopRanges()), iterators(op.getIteratorTypesArray()) {}

  void emit();

private:
  bool isReduction(unsigned dim) const { return iterators[dim] == utils::IteratorType::reduction; }
  double innermostCost(unsigned dim);
  unsigned chooseInnermost();
  void chooseOrder();
  bool carries(OpOperand &output) const;
  void emitLoop(unsigned depth, SmallVector<Value> carried, SmallVectorImpl<Value> &results);
  void emitBody(ArrayRef<Value> carried, SmallVectorImpl<Value> &results);
  SmallVector<Value> indices(AffineMap map);
  SmallVector<Value> loadCarried();
  void storeCarried(ArrayRef<Value> values);
  void relax(Operation *clone, ArrayRef<Value> accumulators);

  linalg::GenericOp op;
  const KernelOptions &options;
  OpBuilder builder;
  Location loc;
  SmallVector<AffineMap> maps;
  SmallVector<int64_t> sizes;
  SmallVector<utils::IteratorType> iterators;
  SmallVector<Range> ranges;

  SmallVector<unsigned> order; // outermost first
  unsigned firstCarrying = 0;  // loops from here on carry the accumulators
  unsigned firstUnrolled = 0;  // loops from here on are unrolled
  SmallVector<Value> ivs;      // by dimension
  SmallVector<OpOperand *> accumulators;
};

/// What an iteration costs when `dim` is innermost: memory traffic over the lanes that do work.
double LoopEmitter::innermostCost(unsigned dim) {
  double cost = 0.01;
  for (OpOperand &operand : op->getOpOperands()) {
    bool output = op.isDpsInit(&operand);
    Access access = getAccess(operand, op.getMatchingIndexingMap(&operand), dim);
    if (access == Access::None)
      cost += output && !isReduction(dim) ? 2 : 0;
    else if (access == Access::Unit)
      cost += output && op.getNumReductionLoops() > 0 ? 2 : 1;
    else
      cost += output ? 12 : 6;
  }
  int64_t size = sizes[dim];
  if (!ShapedType::isDynamic(size) && size < kGoodTripCount)
    cost *= kGoodTripCount / std::max<int64_t>(size, 1);
  return cost;
}

unsigned LoopEmitter::chooseInnermost() {
  unsigned best = sizes.size() - 1;
  double bestCost = innermostCost(best);
  for (int dim = sizes.size() - 2; dim >= 0; --dim) {
    double cost = innermostCost(dim);
    if (cost < bestCost) {
      best = dim;
      bestCost = cost;
    }
  }
  return best;
}

void LoopEmitter::chooseOrder() {
  unsigned innermost = chooseInnermost();
  SmallVector<unsigned> parallel, reduction;
  // Parallel loops in the order of the first output's dimensions.
  AffineMap outputMap = maps[op.getNumDpsInputs()];
  auto add = [&](unsigned dim) {
    if (dim != innermost && !llvm::is_contained(parallel, dim) && !llvm::is_contained(reduction, dim))
      (isReduction(dim) ? reduction : parallel).push_back(dim);
  };
  for (AffineExpr expr : outputMap.getResults())
    expr.walk([&](AffineExpr part) {
      if (auto dim = dyn_cast<AffineDimExpr>(part))
        add(dim.getPosition());
    });
  for (unsigned dim = 0; dim < sizes.size(); ++dim)
    add(dim);

  order = parallel;
  if (isReduction(innermost)) {
    firstCarrying = order.size();
    llvm::append_range(order, reduction);
    order.push_back(innermost);
    firstUnrolled = order.size();
    return;
  }
  int64_t steps = 1;
  for (unsigned dim : reduction)
    steps = ShapedType::isDynamic(sizes[dim]) || steps > kMaxUnrolledReduction ? INT64_MAX : steps * sizes[dim];
  int64_t bodyOps = llvm::range_size(op.getBody()->without_terminator()) + op.getNumDpsInputs();
  bool unroll = steps <= kMaxUnrolledReduction && steps * bodyOps <= kMaxUnrolledOps;
  if (unroll) {
    order.push_back(innermost);
    firstCarrying = firstUnrolled = order.size();
    llvm::append_range(order, reduction);
  } else {
    llvm::append_range(order, reduction);
    order.push_back(innermost);
    firstCarrying = firstUnrolled = order.size();
  }
}

/// Whether `output` stays in a register over the loops that carry.
bool LoopEmitter::carries(OpOperand &output) const {
  AffineMap map = maps[output.getOperandNumber()];
  return llvm::none_of(ArrayRef(order).drop_front(firstCarrying),
                       [&](unsigned dim) { return map.isFunctionOfDim(dim); });
}

SmallVector<Value> LoopEmitter::indices(AffineMap map) {
  SmallVector<OpFoldResult> operands(ivs.begin(), ivs.end());
  SmallVector<Value> values;
  for (unsigned i = 0; i < map.getNumResults(); ++i)
    values.push_back(getValueOrCreateConstantIndexOp(
        builder, loc, affine::makeComposedFoldedAffineApply(builder, loc, map.getSubMap({i}), operands)));
  return values;
}

SmallVector<Value> LoopEmitter::loadCarried() {
  SmallVector<Value> values;
  for (OpOperand *output : accumulators)
    values.push_back(memref::LoadOp::create(builder, loc, output->get(), indices(maps[output->getOperandNumber()])));
  return values;
}

void LoopEmitter::storeCarried(ArrayRef<Value> values) {
  for (auto [output, value] : llvm::zip_equal(accumulators, values))
    memref::StoreOp::create(builder, loc, value, output->get(), indices(maps[output->getOperandNumber()]));
}

/// The sum or product that carries a reduction may be taken in any order, so that lanes can share it.
void LoopEmitter::relax(Operation *clone, ArrayRef<Value> accumulators) {
  if (options.reproducible || op.getNumReductionLoops() == 0 || !isa<arith::AddFOp, arith::MulFOp>(clone))
    return;
  if (llvm::none_of(clone->getOperands(), [&](Value operand) { return llvm::is_contained(accumulators, operand); }))
    return;
  auto flags = arith::FastMathFlags::reassoc | arith::FastMathFlags::nsz | arith::FastMathFlags::contract;
  clone->setAttr("fastmath", arith::FastMathFlagsAttr::get(clone->getContext(), flags));
}

/// One iteration. `results` are the accumulators' new values.
void LoopEmitter::emitBody(ArrayRef<Value> carried, SmallVectorImpl<Value> &results) {
  Block *body = op.getBody();
  IRMapping mapping;
  SmallVector<Value> outputArguments;
  for (OpOperand &operand : op->getOpOperands()) {
    BlockArgument argument = op.getMatchingBlockArgument(&operand);
    if (argument.use_empty())
      continue;
    Value value;
    auto accumulator = llvm::find(accumulators, &operand);
    if (accumulator != accumulators.end())
      value = carried[accumulator - accumulators.begin()];
    else if (!isa<MemRefType>(operand.get().getType()))
      value = operand.get();
    else
      value = memref::LoadOp::create(builder, loc, operand.get(), indices(maps[operand.getOperandNumber()]));
    mapping.map(argument, value);
    if (op.isDpsInit(&operand))
      outputArguments.push_back(value);
  }
  for (Operation &inner : body->without_terminator()) {
    if (auto index = dyn_cast<linalg::IndexOp>(inner)) {
      mapping.map(index.getResult(), ivs[index.getDim()]);
      continue;
    }
    Operation *clone = builder.clone(inner, mapping);
    relax(clone, outputArguments);
    // Indices inside nested regions.
    SmallVector<linalg::IndexOp> nested;
    clone->walk([&](linalg::IndexOp index) { nested.push_back(index); });
    for (linalg::IndexOp index : nested) {
      index.replaceAllUsesWith(ivs[index.getDim()]);
      index.erase();
    }
  }
  results.assign(accumulators.size(), {});
  for (auto [output, yielded] : llvm::zip_equal(op.getDpsInitsMutable(), body->getTerminator()->getOperands())) {
    Value value = mapping.lookupOrDefault(yielded);
    auto accumulator = llvm::find(accumulators, &output);
    if (accumulator != accumulators.end())
      results[accumulator - accumulators.begin()] = value;
    else
      memref::StoreOp::create(builder, loc, value, output.get(), indices(maps[output.getOperandNumber()]));
  }
}

void LoopEmitter::emitLoop(unsigned depth, SmallVector<Value> carried, SmallVectorImpl<Value> &results) {
  if (depth == firstCarrying && carried.empty() && !accumulators.empty()) {
    SmallVector<Value> final;
    emitLoop(depth, loadCarried(), final);
    storeCarried(final);
    return;
  }
  if (depth == order.size())
    return emitBody(carried, results);
  unsigned dim = order[depth];
  if (depth >= firstUnrolled || sizes[dim] == 1) {
    for (int64_t i = 0; i < sizes[dim]; ++i) {
      ivs[dim] = arith::ConstantIndexOp::create(builder, loc, i);
      SmallVector<Value> next;
      emitLoop(depth + 1, carried, next);
      carried = next;
    }
    results.assign(carried.begin(), carried.end());
    return;
  }
  Value lower = getValueOrCreateConstantIndexOp(builder, loc, ranges[dim].offset);
  Value upper = getValueOrCreateConstantIndexOp(builder, loc, ranges[dim].size);
  Value step = arith::ConstantIndexOp::create(builder, loc, 1);
  auto loop = scf::ForOp::create(builder, loc, lower, upper, step, carried);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(loop.getBody());
  ivs[dim] = loop.getInductionVar();
  SmallVector<Value> next;
  emitLoop(depth + 1, SmallVector<Value>(loop.getRegionIterArgs()), next);
  if (!carried.empty())
    scf::YieldOp::create(builder, loc, next);
  results.assign(loop.getResults().begin(), loop.getResults().end());
}

void LoopEmitter::emit() {
  SmallVector<Value> results;
  if (sizes.empty()) {
    emitBody({}, results);
    op.erase();
    return;
  }
  if (llvm::is_contained(sizes, 0)) {
    op.erase();
    return;
  }
  ranges = cast<linalg::LinalgOp>(op.getOperation()).createLoopRanges(builder, loc);
  ivs.resize(sizes.size());
  chooseOrder();
  if (firstCarrying < order.size())
    for (OpOperand &output : op.getDpsInitsMutable())
      if (carries(output))
        accumulators.push_back(&output);
  emitLoop(0, {}, results);
  op.erase();
}

} // namespace

LogicalResult lowerToLoops(func::FuncOp kernel, const KernelOptions &options) {
  IRRewriter rewriter(kernel.getContext());
  SmallVector<memref::CopyOp> copies;
  kernel.walk([&](memref::CopyOp copy) { copies.push_back(copy); });
  for (memref::CopyOp copy : copies) {
    rewriter.setInsertionPoint(copy);
    linalg::makeMemRefCopyOp(rewriter, copy.getLoc(), copy.getSource(), copy.getTarget());
    copy.erase();
  }
  SmallVector<linalg::LinalgOp> ops;
  kernel.walk<WalkOrder::PostOrder>([&](linalg::LinalgOp op) { ops.push_back(op); });
  for (linalg::LinalgOp op : ops) {
    rewriter.setInsertionPoint(op);
    auto generic = dyn_cast<linalg::GenericOp>(op.getOperation());
    if (!generic) {
      FailureOr<linalg::GenericOp> generalized = linalg::generalizeNamedOp(rewriter, op);
      if (failed(generalized))
        return op.emitError("expects a linalg op with a scalar body");
      generic = *generalized;
    }
    LoopEmitter(generic, options).emit();
  }
  return success();
}

} // namespace quern
