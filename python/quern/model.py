# Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A compiled model in this process: a shared library with the C ABI of docs/abi.md, and what its header says of it."""

import ast
import ctypes
import dataclasses
import os
import re

from . import abi


class RunError(RuntimeError):
    """A run failed; the message is the model's. `status` is the C ABI's."""

    def __init__(self, message, status):
        super().__init__(message)
        self.status = status


class InputError(RunError, ValueError):
    """The inputs are not what the model takes."""


@dataclasses.dataclass(frozen=True)
class Port:
    """An input or output, or what is in one. A size in `shape` is a number, a name, or None where it is unknown; `shape` is
    None where the rank is."""

    name: str
    kind: str  # tensor, sequence, optional or map
    type: str  # as ONNX Runtime says it: tensor(float), seq(tensor(int64))
    dtype: object = None  # numpy's, of a tensor
    shape: object = None
    code: int = 0  # of a tensor's element type
    elements: tuple = ()  # the one of a sequence or an optional; a map's keys and values


class Model:
    """A compiled model. Calling it runs it; any number of threads may do so at once."""

    def __init__(self, library, header, threads=0):
        """`library` and `header` are what `quern compile --emit=shared --name=model` wrote."""
        facts = _read_header(header)
        self.inputs = _ports(facts, "INPUT")
        self.outputs = _ports(facts, "OUTPUT")
        self.metadata = {facts[f"METADATA_{i}_KEY"]: facts[f"METADATA_{i}_VALUE"]
                         for i in range(facts.get("METADATA_COUNT", 0))}
        self.target = facts.get("TARGET")
        self.threads = threads
        self._library = ctypes.CDLL(os.path.abspath(library))
        name = facts["name"]
        built = getattr(self._library, f"{name}_abi_version")()
        if built not in abi.VERSIONS:
            raise ImportError(f"{library}: has ABI version {built}, this package speaks {abi.VERSIONS[-1]}")
        self._run = getattr(self._library, f"{name}__run")
        self._run.restype = ctypes.c_int32
        self._run.argtypes = [ctypes.POINTER(abi.Value), ctypes.POINTER(abi.Value), ctypes.POINTER(abi.Options)]
        self._index = {port.name: i for i, port in enumerate(self.outputs)}

    def __repr__(self):
        show = lambda ports: ", ".join(f"{p.name}: {p.type}{'' if p.shape is None else list(p.shape)}" for p in ports)
        return f"<quern.Model ({show(self.inputs)}) -> ({show(self.outputs)})>"

    def __call__(self, *args, **kwargs):
        """Runs on inputs in the model's order or by name. One output is returned as it is, several as a tuple."""
        if len(args) > len(self.inputs):
            raise TypeError(f"expects {len(self.inputs)} inputs, got {len(args)}")
        feeds = dict(zip((port.name for port in self.inputs), args))
        for name, value in kwargs.items():
            if name in feeds:
                raise TypeError(f"input '{name}' is given twice")
            feeds[name] = value
        outputs = self.run(None, feeds)
        return outputs[0] if len(outputs) == 1 else tuple(outputs)

    def run(self, outputs, feeds, threads=None):
        """The named outputs (all for None) for inputs by name, as a list."""
        unknown = set(feeds) - {port.name for port in self.inputs}
        if unknown:
            raise InputError(f"there is no input '{min(unknown)}'; the inputs are {_names(self.inputs)}", 2)
        missing = [p for p in self.inputs if p.name not in feeds and p.kind != "optional"]
        if missing:
            raise InputError(f"input '{missing[0].name}' is missing", 2)
        wanted = range(len(self.outputs))
        if outputs is not None:
            names = [outputs] if isinstance(outputs, str) else list(outputs)
            for name in names:
                if name not in self._index:
                    raise InputError(f"there is no output '{name}'; the outputs are {_names(self.outputs)}", 2)
            wanted = [self._index[name] for name in names]
        results = self._invoke([feeds.get(port.name) for port in self.inputs], self.threads if threads is None else threads)
        return [results[i] for i in wanted]

    def _invoke(self, values, threads):
        given = (abi.Value * max(1, len(values)))()
        keep = []  # what the values point to
        for i, (port, value) in enumerate(zip(self.inputs, values)):
            try:
                abi.fill(given[i], value, port, keep)
            except (TypeError, ValueError) as error:
                raise InputError(f"input '{port.name}': {error}", 2) from None
        results = (abi.Value * max(1, len(self.outputs)))()
        message = ctypes.create_string_buffer(1024)
        options = abi.Options(threads=threads, message=ctypes.cast(message, ctypes.c_void_p), message_size=len(message))
        status = self._run(given, results, ctypes.byref(options))  # without the interpreter's lock
        if status:
            text = message.value.decode(errors="replace")
            raise (InputError if status == 2 else RunError)(text, status)
        return [abi.take(results[i]) for i in range(len(self.outputs))]


def load(library, threads=0) -> Model:
    """A shared library that `quern compile --emit=shared` wrote, with its header beside it."""
    library = os.fspath(library)
    return Model(library, os.path.splitext(library)[0] + ".h", threads)


def _names(ports):
    return ", ".join(f"'{p.name}'" for p in ports) or "none"


# --- the header's constants ------------------------------------------------------------------------------------------------


def _read_header(path):
    """The model's #defines without the prefix, as Python values, and its C name."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    name = re.search(r"^#ifndef QUERN_MODEL_(\w+)_H$", text, re.MULTILINE).group(1)
    facts = {"name": name}
    for key, value in re.findall(rf"^#define {re.escape(name.upper())}_(\w+) (.*)$", text, re.MULTILINE):
        facts[key] = _literal(value)
    return facts


def _literal(text):
    text = text.strip()
    if text.startswith('"'):
        return _strings(text)[0]
    if text.startswith("{"):
        inside = text[1:text.rindex("}")]
        return _strings(inside) if '"' in inside else [int(n) for n in inside.split(",") if n.strip()]
    word = text.split()[0]
    return int(word) if word.lstrip("-").isdigit() else word


def _strings(text):
    """C string literals: octal and hexadecimal escapes are bytes of UTF-8."""
    literals = re.findall(r'"((?:[^"\\]|\\.)*)"', text)
    return [ast.literal_eval('b"' + "".join(c if ord(c) < 128 else "".join(f"\\x{b:02x}" for b in c.encode())
                                           for c in literal) + '"').decode(errors="replace") for literal in literals]


def _ports(facts, side):
    return tuple(_port(facts, f"{side}_{i}_", facts[f"{side}_{i}_NAME"]) for i in range(facts[f"{side}_COUNT"]))


def _port(facts, stem, name=""):
    """A port from the constants that begin with a stem: what is in it has `OF_` after it, or `KEYS_` and `VALUES_`."""
    kind = facts.get(stem + "KIND", "QUERN_TENSOR").removeprefix("QUERN_").lower()
    if kind == "map":
        elements = (_port(facts, stem + "KEYS_"), _port(facts, stem + "VALUES_"))
        return Port(name, kind, f"map({abi.ELEMENTS[elements[0].code]},{elements[1].type})", elements=elements)
    if kind != "tensor":
        inside = _port(facts, stem + "OF_")
        return Port(name, kind, f"{'seq' if kind == 'sequence' else kind}({inside.type})", elements=(inside,))
    code = abi.CODES[facts[stem + "DTYPE"].removeprefix("QUERN_")]
    rank, shape = facts[stem + "RANK"], None
    if rank >= 0:
        sizes, names = facts.get(stem + "SHAPE", []), facts.get(stem + "DIMS", [""] * rank)
        shape = tuple(size if size >= 0 else name or None for size, name in zip(sizes, names))
    return Port(name, kind, f"tensor({abi.ELEMENTS[code]})", abi.dtype(code), shape, code)
