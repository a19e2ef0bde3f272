// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// quern-pack-weights: constant contraction operands in panels.

#include "quern/Kernels/Constants.h"
#include "quern/Kernels/Passes.h"
#include "quern/Support/Contraction.h"

#include "mlir/Dialect/Utils/IndexingUtils.h"

namespace quern {
#define GEN_PASS_DEF_PACKWEIGHTSPASS
#include "quern/Kernels/Passes.h.inc"
} // namespace quern

using namespace mlir;
using namespace quern;

namespace {

/// Vectors in a panel for `columns` output columns. A register tile of r rows and v
/// vectors needs r*v + v + 1 registers; wide tiles read less of the image, tall
/// ones less of the panel. What pads the last panel is work and memory for nothing.
int64_t vectorsPerPanel(int64_t columns, int64_t lanes, int64_t registers) {
  int64_t most = registers >= 32 ? 4 : 2;
  int64_t needed = llvm::divideCeil(columns, lanes);
  int64_t best = 1;
  double bestCost = 1e30;
  for (int64_t vectors = 1; vectors <= most; ++vectors) {
    int64_t panels = llvm::divideCeil(needed, vectors);
    int64_t rows = (registers - 1 - vectors) / vectors;
    // Loads for each multiply-add, times what is padded: once as work, once as memory.
    double padded = double(panels * vectors) / double(needed);
    double cost = padded * padded * (1.0 + 0.5 / double(rows) + 0.35 / double(vectors));
    if (cost < bestCost - 1e-9) {
      bestCost = cost;
      best = vectors;
    }
  }
  return best;
}

struct PackWeights : quern::impl::PackWeightsPassBase<PackWeights> {
  using Base::Base;

  void runOnOperation() override {
    // Equal constants share a packed form.
    DenseMap<std::tuple<Attribute, int64_t, Attribute>, Value> done;
    SmallVector<linalg::GenericOp> ops;
    getOperation().walk([&](linalg::GenericOp op) { ops.push_back(op); });
    for (linalg::GenericOp op : ops) {
      FailureOr<Contraction> contraction = matchContraction(op);
      if (succeeded(contraction))
        pack(*contraction, done);
    }
  }

  void pack(const Contraction &contraction, DenseMap<std::tuple<Attribute, int64_t, Attribute>, Value> &done) {
    linalg::GenericOp op = contraction.op;
    AffineMap map = op.getIndexingMapsArray()[contraction.panel];
    Value weights = op.getDpsInputs()[contraction.panel];
    ElementsAttr constant;
    if (!matchPattern(weights, m_Constant(&constant)) || !map.isProjectedPermutation())
      return;
    auto type = cast<RankedTensorType>(weights.getType());
    SmallVector<int64_t> strides = computeStrides(type.getShape());

    // The panel's dims: parallel loops other than n, then reductions in the order of
    // the other operand, where consecutive steps should be neighbours.
    unsigned nResult = 0;
    SmallVector<unsigned> order;
    for (auto [i, expr] : llvm::enumerate(map.getResults())) {
      if (cast<AffineDimExpr>(expr).getPosition() == contraction.n)
        nResult = i;
      else
        order.push_back(i);
    }
    AffineMap other = op.getIndexingMapsArray()[1 - contraction.panel];
    auto rank = [&](unsigned result) {
      unsigned loop = cast<AffineDimExpr>(map.getResult(result)).getPosition();
      if (op.getIteratorTypesArray()[loop] == utils::IteratorType::parallel)
        return -1;
      for (auto [i, expr] : llvm::enumerate(other.getResults()))
        if (expr.isFunctionOfDim(loop))
          return static_cast<int>(i);
      return -1;
    };
    llvm::stable_sort(order, [&](unsigned a, unsigned b) { return rank(a) < rank(b); });

    int64_t columns = type.getDimSize(nResult);
    unsigned bits = std::max(8u, type.getElementTypeBitWidth());
    int64_t perVector = std::max<int64_t>(1, static_cast<int64_t>(lanes) * 32 / std::max(32u, bits));
    int64_t width = perVector * (contraction.both ? 1 : vectorsPerPanel(columns, perVector, registers));

    SmallVector<RearrangedDim> dims{
        {static_cast<int64_t>(llvm::divideCeil(columns, width)), width * strides[nResult], width}};
    AffineExpr n = getAffineDimExpr(contraction.n, &getContext());
    SmallVector<AffineExpr> exprs{n.floorDiv(width)};
    for (unsigned i : order) {
      dims.push_back({type.getDimSize(i), strides[i]});
      exprs.push_back(map.getResult(i));
    }
    dims.push_back({width, strides[nResult], 1});
    exprs.push_back(n % width);
    AffineMap packedMap = AffineMap::get(map.getNumDims(), 0, exprs, &getContext());

    OpBuilder builder(op);
    Value &packed = done[{constant, width, AffineMapAttr::get(packedMap)}];
    if (!packed || packed.getParentBlock() != op->getBlock()) {
      FailureOr<ElementsAttr> rearranged = rearrangeConstant(constant, dims, columns);
      if (failed(rearranged))
        return;
      builder.setInsertionPointToStart(op->getBlock());
      packed = arith::ConstantOp::create(builder, weights.getLoc(), cast<TypedAttr>(*rearranged));
    }
    SmallVector<AffineMap> maps = op.getIndexingMapsArray();
    maps[contraction.panel] = packedMap;
    op.setOperand(contraction.panel, packed);
    op.setIndexingMapsAttr(builder.getAffineMapArrayAttr(maps));
  }
};

} // namespace
