# Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What random graphs are made of: one function a family, which adds a node to the graph or says that it could not.

A new operator is a word in a tuple, or a function under `@node(weight)`.
"""

import numpy as np

FLOATS = (np.float32, np.float32, np.float32, np.float64)
TABLE = []  # (weight, function)


def node(weight):
    def enter(function):
        TABLE.append((weight, function))
        return function

    return enter


def floats(v):
    return v.is_float


def numbers(v):
    return v.dtype.kind in "fiu"


def ranked(low, high=6, kind=floats):
    return lambda v: low <= v.rank <= high and kind(v) and v.array.size > 0


def choose(g, options):
    return options[g.rng.integers(len(options))]


def int64s(g, values):
    return g.constant(np.asarray(values, np.int64))


def some_axes(g, rank):
    count = g.rng.integers(1, rank + 1)
    axes = sorted(int(a) for a in g.rng.permutation(rank)[:count])
    return [a - rank if g.rng.random() < 0.3 else a for a in axes]


def broadcastable(g, value):
    """A second operand of the same type: a value of the graph that broadcasts with `value`, or a new weight."""
    def fits(v):
        pairs = zip(reversed(v.shape), reversed(value.shape))
        return v.dtype == value.dtype and all(a == b or 1 in (a, b) for a, b in pairs)

    if g.rng.random() < 0.6 and (other := g.pick(fits)) is not None:
        return other
    shape = [1 if g.rng.random() < 0.3 else d for d in value.shape]
    return g.weight(shape[g.rng.integers(len(shape) + 1):], value.dtype, 1 if value.dtype.kind == "u" else None)


# --- elementwise ---------------------------------------------------------------------------------------------------

SMOOTH = ("Tanh", "Sigmoid", "Exp", "Erf", "Sin", "Cos", "Atan", "Softplus", "Softsign", "Elu", "Selu", "Mish", "Gelu",
          "HardSigmoid", "HardSwish", "LeakyRelu", "Celu", "Sqrt", "Log", "Reciprocal", "Asinh")
EXACT = ("Relu", "Neg", "Abs", "Identity")
STEPS = ("Floor", "Ceil", "Round", "Sign")


@node(6)
def unary(g):
    x = g.pick(floats)
    return x is not None and g.add(choose(g, SMOOTH), [x])


@node(4)
def exact_unary(g):
    x = g.pick(floats)
    return x is not None and g.add(choose(g, EXACT), [x], exact=True)


@node(1)
def step(g):
    x = g.pick(lambda v: floats(v) and v.exact)
    return x is not None and g.add(choose(g, STEPS), [x], exact=True)


@node(8)
def arithmetic(g):
    x = g.pick(numbers)
    if x is None:
        return False
    op = choose(g, ("Add", "Sub", "Mul", "Add", "Mul", "Max", "Min") + (("Div", "Pow") if x.is_float else ()))
    pair = [x, broadcastable(g, x)]
    return g.add(op, pair if g.rng.random() < 0.5 else pair[::-1], exact=not x.is_float or op in ("Max", "Min"))


@node(2)
def compare(g):
    x = g.pick(lambda v: numbers(v) and v.exact)
    if x is None:
        return False
    y = broadcastable(g, x)
    return y.exact and g.add(choose(g, ("Less", "Greater", "Equal", "LessOrEqual", "GreaterOrEqual")), [x, y],
                             exact=True)


@node(1)
def logic(g):
    x = g.pick(lambda v: v.dtype == np.bool_)
    if x is None:
        return False
    if g.rng.random() < 0.3:
        return g.add("Not", [x], exact=True)
    return g.add(choose(g, ("And", "Or", "Xor")), [x, broadcastable(g, x)], exact=True)


@node(2)
def where(g):
    x = g.pick(numbers)
    if x is None:
        return False
    condition = g.pick(lambda v: v.dtype == np.bool_) or g.weight(x.shape, np.bool_)
    return g.add("Where", [condition, x, broadcastable(g, x)], exact=True)


@node(2)
def clip(g):
    x = g.pick(numbers)
    if x is None:
        return False
    low, high = g.constant(np.asarray(0 if x.dtype.kind == "u" else -1, x.dtype)), g.constant(np.asarray(2, x.dtype))
    return g.add("Clip", [x, low, high] if g.rng.random() < 0.7 else [x, None, high], exact=True)


@node(2)
def cast(g):
    x = g.pick(lambda v: v.exact or not v.is_float)
    to = choose(g, (1, 1, 11, 7, 6, 3, 9))  # float, double, int64, int32, int8, bool
    return x is not None and np.max(np.abs(x.array), initial=0) < 100 and g.add("Cast", [x], to=to, exact=True)


# --- reductions ----------------------------------------------------------------------------------------------------


@node(5)
def reduce(g):
    x = g.pick(ranked(1, kind=numbers))
    if x is None:
        return False
    op = choose(g, ("ReduceSum", "ReduceMax", "ReduceMin") +
                (("ReduceMean", "ReduceL2", "ReduceLogSumExp", "ReduceSumSquare", "ReduceL1", "ReduceProd")
                 if x.is_float else ()))
    if x.dtype.kind in "iu" and x.dtype.itemsize < 4 and op == "ReduceSum":
        return False
    axes = [] if g.rng.random() < 0.15 else [int64s(g, some_axes(g, x.rank))]
    return g.add(op, [x, *axes], keepdims=int(g.rng.integers(2)), exact=op in ("ReduceMax", "ReduceMin"))


@node(1)
def arg_reduce(g):
    x = g.pick(lambda v: ranked(1, kind=numbers)(v) and v.exact)
    return x is not None and g.add(choose(g, ("ArgMax", "ArgMin")), [x], axis=int(g.rng.integers(x.rank)),
                                   keepdims=int(g.rng.integers(2)), exact=True)


@node(3)
def normalize(g):
    x = g.pick(ranked(1))
    if x is None:
        return False
    axis = int(g.rng.integers(-x.rank, x.rank))
    op = choose(g, ("Softmax", "LogSoftmax", "LayerNormalization", "LpNormalization"))
    if op == "LayerNormalization":
        scale, bias = (g.weight(x.shape[axis:], x.dtype, 0.5, 1.5) for _ in range(2))
        return g.add(op, [x, scale, bias], axis=axis, epsilon=1e-2)
    return g.add(op, [x], axis=axis)


@node(1)
def cumulate(g):
    x = g.pick(lambda v: ranked(1, kind=numbers)(v) and v.dtype.itemsize >= 4)
    return x is not None and g.add("CumSum", [x, int64s(g, int(g.rng.integers(x.rank)))], exact=not x.is_float,
                                   reverse=int(g.rng.integers(2)), exclusive=int(g.rng.integers(2)))


# --- contractions --------------------------------------------------------------------------------------------------


@node(4)
def matmul(g):
    x = g.pick(ranked(1))
    if x is None:
        return False
    y = g.pick(lambda v: floats(v) and v.dtype == x.dtype and v.rank >= 2 and v.shape[-2] == x.shape[-1])
    if y is None or g.rng.random() < 0.5:
        y = g.weight((x.shape[-1], int(g.rng.integers(1, 9))), x.dtype)
    return g.add("MatMul", [x, y])


@node(2)
def gemm(g):
    x = g.pick(ranked(2, 2))
    if x is None:
        return False
    a, b, n = int(g.rng.integers(2)), int(g.rng.integers(2)), int(g.rng.integers(1, 9))
    m, k = x.shape[::-1] if a else x.shape
    y = g.weight((n, k) if b else (k, n), x.dtype)
    bias = [g.weight(choose(g, ((n,), (1, n), (m, 1), ())), x.dtype)] if g.rng.random() < 0.7 else []
    return g.add("Gemm", [x, y, *bias], transA=a, transB=b, alpha=choose(g, (1.0, 0.5)), beta=choose(g, (1.0, 2.0)))


def window(g, x, kernel):
    """Strides, pads and dilations for a sliding window over the spatial dimensions of `x`."""
    spatial = x.rank - 2
    attributes = {"strides": [int(s) for s in g.rng.integers(1, 3, spatial)]}
    if g.rng.random() < 0.3:
        # A window smaller than its stride would need negative padding: the reference and the runtimes disagree.
        attributes["auto_pad"] = choose(g, ("SAME_UPPER", "SAME_LOWER", "VALID"))
        attributes["strides"] = [min(s, k) for s, k in zip(attributes["strides"], kernel)]
    else:
        attributes["pads"] = [int(p) for p in g.rng.integers(0, max(1, min(kernel)), 2 * spatial)]
        if g.rng.random() < 0.3:
            attributes["dilations"] = [int(d) for d in g.rng.integers(1, 3, spatial)]
    return attributes


def window_fits(x, kernel, attributes):
    """The window is no larger than the input: what a larger one gives is not the standard's to say."""
    dilations = attributes.get("dilations", [1] * len(kernel))
    return all((k - 1) * d < n for k, d, n in zip(kernel, dilations, x.shape[2:]))


@node(5)
def conv(g):
    x = g.pick(lambda v: ranked(3, 5)(v) and v.dtype == np.float32)
    if x is None:
        return False
    kernel = [int(k) for k in g.rng.integers(1, 4, x.rank - 2)]
    channels = x.shape[1]
    group = channels if g.rng.random() < 0.3 else 1
    features = group * int(g.rng.integers(1, 3)) if group > 1 else int(g.rng.integers(1, 9))
    w = g.weight((features, channels // group, *kernel), x.dtype)
    bias = [g.weight((features,), x.dtype)] if g.rng.random() < 0.5 else []
    attributes = window(g, x, kernel)
    return window_fits(x, kernel, attributes) and \
        g.add("Conv", [x, w, *bias], group=group, kernel_shape=kernel, **attributes)


@node(3)
def pool(g):
    x = g.pick(lambda v: ranked(3, 4)(v) and v.dtype == np.float32)
    if x is None:
        return False
    if g.rng.random() < 0.2:
        # The reference's GlobalMaxPool is wrong unless there are two spatial dimensions.
        return g.add("GlobalMaxPool" if x.rank == 4 and g.rng.random() < 0.5 else "GlobalAveragePool", [x])
    kernel = [int(k) for k in g.rng.integers(1, 4, x.rank - 2)]
    attributes = window(g, x, kernel)
    if not window_fits(x, kernel, attributes):
        return False
    if g.rng.random() < 0.5:
        # The reference's own MaxPool is wrong where the padding differs between the two sides.
        if "auto_pad" in attributes:
            attributes["auto_pad"] = "VALID"
        else:
            attributes["pads"] = attributes["pads"][:x.rank - 2] * 2
        return g.add("MaxPool", [x], kernel_shape=kernel, exact=True, **attributes)
    attributes.pop("dilations", None)
    return g.add("AveragePool", [x], kernel_shape=kernel, count_include_pad=int(g.rng.integers(2)), **attributes)


# --- movement ------------------------------------------------------------------------------------------------------


@node(4)
def transpose(g):
    x = g.pick(ranked(2, kind=lambda v: True))
    return x is not None and g.add("Transpose", [x], perm=[int(p) for p in g.rng.permutation(x.rank)], exact=True)


@node(4)
def reshape(g):
    x = g.pick(lambda v: v.array.size > 0)
    if x is None:
        return False
    shape, rest = [], x.array.size
    while rest > 1 and len(shape) < 4:
        divisors = [d for d in range(1, rest + 1) if rest % d == 0]
        shape.append(choose(g, divisors))
        rest //= shape[-1]
    shape.append(rest)
    if g.rng.random() < 0.5:
        shape[g.rng.integers(len(shape))] = -1
    return g.add("Reshape", [x, int64s(g, shape)], exact=True)


@node(1)
def reshape_like(g):
    """To the shape of another value, which is computed in the graph."""
    x = g.pick(lambda v: True)
    like = g.pick(lambda v: v is not x and v.array.size == x.array.size)
    return like is not None and g.add("Shape", [like], exact=True) and g.add("Reshape", [x, g.values[-1]], exact=True)


@node(2)
def flatten(g):
    x = g.pick(ranked(1, kind=lambda v: True))
    return x is not None and g.add("Flatten", [x], axis=int(g.rng.integers(x.rank + 1)), exact=True)


@node(2)
def unsqueeze(g):
    x = g.pick(lambda v: v.rank < 5)
    return x is not None and g.add("Unsqueeze", [x, int64s(g, [int(g.rng.integers(x.rank + 1))])], exact=True)


@node(2)
def squeeze(g):
    x = g.pick(lambda v: 1 in v.shape)
    return x is not None and g.add("Squeeze", [x, int64s(g, [x.shape.index(1)])], exact=True)


@node(4)
def slice_(g):
    x = g.pick(ranked(1, kind=lambda v: True))
    if x is None:
        return False
    axis = int(g.rng.integers(x.rank))
    n = x.shape[axis]
    start, stop = int(g.rng.integers(-n - 1, n + 1)), int(g.rng.integers(-n - 1, n + 3))
    step = choose(g, (1, 1, 2, -1, -2))
    if step < 0:  # backwards from before the first element is one element by the standard, none by the reference
        start = max(start, -n)
    return g.add("Slice", [x] + [int64s(g, [v]) for v in (start, stop, axis, step)], exact=True)


@node(4)
def concat(g):
    x = g.pick(ranked(1, kind=lambda v: True))
    if x is None:
        return False
    axis = int(g.rng.integers(x.rank))

    def fits(v):
        return (v.dtype == x.dtype and v.rank == x.rank and
                all(a == b for i, (a, b) in enumerate(zip(v.shape, x.shape)) if i != axis))

    return g.add("Concat", [x] + [g.pick(fits) for _ in range(g.rng.integers(1, 3))], axis=axis, exact=True)


@node(2)
def split(g):
    x = g.pick(lambda v: any(d > 1 for d in v.shape))
    if x is None:
        return False
    axis = choose(g, [i for i, d in enumerate(x.shape) if d > 1])
    first = int(g.rng.integers(1, x.shape[axis]))
    return g.add("Split", [x, int64s(g, [first, x.shape[axis] - first])], outputs=2, axis=axis, exact=True)


@node(3)
def gather(g):
    x = g.pick(ranked(1, kind=lambda v: True))
    if x is None:
        return False
    axis = int(g.rng.integers(x.rank))
    n = x.shape[axis]
    shape = choose(g, ((), (3,), (2, 2)))
    return g.add("Gather", [x, g.weight(shape, np.int64, -n, n)], axis=axis, exact=True)


@node(1)
def gather_elements(g):
    x = g.pick(ranked(1, kind=lambda v: True))
    if x is None:
        return False
    axis = int(g.rng.integers(x.rank))
    n = x.shape[axis]
    shape = [int(g.rng.integers(1, 4)) if i == axis else d for i, d in enumerate(x.shape)]
    return g.add("GatherElements", [x, g.weight(shape, np.int64, -n, n)], axis=axis, exact=True)


@node(1)
def scatter_elements(g):
    x = g.pick(ranked(1, kind=numbers))
    if x is None:
        return False
    axis = int(g.rng.integers(x.rank))
    n = x.shape[axis]
    count = int(g.rng.integers(1, n + 1))
    order = np.argsort(g.rng.random(x.shape), axis=axis)
    indices = np.take(order, range(count), axis=axis).astype(np.int64)  # none twice: the order would matter
    return g.add("ScatterElements", [x, g.constant(indices), g.weight(indices.shape, x.dtype)], axis=axis,
                 reduction=choose(g, ("none", "none", "add")) if x.dtype.itemsize >= 4 else "none",
                 exact=not x.is_float)


@node(2)
def expand(g):
    x = g.pick(lambda v: 1 in v.shape or v.rank < 3)
    if x is None:
        return False
    shape = [int(g.rng.integers(1, 4)) if d == 1 else d for d in x.shape]
    return g.add("Expand", [x, int64s(g, ([2] if g.rng.random() < 0.3 else []) + shape)], exact=True)


@node(1)
def tile(g):
    x = g.pick(ranked(1, 4, kind=lambda v: True))
    return x is not None and g.add("Tile", [x, int64s(g, g.rng.integers(1, 3, x.rank))], exact=True)


@node(2)
def pad(g):
    x = g.pick(ranked(1, 4, kind=numbers))
    if x is None:
        return False
    mode = choose(g, ("constant", "constant", "edge", "reflect"))
    low = 0 if mode != "constant" else -1
    pads = [int(p) for p in g.rng.integers(low, 3, 2 * x.rank)]
    if mode == "reflect":
        pads = [min(p, d - 1) for p, d in zip(pads, x.shape * 2)]
    return all(a + b + d > 0 for a, b, d in zip(pads, pads[x.rank:], x.shape)) and \
        g.add("Pad", [x, int64s(g, pads)], mode=mode, exact=True)


@node(1)
def trilu(g):
    x = g.pick(ranked(2, kind=numbers))
    return x is not None and g.add("Trilu", [x, int64s(g, int(g.rng.integers(-2, 3)))], upper=int(g.rng.integers(2)),
                                   exact=True)


@node(1)
def depth_to_space(g):
    x = g.pick(lambda v: v.rank == 4 and v.shape[1] % 4 == 0 and v.array.size > 0)
    return x is not None and g.add("DepthToSpace", [x], blocksize=2, mode=choose(g, ("DCR", "CRD")), exact=True)


@node(1)
def top_k(g):
    x = g.pick(lambda v: ranked(1, kind=numbers)(v) and v.exact)
    if x is None:
        return False
    axis = int(g.rng.integers(x.rank))
    k = int64s(g, [int(g.rng.integers(1, x.shape[axis] + 1))])
    return g.add("TopK", [x, k], outputs=2, axis=axis, largest=int(g.rng.integers(2)), exact=True)


@node(1)
def resize(g):
    x = g.pick(lambda v: v.rank == 4 and v.dtype == np.float32 and v.array.size > 0)
    if x is None:
        return False
    scales = g.constant(np.asarray([1, 1, *choose(g, ((2, 2), (1, 3), (0.5, 2)))], np.float32))
    if g.rng.random() < 0.5:
        return g.add("Resize", [x, None, scales], mode="nearest", nearest_mode="floor",
                     coordinate_transformation_mode="asymmetric", exact=True)
    return g.add("Resize", [x, None, scales], mode="linear",
                 coordinate_transformation_mode=choose(g, ("half_pixel", "align_corners", "asymmetric")))


@node(1)
def shape_of(g):
    x = g.pick(lambda v: v.rank > 0)
    return x is not None and g.add("Shape", [x], exact=True)


@node(1)
def nonzero(g):
    x = g.pick(lambda v: v.exact and v.rank > 0)
    return x is not None and g.add("NonZero", [x], exact=True)
