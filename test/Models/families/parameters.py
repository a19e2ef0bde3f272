# Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Parameters that only the run knows: axes, bounds, pads, sizes, counts. Also with every dimension unknown, the lengths
of the lists included."""

import numpy as np

from ..builder import C, X, single, unknown_dims

EMPTY = np.array([], np.float32)


def run(values, dtype=np.int64):
    """A parameter as an input of the model."""
    return X(values=np.array(values, dtype))


def both(case):
    yield case
    yield unknown_dims(case)


def reductions():
    for kind in ("ReduceSum", "ReduceMean", "ReduceMax", "ReduceL2", "ReduceLogSumExp"):
        name = f"run_{kind.lower()}"
        x = lambda: X(3, 4, 5, low=0.5, high=2)
        yield from both(single(f"{name}_keep", kind, x(), run([-1, 0])))
        yield single(f"{name}_drop", kind, x(), run([1, -1]), keepdims=0)
        yield single(f"{name}_none", kind, x(), run([]))
    yield single("run_reducemean_int", "ReduceMean", X(3, 4, dtype="int32", high=50), run([1]))
    yield single("run_reducemin_uint8", "ReduceMin", X(3, 4, dtype="uint8", high=255), run([0]), keepdims=0)
    yield single("run_reducesum_noop", "ReduceSum", X("n=3|2", 4), run([]), noop_with_empty_axes=1)
    yield from both(single("run_reducesum_zero", "ReduceSum", X(3, 0, 4), run([1])))
    yield from both(single("run_cumsum", "CumSum", X(3, 5), run(-1)))


def ranges():
    yield from both(single("run_slice", "Slice", X(5, 6, 7), run([1, -4]), run([4, 100]), run([0, -1])))
    yield from both(single("run_slice_steps", "Slice", X(5, 6, 7), run([-1, 0]), run([-100, 6]), run([2, 1]), run([-2, 3])))
    yield from both(single("run_slice_first", "Slice", X(5, 6), run([2]), run([4])))
    yield from both(single("run_slice_int32", "Slice", X(9, dtype="int64"), run([7], np.int32), run([-9], np.int32),
                           run([0], np.int32), run([-3], np.int32)))
    for mode in ("constant", "reflect", "edge", "wrap"):
        yield from both(single(f"run_pad_{mode}", "Pad", X(4, 5, 6), run([1, 2, 0, 1]), None, run([-1, 0]), mode=mode))
    yield from both(single("run_pad_value", "Pad", X(4, 5), run([1, 0, -2, 3]), X(values=np.float32(2.5))))
    yield from both(single("run_split", "Split", X(6, 3), run([1, 0, 5]), outputs=3, axis=0))
    yield from both(single("run_tile", "Tile", X(2, 3), run([2, 3])))
    yield from both(single("run_range", "Range", run(3), run(20), run(4)))
    yield from both(single("run_range_down", "Range", run(5.0, np.float32), run(-2.0, np.float32), run(-1.5, np.float32)))
    yield from both(single("run_trilu", "Trilu", X(4, 5), run(-1)))


def views():
    yield single("run_squeeze", "Squeeze", X(1, 3, 1, 5), run([-2, 0]))
    yield single("run_unsqueeze", "Unsqueeze", X("n=3|5", 4), run([-1, 0, 2]))
    yield single("run_reshape", "Reshape", X("n=2|3", 4, 6), run([0, -1, 3]))
    yield single("run_expand", "Expand", X("n=3|3", 1), run([2, 1, 6]))


def selection():
    yield from both(single("run_topk", "TopK", X(3, 9), run([4]), outputs=2))
    yield from both(single("run_topk_long", "TopK", X(2, 300, 2), run([70]), outputs=2, axis=1, largest=0))
    ties = np.random.default_rng(7).integers(0, 5, (2, 200)).astype(np.int64)
    yield from both(single("run_topk_ties", "TopK", X(values=ties), run([150]), outputs=2))
    yield single("run_topk_uint64", "TopK", X(values=ties.astype(np.uint64)), run([3]), outputs=2, reference="onnx")
    yield from both(single("run_onehot", "OneHot", X(3, 4, dtype="int64", low=-5, high=4), run(5), C([0.0, 2.0])))


def resizes():
    x = lambda: X(1, 2, 8, 10)
    for mode in ("nearest", "linear", "cubic"):
        for transform in ("half_pixel", "asymmetric"):
            yield from both(single(f"run_resize_{mode}_{transform}", "Resize", x(), C(EMPTY),
                                   X(values=np.float32([1, 1, 1.5, 0.6])), mode=mode,
                                   coordinate_transformation_mode=transform, reference="onnx"))
        yield from both(single(f"run_resize_{mode}_sizes", "Resize", x(), C(EMPTY), C(EMPTY), run([1, 2, 5, 13]), mode=mode,
                               coordinate_transformation_mode="align_corners", reference="onnx"))
    for mode in ("linear", "cubic"):
        yield from both(single(f"run_resize_antialias_{mode}", "Resize", x(), C(EMPTY), X(values=np.float32([1, 1, 0.6, 0.4])),
                               mode=mode, antialias=1, reference="onnx"))
    for policy in ("not_larger", "not_smaller"):
        yield from both(single(f"run_resize_{policy}", "Resize", x(), C(EMPTY), C(EMPTY), run([5, 17]), mode="nearest",
                               axes=[2, 3], keep_aspect_ratio_policy=policy, reference="onnx"))
    yield single("run_resize_crop", "Resize", x(), X(values=np.float32([0, 0, 0.2, 0.3, 1, 1, 0.7, 1.2])), C(EMPTY),
                           run([1, 2, 4, 6]), mode="linear", coordinate_transformation_mode="tf_crop_and_resize",
                 extrapolation_value=7.0)


def cases():
    for part in (reductions, ranges, views, selection, resizes):
        yield from part()
