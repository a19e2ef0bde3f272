# Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compiles random graphs, runs them at two sizes, and compares with ONNX Runtime.

usage: differential.py --build=DIR [--seeds=FROM:TO] [--seconds=N] [--length=N] [--jobs=N] [--keep=DIR] [--target=T]
"""

import argparse
import concurrent.futures
import os
import platform
import shutil
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.dirname(HERE)]

import onnx  # noqa: E402
import onnxruntime as ort  # noqa: E402

from harness import command, tensors  # noqa: E402
from harness.report import Failed  # noqa: E402
import random_graphs  # noqa: E402

TOLERANCE = 1e-4


def targets():
    """The targets that this machine can run."""
    if platform.machine() != "x86_64":
        return ["native"]
    with open("/proc/cpuinfo") as info:
        flags = next(line for line in info if line.startswith("flags")).split()
    found = ["x86-64-v2"]
    if "avx2" in flags:
        found.append("x86-64-v3")
    if "avx512vl" in flags:
        found.append("x86-64-v4")
    return found + ["native"]


def session(model, optimized):
    options = ort.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = 1
    if not optimized:
        options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    return ort.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


def spread(a, b):
    """How far two of the reference's own answers are apart, as a part of the peak."""
    peak = abs(a).max() if a.size else 0
    return float(abs(a - b).max() / peak) if peak > 0 else 0.0


def one(seed, args, target):
    """None where the graph has no reference, else a failure's text or an empty one."""
    model, feeds = random_graphs.make(seed, args.length)
    try:
        plain, optimized = session(model, False), session(model, True)
        wants = [plain.run(None, feed) for feed in feeds]
        tolerance = [max([TOLERANCE] + [2 * spread(a, b) for a, b in zip(want, optimized.run(None, feed))])
                     for want, feed in zip(wants, feeds)]
    except Exception as why:
        return None if args.quiet else f"no reference: {str(why)[:300]}"
    folder = os.path.join(args.keep, str(seed)) if args.keep else tempfile.mkdtemp(prefix="quern-random-")
    os.makedirs(folder, exist_ok=True)
    failed = True
    try:
        path, exe = os.path.join(folder, "model.onnx"), os.path.join(folder, "model")
        onnx.save(model, path)
        result = command.run([os.path.join(args.build, "bin", "quern"), "compile", path, "-o", exe, "--target=" + target,
                              "-j", "1"], timeout=120, memory=8 << 30)
        if result.status != 0:
            return f"compile: {result.describe()[:2000]}"
        for index, (feed, want) in enumerate(zip(feeds, wants)):
            inputs, outputs = os.path.join(folder, f"inputs_{index}"), os.path.join(folder, f"got_{index}")
            for i, name in enumerate(feed):
                tensors.save(feed[name], inputs, i)
            for i, value in enumerate(want):
                tensors.save(value, os.path.join(folder, f"wants_{index}"), i)
            result = command.run([exe, f"--inputs-dir={inputs}", f"--outputs-dir={outputs}", f"--threads={index + 1}"],
                                 timeout=60)
            if result.status != 0:
                return f"run {index}: {result.describe()[:1000]}"
            tensors.check_folder(outputs, want, tolerance[index], f"set {index}")
        failed = False
        return ""
    except Failed as why:
        return str(why)
    finally:
        if not args.keep or not failed:
            shutil.rmtree(folder, ignore_errors=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", required=True)
    parser.add_argument("--seeds", default="0:1000000")
    parser.add_argument("--seconds", type=float, default=60, help="start no graph after this long")
    parser.add_argument("--length", type=int, default=8, help="nodes of a graph, about")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--keep", help="keep the models that failed here")
    parser.add_argument("--target", help="instead of all that this machine can run, in turn")
    parser.add_argument("--quiet", action="store_true", help="do not mention graphs without a reference")
    args = parser.parse_args()
    first, end = map(int, args.seeds.split(":"))
    choices = [args.target] if args.target else targets()
    stop, failures, passed, refused = time.monotonic() + args.seconds, 0, 0, 0

    def attempt(seed):
        if time.monotonic() > stop:
            return seed, None, ""
        target = choices[seed % len(choices)]
        return seed, one(seed, args, target), target

    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        at = first
        while at < end and time.monotonic() < stop:
            batch = range(at, min(end, at + 4 * args.jobs))
            at = batch.stop
            for seed, result, target in pool.map(attempt, batch):
                if result is None:
                    continue
                if result.startswith("no reference"):
                    refused += 1
                    print(f"seed {seed}: {result}", flush=True)
                elif result:
                    failures += 1
                    print(f"FAIL seed {seed} for {target}: {result}", flush=True)
                else:
                    passed += 1
    print(f"{passed} graphs agree, {failures} fail, {refused} have no reference")
    return 1 if failures or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
