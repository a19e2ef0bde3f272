# Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Counts results: a failure is shown when it happens, a skip is counted by its reason."""

import collections
import concurrent.futures
import sys
import threading
import traceback


class Failed(Exception):
    """A test's failure: the message says what was expected and what was seen."""


class Skipped(Exception):
    """A test that cannot run here: the message is the reason that is counted."""


class Report:

    def __init__(self, verbose=False):
        self.verbose = verbose
        self.passed = self.failed = 0
        self.skips = collections.Counter()
        self.lock = threading.Lock()

    def ok(self, name):
        with self.lock:
            self.passed += 1
            if self.verbose:
                print(f"PASS {name}", flush=True)

    def fail(self, name, why):
        with self.lock:
            self.failed += 1
            print(f"FAIL {name}\n     " + "\n     ".join(str(why).strip().splitlines()[:20]), flush=True)

    def skip(self, name, reason, count=1):
        with self.lock:
            self.skips[reason] += count
            if self.verbose:
                print(f"SKIP {name}: {reason}", flush=True)

    def run(self, name, test, *args):
        """Runs one test, a function that returns or raises Failed or Skipped."""
        try:
            test(*args)
        except Skipped as reason:
            self.skip(name, str(reason))
        except Failed as why:
            self.fail(name, why)
        except Exception:  # a bug in the harness or an output nobody foresaw: a failure like any other
            self.fail(name, traceback.format_exc(limit=-3))
        else:
            self.ok(name)

    def run_all(self, tests, jobs):
        """Runs (name, function, argument…) tuples, `jobs` at a time."""
        with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
            for future in [pool.submit(self.run, *test) for test in tests]:
                future.result()

    def finish(self):
        """Prints the last two lines and returns the exit status."""
        reasons = ", ".join(f"{count} {reason}" for reason, count in self.skips.most_common())
        sys.stdout.flush()
        print(f"skipped: {sum(self.skips.values())}" + (f" ({reasons})" if reasons else ""))
        print(f"{self.passed} passed, {self.failed} failed", flush=True)
        return 1 if self.failed else 0
