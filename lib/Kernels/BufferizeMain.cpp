// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// quern-bufferize-main: main on buffers, kernels with their argument types.

#include "quern/Dialect/Quern/IR/Quern.h"
#include "quern/Kernels/Passes.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Bufferization/Transforms/OneShotAnalysis.h"
#include "mlir/Dialect/Bufferization/Transforms/Transforms.h"
#include "mlir/IR/Dominance.h"
#include "mlir/Transforms/CSE.h"

namespace quern {
#define GEN_PASS_DEF_BUFFERIZEMAINPASS
#include "quern/Kernels/Passes.h.inc"
} // namespace quern

using namespace mlir;
using namespace mlir::bufferization;
using namespace quern;

namespace {

/// Copies of at most this many elements stay in main.
constexpr int64_t kTinyCopy = 16;

/// Moves index arithmetic up to the start of main, so that outputs and buffers can
/// be made before their producers.
void hoistSizes(func::FuncOp main) {
  Block &block = main.front();
  Operation *last = nullptr;
  DenseSet<Operation *> hoisted;
  for (Operation &op : llvm::make_early_inc_range(block)) {
    if (!isa<arith::ArithDialect, affine::AffineDialect>(op.getDialect()) &&
        !isa<tensor::DimOp, memref::DimOp, bufferization::ToTensorOp>(op))
      continue;
    if (op.getNumRegions() != 0 || !llvm::all_of(op.getOperands(), [&](Value operand) {
          Operation *def = operand.getDefiningOp();
          return !def || hoisted.contains(def);
        }))
      continue;
    if (last)
      op.moveAfter(last);
    else
      op.moveBefore(&block, block.begin());
    last = &op;
    hoisted.insert(&op);
  }
}

/// Inputs as memrefs, results as materialisations in `quern.output`s.
LogicalResult convertSignature(func::FuncOp main) {
  Block &block = main.front();
  OpBuilder builder(main.getContext());
  builder.setInsertionPointToStart(&block);
  SmallVector<Type> types;
  for (BlockArgument arg : block.getArguments()) {
    auto tensor = dyn_cast<RankedTensorType>(arg.getType());
    if (!tensor)
      return emitError(arg.getLoc()) << "expects inputs of known rank, got " << arg.getType();
    auto memref = MemRefType::get(tensor.getShape(), tensor.getElementType());
    arg.setType(memref);
    auto value = ToTensorOp::create(builder, arg.getLoc(), tensor, arg, /*restrict=*/true, /*writable=*/false);
    arg.replaceAllUsesExcept(value, value);
    types.push_back(memref);
  }

  auto ret = cast<func::ReturnOp>(block.getTerminator());
  builder.setInsertionPoint(ret);
  SmallVector<SmallVector<Value>> sizes;
  for (Value result : ret.getOperands()) {
    auto tensor = dyn_cast<RankedTensorType>(result.getType());
    if (!tensor)
      return emitError(ret.getLoc()) << "expects outputs of known rank, got " << result.getType();
    SmallVector<Value> &dims = sizes.emplace_back();
    for (int64_t i = 0; i < tensor.getRank(); ++i)
      if (tensor.isDynamicDim(i))
        dims.push_back(tensor::DimOp::create(builder, result.getLoc(), result, i));
  }
  SmallVector<Value> results(ret.getOperands());
  ret->setOperands({});
  for (auto [i, result] : llvm::enumerate(results)) {
    auto tensor = cast<RankedTensorType>(result.getType());
    auto output = OutputOp::create(builder, result.getLoc(),
                                   MemRefType::get(tensor.getShape(), tensor.getElementType()), i, sizes[i]);
    if (DictionaryAttr port = main.getResultAttrDict(i))
      output->setDiscardableAttrs(port);
    Value target = output;
    // Where the file knows less of the shape than we do, our shape is computed in place.
    if (auto known = result.getDefiningOp<tensor::CastOp>())
      if (auto source = dyn_cast<RankedTensorType>(known.getSource().getType());
          source && tensor::preservesStaticInformation(tensor, source)) {
        result = known.getSource();
        target = memref::CastOp::create(builder, result.getLoc(),
                                        MemRefType::get(source.getShape(), source.getElementType()), output);
      }
    MaterializeInDestinationOp::create(builder, result.getLoc(), /*result=*/Type(), result, target, /*restrict=*/true,
                                       /*writable=*/true);
  }
  main.setType(FunctionType::get(main.getContext(), types, {}));
  return success();
}

/// Outputs as early as their sizes are known.
void hoistOutputs(func::FuncOp main) {
  for (OutputOp output : llvm::make_early_inc_range(main.front().getOps<OutputOp>())) {
    Operation *after = nullptr;
    for (Value size : output.getSizes())
      if (Operation *def = size.getDefiningOp())
        if (!after || after->isBeforeInBlock(def))
          after = def;
    if (after)
      output->moveAfter(after);
    else
      output->moveBefore(&main.front(), main.front().begin());
    for (Operation *user : output->getUsers())
      if (isa<memref::CastOp>(user))
        user->moveAfter(output);
  }
}

/// The op that computes a value, seen through reshapes.
Operation *producerOf(Value value) {
  Operation *def = value.getDefiningOp();
  while (isa_and_nonnull<tensor::ExpandShapeOp, tensor::CollapseShapeOp, tensor::CastOp>(def))
    def = def->getOperand(0).getDefiningOp();
  return def;
}

/// A slice can be computed in place only if the whole tensor exists before: what it
/// starts from (a fill, an empty tensor) moves up before the slice's producer, and
/// each insertion to where its source is ready.
void hoistInsertions(func::FuncOp main) {
  SmallVector<tensor::InsertSliceOp> insertions(main.front().getOps<tensor::InsertSliceOp>());
  auto moveBefore = [](Operation *op, Operation *before) {
    // Only over ops that do not define what it needs.
    for (Value operand : op->getOperands())
      if (Operation *def = operand.getDefiningOp(); def && !def->isBeforeInBlock(before))
        return false;
    op->moveBefore(before);
    return true;
  };
  for (tensor::InsertSliceOp insertion : insertions) {
    Operation *producer = producerOf(insertion.getSource());
    Operation *whole = insertion.getDest().getDefiningOp();
    if (producer && whole && producer->getBlock() == whole->getBlock() && producer->isBeforeInBlock(whole)) {
      if (auto launch = dyn_cast<LaunchOp>(whole); launch && launch.getInputs().empty())
        if (auto empty = launch.getOutputs()[0].getDefiningOp<tensor::EmptyOp>())
          if (moveBefore(empty, producer))
            moveBefore(launch, producer);
      if (isa<tensor::EmptyOp>(whole))
        moveBefore(whole, producer);
    }
    Operation *after = nullptr;
    for (Value operand : insertion->getOperands())
      if (Operation *def = operand.getDefiningOp())
        if (!after || after->isBeforeInBlock(def))
          after = def;
    if (after)
      insertion->moveAfter(after);
  }
}

/// Each user of an empty tensor gets one of its own: through a shared one, all their results would be aliases of
/// each other, which the analysis has to tell apart pair by pair.
void separateEmpties(func::FuncOp main) {
  SmallVector<tensor::EmptyOp> empties;
  main.walk([&](tensor::EmptyOp empty) { empties.push_back(empty); });
  for (tensor::EmptyOp empty : empties)
    for (OpOperand &use : llvm::make_early_inc_range(llvm::drop_begin(empty->getUses()))) {
      OpBuilder builder(use.getOwner());
      use.set(builder.clone(*empty)->getResult(0));
    }
}

LogicalResult bufferize(func::FuncOp main) {
  OneShotBufferizationOptions options;
  options.allowReturnAllocsFromLoops = true;
  options.bufferAlignment = 64;
  options.opFilter.allowOperation([](Operation *op) { return !isa<func::ReturnOp, func::FuncOp>(op); });
  IRRewriter rewriter(main.getContext());
  OneShotAnalysisState analysis(main, options);
  // What is made of another shape than the place it goes to cannot be made there: types that do not know their sizes
  // may be equal on both sides of a reshape.
  auto placeFor = [&](RewriterBase &rewriter, SubsetInsertionOpInterface op, tensor::EmptyOp empty,
                      Operation *user) -> Value {
    TraversalConfig config;
    config.followEquivalentOnly = config.followSameTypeOrCastsOnly = true;
    bool isReshaped = false;
    (void)analysis.findValueInReverseUseDefChain(
        &op.getSourceOperand(),
        [&](Value value) {
          isReshaped |= value.getDefiningOp<tensor::ReshapeOp>() != nullptr;
          return isReshaped;
        },
        config);
    return isReshaped ? Value() : buildSubsetExtraction(rewriter, op, empty, user);
  };
  if (failed(analyzeOp(main, analysis)) || failed(eliminateEmptyTensors(rewriter, main, analysis, placeFor)))
    return failure();
  BufferizationState state;
  return runOneShotBufferize(main, options, state);
}

/// The buffers that a value may be in: allocations, arguments, …; through views and branches.
void collectRoots(Value value, SmallPtrSetImpl<void *> &roots) {
  Operation *def = value.getDefiningOp();
  if (auto view = dyn_cast_or_null<ViewLikeOpInterface>(def))
    return collectRoots(view.getViewSource(), roots);
  if (auto branch = dyn_cast_or_null<scf::IfOp>(def)) {
    unsigned index = cast<OpResult>(value).getResultNumber();
    collectRoots(branch.thenYield().getOperand(index), roots);
    return collectRoots(branch.elseYield().getOperand(index), roots);
  }
  roots.insert(value.getAsOpaquePointer());
}

/// True where no two of the values may be in one buffer.
bool areApart(ValueRange values) {
  SmallPtrSet<void *, 8> all;
  for (Value value : values) {
    if (!isa<MemRefType>(value.getType()))
      continue;
    SmallPtrSet<void *, 4> roots;
    collectRoots(value, roots);
    for (void *root : roots)
      if (!all.insert(root).second)
        return false;
  }
  return true;
}

/// True where a loop's turn yields what it has made, or was handed: a buffer from before the loop would be the same in
/// the next turn, which reads it while it writes it.
bool yieldsItsOwn(scf::WhileOp loop) {
  for (Value value : loop.getYieldOp().getResults()) {
    if (!isa<MemRefType>(value.getType()))
      continue;
    SmallPtrSet<void *, 4> roots;
    collectRoots(value, roots);
    for (void *root : roots)
      if (!loop.getAfter().isAncestor(Value::getFromOpaquePointer(root).getParentRegion()))
        return false;
  }
  return true;
}

/// The analysis copies what a `scf.while` hands from its test to its turn whenever the turn makes a new buffer. What it
/// starts from is its own already (tensors that a loop carries count as written), so is what a turn yields: where none
/// of them share a buffer, the turn can have them.
void dropWhileCopies(func::FuncOp main) {
  main.walk([](scf::WhileOp loop) {
    if (!areApart(loop.getInits()) || !areApart(loop.getYieldOp().getResults()) || !yieldsItsOwn(loop))
      return;
    scf::ConditionOp condition = loop.getConditionOp();
    DenseSet<Value> handed(condition.getArgs().begin(), condition.getArgs().end());
    for (OpOperand &operand : condition.getArgsMutable()) {
      auto alloc = operand.get().getDefiningOp<memref::AllocOp>();
      if (!alloc || alloc->getParentRegion() != &loop.getBefore() || !alloc.getResult().hasNUses(2))
        continue;
      auto users = llvm::make_filter_range(alloc->getUsers(), [&](Operation *user) { return user != condition; });
      auto copy = users.empty() ? memref::CopyOp() : dyn_cast<memref::CopyOp>(*users.begin());
      if (!copy || copy.getTarget() != alloc || !llvm::is_contained(loop.getBeforeArguments(), copy.getSource()) ||
          copy.getSource().getType() != alloc.getType())
        continue;
      if (!handed.insert(copy.getSource()).second)
        continue;
      operand.set(copy.getSource());
      copy.erase();
      alloc.erase();
    }
  });
}

/// A kernel that copies `source` to `target`. Each knows what either knows of the shape.
void copyByKernel(memref::CopyOp copy, ModuleOp module, unsigned &count) {
  auto type = cast<MemRefType>(copy.getSource().getType()), other = cast<MemRefType>(copy.getTarget().getType());
  if (type.getShape() != other.getShape()) {
    SmallVector<int64_t> shape(type.getShape());
    for (auto [size, known] : llvm::zip(shape, other.getShape()))
      size = ShapedType::isDynamic(size) ? known : size;
    OpBuilder builder(copy);
    for (OpOperand &operand : copy->getOpOperands()) {
      auto layout = cast<MemRefType>(operand.get().getType()).getLayout();
      auto cast = MemRefType::get(shape, type.getElementType(), layout);
      if (cast != operand.get().getType())
        operand.set(memref::CastOp::create(builder, copy.getLoc(), cast, operand.get()));
    }
    type = cast<MemRefType>(copy.getSource().getType());
  }
  auto tensor = RankedTensorType::get(type.getShape(), type.getElementType());
  Location loc = copy.getLoc();
  OpBuilder builder = OpBuilder::atBlockEnd(module.getBody());
  auto kernel = func::FuncOp::create(builder, loc, ("copy_" + Twine(count++)).str(),
                                     builder.getFunctionType({tensor, tensor}, {tensor}));
  kernel.setPrivate();
  kernel->setAttr("quern.kernel", builder.getUnitAttr());
  Block *body = kernel.addEntryBlock();
  builder.setInsertionPointToEnd(body);
  AffineMap identity = builder.getMultiDimIdentityMap(type.getRank());
  SmallVector<utils::IteratorType> loops(type.getRank(), utils::IteratorType::parallel);
  auto generic = linalg::GenericOp::create(
      builder, loc, TypeRange(tensor), ValueRange(body->getArgument(0)), ValueRange(body->getArgument(1)),
      ArrayRef<AffineMap>{identity, identity}, loops,
      [](OpBuilder &b, Location l, ValueRange args) { linalg::YieldOp::create(b, l, args[0]); });
  func::ReturnOp::create(builder, loc, generic.getResults());
  builder.setInsertionPoint(copy);
  LaunchOp::create(builder, loc, TypeRange(), kernel.getName(), copy.getSource(), copy.getTarget());
  copy.erase();
}

/// Kernels are handed a pointer to the first element.
MemRefType withoutOffset(MemRefType type) {
  auto layout = dyn_cast<StridedLayoutAttr>(type.getLayout());
  if (!layout)
    return type;
  auto moved = StridedLayoutAttr::get(type.getContext(), 0, layout.getStrides());
  return MemRefType::get(type.getShape(), type.getElementType(), moved, type.getMemorySpace());
}

/// Gives a kernel the buffer types of its launch: arguments become memrefs, results
/// are materialised in the last arguments.
void specialize(func::FuncOp kernel, LaunchOp launch) {
  Block &body = kernel.front();
  OpBuilder builder = OpBuilder::atBlockBegin(&body);
  unsigned firstOutput = launch.getInputs().size();
  SmallVector<Value> outputs;
  for (auto [i, arg] : llvm::enumerate(body.getArguments())) {
    auto tensor = dyn_cast<RankedTensorType>(arg.getType());
    if (!tensor)
      continue;
    arg.setType(withoutOffset(cast<MemRefType>(launch->getOperand(i).getType())));
    bool isOutput = i >= firstOutput;
    if (isOutput)
      outputs.push_back(arg);
    auto value = ToTensorOp::create(builder, arg.getLoc(), tensor, arg, /*restrict=*/true, /*writable=*/isOutput);
    arg.replaceAllUsesExcept(value, value);
  }
  auto ret = cast<func::ReturnOp>(body.getTerminator());
  builder.setInsertionPoint(ret);
  for (auto [result, output] : llvm::zip(ret.getOperands(), outputs))
    MaterializeInDestinationOp::create(builder, ret.getLoc(), /*result=*/Type(), result, output, /*restrict=*/true,
                                       /*writable=*/true);
  ret->setOperands({});
  kernel.setType(FunctionType::get(kernel.getContext(), body.getArgumentTypes(), {}));
}

/// What makes two kernels the same: everything but name and locations.
std::string keyOf(func::FuncOp kernel) {
  std::string key;
  llvm::raw_string_ostream os(key);
  kernel.setName("kernel");
  // As a whole: an op printed alone does not say which values it uses.
  kernel->print(os, OpPrintingFlags().useLocalScope());
  return key;
}

struct BufferizeMain : quern::impl::BufferizeMainPassBase<BufferizeMain> {
  LogicalResult initialize(MLIRContext *context) override {
    RewritePatternSet set(context);
    tensor::DimOp::getCanonicalizationPatterns(set, context);
    tensor::EmptyOp::getCanonicalizationPatterns(set, context);
    memref::DimOp::getCanonicalizationPatterns(set, context);
    dims = std::move(set);
    return success();
  }

  void runOnOperation() override {
    ModuleOp module = getOperation();
    auto main = module.lookupSymbol<func::FuncOp>("main");
    if (!main) {
      module.emitError("expects a function called 'main'");
      return signalPassFailure();
    }
    if (failed(convertSignature(main)) || failed(applyPatternsGreedily(main, dims)))
      return signalPassFailure();
    separateEmpties(main);
    hoistSizes(main);
    hoistOutputs(main);
    hoistInsertions(main);
    if (failed(bufferize(main)))
      return signalPassFailure();

    (void)applyPatternsGreedily(main, dims);
    DominanceInfo dominance;
    IRRewriter rewriter(&getContext());
    eliminateCommonSubExpressions(rewriter, dominance, main); // equal views become one: a copy onto itself is none

    dropWhileCopies(main);

    unsigned copies = 0;
    SmallVector<memref::CopyOp> toOutline;
    main.walk([&](memref::CopyOp copy) {
      auto type = cast<MemRefType>(copy.getSource().getType());
      auto target = cast<MemRefType>(copy.getTarget().getType());
      if (copy.getSource() == copy.getTarget())
        copy.erase();
      else if (!type.hasStaticShape() || type.getNumElements() > kTinyCopy || !type.getLayout().isIdentity() ||
               !target.getLayout().isIdentity())
        toOutline.push_back(copy);
    });
    for (memref::CopyOp copy : toOutline)
      copyByKernel(copy, module, copies);
    mergeKernels(module, main);
  }

  void mergeKernels(ModuleOp module, func::FuncOp main) {
    SymbolTable symbols(module);
    llvm::StringMap<func::FuncOp> known;
    unsigned count = 0;
    SmallVector<func::FuncOp> old;
    for (auto kernel : module.getOps<func::FuncOp>())
      if (kernel->hasAttr("quern.kernel"))
        old.push_back(kernel);
    main.walk([&](LaunchOp launch) {
      auto kernel = symbols.lookup<func::FuncOp>(launch.getKernel());
      func::FuncOp clone = kernel.clone();
      specialize(clone, launch);
      func::FuncOp &same = known[keyOf(clone)];
      if (same) {
        clone.erase();
      } else {
        same = clone;
        clone.setName(("k" + Twine(count++)).str());
        symbols.insert(clone, module.getBody()->end());
      }
      launch.setKernelAttr(SymbolRefAttr::get(same));
    });
    for (func::FuncOp kernel : old)
      symbols.erase(kernel);
  }

  FrozenRewritePatternSet dims;
};

} // namespace
