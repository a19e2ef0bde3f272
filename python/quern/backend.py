# Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The ONNX backend interface, which the standard's own test runner drives: `BackendTest(quern.backend, __name__)`.

This module needs the package onnx.
"""

import subprocess
import tempfile

import onnx
from onnx import helper, shape_inference
from onnx.backend.base import Backend as BaseBackend
from onnx.backend.base import BackendRep, DeviceType

from .compiler import _as_file, compile, tool


class Representation(BackendRep):
    """A compiled model as the interface has it."""

    def __init__(self, model):
        self.model = model

    def run(self, inputs, **kwargs):
        """Inputs by name, or in the model's order; a single array stands for a list of one."""
        if isinstance(inputs, dict):
            feeds = inputs
        else:
            values = list(inputs) if isinstance(inputs, (list, tuple)) else [inputs]
            if len(values) > len(self.model.inputs):
                raise ValueError(f"expects {len(self.model.inputs)} inputs, got {len(values)}")
            feeds = dict(zip((port.name for port in self.model.inputs), values))
        return tuple(self.model.run(None, feeds))


class Backend(BaseBackend):

    @classmethod
    def is_compatible(cls, model, device="CPU", **kwargs):
        """Whether the compiler takes every node of the model."""
        if not cls.supports_device(device):
            return False
        with tempfile.TemporaryDirectory(prefix="quern-") as work:
            words = [tool(), "check", _as_file(model, work)]
            return subprocess.run(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0

    @classmethod
    def prepare(cls, model, device="CPU", **kwargs):
        """Compiles; keyword arguments are those of quern.compile."""
        if not cls.supports_device(device):
            raise ValueError(f"expects the device CPU, got {device}")
        own = {key: kwargs[key] for key in ("target", "shapes", "threads", "cache", "options") if key in kwargs}
        return Representation(compile(model, **own))

    @classmethod
    def run_model(cls, model, inputs, device="CPU", **kwargs):
        return cls.prepare(model, device, **kwargs).run(inputs)

    @classmethod
    def run_node(cls, node, inputs, device="CPU", outputs_info=None, **kwargs):
        """A model of one node: the inputs say their types, inference those of the outputs where `outputs_info` does not."""
        names = [name for name in node.input if name]
        values = [inputs[name] for name in names] if isinstance(inputs, dict) else list(inputs)
        ports = [helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(value.dtype), value.shape)
                 for name, value in zip(names, values)]
        outputs = [name for name in node.output if name]
        if outputs_info:
            results = [helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(kind), shape)
                       for name, (kind, shape) in zip(outputs, outputs_info)]
        else:
            results = [onnx.ValueInfoProto(name=name) for name in outputs]
        schema = onnx.defs.get_schema(node.op_type, domain=node.domain)
        imports = [helper.make_opsetid(node.domain, kwargs.get("opset_version", schema.since_version))]
        graph = helper.make_graph([node], "node", ports, results)
        model = helper.make_model(graph, opset_imports=imports)
        if not outputs_info:
            model = shape_inference.infer_shapes(model, data_prop=True)
        return cls.run_model(model, values, device, **kwargs)

    @classmethod
    def supports_device(cls, device):
        kind = device.partition(":")[0]
        return getattr(DeviceType, kind, None) == DeviceType.CPU


prepare = Backend.prepare
run_model = Backend.run_model
run_node = Backend.run_node
is_compatible = Backend.is_compatible
supports_device = Backend.supports_device
