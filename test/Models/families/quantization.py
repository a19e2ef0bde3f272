# Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Quantized values: explicit quantize and dequantize, and integer contractions."""

import numpy as np

from ..builder import C, Case, W, X, single, unknown_dims

u8 = lambda value: C(np.uint8(value))
i8 = lambda value: C(np.int8(value))


def cases():
    ties = np.array([[-1.25, -0.75, -0.25, 0.25, 0.75, 1.25, 200.0, -200.0]], np.float32)
    yield single("quantizelinear", "QuantizeLinear", X(values=ties), C(0.5), u8(128))
    yield single("quantizelinear_int8", "QuantizeLinear", X(values=ties), C(0.5), i8(3))
    yield single("quantizelinear_axis", "QuantizeLinear", X(3, 4, low=-9, high=9), W(4, low=0.1, high=0.3), C(np.int8([0, 1, 2, -3])))
    yield unknown_dims(single("quantizelinear_one", "QuantizeLinear", X(7, low=-9, high=9), X(values=np.float32([0.25])),
                              X(values=np.uint8([3]))))
    yield single("dequantizelinear", "DequantizeLinear", X(3, 4, dtype="uint8", high=255), C(0.1), u8(128))
    yield single("dequantizelinear_int32", "DequantizeLinear", X(3, 4, dtype="int32"), C(0.1))
    yield single("dequantizelinear_axis", "DequantizeLinear", X(3, 4, dtype="int8", low=-128, high=127), W(3, low=0.1, high=0.3),
                 C(np.int8([0, 1, -2])), axis=0)
    yield single("dynamicquantizelinear", "DynamicQuantizeLinear", X("n=3|2", 7, low=-2, high=5), outputs=3)
    yield single("matmulinteger", "MatMulInteger", X(4, 9, dtype="uint8", high=255), W(9, 5, dtype="int8", low=-128, high=127),
                 u8(7), i8(0))
    yield single("convinteger", "ConvInteger", X(1, 3, 6, 6, dtype="uint8", high=255), W(4, 3, 3, 3, dtype="uint8", high=255), u8(3),
                 u8(120), pads=[1, 1, 1, 1])
    yield single("qlinearmatmul", "QLinearMatMul", X(4, 9, dtype="uint8", high=255), C(0.02), u8(128),
                 W(9, 5, dtype="int8", low=-128, high=127), C(0.01), i8(0), C(0.1), u8(128))
    yield single("qlinearconv", "QLinearConv", X(1, 3, 6, 6, dtype="uint8", high=255), C(0.02), u8(128),
                 W(4, 3, 3, 3, dtype="int8", low=-128, high=127), W(4, low=0.005, high=0.02), C(np.zeros(4, np.int8)), C(0.2),
                 u8(100), W(4, dtype="int32", low=-500, high=500), pads=[1, 1, 1, 1])

    qdq = Case("qdq_matmul")  # explicit pairs around a product, as quantizers write it
    x = X("n=2|5", 8)
    a = qdq.op("DequantizeLinear", qdq.op("QuantizeLinear", x, C(1 / 127), i8(0)), C(1 / 127), i8(0))
    b = qdq.op("DequantizeLinear", W(8, 6, dtype="int8", low=-127, high=127), C(0.01), i8(0))
    yield qdq.out(qdq.op("MatMul", a, b))
