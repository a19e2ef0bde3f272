# Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Old opsets: forms that the importer upgrades, a step at a time."""

import numpy as np

from ..builder import C, Case, W, X, single


def cases():
    # Axes, pads, sizes and bounds that were attributes.
    yield single("squeeze_11", "Squeeze", X(1, 3, 1), opset=11, axes=[0, 2])
    yield single("unsqueeze_11", "Unsqueeze", X(3, 4), opset=11, axes=[0, 3])
    yield single("reducesum_11", "ReduceSum", X(3, 4, 5), opset=11, axes=[1], keepdims=0)
    yield single("reducemean_13", "ReduceMean", X(3, 4, 5), opset=13, axes=[-1])
    yield single("reducemax_9", "ReduceMax", X(3, 4, 5), opset=9, axes=[0, 1])
    yield single("slice_9", "Slice", X(5, 6), opset=9, starts=[1, 0], ends=[4, 99], axes=[0, 1])
    yield single("slice_7", "Slice", X("n=5|3", 6), opset=7, starts=[1], ends=[-1])
    yield single("clip_6_style", "Clip", X(4, 5, low=-3, high=3), opset=7, min=-1.0, max=2.0)
    yield single("clip_9_default", "Clip", X(4, 5, low=-3, high=3), opset=9, min=0.0)
    yield single("pad_2", "Pad", X(1, 2, 4, 5), opset=9, pads=[0, 0, 1, 2, 0, 0, 1, 1], value=0.5)
    yield single("pad_2_reflect", "Pad", X(1, 2, 4, 5), opset=9, pads=[0, 0, 1, 2, 0, 0, 1, 1], mode="reflect")
    yield single("split_11", "Split", X(2, 7), outputs=2, opset=11, axis=1, split=[3, 4])
    yield single("split_11_even", "Split", X(6, 2), outputs=3, opset=11)
    yield single("topk_9", "TopK", X(3, 9), outputs=2, opset=9, k=4)
    yield single("topk_10", "TopK", X(3, 9), C([4]), outputs=2, opset=10)
    yield single("dropout_7", "Dropout", X(3, 4), opset=7, ratio=0.3)
    yield single("dropout_12", "Dropout", X(3, 4), opset=12)
    yield single("upsample_7", "Upsample", X(1, 2, 3, 4), opset=7, scales=[1.0, 1.0, 2.0, 2.0], mode="nearest")
    yield single("upsample_9", "Upsample", X(1, 2, "h=3|5", "w=4|2"), C([1.0, 1.0, 2.0, 3.0]), opset=9, mode="nearest")
    yield single("upsample_9_linear", "Upsample", X(1, 2, 3, 4), C([1.0, 1.0, 2.0, 2.0]), opset=9, mode="linear")
    yield single("resize_10", "Resize", X(1, 2, 3, 4), C([1.0, 1.0, 2.0, 2.0]), opset=10, mode="nearest")
    yield single("resize_11", "Resize", X(1, 2, 3, 4), C(np.array([], np.float32)), C([1.0, 1.0, 2.0, 2.0]), opset=11, mode="linear",
                 coordinate_transformation_mode="align_corners")
    # Softmax before 13 flattened everything after its axis.
    yield single("softmax_11", "Softmax", X(2, 3, 4), opset=11)
    yield single("softmax_11_axis2", "Softmax", X(2, 3, 4), opset=11, axis=2)
    yield single("logsoftmax_9", "LogSoftmax", X(2, 3, 4), opset=9, axis=1)
    yield single("hardmax_11", "Hardmax", X(2, 3, 4), opset=11)
    yield single("batchnorm_7", "BatchNormalization", X(2, 3, 4, 4), W(3), W(3), W(3), W(3, low=0.5, high=1.5), opset=7)
    yield single("batchnorm_9", "BatchNormalization", X(2, 3, 4, 4), W(3), W(3), W(3), W(3, low=0.5, high=1.5), opset=9, momentum=0.8)
    yield single("gemm_7", "Gemm", X(3, 4), W(5, 4), W(5), opset=7, transB=1)
    yield single("maxpool_8", "MaxPool", X(1, 2, 6, 6), opset=8, kernel_shape=[2, 2], strides=[2, 2])
    yield single("averagepool_7", "AveragePool", X(1, 2, 6, 6), opset=7, kernel_shape=[3, 3], pads=[1, 1, 1, 1], strides=[2, 2])
    yield single("sum_8", "Sum", X(3, 4), X(4), opset=8)
    yield single("flatten_9", "Flatten", X(2, 3, 4), opset=9)
    yield single("cast_9", "Cast", X(5), opset=9, to=7)
    yield single("scatter_9", "Scatter", X(3, 4), C(np.array([[0, 2, 1, 0]])), X(1, 4), opset=9)
    yield single("onehot_9", "OneHot", C(np.array([0, 2])), C(np.int64(4)), C([0.0, 1.0]), opset=9)
    yield single("constantofshape_9", "ConstantOfShape", C([2, 3]), opset=9)
    yield single("reshape_8", "Reshape", X(2, 6), C([3, 4]), opset=8)
    yield single("concat_7", "Concat", X(2, 3), X(2, 1), opset=7, axis=1)
    yield single("lrn_7", "LRN", X(1, 6, 3, 3, low=0, high=2), opset=7, size=3)
    yield single("argmax_11", "ArgMax", X(3, 5), opset=11, axis=1)
    yield single("cumsum_11", "CumSum", X(3, 5), C(np.int32(1)), opset=11)
    yield single("groupnorm_18", "GroupNormalization", X(1, 4, 3, 3), W(2), W(2), opset=18, num_groups=2, reference="onnx")
    for opset in (13, 15, 17, 18, 19, 20, 21):
        case = Case(f"mixed_{opset}", opset)
        x = X("n=2|3", 4, 6)
        y = case.op("Relu", case.op("Sub", x, C(0.1)))
        y = case.op("Reshape", y, C([0, -1]))
        yield case.out(case.op("Softmax", case.op("Gemm", y, W(24, 5), W(5))), case.op("Shape", y))
    for opset in (23, 24):
        yield single(f"newest_{opset}", "Add", X(2, 3), X(3), opset=opset, reference="onnx")
