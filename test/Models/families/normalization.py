# Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Normalizations."""

import numpy as np

from ..builder import C, W, X, single


def even_lrn(x, alpha=0.1, size=4):
    total = np.stack([(x[:, max(0, c - 1):c + 3]**2).sum(axis=1) for c in range(x.shape[1])], axis=1)
    return (x / (1 + alpha / size * total)**0.75).astype(np.float32)


def cases():
    stats = lambda c: (W(c, low=0.5, high=1.5), W(c), W(c), W(c, low=0.5, high=1.5))
    yield single("batchnorm", "BatchNormalization", X(2, 5, 6, 7), *stats(5))
    yield single("batchnorm_epsilon", "BatchNormalization", X(2, 5, 6, 7), *stats(5), epsilon=0.1)
    yield single("batchnorm_rank2", "BatchNormalization", X("n=2|4", 5), *stats(5))
    yield single("batchnorm_dynamic", "BatchNormalization", X("n=1|2", 5, "h=3|6", "w=4|5"), *stats(5))
    yield single("instancenorm", "InstanceNormalization", X(2, 3, 5, 6), W(3), W(3))
    yield single("instancenorm_1d", "InstanceNormalization", X(2, 3, 9), W(3), W(3), epsilon=1e-2)
    yield single("instancenorm_dynamic", "InstanceNormalization", X("n=1|2", 3, "h=5|7", "w=6|4"), W(3), W(3))
    yield single("layernorm", "LayerNormalization", X(2, 3, 16), W(16), W(16))
    yield single("layernorm_no_bias", "LayerNormalization", X(2, 3, 16), W(16), epsilon=1e-3)
    yield single("layernorm_axis1", "LayerNormalization", X(2, 3, 4), W(3, 4), W(3, 4), axis=1)
    yield single("layernorm_dynamic", "LayerNormalization", X("n=2|1", "s=3|7", 16), W(16), W(16))
    yield single("layernorm_outputs", "LayerNormalization", X(2, 3, 16), W(16), W(16), outputs=3)
    yield single("groupnorm", "GroupNormalization", X(2, 6, 4, 5), W(6), W(6), num_groups=3)
    yield single("groupnorm_dynamic", "GroupNormalization", X("n=2|1", 6, "h=4|3", "w=5|6"), W(6), W(6), num_groups=2)
    yield single("rmsnorm", "RMSNormalization", X(2, 3, 16), W(16), opset=23, reference="onnx")
    yield single("lrn", "LRN", X(2, 7, 4, 5, low=0, high=3), size=3)
    yield single("lrn_parameters", "LRN", X(1, 8, 4, 5, low=0, high=3), size=5, alpha=0.01, beta=0.5, bias=2.0)
    # Neither reference takes an even size: the window is one channel longer upwards.
    yield single("lrn_even", "LRN", X(1, 8, 4, 5, low=0, high=3), size=4, alpha=0.1, reference=even_lrn)
    yield single("lpnorm", "LpNormalization", X(3, 5), axis=1, p=2)
    yield single("lpnorm_1", "LpNormalization", X(3, 5), axis=0, p=1)
    yield single("meanvariance", "MeanVarianceNormalization", X(2, 3, 4, 5))
    yield single("dropout", "Dropout", X(3, 5))

    scores, labels = lambda: X(4, 5, low=-3, high=3), lambda: X(values=np.array([0, 4, 2, 2]))
    for kind, first in (("SoftmaxCrossEntropyLoss", scores), ("NegativeLogLikelihoodLoss", scores)):
        for reduction in ("mean", "sum", "none"):
            yield single(f"{kind.lower()}_{reduction}", kind, first(), labels(), reduction=reduction)
        yield single(f"{kind.lower()}_weights", kind, first(), labels(), W(5, low=0.5, high=1.5), ignore_index=2)
    for window in ("HannWindow", "HammingWindow", "BlackmanWindow"):
        yield single(window.lower(), window, C(np.int64(9)))
        yield single(window.lower() + "_symmetric", window, C(np.int64(9)), periodic=0)
