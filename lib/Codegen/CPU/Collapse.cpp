// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Dimensions that every operand walks together become one: an elementwise op on
// contiguous buffers is one long loop, whatever its shape.

#include "Steps.h"

#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;

namespace quern {
namespace {

/// The kernel's only computation: one generic on the arguments, perhaps over a fill.
struct SingleOp {
  linalg::GenericOp op;
  SmallVector<linalg::FillOp> fills;                             // by output; null: none
  SmallVector<bufferization::MaterializeInDestinationOp> writes; // by result
};

bufferization::ToTensorOp getSource(Value value) {
  auto source = value.getDefiningOp<bufferization::ToTensorOp>();
  return source && isa<BlockArgument>(source.getBuffer()) ? source : bufferization::ToTensorOp();
}

std::optional<SingleOp> matchSingleOp(func::FuncOp kernel) {
  SingleOp single;
  unsigned numFills = 0;
  for (Operation &op : kernel.getBody().front()) {
    if (auto generic = dyn_cast<linalg::GenericOp>(op)) {
      if (single.op)
        return {};
      single.op = generic;
    } else if (isa<linalg::FillOp>(op)) {
      ++numFills;
    } else if (!isa<arith::ArithDialect>(op.getDialect()) &&
               !isa<bufferization::ToTensorOp, bufferization::MaterializeInDestinationOp, func::ReturnOp>(op)) {
      return {};
    }
  }
  if (!single.op)
    return {};
  for (Value input : single.op.getDpsInputs())
    if (isa<ShapedType>(input.getType()) && !getSource(input))
      return {};
  for (auto [init, result] : llvm::zip_equal(single.op.getDpsInits(), single.op.getResults())) {
    auto fill = init.getDefiningOp<linalg::FillOp>();
    single.fills.push_back(fill);
    numFills -= fill ? 1 : 0;
    if (!getSource(fill ? fill.getOutputs()[0] : init) || !result.hasOneUse())
      return {};
    auto write = dyn_cast<bufferization::MaterializeInDestinationOp>(*result.getUsers().begin());
    if (!write || !isa<BlockArgument>(write.getDest()))
      return {};
    single.writes.push_back(write);
  }
  return numFills == 0 ? std::optional(single) : std::nullopt;
}

/// Where `dim` stands alone in `map`, nothing when absent; failure when it is part of an expression.
FailureOr<std::optional<unsigned>> findDim(AffineMap map, unsigned dim) {
  std::optional<unsigned> found;
  for (auto [i, expr] : llvm::enumerate(map.getResults())) {
    if (!expr.isFunctionOfDim(dim))
      continue;
    if (found || !isa<AffineDimExpr>(expr))
      return failure();
    found = i;
  }
  return found;
}

/// Whether loop `dim + 1` continues the merged loops `start` to `dim` for every operand.
bool canMerge(linalg::GenericOp op, unsigned start, unsigned dim) {
  SmallVector<utils::IteratorType> iterators = op.getIteratorTypesArray();
  if (iterators[dim] != iterators[dim + 1])
    return false;
  for (OpOperand &operand : op->getOpOperands()) {
    AffineMap map = op.getMatchingIndexingMap(&operand);
    auto first = findDim(map, dim), second = findDim(map, dim + 1);
    if (failed(first) || failed(second) || first->has_value() != second->has_value())
      return false;
    if (!*first)
      continue;
    if (**second != **first + 1)
      return false;
    Value value = operand.get();
    if (auto fill = value.getDefiningOp<linalg::FillOp>())
      value = fill.getOutputs()[0];
    auto type = cast<MemRefType>(getSource(value).getBuffer().getType());
    SmallVector<ReassociationIndices> groups;
    for (unsigned i = 0; i < map.getNumResults(); ++i)
      if (i <= **second && i + (dim - start) > **first)
        groups.back().push_back(i);
      else
        groups.push_back({i});
    if (!memref::CollapseShapeOp::isGuaranteedCollapsible(type, groups))
      return false;
  }
  return true;
}

class Collapser {
public:
  Collapser(SingleOp single, SmallVector<unsigned> group, unsigned numLoops)
      : single(single), group(group), numLoops(numLoops), builder(single.op) {}

  void run();

private:
  AffineMap collapse(AffineMap map, SmallVectorImpl<ReassociationIndices> *reassociation);
  Value collapse(Value buffer, AffineMap map);
  Value asTensor(Value value, AffineMap map);

  SingleOp single;
  SmallVector<unsigned> group; // old loop to new
  unsigned numLoops;
  OpBuilder builder;
};

/// `map` over the merged loops; of the dimensions that merge, one is left.
AffineMap Collapser::collapse(AffineMap map, SmallVectorImpl<ReassociationIndices> *reassociation) {
  SmallVector<AffineExpr> replacements, results;
  for (unsigned target : group)
    replacements.push_back(builder.getAffineDimExpr(target));
  std::optional<unsigned> previous;
  for (auto [i, expr] : llvm::enumerate(map.getResults())) {
    auto dim = dyn_cast<AffineDimExpr>(expr);
    bool merged = dim && previous && *previous + 1 == dim.getPosition() && group[*previous] == group[dim.getPosition()];
    previous = dim ? std::optional(dim.getPosition()) : std::nullopt;
    if (!merged)
      results.push_back(expr.replaceDims(replacements));
    if (!reassociation)
      continue;
    if (merged)
      reassociation->back().push_back(i);
    else
      reassociation->push_back({static_cast<int64_t>(i)});
  }
  return AffineMap::get(numLoops, 0, results, builder.getContext());
}

Value Collapser::collapse(Value buffer, AffineMap map) {
  SmallVector<ReassociationIndices> reassociation;
  collapse(map, &reassociation);
  if (reassociation.size() == map.getNumResults())
    return buffer;
  return memref::CollapseShapeOp::create(builder, single.op.getLoc(), buffer, reassociation);
}

Value Collapser::asTensor(Value value, AffineMap map) {
  bufferization::ToTensorOp source = getSource(value);
  if (!source)
    return value;
  Value buffer = collapse(source.getBuffer(), map);
  return bufferization::ToTensorOp::create(builder, source.getLoc(),
                                           memref::getTensorTypeFromMemRefType(buffer.getType()), buffer,
                                           source.getRestrict(), source.getWritable());
}

void Collapser::run() {
  linalg::GenericOp op = single.op;
  Location loc = op.getLoc();
  SmallVector<AffineMap> maps;
  SmallVector<Value> inputs, outputs;
  for (OpOperand &operand : op->getOpOperands()) {
    AffineMap map = op.getMatchingIndexingMap(&operand);
    maps.push_back(collapse(map, nullptr));
    if (op.isDpsInput(&operand)) {
      inputs.push_back(asTensor(operand.get(), map));
      continue;
    }
    linalg::FillOp fill = single.fills[outputs.size()];
    if (!fill) {
      outputs.push_back(asTensor(operand.get(), map));
      continue;
    }
    Value target = asTensor(fill.getOutputs()[0], map);
    outputs.push_back(linalg::FillOp::create(builder, fill.getLoc(), fill.getInputs(), target).getResult(0));
  }
  SmallVector<utils::IteratorType> iterators(numLoops);
  for (auto [i, iterator] : llvm::enumerate(op.getIteratorTypesArray()))
    iterators[group[i]] = iterator;
  auto merged =
      linalg::GenericOp::create(builder, loc, ValueRange(outputs).getTypes(), inputs, outputs, maps, iterators);
  merged.getRegion().takeBody(op.getRegion());
  for (auto [i, write] : llvm::enumerate(single.writes)) {
    builder.setInsertionPoint(write);
    Value target = collapse(write.getDest(), op.getIndexingMapsArray()[op.getNumDpsInputs() + i]);
    auto copy = bufferization::MaterializeInDestinationOp::create(builder, write.getLoc(), merged.getResult(i), target);
    copy.setRestrict(true);
    copy.setWritable(true);
    write.erase();
  }
  op.erase();
  for (linalg::FillOp fill : single.fills)
    if (fill)
      fill.erase();
}

} // namespace

void collapseKernel(func::FuncOp kernel) {
  std::optional<SingleOp> single = matchSingleOp(kernel);
  if (!single || single->op.hasIndexSemantics())
    return;
  unsigned numOld = single->op.getNumLoops();
  SmallVector<unsigned> group;
  unsigned numNew = 0;
  for (unsigned dim = 0; dim < numOld; ++dim)
    group.push_back(dim > 0 && canMerge(single->op, llvm::find(group, numNew - 1) - group.begin(), dim - 1) ? numNew - 1
                                                                                                            : numNew++);
  if (numNew < numOld)
    Collapser(*single, group, numNew).run();
}

} // namespace quern
