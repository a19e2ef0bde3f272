# Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs the tests and counts them. The line before the last counts the skips by reason; the last is `N passed, N failed`.

usage: run_tests.py [--build=DIR] [--filter=TEXT] [--jobs=N] [--verbose] [--list] [SUITE]…
"""

import argparse
import json
import os
import re
import sys
import tempfile
import time

SOURCE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(SOURCE, "test"))
sys.path.insert(0, os.path.join(SOURCE, "scripts"))

from harness import command  # noqa: E402
from harness.context import Context  # noqa: E402
from harness.report import Failed, Report  # noqa: E402


def lit(context, report):
    """FileCheck tests and shell tests below test/."""
    lit_tool = os.path.join(llvm_bin(context), "lit")
    with tempfile.NamedTemporaryFile(suffix=".json") as out:
        words = [sys.executable, lit_tool, "-q", "--timeout=300", f"-j{context.jobs}", "-o", out.name,
                 os.path.join(context.build, "test")]
        if context.filter:
            words.append("--filter=" + re.escape(context.filter))
        result = command.run(words, timeout=3600)
        try:
            with open(out.name) as file:
                tests = json.load(file)["tests"]
        except (OSError, ValueError, KeyError):
            report.fail("lit", result.describe())
            return
    for test in tests:
        name, code, output = test["name"], test["code"], test.get("output", "")
        if code in ("PASS", "FLAKYPASS", "XFAIL"):
            report.ok(name)
        elif code in ("UNSUPPORTED", "SKIPPED", "EXCLUDED"):
            features = re.search(r"unavailable features: (.*)", output)
            if code != "EXCLUDED":
                report.skip(name, "without " + features.group(1) if features else "unsupported here")
        else:
            report.fail(name, "\n".join(output.splitlines()[-25:]))


def llvm_bin(context):
    with open(os.path.join(context.build, "test", "lit.site.cfg.py")) as file:
        return re.search(r'config.llvm_tools_dir = r"(.*)"', file.read()).group(1)


def sources(context, report):
    """Includes between layers, file length, licence headers."""
    import check_sources
    for name, errors in check_sources.checks(context.source).items():
        if errors:
            report.fail(f"sources/{name}", "\n".join(errors))
        else:
            report.ok(f"sources/{name}")


def examples(context, report):
    """The example in every operator's description parses and verifies."""
    import check_examples
    for name, why in check_examples.check(context.build).items():
        if why:
            report.fail(f"examples/{name}", why)
        else:
            report.ok(f"examples/{name}")


def coverage(context, report):
    """Every conversion is executed by a model of the project's own."""
    import check_coverage
    report.run("coverage/conversions", check_coverage.check, context)


def pages(context, report):
    """The generated page of operators is what the tables say."""
    import make_docs
    if make_docs.is_current(context.build):
        report.ok("pages/operators")
    else:
        report.fail("pages/operators", "docs/operators.md is not what the tables say: run ./dev docs")


def conformance(context, report):
    """A part of the standard's backend tests, in all forms, against the strict list."""
    import conformance as runs
    for name, form, outcome, why in runs.part(context):
        if outcome == "meaningless":
            continue
        if why:
            report.fail(f"conformance/{name}/{form}", why)
        else:
            report.ok(f"conformance/{name}/{form}")


def suites():
    from BadModels.suite import bad
    from Fuzz.run import fuzz
    from Integration.suite import docs, sample
    from Models.suites import architectures, generated, real
    from Python.suite import python
    return {"sources": sources, "lit": lit, "examples": examples, "sample": sample, "docs": docs,
            "pages": pages, "python": python, "conformance": conformance,
            "generated": generated, "coverage": coverage, "fuzz": fuzz, "bad": bad, "real": real,
            "architectures": architectures}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default=os.path.join(SOURCE, "build"))
    parser.add_argument("--filter", default="", help="run only the tests whose name has this in it")
    parser.add_argument("--jobs", type=int, default=min(os.cpu_count() or 1, 8))
    parser.add_argument("--verbose", action="store_true", help="show every test")
    parser.add_argument("--list", action="store_true", help="name the suites")
    parser.add_argument("suites", nargs="*")
    args = parser.parse_args()

    table = suites()
    if args.list:
        print(" ".join(table))
        return 0
    if unknown := set(args.suites) - set(table):
        parser.error(f"no suite {', '.join(sorted(unknown))}; there are {', '.join(table)}")
    context, report = Context(args.build, args.jobs, args.filter), Report(args.verbose)
    for name in args.suites or table:
        start, before = time.perf_counter(), (report.passed, report.failed)
        try:
            table[name](context, report)
        except Failed as why:
            report.fail(name, why)
        print(f"{name}: {report.passed - before[0]} passed, {report.failed - before[1]} failed "
              f"in {time.perf_counter() - start:.0f} s", flush=True)
    return report.finish()


if __name__ == "__main__":
    sys.exit(main())
