# Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Checks that the project's own models execute every conversion from ONNX to linalg.

A conversion names its operators in C++ (`onnx::ConvOp`) or as a row of a table (`POINTWISE(AddOp, …)`). Each of them
must be a node of a generated model, and so each conversion file must be reached. Decomposition rules are held to the
same: the operator they take apart is in a model.

usage: check_coverage.py [--build=DIR]
"""

import argparse
import os
import re
import sys

SOURCE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(SOURCE, "test"))

from harness.report import Failed  # noqa: E402

CONVERSIONS = "lib/Conversion/ONNXToLinalg"
RULES = "lib/Dialect/ONNX/Transforms"
# Operators that only come from old opsets or passes: the importer never leaves them in a model as they are written.
ANOTHER_NAME = {"Upsample": "Resize", "Scatter": "ScatterElements", "MLSVMClassifier": "CoupledProbabilities"}
# What the classes of operators of other domains begin with.
PREFIXES = {"com.microsoft": "MS", "ai.onnx.ml": "ML", "ai.onnx.preview": "Preview", "ai.onnx.preview.training": "Training"}


def read(path):
    with open(path) as file:
        return file.read()


def operators_of(text):
    """The ONNX operators that a conversion file converts."""
    found = set(re.findall(r"(?:Conversion|Rewrite)Pattern<\s*(?:quern::)?(?:onnx::)?(\w+)Op\b", text))
    found |= set(re.findall(r"\bonnx::(\w+?)Op\b", text))
    found |= set(re.findall(r"^\s*[A-Z_]+\((?:onnx::)?(\w+)Op\b", text, re.MULTILINE))
    return found - {"ONNX", "ConstantOf", "Operation"}


def conversion_files():
    folder = os.path.join(SOURCE, CONVERSIONS)
    for name in sorted(os.listdir(folder)):
        if name.endswith((".cpp", ".def")):
            yield os.path.join(CONVERSIONS, name), read(os.path.join(folder, name))


def rules():
    """(file, operators) of the decompositions: `rules.add([](MishOp op, …`."""
    folder = os.path.join(SOURCE, RULES)
    for name in sorted(os.listdir(folder)):
        found = set(re.findall(r"rules\.add\w*\(\[[^\]]*\]\((\w+)Op\b", read(os.path.join(folder, name))))
        if found:
            yield os.path.join(RULES, name), found


def generated_operators():
    from Models.families import all_cases
    return {PREFIXES.get(node.domain, "") + node.op_type for case in all_cases() for node in case.nodes}


def check(context=None):
    have = generated_operators()
    have |= {ANOTHER_NAME[name] for name in have & set(ANOTHER_NAME)} | {"Constant", "Yield"}
    wrong = []
    for name, text in conversion_files():
        operators = operators_of(text)
        if not operators:
            continue
        for operator in sorted(operators - have):
            wrong.append(f"{name}: no generated model has a {operator}")
    for name, operators in rules():
        for operator in sorted(operators - have):
            wrong.append(f"{name}: no generated model has a {operator}, which a rule takes apart")
    if wrong:
        raise Failed("\n".join(wrong))


def main():
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_known_args()
    try:
        check()
    except Failed as why:
        print(why)
        return 1
    print(f"{len(generated_operators())} operators in the project's own models")
    return 0


if __name__ == "__main__":
    sys.exit(main())
