// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Recurrent layers.

#ifndef QUERN_DIALECT_ONNX_IR_RNN_TD
#define QUERN_DIALECT_ONNX_IR_RNN_TD

include "quern/Dialect/ONNX/IR/ONNXBase.td"

def ONNX_LSTMOp : ONNX_Op<"LSTM", 22> {
  let summary = "Long short-term memory";
  let description = [{
    `i, o, f = f(X*W^T + H*R^T + P . C + B)`, `C = f . C + i . g(X*W^T + H*R^T + B)`, `H = o . h(C)`, the gates
    in the order i, o, f, c. `X` is [length, batch, input], `W` [directions, 4*hidden, input], `R` [directions, 4*hidden, hidden],
    `B` [directions, 8*hidden]; with `layout = 1` X, Y and the states have the batch first. `direction` is `forward`,
    `reverse` or `bidirectional`. `Y` holds every state, `Y_h` the last. `Y_c` is the last cell, `P` the peepholes [directions, 3*hidden].

    Example: `%y, %h = onnx.LSTM %x, %w, %r {hidden_size = 8} : (tensor<5x1x4xf32>, tensor<1x32x4xf32>, tensor<1x32x8xf32>) -> (tensor<5x1x1x8xf32>, tensor<1x1x8xf32>, none)`
  }];
  let arguments = (ins ONNX_FloatTensor:$X, ONNX_FloatTensor:$W, ONNX_FloatTensor:$R,
                       Optional<ONNX_FloatTensor>:$B, Optional<ONNX_I32Tensor>:$sequence_lens,
                       Optional<ONNX_FloatTensor>:$initial_h, Optional<ONNX_FloatTensor>:$initial_c,
                       Optional<ONNX_FloatTensor>:$P, ONNX_OptFloats:$activation_alpha,
                       ONNX_OptFloats:$activation_beta, ONNX_OptStrings:$activations, ONNX_OptFloat:$clip,
                       ONNX_String<"forward">:$direction, ONNX_OptInt:$hidden_size,
                       ONNX_Int64<0>:$input_forget, ONNX_Int64<0>:$layout);
  let results = (outs Optional<ONNX_FloatTensor>:$Y, Optional<ONNX_FloatTensor>:$Y_h,
                      Optional<ONNX_FloatTensor>:$Y_c);
  let infer = [{ return inferRecurrent(*this, /*gates=*/4, getHiddenSize(), getDirection(), getLayout(), types); }];
}

def ONNX_GRUOp : ONNX_Op<"GRU", 22> {
  let summary = "Gated recurrent unit";
  let description = [{
    `z, r = f(X*W^T + H*R^T + B)`, `n = g(X*W^T + (r . H)*R^T + B)`, `H = (1 - z) . n + z . H`, the gates in the
    order z, r, h; with `linear_before_reset` r multiplies `H*R^T + Rb`. `X` is [length, batch, input], `W` [directions, 3*hidden, input], `R` [directions, 3*hidden, hidden],
    `B` [directions, 6*hidden]; with `layout = 1` X, Y and the states have the batch first. `direction` is `forward`,
    `reverse` or `bidirectional`. `Y` holds every state, `Y_h` the last.

    Example: `%y, %h = onnx.GRU %x, %w, %r {hidden_size = 8} : (tensor<5x1x4xf32>, tensor<1x24x4xf32>, tensor<1x24x8xf32>) -> (tensor<5x1x1x8xf32>, tensor<1x1x8xf32>)`
  }];
  let arguments = (ins ONNX_FloatTensor:$X, ONNX_FloatTensor:$W, ONNX_FloatTensor:$R,
                       Optional<ONNX_FloatTensor>:$B, Optional<ONNX_I32Tensor>:$sequence_lens,
                       Optional<ONNX_FloatTensor>:$initial_h, ONNX_OptFloats:$activation_alpha,
                       ONNX_OptFloats:$activation_beta, ONNX_OptStrings:$activations, ONNX_OptFloat:$clip,
                       ONNX_String<"forward">:$direction, ONNX_OptInt:$hidden_size, ONNX_Int64<0>:$layout,
                       ONNX_Int64<0>:$linear_before_reset);
  let results = (outs Optional<ONNX_FloatTensor>:$Y, Optional<ONNX_FloatTensor>:$Y_h);
  let infer = [{ return inferRecurrent(*this, /*gates=*/3, getHiddenSize(), getDirection(), getLayout(), types); }];
}

def ONNX_RNNOp : ONNX_Op<"RNN", 22> {
  let summary = "Recurrent layer";
  let description = [{
    `H = f(X*W^T + H*R^T + B)`, f being tanh unless `activations` says otherwise. `X` is [length, batch, input], `W` [directions, hidden, input], `R` [directions, hidden, hidden],
    `B` [directions, 2*hidden]; with `layout = 1` X, Y and the states have the batch first. `direction` is `forward`,
    `reverse` or `bidirectional`. `Y` holds every state, `Y_h` the last.

    Example: `%y, %h = onnx.RNN %x, %w, %r {hidden_size = 8} : (tensor<5x1x4xf32>, tensor<1x8x4xf32>, tensor<1x8x8xf32>) -> (tensor<5x1x1x8xf32>, tensor<1x1x8xf32>)`
  }];
  let arguments = (ins ONNX_FloatTensor:$X, ONNX_FloatTensor:$W, ONNX_FloatTensor:$R,
                       Optional<ONNX_FloatTensor>:$B, Optional<ONNX_I32Tensor>:$sequence_lens,
                       Optional<ONNX_FloatTensor>:$initial_h, ONNX_OptFloats:$activation_alpha,
                       ONNX_OptFloats:$activation_beta, ONNX_OptStrings:$activations, ONNX_OptFloat:$clip,
                       ONNX_String<"forward">:$direction, ONNX_OptInt:$hidden_size, ONNX_Int64<0>:$layout);
  let results = (outs Optional<ONNX_FloatTensor>:$Y, Optional<ONNX_FloatTensor>:$Y_h);
  let infer = [{ return inferRecurrent(*this, /*gates=*/1, getHiddenSize(), getDirection(), getLayout(), types); }];
}

#endif // QUERN_DIALECT_ONNX_IR_RNN_TD
