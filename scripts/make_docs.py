# Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes the reference pages into build/docs from the tables that the compiler is built from: nothing in them is typed.

usage: make_docs.py [--build=DIR]

Dialects.md and Passes.md come from mlir-tblgen, Operators.md from `quern check --list-ops`, CommandLine.md from
`quern help`; a tool that does not exist yet leaves its page out, and says so.
"""

import argparse
import os
import re
import subprocess
import sys

SOURCE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
INCLUDE = os.path.join(SOURCE, "include")


def table_files(name_filter):
    for folder, _, names in os.walk(os.path.join(INCLUDE, "quern")):
        for name in sorted(names):
            if name.endswith(".td") and name_filter(name):
                yield os.path.join(folder, name)


def tblgen(build, *arguments):
    """mlir-tblgen with the include paths of the build."""
    with open(os.path.join(build, "CMakeCache.txt")) as file:
        mlir = re.search(r"^MLIR_DIR:\w+=(.*)$", file.read(), re.MULTILINE).group(1)
    prefix = os.path.normpath(os.path.join(mlir, "..", "..", ".."))
    words = [os.path.join(prefix, "bin", "mlir-tblgen"), *arguments, "-I", INCLUDE, "-I",
             os.path.join(build, "include"), "-I", os.path.join(prefix, "include")]
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout


def dialects(build):
    """Dialects in the order of their files; a dialect's operations are in tables that its Ops.td includes."""
    for path in table_files(lambda name: name.endswith("Ops.td")):
        name = os.path.basename(path)[:-len("Ops.td")].lower()
        yield tblgen(build, "-gen-dialect-doc", f"-dialect={name}", path)


def passes(build):
    yield "# Passes\n\nCallable from `quern-opt`, as the argument in each heading says, and from a plugin's pipelines.\n"
    for path in table_files(lambda name: name == "Passes.td"):
        layer = os.path.dirname(os.path.relpath(path, os.path.join(INCLUDE, "quern")))
        yield f"\n## {layer}\n\n" + tblgen(build, "-gen-pass-doc", path).replace("\n### ", "\n#### ")


def tool_page(build, *words):
    result = subprocess.run([os.path.join(build, "bin", words[0]), *words[1:]], capture_output=True, text=True)
    if result.returncode:
        raise OSError(f"{' '.join(words)}: {result.stderr.strip()}")
    return [result.stdout]


PAGES = {
    "Dialects.md": dialects,
    "Passes.md": passes,
    "Operators.md": lambda build: tool_page(build, "quern", "check", "--list-ops=markdown"),
    "CommandLine.md": lambda build: tool_page(build, "quern", "help", "--markdown"),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default=os.path.join(SOURCE, "build"))
    build = os.path.abspath(parser.parse_args().build)
    out = os.path.join(build, "docs")
    os.makedirs(out, exist_ok=True)
    status = 0
    for name, make in PAGES.items():
        try:
            text = "\n".join(make(build))
        except (OSError, subprocess.CalledProcessError) as error:
            print(f"{name}: {getattr(error, 'stderr', None) or error}", file=sys.stderr)
            status = 1
            continue
        with open(os.path.join(out, name), "w") as file:
            file.write(text)
        print(os.path.relpath(os.path.join(out, name)))
    return status


if __name__ == "__main__":
    sys.exit(main())
