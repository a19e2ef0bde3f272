# Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs the ONNX standard's backend node tests that are found below a folder, and prints what passes by operator.

usage: conformance.py [--build=DIR] [--filter=TEXT] [--jobs=N] [--failures] [--min-passed=N] DIR

A test is a folder with model.onnx and test_data_set_<k>/{input,output}_<i>.pb. Tolerances are the standard's.
"""

import argparse
import collections
import concurrent.futures
import glob
import os
import shutil
import sys
import tempfile
import warnings

SOURCE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(SOURCE, "test"))

import numpy as np  # noqa: E402
import onnx  # noqa: E402
from onnx import numpy_helper  # noqa: E402

from harness import command, tensors  # noqa: E402
from harness.context import Context  # noqa: E402
from harness.report import Failed, Skipped  # noqa: E402

RTOL, ATOL = 1e-3, 1e-7


def load(path, kind):
    if kind != "tensor_type":
        raise Skipped(kind)
    with open(path, "rb") as file:
        tensor = onnx.TensorProto()
        tensor.ParseFromString(file.read())
    return numpy_helper.to_array(tensor)


def check(got, want, index):
    if got.shape != want.shape or got.dtype != want.dtype:
        raise Failed(f"output {index}: {got.dtype}{got.shape}, expected {want.dtype}{want.shape}")
    if want.dtype.kind in "iubUSO":
        same = np.array_equal(got, want)
    else:
        wide = [a if a.dtype.kind == "c" else a.astype(np.float64) for a in (got, want)]
        same = np.allclose(*wide, rtol=RTOL, atol=ATOL, equal_nan=True)
    if not same:
        raise Failed(f"output {index}: values differ")


def run_test(context, folder, work):
    name = os.path.basename(folder)
    model = os.path.join(folder, "model.onnx")
    graph = onnx.load(model).graph
    kinds = lambda values: [v.type.WhichOneof("value") for v in values]
    executable = os.path.join(work, name)
    result = command.run([context.tool("quern"), "compile", model, "-o", executable], timeout=60)
    if result.status != 0 or result.timed_out:
        raise Failed("compile: " + result.describe().strip().splitlines()[-1])
    try:
        for data in sorted(glob.glob(os.path.join(folder, "test_data_set_*"))):
            inputs, outputs = os.path.join(work, name + ".in"), os.path.join(work, name + ".out")
            for path in (inputs, outputs):
                shutil.rmtree(path, ignore_errors=True)
                os.makedirs(path)
            for i, kind in enumerate(kinds(graph.input)):
                path = os.path.join(data, f"input_{i}.pb")
                if os.path.exists(path):
                    tensors.save(load(path, kind), inputs, i)
            context.execute(executable, inputs, outputs, timeout=60)
            for i, kind in enumerate(kinds(graph.output)):
                check(tensors.load(outputs, i), load(os.path.join(data, f"output_{i}.pb"), kind), i)
    finally:
        os.remove(executable)


def operator(folder):
    graph = onnx.load(os.path.join(folder, "model.onnx"), load_external_data=False).graph
    kinds = [node.op_type for node in graph.node if node.op_type != "Constant"]
    return kinds[0] if kinds else "Constant"


def outcome(context, folder, work):
    try:
        run_test(context, folder, work)
        return "passed", ""
    except Skipped as why:
        return "skipped", str(why)
    except Failed as why:
        return "failed", str(why)
    except Exception as error:
        return "failed", f"{type(error).__name__}: {error}"


def main():
    warnings.simplefilter("ignore")
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default=os.path.join(SOURCE, "build"))
    parser.add_argument("--filter", default="")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--failures", action="store_true", help="show each failure")
    parser.add_argument("--min-passed", type=int, default=0, help="exit status 1 when fewer pass")
    parser.add_argument("folder")
    args = parser.parse_args()
    context = Context(args.build)
    folders = sorted(os.path.dirname(path) for path in
                     glob.glob(os.path.join(args.folder, "**", "model.onnx"), recursive=True))
    folders = [f for f in folders if args.filter in os.path.basename(f)]
    table = collections.defaultdict(collections.Counter)
    with tempfile.TemporaryDirectory() as work, concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        results = pool.map(lambda folder: (folder, *outcome(context, folder, work)), folders)
        for folder, result, why in results:
            table[operator(folder)][result] += 1
            if args.failures and result == "failed":
                print(f"{os.path.basename(folder)}: {' '.join(why.split())[:200]}")
    print(f"{'operator':<28} passed  failed skipped")
    for name, counts in sorted(table.items()):
        print(f"{name:<28} {counts['passed']:>6} {counts['failed']:>7} {counts['skipped']:>7}")
    total = sum(table.values(), collections.Counter())
    print(f"{total['passed']} passed, {total['failed']} failed, {total['skipped']} skipped (not tensors)")
    return 1 if total["passed"] < args.min_passed else 0


if __name__ == "__main__":
    sys.exit(main())
