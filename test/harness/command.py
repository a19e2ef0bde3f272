# Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs commands under limits of time and memory, and measures them."""

import dataclasses
import os
import resource
import signal
import subprocess
import tempfile
import threading
import time


@dataclasses.dataclass
class Result:
    status: int  # negative: the signal that ended it
    output: str  # stdout and stderr
    seconds: float
    timed_out: bool
    peak_anonymous: int  # bytes; 0 where it was not watched

    def describe(self):
        if self.timed_out:
            return f"still running after {self.seconds:.0f} s\n{self.output}"
        if self.status < 0:
            return f"ended by {signal.Signals(-self.status).name}\n{self.output}"
        return f"exit status {self.status}\n{self.output}"


def run(words, timeout=300, memory=None, cwd=None, watch_memory=False, env=None, stdin=subprocess.DEVNULL):
    """Runs a command. `memory` limits its anonymous memory, in bytes."""

    def limit():
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        if memory:
            resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))

    with tempfile.TemporaryFile() as out:
        start = time.perf_counter()
        child = subprocess.Popen([str(w) for w in words], stdin=stdin, stdout=out, stderr=subprocess.STDOUT, cwd=cwd,
                                 env=env, preexec_fn=limit, start_new_session=True)
        peak = [0]
        watcher = threading.Thread(target=_watch, args=(child, peak), daemon=True) if watch_memory else None
        if watcher:
            watcher.start()
        timed_out = False
        try:
            child.wait(timeout)
        except subprocess.TimeoutExpired:
            timed_out = True
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()
        seconds = time.perf_counter() - start
        out.seek(0)
        text = out.read(200000).decode(errors="replace")
    return Result(child.returncode, text, seconds, timed_out, peak[0])


def _watch(child, peak):
    """Follows a process's anonymous memory (mapped files are the page cache's, not the program's)."""
    while child.poll() is None:
        try:
            with open(f"/proc/{child.pid}/status") as status:
                for line in status:
                    if line.startswith("RssAnon:"):
                        peak[0] = max(peak[0], int(line.split()[1]) * 1024)
                        break
        except OSError:
            return
        time.sleep(0.005)
