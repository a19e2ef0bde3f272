# Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Control flow: branches, loops and scans with subgraphs that read from outside."""

import numpy as np
from onnx import parser

from ..builder import C, Case, X


def graph(text):
    return parser.parse_graph(text)


def branch(name, cond):
    case = Case(name)
    c, x = cond, X("n=3|5", 4)
    flag, value = case.value(c), case.value(x)
    y = case.op("If", flag, then_branch=graph(f"then () => (float[n, 4] t) {{ t = Relu({value}) }}"),
                else_branch=graph(f"other () => (float[n, 4] e) {{ e = Neg({value}) }}"))
    return case.out(y)


def counted(name, trips):
    """v = v * 0.5 + x, and each v: a carried value and a scanned one."""
    case = Case(name)
    x = case.value(X(2, 3))
    m, start, half = case.value(trips), case.value(X(2, 3)), case.value(C(0.5))
    body = graph(f"""body (int64 i, bool go, float[2, 3] v) => (bool again, float[2, 3] next, float[2, 3] each) {{
        again = Identity(go)
        scaled = Mul(v, {half})
        next = Add(scaled, {x})
        each = Identity(next)
    }}""")
    return case.out(*case.op("Loop", m, "", start, outputs=2, body=body))


def conditional():
    """Doubles until the sum passes a limit."""
    case = Case("loop_until")
    start, limit = case.value(X(4, low=0.1, high=1)), case.value(C(40.0))
    go = case.value(C(np.bool_(True)))
    body = graph(f"""body (int64 i, bool go, float[4] v) => (bool again, float[4] next) {{
        next = Add(v, v)
        total = ReduceSum<keepdims = 0>(next)
        again = Less(total, {limit})
    }}""")
    return case.out(case.op("Loop", "", go, start, body=body))


def scan(name, **attributes):
    case = Case(name)
    body = graph("""body (float[3] sum, float[3] row) => (float[3] total, float[3] each) {
        total = Add(sum, row)
        each = Mul(total, row)
    }""")
    return case.out(*case.op("Scan", X(3), X(5, 3), outputs=2, num_scan_inputs=1, body=body, **attributes))


def collecting(name, trips, start=1.0):
    """Scan outputs of a loop that ends itself: a slice each turn, of a size that only the run knows."""
    case = Case(name)
    x, limit = case.value(X("n=3|5", 2, low=0.5, high=1)), case.value(C(40.0))
    m, go, first = case.value(trips), case.value(C(np.bool_(True))), case.value(C(start))
    body = graph(f"""body (int64 i, bool go, float v) => (bool again, float next, float[n, 2] each, float one) {{
        next = Add(v, v)
        each = Mul({x}, next)
        one = Identity(next)
        again = Less(next, {limit})
    }}""")
    return case.out(*case.op("Loop", m, go, first, outputs=3, body=body))


def growing(name, trips):
    """A carried vector that gets longer each turn."""
    case = Case(name)
    m, start = case.value(trips), case.value(X("n=2|3"))
    body = graph("""body (int64 i, bool go, float[k] v) => (bool again, float[l] next) {
        again = Identity(go)
        number = Cast<to = 1>(i)
        axes = Constant<value = int64[1] {0}>()
        last = Unsqueeze(number, axes)
        next = Concat<axis = 0>(v, last)
    }""")
    return case.out(case.op("Loop", m, "", start, body=body))


def nested(name):
    """For i, for j <= i: an If inside, and values of both loops outside."""
    case = Case(name)
    m, start, one = case.value(X(values=np.int64(4))), case.value(X(3)), case.value(C(np.int64(1)))
    body = graph(f"""body (int64 i, bool go, float[3] v) => (bool again, float[3] next, float[3] each) {{
        again = Identity(go)
        turns = Add(i, {one})
        next = Loop(turns, , v) <body = inner (int64 j, bool on, float[3] w) => (bool still, float[3] after) {{
            still = Identity(on)
            same = Equal(i, j)
            after = If(same) <then_branch = yes () => (float[3] a) {{ a = Neg(w) }},
                              else_branch = no () => (float[3] b) {{ b = Add(w, v) }}>
        }}>
        each = Identity(next)
    }}""")
    return case.out(*case.op("Loop", m, "", start, outputs=2, body=body))


def squeezed(name, *dims):
    """As torch exports squeeze(1) of a size that only the run knows: branches of two ranks."""
    case = Case(name)
    x, w = case.value(X(*dims)), case.value(C(np.ones((2, 3, 1), np.float32)))
    one, axes = case.value(C(np.int64(1))), case.value(C(np.array([1], np.int64)))
    size = case.op("Gather", case.op("Shape", x), one)
    y = case.op("If", case.op("Equal", size, one), then_branch=graph(f"yes () => (t) {{ t = Squeeze({x}, {axes}) }}"),
                else_branch=graph(f"no () => (e) {{ e = Identity({x}) }}"))
    return case.out(case.op("Conv", y, w))


def cases():
    yield branch("if_true", X(values=np.bool_(True)))
    yield branch("if_false", X(values=np.bool_(False)))
    yield branch("if_constant", C(np.bool_(True)))
    yield counted("loop", X(values=np.int64(4)))
    yield counted("loop_never", X(values=np.int64(0)))
    yield counted("loop_constant", C(np.int64(3)))
    yield conditional()
    yield scan("scan")
    yield scan("scan_backward", scan_input_directions=[1], scan_output_directions=[1])
    yield collecting("loop_collects", X(values=np.int64(1000)))
    yield collecting("loop_collects_all", X(values=np.int64(3)))
    yield collecting("loop_collects_much", X(values=np.int64(2**40)), start=1e-9)
    yield growing("loop_grows", X(values=np.int64(20)))
    yield growing("loop_grows_never", X(values=np.int64(0)))
    yield nested("loop_nested")
    yield squeezed("if_rank", "n=2|3", "one=1|1", 3, 5)
