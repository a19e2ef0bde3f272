# Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes a module with a function for each example in the dialect's .td files.

The operands of an example become arguments of the types that it gives them.
Every op must have an example.
"""

import pathlib
import re
import sys


def split_types(text):
    """Splits at commas outside of brackets."""
    parts, depth, start = [], 0, 0
    for i, c in enumerate(text):
        depth += c in "<([" and 1 or c in ">)]" and text[i - 1] != "-" and -1 or 0
        if c == "," and depth == 0:
            parts.append(text[start:i].strip())
            start = i + 1
    return [p for p in parts + [text[start:].strip()] if p]


def function(name, text):
    lines = text.split("\n")
    # The op itself, then values that its regions take from outside.
    head = re.match(r"(?:%[\w, %:]+ = )?onnx\.[\w.]+ ?(.*)$", lines[0])
    body = re.sub(r"\{(?!$).*?\} ", "", head.group(1))
    operands, types = re.match(r"(.*?) ?: (.*)$", " " + body).groups()
    operands = [o for o in split_types(operands) if o != "none"]
    types = re.sub(r" \{$", "", types)
    if types.startswith("("):
        given = split_types(re.match(r"\((.*?)\) ->", types).group(1))
    else:
        given = [types] * len(operands)
    assert len(operands) == len(given), f"{name}: {operands} of types {given}"
    arguments = dict(zip(operands, given))
    inner = "\n".join(lines[1:])
    defined = set(re.findall(r"(%\w+):", inner)) | set(re.findall(r"(%\w+) =", inner))
    for use, kind in re.findall(r"Yield (%\w+) : (\S+)", inner):
        if use not in defined:
            arguments[use] = kind
    signature = ", ".join(f"{o}: {t}" for o, t in arguments.items())
    return f"func.func @{name}({signature}) {{\n{text}\nreturn\n}}\n"


def main(folder):
    for path in sorted(pathlib.Path(folder).glob("*.td")):
        for op, rest in re.findall(r"^def ONNX_(\w+)Op : (.*?)^}", path.read_text(), re.S | re.M):
            if op == "Yield":
                continue
            example = re.search(r"Example: `(.*?)`\n", rest) or re.search(r"Example:\n\s*```mlir\n(.*?)```", rest, re.S)
            if not example:
                sys.exit(f"{path.name}: error: {op} has no example")
            lines = [line.strip() for line in example.group(1).strip().split("\n")]
            print(function(op, "\n".join(lines)))


main(sys.argv[1])
