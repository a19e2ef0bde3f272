# Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Recurrent layers, in each direction, with and without their optional operands."""

import numpy as np

from ..builder import C, W, X, single

GATES = {"RNN": 1, "GRU": 3, "LSTM": 4}


def layer(kind, name, steps=5, batch=2, inputs=3, hidden=4, directions=1, bias=True, state=False, lengths=None, **attributes):
    gates = GATES[kind]
    operands = [X(steps, batch, inputs), W(directions, gates * hidden, inputs), W(directions, gates * hidden, hidden)]
    operands += [W(directions, 2 * gates * hidden) if bias else None, lengths]
    if state:
        operands += [X(directions, batch, hidden)] * (1 if kind != "LSTM" else 2)
        if kind == "LSTM":
            operands[-1] = X(directions, batch, hidden)
    while operands[-1] is None:
        operands.pop()
    return single(f"{kind.lower()}_{name}", kind, *operands, outputs=3 if kind == "LSTM" else 2, hidden_size=hidden, **attributes)


def cases():
    for kind in GATES:
        yield layer(kind, "forward")
        yield layer(kind, "no_bias", bias=False)
        yield layer(kind, "reverse", direction="reverse")
        yield layer(kind, "both", directions=2, direction="bidirectional", state=True)
        yield layer(kind, "lengths", lengths=C(np.int32([5, 3])))
        yield layer(kind, "dynamic", steps="t=4|7", batch="b=1|3")
    yield layer("GRU", "linear_before_reset", linear_before_reset=1)
    yield layer("LSTM", "activations", activations=["HardSigmoid", "Relu", "Tanh"])
