# Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compares a compiled model with ONNX Runtime node by node, and finds the first that differs.

    python -m quern.compare MODEL.onnx [--inputs-dir=DIR] [--tolerance=T] [--reference=onnx] [--extract=PART.onnx]

Expects the packages `onnx` and `onnxruntime`.
"""

import argparse
import dataclasses
import os
import subprocess
import sys

import numpy as np

from .compiler import compile, tool


@dataclasses.dataclass(frozen=True)
class Layer:
    """One node: the largest difference of its first result, and the largest absolute value that it should have."""
    name: str
    op: str
    difference: float
    peak: float
    note: str = ""

    def within(self, tolerance):
        return not self.note and self.difference <= tolerance * max(self.peak, 1e-30)


def layers(model, feeds, reference="onnxruntime"):
    """What each node of the main graph makes here and in `reference` ("onnxruntime", without its optimisations, or "onnx"),
    as a list of Layer in the graph's order.

    model   a path or an onnx.ModelProto
    feeds   arrays by the names of the inputs
    """
    import onnx
    proto = onnx.load(os.fspath(model)) if isinstance(model, (str, os.PathLike)) else model
    nodes = {}  # a node is called by its first result where it has no name
    for node in proto.graph.node:
        result = next((name for name in node.output if name), None)
        if result and node.op_type != "Constant":
            nodes.setdefault(node.name or result, (node.op_type, result))
    wants = _reference(proto, [result for _, result in nodes.values()], feeds, reference)
    compiled = compile(model, options=["--expose=all"])
    exposed = {port.name for port in compiled.outputs}
    found = [name for name, (_, result) in nodes.items() if name in exposed or result in exposed]
    names = [name if name in exposed else nodes[name][1] for name in found]
    gots = compiled.run(names, {port.name: feeds[port.name] for port in compiled.inputs})
    return [_difference(name, nodes[name][0], got, wants[nodes[name][1]]) for name, got in zip(found, gots)]


def _reference(proto, names, feeds, reference):
    import onnx
    exposed = onnx.ModelProto()
    exposed.CopyFrom(proto)
    known = {value.name for value in exposed.graph.output}
    exposed.graph.output.extend(onnx.ValueInfoProto(name=name) for name in names if name not in known)
    if reference == "onnx":
        from onnx.reference import ReferenceEvaluator
        return dict(zip(names, ReferenceEvaluator(exposed).run(names, feeds)))
    import onnxruntime
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(exposed.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return dict(zip(names, session.run(names, feeds)))


def _difference(name, op, got, want):
    got, want = np.asarray(got), np.asarray(want)
    if got.shape != want.shape or got.dtype != want.dtype:
        return Layer(name, op, np.inf, 0.0, f"is {got.dtype}{list(got.shape)}, expected {want.dtype}{list(want.shape)}")
    if want.dtype.kind not in "fiub":
        return Layer(name, op, 0.0 if np.array_equal(got, want) else np.inf, 1.0)
    a, b = got.astype(np.float64), want.astype(np.float64)
    with np.errstate(invalid="ignore"):
        apart = np.where((a == b) | (np.isnan(a) & np.isnan(b)), 0.0, np.abs(a - b))
    finite = np.abs(b[np.isfinite(b)])
    return Layer(name, op, float(np.max(np.nan_to_num(apart, nan=np.inf), initial=0.0)), float(np.max(finite, initial=0.0)))


def main(words=None):
    parser = argparse.ArgumentParser(prog="python -m quern.compare", description=__doc__.splitlines()[0])
    parser.add_argument("model")
    parser.add_argument("--inputs-dir", required=True, help="0.npy, 1.npy, … in the model's order")
    parser.add_argument("--tolerance", type=float, default=1e-4, help="as a fraction of a result's peak")
    parser.add_argument("--reference", choices=("onnxruntime", "onnx"), default="onnxruntime")
    parser.add_argument("--extract", metavar="PART.onnx", help="cut the first node that differs out into a model")
    args = parser.parse_args(words)
    import onnx
    graph = onnx.load(args.model, load_external_data=False).graph
    weights = {tensor.name for tensor in graph.initializer}
    inputs = [value.name for value in graph.input if value.name not in weights]
    feeds = {name: np.load(os.path.join(args.inputs_dir, f"{i}.npy")) for i, name in enumerate(inputs)}
    results = layers(args.model, feeds, args.reference)
    bad = [layer for layer in results if not layer.within(args.tolerance)]
    for layer in bad:
        size = layer.note or f"differs by {layer.difference:.3g}, of peak {layer.difference / max(layer.peak, 1e-30):.3g}"
        print(f"node '{layer.name}' ({layer.op}): {size}")
    print(f"{len(results)} nodes compared with {args.reference}, {len(bad)} differ by more than {args.tolerance:g} of their peak"
          + (f"; the first is '{bad[0].name}'" if bad else ""))
    if bad and args.extract:
        command = [tool(), "extract", args.model, f"--from={bad[0].name}", f"--to={bad[0].name}", "-o", args.extract]
        if subprocess.run(command).returncode:
            return 1
        print(f"'{bad[0].name}' alone is in {args.extract}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
