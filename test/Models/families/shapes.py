# Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Shapes as values: what exporters compute about dimensions inside the graph."""

import numpy as np

from ..builder import C, Case, W, X, single


def cases():
    yield single("shape", "Shape", X("n=2|3", 4, 5))
    yield single("shape_range", "Shape", X("n=2|3", 4, 5), start=1, end=-1)
    yield single("size", "Size", X("n=2|3", 4, 5))
    yield single("constantofshape", "ConstantOfShape", C([2, 3]))
    yield single("constantofshape_value", "ConstantOfShape", X(values=np.array([2, 3])), value=np.array([7], np.int64))
    yield single("range", "Range", C(np.int64(2)), C(np.int64(11)), C(np.int64(3)))
    yield single("range_input", "Range", X(values=np.int64(9)), X(values=np.int64(1)), X(values=np.int64(-2)))
    yield single("range_float", "Range", C(0.0), C(2.0), C(0.25))

    flat = Case("flatten_by_hand")  # x.view(x.size(0), -1)
    x = X("n=1|4", 3, 4)
    batch = flat.op("Unsqueeze", flat.op("Gather", flat.op("Shape", x), C(np.int64(0))), C([0]))
    yield flat.out(flat.op("Reshape", x, flat.op("Concat", batch, C([-1]), axis=0)))

    heads = Case("split_heads")
    x = X("b=1|2", "s=3|6", 8)
    shape = heads.op("Shape", x)
    dims = [heads.op("Slice", shape, C([i]), C([i + 1])) for i in (0, 1)]
    y = heads.op("Reshape", x, heads.op("Concat", *dims, C([2]), C([4]), axis=0))
    yield heads.out(heads.op("Transpose", y, perm=[0, 2, 1, 3]))

    mask = Case("attention_mask")
    x = X("b=1|2", "s=3|6", dtype="int64", low=0, high=1)
    y = mask.op("Cast", mask.op("Unsqueeze", x, C([1, 2])), to=1)
    yield mask.out(mask.op("Mul", mask.op("Sub", C(1.0), y), C(-10000.0)))

    causal = Case("causal_mask")
    x = X("s=4|7", 2)
    n = causal.op("Slice", causal.op("Shape", x), C([0]), C([1]))
    square = causal.op("Concat", n, n, axis=0)
    ones = causal.op("ConstantOfShape", square, value=np.array([1], np.float32))
    yield causal.out(causal.op("Trilu", ones, upper=0))

    positions = Case("positions")
    x = X("b=2|1", "s=3|5", dtype="int64", low=0, high=9)
    n = positions.op("Squeeze", positions.op("Slice", positions.op("Shape", x), C([1]), C([2])), C([0]))
    ids = positions.op("Range", C(np.int64(0)), n, C(np.int64(1)))
    yield positions.out(positions.op("Gather", W(16, 4), positions.op("Expand", ids, positions.op("Shape", x))))

    half = Case("half_size")  # arithmetic on a dimension
    x = X("n=6|10", 2)
    n = half.op("Gather", half.op("Shape", x), C([0]))
    yield half.out(half.op("Slice", x, C([0]), half.op("Div", n, C([2])), C([0])), half.op("Mul", n, C([3])))

    folded = Case("constants_fold")
    y = folded.op("Add", folded.op("Exp", C([0.0, 1.0])), folded.op("Mul", C([2.0, 3.0]), C([4.0])))
    yield folded.out(folded.op("Mul", X("n=3|1", 2), y))

    both = Case("output_is_input_and_constant")  # outputs that no kernel computes
    x = X(2, 3)
    yield both.out(both.op("Identity", x), both.op("Identity", C([1.0, 2.0])), both.op("Relu", x))
