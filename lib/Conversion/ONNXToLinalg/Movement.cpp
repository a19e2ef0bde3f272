// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Ops that move elements: transposes, concatenation, splits, repetition.

#include "Axes.h"
#include "Broadcast.h"

using namespace mlir;

namespace quern::lowering {
namespace {

int64_t rankOf(Value tensor) { return cast<RankedTensorType>(tensor.getType()).getRank(); }
int64_t wrapAxis(int64_t axis, int64_t rank) { return axis < 0 ? axis + rank : axis; }

struct LowerIdentity : Lowering<onnx::IdentityOp> {
  using Lowering::Lowering;
  LogicalResult lower(onnx::IdentityOp op, Adaptor adaptor, Builder &b, Rewriter &rewriter) const override {
    replace(rewriter, op, b, adaptor.getInput());
    return success();
  }
};

/// Inference: the operand, and a mask of what was kept, which is everything.
struct LowerDropout : Lowering<onnx::DropoutOp> {
  using Lowering::Lowering;
  LogicalResult lower(onnx::DropoutOp op, Adaptor adaptor, Builder &b, Rewriter &rewriter) const override {
    if (adaptor.getTrainingMode()) {
      auto training = constantIntegers(adaptor.getTrainingMode());
      if (!training || training->front())
        return unsupported(rewriter, op, "expects 'training_mode' to be false when compiling");
    }
    SmallVector<Value> results = {adaptor.getData()};
    if (op.getMask())
      results.push_back(filledTensor(b, shapeOf(b, adaptor.getData()), integer(b, b.getI1Type(), 1)));
    replace(rewriter, op, b, results);
    return success();
  }
};

struct LowerTranspose : Lowering<onnx::TransposeOp> {
  using Lowering::Lowering;
  LogicalResult lower(onnx::TransposeOp op, Adaptor adaptor, Builder &b, Rewriter &rewriter) const override {
    int64_t rank = rankOf(adaptor.getData());
    SmallVector<int64_t> permutation = llvm::to_vector(llvm::reverse(llvm::seq<int64_t>(rank)));
    if (auto perm = op.getPerm())
      permutation = llvm::to_vector(*perm);
    replace(rewriter, op, b, transposeTensor(b, adaptor.getData(), permutation));
    return success();
  }
};

struct LowerConcat : Lowering<onnx::ConcatOp> {
  using Lowering::Lowering;
  LogicalResult lower(onnx::ConcatOp op, Adaptor adaptor, Builder &b, Rewriter &rewriter) const override {
    ValueRange inputs = adaptor.getInputs();
    auto type = resultType(op);
    if (type.getRank() == 1 && type.hasStaticShape() && llvm::all_of(inputs, hasKnownScalars)) {
      SmallVector<Value> scalars;
      for (Value input : inputs)
        llvm::append_range(scalars, *knownScalars(b, input));
      rewriter.replaceOp(op, fromScalars(b, type, scalars));
      return success();
    }
    int64_t axis = wrapAxis(op.getAxis(), type.getRank());
    Sizes first = shapeOf(b, inputs.front());
    for (Value input : inputs.drop_front())
      for (int64_t dim : llvm::seq(type.getRank()))
        if (dim != axis)
          checkEqual(b, dimOf(b, input, dim), first[dim], "the sizes of the operands to join are not equal");
    if (inputs.size() == 1) {
      replace(rewriter, op, b, inputs.front());
      return success();
    }
    // Operands with the sizes that any of them knows.
    SmallVector<Value> operands;
    for (Value input : inputs) {
      auto operandType = cast<RankedTensorType>(input.getType());
      SmallVector<int64_t> shape = llvm::to_vector(operandType.getShape());
      for (int64_t dim : llvm::seq(type.getRank()))
        if (dim != axis && ShapedType::isDynamic(shape[dim]))
          shape[dim] = type.getDimSize(dim);
      operands.push_back(castTo(b, input, operandType.clone(shape)));
    }
    bool packed = isPacked(type.getElementType());
    replace(rewriter, op, b,
            packed ? joinPacked(b, operands, axis) : tensor::ConcatOp::create(b, axis, operands).getResult());
    return success();
  }

  /// Each element from the operand that has it.
  static Value joinPacked(Builder &b, ValueRange operands, int64_t axis) {
    Sizes shape = shapeOf(b, operands.front());
    SmallVector<Value> ends;
    for (Value operand : operands.drop_front()) {
      ends.push_back(asValue(b, shape[axis]));
      shape[axis] = add(b, shape[axis], dimOf(b, operand, axis));
    }
    return fromIndices(b, shape, getElementTypeOrSelf(operands.front()), [&](Builder &b, ValueRange indices) {
      std::function<Value(Builder &, size_t)> read = [&](Builder &b, size_t i) -> Value {
        SmallVector<Value> source(indices);
        if (i > 0)
          source[axis] = arith::SubIOp::create(b, source[axis], ends[i - 1]);
        if (i == ends.size())
          return extract(b, operands[i], source);
        Value isHere = arith::CmpIOp::create(b, arith::CmpIPredicate::slt, indices[axis], ends[i]);
        auto choice = scf::IfOp::create(
            b, isHere,
            [&](OpBuilder &nested, Location loc) {
              Builder b(loc, nested);
              scf::YieldOp::create(b, extract(b, operands[i], source));
            },
            [&](OpBuilder &nested, Location loc) {
              Builder b(loc, nested);
              scf::YieldOp::create(b, read(b, i + 1));
            });
        return choice.getResult(0);
      };
      return read(b, 0);
    });
  }
};

struct LowerSplit : Lowering<onnx::SplitOp> {
  using Lowering::Lowering;
  LogicalResult lower(onnx::SplitOp op, Adaptor adaptor, Builder &b, Rewriter &rewriter) const override {
    Value input = adaptor.getInput();
    int64_t axis = wrapAxis(op.getAxis(), rankOf(input)), count = op.getNumResults();
    Sizes shape = shapeOf(b, input), parts;
    Size extent = shape[axis];
    if (adaptor.getSplit()) {
      parts = readVector(b, adaptor.getSplit(), count);
      Size sum = size(b, 0);
      for (Size &part : parts) {
        checkSize(b, part);
        sum = add(b, sum, part);
      }
      checkEqual(b, sum, extent, "the sizes of the parts do not add up to that of the tensor");
    } else {
      // Equal parts, the last ones perhaps smaller.
      Size part = ceilDiv(b, extent, size(b, count)), left = extent;
      for (int64_t i = 0; i < count; ++i) {
        parts.push_back(max(b, min(b, part, left), size(b, 0)));
        left = sub(b, left, parts.back());
      }
    }
    Sizes offsets(shape.size(), size(b, 0));
    SmallVector<Value> results;
    for (auto [i, part] : llvm::enumerate(parts)) {
      Sizes partShape(shape);
      partShape[axis] = refine(b, {part}, RankedTensorType::get(resultType(op, i).getDimSize(axis), b.getI8Type()))[0];
      results.push_back(sliceTensor(b, input, offsets, partShape));
      offsets[axis] = add(b, offsets[axis], part);
    }
    replace(rewriter, op, b, results);
    return success();
  }
};

struct LowerExpand : Lowering<onnx::ExpandOp> {
  using Lowering::Lowering;
  LogicalResult lower(onnx::ExpandOp op, Adaptor adaptor, Builder &b, Rewriter &rewriter) const override {
    auto type = resultType(op);
    Sizes requested = readLast(b, adaptor.getShape(), type.getRank());
    for (Size &extent : requested)
      checkSize(b, extent);
    Sizes shape = broadcastShapes(b, {shapeOf(b, adaptor.getInput()), requested});
    shape = refine(b, shape, type);
    Value result = type == adaptor.getInput().getType() && type.hasStaticShape()
                       ? adaptor.getInput()
                       : broadcastTo(b, adaptor.getInput(), shape);
    replace(rewriter, op, b, result);
    return success();
  }
};

/// Each repeated dimension becomes two loops, merged afterwards.
struct LowerTile : Lowering<onnx::TileOp> {
  using Lowering::Lowering;
  LogicalResult lower(onnx::TileOp op, Adaptor adaptor, Builder &b, Rewriter &rewriter) const override {
    Value input = adaptor.getInput();
    Sizes from = shapeOf(b, input), shape, merged;
    if (from.empty()) {
      replace(rewriter, op, b, input);
      return success();
    }
    SmallVector<AffineExpr> exprs;
    for (auto [extent, count] : llvm::zip_equal(from, readVector(b, adaptor.getRepeats(), from.size()))) {
      Size repeats = count;
      checkSize(b, repeats);
      merged.push_back(mul(b, repeats, extent));
      if (!isKnown(repeats, 1))
        shape.push_back(repeats);
      exprs.push_back(b.getAffineDimExpr(shape.size()));
      shape.push_back(extent);
    }
    AffineMap map = AffineMap::get(shape.size(), 0, exprs, b.getContext());
    AffineMap identity = b.getMultiDimIdentityMap(shape.size());
    SmallVector<utils::IteratorType> iterators(shape.size(), utils::IteratorType::parallel);
    Value tiled = generic(b, input, emptyTensor(b, shape, getElementTypeOrSelf(input)), {map, identity}, iterators,
                          [](Builder &, ValueRange args) -> SmallVector<Value> { return {args[0]}; })
                      .front();
    replace(rewriter, op, b, reshapeTensor(b, tiled, refine(b, merged, resultType(op))));
    return success();
  }
};

struct LowerDepthToSpace : Lowering<onnx::DepthToSpaceOp> {
  using Lowering::Lowering;
  LogicalResult lower(onnx::DepthToSpaceOp op, Adaptor adaptor, Builder &b, Rewriter &rewriter) const override {
    Value input = adaptor.getInput();
    Size block = size(b, op.getBlocksize());
    Size channels = quotient(b, {dimOf(b, input, 1)}, {block, block}, "the channels are not blocks of pixels");
    bool blockFirst = op.getMode() == "DCR";
    Value split = splitDim(b, input, 1, blockFirst ? Sizes{block, block, channels} : Sizes{channels, block, block});
    SmallVector<int64_t> order =
        blockFirst ? SmallVector<int64_t>{0, 3, 4, 1, 5, 2} : SmallVector<int64_t>{0, 1, 4, 2, 5, 3};
    Value moved = transposeTensor(b, split, order);
    replace(rewriter, op, b, mergeDims(b, mergeDims(b, moved, 2, 2), 3, 2));
    return success();
  }
};

struct LowerSpaceToDepth : Lowering<onnx::SpaceToDepthOp> {
  using Lowering::Lowering;
  LogicalResult lower(onnx::SpaceToDepthOp op, Adaptor adaptor, Builder &b, Rewriter &rewriter) const override {
    Value input = adaptor.getInput();
    Size block = size(b, op.getBlocksize());
    StringRef message = "the image is not a multiple of the block";
    Value split = splitDim(b, input, 3, {quotient(b, {dimOf(b, input, 3)}, {block}, message), block});
    split = splitDim(b, split, 2, {quotient(b, {dimOf(b, input, 2)}, {block}, message), block});
    SmallVector<int64_t> order =
        op.getMode() == "DCR" ? SmallVector<int64_t>{0, 3, 5, 1, 2, 4} : SmallVector<int64_t>{0, 1, 3, 5, 2, 4};
    replace(rewriter, op, b, mergeDims(b, transposeTensor(b, split, order), 1, 3));
    return success();
  }
};

/// Y[…, t, …] = X[…, t < length ? length - 1 - t : t, …].
struct LowerReverseSequence : Lowering<onnx::ReverseSequenceOp> {
  using Lowering::Lowering;
  LogicalResult lower(onnx::ReverseSequenceOp op, Adaptor adaptor, Builder &b, Rewriter &rewriter) const override {
    Value input = adaptor.getInput(), lengths = adaptor.getSequenceLens();
    int64_t rank = rankOf(input), batch = wrapAxis(op.getBatchAxis(), rank), time = wrapAxis(op.getTimeAxis(), rank);
    Sizes shape = shapeOf(b, input);
    checkEqual(b, dimOf(b, lengths, 0), shape[batch], "expects a length for each sequence");
    Value extent = asValue(b, shape[time]);
    Value result = fromIndices(b, shape, getElementTypeOrSelf(input), [&](Builder &b, ValueRange indices) -> Value {
      Value length = arith::IndexCastOp::create(b, b.getIndexType(), extract(b, lengths, {indices[batch]}));
      Value zero = arith::ConstantIndexOp::create(b, 0), one = arith::ConstantIndexOp::create(b, 1);
      Value clamped = clampIndex(b, length, zero, extent);
      check(b, arith::CmpIOp::create(b, arith::CmpIPredicate::eq, length, clamped), "sequence length out of range");
      Value mirrored = arith::SubIOp::create(b, arith::SubIOp::create(b, clamped, one), indices[time]);
      Value isInside = arith::CmpIOp::create(b, arith::CmpIPredicate::slt, indices[time], clamped);
      SmallVector<Value> source(indices);
      source[time] = arith::SelectOp::create(b, isInside, mirrored, indices[time]);
      return extract(b, input, source);
    });
    replace(rewriter, op, b, result);
    return success();
  }
};

} // namespace

void addMovement(Patterns &patterns, Converter &converter) {
  patterns.add<LowerIdentity, LowerDropout, LowerTranspose, LowerConcat, LowerSplit, LowerExpand, LowerTile,
               LowerDepthToSpace, LowerSpaceToDepth, LowerReverseSequence>(converter, patterns.getContext());
}

} // namespace quern::lowering
