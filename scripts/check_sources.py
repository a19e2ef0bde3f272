# Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Checks the sources: who includes whom, file length, licence headers, and words that mean something is unfinished.

usage: check_sources.py        prints what is wrong; exit status 1 when anything is
"""

import os
import re
import subprocess
import sys

# layer: the layers it may include besides itself. Data flows one way; nobody includes what comes after it.
LAYERS = {
    "Support": [],
    "Runtime": [],
    "Dialect/ONNX/IR": ["Support"],
    "Dialect/Quern/IR": ["Support"],
    "Dialect/ONNX/Transforms": ["Dialect/ONNX/IR", "Support"],
    "Dialect/Quern/Transforms": ["Dialect/Quern/IR", "Support"],
    "Import": ["Dialect/ONNX/IR", "Support"],
    "Export": ["Dialect/ONNX/IR", "Support", "Import"],
    "Compression": ["Dialect/ONNX/IR", "Support"],
    "Conversion": ["Dialect/ONNX/IR", "Dialect/Quern/IR", "Support"],
    "Kernels": ["Dialect/Quern/IR", "Support"],
    "Codegen": ["Dialect/Quern/IR", "Support", "Emit", "Runtime"],  # fills in what Emit writes; the runtime's ABI
    "Emit": ["Support", "Runtime"],
    "Execute": ["Support", "Runtime", "Codegen", "Emit", "Pipelines", "Dialect/ONNX/IR"],
    "Pipelines": ["Support", "Dialect/ONNX/IR", "Dialect/Quern/IR", "Dialect/ONNX/Transforms", "Dialect/Quern/Transforms",
                  "Compression", "Conversion", "Kernels", "Codegen", "Execute", "Import", "Emit"],
    "Driver": ["Support", "Import", "Export", "Pipelines", "Emit", "Execute", "Runtime", "Dialect/ONNX/IR", "InitAll.h"],
}
PROTOZERO = ("lib/Import/", "lib/Export/", "include/quern/Import/", "include/quern/Export/")
MAX_LINES = 500
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b|not implemented|unimplemented", re.IGNORECASE)
LICENCE = "SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception"


def files(source, *patterns):
    listed = subprocess.run(["git", "-C", source, "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--",
                             *patterns], capture_output=True, text=True)
    if listed.returncode == 0:
        names = [name for name in listed.stdout.split("\0") if name]
    else:  # a tree without git
        suffixes = tuple(pattern.lstrip("*") for pattern in patterns)
        names = [os.path.relpath(os.path.join(folder, name), source) for folder, _, found in os.walk(source)
                 for name in found if name.endswith(suffixes) and "/build" not in folder and "/.venv" not in folder]
    return sorted({name for name in names if os.path.isfile(os.path.join(source, name))})


def read(source, name):
    with open(os.path.join(source, name), errors="replace") as file:
        return file.read()


def layer_of(path):
    """The layer of `Dialect/ONNX/IR/Ops.h` and the like, or None outside the layers."""
    return max((layer for layer in LAYERS if path == layer or path.startswith(layer + "/")), key=len, default=None)


def includes(source):
    for name in files(source, "lib/**", "include/**"):
        text = read(source, name)
        layer = layer_of(re.sub(r"^(lib|include/quern)/", "", name))
        for line, included in re.findall(r'^([^\S\n]*#[^\S\n]*include[^\S\n]+["<]([^">]+)[">])', text, re.MULTILINE):
            if included.startswith("protozero/") and not name.startswith(PROTOZERO):
                yield f"{name}: includes {included}; only Import and Export read the wire format"
            if layer is None or not included.startswith("quern/"):
                continue
            other = layer_of(included[len("quern/"):]) or included[len("quern/"):]
            if other != layer and other not in LAYERS[layer]:
                allowed = ", ".join(LAYERS[layer]) or "nothing else of ours"
                yield f"{name}: includes {included}; {layer} may include {allowed}"
        if layer == "Runtime" and re.search(r'#\s*include\s+[<"](llvm|mlir)/', text):
            yield f"{name}: the runtime knows nothing of LLVM"


def length(source):
    for name in files(source, "*.cpp", "*.h", "*.td", "*.c", "*.py", "*.def"):
        count = read(source, name).count("\n")
        if count > MAX_LINES:
            yield f"{name}: {count} lines, at most {MAX_LINES}: is it one thing?"


def licence(source):
    for name in files(source, "*.cpp", "*.h", "*.td", "*.c", "*.py", "*.def", "*.S", "CMakeLists.txt", "*.cmake"):
        if LICENCE not in read(source, name)[:600]:
            yield f"{name}: expects the licence header"


def unfinished(source):
    for name in files(source, "lib/**", "include/**", "tools/**"):
        for number, line in enumerate(read(source, name).splitlines(), 1):
            if UNFINISHED.search(line):
                yield f"{name}:{number}: {line.strip()}"


def checks(source):
    return {check.__name__: list(check(source)) for check in (includes, length, licence, unfinished)}


def main():
    source = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    errors = [error for found in checks(source).values() for error in found]
    print("\n".join(errors), end="\n" if errors else "")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
