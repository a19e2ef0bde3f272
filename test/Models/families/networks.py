# Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Small whole networks, shaped like the ones people use."""

import numpy as np

from ..builder import C, Case, W, X


def conv(case, x, inputs, outputs, kernel=3, stride=1, group=1, bias=True, **kwargs):
    scale = 1.7 / np.sqrt(inputs // group * kernel * kernel)
    operands = [x, W(outputs, inputs // group, kernel, kernel, low=-scale, high=scale)] + ([W(outputs)] if bias else [])
    pad = kernel // 2
    return case.op("Conv", *operands, strides=[stride] * 2, pads=[pad] * 4, group=group, **kwargs)


def norm(case, x, channels):
    return case.op("BatchNormalization", x, W(channels, low=0.5, high=1.5), W(channels), W(channels),
                   W(channels, low=0.5, high=1.5))


def lenet():
    case = Case("lenet")
    y = X("n=1|3", 1, 28, 28)
    for inputs, outputs in ((1, 6), (6, 16)):
        y = case.op("MaxPool", case.op("Relu", conv(case, y, inputs, outputs, 5)), kernel_shape=[2, 2], strides=[2, 2])
    y = case.op("Relu", case.op("Gemm", case.op("Flatten", y), W(784, 32, low=-.05, high=.05), W(32)))
    return case.out(case.op("Softmax", case.op("Gemm", y, W(32, 10), W(10))))


def resnet():
    case = Case("resnet", opset=13)
    y = case.op("Relu", norm(case, conv(case, X("n=1|2", 3, 32, 32), 3, 16, bias=False), 16))
    channels = 16
    for outputs, stride in ((16, 1), (32, 2), (64, 2)):
        z = case.op("Relu", norm(case, conv(case, y, channels, outputs, stride=stride, bias=False), outputs))
        z = norm(case, conv(case, z, outputs, outputs, bias=False), outputs)
        if stride != 1:
            y = norm(case, conv(case, y, channels, outputs, 1, stride, bias=False), outputs)
        y = case.op("Relu", case.op("Add", z, y))
        channels = outputs
    y = case.op("Flatten", case.op("GlobalAveragePool", y))
    return case.out(case.op("Gemm", y, W(64, 10), W(10)))


def mobilenet():
    case = Case("mobilenet", opset=17)
    y = case.op("HardSwish", conv(case, X(1, 3, "h=32|48", "w=32|40"), 3, 16, stride=2))
    for channels, stride in ((16, 2), (16, 1)):
        wide = channels * 4
        z = case.op("Clip", conv(case, y, channels, wide, 1), C(0.0), C(6.0))
        z = case.op("Clip", conv(case, z, wide, wide, 3, stride, group=wide), C(0.0), C(6.0))
        gate = case.op("GlobalAveragePool", z)
        gate = case.op("HardSigmoid", conv(case, case.op("Relu", conv(case, gate, wide, 8, 1)), 8, wide, 1))
        z = conv(case, case.op("Mul", z, gate), wide, channels, 1)
        y = case.op("Add", y, z) if stride == 1 else z
    return case.out(y)


def detector():
    """Heads at two scales, flattened and joined, with box arithmetic: outputs whose size follows the image."""
    case = Case("detector", opset=11)
    x = X("n=1|2", 3, "h=32|64", "w=48|32")
    low = case.op("LeakyRelu", conv(case, x, 3, 8, stride=2), alpha=0.1)
    high = case.op("LeakyRelu", conv(case, low, 8, 16, stride=2), alpha=0.1)
    up = case.op("Resize", high, C(np.array([], np.float32)), C([1.0, 1.0, 2.0, 2.0]), mode="nearest",
                 coordinate_transformation_mode="asymmetric", nearest_mode="floor")
    low = case.op("Concat", low, up, axis=1)
    heads = []
    for feature, channels in ((low, 24), (high, 16)):
        y = case.op("Transpose", conv(case, feature, channels, 10), perm=[0, 2, 3, 1])
        batch = case.op("Unsqueeze", case.op("Gather", case.op("Shape", y), C(np.int64(0))), axes=[0])
        heads.append(case.op("Reshape", y, case.op("Concat", batch, C([-1]), C([5]), axis=0)))
    y = case.op("Concat", *heads, axis=1)
    boxes = case.op("Slice", y, C([0]), C([4]), C([2]))
    score = case.op("Sigmoid", case.op("Slice", y, C([4]), C([5]), C([2])))
    return case.out(case.op("Exp", boxes), score, case.op("ArgMax", score, axis=1))


def unet():
    case = Case("unet", opset=16)
    x = X(1, 2, "h=16|24", "w=16|8")
    a = case.op("Relu", conv(case, x, 2, 8))
    b = case.op("Relu", conv(case, case.op("MaxPool", a, kernel_shape=[2, 2], strides=[2, 2]), 8, 16))
    up = case.op("ConvTranspose", b, W(16, 8, 2, 2, low=-.3, high=.3), W(8), strides=[2, 2])
    return case.out(case.op("Sigmoid", conv(case, case.op("Concat", a, up, axis=1), 16, 1)))


def style():
    """Reflection pads, instance norms and upsampling, as in style transfer."""
    case = Case("style", opset=9)
    y = case.op("Pad", X(1, 3, 24, 24), mode="reflect", pads=[0, 0, 2, 2, 0, 0, 2, 2])
    y = case.op("Conv", y, W(8, 3, 5, 5, low=-.2, high=.2), W(8), strides=[2, 2])
    y = case.op("Relu", case.op("InstanceNormalization", y, W(8, low=0.5, high=1.5), W(8)))
    y = case.op("Upsample", y, C([1.0, 1.0, 2.0, 2.0]), mode="nearest")
    return case.out(case.op("Tanh", conv(case, y, 8, 3)))


def transformer():
    case = Case("transformer", opset=17)
    width, heads = 16, 4
    ids = X("b=1|2", "s=5|8", dtype="int64", low=0, high=19)
    mask = X("b", "s", dtype="int64", low=1, high=1)
    y = case.op("LayerNormalization", case.op("Gather", W(20, width), ids), W(width, low=.5, high=1.5), W(width))
    bias = case.op("Mul", case.op("Sub", C(1.0), case.op("Cast", case.op("Unsqueeze", mask, C([1, 2])), to=1)), C(-1e4))
    for _ in range(2):
        split = []
        for perm in ([0, 2, 1, 3], [0, 2, 3, 1], [0, 2, 1, 3]):
            z = case.op("Add", case.op("MatMul", y, W(width, width, low=-.4, high=.4)), W(width))
            z = case.op("Reshape", z, C([0, 0, heads, width // heads]))
            split.append(case.op("Transpose", z, perm=perm))
        q, k, v = split
        scores = case.op("Add", case.op("Div", case.op("MatMul", q, k), C(2.0)), bias)
        z = case.op("Transpose", case.op("MatMul", case.op("Softmax", scores, axis=-1), v), perm=[0, 2, 1, 3])
        z = case.op("MatMul", case.op("Reshape", z, C([0, 0, width])), W(width, width, low=-.4, high=.4))
        y = case.op("LayerNormalization", case.op("Add", y, z), W(width, low=.5, high=1.5), W(width))
        z = case.op("Add", case.op("MatMul", y, W(width, 32, low=-.4, high=.4)), W(32))
        gelu = case.op("Mul", case.op("Mul", z, C(0.5)), case.op("Add", C(1.0), case.op("Erf", case.op("Div", z, C(1.4142135)))))
        y = case.op("Add", y, case.op("MatMul", gelu, W(32, width, low=-.4, high=.4)))
    return case.out(y)


def autoencoder():
    case = Case("autoencoder", opset=11)
    y, sizes = X("n=1|4", 40), (40, 24, 6, 24, 40)
    for inputs, outputs in zip(sizes, sizes[1:]):
        y = case.op("Add", case.op("MatMul", y, W(inputs, outputs, low=-.4, high=.4)), W(outputs))
        y = case.op("Relu", norm(case, y, outputs)) if outputs != 40 else y
    return case.out(y)


def inception():
    case = Case("inception", opset=9)
    x = case.op("LRN", X(1, 8, 12, 12, low=0, high=1), size=5)
    branches = [conv(case, x, 8, 4, 1), conv(case, conv(case, x, 8, 4, 1), 4, 6, 3), conv(case, conv(case, x, 8, 2, 1), 2, 4, 5),
                conv(case, case.op("MaxPool", x, kernel_shape=[3, 3], pads=[1] * 4), 8, 4, 1)]
    y = case.op("Concat", *[case.op("Relu", b) for b in branches], axis=1)
    y = case.op("AveragePool", y, kernel_shape=[3, 3], strides=[2, 2], pads=[1] * 4)
    return case.out(case.op("Dropout", y, ratio=0.4))


def tdnn():
    """One-dimensional convolutions over time, then statistics, as in speech models."""
    case = Case("tdnn", opset=13)
    y = X(1, 20, "t=30|51")
    for inputs, outputs, dilation in ((20, 16, 1), (16, 16, 2), (16, 16, 3)):
        y = case.op("Relu", case.op("Conv", y, W(outputs, inputs, 3, low=-.2, high=.2), W(outputs), dilations=[dilation]))
    mean = case.op("ReduceMean", y, axes=[2], keepdims=1)
    spread = case.op("Sqrt", case.op("ReduceMean", case.op("Mul", case.op("Sub", y, mean), case.op("Sub", y, mean)), axes=[2]))
    return case.out(case.op("Flatten", case.op("Concat", mean, spread, axis=1)))


def cases():
    for network in (lenet, resnet, mobilenet, detector, unet, style, transformer, autoencoder, inception, tdnn):
        yield network()
