// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which kernels the contraction strategy takes, and the roles of their loops.

#include "Contract.h"

#include "quern/Dialect/Quern/IR/Quern.h"

#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;

namespace quern {
namespace {

/// Zero, or a tensor filled with it.
bool isZeroFill(Value value) {
  auto fill = value.getDefiningOp<linalg::FillOp>();
  return fill && (matchPattern(fill.getInputs()[0], m_AnyZeroFloat()) || matchPattern(fill.getInputs()[0], m_Zero()));
}

/// An epilogue computes on values only, so that it can be repeated on vectors.
bool isVectorizable(linalg::GenericOp op) {
  Block *body = op.getBody();
  if (op.getNumDpsInits() != 1 || !body->getArguments().back().use_empty())
    return false;
  for (Operation &inner : body->without_terminator())
    if (!inner.hasTrait<OpTrait::ConstantLike>() && !OpTrait::hasElementwiseMappableTraits(&inner))
      return false;
  return true;
}

/// Every operand of the epilogue is a buffer that runs along the output's last dim
/// with unit stride, or not at all.
bool hasVectorOperands(linalg::GenericOp op, Value product) {
  unsigned last = op.getNumLoops() - 1;
  for (OpOperand *input : op.getDpsInputOperands()) {
    if (input->get() == product)
      continue;
    AffineMap map = op.getMatchingIndexingMap(input);
    if (!map.isProjectedPermutation(/*allowZeroInResults=*/true))
      return false;
    if (!isa<RankedTensorType>(input->get().getType()))
      continue;
    Value buffer = getBuffer(input->get());
    if (!buffer)
      return false;
    if (map.isFunctionOfDim(last) && (map.getResults().back() != getAffineDimExpr(last, op.getContext()) ||
                                      !cast<MemRefType>(buffer.getType()).areTrailingDimsContiguous(1)))
      return false;
  }
  return true;
}

/// An index expression that is a sum of loops and a constant.
bool isLinear(AffineExpr expr) {
  if (isa<AffineDimExpr, AffineConstantExpr>(expr))
    return true;
  auto binary = dyn_cast<AffineBinaryOpExpr>(expr);
  if (!binary)
    return false;
  if (binary.getKind() == AffineExprKind::Add)
    return isLinear(binary.getLHS()) && isLinear(binary.getRHS());
  return binary.getKind() == AffineExprKind::Mul && isLinear(binary.getLHS()) &&
         isa<AffineConstantExpr>(binary.getRHS());
}

/// A panel's map is a packed one, or linear with unit stride along n.
bool isPanel(AffineMap map, unsigned n, Value buffer) {
  ArrayRef<AffineExpr> exprs = map.getResults();
  if (getPanelWidth(map) != 0) {
    AffineExpr dim = getAffineDimExpr(n, map.getContext());
    return exprs.front() == dim.floorDiv(getPanelWidth(map)) && exprs.back() == dim % getPanelWidth(map) &&
           llvm::all_of(exprs.drop_front().drop_back(),
                        [&](AffineExpr e) { return isLinear(e) && !e.isFunctionOfDim(n); });
  }
  return llvm::all_of(exprs, isLinear) && !exprs.empty() && exprs.back() == getAffineDimExpr(n, map.getContext()) &&
         llvm::none_of(exprs.drop_back(), [&](AffineExpr e) { return e.isFunctionOfDim(n); }) &&
         cast<MemRefType>(buffer.getType()).areTrailingDimsContiguous(1);
}

} // namespace

Value getBuffer(Value tensor) {
  auto op = tensor.getDefiningOp<bufferization::ToTensorOp>();
  return op && isa<MemRefType>(op.getBuffer().getType()) ? op.getBuffer() : Value();
}

FailureOr<ContractKernel> analyzeContractKernel(func::FuncOp kernel) {
  ContractKernel result;
  linalg::GenericOp contraction, epilogue;
  bufferization::MaterializeInDestinationOp store;
  if (!llvm::hasSingleElement(kernel.getBody()))
    return failure();
  for (Operation &op : kernel.front()) {
    if (isContraction(&op)) {
      if (contraction)
        return failure();
      contraction = cast<linalg::GenericOp>(op);
    } else if (isPointwise(&op)) {
      if (!contraction || epilogue)
        return failure();
      epilogue = cast<linalg::GenericOp>(op);
    } else if (auto materialize = dyn_cast<bufferization::MaterializeInDestinationOp>(op)) {
      if (store)
        return failure();
      store = materialize;
    } else if (!isa<linalg::FillOp, tensor::EmptyOp, tensor::DimOp, bufferization::ToTensorOp, func::ReturnOp>(op) &&
               !op.hasTrait<OpTrait::ConstantLike>()) {
      return failure();
    }
  }
  if (!contraction || !store || !isZeroFill(contraction.getDpsInits()[0]))
    return failure();
  auto match = matchContraction(contraction);
  if (failed(match))
    return failure();
  Value product = contraction.getResult(0);
  if (epilogue && (!isVectorizable(epilogue) || !hasVectorOperands(epilogue, product) ||
                   !llvm::is_contained(epilogue.getDpsInputs(), product)))
    return failure();
  if (store.getSource() != (epilogue ? epilogue.getResult(0) : product))
    return failure();

  result.contraction = *match;
  result.epilogue = epilogue;
  result.output = store.getDest();
  result.n = match->n;
  result.sizes = contraction.getStaticLoopRanges();
  auto outputType = dyn_cast<MemRefType>(result.output.getType());
  if (!outputType || !outputType.areTrailingDimsContiguous(1))
    return failure();

  SmallVector<AffineMap> maps = contraction.getIndexingMapsArray();
  unsigned panel = match->panel;
  Value buffers[2] = {getBuffer(contraction.getDpsInputs()[0]), getBuffer(contraction.getDpsInputs()[1])};
  if (!buffers[0] || !buffers[1] || !isPanel(maps[panel], result.n, buffers[panel]))
    return failure();
  if (match->both ? !isPanel(maps[1 - panel], result.n, buffers[1 - panel]) || getPanelWidth(maps[1 - panel]) != 0
                  : !llvm::all_of(maps[1 - panel].getResults(), isLinear))
    return failure();
  result.packed = getPanelWidth(maps[panel]) != 0;
  result.accumulator = getElementTypeOrSelf(product.getType());
  if (!result.accumulator.isF32() && !result.accumulator.isF64() && !result.accumulator.isInteger(32))
    return failure();

  // Roles. Rows: the last parallel loop that the panel does not follow.
  AffineMap out = maps[2];
  SmallVector<unsigned> parallel;
  for (AffineExpr expr : out.getResults().drop_back())
    parallel.push_back(cast<AffineDimExpr>(expr).getPosition());
  if (out.getNumResults() != contraction.getNumParallelLoops())
    return failure();
  auto isRow = [&](unsigned loop) {
    return !maps[panel].isFunctionOfDim(loop) && maps[1 - panel].isFunctionOfDim(loop);
  };
  for (unsigned i = parallel.size(); i-- > 0 && !result.row;)
    if (isRow(parallel[i]) && result.sizes[parallel[i]] != 1)
      result.row = parallel[i];
  for (unsigned loop : parallel)
    if (!result.row || loop != *result.row)
      result.outer.push_back(loop);
  // Reductions in the order of the image's dims.
  for (unsigned loop = 0; loop < contraction.getNumLoops(); ++loop)
    if (contraction.getIteratorTypesArray()[loop] == utils::IteratorType::reduction)
      result.reductions.push_back(loop);
  auto position = [&](unsigned loop) {
    for (auto [i, expr] : llvm::enumerate(maps[1 - panel].getResults()))
      if (expr.isFunctionOfDim(loop))
        return i;
    return size_t(0);
  };
  llvm::stable_sort(result.reductions, [&](unsigned a, unsigned b) { return position(a) < position(b); });
  return result;
}

} // namespace quern
