// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A kernel's tensors become memrefs; its temporaries live on the stack.

#include "Steps.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Bufferization/IR/BufferizableOpInterface.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Bufferization/Transforms/OneShotAnalysis.h"
#include "mlir/Dialect/Bufferization/Transforms/Transforms.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/Transforms/Transforms.h"
#include "mlir/IR/Dominance.h"
#include "mlir/Interfaces/ValueBoundsOpInterface.h"
#include "mlir/Transforms/CSE.h"

using namespace mlir;

namespace quern {
namespace {

/// What a kernel may put on a thread's stack.
constexpr int64_t kMaxStackBytes = 64 * 1024;

int64_t sizeInBytes(MemRefType type) {
  Type element = type.getElementType();
  int64_t bytes = isa<IndexType>(element) ? 8 : llvm::divideCeil(element.getIntOrFloatBitWidth(), 8);
  return type.getNumElements() * bytes;
}

bool hasTensors(func::FuncOp kernel) {
  return kernel
      .walk([](Operation *op) {
        auto isTensor = llvm::IsaPred<TensorType>;
        return llvm::any_of(op->getOperandTypes(), isTensor) || llvm::any_of(op->getResultTypes(), isTensor)
                   ? WalkResult::interrupt()
                   : WalkResult::advance();
      })
      .wasInterrupted();
}

LogicalResult simplify(func::FuncOp kernel, function_ref<void(RewritePatternSet &)> populate) {
  RewritePatternSet patterns(kernel.getContext());
  populate(patterns);
  return applyPatternsGreedily(kernel, std::move(patterns));
}

/// The bytes that `alloc` takes at most, where its sizes are bounded.
std::optional<int64_t> getMaxBytes(memref::AllocOp alloc) {
  MemRefType type = alloc.getType();
  SmallVector<int64_t> shape(type.getShape());
  auto sizes = alloc.getDynamicSizes().begin();
  for (int64_t &size : shape) {
    if (!ShapedType::isDynamic(size))
      continue;
    FailureOr<int64_t> bound = ValueBoundsConstraintSet::computeConstantBound(
        presburger::BoundType::UB, ValueBoundsConstraintSet::Variable(*sizes++), nullptr, /*closedUB=*/true);
    if (failed(bound) || *bound < 0 || *bound > kMaxStackBytes)
      return {};
    size = *bound;
  }
  return sizeInBytes(MemRefType::get(shape, type.getElementType()));
}

/// Allocations become stack slots of the function; one without a small bound is an error: nothing in a kernel
/// allocates.
LogicalResult moveToStack(func::FuncOp kernel) {
  int64_t total = 0;
  SmallVector<memref::AllocOp> allocs;
  kernel.walk([&](memref::AllocOp alloc) { allocs.push_back(alloc); });
  OpBuilder builder(kernel.getContext());
  for (memref::AllocOp alloc : allocs) {
    MemRefType type = alloc.getType();
    std::optional<int64_t> bytes = getMaxBytes(alloc);
    if (!bytes)
      return alloc.emitError("expects temporaries of a small size known when compiling, this one is ") << type;
    total += llvm::alignTo(*bytes, 64);
    if (total > kMaxStackBytes)
      return alloc.emitError("expects at most ") << kMaxStackBytes << " bytes of temporaries in a kernel, this one ("
                                                 << type << ") brings them to " << total;
    SmallVector<Operation *> deallocs;
    for (Operation *user : alloc->getUsers())
      if (isa<memref::DeallocOp>(user))
        deallocs.push_back(user);
    for (Operation *dealloc : deallocs)
      dealloc->erase();
    builder.setInsertionPointToStart(&kernel.getBody().front());
    auto slotType = type.hasStaticShape() ? type : MemRefType::get(std::max<int64_t>(*bytes, 1), builder.getI8Type());
    Value slot = memref::AllocaOp::create(builder, alloc.getLoc(), slotType, builder.getI64IntegerAttr(64));
    if (!type.hasStaticShape()) {
      builder.setInsertionPoint(alloc);
      Value zero = arith::ConstantIndexOp::create(builder, alloc.getLoc(), 0);
      slot = memref::ViewOp::create(builder, alloc.getLoc(), type, slot, zero, alloc.getDynamicSizes());
    }
    alloc.replaceAllUsesWith(slot);
    alloc.erase();
  }
  return success();
}

} // namespace

LogicalResult bufferizeKernel(func::FuncOp kernel) {
  if (hasTensors(kernel)) {
    MLIRContext *context = kernel.getContext();
    if (failed(simplify(kernel, [](RewritePatternSet &patterns) {
          linalg::populateConvertToDestinationStylePatterns(patterns);
          tensor::populateDecomposeTensorConcatPatterns(patterns);
        })))
      return failure();
    IRRewriter rewriter(context);
    if (failed(bufferization::eliminateEmptyTensors(rewriter, kernel)))
      return failure();
    bufferization::OneShotBufferizationOptions options;
    options.bufferAlignment = 64;
    options.unknownTypeConverterFn = [](TensorType type, Attribute space, const bufferization::BufferizationOptions &) {
      return bufferization::getMemRefTypeWithStaticIdentityLayout(type, space);
    };
    bufferization::BufferizationState state;
    if (failed(bufferization::runOneShotBufferize(kernel, options, state)))
      return failure();
    // Equal views become one, so that copies of a view to itself are seen.
    DominanceInfo dominance(kernel);
    eliminateCommonSubExpressions(rewriter, dominance, kernel);
  }
  if (failed(simplify(kernel, [](RewritePatternSet &patterns) {
        MLIRContext *context = patterns.getContext();
        memref::CopyOp::getCanonicalizationPatterns(patterns, context);
        memref::SubViewOp::getCanonicalizationPatterns(patterns, context);
        memref::CastOp::getCanonicalizationPatterns(patterns, context);
        memref::AllocOp::getCanonicalizationPatterns(patterns, context);
        memref::DimOp::getCanonicalizationPatterns(patterns, context);
        memref::ExpandShapeOp::getCanonicalizationPatterns(patterns, context);
        memref::CollapseShapeOp::getCanonicalizationPatterns(patterns, context);
        affine::AffineApplyOp::getCanonicalizationPatterns(patterns, context);
        affine::AffineMinOp::getCanonicalizationPatterns(patterns, context);
        scf::ForOp::getCanonicalizationPatterns(patterns, context);
        scf::IfOp::getCanonicalizationPatterns(patterns, context);
        bufferization::ToTensorOp::getCanonicalizationPatterns(patterns, context);
        bufferization::ToBufferOp::getCanonicalizationPatterns(patterns, context);
      })))
    return failure();
  return moveToStack(kernel);
}

} // namespace quern
