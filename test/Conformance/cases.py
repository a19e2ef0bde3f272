# Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Where the tests come from: a folder of the standard's repository, or the `onnx` package, which can generate them."""

import dataclasses
import glob
import json
import os
import re
import shutil
import warnings

import onnx

from .refused import REFUSED

RTOL, ATOL = 1e-3, 1e-7  # the standard runner's
NEWEST_RELEASED = 26  # ai.onnx


@dataclasses.dataclass
class Case:
    name: str
    folder: str
    model: onnx.ModelProto
    rtol: float = RTOL
    atol: float = ATOL

    @property
    def file(self):
        return os.path.join(self.folder, "model.onnx")

    def data_sets(self):
        return sorted(glob.glob(os.path.join(self.folder, "test_data_set_*")))

    def operators(self):
        """With their domain where it is not ai.onnx; Constant only where there is nothing else."""
        names = [".".join(filter(None, (n.domain.removeprefix("ai.onnx") and n.domain, n.op_type)))
                 for n in self.model.graph.node]
        return list(dict.fromkeys(n for n in names if n != "Constant")) or names[:1] or ["none"]

    def is_expanded(self):
        return "_expanded" in self.name

    def operator(self):
        """For a function's body, the model of the test of the function itself, or None."""
        file = os.path.join(os.path.dirname(self.folder), re.sub(r"_expanded.*", "", self.name), "model.onnx")
        return onnx.load(file) if self.is_expanded() and os.path.exists(file) else None

    def row(self):
        """Of the table by operator."""
        return "(function bodies)" if self.is_expanded() else self.operators()[0]

    def opset(self):
        return {o.domain or "ai.onnx": o.version for o in self.model.opset_import}

    def is_released(self):
        opset = self.opset()
        return opset.get("ai.onnx", 1) <= NEWEST_RELEASED and not any("preview" in domain for domain in opset)

    def refused(self):
        """The operator for which the test must be refused, or None."""
        return next((op for op in self.operators() if op in REFUSED), None)

    def is_random(self):
        """What is expected is another library's random numbers."""
        return bool(re.match(r"test_(bernoulli|training_dropout(?!.*zero_ratio))", self.name))


def load(folder):
    case = Case(os.path.basename(folder), folder, onnx.load(os.path.join(folder, "model.onnx"), load_external_data=False))
    limits = os.path.join(folder, "data.json")
    if os.path.exists(limits):
        with open(limits) as file:
            data = json.load(file)
        case.rtol, case.atol = data.get("rtol", RTOL), data.get("atol", ATOL)
    return case


def folders(root):
    """Of every test below a folder, by name."""
    paths = glob.glob(os.path.join(root, "**", "model.onnx"), recursive=True)
    return sorted((os.path.dirname(path) for path in paths), key=os.path.basename)


def from_package(work):
    """The tests of the installed `onnx` package, written to a folder of `work` that is kept from run to run."""
    root = os.path.join(work, f"onnx-{onnx.__version__}")
    if not os.path.isdir(root):
        unfinished = root + f".{os.getpid()}"
        shutil.rmtree(unfinished, ignore_errors=True)
        data = os.path.join(os.path.dirname(onnx.__file__), "backend", "test", "data")
        for kind in ("simple", "pytorch-operator", "pytorch-converted"):
            if os.path.isdir(os.path.join(data, kind)):
                shutil.copytree(os.path.join(data, kind), os.path.join(unfinished, kind))
        _generate(os.path.join(unfinished, "node"))
        shutil.rmtree(root, ignore_errors=True)
        os.rename(unfinished, root)
    return folders(root)


def _generate(root):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from onnx.backend.test.case.node import collect_testcases
        tests = collect_testcases(None)
    for test in tests:
        folder = os.path.join(root, test.name)
        os.makedirs(folder)
        onnx.save(test.model, os.path.join(folder, "model.onnx"))
        for index, (inputs, outputs) in enumerate(test.data_sets):
            data = os.path.join(folder, f"test_data_set_{index}")
            os.makedirs(data)
            for kind, ports, values in (("input", test.model.graph.input, inputs),
                                        ("output", test.model.graph.output, outputs)):
                for i, (port, value) in enumerate(zip(ports, values)):
                    with open(os.path.join(data, f"{kind}_{i}.pb"), "wb") as file:
                        file.write(_proto(value, port).SerializeToString())


def _proto(value, port):
    if isinstance(value, onnx.TensorProto):
        return value
    kind = port.type.WhichOneof("value")
    if kind == "sequence_type":
        return onnx.numpy_helper.from_list(value, port.name)
    if kind == "optional_type":
        return onnx.numpy_helper.from_optional(value, port.name)
    return onnx.numpy_helper.from_array(value, port.name)
