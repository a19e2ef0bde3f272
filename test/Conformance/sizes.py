# Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A second size for a test: other shapes that the operator takes, with inputs of the same kind, and the reference's answer.

Sizes that are equal stay equal and sizes of one stay one, so that what must agree goes on agreeing; of the ways to grow,
the first is taken that the standard's strict inference and its reference implementation both accept.
"""

import itertools
import re
import signal
import warnings
import zlib

import numpy as np
import onnx
from onnx import shape_inference
from onnx.reference import ReferenceEvaluator

from . import values
from .forms import Meaningless

# Where the reference implementation is not to be believed at other sizes than the test's.
DOUBTED = {
    r"test_maxpool_with_argmax_2d_precomputed_pads": "the reference counts padding among the indices",
    r"test_logsoftmax_large_number": "the reference overflows where the test's own data does not",
    r"test_deform_conv_with_mask_bias": "the reference takes one bias for several channels",
    r"test_maxunpool_export_with_output_shape": "the reference takes fewer elements than indices",
    r"test_nonmaxsuppression_single_box": "the reference takes more scores than boxes",
    r"test_resize_tf_crop_and_resize": "the reference takes a region of any number of ends",
    r"test_upsample_nearest": "the reference takes any number of scales",
    r"test_split_(variable_parts|zero_size_splits)": "the reference takes more sizes than there are outputs",
    r"test_qlinearmatmul_.*_float16": "the reference rounds the product of the scales to float16",
}

# Sizes that the operator fixes, which neither the standard's inference nor its reference insists on.
FIXED = {
    r"test_nonmaxsuppression_": {("boxes", 2)},
    r"test_center_crop_pad_": {("shape", 0)},
}

MOST_ELEMENTS = 1 << 17
MOST_SECONDS = 10


class _TooSlow(Exception):
    pass


def _ways(feeds, changeable, weights):
    """Functions from (input, axis, size) to the new size, the most thorough first. What a weight has stays as it is."""
    yield lambda n, a, d: 2 * d if d > 1 and d not in weights else d
    sizes = sorted({feeds[n].shape[a] for n, a in changeable if feeds[n].shape[a] > 1} - weights, reverse=True)
    if not weights:
        yield lambda n, a, d: d + 1 if d > 1 else d
    for size, grow in itertools.product(sizes[:4], (lambda d: 2 * d, lambda d: d + 1)):
        yield lambda n, a, d, size=size, grow=grow: grow(d) if d == size else d
    for name, axis in [(n, a) for n, a in changeable if feeds[n].shape[a] not in weights][:6]:
        yield lambda n, a, d, at=(name, axis): 2 * d + (d == 0) if (n, a) == at else d


def _more_like(array, shape, rng):
    """An array of another shape whose elements are like these."""
    if array.shape == shape:
        return array
    flat = array.reshape(-1)
    if array.size == 0:
        return np.full(shape, "word", object) if array.dtype.kind == "O" else np.ones(shape, array.dtype)
    if array.dtype.kind == "f" and not np.array_equal(flat, np.round(flat)) and np.isfinite(flat).all():
        return rng.uniform(float(flat.min()), float(flat.max()) + 1e-3, shape).astype(array.dtype)
    return flat[rng.integers(0, flat.size, shape)]


def _run(model, feeds):
    def stop(signum, frame):
        raise _TooSlow("the reference takes too long")

    previous = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, MOST_SECONDS)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ReferenceEvaluator(model).run(None, feeds)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)


def _accepted(model, feeds):
    """Raises where the standard's inference refuses inputs of these shapes; returns the shapes it gives the outputs."""
    static = onnx.ModelProto()
    static.CopyFrom(model)
    del static.graph.value_info[:]
    for value in static.graph.input:
        if value.name in feeds:
            for dim, size in zip(value.type.tensor_type.shape.dim, feeds[value.name].shape):
                dim.Clear()
                dim.dim_value = size
    for value in static.graph.output:
        value.type.tensor_type.ClearField("shape")
    inferred = shape_inference.infer_shapes(static, strict_mode=True, data_prop=True).graph.output
    return [[d.dim_value if d.HasField("dim_value") else None for d in v.type.tensor_type.shape.dim]
            if v.type.tensor_type.HasField("shape") else None for v in inferred]


def _agrees(shape, array):
    return shape is None or (len(shape) == array.ndim and all(s in (None, d) for s, d in zip(shape, array.shape)))


def _tolerance(array):
    """Of a float type, relative to the tensor's peak: other sums than the reference's are as right."""
    return {"float16": 4e-3, "bfloat16": 2e-2}.get(array.dtype.name, 1e-4)


def check(got, want, what):
    if values.is_float(want.dtype):
        wide = want.astype(np.complex128 if want.dtype.kind == "c" else np.float64)
        finite = np.abs(wide[np.isfinite(wide)])
        peak = float(finite.max()) if finite.size else 0.0
        return values.check(got, want, max(1e-3, _tolerance(want)), peak * _tolerance(want), what)
    return values.check(got, want, 1e-3, 0, what)


def find(name, dynamic_model, model, feeds, wants):
    """Inputs of a second size and what the reference says of them."""
    for pattern, why in DOUBTED.items():
        if re.match(pattern, name):
            raise Meaningless(why)
    changeable = [(v.name, axis) for v in dynamic_model.graph.input if v.name in feeds
                  for axis, dim in enumerate(v.type.tensor_type.shape.dim) if dim.dim_param]
    for pattern, fixed in FIXED.items():
        if re.match(pattern, name):
            changeable = [at for at in changeable if at not in fixed]
    try:
        outputs = _run(model, feeds)
    except Exception:
        raise Meaningless("the reference implementation does not run it") from None
    try:
        for got, want in zip(outputs, wants):
            values.check(np.asarray(got), want, 1e-2, 1e-5, "reference")
    except Exception:
        raise Meaningless("the reference implementation disagrees with the test's own data") from None
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    weights = {d for t in model.graph.initializer if t.name not in feeds for d in t.dims}
    for way in _ways(feeds, changeable, weights):
        shapes = {n: tuple(way(n, a, d) if (n, a) in changeable else d for a, d in enumerate(array.shape))
                  for n, array in feeds.items()}
        if all(shapes[n] == feeds[n].shape for n in feeds) or max(map(np.prod, shapes.values())) > MOST_ELEMENTS:
            continue
        attempt = {n: _more_like(array, shapes[n], rng) for n, array in feeds.items()}
        try:
            expected = _accepted(model, attempt)
            outputs = _run(model, attempt)
        except Exception:  # whatever the reference says to these sizes: the next
            continue
        if all(isinstance(o, np.ndarray) or np.isscalar(o) for o in outputs):
            outputs = [np.asarray(o) for o in outputs]
            if all(_agrees(shape, array) for shape, array in zip(expected, outputs)):
                return attempt, outputs
    raise Meaningless("the reference implementation takes no other size that was tried")
