// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What all forms of attention are made of, in ai.onnx and in com.microsoft.

#ifndef QUERN_LIB_DIALECT_ONNX_TRANSFORMS_ATTENTIONPARTS_H
#define QUERN_LIB_DIALECT_ONNX_TRANSFORMS_ATTENTIONPARTS_H

#include "DecomposeRules.h"

#include <limits>

namespace quern::onnx {

constexpr double kMinusInfinity = -std::numeric_limits<double>::infinity();

inline Term sizeOf(Term x, int64_t axis) { return shapeOf(x, axis, axis + 1); }

//===--- Heads ------------------------------------------------------------===//

/// batch x length x (heads size) -> batch x heads x length x size
Term splitHeads(Term x, int64_t heads);
Term joinHeads(Term x);
/// The product of matrices of heads, each of `b` serving several of `a`.
Term matmulOfHeads(Term a, Term b);

//===--- Scores -----------------------------------------------------------===//

/// Which keys a query sees, as conditions and as terms that are added to the scores.
struct Mask {
  Term allowed; // null: all
  Term bias;    // null: none

  void require(Term condition) { allowed = allowed ? allowed && condition : condition; }
  void add(Term term) { bias = bias ? bias + term : term; }
};

struct Scores {
  Term raw, capped, masked, weights;
};

/// The positions of queries (a column) and keys (a row).
Term queryPositions(Term q);
Term keyPositions(Term k);

/// The root of what scores are multiplied by, 1 / sqrt(features) where it is not given: on both sides of the product,
/// so that 16-bit ones do not overflow.
Term rootOfScale(Term q, std::optional<double> scale);

/// softmax(cap(q * k^T * scale) + mask), computed in `precision`. A sink is one more score of each head, of no key.
Scores computeScores(Term q, Term k, std::optional<double> scale, double cap, const Mask &mask, mlir::Type precision,
                     Term sink = {});

//===--- Rotary embeddings ------------------------------------------------===//

/// x is batch x length x (heads size), or batch x heads x length x size; the caches are batch x length x features / 2;
/// 0 features are all.
Answer rotateHeads(Term x, Term cosine, Term sine, int64_t heads, int64_t features, bool interleaved);

} // namespace quern::onnx

#endif // QUERN_LIB_DIALECT_ONNX_TRANSFORMS_ATTENTIONPARTS_H
