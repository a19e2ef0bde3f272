// Rules of sequences, optionals and strings.
// RUN: quern-opt %s -split-input-file -verify-diagnostics

func.func @test(%s: !onnx.Seq<tensor<4xf32>>, %x: tensor<4xi64>) {
  // expected-error @below {{expects a tensor as the sequence has, '!onnx.Seq<tensor<4xf32>>', got 'tensor<4xi64>'}}
  %t = onnx.SequenceInsert %s, %x : (!onnx.Seq<tensor<4xf32>>, tensor<4xi64>) -> !onnx.Seq<tensor<4xf32>>
  return
}

// -----

func.func @test(%s: !onnx.Seq<tensor<4xf32>>, %i: tensor<2xi64>) {
  // expected-error @below {{expects 'position' to hold one element, got 'tensor<2xi64>'}}
  %t = onnx.SequenceAt %s, %i : (!onnx.Seq<tensor<4xf32>>, tensor<2xi64>) -> tensor<4xf32>
  return
}

// -----

func.func @test(%s: !onnx.Seq<!onnx.Map<i64, f32>>, %i: tensor<i64>) {
  // expected-error @below {{expects a sequence of tensors, got '!onnx.Seq<!onnx.Map<i64, f32>>'}}
  %t = onnx.SequenceAt %s, %i : (!onnx.Seq<!onnx.Map<i64, f32>>, tensor<i64>) -> tensor<4xf32>
  return
}

// -----

func.func @test(%s: !onnx.Seq<tensor<4xf32>>) {
  // expected-error @below {{expects 'axis' in [-1, 0], got 1}}
  %t = onnx.ConcatFromSequence %s {axis = 1} : (!onnx.Seq<tensor<4xf32>>) -> tensor<?xf32>
  return
}

// -----

func.func @test() {
  // expected-error @below {{expects 'dtype' to be the number of a tensor's data type, got 99}}
  %s = onnx.SequenceEmpty {dtype = 99} : () -> !onnx.Seq<f32>
  return
}

// -----

func.func @test() {
  // expected-error @below {{expects an input, or attribute 'type'}}
  %s = onnx.Optional : () -> !onnx.Opt<f32>
  return
}

// -----

func.func @test(%s: !onnx.Seq<tensor<4xf32>>) {
  // expected-error @below {{expects a body of 1 outputs, got 2}}
  %t = onnx.SequenceMap %s : (!onnx.Seq<tensor<4xf32>>) -> !onnx.Seq<tensor<4xf32>> {
  ^bb0(%x: tensor<4xf32>):
    onnx.Yield %x, %x : tensor<4xf32>, tensor<4xf32>
  }
  return
}

// -----

func.func @test(%x: tensor<2x3x!onnx.String>) {
  // expected-error @below {{expects 'X' of shape [C] or [1, C], got 'tensor<2x3x!onnx.String>'}}
  %y = onnx.StringNormalizer %x : (tensor<2x3x!onnx.String>) -> tensor<?x?x!onnx.String>
  return
}

// -----

func.func @test(%x: tensor<4xi64>) {
  // expected-error @below {{expects 'ngram_counts' to cut the pool of 3 in whole 2-grams, got 0 at #1}}
  %y = onnx.TfIdfVectorizer %x {max_gram_length = 2, max_skip_count = 0, min_gram_length = 1, mode = "TF", ngram_counts = array<i64: 0, 0>, ngram_indexes = array<i64: 0>, pool_int64s = array<i64: 1, 2, 3>} : (tensor<4xi64>) -> tensor<1xf32>
  return
}

// -----

func.func @test(%x: tensor<4x!onnx.String>) {
  // expected-error @below {{expects 'pool_strings' alone, to look for in '!onnx.String'}}
  %y = onnx.TfIdfVectorizer %x {max_gram_length = 1, max_skip_count = 0, min_gram_length = 1, mode = "TF", ngram_counts = array<i64: 0>, ngram_indexes = array<i64: 0>, pool_int64s = array<i64: 1>} : (tensor<4x!onnx.String>) -> tensor<1xf32>
  return
}
