// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What operators of com.microsoft on floats and on quantized numbers share.

#ifndef QUERN_LIB_DIALECT_ONNX_TRANSFORMS_MICROSOFTPARTS_H
#define QUERN_LIB_DIALECT_ONNX_TRANSFORMS_MICROSOFTPARTS_H

#include "DecomposeRules.h"

namespace quern::onnx {

/// batch x spatial… x channels -> batch x channels x spatial…, and back
Term channelsFirst(Term x);
Term channelsLast(Term x);

/// softmax over all dimensions from `axis` on, as one
Term flatSoftmax(Term x, int64_t axis);

struct Embeddings {
  Term ids, segmentIds, words, positions, segments, gamma, beta, mask, positionIds;
};
/// LayerNormalization(words[ids] + positions[positionIds] + segments[segmentIds]), the number of tokens that the mask
/// leaves, and the sum.
Answer embed(Formula &f, const Embeddings &e, mlir::NamedAttribute epsilon, bool wantsIndex, bool wantsSum);

} // namespace quern::onnx

#endif // QUERN_LIB_DIALECT_ONNX_TRANSFORMS_MICROSOFTPARTS_H
