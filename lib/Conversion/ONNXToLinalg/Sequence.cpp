// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Sequences and optionals: vectors of handles, each of a tensor that the run
// owns. Inserting and erasing move handles; tensors are copied into boxes and
// out of them.

#include "Axes.h"
#include "Calls.h"
#include "Loops.h"

using namespace mlir;

namespace quern::lowering {
namespace {

Type handleType(Builder &b) { return b.getI64Type(); }

Value vectorOf(Builder &b, ValueRange handles) {
  auto type = RankedTensorType::get(static_cast<int64_t>(handles.size()), handleType(b));
  if (handles.empty())
    return emptyTensor(b, size(b, 0), handleType(b));
  return tensor::FromElementsOp::create(b, type, handles);
}

Value handleAt(Builder &b, Value handles, Value index) { return extract(b, handles, index); }

/// A position of a sequence, made non-negative; the run fails where there are not so many.
Size readPosition(Builder &b, Value position, Size end, Size count) {
  Size at = readNumber(b, position);
  at = selectNegative(b, at, add(b, at, count), at);
  Value low = arith::CmpIOp::create(b, arith::CmpIPredicate::sge, asValue(b, at), asValue(b, size(b, 0)));
  Value high = arith::CmpIOp::create(b, arith::CmpIPredicate::slt, asValue(b, at), asValue(b, end));
  check(b, arith::AndIOp::create(b, low, high), "expects a position in the sequence");
  return at;
}

Value slice(Builder &b, Value handles, Size from, Size count) { return sliceTensor(b, handles, from, count); }

Value concat(Builder &b, ValueRange parts) {
  auto type = RankedTensorType::get(ShapedType::kDynamic, handleType(b));
  return tensor::ConcatOp::create(b, type, /*dim=*/0, parts);
}

//===--- Sequences --------------------------------------------------------===//

struct LowerEmpty : Lowering<onnx::SequenceEmptyOp> {
  using Lowering::Lowering;
  LogicalResult lower(onnx::SequenceEmptyOp op, Adaptor, Builder &b, Rewriter &rewriter) const override {
    replace(rewriter, op, b, vectorOf(b, {}));
    return success();
  }
};

struct LowerConstruct : Lowering<onnx::SequenceConstructOp> {
  using Lowering::Lowering;
  LogicalResult lower(onnx::SequenceConstructOp op, Adaptor adaptor, Builder &b, Rewriter &rewriter) const override {
    SmallVector<Value> handles;
    for (auto [value, original] : llvm::zip_equal(adaptor.getInputs(), op.getInputs()))
      handles.push_back(box(b, value, original.getType()));
    replace(rewriter, op, b, vectorOf(b, handles));
    return success();
  }
};

struct LowerInsert : Lowering<onnx::SequenceInsertOp> {
  using Lowering::Lowering;
  LogicalResult lower(onnx::SequenceInsertOp op, Adaptor adaptor, Builder &b, Rewriter &rewriter) const override {
    Value handles = adaptor.getInputSequence();
    Value added = vectorOf(b, box(b, adaptor.getTensor(), op.getTensor().getType()));
    if (!op.getPosition()) {
      replace(rewriter, op, b, concat(b, {handles, added}));
      return success();
    }
    Size count = dimOf(b, handles, 0);
    Size at = readPosition(b, adaptor.getPosition(), add(b, count, size(b, 1)), count);
    Value head = slice(b, handles, size(b, 0), at), tail = slice(b, handles, at, sub(b, count, at));
    replace(rewriter, op, b, concat(b, {head, added, tail}));
    return success();
  }
};

struct LowerErase : Lowering<onnx::SequenceEraseOp> {
  using Lowering::Lowering;
  LogicalResult lower(onnx::SequenceEraseOp op, Adaptor adaptor, Builder &b, Rewriter &rewriter) const override {
    Value handles = adaptor.getInputSequence();
    Size count = dimOf(b, handles, 0), last = sub(b, count, size(b, 1)), at = last;
    if (op.getPosition())
      at = readPosition(b, adaptor.getPosition(), count, count);
    else
      check(b, arith::CmpIOp::create(b, arith::CmpIPredicate::sge, asValue(b, last), asValue(b, size(b, 0))),
            "expects a sequence that is not empty");
    Value head = slice(b, handles, size(b, 0), at);
    Value tail = slice(b, handles, add(b, at, size(b, 1)), sub(b, last, at));
    replace(rewriter, op, b, concat(b, {head, tail}));
    return success();
  }
};

struct LowerAt : Lowering<onnx::SequenceAtOp> {
  using Lowering::Lowering;
  LogicalResult lower(onnx::SequenceAtOp op, Adaptor adaptor, Builder &b, Rewriter &rewriter) const override {
    Value handles = adaptor.getInputSequence();
    Size count = dimOf(b, handles, 0);
    Size at = readPosition(b, adaptor.getPosition(), count, count);
    replace(rewriter, op, b, unbox(b, handleAt(b, handles, asValue(b, at)), op.getTensor().getType()));
    return success();
  }
};

struct LowerLength : Lowering<onnx::SequenceLengthOp> {
  using Lowering::Lowering;
  LogicalResult lower(onnx::SequenceLengthOp op, Adaptor adaptor, Builder &b, Rewriter &rewriter) const override {
    Value count = arith::IndexCastOp::create(b, b.getI64Type(), asValue(b, dimOf(b, adaptor.getInputSequence(), 0)));
    replace(rewriter, op, b, fromScalars(b, resultType(op), count));
    return success();
  }
};

/// The runtime copies blocks of whole bytes.
bool hasWholeBytes(Type type) {
  Type element = getElementTypeOrSelf(type);
  return !element.isIntOrFloat() || element.isInteger(1) || element.getIntOrFloatBitWidth() >= 8;
}

struct LowerSplit : Lowering<onnx::SplitToSequenceOp> {
  using Lowering::Lowering;
  LogicalResult lower(onnx::SplitToSequenceOp op, Adaptor adaptor, Builder &b, Rewriter &rewriter) const override {
    Value input = adaptor.getInput();
    auto type = cast<RankedTensorType>(input.getType());
    if (!hasWholeBytes(type))
      return unsupported(rewriter, op, "expects elements of 8 bits or more");
    int64_t axis = op.getAxis() + (op.getAxis() < 0 ? type.getRank() : 0);
    Size extent = dimOf(b, input, axis), one = size(b, 1);
    bool keep = op.getSplit() || op.getKeepdims();
    Value pieces;
    if (adaptor.getSplit() && cast<RankedTensorType>(adaptor.getSplit().getType()).getRank() == 1) {
      pieces = mapTensor(b, adaptor.getSplit(), b.getI64Type(),
                         [](Builder &b, Value value) { return convertScalar(b, value, b.getI64Type(), false, false); });
    } else {
      Size piece = adaptor.getSplit() ? readNumber(b, adaptor.getSplit()) : one;
      if (!known(piece) || *known(piece) < 1)
        check(b, arith::CmpIOp::create(b, arith::CmpIPredicate::sgt, asValue(b, piece), asValue(b, size(b, 0))),
              "expects pieces of at least 1");
      Size count = ceilDiv(b, extent, piece);
      pieces = fromIndices(b, count, b.getI64Type(), [&](Builder &b, ValueRange indices) -> Value {
        Size rest = sub(b, extent, mul(b, Size(indices[0]), piece));
        return arith::IndexCastOp::create(b, b.getI64Type(), asValue(b, min(b, rest, piece)));
      });
    }
    Value dtype = number(b, onnx::getDataType(getElementTypeOrSelf(op.getInput().getType())));
    replace(rewriter, op, b,
            callRuntime(b, "sequence_split", {input, pieces, number(b, axis), number(b, keep), dtype},
                        dimOf(b, pieces, 0), handleType(b)));
    return success();
  }
};

struct LowerConcat : Lowering<onnx::ConcatFromSequenceOp> {
  using Lowering::Lowering;
  LogicalResult lower(onnx::ConcatFromSequenceOp op, Adaptor adaptor, Builder &b, Rewriter &rewriter) const override {
    auto type = resultType(op);
    if (!hasWholeBytes(type))
      return unsupported(rewriter, op, "expects elements of 8 bits or more");
    int64_t axis = op.getAxis() + (op.getAxis() < 0 ? type.getRank() : 0);
    Value isNew = number(b, op.getNewAxis() != 0), handles = adaptor.getInputSequence();
    Value dtype = number(b, onnx::getDataType(getElementTypeOrSelf(op.getConcatResult().getType())));
    Value extents = callRuntime(b, "sequence_concat_shape", {handles, number(b, axis), isNew, dtype},
                                size(b, type.getRank()), b.getI64Type());
    Sizes shape = refine(b, readVector(b, extents, type.getRank()), type);
    replace(rewriter, op, b,
            callRuntime(b, "sequence_concat", {handles, number(b, axis), isNew}, shape, type.getElementType()));
    return success();
  }
};

struct LowerMap : Lowering<onnx::SequenceMapOp> {
  using Lowering::Lowering;
  LogicalResult lower(onnx::SequenceMapOp op, Adaptor adaptor, Builder &b, Rewriter &rewriter) const override {
    Block &body = op.getBody().front();
    for (Type type : body.getArgumentTypes())
      if (!isa<RankedTensorType>(toSignless(type)))
        return unsupported(rewriter, op, "expects sequences of tensors of known rank");
    Size count = dimOf(b, adaptor.getInputSequence(), 0);
    for (auto [value, original] : llvm::zip_equal(adaptor.getAdditionalInputs(), op.getAdditionalInputs()))
      if (isa<onnx::SeqType>(original.getType()))
        checkEqual(b, dimOf(b, value, 0), count, "the sequences differ in length");
    SmallVector<Value> state(op->getNumResults(), Value());
    for (Value &handles : state)
      handles = emptyTensor(b, count, handleType(b));
    auto loop = scf::ForOp::create(b, asValue(b, size(b, 0)), asValue(b, count), asValue(b, size(b, 1)), state);
    rewriter.setInsertionPointToEnd(loop.getBody());
    Builder inner(op.getLoc(), rewriter);
    Value index = loop.getInductionVar();
    SmallVector<Value> args;
    for (auto [value, original, arg] : llvm::zip_equal(adaptor.getOperands(), op->getOperands(), body.getArguments()))
      args.push_back(isa<onnx::SeqType>(original.getType()) ? unbox(inner, handleAt(inner, value, index), arg.getType())
                                                            : value);
    SmallVector<Type> types(body.getTerminator()->getOperandTypes());
    moveBody(rewriter, op.getLoc(), op.getBody(), loop.getBody(), args, [&](Builder &b, ValueRange yielded) {
      SmallVector<Value> next;
      for (auto [handles, value, type] : llvm::zip_equal(loop.getRegionIterArgs(), yielded, types))
        next.push_back(insert(b, handles, box(b, value, type), index));
      scf::YieldOp::create(b, next);
    });
    rewriter.setInsertionPoint(op);
    Builder last(op.getLoc(), rewriter);
    replace(rewriter, op, last, loop.getResults());
    return success();
  }
};

//===--- Optionals --------------------------------------------------------===//

struct LowerOptional : Lowering<onnx::OptionalOp> {
  using Lowering::Lowering;
  LogicalResult lower(onnx::OptionalOp op, Adaptor adaptor, Builder &b, Rewriter &rewriter) const override {
    SmallVector<Value> handles;
    if (op.getInput())
      handles.push_back(box(b, adaptor.getInput(), op.getInput().getType()));
    replace(rewriter, op, b, vectorOf(b, handles));
    return success();
  }
};

struct LowerGetElement : Lowering<onnx::OptionalGetElementOp> {
  using Lowering::Lowering;
  LogicalResult lower(onnx::OptionalGetElementOp op, Adaptor adaptor, Builder &b, Rewriter &rewriter) const override {
    Value handles = adaptor.getInput();
    if (!isa<onnx::OptType>(op.getInput().getType())) {
      replace(rewriter, op, b, handles);
      return success();
    }
    checkEqual(b, dimOf(b, handles, 0), size(b, 1), "expects an optional that is not empty");
    replace(rewriter, op, b, unbox(b, handleAt(b, handles, asValue(b, size(b, 0))), op.getOutput().getType()));
    return success();
  }
};

struct LowerHasElement : Lowering<onnx::OptionalHasElementOp> {
  using Lowering::Lowering;
  LogicalResult lower(onnx::OptionalHasElementOp op, Adaptor adaptor, Builder &b, Rewriter &rewriter) const override {
    Value has = integer(b, b.getI1Type(), op.getInput() != nullptr);
    if (op.getInput() && isa<onnx::OptType>(op.getInput().getType()))
      has = arith::CmpIOp::create(b, arith::CmpIPredicate::ne, asValue(b, dimOf(b, adaptor.getInput(), 0)),
                                  asValue(b, size(b, 0)));
    replace(rewriter, op, b, fromScalars(b, resultType(op), has));
    return success();
  }
};

} // namespace

void addSequences(Patterns &patterns, Converter &converter) {
  patterns.add<LowerEmpty, LowerConstruct, LowerInsert, LowerErase, LowerAt, LowerLength, LowerSplit, LowerConcat,
               LowerMap, LowerOptional, LowerGetElement, LowerHasElement>(converter, patterns.getContext());
}

} // namespace quern::lowering
