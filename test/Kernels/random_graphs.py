# Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Random graphs of the operators that the `kernels` phase rearranges: convolutions of all kinds, poolings, views,
residual sums, concatenations, attention. A graph is a function of its seed.

A value has a shape for each of the two sets of inputs; a dimension that differs between them is dynamic.
"""

import numpy as np
from onnx import TensorProto, helper

from graph import Graph, Value  # noqa: E402

CHANNELS = [1, 2, 3, 4, 7, 8, 16, 17, 24, 32, 33, 48, 64]


# --- rules: (graph, value) -> value or None -------------------------------------------------------------------------------


def window(g, x, spatial):
    """kernel, strides, dilations, pads, and the output size of each spatial dim, or None."""
    kernel = [g.pick([1, 1, 2, 3, 3, 5, 7]) for _ in range(spatial)]
    if g.chance(0.5):
        kernel = [kernel[0]] * spatial
    strides = [g.pick([1, 1, 1, 2, 3]) for _ in range(spatial)] if g.chance(0.5) else [g.pick([1, 1, 2])] * spatial
    dilations = [g.pick([1, 2, 3]) for _ in range(spatial)] if g.chance(0.2) else [1] * spatial
    reach = [d * (k - 1) for k, d in zip(kernel, dilations)]
    if g.chance(0.5):
        pads = [r // 2 for r in reach] * 2
    else:
        pads = [g.between(0, r) for r in reach] + [g.between(0, r) for r in reach]
    for i in range(spatial):
        if x.smallest(2 + i) + pads[i] + pads[spatial + i] < reach[i] + 1:
            return None
    size = lambda s, i: (s + pads[i] + pads[spatial + i] - reach[i] - 1) // strides[i] + 1
    return kernel, strides, dilations, pads, size


def conv(g, x):
    spatial = x.rank - 2
    chosen = window(g, x, spatial)
    if not chosen:
        return None
    kernel, strides, dilations, pads, size = chosen
    c = x.channels
    kind = g.pick(["plain", "plain", "plain", "depthwise", "grouped"])
    group = 1 if kind == "plain" else c if kind == "depthwise" else g.pick([d for d in range(1, c + 1) if c % d == 0])
    f = g.pick(CHANNELS) if group == 1 else group * g.pick([1, 1, 2, 3])
    if f > 96 or c * f * int(np.prod(kernel)) > 400000:
        return None
    operands = [x, g.weight(f, c // group, *kernel, low=-0.4, high=0.4)]
    if g.chance(0.6):
        operands.append(g.weight(f))
    shapes = x.map(lambda s: [s[0], f] + [size(s[2 + i], i) for i in range(spatial)])
    return g.node("Conv", operands, shapes, kernel_shape=kernel, strides=strides, dilations=dilations, pads=pads,
                  group=group)


def conv_transpose(g, x):
    spatial = x.rank - 2
    if x.largest() > 4000:
        return None
    kernel = [g.pick([1, 2, 3, 4]) for _ in range(spatial)]
    strides = [g.pick([1, 2, 2, 3]) for _ in range(spatial)]
    pads = [g.between(0, (k - 1) // 2) for k in kernel] * 2
    extra = [g.between(0, s - 1) for s in strides]
    c = x.channels
    group = g.pick([1, 1, c])
    each = g.pick([1, 3, 8, 17]) if group == 1 else g.pick([1, 2])
    size = lambda s, i: strides[i] * (s - 1) + extra[i] + kernel[i] - pads[i] - pads[spatial + i]
    if any(size(x.smallest(2 + i), i) < 1 for i in range(spatial)):
        return None
    shapes = x.map(lambda s: [s[0], group * each] + [size(s[2 + i], i) for i in range(spatial)])
    operands = [x, g.weight(c, each, *kernel)] + ([g.weight(group * each)] if g.chance(0.5) else [])
    return g.node("ConvTranspose", operands, shapes, kernel_shape=kernel, strides=strides, pads=pads, group=group,
                  output_padding=extra)


def pool(g, x):
    spatial = x.rank - 2
    kernel = [g.pick([1, 2, 3]) for _ in range(spatial)]
    strides = [g.pick([1, 2]) for _ in range(spatial)]
    pads = [g.between(0, (k - 1) // 2) for k in kernel] + [g.between(0, (k - 1) // 2) for k in kernel]
    if any(x.smallest(2 + i) < kernel[i] for i in range(spatial)):
        return None
    shapes = x.map(
        lambda s: s[:2] + [(s[2 + i] + pads[i] + pads[spatial + i] - kernel[i]) // strides[i] + 1 for i in range(spatial)])
    if g.chance(0.5):
        return g.node("MaxPool", [x], shapes, kernel_shape=kernel, strides=strides, pads=pads)
    return g.node("AveragePool", [x], shapes, kernel_shape=kernel, strides=strides, pads=pads,
                  count_include_pad=g.between(0, 1))


def global_pool(g, x):
    return g.node(g.pick(["GlobalAveragePool", "GlobalMaxPool"]), [x], x.map(lambda s: s[:2] + [1] * (len(s) - 2)))


def activation(g, x):
    kind = g.pick(["Relu", "Relu", "LeakyRelu", "Sigmoid", "HardSwish", "Tanh", "Clip", "PRelu", "Elu", "Mish"])
    if kind == "Clip":
        return g.same("Clip", x, g.constant(np.float32(-0.5)), g.constant(np.float32(1.5)))
    if kind == "PRelu":
        return g.same("PRelu", x, g.weight(x.channels, *[1] * (x.rank - 2)) if x.rank > 2 else g.weight(1))
    return g.same(kind, x)


def batch_norm(g, x):
    c = x.channels
    return g.same("BatchNormalization", x, g.weight(c, low=0.5), g.weight(c), g.weight(c), g.weight(c, low=0.3))


def norm(g, x):
    if g.chance(0.5) and x.rank > 2:
        c = x.channels
        return g.same("InstanceNormalization", x, g.weight(c), g.weight(c))
    if not x.is_static(x.rank - 1):
        return None
    last = x.shapes[0][-1]
    return g.same("LayerNormalization", x, g.weight(last), g.weight(last), axis=-1)


def residual(g, x):
    others = [v for v in g.values if v.shapes == x.shapes and v.name != x.name]
    other = g.pick(others) if others else x
    return g.node(g.pick(["Add", "Add", "Add", "Mul", "Sub", "Max"]), [x, other] if g.chance(0.5) else [other, x],
                  x.shapes)


def two_branches(g, x):
    """Two convolutions of one value, then the sum."""
    c = x.channels

    def branch():
        k = g.pick([1, 3])
        return g.node("Conv", [x, g.weight(c, c, *[k] * (x.rank - 2), low=-0.3, high=0.3), g.weight(c)],
                      x.shapes, kernel_shape=[k] * (x.rank - 2), pads=[k // 2] * (2 * (x.rank - 2)))
    if c > 48 or x.largest() > 20000:
        return None
    a, b = branch(), branch()
    if g.chance(0.3):
        a = g.same("Relu", a)
    total = g.node("Add", [a, b], x.shapes)
    return g.same("Relu", total) if g.chance(0.5) else total


def concat(g, x):
    axis = 1 if g.chance(0.8) else g.between(0, x.rank - 1)
    fits = lambda v: v.rank == x.rank and all(
        [s[i] for s in v.shapes] == [s[i] for s in x.shapes] for i in range(x.rank) if i != axis)
    others = [v for v in g.values if fits(v)]
    parts = [x] + [g.pick(others) for _ in range(g.between(1, 2)) if others]
    if g.chance(0.2) and x.rank > 1 and axis == 1 and all(x.is_static(i) for i in range(x.rank)):
        shape = list(x.shapes[0])
        shape[1] = g.pick([1, 3])
        parts.append(Value(g.weight(*shape), [shape, shape]))
    parts = [parts[i] for i in g.rng.permutation(len(parts))]
    sizes = [sum(v.shapes[i][axis] for v in parts) for i in range(2)]
    shapes = [list(s) for s in x.shapes]
    for shape, size in zip(shapes, sizes):
        shape[axis] = size
    if shapes[0][1] > 96:
        return None
    return g.node("Concat", parts, shapes, axis=axis - x.rank if g.chance(0.3) else axis)


def split(g, x):
    axis = g.pick([i for i in range(x.rank) if x.is_static(i) and x.shapes[0][i] > 1] or [None])
    if axis is None:
        return None
    size = x.shapes[0][axis]
    cut = g.between(1, size - 1)
    names = [f"v{len(g.nodes)}_{i}" for i in range(2)]
    g.nodes.append(
        helper.make_node("Split", [x.name, g.constant(np.array([cut, size - cut], np.int64))], names,
                         name=f"Split_{len(g.nodes)}", axis=axis))
    parts = [Value(n, x.map(lambda s, k=k: s[:axis] + [k] + s[axis + 1:])) for n, k in zip(names, (cut, size - cut))]
    g.values.extend(parts)
    return parts[g.between(0, 1)]


def slice_(g, x):
    axis = g.between(1, x.rank - 1)
    if x.smallest(axis) < 3:
        return None
    start, step = g.between(0, 1), g.pick([1, 2, -1])
    i64 = lambda v: g.constant(np.array([v], np.int64))
    if step < 0:
        shapes = x.shapes
        return g.node("Slice", [x, i64(-1), i64(-2**31), i64(axis), i64(-1)], shapes)
    shapes = x.map(lambda s: s[:axis] + [-(-(s[axis] - start) // step)] + s[axis + 1:])
    return g.node("Slice", [x, i64(start), i64(2**31), i64(axis), i64(step)], shapes)


def shuffle(g, x):
    c = x.channels
    groups = [d for d in range(1, c + 1) if c % d == 0]
    k = g.pick(groups)
    split_ = g.reshape(x, x.map(lambda s: [s[0], k, c // k] + s[2:]))
    if split_ is None:
        return None
    swapped = g.transpose(split_, [0, 2, 1] + list(range(3, x.rank + 1)))
    return g.reshape(swapped, x.shapes)


def depth_to_space(g, x):
    if x.rank != 4 or not g.chance(0.5):
        return None
    if x.channels % 4 == 0:
        return g.node("DepthToSpace", [x], x.map(lambda s: [s[0], s[1] // 4, s[2] * 2, s[3] * 2]), blocksize=2,
                      mode=g.pick(["DCR", "CRD"]))
    return None


def resize(g, x):
    if x.rank != 4 or x.largest() > 8000:
        return None
    mode = g.pick(["nearest", "linear"])
    scales = g.constant(np.array([1, 1, 2, 2], np.float32))
    more = dict(nearest_mode="floor") if mode == "nearest" else {}
    return g.node("Resize", [x, "", scales], x.map(lambda s: [s[0], s[1], s[2] * 2, s[3] * 2]), mode=mode,
                  coordinate_transformation_mode=g.pick(["asymmetric", "half_pixel", "align_corners"]), **more)


def pad(g, x):
    pads = [0] * (2 * x.rank)
    for i in range(1, x.rank):
        pads[i], pads[x.rank + i] = g.between(0, 2), g.between(0, 2)
    mode = g.pick(["constant", "constant", "edge", "reflect"])
    if mode == "reflect" and any(x.smallest(i) < 3 for i in range(1, x.rank)):
        return None
    shapes = x.map(lambda s: [d + pads[i] + pads[x.rank + i] for i, d in enumerate(s)])
    operands = [x, g.constant(np.array(pads, np.int64))]
    if mode == "constant" and g.chance(0.5):
        operands.append(g.constant(np.float32(g.pick([0.0, 1.5]))))
    return g.node("Pad", operands, shapes, mode=mode)


def squeeze_excite(g, x):
    c, hidden = x.channels, g.pick([1, 4, 8])
    ones = [1] * (x.rank - 2)
    pooled = g.node("GlobalAveragePool", [x], x.map(lambda s: s[:2] + ones))
    inner = g.node("Conv", [pooled, g.weight(hidden, c, *ones)], x.map(lambda s: [s[0], hidden] + ones))
    outer = g.node("Conv", [g.same("Relu", inner), g.weight(c, hidden, *ones), g.weight(c)], pooled.shapes)
    return g.node("Mul", [x, g.same("Sigmoid", outer)], x.shapes)


def transposed(g, x):
    order = [int(i) for i in g.rng.permutation(x.rank)]
    y = g.transpose(x, order)
    if g.chance(0.4):
        y = g.same("Relu", y)
    if g.chance(0.3):
        y = g.same("Softmax", y, axis=g.between(-1, 0))
    if g.chance(0.3) and y.is_static(y.rank - 1):
        y = g.same("Add", y, g.weight(y.shapes[0][-1]))
    if g.chance(0.7):
        y = g.transpose(y, [order.index(i) for i in range(x.rank)])
    return y if y.is_static(1) else None


def softmax(g, x):
    return g.same(g.pick(["Softmax", "LogSoftmax"]), x, axis=g.between(-1, x.rank - 1))


def reduce(g, x):
    axes = sorted({g.between(1, x.rank - 1) for _ in range(g.between(1, 2))})
    kind = g.pick(["ReduceMean", "ReduceSum", "ReduceMax", "ReduceL2", "ReduceMin"])
    y = g.node(kind, [x, g.constant(np.array(axes, np.int64))], x.map(lambda s: [1 if i in axes else d for i, d in enumerate(s)]), keepdims=1)
    return g.node(g.pick(["Add", "Sub", "Mul"]), [x, y], x.shapes) if g.chance(0.6) else y


def broadcast(g, x):
    shape = [1 if g.chance(0.4) or not x.is_static(i) else x.shapes[0][i] for i in range(x.rank)]
    if g.chance(0.4):
        shape = shape[g.between(0, x.rank - 1):]
    return g.node(g.pick(["Add", "Mul"]), [x, g.weight(*shape)], x.shapes)


def flatten(g, x):
    features = [int(np.prod(s[1:])) for s in x.shapes]
    if features[0] > 6000 or x.rank < 3:
        return None
    return g.node("Flatten", [x], [(s[0], f) for s, f in zip(x.shapes, features)])


def tokens(g, x):
    """An image as a sequence: (N, C, spatial…) -> (N, T, C)."""
    if x.rank < 4 or not all(x.is_static(i) for i in range(1, x.rank)) or int(np.prod(x.shapes[0][2:])) > 200:
        return None
    y = g.reshape(x, x.map(lambda s: [s[0], s[1], int(np.prod(s[2:]))]))
    return g.transpose(y, [0, 2, 1]) if y else None


def dense(g, x):
    if x.rank == 1 or not x.is_static(x.rank - 1):
        return None
    k, n = x.shapes[0][-1], g.pick([1, 2, 5, 16, 17, 33, 64, 100])
    if k > 3000:
        return None
    scale = 1.0 / max(1.0, k**0.5)
    shapes = x.map(lambda s: s[:-1] + [n])
    if x.rank == 2 and g.chance(0.5):
        transposed_ = g.between(0, 1)
        w = g.weight(*([n, k] if transposed_ else [k, n]), low=-scale, high=scale)
        more = [g.weight(*g.pick([(n,), (1, n), (1,), (1, 1)]))] if g.chance(0.7) else []
        return g.node("Gemm", [x, w, *more], shapes, transB=transposed_, alpha=g.pick([1.0, 0.5]), beta=g.pick([1.0, 2.0]))
    y = g.node("MatMul", [x, g.weight(k, n, low=-scale, high=scale)], shapes)
    return g.same("Add", y, g.weight(n)) if g.chance(0.6) else y


def matmul_vector(g, x):
    if not x.is_static(x.rank - 1) or x.rank < 3:
        return None
    y = g.node("MatMul", [x, g.weight(x.shapes[0][-1])], x.map(lambda s: s[:-1]))
    return y if y.is_static(1) else None


def attention(g, x):
    if x.rank != 3 or not x.is_static(2) or x.shapes[0][2] > 128:
        return None
    e = x.shapes[0][2]
    heads = g.pick([h for h in (1, 2, 3, 4, 8) if e % h == 0])
    def project():
        y = g.node("MatMul", [x, g.weight(e, e, low=-0.3, high=0.3)], x.shapes)
        y = g.same("Add", y, g.weight(e)) if g.chance(0.5) else y
        y = g.reshape(y, x.map(lambda s: [s[0], s[1], heads, e // heads]))
        return g.transpose(y, [0, 2, 1, 3]) if y else None
    parts = [project() for _ in range(3)]
    if None in parts:
        return None
    q, k, v = parts
    scores = g.node("MatMul", [q, g.transpose(k, [0, 1, 3, 2])], q.map(lambda s: [s[0], s[1], s[2], s[2]]))
    scores = g.same("Mul", scores, g.constant(np.float32(0.4)))
    mixed = g.node("MatMul", [g.same("Softmax", scores, axis=-1), v], v.shapes)
    y = g.reshape(g.transpose(mixed, [0, 2, 1, 3]), x.shapes)
    return g.node("Add", [x, y], x.shapes) if y and g.chance(0.5) else y


def gram(g, x):
    """A product of two computed operands, either transposed."""
    if x.rank < 2 or x.largest() > 40000 or x.shapes[0][-2] > 300 or x.shapes[1][-2] > 300:
        return None
    order = list(range(x.rank - 2)) + [x.rank - 1, x.rank - 2]
    t = g.transpose(x, order)
    if g.chance(0.5):
        y = g.node("MatMul", [x, t], x.map(lambda s: s[:-1] + [s[-2]]))
    else:
        y = g.node("MatMul", [t, x], x.map(lambda s: s[:-2] + [s[-1], s[-1]]))
    return y if y.is_static(1) and y.largest() < 40000 else None


IMAGE = [conv] * 8 + [two_branches, two_branches, conv_transpose, pool, pool, global_pool, activation, activation,
         activation, batch_norm, norm, residual, residual, residual, concat, concat, concat, split, split, slice_,
         slice_, shuffle, shuffle, depth_to_space, resize, resize, pad, squeeze_excite, transposed, transposed, softmax,
         reduce, broadcast, broadcast, flatten, tokens, dense, gram, matmul_vector]
SEQUENCE = [dense] * 5 + [attention] * 3 + [activation, norm, norm, residual, residual, concat, split, slice_,
            transposed, transposed, softmax, reduce, broadcast, gram, gram, matmul_vector, conv, pad, shuffle]
MATRIX = [dense] * 5 + [activation, norm, residual, concat, split, slice_, transposed, softmax, reduce, broadcast, gram,
          pad]


# Weights of these have a size for each channel.
NEEDS_CHANNELS = {conv, conv_transpose, two_branches, batch_norm, norm, activation, squeeze_excite, shuffle, concat}


def start(g):
    """The inputs: a batch and spatial sizes that are fixed or not."""
    batch = g.pick([(1, 1), (1, 1), (2, 2), (1, 3), (3, 1), (2, 5)])
    kind = g.pick(["image"] * 6 + ["signal", "volume", "sequence", "sequence", "matrix"])
    if kind == "matrix":
        shapes = [[n, g.pick([1, 3, 17, 40, 64])] for n in batch]
        shapes[1][1] = shapes[0][1]
    elif kind == "sequence":
        t = g.pick([(1, 1), (7, 7), (16, 16), (5, 12), (13, 1)])
        e = g.pick([1, 8, 24, 33, 48, 64])
        shapes = [[n, s, e] for n, s in zip(batch, t)]
    else:
        c = g.pick(CHANNELS)
        rank = {"image": 2, "signal": 1, "volume": 3}[kind]
        sizes = {1: [1, 9, 20, 33], 2: [1, 4, 7, 9, 12, 16], 3: [1, 3, 5, 6]}[rank]
        first = [g.pick(sizes) for _ in range(rank)]
        second = [s + g.between(1, 6) if g.chance(0.25) else s for s in first]
        shapes = [[batch[0], c] + first, [batch[1], c] + second]
    return g.input("x0", shapes)


def make(seed, length):
    """(model bytes, feeds of both sets)"""
    g = Graph(seed)
    x = start(g)
    g.values.append(x)
    if g.chance(0.3):
        g.values.append(g.input("x1", x.shapes))
    failed = 0
    while len(g.nodes) < length and failed < 40:
        rules = IMAGE if x.rank >= 4 else SEQUENCE if x.rank == 3 else MATRIX
        before = len(g.nodes), len(g.weights), len(g.values)
        rule = g.pick(rules)
        if rule in NEEDS_CHANNELS and not x.is_static(1):
            continue
        y = rule(g, x)
        if y is None or y.rank < 2 or y.largest() > 60000 or y.channels > 6000 or not y.is_static(1) or \
                any(0 in s for s in y.shapes):
            del g.nodes[before[0]:], g.weights[before[1]:], g.values[before[2]:]
            failed += 1
            continue
        g.values.append(y)
        x = y
        if g.chance(0.15):  # go on from an earlier value
            x = g.pick(g.values)
        if x.rank < 2:
            x = y
    used = {name for node in g.nodes for name in node.input}
    outputs = [v for v in g.values if v.name not in used and v.name not in ("x0", "x1")]
    outputs += [v for v in g.values[1:] if g.chance(0.08) and v.name not in ("x0", "x1")]
    if g.chance(0.1):
        outputs.append(g.node("Identity", [x], x.shapes))  # the same value twice
    if g.chance(0.08):
        outputs.append(g.node("Identity", [g.inputs[0]], g.inputs[0].shapes))
    if g.chance(0.08):
        outputs.append(g.node("Identity", [g.weight(2, 3)], [(2, 3), (2, 3)]))
    if not outputs:
        outputs = [g.values[-1]]
    unique = list({v.name: v for v in outputs}.values())

    def dims(value):
        return [a if a == b else f"d_{value.name}_{i}" for i, (a, b) in enumerate(zip(*value.shapes))]

    def symbols(value):
        """Equal pairs of sizes share a name only where they are the same dimension of the inputs."""
        return [a if a == b else f"d{i}" for i, (a, b) in enumerate(zip(*value.shapes))]

    graph = helper.make_graph(
        g.nodes, f"random_{seed}",
        [helper.make_tensor_value_info(v.name, TensorProto.FLOAT, symbols(v)) for v in g.inputs],
        [helper.make_tensor_value_info(v.name, TensorProto.FLOAT, dims(v)) for v in unique], g.weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 22)], ir_version=10,
                              producer_name="quern-tests")
    feeds = [{v.name: g.rng.uniform(-1, 1, v.shapes[i]).astype(np.float32) for v in g.inputs} for i in range(2)]
    return model, feeds
