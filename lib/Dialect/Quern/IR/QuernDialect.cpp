// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "quern/Dialect/Quern/IR/Quern.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace mlir;
using namespace quern;

#include "quern/Dialect/Quern/IR/QuernDialect.cpp.inc"
#define GET_OP_CLASSES
#include "quern/Dialect/Quern/IR/QuernOps.cpp.inc"

void QuernDialect::initialize() {
  addOperations<
#define GET_OP_LIST
#include "quern/Dialect/Quern/IR/QuernOps.cpp.inc"
      >();
}

LogicalResult LaunchOp::verifySymbolUses(SymbolTableCollection &symbols) {
  auto kernel = symbols.lookupNearestSymbolFrom<func::FuncOp>(*this, getKernelAttr());
  if (!kernel)
    return emitOpError("expects a function called '") << getKernel() << "'";
  if (kernel.getNumArguments() != getNumOperands())
    return emitOpError("expects ") << kernel.getNumArguments() << " operands as '" << getKernel() << "' has, got "
                                   << getNumOperands();
  return success();
}

LogicalResult OutputOp::verify() {
  auto type = cast<ShapedType>(getResult().getType());
  if (type.getNumDynamicDims() != getSizes().size())
    return emitOpError("expects ") << type.getNumDynamicDims() << " sizes, one a dynamic dimension, got "
                                   << getSizes().size();
  return success();
}

using Effects = SmallVectorImpl<SideEffects::EffectInstance<MemoryEffects::Effect>>;

/// Tensors are values; only buffers are read and written.
template <typename OpTy>
static void addBufferEffects(OpTy op, Effects &effects) {
  for (OpOperand &operand : op.getInputsMutable())
    if (isa<BaseMemRefType>(operand.get().getType()))
      effects.emplace_back(MemoryEffects::Read::get(), &operand);
  for (OpOperand &operand : op.getOutputsMutable())
    if (isa<BaseMemRefType>(operand.get().getType()))
      effects.emplace_back(MemoryEffects::Write::get(), &operand);
}

void LaunchOp::getEffects(Effects &effects) { addBufferEffects(*this, effects); }
void CallOp::getEffects(Effects &effects) { addBufferEffects(*this, effects); }

LogicalResult CallOp::verify() {
  for (Type type : getInputs().getTypes())
    if (!isa<RankedTensorType, MemRefType, IndexType>(type) && !type.isInteger(64))
      return emitOpError("expects inputs that are shaped, an index or an i64, got ") << type;
  return success();
}
