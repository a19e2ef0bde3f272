# Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""quern.compile: what it takes, what it says, what it keeps."""

import os
import tempfile
import threading
import unittest

import numpy as np
import onnx

import quern

from .models import DIGITS, SAMPLE, parse

ADD = "g (float[N] x, float[N] y) => (float[N] z) { z = Add(x, y) }"


class Compile(unittest.TestCase):

    def test_takes_path_bytes_and_proto(self):
        x = np.load(SAMPLE)
        with open(DIGITS, "rb") as file:
            data = file.read()
        answers = [quern.compile(model)(x) for model in (DIGITS, data, onnx.load(DIGITS))]
        for answer in answers:
            np.testing.assert_array_equal(answer, answers[0])
        self.assertEqual(answers[0].argmax(), 3)

    def test_error_is_the_compilers(self):
        model = parse("g (float[3] x, float[4] y) => (float[4] z) { z = Add(x, y) }")
        with self.assertRaisesRegex(quern.CompileError, r"model\.onnx: error: node 'z' \(Add"):
            quern.compile(model)
        with self.assertRaisesRegex(quern.CompileError, r"no such file"):
            quern.compile("nowhere.onnx")
        with self.assertRaisesRegex(quern.CompileError, r"valid ONNX"):
            quern.compile(b"garbage")
        with self.assertRaises(TypeError):
            quern.compile(42)

    def test_unknown_target(self):
        with self.assertRaisesRegex(quern.CompileError, "z80"):
            quern.compile(parse(ADD), target="z80")

    def test_shapes_are_fixed(self):
        model = quern.compile(parse("g (float[N,M] x) => (float[N,M] y) { y = Neg(x) }"), shapes={"x": (None, 3)})
        self.assertEqual(model.inputs[0].shape[1], 3)
        self.assertEqual(model(np.ones((2, 3), np.float32)).shape, (2, 3))
        with self.assertRaisesRegex(ValueError, "expects"):
            model(np.ones((2, 4), np.float32))

    def test_tool_is_named(self):
        before = os.environ.get("QUERN")
        os.environ["QUERN"] = "/nowhere"
        try:
            with self.assertRaisesRegex(quern.CompileError, "QUERN is '/nowhere'"):
                quern.tool()
        finally:
            os.environ["QUERN"] = before
        self.assertRegex(quern.version(), r"^\d+\.\d+")


class Cache(unittest.TestCase):

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.cache = os.path.join(self.folder.name, "cache")

    def tearDown(self):
        self.folder.cleanup()

    def entries(self):
        return sorted(e for e in os.listdir(self.cache) if "." not in e)

    def test_is_by_content_and_options(self):
        quern.compile(DIGITS, cache=self.cache)
        first = self.entries()
        with open(DIGITS, "rb") as file:
            quern.compile(file.read(), cache=self.cache)
        self.assertEqual(self.entries(), first)
        quern.compile(DIGITS, cache=self.cache, shapes={"image": (2, 1, 8, 8)})
        self.assertEqual(len(self.entries()), 2)
        self.assertFalse([e for e in os.listdir(self.cache) if e.startswith(".new")])

    def test_a_hit_compiles_nothing(self):
        quern.compile(DIGITS, cache=self.cache)
        entry = os.path.join(self.cache, self.entries()[0], "model.so")
        before = os.stat(entry).st_mtime_ns
        model = quern.compile(DIGITS, cache=self.cache)
        self.assertEqual(os.stat(entry).st_mtime_ns, before)
        self.assertEqual(model(np.load(SAMPLE)).argmax(), 3)

    def test_external_data_counts(self):
        weights = np.arange(256, dtype=np.float32)
        model = parse("g (float[256] x) => (float[256] y) { y = Add(x, w) }")
        model.graph.initializer.append(onnx.numpy_helper.from_array(weights, "w"))
        path = os.path.join(self.folder.name, "m.onnx")
        onnx.save_model(model, path, save_as_external_data=True, location="w.bin", size_threshold=0)
        x = np.zeros(256, np.float32)
        np.testing.assert_array_equal(quern.compile(path, cache=self.cache)(x), weights)
        (2 * weights).tofile(os.path.join(self.folder.name, "w.bin"))
        np.testing.assert_array_equal(quern.compile(path, cache=self.cache)(x), 2 * weights)
        self.assertEqual(len(self.entries()), 2)

    def test_many_at_once(self):
        answers = []
        work = lambda: answers.append(quern.compile(DIGITS, cache=self.cache)(np.load(SAMPLE)).argmax())
        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(answers, [3] * 4)
        self.assertEqual(len(self.entries()), 1)


if __name__ == "__main__":
    unittest.main()
