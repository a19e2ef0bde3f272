# Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Writes an .npy file without numpy: tensor.py FILE DTYPE SHAPE VALUES… [--descr=…] [--fortran] [--version=N]
# [--shape-text=…] [--cut=N] [--append=N] [--header=TEXT]. SHAPE is 2x3, or - for a scalar.
import struct
import sys

CODES = {
    "float32": ("<f4", "f"), "float64": ("<f8", "d"), "float16": ("<f2", "e"), "bool": ("|b1", "B"),
    "int8": ("|i1", "b"), "uint8": ("|u1", "B"), "int16": ("<i2", "h"), "uint16": ("<u2", "H"),
    "int32": ("<i4", "i"), "uint32": ("<u4", "I"), "int64": ("<i8", "q"), "uint64": ("<u8", "Q"),
}
options = dict((a[2:].split("=", 1) + [""])[:2] for a in sys.argv[1:] if a.startswith("--"))
path, dtype, shape, *values = [a for a in sys.argv[1:] if not a.startswith("--")]
dims = [] if shape == "-" else [int(d) for d in shape.split("x")]
size = 1
for d in dims:
    size *= d

if dtype == "string":
    width = max([len(v) for v in values] + [1])
    descr = "<U%d" % width
    data = b"".join(v.encode("utf-32-le").ljust(4 * width, b"\0") for v in values)
else:
    descr, code = CODES[dtype]
    numbers = [float(v) if code in "fde" else int(v) for v in values]
    numbers = (numbers * (size // max(len(numbers), 1) + 1))[:size] if numbers else [0] * size
    endian = ">" if options.get("descr", "").startswith(">") else "<"
    data = struct.pack(endian + str(size) + code, *numbers)

shape_text = options.get("shape-text") or "(" + "".join("%d, " % d for d in dims) + ")"
header = options.get("header") or "{'descr': '%s', 'fortran_order': %s, 'shape': %s, }" % (
    options.get("descr", descr), "fortran" in options, shape_text)
version = int(options.get("version", "1"))
start = 10 if version == 1 else 12
header = header.encode() + b" " * (-(start + len(header) + 1) % 64) + b"\n"
with open(path, "wb") as file:
    content = b"\x93NUMPY" + bytes([version, 0]) + struct.pack("<H" if version == 1 else "<I", len(header))
    content += header + data + b"x" * int(options.get("append", "0"))
    file.write(content[:len(content) - int(options.get("cut", "0"))])
