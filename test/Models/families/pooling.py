# Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Pooling and resizing windows."""

import numpy as np

from ..builder import C, Case, W, X, single, unknown_dims


def cases():
    for kind in ("MaxPool", "AveragePool"):
        low = kind.lower()
        yield single(f"{low}", kind, X(1, 3, 8, 9), kernel_shape=[2, 2], strides=[2, 2])
        yield single(f"{low}_padded", kind, X(2, 3, 8, 9), kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])
        yield single(f"{low}_overlapping", kind, X(1, 3, 9, 9), kernel_shape=[3, 2])
        yield single(f"{low}_ceil", kind, X(1, 3, 8, 9), kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1)
        yield single(f"{low}_same_upper", kind, X(1, 3, 8, 9), kernel_shape=[3, 3], strides=[2, 2], auto_pad="SAME_UPPER")
        yield single(f"{low}_same_lower", kind, X(1, 3, 8, 9), kernel_shape=[2, 2], auto_pad="SAME_LOWER")
        yield single(f"{low}_1d", kind, X(2, 3, 17), kernel_shape=[4], strides=[3])
        yield single(f"{low}_3d", kind, X(1, 2, 6, 6, 6), kernel_shape=[2, 2, 2], strides=[2, 2, 2])
        yield single(f"{low}_dynamic", kind, X("n=1|2", 3, "h=8|13", "w=9|6"), kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])
        yield single(f"{low}_dynamic_ceil", kind, X(1, 3, "h=8|13", "w=9|6"), kernel_shape=[2, 2], strides=[2, 2], ceil_mode=1)
    yield single("maxpool_dilated", "MaxPool", X(1, 3, 10, 10), kernel_shape=[3, 3], dilations=[2, 2])
    yield single("maxpool_uneven_pads", "MaxPool", X(1, 3, 10, 10), kernel_shape=[3, 3], pads=[0, 0, 2, 1], strides=[2, 2])
    yield single("maxpool_negative", "MaxPool", X(1, 1, 4, 4, low=-9, high=-1), kernel_shape=[3, 3], pads=[1, 1, 1, 1])
    yield single("maxpool_uint8", "MaxPool", X(1, 2, 6, 6, dtype="uint8", high=255), kernel_shape=[2, 2], strides=[2, 2])
    yield single("maxpool_indices", "MaxPool", X(1, 2, 6, 6), outputs=2, kernel_shape=[2, 2], strides=[2, 2])
    yield single("averagepool_count_pads", "AveragePool", X(1, 3, 8, 9), kernel_shape=[3, 3], pads=[1, 1, 1, 1], count_include_pad=1)
    yield single("averagepool_count_ceil", "AveragePool", X(1, 3, 8, 9), kernel_shape=[3, 3], strides=[2, 2],
                 pads=[1, 1, 1, 1], count_include_pad=1, ceil_mode=1)
    yield single("lppool", "LpPool", X(1, 3, 8, 8), kernel_shape=[2, 2], strides=[2, 2], p=2)
    for kind in ("GlobalAveragePool", "GlobalMaxPool"):
        yield single(kind.lower(), kind, X(2, 5, 7, 6))
        yield single(kind.lower() + "_dynamic", kind, X("n=1|3", 5, "h=7|2", "w=6|9"))
        yield single(kind.lower() + "_1d", kind, X(2, 5, 7))
    yield single("globallppool", "GlobalLpPool", X(2, 3, 4, 5), p=2, opset=13)
    yield single("globallppool_3", "GlobalLpPool", X(2, 3, 4, 5), p=3, opset=13)

    empty, scales, sizes = None, lambda *s: C(np.array(s, np.float32)), lambda *s: C(np.array(s, np.int64))
    x = lambda: X(1, 2, 5, 6)
    for transform in ("asymmetric", "half_pixel", "align_corners", "pytorch_half_pixel"):
        yield single(f"resize_linear_{transform}", "Resize", x(), empty, scales(1, 1, 2, 1.5), mode="linear",
                     coordinate_transformation_mode=transform)
        yield single(f"resize_nearest_{transform}", "Resize", x(), empty, empty, sizes(1, 2, 9, 11), mode="nearest",
                     coordinate_transformation_mode=transform)
        yield single(f"resize_cubic_{transform}", "Resize", x(), empty, scales(1, 1, 2, 2), mode="cubic",
                     coordinate_transformation_mode=transform)
    for rounding in ("round_prefer_floor", "round_prefer_ceil", "floor", "ceil"):
        yield single(f"resize_nearest_{rounding}", "Resize", x(), empty, scales(1, 1, 1.6, 0.7), mode="nearest", nearest_mode=rounding)
    yield single("resize_down", "Resize", X(1, 2, 8, 8), empty, scales(1, 1, 0.5, 0.5), mode="linear")
    yield single("resize_cubic_exclude", "Resize", x(), empty, scales(1, 1, 0.8, 1.2), mode="cubic", exclude_outside=1, cubic_coeff_a=-0.5)
    yield single("resize_nearest_2x", "Resize", X("n=1|2", 3, "h=4|7", "w=5|3"), empty, scales(1, 1, 2, 2), mode="nearest",
                 coordinate_transformation_mode="asymmetric", nearest_mode="floor")
    yield single("resize_linear_dynamic", "Resize", X("n=1|2", 3, "h=4|7", "w=5|3"), empty, scales(1, 1, 2, 2), mode="linear")
    yield single("resize_axes", "Resize", x(), empty, scales(2, 3), mode="nearest", axes=[2, 3])

    like = Case("resize_like_other")  # the size comes from another tensor's shape
    a, b = X(1, 2, "h=4|5", "w=4|6"), X(1, 2, "p=8|9", "q=8|5")
    size = like.op("Concat", like.op("Slice", like.op("Shape", a), C([0]), C([2])),
                   like.op("Slice", like.op("Shape", b), C([2]), C([4])), axis=0)
    up = like.op("Resize", a, None, None, size, mode="nearest", coordinate_transformation_mode="asymmetric", nearest_mode="floor")
    yield like.out(like.op("Add", up, b))
    yield unknown_dims(single("maxpool_all", "MaxPool", X(1, 3, 8, 9), kernel_shape=[2, 2], strides=[2, 2]))
