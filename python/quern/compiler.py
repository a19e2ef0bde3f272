# Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs the compiler, and keeps what it makes when asked."""

import functools
import hashlib
import json
import os
import platform
import shutil
import subprocess
import tempfile

from .model import Model, load


class CompileError(Exception):
    """The model cannot be compiled; the message is the compiler's."""


def tool():
    """The compiler: what QUERN names (the tool, or the folder it was built or installed in), else the tool of the checkout
    that this package lies in, else the one on PATH."""
    named = os.environ.get("QUERN")
    if named:
        for path in (named, os.path.join(named, "quern"), os.path.join(named, "bin", "quern")):
            if os.path.isfile(path) and os.access(path, os.X_OK):
                return path
        raise CompileError(f"QUERN is '{named}', where there is no quern")
    here = os.path.dirname(os.path.abspath(__file__))
    beside = os.path.join(here, "..", "..", "build", "bin", "quern")
    if os.path.isfile(beside):
        return os.path.normpath(beside)
    found = shutil.which("quern")
    if not found:
        raise CompileError("expects the compiler: set QUERN to the tool or to the folder it was built in, or put it on PATH")
    return found


def version():
    """The compiler's version."""
    return subprocess.run([tool(), "--version"], capture_output=True, text=True, check=True).stdout.split()[-1]


def compile(model, *, target=None, shapes=None, threads=0, cache=None, options=()) -> Model:
    """Compiles a model and loads it.

    model    a path, the bytes of a model, or an onnx.ModelProto
    target   as the compiler's --target: "native" (the default), "x86-64-v3", …
    shapes   fixes the shapes of inputs: {"x": (1, 3, 224, 224)}; None leaves a dimension open
    threads  at most so many threads in each run; 0 is one a core
    cache    a folder that keeps what was compiled: the same content is not compiled again
    options  more options for `quern compile`
    """
    words = [f"--target={target}"] if target else []
    for name, shape in (shapes or {}).items():
        words.append(f"--shape={name}=" + "x".join("?" if d is None else str(int(d)) for d in shape))
    words += [str(option) for option in options]
    with tempfile.TemporaryDirectory(prefix="quern-") as work:
        path = _as_file(model, work)
        if cache is None:
            _compile(path, words, work)
            return load(os.path.join(work, "model.so"), threads)
        return load(_cached(path, words, os.fspath(cache)), threads)


def _as_file(model, work):
    if isinstance(model, (str, os.PathLike)):
        path = os.fspath(model)
        if not os.path.isfile(path):
            raise CompileError(f"{path}: no such file")
        return path
    if hasattr(model, "SerializeToString"):
        model = model.SerializeToString()
    if not isinstance(model, (bytes, bytearray, memoryview)):
        raise TypeError(f"expects a path, bytes or an onnx.ModelProto, got {type(model).__name__}")
    path = os.path.join(work, "model.onnx")
    with open(path, "wb") as file:
        file.write(model)
    return path


def _compile(path, words, folder):
    """Writes model.so, model.h and model.d into a folder."""
    out = os.path.join(folder, "model.so")
    command = [tool(), "compile", path, "--emit=shared", "--name=model", "-o", out, "-MD", "-MF",
               os.path.join(folder, "model.d"), *words]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", stdin=subprocess.DEVNULL)
    what = os.path.basename(path) if os.path.dirname(path) == folder else path  # a model from memory has no path to tell
    if done.returncode < 0:
        raise CompileError(f"{what}: the compiler was ended by signal {-done.returncode}\n{done.stderr.strip()}")
    if done.returncode:
        raise CompileError(done.stderr.strip().replace(path, what) or f"{what}: the compiler ended with status {done.returncode}")


# --- the cache -----------------------------------------------------------------------------------------------------------
#
# DIR/KEY.json names the files that a model reads beside itself (external data), relative to it; DIR/KEY2 holds the library
# and its header. KEY is made of the model's bytes, the compiler and the options, KEY2 also of those files' bytes.


def _cached(path, words, cache):
    os.makedirs(cache, exist_ok=True)
    key = _digest([_file_digest(path), _compiler_digest(), _machine() if _is_native(words) else "", *words])
    folder = os.path.dirname(os.path.abspath(path))
    manifest = os.path.join(cache, key + ".json")
    entry = _entry(cache, key, manifest, folder)
    if entry and os.path.exists(os.path.join(entry, "model.so")):
        return os.path.join(entry, "model.so")
    work = tempfile.mkdtemp(prefix=".new-", dir=cache)
    try:
        _compile(path, words, work)
        others = [os.path.relpath(f, folder) for f in _dependencies(os.path.join(work, "model.d"))
                  if os.path.abspath(f) != os.path.abspath(path)]
        with open(os.path.join(work, "inputs.json"), "w") as file:
            json.dump(sorted(others), file)
        os.replace(os.path.join(work, "inputs.json"), manifest)
        os.remove(os.path.join(work, "model.d"))
        entry = _entry(cache, key, manifest, folder)
        try:
            os.rename(work, entry)
        except OSError:  # another process was faster
            if not os.path.exists(os.path.join(entry, "model.so")):
                raise
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return os.path.join(entry, "model.so")


def _entry(cache, key, manifest, folder):
    try:
        with open(manifest) as file:
            return os.path.join(cache, _digest([key, *(_file_digest(os.path.join(folder, f)) for f in json.load(file))]))
    except (OSError, ValueError):
        return None


def _dependencies(depfile):
    """The files of a make rule; a space in a name is escaped."""
    with open(depfile) as file:
        rule = file.read().replace("\\\n", " ").partition(": ")[2]
    words = rule.replace("\\ ", "\0").split()
    return [word.replace("\0", " ").replace("$$", "$").replace("\\#", "#") for word in words]


def _is_native(words):
    targets = [word.partition("=")[2] for word in words if word.startswith("--target=")]
    return not targets or "native" in targets


def _digest(parts):
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:40]


def _file_digest(path):
    result = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            result.update(block)
    return result.hexdigest()


@functools.lru_cache(maxsize=None)
def _digest_once(path, size, time):
    return _file_digest(path)


def _compiler_digest():
    """The tool and its library: a compiler built anew is another one."""
    path = os.path.realpath(tool())
    files = [path]
    for folder in ("../lib", "../lib64"):
        library = os.path.join(os.path.dirname(path), folder, "libQuernCompiler.so")
        if os.path.isfile(library):
            files.append(os.path.realpath(library))
    facts = [(file, os.stat(file)) for file in files]
    return _digest([_digest_once(file, stat.st_size, stat.st_mtime_ns) for file, stat in facts])


@functools.lru_cache(maxsize=None)
def _machine():
    """What `native` stands for."""
    try:
        with open("/proc/cpuinfo") as file:
            lines = {line for line in file if line.startswith(("flags", "Features", "model name", "CPU part"))}
        return platform.machine() + "".join(sorted(lines))
    except OSError:
        return platform.machine()
