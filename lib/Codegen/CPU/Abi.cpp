// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The ABI of kernels:
//   int32_t K(void *const *args, int64_t begin, int64_t end)
//   int64_t K__tasks(void *const *args)
// K loads the slots and calls a body whose pointers do not alias.

#include "../Common/ToLLVM.h"
#include "Steps.h"

#include "mlir/Conversion/LLVMCommon/MemRefBuilder.h"
#include "mlir/Conversion/ReconcileUnrealizedCasts/ReconcileUnrealizedCasts.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;

namespace quern {
namespace {

/// The LLVM types of an argument's slots.
void appendSlotTypes(Type type, const CodegenTypeConverter &types, SmallVectorImpl<Type> &slots) {
  Type first = isa<MemRefType>(type) ? Type(LLVM::LLVMPointerType::get(type.getContext())) : types.convertType(type);
  slots.push_back(first);
  slots.append(getNumSlots(type) - 1, IntegerType::get(type.getContext(), 64));
}

/// The memref whose first element is at `slots[0]`, then its dynamic sizes and strides.
Value buildMemRef(OpBuilder &builder, Location loc, MemRefType type, ValueRange slots,
                  const CodegenTypeConverter &types) {
  auto [strides, offset] = type.getStridesAndOffset();
  Value pointer = slots.front();
  slots = slots.drop_front();
  if (!ShapedType::isDynamic(offset) && offset != 0) {
    // The type adds its offset again: take it away.
    Type element = types.convertType(type.getElementType());
    pointer = LLVM::GEPOp::create(builder, loc, pointer.getType(), element, pointer,
                                  ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(-offset)});
  }
  auto descriptor = MemRefDescriptor::poison(builder, loc, types.convertType(type));
  descriptor.setAllocatedPtr(builder, loc, pointer);
  descriptor.setAlignedPtr(builder, loc, pointer);
  descriptor.setConstantOffset(builder, loc, ShapedType::isDynamic(offset) ? 0 : offset);
  for (auto [i, size] : llvm::enumerate(type.getShape())) {
    if (!ShapedType::isDynamic(size)) {
      descriptor.setConstantSize(builder, loc, i, size);
      continue;
    }
    descriptor.setSize(builder, loc, i, slots.front());
    slots = slots.drop_front();
  }
  for (auto [i, stride] : llvm::enumerate(strides)) {
    if (!ShapedType::isDynamic(stride)) {
      descriptor.setConstantStride(builder, loc, i, stride);
      continue;
    }
    descriptor.setStride(builder, loc, i, slots.front());
    slots = slots.drop_front();
  }
  Value value = descriptor;
  return UnrealizedConversionCastOp::create(builder, loc, TypeRange(type), ValueRange(value)).getResult(0);
}

/// Moves `function`'s body into an LLVM function of the same name whose parameters are slots.
LLVM::LLVMFuncOp convertSignature(func::FuncOp function, Type resultType, const CodegenTypeConverter &types) {
  OpBuilder builder(function);
  Location loc = function.getLoc();
  SmallVector<Type> slotTypes;
  for (Type type : function.getArgumentTypes())
    appendSlotTypes(type, types, slotTypes);
  auto body = LLVM::LLVMFuncOp::create(builder, loc, (function.getName() + "__body").str(),
                                       LLVM::LLVMFunctionType::get(resultType, slotTypes), LLVM::Linkage::Internal);
  body.getBody().takeBody(function.getBody());
  Block &entry = body.getBody().front();
  unsigned numOld = entry.getNumArguments();
  SmallVector<Value> slots;
  for (Type type : slotTypes)
    slots.push_back(entry.addArgument(type, loc));
  builder.setInsertionPointToStart(&entry);
  ValueRange rest(slots);
  for (BlockArgument argument : entry.getArguments().take_front(numOld)) {
    unsigned count = getNumSlots(argument.getType());
    ValueRange own = rest.take_front(count);
    rest = rest.drop_front(count);
    Value value;
    if (auto memref = dyn_cast<MemRefType>(argument.getType()))
      value = buildMemRef(builder, loc, memref, own, types);
    else
      value = UnrealizedConversionCastOp::create(builder, loc, TypeRange(argument.getType()), own).getResult(0);
    argument.replaceAllUsesWith(value);
  }
  entry.eraseArguments(0, numOld);
  for (auto [i, type] : llvm::enumerate(slotTypes))
    if (isa<LLVM::LLVMPointerType>(type)) {
      body.setArgAttr(i, LLVM::LLVMDialect::getNoAliasAttrName(), builder.getUnitAttr());
      body.setArgAttr(i, LLVM::LLVMDialect::getNoUndefAttrName(), builder.getUnitAttr());
    }
  body.walk([&](func::ReturnOp exit) {
    builder.setInsertionPoint(exit);
    Value result = exit.getOperand(0);
    if (result.getType() != resultType)
      result = UnrealizedConversionCastOp::create(builder, loc, TypeRange(resultType), result).getResult(0);
    LLVM::ReturnOp::create(builder, loc, result);
    exit.erase();
  });
  return body;
}

/// The exported function: loads the slots from `args`, passes what follows on, and calls `body`.
void makeEntry(LLVM::LLVMFuncOp body, StringRef name, unsigned numDirect) {
  OpBuilder builder(body);
  Location loc = body.getLoc();
  LLVM::LLVMFunctionType bodyType = body.getFunctionType();
  auto pointer = LLVM::LLVMPointerType::get(builder.getContext());
  SmallVector<Type> parameters{pointer};
  parameters.append(numDirect, builder.getI64Type());
  auto entry =
      LLVM::LLVMFuncOp::create(builder, loc, name, LLVM::LLVMFunctionType::get(bodyType.getReturnType(), parameters));
  entry.setVisibility_(LLVM::Visibility::Hidden);
  entry.setDsoLocal(true);
  Block *block = entry.addEntryBlock(builder);
  builder.setInsertionPointToStart(block);
  SmallVector<Value> operands;
  ArrayRef<Type> slotTypes = bodyType.getParams().drop_back(numDirect);
  for (auto [i, type] : llvm::enumerate(slotTypes)) {
    Value address = LLVM::GEPOp::create(builder, loc, pointer, pointer, block->getArgument(0),
                                        ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(i)});
    Value slot = LLVM::LoadOp::create(builder, loc, pointer, address);
    operands.push_back(fromSlot(builder, loc, slot, type));
  }
  llvm::append_range(operands, block->getArguments().drop_front());
  Value result = LLVM::CallOp::create(builder, loc, body, operands).getResult();
  LLVM::ReturnOp::create(builder, loc, result);
}

LogicalResult convert(func::FuncOp function, StringRef name, Type resultType, unsigned numDirect,
                      const CodegenTypeConverter &types) {
  LLVM::LLVMFuncOp body = convertSignature(function, resultType, types);
  function.erase();
  if (failed(lowerToLLVM(body, types)))
    return failure();
  makeEntry(body, name, numDirect);
  return success();
}

} // namespace

LogicalResult lowerKernelToLLVM(func::FuncOp kernel, func::FuncOp tasks) {
  CodegenTypeConverter types(kernel.getContext());
  Builder builder(kernel.getContext());
  std::string name = kernel.getName().str(), tasksName = tasks.getName().str();
  if (failed(convert(tasks, tasksName, builder.getI64Type(), 0, types)))
    return failure();
  return convert(kernel, name, builder.getI32Type(), 2, types);
}

} // namespace quern
