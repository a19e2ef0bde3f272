# Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Walks the history of ai.onnx from opset 7 on, as the installed schemas tell it, against the importer's table.

usage: history.py UPGRADES.def OPERATORS     (what `quern check --list-ops` prints)

Each operator must be known, and each step that changes what a model may hold (an attribute that goes or gets another
default, an input that moves or must be there) must have a row, or be listed here with the reason why it needs none.
"""

import collections
import re
import sys

import onnx.defs
from onnx import helper

OLDEST = 7
NO_ROW = {
    ("Gemm", 11): "C becomes optional",
    ("MaxPool", 8): "a second output",
    ("OptionalHasElement", 18): "the input becomes optional",
}
REFUSED = {"ImageDecoder": "image codecs", "RegexFullMatch": "regular expressions"}


def default(attribute):
    return helper.get_attribute_value(attribute.default_value) if attribute.default_value.name else None


def changes(old, new):
    """What a node of the old form may have that means something else, or nothing, in the new one."""
    for name, attribute in old.attributes.items():
        if name not in new.attributes:
            yield f"no attribute {name}"
        elif attribute.type != new.attributes[name].type or default(attribute) != default(new.attributes[name]):
            yield f"attribute {name} of another type or default"
    for name, attribute in new.attributes.items():
        if name not in old.attributes and attribute.required:
            yield f"attribute {name} must be there"
    optional = onnx.defs.OpSchema.FormalParameterOption.Optional
    for i, formal in enumerate(new.inputs):
        before = old.inputs[i] if i < len(old.inputs) else None
        if before is None and formal.option != optional:
            yield f"input {i} must be there"
        elif before is not None and (before.option != formal.option or before.name.lower() != formal.name.lower()):
            yield f"input {i} is another"
    if len(old.inputs) > len(new.inputs) or len(old.outputs) != len(new.outputs):
        yield "other numbers of inputs or outputs"


def main(upgrades, operators):
    rows = collections.defaultdict(list)
    with open(upgrades) as file:
        for name, start, end in re.findall(r"^UPGRADE\((\w+), (\d+), (\d+),", file.read(), re.M):
            rows[name].append((int(start), int(end)))
    with open(operators) as file:
        known = {line.split()[1] for line in file if line.startswith("ai.onnx ")}
    history = collections.defaultdict(dict)
    for schema in onnx.defs.get_all_schemas_with_history():
        if schema.domain == "":
            history[schema.name][schema.since_version] = schema
    steps = problems = 0
    for name, forms in sorted(history.items()):
        versions = sorted(forms)
        renamed = any(start <= versions[-1] < end for start, end in rows[name])
        if name not in known and name not in REFUSED and not renamed:
            print(f"{name}: is not known")
            problems += 1
        for before, after in zip(versions, versions[1:]):
            why = list(changes(forms[before], forms[after])) if after > OLDEST else []
            steps += bool(why)
            if why and (name, after) not in NO_ROW and not any(start < after <= end for start, end in rows[name]):
                print(f"{name} {before} -> {after}: no row of Upgrades.def, and {', '.join(why)}")
                problems += 1
    print(f"{len(history)} operators, {steps} steps of form, {problems} problems")


main(*sys.argv[1:])
