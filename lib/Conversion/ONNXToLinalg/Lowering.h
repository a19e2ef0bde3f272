// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the families of ONNXToLinalg share: the pattern base class, the ways to
// build structured ops, and the functions that add each family's patterns.

#ifndef QUERN_LIB_CONVERSION_ONNXTOLINALG_LOWERING_H
#define QUERN_LIB_CONVERSION_ONNXTOLINALG_LOWERING_H

#include "Size.h"

#include "quern/Dialect/ONNX/IR/ONNX.h"
#include "quern/Dialect/Quern/IR/Quern.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Transforms/DialectConversion.h"

namespace quern::lowering {

using mlir::RankedTensorType;
using mlir::Type;
using mlir::Value;
using mlir::ValueRange;

/// Casts between ranked types that differ in what is known of their sizes.
Value castTo(Builder &b, Value tensor, RankedTensorType type);
/// The same where the sizes may turn out to be others: the run fails then with `message`.
Value castChecked(Builder &b, Value tensor, RankedTensorType type, llvm::StringRef message);

//===--- Patterns ---------------------------------------------------------===//

/// Why an op was declined, until the pass reports it.
constexpr llvm::StringLiteral kDeclined = "quern.declined";

/// A lowering of one op. A form that it does not handle is reported with `unsupported`.
template <typename OpTy>
struct Lowering : mlir::OpConversionPattern<OpTy> {
  using mlir::OpConversionPattern<OpTy>::OpConversionPattern;
  using Adaptor = typename OpTy::Adaptor;
  using Rewriter = mlir::ConversionPatternRewriter;

  virtual llvm::LogicalResult lower(OpTy op, Adaptor adaptor, Builder &b, Rewriter &rewriter) const = 0;

  llvm::LogicalResult matchAndRewrite(OpTy op, Adaptor adaptor, Rewriter &rewriter) const final {
    for (Value operand : adaptor.getOperands())
      if (mlir::isa<mlir::TensorType>(operand.getType()) && !mlir::isa<RankedTensorType>(operand.getType()))
        return unsupported(rewriter, op, "expects operands of known rank");
    for (Value result : op->getResults())
      if (mlir::isa<mlir::UnrankedTensorType>(result.getType()))
        return unsupported(rewriter, op, "expects results of known rank");
    Builder b(op.getLoc(), rewriter);
    return lower(op, adaptor, b, rewriter);
  }

  /// Declines, with the end of a sentence about the op: "expects constant axes".
  static llvm::LogicalResult unsupported(Rewriter &rewriter, mlir::Operation *op, const llvm::Twine &reason) {
    // The conversion's own notes of failed matches exist in debug builds only.
    op->setDiscardableAttr(kDeclined, rewriter.getStringAttr(reason));
    return rewriter.notifyMatchFailure(op, reason);
  }

  /// Replaces `op`; the values may know less of their sizes than the op's types.
  void replace(Rewriter &rewriter, mlir::Operation *op, Builder &b, ValueRange values) const {
    llvm::SmallVector<Value> results;
    for (auto [i, value] : llvm::enumerate(values))
      results.push_back(castTo(b, value, resultType(op, i)));
    rewriter.replaceOp(op, results);
  }

  /// The converted type of a result.
  RankedTensorType resultType(mlir::Operation *op, unsigned index = 0) const {
    return mlir::cast<RankedTensorType>(this->getTypeConverter()->convertType(op->getResult(index).getType()));
  }
};

/// True for a tensor (before conversion) of unsigned integers.
bool isUnsigned(Type type);
/// The type after conversion: unsigned integers are signless, strings are handles, and what is no tensor is a vector
/// of handles.
Type toSignless(Type type);

//===--- Tensors ----------------------------------------------------------===//

Value emptyTensor(Builder &b, llvm::ArrayRef<Size> shape, Type element);
/// A tensor of `shape` filled with `scalar`.
Value filledTensor(Builder &b, llvm::ArrayRef<Size> shape, Value scalar);
/// A scalar constant: zero, one, … of an integer, index or float type.
Value scalar(Builder &b, Type type, double value);
Value integer(Builder &b, Type type, int64_t value);
/// The lowest and the highest value of a type; infinities for floats.
Value lowest(Builder &b, Type type, bool isUnsigned);
Value highest(Builder &b, Type type, bool isUnsigned);
/// A constant of rank 1.
Value indexTable(Builder &b, llvm::ArrayRef<int64_t> values);

/// A constant of these bytes.
Value constantOf(Builder &b, RankedTensorType type, llvm::ArrayRef<char> bytes);

/// Pads (or, where an amount is negative, trims) each dimension.
Value padTensor(Builder &b, Value tensor, llvm::ArrayRef<Size> low, llvm::ArrayRef<Size> high, Value value);
Value sliceTensor(Builder &b, Value tensor, llvm::ArrayRef<Size> offsets, llvm::ArrayRef<Size> sizes,
                  llvm::ArrayRef<Size> strides = {});
Value transposeTensor(Builder &b, Value tensor, llvm::ArrayRef<int64_t> permutation);
/// Same elements, another shape. The caller has made sure that the counts agree.
Value reshapeTensor(Builder &b, Value tensor, llvm::ArrayRef<Size> shape);
/// Splits dimension `dim` into `parts`.
Value splitDim(Builder &b, Value tensor, int64_t dim, llvm::ArrayRef<Size> parts);
/// Merges `count` dimensions from `dim` on.
Value mergeDims(Builder &b, Value tensor, int64_t dim, int64_t count);
/// An element of `tensor`.
Value extract(Builder &b, Value tensor, llvm::ArrayRef<Value> indices);

//===--- Structured ops ---------------------------------------------------===//

using Body = llvm::function_ref<llvm::SmallVector<Value>(Builder &, ValueRange)>;

/// A linalg.generic over tensors. The body gets the operands' elements, inputs first.
llvm::SmallVector<Value> generic(Builder &b, ValueRange inputs, ValueRange inits, llvm::ArrayRef<mlir::AffineMap> maps,
                                 llvm::ArrayRef<mlir::utils::IteratorType> iterators, Body body);

/// All-parallel, no inputs: each element computed from its indices (`index` values).
Value fromIndices(Builder &b, llvm::ArrayRef<Size> shape, Type element,
                  llvm::function_ref<Value(Builder &, ValueRange)> body);

/// All-parallel over one tensor: `body` gets the element.
Value mapTensor(Builder &b, Value tensor, Type element, llvm::function_ref<Value(Builder &, Value)> body);

//===--- Scalars ----------------------------------------------------------===//

/// Converts between numeric element types with the rules of onnx.Cast.
Value convertScalar(Builder &b, Value value, Type to, bool fromUnsigned, bool toUnsigned, bool saturate = true);
/// `value` clamped to [low, high] as signed `index` values.
Value clampIndex(Builder &b, Value value, Value low, Value high);
/// A possibly negative index made non-negative; out of range fails the run and is clamped.
Value checkedIndex(Builder &b, Value index, Value extent);

//===--- Families ---------------------------------------------------------===//

using Patterns = mlir::RewritePatternSet;
using Converter = const mlir::TypeConverter;

void addPointwise(Patterns &patterns, Converter &converter);
void addCasts(Patterns &patterns, Converter &converter);
void addReductions(Patterns &patterns, Converter &converter);
void addArgReductions(Patterns &patterns, Converter &converter);
void addPooling(Patterns &patterns, Converter &converter);
void addContractions(Patterns &patterns, Converter &converter);
void addConvolutions(Patterns &patterns, Converter &converter);
void addTransposedConvolutions(Patterns &patterns, Converter &converter);
void addIntegerContractions(Patterns &patterns, Converter &converter);
void addBlockQuantized(Patterns &patterns, Converter &converter);
void addQuantization(Patterns &patterns, Converter &converter);
void addNormalization(Patterns &patterns, Converter &converter);
void addConstants(Patterns &patterns, Converter &converter);
void addShapes(Patterns &patterns, Converter &converter);
void addReshapes(Patterns &patterns, Converter &converter);
void addMovement(Patterns &patterns, Converter &converter);
void addSlices(Patterns &patterns, Converter &converter);
void addPads(Patterns &patterns, Converter &converter);
void addGathers(Patterns &patterns, Converter &converter);
void addScatters(Patterns &patterns, Converter &converter);
void addResizes(Patterns &patterns, Converter &converter);
void addGenerators(Patterns &patterns, Converter &converter);
void addSampling(Patterns &patterns, Converter &converter);
void addRegionPooling(Patterns &patterns, Converter &converter);
void addUnpooling(Patterns &patterns, Converter &converter);
void addSelections(Patterns &patterns, Converter &converter);
void addRandom(Patterns &patterns, Converter &converter);
void addDeterminants(Patterns &patterns, Converter &converter);
void addFourier(Patterns &patterns, Converter &converter);
void addScans(Patterns &patterns, Converter &converter);
void addSorts(Patterns &patterns, Converter &converter);
void addRecurrences(Patterns &patterns, Converter &converter);
void addTrees(Patterns &patterns, Converter &converter);
void addLookups(Patterns &patterns, Converter &converter);
void addMaps(Patterns &patterns, Converter &converter);
void addCoupledProbabilities(Patterns &patterns, Converter &converter);
void addStrings(Patterns &patterns, Converter &converter);
void addSequences(Patterns &patterns, Converter &converter);
void addControlFlow(Patterns &patterns, Converter &converter);

} // namespace quern::lowering

#endif // QUERN_LIB_CONVERSION_ONNXTOLINALG_LOWERING_H
