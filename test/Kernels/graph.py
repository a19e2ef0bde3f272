# Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A graph under construction, for random_graphs.py.

A value has a shape for each of the two sets of inputs; a dimension that differs between them is dynamic.
"""

import numpy as np
from onnx import helper, numpy_helper


class Value:

    def __init__(self, name, shapes):
        self.name, self.shapes = name, [tuple(int(d) for d in shape) for shape in shapes]

    @property
    def rank(self):
        return len(self.shapes[0])

    @property
    def channels(self):
        return self.shapes[0][1]

    def smallest(self, dim):
        return min(shape[dim] for shape in self.shapes)

    def largest(self):
        return max(int(np.prod(shape)) for shape in self.shapes)

    def is_static(self, dim):
        return len({shape[dim] for shape in self.shapes}) == 1

    def map(self, function):
        return [function(list(shape)) for shape in self.shapes]


class Graph:

    def __init__(self, seed):
        self.rng = np.random.default_rng(seed)
        self.nodes, self.weights, self.values, self.inputs = [], [], [], []
        self.outputs = []

    # --- small choices -----------------------------------------------------------------------------------------------

    def chance(self, probability):
        return self.rng.random() < probability

    def pick(self, options):
        return options[int(self.rng.integers(len(options)))]

    def between(self, low, high):
        return int(self.rng.integers(low, high + 1))

    # --- building ----------------------------------------------------------------------------------------------------

    def weight(self, *shape, low=-1.0, high=1.0):
        return self.constant(self.rng.uniform(low, high, shape).astype(np.float32))

    def constant(self, array):
        name = f"w{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(np.asarray(array), name))
        return name

    def node(self, kind, operands, shapes, **attributes):
        name = f"v{len(self.nodes)}"
        names = [o.name if isinstance(o, Value) else o for o in operands]
        self.nodes.append(helper.make_node(kind, names, [name], name=f"{kind}_{len(self.nodes)}", **attributes))
        return Value(name, shapes)

    def input(self, name, shapes):
        value = Value(name, shapes)
        self.inputs.append(value)
        return value

    def same(self, kind, x, *others, **attributes):
        return self.node(kind, [x, *others], x.shapes, **attributes)

    def reshape(self, x, shapes):
        """To shapes of which any dimensions may differ between the sets."""
        dims = [s[0] if len(set(s)) == 1 else None for s in zip(*shapes)]
        if dims.count(None) <= 1 and all(0 not in s for s in shapes):
            target = self.constant(np.array([-1 if d is None else d for d in dims], np.int64))
            return self.node("Reshape", [x, target], shapes)
        size = self.node("Shape", [x], [(x.rank,), (x.rank,)])
        parts = []
        for i, d in enumerate(dims):
            if d is not None:
                parts.append(self.constant(np.array([d], np.int64)))
                continue
            wanted = [s[i] for s in shapes]
            source = next((j for j in range(x.rank) if [s[j] for s in x.shapes] == wanted), None)
            if source is None:
                return None
            parts.append(self.node("Gather", [size, self.constant(np.array([source], np.int64))], [(1,), (1,)]))
        target = self.node("Concat", parts, [(len(dims),)] * 2, axis=0)
        return self.node("Reshape", [x, target], shapes, allowzero=int(any(0 in s for s in shapes)))

    def transpose(self, x, order):
        return self.node("Transpose", [x], x.map(lambda s: [s[i] for i in order]), perm=list(order))
