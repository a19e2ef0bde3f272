// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Arithmetic that the target lacks.

#include "Steps.h"

#include "mlir/Dialect/Math/Transforms/Passes.h"

using namespace mlir;

namespace quern {

LogicalResult expandScalarOps(func::FuncOp kernel, const Target &target) {
  RewritePatternSet patterns(kernel.getContext());
  populateMathPolynomialApproximationPatterns(patterns);
  math::populateExpansionPatterns(patterns);
  return applyPatternsGreedily(kernel, std::move(patterns));
}

} // namespace quern
