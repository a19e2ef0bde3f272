# Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Attention of the com.microsoft domain, in the forms that ONNX Runtime runs."""

import numpy as np

from ..builder import C, Case, W, X
from .microsoft import DOMAIN, ms

i32 = lambda *values: X(values=np.int32(values))


def self_attention():
    x = lambda: X("b=2|1", "n=4|3", 8)
    weights = lambda: (W(8, 24), W(24))
    yield ms("attention", "Attention", x(), *weights(), num_heads=2)
    yield ms("attention_causal", "Attention", x(), *weights(), num_heads=2, unidirectional=1, scale=0.7)
    yield ms("attention_sizes", "Attention", x(), W(8, 6 + 6 + 10), W(22), num_heads=2, qkv_hidden_sizes=[6, 6, 10])
    yield ms("attention_mask", "Attention", x(), *weights(), X("b", "n", dtype="int32", low=0, high=1), num_heads=2)
    yield ms("attention_mask3", "Attention", x(), *weights(), X("b", "n", "n", dtype="int32", low=0, high=1), num_heads=2,
             mask_filter_value=-500.0)
    yield ms("attention_lengths", "Attention", X(2, 4, 8), *weights(), i32(3, 4), num_heads=2)
    yield ms("attention_ranges", "Attention", X("b=2", 4, 8), *weights(), i32(3, 4, 0, 1), num_heads=2)
    yield ms("attention_bias", "Attention", x(), *weights(), None, None, X("b", 2, "n", "n"), num_heads=2)
    past = lambda: X(2, "b", 2, "p=3|0", 4)
    yield ms("attention_past", "Attention", x(), *weights(), None, past(), num_heads=2, unidirectional=1, outputs=2)
    yield ms("attention_past_mask", "Attention", x(), *weights(), X("b", "t=7|3", dtype="int32", low=0, high=1), past(), num_heads=2,
             unidirectional=1, outputs=2)
    byte, scale = (lambda value: C(np.uint8(value))), (lambda value: C(np.float32(value)))
    quantized = lambda: (X("b=2|1", "n=4|3", 8, dtype="uint8", high=255), W(8, 24, dtype="uint8", high=255), W(24), scale(0.01), scale(0.02))
    yield ms("qattention", "QAttention", *quantized(), None, byte(128), byte(120), num_heads=2)
    yield ms("qattention_past", "QAttention", *quantized(), X("b", "t=7|3", dtype="int32", low=0, high=1), byte(128), byte(120), past(),
             num_heads=2, unidirectional=1, outputs=2)


def multi_head():
    q, kv = (lambda: X("b=2|1", "n=4|3", 8)), (lambda: X("b", "l=5|2", 8))
    yield ms("multiheadattention", "MultiHeadAttention", q(), kv(), kv(), num_heads=2)
    yield ms("multiheadattention_bias", "MultiHeadAttention", q(), kv(), X("b", "l", 12), W(8 + 8 + 12), num_heads=2, scale=0.3)
    yield ms("multiheadattention_causal", "MultiHeadAttention", q(), X("b", "n", 8), X("b", "n", 8), num_heads=2, unidirectional=1)
    yield ms("multiheadattention_packed", "MultiHeadAttention", X("b=2|1", "n=4|3", 2, 3, 4), num_heads=2,
             reference=lambda x: attend(*np.moveaxis(x, 3, 0)))
    yield ms("multiheadattention_packed_kv", "MultiHeadAttention", q(), X("b", "l=5|2", 2, 2, 4), num_heads=2,
             reference=lambda q, kv: attend(q, *np.moveaxis(kv, 3, 0)))
    yield ms("multiheadattention_cross", "MultiHeadAttention", q(), X("b", 2, "l=5|2", 4), X("b", 2, "l", 4), num_heads=2)
    yield ms("multiheadattention_padding", "MultiHeadAttention", q(), kv(), kv(), None, X("b", "l", dtype="int32", low=0, high=1),
             num_heads=2)
    yield ms("multiheadattention_lengths", "MultiHeadAttention", X(2, 4, 8), X(2, 5, 8), X(2, 5, 8), None, i32(3, 5), num_heads=2)
    yield ms("multiheadattention_scores", "MultiHeadAttention", q(), kv(), kv(), None, None, X(1, 2, "n", "l"), num_heads=2)
    now = lambda: X("b", "n", 8)
    past = lambda: X("b", 2, "p=3|0", 4)
    yield ms("multiheadattention_past", "MultiHeadAttention", q(), now(), now(), None, None, None, past(), past(), num_heads=2, outputs=3)
    yield ms("multiheadattention_past_bias", "MultiHeadAttention", q(), now(), now(), W(24), X("b", "t=7|3", dtype="int32", low=0, high=1),
             X("b", 2, "n", "t"), past(), past(), num_heads=2, outputs=3)
    one = lambda: X("b=2|1", 1, 8)
    yield ms("decodermaskedmultiheadattention", "DecoderMaskedMultiHeadAttention", one(), one(), one(), None, None, X("b", 2, "p=3|1", 4),
             X("b", 2, "p", 4), num_heads=2, outputs=3, reference=decode)


def heads_of(x):
    """Of batch x length x 8, or with two heads apart."""
    return x.reshape(*x.shape[:2], 2, 4).transpose(0, 2, 1, 3)


def attend(q, k, v):
    s = heads_of(q) @ heads_of(k).swapaxes(2, 3) / 2
    e = np.exp(s - s.max(-1, keepdims=True))
    return ((e / e.sum(-1, keepdims=True)) @ heads_of(v)).transpose(0, 2, 1, 3).reshape(*q.shape[:2], 8)


def decode(q, k, v, past_k, past_v):
    """One token after those of the past."""
    keys, values = np.concatenate([past_k, heads_of(k)], 2), np.concatenate([past_v, heads_of(v)], 2)
    flat = lambda x: x.transpose(0, 2, 1, 3).reshape(len(x), -1, 8)
    return attend(q, flat(keys), flat(values)), keys, values


def group_query():
    def gqa(name, *, prompt=False, packed=False, past=3, rows=2, heads=4, kv=2, size=8, tokens=1, dtype="float32", extra=(), lens=None,
            buffer=None, outputs=3, **kwargs):
        total = tokens if prompt else past + tokens
        lens = lens or [total] * rows
        x = lambda *dims: X(*dims, dtype=dtype)
        query = [x(rows, tokens, (heads + 2 * kv) * size), None, None] if packed else [
            x(rows, tokens, heads * size), x(rows, tokens, kv * size), x(rows, tokens, kv * size)]
        slots = buffer if buffer is not None else (0 if prompt else past)
        cache = [x(rows, kv, slots, size), x(rows, kv, slots, size)]
        return ms("groupqueryattention_" + name, "GroupQueryAttention", *query, *cache, X(values=np.int32(lens) - 1), C(np.int32(total)),
                  *extra, num_heads=heads, kv_num_heads=kv, outputs=outputs, **kwargs)

    caches = lambda dtype="float32", half=8: (W(16, half, dtype=dtype), W(16, half, dtype=dtype))
    yield gqa("prompt", prompt=True, tokens=5)
    yield gqa("decode")
    yield gqa("packed", packed=True, prompt=True, tokens=5)
    yield gqa("packed_decode", packed=True)
    yield gqa("rotary", size=16, prompt=True, tokens=5, extra=caches(), do_rotary=1)
    yield gqa("rotary_decode", size=16, lens=[4, 4], extra=caches(), do_rotary=1, rotary_interleaved=1)
    yield gqa("rotary_partial", packed=True, extra=caches(), size=32, do_rotary=1)
    yield gqa("rotary_packed_decode", size=16, packed=True, extra=caches(), do_rotary=1)
    yield gqa("window", prompt=True, tokens=7, local_window_size=3)
    yield gqa("window_decode", past=6, local_window_size=3)
    yield gqa("softcap", prompt=True, tokens=5, softcap=0.5)
    yield gqa("scores", prompt=True, tokens=5, qk_output=1, outputs=4)
    yield gqa("weights", prompt=True, tokens=5, qk_output=2, outputs=4)
    yield gqa("weights_decode", buffer=6, qk_output=2, outputs=4)
    yield gqa("scale", prompt=True, tokens=5, scale=0.2)
    yield gqa("lengths", lens=[3, 4])
    yield gqa("buffer", buffer=6)
    yield gqa("buffer_prompt", prompt=True, tokens=4, buffer=6)
    yield gqa("continued", past=3, tokens=2, rows=1)
    yield gqa("smooth", prompt=True, tokens=4, smooth_softmax=1)
    yield gqa("sink", prompt=True, tokens=4, extra=(None, None, None, None, W(4)))
    yield gqa("bias", prompt=True, tokens=4, extra=(None, None, None, X(1, 4, 4, 4)))
    yield gqa("half", size=16, dtype="float16", extra=caches("float16"), do_rotary=1, tolerance=2e-3)


def positions():
    caches = lambda: (W(16, 4), W(16, 4))
    ids = lambda *dims: X(*dims, dtype="int64", low=0, high=15)
    yield ms("rotaryembedding", "RotaryEmbedding", X(1, 2, 4, 8), X(values=np.int64([[0, 1, 2, 3]])), *caches())
    yield ms("rotaryembedding_flat", "RotaryEmbedding", X("b=2|1", "n=4|3", 24), ids("b", "n"), *caches(), interleaved=1)
    yield ms("rotaryembedding_start", "RotaryEmbedding", X("b=2|1", 3, "n=4|3", 8), X(values=np.int64([5])), *caches())
    yield ms("rotaryembedding_partial", "RotaryEmbedding", X("b=2|1", 3, "n=4|3", 12), ids("b", "n"), *caches(), rotary_embedding_dim=8,
             num_heads=3)
    yield ms("rotaryembedding_f16", "RotaryEmbedding", X(2, 4, 24, dtype="float16"), ids(2, 4), W(16, 4, dtype="float16"),
             W(16, 4, dtype="float16"), tolerance=2e-3)
    for both in (0, 1):
        table = np.random.default_rng(1).random((8, 2)).astype("f4")
        yield ms(f"relativepositionbias_{both}", "RelativePositionBias", C(table), X(values=np.int64([6])), X(values=np.int64([9])),
                 max_distance=20, is_bidirectional=both, reference=lambda q, k, both=both: buckets(table, int(q[0]), int(k[0]), both))


def buckets(table, q, k, both, max_distance=20):
    """The biases of T5."""
    count, distance = len(table), np.arange(k)[None] - np.arange(q)[:, None]
    first = 0
    if both:
        count //= 2
        first, distance = (distance > 0) * count, np.abs(distance)
    else:
        distance = np.maximum(-distance, 0)
    exact = count // 2
    large = exact + np.int64(np.log(np.maximum(distance, 1) / exact) / np.log(max_distance / exact) * (count - exact))
    return table[first + np.where(distance < exact, distance, np.minimum(large, count - 1))].transpose(2, 0, 1)[None]


def decoder(name, dtype="float32", tolerance=1e-4, bits=4):
    """A small language model as exporters write them: packed weights, packed queries, rotation, caches."""
    case = Case(name, opset=21, tolerance=tolerance)
    heads, kv, size, hidden, vocabulary, block = 4, 2, 16, 64, 50, 32
    ids = X("b=1|2", "s=5|1", dtype="int64", low=0, high=vocabulary - 1)
    mask = X("b", "t=5|5", dtype="int64", low=1, high=1)
    w = lambda *dims, **kwargs: W(*dims, dtype=dtype, **kwargs)
    op = lambda kind, *operands, **kwargs: case.op(kind, *operands, domain=DOMAIN, **kwargs)

    def product(x, n, k):
        blocks = k // block
        return op("MatMulNBits", x, W(n, blocks, block * bits // 8, dtype="uint8", high=255), w(n * blocks, low=0.01, high=0.02),
                  W(n * -(-blocks * bits // 8), dtype="uint8", high=255), N=n, K=k, bits=bits, block_size=block)

    valid = case.op("Sub", case.op("ReduceSum", mask, C(np.int64([1])), keepdims=0), C(np.int64(1)))
    lengths = case.op("Cast", valid, to=6)
    total = case.op("Cast", case.op("Gather", case.op("Shape", mask), C(np.int64(1)), axis=0), to=6)
    x = op("GatherBlockQuantized", W(vocabulary, hidden * bits // 8, dtype="uint8", high=255), ids, w(vocabulary, hidden // block),
           bits=bits, block_size=block)
    normal = case.op("SimplifiedLayerNormalization", x, w(hidden), axis=-1)
    presents = []
    for _ in range(2):
        packed = product(normal, (heads + 2 * kv) * size, hidden)
        past = [X("b", kv, "p=0|4", size, dtype=dtype) for _ in range(2)]
        y, k, v = op("GroupQueryAttention", packed, None, None, *past, lengths, total, w(32, size // 2), w(32, size // 2), outputs=3,
                     num_heads=heads, kv_num_heads=kv, do_rotary=1)
        presents += [k, v]
        normal, x = op("SkipSimplifiedLayerNormalization", x, product(y, hidden, heads * size), w(hidden), outputs=(0, 3))
        gate = product(normal, 96, hidden)
        gated = case.op("Mul", case.op("Mul", gate, case.op("Sigmoid", gate)), product(normal, 96, hidden))
        normal, x = op("SkipSimplifiedLayerNormalization", x, product(gated, hidden, 96), w(hidden), outputs=(0, 3))
    return case.out(product(normal, vocabulary, hidden), *presents)


def networks():
    yield decoder("decoder4")
    yield decoder("decoder8", bits=8)
    yield decoder("decoder_f16", dtype="float16", tolerance=5e-3)


def cases():
    for family in (self_attention, multi_head, group_query, positions, networks):
        yield from family()
