# Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Operators of ai.onnx.ml: trees, linear models, support vectors, encoders."""

import zlib

import numpy as np

from ..builder import Case, X, single

ML = "ai.onnx.ml"
MODES = ["BRANCH_LEQ", "BRANCH_LT", "BRANCH_GTE", "BRANCH_GT", "BRANCH_EQ", "BRANCH_NEQ"]
NAN = float("nan")


def ml(name, kind, *operands, **attributes):
    return single(name, kind, *operands, domain=ML, **attributes)


def numbers(name, *shape, low=-1.0, high=1.0):
    """Seeded floats, as a flat list."""
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    return rng.uniform(low, high, shape).astype(np.float32).ravel().tolist()


def trees(name, count, depth, classes, weights="target", modes=("BRANCH_LEQ",), one=False, missing=False, low=-1.0, **others):
    """Attributes of an ensemble over four columns. A leaf has weights of all `classes`, of one for its tree (`one`), or of
    any one."""
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    nodes, leaves = [], []

    def grow(tree, level):
        node = {"nodeids": sum(n["treeids"] == tree for n in nodes), "treeids": tree, "featureids": 0, "values": 0.0, "modes": "LEAF",
                "truenodeids": 0, "falsenodeids": 0, "missing_value_tracks_true": 0}
        nodes.append(node)
        if level == 0 or (level < depth and rng.random() < 0.2):
            own = classes if weights == "all" else [classes[tree % len(classes)]] if one else [classes[rng.integers(len(classes))]]
            leaves.extend((tree, node["nodeids"], int(c), float(np.float32(rng.uniform(low, 1)))) for c in own)
        else:
            # Thresholds that inputs of integers meet.
            node.update(featureids=int(rng.integers(4)), values=float(rng.integers(-2, 3)), modes=str(modes[rng.integers(len(modes))]),
                        missing_value_tracks_true=int(rng.integers(2)))
            node.update(truenodeids=grow(tree, level - 1), falsenodeids=grow(tree, level - 1))
        return node["nodeids"]

    for tree in range(count):
        grow(tree, depth)
    kind = others.pop("kind", "target")
    attributes = {f"nodes_{key}": [n[key] for n in nodes] for key in nodes[0] if missing or key != "missing_value_tracks_true"}
    for key, values in zip(("treeids", "nodeids", "ids", "weights"), zip(*leaves)):
        attributes[f"{kind}_{key}"] = list(values)
    return {**attributes, **others}


def rows(*sizes, columns=4, **options):
    """An input of whole numbers, so that thresholds are met."""
    rng = np.random.default_rng(7)
    if len(sizes) > 1:
        return X("n=" + "|".join(map(str, sizes)), columns, low=-3, high=3, **options)
    return X(values=rng.integers(-3, 4, (sizes[0], columns)).astype(np.float32))


def text(*values):
    return np.array(values, dtype=object)


def features():
    yield ml("arrayfeatureextractor", "ArrayFeatureExtractor", X("n=3|1", 4), X(values=np.int64([[2, 0, 2]])))
    yield ml("arrayfeatureextractor_vector", "ArrayFeatureExtractor", X(5, dtype="int64"), X(values=np.int64([4, 1])))
    yield ml("arrayfeatureextractor_strings", "ArrayFeatureExtractor", X(values=text("a", "b", "c", "d").reshape(2, 2)),
             X(values=np.int64([1])))
    yield ml("binarizer", "Binarizer", X("n=3|2", 4), threshold=0.25)
    yield ml("featurevectorizer", "FeatureVectorizer", X("n=3|1", 2), X("n", 3), X("n", 1),
             inputdimensions=[2, 2, 3])
    yield ml("imputer", "Imputer", X(values=np.float32([[1, 0, 2], [NAN, 3, 0]])), imputed_value_floats=[4.0, 5.0, 6.0],
             replaced_value_float=0.0)
    yield ml("imputer_nan", "Imputer", X(values=np.float32([[1, NAN], [NAN, 3]])), imputed_value_floats=[4.0], replaced_value_float=NAN)
    yield ml("imputer_int64", "Imputer", X("n=3|2", 2, dtype="int64", low=0, high=2), imputed_value_int64s=[7, 8], replaced_value_int64=1)
    for norm in ("MAX", "L1", "L2"):
        yield ml(f"normalizer_{norm}".lower(), "Normalizer", X("n=3|1", 5), norm=norm)
    yield ml("normalizer_zero", "Normalizer", X(values=np.float32([[0, 0], [1, -3]])), norm="L2")
    for dtype in ("float32", "float64", "int32", "int64"):
        yield ml(f"scaler_{dtype}", "Scaler", X("n=3|1", 2, dtype=dtype), offset=[0.5, -1.0], scale=[2.0, 3.0])
    yield ml("scaler_one", "Scaler", X("n=3|1", 4), offset=[0.5], scale=[2.0])


def encoders():
    yield ml("labelencoder", "LabelEncoder", X("n=9|4", dtype="int64", low=0, high=6), keys_int64s=[5, 1, 3, 1],
             values_int64s=[50, 10, 30, 11], default_int64=-7)
    yield ml("labelencoder_floats", "LabelEncoder", X(values=np.float32([1.5, NAN, 2.5, 0, 3.5, 9])), keys_floats=[2.5, NAN, 1.5, 3.5, -0.0],
             values_floats=[1.0, 2.0, 3.0, 4.0, 5.0], default_float=-1.0)
    yield ml("labelencoder_mixed", "LabelEncoder", X(2, "n=3|1", dtype="int64", low=0, high=2), keys_int64s=[2, 1], values_floats=[0.5, 1.5])
    yield ml("onehotencoder", "OneHotEncoder", X("n=5|2", dtype="int64", low=0, high=4), cats_int64s=[3, 0, 1])
    yield ml("onehotencoder_floats", "OneHotEncoder", X("n=5|2", 1, low=0, high=4), cats_int64s=[3, 0, 1, 2, 4], zeros=0)


    words = X(values=text("b", "", "x", "a", "b").reshape(5, 1))
    yield ml("labelencoder_from_strings", "LabelEncoder", words, keys_strings=["a", "b", "a"], values_int64s=[5, 6, 7], default_int64=-3)
    yield ml("labelencoder_to_strings", "LabelEncoder", X("n=5|2", dtype="int64", low=0, high=3), keys_int64s=[3, 1],
             values_strings=["three", "one"], default_string="other")
    yield ml("labelencoder_strings", "LabelEncoder", words, keys_strings=["a", ""], values_strings=["A", "empty"])
    yield ml("categorymapper_from_strings", "CategoryMapper", words, cats_strings=["a", "b"], cats_int64s=[5, 6])
    yield ml("categorymapper_to_strings", "CategoryMapper", X("n=5|2", dtype="int64", low=0, high=3), cats_strings=["a", "b"],
             cats_int64s=[3, 1])
    yield ml("onehotencoder_strings", "OneHotEncoder", words, cats_strings=["x", "a", "b"])


def maps():
    yield ml("zipmap", "ZipMap", X("n=3|1", 3), classlabels_int64s=[4, 1, 6])
    yield ml("zipmap_strings", "ZipMap", X("n=2|5", 2), classlabels_strings=["no", "maybe"])
    case = Case("classifier_zipmap")  # as scikit-learn's are exported
    label, scores = case.op("LinearClassifier", X("n=4|1", 3), outputs=2, domain=ML, coefficients=numbers("z", 6), intercepts=[0.1, 0.2],
                            classlabels_ints=[0, 1], post_transform="LOGISTIC")
    scores = case.op("Normalizer", scores, domain=ML, norm="L1")
    yield case.out(label, case.op("ZipMap", scores, domain=ML, classlabels_int64s=[0, 1]))
    yield ml("dictvectorizer", "DictVectorizer", X(values={"b": 2.0, "a": 1.0, "z": 3.0}), string_vocabulary=["a", "c", "b"])
    yield ml("dictvectorizer_int64", "DictVectorizer", X(values={5: 2.0, 7: 1.5}), int64_vocabulary=[7, 1, 5])
    yield ml("castmap", "CastMap", X(values={5: 2.5, 2: 1.5}), cast_to="TO_FLOAT")
    yield ml("castmap_sparse", "CastMap", X(values={5: 2.5, 2: 1.5, 9: 7.0}), cast_to="TO_INT64", map_form="SPARSE", max_map=7)


def linear():
    for name, post in (("none", "NONE"), ("softmax", "SOFTMAX"), ("logistic", "LOGISTIC"), ("softmax_zero", "SOFTMAX_ZERO")):
        yield ml(f"linearclassifier_{name}", "LinearClassifier", X("n=5|1", 4), outputs=2, coefficients=numbers("a", 12),
                 intercepts=[0.1, -0.2, 0.3], classlabels_ints=[2, 5, 4], post_transform=post)
        yield ml(f"linearregressor_{name}", "LinearRegressor", X("n=5|1", 4), coefficients=numbers("b", 8), intercepts=[0.1, -0.2], targets=2,
                 post_transform=post)
    yield ml("linearclassifier_two", "LinearClassifier", X("n=5|1", 4), outputs=2, coefficients=numbers("c", 4), intercepts=[0.1],
             classlabels_ints=[3, 8])
    yield ml("linearclassifier_two_logistic", "LinearClassifier", X("n=5|1", 4), outputs=2, coefficients=numbers("c", 4), intercepts=[0.1],
             classlabels_ints=[3, 8], post_transform="LOGISTIC")
    yield ml("linearclassifier_strings", "LinearClassifier", X("n=5|1", 4), outputs=2, coefficients=numbers("a", 12),
             intercepts=[0.1, -0.2, 0.3], classlabels_strings=["x", "y", "z"])
    yield ml("linearclassifier_int64", "LinearClassifier", X("n=5|1", 4, dtype="int64"), outputs=2, coefficients=numbers("d", 8),
             intercepts=[0.5, 0.0], classlabels_ints=[0, 1])
    yield ml("linearregressor_probit", "LinearRegressor", X("n=5|1", 4, low=0.0), coefficients=numbers("e", 4, low=0.1, high=0.2),
             intercepts=[0.1], post_transform="PROBIT")


def svm():
    for kernel in ("LINEAR", "POLY", "RBF", "SIGMOID"):
        parts = dict(kernel_type=kernel, kernel_params=[0.4, 0.3, 3.0])
        yield ml(f"svmregressor_{kernel}".lower(), "SVMRegressor", X("n=5|1", 4), coefficients=numbers("f", 6), support_vectors=numbers("g", 24),
                 n_supports=6, rho=[0.1], **parts)
        for classes in (2, 3):
            pairs = classes * (classes - 1) // 2
            common = dict(coefficients=numbers("h", classes - 1, 3 * classes), support_vectors=numbers("i", 12 * classes),
                          vectors_per_class=[2, 4, 3][:classes - 1] + [3 * classes - sum([2, 4, 3][:classes - 1])], rho=numbers("j", pairs),
                          classlabels_ints=[4, 1, 6][:classes], **parts)
            yield ml(f"svmclassifier_{kernel}_{classes}".lower(), "SVMClassifier", X("n=5|1", 4), outputs=2, **common)
            yield ml(f"svmclassifier_proba_{kernel}_{classes}".lower(), "SVMClassifier", X("n=5|1", 4), outputs=2,
                     prob_a=numbers("k", pairs, low=-2.0, high=-1.0), prob_b=numbers("l", pairs), tolerance=1e-3, **common)
    yield ml("svmclassifier_without_vectors", "SVMClassifier", X("n=5|1", 4), outputs=2, coefficients=numbers("m", 12), rho=[0.1],
             kernel_params=[0.0, 0.0, 0.0], classlabels_ints=[0, 1, 2], post_transform="SOFTMAX")
    yield ml("svmregressor_one_class", "SVMRegressor", X("n=7|1", 4), coefficients=numbers("n", 4), rho=[0.1], kernel_params=[0.0, 0.0, 0.0],
             n_supports=0, one_class=1)


def ensembles():
    for aggregate in ("SUM", "AVERAGE", "MIN", "MAX"):
        yield ml(f"treeregressor_{aggregate}".lower(), "TreeEnsembleRegressor", rows(6, 1), aggregate_function=aggregate, n_targets=1,
                 **trees(aggregate, 4, 3, [0]))
        yield ml(f"treeregressor_rows_{aggregate}".lower(), "TreeEnsembleRegressor", rows(6, 1), aggregate_function=aggregate, n_targets=2,
                 base_values=[0.5, 0.25], **trees(aggregate, 4, 3, [0, 1], weights="all"))
    yield ml("treeregressor_targets", "TreeEnsembleRegressor", rows(6, 1), n_targets=3, **trees("targets", 5, 3, [0, 1, 2], one=True))
    for mode in MODES:
        yield ml(f"treeregressor_{mode}".lower(), "TreeEnsembleRegressor", rows(20), n_targets=1, **trees(mode, 5, 4, [0], modes=[mode]))
    holes = rows(20).values.copy()
    holes[np.random.default_rng(3).random(holes.shape) < 0.3] = NAN
    yield ml("treeregressor_missing", "TreeEnsembleRegressor", X(values=holes), n_targets=1,
             **trees("missing", 6, 4, [0], modes=MODES, missing=True))
    yield ml("treeregressor_float64", "TreeEnsembleRegressor", rows(6, 1, dtype="float64"), n_targets=1,
             **trees("float64", 5, 4, [0], modes=MODES))
    labels = dict(kind="class", classlabels_int64s=[3, 7])
    for dtype in ("int32", "int64"):
        yield ml(f"treeclassifier_{dtype}", "TreeEnsembleClassifier", rows(6, 1, dtype=dtype), outputs=2,
                 **trees(dtype, 5, 4, [0, 1], modes=MODES, one=True, **labels))
    for name, options in (("positive", dict(low=0.0)), ("mixed", {}), ("logistic", dict(post_transform="LOGISTIC"))):
        yield ml(f"treeclassifier_two_{name}", "TreeEnsembleClassifier", rows(6, 1), outputs=2, **trees(name, 4, 3, [0], **labels, **options))
    yield ml("treeclassifier_two_scored", "TreeEnsembleClassifier", rows(6, 1), outputs=2, base_values=[0.1, 0.2],
             **trees("scored", 4, 3, [0, 1], weights="all", **labels))
    yield ml("treeclassifier_two_sometimes", "TreeEnsembleClassifier", rows(6, 1), outputs=2, **trees("sometimes", 2, 2, [0, 1], **labels))
    labels["classlabels_int64s"] = [5, 6, 4]
    for name, post in (("none", "NONE"), ("softmax", "SOFTMAX"), ("softmax_zero", "SOFTMAX_ZERO")):
        yield ml(f"treeclassifier_{name}", "TreeEnsembleClassifier", rows(6, 1), outputs=2, post_transform=post,
                 **trees("three", 6, 3, [0, 1, 2], one=True, **labels))
    yield ml("treeclassifier_rows", "TreeEnsembleClassifier", rows(6, 1), outputs=2,
             **trees("rows", 4, 3, [0, 1, 2], weights="all", low=0.0, **labels))
    yield ml("treeclassifier_sometimes", "TreeEnsembleClassifier", rows(6, 1), outputs=2, **trees("some", 2, 2, [0, 2], low=-2.0, **labels))

    del labels["classlabels_int64s"]
    yield ml("treeclassifier_strings", "TreeEnsembleClassifier", rows(6, 1), outputs=2, classlabels_strings=["no", "yes"],
             **trees("strings", 4, 3, [0], **labels))

    # Of opset 5: a comparison with a set, and two trees that end in leaves of their own numbers.
    yield ml("treeensemble", "TreeEnsemble", rows(9), n_targets=2, aggregate_function=1, tree_roots=[0, 2], nodes_featureids=[0, 1, 2, 0],
             nodes_modes=np.uint8([6, 0, 3, 4]), nodes_splits=np.float32([0, 1, -1, 2]), nodes_truenodeids=[1, 0, 3, 3],
             nodes_trueleafs=[0, 1, 0, 1], nodes_falsenodeids=[2, 1, 5, 4], nodes_falseleafs=[1, 1, 1, 1],
             membership_values=np.float32([1, -2, 3, NAN]), leaf_targetids=[0, 1, 0, 1, 0, 1],
             leaf_weights=np.float32([1, 2, 3, 4, 5, 6]), nodes_missing_value_tracks_true=[0, 0, 0, 0])


def cases():
    for family in (features, encoders, maps, linear, svm, ensembles):
        yield from family()
