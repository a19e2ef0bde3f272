# Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A small language in which the families of test models are written.

    Case("conv_strided").op("Conv", X(1, 3, 9, 9), W(4, 3, 3, 3), strides=[2, 2])
    single("concat_dynamic", "Concat", X("n=2|5", 3), X("n", 4), axis=1)

A dimension is a number, or a string `name=size|size…`: a symbolic dimension with its size in each set of inputs (the
same name elsewhere may leave the sizes out).
"""

import zlib

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

DEFAULT_OPSET = 22


class X:
    """An input of the model: filled with seeded random values from [low, high]."""

    def __init__(self, *dims, dtype="float32", low=None, high=None, values=None):
        self.dims, self.dtype, self.values = dims, dtype, values
        self.low, self.high = low, high
        if isinstance(values, dict):
            self.dims = ()
        elif values is not None:
            array = np.asarray(values)
            self.dtype = array.dtype
            self.dims = dims or array.shape


class W(X):
    """A weight: a constant of the model, filled like an input."""


def C(values, dtype=None):
    """A constant with these values."""
    array = np.asarray(values)
    if dtype is None and array.dtype.kind == "f":
        dtype = "float32"
    return W(values=array.astype(dtype) if dtype else array)


def np_dtype(name):
    if isinstance(name, np.dtype):
        return name
    try:
        return np.dtype(name)
    except TypeError:
        import ml_dtypes
        return np.dtype(getattr(ml_dtypes, name))


def fill(rng, spec, shape):
    if spec.values is not None:
        return spec.values if isinstance(spec.values, dict) else np.asarray(spec.values)
    dtype = np_dtype(spec.dtype)
    if dtype.kind == "b":
        return rng.random(shape) < 0.5
    if dtype.kind in "iu":
        low = spec.low if spec.low is not None else (0 if dtype.kind == "u" else -8)
        high = spec.high if spec.high is not None else 9
        return rng.integers(low, high, shape, endpoint=True).astype(dtype)
    low = spec.low if spec.low is not None else -1.0
    high = spec.high if spec.high is not None else 1.0
    return rng.uniform(low, high, shape).astype(dtype)


def declare(name, spec):
    """The input of the model for a spec."""
    if isinstance(spec.values, dict):
        keys, values = map(np.asarray, (list(spec.values), list(spec.values.values())))
        kinds = [TensorProto.STRING if part.dtype.kind == "U" else TensorProto.INT64 if part.dtype.kind == "i" else TensorProto.FLOAT
                 for part in (keys, values)]
        return helper.make_value_info(name, helper.make_map_type_proto(kinds[0], helper.make_tensor_type_proto(kinds[1], [])))
    dims = [d.split("=")[0] if isinstance(d, str) else d for d in spec.dims]
    return helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(np_dtype(spec.dtype)), dims)


class Case:
    """One model with its inputs. `op` adds a node and returns its output's name (or names)."""

    def __init__(self, name, opset=DEFAULT_OPSET, tolerance=1e-4, reference="ort", sets=1):
        self.name, self.opset, self.tolerance, self.reference, self.sets = name, opset, tolerance, reference, sets
        self.nodes, self.inputs, self.constants, self.outputs = [], {}, {}, []
        self.sizes = {}  # symbolic dimension -> its size in each set

    def value(self, spec):
        """The name of a value: an X or W is declared; a name stands for itself; None is an absent operand."""
        if spec is None:
            return ""
        if isinstance(spec, str):
            return spec
        for known in (self.inputs, self.constants):
            for name, other in known.items():
                if other is spec:
                    return name
        if isinstance(spec, W):
            name = f"w{len(self.constants)}"
            self.constants[name] = spec
            return name
        name = f"x{len(self.inputs)}"
        self.inputs[name] = spec
        for dim in spec.dims:
            if isinstance(dim, str) and "=" in dim:
                symbol, sizes = dim.split("=")
                self.sizes[symbol] = [int(s) for s in sizes.split("|")]
                self.sets = max(self.sets, len(self.sizes[symbol]))
        return name

    def op(self, kind, *operands, outputs=1, domain="", **attributes):
        names = [self.value(operand) for operand in operands]
        used = range(outputs) if isinstance(outputs, int) else outputs  # a number of them, or which ones
        places = [f"{kind.lower()}_{len(self.nodes)}_{i}" if i in used else "" for i in range(max(used) + 1)]
        results = [place for place in places if place]
        node = helper.make_node(kind, names, places, name=f"{kind}_{len(self.nodes)}", domain=domain)
        for key, attribute in attributes.items():
            if isinstance(attribute, np.ndarray):
                attribute = numpy_helper.from_array(attribute)
            if attribute is not None:
                node.attribute.append(helper.make_attribute(key, attribute))
        self.nodes.append(node)
        return results[0] if outputs == 1 else results

    def out(self, *names):
        self.outputs.extend(names)
        return self

    def size(self, dim, index):
        if not isinstance(dim, str):
            return dim
        sizes = self.sizes[dim.split("=")[0]]
        return sizes[index % len(sizes)]

    def model(self):
        rng = np.random.default_rng(zlib.crc32(self.name.encode()))
        inputs = [declare(name, spec) for name, spec in self.inputs.items()]
        weights = [numpy_helper.from_array(fill(rng, spec, spec.dims), name) for name, spec in self.constants.items()]
        outputs = [onnx.ValueInfoProto(name=name) for name in self.outputs]
        graph = helper.make_graph(self.nodes, self.name, inputs, outputs, weights)
        ir_version = 3 if self.opset < 9 else 7 if self.opset < 15 else 10
        if ir_version == 3:  # initializers are inputs too
            graph.input.extend(helper.make_tensor_value_info(w.name, w.data_type, w.dims) for w in weights)
        domains = {node.domain for node in self.nodes if node.domain}
        opsets = [helper.make_opsetid("", self.opset)]
        opsets += [helper.make_opsetid(domain, self.domain_opset(domain)) for domain in sorted(domains)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=ir_version, producer_name="quern-tests")
        return onnx.shape_inference.infer_shapes(model, data_prop=True)

    def domain_opset(self, domain):
        if domain != "ai.onnx.ml":
            return 1
        # Opset 5 has one operator of trees, and no longer those before it.
        return 5 if any(node.op_type == "TreeEnsemble" for node in self.nodes) else 4

    def feeds(self, index):
        rng = np.random.default_rng(zlib.crc32(f"{self.name}#{index}".encode()))
        return {name: fill(rng, spec, [self.size(d, index) for d in spec.dims]) for name, spec in self.inputs.items()}


def single(name, kind, *operands, outputs=1, opset=DEFAULT_OPSET, tolerance=1e-4, reference="ort", sets=1, domain="",
           **attributes):
    """A model of one node."""
    case = Case(name, opset, tolerance, reference, sets)
    results = case.op(kind, *operands, outputs=outputs, domain=domain, **attributes)
    return case.out(*([results] if outputs == 1 else results))


def unknown_dims(case, name=None):
    """The same model with every input dimension symbolic and unrelated: what is static becomes a question of the run."""
    twin = Case(name or case.name + "_any", case.opset, case.tolerance, case.reference, case.sets)
    twin.nodes, twin.constants, twin.outputs = case.nodes, case.constants, case.outputs
    for key, spec in case.inputs.items():
        dims = [f"{key}_{i}" if not isinstance(d, str) else d for i, d in enumerate(spec.dims)]
        twin.inputs[key] = X(*dims, dtype=spec.dtype, low=spec.low, high=spec.high, values=spec.values)
        twin.sizes.update({d: [s] for d, s in zip(dims, spec.dims) if not isinstance(s, str)})
    twin.sizes.update(case.sizes)
    return twin


def element_type(name):
    return getattr(TensorProto, name.upper())
