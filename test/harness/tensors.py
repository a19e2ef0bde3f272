# Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Tensors in files, and the one rule by which outputs are compared."""

import os

import numpy as np
import onnx
from onnx import numpy_helper

from .report import Failed


def of_value(value):
    """An array; of maps, a pair of arrays, keys and values, with a row a map where they are in a list."""
    if isinstance(value, dict):
        values = np.array(list(value.values()))
        return np.array(list(value)), values.astype(np.float32) if values.dtype.kind == "f" else values
    if isinstance(value, list) and value and isinstance(value[0], dict):
        keys, values = zip(*map(of_value, value))
        return np.stack(keys), np.stack(values)
    return np.asarray(value)


def save(array, folder, index):
    """Writes a tensor as `index`.npy, or as a .pb where numpy has no such type of its own. A pair is keys and values."""
    os.makedirs(folder, exist_ok=True)
    if isinstance(array, tuple):
        for name, part in zip(("keys", "values"), array):
            save(part, folder, f"{index}_{name}")
        return
    if array.dtype.kind == "O":  # strings
        array = array.astype(str)
    if array.dtype.isbuiltin == 1 or array.dtype.kind == "U":
        np.save(os.path.join(folder, f"{index}.npy"), array)
    else:
        with open(os.path.join(folder, f"{index}.pb"), "wb") as file:
            file.write(numpy_helper.from_array(array).SerializeToString())


def count(folder):
    """How many values there are in a folder: those of maps are two files."""
    return len({name.split(".")[0].split("_")[0] for name in os.listdir(folder)})


def load(folder, index):
    if os.path.exists(os.path.join(folder, f"{index}_keys.npy")):
        return load(folder, f"{index}_keys"), load(folder, f"{index}_values")
    maps = os.path.join(folder, str(index))  # a sequence of maps
    if os.path.isdir(maps):
        keys, values = zip(*(load(maps, i) for i in range(count(maps))))
        return np.stack(keys), np.stack(values)
    path = os.path.join(folder, f"{index}.npy")
    if os.path.exists(path):
        return np.load(path)
    path = os.path.join(folder, f"{index}.pb")
    if not os.path.exists(path):
        raise Failed(f"output {index} is missing in {os.listdir(folder) if os.path.isdir(folder) else 'no folder'}")
    tensor = onnx.TensorProto()
    with open(path, "rb") as file:
        tensor.ParseFromString(file.read())
    return numpy_helper.to_array(tensor)


def check(got, want, tolerance, what):
    """Integers, bools and strings are equal; floats are within `tolerance` of the expected tensor's peak."""
    if isinstance(want, tuple) and isinstance(got, tuple):
        for name, part, expected in zip(("keys", "values"), got, want):
            check(part, expected, tolerance, f"{what}, {name}")
        return
    if got.shape != want.shape:
        raise Failed(f"{what}: shape {got.shape}, expected {want.shape}")
    if got.dtype != want.dtype and not got.dtype.kind == want.dtype.kind == "U":
        raise Failed(f"{what}: type {got.dtype}, expected {want.dtype}")
    if want.dtype.kind in "iubUS":
        wrong = np.flatnonzero((got != want).reshape(-1))
        if len(wrong):
            at = np.unravel_index(wrong[0], want.shape)
            raise Failed(f"{what}: {len(wrong)} of {want.size} differ, first at {tuple(map(int, at))}: "
                         f"{got[at]}, expected {want[at]}")
        return
    if want.dtype.kind == "c":  # its parts, in a dimension of their own
        got, want = (np.stack([a.real, a.imag], axis=-1) for a in (got, want))
    got, want = got.astype(np.float64), want.astype(np.float64)
    for kind, test in {"NaN": np.isnan, "+inf": np.isposinf, "-inf": np.isneginf}.items():
        if (test(got) != test(want)).any():
            at = tuple(int(i[0]) for i in np.nonzero(test(got) != test(want)))
            raise Failed(f"{what}: {kind} does not match at {at}: {got[at]}, expected {want[at]}")
    finite = np.isfinite(want)
    if not finite.any():
        return
    # A tensor of zeros has no peak to measure by (a sigmoid far down its tail): there 1e-6 stands for it.
    peak = float(np.abs(want[finite]).max()) or 1e-6
    error = np.where(finite, np.abs(np.where(finite, got, 0) - np.where(finite, want, 0)), 0)
    if error.max() > tolerance * peak:
        at = np.unravel_index(int(error.argmax()), want.shape)
        raise Failed(f"{what}: differs by {error.max() / peak:.2e} of the peak {peak:.4g} at {tuple(map(int, at))}: "
                     f"{got[at]:.8g}, expected {want[at]:.8g} (tolerance {tolerance:.1e})")


def check_folder(folder, wants, tolerance, what):
    for index, want in enumerate(wants):
        check(load(folder, index), want, tolerance, f"{what} output {index}")
