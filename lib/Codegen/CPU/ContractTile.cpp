// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One register tile: the steps of all reductions on its accumulators, then the
// epilogue, then the stores.

#include "ContractEmitter.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;

namespace quern {

Value ContractEmitter::mask(unsigned vector) {
  Value left = arith::SubIOp::create(b, columnsLeft, constant(vector * lanes));
  return vector::CreateMaskOp::create(b, VectorType::get({lanes}, b.getI1Type()), left);
}

Value ContractEmitter::broadcast(Value scalar) {
  return vector::BroadcastOp::create(b, vectorOf(scalar.getType()), scalar);
}

/// A vector along n, or one element in all lanes.
Value ContractEmitter::load(Value base, OpFoldResult at, bool varies, unsigned vector, bool masked) {
  Type element = llvm::cast<MemRefType>(base.getType()).getElementType();
  if (!varies)
    return broadcast(memref::LoadOp::create(b, base, value(at)));
  Value index = value(add(at, b.getIndexAttr(vector * lanes)));
  VectorType type = vectorOf(element);
  if (!masked)
    return vector::LoadOp::create(b, type, base, index);
  Value zero = arith::ConstantOp::create(b, type, b.getZeroAttr(type));
  return vector::MaskedLoadOp::create(b, type, base, index, mask(vector), zero);
}

/// Repeats on a vector the casts that the contraction's body applies to an operand before multiplying.
Value ContractEmitter::cast(Value operand, Value scalar) {
  SmallVector<Operation *> chain;
  while (Operation *def = scalar.getDefiningOp()) {
    chain.push_back(def);
    scalar = def->getOperand(0);
  }
  for (Operation *op : llvm::reverse(chain)) {
    OperationState state(b.getLoc(), op->getName());
    state.addOperands(operand);
    state.addTypes(vectorOf(op->getResult(0).getType()));
    operand = b.create(state)->getResult(0);
  }
  return operand;
}

/// One step of all reductions: vectors of the panel times elements of the image.
ContractEmitter::Values ContractEmitter::step(OpFoldResult imageAt, OpFoldResult panelAt, ValueRange accumulators,
                                              int64_t rows, bool masked) {
  Block *body = parts.contraction.op.getBody();
  Operation *addition = body->getTerminator()->getOperand(0).getDefiningOp();
  Value product = addition->getOperand(0) == body->getArgument(2) ? addition->getOperand(1) : addition->getOperand(0);
  Operation *multiplication = product.getDefiningOp();
  // The factors of the product as computed from each operand.
  Value factorOf[2];
  for (Value factor : multiplication->getOperands()) {
    Value root = factor;
    while (Operation *def = root.getDefiningOp())
      root = def->getOperand(0);
    factorOf[llvm::cast<BlockArgument>(root).getArgNumber()] = factor;
  }
  unsigned panelOperand = parts.contraction.panel, imageOperand = 1 - panelOperand;
  bool both = parts.contraction.both;

  Values panelVectors;
  for (int64_t j = 0; j < vectors; ++j)
    panelVectors.push_back(cast(load(panel.base, panelAt, true, j, masked && !parts.packed), factorOf[panelOperand]));
  Values results;
  bool fuse = target.hasFMA() && !options.reproducible && isa<FloatType>(parts.accumulator);
  for (int64_t r = 0; r < rows; ++r) {
    OpFoldResult at = imageAt;
    if (parts.row)
      at = add(at, mul(image.factors[*parts.row], b.getIndexAttr(r)));
    Value shared;
    if (!both)
      shared = cast(load(image.base, at, false, 0, false), factorOf[imageOperand]);
    for (int64_t j = 0; j < vectors; ++j) {
      Value element = both ? cast(load(image.base, at, true, j, masked), factorOf[imageOperand]) : shared;
      Value sum = accumulators[results.size()];
      if (fuse) {
        results.push_back(vector::FMAOp::create(b, element, panelVectors[j], sum));
      } else if (isa<FloatType>(parts.accumulator)) {
        Value times = arith::MulFOp::create(b, element, panelVectors[j]);
        results.push_back(arith::AddFOp::create(b, sum, times));
      } else {
        Value times = arith::MulIOp::create(b, element, panelVectors[j]);
        results.push_back(arith::AddIOp::create(b, sum, times));
      }
    }
  }
  return results;
}

ContractEmitter::Values ContractEmitter::reduce(unsigned depth, OpFoldResult imageAt, OpFoldResult panelAt,
                                                ValueRange accumulators, int64_t rows, bool masked) {
  if (depth == reductions.size())
    return step(imageAt, panelAt, accumulators, rows, masked);
  const Reduction &loop = reductions[depth];
  auto size = getConstantIntValue(loop.size);
  bool innermost = depth + 1 == reductions.size();
  auto repeat = [&](OpFoldResult from, int64_t times, ValueRange sums) {
    Values current(sums);
    for (int64_t i = 0; i < times; ++i) {
      OpFoldResult at = add(from, b.getIndexAttr(i));
      current = reduce(depth + 1, add(imageAt, mul(loop.imageFactor, at)), add(panelAt, mul(loop.panelFactor, at)),
                       current, rows, masked);
    }
    return current;
  };
  if (size && (*size == 1 || (innermost && *size <= 4)))
    return repeat(b.getIndexAttr(0), *size, accumulators);
  int64_t unroll = !innermost || !size ? 1 : *size % 4 == 0 ? 4 : *size % 3 == 0 ? 3 : *size % 2 == 0 ? 2 : 1;
  if (rows * vectors > 24 && unroll == 4)
    unroll = 2;
  auto forOp = scf::ForOp::create(b, constant(0), value(loop.size), constant(unroll), accumulators);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(forOp.getBody());
  Values sums = repeat(forOp.getInductionVar(), unroll, forOp.getRegionIterArgs());
  scf::YieldOp::create(b, sums);
  return Values(forOp.getResults());
}

/// Stores one row of a tile, through the epilogue.
void ContractEmitter::finishRow(OpFoldResult rowAt, ArrayRef<Value> accumulators, bool masked) {
  SmallVector<OpFoldResult> at(positions);
  if (parts.row)
    at[*parts.row] = rowAt;
  SmallVector<OpFoldResult> outAt; // the epilogue's loops are the output's dims
  for (AffineExpr expr : maps[2].getResults())
    outAt.push_back(at[llvm::cast<AffineDimExpr>(expr).getPosition()]);
  OpFoldResult store = offset(out, outAt);

  SmallVector<OpFoldResult> inputAt;
  if (parts.epilogue)
    for (const Access &input : epilogueInputs)
      inputAt.push_back(input.base ? offset(input, outAt) : OpFoldResult());

  for (int64_t j = 0; j < vectors; ++j) {
    Value result = accumulators[j];
    if (linalg::GenericOp epilogue = parts.epilogue) {
      IRMapping mapping;
      Block *body = epilogue.getBody();
      for (auto [i, input] : llvm::enumerate(epilogue.getDpsInputOperands())) {
        Value vector;
        if (input->get() == parts.contraction.op.getResult(0))
          vector = result;
        else if (!epilogueInputs[i].base)
          vector = broadcast(input->get());
        else
          vector = load(epilogueInputs[i].base, inputAt[i],
                        epilogue.getMatchingIndexingMap(input).isFunctionOfDim(epilogue.getNumLoops() - 1), j, masked);
        mapping.map(body->getArgument(i), vector);
      }
      auto lookup = [&](Value operand) -> Value {
        if (Value known = mapping.lookupOrNull(operand))
          return known;
        Value vector = broadcast(operand); // a scalar from outside
        mapping.map(operand, vector);
        return vector;
      };
      for (Operation &op : body->without_terminator()) {
        if (op.hasTrait<OpTrait::ConstantLike>()) {
          mapping.map(op.getResult(0), broadcast(b.clone(op)->getResult(0)));
          continue;
        }
        OperationState state(b.getLoc(), op.getName());
        for (Value operand : op.getOperands())
          state.addOperands(lookup(operand));
        for (Type type : op.getResultTypes())
          state.addTypes(vectorOf(type));
        state.addAttributes(op.getAttrs());
        mapping.map(op.getResults(), b.create(state)->getResults());
      }
      result = lookup(body->getTerminator()->getOperand(0));
    }
    Value index = value(add(store, b.getIndexAttr(j * lanes)));
    if (masked)
      vector::MaskedStoreOp::create(b, out.base, index, mask(j), result);
    else
      vector::StoreOp::create(b, result, out.base, index);
  }
}

void ContractEmitter::finish(Values accumulators, int64_t rows, OpFoldResult start, bool masked) {
  if (!scratch) {
    for (int64_t r = 0; r < rows; ++r)
      finishRow(add(start, b.getIndexAttr(r)), ArrayRef<Value>(accumulators).slice(r * vectors, vectors), masked);
    return;
  }
  // A long epilogue is a loop over rows that wait in scratch memory.
  for (auto [i, accumulator] : llvm::enumerate(accumulators))
    vector::StoreOp::create(b, accumulator, scratch, constant(i * lanes));
  auto forOp = scf::ForOp::create(b, constant(0), constant(rows), constant(1));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(forOp.getBody());
  OpFoldResult r = forOp.getInductionVar();
  Values row;
  for (int64_t j = 0; j < vectors; ++j)
    row.push_back(load(scratch, mul(r, b.getIndexAttr(width)), true, j, false));
  finishRow(add(start, r), row, masked);
}

} // namespace quern
