# Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes a model in ONNX's text format as a binary .onnx file, so that a test holds its model as text.

usage: onnx_text.py MODEL.onnxtxt OUT.onnx     (lines that start with '//' are comments: RUN and CHECK lines)
"""

import sys

import onnx.parser


def main():
    source, out = sys.argv[1:]
    with open(source) as file:
        text = "".join(line for line in file if not line.startswith("//"))
    onnx.save(onnx.parser.parse_model(text), out)


if __name__ == "__main__":
    main()
