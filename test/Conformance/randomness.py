# Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What can be said of random results: nobody's stream of numbers is right, but their statistics are."""

import numpy as np

from harness.report import Failed

SIGMAS = 5


def _share(count, total, p, what):
    """A count of independent draws is within some standard deviations of what is expected."""
    if abs(count - total * p) > SIGMAS * np.sqrt(total * p * (1 - p)) + 1e-9:
        raise Failed(f"{what}: {count} of {total}, expected a share near {p:.3g}")


def bernoulli(inputs, outputs, wants):
    draws, p = np.asarray(outputs[0], np.float64), np.asarray(inputs[0], np.float64)
    if outputs[0].shape != wants[0].shape or outputs[0].dtype != wants[0].dtype:
        raise Failed(f"{outputs[0].dtype} {list(outputs[0].shape)}, expected {wants[0].dtype} {list(wants[0].shape)}")
    if not np.isin(draws, (0, 1)).all() or draws[p <= 0].any() or not draws[p >= 1].all():
        raise Failed(f"expected zeros and ones, got {draws.reshape(-1)[:8]}")
    if abs(draws.sum() - p.sum()) > SIGMAS * np.sqrt((p * (1 - p)).sum()) + 1e-9:
        raise Failed(f"{draws.sum():.0f} ones, expected about {p.sum():.1f}")


def dropout(inputs, outputs, wants):
    x = np.asarray(inputs[0], np.float64)
    ratio = float(inputs[1]) if len(inputs) > 1 and inputs[1].size and inputs[1].dtype.kind == "f" else 0.5
    y = np.asarray(outputs[0], np.float64)
    kept = y != 0
    if not np.allclose(y, np.where(kept, x / (1 - ratio) if ratio < 1 else 0, 0), rtol=1e-3, atol=1e-6):
        raise Failed("expected zeros and scaled inputs")
    if len(outputs) > 1 and not np.array_equal(outputs[1][x != 0], kept[x != 0]):
        raise Failed("the mask does not say what was kept")
    _share(int(kept[x != 0].sum()), int((x != 0).sum()), 1 - ratio, "kept")


def check(name, inputs, outputs, wants):
    (bernoulli if "bernoulli" in name else dropout)(inputs, outputs, wants)
