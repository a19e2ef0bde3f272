# Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Transforms of signals, and random numbers, which are held to their statistics."""

import numpy as np
from onnx import parser

from ..builder import C, Case, X, element_type, single, unknown_dims


def cases():
    yield from transforms()
    yield from draws()


def transforms():
    scalar = lambda value: C(np.array(value, np.int64))
    dft = lambda name, *inputs, **attributes: single("dft_" + name, "DFT", *inputs, opset=20, reference="onnx", tolerance=2e-4, **attributes)
    for parts, kind in ((1, "real"), (2, "complex")):
        for n in (1, 2, 7, 16, 100):
            yield dft(f"{kind}_{n}", X(2, n, parts))
        for n in (2048, 1500):  # products of factors
            yield dft(f"{kind}_{n}", X(1, n, parts))
        yield dft(f"{kind}_prime", X(1, 547, parts))
        yield dft(f"{kind}_axis", X(3, 5, 4, parts), None, scalar(0))
        yield dft(f"{kind}_run_axis", X(3, 5, 4, parts), None, X(values=np.array(1, np.int64)))
        yield dft(f"{kind}_cut", X(2, 12, parts), scalar(8), scalar(1))
        yield dft(f"{kind}_padded", X(2, 12, parts), scalar(20), scalar(1))
        yield dft(f"{kind}_padded_far", X(1, 1000, parts), scalar(1200), scalar(1))
        yield dft(f"{kind}_run_length", X(2, 12, parts), X(values=np.array(15, np.int64)), scalar(1))
        yield dft(f"{kind}_inverse", X(2, 12, parts), inverse=1)
        yield unknown_dims(dft(f"{kind}_inverse_any", X(2, 12, parts), inverse=1))
        yield dft(f"{kind}_inverse_long", X(1, 960, parts), inverse=1)
        yield unknown_dims(dft(f"{kind}_any", X(2, 9, parts)))
        yield unknown_dims(dft(f"{kind}_any_cut", X(2, 9, 3, parts), scalar(6), scalar(1)))
    for n in (9, 10, 1024):
        yield dft(f"onesided_{n}", X(2, n, 1), onesided=1)
        yield dft(f"irfft_{n}", X(2, n // 2 + 1, 2), scalar(n), onesided=1, inverse=1)
    yield unknown_dims(dft("onesided", X(2, 10, 1), onesided=1))
    yield unknown_dims(dft("irfft", X(2, 6, 2), onesided=1, inverse=1))
    yield dft("irfft_short", X(2, 4, 2), scalar(11), scalar(1), onesided=1, inverse=1)
    yield dft("f64", X(2, 9, 1, dtype="float64"))
    yield single("dft_opset17", "DFT", X(2, 5, 4, 1), opset=17, axis=2, onesided=1, reference="onnx", tolerance=2e-4)

    stft = lambda name, *inputs, **attributes: single("stft_" + name, "STFT", *inputs, opset=17, tolerance=2e-4, **attributes)
    window = lambda n: C(np.hanning(n).astype(np.float32))
    yield stft("window", X(2, 64, 1), scalar(8), window(16))
    yield stft("frame", X(2, 64, 1), scalar(6), None, scalar(20), onesided=0)
    yield stft("both", X(1, 50, 1), scalar(7), window(12), scalar(12))
    yield stft("complex", X(1, 50, 2), scalar(7), window(12), onesided=0)
    yield stft("dynamic", X("b=2|1", "t=64|51", 1), scalar(8), window(16))
    yield unknown_dims(stft("any", X(2, 40, 1), scalar(8), X(16)))
    yield stft("run_step", X(1, 50, 1), X(values=np.array(5, np.int64)), window(12))
    mel = lambda name, make: single("mel_" + name, "MelWeightMatrix", make(np.int64(8)), make(np.int64(64)), make(np.int64(8192)),
                                    make(np.float32(0)), make(np.float32(4096)), opset=17, reference="onnx")
    yield mel("constant", C)
    yield mel("run", lambda value: X(values=value))
    yield single("mel_f64", "MelWeightMatrix", C(np.int64(20)), C(np.int64(512)), C(np.int64(16000)), C(np.float32(20)), C(np.float32(7600)),
                 opset=17, output_datatype=element_type("double"), reference="onnx")


# --- numbers that are known by their statistics ----------------------------------------------------------------------


def statistics(name, draw, wants, tolerance=0.02):
    """A model that draws, and gives [mean, mean of squares, minimum, maximum] of what it drew."""
    case = Case("draws_" + name, reference=lambda *_: np.array(wants, np.float32), tolerance=tolerance)
    y = case.op("Cast", draw(case), to=element_type("float"))
    parts = [y, case.op("Mul", y, y)]
    means = [case.op("ReduceMean", part, keepdims=0) for part in parts]
    ends = [case.op(kind, y, keepdims=0) for kind in ("ReduceMin", "ReduceMax")]
    rows = [case.op("Unsqueeze", value, C([0])) for value in means + ends]
    return case.out(case.op("Concat", *rows, axis=0))


def draws():
    size = [200, 500]
    types = [("float", 1), ("double", 11), ("float16", 10), ("bfloat16", 16)]
    for name, dtype in types:
        yield statistics(f"uniform_{name}", lambda c: c.op("RandomUniform", shape=size, dtype=dtype, low=1.0, high=3.0), [2, 13 / 3, 1, 3])
    yield statistics("uniform_seeded", lambda c: c.op("RandomUniform", shape=size, seed=5.0), [0.5, 1 / 3, 0, 1])
    yield statistics("uniform_like", lambda c: c.op("RandomUniformLike", X("n=300|500", 300), low=-1.0), [0, 1 / 3, -1, 1])
    yield statistics("bernoulli", lambda c: c.op("Bernoulli", X(values=np.full((300, 300), 0.3, np.float32))), [0.3, 0.3, 0, 1])
    yield statistics("bernoulli_int", lambda c: c.op("Bernoulli", X(values=np.full((300, 300), 0.7, np.float32)), dtype=7, seed=3.0),
                     [0.7, 0.7, 0, 1])
    ones = lambda: X(values=np.ones((300, 300), np.float32))
    train = lambda c, **more: c.op("Dropout", ones(), C(np.float32(0.25)), X(values=np.array(True)), **more)
    yield statistics("dropout", train, [1, 4 / 3, 0, 4 / 3])
    yield statistics("dropout_mask", lambda c: train(c, outputs=2, seed=7)[1], [0.75, 0.75, 0, 1])
    # 0, 1, 2 with the probabilities 1/2, 3/8, 1/8
    logits = np.log(np.array([[4, 3, 1]] * 20, np.float32))
    yield statistics("multinomial", lambda c: c.op("Multinomial", X(values=logits), sample_size=5000), [5 / 8, 7 / 8, 0, 2])

    for name, dtype in types:
        yield moments(f"normal_{name}", lambda c: c.op("RandomNormal", shape=size, dtype=dtype, mean=1.0, scale=2.0))
    yield moments("normal_like", lambda c: c.op("RandomNormalLike", X("n=300|500", 300), mean=1.0, scale=2.0, seed=2.0))
    yield single("dropout_idle", "Dropout", X(3, 40), C(np.float32(0.5)), X(values=np.array(False)), outputs=2, reference="onnx")
    yield single("dropout_zero", "Dropout", X(3, 40), C(np.float32(0)), X(values=np.array(True)), outputs=2, reference="onnx")

    # Equal seeds draw equal numbers, nodes without a seed others; and so do the iterations of a loop.
    same = Case("draws_same_seed", reference=lambda *_: np.zeros((50, 40), np.float32))
    a, b = (same.op("RandomNormal", shape=[50, 40], seed=4.0) for _ in range(2))
    yield same.out(same.op("Sub", a, b))
    other = Case("draws_other_seed", reference=lambda *_: np.float32(1 / 6), tolerance=0.02)
    a, b = (other.op("RandomUniform", shape=[300, 300]) for _ in range(2))
    difference = other.op("Sub", a, b)
    yield other.out(other.op("ReduceMean", other.op("Mul", difference, difference), keepdims=0))
    loop = Case("draws_in_loop", reference=lambda *_: np.float32(1 / 6), tolerance=0.02)
    body = parser.parse_graph("""body (int64 i, bool go) => (bool again, float[300] each) {
        again = Identity(go)
        each = RandomUniform<shape = [300], seed = 1.0>()
    }""")
    rows = loop.op("Loop", loop.value(C(np.int64(300))), "", body=body)
    ends = [loop.op("Slice", rows, C([start]), C([end]), C([0])) for start, end in ((0, 299), (1, 300))]
    difference = loop.op("Sub", *ends)
    yield loop.out(loop.op("ReduceMean", loop.op("Mul", difference, difference), keepdims=0))


def moments(name, draw):
    """[mean, variance, mean of cubes, share within one deviation] of normal numbers of mean 1 and deviation 2."""
    case = Case("draws_" + name, reference=lambda *_: np.array([0, 1, 0, 3, 0.6827], np.float32), tolerance=0.03)
    z = case.op("Div", case.op("Sub", case.op("Cast", draw(case), to=element_type("float")), C(np.float32(1))), C(np.float32(2)))
    square = case.op("Mul", z, z)
    inside = case.op("Cast", case.op("Less", square, C(np.float32(1))), to=element_type("float"))
    values = [z, square, case.op("Mul", square, z), case.op("Mul", square, square), inside]
    rows = [case.op("Unsqueeze", case.op("ReduceMean", value, keepdims=0), C([0])) for value in values]
    return case.out(case.op("Concat", *rows, axis=0))
