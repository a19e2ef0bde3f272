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
