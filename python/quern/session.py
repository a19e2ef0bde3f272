# Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A drop-in for the common part of onnxruntime's interface: `import quern as ort`."""

import os
import warnings

from .compiler import compile

PROVIDER = "CPUExecutionProvider"
_noted = set()


def _note(what):
    """Says once that something of onnxruntime's has no meaning here."""
    if what not in _noted:
        _noted.add(what)
        warnings.warn(f"quern ignores {what}", stacklevel=3)


def get_available_providers():
    """onnxruntime's name for the CPU, which is all there is."""
    return [PROVIDER]


def get_device():
    """onnxruntime's name for the device."""
    return "CPU"


class SessionOptions:
    """onnxruntime's options are taken too. `intra_op_num_threads` counts, `cache` and `target` are ours; others are ignored."""

    def __init__(self):
        self.intra_op_num_threads = 0
        self.cache = None
        self.target = None


class NodeArg:
    """An input or output: its name, its type as `tensor(float)`, its shape with names or None for unknown sizes."""

    def __init__(self, port):
        self.name = port.name
        self.type = port.type
        self.shape = list(port.shape or [])

    def __repr__(self):
        return f"NodeArg(name='{self.name}', type='{self.type}', shape={self.shape})"

    __str__ = __repr__


class ModelMetadata:
    """What the model's file says of itself."""

    def __init__(self, metadata):
        own = dict(metadata)
        self.producer_name = own.pop("producer", "")
        self.graph_name = own.pop("graph", "")
        self.domain = own.pop("domain", "")
        self.description = own.pop("description", "")
        self.graph_description = own.pop("graph_description", "")
        version = own.pop("version", "0")
        self.version = int(version) if version.isdigit() else 0
        self.custom_metadata_map = own


class InferenceSession:
    """A compiled model behind onnxruntime's interface."""

    def __init__(self, path_or_bytes, sess_options=None, providers=None, provider_options=None, **kwargs):
        others = [p for p in map(lambda p: p[0] if isinstance(p, (tuple, list)) else p, providers or []) if p != PROVIDER]
        if others:
            _note(f"the providers {', '.join(others)}")
        if provider_options and any(provider_options):
            _note("provider_options")
        for name in kwargs:
            _note(f"the argument {name}")
        self._model_path = os.fspath(path_or_bytes) if isinstance(path_or_bytes, (str, os.PathLike)) else None
        self._options = sess_options or SessionOptions()
        if sess_options is not None and not isinstance(sess_options, SessionOptions):
            _note("all session options but intra_op_num_threads")
        self._model = compile(path_or_bytes, threads=max(0, getattr(self._options, "intra_op_num_threads", 0)),
                              cache=getattr(self._options, "cache", None), target=getattr(self._options, "target", None))

    def get_inputs(self):
        return [NodeArg(port) for port in self._model.inputs]

    def get_outputs(self):
        return [NodeArg(port) for port in self._model.outputs]

    def get_overridable_initializers(self):
        """None: initializers are constants of the compiled model."""
        return []

    def get_modelmeta(self):
        return ModelMetadata(self._model.metadata)

    def get_session_options(self):
        return self._options

    def get_providers(self):
        return [PROVIDER]

    def get_provider_options(self):
        return {PROVIDER: {}}

    def set_providers(self, providers=None, provider_options=None):
        _note("set_providers")

    def run(self, output_names, input_feed, run_options=None):
        """The named outputs, or all of them for None or an empty list."""
        if run_options is not None:
            _note("run_options")
        return self._model.run(output_names or None, input_feed)
