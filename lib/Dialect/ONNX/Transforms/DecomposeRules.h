// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How a rule of onnx-decompose is written: a function from an operator to the
// formula that takes its place. What is composite is read from these functions'
// argument types, not listed again.
//
//   // mish(x) = x * tanh(softplus(x))
//   rules.add([](MishOp op, Formula &f) -> Answer {
//     Term x = f(op.getX());
//     return x * tanh(softplus(x));
//   });

#ifndef QUERN_LIB_DIALECT_ONNX_TRANSFORMS_DECOMPOSERULES_H
#define QUERN_LIB_DIALECT_ONNX_TRANSFORMS_DECOMPOSERULES_H

#include "Formula.h"

#include "llvm/ADT/StringSet.h"

namespace quern::onnx {

/// What a rule answers: a term a result (null for one that is absent), or why not.
struct Answer {
  llvm::SmallVector<Term, 1> terms;
  llvm::StringRef whyNot;

  Answer(Term term) : terms{term} {}
  Answer(const llvm::SmallVector<Term> &terms) : terms(terms.begin(), terms.end()) {}
  static Answer no(llvm::StringRef why) {
    Answer answer{llvm::SmallVector<Term>()};
    answer.whyNot = why;
    return answer;
  }
};

/// Why operators were left, for the error at the end. (Reasons given to a rewriter are dropped in release builds.)
using Reasons = llvm::DenseMap<mlir::Operation *, llvm::StringRef>;

/// Replaces `op`, results narrowed to what both the operator and the formula say.
llvm::LogicalResult applyAnswer(mlir::Operation *op, const Answer &answer, mlir::PatternRewriter &rewriter,
                                Reasons &reasons);

class Rules {
public:
  Rules(mlir::RewritePatternSet &patterns, Reasons &reasons) : patterns(patterns), reasons(reasons) {}

  /// A composite operator: after `onnx-decompose` there is none, unless it is kept.
  template <typename F>
  void add(F formula) {
    using OpTy = typename llvm::function_traits<F>::template arg_t<0>;
    composite.insert(OpTy::getOperationName());
    patterns.addWithLabel<Rule<OpTy, F>>({OpTy::getOperationName()}, patterns.getContext(), formula, reasons);
  }
  /// Some forms of an operator that also has a simple one.
  template <typename F>
  void addForm(F formula) {
    using OpTy = typename llvm::function_traits<F>::template arg_t<0>;
    patterns.add<Rule<OpTy, F>>(patterns.getContext(), formula, reasons);
  }

  const llvm::StringSet<> &getComposite() const { return composite; }

private:
  template <typename OpTy, typename F>
  struct Rule : mlir::OpRewritePattern<OpTy> {
    Rule(mlir::MLIRContext *context, F formula, Reasons &reasons)
        : mlir::OpRewritePattern<OpTy>(context), formula(formula), reasons(reasons) {}

    llvm::LogicalResult matchAndRewrite(OpTy op, mlir::PatternRewriter &rewriter) const override {
      Formula f(rewriter, op.getLoc());
      mlir::Operation *before = op->getPrevNode();
      Answer answer = formula(op, f);
      // What a rule made before it declined would count as a change, again and again.
      while (answer.terms.empty() && op->getPrevNode() != before)
        rewriter.eraseOp(op->getPrevNode());
      return applyAnswer(op, answer, rewriter, reasons);
    }

    F formula;
    Reasons &reasons;
  };

  mlir::RewritePatternSet &patterns;
  Reasons &reasons;
  llvm::StringSet<> composite;
};

// One file a family.
void addActivationRules(Rules &rules);
void addReductionRules(Rules &rules);
void addNormalizationRules(Rules &rules);
void addTensorRules(Rules &rules);
void addEinsumRules(Rules &rules);
void addAttentionRules(Rules &rules);
void addSignalRules(Rules &rules);
void addSpectrumRules(Rules &rules);
void addMicrosoftRules(Rules &rules);
void addMicrosoftAttentionRules(Rules &rules);
void addMicrosoftQuantizedRules(Rules &rules);
void addMLRules(Rules &rules);
void addSVMRules(Rules &rules);
void addTreeRules(Rules &rules);
void addPreviewRules(Rules &rules);

} // namespace quern::onnx

#endif // QUERN_LIB_DIALECT_ONNX_TRANSFORMS_DECOMPOSERULES_H
