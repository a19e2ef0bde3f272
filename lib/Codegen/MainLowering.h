// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The pass over `@main`: the model's body as calls of the runtime.

#ifndef QUERN_LIB_CODEGEN_MAINLOWERING_H
#define QUERN_LIB_CODEGEN_MAINLOWERING_H

#include "CPU/Steps.h"
#include "Common/ToLLVM.h"
#include "Main.h"

#include "quern/Dialect/Quern/IR/Quern.h"

#include "mlir/Conversion/LLVMCommon/MemRefBuilder.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

namespace quern {

/// Lowers one `@main`; descriptor: what it learns of the nodes.
class MainLowering {
public:
  MainLowering(mlir::ModuleOp module, llvm::StringRef name, ModelDescriptor &descriptor)
      : module(module), name(name), descriptor(descriptor), context(module.getContext()), types(context),
        builder(context), pointer(mlir::LLVM::LLVMPointerType::get(context)) {}

  mlir::LogicalResult run();

private:
  mlir::LogicalResult convertSignature(mlir::func::FuncOp main);
  mlir::Value loadInput(mlir::Location loc, unsigned index, mlir::MemRefType type);
  void lowerGlobals();

  void lower(OutputOp op);
  void lower(WorkspaceOp op);
  void lower(mlir::memref::AllocOp op);
  void lower(mlir::memref::DeallocOp op);
  void lower(MarkOp op);
  void lower(ReleaseOp op);
  void lower(mlir::memref::GetGlobalOp op);
  void lower(CheckOp op);
  mlir::LogicalResult lower(LaunchOp op);
  mlir::LogicalResult lower(CallOp op);

  mlir::Value constant(mlir::Location loc, mlir::Type type, int64_t value) {
    return mlir::LLVM::ConstantOp::create(builder, loc, type, builder.getIntegerAttr(type, value));
  }
  mlir::Value i32(mlir::Location loc, int64_t value) { return constant(loc, builder.getI32Type(), value); }
  mlir::Value i64(mlir::Location loc, int64_t value) { return constant(loc, builder.getI64Type(), value); }
  mlir::Value cast(mlir::Location loc, mlir::Value value, mlir::Type type) {
    return mlir::UnrealizedConversionCastOp::create(builder, loc, mlir::TypeRange(type), mlir::ValueRange(value))
        .getResult(0);
  }
  mlir::Value asI64(mlir::Location loc, mlir::Value index) { return cast(loc, index, builder.getI64Type()); }
  mlir::MemRefDescriptor asDescriptor(mlir::Location loc, mlir::Value memref) {
    return mlir::MemRefDescriptor(cast(loc, memref, types.convertType(memref.getType())));
  }
  mlir::Value address(mlir::Location loc, mlir::Value base, mlir::Type element, int32_t index) {
    return mlir::LLVM::GEPOp::create(builder, loc, pointer, element, base, llvm::ArrayRef<mlir::LLVM::GEPArg>{index});
  }
  /// A memref of identity layout at `memory`. `sizes`: the dynamic ones, as i64.
  mlir::Value buildMemRef(mlir::Location loc, mlir::MemRefType type, mlir::Value memory, mlir::ValueRange sizes);
  llvm::SmallVector<mlir::Value> allSizes(mlir::Location loc, mlir::MemRefType type, mlir::ValueRange dynamic);
  /// A function of the runtime.
  mlir::LLVM::LLVMFuncOp declare(llvm::StringRef symbol, mlir::Type result, llvm::ArrayRef<mlir::Type> parameters);
  mlir::Value call(mlir::Location loc, llvm::StringRef symbol, mlir::Type result, mlir::ValueRange operands);
  /// Returns `status` from main when `failed`; goes on behind.
  void exitIf(mlir::Location loc, mlir::Value failed, mlir::Value status);
  /// NULL: the runtime has set the message and the status.
  void exitIfNull(mlir::Location loc, mlir::Value memory);
  unsigned numberNode(mlir::Operation *op);

  mlir::ModuleOp module;
  llvm::StringRef name;
  ModelDescriptor &descriptor;
  mlir::MLIRContext *context;
  CodegenTypeConverter types;
  mlir::OpBuilder builder;
  mlir::Type pointer;
  mlir::LLVM::LLVMFuncOp function;
  mlir::Value env;
  mlir::Value argsSlot, shapeSlot, callSlot;
  mlir::Block *exit = nullptr;
  llvm::StringMap<std::string> globals; // memref.global to M__wI
  llvm::StringMap<unsigned> nodes;
};

/// The most words that one call hands over on the stack: arguments of a kernel, a shape, operands of a call.
std::array<unsigned, 3> countScratch(mlir::ModuleOp module, mlir::func::FuncOp main);

} // namespace quern

#endif // QUERN_LIB_CODEGEN_MAINLOWERING_H
