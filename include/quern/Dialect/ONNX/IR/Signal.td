// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Signal processing.

#ifndef QUERN_DIALECT_ONNX_IR_SIGNAL_TD
#define QUERN_DIALECT_ONNX_IR_SIGNAL_TD

include "quern/Dialect/ONNX/IR/ONNXBase.td"

def ONNX_DFTOp : ONNX_Op<"DFT", 20> {
  let summary = "Discrete Fourier transform";
  let description = [{
    Along `axis` (the last but one where absent); the last dimension holds real (and imaginary) parts. `dft_length`
    cuts or pads the signal; `onesided` keeps the first half, and with `inverse` is its inverse.

    Example: `%y = onnx.DFT %x : (tensor<1x16x1xf32>) -> tensor<1x16x2xf32>`
  }];
  let arguments = (ins ONNX_FloatTensor:$input, Optional<ONNX_IndexTensor>:$dft_length,
                       Optional<ONNX_I64Tensor>:$axis, ONNX_Int64<0>:$inverse, ONNX_Int64<0>:$onesided);
  let results = (outs ONNX_FloatTensor:$output);
}

def ONNX_STFTOp : ONNX_Op<"STFT", 17> {
  let summary = "Short-time Fourier transform";
  let description = [{
    The DFT of frames of `frame_length` samples, `frame_step` apart, each times `window`.

    Example: `%y = onnx.STFT %x, %step, %w : (tensor<1x128x1xf32>, tensor<i64>, tensor<16xf32>) -> tensor<1x?x9x2xf32>`
  }];
  let arguments = (ins ONNX_FloatTensor:$signal, ONNX_IndexTensor:$frame_step,
                       Optional<ONNX_FloatTensor>:$window, Optional<ONNX_IndexTensor>:$frame_length,
                       ONNX_Int64<1>:$onesided);
  let results = (outs ONNX_FloatTensor:$output);
}

def ONNX_BlackmanWindowOp : ONNX_Op<"BlackmanWindow", 17> {
  let summary = "Blackman window";
  let description = [{
    `Y[n] = 0.42 - 0.5 * cos(2 * pi * n / N) + 0.08 * cos(4 * pi * n / N)` with N = size, or size - 1 unless `periodic`;
    `output_datatype` is a TensorProto data type.

    Example: `%y = onnx.BlackmanWindow %n : (tensor<i64>) -> tensor<?xf32>`
  }];
  let arguments = (ins ONNX_IndexTensor:$size, ONNX_Int64<1>:$output_datatype, ONNX_Int64<1>:$periodic);
  let results = (outs ONNX_NumTensor:$output);
  let infer = [{ return inferWindow(*this, getOutputDatatype(), types); }];
}

def ONNX_HannWindowOp : ONNX_Op<"HannWindow", 17> {
  let summary = "Hann window";
  let description = [{
    `Y[n] = 0.5 - 0.5 * cos(2 * pi * n / N)` with N = size, or size - 1 unless `periodic`;
    `output_datatype` is a TensorProto data type.

    Example: `%y = onnx.HannWindow %n : (tensor<i64>) -> tensor<?xf32>`
  }];
  let arguments = (ins ONNX_IndexTensor:$size, ONNX_Int64<1>:$output_datatype, ONNX_Int64<1>:$periodic);
  let results = (outs ONNX_NumTensor:$output);
  let infer = [{ return inferWindow(*this, getOutputDatatype(), types); }];
}

def ONNX_HammingWindowOp : ONNX_Op<"HammingWindow", 17> {
  let summary = "Hamming window";
  let description = [{
    `Y[n] = 25/46 - 21/46 * cos(2 * pi * n / N)` with N = size, or size - 1 unless `periodic`;
    `output_datatype` is a TensorProto data type.

    Example: `%y = onnx.HammingWindow %n : (tensor<i64>) -> tensor<?xf32>`
  }];
  let arguments = (ins ONNX_IndexTensor:$size, ONNX_Int64<1>:$output_datatype, ONNX_Int64<1>:$periodic);
  let results = (outs ONNX_NumTensor:$output);
  let infer = [{ return inferWindow(*this, getOutputDatatype(), types); }];
}

def ONNX_MelWeightMatrixOp : ONNX_Op<"MelWeightMatrix", 17> {
  let summary = "Weights from a spectrum to the mel scale";
  let description = [{
    A matrix [dft_length / 2 + 1, num_mel_bins] of triangular filters between the two frequencies.

    Example: `%y = onnx.MelWeightMatrix %bins, %length, %rate, %lo, %hi : (tensor<i64>, tensor<i64>, tensor<i64>, tensor<f32>, tensor<f32>) -> tensor<?x?xf32>`
  }];
  let arguments = (ins ONNX_IndexTensor:$num_mel_bins, ONNX_IndexTensor:$dft_length,
                       ONNX_IndexTensor:$sample_rate, ONNX_FloatTensor:$lower_edge_hertz,
                       ONNX_FloatTensor:$upper_edge_hertz, ONNX_Int64<1>:$output_datatype);
  let results = (outs ONNX_NumTensor:$output);
}

#endif // QUERN_DIALECT_ONNX_IR_SIGNAL_TD
