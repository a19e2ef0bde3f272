# Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""quern.Model: calling, types, errors, memory and threads."""

import resource
import threading
import unittest

import ml_dtypes
import numpy as np
from onnx import helper

import quern

from .models import DIGITS, copies, parse

TWO = "g (float[N] a, float[N] b) => (float[N] sum, float[N] difference) { sum = Add(a, b) difference = Sub(a, b) }"


class Calls(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        cls.two = quern.compile(parse(TWO))
        cls.a, cls.b = np.arange(4, dtype=np.float32), np.ones(4, np.float32)

    def test_by_order_and_by_name(self):
        for total, difference in (self.two(self.a, self.b), self.two(b=self.b, a=self.a), self.two(self.a, b=self.b)):
            np.testing.assert_array_equal(total, self.a + self.b)
            np.testing.assert_array_equal(difference, self.a - self.b)

    def test_run(self):
        (difference,) = self.two.run(["difference"], {"a": self.a, "b": self.b})
        np.testing.assert_array_equal(difference, self.a - self.b)
        self.assertEqual(len(self.two.run(None, {"a": self.a, "b": self.b})), 2)

    def test_lists_and_numbers_are_arrays(self):
        total, _ = self.two([1, 2], (3, 4))
        np.testing.assert_array_equal(total, np.array([4, 6], np.float32))

    def test_describes_itself(self):
        self.assertEqual([p.name for p in self.two.inputs], ["a", "b"])
        self.assertEqual(self.two.outputs[1].dtype, np.float32)
        self.assertEqual(self.two.inputs[0].shape, ("N",))
        self.assertIn("difference", repr(self.two))
        self.assertEqual(quern.compile(DIGITS).metadata["producer"], "quern-samples")

    def test_errors(self):
        for feeds, text in (({"a": self.a}, "input 'b' is missing"), ({"a": self.a, "c": self.b}, "no input 'c'"),
                            ({"a": self.a, "b": self.b.astype(np.float64)}, "float64"),
                            ({"a": self.a, "b": self.b[:2]}, "N|size"), ({"a": self.a, "b": None}, "None")):
            with self.assertRaisesRegex(ValueError, text):
                self.two.run(None, feeds)
        with self.assertRaisesRegex(ValueError, "no output 'z'"):
            self.two.run(["z"], {"a": self.a, "b": self.b})
        with self.assertRaises(TypeError):
            self.two(self.a, self.b, self.a)
        with self.assertRaises(TypeError):
            self.two(self.a, a=self.a)

    def test_a_failed_run_names_the_node(self):
        model = quern.compile(parse("g (float[4] x, int64[N] i) => (float[N] y) { y = Gather(x, i) }"))
        with self.assertRaisesRegex(quern.RunError, "Gather"):
            model(self.a, np.array([9]))


class Types(unittest.TestCase):
    # What numpy has, and what ml_dtypes adds.
    KINDS = [np.float32, np.float64, np.float16, np.int8, np.int16, np.int32, np.int64, np.uint8, np.uint16, np.uint32,
             np.uint64, np.bool_, ml_dtypes.bfloat16, ml_dtypes.float8_e4m3fn, ml_dtypes.float8_e5m2, ml_dtypes.int4,
             ml_dtypes.uint4]

    def test_every_type_comes_back(self):
        rng = np.random.default_rng(1)
        for kind in map(np.dtype, self.KINDS):
            for shape in ((3, 5), (2, 0)):
                with self.subTest(kind=kind.name, shape=shape):
                    code = helper.np_dtype_to_tensor_dtype(kind)
                    x = rng.integers(0, 2 if kind == bool else 7, shape).astype(np.int32).astype(kind)
                    y = quern.compile(copies(code, list(shape)))(x)
                    self.assertEqual(y.dtype, kind)
                    self.assertEqual(y.shape, shape[::-1])
                    np.testing.assert_array_equal(y.astype(np.float64), x.T.astype(np.float64))

    def test_layouts(self):
        model = quern.compile(copies(1, ["N", "M"]))
        x = np.arange(24, dtype=np.float32).reshape(4, 6)
        for view in (x.T, x[::2, ::-1], x.astype(">f4"), np.asfortranarray(x), x[:0]):
            np.testing.assert_array_equal(model(view), view.T)

    def test_outputs_own_their_memory(self):
        model = quern.compile(copies(1, ["N", "M"]))
        y = model(np.ones((64, 64), np.float32))
        del model
        y += 1
        self.assertTrue((y == 2).all() and y.flags.writeable)

    def test_memory_is_released(self):
        model = quern.compile(copies(1, ["N", "M"]))
        x = np.ones((1024, 1024), np.float32)
        model(x)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for _ in range(100):
            model(x)
        self.assertLess(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before, 50 * 1024)


class Kinds(unittest.TestCase):
    """Values that are no tensors of numbers."""

    def test_strings(self):
        model = quern.compile(parse("g (string[N] x, string[N] y) => (string[N] z) { z = StringConcat(x, y) }"))
        z = model(np.array(["a", "ü", ""]), ["b", b"", "long enough to stand on the heap"])
        self.assertEqual(z.tolist(), ["ab", "ü", "long enough to stand on the heap"])
        self.assertEqual(z.dtype, object)
        self.assertEqual(model([], []).shape, (0,))

    def test_sequences(self):
        insert = quern.compile(parse("g (seq(float[N]) s, float[N] x) => (seq(float[N]) t) { t = SequenceInsert(s, x) }"))
        items = insert([np.ones(2, np.float32)], np.zeros(3, np.float32))
        self.assertEqual([i.tolist() for i in items], [[1, 1], [0, 0, 0]])
        self.assertEqual(insert.inputs[0].type, "seq(tensor(float))")
        self.assertEqual(len(insert([], [1.0])), 1)
        with self.assertRaisesRegex(ValueError, "expects a list"):
            insert(np.ones(2, np.float32), np.zeros(3, np.float32))

    def test_optionals(self):
        inside = helper.make_tensor_type_proto(1, [2])
        x = helper.make_value_info("x", helper.make_optional_type_proto(inside))
        graph = helper.make_graph([helper.make_node("OptionalHasElement", ["x"], ["y"])], "g", [x],
                                  [helper.make_tensor_value_info("y", 9, [])])
        model = quern.compile(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10))
        self.assertEqual([bool(model(np.ones(2, np.float32))), bool(model(None)), bool(model())], [True, False, False])

    def test_maps(self):
        x = helper.make_tensor_value_info("x", 1, ["N", 2])
        kind = helper.make_map_type_proto(7, helper.make_tensor_type_proto(1, []))
        y = helper.make_value_info("y", helper.make_sequence_type_proto(kind))
        node = helper.make_node("ZipMap", ["x"], ["y"], domain="ai.onnx.ml", classlabels_int64s=[3, 5])
        opsets = [helper.make_opsetid("", 20), helper.make_opsetid("ai.onnx.ml", 3)]
        model = quern.compile(helper.make_model(helper.make_graph([node], "g", [x], [y]), opset_imports=opsets,
                                                ir_version=10))
        self.assertEqual(model([[0.25, 0.75], [1, 0]]), [{3: 0.25, 5: 0.75}, {3: 1, 5: 0}])
        self.assertEqual(model.outputs[0].type, "seq(map(int64,tensor(float)))")


class Threads(unittest.TestCase):

    def test_runs_at_once(self):
        model = quern.compile(DIGITS, threads=2)
        x = np.random.default_rng(0).random((8, 1, 8, 8), np.float32)
        want, wrong = model(x), []

        def work():
            for _ in range(20):
                if not np.array_equal(model(x), want):
                    wrong.append(1)

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(wrong, [])


if __name__ == "__main__":
    unittest.main()
