# Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Gathers and scatters: where the position is a value."""

import numpy as np

from ..builder import C, Case, W, X, single


def cases():
    index = lambda *values, dtype=np.int64: X(values=np.array(values, dtype))
    yield single("gather", "Gather", X(5, 4), index(0, 3, 1))
    yield single("gather_axis1", "Gather", X(3, 5, 2), index([0, 4], [2, 2]), axis=1)
    yield single("gather_negative", "Gather", X(5, 4), index(-1, -5, 0))
    yield single("gather_scalar", "Gather", X(3, 5), C(np.int64(2)), axis=1)
    yield single("gather_int32", "Gather", W(9, 6), index(0, 8, 4, dtype=np.int32))
    yield single("gather_embedding", "Gather", W(20, 8), X("b=1|2", "s=5|3", dtype="int64", low=0, high=19))
    yield single("gather_strings_of_bool", "Gather", X(5, dtype="bool"), index(0, 4))
    yield single("gatherelements", "GatherElements", X(3, 4), index([0, 2, 1, 0], [2, 2, -1, 1]), axis=0)
    yield single("gatherelements_last", "GatherElements", X(3, 4), index([0, 3], [2, -1], [1, 1]), axis=1)
    yield single("gathernd", "GatherND", X(3, 4, 2), index([0, 1], [2, 3], [-1, 0]))
    yield single("gathernd_batched", "GatherND", X(2, 4, 3), index([[1], [3]], [[0], [2]]), batch_dims=1)
    yield single("scatterelements", "ScatterElements", X(3, 4), index([0, 2, 1, 0]), X(1, 4), axis=0)
    yield single("scatterelements_axis1", "ScatterElements", X(3, 4), index([1], [3], [-4]), X(3, 1), axis=1)
    for reduction in ("add", "mul", "max", "min"):
        yield single(f"scatterelements_{reduction}", "ScatterElements", X(3, 4), index([0, 1, 2, 0], [0, 1, 1, 0]), X(2, 4), axis=0,
                     reduction=reduction)
        yield single(f"scatternd_{reduction}", "ScatterND", X(5, 3), index([1], [4], [1]), X(3, 3), reduction=reduction)
    yield single("scatternd", "ScatterND", X(4, 5, 2), index([0, 1], [3, 4], [-1, 0]), X(3, 2))
    yield single("scatternd_rows", "ScatterND", X("n=5|7", 3), index([1], [4]), X(2, 3))
    yield single("onehot", "OneHot", index(0, 2, 5), C(np.int64(6)), C([0.0, 1.0]))
    yield single("onehot_axis0", "OneHot", index([0, -1], [2, 9]), C(np.int64(4)), C([-1.0, 3.0]), axis=0)
    yield single("onehot_int", "OneHot", X("n=4|2", dtype="int64", low=0, high=4), C(np.int64(5)), C(np.array([0, 1], np.int64)))
    yield single("nonzero", "NonZero", X(values=np.array([[1, 0, 3], [0, 0, 4]], np.float32)))
    yield single("compress", "Compress", X(3, 4), X(values=np.array([False, True, True])), axis=0)

    yield single("tensorscatter", "TensorScatter", X(2, 6, 4), X(2, 2, 4), index(1, 3), axis=1, opset=24, reference="onnx")
    yield single("rotaryembedding", "RotaryEmbedding", X(1, 2, 4, 8), W(6, 4), W(6, 4), index([0, 1, 2, 3]), opset=23, reference="onnx")

    embed = Case("embedding_sum")
    ids, kinds = X("b=2|1", "s=4|6", dtype="int64", low=0, high=15), X("b", "s", dtype="int64", low=0, high=1)
    words = embed.op("Gather", W(16, 12), ids)
    yield embed.out(embed.op("LayerNormalization", embed.op("Add", words, embed.op("Gather", W(2, 12), kinds)), W(12), W(12)))
