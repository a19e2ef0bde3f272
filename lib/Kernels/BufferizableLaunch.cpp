// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "quern/Kernels/BufferizableLaunch.h"
#include "quern/Dialect/Quern/IR/Quern.h"

#include "mlir/Dialect/Bufferization/IR/BufferizableOpInterface.h"
#include "mlir/Dialect/Bufferization/IR/DstBufferizableOpInterfaceImpl.h"

using namespace mlir;
using namespace mlir::bufferization;

namespace quern {
namespace {

struct BufferizableLaunch : DstBufferizableOpInterfaceExternalModel<BufferizableLaunch, LaunchOp> {
  bool bufferizesToMemoryRead(Operation *op, OpOperand &operand, const AnalysisState &) const {
    auto launch = cast<LaunchOp>(op);
    return !launch.isDpsInit(&operand) || launch.getReadsOutputs();
  }

  LogicalResult bufferize(Operation *op, RewriterBase &rewriter, const BufferizationOptions &options,
                          BufferizationState &state) const {
    auto launch = cast<LaunchOp>(op);
    auto toBuffers = [&](ValueRange values, SmallVectorImpl<Value> &buffers) -> LogicalResult {
      for (Value value : values) {
        if (!isa<TensorType>(value.getType())) {
          buffers.push_back(value);
          continue;
        }
        FailureOr<Value> buffer = getBuffer(rewriter, value, options, state);
        if (failed(buffer))
          return failure();
        buffers.push_back(*buffer);
      }
      return success();
    };
    SmallVector<Value> inputs, outputs;
    if (failed(toBuffers(launch.getInputs(), inputs)) || failed(toBuffers(launch.getOutputs(), outputs)))
      return failure();
    auto created = LaunchOp::create(rewriter, launch.getLoc(), TypeRange(), launch.getKernelAttr(), inputs, outputs,
                                    launch.getReadsOutputsAttr());
    created->setDiscardableAttrs(launch->getDiscardableAttrDictionary());
    replaceOpWithBufferizedValues(rewriter, launch, outputs);
    return success();
  }
};

} // namespace

void registerBufferizableLaunch(DialectRegistry &registry) {
  registry.addExtension(
      +[](MLIRContext *context, QuernDialect *) { LaunchOp::attachInterface<BufferizableLaunch>(*context); });
}

} // namespace quern
