// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Operators that are not released yet: those that opsets 27 and 28 of ai.onnx
// add, and the domains ai.onnx.preview and ai.onnx.preview.training. All of
// them are composite.

#ifndef QUERN_DIALECT_ONNX_IR_PREVIEW_TD
#define QUERN_DIALECT_ONNX_IR_PREVIEW_TD

include "quern/Dialect/ONNX/IR/ONNXBase.td"

class ONNX_PreviewOp<string name, list<Trait> facts = [Pure]>
    : ONNX_DomainOp<"ai.onnx.preview", "preview.", name, 1, facts>;
class ONNX_TrainingOp<string name, list<Trait> facts = [Pure]>
    : ONNX_DomainOp<"ai.onnx.preview.training", "training.", name, 1, facts>;

def ONNX_F16_32Tensor : TensorOf<[F16, BF16, F32]>;
def ONNX_F32_64Tensor : TensorOf<[F32, F64]>;

//===--- ai.onnx 27 and 28 ------------------------------------------------===//

def ONNX_SwiGLUOp : ONNX_Op<"SwiGLU", 28, [Pure, ONNX_Pointwise]> {
  let summary = "Gate of a gated linear unit";
  let description = [{
    `Y = A * sigmoid(alpha * A) * B`. Preview: opset 28 is not released.

    Example: `%y = onnx.SwiGLU %a, %b : tensor<2x8xf32>`
  }];
  let arguments = (ins ONNX_FloatTensor:$A, ONNX_FloatTensor:$B, ONNX_Float<"1.0f">:$alpha);
  let results = (outs ONNX_FloatTensor:$Y);
}

def ONNX_CausalConvWithStateOp : ONNX_Op<"CausalConvWithState", 27> {
  let summary = "Causal depthwise convolution of a sequence";
  let description = [{
    The input, batch x channels x length, behind the `past_state` (k - 1 positions, zeros where it is absent) is
    convolved with one kernel a channel, channels x 1 x k. `present_state` is the last k - 1 positions. `activation`
    is `none`, `silu` or `swish`. Preview: opset 27 is not released.

    Example: `%y, %s = onnx.CausalConvWithState %x, %w : (tensor<2x4x8xf32>, tensor<4x1x3xf32>) -> (tensor<2x4x8xf32>, tensor<2x4x2xf32>)`
  }];
  let arguments = (ins ONNX_F16_32Tensor:$input, ONNX_F16_32Tensor:$weight, Optional<ONNX_F16_32Tensor>:$bias,
                       Optional<ONNX_F16_32Tensor>:$past_state, ONNX_String<"none">:$activation);
  let results = (outs ONNX_F16_32Tensor:$output, ONNX_F16_32Tensor:$present_state);
}

def ONNX_LinearAttentionOp : ONNX_Op<"LinearAttention", 27> {
  let summary = "Attention by a recurrent state";
  let description = [{
    For each position t, with the state S of each key head (features of keys x features of values):
    `S = exp(g_t) * S` where gated, `v_t = beta_t * (v_t - S^T k_t)` where it is a delta rule,
    `S = S + k_t v_t^T`, `o_t = scale * S^T q_t`. `update_rule` is `linear`, `gated`, `delta` or `gated_delta`; query
    heads share key heads. `chunk_size` is a hint. Preview: opset 27 is not released.

    Example: `%y, %s = onnx.LinearAttention %q, %k, %v {kv_num_heads = 2, q_num_heads = 2, update_rule = "linear"} : (tensor<1x5x8xf32>, tensor<1x5x8xf32>, tensor<1x5x6xf32>) -> (tensor<1x5x6xf32>, tensor<1x2x4x3xf32>)`
  }];
  let arguments = (ins ONNX_F16_32Tensor:$query, ONNX_F16_32Tensor:$key, ONNX_F16_32Tensor:$value,
                       Optional<ONNX_F16_32Tensor>:$past_state, Optional<ONNX_F16_32Tensor>:$decay,
                       Optional<ONNX_F16_32Tensor>:$beta, ONNX_Int64<64>:$chunk_size, ONNX_Int64Attr:$kv_num_heads,
                       ONNX_Int64Attr:$q_num_heads, ONNX_Float<"0.0f">:$scale,
                       ONNX_String<"gated_delta">:$update_rule);
  let results = (outs ONNX_F16_32Tensor:$output, ONNX_F16_32Tensor:$present_state);
}

//===--- ai.onnx.preview --------------------------------------------------===//

def ONNX_PreviewFlexAttentionOp
    : ONNX_PreviewOp<"FlexAttention", [SingleBlock, RecursiveMemoryEffects, RecursivelySpeculatable]> {
  let summary = "Attention with graphs that change scores and probabilities";
  let description = [{
    `Y = prob_mod(softmax(score_mod(Q K^T * scale))) V`. Each graph, empty where it is absent, takes and yields a
    tensor of batch x heads x queries x keys, in `softmax_precision`, which is f32 by default (f64 for f64).

    Example:
    ```mlir
    %y = onnx.preview.FlexAttention %q, %k, %v : tensor<1x2x3x4xf32> {
    ^bb0(%scores: tensor<1x2x3x3xf32>):
      %0 = onnx.Tanh %scores : tensor<1x2x3x3xf32>
      onnx.Yield %0 : tensor<1x2x3x3xf32>
    }, {
    }
    ```
  }];
  let arguments = (ins ONNX_FloatTensor:$Q, ONNX_FloatTensor:$K, ONNX_FloatTensor:$V, ONNX_OptFloat:$scale,
                       ONNX_OptInt:$softmax_precision);
  let results = (outs ONNX_FloatTensor:$Y);
  let regions = (region AnyRegion:$score_mod, AnyRegion:$prob_mod);
  let declarations = [{
    // The type that scores and probabilities are computed in, or an error.
    ::llvm::FailureOr<::mlir::Type> getPrecision();
  }];
  let hasRegionVerifier = 1;
}

//===--- ai.onnx.preview.training -----------------------------------------===//

// R, T, then n tensors and, as many of each, what belongs to them: gradients first, then `states` kinds of state. The
// results are the new tensors and states.
class ONNX_OptimizerOp<string name, int states, dag attributes> : ONNX_TrainingOp<name> {
  let arguments = !con((ins ONNX_F32_64Tensor:$R, ONNX_I64Tensor:$T, Variadic<ONNX_F32_64Tensor>:$inputs), attributes);
  let results = (outs Variadic<ONNX_F32_64Tensor>:$outputs);
  let infer = [{ return inferOptimizer(*this, getR(), getT(), getInputs(), }] # states # [{, types); }];
}

def ONNX_TrainingAdagradOp : ONNX_OptimizerOp<"Adagrad", 1,
    (ins ONNX_Float<"0.0f">:$decay_factor, ONNX_Float<"1e-6f">:$epsilon, ONNX_Float<"0.0f">:$norm_coefficient)> {
  let summary = "A step of Adagrad";
  let description = [{
    For tensors X with gradients G and squared gradients H: `G = norm_coefficient * X + G`, `H = H + G * G`,
    `X = X - R / (1 + T * decay_factor) * G / (sqrt(H) + epsilon)`

    Example: `%x1, %h1 = onnx.training.Adagrad %r, %t, %x, %g, %h : (tensor<f32>, tensor<i64>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>)`
  }];
}

def ONNX_TrainingMomentumOp : ONNX_OptimizerOp<"Momentum", 1,
    (ins F32Attr:$alpha, F32Attr:$beta, StrAttr:$mode, F32Attr:$norm_coefficient)> {
  let summary = "A step of gradient descent with momentum";
  let description = [{
    For tensors X with gradients G and momenta V: `G = norm_coefficient * X + G`,
    `V = alpha * V + (T > 0 ? beta : 1) * G`, and `X = X - R * V` where the mode is `standard`,
    `X = X - R * (G + alpha * V)` where it is `nesterov`.

    Example: `%x1, %v1 = onnx.training.Momentum %r, %t, %x, %g, %v {alpha = 0.9 : f32, beta = 1.0 : f32, mode = "standard", norm_coefficient = 0.0 : f32} : (tensor<f32>, tensor<i64>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>)`
  }];
}

def ONNX_TrainingAdamOp : ONNX_OptimizerOp<"Adam", 2,
    (ins ONNX_Float<"0.9f">:$alpha, ONNX_Float<"0.999f">:$beta, ONNX_Float<"1e-6f">:$epsilon,
         ONNX_Float<"0.0f">:$norm_coefficient, ONNX_Float<"0.0f">:$norm_coefficient_post)> {
  let summary = "A step of Adam";
  let description = [{
    For tensors X with gradients G and their averages V and H: `G = norm_coefficient * X + G`,
    `V = alpha * V + (1 - alpha) * G`, `H = beta * H + (1 - beta) * G * G`,
    `r = T > 0 ? R * sqrt(1 - beta^T) / (1 - alpha^T) : R`,
    `X = (1 - norm_coefficient_post) * (X - r * V / (sqrt(H) + epsilon))`

    Example: `%x1, %v1, %h1 = onnx.training.Adam %r, %t, %x, %g, %v, %h : (tensor<f32>, tensor<i64>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>)`
  }];
}

#endif // QUERN_DIALECT_ONNX_IR_PREVIEW_TD
