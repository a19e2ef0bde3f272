# Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Operators of the com.microsoft domain on floats, but for attention."""

import numpy as np

from ..builder import C, W, X, single, unknown_dims

DOMAIN = "com.microsoft"


def ms(name, kind, *operands, opset=17, **kwargs):
    return single(name, kind, *operands, domain=DOMAIN, opset=opset, **kwargs)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def group_norm(x, gamma, beta, groups, epsilon=1e-5):
    """Of batch x spatial… x channels, with x * sigmoid(x) after it."""
    n, c = x.shape[0], x.shape[-1]
    y = np.moveaxis(x.astype("f8"), -1, 1).reshape(n, groups, -1)
    y = (y - y.mean(-1, keepdims=True)) / np.sqrt(y.var(-1, keepdims=True) + epsilon)
    y = np.moveaxis(y.reshape(n, c, *x.shape[1:-1]), 1, -1) * gamma + beta
    return (y * sigmoid(y)).astype(x.dtype)


def products():
    yield ms("fusedmatmul", "FusedMatMul", X(2, 5, 3), W(2, 5, 4), transA=1, alpha=0.5)
    yield ms("fusedmatmul_transb", "FusedMatMul", X(2, 3, 5), W(4, 5), transB=1)
    yield unknown_dims(ms("fusedmatmul_batch", "FusedMatMul", X(3, 2, 5), X(3, 2, 5), transBatchA=1, transBatchB=1, transB=1))
    yield ms("transposematmul", "TransposeMatMul", X(2, 5, 3), X(2, 5, 4), transA=1)
    yield ms("fusedmatmul_f16", "FusedMatMul", X(2, 3, 5, dtype="float16"), W(2, 5, 4, dtype="float16"), tolerance=2e-3)
    yield ms("fusedmatmulactivation", "FusedMatMulActivation", X(2, 3, 5), X(2, 5, 4), activation="Relu",
             reference=lambda a, b: np.maximum(a @ b, 0))
    yield ms("fusedgemm", "FusedGemm", X(3, 4), W(4, 5), W(5), activation="Relu")
    for kind, parameters in (("Elu", {"activation_alpha": 0.5}), ("LeakyRelu", {"activation_alpha": 0.1}), ("Softplus", {}),
                             ("HardSigmoid", {"activation_alpha": 0.3, "activation_beta": 0.4}), ("Softsign", {})):
        yield ms(f"fusedgemm_{kind.lower()}", "FusedGemm", X("n=3|5", 4), W(5, 4), activation=kind, transB=1, **parameters)
    yield ms("fusedconv", "FusedConv", X(1, 3, 6, 6), W(4, 3, 3, 3), W(4), activation="Relu", kernel_shape=[3, 3], pads=[1] * 4)
    yield ms("fusedconv_sum", "FusedConv", X("n=2|1", 4, 6, 6), W(4, 4, 3, 3), W(4), X("n", 4, 6, 6), activation="Relu",
             kernel_shape=[3, 3], pads=[1] * 4)
    for kind, parameters in (("Tanh", None), ("Sigmoid", None), ("LeakyRelu", [0.2]), ("Clip", [0.0, 0.5]),
                             ("HardSigmoid", [0.25, 0.5])):
        yield ms(f"fusedconv_{kind.lower()}", "FusedConv", X(1, 3, 6, 6), W(4, 3, 3, 3), activation=kind,
                 activation_params=parameters, kernel_shape=[3, 3])

    def nhwc(x, w, *rest):
        """A convolution of one image, 3 x 3."""
        patches = np.lib.stride_tricks.sliding_window_view(x, (3, 3), (1, 2))  # n h w c kh kw
        y = np.einsum("nhwcij,fcij->nhwf", patches, w)
        return np.maximum(y + rest[0], 0) if rest else y

    yield ms("nhwcconv", "NhwcConv", X("n=1|2", 6, 7, 3), X(4, 3, 3, 3), reference=nhwc, kernel_shape=[3, 3])
    yield ms("nhwcconv_filters", "NhwcConv", X(1, 6, 7, 2), X(4, 3, 3, 2), kernel_shape=[3, 3],
             reference=lambda x, w: nhwc(x, np.moveaxis(w, -1, 1)))
    yield ms("nhwcfusedconv", "NhwcFusedConv", X(1, 6, 7, 3), X(4, 3, 3, 3), None, X(1, 4, 5, 4), activation="Relu",
             kernel_shape=[3, 3], reference=nhwc)
    yield ms("nhwcmaxpool", "NhwcMaxPool", X("n=1|3", "h=7|6", 6, 5, dtype="uint8", high=255), kernel_shape=[3, 3], strides=[2, 2],
             pads=[1, 1, 1, 1])
    yield ms("nhwcmaxpool_int8", "NhwcMaxPool", X(1, 7, 6, 5, dtype="int8", low=-128, high=127), kernel_shape=[2, 2])


def activations():
    for dtype, tolerance in (("float32", 1e-4), ("float16", 2e-3)):
        tail = "" if dtype == "float32" else "_f16"
        x = lambda *dims: X(*dims, dtype=dtype, low=-3, high=3)
        yield ms(f"gelu{tail}", "Gelu", x(3, 7), tolerance=tolerance)
        yield ms(f"quickgelu{tail}", "QuickGelu", x(3, 7), alpha=1.5, tolerance=tolerance)
        yield ms(f"fastgelu{tail}", "FastGelu", x("n=3|8", 7), W(7, dtype=dtype), tolerance=tolerance)
        yield ms(f"biasgelu{tail}", "BiasGelu", x("n=3|8", 7), W(7, dtype=dtype), tolerance=tolerance)
    yield ms("fastgelu_plain", "FastGelu", X(3, 7, low=-3, high=3))
    yield ms("biassoftmax", "BiasSoftmax", X(2, 3, 4, 5), X(2, 1, 1, 5), axis=3, is_inner_broadcast=1, reference=bias_softmax(1))
    yield ms("biassoftmax_axis", "BiasSoftmax", X("a=2|3", "b=3|2", 4, 5), X("a", "b", 4, 5), axis=2, is_inner_broadcast=1,
             reference=bias_softmax(2))
    yield ms("biasadd", "BiasAdd", X(2, "n=4|3", 6), X(6), X(2, "n", 6), reference=lambda x, bias, skip: x + bias + skip)
    yield ms("biassplitgelu", "BiasSplitGelu", X("n=2|3", 4, 8), X(8), reference=split_gelu)
    yield ms("biasdropout", "BiasDropout", X("n=2|3", 8), X(8), X("n", 8), reference=lambda x, bias, residual: x + bias + residual)


def bias_softmax(dims):
    """Over the last dimensions, as one."""
    def run(x, bias):
        flat = (x + bias).reshape(*x.shape[:-dims], -1)
        e = np.exp(flat - flat.max(-1, keepdims=True))
        return (e / e.sum(-1, keepdims=True)).reshape(x.shape)
    return run


def split_gelu(x, bias):
    import math
    left, right = np.split(x + bias, 2, -1)
    return left * right * 0.5 * (1 + np.vectorize(math.erf)(right / np.sqrt(2))).astype("f4")


def normalizations():
    for dtype, tolerance in (("float32", 1e-4), ("float16", 4e-3)):
        tail = "" if dtype == "float32" else "_f16"
        x, w = (lambda *dims: X(*dims, dtype=dtype)), (lambda *dims: W(*dims, dtype=dtype))
        yield ms(f"skiplayernorm{tail}", "SkipLayerNormalization", x(2, 3, 8), x(2, 3, 8), w(8), w(8), w(8), tolerance=tolerance)
        yield ms(f"skipsimplifiedlayernorm{tail}", "SkipSimplifiedLayerNormalization", x(2, "n=3|5", 8), x(2, "n", 8), w(8),
                 tolerance=tolerance)
    yield ms("skiplayernorm_sum", "SkipLayerNormalization", X("b=2|1", "n=3|4", 8), X("n", 8), W(8), outputs=(0, 3))
    yield ms("skipsimplifiedlayernorm_sum", "SkipSimplifiedLayerNormalization", X("b=2|1", "n=3|4", 8), X("b", "n", 8), W(8), W(8),
             outputs=(0, 3))
    yield single("simplifiedlayernorm", "SimplifiedLayerNormalization", X("b=2|3", 4, 8), W(8), opset=11)
    ids = lambda *dims, high: X(*dims, dtype="int32", low=0, high=high)
    yield ms("embedlayernorm", "EmbedLayerNormalization", ids(2, 5, high=9), ids(2, 5, high=1), W(10, 8), W(6, 8), W(2, 8), W(8), W(8),
             outputs=2)
    yield ms("embedlayernorm_all", "EmbedLayerNormalization", ids("b=2|1", "n=5|3", high=9), ids("b", "n", high=1), W(10, 8), W(6, 8),
             W(2, 8), W(8), W(8), ids("b", "n", high=1), ids("b", "n", high=5), outputs=3)
    yield ms("embedlayernorm_words", "EmbedLayerNormalization", ids("b=2|1", "n=5|3", high=9), None, W(10, 8), W(6, 8), None, W(8), W(8),
             outputs=2)
    gamma, beta = np.float32([1, 2, 3, 4]), np.float32([0, 1, 0.5, -1])
    yield ms("groupnorm", "GroupNorm", X("n=2|1", 3, "w=5|2", 4), C(gamma), C(beta), activation=1, groups=2,
             reference=lambda x: group_norm(x, gamma, beta, 2))
    yield ms("skipgroupnorm", "SkipGroupNorm", X("n=2|1", 3, 5, 4), C(gamma), C(beta), X("n", 4), X(4), activation=1, groups=2,
             reference=lambda x, skip, bias: group_norm(x + skip[:, None, None] + bias, gamma, beta, 2))


def others():
    yield ms("cdist", "CDist", X("n=3|1", 4), X(5, 4), metric="euclidean")
    yield ms("cdist_squared", "CDist", X(3, 4), X(5, 4))
    yield ms("unique", "Unique", X(9, dtype="float32", values=np.float32([3, 1, 3, 2, 1, 5, 5, 5, 0])), outputs=3)
    yield ms("inverse", "Inverse", X("n=2|3", 4, 4, low=-5, high=5), tolerance=1e-3)
    yield ms("inverse_f64", "Inverse", X("k=1|6", "k", dtype="float64", low=-5, high=5))
    yield ms("range", "Range", C(np.float32(2)), C(np.float32(7)))
    yield ms("pad", "Pad", X(2, 3), C(np.int64([1, 0, 0, 2])), C(np.float32(5)))
    yield ms("trilu", "Trilu", X(4, 5), upper=0)
    yield ms("expanddims", "ExpandDims", X(4, 5), C(np.int32(1)))
    yield ms("gridsample", "GridSample", X(1, 2, 4, 5), X(1, 3, 3, 2), mode="bilinear")
    yield single("scale", "Scale", X(4, 5), scale=2.5, opset=9)
    yield single("affine", "Affine", X(4, 5), alpha=2.5, beta=0.5, opset=9)
    yield single("giventensorfill", "GivenTensorFill", values=[1.0, 2, 3, 4, 5, 6], shape=[2, 3], opset=9,
                 reference=lambda: np.float32([[1, 2, 3], [4, 5, 6]]))


def cases():
    for family in (products, activations, normalizations, others):
        yield from family()
