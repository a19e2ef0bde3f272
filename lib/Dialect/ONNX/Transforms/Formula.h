// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Formulas over ONNX operators, written as one writes them on paper:
//
//   Term x = f(op.getX());
//   return x * tanh(softplus(x));
//
// Each step is a node of the graph with its type inferred; numbers become
// constants of the other operand's element type. (DRR can neither infer result
// types of inner nodes nor give a constant the type of its neighbour.)

#ifndef QUERN_LIB_DIALECT_ONNX_TRANSFORMS_FORMULA_H
#define QUERN_LIB_DIALECT_ONNX_TRANSFORMS_FORMULA_H

#include "quern/Dialect/ONNX/IR/ONNX.h"

#include "mlir/IR/PatternMatch.h"

namespace quern::onnx {

class Formula;

/// A value of the graph, with the formula it is part of. Null for an absent operand.
struct Term {
  mlir::Value value;
  Formula *formula = nullptr;

  operator mlir::Value() const { return value; }
  explicit operator bool() const { return static_cast<bool>(value); }

  mlir::TensorType type() const { return mlir::cast<mlir::TensorType>(value.getType()); }
  mlir::Type element() const { return type().getElementType(); }
  bool ranked() const { return type().hasRank(); }
  int64_t rank() const { return type().getRank(); }
  /// Size of a dimension, counted from the end where negative; kDynamic where unknown.
  int64_t size(int64_t axis) const { return type().getDimSize(axis < 0 ? axis + rank() : axis); }
};

/// Adds nodes in place of one node, and with its location.
class Formula {
public:
  Formula(mlir::OpBuilder &builder, mlir::Location loc) : builder(builder), loc(loc) {}

  Term operator()(mlir::Value value) { return {value, this}; }

  /// A node: one entry an operand (null where absent), attributes by name.
  template <typename OpTy>
  Term node(llvm::ArrayRef<mlir::Value> operands, llvm::ArrayRef<mlir::NamedAttribute> attributes = {}) {
    return {make(OpTy::getOperationName(), OpTy::getOperandKinds(), OpTy::getResultKinds(), operands, attributes, 1)
                ->getResult(0),
            this};
  }
  template <typename OpTy>
  mlir::ResultRange nodes(unsigned results, llvm::ArrayRef<mlir::Value> operands,
                          llvm::ArrayRef<mlir::NamedAttribute> attributes = {}) {
    return make(OpTy::getOperationName(), OpTy::getOperandKinds(), OpTy::getResultKinds(), operands, attributes,
                results)
        ->getResults();
  }

  Term constant(mlir::ElementsAttr value);
  /// A number, as a tensor without dimensions.
  Term number(double value, mlir::Type element);
  /// A vector of i64: axes, shapes.
  Term integers(llvm::ArrayRef<int64_t> values);
  Term floats(llvm::ArrayRef<float> values);

  mlir::NamedAttribute attr(llvm::StringRef name, int64_t value) {
    return builder.getNamedAttr(name, builder.getI64IntegerAttr(value));
  }
  mlir::NamedAttribute attr(llvm::StringRef name, float value) {
    return builder.getNamedAttr(name, builder.getF32FloatAttr(value));
  }
  mlir::NamedAttribute attr(llvm::StringRef name, llvm::StringRef value) {
    return builder.getNamedAttr(name, builder.getStringAttr(value));
  }
  mlir::NamedAttribute attr(llvm::StringRef name, llvm::ArrayRef<int64_t> value) {
    return builder.getNamedAttr(name, builder.getDenseI64ArrayAttr(value));
  }

  /// Gives results of placeholder types those that the operator infers.
  void inferTypes(mlir::Operation *op);

  mlir::OpBuilder &builder;
  mlir::Location loc;

private:
  mlir::Operation *make(llvm::StringRef name, llvm::StringRef kinds, llvm::StringRef resultKinds,
                        llvm::ArrayRef<mlir::Value> operands, llvm::ArrayRef<mlir::NamedAttribute> attributes,
                        unsigned results);
};

//===--- Arithmetic -------------------------------------------------------===//

Term operator+(Term a, Term b);
Term operator-(Term a, Term b);
Term operator*(Term a, Term b);
Term operator/(Term a, Term b);
Term operator+(Term a, double b);
Term operator-(Term a, double b);
Term operator*(Term a, double b);
Term operator/(Term a, double b);
Term operator+(double a, Term b);
Term operator-(double a, Term b);
Term operator*(double a, Term b);
Term operator/(double a, Term b);
Term operator-(Term a);
Term min(Term a, Term b);
Term max(Term a, Term b);
Term pow(Term a, Term b);
Term matmul(Term a, Term b);

Term operator<(Term a, double b);
Term operator>(Term a, double b);
Term operator<(Term a, Term b);
Term operator>(Term a, Term b);
Term operator>=(Term a, Term b);
Term operator==(Term a, Term b);
Term operator&&(Term a, Term b);
Term select(Term condition, Term a, Term b);

Term abs(Term x);
Term erf(Term x);
Term exp(Term x);
Term log(Term x);
Term relu(Term x);
Term sigmoid(Term x);
Term softplus(Term x);
Term sqrt(Term x);
Term tanh(Term x);
Term cos(Term x);
Term sin(Term x);

//===--- Reductions, with the reduced dimensions kept -----------------------===//

Term reduceSum(Term x, llvm::ArrayRef<int64_t> axes, bool keep = true);
Term reduceMean(Term x, llvm::ArrayRef<int64_t> axes, bool keep = true);
Term reduceMax(Term x, llvm::ArrayRef<int64_t> axes, bool keep = true);

//===--- Data movement ----------------------------------------------------===//

Term convert(Term x, mlir::Type element);
/// A 0 copies the size of the operand, a -1 is what is left.
Term reshape(Term x, llvm::ArrayRef<int64_t> shape);
Term reshape(Term x, Term shape);
Term transpose(Term x, llvm::ArrayRef<int64_t> perm);
Term unsqueeze(Term x, llvm::ArrayRef<int64_t> axes);
Term squeeze(Term x, llvm::ArrayRef<int64_t> axes);
Term expand(Term x, Term shape);
Term gather(Term x, Term indices, int64_t axis);
Term slice(Term x, llvm::ArrayRef<int64_t> starts, llvm::ArrayRef<int64_t> ends, llvm::ArrayRef<int64_t> axes);
Term concat(llvm::ArrayRef<Term> parts, int64_t axis);
/// The sizes of x from dimension `start` up to `end`.
Term shapeOf(Term x, int64_t start, int64_t end);
/// The sizes of x, as one i64 vector.
Term shapeOf(Term x);
/// 0 … count - 1
Term range(Term count);
/// Runs `body` over the slices of `sequences` along `axis`, with the states of the slice before; it answers the next
/// states, then slices that are stacked along `axis` too. The last states, and the stacks.
llvm::SmallVector<Term> scan(llvm::ArrayRef<Term> states, llvm::ArrayRef<Term> sequences, int64_t axis,
                             llvm::function_ref<llvm::SmallVector<Term>(llvm::ArrayRef<Term> slices)> body);

/// The dimensions from `first` on.
llvm::SmallVector<int64_t> axesFrom(int64_t first, int64_t rank);

} // namespace quern::onnx

#endif // QUERN_LIB_DIALECT_ONNX_TRANSFORMS_FORMULA_H
