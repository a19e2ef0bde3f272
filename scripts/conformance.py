# Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs the ONNX standard's backend tests: the installed `onnx` package's, or those found below DIR.

usage: conformance.py [--form=static|dynamic|second|constant|all] [--filter=TEXT] [--jobs=N] [--failures] [--update]
                      [--json=FILE] [--ort-results=FILE] [--page] [--build=DIR] [DIR]

The exit status is 1 when something fails that test/Conformance/expected-failures.txt does not list, or when something
that it lists passes. See docs/conformance.md.
"""

import argparse
import concurrent.futures
import json
import os
import re
import sys
import tempfile
import time
import warnings
import zlib

SOURCE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(SOURCE, "test"))

import onnx  # noqa: E402

from Conformance import cases, page  # noqa: E402
from Conformance.expected import Expected  # noqa: E402
from Conformance.forms import FORMS  # noqa: E402
from Conformance.runner import Runner  # noqa: E402

RUNNER = None


def start(runner):
    global RUNNER
    RUNNER = runner
    warnings.simplefilter("ignore")


def run_one(folder):
    case, forms = RUNNER.run(folder)
    return case.name, {"operators": case.operators(), "row": case.row(), "opset": case.opset(),
                       "released": case.is_released(), "forms": forms}


def run_all(folders, runner, jobs, show=None):
    """The results of the tests by name. Each worker is a process: much of a test's time is Python's."""
    results = {}
    with concurrent.futures.ProcessPoolExecutor(jobs, initializer=start, initargs=(runner,)) as pool:
        for name, result in pool.map(run_one, folders, chunksize=4):
            results[name] = result
            for form, outcome in result["forms"].items() if show else ():
                show(name, form, outcome)
    return results


# One test in so many, by its name, is the part that the test suite runs.
PART = 16


def part(context):
    """(test, form, outcome, what is wrong or None) of a part of the tests in all forms."""
    folders = [f for f in cases.from_package(context.work)
               if zlib.crc32(os.path.basename(f).encode()) % PART == 0 and context.wants(os.path.basename(f))]
    with tempfile.TemporaryDirectory() as work:
        tests = run_all(folders, Runner(context.tool("quern"), work), context.jobs)
    forms = {name: test["forms"] for name, test in tests.items()}
    wrong = {(name, form): why for _, name, form, why in Expected().surprises(forms)}
    for name, outcomes in forms.items():
        for form, outcome in outcomes.items():
            yield name, form, outcome["result"], wrong.get((name, form))


def show_failure(name, form, outcome):
    if outcome["result"] == "failed":
        print(f"{name} {form}: {outcome['why'][:240]}", flush=True)


def forms_named(text):
    names = FORMS if text == "all" else text.split(",")
    if unknown := set(names) - set(FORMS):
        raise SystemExit(f"conformance: no form {', '.join(sorted(unknown))}; there are {', '.join(FORMS)} and all")
    return tuple(names)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default=os.path.join(SOURCE, "build"))
    parser.add_argument("--form", default="static", help=f"of {', '.join(FORMS)}, or all (default: static)")
    parser.add_argument("--filter", default="", help="only tests whose name has this (a regular expression) in it")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--failures", action="store_true", help="show each failure, also those of the list")
    parser.add_argument("--update", action="store_true", help="make the list of expected failures what is seen")
    parser.add_argument("--json", metavar="FILE", help="write the results")
    parser.add_argument("--ort-results", metavar="FILE", help="compare with ONNX Runtime's results")
    parser.add_argument("--page", action="store_true", help="write the tables of docs/conformance.md")
    parser.add_argument("--from-json", metavar="FILE", help="take the results of an earlier run instead of running")
    parser.add_argument("folder", nargs="?", help="where the tests are; by default the onnx package's are generated")
    args = parser.parse_args()

    began = time.perf_counter()
    if args.from_json:
        with open(args.from_json) as file:
            tests = json.load(file)["tests"]
    else:
        folders = cases.folders(args.folder) if args.folder else cases.from_package(os.path.join(args.build, "test", "work"))
        folders = [f for f in folders if re.search(args.filter, os.path.basename(f))]
        with tempfile.TemporaryDirectory() as work:
            runner = Runner(os.path.join(args.build, "bin", "quern"), work, forms_named(args.form))
            tests = run_all(folders, runner, args.jobs, show_failure if args.failures else None)
    if not tests:
        raise SystemExit("conformance: no tests")

    result = page.summary(tests, onnx.__version__)
    if args.ort_results:
        result["ort"] = page.compare_with_ort(tests, args.ort_results)
    if args.json:
        with open(args.json, "w") as file:
            json.dump(result, file, indent=1, sort_keys=True)
    return report(args, result, tests, time.perf_counter() - began)


def report(args, result, tests, seconds):
    expected = Expected()
    forms = {name: test["forms"] for name, test in tests.items()}
    complete = not args.filter and not args.folder and "constant" in result["totals"]
    if args.update:
        expected.update(forms)
        if complete:
            expected.without_kernels = result["without_kernels"]
        expected.write()
    if args.page:
        page.write_page(os.path.join(SOURCE, "docs", "conformance.md"), page.page(result, expected))

    print(page.text_table(tests))
    surprises = list(expected.surprises(forms))
    for what, name, form, why in surprises:
        print(f"{what} {name} {form}: {why[:240]}")
    for form, counts in result["totals"].items():
        print(page.totals_line(form, counts))
    if "constant" in result["totals"]:
        print(f"without kernels when the inputs are constants: {result['without_kernels']}")
    if "ort" in result:
        ort = result["ort"]
        print(f"of {ort['tests']} tests ONNX Runtime passes {ort['ort']}, Quern {ort['quern']}; only ONNX Runtime: "
              f"{len(ort['only_ort'])}, only Quern: {ort['only_quern']}")
    fewer = complete and result["without_kernels"] < expected.without_kernels
    if fewer:
        print(f"FAIL fewer tests leave no kernel than before: {result['without_kernels']} of {expected.without_kernels}")
    if result["median_seconds"]:
        print(f"a static test takes {result['median_seconds']:.3f} s (median); all took {seconds:.0f} s")
    print(f"{len(surprises)} surprises" if surprises else "as expected")
    return 1 if surprises or fewer else 0


if __name__ == "__main__":
    sys.exit(main())
