# Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What is not released: operators of opsets 27 and 28, and of the preview domains."""

import numpy as np
import onnx
from onnx import TensorProto, helper

from ..builder import C, Case, X, single

TRAINING, PREVIEW = "ai.onnx.preview.training", "ai.onnx.preview"


def preview(name, kind, *operands, opset=28, outputs=2, **attributes):
    return single(name, kind, *operands, opset=opset, outputs=outputs, reference="onnx", **attributes)


def modifier(name, kind, value):
    """A graph of one node: kind(x, value)."""
    of = lambda what: helper.make_tensor_value_info(what, TensorProto.FLOAT, ["B", "H", "L", "S"])
    constant = onnx.numpy_helper.from_array(np.float32(value), "value")
    return helper.make_graph([helper.make_node(kind, ["x", "value"], ["y"])], name, [of("x")], [of("y")], [constant])


def cases():
    yield preview("swiglu", "SwiGLU", X("n=3|2", 5), X("n", 5), outputs=1, alpha=0.5)
    yield preview("range_float16", "Range", *(C(np.float16(v)) for v in (1, 9, 1.5)), outputs=1)
    yield preview("spacetodepth_crd", "SpaceToDepth", X(1, 2, "h=4|6", 4), outputs=1, blocksize=2, mode="CRD")
    yield preview("bitshift_signed", "BitShift", X(9, dtype="int16", low=-300, high=300),
                  C(np.int16([0, 1, 2, 15, 16, 17, -1, 3, 4])), outputs=1, direction="RIGHT")
    yield preview("mod_floor", "Mod", C(np.float32([5, -5, 5, -5, -0.0, 0.0])), C(np.float32([3, 3, -3, -3, 2, -2])), outputs=1)

    x = ("n=2|1", 4, "t=8|3")
    yield preview("causalconv", "CausalConvWithState", X(*x), X(4, 1, 3), X(4))
    yield preview("causalconv_past", "CausalConvWithState", X(*x), X(4, 1, 4), None, X("n", 4, 3), activation="silu")
    yield preview("causalconv_single", "CausalConvWithState", X(*x), X(4, 1, 1))
    yield preview("causalconv_any", "CausalConvWithState", X("n=2|1", "c=3|4", "t=8|3"), X("c", 1, "k=3|2"), X("c"))

    heads = lambda count, size: X("n=2|1", "t=5|3", count * size)
    rules = {"linear": (), "gated": ("decay",), "delta": ("beta",), "gated_delta": ("decay", "beta")}
    for rule, needs in rules.items():
        yield preview(f"linearattention_{rule}", "LinearAttention", heads(4, 3), heads(2, 3), heads(2, 5), None,
                      X("n", "t", 2, low=-1, high=0) if "decay" in needs else None,
                      X("n", "t", 2, low=0, high=1) if "beta" in needs else None, q_num_heads=4, kv_num_heads=2, update_rule=rule)
    yield preview("linearattention_past", "LinearAttention", heads(2, 3), heads(2, 3), heads(2, 3), X("n", 2, 3, 3), heads(2, 3),
                  q_num_heads=2, kv_num_heads=2, update_rule="gated", scale=0.3)

    q, kv = X("n=1|2", 4, "l=3|2", 6), lambda size: X("n", 2, "s=5|4", size)
    for name, graphs in {"plain": {}, "mods": {"score_mod": modifier("score_mod", "Add", 0.5), "prob_mod": modifier("prob_mod", "Mul", 2)}}.items():
        yield single(f"flexattention_{name}", "FlexAttention", q, kv(6), kv(4), domain=PREVIEW, opset=26, reference="onnx", **graphs)

    rate, step = X(values=np.float32(0.1)), X(values=np.int64(3))
    tensors = lambda kinds: [X(d, 3, low=0, high=1) for _ in range(kinds) for d in (2, 4)]
    options = {"domain": TRAINING, "opset": 22, "reference": "onnx"}
    yield single("adagrad", "Adagrad", rate, step, *tensors(3), outputs=4, norm_coefficient=0.01, decay_factor=0.1, epsilon=1e-5, **options)
    yield single("adam", "Adam", rate, step, *tensors(4), outputs=6, norm_coefficient=0.01, norm_coefficient_post=0.1, **options)
    for mode in ("standard", "nesterov"):
        yield single(f"momentum_{mode}", "Momentum", rate, step, *tensors(3), outputs=4, norm_coefficient=0.01, alpha=0.9, beta=0.5,
                     mode=mode, **options)
