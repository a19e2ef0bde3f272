// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What main hands over: arguments of kernels, and tensors of the runtime's functions.

#include "MainLowering.h"

#include "quern/Runtime/env.h"

#include <cstddef>

using namespace mlir;

namespace quern {

LogicalResult MainLowering::lower(LaunchOp op) {
  Location loc = op.getLoc();
  auto kernel = module.lookupSymbol<func::FuncOp>(op.getKernelAttr().getAttr());
  if (!kernel || kernel.getNumArguments() != op->getNumOperands())
    return op.emitError("expects a kernel '") << op.getKernel() << "' of " << op->getNumOperands() << " arguments";
  unsigned slot = 0;
  auto store = [&](Value value) {
    LLVM::StoreOp::create(builder, loc, toSlot(builder, loc, value), address(loc, argsSlot, pointer, slot++));
  };
  for (auto [operand, expected] : llvm::zip_equal(op->getOperands(), kernel.getArgumentTypes())) {
    auto type = dyn_cast<MemRefType>(operand.getType());
    auto kernelType = dyn_cast<MemRefType>(expected);
    if (!type || !kernelType) {
      if (type || kernelType || operand.getType() != expected)
        return op.emitError("expects an operand of type ") << expected << ", got " << operand.getType();
      store(cast(loc, operand, types.convertType(expected)));
      continue;
    }
    if (type.getRank() != kernelType.getRank() || type.getElementType() != kernelType.getElementType())
      return op.emitError("expects an operand of type ") << expected << ", got " << operand.getType();
    MemRefDescriptor memref = asDescriptor(loc, operand);
    store(memref.bufferPtr(builder, loc, types, type));
    auto [strides, offset] = kernelType.getStridesAndOffset();
    for (auto [i, size] : llvm::enumerate(kernelType.getShape()))
      if (ShapedType::isDynamic(size))
        store(memref.size(builder, loc, i));
    for (auto [i, stride] : llvm::enumerate(strides))
      if (ShapedType::isDynamic(stride))
        store(memref.stride(builder, loc, i));
  }
  std::string symbol = (name + "__" + op.getKernel()).str(), tasks = symbol + "__tasks";
  LLVM::LLVMFuncOp kernelFunction =
      declare(symbol, builder.getI32Type(), {pointer, builder.getI64Type(), builder.getI64Type()});
  LLVM::LLVMFuncOp tasksFunction = declare(tasks, builder.getI64Type(), {pointer});
  Value kernelAddress = LLVM::AddressOfOp::create(builder, loc, kernelFunction);
  Value tasksAddress = LLVM::AddressOfOp::create(builder, loc, tasksFunction);
  Value status = call(loc, "quern_rt_launch", builder.getI32Type(),
                      {env, i32(loc, numberNode(op)), kernelAddress, tasksAddress, argsSlot});
  Value failed = LLVM::ICmpOp::create(builder, loc, LLVM::ICmpPredicate::ne, status, i32(loc, QUERN_OK));
  exitIf(loc, failed, status);
  return success();
}

namespace {

/// The dtype that the runtime sees: signless, and as the program stores it.
int32_t getStorageDtype(Type element) {
  if (element.isIndex())
    return QUERN_INT64;
  if (auto integer = dyn_cast<IntegerType>(element))
    switch (integer.getWidth()) {
    case 1:
      return QUERN_BOOL;
    case 8:
      return QUERN_INT8;
    case 16:
      return QUERN_INT16;
    case 32:
      return QUERN_INT32;
    case 64:
      return QUERN_INT64;
    }
  return element.isF32()    ? QUERN_FLOAT32
         : element.isF64()  ? QUERN_FLOAT64
         : element.isF16()  ? QUERN_FLOAT16
         : element.isBF16() ? QUERN_BFLOAT16
                            : QUERN_UNDEFINED;
}

constexpr unsigned kTensorWords = sizeof(quern_tensor) / sizeof(int64_t);
static_assert(sizeof(quern_tensor) == 3 * sizeof(int64_t) && offsetof(quern_tensor, rank) == 12);

} // namespace

/// A `quern_tensor` an operand; behind them their shapes, and the scalars.
LogicalResult MainLowering::lower(CallOp op) {
  Location loc = op.getLoc();
  static constexpr StringRef known[] = {
#define CALL_NAME(NAME) #NAME,
      QUERN_RT_CALLS(CALL_NAME)
#undef CALL_NAME
  };
  if (!llvm::is_contained(known, op.getCallee()))
    return op.emitError("expects a function of the runtime, got '") << op.getCallee() << "'";
  Type wordType = builder.getI64Type();
  unsigned next = kTensorWords * op->getNumOperands();
  auto word = [&](unsigned i) { return address(loc, callSlot, wordType, i); };
  auto store = [&](Value value, unsigned i) { LLVM::StoreOp::create(builder, loc, value, word(i)); };
  for (auto [i, operand] : llvm::enumerate(op->getOperands())) {
    auto type = dyn_cast<MemRefType>(operand.getType());
    Value data = word(next), shape = word(next);
    int64_t rank = type ? type.getRank() : 0;
    if (!type) {
      store(operand.getType().isIndex() ? asI64(loc, operand) : operand, next++);
    } else {
      if (!type.getLayout().isIdentity())
        return op.emitError("expects dense operands, got ") << type;
      MemRefDescriptor memref = asDescriptor(loc, operand);
      data = memref.bufferPtr(builder, loc, types, type);
      for (int64_t d = 0; d < rank; ++d)
        store(memref.size(builder, loc, d), next++);
    }
    Type element = type ? type.getElementType() : operand.getType();
    store(data, kTensorWords * i);
    store(i64(loc, getStorageDtype(element) | rank << 32), kTensorWords * i + 1);
    store(shape, kTensorWords * i + 2);
  }
  Value status =
      call(loc, ("quern_rt_" + op.getCallee()).str(), builder.getI32Type(), {env, i32(loc, numberNode(op)), callSlot});
  exitIf(loc, LLVM::ICmpOp::create(builder, loc, LLVM::ICmpPredicate::ne, status, i32(loc, QUERN_OK)), status);
  return success();
}

/// The most words that one call hands over on the stack.
std::array<unsigned, 3> countScratch(ModuleOp module, func::FuncOp main) {
  unsigned args = 1, shape = 1, calls = 1;
  main.walk([&](Operation *op) {
    if (auto launch = dyn_cast<LaunchOp>(op)) {
      unsigned slots = 0;
      if (auto kernel = module.lookupSymbol<func::FuncOp>(launch.getKernelAttr().getAttr()))
        for (Type type : kernel.getArgumentTypes())
          slots += getNumSlots(type);
      args = std::max(args, slots);
    } else if (auto release = dyn_cast<ReleaseOp>(op)) {
      args = std::max<unsigned>(args, release.getKept().size());
    } else if (auto output = dyn_cast<OutputOp>(op)) {
      shape = std::max<unsigned>(shape, llvm::cast<ShapedType>(output.getResult().getType()).getRank());
    } else if (auto call = dyn_cast<CallOp>(op)) {
      unsigned words = 0;
      for (Type type : call->getOperandTypes())
        words += kTensorWords + (isa<MemRefType>(type) ? llvm::cast<MemRefType>(type).getRank() : 1);
      calls = std::max(calls, words + 1); // an operand of rank 0 at the end has no word of its own
    }
  });
  return {args, shape, calls};
}

} // namespace quern
