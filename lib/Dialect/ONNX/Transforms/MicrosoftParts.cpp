// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "MicrosoftParts.h"

using namespace mlir;

namespace quern::onnx {

Term channelsFirst(Term x) {
  SmallVector<int64_t> perm = axesFrom(0, x.rank());
  std::rotate(perm.begin() + 1, perm.end() - 1, perm.end());
  return transpose(x, perm);
}

Term channelsLast(Term x) {
  SmallVector<int64_t> perm = axesFrom(0, x.rank());
  std::rotate(perm.begin() + 1, perm.begin() + 2, perm.end());
  return transpose(x, perm);
}

Term flatSoftmax(Term x, int64_t axis) {
  Formula &f = *x.formula;
  int64_t rank = x.rank();
  axis = axis < 0 ? axis + rank : axis;
  auto softmax = [&](Term x) { return f.node<SoftmaxOp>({x.value}, {f.attr("axis", int64_t(-1))}); };
  if (axis == rank - 1)
    return softmax(x);
  SmallVector<int64_t> shape(axis, 0);
  shape.push_back(-1);
  return reshape(softmax(reshape(x, shape)), shapeOf(x));
}

Answer embed(Formula &f, const Embeddings &e, NamedAttribute epsilon, bool wantsIndex, bool wantsSum) {
  if (!e.ids.ranked() || e.ids.rank() != 2)
    return Answer::no("expects ids of two dimensions");
  Term sum = gather(e.words, e.ids, 0);
  if (e.positionIds) {
    sum = sum + gather(e.positions, e.positionIds, 0);
  } else { // the first rows
    Term length = shapeOf(e.ids, 1, 2);
    sum = sum + f.node<SliceOp>({e.positions.value, f.integers({0}).value, length.value, f.integers({0}).value});
  }
  if (e.segmentIds.value && e.segments.value)
    sum = sum + gather(e.segments, e.segmentIds, 0);
  Term y =
      f.node<LayerNormalizationOp>({sum.value, e.gamma.value, e.beta.value}, {f.attr("axis", int64_t(-1)), epsilon});
  SmallVector<Term> results{y};
  if (wantsIndex)
    results.push_back(e.mask ? reduceSum(e.mask, {1}, /*keep=*/false)
                             : expand(f.number(0, f.builder.getI32Type()), shapeOf(e.ids, 0, 1)));
  if (wantsSum)
    results.push_back(sum);
  return results;
}

} // namespace quern::onnx
