# Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Strings: their own operators, casts, and the movement that they share with numbers."""

import numpy as np

from ..builder import C, Case, W, X, single

WORDS = np.array(["red", "Grün", "", "a much longer string than the others", "red", "日本語"], dtype=object)
TABLE = WORDS.reshape(2, 3)


def text(*values):
    return np.array(values, dtype=object)


def moved(name, kind, *operands, **attributes):
    return single(name, kind, *operands, reference="onnx", **attributes)


def chain():
    """Strings through a loop-free pipeline: compare, select, join, gather."""
    case = Case("chain", reference="onnx")
    x = case.value(X(values=TABLE))
    same = case.op("Equal", x, C(text("red")))
    chosen = case.op("Where", same, C(text("-")), x)
    joined = case.op("StringConcat", chosen, C(text("!")))
    return case.out(case.op("Gather", joined, C([2, 0]), axis=1), same)


def counts(name, x, **attributes):
    return single(name, "TfIdfVectorizer", x, reference="onnx", max_gram_length=2, ngram_counts=[0, 3],
                  ngram_indexes=[0, 2, 1, 4, 3], **attributes)


def cases():
    yield moved("equal", "Equal", X("n=2|2", 3, values=TABLE), C(text("red", "x", "red")))
    yield moved("concat", "Concat", X(values=TABLE), C(text("a", "b").reshape(2, 1)), axis=1)
    yield moved("transpose", "Transpose", X(values=TABLE), perm=[1, 0])
    yield moved("reshape", "Reshape", X(values=WORDS), C([3, -1]))
    yield moved("slice", "Slice", X(values=WORDS), C([4]), C([0]), C([0]), C([-2]))
    yield moved("expand", "Expand", X(values=text("a", "b").reshape(2, 1)), C([2, 3]))
    yield moved("tile", "Tile", X(values=text("a", "b")), C([3]))
    yield moved("split", "Split", X(values=WORDS), outputs=2, num_outputs=2)
    yield moved("identity", "Identity", X(values=WORDS))
    yield moved("pad", "Pad", X(values=text("a", "b")), C([1, 1]), W(values=text("?").reshape(())))
    yield chain()

    yield moved("string_concat", "StringConcat", X(values=TABLE), X(values=text("x", "", "ü")))
    yield moved("string_split", "StringSplit", X(values=text("a.b.c", "x", "..", "d.e")), outputs=2, delimiter=".")
    yield moved("string_split_spaces", "StringSplit", X(values=text(" a  b ", "c\td\n", "   ")), outputs=2)
    yield moved("string_split_limit", "StringSplit", X(values=text("a,b,c,d", "x,y").reshape(2, 1)), outputs=2,
                delimiter=",", maxsplit=2)
    yield moved("normalize_lower", "StringNormalizer", X(values=text("Monday", "TUESDAY", "ЯЗЫК")),
                case_change_action="LOWER")
    yield moved("normalize_stop", "StringNormalizer", X(values=text("Monday", "TUESDAY", "monday")),
                case_change_action="UPPER", is_case_sensitive=0, stopwords=["MONDAY"])
    yield moved("normalize_nothing_left", "StringNormalizer", X(values=text("monday", "monday")), is_case_sensitive=1,
                stopwords=["monday"])

    yield counts("tfidf", X(values=np.array([[2, 3, 5, 4, 2], [1, 5, 5, 2, 3]])), min_gram_length=1, max_skip_count=1,
                 mode="TF", pool_int64s=[2, 3, 5, 5, 4, 2, 3])
    yield counts("tfidf_strings", X(values=text("red", "green", "red", "blue")), min_gram_length=2, max_skip_count=0,
                 mode="TF", pool_strings=["red", "green", "blue", "red", "green", "red", "blue"])
    yield counts("tfidf_weights", X(values=np.array([2, 3, 5, 4, 2], dtype=np.int32)), min_gram_length=1,
                 max_skip_count=2, mode="IDF", pool_int64s=[2, 3, 5, 5, 4, 2, 3], weights=[0.5, 2.0, 3.0, 4.0, 5.0])

    numbers = text("3.14", "-1e-5", "42", " 7 ", "inf", "1e40")
    yield single("parse_f32", "Cast", X(values=numbers[:5]), to=1)
    yield single("parse_f64", "Cast", X(values=numbers), to=11)
    yield single("parse_i64", "Cast", X(values=text("12", "-9223372036854775808")), to=7)
    yield single("parse_f16", "Cast", X(values=text("0.1", "65504", "1e-7")), to=10, reference="onnx")
    yield moved("print_i32", "Cast", X(values=np.array([1, -2, 2147483647], dtype=np.int32)), to=8)
    yield moved("print_f32", "Cast", X(values=np.array([0.61, 1e-5, 3.0, -0.25], dtype=np.float32)), to=8)
    yield moved("print_bool", "Cast", X(values=np.array([True, False])), to=8)
