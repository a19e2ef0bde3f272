# Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Tests of the Python package, each module in a process of its own: `python -m unittest Python.test_model` from test/."""
