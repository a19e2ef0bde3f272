# Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The families of test models: each module yields cases."""

from . import (contraction, control, dtypes, elements, indexing, microsoft, microsoft_attention, microsoft_quantized, ml, movement,
               networks, normalization, parameters, pointwise, pooling, preview, quantization, recurrent, reduction, sequences, shapes, signal, strings,
               upgrades, vision)

MODULES = (pointwise, contraction, pooling, reduction, normalization, movement, indexing, shapes, dtypes, elements, upgrades,
           quantization, recurrent, control, microsoft, microsoft_attention, microsoft_quantized, ml, signal, vision,
           strings, sequences, preview, parameters, networks)


def all_cases():
    """Every case, once; names are unique."""
    seen = set()
    for module in MODULES:
        family = module.__name__.rsplit(".", 1)[-1]
        for case in module.cases():
            case.name = f"{family}.{case.name}"
            assert case.name not in seen, case.name
            seen.add(case.name)
            yield case
