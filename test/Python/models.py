# Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What the package's tests share."""

import os

import onnx
from onnx import helper

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DIGITS = os.path.join(SOURCE, "samples", "digits", "digits.onnx")
SAMPLE = os.path.join(SOURCE, "samples", "digits", "sample.npy")


def parse(text, opset=21):
    """A model from the standard's text: `g (float[N] x) => (float[N] y) { y = Neg(x) }`."""
    return onnx.parser.parse_model(f'<ir_version: 10, opset_import: ["" : {opset}, "ai.onnx.ml" : 3]>\n{text}')


def copies(dtype, shape):
    """A model that moves elements of a type without looking at them."""
    x = helper.make_tensor_value_info("x", dtype, shape)
    y = helper.make_tensor_value_info("y", dtype, shape[::-1])
    graph = helper.make_graph([helper.make_node("Transpose", ["x"], ["y"])], "copies", [x], [y])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 23)], ir_version=11)
