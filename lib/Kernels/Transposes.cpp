// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A transpose's result dimension i is its operand's dimension permutation[i].

#include "Transposes.h"

#include "quern/Kernels/Constants.h"
#include "quern/Support/Contraction.h"

#include "mlir/Dialect/Linalg/Utils/Utils.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Tensor/Utils/Utils.h"
#include "mlir/Dialect/Utils/IndexingUtils.h"

using namespace mlir;

namespace quern {

Value makeEmpty(OpBuilder &builder, Location loc, Value like, ArrayRef<int64_t> permutation, Type element) {
  SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(builder, loc, like);
  return tensor::EmptyOp::create(builder, loc, applyPermutation(sizes, permutation), element);
}

Value makeTranspose(OpBuilder &builder, Location loc, Value value, ArrayRef<int64_t> permutation) {
  if (isIdentityPermutation(permutation))
    return value;
  Value empty = makeEmpty(builder, loc, value, permutation, getElementTypeOrSelf(value));
  return linalg::TransposeOp::create(builder, loc, value, empty, permutation)->getResult(0);
}

namespace {

linalg::TransposeOp getTranspose(Value value) { return value.getDefiningOp<linalg::TransposeOp>(); }

/// The map of a transposed operand, as a map of what was transposed.
AffineMap throughTranspose(AffineMap map, ArrayRef<int64_t> permutation) {
  SmallVector<AffineExpr> exprs(map.getNumResults());
  for (auto [i, expr] : llvm::enumerate(map.getResults()))
    exprs[permutation[i]] = expr;
  return AffineMap::get(map.getNumDims(), 0, exprs, map.getContext());
}

/// An op of which all tensor captures are read by tensor.extract, whose indices can be permuted.
SmallVector<tensor::ExtractOp> getTransposedExtracts(linalg::GenericOp op) {
  SmallVector<tensor::ExtractOp> extracts;
  op.getBody()->walk([&](tensor::ExtractOp extract) {
    if (getTranspose(extract.getTensor()))
      extracts.push_back(extract);
  });
  return extracts;
}

/// Parallel ops and windows: inputs lose their transposes; the loops, and with them
/// the result, take the order of the transposed operand.
struct SinkThroughGeneric : OpRewritePattern<linalg::GenericOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(linalg::GenericOp op, PatternRewriter &rewriter) const override {
    if (isContraction(op))
      return rewriter.notifyMatchFailure(op, "contractions choose their own layout");
    SmallVector<tensor::ExtractOp> extracts = getTransposedExtracts(op);
    SmallVector<AffineMap> maps = op.getIndexingMapsArray();
    bool any = !extracts.empty() ||
               llvm::any_of(op.getDpsInputs(), [](Value input) { return getTranspose(input) != nullptr; });
    if (!any)
      return rewriter.notifyMatchFailure(op, "no transposed operand");

    // 1. The order in which the output's loops should run: that of the first
    // transposed operand that spans them all.
    AffineMap out = maps[op.getNumDpsInputs()];
    if (!out.isProjectedPermutation())
      return rewriter.notifyMatchFailure(op, "the output is not a permutation");
    SmallVector<int64_t> order; // order[i]: the present output dim that becomes dim i
    for (auto [i, input] : llvm::enumerate(op.getDpsInputs())) {
      auto transpose = getTranspose(input);
      if (!transpose)
        continue;
      order = orderAlong(throughTranspose(maps[i], transpose.getPermutation()), out);
      if (!order.empty())
        break;
    }
    for (tensor::ExtractOp extract : extracts) {
      if (!order.empty())
        break;
      order = orderOfExtract(op, extract, out);
    }
    if (order.empty()) {
      order.resize(out.getNumResults());
      std::iota(order.begin(), order.end(), 0);
    }
    bool permutes = !isIdentityPermutation(order);
    if (permutes && llvm::any_of(op.getDpsInits(), [](Value init) {
          Operation *def = init.getDefiningOp();
          return !isa_and_nonnull<tensor::EmptyOp, linalg::FillOp>(def);
        }))
      return rewriter.notifyMatchFailure(op, "the result updates a tensor");
    for (OpOperand &init : op.getDpsInitsMutable())
      if (op.getMatchingIndexingMap(&init) != out)
        return rewriter.notifyMatchFailure(op, "outputs of several shapes");

    // 2. New operands and maps.
    SmallVector<Value> inputs;
    SmallVector<AffineMap> newMaps;
    for (auto [i, input] : llvm::enumerate(op.getDpsInputs())) {
      auto transpose = getTranspose(input);
      inputs.push_back(transpose ? transpose.getInput() : input);
      newMaps.push_back(transpose ? throughTranspose(maps[i], transpose.getPermutation()) : maps[i]);
    }
    SmallVector<Value> inits;
    for (Value init : op.getDpsInits()) {
      Value empty = makeEmpty(rewriter, op.getLoc(), init, order, getElementTypeOrSelf(init));
      if (auto fill = init.getDefiningOp<linalg::FillOp>())
        empty = linalg::FillOp::create(rewriter, fill.getLoc(), fill.getInputs(), empty).getResult(0);
      inits.push_back(permutes ? empty : init);
      newMaps.push_back(
          AffineMap::get(out.getNumDims(), 0, applyPermutation(out.getResults(), order), op.getContext()));
    }

    // 3. Parallel loops are renamed so that an elementwise op's output map is the identity again.
    SmallVector<utils::IteratorType> loops = op.getIteratorTypesArray();
    SmallVector<unsigned> renamed(loops.size()); // old loop -> new loop
    std::iota(renamed.begin(), renamed.end(), 0u);
    if (isPointwise(op)) {
      for (auto [i, dim] : llvm::enumerate(order))
        renamed[dim] = i;
      SmallVector<AffineExpr> dims(loops.size());
      for (auto [old, now] : llvm::enumerate(renamed))
        dims[old] = rewriter.getAffineDimExpr(now);
      for (AffineMap &map : newMaps)
        map = map.replaceDimsAndSymbols(dims, {}, loops.size(), 0);
    }

    SmallVector<Type> types(llvm::map_range(inits, [](Value init) { return init.getType(); }));
    auto created = linalg::GenericOp::create(rewriter, op.getLoc(), types, inputs, inits, newMaps, loops);
    rewriter.inlineRegionBefore(op.getRegion(), created.getRegion(), created.getRegion().begin());
    created->setDiscardableAttrs(op->getDiscardableAttrDictionary());
    created.getBody()->walk([&](linalg::IndexOp index) {
      rewriter.modifyOpInPlace(index, [&] { index.setDim(renamed[index.getDim()]); });
    });
    for (tensor::ExtractOp extract : extracts) {
      auto transpose = getTranspose(extract.getTensor());
      SmallVector<Value> indices(extract.getIndices().size());
      for (auto [i, index] : llvm::enumerate(extract.getIndices()))
        indices[transpose.getPermutation()[i]] = index;
      rewriter.modifyOpInPlace(extract, [&] {
        extract.getTensorMutable().assign(transpose.getInput());
        extract.getIndicesMutable().assign(indices);
      });
    }
    SmallVector<Value> results;
    SmallVector<int64_t> inverse = invertPermutationVector(order);
    for (Value result : created.getResults())
      results.push_back(makeTranspose(rewriter, op.getLoc(), result, inverse));
    rewriter.replaceOp(op, results);
    return success();
  }

  /// The output's dims in the order in which `map` meets their loops; empty when it misses one.
  static SmallVector<int64_t> orderAlong(AffineMap map, AffineMap out) {
    SmallVector<int64_t> order;
    for (AffineExpr expr : map.getResults())
      for (auto [i, loop] : llvm::enumerate(out.getResults()))
        if (expr.isFunctionOfDim(cast<AffineDimExpr>(loop).getPosition()) && !llvm::is_contained(order, int64_t(i)))
          order.push_back(i);
    if (order.size() != out.getNumResults())
      order.clear();
    return order;
  }

  /// The same for a gather: by the loops that its indices are computed from.
  static SmallVector<int64_t> orderOfExtract(linalg::GenericOp op, tensor::ExtractOp extract, AffineMap out) {
    auto transpose = getTranspose(extract.getTensor());
    SmallVector<int64_t> order;
    for (int64_t at : invertPermutationVector(transpose.getPermutation())) {
      SmallVector<Value> work{extract.getIndices()[at]};
      while (!work.empty()) {
        Operation *def = work.pop_back_val().getDefiningOp();
        if (!def || def->getBlock() != op.getBody())
          continue;
        if (auto index = dyn_cast<linalg::IndexOp>(def)) {
          for (auto [i, loop] : llvm::enumerate(out.getResults()))
            if (cast<AffineDimExpr>(loop).getPosition() == index.getDim() && !llvm::is_contained(order, int64_t(i)))
              order.push_back(i);
          continue;
        }
        llvm::append_range(work, def->getOperands());
      }
    }
    if (order.size() != out.getNumResults())
      order.clear();
    return order;
  }
};

struct SinkThroughPad : OpRewritePattern<tensor::PadOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(tensor::PadOp pad, PatternRewriter &rewriter) const override {
    auto transpose = getTranspose(pad.getSource());
    Value value = pad.getConstantPaddingValue();
    if (!transpose || !value)
      return rewriter.notifyMatchFailure(pad, "no transposed operand, or not a constant");
    if (llvm::any_of(pad->getUsers(), isContraction))
      return rewriter.notifyMatchFailure(pad, "has the layout that a convolution chose");
    SmallVector<int64_t> inverse = invertPermutationVector(transpose.getPermutation());
    auto low = applyPermutation(pad.getMixedLowPad(), inverse), high = applyPermutation(pad.getMixedHighPad(), inverse);
    auto type = RankedTensorType::get(applyPermutation(pad.getResultType().getShape(), inverse),
                                      pad.getResultType().getElementType());
    Value padded = tensor::PadOp::create(rewriter, pad.getLoc(), type, transpose.getInput(), low, high, value);
    rewriter.replaceOp(pad, makeTranspose(rewriter, pad.getLoc(), padded, transpose.getPermutation()));
    return success();
  }
};

struct SinkThroughConcat : OpRewritePattern<tensor::ConcatOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(tensor::ConcatOp concat, PatternRewriter &rewriter) const override {
    // Most operands decide; the others are transposed to agree.
    SmallVector<int64_t> permutation;
    unsigned transposed = 0;
    for (Value input : concat.getInputs())
      if (auto transpose = getTranspose(input)) {
        if (permutation.empty())
          permutation.assign(transpose.getPermutation().begin(), transpose.getPermutation().end());
        transposed += transpose.getPermutation() == ArrayRef<int64_t>(permutation);
      }
    if (transposed * 2 <= concat.getInputs().size())
      return rewriter.notifyMatchFailure(concat, "most operands are not transposed alike");
    SmallVector<int64_t> inverse = invertPermutationVector(permutation);
    SmallVector<Value> inputs;
    for (Value input : concat.getInputs()) {
      auto transpose = getTranspose(input);
      inputs.push_back(transpose && transpose.getPermutation() == ArrayRef<int64_t>(permutation)
                           ? transpose.getInput()
                           : makeTranspose(rewriter, concat.getLoc(), input, inverse));
    }
    auto type = RankedTensorType::get(applyPermutation(concat.getResultType().getShape(), inverse),
                                      concat.getResultType().getElementType());
    Value joined = tensor::ConcatOp::create(rewriter, concat.getLoc(), type, permutation[concat.getDim()], inputs);
    rewriter.replaceOp(concat, makeTranspose(rewriter, concat.getLoc(), joined, permutation));
    return success();
  }
};

struct SinkThroughSlice : OpRewritePattern<tensor::ExtractSliceOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(tensor::ExtractSliceOp slice, PatternRewriter &rewriter) const override {
    auto transpose = getTranspose(slice.getSource());
    if (!transpose || slice.getType().getRank() != slice.getSourceType().getRank())
      return rewriter.notifyMatchFailure(slice, "no transposed operand, or rank reduced");
    SmallVector<int64_t> inverse = invertPermutationVector(transpose.getPermutation());
    Value part = tensor::ExtractSliceOp::create(
        rewriter, slice.getLoc(), transpose.getInput(), applyPermutation(slice.getMixedOffsets(), inverse),
        applyPermutation(slice.getMixedSizes(), inverse), applyPermutation(slice.getMixedStrides(), inverse));
    rewriter.replaceOp(slice, makeTranspose(rewriter, slice.getLoc(), part, transpose.getPermutation()));
    return success();
  }
};

/// The groups of an expanded transposed tensor move as wholes.
struct SinkThroughExpand : OpRewritePattern<tensor::ExpandShapeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(tensor::ExpandShapeOp expand, PatternRewriter &rewriter) const override {
    auto transpose = getTranspose(expand.getSrc());
    if (!transpose)
      return rewriter.notifyMatchFailure(expand, "no transposed operand");
    ArrayRef<int64_t> permutation = transpose.getPermutation();
    SmallVector<ReassociationIndices> groups = expand.getReassociationIndices();
    SmallVector<OpFoldResult> sizes = expand.getMixedOutputShape();
    SmallVector<ReassociationIndices> newGroups(groups.size());
    SmallVector<OpFoldResult> newSizes;
    SmallVector<int64_t> newShape;
    SmallVector<int64_t> where(sizes.size()); // expanded dim -> dim of the expanded operand
    for (int64_t dim : invertPermutationVector(permutation)) {
      ReassociationIndices group;
      for (int64_t expanded : groups[dim]) {
        where[expanded] = newSizes.size();
        group.push_back(newSizes.size());
        newSizes.push_back(sizes[expanded]);
        newShape.push_back(expand.getResultType().getDimSize(expanded));
      }
      newGroups[permutation[dim]] = group;
    }
    auto type = RankedTensorType::get(newShape, expand.getResultType().getElementType());
    Value expanded =
        tensor::ExpandShapeOp::create(rewriter, expand.getLoc(), type, transpose.getInput(), newGroups, newSizes);
    rewriter.replaceOp(expand, makeTranspose(rewriter, expand.getLoc(), expanded, where));
    return success();
  }
};

/// Groups that are collapsed may move as wholes where their dims are neighbours before the transpose too.
struct SinkThroughCollapse : OpRewritePattern<tensor::CollapseShapeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(tensor::CollapseShapeOp collapse, PatternRewriter &rewriter) const override {
    auto transpose = getTranspose(collapse.getSrc());
    if (!transpose)
      return rewriter.notifyMatchFailure(collapse, "no transposed operand");
    ArrayRef<int64_t> permutation = transpose.getPermutation();
    SmallVector<ReassociationIndices> groups = collapse.getReassociationIndices();
    for (ReassociationIndices &group : groups)
      for (auto [a, b] : llvm::zip(group, llvm::drop_begin(group)))
        if (permutation[b] != permutation[a] + 1)
          return rewriter.notifyMatchFailure(collapse, "joins dims that the transpose brought together");
    // Groups in the order of the transpose's operand.
    SmallVector<int64_t> order(groups.size());
    std::iota(order.begin(), order.end(), 0);
    llvm::sort(order, [&](int64_t a, int64_t b) { return permutation[groups[a][0]] < permutation[groups[b][0]]; });
    SmallVector<ReassociationIndices> newGroups;
    for (int64_t group : order)
      newGroups.push_back(
          llvm::to_vector(llvm::map_range(groups[group], [&](int64_t dim) { return permutation[dim]; })));
    Value collapsed = tensor::CollapseShapeOp::create(rewriter, collapse.getLoc(), transpose.getInput(), newGroups);
    rewriter.replaceOp(collapse, makeTranspose(rewriter, collapse.getLoc(), collapsed, invertPermutationVector(order)));
    return success();
  }
};

/// Two transposes are one; the identity is none; a constant is moved now; dims of size one move for free.
struct SimplifyTranspose : OpRewritePattern<linalg::TransposeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(linalg::TransposeOp transpose, PatternRewriter &rewriter) const override {
    ArrayRef<int64_t> permutation = transpose.getPermutation();
    if (isIdentityPermutation(permutation)) {
      rewriter.replaceOp(transpose, transpose.getInput());
      return success();
    }
    if (auto first = getTranspose(transpose.getInput())) {
      SmallVector<int64_t> both = applyPermutation(first.getPermutation(), permutation);
      rewriter.replaceOp(transpose, makeTranspose(rewriter, transpose.getLoc(), first.getInput(), both));
      return success();
    }
    ElementsAttr constant;
    if (matchPattern(transpose.getInput(), m_Constant(&constant))) {
      FailureOr<ElementsAttr> moved = transposeConstant(constant, permutation);
      if (failed(moved))
        return rewriter.notifyMatchFailure(transpose, "a constant without bytes");
      rewriter.replaceOpWithNewOp<arith::ConstantOp>(transpose, cast<TypedAttr>(*moved));
      return success();
    }
    return moveUnitDims(transpose, rewriter);
  }

  static LogicalResult moveUnitDims(linalg::TransposeOp transpose, PatternRewriter &rewriter) {
    auto source = cast<RankedTensorType>(transpose.getInput().getType());
    auto target = cast<RankedTensorType>(transpose->getResult(0).getType());
    SmallVector<int64_t> real; // the operand's dims of size other than one, as the result orders them
    for (int64_t dim : transpose.getPermutation())
      if (source.getDimSize(dim) != 1)
        real.push_back(dim);
    if (!llvm::is_sorted(real))
      return rewriter.notifyMatchFailure(transpose, "moves more than dims of size one");
    auto element = source.getElementType();
    SmallVector<int64_t> shape;
    for (int64_t dim : real)
      shape.push_back(source.getDimSize(dim));
    auto squeezed = RankedTensorType::get(shape, element);
    auto reassociation = [](RankedTensorType type) {
      SmallVector<ReassociationIndices> groups;
      ReassociationIndices group;
      for (int64_t i = 0; i < type.getRank(); ++i) {
        // A group ends before the next real dim.
        if (type.getDimSize(i) != 1 && llvm::any_of(group, [&](int64_t j) { return type.getDimSize(j) != 1; })) {
          groups.push_back(group);
          group.clear();
        }
        group.push_back(i);
      }
      if (!group.empty() && llvm::any_of(group, [&](int64_t j) { return type.getDimSize(j) != 1; }))
        groups.push_back(group);
      return groups;
    };
    Location loc = transpose.getLoc();
    SmallVector<OpFoldResult> sizes =
        applyPermutation(tensor::getMixedSizes(rewriter, loc, transpose.getInput()), transpose.getPermutation());
    Value collapsed =
        tensor::CollapseShapeOp::create(rewriter, loc, squeezed, transpose.getInput(), reassociation(source));
    rewriter.replaceOpWithNewOp<tensor::ExpandShapeOp>(transpose, target, collapsed, reassociation(target), sizes);
    return success();
  }
};

/// A reshaped constant is a constant of another type.
template <typename ReshapeOp>
struct ReshapeConstant : OpRewritePattern<ReshapeOp> {
  using OpRewritePattern<ReshapeOp>::OpRewritePattern;
  LogicalResult matchAndRewrite(ReshapeOp reshape, PatternRewriter &rewriter) const override {
    ElementsAttr constant;
    auto type = cast<RankedTensorType>(reshape.getResult().getType());
    if (!type.hasStaticShape() || !matchPattern(reshape.getSrc(), m_Constant(&constant)))
      return rewriter.notifyMatchFailure(reshape, "not a constant");
    TypedAttr reshaped;
    if (auto resource = dyn_cast<DenseResourceElementsAttr>(constant))
      reshaped = DenseResourceElementsAttr::get(type, resource.getRawHandle());
    else if (auto dense = dyn_cast<DenseElementsAttr>(constant))
      reshaped = dense.reshape(type);
    else
      return rewriter.notifyMatchFailure(reshape, "a constant without bytes");
    rewriter.replaceOpWithNewOp<arith::ConstantOp>(reshape, reshaped);
    return success();
  }
};

/// A contraction reads a transposed operand in place, unless that would break the
/// panel operand's unit stride along n.
struct AbsorbOperand : OpRewritePattern<linalg::GenericOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(linalg::GenericOp op, PatternRewriter &rewriter) const override {
    auto contraction = matchContraction(op);
    if (failed(contraction))
      return rewriter.notifyMatchFailure(op, "not a contraction");
    SmallVector<AffineMap> maps = op.getIndexingMapsArray();
    for (unsigned i : {0u, 1u}) {
      auto transpose = getTranspose(op.getDpsInputs()[i]);
      if (!transpose)
        continue;
      AffineMap map = throughTranspose(maps[i], transpose.getPermutation());
      bool varies = i == contraction->panel || contraction->both;
      if (varies && map.getResults().back() != rewriter.getAffineDimExpr(contraction->n))
        continue;
      maps[i] = map;
      rewriter.modifyOpInPlace(op, [&] {
        op.setOperand(i, transpose.getInput());
        op.setIndexingMapsAttr(rewriter.getAffineMapArrayAttr(maps));
      });
      return success();
    }
    return rewriter.notifyMatchFailure(op, "no operand whose transpose can be absorbed");
  }
};

/// A contraction writes in transposed order where its last dimension stays the last.
struct AbsorbResult : OpRewritePattern<linalg::TransposeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(linalg::TransposeOp transpose, PatternRewriter &rewriter) const override {
    auto op = transpose.getInput().getDefiningOp<linalg::GenericOp>();
    ArrayRef<int64_t> permutation = transpose.getPermutation();
    if (!op || !op->hasOneUse() || failed(matchContraction(op)) ||
        permutation.back() != static_cast<int64_t>(permutation.size()) - 1)
      return rewriter.notifyMatchFailure(transpose, "no contraction that keeps its last dimension");
    auto fill = op.getDpsInits()[0].getDefiningOp<linalg::FillOp>();
    if (!fill)
      return rewriter.notifyMatchFailure(transpose, "the contraction updates a tensor");
    Value empty =
        makeEmpty(rewriter, op.getLoc(), op.getDpsInits()[0], permutation, getElementTypeOrSelf(op.getResult(0)));
    Value init = linalg::FillOp::create(rewriter, fill.getLoc(), fill.getInputs(), empty).getResult(0);
    SmallVector<AffineMap> maps = op.getIndexingMapsArray();
    maps[2] =
        AffineMap::get(maps[2].getNumDims(), 0, applyPermutation(maps[2].getResults(), permutation), op.getContext());
    auto created = linalg::GenericOp::create(rewriter, op.getLoc(), init.getType(), op.getDpsInputs(), init, maps,
                                             op.getIteratorTypesArray());
    rewriter.inlineRegionBefore(op.getRegion(), created.getRegion(), created.getRegion().begin());
    rewriter.replaceOp(transpose, created.getResults());
    return success();
  }
};

} // namespace

void populateReshapeConstantPatterns(RewritePatternSet &patterns) {
  patterns.add<ReshapeConstant<tensor::CollapseShapeOp>, ReshapeConstant<tensor::ExpandShapeOp>>(patterns.getContext());
}

void populateSinkTransposePatterns(RewritePatternSet &patterns) {
  patterns.add<SinkThroughGeneric, SinkThroughPad, SinkThroughConcat, SinkThroughSlice, SinkThroughExpand,
               SinkThroughCollapse, SimplifyTranspose>(patterns.getContext());
}

void populateAbsorbTransposePatterns(RewritePatternSet &patterns) {
  patterns.add<AbsorbOperand, AbsorbResult, SimplifyTranspose>(patterns.getContext());
}

} // namespace quern
