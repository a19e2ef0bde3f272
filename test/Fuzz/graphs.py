# Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Random ONNX graphs whose values are known.

A graph grows a node at a time from the table in `operators.py`; each node is evaluated by the standard's reference as it
is added, so that what it makes is known, and the next node can be given operands that it accepts. A node that the
reference refuses, or whose values are no test (infinite, huge, or chaotic in their last digits), is not added.
"""

import warnings

import numpy as np
import onnx
from onnx import helper, numpy_helper
from onnx.reference import ReferenceEvaluator

OPSET = 22
MAX_ELEMENTS = 4096


class Value:
    """A tensor of the graph: what the reference says it is, and the same with every rounding a little different."""

    def __init__(self, name, array, shadow, exact, constant=False):
        self.name, self.array, self.shadow = name, array, shadow
        self.exact = exact        # nothing was rounded on the way: comparisons with it are the same everywhere
        self.constant = constant

    @property
    def dtype(self):
        return self.array.dtype

    @property
    def rank(self):
        return self.array.ndim

    @property
    def shape(self):
        return self.array.shape

    @property
    def is_float(self):
        return self.array.dtype.kind == "f"

    def sensitivity(self):
        """How far the last digits of what went in move this."""
        if not self.is_float or self.array.size == 0:
            return 0.0
        return float(np.max(np.abs(self.array.astype(np.float64) - self.shadow.astype(np.float64))))

    def peak(self):
        return float(np.max(np.abs(self.array.astype(np.float64)))) if self.array.size else 0.0


def is_usable(array, shadow):
    if array.size > MAX_ELEMENTS or array.ndim > 6 or array.shape != shadow.shape:
        return False
    if array.dtype.kind not in "fiub":
        return False
    if array.dtype.kind == "f":
        return bool(np.all(np.isfinite(array))) and (array.size == 0 or np.max(np.abs(array)) < 1e3)
    return True


class Graph:
    """A graph that grows. `dims` says what its inputs look like: "static", "named" (equal sizes have one name),
    "any" (every dimension has its own), or "constant" (there are no inputs, but initializers)."""

    def __init__(self, seed, dims):
        self.rng = np.random.default_rng(seed)
        self.seed, self.dims = seed, dims
        self.values, self.inputs, self.constants, self.nodes = [], [], [], []
        self.unused = {}
        self.attributes = {}

    # --- values ----------------------------------------------------------------------------------------------------

    def random(self, shape, dtype, low=None, high=None):
        dtype = np.dtype(dtype)
        if dtype.kind == "b":
            return self.rng.random(shape) < 0.5
        if dtype.kind in "iu":
            low = (0 if dtype.kind == "u" else -5) if low is None else low
            return self.rng.integers(low, 6 if high is None else high, shape).astype(dtype)
        return self.rng.uniform(-2 if low is None else low, 2 if high is None else high, shape).astype(dtype)

    def add_input(self, shape, dtype):
        array = self.random(shape, dtype)
        value = Value(f"x{len(self.inputs)}", array, array, exact=True)
        self.inputs.append(value)
        self.values.append(value)
        return value

    def constant(self, array):
        array = np.asarray(array)
        value = Value(f"w{len(self.constants)}", array, array, exact=True, constant=True)
        self.constants.append(value)
        return value

    def weight(self, shape, dtype, low=None, high=None):
        return self.constant(self.random(shape, dtype, low, high))

    def pick(self, accepts):
        """A value of the graph that `accepts` likes; the newest twice as likely as the others together."""
        found = [v for v in self.values if accepts(v)]
        if not found:
            return None
        if self.rng.random() < 0.6:
            return found[-1 - min(int(self.rng.exponential(1.5)), len(found) - 1)]
        return found[self.rng.integers(len(found))]

    # --- nodes -----------------------------------------------------------------------------------------------------

    def evaluate(self, node, arrays):
        values = [helper.make_tensor_value_info(n, helper.np_dtype_to_tensor_dtype(a.dtype), a.shape)
                  for n, a in arrays.items()]
        outputs = [onnx.ValueInfoProto(name=name) for name in node.output if name]
        graph = helper.make_graph([node], "node", values, outputs)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)])
        return [np.asarray(a) for a in ReferenceEvaluator(model).run(None, arrays)]

    def jitter(self, array):
        """Every element off by a few units in its last place."""
        if array.dtype.kind != "f":
            return array
        noise = self.rng.uniform(-1, 1, array.shape) * 4 * np.finfo(array.dtype).eps
        return (array * (1 + noise)).astype(array.dtype)

    def add(self, op, operands, outputs=1, exact=False, **attributes):
        """Adds a node when it makes a usable test; says whether it did. `exact`: it rounds nothing by itself."""
        names = [f"{op.lower()}{len(self.nodes)}_{i}" for i in range(outputs)]
        node = helper.make_node(op, [v.name if v is not None else "" for v in operands], names,
                                name=f"{op}{len(self.nodes)}", **attributes)
        present = [v for v in operands if v is not None]
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            try:
                results = self.evaluate(node, {v.name: v.array for v in present})
                shadows = self.evaluate(node, {v.name: v.shadow for v in present})
            except Exception:  # whatever the reference says no with: the node is no test
                return False
        shadows = [s if exact else self.jitter(s) for s in shadows]
        made = [Value(n, a, s, exact and all(v.exact for v in present))
                for n, a, s in zip(names, results, shadows)]
        if any(not is_usable(v.array, v.shadow) or v.sensitivity() > 1e-3 * max(v.peak(), 1e-3) for v in made):
            return False
        self.nodes.append(node)
        self.values.extend(made)
        return True

    # --- the model -------------------------------------------------------------------------------------------------

    def dim(self, value, index):
        size = value.shape[index]
        if self.dims == "any":
            return f"{value.name}_{index}"
        return f"d{size}" if self.dims == "named" else size

    def cone(self, outputs):
        """The nodes that `outputs` need."""
        needed, kept = set(outputs), []
        for node in reversed(self.nodes):
            if needed.intersection(node.output):
                kept.append(node)
                needed.update(node.input)
        return kept[::-1], needed

    def leaves(self):
        used = {name for node in self.nodes for name in node.input}
        return [name for node in self.nodes for name in node.output if name not in used]

    def model(self, outputs):
        """The model that computes `outputs`, its inputs in order, and the values it should give."""
        nodes, needed = self.cone(outputs)
        by_name = {v.name: v for v in self.values + self.constants}
        tensors = [v for v in self.inputs + self.constants if v.name in needed]
        fixed = [v for v in tensors if v.constant or self.dims == "constant"]
        inputs = [v for v in tensors if not v.constant and self.dims != "constant"]
        typed = [helper.make_tensor_value_info(v.name, helper.np_dtype_to_tensor_dtype(v.dtype),
                                               [self.dim(v, i) for i in range(v.rank)]) for v in inputs]
        weights = [numpy_helper.from_array(v.array, v.name) for v in fixed]
        declared = [helper.make_tensor_value_info(n, helper.np_dtype_to_tensor_dtype(by_name[n].dtype), None)
                    for n in outputs]
        graph = helper.make_graph(nodes, f"fuzz{self.seed}", typed, declared, weights)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=10,
                                  producer_name="quern-fuzz")
        return model, [v.array for v in inputs], [by_name[n] for n in outputs]
