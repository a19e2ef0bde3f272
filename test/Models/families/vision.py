# Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Positions and regions of images, unpooling, determinants, and what is found in boxes and lists."""

import numpy as np

from ..builder import C, Case, X, single, unknown_dims


def cases():
    yield from grids()
    yield from regions()
    yield from unpooling()
    yield from selections()
    yield from determinants()


def both(case):
    """A case, and its twin of unknown sizes."""
    twin = unknown_dims(case)
    yield case
    yield twin


def grids():
    far = dict(low=-1.6, high=1.6)
    for mode in ("linear", "nearest", "cubic"):
        for padding in ("zeros", "border", "reflection"):
            for align in (0, 1):
                # ONNX Runtime does not clamp the positions of cubics, as the standard's reference does.
                yield single(f"gridsample_{mode}_{padding}_{align}", "GridSample", X(2, 3, 5, 6), X(2, 4, 7, 2, **far), mode=mode,
                             padding_mode=padding, align_corners=align, reference="onnx" if (mode, padding) == ("cubic", "border") else "ort")
    yield unknown_dims(single("gridsample_cubic", "GridSample", X(1, 2, 5, 6), X(1, 3, 4, 2, **far), mode="cubic", reference="onnx"))
    yield unknown_dims(single("gridsample_reflection", "GridSample", X(1, 2, 5, 6), X(1, 3, 4, 2, **far), padding_mode="reflection"))
    for mode in ("linear", "nearest"):
        yield single(f"gridsample_3d_{mode}", "GridSample", X(1, 2, 3, 4, 5), X(1, 2, 3, 4, 3, **far), mode=mode, reference="onnx")
    yield single("gridsample_1d", "GridSample", X(2, 2, 6), X(2, 5, 1, **far), reference="onnx")
    yield single("gridsample_1d_cubic", "GridSample", X(2, 2, 6), X(2, 5, 1, **far), mode="cubic", reference="onnx")
    yield single("gridsample_dynamic", "GridSample", X("n=1|2", 3, "h=5|3", "w=4|6"), X("n", "p=3|2", "q=4|5", 2, **far))
    yield single("gridsample_f64", "GridSample", X(1, 2, 5, 6, dtype="float64"), X(1, 3, 4, 2, dtype="float64", **far), reference="onnx")
    yield single("gridsample_f16", "GridSample", X(1, 2, 5, 6, dtype="float16"), X(1, 3, 4, 2, dtype="float32", **far), reference="onnx",
                 tolerance=2e-3)
    yield single("gridsample_int_nearest", "GridSample", X(1, 2, 5, 6, dtype="int32"), X(1, 3, 4, 2, **far), mode="nearest", reference="onnx")
    yield single("gridsample_one_element", "GridSample", X(1, 2, 1, 6), X(1, 3, 4, 2, **far), padding_mode="reflection", align_corners=0)
    for align in (0, 1):
        yield single(f"affinegrid_2d_{align}", "AffineGrid", X(2, 2, 3), C(np.array([2, 3, 4, 5], np.int64)), align_corners=align)
        yield single(f"affinegrid_3d_{align}", "AffineGrid", X(2, 3, 4), C(np.array([2, 3, 4, 5, 6], np.int64)), align_corners=align)
    yield single("affinegrid_dynamic", "AffineGrid", X("n=2|2", 2, 3), X(values=np.array([2, 3, 4, 5], np.int64)))
    deform = lambda *mask, **attributes: dict(reference="onnx", tolerance=1e-4, **attributes)
    offset = lambda *dims: X(*dims, low=-1.5, high=1.5)
    yield from both(single("deformconv", "DeformConv", X(1, 2, 5, 6), X(3, 2, 2, 2), offset(1, 8, 4, 5), **deform()))
    yield single("deformconv_all", "DeformConv", X(2, 4, 5, 6), X(6, 2, 3, 2), offset(2, 24, 3, 4), X(6), X(2, 12, 3, 4), group=2, offset_group=2,
                 strides=[2, 2], pads=[1, 1, 1, 1], kernel_shape=[3, 2], **deform())
    yield single("deformconv_dilated", "DeformConv", X(1, 2, 7, 7), X(2, 2, 2, 2), offset(1, 8, 5, 5), dilations=[2, 2], **deform())


def regions():
    rois = lambda: X(values=np.array([[0, 0, 5, 4], [1.5, 2.2, 7.9, 6.1], [3, 3, 3, 3], [-2, -3, 20, 30], [6, 5, 2, 1]], np.float32))
    image = lambda: X(values=np.array([0, 1, 1, 0, 1], np.int64))
    for mode in ("avg", "max"):
        for transform in ("half_pixel", "output_half_pixel"):
            for ratio in (0, 2):
                yield single(f"roialign_{mode}_{transform}_{ratio}", "RoiAlign", X(2, 3, 8, 9), rois(), image(), mode=mode, sampling_ratio=ratio,
                             coordinate_transformation_mode=transform, output_height=3, output_width=2, spatial_scale=0.9, reference="onnx")
    yield unknown_dims(single("roialign", "RoiAlign", X(2, 3, 8, 9), rois(), image(), output_height=2, output_width=2, opset=16))
    wild = np.array([[np.nan, 0, 5, 4], [0, 0, np.inf, 4], [-np.inf, 0, 1, 1], [0, 1e30, 2e30, 3e30], [-1e20, 0, 1e20, 4]], np.float32)
    for mode in ("avg", "max"):
        yield wild_regions(mode, wild)
    pool = np.array([[0, 0, 0, 5, 4], [1, 1.5, 2.2, 7.9, 6.1], [0, 3, 3, 3, 3], [1, -2, -3, 20, 30]], np.float32)
    yield from both(single("maxroipool", "MaxRoiPool", X(2, 3, 8, 9), X(values=pool), pooled_shape=[3, 2], spatial_scale=0.9, opset=13))


def wild_regions(mode, regions):
    """Regions that are none must end, whatever they give."""
    case = Case(f"roialign_wild_{mode}", reference=lambda *_: np.array([5, 2, 2, 3]))
    y = case.op("RoiAlign", X(1, 2, 8, 9), X(values=regions), X(values=np.zeros(5, np.int64)), mode=mode, output_height=2, output_width=3)
    return case.out(case.op("Shape", case.op("Where", case.op("IsNaN", y), C(np.float32(0)), y)))


def unpooling():
    places = np.array([[[[0, 3], [9, 14]], [[18, 21], [24, 31]]]], np.int64)
    yield from both(single("maxunpool", "MaxUnpool", X(1, 2, 2, 2), X(values=places), kernel_shape=[2, 2], strides=[2, 2], reference="onnx"))
    yield single("maxunpool_shape", "MaxUnpool", X(1, 2, 2, 2), X(values=places), C(np.array([1, 2, 5, 6], np.int64)), kernel_shape=[2, 2],
                 strides=[2, 2], reference="onnx")
    shape = lambda *sizes: X(values=np.array(sizes, np.int64))
    yield single("col2im", "Col2Im", X(1, 12, 12), shape(4, 5), shape(2, 2))
    yield single("col2im_dynamic", "Col2Im", X("n=1|2", "c=12|8", "l=12|12"), shape(4, 5), shape(2, 2))
    yield single("col2im_strided", "Col2Im", X(2, 8, 9), C(np.array([5, 5], np.int64)), C(np.array([2, 2], np.int64)), strides=[2, 2],
                 pads=[0, 1, 1, 0])
    yield single("col2im_dilated", "Col2Im", X(1, 4, 12), shape(5, 6), shape(2, 2), dilations=[2, 2], pads=[0, 0, 0, 0])
    yield single("col2im_3d", "Col2Im", X(1, 8, 12), shape(3, 4, 3), shape(2, 2, 2), reference="onnx")
    for name, dtype in (("float", "float32"), ("int", "int32"), ("bool", "bool")):
        yield single(f"centercroppad_{name}", "CenterCropPad", X(5, 8, 3, dtype=dtype), shape(8, 3, 3))
    yield unknown_dims(single("centercroppad", "CenterCropPad", X(5, 8, 3), shape(2, 11), axes=[0, 1]))
    yield single("centercroppad_axes", "CenterCropPad", X("n=5|7", 8, 3), C(np.array([6, 5], np.int64)), axes=[-3, 1])


def selections():
    some = lambda *dims, **more: X(*dims, dtype="int64", low=0, high=4, **more)
    for sort in (0, 1):
        yield from both(single(f"unique_{sort}", "Unique", some(23), outputs=4, sorted=sort))
        yield single(f"unique_flat_{sort}", "Unique", some(4, 5), outputs=4, sorted=sort)
        yield single(f"unique_axis_{sort}", "Unique", X(9, 2, dtype="int32", low=0, high=1), outputs=4, sorted=sort, axis=0, reference="onnx")
        yield single(f"unique_axis1_{sort}", "Unique", X(2, 9, 1, dtype="float32", values=np.round(np.arange(18) * 7 % 5 / 3).reshape(2, 9, 1).astype(np.float32)),
                     outputs=4, sorted=sort, axis=-2)
    yield single("unique_uint8", "Unique", X(30, dtype="uint8", low=120, high=135), outputs=4, reference="onnx")
    yield single("unique_f64", "Unique", X(values=np.array([2.5, -1.5, np.inf, 2.5, -np.inf, -1.5])))
    yield single("unique_nan", "Unique", X(values=np.array([2.5, np.nan, 0.5, np.nan], np.float32)), reference="onnx")
    yield single("unique_bool", "Unique", X(9, dtype="bool"), reference="onnx")
    yield single("unique_strings", "Unique", X(values=np.array(["b", "", "aé", "b", "ab", "a"], object)), outputs=4)
    yield single("unique_empty", "Unique", X("n=4|0", dtype="int64"), outputs=4)

    rng = np.random.default_rng(7)
    corner = rng.uniform(0, 8, (2, 40, 2))
    corners = X(values=np.concatenate([corner, corner + rng.uniform(0.5, 4, (2, 40, 2))], axis=2).astype(np.float32))
    flipped = X(values=corners.values[..., [2, 3, 0, 1]])
    scores = X(2, 3, 40, low=0, high=1)
    most, overlap, least = (lambda n: C(np.array([n], np.int64))), (lambda t: C(np.array([t], np.float32))), (lambda t: C(np.array(t, np.float32)))
    nms = lambda name, *inputs, **attributes: single("nms_" + name, "NonMaxSuppression", *inputs, **attributes)
    yield from both(nms("corners", corners, scores, most(5), overlap(0.3), least(0.2)))
    yield nms("flipped", flipped, scores, most(50), overlap(0.1), None)
    yield nms("centered", corners, scores, most(7), overlap(0.5), least(0.4), center_point_box=1)
    yield nms("defaults", corners, scores)
    yield nms("all", corners, scores, C(np.int64(2**62)), overlap(0.4))
    yield nms("ties", corners, X(values=np.round(rng.uniform(0, 1, (2, 3, 40)), 1).astype(np.float32)), most(9), overlap(0.25))
    # A detector's head: the boxes that are kept, and their best classes.
    head = Case("nms_head")
    boxes, confidence = X(1, "n=30|9", 4, low=0, high=1), X(1, 3, "n", low=0, high=1)
    kept = head.op("NonMaxSuppression", boxes, confidence, most(6), overlap(0.5), least(0.3))
    which = head.op("Squeeze", head.op("Slice", kept, C([2]), C([3]), C([1])), C([1]))
    best = head.op("ReduceMax", head.op("Gather", confidence, which, axis=2), C([1]), keepdims=0)
    yield head.out(kept, head.op("Gather", boxes, which, axis=1), best)
    yield nms("dynamic", X("b=2|1", "n=9|30", 4, low=0, high=1), X("b", 2, "n", low=0, high=1), most(4), overlap(0.5), least(0.1))


def determinants():
    for n in (1, 2, 3, 4, 9):
        yield single(f"det_{n}", "Det", X(2, 3, n, n), tolerance=1e-3)
    yield unknown_dims(single("det", "Det", X(2, 5, 5), tolerance=1e-3))
    yield single("det_matrix", "Det", X("n=4|2", "n"), tolerance=1e-3)
    yield single("det_singular", "Det", X(values=np.ones((4, 4), np.float32)))
    yield single("det_f64", "Det", X(5, 5, dtype="float64"), reference="onnx")
