# Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes the files of values.test to a folder."""

import os
import sys

import numpy as np
import onnx
from onnx import numpy_helper

FOLDER = sys.argv[1]


def path(*parts):
    full = os.path.join(FOLDER, *parts)
    os.makedirs(os.path.dirname(full), exist_ok=True)
    return full


def save(name, array):
    np.save(path(name), array)


def write(name, data):
    with open(path(name), "wb") as file:
        file.write(data)


items = [np.arange(n, dtype=np.float32) for n in (2, 0, 1)]
for i, item in enumerate(items):
    save(f"seq/{i}.npy", item)
save("short/0.npy", items[0])
sequence = numpy_helper.from_list(items, "x").SerializeToString()
write("seq.pb", sequence)
write("cut.pb", sequence[:-3])

words = np.array(["q", "é"], dtype=object)
save("strings/0.npy", words.astype(str))
write("opt.pb", numpy_helper.from_optional([words], "x").SerializeToString())
write("none.pb", onnx.OptionalProto().SerializeToString())

for i in range(2):
    save(f"maps/{i}_keys.npy", np.array(["k", "l"]))
    save(f"maps/{i}_values.npy", np.array([i, 2.5], dtype=np.float32))
save("odd/0_keys.npy", np.array(["k", "l"]))
save("odd/0_values.npy", np.array([1], dtype=np.float32))
save("rows_keys.npy", np.array([["k", "l"], ["k", "l"]]))
save("rows_values.npy", np.array([[0, 2.5], [1, 2.5]], dtype=np.float32))
for i in range(2):
    save(f"uneven/{i}_keys.npy", np.array(["k", "l"][i:]))
    save(f"uneven/{i}_values.npy", np.array([1, 2][i:], dtype=np.float32))
