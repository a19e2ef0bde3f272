# Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Where things are, and the compiler under test."""

import os
import shutil

from . import command, tensors
from .report import Failed

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


class Context:

    def __init__(self, build, jobs=2, filter=""):
        self.source = SOURCE
        self.build = os.path.abspath(build)
        self.jobs = jobs
        self.filter = filter
        self.work = os.path.join(self.build, "test", "work")
        # Models that are not part of the project: their tests are skipped where the folder is missing.
        self.shared = os.path.join(os.path.dirname(SOURCE), "shared")

    def tool(self, name):
        return os.path.join(self.build, "bin", name)

    def wants(self, name):
        return self.filter in name

    def folder(self, *names):
        """A fresh, empty folder for a test."""
        path = os.path.join(self.work, *names)
        shutil.rmtree(path, ignore_errors=True)
        os.makedirs(path)
        return path

    def compile(self, model, out, *options, timeout=300, **kwargs):
        result = command.run([self.tool("quern"), "compile", model, "-o", out, *options], timeout=timeout, **kwargs)
        if result.status != 0 or result.timed_out:
            raise Failed("quern compile: " + result.describe())
        return result

    def execute(self, executable, inputs, outputs, *options, timeout=120, emulator=()):
        """Runs a compiled model on a folder of inputs."""
        os.makedirs(outputs, exist_ok=True)
        result = command.run([*emulator, executable, f"--inputs-dir={inputs}", f"--outputs-dir={outputs}", *options],
                             timeout=timeout)
        if result.status != 0 or result.timed_out:
            raise Failed(f"{os.path.basename(executable)}: " + result.describe())
        return result

    def compare_sets(self, executable, sets, tolerance, work, emulator=()):
        """Runs (inputs folder, expected arrays) pairs, one thread and two in turn."""
        for index, (inputs, wants) in enumerate(sets):
            outputs = os.path.join(work, f"got_{index}")
            self.execute(executable, inputs, outputs, f"--threads={index % 2 + 1}", emulator=emulator)
            tensors.check_folder(outputs, wants, tolerance, f"set {index}")
