# Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compiles the sample model to an executable, lets it read handwritten digits, and shows what it saw.

usage: demo.py [--build=DIR]
"""

import argparse
import os
import subprocess
import time

import numpy as np

import train

HERE = os.path.dirname(os.path.abspath(__file__))
SHADES = " .:-=+*#%@"


def show_command(*words):
    print("\n$ " + " ".join(os.path.relpath(w) if os.path.isabs(w) else w for w in words))


def run(*words):
    """Runs a command as a person would type it; returns its seconds."""
    start = time.perf_counter()
    subprocess.run(words, check=True)
    return time.perf_counter() - start


def picture(image):
    """Eight lines of a digit, two characters a pixel."""
    return ["".join(SHADES[min(int(value / 17 * len(SHADES)), 9)] * 2 for value in row) for row in image]


def bars(probabilities):
    """Ten lines, a bar for each digit's probability."""
    best = int(probabilities.argmax())
    for digit, p in enumerate(probabilities):
        mark = "  <- it is a %d" % digit if digit == best else ""
        yield f"{digit} {'█' * round(float(p) * 30):<30} {100 * p:5.1f} %{mark}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default="build")
    args = parser.parse_args()

    quern = os.path.join(os.path.abspath(args.build), "bin", "quern")
    work = os.path.join(os.path.abspath(args.build), "demo")
    os.makedirs(work, exist_ok=True)
    model, sample = os.path.join(HERE, "digits.onnx"), os.path.join(HERE, "sample.npy")
    executable, result = os.path.join(work, "digits"), os.path.join(work, "probabilities.npy")

    command = ["quern", "compile", model, "-o", executable]
    show_command(*command)
    seconds = run(quern, *command[1:])
    print(f"{os.path.getsize(model):,} bytes of ONNX -> {os.path.getsize(executable):,} bytes of static executable, "
          f"in {seconds:.2f} s")

    command = [executable, "--input", "image=" + sample, "--output", "probabilities=" + result]
    show_command(*command[:1], "--input", "image=" + os.path.relpath(sample), "--output",
                 "probabilities=" + os.path.relpath(result))
    seconds = run(*command)
    image, probabilities = np.load(sample)[0, 0], np.load(result)[0]
    print(f"answered in {1000 * seconds:.1f} ms, process start included\n")
    left = [""] + picture(image) + [""]
    for art, bar in zip(left, bars(probabilities)):
        print(f"   {art:<16}   {bar}")

    # The batch is a dynamic dimension: the same executable takes all the digits that training never saw.
    _, _, images, labels = train.data()
    np.save(os.path.join(work, "unseen.npy"), images)
    run(executable, "--input", "image=" + os.path.join(work, "unseen.npy"), "--output", "probabilities=" + result)
    right = int((np.load(result).argmax(1) == labels).sum())
    print(f"\nThe same executable on all {len(labels)} digits that it was not trained on: "
          f"{right} right ({100 * right / len(labels):.1f} %).")


if __name__ == "__main__":
    main()
