// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "quern/Support/Contraction.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace quern {

/// The block argument a value is, seen through casts.
static BlockArgument lookThroughCasts(Value value) {
  while (Operation *def = value.getDefiningOp()) {
    if (!isa<arith::ExtFOp, arith::TruncFOp, arith::ExtSIOp, arith::ExtUIOp, arith::SIToFPOp, arith::UIToFPOp>(def))
      return {};
    value = def->getOperand(0);
  }
  return cast<BlockArgument>(value);
}

bool isContraction(Operation *op) {
  auto generic = dyn_cast_or_null<linalg::GenericOp>(op);
  if (!generic || generic.getNumDpsInputs() != 2 || generic.getNumDpsInits() != 1 ||
      generic.getNumReductionLoops() == 0)
    return false;
  Block *body = generic.getBody();
  Operation *add = body->getTerminator()->getOperand(0).getDefiningOp();
  if (!isa_and_nonnull<arith::AddFOp, arith::AddIOp>(add))
    return false;
  Value accumulator = body->getArgument(2);
  Value product = add->getOperand(0) == accumulator   ? add->getOperand(1)
                  : add->getOperand(1) == accumulator ? add->getOperand(0)
                                                      : Value();
  Operation *mul = product ? product.getDefiningOp() : nullptr;
  if (!isa_and_nonnull<arith::MulFOp, arith::MulIOp>(mul))
    return false;
  BlockArgument a = lookThroughCasts(mul->getOperand(0)), b = lookThroughCasts(mul->getOperand(1));
  return a && b && a != b && a != accumulator && b != accumulator;
}

FailureOr<Contraction> matchContraction(Operation *op) {
  if (!isContraction(op))
    return failure();
  auto generic = cast<linalg::GenericOp>(op);
  SmallVector<AffineMap> maps = generic.getIndexingMapsArray();
  AffineMap out = maps[2];
  if (!out.isProjectedPermutation() || out.getNumResults() == 0)
    return failure();
  unsigned n = cast<AffineDimExpr>(out.getResults().back()).getPosition();
  bool follows[2] = {maps[0].isFunctionOfDim(n), maps[1].isFunctionOfDim(n)};
  if (!follows[0] && !follows[1])
    return failure();
  return Contraction{generic, n, follows[1] ? 1u : 0u, follows[0] && follows[1]};
}

bool isPointwise(Operation *op) {
  auto generic = dyn_cast_or_null<linalg::GenericOp>(op);
  return generic && generic.getNumParallelLoops() == generic.getNumLoops() &&
         llvm::all_of(generic.getDpsInitsMutable(),
                      [&](OpOperand &init) { return generic.getMatchingIndexingMap(&init).isIdentity(); });
}

int64_t getPanelWidth(AffineMap map) {
  if (map.getNumResults() < 2)
    return 0;
  auto mod = dyn_cast<AffineBinaryOpExpr>(map.getResults().back());
  if (!mod || mod.getKind() != AffineExprKind::Mod)
    return 0;
  auto width = dyn_cast<AffineConstantExpr>(mod.getRHS());
  return width ? width.getValue() : 0;
}

} // namespace quern
