# Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Operators of the com.microsoft domain on quantized numbers."""

import numpy as np

from ..builder import C, Case, W, X
from .microsoft import DOMAIN, ms

u8 = lambda value: C(np.uint8(value))
i8 = lambda value: C(np.int8(value))
scale = lambda value: C(np.float32(value))


def bytes_of(*dims):
    return X(*dims, dtype="uint8", high=255)


def signed_of(*dims):
    return X(*dims, dtype="int8", low=-128, high=127)


def elementwise():
    a, b = (lambda: bytes_of("n=3|5", 9)), (lambda: W(1, 9, dtype="uint8", high=255))
    two = lambda: (a(), scale(0.02), u8(128), b(), scale(0.03), u8(100), scale(0.05), u8(110))
    yield ms("qlinearadd", "QLinearAdd", *two())
    yield ms("qlinearmul", "QLinearMul", *two())
    yield ms("qlinearadd_int8", "QLinearAdd", signed_of("n=3|5", 9), scale(0.02), i8(1), signed_of("n", 9), scale(0.03), i8(-2),
             scale(0.05), i8(3))
    yield ms("qlinearsigmoid", "QLinearSigmoid", a(), scale(0.05), u8(128), scale(1 / 256), u8(0))
    yield ms("qlinearleakyrelu", "QLinearLeakyRelu", a(), scale(0.05), u8(128), scale(0.05), u8(128), alpha=0.1)
    for opset, axis in ((13, -1), (12, 1)):  # an attribute has the name of ours
        case = Case(f"qlinearsoftmax_{opset}", opset=17)
        x = bytes_of("n=3|5", 4, 9)
        attributes = {"opset": opset, "axis": axis}
        yield case.out(case.op("QLinearSoftmax", x, scale(0.05), u8(128), scale(1 / 256), u8(0), domain=DOMAIN, **attributes))
    yield ms("qlinearwhere", "QLinearWhere", X("n=3|5", 1, dtype="bool"), bytes_of("n", 9), scale(0.02), u8(128), bytes_of(9), scale(0.03),
             u8(100), scale(0.05), u8(110))
    for keep in (0, 1):
        yield ms(f"qlinearreducemean_{keep}", "QLinearReduceMean", bytes_of("n=2|3", 5, 4), scale(0.02), u8(128), scale(0.015), u8(120),
                 axes=[1, 2], keepdims=keep, reference=reduce_mean(bool(keep)))


def reduce_mean(keep):
    def run(x):
        mean = ((x.astype("f8") - 128) * 0.02).mean((1, 2), keepdims=keep)
        return np.clip(np.rint(mean / 0.015) + 120, 0, 255).astype("u1")
    return run


def windows():
    ends = (scale(0.02), u8(128), scale(0.0137), u8(120))  # so that no mean is between two numbers
    yield ms("qlinearglobalaveragepool", "QLinearGlobalAveragePool", bytes_of("n=1|2", 3, 4, 5), *ends)
    yield ms("qlinearglobalaveragepool_last", "QLinearGlobalAveragePool", bytes_of(1, "h=4|3", 5, 3), *ends, channels_last=1)
    yield ms("qlinearaveragepool", "QLinearAveragePool", bytes_of("n=1|2", 3, 6, 5), *ends, kernel_shape=[3, 3], strides=[2, 1],
             pads=[1, 1, 1, 1])
    yield ms("qlinearaveragepool_last", "QLinearAveragePool", bytes_of(1, 6, "w=5|7", 3), *ends, kernel_shape=[2, 3], channels_last=1,
             count_include_pad=1)
    yield ms("qlinearconcat", "QLinearConcat", scale(0.03), u8(10), bytes_of("n=2|1", 3), scale(0.02), u8(128), bytes_of("n", 4),
             scale(0.03), u8(10), axis=1)
    filters = lambda: (W(4, 3, 3, 3, dtype="int8", low=-128, high=127), W(4, low=0.005, high=0.02), C(np.zeros(4, np.int8)), scale(0.2),
                       u8(100), W(4, dtype="int32", low=-500, high=500))
    yield ms("qlinearconv_last", "QLinearConv", bytes_of("n=1|2", 6, "w=6|5", 3), scale(0.02), u8(128), *filters(), pads=[1] * 4,
             channels_last=1, kernel_shape=[3, 3])
    yield ms("qlinearconv", "QLinearConv", bytes_of(1, 3, 6, 6), scale(0.02), u8(128), *filters())


def products():
    yield ms("matmulintegertofloat", "MatMulIntegerToFloat", bytes_of("m=4|2", 9), W(9, 5, dtype="uint8", high=255), scale(0.02),
             scale(0.01), u8(128), u8(120), W(5))
    yield ms("matmulintegertofloat_columns", "MatMulIntegerToFloat", bytes_of("m=4|2", 9), W(9, 5, dtype="int8", low=-128, high=127),
             scale(0.02), W(5, low=0.01, high=0.02), u8(128), W(5, dtype="int8"))
    yield ms("dynamicquantizematmul", "DynamicQuantizeMatMul", X("m=4|2", 9), W(9, 5, dtype="uint8", high=255), scale(0.01), u8(120), W(5),
             tolerance=2e-2)
    qgemm = lambda *rest: (bytes_of("m=4|2", 9), scale(0.02), u8(128), W(5, 9, dtype="int8", low=-128, high=127), scale(0.01), i8(0), *rest)
    yield ms("qgemm", "QGemm", *qgemm(W(5, dtype="int32", low=-900, high=900)), transB=1)
    yield ms("qgemm_quantized", "QGemm", *qgemm(W(5, dtype="int32", low=-900, high=900), scale(0.1), u8(128)), transB=1, alpha=0.5)
    yield ms("qgemm_columns", "QGemm", bytes_of(9, 4), scale(0.02), u8(128), W(9, 5, dtype="int8", low=-128, high=127),
             W(5, low=0.01, high=0.02), W(5, dtype="int8"), transA=1)


def packed(bits, n, k, block, zeros=None, bias=False, dtype="float32", rows=("m=3|1",), **kwargs):
    """MatMulNBits with everything that is asked for."""
    blocks = -(-k // block)
    operands = [X(*rows, k, dtype=dtype), W(n, blocks, block * bits // 8, dtype="uint8", high=255),
                W(n * blocks, dtype=dtype, low=0.05, high=0.1), None, None, None]
    if zeros == "packed":
        operands[3] = W(n * -(-blocks * bits // 8), dtype="uint8", high=255)
    elif zeros == "float":
        operands[3] = W(n * blocks, dtype=dtype, low=0, high=2**bits - 1)
    if bias:
        operands[5] = W(n, dtype=dtype)
    while operands[-1] is None:
        operands.pop()
    name = f"matmulnbits{bits}_{n}x{k}_{block}" + (f"_{zeros}" if zeros else "") + "_bias" * bias + f"_{dtype}"
    return ms(name, "MatMulNBits", *operands, bits=bits, N=n, K=k, block_size=block, opset=21, **kwargs)


def by_group(groups):
    """MatMulNBits of 4 bits with two groups, as `g_idx` names them."""
    nibbles = lambda b: np.stack([b & 15, b >> 4], -1).reshape(len(b), -1).astype("f4")
    def run(a, b, scales, zeros):
        w = (nibbles(b) - nibbles(zeros)[:, groups]) * scales.reshape(-1, 2)[:, groups]
        return a @ w.T
    return run


def packed_reference(bits, n, k, block):
    """Weights and scales are inputs, so that the formula can see them."""
    def run(a, b, scales):
        codes = np.stack([(b >> (i * bits)) & (2**bits - 1) for i in range(8 // bits)], -1).reshape(n, -1, block)
        w = ((codes - 2.0**(bits - 1)) * scales.reshape(n, -1, 1)).reshape(n, -1)[:, :k]
        return (a @ w.T).astype(a.dtype)
    blocks = -(-k // block)
    operands = [X("m=3|1", k), X(n, blocks, block * bits // 8, dtype="uint8", high=255), X(n, blocks, low=0.05, high=0.1)]
    return ms(f"matmulnbits{bits}_inputs", "MatMulNBits", *operands, bits=bits, N=n, K=k, block_size=block, opset=21, reference=run)


def weights():
    for bits in (4, 8):
        yield packed(bits, 7, 64, 32)
        yield packed(bits, 7, 96, 32, zeros="packed", rows=("b=2|1", "m=3|4"))
        yield packed(bits, 16, 80, 16, zeros="packed", bias=True)
        yield packed(bits, 5, 50, 16, zeros="packed")
    yield packed(4, 7, 64, 32, zeros="float")
    groups = np.int32([0, 1, 1, 0] * 16)
    yield ms("matmulnbits4_groups", "MatMulNBits", X("m=3|1", 64), X(7, 2, 16, dtype="uint8", high=255), X(14, low=0.05, high=0.1),
             X(7, dtype="uint8", high=255), C(groups), bits=4, N=7, K=64, block_size=32, opset=21, reference=by_group(groups))
    yield packed(4, 8, 64, 32, dtype="float16", tolerance=2e-3)
    yield packed(4, 8, 64, 32, zeros="packed", dtype="float16", bias=True, tolerance=2e-3)
    yield packed(2, 8, 128, 32)
    for bits in (2, 4, 8):
        yield packed_reference(bits, 6, 80, 32)
    for kind in (0, 1):
        yield ms(f"matmulbnb4_{kind}", "MatMulBnb4", X("m=3|1", 64), W(10 * 64 // 2, dtype="uint8", high=255),
                 W(10 * 64 // 32, low=0.5, high=1), N=10, K=64, block_size=32, quant_type=kind)
    for bits in (4, 8):
        table = lambda: W(20, 64 * bits // 8, dtype="uint8", high=255)
        ids = lambda: X("b=2|1", "n=3|4", dtype="int64", low=0, high=19)
        yield ms(f"gatherblockquantized{bits}", "GatherBlockQuantized", table(), ids(), W(20, 2), bits=bits, block_size=32)
        yield ms(f"gatherblockquantized{bits}_zeros", "GatherBlockQuantized", table(), ids(), W(20, 2),
                 W(20, 2 * bits // 8, dtype="uint8", high=255), bits=bits, block_size=32)
    yield ms("gatherblockquantized_f16", "GatherBlockQuantized", table(), ids(), W(20, 2, dtype="float16"), bits=8, block_size=32,
             tolerance=1e-3)


def networks():
    lstm = lambda directions, columns: (
        X("t=4|2", "b=2|3", 5), W(directions, 5, 24, dtype="int8", low=-128, high=127), W(directions, 6, 24, dtype="int8", low=-128, high=127),
        W(directions, 48), None, None, None, None,
        *(operand for _ in range(2) for operand in (W(directions, *columns, low=0.002, high=0.004), W(directions, *columns, dtype="int8",
                                                                                                   low=0, high=0))))
    # ONNX Runtime quantizes the inputs of each step, too.
    yield ms("dynamicquantizelstm", "DynamicQuantizeLSTM", *lstm(1, ()), hidden_size=6, outputs=3, tolerance=3e-2)
    yield ms("dynamicquantizelstm_both", "DynamicQuantizeLSTM", *lstm(2, (24,)), hidden_size=6, outputs=3, direction="bidirectional",
             tolerance=3e-2)
    q = lambda *dims: W(*dims, dtype="uint8", high=255)
    yield ms("qembedlayernorm", "QEmbedLayerNormalization", X("b=2|1", "n=5|3", dtype="int32", low=0, high=9),
             X("b", "n", dtype="int32", low=0, high=1), q(10, 8), q(6, 8), q(2, 8), q(8), q(8), None, scale(0.01), scale(0.02), scale(0.03),
             scale(0.02), scale(0.01), u8(128), u8(120), u8(100), u8(3), u8(5), outputs=2)


def cases():
    for family in (elementwise, windows, products, weights, networks):
        yield from family()
