// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Emits one contraction: what Contract.cpp (grid and loops) and ContractTile.cpp
// (one register tile) share.

#ifndef QUERN_LIB_CODEGEN_CPU_CONTRACTEMITTER_H
#define QUERN_LIB_CODEGEN_CPU_CONTRACTEMITTER_H

#include "Contract.h"

#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace quern {

/// One reduction loop, perhaps several merged into one.
struct Reduction {
  mlir::OpFoldResult size, imageFactor, panelFactor;
};

/// How the row loop is cut: `tall` tiles of `rows`, then tiles of one row less.
struct RowTiles {
  int64_t rows = 1;
  mlir::OpFoldResult tiles, tall, count; ///< number of tiles, of tall ones, of rows
  bool rebased = false;                  ///< rows unknown: the last tile overlaps the one before
};

/// Replaces a kernel's body by its loops over register tiles.
class ContractEmitter {
public:
  ContractEmitter(mlir::func::FuncOp kernel, ContractKernel parts, const Target &target, const KernelOptions &options)
      : kernel(kernel), parts(parts), target(target), options(options), b(kernel.getLoc(), kernel.getContext()),
        maps(this->parts.contraction.op.getIndexingMapsArray()) {}

  void emit();

private:
  using Values = llvm::SmallVector<mlir::Value>;

  // Index arithmetic that folds constants.
  mlir::Value constant(int64_t value) { return mlir::arith::ConstantIndexOp::create(b, value); }
  mlir::Value value(mlir::OpFoldResult ofr) { return mlir::getValueOrCreateConstantIndexOp(b, b.getLoc(), ofr); }
  mlir::OpFoldResult mul(mlir::OpFoldResult x, mlir::OpFoldResult y);
  mlir::OpFoldResult add(mlir::OpFoldResult x, mlir::OpFoldResult y);
  mlir::OpFoldResult ceilDiv(mlir::OpFoldResult x, int64_t y);

  Access makeAccess(mlir::Value buffer, mlir::AffineMap map);
  mlir::OpFoldResult sizeOf(unsigned loop);
  /// sum of factor * position over the loops that have a position
  mlir::OpFoldResult offset(const Access &access, llvm::ArrayRef<mlir::OpFoldResult> positions);

  void chooseTile();
  void collectReductions();
  void emitBlock(mlir::ValueRange indices);
  void emitTile(int64_t rows, mlir::OpFoldResult start);
  void emitTileBody(int64_t rows, mlir::OpFoldResult start, bool masked);
  Values reduce(unsigned depth, mlir::OpFoldResult imageAt, mlir::OpFoldResult panelAt, mlir::ValueRange accumulators,
                int64_t rows, bool masked);
  Values step(mlir::OpFoldResult imageAt, mlir::OpFoldResult panelAt, mlir::ValueRange accumulators, int64_t rows,
              bool masked);
  void finish(Values accumulators, int64_t rows, mlir::OpFoldResult start, bool masked);
  void finishRow(mlir::OpFoldResult rowAt, llvm::ArrayRef<mlir::Value> accumulators, bool masked);

  mlir::Value load(mlir::Value base, mlir::OpFoldResult at, bool varies, unsigned vector, bool masked);
  mlir::Value mask(unsigned vector);
  mlir::VectorType vectorOf(mlir::Type element) { return mlir::VectorType::get({lanes}, element); }
  mlir::Value cast(mlir::Value operand, mlir::Value scalar);
  mlir::Value broadcast(mlir::Value scalar);

  mlir::func::FuncOp kernel;
  ContractKernel parts;
  const Target &target;
  const KernelOptions &options;
  mlir::ImplicitLocOpBuilder b;
  llvm::SmallVector<mlir::AffineMap> maps;

  int64_t lanes = 0, vectors = 1, width = 0;
  RowTiles rowTiles;
  Access image, panel, out;
  mlir::OpFoldResult panelFactor; ///< elements from panel to panel
  llvm::SmallVector<Reduction> reductions;
  llvm::SmallVector<Access> epilogueInputs; ///< by operand of the epilogue; no base for the product and for scalars
  mlir::Value scratch;

  llvm::SmallVector<mlir::OpFoldResult> positions; ///< of the contraction's loops
  mlir::Value panelIndex, columnsLeft;
};

} // namespace quern

#endif // QUERN_LIB_CODEGEN_CPU_CONTRACTEMITTER_H
