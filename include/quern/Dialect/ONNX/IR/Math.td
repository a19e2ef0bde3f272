// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Elementwise arithmetic.

#ifndef QUERN_DIALECT_ONNX_IR_MATH_TD
#define QUERN_DIALECT_ONNX_IR_MATH_TD

include "quern/Dialect/ONNX/IR/ONNXBase.td"

//===--- One operand ------------------------------------------------------===//

def ONNX_AbsOp : ONNX_UnaryOp<"Abs", 13, ONNX_NumTensor> {
  let summary = "Absolute value";
  let description = [{
    `Y = |X|`

    Example: `%y = onnx.Abs %x : tensor<4xf32>`
  }];
  let hasFolder = 1;
}

def ONNX_NegOp : ONNX_UnaryOp<"Neg", 13, ONNX_SignedTensor> {
  let summary = "Negation";
  let description = [{
    `Y = -X`; integers wrap.

    Example: `%y = onnx.Neg %x : tensor<4xf32>`
  }];
  let hasFolder = 1;
}

def ONNX_SignOp : ONNX_UnaryOp<"Sign", 13, ONNX_NumTensor> {
  let summary = "Sign: -1, 0 or 1";
  let description = [{
    `Y = (X > 0) - (X < 0)`

    Example: `%y = onnx.Sign %x : tensor<4xf32>`
  }];
}

def ONNX_ReciprocalOp : ONNX_UnaryOp<"Reciprocal", 13> {
  let summary = "Reciprocal";
  let description = [{
    `Y = 1 / X`

    Example: `%y = onnx.Reciprocal %x : tensor<4xf32>`
  }];
}

def ONNX_SqrtOp : ONNX_UnaryOp<"Sqrt", 13> {
  let summary = "Square root";
  let description = [{
    `Y = sqrt(X)`, NaN for negative X.

    Example: `%y = onnx.Sqrt %x : tensor<4xf32>`
  }];
  let hasFolder = 1;
}

def ONNX_ExpOp : ONNX_UnaryOp<"Exp", 13> {
  let summary = "Exponential";
  let description = [{
    `Y = e^X`

    Example: `%y = onnx.Exp %x : tensor<4xf32>`
  }];
}

def ONNX_LogOp : ONNX_UnaryOp<"Log", 13> {
  let summary = "Natural logarithm";
  let description = [{
    `Y = ln(X)`, NaN for negative X.

    Example: `%y = onnx.Log %x : tensor<4xf32>`
  }];
}

def ONNX_FloorOp : ONNX_UnaryOp<"Floor", 13> {
  let summary = "Rounds towards minus infinity";
  let description = [{
    `Y = floor(X)`

    Example: `%y = onnx.Floor %x : tensor<4xf32>`
  }];
  let hasFolder = 1;
}

def ONNX_CeilOp : ONNX_UnaryOp<"Ceil", 13> {
  let summary = "Rounds towards infinity";
  let description = [{
    `Y = ceil(X)`

    Example: `%y = onnx.Ceil %x : tensor<4xf32>`
  }];
  let hasFolder = 1;
}

def ONNX_RoundOp : ONNX_UnaryOp<"Round", 22> {
  let summary = "Rounds to the nearest integer";
  let description = [{
    `Y = round(X)`, halves to even.

    Example: `%y = onnx.Round %x : tensor<4xf32>`
  }];
  let hasFolder = 1;
}

def ONNX_ErfOp : ONNX_UnaryOp<"Erf", 13> {
  let summary = "Error function";
  let description = [{
    `Y = erf(X) = 2/sqrt(pi) * integral of exp(-t^2) over [0, X]`

    Example: `%y = onnx.Erf %x : tensor<4xf32>`
  }];
}

def ONNX_SinOp : ONNX_UnaryOp<"Sin", 22> {
  let summary = "Sine";
  let description = [{
    `Y = sin(X)`, in radians.

    Example: `%y = onnx.Sin %x : tensor<4xf32>`
  }];
}

def ONNX_CosOp : ONNX_UnaryOp<"Cos", 22> {
  let summary = "Cosine";
  let description = [{
    `Y = cos(X)`, in radians.

    Example: `%y = onnx.Cos %x : tensor<4xf32>`
  }];
}

def ONNX_TanOp : ONNX_UnaryOp<"Tan", 22> {
  let summary = "Tangent";
  let description = [{
    `Y = tan(X)`, in radians.

    Example: `%y = onnx.Tan %x : tensor<4xf32>`
  }];
}

def ONNX_AsinOp : ONNX_UnaryOp<"Asin", 22> {
  let summary = "Inverse sine";
  let description = [{
    `Y = asin(X)`, in radians.

    Example: `%y = onnx.Asin %x : tensor<4xf32>`
  }];
}

def ONNX_AcosOp : ONNX_UnaryOp<"Acos", 22> {
  let summary = "Inverse cosine";
  let description = [{
    `Y = acos(X)`, in radians.

    Example: `%y = onnx.Acos %x : tensor<4xf32>`
  }];
}

def ONNX_AtanOp : ONNX_UnaryOp<"Atan", 22> {
  let summary = "Inverse tangent";
  let description = [{
    `Y = atan(X)`, in radians.

    Example: `%y = onnx.Atan %x : tensor<4xf32>`
  }];
}

def ONNX_SinhOp : ONNX_UnaryOp<"Sinh", 22> {
  let summary = "Hyperbolic sine";
  let description = [{
    `Y = sinh(X)`

    Example: `%y = onnx.Sinh %x : tensor<4xf32>`
  }];
}

def ONNX_CoshOp : ONNX_UnaryOp<"Cosh", 22> {
  let summary = "Hyperbolic cosine";
  let description = [{
    `Y = cosh(X)`

    Example: `%y = onnx.Cosh %x : tensor<4xf32>`
  }];
}

def ONNX_AsinhOp : ONNX_UnaryOp<"Asinh", 22> {
  let summary = "Inverse hyperbolic sine";
  let description = [{
    `Y = asinh(X)`

    Example: `%y = onnx.Asinh %x : tensor<4xf32>`
  }];
}

def ONNX_AcoshOp : ONNX_UnaryOp<"Acosh", 22> {
  let summary = "Inverse hyperbolic cosine";
  let description = [{
    `Y = acosh(X)`

    Example: `%y = onnx.Acosh %x : tensor<4xf32>`
  }];
}

def ONNX_AtanhOp : ONNX_UnaryOp<"Atanh", 22> {
  let summary = "Inverse hyperbolic tangent";
  let description = [{
    `Y = atanh(X)`

    Example: `%y = onnx.Atanh %x : tensor<4xf32>`
  }];
}

def ONNX_TanhOp : ONNX_UnaryOp<"Tanh", 13> {
  let summary = "Hyperbolic tangent";
  let description = [{
    `Y = tanh(X)`

    Example: `%y = onnx.Tanh %x : tensor<4xf32>`
  }];
}

//===--- Two operands -----------------------------------------------------===//

def ONNX_AddOp : ONNX_BinaryOp<"Add", 14> {
  let summary = "Elementwise sum";
  let description = [{
    `C = A + B` with broadcasting; integers wrap.

    Example: `%c = onnx.Add %a, %b : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xf32>`
  }];
  let hasFolder = 1;
}

def ONNX_SubOp : ONNX_BinaryOp<"Sub", 14> {
  let summary = "Elementwise difference";
  let description = [{
    `C = A - B` with broadcasting; integers wrap.

    Example: `%c = onnx.Sub %a, %b : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xf32>`
  }];
  let hasFolder = 1;
}

def ONNX_MulOp : ONNX_BinaryOp<"Mul", 14> {
  let summary = "Elementwise product";
  let description = [{
    `C = A * B` with broadcasting; integers wrap.

    Example: `%c = onnx.Mul %a, %b : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xf32>`
  }];
  let hasFolder = 1;
}

def ONNX_DivOp : ONNX_BinaryOp<"Div", 14> {
  let summary = "Elementwise quotient";
  let description = [{
    `C = A / B` with broadcasting; integers are truncated towards zero, and dividing
    them by zero fails at run time.

    Example: `%c = onnx.Div %a, %b : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xf32>`
  }];
  let hasFolder = 1;
}

def ONNX_ModOp : ONNX_BinaryOp<"Mod", 13, ONNX_NumTensor, (ins ONNX_Int64<0>:$fmod)> {
  let summary = "Elementwise remainder";
  let description = [{
    `C = A mod B` with broadcasting: the remainder has the sign of B, or with `fmod = 1`
    (the only form for floats) that of A. Integers modulo zero fail at run time.

    Example: `%c = onnx.Mod %a, %b {fmod = 1} : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xf32>`
  }];
  let hasFolder = 1;
}

def ONNX_PowOp : ONNX_Op<"Pow", 15, [Pure, ONNX_Pointwise]> {
  let summary = "Elementwise power";
  let description = [{
    `Z = X ^ Y` with broadcasting, in the type of X.

    Example: `%z = onnx.Pow %x, %y : (tensor<2x3xf32>, tensor<i64>) -> tensor<2x3xf32>`
  }];
  let arguments = (ins TensorOf<[ONNX_F16_64, I32, I64]>:$X, ONNX_NumTensor:$Y);
  let results = (outs TensorOf<[ONNX_F16_64, I32, I64]>:$Z);
  let infer = [{ return inferBroadcast(*this, types, getElementTypeOrSelf(getX()), /*sameElements=*/false); }];
}

//===--- Any number of operands -------------------------------------------===//

def ONNX_MaxOp : ONNX_VariadicOp<"Max", 13> {
  let summary = "Elementwise maximum";
  let description = [{
    The result is the largest of the inputs, with broadcasting; a NaN in one makes a NaN.

    Example: `%y = onnx.Max %a, %b : tensor<4xf32>`
  }];
}

def ONNX_MinOp : ONNX_VariadicOp<"Min", 13> {
  let summary = "Elementwise minimum";
  let description = [{
    The result is the smallest of the inputs, with broadcasting; a NaN in one makes a NaN.

    Example: `%y = onnx.Min %a, %b : tensor<4xf32>`
  }];
}

def ONNX_SumOp : ONNX_VariadicOp<"Sum", 13, ONNX_FloatTensor> {
  let summary = "Elementwise sum of any number of tensors";
  let description = [{
    The result is the sum of the inputs, with broadcasting.

    Example: `%y = onnx.Sum %a, %b, %c : tensor<4xf32>`
  }];
}

def ONNX_MeanOp : ONNX_VariadicOp<"Mean", 13, ONNX_FloatTensor> {
  let summary = "Elementwise mean of any number of tensors";
  let description = [{
    The result is the sum of the inputs divided by their number, with broadcasting.

    Example: `%y = onnx.Mean %a, %b, %c : tensor<4xf32>`
  }];
}

def ONNX_ClipOp : ONNX_Op<"Clip", 13, [Pure, ONNX_Pointwise]> {
  let summary = "Limits the elements to [min, max]";
  let description = [{
    `Y = min(max(X, min), max)`; an absent bound is the type's own.

    Example: `%y = onnx.Clip %x, none, %max : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>`
  }];
  let arguments = (ins ONNX_NumTensor:$input, Optional<ONNX_NumTensor>:$min, Optional<ONNX_NumTensor>:$max);
  let results = (outs ONNX_NumTensor:$output);
  let hasFolder = 1;
}

#endif // QUERN_DIALECT_ONNX_IR_MATH_TD
