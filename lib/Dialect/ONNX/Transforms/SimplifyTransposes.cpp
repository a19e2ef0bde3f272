// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// onnx-simplify-transposes: transposes sink until they meet and cancel.

#include "Formula.h"
#include "TypeMeet.h"

#include "quern/Dialect/ONNX/Transforms/Passes.h"
#include "quern/Support/Constants.h"

#include "mlir/Dialect/Utils/IndexingUtils.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

using namespace mlir;

namespace quern::onnx {
#define GEN_PASS_DEF_SIMPLIFYTRANSPOSESPASS
#include "quern/Dialect/ONNX/Transforms/Passes.h.inc"

namespace {

using Permutation = SmallVector<int64_t>;

// The permutation of a Transpose (by default the order is reversed); nothing where the rank is unknown.
std::optional<Permutation> getPermutation(TransposeOp transpose) {
  auto type = dyn_cast<RankedTensorType>(transpose.getData().getType());
  if (!type)
    return std::nullopt;
  if (std::optional<ArrayRef<int64_t>> perm = transpose.getPerm())
    return Permutation(*perm);
  return llvm::to_vector(llvm::reverse(llvm::seq<int64_t>(0, type.getRank())));
}

// What is left of `value` where the only thing between it and `user` is a Transpose by `perm`. Sets `perm` when empty.
// A transposed constant is a constant.
Value getSource(Value value, Operation *user, Permutation &perm) {
  auto transpose = value.getDefiningOp<TransposeOp>();
  if (!transpose || llvm::any_of(value.getUsers(), [&](Operation *other) { return other != user; }))
    return {};
  Operation *producer = transpose.getData().getDefiningOp();
  if (producer &&
      (isa<ConstantOp>(producer) || (isa<ReshapeOp>(producer) && getConstantValue(producer->getOperand(0)))))
    return {};
  std::optional<Permutation> own = getPermutation(transpose);
  if (!own || (!perm.empty() && *own != perm))
    return {};
  perm = std::move(*own);
  return transpose.getData();
}

// The constant as it is before the permutation, with as many dimensions.
Value untranspose(Formula &f, Value constant, ArrayRef<int64_t> perm) {
  auto type = cast<RankedTensorType>(constant.getType());
  SmallVector<int64_t> shape(perm.size() - type.getRank(), 1);
  llvm::append_range(shape, type.getShape());
  Permutation inverse = invertPermutationVector(perm);
  if (llvm::count_if(shape, [](int64_t size) { return size != 1; }) <= 1)
    return reshape(f(constant), applyPermutation(shape, inverse));
  Term whole = type.getRank() == static_cast<int64_t>(perm.size()) ? f(constant) : reshape(f(constant), shape);
  return transpose(whole, inverse);
}

// A copy of `op` over other operands and with other attributes, its types inferred, then transposed.
LogicalResult replaceTransposed(Operation *op, ValueRange operands, ArrayRef<NamedAttribute> changed,
                                ArrayRef<int64_t> perm, PatternRewriter &rewriter) {
  Operation *copy = rewriter.clone(*op);
  copy->setOperands(operands);
  for (NamedAttribute attribute : changed)
    copy->setAttr(attribute.getName(), attribute.getValue());
  copy->getResult(0).setType(UnrankedTensorType::get(getElementTypeOrSelf(op->getResult(0))));
  SmallVector<Type> types;
  if (failed(inferResultTypes(copy, types)))
    return failure();
  copy->getResult(0).setType(types.front());
  Formula f(rewriter, op->getLoc());
  Term result = transpose(f(copy->getResult(0)), perm);
  result.value.setType(op->getResult(0).getType());
  rewriter.replaceOp(op, result.value);
  return success();
}

// f(transpose(x), transpose(y)) = transpose(f(x, y))
struct SinkThroughPointwise : OpTraitRewritePattern<Pointwise> {
  using OpTraitRewritePattern::OpTraitRewritePattern;

  LogicalResult matchAndRewrite(Operation *op, PatternRewriter &rewriter) const override {
    Permutation perm;
    SmallVector<Value> sources;
    for (Value operand : op->getOperands())
      sources.push_back(getSource(operand, op, perm));
    auto result = dyn_cast<RankedTensorType>(op->getResult(0).getType());
    if (perm.empty() || !result || result.getRank() != static_cast<int64_t>(perm.size()))
      return rewriter.notifyMatchFailure(op, "no operand is transposed");

    auto isOne = [](RankedTensorType type) { return type.hasStaticShape() && type.getNumElements() == 1; };
    for (auto [source, operand] : llvm::zip(sources, op->getOperands())) {
      auto type = dyn_cast<RankedTensorType>(operand.getType());
      if (!source && (!type || !(isOne(type) || getConstantValue(operand))))
        return rewriter.notifyMatchFailure(op, "an operand is neither transposed alike nor a constant");
    }
    Formula f(rewriter, op->getLoc());
    for (auto [source, operand] : llvm::zip(sources, op->getOperands()))
      if (!source)
        source = isOne(cast<RankedTensorType>(operand.getType())) ? operand : untranspose(f, operand, perm);
    return replaceTransposed(op, sources, {}, perm, rewriter);
  }
};

// concat(transpose(x), transpose(y)) = transpose(concat(x, y))
struct SinkThroughConcat : OpRewritePattern<ConcatOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ConcatOp op, PatternRewriter &rewriter) const override {
    Permutation perm;
    SmallVector<Value> sources;
    for (Value operand : op->getOperands()) {
      sources.push_back(getSource(operand, op, perm));
      if (!sources.back())
        return rewriter.notifyMatchFailure(op, "an operand is not transposed alike");
    }
    int64_t axis = op.getAxis() < 0 ? op.getAxis() + perm.size() : op.getAxis();
    Formula f(rewriter, op.getLoc());
    return replaceTransposed(op, sources, f.attr("axis", perm[axis]), perm, rewriter);
  }
};

// softmax(transpose(x)) = transpose(softmax(x)), along the axis where it was
template <typename OpTy>
struct SinkThroughAxis : OpRewritePattern<OpTy> {
  using OpRewritePattern<OpTy>::OpRewritePattern;

  LogicalResult matchAndRewrite(OpTy op, PatternRewriter &rewriter) const override {
    Permutation perm;
    Value source = getSource(op->getOperand(0), op, perm);
    if (!source)
      return rewriter.notifyMatchFailure(op, "the operand is not transposed");
    int64_t axis = op.getAxis() < 0 ? op.getAxis() + perm.size() : op.getAxis();
    Formula f(rewriter, op.getLoc());
    return replaceTransposed(op, source, f.attr("axis", perm[axis]), perm, rewriter);
  }
};

// reduce(transpose(x)) along axes = transpose(reduce(x)) along the axes where they were
template <typename OpTy>
struct SinkThroughReduction : OpRewritePattern<OpTy> {
  using OpRewritePattern<OpTy>::OpRewritePattern;

  LogicalResult matchAndRewrite(OpTy op, PatternRewriter &rewriter) const override {
    std::optional<SmallVector<int64_t>> axes;
    if (ElementsAttr constant = op.getAxes() ? getConstantValue(op.getAxes()) : ElementsAttr())
      axes = getIntegers(constant);
    if (!axes || axes->empty())
      return rewriter.notifyMatchFailure(op, "the axes are not constant");
    Permutation perm;
    Value source = getSource(op.getData(), op, perm);
    if (!source)
      return rewriter.notifyMatchFailure(op, "the operand is not transposed");

    SmallVector<int64_t> moved;
    for (int64_t axis : *axes)
      moved.push_back(perm[axis < 0 ? axis + perm.size() : axis]);
    llvm::sort(moved);
    Permutation left;
    for (int64_t from : perm)
      if (op.getKeepdims())
        left.push_back(from);
      else if (!llvm::is_contained(moved, from))
        left.push_back(from - llvm::count_if(moved, [&](int64_t axis) { return axis < from; }));
    Formula f(rewriter, op.getLoc());
    return replaceTransposed(op, {source, f.integers(moved).value}, {}, left, rewriter);
  }
};

// Only dimensions of size 1 move: the elements stay in order.
struct TransposeToReshape : OpRewritePattern<TransposeOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(TransposeOp op, PatternRewriter &rewriter) const override {
    auto type = dyn_cast<RankedTensorType>(op.getData().getType());
    auto result = dyn_cast<RankedTensorType>(op.getType());
    std::optional<Permutation> perm = getPermutation(op);
    if (!type || !result || !perm || type.getNumDynamicDims() > 1 || result.getNumDynamicDims() > 1)
      return rewriter.notifyMatchFailure(op, "its sizes are not known");
    Permutation moving;
    for (int64_t from : *perm)
      if (type.getDimSize(from) != 1)
        moving.push_back(from);
    if (!llvm::is_sorted(moving))
      return rewriter.notifyMatchFailure(op, "it moves elements");
    if (type == result && llvm::is_sorted(*perm)) {
      rewriter.replaceOp(op, op.getData());
      return success();
    }
    Formula f(rewriter, op.getLoc());
    SmallVector<int64_t> shape;
    for (int64_t size : result.getShape())
      shape.push_back(ShapedType::isDynamic(size) ? -1 : size);
    if (llvm::is_contained(shape, 0))
      return rewriter.notifyMatchFailure(op, "it is empty");
    Term view = reshape(f(op.getData()), shape);
    view.value.setType(result);
    rewriter.replaceOp(op, view.value);
    return success();
  }
};

struct SimplifyTransposesPass : impl::SimplifyTransposesPassBase<SimplifyTransposesPass> {
  LogicalResult initialize(MLIRContext *context) override {
    RewritePatternSet list(context);
    list.add<SinkThroughPointwise, SinkThroughConcat, SinkThroughAxis<SoftmaxOp>, SinkThroughAxis<LogSoftmaxOp>,
             SinkThroughReduction<ReduceSumOp>, SinkThroughReduction<ReduceMeanOp>, SinkThroughReduction<ReduceMaxOp>,
             SinkThroughReduction<ReduceMinOp>, SinkThroughReduction<ReduceProdOp>, TransposeToReshape>(context);
    TransposeOp::getCanonicalizationPatterns(list, context);
    patterns = std::move(list);
    return success();
  }

  void runOnOperation() override {
    GreedyRewriteConfig config;
    config.setRegionSimplificationLevel(GreedySimplifyRegionLevel::Disabled).setUseTopDownTraversal(true);
    (void)applyPatternsGreedily(getOperation(), patterns, config); // not settling is no error: each step is right
    followReturnedTypes(getOperation());
  }

  FrozenRewritePatternSet patterns;
};

} // namespace
} // namespace quern::onnx
