# Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Sequences and optionals between tensors: what goes in comes out again."""

import numpy as np
from onnx import TensorProto, helper, parser

from ..builder import C, Case, X

A, B = X("a=2|3", 3), X("b=1|4", 3)


def graph(text):
    return parser.parse_graph(text)


def items(name, position, dtype="float32"):
    """Construct, insert, erase; one of the items, and how many there are."""
    case = Case(name, reference="onnx")
    a, b = X("a=2|3", 3, dtype=dtype), X("b=1|4", 3, dtype=dtype)
    s = case.op("SequenceConstruct", a, b)
    s = case.op("SequenceInsert", s, b, C(np.int64(0)))
    s = case.op("SequenceInsert", s, a)
    s = case.op("SequenceErase", s, C(np.int64(-2)))
    return case.out(case.op("SequenceAt", s, position), case.op("SequenceLength", s))


def joined(name, **attributes):
    case = Case(name, reference="onnx")
    x = case.value(X("n=2|3", 4))
    s = case.op("SequenceConstruct", x, x, case.op("Neg", x))
    return case.out(case.op("ConcatFromSequence", s, **attributes))


def pieces(name, x, split=None, again=0, **attributes):
    """Cut, and put together again."""
    case = Case(name, reference="onnx")
    s = case.op("SplitToSequence", x, *([split] if split is not None else []), **attributes)
    return case.out(case.op("ConcatFromSequence", s, axis=again, new_axis=int(attributes.get("keepdims") == 0)),
                    case.op("SequenceLength", s))


def grown(name, trips):
    """A loop that carries a sequence: x, 2x, 4x, …"""
    case = Case(name)  # the standard's evaluator forgets what the loop carries
    x, two = case.value(X("n=2|3", 2)), case.value(C(2.0))
    empty = case.op("SequenceEmpty")
    body = graph(f"""body (int64 i, bool go, seq(float[?, 2]) s, float[n, 2] v)
        => (bool again, seq(float[?, 2]) t, float[n, 2] w) {{
        again = Identity(go)
        w = Mul(v, {two})
        t = SequenceInsert(s, w)
    }}""")
    s, _ = case.op("Loop", trips, "", empty, x, outputs=2, body=body)
    return case.out(case.op("ConcatFromSequence", s, axis=0))


def mapped():
    case = Case("map", opset=18, reference="onnx")
    a, b, y = (case.value(v) for v in (X("a=2|3", 2), X("b=1|4", 2), X(2)))
    s = case.op("SequenceConstruct", a, b)
    body = graph(f"""body (float[?, 2] v, float[2] w) => (float[?, 2] r, int64[2] n) {{
        r = Add(v, w)
        n = Shape(v)
    }}""")
    t, shapes = case.op("SequenceMap", s, y, outputs=2, body=body)
    return case.out(case.op("ConcatFromSequence", t, axis=0), case.op("ConcatFromSequence", shapes, axis=0, new_axis=1))


def chosen(name, flag):
    case = Case(name, reference="onnx")
    a, b, c = (case.value(v) for v in (X(2), X(2), flag))
    first = graph(f"then () => (seq(float[2]) t) {{ t = SequenceConstruct({a}, {b}) }}")
    other = graph(f"other () => (seq(float[2]) e) {{ e = SequenceConstruct({b}) }}")
    s = case.op("If", c, then_branch=first, else_branch=other)
    return case.out(case.op("ConcatFromSequence", s, axis=0))


def optional(name, make):
    """There or not, and what is in it."""
    case = Case(name, opset=18)  # the standard's evaluator has lists for optionals
    x = case.value(X("n=2|3"))
    value = case.op(*make, x) if make else x
    o = case.op("Optional", value)
    inside = case.op("OptionalGetElement", o)
    if make:
        inside = case.op("SequenceAt", inside, C(np.int64(0)))
    return case.out(case.op("OptionalHasElement", o), inside)


def nothing():
    case = Case("optional_empty", opset=18)
    of = helper.make_tensor_type_proto(TensorProto.FLOAT, [3])
    o = case.op("Optional", type=of)
    return case.out(case.op("OptionalHasElement", o), case.op("Identity", X(3)))


def strings():
    case = Case("strings", reference="onnx")
    x = case.value(X(values=np.array(["a", "", "ccc"], dtype=object)))
    s = case.op("SequenceConstruct", x, case.op("StringConcat", x, x))
    return case.out(case.op("ConcatFromSequence", s, axis=0), case.op("SequenceAt", s, C(np.int64(1))))


def cases():
    yield items("at_first", C(np.int64(0)))
    yield items("at_last", C(np.int64(-1)))
    yield items("at_input", X(values=np.int64(1)))
    for dtype in ("int64", "bool", "float16", "uint8"):
        yield items(f"at_{dtype}", C(np.int64(1)), dtype)
    yield joined("concat", axis=0)
    yield joined("concat_inner", axis=-1)
    yield joined("concat_new", axis=1, new_axis=1)
    yield pieces("split", X("n=4|2", 3))
    yield pieces("split_drop", X("n=4|2", 3), keepdims=0)
    yield pieces("split_size", X("n=5|2", 3), C(np.int64(2)))
    yield pieces("split_sizes", X(2, 6), C([1, 3, 2]), again=1, axis=1)
    yield pieces("split_input", X(7), X(values=np.int64(3)))
    yield grown("loop", X(values=np.int64(4)))
    yield grown("loop_constant", C(np.int64(3)))
    yield mapped()
    yield chosen("if_true", X(values=np.bool_(True)))
    yield chosen("if_false", X(values=np.bool_(False)))
    yield optional("optional", None)
    yield optional("optional_sequence", ("SequenceConstruct",))
    yield nothing()
    yield strings()
