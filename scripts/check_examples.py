# Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Checks that the example in every operator's description parses and verifies, and that every operator has one.

usage: check_examples.py [--build=DIR]

An example is one operation: Example: `%y = onnx.Mish %x : tensor<4x8xf32>`. The values that it uses become arguments of
a function, with the types that the operation's signature gives them.
"""

import argparse
import os
import re
import subprocess
import sys

import make_docs


def split_types(text):
    """`tensor<4xf32>, (a, b) -> c` at its top-level commas."""
    parts, depth, start = [], 0, 0
    for i, c in enumerate(text):
        if c in "<([{":
            depth += 1
        elif c in ")]}" or (c == ">" and text[i - 1] != "-"):
            depth -= 1
        elif c == "," and depth == 0:
            parts.append(text[start:i].strip())
            start = i + 1
    return [p for p in parts + [text[start:].strip()] if p]


def closing(text):
    depth = 0
    for i, c in enumerate(text):
        depth += c == "("
        depth -= c == ")"
        if depth == 0:
            return i
    raise ValueError(f"expects ')' in {text}")


def function_of(example):
    """A function around an example, or None where the example gives its operands no types."""
    head, _, regions = example.partition("{\n")
    uses = re.sub(r"^\s*%[^=(]*=", "", head)  # without the names of the results
    colon = re.search(r" : (?!.* : )", uses, re.DOTALL)
    operands = list(dict.fromkeys(re.findall(r"%\w+", uses[:colon.start()] if colon else uses)))
    types = []
    if colon:
        signature = uses[colon.end():].strip()
        types = split_types(signature[1:closing(signature)]) if signature.startswith("(") else [signature] * len(operands)
    # What a region reads from outside, and says the type of: `onnx.Yield %a : tensor<4xf32>`.
    for name in dict.fromkeys(re.findall(r"%\w+", regions)):
        typed = re.search(rf"onnx.Yield {name} : ([^\n]+)", regions)
        if typed and name not in operands and not re.search(rf"{name}(:|,.*=| =)", regions):
            operands.append(name)
            types.append(typed.group(1))
    if len(types) < len(operands):
        return None
    arguments = ", ".join(f"{name}: {kind}" for name, kind in zip(operands, types))
    return f"func.func @example({arguments}) {{\n  {example}\n  return\n}}\n"


def examples(build):
    """(operator, example or None) of every operator of the onnx dialect. Yield stands in the examples of its parents."""
    for page in make_docs.dialects(build):
        for name, text in re.findall(r"^### `([\w.]+)` \(.*?\)\n(.*?)(?=^### |\Z)", page, re.MULTILINE | re.DOTALL):
            if not name.startswith("onnx.") or name == "onnx.Yield":
                continue
            match = re.search(r"Examples?: `(.*?)`(?:\n|\Z)|```mlir\n(.*?)```", text, re.DOTALL)
            yield name, match and (match.group(1) or match.group(2)).strip()


def check(build):
    """{operator: what is wrong with its example, or None}"""
    opt = os.path.join(build, "bin", "quern-opt")
    result, functions = {}, {}
    for name, example in examples(build):
        if not example:
            result[name] = "expects an example in its description"
            continue
        function = function_of(example)
        result[name] = None if function else f"expects operand types in the example: {example}"
        if function:
            functions[name] = function
    text = "// -----\n".join(functions.values())
    run = subprocess.run([opt, "--split-input-file", "-"], input=text, capture_output=True, text=True)
    if run.returncode == 0:
        return result
    for name, function in functions.items():  # find out which
        one = subprocess.run([opt, "-"], input=function, capture_output=True, text=True)
        if one.returncode:
            result[name] = one.stderr + function
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default=os.path.join(make_docs.SOURCE, "build"))
    wrong = {name: why for name, why in check(os.path.abspath(parser.parse_args().build)).items() if why}
    for name, why in wrong.items():
        print(f"{name}: {why}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
