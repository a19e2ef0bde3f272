// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Canonical forms of single ops and of pairs of the same op. Views become
// Reshape with a constant shape, so that patterns see one op for all of them.

#include "ShapeRules.h"

#include "quern/Support/Constants.h"

using namespace mlir;

namespace quern::onnx {

// The value as a result of this type, which may say less.
static Value asType(OpBuilder &builder, Location loc, Value value, Type type) {
  return value.getType() == type ? value : IdentityOp::create(builder, loc, type, value);
}

//===--- Views ------------------------------------------------------------===//

// The shape operand that makes `to` from `from` without looking at values: sizes, 0 for a dimension that stays where
// it is, at most one -1. Nothing where that cannot say it.
static std::optional<SmallVector<int64_t>> getConstantShape(RankedTensorType from, RankedTensorType to,
                                                            ArrayRef<bool> same) {
  if (!to || llvm::is_contained(to.getShape(), 0))
    return std::nullopt;
  SmallVector<int64_t> shape(to.getShape());
  bool inferred = false;
  for (auto [i, size] : llvm::enumerate(shape)) {
    if (!ShapedType::isDynamic(size))
      continue;
    if (to.getNumDynamicDims() > 1 && from && static_cast<int64_t>(i) < from.getRank() && i < same.size() && same[i]) {
      size = 0;
      continue;
    }
    if (inferred)
      return std::nullopt;
    inferred = true;
    size = -1;
  }
  return shape;
}

static Value makeShape(OpBuilder &builder, Location loc, ArrayRef<int64_t> shape) {
  DenseElementsAttr attr = getI64Constant(builder.getContext(), shape);
  return ConstantOp::create(builder, loc, attr.getType(), attr);
}

// Squeeze, Unsqueeze, Flatten -> Reshape. Up to the first dimension dropped or added, each stays where it is.
template <typename Op>
static LogicalResult viewToReshape(Op op, PatternRewriter &rewriter) {
  Value data = op->getOperand(0), result = op->getResult(0);
  auto from = rankedType(data), to = rankedType(result);
  if (!from || !to)
    return rewriter.notifyMatchFailure(op, "rank is not known");
  SmallVector<Type> inferred;
  if (failed(op.inferResultTypes(inferred)) || inferred.front() != to)
    return rewriter.notifyMatchFailure(op, "result type is not the inferred one");
  SmallVector<bool> same(to.getRank(), false);
  if constexpr (!std::is_same_v<Op, FlattenOp>) {
    std::optional<SmallVector<int64_t>> axes;
    if (op.getAxes())
      axes = getKnownIntegers(op.getAxes());
    int64_t rank = std::max(from.getRank(), to.getRank()), first = rank;
    if (!axes && op.getAxes())
      return rewriter.notifyMatchFailure(op, "axes are not known");
    if (axes)
      for (int64_t axis : *axes)
        first = std::min(first, axis < 0 ? axis + rank : axis);
    else
      first = llvm::find(from.getShape(), 1) - from.getShape().begin();
    for (int64_t i = 0; i < std::min(first, to.getRank()); ++i)
      same[i] = true;
  }
  std::optional<SmallVector<int64_t>> shape = getConstantShape(from, to, same);
  if (!shape)
    return rewriter.notifyMatchFailure(op, "sizes are not known well enough");
  rewriter.replaceOpWithNewOp<ReshapeOp>(op, to, data, makeShape(rewriter, op.getLoc(), *shape));
  return success();
}

void SqueezeOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *) {
  patterns.add(viewToReshape<SqueezeOp>);
}
void UnsqueezeOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *) {
  patterns.add(viewToReshape<UnsqueezeOp>);
}
void FlattenOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *) {
  patterns.add(viewToReshape<FlattenOp>);
}

// A computed shape that the result type already tells becomes a constant.
static LogicalResult makeShapeConstant(ReshapeOp op, PatternRewriter &rewriter) {
  if (getConstantValue(op.getShape()))
    return rewriter.notifyMatchFailure(op, "shape is a constant");
  auto from = rankedType(op.getData()), to = rankedType(op.getReshaped());
  auto known = getKnownShapeValue(op.getShape());
  SmallVector<bool> same;
  if (known && from)
    for (auto [i, size] : llvm::enumerate(*known))
      same.push_back(static_cast<int64_t>(i) < from.getRank() && size.isSame(ShapeElement::getDim(op.getData(), i)));
  std::optional<SmallVector<int64_t>> shape = getConstantShape(from, to, same);
  if (!shape)
    return rewriter.notifyMatchFailure(op, "sizes are not known well enough");
  rewriter.replaceOpWithNewOp<ReshapeOp>(op, to, op.getData(), makeShape(rewriter, op.getLoc(), *shape));
  return success();
}

// reshape(reshape(x, s), t) = reshape(x, t), unless t keeps sizes of the tensor between.
static LogicalResult mergeReshapes(ReshapeOp op, PatternRewriter &rewriter) {
  auto inner = op.getData().getDefiningOp<ReshapeOp>();
  if (!inner)
    return rewriter.notifyMatchFailure(op, "operand is no Reshape");
  auto to = rankedType(op.getReshaped());
  auto known = getKnownIntegers(op.getShape());
  if (known && (op.getAllowzero() || !llvm::is_contained(*known, 0))) {
    rewriter.modifyOpInPlace(op, [&] { op.getDataMutable().assign(inner.getData()); });
    return success();
  }
  std::optional<SmallVector<int64_t>> shape = getConstantShape({}, to, {});
  if (!shape)
    return rewriter.notifyMatchFailure(op, "sizes are not known well enough");
  rewriter.replaceOpWithNewOp<ReshapeOp>(op, to, inner.getData(), makeShape(rewriter, op.getLoc(), *shape));
  return success();
}

void ReshapeOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *) {
  patterns.add(makeShapeConstant);
  patterns.add(mergeReshapes);
}

//===--- Transpose --------------------------------------------------------===//

// transpose(transpose(x, p), q) = transpose(x, p[q])
static LogicalResult mergeTransposes(TransposeOp op, PatternRewriter &rewriter) {
  auto inner = op.getData().getDefiningOp<TransposeOp>();
  if (!inner || !rankedType(inner.getData()) || !rankedType(op.getData()))
    return rewriter.notifyMatchFailure(op, "operand is no Transpose of known rank");
  SmallVector<int64_t> first = inner.getPermutation(), both;
  for (int64_t axis : op.getPermutation())
    both.push_back(first[axis]);
  rewriter.replaceOpWithNewOp<TransposeOp>(op, op.getType(), inner.getData(), rewriter.getDenseI64ArrayAttr(both));
  return success();
}

static LogicalResult spellPermutation(TransposeOp op, PatternRewriter &rewriter) {
  if (op.getPerm() || !rankedType(op.getData()))
    return rewriter.notifyMatchFailure(op, "perm is there, or its rank is not known");
  rewriter.modifyOpInPlace(op, [&] { op.setPerm(op.getPermutation()); });
  return success();
}

void TransposeOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *) {
  patterns.add(mergeTransposes);
  patterns.add(spellPermutation);
}

//===--- Types ------------------------------------------------------------===//

// Every number of type `from` is one of type `to`.
static bool holdsAll(Type from, Type to) {
  auto integer = dyn_cast<IntegerType>(from);
  if (from.isInteger(1))
    return isa<IntegerType, FloatType>(to);
  if (auto wide = dyn_cast<IntegerType>(to)) {
    if (!integer || to.isInteger(1))
      return false;
    bool sameSign = integer.isUnsigned() == wide.isUnsigned();
    return sameSign ? wide.getWidth() >= integer.getWidth()
                    : integer.isUnsigned() && wide.getWidth() > integer.getWidth();
  }
  auto wide = dyn_cast<FloatType>(to);
  if (!wide || wide.getWidth() < 16)
    return false;
  if (integer)
    return wide.getFPMantissaWidth() >= integer.getWidth() && wide.getWidth() > 16;
  auto narrow = dyn_cast<FloatType>(from);
  return narrow && narrow.getWidth() > 8 && wide.getWidth() > narrow.getWidth();
}

// cast(cast(x : A to B) to C) = cast(x to C), where B holds all of A.
static LogicalResult mergeCasts(CastOp op, PatternRewriter &rewriter) {
  auto inner = op.getInput().getDefiningOp<CastOp>();
  if (!inner || !holdsAll(elementOf(inner.getInput()), elementOf(inner.getOutput())))
    return rewriter.notifyMatchFailure(op, "operand is no Cast that keeps all numbers");
  rewriter.modifyOpInPlace(op, [&] { op.getInputMutable().assign(inner.getInput()); });
  return success();
}

void CastOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *) { patterns.add(mergeCasts); }

// castlike(x, t) = cast(x to the type of t)
static LogicalResult castLikeToCast(CastLikeOp op, PatternRewriter &rewriter) {
  int64_t dataType = getDataType(elementOf(op.getTargetType()));
  if (dataType == 0)
    return rewriter.notifyMatchFailure(op, "type has no number");
  rewriter.replaceOpWithNewOp<CastOp>(op, op.getType(), op.getInput(), op.getRoundMode(), op.getSaturate(), dataType);
  return success();
}

void CastLikeOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *) {
  patterns.add(castLikeToCast);
}

//===--- Parts and wholes -------------------------------------------------===//

// Operands without elements add nothing.
static LogicalResult dropEmptyInputs(ConcatOp op, PatternRewriter &rewriter) {
  auto result = rankedType(op.getConcatResult());
  if (!result)
    return rewriter.notifyMatchFailure(op, "rank is not known");
  int64_t axis = op.getAxis() < 0 ? op.getAxis() + result.getRank() : op.getAxis();
  SmallVector<Value> kept;
  for (Value input : op.getInputs()) {
    auto type = rankedType(input);
    if (!type || axis >= type.getRank() || type.getDimSize(axis) != 0)
      kept.push_back(input);
  }
  if (kept.size() == op.getInputs().size() || kept.empty())
    return rewriter.notifyMatchFailure(op, "all operands have elements");
  rewriter.modifyOpInPlace(op, [&] { op.getInputsMutable().assign(kept); });
  return success();
}

void ConcatOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *) {
  patterns.add(dropEmptyInputs);
}

static LogicalResult dropSplitInOne(SplitOp op, PatternRewriter &rewriter) {
  if (op.getNumResults() != 1 || op.getInput().getType() != op.getResult(0).getType())
    return rewriter.notifyMatchFailure(op, "several parts");
  rewriter.replaceOp(op, op.getInput());
  return success();
}

void SplitOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *) { patterns.add(dropSplitInOne); }

//===--- Training and control ---------------------------------------------===//

// Nothing is dropped outside of training: the mask is true everywhere.
static LogicalResult dropDropout(DropoutOp op, PatternRewriter &rewriter) {
  if (op.getTrainingMode()) {
    auto training = getKnownIntegers(op.getTrainingMode());
    if (!training || training->size() != 1 || training->front() != 0)
      return rewriter.notifyMatchFailure(op, "may be training");
  }
  SmallVector<Value> results = {asType(rewriter, op.getLoc(), op.getData(), op.getOutput().getType())};
  if (op.getMask()) {
    auto data = rankedType(op.getData());
    Type shapeType = RankedTensorType::get({data ? data.getRank() : ShapedType::kDynamic}, rewriter.getI64Type());
    Value shape = ShapeOp::create(rewriter, op.getLoc(), shapeType, op.getData(), 0, IntegerAttr());
    auto truth = DenseElementsAttr::get(RankedTensorType::get({1}, rewriter.getI1Type()), true);
    results.push_back(ConstantOfShapeOp::create(rewriter, op.getLoc(), op.getMask().getType(), shape, truth));
  }
  rewriter.replaceOp(op, results);
  return success();
}

void DropoutOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *) { patterns.add(dropDropout); }

// A known condition leaves one branch.
static LogicalResult takeBranch(IfOp op, PatternRewriter &rewriter) {
  auto known = getKnownIntegers(op.getCond());
  if (!known || known->size() != 1)
    return rewriter.notifyMatchFailure(op, "condition is not known");
  Region &branch = known->front() ? op.getThenBranch() : op.getElseBranch();
  Operation *yield = branch.front().getTerminator();
  SmallVector<Value> outputs(yield->getOperands()), results;
  for (auto [value, result] : llvm::zip(outputs, op.getResults())) {
    auto type = dyn_cast<RankedTensorType>(value.getType()), wanted = dyn_cast<RankedTensorType>(result.getType());
    if (type && wanted && type.getRank() != wanted.getRank())
      return rewriter.notifyMatchFailure(op, "the branch has another rank than what follows allows");
  }
  rewriter.inlineBlockBefore(&branch.front(), op);
  for (auto [value, result] : llvm::zip(outputs, op.getResults()))
    results.push_back(asType(rewriter, op.getLoc(), value, result.getType()));
  rewriter.replaceOp(op, results);
  rewriter.eraseOp(yield);
  return success();
}

void IfOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *) { patterns.add(takeBranch); }

} // namespace quern::onnx
