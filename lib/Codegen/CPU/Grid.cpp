// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A kernel's grid: its outermost parallel loop, cut in tasks for threads.

#include "Steps.h"

#include "quern/Dialect/Quern/IR/Quern.h"

#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/SCF/Transforms/Transforms.h"

using namespace mlir;

namespace quern {
namespace {

/// What stands beside the grid is run again by every call: it may compute and read, not write.
bool mayRepeat(Operation &op) {
  if (isa<func::ReturnOp, memref::AllocaOp, CheckOp>(op))
    return true;
  auto effects = getEffectsRecursively(&op);
  return effects && llvm::all_of(*effects, [](const MemoryEffects::EffectInstance &effect) {
           return isa<MemoryEffects::Read, MemoryEffects::Allocate>(effect.getEffect());
         });
}

scf::ForallOp findGrid(func::FuncOp kernel) {
  scf::ForallOp grid;
  if (!llvm::hasSingleElement(kernel.getBody()))
    return {};
  for (Operation &op : kernel.getBody().front()) {
    auto forall = dyn_cast<scf::ForallOp>(op);
    if (forall ? static_cast<bool>(grid) : !mayRepeat(op))
      return {};
    if (forall)
      grid = forall;
  }
  return grid;
}

/// One dimension of the grid: `lower + i * step` for i < `count`.
struct Axis {
  Value lower, count, step;
};

struct Grid {
  SmallVector<Axis> axes;
  Value units; // product of the counts
  Value grain; // units a task
  Value tasks;
};

Grid emitGrid(OpBuilder &builder, scf::ForallOp forall) {
  Location loc = forall.getLoc();
  Grid grid;
  Value units = arith::ConstantIndexOp::create(builder, loc, 1);
  for (auto [lower, upper, step] :
       llvm::zip_equal(forall.getMixedLowerBound(), forall.getMixedUpperBound(), forall.getMixedStep())) {
    Axis axis;
    axis.lower = getValueOrCreateConstantIndexOp(builder, loc, lower);
    axis.step = getValueOrCreateConstantIndexOp(builder, loc, step);
    Value span = arith::SubIOp::create(builder, loc, getValueOrCreateConstantIndexOp(builder, loc, upper), axis.lower);
    axis.count = builder.createOrFold<arith::CeilDivSIOp>(loc, span, axis.step);
    units = builder.createOrFold<arith::MulIOp>(loc, units, axis.count);
    grid.axes.push_back(axis);
  }
  auto attr = forall->getAttrOfType<IntegerAttr>(kGrainAttr);
  grid.units = units;
  grid.grain = arith::ConstantIndexOp::create(builder, loc, attr ? std::max<int64_t>(1, attr.getInt()) : 1);
  grid.tasks = builder.createOrFold<arith::CeilDivSIOp>(loc, units, grid.grain);
  return grid;
}

/// The function that counts tasks: the kernel's prologue up to the grid.
func::FuncOp makeTasks(func::FuncOp kernel, scf::ForallOp forall) {
  OpBuilder builder(kernel->getContext());
  builder.setInsertionPointAfter(kernel);
  Type index = builder.getIndexType();
  auto type = builder.getFunctionType(kernel.getArgumentTypes(), index);
  auto tasks = func::FuncOp::create(builder, kernel.getLoc(), (kernel.getName() + "__tasks").str(), type);
  tasks.setPrivate();
  builder.setInsertionPointToStart(tasks.addEntryBlock());
  if (!forall) {
    Value one = arith::ConstantIndexOp::create(builder, kernel.getLoc(), 1);
    func::ReturnOp::create(builder, kernel.getLoc(), one);
    return tasks;
  }
  IRMapping mapping;
  mapping.map(kernel.getArguments(), tasks.getArguments());
  // Only what the bounds need: everything pure or reading, found backwards.
  SetVector<Operation *> slice;
  SmallVector<Value> worklist(forall.getOperands());
  while (!worklist.empty()) {
    Operation *op = worklist.pop_back_val().getDefiningOp();
    if (!op || !slice.insert(op))
      continue;
    op->walk([&](Operation *nested) {
      for (Value operand : nested->getOperands())
        if (operand.getDefiningOp() && !op->isAncestor(operand.getDefiningOp()))
          worklist.push_back(operand);
    });
  }
  for (Operation &op : *forall->getBlock())
    if (slice.contains(&op))
      builder.clone(op, mapping);
  auto clone = cast<scf::ForallOp>(builder.cloneWithoutRegions(*forall.getOperation(), mapping));
  builder.setInsertionPoint(clone);
  Grid grid = emitGrid(builder, clone);
  func::ReturnOp::create(builder, kernel.getLoc(), grid.tasks);
  clone.erase();
  return tasks;
}

/// Runs the units of tasks [begin, end) one after the other; the last axis moves fastest.
void replaceByTaskLoop(scf::ForallOp forall, Value begin, Value end) {
  OpBuilder builder(forall);
  Location loc = forall.getLoc();
  Grid grid = emitGrid(builder, forall);
  Value first = arith::MulIOp::create(builder, loc, begin, grid.grain);
  Value last = arith::MulIOp::create(builder, loc, end, grid.grain);
  last = arith::MinSIOp::create(builder, loc, last, grid.units);
  Value one = arith::ConstantIndexOp::create(builder, loc, 1);
  auto loop = scf::ForOp::create(builder, loc, first, last, one);
  builder.setInsertionPointToStart(loop.getBody());
  Value rest = loop.getInductionVar();
  SmallVector<Value> ivs(grid.axes.size());
  for (int64_t i = grid.axes.size() - 1; i >= 0; --i) {
    const Axis &axis = grid.axes[i];
    Value position = rest;
    if (i > 0) {
      position = arith::RemUIOp::create(builder, loc, rest, axis.count);
      rest = arith::DivUIOp::create(builder, loc, rest, axis.count);
    }
    Value scaled = arith::MulIOp::create(builder, loc, position, axis.step);
    ivs[i] = arith::AddIOp::create(builder, loc, axis.lower, scaled);
  }
  for (auto [argument, iv] : llvm::zip_equal(forall.getInductionVars(), ivs))
    argument.replaceAllUsesWith(iv);
  forall.getTerminator()->erase();
  Block *body = loop.getBody();
  body->getOperations().splice(body->without_terminator().end(), forall.getBody()->getOperations());
  forall.erase();
}

} // namespace

func::FuncOp splitGrid(func::FuncOp kernel, const KernelOptions &options) {
  scf::ForallOp grid = options.reproducible ? scf::ForallOp() : findGrid(kernel);
  func::FuncOp tasks = makeTasks(kernel, grid);
  Type index = IndexType::get(kernel.getContext());
  unsigned count = kernel.getNumArguments();
  (void)kernel.insertArgument(count, index, {}, kernel.getLoc());
  (void)kernel.insertArgument(count + 1, index, {}, kernel.getLoc());
  if (grid)
    replaceByTaskLoop(grid, kernel.getArgument(count), kernel.getArgument(count + 1));
  IRRewriter rewriter(kernel.getContext());
  SmallVector<scf::ForallOp> rest;
  kernel.walk([&](scf::ForallOp forall) { rest.push_back(forall); });
  for (scf::ForallOp forall : rest) {
    rewriter.setInsertionPoint(forall);
    (void)scf::forallToForLoop(rewriter, forall);
  }
  return tasks;
}

} // namespace quern
