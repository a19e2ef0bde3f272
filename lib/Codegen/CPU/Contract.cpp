// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Contractions as register tiles. A tile of rows x vectors accumulators runs
// through all reductions: each step loads one row of the panel (a few vectors),
// broadcasts one element of the image per row, and multiplies and adds. The
// epilogue is computed on the accumulators before they are stored. The grid is
// panels x outer loops x blocks of tiles, panels outermost, so that a panel stays in
// cache while the image streams by.

#include "ContractEmitter.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace quern {
namespace {
/// Multiply-adds below which handing work to another thread costs more than it saves.
constexpr int64_t kTaskWork = 100000;
/// Operations of an epilogue beyond which it becomes a loop over the tile's rows.
constexpr int64_t kInlineEpilogue = 8;
} // namespace

OpFoldResult ContractEmitter::mul(OpFoldResult x, OpFoldResult y) {
  auto cx = getConstantIntValue(x), cy = getConstantIntValue(y);
  if (cx && cy)
    return b.getIndexAttr(*cx * *cy);
  if ((cx && *cx == 0) || (cy && *cy == 0))
    return b.getIndexAttr(0);
  if (cx && *cx == 1)
    return y;
  if (cy && *cy == 1)
    return x;
  return arith::MulIOp::create(b, value(x), value(y), arith::IntegerOverflowFlags::nsw).getResult();
}

OpFoldResult ContractEmitter::add(OpFoldResult x, OpFoldResult y) {
  auto cx = getConstantIntValue(x), cy = getConstantIntValue(y);
  if (cx && cy)
    return b.getIndexAttr(*cx + *cy);
  if (cx && *cx == 0)
    return y;
  if (cy && *cy == 0)
    return x;
  return arith::AddIOp::create(b, value(x), value(y), arith::IntegerOverflowFlags::nsw).getResult();
}

OpFoldResult ContractEmitter::ceilDiv(OpFoldResult x, int64_t y) {
  if (auto cx = getConstantIntValue(x))
    return b.getIndexAttr(llvm::divideCeil(*cx, y));
  if (y == 1)
    return x;
  return arith::DivUIOp::create(b, value(add(x, b.getIndexAttr(y - 1))), constant(y)).getResult();
}

/// The factor of each loop in a sum of loops; `scale` multiplies them all.
static void addFactors(AffineExpr expr, int64_t scale, SmallVectorImpl<int64_t> &factors, int64_t &rest) {
  if (auto dim = dyn_cast<AffineDimExpr>(expr)) {
    factors[dim.getPosition()] += scale;
  } else if (auto number = dyn_cast<AffineConstantExpr>(expr)) {
    rest += scale * number.getValue();
  } else {
    auto binary = llvm::cast<AffineBinaryOpExpr>(expr);
    if (binary.getKind() == AffineExprKind::Add) {
      addFactors(binary.getLHS(), scale, factors, rest);
      addFactors(binary.getRHS(), scale, factors, rest);
    } else {
      addFactors(binary.getLHS(), scale * llvm::cast<AffineConstantExpr>(binary.getRHS()).getValue(), factors, rest);
    }
  }
}

/// The last factor of an access is its constant part. `n` of a packed panel has no
/// factor: panels are stepped by panelFactor.
Access ContractEmitter::makeAccess(Value buffer, AffineMap map) {
  auto type = llvm::cast<MemRefType>(buffer.getType());
  auto [staticStrides, staticOffset] = type.getStridesAndOffset();
  (void)staticOffset;
  SmallVector<OpFoldResult> strides;
  if (llvm::any_of(staticStrides, ShapedType::isDynamic)) {
    auto metadata = memref::ExtractStridedMetadataOp::create(b, buffer);
    for (auto [i, stride] : llvm::enumerate(staticStrides))
      strides.push_back(ShapedType::isDynamic(stride) ? OpFoldResult(metadata.getStrides()[i])
                                                      : OpFoldResult(b.getIndexAttr(stride)));
  } else {
    for (int64_t stride : staticStrides)
      strides.push_back(b.getIndexAttr(stride));
  }
  Access access;
  access.factors.assign(map.getNumDims() + 1, b.getIndexAttr(0));
  bool isPacked = getPanelWidth(map) != 0;
  for (auto [i, expr] : llvm::enumerate(map.getResults())) {
    if (isPacked && (i == 0 || i + 1 == map.getNumResults()))
      continue;
    SmallVector<int64_t> factors(map.getNumDims(), 0);
    int64_t rest = 0;
    addFactors(expr, 1, factors, rest);
    factors.push_back(rest);
    for (auto [loop, factor] : llvm::enumerate(factors))
      if (factor != 0)
        access.factors[loop] = add(access.factors[loop], mul(strides[i], b.getIndexAttr(factor)));
  }
  if (isPacked)
    panelFactor = strides.front();
  // The buffer as one line; its length is of no concern to a load.
  auto line = MemRefType::get({ShapedType::kDynamic}, type.getElementType());
  access.base = memref::ReinterpretCastOp::create(b, line, buffer, b.getIndexAttr(0),
                                                  ArrayRef<OpFoldResult>{constant(INT64_MAX / 16)},
                                                  ArrayRef<OpFoldResult>{b.getIndexAttr(1)});
  return access;
}

OpFoldResult ContractEmitter::offset(const Access &access, ArrayRef<OpFoldResult> at) {
  OpFoldResult sum = access.factors.back();
  for (auto [factor, position] : llvm::zip(access.factors, at))
    if (position)
      sum = add(sum, mul(factor, position));
  return sum;
}

OpFoldResult ContractEmitter::sizeOf(unsigned loop) {
  if (!ShapedType::isDynamic(parts.sizes[loop]))
    return b.getIndexAttr(parts.sizes[loop]);
  // The output has every parallel loop; an operand has every reduction.
  for (auto [i, expr] : llvm::enumerate(maps[2].getResults()))
    if (expr == b.getAffineDimExpr(loop))
      return memref::DimOp::create(b, parts.output, i).getResult();
  for (unsigned operand : {0u, 1u})
    for (auto [i, expr] : llvm::enumerate(maps[operand].getResults()))
      if (expr == b.getAffineDimExpr(loop))
        return memref::DimOp::create(b, getBuffer(parts.contraction.op.getDpsInputs()[operand]), i).getResult();
  return b.getIndexAttr(0);
}

void ContractEmitter::chooseTile() {
  lanes = target.vectorElements(parts.accumulator.getIntOrFloatBitWidth());
  AffineMap panelMap = maps[parts.contraction.panel];
  int64_t registers = target.numVectorRegisters(), columns = parts.sizes[parts.n];
  if (parts.packed) {
    width = getPanelWidth(panelMap);
    lanes = std::min(lanes, width);
    vectors = width / lanes;
  } else {
    int64_t most = registers >= 32 ? 4 : 2;
    vectors = parts.contraction.both           ? 1
              : ShapedType::isDynamic(columns) ? 2
                                               : std::min<int64_t>(most, llvm::divideCeil(columns, lanes));
    width = lanes * vectors;
  }

  // Rows: as many as registers allow, evenly.
  int64_t most = parts.contraction.both
                     ? std::max<int64_t>(1, std::min<int64_t>(8, (registers - 2 * vectors) / (2 * vectors)))
                     : std::max<int64_t>(1, std::min<int64_t>(14, (registers - 1 - vectors) / vectors));
  if (!parts.row) {
    rowTiles = {1, b.getIndexAttr(1), b.getIndexAttr(1), b.getIndexAttr(1), false};
    return;
  }
  OpFoldResult count = sizeOf(*parts.row);
  rowTiles.count = count;
  if (auto rows = getConstantIntValue(count)) {
    int64_t tiles = llvm::divideCeil(*rows, most);
    rowTiles.rows = llvm::divideCeil(*rows, tiles);
    rowTiles.tiles = b.getIndexAttr(tiles);
    rowTiles.tall = b.getIndexAttr(*rows - tiles * (rowTiles.rows - 1));
    return;
  }
  rowTiles.rows = most;
  rowTiles.tiles = ceilDiv(count, most);
  rowTiles.tall = rowTiles.tiles;
  rowTiles.rebased = true;
}

void ContractEmitter::collectReductions() {
  for (unsigned loop : parts.reductions) {
    Reduction next{sizeOf(loop), image.factors[loop], panel.factors[loop]};
    // Steps that continue the steps inside them make one longer loop.
    if (!reductions.empty()) {
      Reduction &last = reductions.back();
      auto size = getConstantIntValue(next.size), i = getConstantIntValue(next.imageFactor),
           p = getConstantIntValue(next.panelFactor), li = getConstantIntValue(last.imageFactor),
           lp = getConstantIntValue(last.panelFactor), outerSize = getConstantIntValue(last.size);
      if (size && i && p && li && lp && outerSize && *li == *i * *size && *lp == *p * *size) {
        last = {b.getIndexAttr(*size * *outerSize), next.imageFactor, next.panelFactor};
        continue;
      }
    }
    reductions.push_back(next);
  }
}

void ContractEmitter::emitTileBody(int64_t rows, OpFoldResult start, bool masked) {
  if (parts.row)
    positions[*parts.row] = start;
  Type type = vectorOf(parts.accumulator);
  Value zero = arith::ConstantOp::create(b, type, b.getZeroAttr(type));
  Values accumulators(rows * vectors, zero);
  SmallVector<OpFoldResult> at(positions);
  OpFoldResult panelAt;
  if (parts.packed) {
    at[parts.n] = OpFoldResult(); // only through the panel's index
    panelAt = add(offset(panel, at), mul(panelFactor, panelIndex));
    at = positions;
  } else {
    panelAt = offset(panel, at);
  }
  OpFoldResult imageAt = offset(image, at);
  accumulators = reduce(0, imageAt, panelAt, accumulators, rows, masked);

  auto columns = getConstantIntValue(sizeOf(parts.n));
  if (masked || !parts.packed || parts.contraction.both || (columns && *columns % width == 0)) {
    finish(accumulators, rows, start, masked);
    return;
  }
  // Panels are padded, the output is not.
  Value full = arith::CmpIOp::create(b, arith::CmpIPredicate::sge, columnsLeft, constant(width));
  scf::IfOp::create(
      b, full,
      [&](OpBuilder &, Location) {
        finish(accumulators, rows, start, false);
        scf::YieldOp::create(b);
      },
      [&](OpBuilder &, Location) {
        finish(accumulators, rows, start, true);
        scf::YieldOp::create(b);
      });
}

void ContractEmitter::emitTile(int64_t rows, OpFoldResult start) {
  auto columns = getConstantIntValue(sizeOf(parts.n));
  bool tail = !columns || *columns % width != 0;
  if (!tail || (parts.packed && !parts.contraction.both)) {
    emitTileBody(rows, start, false);
    return;
  }
  Value full = arith::CmpIOp::create(b, arith::CmpIPredicate::sge, columnsLeft, constant(width));
  scf::IfOp::create(
      b, full,
      [&](OpBuilder &, Location) {
        emitTileBody(rows, start, false);
        scf::YieldOp::create(b);
      },
      [&](OpBuilder &, Location) {
        emitTileBody(rows, start, true);
        scf::YieldOp::create(b);
      });
}

/// All tiles of one block of rows.
void ContractEmitter::emitBlock(ValueRange indices) {
  panelIndex = indices.front();
  positions.assign(maps[0].getNumDims(), OpFoldResult());
  positions[parts.n] = mul(panelIndex, b.getIndexAttr(width));
  columnsLeft = arith::SubIOp::create(b, value(sizeOf(parts.n)), value(positions[parts.n]));
  for (auto [loop, index] : llvm::zip(parts.outer, indices.drop_front()))
    positions[loop] = OpFoldResult(index);

  auto tiles = getConstantIntValue(rowTiles.tiles);
  if (!parts.row || (tiles && *tiles == 1)) {
    emitTile(rowTiles.rows, b.getIndexAttr(0));
    return;
  }
  auto loopOver = [&](Value from, Value to, Value by, llvm::function_ref<void(Value)> body) {
    auto forOp = scf::ForOp::create(b, from, to, by);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(forOp.getBody());
    body(forOp.getInductionVar());
  };
  if (rowTiles.rebased) {
    // The last tile starts early enough to be whole; fewer rows than a tile go one by one.
    Value count = value(rowTiles.count), rows = constant(rowTiles.rows);
    Value enough = arith::CmpIOp::create(b, arith::CmpIPredicate::sge, count, rows);
    scf::IfOp::create(
        b, enough,
        [&](OpBuilder &, Location) {
          loopOver(constant(0), count, rows, [&](Value row) {
            Value last = arith::SubIOp::create(b, count, rows);
            emitTile(rowTiles.rows, arith::MinSIOp::create(b, row, last).getResult());
          });
          scf::YieldOp::create(b);
        },
        [&](OpBuilder &, Location) {
          loopOver(constant(0), count, constant(1), [&](Value row) { emitTile(1, row); });
          scf::YieldOp::create(b);
        });
    return;
  }
  int64_t tall = *getConstantIntValue(rowTiles.tall), rows = rowTiles.rows,
          count = *getConstantIntValue(rowTiles.count);
  if (tall == 1)
    emitTile(rows, b.getIndexAttr(0));
  else
    loopOver(constant(0), constant(tall * rows), constant(rows), [&](Value row) { emitTile(rows, row); });
  if (tall * rows < count)
    loopOver(constant(tall * rows), constant(count), constant(rows - 1), [&](Value row) { emitTile(rows - 1, row); });
}

void ContractEmitter::emit() {
  SmallVector<Operation *> old;
  for (Operation &op : kernel.front().without_terminator())
    old.push_back(&op);
  b.setInsertionPoint(kernel.front().getTerminator());

  chooseTile();
  unsigned panelOperand = parts.contraction.panel;
  panel = makeAccess(getBuffer(parts.contraction.op.getDpsInputs()[panelOperand]), maps[panelOperand]);
  image = makeAccess(getBuffer(parts.contraction.op.getDpsInputs()[1 - panelOperand]), maps[1 - panelOperand]);
  out = makeAccess(parts.output, b.getMultiDimIdentityMap(maps[2].getNumResults()));
  collectReductions();
  if (linalg::GenericOp epilogue = parts.epilogue) {
    for (OpOperand *input : epilogue.getDpsInputOperands()) {
      bool isBuffer =
          input->get() != parts.contraction.op.getResult(0) && isa<RankedTensorType>(input->get().getType());
      epilogueInputs.push_back(isBuffer ? makeAccess(getBuffer(input->get()), epilogue.getMatchingIndexingMap(input))
                                        : Access());
    }
    int64_t operations = 0;
    for (Operation &op : epilogue.getBody()->without_terminator())
      operations += isa<math::MathDialect>(op.getDialect()) ? kInlineEpilogue : 1;
    if (operations > kInlineEpilogue) {
      auto type = MemRefType::get({rowTiles.rows * width}, parts.accumulator);
      scratch = memref::AllocaOp::create(b, type, b.getI64IntegerAttr(64));
    }
  }

  // The grid: panels, then the outer loops.
  SmallVector<OpFoldResult> bounds{ceilDiv(sizeOf(parts.n), width)};
  int64_t work = width;
  for (unsigned loop : parts.outer)
    bounds.push_back(sizeOf(loop));
  if (parts.row)
    work *= getConstantIntValue(rowTiles.count).value_or(16);
  for (const Reduction &loop : reductions)
    work *= getConstantIntValue(loop.size).value_or(64);
  auto forall = scf::ForallOp::create(b, bounds, ValueRange(), std::nullopt);
  forall->setAttr(kGrainAttr, b.getI64IntegerAttr(std::max<int64_t>(1, kTaskWork / std::max<int64_t>(1, work))));
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(forall.getBody());
    // Inside tasks, scratch memory is the task's own.
    if (scratch) {
      scratch.getDefiningOp()->remove();
      b.insert(scratch.getDefiningOp());
    }
    emitBlock(forall.getInductionVars());
  }
  for (Operation *op : llvm::reverse(old))
    if (op->use_empty())
      op->erase();
}

LogicalResult lowerContraction(func::FuncOp kernel, const Target &target, const KernelOptions &options) {
  FailureOr<ContractKernel> parts = analyzeContractKernel(kernel);
  if (failed(parts))
    return failure();
  ContractEmitter(kernel, *parts, target, options).emit();
  return success();
}

} // namespace quern
