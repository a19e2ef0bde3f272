# Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Reductions, and what is made of them."""

import numpy as np

from ..builder import C, Case, X, single, unknown_dims

REDUCE = ("ReduceSum", "ReduceMean", "ReduceMax", "ReduceMin", "ReduceProd", "ReduceL1", "ReduceL2", "ReduceLogSum",
          "ReduceLogSumExp", "ReduceSumSquare")


def cases():
    for kind in REDUCE:
        low = 0.5 if kind in ("ReduceLogSum", "ReduceProd") else -2
        x = lambda *d: X(*d, low=low, high=2)
        name = kind.lower()
        yield single(f"{name}_last", kind, x(3, 4, 17), C([-1]), keepdims=0)
        yield single(f"{name}_middle", kind, x(3, 4, 17), C([1]))
        yield single(f"{name}_all", kind, x(3, 4, 5))
        yield single(f"{name}_two", kind, x(2, 3, 4, 5), C([2, 3]), keepdims=0)
    yield single("reducesum_noop", "ReduceSum", X(3, 4), C(np.array([], np.int64)), noop_with_empty_axes=1)
    yield single("reducesum_first", "ReduceSum", X(7, 33), C([0]), keepdims=0)
    yield single("reducemean_dynamic", "ReduceMean", X("n=2|5", "s=3|8", 16), C([1]), keepdims=0)
    yield unknown_dims(single("reducemax_unknown", "ReduceMax", X(3, 4, 5), C([0, 2])))
    yield single("reducesum_int64", "ReduceSum", X(3, 4, dtype="int64"), C([1]))
    yield single("reducemax_int8", "ReduceMax", X(3, 4, dtype="int8", low=-100, high=100), C([1]))
    yield single("reducemin_uint8", "ReduceMin", X(3, 4, dtype="uint8", high=255), C([1]))
    yield single("reducemax_nan", "ReduceMax", X(values=np.array([[1, np.nan, 2], [3, 4, 5]], np.float32)), C([1]), reference="onnx")
    yield single("reducesum_empty", "ReduceSum", X(3, 0, 4), C([1]))
    yield single("reducesum_large", "ReduceSum", X(1, 10000), C([1]))

    for kind in ("ArgMax", "ArgMin"):
        ties = lambda: X(3, 4, 5, dtype="float32", values=np.round(np.random.default_rng(3).uniform(0, 3, (3, 4, 5))).astype(np.float32))
        yield single(f"{kind.lower()}", kind, ties(), axis=1)
        yield single(f"{kind.lower()}_last", kind, ties(), axis=-1, keepdims=0)
        yield single(f"{kind.lower()}_select_last", kind, ties(), axis=2, select_last_index=1)
        yield single(f"{kind.lower()}_dynamic", kind, X("n=2|4", "k=5|3"), axis=1)
        yield single(f"{kind.lower()}_int32", kind, X(4, 6, dtype="int32"), axis=0)

    for kind in ("Softmax", "LogSoftmax", "Hardmax"):
        yield single(f"{kind.lower()}", kind, X(3, 37, low=-9, high=9))
        yield single(f"{kind.lower()}_axis1", kind, X(2, 3, 4, 5, low=-9, high=9), axis=1)
        yield single(f"{kind.lower()}_dynamic", kind, X("n=2|5", "k=7|4", low=-9, high=9), axis=-1)
    yield single("softmax_large_values", "Softmax", X(values=np.array([[1000, 1001, 999], [-1e9, 0, -1e9]], np.float32)))

    yield single("cumsum", "CumSum", X(3, 5), C(np.int64(1)))
    yield single("cumsum_exclusive", "CumSum", X(3, 5), C(np.int64(0)), exclusive=1)
    yield single("cumsum_reverse", "CumSum", X(3, 5), C(np.int64(1)), reverse=1)
    yield single("cumsum_both", "CumSum", X(3, 5, dtype="int64"), C(np.int64(-1)), reverse=1, exclusive=1)
    yield single("cumsum_dynamic", "CumSum", X("n=3|6", "k=5|2"), C(np.int64(1)))

    yield single("cumprod", "CumProd", X(3, 5), C(np.int64(1)), opset=26, reference=lambda x: np.cumprod(x, axis=1))
    yield single("cumprod_reverse", "CumProd", X(3, 5), C(np.int64(0)), opset=26, reverse=1,
                 reference=lambda x: np.cumprod(x[::-1], axis=0)[::-1])

    yield single("topk", "TopK", X(3, 9), C([4]), outputs=2)
    yield single("topk_smallest", "TopK", X(5, 9), C([2]), outputs=2, axis=0, largest=0)
    ties = np.array([[2, 1, 2, 2, 0, 1]], np.float32)
    yield single("topk_ties", "TopK", X(values=ties), C([4]), outputs=2)
    yield single("topk_dynamic", "TopK", X("n=3|2", "k=9|6"), C([3]), outputs=2)

    normalized = Case("layernorm_by_hand")  # mean, variance and scale, as exporters before LayerNormalization wrote them
    x = X("n=2|3", 24)
    centered = normalized.op("Sub", x, normalized.op("ReduceMean", x, C([-1])))
    variance = normalized.op("ReduceMean", normalized.op("Pow", centered, C(2.0)), C([-1]))
    yield normalized.out(normalized.op("Div", centered, normalized.op("Sqrt", normalized.op("Add", variance, C(1e-5)))))
