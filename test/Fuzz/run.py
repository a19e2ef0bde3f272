# Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compiles random graphs, runs them, and compares with what the standard's reference says.

usage: run.py [--build=DIR] [--seconds=N | --count=N] [--seed=N] [--jobs=N] [--keep=DIR]

A graph is known by its seed. For one that fails, the smallest output that fails alone is searched, and its model kept.
"""

import argparse
import concurrent.futures
import os
import shutil
import sys
import tempfile
import time

import numpy as np
import onnx

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from Fuzz import graphs, operators  # noqa: E402
from harness import tensors  # noqa: E402
from harness.context import Context  # noqa: E402
from harness.report import Failed  # noqa: E402

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DIMS = ("static", "named", "any", "constant")
SHAPES = ((2, 3, 7, 6), (1, 4, 6, 6), (2, 8, 5), (3, 5), (6,), (4, 4), (2, 3, 4), (1, 1), (), (3, 1, 5))


def grow(seed):
    graph = graphs.Graph(seed, DIMS[seed % len(DIMS)])
    rng = graph.rng
    for _ in range(rng.integers(1, 4)):
        kind = operators.FLOATS[rng.integers(4)] if rng.random() < 0.75 else (np.int64, np.int32, np.bool_)[rng.integers(3)]
        graph.add_input(SHAPES[rng.integers(len(SHAPES))], kind)
    weights = np.asarray([weight for weight, _ in operators.TABLE], float)
    wanted = int(rng.integers(1, 16))
    for _ in range(6 * wanted):
        operators.TABLE[rng.choice(len(weights), p=weights / weights.sum())][1](graph)
        if len(graph.nodes) >= wanted:
            break
    return graph


def differs(got, value):
    want = value.array
    if got.shape != want.shape or got.dtype != want.dtype:
        return f"{got.dtype}{list(got.shape)}, expected {want.dtype}{list(want.shape)}"
    if not value.is_float:
        return None if np.array_equal(got, want) else "integers differ"
    if want.size == 0:
        return None
    bound = 2e-5 * max(value.peak(), 1e-3) + 50 * value.sensitivity()
    worst = float(np.max(np.abs(got.astype(np.float64) - want.astype(np.float64))))
    return None if worst <= bound else f"differs by {worst:.3g}, at most {bound:.3g} expected"


def try_outputs(context, graph, outputs, folder):
    """Why these outputs are wrong, or None."""
    model, inputs, values = graph.model(outputs)
    path, executable = os.path.join(folder, "model.onnx"), os.path.join(folder, "model")
    onnx.save(model, path)
    feeds, results = (os.path.join(folder, name) for name in ("in", "out"))
    for name in (feeds, results):
        shutil.rmtree(name, ignore_errors=True)
        os.makedirs(name)
    try:
        context.compile(path, executable)
        for i, array in enumerate(inputs):
            tensors.save(array, feeds, i)
        context.execute(executable, feeds, results, timeout=60)
        for i, value in enumerate(values):
            if why := differs(tensors.load(results, i), value):
                return f"'{value.name}': {why}"
    except Failed as why:
        return " ".join(str(why).split())[:400]
    return None


def run_seed(context, seed, keep):
    """Why the graph of this seed fails, or None."""
    graph = grow(seed)
    if not graph.nodes:
        return None
    with tempfile.TemporaryDirectory() as folder:
        why = try_outputs(context, graph, graph.leaves(), folder)
        if not why:
            return None
        for node in graph.nodes:
            small = None
            for name in node.output:
                small = small or try_outputs(context, graph, [name], folder)
            if small:
                why = small
                break
        else:
            try_outputs(context, graph, graph.leaves(), folder)
        if keep:
            os.makedirs(keep, exist_ok=True)
            shutil.copy(os.path.join(folder, "model.onnx"), os.path.join(keep, f"{seed}.onnx"))
    return why


def fuzz(context, report, count=100, seed=1):
    """The suite: a fixed number of graphs, the same each time."""
    names = {f"fuzz/graph-{s}": s for s in range(seed, seed + count)}
    report.run_all([(name, check_seed, context, s) for name, s in names.items() if context.wants(name)], context.jobs)


def check_seed(context, seed):
    if why := run_seed(context, seed, None):
        raise Failed(why)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default=os.path.join(SOURCE, "build"))
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--count", type=int, help="this many graphs, however long it takes")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="the first seed")
    parser.add_argument("--jobs", type=int, default=min(os.cpu_count() or 1, 8))
    parser.add_argument("--keep", default="", help="folder for the models that fail")
    args = parser.parse_args()
    context, start = Context(args.build), time.monotonic()
    seeds, done, failed = iter(range(args.seed, args.seed + (args.count or 10**9))), 0, 0
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        running = {}
        while True:
            while len(running) < args.jobs and (args.count or time.monotonic() - start < args.seconds):
                if (seed := next(seeds, None)) is None:
                    break
                running[pool.submit(run_seed, context, seed, args.keep)] = seed
            if not running:
                break
            for future in concurrent.futures.wait(running, return_when="FIRST_COMPLETED").done:
                seed, why = running.pop(future), future.result()
                done += 1
                if why:
                    failed += 1
                    print(f"seed {seed} ({DIMS[seed % len(DIMS)]}): {why}", flush=True)
    print(f"{done} graphs from seed {args.seed}, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
