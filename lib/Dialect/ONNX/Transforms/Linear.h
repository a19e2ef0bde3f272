// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Operators that are linear in constant weights: what comes after them per output
// channel can go into the weights and the bias.

#ifndef QUERN_LIB_DIALECT_ONNX_TRANSFORMS_LINEAR_H
#define QUERN_LIB_DIALECT_ONNX_TRANSFORMS_LINEAR_H

#include "Constness.h"
#include "Formula.h"

#include <string>

namespace quern::onnx {

/// A Conv, ConvTranspose, Gemm or MatMul whose weights and bias are constants, and whose only user is at hand.
class Linear {
public:
  /// The operator that makes `value`, for its user `user`; or why not.
  static std::optional<Linear> match(mlir::Value value, mlir::Operation *user, Constness &constness,
                                     std::string &whyNot);

  /// The output's dimension of channels, and their number.
  int64_t channelAxis() const;
  int64_t numChannels() const { return channels; }
  /// The operator can add one value a channel.
  bool takesBias() const;
  mlir::RankedTensorType outputType() const;

  /// `constant`, broadcast to the output, as a vector with a value a channel, or one for all (then of size 1). Null,
  /// with the reason, where it varies along other dimensions or would widen the output.
  Term channelVector(Formula &f, mlir::Value constant, std::string &whyNot) const;

  /// The weights with output channel c multiplied by `a[c]`.
  Term scaleWeights(Formula &f, Term a) const;
  /// The bias as a vector a channel, or null where there is none.
  Term bias(Formula &f) const;
  Term weights(Formula &f) const { return f(op->getOperand(1)); }
  /// The operator with other weights and another bias (null for none), in the formula's place.
  Term rebuild(Formula &f, Term weights, Term bias) const;

  mlir::Location getLoc() const { return op->getLoc(); }

private:
  Linear(mlir::Operation *op, int64_t channels) : op(op), channels(channels) {}

  mlir::Operation *op;
  int64_t channels;
};

/// The location of what two nodes became.
mlir::Location fuse(mlir::Location first, mlir::Location second);

} // namespace quern::onnx

#endif // QUERN_LIB_DIALECT_ONNX_TRANSFORMS_LINEAR_H
