# Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes ONNX files that no ONNX library would: protocol buffers, field by field.

usage: wire.py CASE OUT.onnx
       wire.py --all FOLDER

A message is a list of (field, value): an int is a varint, a float 32 bits, bytes and text a string, a list a message
inside, and Packed numbers a packed field.
"""

import os
import struct
import sys


class Packed(list):
    """Numbers in one length-delimited field: a struct format for each, or varints."""

    def __init__(self, values, form=None):
        super().__init__(values)
        self.form = form


def varint(value):
    value &= (1 << 64) - 1
    out = b""
    while value >= 0x80:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def encode(message):
    out = b""
    for field, value in message:
        if isinstance(value, int):
            out += varint(field << 3) + varint(value)
        elif isinstance(value, float):
            out += varint(field << 3 | 5) + struct.pack("<f", value)
        else:
            if isinstance(value, Packed):
                value = b"".join(struct.pack(value.form, v) if value.form else varint(v) for v in value)
            elif isinstance(value, list):
                value = encode(value)
            elif isinstance(value, str):
                value = value.encode()
            out += varint(field << 3 | 2) + varint(len(value)) + value
    return out


# Messages of onnx.proto.


def port(name, shape=(4,), elem=1):
    dims = [(1, [(1, d) if isinstance(d, int) else (2, d)]) for d in shape]
    return [(1, name), (2, [(1, [(1, elem), (2, dims)])])]


def node(op, inputs, outputs, *attributes, name="", domain=""):
    return [(1, i) for i in inputs] + [(2, o) for o in outputs] + [(3, name), (4, op), (7, domain)] + [
        (5, a) for a in attributes
    ]


def tensor(name, dims, elem, *data):
    return [(1, d) for d in dims] + [(2, elem), (8, name), *data]


def external(**entries):
    return [(13, [(1, key), (2, str(value))]) for key, value in entries.items()] + [(14, 1)]


def model(nodes=(), inputs=(), outputs=(), initializers=(), opset=18, more=()):
    graph = [(1, n) for n in nodes] + [(2, "g")] + [(5, t) for t in initializers]
    graph += [(11, i) for i in inputs] + [(12, o) for o in outputs]
    opsets = [(8, [(1, ""), (2, opset)])] if opset is not None else []
    return [(1, 8), (7, graph), *opsets, *more]


def relu(**options):
    return model([node("Relu", ["x"], ["y"])], [port("x")], [port("y")], **options)


def weighted(dims, elem, *data, name="w"):
    """A model that gives out its one initializer."""
    nodes = [node("Identity", [name], ["y"])]
    return model(nodes, [], [port("y", dims, elem)], [tensor(name, dims, elem, *data)])


def nested(depth):
    inner = [(1, node("Relu", ["x"], ["y"])), (2, "g"), (12, port("y"))]
    for _ in range(depth):
        branch = [(1, "then_branch"), (20, 5), (6, inner)]
        inner = [(1, node("If", ["c"], ["y"], branch)), (2, "g"), (12, port("y"))]
    graph = inner + [(11, port("x")), (11, port("c", (), 9))]
    return [(1, 8), (7, graph), (8, [(1, ""), (2, 18)])]


CASES = {
    # The reader.
    "empty": b"",
    "text": b"this is no model at all",
    "truncated": encode(relu())[:-9],
    "no-graph": [(1, 8), (8, [(2, 18)])],
    "nested": nested(70),
    "unknown-fields": relu(more=[(77, "later"), (78, 5), (79, 1.0), (7, [(99, "in the graph")])]),
    "no-type": model([node("Softmax", ["x"], ["y"], [(1, "axis"), (3, 0)])], [port("x")], [port("y")]),
    # The model.
    "no-opset": relu(opset=None),
    "opset-zero": relu(opset=0),
    "opset-new": relu(opset=99),
    "no-outputs": model([node("Relu", ["x"], ["y"])], [port("x")], []),
    "bytes-in-names": model([node("Relu", [b"x"], [b"a\xff\x01b"]), node("Nope", [b"a\xff\x01b"], ["y"])], [port("x")],
                            [port("y")]),
    "sequence-input": model([node("Identity", ["x"], ["y"])],
                            [[(1, "x"), (2, [(4, [(1, [(1, [(1, 1)])])])])]], [port("y")]),
    # Typed fields of tensors.
    "float-data": weighted([2], 1, (4, Packed([1.5, -2.0], "<f"))),
    "float-data-unpacked": weighted([2], 1, (4, 1.5), (4, -2.0)),
    "double-data": weighted([2], 11, (10, Packed([1.5, -2.0], "<d"))),
    "int8-data": weighted([3], 3, (5, Packed([1, -2, 127]))),
    "uint8-data": weighted([3], 2, (5, 1), (5, 200), (5, Packed([255]))),
    "int64-data": weighted([2], 7, (7, Packed([1 << 40, -1]))),
    "uint64-data": weighted([2], 13, (11, Packed([1 << 63, 1]))),
    "uint32-data": weighted([2], 12, (11, Packed([1 << 31, 1]))),
    "float16-data": weighted([2], 10, (5, Packed([0x3C00, 0xC000]))),
    "bfloat16-data": weighted([2], 16, (5, Packed([0x3F80, 0xC000]))),
    "float8-data": weighted([2], 17, (5, Packed([0x38, 0xB8]))),
    "int4-data": weighted([3], 22, (5, Packed([0xF1, 0x07]))),
    "uint4-raw": weighted([3], 21, (9, b"\xF1\x07")),
    "bool-raw": weighted([3], 9, (9, b"\x00\x01\x05")),
    "empty-tensor": weighted([0, 3], 1),
    # Wrong tensors.
    "short-raw": weighted([4], 1, (9, b"\x00" * 12)),
    "two-fields": weighted([1], 1, (4, 1.5), (9, b"\x00" * 4)),
    "wrong-field": weighted([1], 1, (5, 1)),
    "negative-dim": weighted([-2], 1, (9, b"")),
    "huge-dims": weighted([1 << 40, 1 << 40], 1, (9, b"")),
    "unknown-type": weighted([1], 77, (9, b"\x00")),
    "segment": weighted([1], 1, (3, [(1, 0)]), (9, b"\x00" * 4)),
    # External data.
    "external": weighted([4], 1, *external(location="weights.bin", offset=4, length=16)),
    "external-no-length": weighted([4], 1, *external(location="weights.bin")),
    "external-absolute": weighted([4], 1, *external(location="/etc/passwd")),
    "external-parent": weighted([4], 1, *external(location="sub/../../weights.bin")),
    "external-missing": weighted([4], 1, *external(location="nowhere.bin")),
    "external-short": weighted([4], 1, *external(location="weights.bin", offset=12)),
    "external-length": weighted([4], 1, *external(location="weights.bin", length=8)),
    "external-offset": weighted([4], 1, *external(location="weights.bin", offset="-4")),
    "external-link": weighted([4], 1, *external(location="link.bin")),
    "external-folder": weighted([4], 1, *external(location="sub")),
    "external-and-raw": weighted([4], 1, (9, b"\x00" * 16), *external(location="weights.bin")),
}


def write(case, out):
    content = CASES[case]
    with open(out, "wb") as file:
        file.write(content if isinstance(content, bytes) else encode(content))


def main():
    case, out = sys.argv[1:]
    if case == "--all":
        for case in CASES:
            write(case, os.path.join(out, case + ".onnx"))
    else:
        write(case, out)


if __name__ == "__main__":
    main()
