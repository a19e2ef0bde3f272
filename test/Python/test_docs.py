# Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The examples in docs/python.md run, in their order."""

import os
import re
import unittest

from .models import SOURCE


class Page(unittest.TestCase):

    def test_examples(self):
        with open(os.path.join(SOURCE, "docs", "python.md")) as file:
            blocks = re.findall(r"^```python\n(.*?)^```", file.read(), re.MULTILINE | re.DOTALL)
        self.assertGreater(len(blocks), 5)
        before = os.getcwd()
        os.chdir(SOURCE)
        names = {}
        try:
            for number, block in enumerate(blocks):
                exec(compile(block, f"docs/python.md, example {number + 1}", "exec"), names)
        finally:
            os.chdir(before)


class Package(unittest.TestCase):

    def test_names_are_documented(self):
        """What the package exports has a description."""
        import quern
        for name in quern.__all__:
            self.assertTrue((getattr(quern, name).__doc__ or "").strip(), name)


if __name__ == "__main__":
    unittest.main()
