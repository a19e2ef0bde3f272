// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// quern-form-kernels: group computations around roots, outline each group.

#include "quern/Dialect/Quern/IR/Quern.h"
#include "quern/Kernels/Passes.h"
#include "quern/Support/Contraction.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Iterators.h"
#include "mlir/Transforms/RegionUtils.h"

namespace quern {
#define GEN_PASS_DEF_FORMKERNELSPASS
#include "quern/Kernels/Passes.h.inc"
} // namespace quern

using namespace mlir;
using namespace quern;

namespace {

/// Ops in block order; the last one makes the group's results.
using Group = SmallVector<Operation *>;

/// What is cheaper to make again in each kernel than to pass to it.
bool isRecreated(Operation *op) {
  if (auto constant = dyn_cast<arith::ConstantOp>(op)) {
    auto elements = dyn_cast<ElementsAttr>(constant.getValue());
    return !elements || elements.isSplat();
  }
  return isa<tensor::EmptyOp, linalg::FillOp>(op);
}

/// The producer's result is used once, by `consumer`, element by element.
bool feedsEpilogue(Operation *producer, linalg::GenericOp consumer) {
  if (!producer || producer->getBlock() != consumer->getBlock() || !producer->hasOneUse())
    return false;
  auto linalgOp = dyn_cast<linalg::LinalgOp>(producer);
  if (!linalgOp || linalgOp.getNumReductionLoops() == 0)
    return false;
  OpOperand &use = *producer->getUses().begin();
  return use.getOwner() == consumer && consumer.isDpsInput(&use) && consumer.getMatchingIndexingMap(&use).isIdentity();
}

/// The group that ends in `last`: its epilogue's root, if one feeds it. Of two (a
/// residual sum), the later one, whose operands are the last to be ready.
Group collect(Operation *last, DenseSet<Operation *> &taken) {
  Group group{last};
  auto generic = dyn_cast<linalg::GenericOp>(last);
  if (generic && isPointwise(last)) {
    Operation *root = nullptr;
    for (Value input : generic.getDpsInputs()) {
      Operation *producer = input.getDefiningOp();
      if (!feedsEpilogue(producer, generic) || taken.contains(producer))
        continue;
      auto better = [&] {
        if (isContraction(producer) != isContraction(root))
          return isContraction(producer);
        return root->isBeforeInBlock(producer);
      };
      if (!root || better())
        root = producer;
    }
    if (root)
      group.insert(group.begin(), root);
  }
  taken.insert(group.begin(), group.end());
  return group;
}

class Outliner {
public:
  Outliner(ModuleOp module) : module(module) {}

  void outline(const Group &group);

private:
  /// Clones `op` and what it recreates into the kernel.
  void clone(Operation *op, OpBuilder &builder, IRMapping &mapping);

  ModuleOp module;
  unsigned count = 0;
};

/// A constant of one value is read as that value; what is left of the operand gives the loops their extents.
void readScalars(linalg::GenericOp generic) {
  OpBuilder builder(generic);
  for (OpOperand *input : generic.getDpsInputOperands()) {
    auto constant = input->get().getDefiningOp<arith::ConstantOp>();
    auto elements = constant ? dyn_cast<ElementsAttr>(constant.getValue()) : ElementsAttr();
    if (!elements || !elements.isSplat())
      continue;
    Value scalar = arith::ConstantOp::create(builder, generic.getLoc(), elements.getSplatValue<TypedAttr>());
    generic.getMatchingBlockArgument(input).replaceAllUsesWith(scalar);
    auto type = cast<RankedTensorType>(constant.getType());
    input->set(tensor::EmptyOp::create(builder, generic.getLoc(), type.getShape(), type.getElementType()));
  }
}

void Outliner::clone(Operation *op, OpBuilder &builder, IRMapping &mapping) {
  auto recreate = [&](Value value) {
    Operation *def = value.getDefiningOp();
    if (def && isRecreated(def) && !mapping.contains(value))
      clone(def, builder, mapping);
  };
  for (Value operand : op->getOperands())
    recreate(operand);
  SetVector<Value> captured;
  getUsedValuesDefinedAbove(op->getRegions(), captured);
  for (Value value : captured)
    recreate(value);
  Operation *copy = builder.clone(*op, mapping);
  if (auto generic = dyn_cast<linalg::GenericOp>(copy))
    readScalars(generic);
}

/// The values of main that a group needs: operands and captures, through what is recreated.
/// Destinations arrive as output arguments.
void collectInputs(Operation *op, const Group &group, ArrayRef<Value> destinations, SetVector<Value> &inputs) {
  SetVector<Value> used(op->operand_begin(), op->operand_end());
  getUsedValuesDefinedAbove(op->getRegions(), used);
  for (Value value : used) {
    Operation *def = value.getDefiningOp();
    if ((def && llvm::is_contained(group, def)) || llvm::is_contained(destinations, value))
      continue;
    if (def && isRecreated(def))
      collectInputs(def, group, destinations, inputs);
    else
      inputs.insert(value);
  }
}

void Outliner::outline(const Group &group) {
  auto last = cast<DestinationStyleOpInterface>(group.back());
  Location loc =
      group.size() == 1 ? last.getLoc() : FusedLoc::get(module.getContext(), {group.front()->getLoc(), last.getLoc()});

  // Destinations: a fresh tensor where the op starts from nothing or a fill, else
  // the tensor it updates.
  OpBuilder builder(last);
  SmallVector<Value> destinations;
  bool readsOutputs = false;
  for (Value init : last.getDpsInits()) {
    Value destination = init;
    if (auto fill = init.getDefiningOp<linalg::FillOp>())
      destination = fill.getOutputs()[0];
    if (auto constant = init.getDefiningOp<arith::ConstantOp>();
        constant && cast<ElementsAttr>(constant.getValue()).isSplat())
      destination = tensor::EmptyOp::create(builder, loc, cast<RankedTensorType>(init.getType()).getShape(),
                                            getElementTypeOrSelf(init.getType()));
    if (!destination.getDefiningOp<tensor::EmptyOp>())
      readsOutputs = true;
    destinations.push_back(destination);
  }

  SetVector<Value> inputs;
  for (Operation *op : group)
    collectInputs(op, group, destinations, inputs);

  SmallVector<Type> argTypes(llvm::map_range(inputs, [](Value v) { return v.getType(); }));
  for (Value destination : destinations)
    argTypes.push_back(destination.getType());
  SmallVector<Type> resultTypes(last->getResultTypes());

  OpBuilder moduleBuilder = OpBuilder::atBlockEnd(module.getBody());
  auto kernel = func::FuncOp::create(moduleBuilder, loc, ("kernel_" + Twine(count++)).str(),
                                     moduleBuilder.getFunctionType(argTypes, resultTypes));
  kernel.setPrivate();
  kernel->setAttr("quern.kernel", moduleBuilder.getUnitAttr());
  Block *body = kernel.addEntryBlock();
  OpBuilder bodyBuilder = OpBuilder::atBlockEnd(body);
  IRMapping mapping;
  for (auto [value, arg] : llvm::zip(inputs, body->getArguments()))
    mapping.map(value, arg);
  for (auto [i, destination] : llvm::enumerate(destinations)) {
    Value arg = body->getArgument(inputs.size() + i);
    mapping.map(destination, arg);
    // An init that is a splat constant becomes a fill of the destination.
    Value init = last.getDpsInits()[i];
    if (auto constant = init.getDefiningOp<arith::ConstantOp>(); constant && init != destination) {
      auto splat = cast<ElementsAttr>(constant.getValue()).getSplatValue<TypedAttr>();
      Value scalar = arith::ConstantOp::create(bodyBuilder, loc, splat);
      mapping.map(init, linalg::FillOp::create(bodyBuilder, loc, scalar, arg).getResult(0));
    }
  }
  for (Operation *op : group)
    clone(op, bodyBuilder, mapping);
  SmallVector<Value> results;
  for (Value result : last->getResults())
    results.push_back(mapping.lookup(result));
  func::ReturnOp::create(bodyBuilder, loc, results);

  auto launch =
      LaunchOp::create(builder, loc, resultTypes, kernel.getName(), inputs.getArrayRef(), destinations, readsOutputs);
  last->replaceAllUsesWith(launch.getResults());
  for (Operation *op : llvm::reverse(group))
    op->erase();
}

/// The analysis of buffers looks at all insertions before each one: longer rows of them are made in parts.
constexpr size_t kMaxInsertions = 32;

struct SplitConcat : OpRewritePattern<tensor::ConcatOp> {
  SplitConcat(MLIRContext *context) : OpRewritePattern(context, /*benefit=*/2) {}
  LogicalResult matchAndRewrite(tensor::ConcatOp concat, PatternRewriter &rewriter) const override {
    OperandRange inputs = concat.getInputs();
    if (inputs.size() <= kMaxInsertions)
      return rewriter.notifyMatchFailure(concat, "few operands");
    SmallVector<Value> parts;
    for (size_t at = 0; at < inputs.size(); at += kMaxInsertions) {
      size_t count = std::min(kMaxInsertions, inputs.size() - at);
      parts.push_back(
          count == 1 ? inputs[at]
                     : tensor::ConcatOp::create(rewriter, concat.getLoc(), concat.getDim(), inputs.slice(at, count)));
    }
    rewriter.replaceOpWithNewOp<tensor::ConcatOp>(concat, concat.getResultType(), concat.getDim(), parts);
    return success();
  }
};

/// A concatenation becomes insertions in the order in which the operands are
/// computed, so that each can be computed in place.
struct DecomposeConcat : OpRewritePattern<tensor::ConcatOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(tensor::ConcatOp concat, PatternRewriter &rewriter) const override {
    Location loc = concat.getLoc();
    int64_t dim = concat.getDim(), rank = concat.getRank();
    SmallVector<OpFoldResult> sizes, starts;
    OpFoldResult total = rewriter.getIndexAttr(0);
    for (Value input : concat.getInputs()) {
      starts.push_back(total);
      AffineExpr a = rewriter.getAffineDimExpr(0), b = rewriter.getAffineDimExpr(1);
      total = affine::makeComposedFoldedAffineApply(rewriter, loc, a + b,
                                                    {total, tensor::getMixedSize(rewriter, loc, input, dim)});
    }
    sizes = tensor::getMixedSizes(rewriter, loc, concat.getInputs()[0]);
    sizes[dim] = total;
    Value result = tensor::EmptyOp::create(rewriter, loc, sizes, concat.getResultType().getElementType());
    SmallVector<unsigned> order(concat.getInputs().size());
    std::iota(order.begin(), order.end(), 0u);
    llvm::stable_sort(order, [&](unsigned x, unsigned y) {
      Operation *a = concat.getInputs()[x].getDefiningOp(), *b = concat.getInputs()[y].getDefiningOp();
      if (!a || !b || a->getBlock() != b->getBlock())
        return !a && b;
      return a->isBeforeInBlock(b);
    });
    SmallVector<OpFoldResult> strides(rank, rewriter.getIndexAttr(1));
    for (unsigned i : order) {
      SmallVector<OpFoldResult> offsets(rank, rewriter.getIndexAttr(0));
      offsets[dim] = starts[i];
      Value input = concat.getInputs()[i];
      result = tensor::InsertSliceOp::create(rewriter, loc, input, result, offsets,
                                             tensor::getMixedSizes(rewriter, loc, input), strides);
    }
    rewriter.replaceOpWithNewOp<tensor::CastOp>(concat, concat.getResultType(), result);
    return success();
  }
};

/// Loops that are known not to run leave what they would have written as it was.
struct DropEmptyLoops : OpInterfaceRewritePattern<linalg::LinalgOp> {
  using OpInterfaceRewritePattern::OpInterfaceRewritePattern;
  LogicalResult matchAndRewrite(linalg::LinalgOp op, PatternRewriter &rewriter) const override {
    if (!op.hasPureTensorSemantics() || !llvm::is_contained(op.getStaticLoopRanges(), 0))
      return rewriter.notifyMatchFailure(op, "every loop may run");
    rewriter.replaceOp(op, op.getDpsInits());
    return success();
  }
};

struct FormKernels : quern::impl::FormKernelsPassBase<FormKernels> {
  LogicalResult initialize(MLIRContext *context) override {
    RewritePatternSet set(context);
    linalg::populateDecomposePadPatterns(set);
    set.add<SplitConcat, DecomposeConcat, DropEmptyLoops>(context);
    tensor::CastOp::getCanonicalizationPatterns(set, context);
    tensor::DimOp::getCanonicalizationPatterns(set, context);
    tensor::EmptyOp::getCanonicalizationPatterns(set, context);
    patterns = std::move(set);
    return success();
  }

  void runOnOperation() override {
    ModuleOp module = getOperation();
    auto main = module.lookupSymbol<func::FuncOp>("main");
    if (!main) {
      module.emitError("expects a function called 'main'");
      return signalPassFailure();
    }
    if (failed(applyPatternsGreedily(main, patterns)))
      return signalPassFailure();

    SmallVector<Group> groups;
    DenseSet<Operation *> taken;
    main.walk<WalkOrder::PostOrder, ReverseIterator>([&](linalg::LinalgOp op) {
      if (taken.contains(op) || op->getParentOfType<linalg::LinalgOp>())
        return;
      // A fill that only starts other kernels is made there.
      if (isa<linalg::FillOp>(op.getOperation()) && llvm::all_of(op->getUses(), [](OpOperand &use) {
            auto user = dyn_cast<linalg::LinalgOp>(use.getOwner());
            return user && user.isDpsInit(&use);
          }))
        return;
      groups.push_back(collect(op, taken));
    });
    Outliner outliner(module);
    for (const Group &group : llvm::reverse(groups))
      outliner.outline(group);

    // What was recreated in kernels and has no other use is dead.
    IRRewriter rewriter(&getContext());
    (void)runRegionDCE(rewriter, main->getRegions());
  }

  FrozenRewritePatternSet patterns;
};

} // namespace
