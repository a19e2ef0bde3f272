// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The last step, shared by kernels and main: everything to the LLVM dialect.

#include "ToLLVM.h"

#include "mlir/Conversion/AffineToStandard/AffineToStandard.h"
#include "mlir/Conversion/ArithToLLVM/ArithToLLVM.h"
#include "mlir/Conversion/ControlFlowToLLVM/ControlFlowToLLVM.h"
#include "mlir/Conversion/IndexToLLVM/IndexToLLVM.h"
#include "mlir/Conversion/LLVMCommon/ConversionTarget.h"
#include "mlir/Conversion/LLVMCommon/LoweringOptions.h"
#include "mlir/Conversion/MathToLLVM/MathToLLVM.h"
#include "mlir/Conversion/MemRefToLLVM/MemRefToLLVM.h"
#include "mlir/Conversion/SCFToControlFlow/SCFToControlFlow.h"
#include "mlir/Conversion/UBToLLVM/UBToLLVM.h"
#include "mlir/Conversion/VectorToLLVM/ConvertVectorToLLVM.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/MemRef/Transforms/Transforms.h"
#include "mlir/Dialect/UB/IR/UBOps.h"
#include "mlir/Interfaces/DataLayoutInterfaces.h"

#include "mlir/Dialect/Vector/Transforms/LoweringPatterns.h"
#include "mlir/Dialect/Vector/Transforms/VectorRewritePatterns.h"

using namespace mlir;

namespace quern {
namespace {

LowerToLLVMOptions loweringOptions(MLIRContext *context) {
  LowerToLLVMOptions options(context);
  options.overrideIndexBitwidth(64);
  options.allocLowering = LowerToLLVMOptions::AllocLowering::None;
  return options;
}

/// A bool is one byte in memory. LLVM would load an i1, which it does not vectorise, and a vector of bools as bits.
void widenBooleans(Operation *root) {
  auto asBytes = [](Type type) -> Type {
    Type byte = IntegerType::get(type.getContext(), 8);
    auto vector = dyn_cast<VectorType>(type);
    return !getElementTypeOrSelf(type).isSignlessInteger(1) ? Type() : vector ? Type(vector.clone(byte)) : byte;
  };
  // The operand in bytes, if it is of bools.
  auto widen = [&](OpOperand &operand) {
    OpBuilder builder(operand.getOwner());
    if (Type bytes = asBytes(operand.get().getType()))
      operand.assign(LLVM::ZExtOp::create(builder, operand.getOwner()->getLoc(), bytes, operand.get()));
  };
  root->walk([&](Operation *op) {
    if (isa<LLVM::LoadOp, LLVM::MaskedLoadOp>(op)) {
      Value result = op->getResult(0);
      Type type = result.getType(), bytes = asBytes(type);
      if (!bytes)
        return;
      if (auto masked = dyn_cast<LLVM::MaskedLoadOp>(op))
        for (OpOperand &other : masked.getPassThruMutable())
          widen(other);
      OpBuilder builder(op->getContext());
      builder.setInsertionPointAfter(op);
      result.setType(bytes);
      Value truncated = LLVM::TruncOp::create(builder, op->getLoc(), type, result);
      result.replaceAllUsesExcept(truncated, truncated.getDefiningOp());
    } else if (auto store = dyn_cast<LLVM::StoreOp>(op)) {
      widen(store.getValueMutable());
    } else if (auto store = dyn_cast<LLVM::MaskedStoreOp>(op)) {
      widen(store.getValueMutable());
    } else if (auto gep = dyn_cast<LLVM::GEPOp>(op)) {
      if (Type bytes = asBytes(gep.getElemType()))
        gep.setElemType(bytes);
    } else if (auto alloca = dyn_cast<LLVM::AllocaOp>(op)) {
      if (Type bytes = asBytes(alloca.getElemType()))
        alloca.setElemType(bytes);
    }
  });
}

/// Elements under a byte are packed, low bits first: how an element is found inside a byte.
class PackedAccess {
public:
  explicit PackedAccess(Operation *root) : root(root) {}

  void run();

private:
  static unsigned packedBits(Type type) {
    auto integer = dyn_cast<IntegerType>(type);
    return integer && (integer.getWidth() == 2 || integer.getWidth() == 4) ? integer.getWidth() : 0;
  }
  Value constant(Location loc, Type type, int64_t value) {
    return LLVM::ConstantOp::create(*builder, loc, type, builder->getIntegerAttr(type, value));
  }
  /// The pointer to the first element that `address` counts from, and how many elements it counts.
  std::pair<Value, Value> countElements(Location loc, Value address);
  /// The byte that holds the element at `address`, and how far to shift it.
  std::pair<Value, Value> locate(Location loc, Value address, unsigned bits);
  void rewrite(LLVM::LoadOp load, unsigned bits);
  void rewrite(LLVM::StoreOp store, unsigned bits);

  Operation *root;
  OpBuilder *builder = nullptr;
};

std::pair<Value, Value> PackedAccess::countElements(Location loc, Value address) {
  auto gep = address.getDefiningOp<LLVM::GEPOp>();
  Type i64 = builder->getI64Type();
  if (!gep || !packedBits(gep.getElemType()) || gep.getIndices().size() != 1)
    return {address, constant(loc, i64, 0)};
  auto [base, count] = countElements(loc, gep.getBase());
  LLVM::GEPIndicesAdaptor<ValueRange> indices = gep.getIndices();
  auto attr = dyn_cast<IntegerAttr>(indices[0]);
  Value own = attr ? constant(loc, i64, attr.getInt()) : cast<Value>(indices[0]);
  return {base, LLVM::AddOp::create(*builder, loc, count, own)};
}

std::pair<Value, Value> PackedAccess::locate(Location loc, Value address, unsigned bits) {
  auto [base, count] = countElements(loc, address);
  Type i64 = builder->getI64Type(), byte = builder->getI8Type();
  int64_t perByte = 8 / bits;
  Value index = LLVM::LShrOp::create(*builder, loc, count, constant(loc, i64, llvm::Log2_64(perByte)));
  Value inside = LLVM::AndOp::create(*builder, loc, count, constant(loc, i64, perByte - 1));
  Value shift = LLVM::MulOp::create(*builder, loc, inside, constant(loc, i64, bits));
  Value pointer = LLVM::GEPOp::create(*builder, loc, base.getType(), byte, base, ArrayRef<LLVM::GEPArg>{index});
  return {pointer, LLVM::TruncOp::create(*builder, loc, byte, shift)};
}

void PackedAccess::rewrite(LLVM::LoadOp load, unsigned bits) {
  Location loc = load.getLoc();
  auto [pointer, shift] = locate(loc, load.getAddr(), bits);
  Value byte = LLVM::LoadOp::create(*builder, loc, builder->getI8Type(), pointer);
  Value shifted = LLVM::LShrOp::create(*builder, loc, byte, shift);
  load.replaceAllUsesWith(LLVM::TruncOp::create(*builder, loc, load.getType(), shifted).getResult());
  load.erase();
}

/// Neighbours may belong to another thread's task: the bits change one by one, never the whole byte.
void PackedAccess::rewrite(LLVM::StoreOp store, unsigned bits) {
  Location loc = store.getLoc();
  Type byte = builder->getI8Type();
  auto [pointer, shift] = locate(loc, store.getAddr(), bits);
  Value ones = constant(loc, byte, (1 << bits) - 1);
  Value keep =
      LLVM::XOrOp::create(*builder, loc, LLVM::ShlOp::create(*builder, loc, ones, shift), constant(loc, byte, -1));
  Value value = LLVM::ShlOp::create(*builder, loc, LLVM::ZExtOp::create(*builder, loc, byte, store.getValue()), shift);
  LLVM::AtomicRMWOp::create(*builder, loc, LLVM::AtomicBinOp::_and, pointer, keep, LLVM::AtomicOrdering::monotonic);
  LLVM::AtomicRMWOp::create(*builder, loc, LLVM::AtomicBinOp::_or, pointer, value, LLVM::AtomicOrdering::monotonic);
  store.erase();
}

void PackedAccess::run() {
  SmallVector<Operation *> accesses, addresses;
  root->walk([&](Operation *op) {
    if (auto load = dyn_cast<LLVM::LoadOp>(op); load && packedBits(load.getType()))
      accesses.push_back(op);
    else if (auto store = dyn_cast<LLVM::StoreOp>(op); store && packedBits(store.getValue().getType()))
      accesses.push_back(op);
    else if (auto gep = dyn_cast<LLVM::GEPOp>(op); gep && packedBits(gep.getElemType()))
      addresses.push_back(op);
  });
  for (Operation *op : accesses) {
    OpBuilder local(op);
    builder = &local;
    if (auto load = dyn_cast<LLVM::LoadOp>(op))
      rewrite(load, packedBits(load.getType()));
    else
      rewrite(cast<LLVM::StoreOp>(op), packedBits(cast<LLVM::StoreOp>(op).getValue().getType()));
  }
  // Addresses that are handed on (to a kernel) are of whole bytes.
  for (Operation *op : llvm::reverse(addresses)) {
    auto gep = cast<LLVM::GEPOp>(op);
    if (!gep->use_empty()) {
      OpBuilder local(op);
      builder = &local;
      Value pointer = locate(gep.getLoc(), gep.getResult(), packedBits(gep.getElemType())).first;
      gep.replaceAllUsesWith(pointer);
    }
    if (gep->use_empty())
      gep->erase();
  }
}

/// memref.expand_shape as a view computed from its source's metadata. (Upstream's pattern takes one dynamic size a
/// group.)
void expandShape(memref::ExpandShapeOp op) {
  OpBuilder builder(op);
  Location loc = op.getLoc();
  auto metadata = memref::ExtractStridedMetadataOp::create(builder, loc, op.getSrc());
  MemRefType type = op.getResultType();
  auto [resultStrides, resultOffset] = type.getStridesAndOffset();
  // A scalar has no group: its sizes are 1, and so may its strides be.
  SmallVector<OpFoldResult> sizes = op.getMixedOutputShape(), strides(type.getRank(), builder.getIndexAttr(1));
  AffineExpr product = builder.getAffineSymbolExpr(0) * builder.getAffineSymbolExpr(1);
  for (auto [group, sourceStride] :
       llvm::zip_equal(op.getReassociationIndices(), metadata.getConstifiedMixedStrides())) {
    OpFoldResult stride = sourceStride;
    for (int64_t dim : llvm::reverse(group)) {
      strides[dim] = ShapedType::isDynamic(resultStrides[dim]) ? stride : builder.getIndexAttr(resultStrides[dim]);
      if (dim != group.front())
        stride = affine::makeComposedFoldedAffineApply(builder, loc, product, {strides[dim], sizes[dim]});
    }
  }
  OpFoldResult offset = ShapedType::isDynamic(resultOffset) ? metadata.getConstifiedMixedOffset()
                                                            : OpFoldResult(builder.getIndexAttr(resultOffset));
  auto view = memref::ReinterpretCastOp::create(builder, loc, type, metadata.getBaseBuffer(), offset, sizes, strides);
  op.replaceAllUsesWith(view.getResult());
  op.erase();
}

} // namespace

CodegenTypeConverter::CodegenTypeConverter(MLIRContext *context)
    : LLVMTypeConverter(context, loweringOptions(context)) {}

unsigned getNumSlots(Type type) {
  auto memref = dyn_cast<MemRefType>(type);
  if (!memref)
    return 1;
  auto [strides, offset] = memref.getStridesAndOffset();
  return 1 + memref.getNumDynamicDims() + llvm::count(strides, ShapedType::kDynamic);
}

Value toSlot(OpBuilder &builder, Location loc, Value value) {
  auto pointer = LLVM::LLVMPointerType::get(builder.getContext());
  Type type = value.getType();
  if (isa<LLVM::LLVMPointerType>(type))
    return value;
  if (auto floatType = dyn_cast<FloatType>(type))
    value = LLVM::BitcastOp::create(builder, loc, builder.getIntegerType(floatType.getWidth()), value);
  if (value.getType().getIntOrFloatBitWidth() < 64)
    value = LLVM::ZExtOp::create(builder, loc, builder.getI64Type(), value);
  return LLVM::IntToPtrOp::create(builder, loc, pointer, value);
}

Value fromSlot(OpBuilder &builder, Location loc, Value slot, Type type) {
  if (isa<LLVM::LLVMPointerType>(type))
    return slot;
  Value value = LLVM::PtrToIntOp::create(builder, loc, builder.getI64Type(), slot);
  unsigned width = type.getIntOrFloatBitWidth();
  if (width < 64)
    value = LLVM::TruncOp::create(builder, loc, builder.getIntegerType(width), value);
  if (isa<FloatType>(type))
    value = LLVM::BitcastOp::create(builder, loc, type, value);
  return value;
}

LogicalResult lowerToLLVM(Operation *root, const CodegenTypeConverter &types) {
  MLIRContext *context = root->getContext();
  SmallVector<memref::ExpandShapeOp> expansions;
  root->walk([&](memref::ExpandShapeOp op) { expansions.push_back(op); });
  llvm::for_each(expansions, expandShape);
  {
    RewritePatternSet patterns(context);
    memref::populateExpandStridedMetadataPatterns(patterns);
    memref::populateExpandOpsPatterns(patterns);
    vector::populateVectorMaskMaterializationPatterns(patterns, /*force32BitVectorIndices=*/true);
    vector::populateVectorStepLoweringPatterns(patterns);
    GreedyRewriteConfig config;
    config.enableFolding(true);
    if (failed(applyPatternsGreedily(root, std::move(patterns), config)))
      return failure();
  }
  RewritePatternSet patterns(context);
  populateAffineToStdConversionPatterns(patterns);
  populateSCFToControlFlowConversionPatterns(patterns);
  arith::populateCeilFloorDivExpandOpsPatterns(patterns);
  arith::populateArithToLLVMConversionPatterns(types, patterns);
  index::populateIndexToLLVMConversionPatterns(types, patterns);
  populateMathToLLVMConversionPatterns(types, patterns, /*approximateLog1p=*/false);
  populateFinalizeMemRefToLLVMConversionPatterns(types, patterns);
  cf::populateControlFlowToLLVMConversionPatterns(types, patterns);
  ub::populateUBToLLVMConversionPatterns(types, patterns);
  populateVectorToLLVMConversionPatterns(types, patterns);

  LLVMConversionTarget target(*context);
  target.addLegalOp<ModuleOp, UnrealizedConversionCastOp>();
  if (failed(applyFullConversion(root, target, std::move(patterns))))
    return failure();
  SmallVector<UnrealizedConversionCastOp> casts;
  root->walk([&](UnrealizedConversionCastOp cast) { casts.push_back(cast); });
  SmallVector<UnrealizedConversionCastOp> rest;
  reconcileUnrealizedCasts(casts, &rest);
  for (UnrealizedConversionCastOp cast : rest)
    if (!cast->use_empty())
      return cast.emitError("internal: a conversion to the LLVM dialect is missing");
  widenBooleans(root);
  PackedAccess(root).run();
  return success();
}

} // namespace quern
