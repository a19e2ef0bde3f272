# Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes the reference pages from the tables that the compiler is built from: nothing in them is typed.

usage: make_docs.py [--build=DIR] [--check]

Into build/docs: Dialects.md and Passes.md from mlir-tblgen, CommandLine.md from `quern help`. Into docs: operators.md, from
the dialect's tables, the upgrades and what is lowered; --check only says whether that page is what it should be.
"""

import argparse
import os
import re
import subprocess
import sys

SOURCE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(SOURCE, "test"))

import operators_page  # noqa: E402

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
    "CommandLine.md": lambda build: tool_page(build, "quern", "help", "--markdown"),
}


OPERATORS = os.path.join(SOURCE, "docs", "operators.md")


def operators(build):
    return "\n".join(operators_page.page(build)) + "\n"


def is_current(build):
    """Whether docs/operators.md is what the tables say."""
    with open(OPERATORS) as file:
        return file.read() == operators(build)


def write(path, make):
    """Writes a page, or says why not; returns an exit status."""
    try:
        text = make()
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"{os.path.basename(path)}: {getattr(error, 'stderr', None) or error}", file=sys.stderr)
        return 1
    with open(path, "w") as file:
        file.write(text)
    print(os.path.relpath(path))
    return 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default=os.path.join(SOURCE, "build"))
    parser.add_argument("--check", action="store_true", help="exit with 1 when docs/operators.md is not current")
    args = parser.parse_args()
    build = os.path.abspath(args.build)
    if args.check:
        if not is_current(build):
            print("docs/operators.md is not what the tables say: run ./dev docs", file=sys.stderr)
            return 1
        return 0
    out = os.path.join(build, "docs")
    os.makedirs(out, exist_ok=True)
    status = write(OPERATORS, lambda: operators(build))
    for name, make in PAGES.items():
        status |= write(os.path.join(out, name), lambda: "\n".join(make(build)))
    return status


if __name__ == "__main__":
    sys.exit(main())
