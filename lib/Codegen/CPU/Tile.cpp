// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The general strategy: the root's outer parallel loops become the grid, its
// producers are computed a slice at a time, so that temporaries stay small.

#include "Steps.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/SCF/Transforms/TileUsingInterface.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Tensor/Transforms/Transforms.h"
#include "mlir/IR/Dominance.h"
#include "mlir/Transforms/CSE.h"

using namespace mlir;

namespace quern {
namespace {

/// Scalar ops that an iteration of the grid should have, and a task at least.
constexpr int64_t kUnitWork = 16 * 1024;
constexpr int64_t kTaskWork = 64 * 1024;
/// What a size that only the run knows is taken for.
constexpr int64_t kTypicalSize = 256;
/// Temporaries of one iteration.
constexpr int64_t kTemporaryBytes = 32 * 1024;
/// The innermost loop is cut in multiples of this.
constexpr int64_t kInnerMultiple = 64;

int64_t assumeSize(int64_t size) { return ShapedType::isDynamic(size) ? kTypicalSize : size; }

/// Saturates: work estimates need no exact giants.
int64_t multiply(int64_t a, int64_t b) {
  constexpr int64_t limit = int64_t(1) << 50;
  return b != 0 && a > limit / b ? limit : a * b;
}

/// How often a loop of a body runs, where that is not known.
constexpr int64_t kTypicalTrips = 8;

int64_t getTripCount(Operation &op) {
  if (auto loop = dyn_cast<scf::ForOp>(op))
    if (std::optional<llvm::APInt> count = loop.getStaticTripCount())
      return std::max<int64_t>(1, count->getLimitedValue(int64_t(1) << 40));
  return isa<scf::ForOp, scf::WhileOp>(op) ? kTypicalTrips : 1;
}

int64_t getRegionCost(Region &region) {
  int64_t cost = 0;
  for (Operation &op : region.getOps()) {
    bool slow = isa<arith::DivFOp, arith::DivSIOp, arith::DivUIOp>(op);
    cost += isa<math::MathDialect>(op.getDialect()) ? 10 : slow ? 5 : 1;
    for (Region &inner : op.getRegions())
      cost += multiply(getTripCount(op), getRegionCost(inner));
  }
  return cost;
}

int64_t getBodyCost(linalg::LinalgOp op) { return 1 + getRegionCost(op->getRegion(0)); }

/// How a group's op follows the root's loops: which loop of the root each of its loops is a part of.
using LoopMap = SmallVector<std::optional<unsigned>>;

class Tiler {
public:
  Tiler(func::FuncOp kernel) : kernel(kernel), rewriter(kernel.getContext()) {}

  LogicalResult run();

private:
  bool findRoot();
  void collectGroup();
  void follow(linalg::LinalgOp consumer, OpOperand &use, linalg::LinalgOp producer);
  bool isTileable(unsigned dim);
  int64_t unitWork();
  bool temporariesFit();
  void chooseTiles();
  int64_t pickTile(unsigned dim, int64_t work, int64_t multiple);
  LogicalResult tile();
  void reuseDestinations();

  func::FuncOp kernel;
  IRRewriter rewriter;
  linalg::LinalgOp root;
  llvm::MapVector<Operation *, LoopMap> group; // the root first
  SmallVector<int64_t> sizes;                  // of the root's loops
  SmallVector<int64_t> tiles;                  // by the root's loops; 0: whole
};

/// The last op whose result leaves the kernel.
bool Tiler::findRoot() {
  kernel.walk([&](bufferization::MaterializeInDestinationOp write) {
    auto op = write.getSource().getDefiningOp<linalg::LinalgOp>();
    if (op && op->getBlock() == &kernel.getBody().front() && (!root || root->isBeforeInBlock(op)))
      root = op;
  });
  return root && !isa<linalg::FillOp>(root.getOperation());
}

void Tiler::follow(linalg::LinalgOp consumer, OpOperand &use, linalg::LinalgOp producer) {
  const LoopMap consumerLoops = group[consumer];
  AffineMap map = consumer.getMatchingIndexingMap(&use);
  AffineMap resultMap = producer.getIndexingMapMatchingResult(cast<OpResult>(use.get()));
  LoopMap loops(producer.getNumLoops());
  for (auto [outer, inner] : llvm::zip_equal(map.getResults(), resultMap.getResults())) {
    auto innerDim = dyn_cast<AffineDimExpr>(inner);
    if (!innerDim)
      continue;
    // A loop that only takes part (a convolution's window) still moves the slice.
    for (unsigned dim = 0; dim < map.getNumDims(); ++dim)
      if (outer.isFunctionOfDim(dim) && consumerLoops[dim])
        loops[innerDim.getPosition()] = consumerLoops[dim];
  }
  auto [entry, isNew] = group.try_emplace(producer, loops);
  if (isNew)
    return;
  for (auto [known, other] : llvm::zip_equal(entry->second, loops))
    if (known != other)
      known = std::nullopt;
}

/// Producers in reverse order, so that all consumers of one come before it.
void Tiler::collectGroup() {
  LoopMap own;
  for (unsigned dim = 0; dim < root.getNumLoops(); ++dim)
    own.push_back(dim);
  group[root] = own;
  for (Operation &op : llvm::reverse(kernel.getBody().front())) {
    auto consumer = dyn_cast<linalg::LinalgOp>(op);
    if (!consumer || !group.contains(consumer))
      continue;
    for (OpOperand &use : consumer->getOpOperands())
      if (auto producer = use.get().getDefiningOp<linalg::LinalgOp>())
        follow(consumer, use, producer);
  }
}

/// Tiling `dim` must not compute anything twice: every producer's slice has to move with it.
bool Tiler::isTileable(unsigned dim) {
  if (root.getIteratorTypesArray()[dim] != utils::IteratorType::parallel)
    return false;
  for (auto &[op, loops] : group) {
    if (!isa<linalg::FillOp>(op) && !llvm::is_contained(loops, std::optional(dim)))
      return false;
    // Packed operands are indexed by n / nr and n % nr: slices of n are none of them.
    for (AffineMap map : cast<linalg::LinalgOp>(op).getIndexingMapsArray())
      for (AffineExpr expr : map.getResults())
        if (auto binary = dyn_cast<AffineBinaryOpExpr>(expr))
          if (binary.getKind() != AffineExprKind::Add && binary.getKind() != AffineExprKind::Mul)
            for (auto [own, rootLoop] : llvm::enumerate(loops))
              if (rootLoop == dim && expr.isFunctionOfDim(own))
                return false;
  }
  return true;
}

int64_t Tiler::unitWork() {
  int64_t total = 0;
  for (auto &[op, loops] : group) {
    auto linalgOp = cast<linalg::LinalgOp>(op);
    int64_t work = getBodyCost(linalgOp);
    for (auto [size, loop] : llvm::zip_equal(linalgOp.getStaticLoopRanges(), loops))
      work = multiply(work, loop && tiles[*loop] ? std::min(tiles[*loop], assumeSize(size)) : assumeSize(size));
    total += work;
  }
  return total;
}

/// Whether what one iteration keeps beside the outputs has a bounded, small size.
bool Tiler::temporariesFit() {
  int64_t total = 0;
  for (auto &[op, loops] : group) {
    auto linalgOp = cast<linalg::LinalgOp>(op);
    if (op == root || isa<linalg::FillOp>(op))
      continue;
    for (OpResult result : op->getResults()) {
      AffineMap map = linalgOp.getIndexingMapMatchingResult(result);
      auto type = cast<RankedTensorType>(result.getType());
      int64_t bytes = llvm::divideCeil(type.getElementType().isIntOrFloat() ? type.getElementTypeBitWidth() : 64, 8);
      for (auto [expr, size] : llvm::zip_equal(map.getResults(), type.getShape())) {
        auto dim = dyn_cast<AffineDimExpr>(expr);
        std::optional<unsigned> loop = dim ? loops[dim.getPosition()] : std::nullopt;
        bool tiled = loop && tiles[*loop];
        if (!tiled && ShapedType::isDynamic(size))
          return false;
        bytes = multiply(bytes, tiled ? tiles[*loop] : size);
      }
      total += bytes;
    }
  }
  return total <= kTemporaryBytes;
}

/// A tile of about kUnitWork; an even split where there is one.
int64_t Tiler::pickTile(unsigned dim, int64_t work, int64_t multiple) {
  int64_t wanted = std::max<int64_t>(multiple, llvm::alignDown(kUnitWork / std::max<int64_t>(work, 1), multiple));
  int64_t size = sizes[dim];
  if (ShapedType::isDynamic(size))
    return wanted;
  wanted = std::min(wanted, size);
  for (int64_t tile = wanted; tile >= multiple && 2 * tile > wanted; tile -= multiple)
    if (size % tile == 0)
      return tile;
  return wanted;
}

void Tiler::chooseTiles() {
  sizes = root.getStaticLoopRanges();
  tiles.assign(sizes.size(), 0);
  SmallVector<unsigned> order;
  for (AffineExpr expr : root.getIndexingMapsArray()[root.getNumDpsInputs()].getResults())
    if (auto dim = dyn_cast<AffineDimExpr>(expr))
      order.push_back(dim.getPosition());
  // The dimension that lanes run along stays whole while it can: the innermost one, unless its elements are reductions
  // of memory that lies together.
  std::optional<unsigned> inner;
  auto endsInput = [&](unsigned dim) {
    return llvm::any_of(root.getDpsInputOperands(), [&](OpOperand *input) {
      AffineMap map = root.getMatchingIndexingMap(input);
      return map.getNumResults() > 0 && map.getResults().back().isFunctionOfDim(dim);
    });
  };
  if (!order.empty() && (root.getNumReductionLoops() == 0 || endsInput(order.back())))
    inner = order.pop_back_val();
  for (unsigned dim : order) {
    bool small = !ShapedType::isDynamic(sizes[dim]) && unitWork() <= kUnitWork && temporariesFit();
    if (small || sizes[dim] == 1 || !isTileable(dim))
      continue;
    tiles[dim] = 1;
    int64_t work = unitWork();
    if (work >= kUnitWork)
      continue;
    int64_t tile = pickTile(dim, work, 1);
    tiles[dim] = tile;
    if (!temporariesFit())
      tiles[dim] = 1;
    else if (tile == sizes[dim])
      tiles[dim] = 0;
  }
  if (!inner || !isTileable(*inner))
    return;
  bool unknown = ShapedType::isDynamic(sizes[*inner]) && llvm::all_of(tiles, [](int64_t tile) { return tile == 0; });
  if (!unknown && unitWork() <= 4 * kUnitWork && temporariesFit())
    return;
  tiles[*inner] = 1;
  int64_t tile = pickTile(*inner, unitWork(), kInnerMultiple);
  tiles[*inner] = ShapedType::isDynamic(sizes[*inner]) || tile < sizes[*inner] ? tile : 0;
}

LogicalResult Tiler::tile() {
  SmallVector<OpFoldResult> tileSizes;
  for (int64_t tile : tiles)
    tileSizes.push_back(rewriter.getIndexAttr(tile));
  int64_t grain = std::max<int64_t>(1, kTaskWork / std::max<int64_t>(1, unitWork()));
  scf::SCFTileAndFuseOptions options;
  options.tilingOptions.setTileSizes(tileSizes);
  options.tilingOptions.setLoopType(scf::SCFTilingOptions::LoopType::ForallOp);
  options.setFusionControlFn([&](tensor::ExtractSliceOp, OpResult producer, bool) {
    // A result that also leaves the kernel is put together again outside the loop.
    bool leaves = llvm::any_of(producer.getUsers(), llvm::IsaPred<bufferization::MaterializeInDestinationOp>);
    return std::optional(scf::SCFTileAndFuseOptions::ControlFnResult{leaves});
  });
  rewriter.setInsertionPoint(root);
  FailureOr<scf::SCFTileAndFuseResult> result =
      scf::tileConsumerAndFuseProducersUsingSCF(rewriter, cast<TilingInterface>(root.getOperation()), options);
  if (failed(result) || result->loops.empty())
    return root.emitError("cannot cut this operation in tiles");
  result->loops.front()->setAttr(kGrainAttr, rewriter.getIndexAttr(grain));
  for (auto [old, replacement] : result->replacements)
    rewriter.replaceAllUsesWith(old, replacement);
  return success();
}

/// Drops what fusion left behind, and computes each slice once.
LogicalResult cleanUp(func::FuncOp kernel, RewriterBase &rewriter) {
  RewritePatternSet patterns(kernel.getContext());
  tensor::ExtractSliceOp::getCanonicalizationPatterns(patterns, kernel.getContext());
  tensor::DimOp::getCanonicalizationPatterns(patterns, kernel.getContext());
  tensor::CastOp::getCanonicalizationPatterns(patterns, kernel.getContext());
  affine::AffineMinOp::getCanonicalizationPatterns(patterns, kernel.getContext());
  affine::AffineApplyOp::getCanonicalizationPatterns(patterns, kernel.getContext());
  scf::ForallOp::getCanonicalizationPatterns(patterns, kernel.getContext());
  tensor::populateFoldTensorEmptyPatterns(patterns);
  if (failed(applyPatternsGreedily(kernel, std::move(patterns))))
    return failure();
  // Checks in their bodies would keep the untiled ops alive.
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(kernel.getBody().front())))
    if (isa<linalg::LinalgOp>(op) && op.use_empty())
      rewriter.eraseOp(&op);
  DominanceInfo dominance(kernel);
  eliminateCommonSubExpressions(rewriter, dominance, kernel);
  return success();
}

/// The elementwise op that last reads a temporary of its output's shape may write over it: then the temporary can be
/// the output's own slice.
void Tiler::reuseDestinations() {
  kernel.walk([&](linalg::GenericOp consumer) {
    if (consumer.getNumReductionLoops() != 0 || consumer.getNumDpsInits() != 1)
      return;
    OpOperand &init = consumer.getDpsInitsMutable()[0];
    AffineMap outputMap = consumer.getMatchingIndexingMap(&init);
    if (!consumer.getMatchingBlockArgument(&init).use_empty() || !outputMap.isIdentity())
      return;
    for (OpOperand *input : consumer.getDpsInputOperands()) {
      auto producer = input->get().getDefiningOp<linalg::GenericOp>();
      if (!producer || producer->getBlock() != consumer->getBlock() || producer.getNumDpsInits() != 1 ||
          producer.getNumReductionLoops() != 0 || input->get().getType() != init.get().getType() ||
          !producer.getDpsInits()[0].getDefiningOp<tensor::EmptyOp>() ||
          !consumer.getMatchingIndexingMap(input).isIdentity())
        continue;
      bool isLast = llvm::all_of(input->get().getUses(), [&](OpOperand &use) {
        return &use == input || (use.getOwner() != consumer && use.getOwner()->getBlock() == consumer->getBlock() &&
                                 use.getOwner()->isBeforeInBlock(consumer));
      });
      Operation *destination = init.get().getDefiningOp();
      if (!isLast || (destination && destination->getBlock() == producer->getBlock() &&
                      !destination->isBeforeInBlock(producer) && !isa<tensor::ExtractSliceOp>(destination)))
        continue;
      if (destination && destination->getBlock() == producer->getBlock() && !destination->isBeforeInBlock(producer)) {
        // The slice depends on the loop alone: it can stand earlier.
        if (llvm::any_of(destination->getOperands(), [&](Value operand) {
              Operation *def = operand.getDefiningOp();
              return def && def->getBlock() == producer->getBlock() && !def->isBeforeInBlock(producer);
            }))
          continue;
        destination->moveBefore(producer);
      }
      Value target = init.get();
      producer.getDpsInitsMutable()[0].set(target);
      init.set(input->get());
      return;
    }
  });
}

LogicalResult Tiler::run() {
  if (!findRoot())
    return success();
  collectGroup();
  chooseTiles();
  if (llvm::any_of(tiles, [](int64_t tile) { return tile != 0; })) {
    if (failed(tile()) || failed(cleanUp(kernel, rewriter)))
      return failure();
  }
  reuseDestinations();
  return success();
}

/// An elementwise op moves into its only reader when that does not compute it twice.
void fuseElementwise(func::FuncOp kernel) {
  IRRewriter rewriter(kernel.getContext());
  auto findUse = [&]() -> OpOperand * {
    for (auto consumer : kernel.getOps<linalg::GenericOp>())
      for (OpOperand *use : consumer.getDpsInputOperands())
        if (use->get().hasOneUse() && consumer.getMatchingIndexingMap(use).isPermutation() &&
            linalg::areElementwiseOpsFusable(use))
          return use;
    return nullptr;
  };
  while (OpOperand *use = findUse()) {
    Operation *producer = use->get().getDefiningOp(), *consumer = use->getOwner();
    rewriter.setInsertionPoint(consumer);
    FailureOr<linalg::ElementwiseOpFusionResult> fused = linalg::fuseElementwiseOps(rewriter, use);
    if (failed(fused))
      return;
    for (auto [old, replacement] : fused->replacements)
      rewriter.replaceAllUsesWith(old, replacement);
    rewriter.eraseOp(consumer);
    if (producer->use_empty())
      rewriter.eraseOp(producer);
  }
}

/// A result is computed where it goes: the op starts from its destination, whatever uninitialised tensor it had.
void retargetDestinations(func::FuncOp kernel) {
  SmallVector<bufferization::MaterializeInDestinationOp> writes;
  kernel.walk([&](bufferization::MaterializeInDestinationOp write) { writes.push_back(write); });
  for (bufferization::MaterializeInDestinationOp write : writes) {
    auto result = dyn_cast<OpResult>(write.getSource());
    auto op = result ? dyn_cast<linalg::LinalgOp>(result.getOwner()) : linalg::LinalgOp();
    if (!op || !isa<BlockArgument>(write.getDest()) || op->getBlock() != write->getBlock())
      continue;
    OpOperand *init = op.getDpsInitOperand(result.getResultNumber());
    if (auto fill = init->get().getDefiningOp<linalg::FillOp>(); fill && fill->hasOneUse())
      init = fill.getDpsInitOperand(0);
    else if (op.payloadUsesValueFromOperand(init))
      continue;
    auto source = init->get().getDefiningOp<bufferization::ToTensorOp>();
    bool same = source && source.getBuffer() == write.getDest();
    if (same || (!source && !init->get().getDefiningOp<tensor::EmptyOp>()))
      continue;
    OpBuilder builder(init->getOwner());
    init->set(bufferization::ToTensorOp::create(builder, write.getLoc(), init->get().getType(), write.getDest(),
                                                /*restrict=*/true, /*writable=*/true));
  }
}

} // namespace

LogicalResult tileKernel(func::FuncOp kernel) {
  fuseElementwise(kernel);
  retargetDestinations(kernel);
  collapseKernel(kernel);
  return Tiler(kernel).run();
}

} // namespace quern
