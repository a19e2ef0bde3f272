# Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Fuzzes the ONNX reader and the importer with libFuzzer and AddressSanitizer.

usage: importer.py [--build=DIR] [--seconds=N] [--corpus=DIR] [--keep=DIR]

The reader is compiled into the fuzzer, so that it sees the ways through it; the rest is the build's library. The corpus
starts with small models that use every field; it grows where it is given, and what crashes goes to the folder `keep`.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def compile_fuzzer(build, llvm, out):
    here = os.path.join(SOURCE, "test", "Fuzz")
    reader = [os.path.join(SOURCE, "lib", "Import", name) for name in ("OnnxFile.cpp", "OnnxTensor.cpp")]
    libraries = [word for folder in (os.path.join(build, "lib"), os.path.join(llvm, "lib"))
                 for word in (f"-L{folder}", f"-Wl,-rpath,{folder}")]
    subprocess.run([os.path.join(llvm, "bin", "clang++"), "-std=c++17", "-O1", "-g", "-fsanitize=fuzzer,address",
                    f"-I{SOURCE}/include", f"-I{build}/include", "-isystem", os.path.join(llvm, "include"),
                    os.path.join(here, "import.cpp"), *reader, *libraries, "-lQuernCompiler", "-lMLIR", "-lLLVM",
                    "-o", out], check=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default=os.path.join(SOURCE, "build"))
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--seed", type=int, default=0, help="0 is another one each time")
    parser.add_argument("--corpus", default="")
    parser.add_argument("--keep", default="")
    args = parser.parse_args()
    build = os.path.abspath(args.build)
    with open(os.path.join(build, "test", "lit.site.cfg.py")) as file:
        llvm = os.path.dirname(re.search(r'config.llvm_tools_dir = r"(.*)"', file.read()).group(1))
    with tempfile.TemporaryDirectory(prefix="quern-fuzz-") as work:
        seeds, fuzzer = os.path.join(work, "seeds"), os.path.join(work, "fuzz")
        os.makedirs(seeds)
        subprocess.run([sys.executable, os.path.join(SOURCE, "test", "Import", "Inputs", "wire.py"), "--all", seeds], check=True)
        corpus = os.path.abspath(args.corpus) if args.corpus else os.path.join(work, "corpus")
        os.makedirs(corpus, exist_ok=True)
        compile_fuzzer(build, llvm, fuzzer)
        env = dict(os.environ, ASAN_OPTIONS="detect_container_overflow=0:detect_leaks=0")
        status = subprocess.run([fuzzer, corpus, seeds, f"-max_total_time={args.seconds}", "-max_len=4000",
                                 f"-seed={args.seed}", "-rss_limit_mb=3000", "-timeout=20", f"-artifact_prefix={work}/"],
                                env=env).returncode
        found = [name for name in os.listdir(work) if re.match(r"(crash|oom|timeout|leak|slow-unit)-", name)]
        if args.keep:
            os.makedirs(args.keep, exist_ok=True)
            for name in found:
                shutil.copy(os.path.join(work, name), args.keep)
    return status


if __name__ == "__main__":
    sys.exit(main())
