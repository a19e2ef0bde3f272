# Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Trains the sample model on scikit-learn's handwritten digits and writes it as ONNX.

usage: train.py [OUT_DIR]       (default: beside this script)

Writes digits.onnx (a small convolutional network; the batch is a dynamic dimension), sample.npy (one digit that the
network has not seen) and sample_label.txt. The network is trained with numpy alone: two convolutions, each followed by
Relu and MaxPool, then a fully connected layer and Softmax.
"""

import os
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from sklearn.datasets import load_digits

SEED = 7
HELD_OUT = 360  # images kept for testing
EPOCHS = 40
BATCH = 32
CHANNELS = (1, 12, 24)


def data():
    """(train images, train labels, test images, test labels); images are [n, 1, 8, 8] of 0..16, as scanned."""
    digits = load_digits()
    order = np.random.default_rng(SEED).permutation(len(digits.target))
    images = digits.images[order].astype(np.float32)[:, None]
    labels = digits.target[order]
    return images[HELD_OUT:], labels[HELD_OUT:], images[:HELD_OUT], labels[:HELD_OUT]


def windows(x):
    """The 3x3 neighbourhoods of a zero-padded image: [n, c, h, w] -> [n, h, w, c * 9]."""
    padded = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))
    view = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(2, 3))
    return view.transpose(0, 2, 3, 1, 4, 5).reshape(*view.shape[:1], *view.shape[2:4], -1)


class Conv:
    """3x3 convolution with Relu, then 2x2 MaxPool."""

    def __init__(self, rng, inputs, outputs):
        scale = np.sqrt(2 / (inputs * 9))
        self.weight = (rng.standard_normal((outputs, inputs * 9)) * scale).astype(np.float32)
        self.bias = np.zeros(outputs, np.float32)

    def forward(self, x):
        self.cols = windows(x)
        y = np.maximum(self.cols @ self.weight.T + self.bias, 0).transpose(0, 3, 1, 2)
        n, c, h, w = y.shape
        tiles = y.reshape(n, c, h // 2, 2, w // 2, 2)
        pooled = tiles.max(axis=(3, 5))
        self.mask = (tiles == pooled[:, :, :, None, :, None]) & (tiles > 0)
        return pooled

    def backward(self, grad):
        n, c, h, w = grad.shape
        full = (self.mask * grad[:, :, :, None, :, None]).reshape(n, c, h * 2, w * 2).transpose(0, 2, 3, 1)
        flat, cols = full.reshape(-1, c), self.cols.reshape(-1, self.cols.shape[-1])
        self.grads = flat.T @ cols, flat.sum(0)
        # The gradient of the input: scatter each window's gradient back to its nine pixels.
        spread = (flat @ self.weight).reshape(n, h * 2, w * 2, -1, 3, 3)
        out = np.zeros((n, spread.shape[3], h * 2 + 2, w * 2 + 2), np.float32)
        for i in range(3):
            for j in range(3):
                out[:, :, i:i + h * 2, j:j + w * 2] += spread[:, :, :, :, i, j].transpose(0, 3, 1, 2)
        return out[:, :, 1:-1, 1:-1]


class Linear:
    """Fully connected layer."""

    def __init__(self, rng, inputs, outputs):
        self.weight = (rng.standard_normal((outputs, inputs)) * np.sqrt(1 / inputs)).astype(np.float32)
        self.bias = np.zeros(outputs, np.float32)

    def forward(self, x):
        self.shape, self.x = x.shape, x.reshape(len(x), -1)
        return self.x @ self.weight.T + self.bias

    def backward(self, grad):
        self.grads = grad.T @ self.x, grad.sum(0)
        return (grad @ self.weight).reshape(self.shape)


def softmax(x):
    e = np.exp(x - x.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def predict(layers, images):
    x = images * np.float32(1 / 16)
    for layer in layers:
        x = layer.forward(x)
    return softmax(x)


def train(images, labels):
    """Adam with a decaying step, and images shifted by up to a pixel so that the network does not learn positions."""
    rng = np.random.default_rng(SEED)
    layers = [Conv(rng, *CHANNELS[:2]), Conv(rng, *CHANNELS[1:]), Linear(rng, CHANNELS[2] * 4, 10)]
    state = [[np.zeros_like(p) for p in (l.weight, l.bias) for _ in range(2)] for l in layers]
    step, one_hot = 0, np.eye(10, dtype=np.float32)
    for epoch in range(EPOCHS):
        rate = 2e-3 * 0.5 * (1 + np.cos(np.pi * epoch / EPOCHS))
        order = rng.permutation(len(images))
        for start in range(0, len(order), BATCH):
            picked = order[start:start + BATCH]
            batch = np.roll(images[picked], rng.integers(-1, 2), axis=3)
            grad = (predict(layers, batch) - one_hot[labels[picked]]) / len(picked)
            for layer in reversed(layers):
                grad = layer.backward(grad)
            step += 1
            for layer, moments in zip(layers, state):
                for k, (param, g) in enumerate(zip((layer.weight, layer.bias), layer.grads)):
                    mean, square = moments[2 * k], moments[2 * k + 1]
                    mean += 0.1 * (g - mean)
                    square += 0.001 * (g * g - square)
                    param -= (rate * (mean / (1 - 0.9**step)) /
                              (np.sqrt(square / (1 - 0.999**step)) + 1e-8)).astype(np.float32)
    return layers


def accuracy(layers, images, labels):
    return float((predict(layers, images).argmax(1) == labels).mean())


def to_onnx(layers):
    first, second, last = layers
    weights = {
        "pixel_scale": np.float32(1 / 16),
        "conv1.weight": first.weight.reshape(CHANNELS[1], CHANNELS[0], 3, 3),
        "conv1.bias": first.bias,
        "conv2.weight": second.weight.reshape(CHANNELS[2], CHANNELS[1], 3, 3),
        "conv2.bias": second.bias,
        "dense.weight": last.weight,
        "dense.bias": last.bias,
    }
    conv = dict(kernel_shape=[3, 3], pads=[1, 1, 1, 1])
    pool = dict(kernel_shape=[2, 2], strides=[2, 2])
    node = helper.make_node
    nodes = [
        node("Mul", ["image", "pixel_scale"], ["scaled"], "scale"),
        node("Conv", ["scaled", "conv1.weight", "conv1.bias"], ["conv1_out"], "conv1", **conv),
        node("Relu", ["conv1_out"], ["relu1_out"], "relu1"),
        node("MaxPool", ["relu1_out"], ["pool1_out"], "pool1", **pool),
        node("Conv", ["pool1_out", "conv2.weight", "conv2.bias"], ["conv2_out"], "conv2", **conv),
        node("Relu", ["conv2_out"], ["relu2_out"], "relu2"),
        node("MaxPool", ["relu2_out"], ["pool2_out"], "pool2", **pool),
        node("Flatten", ["pool2_out"], ["flat"], "flatten", axis=1),
        node("Gemm", ["flat", "dense.weight", "dense.bias"], ["scores"], "dense", transB=1),
        node("Softmax", ["scores"], ["probabilities"], "softmax", axis=1),
    ]
    graph = helper.make_graph(
        nodes, "digits",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["batch", 1, 8, 8])],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["batch", 10])],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in weights.items()])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8,
                              producer_name="quern-samples")
    onnx.checker.check_model(model, full_check=True)
    return model


def main():
    out = sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.abspath(__file__))
    train_images, train_labels, test_images, test_labels = data()
    layers = train(train_images, train_labels)
    right = accuracy(layers, test_images, test_labels)
    onnx.save(to_onnx(layers), os.path.join(out, "digits.onnx"))
    # A held-out digit that needs both convolutions: the first 3 of the test set.
    sample = int(np.flatnonzero(test_labels == 3)[0])
    np.save(os.path.join(out, "sample.npy"), test_images[sample:sample + 1])
    with open(os.path.join(out, "sample_label.txt"), "w") as file:
        file.write(f"{test_labels[sample]}\n")
    print(f"accuracy on {HELD_OUT} digits that were not trained on: {100 * right:.1f} %")


if __name__ == "__main__":
    main()
