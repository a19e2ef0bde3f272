// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Operators on strings.

#ifndef QUERN_DIALECT_ONNX_IR_STRING_TD
#define QUERN_DIALECT_ONNX_IR_STRING_TD

include "quern/Dialect/ONNX/IR/ONNXTypes.td"

def ONNX_StringConcatOp : ONNX_Op<"StringConcat", 20> {
  let summary = "The strings of two tensors, one after the other";
  let description = [{
    With NumPy broadcasting.

    Example: `%z = onnx.StringConcat %x, %y : tensor<4x!onnx.String>`
  }];
  let arguments = (ins ONNX_StringTensor:$X, ONNX_StringTensor:$Y);
  let results = (outs ONNX_StringTensor:$Z);
  let infer = [{ return inferBroadcast(*this, types); }];
}

def ONNX_StringSplitOp : ONNX_Op<"StringSplit", 20> {
  let summary = "The parts of strings between delimiters";
  let description = [{
    Y has a last dimension for the parts, as long as the longest needs, filled with empty strings; Z counts them. Without
    a delimiter, runs of white space are one. At most `maxsplit` splits, from the left.

    Example: `%y, %n = onnx.StringSplit %x {delimiter = "."} : (tensor<4x!onnx.String>) -> (tensor<4x?x!onnx.String>, tensor<4xi64>)`
  }];
  let arguments = (ins ONNX_StringTensor:$X, ONNX_OptString:$delimiter, ONNX_OptInt:$maxsplit);
  let results = (outs ONNX_StringTensor:$Y, ONNX_I64Tensor:$Z);
}

def ONNX_StringNormalizerOp : ONNX_Op<"StringNormalizer", 10> {
  let summary = "Changes the case of strings and removes stop words";
  let description = [{
    X has the shape [C] or [1, C]. What is left, or one empty string where nothing is, keeps its order.

    Example: `%y = onnx.StringNormalizer %x {case_change_action = "LOWER"} : (tensor<4x!onnx.String>) -> tensor<?x!onnx.String>`
  }];
  let arguments = (ins ONNX_StringTensor:$X, ONNX_String<"NONE">:$case_change_action,
                       ONNX_Int64<0>:$is_case_sensitive, ONNX_OptString:$locale, ONNX_OptStrings:$stopwords);
  let results = (outs ONNX_StringTensor:$Y);
}

def ONNX_TfIdfVectorizerOp : ONNX_Op<"TfIdfVectorizer", 9> {
  let summary = "Counts n-grams, weighted";
  let description = [{
    How often each n-gram of the pool stands in a row of X, its items up to `max_skip_count` items apart; times its
    weight where `mode` has IDF, or 1 for those that are there at all.

    Example: `%y = onnx.TfIdfVectorizer %x {max_gram_length = 1, max_skip_count = 0, min_gram_length = 1, mode = "TF", ngram_counts = array<i64: 0>, ngram_indexes = array<i64: 0, 1>, pool_int64s = array<i64: 5, 6>} : (tensor<2x4xi64>) -> tensor<2x2xf32>`
  }];
  let arguments = (ins TensorOf<[ONNX_StringType, I32, I64]>:$X, ONNX_Int64Attr:$max_gram_length,
                       ONNX_Int64Attr:$max_skip_count, ONNX_Int64Attr:$min_gram_length, StrAttr:$mode,
                       DenseI64ArrayAttr:$ngram_counts, DenseI64ArrayAttr:$ngram_indexes, ONNX_OptInts:$pool_int64s,
                       ONNX_OptStrings:$pool_strings, ONNX_OptFloats:$weights);
  let results = (outs ONNX_F32Tensor:$Y);
}

#endif // QUERN_DIALECT_ONNX_IR_STRING_TD
