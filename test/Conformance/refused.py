# Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Operators that are refused by name, whatever the model, and why."""

REFUSED = {
    "ImageDecoder": "needs image codecs",
    "RegexFullMatch": "needs a regular expression engine",
}
