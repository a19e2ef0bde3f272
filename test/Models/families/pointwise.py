# Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Elementwise operators, their broadcasting and their types."""

import numpy as np

from ..builder import C, Case, W, X, single, unknown_dims

# operator: (low, high) of its input, attributes
UNARY = {
    "Abs": (-2, 2), "Neg": (-2, 2), "Ceil": (-3, 3), "Floor": (-3, 3), "Round": (-3, 3), "Sign": (-2, 2),
    "Exp": (-6, 6), "Log": (0.01, 9), "Sqrt": (0, 9), "Reciprocal": (0.5, 4), "Erf": (-3, 3),
    "Sin": (-9, 9), "Cos": (-9, 9), "Tan": (-1.4, 1.4), "Asin": (-1, 1), "Acos": (-1, 1), "Atan": (-9, 9),
    "Sinh": (-3, 3), "Cosh": (-3, 3), "Tanh": (-5, 5), "Asinh": (-5, 5), "Acosh": (1, 9), "Atanh": (-0.95, 0.95),
    "Sigmoid": (-9, 9), "Relu": (-2, 2), "Softplus": (-9, 9), "Softsign": (-4, 4), "HardSwish": (-4, 4),
    "Mish": (-6, 6), "Identity": (-1, 1),
}
ACTIVATIONS = {
    "LeakyRelu": [{}, {"alpha": 0.2}], "Elu": [{}, {"alpha": 0.5}], "Selu": [{}, {"alpha": 1.5, "gamma": 1.1}],
    "HardSigmoid": [{}, {"alpha": 0.3, "beta": 0.4}], "ThresholdedRelu": [{}, {"alpha": 0.3}], "Celu": [{}, {"alpha": 0.7}],
    "Gelu": [{}, {"approximate": "tanh"}], "Shrink": [{"lambd": 0.4}, {"lambd": 0.4, "bias": 0.1}],
}
BINARY = {"Add": (-2, 2), "Sub": (-2, 2), "Mul": (-2, 2), "Div": (0.5, 3), "PRelu": (-2, 2)}


def cases():
    for kind, (low, high) in UNARY.items():
        case = single(kind.lower(), kind, X(3, 37, low=low, high=high))
        yield case
        if kind in ("Exp", "Erf", "Sigmoid", "Relu"):
            yield unknown_dims(case)
    # All of them in one model, on a tensor whose size is no multiple of a vector.
    for kind, variants in ACTIVATIONS.items():
        for i, attributes in enumerate(variants):
            yield single(f"{kind.lower()}_{i}", kind, X(2, 19, low=-3, high=3), **attributes)
    special = np.array([0.0, -0.0, np.inf, -np.inf, np.nan, 0.5, 1.5, 2.5, -0.5, -1.5, 1e-38, 3e38], np.float32)
    for kind in ("Round", "Floor", "Ceil", "Sign", "Abs", "Relu", "Exp", "IsNaN", "Sigmoid", "Tanh", "Sqrt"):
        yield single(f"{kind.lower()}_special", kind, X(values=special))
    yield single("isinf", "IsInf", X(values=special))
    yield single("isinf_positive", "IsInf", X(values=special), detect_negative=0)

    for kind, (low, high) in BINARY.items():
        case = single(kind.lower(), kind, X(2, 3, 5, low=low, high=high), X(2, 3, 5, low=low, high=high))
        yield case
        yield single(f"{kind.lower()}_row", kind, X(2, 3, 5, low=low, high=high), W(5, low=low, high=high))
        if kind != "PRelu":
            yield single(f"{kind.lower()}_both", kind, X(2, 1, 5, low=low, high=high), X(3, 1, low=low, high=high))
        yield unknown_dims(single(f"{kind.lower()}_equal", kind, X(4, 5, low=low, high=high), X(4, 5, low=low, high=high)))
    yield unknown_dims(single("add_stretch", "Add", X(4, 1, 3), X(1, 5, 3)))
    yield unknown_dims(single("mul_scalar_like", "Mul", X(4, 6), X(1, 1)))
    yield single("add_empty", "Add", X(0, 3), X(3))
    yield single("prelu_channels", "PRelu", X(2, 3, 4, 5), W(3, 1, 1))
    yield single("pow", "Pow", X(3, 5, low=0.1, high=3), X(5, low=-2, high=2))
    yield single("pow_square", "Pow", X(3, 5, low=-3, high=3), C(2.0))
    yield single("pow_cube", "Pow", X(3, 5, low=-3, high=3), C(3.0))
    yield single("pow_half", "Pow", X(3, 5, low=0, high=3), C(0.5))
    yield single("pow_int", "Pow", X(3, 5, dtype="int64", low=-3, high=3), X(5, dtype="int64", low=0, high=4))
    yield single("pow_int_by_float", "Pow", X(values=np.arange(-7, 8)), X(values=np.array([2, 3, 1] * 5, np.float32)))
    yield single("pow_mixed", "Pow", X(3, 5, low=0.1, high=3), X(5, dtype="int64", low=-2, high=4))
    yield single("mod_int", "Mod", X(4, 6, dtype="int64", low=-9), X(values=np.array([3, -3, 2, 5, -7, 1])))
    yield single("mod_uint8", "Mod", X(9, dtype="uint8", high=200), X(9, dtype="uint8", low=1, high=9))
    yield single("mod_float", "Mod", X(4, 6, low=-9, high=9), X(6, low=1, high=4), fmod=1)
    for dtype in ("int32", "int64", "uint8", "int8"):
        low = 1 if dtype == "uint8" else -20
        for kind in ("Add", "Sub", "Mul"):
            yield single(f"{kind.lower()}_{dtype}", kind, X(3, 9, dtype=dtype, low=low), X(9, dtype=dtype, low=low))
        yield single(f"div_{dtype}", "Div", X(3, 9, dtype=dtype, low=low, high=99), X(9, dtype=dtype, low=1, high=7))
        yield single(f"abs_{dtype}", "Abs", X(9, dtype=dtype))
        if low < 0:
            yield single(f"neg_{dtype}", "Neg", X(9, dtype=dtype))
        yield single(f"sign_{dtype}", "Sign", X(9, dtype=dtype))
    for kind in ("Min", "Max", "Sum", "Mean"):
        yield single(kind.lower(), kind, X(3, 5), X(5), X(3, 1))
        yield single(kind.lower() + "_one", kind, X(3, 5))
        yield unknown_dims(single(kind.lower() + "_two", kind, X(3, 5), X(3, 5)))
    yield single("max_nan", "Max", X(values=special), X(values=special[::-1].copy()))
    yield single("min_nan", "Min", X(values=special), X(values=special[::-1].copy()))
    yield single("min_int", "Min", X(3, 5, dtype="int64"), X(5, dtype="int64"))
    yield single("max_uint8", "Max", X(3, 5, dtype="uint8", high=255), X(5, dtype="uint8", high=255))

    for kind in ("Equal", "Less", "Greater", "LessOrEqual", "GreaterOrEqual"):
        yield single(kind.lower(), kind, X(3, 5, dtype="int64", low=0, high=2), X(5, dtype="int64", low=0, high=2))
        yield single(kind.lower() + "_float", kind, X(values=special), X(values=special[::-1].copy()))
    yield single("less_uint8", "Less", X(9, dtype="uint8", low=0, high=255), X(9, dtype="uint8", low=0, high=255))
    yield single("equal_bool", "Equal", X(3, 5, dtype="bool"), X(5, dtype="bool"))
    for kind in ("And", "Or", "Xor"):
        yield single(kind.lower(), kind, X(3, 5, dtype="bool"), X(5, dtype="bool"))
    yield single("not", "Not", X(3, 5, dtype="bool"))
    for kind in ("BitwiseAnd", "BitwiseOr", "BitwiseXor"):
        yield single(kind.lower(), kind, X(3, 5, dtype="int32"), X(5, dtype="int32"))
    yield single("bitwisenot", "BitwiseNot", X(5, dtype="uint8", high=255))
    yield single("bitshift_left", "BitShift", X(6, dtype="uint32", high=1000), X(6, dtype="uint32", high=8), direction="LEFT")
    yield single("bitshift_right", "BitShift", X(6, dtype="uint64", high=1000), X(6, dtype="uint64", high=8), direction="RIGHT")

    yield single("where", "Where", X(3, 5, dtype="bool"), X(5), X(3, 1))
    yield single("where_int", "Where", X(3, 5, dtype="bool"), X(3, 5, dtype="int64"), C(np.int64(7)))
    yield unknown_dims(single("where_equal", "Where", X(3, 5, dtype="bool"), X(3, 5), X(3, 5)))
    yield single("clip", "Clip", X(4, 9, low=-3, high=3), C(-1.0), C(1.5))
    yield single("clip_low", "Clip", X(4, 9, low=-3, high=3), C(0.0))
    yield single("clip_high", "Clip", X(4, 9, low=-3, high=3), None, C(0.5))
    yield single("clip_dynamic", "Clip", X(4, 9, low=-3, high=3), X(low=-1, high=0), X(low=0, high=1))
    yield single("clip_int", "Clip", X(4, 9, dtype="int32"), C(np.int32(-2)), C(np.int32(5)))
    yield single("scalar", "Add", X(), X())

    yield single("swish", "Swish", X(3, 7, low=-5, high=5), opset=24, reference="onnx")
    yield single("swish_alpha", "Swish", X(3, 7, low=-5, high=5), opset=24, reference="onnx", alpha=1.7)

    yield single("affine", "Affine", X(3, 7), opset=7, reference=lambda x: 2 * x + np.float32(0.5), alpha=2.0, beta=0.5)

    # Operators of early exporters; no other tool has them any more, so the case brings the formula.
    yield single("parametricsoftplus", "ParametricSoftplus", X(3, 7), opset=7, alpha=1.5, beta=0.7,
                 reference=lambda x: (1.5 * np.log1p(np.exp(0.7 * x))).astype(np.float32))
    yield single("scaledtanh", "ScaledTanh", X(3, 7), opset=7, alpha=1.5, beta=0.7,
                 reference=lambda x: (1.5 * np.tanh(0.7 * x)).astype(np.float32))
    yield single("imagescaler", "ImageScaler", X("n=1|2", 3, 4, 5), opset=7, scale=2.0, bias=[1.0, -2.0, 0.5],
                 reference=lambda x: 2 * x + np.float32([1, -2, 0.5]).reshape(3, 1, 1))

    chain = Case("chain")  # one loop over one read of the input
    x = X("n=3|8", 33)
    y = chain.op("Mul", x, C(0.5))
    y = chain.op("Add", y, W(33))
    y = chain.op("Tanh", y)
    y = chain.op("Sub", y, x)
    yield chain.out(y, chain.op("Sigmoid", y))
