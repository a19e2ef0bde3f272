# Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Times compiled models against ONNX Runtime on this machine: interleaved, medians, ratios.

usage: bench.py [--build=DIR] [--threads=1,2] [--rounds=N] [--target=T] [--json] [MODEL.onnx]…

Without models: the sample model, and SqueezeNet and ResNet-50 where the shared models are beside the checkout. Both
sides get the same inputs, in turns of some runs each, so that a noisy minute hurts both. Times are of one inference in a
process that is warm; the ratio is ours over theirs, so that less than one is faster.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import time

SOURCE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(SOURCE, "test"))

import numpy as np  # noqa: E402
import onnx  # noqa: E402
import onnxruntime as ort  # noqa: E402

from harness import command, tensors  # noqa: E402
from harness.context import Context  # noqa: E402
from harness.report import Failed  # noqa: E402

TURN_SECONDS = 0.5


def default_models(context, work):
    yield "digits", os.path.join(SOURCE, "samples", "digits", "digits.onnx")
    squeezenet = os.path.join(context.shared, "models", "squeezenet_f32_op22", "model.onnx")
    if os.path.exists(squeezenet):
        yield "squeezenet", squeezenet
    light = os.path.join(context.shared, "architectures", "light_resnet50", "model.onnx")
    if os.path.exists(light):
        full = os.path.join(work, "resnet50.onnx")
        script = os.path.join(context.shared, "architectures", "rehydrate.py")
        result = command.run([sys.executable, script, light, full])
        if result.status:
            raise Failed("rehydrate: " + result.describe())
        yield "resnet50", full


def session(model, threads):
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 4
    return ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def make_inputs(spec_session, model, folder):
    """Seeded inputs; a dynamic dimension has size 1. Old files leave inputs behind that no node reads: we drop them."""
    rng = np.random.default_rng(1)
    read = {name for node in onnx.load(model, load_external_data=False).graph.node for name in node.input}
    feeds, used = {}, 0
    for spec in spec_session.get_inputs():
        shape = [d if isinstance(d, int) and d > 0 else 1 for d in spec.shape]
        dtype = {"tensor(float)": np.float32, "tensor(double)": np.float64, "tensor(int64)": np.int64,
                 "tensor(int32)": np.int32, "tensor(bool)": np.bool_, "tensor(uint8)": np.uint8}[spec.type]
        feeds[spec.name] = rng.random(shape).astype(dtype)
        if spec.name in read:
            tensors.save(feeds[spec.name], folder, used)
            used += 1
    return feeds


def their_turn(theirs, feeds, runs):
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        theirs.run(None, feeds)
        times.append(time.perf_counter() - start)
    return times


def our_turn(executable, inputs, threads, runs):
    """The medians come from the executable itself: `--bench --json`."""
    result = command.run([executable, f"--inputs-dir={inputs}", "--bench", "--json", f"--runs={runs}", "--warmup=2",
                          f"--threads={threads}"])
    if result.status:
        raise Failed("--bench: " + result.describe())
    return json.loads(result.output)["median_us"] / 1e6


def label(model):
    """A model's file name; of a `model.onnx`, as many collections call each of theirs, its folder's."""
    name = os.path.splitext(os.path.basename(model))[0]
    return os.path.basename(os.path.dirname(os.path.abspath(model))) if name == "model" else name


def measure(context, name, model, threads, rounds, target, work):
    executable, inputs = os.path.join(work, name), os.path.join(work, name + ".inputs")
    if not os.path.exists(executable):
        context.compile(model, executable, *([f"--target={target}"] if target else []))
    theirs = session(model, threads)
    feeds = make_inputs(theirs, model, inputs)
    warm = statistics.median(their_turn(theirs, feeds, 5))
    runs = max(3, min(200, int(TURN_SECONDS / warm)))
    ours, others = [], []
    for _ in range(rounds):
        ours.append(our_turn(executable, inputs, threads, runs))
        others.append(statistics.median(their_turn(theirs, feeds, runs)))
    row = {"model": name, "threads": threads, "quern_ms": 1000 * statistics.median(ours),
           "onnxruntime_ms": 1000 * statistics.median(others)}
    row["ratio"] = row["quern_ms"] / row["onnxruntime_ms"]
    return row


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default=os.path.join(SOURCE, "build"))
    parser.add_argument("--threads", default="1,2")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--target", default="")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("models", nargs="*")
    args = parser.parse_args()
    context, rows, status = Context(args.build), [], 0
    if not args.json:
        print(f"{'model':<24} {'threads':>7} {'Quern ms':>10} {'ONNX Runtime ms':>16} {'ratio':>6}")
    with tempfile.TemporaryDirectory() as work:
        named = [(label(m), m) for m in args.models]
        for number, (name, model) in enumerate(named or default_models(context, work)):
            folder = os.path.join(work, str(number)) # names may be the same
            os.makedirs(folder)
            for threads in map(int, args.threads.split(",")):
                try:
                    row = measure(context, name, model, threads, args.rounds, args.target, folder)
                except Failed as why:
                    print(f"{name}: {why}", file=sys.stderr)
                    status = 1
                    continue
                rows.append(row)
                if not args.json:
                    print("{model:<24} {threads:>7} {quern_ms:>10.3f} {onnxruntime_ms:>16.3f} {ratio:>6.2f}".format(**row),
                          flush=True)
    if args.json:
        print(json.dumps({"onnxruntime": ort.__version__, "rows": rows}, indent=1))
    return status


if __name__ == "__main__":
    sys.exit(main())
