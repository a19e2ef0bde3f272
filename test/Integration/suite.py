# Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The sample model is what its script makes, and the commands in the documents work.

A fenced block ```sh in docs/ or the README is run, from the root of the checkout, with the build's tools on PATH; what
it writes goes to a folder of the test ($PWD holds links to the checkout's folders). A block for reading only is fenced
```console. A block ```mlir must parse.
"""

import os
import re
import sys

import numpy as np
import onnx

from harness import command
from harness.report import Failed

ACCURACY = 0.98


def digits_accuracy(context, model):
    """Of a digits model on the images that training never saw, by ONNX Runtime."""
    sys.path.insert(0, os.path.join(context.source, "samples", "digits"))
    import onnxruntime
    import train
    _, _, images, labels = train.data()
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    return float((session.run(None, {"image": images})[0].argmax(1) == labels).mean())


def retrain(context):
    folder = context.folder("sample", "retrained")
    script = os.path.join(context.source, "samples", "digits", "train.py")
    result = command.run([sys.executable, script, folder])
    if result.status:
        raise Failed(result.describe())
    new, old = (onnx.load(os.path.join(f, "digits.onnx"))
                for f in (folder, os.path.join(context.source, "samples", "digits")))
    if [n.op_type for n in new.graph.node] != [n.op_type for n in old.graph.node]:
        raise Failed("the committed model is not of the network that the script trains")
    for folder in (folder, os.path.join(context.source, "samples", "digits")):
        right = digits_accuracy(context, os.path.join(folder, "digits.onnx"))
        if right < ACCURACY:
            raise Failed(f"{folder}: {100 * right:.1f} % of the unseen digits, expected at least {100 * ACCURACY} %")


def compiled_accuracy(context):
    """The compiled sample reads the unseen digits as well as it must, in one batch of any size."""
    import train
    folder = context.folder("sample", "compiled")
    executable = os.path.join(folder, "digits")
    context.compile(os.path.join(context.source, "samples", "digits", "digits.onnx"), executable)
    _, _, images, labels = train.data()
    os.makedirs(os.path.join(folder, "in"))
    np.save(os.path.join(folder, "in", "0.npy"), images)
    context.execute(executable, os.path.join(folder, "in"), os.path.join(folder, "out"))
    got = np.load(os.path.join(folder, "out", "0.npy"))
    right = float((got.argmax(1) == labels).mean())
    if right < ACCURACY:
        raise Failed(f"{100 * right:.1f} % of the unseen digits, expected at least {100 * ACCURACY} %")


def demo(context):
    script = os.path.join(context.source, "samples", "digits", "demo.py")
    result = command.run([sys.executable, script, "--build=" + context.build], cwd=context.source)
    if result.status or "<- it is a 3" not in result.output:
        raise Failed(result.describe())


def sample(context, report):
    report.run("sample/retrain", retrain, context)
    report.run("sample/accuracy", compiled_accuracy, context)
    report.run("sample/demo", demo, context)


# --- documents -----------------------------------------------------------------------------------------------------


def pages(context):
    yield "README.md"
    for folder, _, names in os.walk(os.path.join(context.source, "docs")):
        for name in sorted(names):
            if name.endswith(".md"):
                yield os.path.relpath(os.path.join(folder, name), context.source)


def blocks(context, page, kind):
    with open(os.path.join(context.source, page)) as file:
        text = file.read()
    return [(text[:m.start()].count("\n") + 1, m.group(1))
            for m in re.finditer(rf"^```{kind}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)]


def run_page(context, page):
    """Runs a page's commands in order in one folder: a later block may use what an earlier one wrote."""
    folder = context.folder("docs", page.replace("/", "_"))
    for name in ("samples", "test", "examples", "docs", "dev"):
        if os.path.exists(os.path.join(context.source, name)):
            os.symlink(os.path.join(context.source, name), os.path.join(folder, name))
    tools = [os.path.join(context.build, "bin"), os.path.dirname(sys.executable)]
    env = dict(os.environ, QUERN_BUILD=context.build, QUERN=context.build, PYTHONPATH=os.path.join(context.source, "python"),
               PATH=":".join([*tools, os.environ["PATH"]]))
    for line, script in blocks(context, page, "sh"):
        result = command.run(["bash", "-euo", "pipefail", "-c", script], cwd=folder, env=env, timeout=600)
        if result.status:
            raise Failed(f"{page}:{line}: {result.describe()}")
    for number, (line, text) in enumerate(blocks(context, page, "mlir")):
        path = os.path.join(folder, f"block_{number}.mlir")
        with open(path, "w") as file:
            file.write(text)
        result = command.run([context.tool("quern-opt"), path])
        if result.status:
            raise Failed(f"{page}:{line}: {result.describe()}")


def links(context, page):
    """Every relative link leads to a file."""
    with open(os.path.join(context.source, page)) as file:
        text = re.sub(r"^```.*?^```", "", file.read(), flags=re.MULTILINE | re.DOTALL)
    base = os.path.dirname(os.path.join(context.source, page))
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text):
        if "://" not in target and not os.path.exists(os.path.join(base, target)):
            raise Failed(f"{page}: the link to {target} leads nowhere")


def diffs(context, page):
    """What a shown diff adds is in the files, in one piece."""
    for line, text in blocks(context, page, "diff"):
        for name, hunk in re.findall(r"^--- (\S+)\n((?:\+.*\n)+)", text, re.MULTILINE):
            with open(os.path.join(context.source, name)) as file:
                if "\n".join(added[1:] for added in hunk.splitlines()) not in file.read():
                    raise Failed(f"{page}:{line}: {name} does not have the lines that the diff adds")


def docs(context, report):
    for page in pages(context):
        if context.wants(page):
            report.run(f"docs/links/{page}", links, context, page)
            if blocks(context, page, "diff"):
                report.run(f"docs/diffs/{page}", diffs, context, page)
            if blocks(context, page, "sh") or blocks(context, page, "mlir"):
                report.run(f"docs/{page}", run_page, context, page)
