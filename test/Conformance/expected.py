# Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The strict list of what does not pass: a test that starts to pass must leave it, one that stops fails the run.

A line is `TEST FORM[,FORM]…: REASON`; the line `without-kernels: N` says how many tests leave nothing to compute when
their inputs are constants, a number that may not fall.
"""

import os
import re

from .forms import FORMS

FILE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "expected-failures.txt")
COUNT = "without-kernels"
HEADER = """# What of the standard's backend tests does not pass, by form, with the reason. `./dev conformance` fails when a test
# of this list passes and when another does not; `./dev conformance --update` rewrites it, keeping the reasons.
"""


class Expected:

    def __init__(self, path=FILE):
        self.path = path
        self.reasons = {}  # (test, form) -> reason
        self.without_kernels = 0
        lines = []
        if os.path.exists(path):
            with open(path) as file:
                lines = file.read().splitlines()
        for line in lines:
            if line.startswith("#") or not line.strip():
                continue
            left, _, right = line.partition(": ")
            if left == COUNT:
                self.without_kernels = int(right)
                continue
            name, _, forms = left.partition(" ")
            for form in forms.split(","):
                if form not in FORMS:
                    raise SystemExit(f"{path}: expects forms of {', '.join(FORMS)}, got '{line}'")
                self.reasons[name, form] = right

    def surprises(self, results):
        """(what, test, form, why) of the results that the list does not foresee."""
        for name, forms in results.items():
            for form, outcome in forms.items():
                listed = (name, form) in self.reasons
                if outcome["result"] == "failed" and not listed:
                    yield "FAIL", name, form, outcome["why"]
                elif outcome["result"] != "failed" and listed:
                    yield "LISTED", name, form, f"is {outcome['result']}: take it off the list ({self.reasons[name, form]})"

    def update(self, results):
        """Makes the list what these results are; of tests and forms that were not run, nothing changes."""
        for name, forms in results.items():
            for form, outcome in forms.items():
                if outcome["result"] != "failed":
                    self.reasons.pop((name, form), None)
                else:
                    self.reasons.setdefault((name, form), _short(outcome["why"]))

    def write(self):
        lines = {}
        for (name, form), reason in self.reasons.items():
            lines.setdefault((name, reason), []).append(form)
        text = [f"{name} {','.join(sorted(forms, key=FORMS.index))}: {reason}"
                for (name, reason), forms in sorted(lines.items())]
        with open(self.path, "w") as file:
            file.write(HEADER + f"{COUNT}: {self.without_kernels}\n" + "".join(line + "\n" for line in text))


def _short(why):
    """A reason as a line of the list: without numbers that differ from run to run."""
    why = re.sub(r"^(compile|run): ", "", why)
    why = re.sub(r"^node '[^']*' \(([^)]*)\): ", r"\1 ", why)
    return why[:140].strip() or "fails"
