// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// `@main` to calls of the runtime:
//   int32_t M__main(quern_env *env, const quern_value *inputs, quern_value *outputs)

#include "MainLowering.h"

#include "quern/Runtime/env.h"
#include "quern/Support/Constants.h"
#include "quern/Support/NodeName.h"

#include "mlir/Conversion/LLVMCommon/ConversionTarget.h"
#include "mlir/Conversion/SCFToControlFlow/SCFToControlFlow.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"

#include <cstddef>

using namespace mlir;

namespace quern {

LLVM::LLVMFuncOp MainLowering::declare(StringRef symbol, Type result, ArrayRef<Type> parameters) {
  if (auto known = module.lookupSymbol<LLVM::LLVMFuncOp>(symbol))
    return known;
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(module.getBody());
  auto declaration =
      LLVM::LLVMFuncOp::create(builder, module.getLoc(), symbol, LLVM::LLVMFunctionType::get(result, parameters));
  if (!symbol.starts_with("quern_rt_"))
    declaration.setVisibility_(LLVM::Visibility::Hidden);
  return declaration;
}

Value MainLowering::call(Location loc, StringRef symbol, Type result, ValueRange operands) {
  LLVM::LLVMFuncOp callee = declare(symbol, result, llvm::to_vector(operands.getTypes()));
  auto op = LLVM::CallOp::create(builder, loc, callee, operands);
  return op.getNumResults() ? op.getResult() : Value();
}

void MainLowering::exitIf(Location loc, Value failed, Value status) {
  Block *block = builder.getInsertionBlock();
  Block *next = block->splitBlock(builder.getInsertionPoint());
  builder.setInsertionPointToEnd(block);
  cf::CondBranchOp::create(builder, loc, failed, exit, ValueRange(status), next, ValueRange());
  builder.setInsertionPointToStart(next);
}

void MainLowering::exitIfNull(Location loc, Value memory) {
  Value null = LLVM::ZeroOp::create(builder, loc, pointer);
  Value failed = LLVM::ICmpOp::create(builder, loc, LLVM::ICmpPredicate::eq, memory, null);
  exitIf(loc, failed, i32(loc, QUERN_RUN_FAILED));
}

unsigned MainLowering::numberNode(Operation *op) {
  std::string node = getNodeName(op->getLoc()).str();
  std::string opName = getNodeOp(op->getLoc()).str();
  auto [entry, isNew] = nodes.try_emplace(node + '\0' + opName, descriptor.nodes.size());
  if (isNew)
    descriptor.nodes.push_back({node, opName});
  return entry->second;
}

Value MainLowering::buildMemRef(Location loc, MemRefType type, Value memory, ValueRange sizes) {
  SmallVector<Value> all = allSizes(loc, type, sizes);
  auto memref = MemRefDescriptor::poison(builder, loc, types.convertType(type));
  memref.setAllocatedPtr(builder, loc, memory);
  memref.setAlignedPtr(builder, loc, memory);
  memref.setConstantOffset(builder, loc, 0);
  Value stride = i64(loc, 1);
  for (int64_t i = type.getRank() - 1; i >= 0; --i) {
    memref.setSize(builder, loc, i, all[i]);
    memref.setStride(builder, loc, i, stride);
    if (i > 0)
      stride = LLVM::MulOp::create(builder, loc, stride, all[i]);
  }
  return cast(loc, memref, type);
}

SmallVector<Value> MainLowering::allSizes(Location loc, MemRefType type, ValueRange dynamic) {
  SmallVector<Value> sizes;
  for (int64_t size : type.getShape()) {
    if (ShapedType::isDynamic(size)) {
      sizes.push_back(dynamic.front());
      dynamic = dynamic.drop_front();
    } else {
      sizes.push_back(i64(loc, size));
    }
  }
  return sizes;
}

/// The tensor of input `index`; the runtime has checked its type and shape.
Value MainLowering::loadInput(Location loc, unsigned index, MemRefType type) {
  Value inputs = function.getArgument(1);
  size_t base = index * sizeof(quern_value) + offsetof(quern_value, as.tensor);
  auto field = [&](size_t offset) {
    Value at = address(loc, inputs, builder.getI8Type(), base + offset);
    return LLVM::LoadOp::create(builder, loc, pointer, at).getResult();
  };
  Value data = field(offsetof(quern_tensor, data));
  SmallVector<Value> sizes;
  if (!type.hasStaticShape()) {
    Value shape = field(offsetof(quern_tensor, shape));
    for (int64_t i = 0; i < type.getRank(); ++i)
      if (type.isDynamicDim(i))
        sizes.push_back(
            LLVM::LoadOp::create(builder, loc, builder.getI64Type(), address(loc, shape, builder.getI64Type(), i)));
  }
  return buildMemRef(loc, type, data, sizes);
}

LogicalResult MainLowering::convertSignature(func::FuncOp main) {
  Location loc = main.getLoc();
  builder.setInsertionPoint(main);
  Type i32Type = builder.getI32Type();
  function = LLVM::LLVMFuncOp::create(builder, loc, (name + "__main").str(),
                                      LLVM::LLVMFunctionType::get(i32Type, {pointer, pointer, pointer}));
  function.setVisibility_(LLVM::Visibility::Hidden);
  function.setDsoLocal(true);
  function.getBody().takeBody(main.getBody());
  Block &entry = function.getBody().front();
  unsigned numInputs = entry.getNumArguments();
  for (int i = 0; i < 3; ++i)
    entry.insertArgument(i, pointer, loc);
  env = entry.getArgument(0);
  builder.setInsertionPointToStart(&entry);
  for (unsigned i = 0; i < numInputs; ++i) {
    BlockArgument input = entry.getArgument(3 + i);
    auto type = dyn_cast<MemRefType>(input.getType());
    if (!type || !type.getLayout().isIdentity())
      return main.emitError("expects input #") << i << " to be a contiguous memref, got " << input.getType();
    input.replaceAllUsesWith(loadInput(loc, i, type));
  }
  entry.eraseArguments(3, numInputs);

  exit = builder.createBlock(&function.getBody(), function.getBody().end(), i32Type, loc);
  LLVM::ReturnOp::create(builder, loc, exit->getArgument(0));
  SmallVector<func::ReturnOp> returns;
  function.walk([&](func::ReturnOp op) { returns.push_back(op); });
  for (func::ReturnOp op : returns) {
    builder.setInsertionPoint(op);
    LLVM::ReturnOp::create(builder, loc, i32(loc, QUERN_OK));
    op.erase();
  }
  return success();
}

void MainLowering::lower(OutputOp op) {
  Location loc = op.getLoc();
  auto type = llvm::cast<MemRefType>(op.getResult().getType());
  SmallVector<Value> sizes;
  for (Value size : op.getSizes())
    sizes.push_back(asI64(loc, size));
  for (auto [i, size] : llvm::enumerate(allSizes(loc, type, sizes)))
    LLVM::StoreOp::create(builder, loc, size, address(loc, shapeSlot, builder.getI64Type(), i));
  Value memory =
      call(loc, "quern_rt_output", pointer, {env, i32(loc, op.getIndex()), i32(loc, type.getRank()), shapeSlot});
  exitIfNull(loc, memory);
  op.replaceAllUsesWith(buildMemRef(loc, type, memory, sizes));
}

void MainLowering::lower(WorkspaceOp op) {
  Location loc = op.getLoc();
  Value size = asI64(loc, op.getSize());
  APInt constantSize;
  descriptor.workspaceSize =
      matchPattern(op.getSize(), m_ConstantInt(&constantSize)) ? constantSize.getSExtValue() : -1;
  Value memory = call(loc, "quern_rt_workspace", pointer, {env, size});
  exitIfNull(loc, memory);
  op.replaceAllUsesWith(buildMemRef(loc, llvm::cast<MemRefType>(op.getResult().getType()), memory, size));
}

void MainLowering::lower(memref::AllocOp op) {
  Location loc = op.getLoc();
  MemRefType type = op.getType();
  SmallVector<Value> sizes;
  for (Value size : op.getDynamicSizes())
    sizes.push_back(asI64(loc, size));
  Type element = type.getElementType();
  int64_t elementBytes = isa<IndexType>(element) ? 8 : llvm::divideCeil(element.getIntOrFloatBitWidth(), 8);
  // Too large for 64 bits, or negative: the runtime refuses -1.
  Value bytes = i64(loc, elementBytes), overflow = constant(loc, builder.getI1Type(), 0);
  for (Value size : allSizes(loc, type, sizes)) {
    auto pair = LLVM::LLVMStructType::getLiteral(context, {builder.getI64Type(), builder.getI1Type()});
    Value product = LLVM::SMulWithOverflowOp::create(builder, loc, pair, bytes, size);
    Value over = LLVM::ExtractValueOp::create(builder, loc, product, 1);
    bytes = LLVM::ExtractValueOp::create(builder, loc, product, 0);
    overflow = LLVM::OrOp::create(builder, loc, overflow, over);
  }
  bytes = LLVM::SelectOp::create(builder, loc, overflow, i64(loc, -1), bytes);
  Value memory = call(loc, "quern_rt_alloc", pointer, {env, bytes});
  exitIfNull(loc, memory);
  op.replaceAllUsesWith(buildMemRef(loc, type, memory, sizes));
}

void MainLowering::lower(memref::DeallocOp op) {
  Value memory = asDescriptor(op.getLoc(), op.getMemref()).allocatedPtr(builder, op.getLoc());
  call(op.getLoc(), "quern_rt_free", LLVM::LLVMVoidType::get(context), {env, memory});
}

void MainLowering::lower(MarkOp op) {
  Value mark = call(op.getLoc(), "quern_rt_mark", builder.getI64Type(), {env});
  op.replaceAllUsesWith(arith::IndexCastOp::create(builder, op.getLoc(), builder.getIndexType(), mark).getResult());
}

void MainLowering::lower(ReleaseOp op) {
  Location loc = op.getLoc();
  for (auto [i, value] : llvm::enumerate(op.getKept()))
    LLVM::StoreOp::create(builder, loc, asDescriptor(loc, value).allocatedPtr(builder, loc),
                          address(loc, argsSlot, pointer, i));
  call(loc, "quern_rt_release", LLVM::LLVMVoidType::get(context),
       {env, asI64(loc, op.getMark()), i64(loc, op.getKept().size()), argsSlot});
}

void MainLowering::lower(memref::GetGlobalOp op) {
  Location loc = op.getLoc();
  Value memory = LLVM::AddressOfOp::create(builder, loc, pointer, globals.lookup(op.getName()));
  op.replaceAllUsesWith(buildMemRef(loc, llvm::cast<MemRefType>(op.getType()), memory, {}));
}

void MainLowering::lower(CheckOp op) {
  Location loc = op.getLoc();
  Value condition = op.getCondition();
  Value one = constant(loc, builder.getI1Type(), 1);
  Value failed = LLVM::XOrOp::create(builder, loc, condition, one);
  Block *block = builder.getInsertionBlock();
  Block *next = block->splitBlock(builder.getInsertionPoint());
  Block *fail = builder.createBlock(next);
  auto number = op->getAttrOfType<IntegerAttr>(kMessageAttr);
  Value status = call(loc, "quern_rt_fail", builder.getI32Type(),
                      {env, i32(loc, numberNode(op)), i32(loc, number ? number.getInt() : 1)});
  cf::BranchOp::create(builder, loc, exit, ValueRange(status));
  builder.setInsertionPointToEnd(block);
  cf::CondBranchOp::create(builder, loc, failed, fail, ValueRange(), next, ValueRange());
  builder.setInsertionPointToStart(next);
}

/// Globals become declarations: their bytes go to the object writer, not through LLVM.
void MainLowering::lowerGlobals() {
  for (auto [i, global] : llvm::enumerate(llvm::to_vector(module.getOps<memref::GlobalOp>()))) {
    builder.setInsertionPoint(global);
    std::string symbol = (name + "__w" + Twine(i)).str();
    auto type = LLVM::LLVMArrayType::get(builder.getI8Type(), getStorageBytes(global.getType()).value_or(0));
    auto declaration = LLVM::GlobalOp::create(builder, global.getLoc(), type, /*isConstant=*/true,
                                              LLVM::Linkage::External, symbol, Attribute(), /*alignment=*/64);
    declaration.setVisibility_(LLVM::Visibility::Hidden);
    declaration.setDsoLocal(true);
    globals[global.getSymName()] = symbol;
    global.erase();
  }
}

LogicalResult MainLowering::run() {
  auto main = module.lookupSymbol<func::FuncOp>("main");
  if (!main || main.isDeclaration())
    return module.emitError("expects a function called 'main'");
  if (failed(lowerToLoops(main, {})))
    return failure();
  auto [numArgs, numSizes, numWords] = countScratch(module, main);
  lowerGlobals();

  RewritePatternSet patterns(context);
  populateSCFToControlFlowConversionPatterns(patterns);
  ConversionTarget target(*context);
  target.markUnknownOpDynamicallyLegal(
      [](Operation *op) { return !isa_and_nonnull<scf::SCFDialect>(op->getDialect()); });
  if (failed(applyPartialConversion(main, target, std::move(patterns))))
    return failure();

  if (failed(convertSignature(main)))
    return failure();
  main.erase();
  builder.setInsertionPointToStart(&function.getBody().front());
  Location loc = function.getLoc();
  argsSlot = LLVM::AllocaOp::create(builder, loc, pointer, pointer, i64(loc, numArgs), 8);
  shapeSlot = LLVM::AllocaOp::create(builder, loc, pointer, builder.getI64Type(), i64(loc, numSizes), 8);
  callSlot = LLVM::AllocaOp::create(builder, loc, pointer, builder.getI64Type(), i64(loc, numWords), 8);

  SmallVector<Operation *> ops;
  function.walk([&](Operation *op) {
    if (isa<OutputOp, WorkspaceOp, memref::AllocOp, memref::DeallocOp, memref::GetGlobalOp, CheckOp, LaunchOp, CallOp,
            MarkOp, ReleaseOp>(op))
      ops.push_back(op);
  });
  for (Operation *op : ops) {
    builder.setInsertionPoint(op);
    LogicalResult result = success();
    llvm::TypeSwitch<Operation *>(op)
        .Case<LaunchOp, CallOp>([&](auto typed) { result = lower(typed); })
        .Case<OutputOp, WorkspaceOp, memref::AllocOp, memref::DeallocOp, memref::GetGlobalOp, CheckOp, MarkOp,
              ReleaseOp>([&](auto typed) { lower(typed); });
    if (failed(result))
      return failure();
    op->erase();
  }
  for (auto kernel : llvm::to_vector(module.getOps<func::FuncOp>()))
    kernel.erase();
  return lowerToLLVM(function, types);
}

LogicalResult lowerMain(ModuleOp module, StringRef name, ModelDescriptor &descriptor) {
  return MainLowering(module, name, descriptor).run();
}

} // namespace quern
