# Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Contractions: Conv, ConvTranspose, Gemm, MatMul, Einsum."""

import numpy as np

from ..builder import C, Case, W, X, single, unknown_dims


def conv(name, x, w, bias=True, **attributes):
    operands = [X(*x), W(*w, low=-0.5, high=0.5)] + ([W(w[0])] if bias else [])
    return single("conv_" + name, "Conv", *operands, **attributes)


def cases():
    yield conv("1x1", (1, 8, 7, 9), (16, 8, 1, 1))
    yield conv("1x1_strided", (1, 8, 7, 9), (16, 8, 1, 1), strides=[2, 2])
    yield conv("3x3", (1, 3, 10, 11), (8, 3, 3, 3), bias=False)
    yield conv("3x3_padded", (2, 3, 10, 11), (8, 3, 3, 3), pads=[1, 1, 1, 1])
    yield conv("3x3_uneven_pads", (1, 3, 10, 11), (5, 3, 3, 3), pads=[0, 1, 2, 1], strides=[2, 1])
    yield conv("7x7_stem", (1, 3, 32, 32), (16, 3, 7, 7), pads=[3, 3, 3, 3], strides=[2, 2])
    yield conv("dilated", (1, 4, 15, 13), (6, 4, 3, 3), dilations=[2, 3])
    yield conv("dilated_padded", (1, 4, 15, 13), (6, 4, 3, 3), dilations=[2, 2], pads=[2, 2, 2, 2])
    yield conv("kernel_1x5", (1, 4, 9, 12), (6, 4, 1, 5), pads=[0, 2, 0, 2])
    yield conv("grouped", (1, 8, 9, 9), (12, 2, 3, 3), group=4, pads=[1, 1, 1, 1])
    yield conv("grouped_1x1", (1, 12, 5, 5), (6, 4, 1, 1), group=3)
    yield conv("depthwise", (1, 16, 12, 12), (16, 1, 3, 3), group=16, pads=[1, 1, 1, 1])
    yield conv("depthwise_strided", (1, 16, 13, 12), (16, 1, 5, 5), group=16, pads=[2, 2, 2, 2], strides=[2, 2])
    yield conv("depthwise_multiplier", (1, 4, 8, 8), (8, 1, 3, 3), group=4)
    yield conv("1d", (2, 5, 20), (7, 5, 3), pads=[1, 1], strides=[2])
    yield conv("1d_grouped", (2, 6, 20), (6, 2, 4), group=3)
    yield conv("3d", (1, 2, 6, 7, 8), (4, 2, 3, 3, 3), pads=[1, 1, 1, 1, 1, 1])
    yield conv("same_upper", (1, 3, 10, 11), (4, 3, 3, 3), auto_pad="SAME_UPPER", strides=[2, 2])
    yield conv("same_lower", (1, 3, 10, 11), (4, 3, 4, 4), auto_pad="SAME_LOWER", strides=[2, 2])
    yield conv("valid", (1, 3, 10, 11), (4, 3, 3, 3), auto_pad="VALID")
    yield conv("one_channel_out", (1, 16, 9, 9), (1, 16, 3, 3))
    yield conv("wide", (1, 64, 14, 14), (64, 64, 3, 3), pads=[1, 1, 1, 1])
    yield conv("odd_channels", (1, 13, 11, 7), (17, 13, 3, 3), pads=[1, 1, 1, 1])
    yield conv("image_smaller_than_kernel", (1, 2, 2, 2), (3, 2, 5, 5), pads=[2, 2, 2, 2])
    yield conv("dynamic_batch", ("n=1|3", 3, 9, 9), (4, 3, 3, 3), pads=[1, 1, 1, 1])
    yield conv("dynamic_size", (1, 3, "h=9|16", "w=12|7"), (4, 3, 3, 3), pads=[1, 1, 1, 1], strides=[2, 2])
    yield conv("dynamic_same", (1, 3, "h=9|16", "w=12|7"), (4, 3, 3, 3), auto_pad="SAME_UPPER", strides=[2, 2])
    yield conv("dynamic_depthwise", ("n=1|2", 8, "h=9|16", "w=12|7"), (8, 1, 3, 3), group=8, pads=[1, 1, 1, 1])
    case = single("conv_weight_input", "Conv", X(1, 3, 8, 8), X(4, 3, 3, 3), X(4))
    yield case
    yield unknown_dims(case)
    yield unknown_dims(single("conv_weight_grouped", "Conv", X(2, 4, 7, 6), X(6, 2, 3, 2), group=2, strides=[2, 1],
                              auto_pad="SAME_UPPER"))

    yield single("convtranspose", "ConvTranspose", X(1, 3, 5, 6), W(3, 4, 3, 3), W(4))
    yield single("convtranspose_strided", "ConvTranspose", X(1, 3, 5, 6), W(3, 4, 3, 3), strides=[2, 2], pads=[1, 1, 1, 1],
                 output_padding=[1, 1])
    yield single("convtranspose_2x2", "ConvTranspose", X(1, 8, 6, 6), W(8, 4, 2, 2), W(4), strides=[2, 2])
    yield single("convtranspose_grouped", "ConvTranspose", X(1, 4, 5, 6), W(4, 2, 3, 3), group=2, strides=[2, 1])
    yield single("convtranspose_dilated", "ConvTranspose", X(1, 3, 5, 6), W(3, 2, 3, 3), dilations=[2, 2])
    yield single("convtranspose_shape", "ConvTranspose", X(1, 3, 5, 6), W(3, 2, 3, 3), strides=[2, 2], output_shape=[10, 12])
    yield single("convtranspose_same", "ConvTranspose", X(1, 3, 5, 6), W(3, 2, 3, 3), strides=[2, 2], auto_pad="SAME_UPPER")
    yield single("convtranspose_1d", "ConvTranspose", X(2, 3, 9), W(3, 4, 4), strides=[2])
    yield unknown_dims(single("convtranspose_weight_input", "ConvTranspose", X(1, 4, 5, 6), X(4, 2, 3, 2), X(4), group=2,
                              strides=[2, 1], pads=[1, 0, 1, 1], output_padding=[1, 0]))
    yield unknown_dims(single("convtranspose_shape_input", "ConvTranspose", X(1, 3, 5, 6), X(3, 2, 3, 3), strides=[2, 2],
                              output_shape=[12, 14]))
    yield single("convtranspose_dynamic", "ConvTranspose", X("n=1|2", 3, "h=5|8", "w=6|3"), W(3, 2, 2, 2), strides=[2, 2])

    yield single("gemm", "Gemm", X(5, 7), W(7, 9), W(9))
    yield single("gemm_transposed", "Gemm", X(7, 5), W(9, 7), W(5, 1), transA=1, transB=1, alpha=0.5, beta=2.0)
    yield single("gemm_no_bias", "Gemm", X(5, 7), W(9, 7), transB=1)
    yield single("gemm_scalar_bias", "Gemm", X(5, 7), W(7, 9), C(0.5))
    yield single("gemm_beta_zero", "Gemm", X(5, 7), W(7, 9), W(5, 9), beta=0.0)
    yield single("gemm_dynamic", "Gemm", X("n=1|6", 31), W(31, 17), W(17))
    yield single("gemm_large", "Gemm", X(64, 128), W(128, 96), W(96))
    yield unknown_dims(single("gemm_inputs", "Gemm", X(5, 7), X(7, 9), X(9)))

    yield single("matmul", "MatMul", X(5, 7), X(7, 9))
    yield single("matmul_weight", "MatMul", X(5, 7), W(7, 9))
    yield single("matmul_vector", "MatMul", X(7), W(7, 9))
    yield single("matmul_by_vector", "MatMul", X(2, 5, 7), X(7))
    yield single("matmul_dot", "MatMul", X(7), X(7))
    yield single("matmul_batched", "MatMul", X(2, 3, 5, 7), X(2, 3, 7, 4))
    yield single("matmul_broadcast", "MatMul", X(2, 1, 5, 7), X(3, 7, 4))
    yield single("matmul_tall", "MatMul", X(1, 300), W(300, 100))
    yield single("matmul_dynamic", "MatMul", X("b=1|3", "s=4|9", 16), W(16, 24))
    yield single("matmul_int32", "MatMul", X(5, 7, dtype="int32"), X(7, 3, dtype="int32"))
    yield unknown_dims(single("matmul_inputs", "MatMul", X(2, 5, 7), X(2, 7, 4)))
    yield single("matmul_empty_k", "MatMul", X(3, 0), X(0, 4))

    for name, equation, shapes in (("ij_jk", "ij,jk->ik", [(3, 4), (4, 5)]), ("bij_bjk", "bij,bjk->bik", [(2, 3, 4), (2, 4, 5)]),
                                   ("transpose", "ij->ji", [(3, 4)]), ("sum", "ij->i", [(3, 4)]),
                                   ("attention", "bhqd,bhkd->bhqk", [(2, 2, 3, 4), (2, 2, 5, 4)]),
                                   ("ellipsis", "...ij,...jk->...ik", [(2, 3, 4), (2, 4, 5)]),
                                   ("implicit", "ij,jk", [(3, 4), (4, 5)])):
        yield single(f"einsum_{name}", "Einsum", *[X(*s) for s in shapes], equation=equation)

    attention = Case("attention")
    q, k, v = X("b=1|2", "s=5|9", 8), X("b", "s", 8), X("b", "s", 8)
    scores = attention.op("MatMul", q, attention.op("Transpose", k, perm=[0, 2, 1]))
    weights = attention.op("Softmax", attention.op("Mul", scores, C(1 / np.sqrt(8))), axis=-1)
    yield attention.out(attention.op("MatMul", weights, v))

    epilogue = Case("conv_epilogue")  # bias, batch norm, residual and activation around one contraction
    x = X("n=1|2", 8, 10, 10)
    y = epilogue.op("Conv", x, W(8, 8, 3, 3, low=-0.3, high=0.3), pads=[1, 1, 1, 1])
    y = epilogue.op("BatchNormalization", y, W(8, low=0.5, high=1.5), W(8), W(8), W(8, low=0.5, high=1.5))
    y = epilogue.op("Add", y, x)
    y = epilogue.op("Relu", y)
    y = epilogue.op("Conv", y, W(4, 8, 1, 1), W(4))
    yield epilogue.out(epilogue.op("Clip", y, C(0.0), C(6.0)))
