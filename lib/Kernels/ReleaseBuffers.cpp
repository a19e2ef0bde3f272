// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// quern-release-buffers: memory of a loop's turn ends with the turn.

#include "quern/Dialect/Quern/IR/Quern.h"
#include "quern/Kernels/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

namespace quern {
#define GEN_PASS_DEF_RELEASEBUFFERSPASS
#include "quern/Kernels/Passes.h.inc"
} // namespace quern

using namespace mlir;
using namespace quern;

namespace {

struct ReleaseBuffers : quern::impl::ReleaseBuffersPassBase<ReleaseBuffers> {
  void runOnOperation() override {
    auto main = getOperation().lookupSymbol<func::FuncOp>("main");
    if (!main) {
      getOperation().emitError("expects a function called 'main'");
      return signalPassFailure();
    }
    main.walk([](LoopLikeOpInterface loop) {
      bool allocates = loop->walk([](memref::AllocOp) { return WalkResult::interrupt(); }).wasInterrupted();
      if (!allocates)
        return;
      OpBuilder builder(loop);
      Value mark = MarkOp::create(builder, loop.getLoc(), builder.getIndexType());
      // What the last block of the body yields is what lives on.
      Operation *turn = loop.getLoopRegions().back()->front().getTerminator();
      SmallVector<Value> kept;
      for (Value value : turn->getOperands())
        if (isa<MemRefType>(value.getType()))
          kept.push_back(value);
      builder.setInsertionPoint(turn);
      ReleaseOp::create(builder, loop.getLoc(), mark, kept);
    });
  }
};

} // namespace
