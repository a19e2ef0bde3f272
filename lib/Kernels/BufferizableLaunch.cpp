// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "quern/Kernels/BufferizableLaunch.h"
#include "quern/Dialect/Quern/IR/Quern.h"

#include "mlir/Dialect/Bufferization/IR/BufferizableOpInterface.h"
#include "mlir/Dialect/Bufferization/IR/DstBufferizableOpInterfaceImpl.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

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

/// The runtime takes dense tensors: what is a view of something bigger is copied.
struct BufferizableCall : DstBufferizableOpInterfaceExternalModel<BufferizableCall, CallOp> {
  bool bufferizesToMemoryRead(Operation *op, OpOperand &operand, const AnalysisState &) const {
    return !cast<CallOp>(op).isDpsInit(&operand);
  }

  LogicalResult bufferize(Operation *op, RewriterBase &rewriter, const BufferizationOptions &options,
                          BufferizationState &state) const {
    auto call = cast<CallOp>(op);
    Location loc = call.getLoc();
    auto toBuffers = [&](ValueRange values, SmallVectorImpl<Value> &buffers) -> LogicalResult {
      for (Value value : values) {
        FailureOr<Value> buffer = value;
        if (isa<TensorType>(value.getType()))
          buffer = getBuffer(rewriter, value, options, state);
        if (failed(buffer))
          return failure();
        buffers.push_back(*buffer);
      }
      return success();
    };
    auto dense = [&](Value buffer) -> Value {
      auto type = dyn_cast<MemRefType>(buffer.getType());
      if (!type || type.getLayout().isIdentity())
        return buffer;
      SmallVector<Value> sizes;
      for (int64_t i = 0; i < type.getRank(); ++i)
        if (type.isDynamicDim(i))
          sizes.push_back(memref::DimOp::create(rewriter, loc, buffer, i));
      return memref::AllocOp::create(rewriter, loc, MemRefType::get(type.getShape(), type.getElementType()), sizes,
                                     rewriter.getI64IntegerAttr(options.bufferAlignment));
    };
    SmallVector<Value> inputs, outputs, targets;
    if (failed(toBuffers(call.getInputs(), inputs)) || failed(toBuffers(call.getOutputs(), outputs)))
      return failure();
    for (Value &input : inputs)
      if (Value copy = dense(input); copy != input) {
        memref::CopyOp::create(rewriter, loc, input, copy);
        input = copy;
      }
    for (Value output : outputs)
      targets.push_back(dense(output));
    auto created = CallOp::create(rewriter, loc, TypeRange(), call.getCalleeAttr(), inputs, targets);
    created->setDiscardableAttrs(call->getDiscardableAttrDictionary());
    for (auto [output, target] : llvm::zip_equal(outputs, targets))
      if (output != target)
        memref::CopyOp::create(rewriter, loc, target, output);
    replaceOpWithBufferizedValues(rewriter, call, outputs);
    return success();
  }
};

} // namespace

void registerBufferizableLaunch(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, QuernDialect *) {
    LaunchOp::attachInterface<BufferizableLaunch>(*context);
    CallOp::attachInterface<BufferizableCall>(*context);
  });
}

} // namespace quern
