// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Products of matrices as contractions.

#include "Contraction.h"

#include "Broadcast.h"

using namespace mlir;

namespace quern::lowering {

Type accumulatorOf(Builder &b, Type element) {
  return isa<FloatType>(element) && element.getIntOrFloatBitWidth() < 32 ? b.getF32Type() : element;
}

Value castElements(Builder &b, Value tensor, Type element, bool isUnsigned) {
  if (getElementTypeOrSelf(tensor) == element)
    return tensor;
  return mapTensor(b, tensor, element,
                   [&](Builder &b, Value value) { return convertScalar(b, value, element, isUnsigned, isUnsigned); });
}

Value contract(Builder &b, Value lhs, Value rhs, AffineMap lhsMap, AffineMap rhsMap, ArrayRef<Size> shape,
               Type accumulator, Signs signs) {
  unsigned loops = lhsMap.getNumDims(), parallel = shape.size();
  SmallVector<utils::IteratorType> iterators(parallel, utils::IteratorType::parallel);
  iterators.append(loops - parallel, utils::IteratorType::reduction);
  SmallVector<AffineExpr> outExprs;
  for (unsigned i : llvm::seq(parallel))
    outExprs.push_back(b.getAffineDimExpr(i));
  AffineMap outMap = AffineMap::get(loops, 0, outExprs, b.getContext());
  Value init = filledTensor(b, shape, scalar(b, accumulator, 0));
  return generic(b, {lhs, rhs}, init, {lhsMap, rhsMap, outMap}, iterators,
                 [&](Builder &b, ValueRange args) -> SmallVector<Value> {
                   Value l = convertScalar(b, args[0], accumulator, signs.lhsUnsigned, false);
                   Value r = convertScalar(b, args[1], accumulator, signs.rhsUnsigned, false);
                   if (isa<FloatType>(accumulator))
                     return {arith::AddFOp::create(b, args[2], arith::MulFOp::create(b, l, r))};
                   return {arith::AddIOp::create(b, args[2], arith::MulIOp::create(b, l, r))};
                 })
      .front();
}

Value peelWidening(Value tensor) {
  auto op = tensor.getDefiningOp<linalg::GenericOp>();
  if (!op || op.getNumDpsInputs() != 1 || op.getNumResults() != 1 ||
      !llvm::all_of(op.getIndexingMapsArray(), [](AffineMap map) { return map.isIdentity(); }))
    return tensor;
  auto widen = op.getBody()->getTerminator()->getOperand(0).getDefiningOp<arith::ExtFOp>();
  bool isIt = widen && widen.getIn() == op.getBody()->getArgument(0) && widen.getType().isF32();
  return isIt ? op.getDpsInputs().front() : tensor;
}

/// Drops batch dimensions of size one where the product's is not, so that the maps are projections.
static Value dropBroadcastDims(Builder &b, Value operand, ArrayRef<Size> batch, SmallVectorImpl<AffineExpr> &exprs) {
  Sizes shape = shapeOf(b, operand), kept;
  int64_t ownBatch = static_cast<int64_t>(shape.size()) - 2;
  for (auto [i, extent] : llvm::enumerate(shape)) {
    int64_t loop = static_cast<int64_t>(batch.size()) - ownBatch + i;
    if (static_cast<int64_t>(i) < ownBatch) {
      if (isKnown(extent, 1) && !isKnown(batch[loop], 1))
        continue;
      exprs.push_back(b.getAffineDimExpr(loop));
    }
    kept.push_back(extent);
  }
  return kept.size() == shape.size() ? operand : reshapeTensor(b, operand, kept);
}

Value matmul(Builder &b, Value lhs, Value rhs, Type accumulator, Signs signs) {
  lhs = peelWidening(lhs), rhs = peelWidening(rhs);
  int64_t lhsRank = cast<RankedTensorType>(lhs.getType()).getRank();
  int64_t rhsRank = cast<RankedTensorType>(rhs.getType()).getRank();
  Sizes lhsShape = shapeOf(b, lhs), rhsShape = shapeOf(b, rhs);
  checkEqual(b, lhsShape.back(), rhsShape[rhsRank == 1 ? 0 : rhsRank - 2],
             "the inner sizes of a matrix product are not equal");

  // Batch dimensions: broadcast; sizes that only the run knows are aligned first.
  Sizes lhsBatch(ArrayRef(lhsShape).drop_back(std::min<int64_t>(2, lhsRank)));
  Sizes rhsBatch(ArrayRef(rhsShape).drop_back(std::min<int64_t>(2, rhsRank)));
  Sizes batch = broadcastShapes(b, {lhsBatch, rhsBatch});
  auto align = [&](Value operand, ArrayRef<Size> shape) {
    if (shape.size() < 2)
      return operand;
    Sizes target(batch);
    target.append(shape.end() - 2, shape.end());
    return alignTo(b, operand, target);
  };
  lhs = align(lhs, lhsShape);
  rhs = align(rhs, rhsShape);

  Sizes shape(batch);
  unsigned m = shape.size();
  if (lhsRank > 1)
    shape.push_back(lhsShape[lhsRank - 2]);
  unsigned n = shape.size();
  if (rhsRank > 1)
    shape.push_back(rhsShape[rhsRank - 1]);
  unsigned k = shape.size();
  SmallVector<AffineExpr> lhsExprs, rhsExprs;
  if (lhsRank > 1) {
    lhs = dropBroadcastDims(b, lhs, batch, lhsExprs);
    lhsExprs.push_back(b.getAffineDimExpr(m));
  }
  lhsExprs.push_back(b.getAffineDimExpr(k));
  if (rhsRank > 1)
    rhs = dropBroadcastDims(b, rhs, batch, rhsExprs);
  rhsExprs.push_back(b.getAffineDimExpr(k));
  if (rhsRank > 1)
    rhsExprs.push_back(b.getAffineDimExpr(n));
  return contract(b, lhs, rhs, AffineMap::get(k + 1, 0, lhsExprs, b.getContext()),
                  AffineMap::get(k + 1, 0, rhsExprs, b.getContext()), shape, accumulator, signs);
}

namespace {

struct LowerMatMul : Lowering<onnx::MatMulOp> {
  using Lowering::Lowering;
  LogicalResult lower(onnx::MatMulOp op, Adaptor adaptor, Builder &b, Rewriter &rewriter) const override {
    if (!cast<RankedTensorType>(adaptor.getA().getType()).getRank() ||
        !cast<RankedTensorType>(adaptor.getB().getType()).getRank())
      return unsupported(rewriter, op, "expects operands of rank 1 or more");
    Type element = resultType(op).getElementType();
    Value product = matmul(b, adaptor.getA(), adaptor.getB(), accumulatorOf(b, element));
    replace(rewriter, op, b, castElements(b, product, element));
    return success();
  }
};

/// alpha * A' * B' + beta * C: transposes are in the maps, the rest is elementwise.
struct LowerGemm : Lowering<onnx::GemmOp> {
  using Lowering::Lowering;
  LogicalResult lower(onnx::GemmOp op, Adaptor adaptor, Builder &b, Rewriter &rewriter) const override {
    Value lhs = peelWidening(adaptor.getA()), rhs = peelWidening(adaptor.getB());
    Type element = resultType(op).getElementType(), accumulator = accumulatorOf(b, element);
    Sizes lhsShape = shapeOf(b, lhs), rhsShape = shapeOf(b, rhs);
    if (lhsShape.size() != 2 || rhsShape.size() != 2)
      return unsupported(rewriter, op, "expects matrices");
    bool transA = op.getTransA(), transB = op.getTransB();
    checkEqual(b, lhsShape[transA ? 0 : 1], rhsShape[transB ? 1 : 0],
               "the inner sizes of a matrix product are not equal");
    Sizes shape = {lhsShape[transA ? 1 : 0], rhsShape[transB ? 0 : 1]};
    AffineExpr m = b.getAffineDimExpr(0), n = b.getAffineDimExpr(1), k = b.getAffineDimExpr(2);
    MLIRContext *context = b.getContext();
    AffineMap lhsMap = transA ? AffineMap::get(3, 0, {k, m}, context) : AffineMap::get(3, 0, {m, k}, context);
    AffineMap rhsMap = transB ? AffineMap::get(3, 0, {n, k}, context) : AffineMap::get(3, 0, {k, n}, context);
    Value result = contract(b, lhs, rhs, lhsMap, rhsMap, shape, accumulator);

    double alpha = op.getAlpha().convertToDouble(), beta = op.getBeta().convertToDouble();
    bool isFloat = isa<FloatType>(element);
    bool hasBias = adaptor.getC() && beta != 0;
    if (!isFloat && (alpha != static_cast<int64_t>(alpha) || beta != static_cast<int64_t>(beta)))
      return unsupported(rewriter, op, "expects whole 'alpha' and 'beta' for integers");
    auto scale = [&](Builder &b, Value value, double factor) -> Value {
      value = convertScalar(b, value, accumulator, false, false);
      if (factor == 1)
        return value;
      Value by = scalar(b, accumulator, factor);
      return isFloat ? Value(arith::MulFOp::create(b, value, by)) : Value(arith::MulIOp::create(b, value, by));
    };
    if (hasBias || alpha != 1 || accumulator != element) {
      SmallVector<Value> operands = {result};
      if (hasBias)
        operands.push_back(adaptor.getC());
      auto type = RankedTensorType::get(staticShape(shape), element);
      result = pointwise(b, operands, type, [&](Builder &b, ValueRange args) {
        Value sum = scale(b, args[0], alpha);
        if (hasBias) {
          Value bias = scale(b, args[1], beta);
          sum = isFloat ? Value(arith::AddFOp::create(b, sum, bias)) : Value(arith::AddIOp::create(b, sum, bias));
        }
        return convertScalar(b, sum, element, false, false);
      });
    }
    replace(rewriter, op, b, result);
    return success();
  }
};

} // namespace

void addContractions(Patterns &patterns, Converter &converter) {
  patterns.add<LowerMatMul, LowerGemm>(converter, patterns.getContext());
}

} // namespace quern::lowering
