# Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs one test in the wanted forms, and says of each how it went."""

import json
import os
import shutil
import time

import onnx

from harness import command
from harness.report import Failed

from . import cases, forms, randomness, sizes, values
from .forms import Meaningless
from .refused import REFUSED

COMPILE_SECONDS, RUN_SECONDS = 60, 60
MEMORY = 4 << 30


class Runner:

    def __init__(self, quern, work, wanted=forms.FORMS):
        self.quern = quern
        self.work = work
        self.wanted = wanted

    def run(self, folder):
        """The test, and its results by form: {result, why, seconds}; a result is passed, failed, refused or meaningless."""
        case = cases.load(folder)
        work = os.path.join(self.work, f"{os.getpid()}-{case.name}")
        os.makedirs(work)
        try:
            return case, self._forms(case, work)
        finally:
            shutil.rmtree(work, ignore_errors=True)

    def _forms(self, case, work):
        results = {}
        if case.refused():
            for form in self.wanted:
                results[form] = _outcome(self._refusal, case, form, work)
            return results
        for form, run in (("static", self._static), ("dynamic", self._dynamic), ("second", self._second),
                          ("constant", self._constant)):
            if form in self.wanted or (form == "dynamic" and "second" in self.wanted):
                results[form] = _outcome(run, case, work)
        return results

    # --- forms ---------------------------------------------------------------------------------------------------------

    def _refusal(self, case, form, work):
        if form != "static":
            raise Meaningless("refused by design")
        done = command.run([self.quern, "compile", case.file, "-o", os.path.join(work, "model")], timeout=COMPILE_SECONDS)
        if done.status != 1 or case.refused() not in done.output:
            raise Failed(f"expects a refusal that names {case.refused()}: {done.describe()}")
        return {"result": "refused", "why": f"{case.refused()} {REFUSED[case.refused()]}"}

    def _static(self, case, work):
        executable = self._compile(case.file, os.path.join(work, "static"))
        self._run_sets(case, executable, work)

    def _dynamic(self, case, work):
        path = os.path.join(work, "dynamic.onnx")
        onnx.save(forms.dynamic(onnx.load(case.file), case.operator()), path)
        executable = self._compile(path, os.path.join(work, "dynamic"))
        self._run_sets(case, executable, work)

    def _second(self, case, work):
        """The executable of the dynamic form, on inputs of other sizes."""
        executable = os.path.join(work, "dynamic")
        if not os.path.exists(executable):
            raise Meaningless("there is no dynamic form to run")
        if case.is_random() or not case.data_sets():
            raise Meaningless("random" if case.is_random() else "has no data")
        data = case.data_sets()[0]
        feeds = forms.as_arrays(case.model, _messages(case, data))
        if feeds is None or any(o.type.WhichOneof("value") != "tensor_type" for o in case.model.graph.output):
            raise Meaningless("takes or gives other things than tensors")
        feeds, wants = sizes.find(case.name, onnx.load(executable + ".onnx"), onnx.load(case.file), feeds,
                                  _values(case, data, "output"))
        inputs, outputs = os.path.join(work, "second.in"), os.path.join(work, "second.out")
        os.makedirs(inputs)
        for i, array in enumerate(feeds.values()):
            values.write(array, os.path.join(inputs, f"{i}.pb"))
        try:
            self._execute(executable, inputs, outputs, "--threads=2")
            for i, want in enumerate(wants):
                sizes.check(values.result(outputs, i, case.model.graph.output[i]), want, f"output {i}")
        except Failed as why:
            shapes = " ".join("x".join(map(str, a.shape)) or "scalar" for a in feeds.values())
            raise Failed(f"at {shapes}: {why}") from None

    def _constant(self, case, work):
        if not case.data_sets():
            raise Meaningless("has no data")
        path = os.path.join(work, "constant.onnx")
        onnx.save(forms.constant(onnx.load(case.file), _messages(case, case.data_sets()[0])), path)
        executable = self._compile(path, os.path.join(work, "constant"))
        self._run_sets(case, executable, work, constant=True)
        done = command.run([executable, "--profile", "--runs=1", "--warmup=0", "--json"], timeout=RUN_SECONDS)
        if done.status != 0:
            raise Failed("profile: " + done.describe())
        # A launch that is left of a constant copies it to an output.
        return {"kernels": sum(node["op"] != "Constant" for node in json.loads(done.output)["nodes"])}

    # --- compiling and running ---------------------------------------------------------------------------------------

    def _compile(self, model, executable):
        result = command.run([self.quern, "compile", model, "-o", executable, "-j", "1"], timeout=COMPILE_SECONDS,
                             memory=MEMORY)
        if result.status != 0 or result.timed_out:
            raise Failed("compile: " + _first_error(result, os.path.dirname(model)))
        return executable

    def _execute(self, executable, inputs, outputs, *options):
        result = command.run([executable, f"--inputs-dir={inputs}", f"--outputs-dir={outputs}", *options],
                             timeout=RUN_SECONDS, memory=MEMORY)
        if result.status != 0 or result.timed_out:
            raise Failed("run: " + " ".join(result.describe().replace(executable + ": ", "").split()))

    def _run_sets(self, case, executable, work, constant=False):
        """On every data set of the test, or on the one that was compiled in."""
        for data in case.data_sets()[:1 if constant else None]:
            inputs, outputs = (os.path.join(work, name) for name in ("in", "out"))
            for folder in (inputs, outputs):
                shutil.rmtree(folder, ignore_errors=True)
                os.makedirs(folder)
            for i in [] if constant else range(len(case.model.graph.input)):
                path = os.path.join(data, f"input_{i}.pb")
                if os.path.exists(path):
                    os.symlink(os.path.abspath(path), os.path.join(inputs, f"{i}.pb"))
            self._execute(executable, inputs, outputs, "--threads=1")
            self._compare(case, data, outputs)

    def _compare(self, case, data, outputs):
        got = [values.result(outputs, i, port) for i, port in enumerate(case.model.graph.output)]
        want = _values(case, data, "output")
        if case.is_random():
            randomness.check(case.name, _values(case, data, "input"), got, want)
            return
        for i, (g, w) in enumerate(zip(got, want)):
            values.check(g, w, case.rtol, case.atol, f"output {i}")


def _outcome(test, *args):
    start = time.perf_counter()
    result = {"result": "passed", "why": ""}
    try:
        result.update(test(*args) or {})
    except Meaningless as why:
        result.update(result="meaningless", why=str(why))
    except Failed as why:
        result.update(result="failed", why=" ".join(str(why).split())[:400])
    except Exception as error:  # of the harness, or an output that nobody foresaw
        result.update(result="failed", why=f"{type(error).__name__}: {error}"[:400])
    result["seconds"] = round(time.perf_counter() - start, 4)
    return result


def _first_error(result, folder):
    """One line of a compiler's output, without the path of the model."""
    if result.timed_out or result.status < 0:
        return " ".join(result.describe().split())[-200:]
    lines = [line for line in result.output.splitlines() if "error:" in line] or result.output.splitlines()[-1:] or [""]
    line = lines[0].replace(folder + os.sep, "")
    return line.partition("error: ")[2] or line


def _files(case, data, kind):
    """(port, path) of the files of a data set that there are; `kind` is input or output."""
    for i, port in enumerate(getattr(case.model.graph, kind)):
        path = os.path.join(data, f"{kind}_{i}.pb")
        if os.path.exists(path):
            yield port, path


def _values(case, data, kind):
    return [values.read(path, port) for port, path in _files(case, data, kind)]


def _messages(case, data):
    """The inputs of a data set as ONNX messages, by name."""
    return {port.name: values.message(path, port) for port, path in _files(case, data, "input")}
