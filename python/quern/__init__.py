# Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Quern compiles ONNX models ahead of time; this package compiles them, loads them and runs them on numpy arrays.

    model = quern.compile("model.onnx")
    y = model(x)
"""

from .compiler import CompileError, compile, tool, version
from .model import Model, Port, RunError, load
from .session import (InferenceSession, ModelMetadata, NodeArg, SessionOptions, get_available_providers, get_device)

__version__ = "0.1.0"

__all__ = ["CompileError", "InferenceSession", "Model", "ModelMetadata", "NodeArg", "Port", "RunError", "SessionOptions",
           "compile", "get_available_providers", "get_device", "load", "tool", "version"]
