# Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# How lit finds and runs the tests: tools, substitutions, and the features that a test may require.
# A test that asks for a missing feature is counted as skipped, with the feature as the reason.

import os
import shutil
import subprocess
import sys

import lit.formats
from lit.llvm import llvm_config

config.name = "Quern"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir", ".test"]
config.excludes = ["Inputs", "CMakeLists.txt"]
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = os.path.join(config.quern_build_dir, "test")

build_bin = os.path.join(config.quern_build_dir, "bin")
venv_python = os.path.join(config.quern_source_dir, ".venv", "bin", "python")
python = venv_python if os.path.exists(venv_python) else sys.executable

# --- tools and substitutions ---------------------------------------------------------------------------------------

llvm_config.with_system_environment(["HOME", "TMP", "TEMP", "CCACHE_DIR"])
llvm_config.with_environment("PATH", [build_bin, config.llvm_tools_dir], append_path=True)
llvm_config.add_tool_substitutions(["FileCheck", "not", "count", "split-file", "llvm-readelf", "llvm-nm"],
                                   [config.llvm_tools_dir])
llvm_config.add_tool_substitutions(
    ["quern", "quern-opt", "quern-translate", "quern-lsp-server", "quern-reduce", "tensorcmp",
     "quern-test-two-threads"], [build_bin])
for name, value in {
        "%python": python,
        "%quern_src": config.quern_source_dir,
        "%quern_build": config.quern_build_dir,
        "%cxx": config.cxx_compiler,
        "%cc": config.c_compiler,
        "%cmake": config.cmake,
        "%onnx": python + " " + os.path.join(config.quern_source_dir, "test", "onnx_text.py"),
}.items():
    config.substitutions.append((name, value))

# --- features ------------------------------------------------------------------------------------------------------


def importable(module):
    return subprocess.run([python, "-c", "import " + module], stderr=subprocess.DEVNULL).returncode == 0


def cpu_flags():
    try:
        with open("/proc/cpuinfo") as info:
            return next((line.split(":")[1].split() for line in info if line.startswith(("flags", "Features"))), [])
    except OSError:
        return []


for feature, present in {
        "python-onnx": importable("onnx"),
        "onnxruntime": importable("onnxruntime"),
        "qemu-aarch64": shutil.which("qemu-aarch64-static") or shutil.which("qemu-aarch64"),
        "qemu-x86_64": shutil.which("qemu-x86_64-static") or shutil.which("qemu-x86_64"),
        "aarch64-gcc": shutil.which("aarch64-linux-gnu-gcc"),
        "musl": os.path.exists("/usr/lib/x86_64-linux-musl/libc.a"),
        "x86_64-host": os.uname().machine == "x86_64",
        "avx2": "avx2" in cpu_flags(),
        "avx512f": "avx512f" in cpu_flags(),
        "shared-models": os.path.isdir(os.path.join(config.quern_source_dir, "..", "shared", "models")),
}.items():
    if present:
        config.available_features.add(feature)

for arch in ("aarch64", "x86_64"):
    emulator = shutil.which(f"qemu-{arch}-static") or shutil.which(f"qemu-{arch}") or f"qemu-{arch}"
    config.substitutions.append((f"%qemu_{arch}", emulator))
