# Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""quern.InferenceSession beside onnxruntime's."""

import unittest
import warnings

import numpy as np
import onnx
import onnxruntime

import quern

from .models import DIGITS, SAMPLE, parse


class Session(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        model = onnx.load(DIGITS)
        model.graph.doc_string = ""
        model.model_version = 7
        model.metadata_props.add(key="author", value="nobody")
        cls.bytes = model.SerializeToString()
        cls.ours = quern.InferenceSession(cls.bytes)
        cls.theirs = onnxruntime.InferenceSession(cls.bytes, providers=["CPUExecutionProvider"])

    def test_ports(self):
        for ours, theirs in ((self.ours.get_inputs(), self.theirs.get_inputs()),
                             (self.ours.get_outputs(), self.theirs.get_outputs())):
            self.assertEqual([(p.name, p.type, p.shape) for p in ours], [(p.name, p.type, p.shape) for p in theirs])

    def test_metadata(self):
        ours, theirs = self.ours.get_modelmeta(), self.theirs.get_modelmeta()
        for name in ("producer_name", "graph_name", "custom_metadata_map", "version"):
            self.assertEqual(getattr(ours, name), getattr(theirs, name), name)

    def test_run(self):
        feeds = {"image": np.repeat(np.load(SAMPLE), 3, 0)}
        for names in (None, [], ["probabilities"]):
            ours, theirs = self.ours.run(names, feeds), self.theirs.run(names, feeds)
            self.assertEqual(len(ours), len(theirs))
            np.testing.assert_allclose(ours[0], theirs[0], rtol=1e-4, atol=1e-6)

    def test_errors_are_exceptions(self):
        with self.assertRaises(ValueError):
            self.ours.run(["nothing"], {"image": np.load(SAMPLE)})
        with self.assertRaises(ValueError):
            self.ours.run(None, {})
        with self.assertRaises(quern.CompileError):
            quern.InferenceSession(b"garbage")

    def test_what_has_no_meaning_is_noted_once(self):
        with warnings.catch_warnings(record=True) as seen:
            warnings.simplefilter("always")
            for _ in range(2):
                session = quern.InferenceSession(DIGITS, onnxruntime.SessionOptions(),
                                                 providers=["CUDAExecutionProvider", "CPUExecutionProvider"])
        self.assertEqual(len([w for w in seen if "CUDAExecutionProvider" in str(w.message)]), 1)
        self.assertEqual(session.get_providers(), ["CPUExecutionProvider"])
        self.assertEqual(session.get_overridable_initializers(), [])

    def test_symbolic_and_unknown_sizes(self):
        model = parse("g (float[batch,3,?] x) => (float[batch,3,?] y) { y = Relu(x) }").SerializeToString()
        ours = quern.InferenceSession(model).get_inputs()[0].shape
        self.assertEqual(ours, onnxruntime.InferenceSession(model).get_inputs()[0].shape)


if __name__ == "__main__":
    unittest.main()
