# Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes the models whose times the rationale pages give: tree ensembles and Fourier transforms.

usage: make_bench_models.py DIR; then ./dev bench --threads=1 DIR/*.onnx
"""

import os
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper

COLUMNS = 50


def ensemble(rng, trees, depth, targets, weights_per_leaf):
    """Full trees: the children of node i are 2i + 1 and 2i + 2. Leaves have weights of `weights_per_leaf` targets."""
    inner = 2**depth - 1
    ids = np.arange(2 * inner + 1)
    is_leaf = ids >= inner
    leaves = ids[is_leaf]
    tree_of = np.repeat(np.arange(trees), leaves.size * weights_per_leaf)
    target = np.tile(np.arange(weights_per_leaf), trees * leaves.size)
    return dict(
        n_targets=targets, nodes_treeids=np.repeat(np.arange(trees), ids.size), nodes_nodeids=np.tile(ids, trees),
        nodes_featureids=rng.integers(0, COLUMNS, trees * ids.size), nodes_values=rng.normal(size=trees * ids.size),
        nodes_modes=["LEAF" if leaf else "BRANCH_LEQ" for leaf in is_leaf] * trees,
        nodes_truenodeids=np.tile(np.where(is_leaf, 0, 2 * ids + 1), trees),
        nodes_falsenodeids=np.tile(np.where(is_leaf, 0, 2 * ids + 2), trees), target_treeids=tree_of,
        target_nodeids=np.tile(np.repeat(leaves, weights_per_leaf), trees),
        target_ids=target if weights_per_leaf > 1 else tree_of % targets, target_weights=rng.normal(size=tree_of.size))


def save(folder, name, node, shape, domain=("", 20)):
    value = helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)
    graph = helper.make_graph([node], name, [value], [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)])
    opsets = [helper.make_opsetid("", 20)] + ([helper.make_opsetid(*domain)] if domain[0] else [])
    onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=9), os.path.join(folder, name + ".onnx"))


def main():
    folder = sys.argv[1]
    os.makedirs(folder, exist_ok=True)
    ensembles = {"boosting_500x6": (500, 6, 1, 1), "boosting_300x6_10": (300, 6, 10, 1), "forest_100x10_10": (100, 10, 10, 10)}
    for name, sizes in ensembles.items():
        attributes = ensemble(np.random.default_rng(1), *sizes)
        plain = {key: value.tolist() if isinstance(value, np.ndarray) else value for key, value in attributes.items()}
        node = helper.make_node("TreeEnsembleRegressor", ["x"], ["y"], domain="ai.onnx.ml", **plain)
        for rows in (1, 100, 10000):
            save(folder, f"{name}_rows{rows}", node, [rows, COLUMNS], ("ai.onnx.ml", 3))
    for length in (512, 4096):
        save(folder, f"dft_{length}", helper.make_node("DFT", ["x"], ["y"]), [1, length, 1])


if __name__ == "__main__":
    main()
