# Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The standard's own runner over quern.backend, and the interface's functions."""

import unittest
import warnings

import numpy as np
import onnx.backend.test
from onnx import helper

import quern
import quern.backend

from Conformance.expected import Expected

from .models import parse

warnings.simplefilter("ignore")
runner = onnx.backend.test.BackendTest(quern.backend, __name__)
# One kind of test of each: broadcasting, narrow types, several outputs, optional inputs, data-dependent shapes, strings,
# sequences, old models. What the strict list of the conformance run names is left out here.
for pattern in ("add", "basic_conv_with_padding", "cast_FLOAT_to_BFLOAT16", "cast_INT8_to_FLOAT16", "castlike_FLOAT_to_UINT4",
                "clip_example", "concat_2d", "gemm_all", "identity", "lstm_defaults", "maxpool_2d_default", "nonzero_example",
                "quantizelinear_axis", "slice", "softmax_axis", "split_equal", "sequence_insert", "optional_get",
                "string_concat", "top_k_negative_axis", "Linear", "operator_mm"):
    runner.include(f"^test_{pattern}.*_cpu$")
for name in {test for test, form in Expected().reasons if form == "static"}:
    runner.exclude(f"^{name}_cpu$")
globals().update(runner.test_cases)


class Interface(unittest.TestCase):

    def test_run_node(self):
        node = helper.make_node("Concat", ["a", "b"], ["c"], axis=0)
        (c,) = quern.backend.run_node(node, [np.ones((1, 2), np.float32), np.zeros((2, 2), np.float32)])
        self.assertEqual(c.shape, (3, 2))

    def test_run_model_takes_one_array(self):
        model = parse("g (float[N] x) => (float[N] y) { y = Neg(x) }")
        (y,) = quern.backend.run_model(model, np.ones(3, np.float32))
        np.testing.assert_array_equal(y, -np.ones(3))

    def test_devices(self):
        self.assertTrue(quern.backend.supports_device("CPU"))
        self.assertFalse(quern.backend.supports_device("CUDA:1"))
        with self.assertRaises(ValueError):
            quern.backend.prepare(parse("g (float[N] x) => (float[N] y) { y = Neg(x) }"), "CUDA")

    def test_compatible(self):
        self.assertTrue(quern.backend.is_compatible(parse("g (float[N] x) => (float[N] y) { y = Neg(x) }")))
        refused = parse("g (uint8[N] x) => (uint8[H,W,C] y) { y = ImageDecoder(x) }")
        self.assertFalse(quern.backend.is_compatible(refused))


if __name__ == "__main__":
    unittest.main()
