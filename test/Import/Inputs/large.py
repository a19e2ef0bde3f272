# Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes a model whose one weight takes 5 GB, all holes: above what protobuf reads, and above 32-bit lengths.

usage: large.py OUT.onnx
"""

import sys

import wire

COUNT = 1_350_000_000


def head_of(field, length):
    return wire.varint(field << 3 | 2) + wire.varint(length)


def main():
    data = head_of(9, 4 * COUNT)
    tensor = wire.encode([(1, COUNT), (2, 1), (8, "w")]) + data
    nodes = wire.encode([(1, wire.node("Add", ["w", "x"], ["y"])), (2, "g"), (11, wire.port("x", (1,))),
                         (12, wire.port("y", (COUNT,)))])
    initializer = head_of(5, len(tensor) + 4 * COUNT) + tensor
    graph = head_of(7, len(nodes) + len(initializer) + 4 * COUNT) + nodes + initializer
    with open(sys.argv[1], "wb") as file:
        file.write(wire.encode([(1, 8), (8, [(1, ""), (2, 18)])]) + graph)
        file.truncate(file.tell() + 4 * COUNT)


if __name__ == "__main__":
    main()
