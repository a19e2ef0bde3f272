# Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Operators of the com.microsoft domain that are rewritten into the standard's."""

import numpy as np

from ..builder import C, W, X, single

DOMAIN = "com.microsoft"
u8 = lambda value: C(np.uint8(value))


def ms(name, kind, *operands, **kwargs):
    return single(name, kind, *operands, domain=DOMAIN, opset=17, **kwargs)


def cases():
    yield ms("fusedmatmul", "FusedMatMul", X(2, 5, 3), W(2, 5, 4), transA=1, alpha=0.5)
    yield ms("fusedmatmul_transb", "FusedMatMul", X(2, 3, 5), W(4, 5), transB=1)
    yield ms("fusedgemm", "FusedGemm", X(3, 4), W(4, 5), W(5), activation="Relu")
    yield ms("fusedconv", "FusedConv", X(1, 3, 6, 6), W(4, 3, 3, 3), W(4), activation="Relu", kernel_shape=[3, 3], pads=[1] * 4)
    yield ms("gelu", "Gelu", X(3, 7, low=-3, high=3))
    yield ms("biasgelu", "BiasGelu", X(3, 7, low=-3, high=3), W(7))
    yield ms("quickgelu", "QuickGelu", X(3, 7, low=-3, high=3))
    yield ms("fastgelu", "FastGelu", X(3, 7, low=-3, high=3), W(7))
    yield ms("skiplayernorm", "SkipLayerNormalization", X(2, 3, 8), X(2, 3, 8), W(8), W(8), W(8))
    yield ms("skipsimplifiedlayernorm", "SkipSimplifiedLayerNormalization", X(2, 3, 8), X(2, 3, 8), W(8))
    yield ms("embedlayernorm", "EmbedLayerNormalization", X(2, 5, dtype="int32", low=0, high=9), X(2, 5, dtype="int32", low=0, high=1),
             W(10, 8), W(6, 8), W(2, 8), W(8), W(8), outputs=2)
    scale = lambda value: C(np.float32(value))
    a, b = (lambda: X(3, 9, dtype="uint8", high=255)), (lambda: W(3, 9, dtype="uint8", high=255))
    yield ms("qlinearadd", "QLinearAdd", a(), scale(0.02), u8(128), b(), scale(0.03), u8(100), scale(0.05), u8(110))
    yield ms("qlinearmul", "QLinearMul", a(), scale(0.02), u8(128), b(), scale(0.03), u8(100), scale(0.05), u8(110))
    yield ms("qlinearsigmoid", "QLinearSigmoid", a(), scale(0.05), u8(128), scale(1 / 256), u8(0))
    yield ms("qlinearleakyrelu", "QLinearLeakyRelu", a(), scale(0.05), u8(128), scale(0.05), u8(128), alpha=0.1)
    yield ms("qlinearglobalaveragepool", "QLinearGlobalAveragePool", X(1, 3, 4, 5, dtype="uint8", high=255), scale(0.02), u8(128),
             scale(0.01), u8(120))
    yield ms("matmulintegertofloat", "MatMulIntegerToFloat", X(4, 9, dtype="uint8", high=255), W(9, 5, dtype="uint8", high=255),
             scale(0.02), scale(0.01), u8(128), u8(120), W(5))
    yield ms("dynamicquantizematmul", "DynamicQuantizeMatMul", X(4, 9), W(9, 5, dtype="uint8", high=255), scale(0.01), u8(120), W(5),
             tolerance=2e-2)
    yield ms("rotaryembedding", "RotaryEmbedding", X(1, 2, 4, 8), X(values=np.int64([[0, 1, 2, 3]])), W(6, 4), W(6, 4))
