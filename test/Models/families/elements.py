# Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A sweep: every elementwise operator, reduction and movement of data with every element type that its schema takes.

One model a type, with a node an operator, so that the table costs seconds. What an operator takes is read from the
installed schemas; what is not in the table is in the other families.
"""

import numpy as np
import onnx

from ..builder import C, Case, X

OPSET = 28
FLOATS = {"float16": 4e-3, "bfloat16": 4e-2, "float64": 1e-7}
INTEGERS = ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")
PACKED = ("int4", "uint4", "int2", "uint2", "float4_e2m1fn", "float8_e4m3fn", "float8_e5m2", "float8_e4m3fnuz", "float8_e5m2fnuz")
NAMES = {"float64": "double", "float4_e2m1fn": "float4e2m1", "float8_e4m3fn": "float8e4m3fn", "float8_e5m2": "float8e5m2",
         "float8_e4m3fnuz": "float8e4m3fnuz", "float8_e5m2fnuz": "float8e5m2fnuz"}

# Operators of x, which is of any sign, and of p, which is in (0, 1) or, of integers, from 1 on.
SIGNED = """Abs Neg Sign Floor Ceil Round Erf Sin Cos Tan Sinh Cosh Asinh Atan Tanh Exp Relu Sigmoid LeakyRelu Elu Celu
Selu ThresholdedRelu HardSigmoid HardSwish Swish Softplus Softsign Mish Gelu Softmax LogSoftmax BitwiseNot Identity""".split()
POSITIVE = "Reciprocal Sqrt Log Asin Acos Atanh".split()
PAIRS = "Add Sub Mul Equal Less LessOrEqual Greater GreaterOrEqual BitwiseAnd BitwiseOr BitwiseXor Max Min".split()
REDUCTIONS = "ReduceSum ReduceMean ReduceMax ReduceMin ReduceProd ReduceL1 ReduceSumSquare".split()
WIDENED = {("ReduceSumSquare", dtype) for dtype in ("int32", "uint32")}  # by the reference, to 64 bits
# Movements: the operands after x, and attributes.
MOVEMENTS = {
    "Reshape": ([C([4, 6])], {}),
    "Transpose": ([], {"perm": [2, 0, 1]}),
    "Slice": ([C([3, 0]), C([-9, 2]), C([2, 1]), C([-1, 1])], {}),
    "Gather": ([C([1, 0, 1])], {"axis": 1}),
    "Concat": (["x"], {"axis": 2}),
    "Pad": ([C([0, 1, 1, 0, 0, 2])], {}),
    "Tile": ([C([1, 2, 1])], {}),
    "Unsqueeze": ([C([1])], {}),
    "Flatten": ([], {"axis": 2}),
}


def takes(kind, dtype):
    schema = onnx.defs.get_schema(kind, OPSET, "")
    return f"tensor({NAMES.get(dtype, dtype)})" in schema.inputs[0].types


def sweep(dtype, tolerance=1e-4):
    case = Case(f"sweep_{dtype}", OPSET, tolerance, "onnx")
    is_integer = dtype in INTEGERS
    low = 0 if dtype[0] == "u" else -9 if is_integer else -2
    x = X(2, "n=3|5", 4, dtype=dtype, low=low, high=9 if is_integer else 2)
    p = X(4, dtype=dtype, low=1 if is_integer else 0.1, high=7 if is_integer else 0.9)

    def add(kind, *operands, **attributes):
        if takes(kind, dtype):
            case.out(case.op(kind, *operands, **attributes))

    for kind in SIGNED:
        add(kind, x)
    for kind in POSITIVE:
        add(kind, p)
    for kind in PAIRS:
        add(kind, x, p)
    add("Div", x, p)
    add("Mod", x, p, fmod=0 if is_integer else 1)
    add("BitShift", x, p, direction="RIGHT")
    add("Where", C(np.array([True, False, True, True])), x, p)
    for kind in REDUCTIONS:
        if (kind, dtype) not in WIDENED:
            add(kind, x, C([1]))
    add("ArgMax", x, axis=2)
    add("CumSum", x, C(np.int64(1)))
    add("MatMul", x, p)
    add("Einsum", x, p, equation="ijk,k->ij")
    return case


def moves(dtype):
    case = Case(f"moves_{dtype}", OPSET, 1e-4, "onnx")
    x = X(2, 3, 4, dtype=dtype, low=0 if dtype[0] == "u" else -1, high=1)
    for kind, (operands, attributes) in MOVEMENTS.items():
        if takes(kind, dtype):
            case.out(case.op(kind, x, *[x if operand == "x" else operand for operand in operands], **attributes))
    return case


def cases():
    for dtype, tolerance in FLOATS.items():
        yield sweep(dtype, tolerance)
    for dtype in INTEGERS:
        yield sweep(dtype)
    for dtype in (*PACKED, "float16", "bool", "complex64"):
        yield moves(dtype)
