// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Products with weights of a few bits, which stay packed in the file: a kernel
// makes them floats, and the contraction follows.

#include "Broadcast.h"
#include "Contraction.h"

using namespace mlir;

namespace quern::lowering {
namespace {

/// `lhs` [.., K] times `rhs` [N, K] plus `bias`, summed in f32.
Value timesWeights(Builder &b, Value lhs, Value rhs, Value bias, Type element) {
  Sizes shape = shapeOf(b, lhs), rows = shapeOf(b, rhs);
  checkEqual(b, shape.back(), rows[1], "the inner sizes of a matrix product are not equal");
  unsigned lead = shape.size() - 1;
  shape.back() = rows[0];
  SmallVector<AffineExpr> exprs;
  for (unsigned i : llvm::seq(lead))
    exprs.push_back(b.getAffineDimExpr(i));
  AffineExpr n = b.getAffineDimExpr(lead), k = b.getAffineDimExpr(lead + 1);
  exprs.push_back(k);
  Value product = contract(b, lhs, rhs, AffineMap::get(lead + 2, 0, exprs, b.getContext()),
                           AffineMap::get(lead + 2, 0, {n, k}, b.getContext()), shape, b.getF32Type());
  if (!bias)
    return castElements(b, product, element);
  return pointwise(b, {product, bias}, RankedTensorType::get(staticShape(shape), element),
                   [&](Builder &b, ValueRange args) {
                     Value wide = convertScalar(b, args[1], b.getF32Type(), false, false);
                     return convertScalar(b, arith::AddFOp::create(b, args[0], wide), element, false, false);
                   });
}

/// The elements in another, known shape; the run fails where they are fewer or more.
Value asShape(Builder &b, Value tensor, ArrayRef<int64_t> shape, StringRef message) {
  Sizes target = sizes(b, shape);
  checkEqual(b, product(b, shapeOf(b, tensor)), product(b, target), message);
  return reshapeTensor(b, tensor, target);
}

//===--- MatMulNBits --------------------------------------------------------===//

/// How weights are packed: `bits` a number, numbers in blocks along K.
struct Packing {
  int64_t bits, block;
  int64_t perByte() const { return 8 / bits; }

  /// The number at place `index` among those that share bytes, of which `byte` is its own.
  Value unpack(Builder &b, Value byte, Value index) const {
    Type i32 = b.getI32Type();
    Value wide = arith::ExtUIOp::create(b, i32, byte);
    if (bits == 8)
      return wide;
    Value place = arith::RemUIOp::create(b, arith::IndexCastOp::create(b, i32, index), integer(b, i32, perByte()));
    Value shift = arith::MulIOp::create(b, place, integer(b, i32, bits));
    return arith::AndIOp::create(b, arith::ShRUIOp::create(b, wide, shift), integer(b, i32, (1 << bits) - 1));
  }
};

struct LowerMatMulNBits : Lowering<onnx::MSMatMulNBitsOp> {
  using Lowering::Lowering;
  LogicalResult lower(onnx::MSMatMulNBitsOp op, Adaptor adaptor, Builder &b, Rewriter &rewriter) const override {
    int64_t n = op.getN(), k = op.getK();
    Packing packing{op.getBits(), op.getBlockSize()};
    int64_t blocks = llvm::divideCeil(k, packing.block), bytes = blocks * packing.block / packing.perByte();
    if (!getElementTypeOrSelf(adaptor.getB()).isInteger(8))
      return unsupported(rewriter, op, "expects B of bytes");
    if (op.getWeightPrepacked())
      return unsupported(rewriter, op, "expects 'weight_prepacked' to be 0");

    // One map for each operand of the kernel that makes floats of [N, K].
    AffineExpr row = b.getAffineDimExpr(0), column = b.getAffineDimExpr(1);
    auto map = [&](AffineExpr expr) { return AffineMap::get(2, 0, {row, expr}, b.getContext()); };
    SmallVector<Value> operands;
    SmallVector<AffineMap> maps;
    auto add = [&](Value value, AffineMap how) {
      operands.push_back(value);
      maps.push_back(how);
    };
    Value codes = asShape(b, adaptor.getB(), {n, bytes}, "B has another size than N, K and the blocks say");
    if (packing.bits == 8) // the last block may end after K
      codes = sliceTensor(b, codes, sizes(b, {0, 0}), sizes(b, {n, k}));
    add(codes, map(column.floorDiv(packing.perByte())));
    // Blocks are those of the columns, or given.
    bool isGiven = static_cast<bool>(adaptor.getGIdx());
    AffineMap ofBlock = map(column.floorDiv(packing.block));
    Value scales = asShape(b, adaptor.getScales(), {n, blocks}, "there are not as many scales as blocks");
    Value zeros = adaptor.getZeroPoints();
    bool hasPackedZeros = zeros && isa<IntegerType>(getElementTypeOrSelf(zeros));
    if (zeros)
      zeros = asShape(b, zeros, {n, hasPackedZeros ? int64_t(llvm::divideCeil(blocks, packing.perByte())) : blocks},
                      "there are not as many zero points as blocks");
    if (isGiven) {
      Value groups = asShape(b, adaptor.getGIdx(), {k}, "g_idx does not name a block for each column");
      add(groups, AffineMap::get(2, 0, column, b.getContext()));
    } else {
      add(scales, ofBlock);
      if (zeros)
        add(zeros, hasPackedZeros ? map(column.floorDiv(packing.block * packing.perByte())) : ofBlock);
    }
    maps.push_back(b.getMultiDimIdentityMap(2));

    Type f32 = b.getF32Type(), i32 = b.getI32Type();
    Value init = emptyTensor(b, sizes(b, {n, k}), f32);
    auto body = [&](Builder &b, ValueRange args) -> SmallVector<Value> {
      Value r = linalg::IndexOp::create(b, 0), c = linalg::IndexOp::create(b, 1), block;
      Value scale, zero;
      if (isGiven) {
        block = clampIndex(b, arith::IndexCastOp::create(b, b.getIndexType(), args[1]),
                           arith::ConstantIndexOp::create(b, 0), arith::ConstantIndexOp::create(b, blocks - 1));
        scale = extract(b, scales, {r, block});
        if (zeros) {
          Value place = block;
          if (hasPackedZeros)
            place = arith::DivUIOp::create(b, block, arith::ConstantIndexOp::create(b, packing.perByte()));
          zero = extract(b, zeros, {r, place});
        }
      } else {
        if (hasPackedZeros && packing.bits < 8)
          block = arith::DivUIOp::create(b, c, arith::ConstantIndexOp::create(b, packing.block));
        scale = args[1];
        zero = zeros ? args[2] : Value();
      }
      Value code = packing.unpack(b, args[0], c);
      Value centered;
      if (zero && !hasPackedZeros) {
        centered =
            arith::SubFOp::create(b, arith::SIToFPOp::create(b, f32, code), convertScalar(b, zero, f32, false, false));
      } else {
        zero = zero ? packing.unpack(b, zero, block) : integer(b, i32, 1 << (packing.bits - 1));
        centered = arith::SIToFPOp::create(b, f32, arith::SubIOp::create(b, code, zero));
      }
      return {arith::MulFOp::create(b, centered, convertScalar(b, scale, f32, false, false))};
    };
    SmallVector<utils::IteratorType> iterators(2, utils::IteratorType::parallel);
    Value weights = generic(b, operands, init, maps, iterators, body).front();
    replace(rewriter, op, b,
            timesWeights(b, adaptor.getA(), weights, adaptor.getBias(), resultType(op).getElementType()));
    return success();
  }
};

//===--- MatMulBnb4 ---------------------------------------------------------===//

// The numbers that the codes stand for.
constexpr float kFP4[16] = {0.0f,  0.005208333333f,  0.66666667f,  1.0f,  0.33333333f,  0.5f,  0.16666667f,  0.25f,
                            -0.0f, -0.005208333333f, -0.66666667f, -1.0f, -0.33333333f, -0.5f, -0.16666667f, -0.25f};
constexpr float kNF4[16] = {-1.0f,
                            -0.6961928009986877f,
                            -0.5250730514526367f,
                            -0.39491748809814453f,
                            -0.28444138169288635f,
                            -0.18477343022823334f,
                            -0.09105003625154495f,
                            0.0f,
                            0.07958029955625534f,
                            0.16093020141124725f,
                            0.24611230194568634f,
                            0.33791524171829224f,
                            0.44070982933044434f,
                            0.5626170039176941f,
                            0.7229568362236023f,
                            1.0f};

struct LowerMatMulBnb4 : Lowering<onnx::MSMatMulBnb4Op> {
  using Lowering::Lowering;
  LogicalResult lower(onnx::MSMatMulBnb4Op op, Adaptor adaptor, Builder &b, Rewriter &rewriter) const override {
    int64_t n = op.getN(), k = op.getK(), block = op.getBlockSize(), count = n * k;
    Value bytes =
        asShape(b, adaptor.getB(), {int64_t(llvm::divideCeil(count, 2))}, "B has another size than N and K say");
    Value largest = asShape(b, adaptor.getAbsmax(), {int64_t(llvm::divideCeil(count, block))},
                            "there are not as many numbers in 'absmax' as blocks");
    Type f32 = b.getF32Type(), i32 = b.getI32Type();
    Value table = arith::ConstantOp::create(
        b, DenseElementsAttr::get(RankedTensorType::get({16}, f32), ArrayRef(op.getQuantType() ? kNF4 : kFP4)));
    Value weights = fromIndices(b, sizes(b, {n, k}), f32, [&](Builder &b, ValueRange indices) -> Value {
      auto number = [&](int64_t value) -> Value { return arith::ConstantIndexOp::create(b, value); };
      Value at = arith::AddIOp::create(b, arith::MulIOp::create(b, indices[0], number(k)), indices[1]);
      Value byte = arith::ExtUIOp::create(b, i32, extract(b, bytes, {arith::DivUIOp::create(b, at, number(2))}));
      // The first of two is in the high bits.
      Value odd = arith::RemUIOp::create(b, arith::IndexCastOp::create(b, i32, at), integer(b, i32, 2));
      Value shift = arith::SubIOp::create(b, integer(b, i32, 4), arith::MulIOp::create(b, odd, integer(b, i32, 4)));
      Value code = arith::AndIOp::create(b, arith::ShRUIOp::create(b, byte, shift), integer(b, i32, 15));
      Value value = extract(b, table, {arith::IndexCastOp::create(b, b.getIndexType(), code)});
      Value scale = extract(b, largest, {arith::DivUIOp::create(b, at, number(block))});
      return arith::MulFOp::create(b, value, convertScalar(b, scale, f32, false, false));
    });
    replace(rewriter, op, b, timesWeights(b, adaptor.getA(), weights, {}, resultType(op).getElementType()));
    return success();
  }
};

} // namespace

void addBlockQuantized(Patterns &patterns, Converter &converter) {
  patterns.add<LowerMatMulNBits, LowerMatMulBnb4>(converter, patterns.getContext());
}

} // namespace quern::lowering
