# Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Values of every kind in files, and how a test's outputs are compared: a sequence is a list, an absent optional None."""

import os

import numpy as np
import onnx
from onnx import numpy_helper

from harness.report import Failed


MESSAGES = {"tensor_type": onnx.TensorProto, "sequence_type": onnx.SequenceProto, "optional_type": onnx.OptionalProto}


def message(path, port):
    """The ONNX message in a file, by the type of the port that it is for."""
    with open(path, "rb") as file:
        return MESSAGES[port.type.WhichOneof("value")].FromString(file.read())


def read(path, port):
    return _value(message(path, port))


def _value(message):
    if isinstance(message, onnx.TensorProto):
        return _tensor(message)
    return _list(message) if isinstance(message, onnx.SequenceProto) else _optional(message)


def _tensor(message):
    return numpy_helper.to_array(message)


def _list(message):
    kinds = {onnx.SequenceProto.TENSOR: ("tensor_values", _tensor), onnx.SequenceProto.SEQUENCE: ("sequence_values", _list),
             onnx.SequenceProto.OPTIONAL: ("optional_values", _optional)}
    field, read = kinds.get(message.elem_type, ("tensor_values", _tensor))
    return [read(item) for item in getattr(message, field)]


def _optional(message):
    kinds = {onnx.OptionalProto.TENSOR: ("tensor_value", _tensor), onnx.OptionalProto.SEQUENCE: ("sequence_value", _list),
             onnx.OptionalProto.OPTIONAL: ("optional_value", _optional)}
    if message.elem_type not in kinds:
        return None
    field, read = kinds[message.elem_type]
    return read(getattr(message, field)) if message.HasField(field) else None


def write(value, path):
    with open(path, "wb") as file:
        file.write(numpy_helper.from_array(value).SerializeToString())


def result(folder, name, port):
    """What an executable wrote for an output: NAME.npy, NAME.pb, or the folder NAME of a sequence's items."""
    stem = os.path.join(folder, str(name))
    if os.path.isdir(stem):
        items = sorted({entry.partition(".")[0].partition("_")[0] for entry in os.listdir(stem)}, key=int)
        return [result(stem, item, None) for item in items]
    if os.path.exists(stem + ".npy"):
        return np.load(stem + ".npy")
    if os.path.exists(stem + "_keys.npy"):
        keys, items = (np.load(f"{stem}_{part}.npy").tolist() for part in ("keys", "values"))
        if keys and isinstance(keys[0], list):  # a sequence: a row a map
            return [dict(zip(*row)) for row in zip(keys, items)]
        return dict(zip(keys, items))
    kind = port.type.WhichOneof("value") if port is not None else "tensor_type"
    if os.path.exists(stem + ".pb"):
        with open(stem + ".pb", "rb") as file:
            return _value(MESSAGES[kind].FromString(file.read()))
    if kind == "optional_type":
        return None
    raise Failed(f"output {name} is missing among {sorted(os.listdir(folder))}")


def describe(value):
    if isinstance(value, list):
        return f"a sequence of {len(value)}"
    return "nothing" if value is None else f"{value.dtype} {list(value.shape)}"


def _strings(array):
    return np.array([s.decode() if isinstance(s, bytes) else str(s) for s in array.reshape(-1)]).reshape(array.shape)


def is_float(dtype):
    return dtype.kind in "fc" or "float" in dtype.name


def check(got, want, rtol, atol, what):
    """Within the standard runner's tolerance; integers, bools and strings are equal."""
    if isinstance(want, list):
        if not isinstance(got, list) or len(got) != len(want):
            raise Failed(f"{what}: {describe(got)}, expected {describe(want)}")
        for i, (g, w) in enumerate(zip(got, want)):
            check(g, w, rtol, atol, f"{what} item {i}")
        return
    if want is None or got is None:
        if got is not want:
            raise Failed(f"{what}: {describe(got)}, expected {describe(want)}")
        return
    if want.dtype.kind in "OUS":
        got, want = _strings(got), _strings(want)
    if got.shape != want.shape or (got.dtype != want.dtype and want.dtype.kind != "U"):
        raise Failed(f"{what}: {describe(got)}, expected {describe(want)}")
    if not is_float(want.dtype):
        same = got == want
    else:
        if want.dtype.name == "bfloat16":
            rtol = max(rtol, 2**-6)
        wide = np.complex128 if want.dtype.kind == "c" else np.float64
        got, want = got.astype(wide), want.astype(wide)
        same = np.isclose(got, want, rtol=rtol, atol=atol, equal_nan=True)
    if not np.all(same):
        at = tuple(int(i[0]) for i in np.nonzero(~np.atleast_1d(same)))
        raise Failed(f"{what}: {np.size(same) - np.count_nonzero(same)} of {np.size(same)} differ, first at {list(at)}: "
                     f"{np.atleast_1d(got)[at]}, expected {np.atleast_1d(want)[at]}")
