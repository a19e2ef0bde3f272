# Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Element types: casts and the operators that many types share."""

import numpy as np

from ..builder import C, Case, W, X, element_type, single

INTEGERS = ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")
FLOATS = ("float16", "float32", "double")
TO = {"float32": "float", "float64": "double"}


def cast(name, x, to, **kwargs):
    return single(f"cast_{name}", "Cast", x, to=element_type(TO.get(to, to)), **kwargs)


def cases():
    for dtype in INTEGERS:
        low = 0 if dtype[0] == "u" else -100
        yield cast(f"{dtype}_float", X(11, dtype=dtype, low=low, high=100), "float32")
        yield cast(f"float_{dtype}", X(11, low=low, high=100), dtype)
        yield cast(f"{dtype}_bool", X(11, dtype=dtype, low=0, high=1), "bool")
    for a, b in (("int64", "int32"), ("int32", "int64"), ("uint8", "int32"), ("int8", "uint8"), ("int32", "uint8"),
                 ("uint32", "int64"), ("int64", "float64"), ("float64", "float32"), ("float32", "float64"), ("float64", "int64"),
                 ("float16", "float32"), ("float32", "float16"), ("bool", "float32"), ("bool", "int64"), ("float16", "int32")):
        yield cast(f"{a}_to_{b}", X(11, dtype=a, low=None if a == "bool" else 0 if a[0] == "u" else -90, high=90), b)
    # Half an ulp above the tie, subnormals, overflow and infinities.
    edge = np.array([65504, 65519, 65520, 6e-8, 3e-8, 1e-9, -0.0, np.inf, -np.inf, np.nan, 1.0009765, 2049, 2051], np.float32)
    yield cast("float16_edges", X(values=edge), "float16")
    yield cast("float_bool_special", X(values=np.array([0.0, -0.0, np.nan, 1e-40, 0.5], np.float32)), "bool")
    yield cast("float_bfloat16", X(values=edge[6:]), "bfloat16", reference="onnx")
    yield cast("bfloat16_float", X(9, dtype="bfloat16"), "float32", reference="onnx")
    for kind in ("float8_e4m3fn", "float8_e5m2"):
        name = {"float8_e4m3fn": "FLOAT8E4M3FN", "float8_e5m2": "FLOAT8E5M2"}[kind]
        yield single(f"cast_float_{kind}", "Cast", X(33, low=-20, high=20), to=element_type(name), reference="onnx")
        yield single(f"cast_{kind}_float", "Cast", X(33, dtype=kind, low=-20, high=20), to=1, reference="onnx")
    yield single("bitcast", "BitCast", X(3, 4), to=element_type("int32"), opset=26, reference=lambda x: x.view(np.int32))
    yield single("castlike", "CastLike", X(5, low=-9, high=9), X(1, dtype="int32"), reference="onnx")

    for dtype in INTEGERS + FLOATS[::2] + ("bool",):
        for kind, operands in (("Reshape", (C([6]),)), ("Transpose", ()), ("Gather", (C(np.array([1, 0])),))):
            yield single(f"{kind.lower()}_{dtype}", kind, X(2, 3, dtype="float64" if dtype == "double" else dtype), *operands)
    for kind in ("Add", "Mul", "Sub", "Div"):
        yield single(f"{kind.lower()}_double", kind, X(3, 5, dtype="float64", low=1, high=2), X(5, dtype="float64", low=1, high=2))
    yield single("exp_double", "Exp", X(3, 5, dtype="float64"), tolerance=1e-7)
    yield single("add_float16", "Add", X(3, 5, dtype="float16"), X(5, dtype="float16"), tolerance=2e-3)
    yield single("matmul_float16", "MatMul", X(4, 8, dtype="float16"), W(8, 5, dtype="float16"), tolerance=4e-3)
    yield single("matmul_double", "MatMul", X(4, 8, dtype="float64"), W(8, 5, dtype="float64"), tolerance=1e-7)
    yield single("conv_float16", "Conv", X(1, 2, 6, 6, dtype="float16"), W(3, 2, 3, 3, dtype="float16"), tolerance=4e-3)
    yield single("softmax_float16", "Softmax", X(3, 9, dtype="float16"), tolerance=4e-3)
    yield single("reducesum_double", "ReduceSum", X(3, 50, dtype="float64"), C([1]), tolerance=1e-7)
    for dtype in ("uint32", "uint64", "uint16", "int16"):
        yield single(f"add_{dtype}", "Add", X(7, dtype=dtype, low=0, high=100), X(7, dtype=dtype, low=0, high=100), reference="onnx")

    mixed = Case("pixels_to_floats")  # uint8 image in, normalized floats out
    x = X(1, "h=4|7", "w=6|5", 3, dtype="uint8", low=0, high=255)
    y = mixed.op("Transpose", mixed.op("Cast", x, to=1), perm=[0, 3, 1, 2])
    yield mixed.out(mixed.op("Div", mixed.op("Sub", y, C(np.float32([123.7, 116.3, 103.5]).reshape(1, 3, 1, 1))), C(58.0)))
