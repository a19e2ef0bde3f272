# Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Writes an ONNX TensorProto byte by byte: proto.py FILE DTYPE SHAPE [--floats|--int32s|--int64s|--doubles|--uint64s|
# --strings|--raw VALUES…] [--unpacked] [--external] [--twice].
import struct
import sys


def varint(value):
    value &= (1 << 64) - 1
    out = b""
    while value > 0x7f:
        out += bytes([value & 0x7f | 0x80])
        value >>= 7
    return out + bytes([value])


def field(number, data):
    return varint(number << 3 | 2) + varint(len(data)) + data


path, dtype, shape, *rest = sys.argv[1:]
flags = [a for a in rest if a.startswith("--")]
values = [a for a in rest if not a.startswith("--")]
out = b"".join(b"\x08" + varint(int(d)) for d in shape.split("x") if d != "-")
out += b"\x10" + varint(int(dtype)) + field(8, b"x")
numbers = {"--floats": (4, 5, lambda v: struct.pack("<f", float(v))), "--int32s": (5, 0, lambda v: varint(int(v, 0))),
           "--int64s": (7, 0, lambda v: varint(int(v))), "--doubles": (10, 1, lambda v: struct.pack("<d", float(v))),
           "--uint64s": (11, 0, lambda v: varint(int(v)))}
for flag in flags:
    if flag in numbers:
        number, wire, encode = numbers[flag]
        if "--unpacked" in flags:
            out += b"".join(varint(number << 3 | wire) + encode(v) for v in values)
        else:
            out += field(number, b"".join(map(encode, values)))
    elif flag == "--strings":
        out += b"".join(field(6, v.encode()) for v in values)
    elif flag == "--raw":
        out += field(9, bytes(int(v, 16) for v in values))
    elif flag == "--external":
        out += b"\x70\x01"
    elif flag == "--twice":
        out += field(9, b"\0" * 4)
with open(path, "wb") as file:
    file.write(out)
