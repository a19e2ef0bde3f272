# Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Bad files: each ends in one clear sentence, with exit status 1, within 10 seconds and 1 GB, and leaves nothing behind.

The folder's bad.json says what is wrong with each file. A file that may be refused when it runs is run, with zeros.
"""

import json
import os

import numpy as np
import onnx

from harness import command, tensors
from harness.report import Failed

SECONDS = 10
MEMORY = 1 << 30

# Valid on purpose: these compile and run.
VALID = {"names_keyword_clash.onnx"}
# What is wrong is harmless, or other tools accept it: a clear error and a program that runs are both right.
EITHER = {"random_200_byte_flips.onnx", "init_two_data_fields.onnx", "init_duplicate_name.onnx", "unknown_attr.onnx",
          "declared_output_shape_wrong.onnx", "no_nodes_no_outputs.onnx", "ort_invalid_dim_param_repetition.onnx",
          "winml_bad_names.onnx", "div_by_zero_int.onnx"}


def check_sentence(what, result, file):
    if result.timed_out:
        raise Failed(f"{what} does not end: {result.describe()}")
    if result.status not in (1, 2):
        raise Failed(f"{what} expects exit status 1: {result.describe()}")
    errors = [line for line in result.output.splitlines() if "error:" in line]
    if not errors:
        raise Failed(f"{what} expects a sentence with 'error:', got: {result.output!r}")
    if file and os.path.basename(file) not in errors[0]:
        raise Failed(f"{what} expects the sentence to name the file: {errors[0]}")
    for trace in ("Stack dump", "PLEASE submit", "Assertion", "terminate called", "AddressSanitizer"):
        if trace in result.output:
            raise Failed(f"{what} crashed: {result.output}")


def zeros(model, folder):
    """Inputs of zeros; a symbolic dimension has size 1."""
    graph = onnx.load(model, load_external_data=False).graph
    weights = {w.name for w in graph.initializer}
    for index, spec in enumerate(i for i in graph.input if i.name not in weights):
        kind = spec.type.tensor_type
        shape = [d.dim_value if d.HasField("dim_value") else 1 for d in kind.shape.dim]
        tensors.save(np.zeros(shape, onnx.helper.tensor_dtype_to_np_dtype(kind.elem_type)), folder, index)


def run_bad(context, path, name):
    folder = context.folder("bad", name)
    out = os.path.join(folder, "model")
    result = command.run([context.tool("quern"), "compile", path, "-o", out], timeout=SECONDS, memory=MEMORY)
    if result.status != 0:
        check_sentence("compiling", result, path)
        if left := os.listdir(folder):
            raise Failed(f"a failed compilation left {left}")
        if name in VALID:
            raise Failed(f"expects a valid model to compile: {result.output}")
        return
    inputs = os.path.join(folder, "inputs")
    os.makedirs(inputs)
    zeros(path, inputs)
    outputs = os.path.join(folder, "outputs")
    os.makedirs(outputs)
    result = command.run([out, f"--inputs-dir={inputs}", f"--outputs-dir={outputs}"], timeout=SECONDS, memory=MEMORY)
    if result.status == 0:
        if name not in VALID | EITHER:
            raise Failed("expects an error, but it compiles and runs")
        return
    if name in VALID:
        raise Failed(f"expects a valid model to run: {result.describe()}")
    check_sentence("running", result, None)


def bad(context, report):
    root = os.path.join(context.shared, "bad-models")
    if not os.path.isdir(root):
        report.skip("bad", "no shared models beside the checkout", 49)
        return
    with open(os.path.join(root, "bad.json")) as file:
        names = [entry["file"] for entry in json.load(file)]
    report.run_all([(f"bad/{name}", run_bad, context, os.path.join(root, name), name)
                    for name in names if context.wants(name)], context.jobs)
