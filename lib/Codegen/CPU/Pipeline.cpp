// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The order of the steps that lower one kernel.

#include "Steps.h"

using namespace mlir;

namespace quern {

LogicalResult lowerKernel(func::FuncOp kernel, const Target &target, const KernelOptions &options, KernelStep last) {
  if (failed(lowerContraction(kernel, target, options))) {
    if (failed(tileKernel(kernel)))
      return failure();
    if (last == KernelStep::Tile)
      return success();
    if (failed(bufferizeKernel(kernel)))
      return failure();
    if (last == KernelStep::Bufferize)
      return success();
    if (failed(lowerToLoops(kernel, options)))
      return failure();
  }
  if (last == KernelStep::Loops)
    return success();
  func::FuncOp tasks = splitGrid(kernel, options);
  lowerChecks(kernel);
  if (failed(expandScalarOps(kernel, target, options)))
    return failure();
  if (last == KernelStep::Scalar)
    return success();
  return lowerKernelToLLVM(kernel, tasks);
}

} // namespace quern
