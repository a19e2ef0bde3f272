# Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes the project's own models, their inputs and their expected outputs.

usage: generate.py OUT_DIR [FILTER]     one folder a model: model.onnx, inputs_<set>/, outputs_<set>/, case.json
"""

import json
import os
import sys
import warnings

import numpy as np
import onnx

if __package__ in (None, ""):
    sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    __package__ = "Models"
    import Models  # noqa: F401

from harness import tensors
from .families import all_cases


def reference(model, kind):
    """A function from inputs to outputs: ONNX Runtime without its optimizations, the standard's own evaluator, or a
    formula that the case brings."""
    if callable(kind):
        def formula(feeds):
            results = kind(*feeds.values())
            return results if isinstance(results, tuple) else [results]
        return formula
    if kind == "ort":
        import onnxruntime as ort
        options = ort.SessionOptions()
        options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
        options.log_severity_level = 4
        options.intra_op_num_threads = 1
        session = ort.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
        return lambda feeds: session.run(None, feeds)
    from onnx.reference import ReferenceEvaluator
    evaluator = ReferenceEvaluator(model)
    return lambda feeds: evaluator.run(None, feeds)


def declare_outputs(model, wants):
    """Types for outputs that the standard's inference does not know: of operators in other domains."""
    for value, want in zip(model.graph.output, wants):
        if not value.type.HasField("tensor_type") and isinstance(want, np.ndarray):
            kind = onnx.helper.np_dtype_to_tensor_dtype(want.dtype)
            value.type.CopyFrom(onnx.helper.make_tensor_type_proto(kind, [None] * want.ndim))


def write(case, folder):
    """Writes one case; returns the expected outputs of each set."""
    model = case.model()
    run = reference(model, case.reference)
    os.makedirs(folder, exist_ok=True)
    for index in range(case.sets):
        feeds = case.feeds(index)
        wants = [tensors.of_value(want) for want in run(feeds)]
        os.makedirs(os.path.join(folder, f"inputs_{index}"), exist_ok=True)
        for i, value in enumerate(feeds.values()):
            tensors.save(tensors.of_value(value), os.path.join(folder, f"inputs_{index}"), i)
        declare_outputs(model, wants)
        for i, want in enumerate(wants):
            tensors.save(want, os.path.join(folder, f"outputs_{index}"), i)
    onnx.save(model, os.path.join(folder, "model.onnx"))
    operators = sorted({node.op_type for node in model.graph.node})
    with open(os.path.join(folder, "case.json"), "w") as file:
        json.dump({"tolerance": case.tolerance, "sets": case.sets, "operators": operators}, file)


def generate(out, wanted=lambda name: True):
    """Writes every wanted case; returns {name: (folder, error or None)}."""
    result = {}
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        for case in all_cases():
            if not wanted(case.name):
                continue
            folder = os.path.join(out, case.name)
            try:
                write(case, folder)
                result[case.name] = (folder, None)
            except Exception as error:  # the reference refused the model: the case is wrong
                result[case.name] = (folder, f"{type(error).__name__}: {error}")
    return result


def main():
    wanted = sys.argv[2] if len(sys.argv) > 2 else ""
    made = generate(sys.argv[1], lambda name: wanted in name)
    for name, (_, error) in made.items():
        if error:
            print(f"{name}: {error}", file=sys.stderr)
    print(f"{len(made)} models")
    return any(error for _, error in made.values())


if __name__ == "__main__":
    sys.exit(main())
