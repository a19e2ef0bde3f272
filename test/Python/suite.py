# Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The suite `python`: the package's unit tests, each module in a process of its own, which reports as JSON lines.

`python suite.py MODULE FILE [FILTER]` is that process.
"""

import glob
import json
import os
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))

from harness import command  # noqa: E402

# Skips of the standard's runner that say what was not asked for.
NOT_ASKED = ("no matched include", "matched exclude", "Backend doesn't support device")


def python(context, report):
    for path in sorted(glob.glob(os.path.join(HERE, "test_*.py"))):
        _run_module(context, report, os.path.basename(path)[:-len(".py")])


def _run_module(context, report, module):
    out = os.path.join(context.folder("python", module), "results")
    env = {**os.environ, "QUERN": context.build, "PYTHONPATH": os.path.join(context.source, "python")}
    words = [sys.executable, os.path.abspath(__file__), module, out]
    result = command.run(words + ([] if context.wants(module) else [context.filter]), timeout=900, env=env)
    try:
        with open(out) as file:
            outcomes = [json.loads(line) for line in file]
    except OSError:
        outcomes = []
    for name, outcome, why in outcomes:
        if outcome == "skip":
            report.skip(f"python/{name}", why)
        elif outcome == "ok":
            report.ok(f"python/{name}")
        else:
            report.fail(f"python/{name}", "\n".join(why.splitlines()[-16:]))
    if result.status or result.timed_out or (not outcomes and not context.filter):
        report.fail(f"python/{module}", "\n".join(result.describe().splitlines()[-16:]))


class _Result(unittest.TestResult):
    """Writes each outcome when it is known, so that a crash loses none."""

    def __init__(self, file):
        super().__init__()
        self.file = file

    def _write(self, test, outcome, why=""):
        print(json.dumps((test.id().removeprefix("Python."), outcome, why)), file=self.file, flush=True)

    def addSuccess(self, test):
        self._write(test, "ok")

    def addSkip(self, test, reason):
        if not reason.startswith(NOT_ASKED):
            self._write(test, "skip", reason)

    def addFailure(self, test, error):
        self._write(test, "fail", self._exc_info_to_string(error, test))

    addError = addFailure

    def addSubTest(self, test, subtest, error):
        if error is not None:
            self._write(subtest, "fail", self._exc_info_to_string(error, test))


def main(module, out, filter=None):
    loader = unittest.TestLoader()
    loader.testNamePatterns = [f"*{filter}*"] if filter else None
    tests = loader.loadTestsFromName(f"Python.{module}")
    with open(out, "w") as file:
        tests.run(_Result(file))


if __name__ == "__main__":
    main(*sys.argv[1:])
