// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Constants: weights stay resources over the mapped file.

#include "Axes.h"

#include "quern/Support/Constants.h"

#include "mlir/IR/DialectResourceBlobManager.h"

using namespace mlir;

namespace quern::lowering {

/// Resources of up to so many elements become dense attributes, which folds see.
static constexpr int64_t kSmall = 64;

Value constantOf(Builder &b, RankedTensorType type, ArrayRef<char> bytes) {
  if (type.getNumElements() <= kSmall)
    return arith::ConstantOp::create(b, getDenseConstant(type, bytes));
  AsmResourceBlob blob = HeapAsmResourceBlob::allocateAndCopyWithAlign(bytes, /*align=*/64);
  return arith::ConstantOp::create(b, DenseResourceElementsAttr::get(type, "lowered", std::move(blob)));
}

namespace {

struct LowerConstant : Lowering<onnx::ConstantOp> {
  using Lowering::Lowering;
  LogicalResult lower(onnx::ConstantOp op, Adaptor, Builder &b, Rewriter &rewriter) const override {
    auto type = resultType(op);
    ElementsAttr value = op.getValue();
    if (!type.getElementType().isIntOrFloat())
      return unsupported(rewriter, op, "expects numbers or bools; strings have no lowering yet");
    if (auto resource = dyn_cast<DenseResourceElementsAttr>(value)) {
      value = DenseResourceElementsAttr::get(type, resource.getRawHandle());
      if (type.getNumElements() <= kSmall) {
        if (auto bytes = getConstantBytes(value))
          value = getDenseConstant(type, *bytes);
      }
    } else if (auto dense = dyn_cast<DenseElementsAttr>(value)) {
      // The same bits, signless.
      value = dense.getElementType() == type.getElementType() ? dense : dense.bitcast(type.getElementType());
    } else {
      return unsupported(rewriter, op, "expects a dense value");
    }
    rewriter.replaceOp(op, arith::ConstantOp::create(b, cast<TypedAttr>(value)));
    return success();
  }
};

/// One element known now, everywhere.
struct LowerConstantOfShape : Lowering<onnx::ConstantOfShapeOp> {
  using Lowering::Lowering;
  LogicalResult lower(onnx::ConstantOfShapeOp op, Adaptor adaptor, Builder &b, Rewriter &rewriter) const override {
    auto type = resultType(op);
    Type element = type.getElementType();
    Value fill = scalar(b, element, 0);
    if (auto value = op.getValue()) {
      auto dense = dyn_cast<DenseElementsAttr>(*value);
      if (!dense || dense.getNumElements() != 1)
        return unsupported(rewriter, op, "expects a value of one element");
      if (dense.getElementType() != element)
        dense = dense.bitcast(element);
      fill = arith::ConstantOp::create(b, cast<TypedAttr>(*dense.getValues<Attribute>().begin()));
    }
    Sizes shape = readVector(b, adaptor.getInput(), type.getRank());
    for (Size &extent : shape)
      checkSize(b, extent);
    shape = refine(b, shape, type);
    if (type.hasStaticShape() && type.getRank() <= 1 && type.getNumElements() <= kSmall) {
      replace(rewriter, op, b, fromScalars(b, type, SmallVector<Value>(type.getNumElements(), fill)));
      return success();
    }
    replace(rewriter, op, b, filledTensor(b, shape, fill));
    return success();
  }
};

} // namespace

void addConstants(Patterns &patterns, Converter &converter) {
  patterns.add<LowerConstant, LowerConstantOfShape>(converter, patterns.getContext());
}

} // namespace quern::lowering
