# Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Prints the figures that Quern is held to, each with its limit: compile time and memory, size, start-up, speed.

usage: figures.py [--build=DIR] [--quick] [--build-time]      exit status 1 when a limit is passed

Models that are not part of the project (SqueezeNet, ResNet-50, a CNTK MNIST) are taken from the folder of shared models
beside the checkout; without it only the sample model is measured.
"""

import argparse
import os
import statistics
import sys
import tempfile

SOURCE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(SOURCE, "test"))

import onnx  # noqa: E402
from onnx import external_data_helper, numpy_helper  # noqa: E402

import bench  # noqa: E402
from harness import command  # noqa: E402
from harness.context import Context  # noqa: E402
from harness.report import Failed  # noqa: E402

MB = 1 << 20


class Figures:

    def __init__(self):
        self.missed = 0

    def show(self, what, value, limit, unit):
        ok = value <= limit
        self.missed += not ok
        print(f"{what:<52} {value:>9.2f} {unit:<3} limit {limit:>8.2f} {'' if ok else 'MISSED'}", flush=True)


def weight_bytes(model):
    tensors = list(model.graph.initializer)
    tensors += [a.t for node in model.graph.node for a in node.attribute if a.HasField("t")]
    return sum(numpy_helper.to_array(t).nbytes for t in tensors if not external_data_helper.uses_external_data(t))


def compile_figures(context, figures, name, path, seconds, work):
    executable = os.path.join(work, name)
    result = context.compile(path, executable, "--target=x86-64-v3", watch_memory=True)
    size = os.path.getsize(path) / MB
    if seconds:
        figures.show(f"{name}: compile time", result.seconds, seconds, "s")
    figures.show(f"{name}: compiler's peak anonymous memory", result.peak_anonymous / MB, 2 * size + 500, "MB")
    weights = weight_bytes(onnx.load(path))
    figures.show(f"{name}: executable", os.path.getsize(executable) / 1024, weights / 1024 + 400, "kB")
    return executable


def start_figures(context, figures, name, executable, path, work):
    info = [command.run([executable, "--info"]) for _ in range(20)]
    if any(r.status for r in info):
        raise Failed("--info: " + info[0].describe())
    figures.show(f"{name}: --info", 1000 * statistics.median(r.seconds for r in info), 5, "ms")
    inputs, outputs = os.path.join(work, name + ".in"), os.path.join(work, name + ".out")
    bench.make_inputs(bench.session(path, 1), path, inputs)
    runs = [context.execute(executable, inputs, outputs) for _ in range(20)]
    figures.show(f"{name}: first inference, process start included", 1000 * statistics.median(r.seconds for r in runs),
                 10, "ms")


def build_figure(figures, work):
    """A clean build, without what ccache remembers."""
    build = os.path.join(work, "build")
    env = dict(os.environ, CCACHE_DISABLE="1")
    words = ["cmake", "-G", "Ninja", "-S", SOURCE, "-B", build, "-DCMAKE_BUILD_TYPE=Release",
             "-DCMAKE_C_COMPILER=clang-22", "-DCMAKE_CXX_COMPILER=clang++-22"]
    steps = [command.run(words, timeout=600, env=env), command.run(["ninja", "-C", build], timeout=3600, env=env)]
    for step in steps:
        if step.status:
            raise Failed("build: " + step.describe())
    figures.show("clean build without ccache", sum(step.seconds for step in steps) / 60, 15, "min")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default=os.path.join(SOURCE, "build"))
    parser.add_argument("--quick", action="store_true", help="without ResNet-50")
    parser.add_argument("--build-time", action="store_true", help="also time a clean build, in a folder of its own")
    args = parser.parse_args()
    context, figures = Context(args.build), Figures()
    shared = lambda *parts: os.path.join(context.shared, *parts)
    with tempfile.TemporaryDirectory() as work:
        digits = os.path.join(SOURCE, "samples", "digits", "digits.onnx")
        executable = compile_figures(context, figures, "digits", digits, None, work)
        start_figures(context, figures, "digits", executable, digits, work)
        mnist = shared("models", "mnist_cntk_op8", "model.onnx")
        if os.path.exists(mnist):
            executable = compile_figures(context, figures, "mnist", mnist, None, work)
            start_figures(context, figures, "mnist", executable, mnist, work)
        squeezenet = shared("models", "squeezenet_f32_op22", "model.onnx")
        if os.path.exists(squeezenet):
            compile_figures(context, figures, "squeezenet", squeezenet, 5, work)
        if not args.quick:
            for name, path in bench.default_models(context, work):
                if name == "resnet50":
                    compile_figures(context, figures, name, path, 20, work)
                    row = bench.measure(context, name, path, 1, 7, "", work)
                    figures.show("resnet50: time over ONNX Runtime's, one thread", row["ratio"], 1.5, "x")
        if args.build_time:
            build_figure(figures, work)
    return 1 if figures.missed else 0


if __name__ == "__main__":
    sys.exit(main())
