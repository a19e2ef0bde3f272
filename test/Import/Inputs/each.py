# Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Imports each model of a folder, given in ONNX's text format, and prints what quern-translate says.

usage: each.py FOLDER [--fails]     (lines that start with '//' are comments; with --fails, each import must fail)
"""

import os
import subprocess
import sys

import onnx.parser


def main():
    folder, fails = sys.argv[1], "--fails" in sys.argv
    os.chdir(folder)
    for name in sorted(f for f in os.listdir(".") if f.endswith(".txt")):
        with open(name) as file:
            text = "".join(line for line in file if not line.startswith("//"))
        model = name.replace(".txt", ".onnx")
        onnx.save(onnx.parser.parse_model(text), model)
        result = subprocess.run(["quern-translate", "--import-onnx", model], stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, text=True)
        print(f"=== {model}\n{result.stdout}", flush=True)
        if result.returncode != (1 if fails else 0):
            sys.exit(f"{model}: exit status {result.returncode}")


if __name__ == "__main__":
    main()
