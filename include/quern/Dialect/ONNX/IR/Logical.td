// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Logic, comparisons, bits and choice.

#ifndef QUERN_DIALECT_ONNX_IR_LOGICAL_TD
#define QUERN_DIALECT_ONNX_IR_LOGICAL_TD

include "quern/Dialect/ONNX/IR/ONNXTypes.td"

//===--- Bools ------------------------------------------------------------===//

def ONNX_AndOp : ONNX_CompareOp<"And", 7, ONNX_BoolTensor> {
  let summary = "Logical and";
  let description = [{
    `C = A and B` with broadcasting.

    Example: `%c = onnx.And %a, %b : tensor<4xi1>`
  }];
}

def ONNX_OrOp : ONNX_CompareOp<"Or", 7, ONNX_BoolTensor> {
  let summary = "Logical or";
  let description = [{
    `C = A or B` with broadcasting.

    Example: `%c = onnx.Or %a, %b : tensor<4xi1>`
  }];
}

def ONNX_XorOp : ONNX_CompareOp<"Xor", 7, ONNX_BoolTensor> {
  let summary = "Logical exclusive or";
  let description = [{
    `C = A exclusive or B` with broadcasting.

    Example: `%c = onnx.Xor %a, %b : tensor<4xi1>`
  }];
}

def ONNX_NotOp : ONNX_UnaryOp<"Not", 1, ONNX_BoolTensor> {
  let summary = "Logical negation";
  let description = [{
    `Y = not X`

    Example: `%y = onnx.Not %x : tensor<4xi1>`
  }];
  let hasFolder = 1;
}

//===--- Comparisons ------------------------------------------------------===//

def ONNX_EqualOp : ONNX_CompareOp<"Equal", 19, TensorOf<[ONNX_Num, I1, ONNX_StringType]>> {
  let summary = "Elementwise equality";
  let description = [{
    `C = A == B` with broadcasting; false where one is NaN.

    Example: `%c = onnx.Equal %a, %b : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xi1>`
  }];
}

def ONNX_LessOp : ONNX_CompareOp<"Less", 13> {
  let summary = "Elementwise less than";
  let description = [{
    `C = A < B` with broadcasting; false where one is NaN.

    Example: `%c = onnx.Less %a, %b : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xi1>`
  }];
}

def ONNX_LessOrEqualOp : ONNX_CompareOp<"LessOrEqual", 16> {
  let summary = "Elementwise less than or equal";
  let description = [{
    `C = A <= B` with broadcasting; false where one is NaN.

    Example: `%c = onnx.LessOrEqual %a, %b : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xi1>`
  }];
}

def ONNX_GreaterOp : ONNX_CompareOp<"Greater", 13> {
  let summary = "Elementwise greater than";
  let description = [{
    `C = A > B` with broadcasting; false where one is NaN.

    Example: `%c = onnx.Greater %a, %b : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xi1>`
  }];
}

def ONNX_GreaterOrEqualOp : ONNX_CompareOp<"GreaterOrEqual", 16> {
  let summary = "Elementwise greater than or equal";
  let description = [{
    `C = A >= B` with broadcasting; false where one is NaN.

    Example: `%c = onnx.GreaterOrEqual %a, %b : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xi1>`
  }];
}

def ONNX_IsNaNOp : ONNX_Op<"IsNaN", 20, [Pure, ONNX_Pointwise]> {
  let summary = "Which elements are NaN";
  let description = [{
    `Y = X is NaN`

    Example: `%y = onnx.IsNaN %x : (tensor<4xf32>) -> tensor<4xi1>`
  }];
  let arguments = (ins ONNX_AnyFloatTensor:$X);
  let results = (outs ONNX_BoolTensor:$Y);
  let infer = [{ return inferSameShape(*this, types, ::mlir::IntegerType::get(getContext(), 1)); }];
}

def ONNX_IsInfOp : ONNX_Op<"IsInf", 20, [Pure, ONNX_Pointwise]> {
  let summary = "Which elements are infinite";
  let description = [{
    `Y = X is +inf (where detect_positive) or -inf (where detect_negative)`

    Example: `%y = onnx.IsInf %x {detect_negative = 0} : (tensor<4xf32>) -> tensor<4xi1>`
  }];
  let arguments = (ins ONNX_AnyFloatTensor:$X, ONNX_Int64<1>:$detect_negative, ONNX_Int64<1>:$detect_positive);
  let results = (outs ONNX_BoolTensor:$Y);
  let infer = [{ return inferSameShape(*this, types, ::mlir::IntegerType::get(getContext(), 1)); }];
}

//===--- Bits -------------------------------------------------------------===//

def ONNX_BitwiseAndOp : ONNX_BinaryOp<"BitwiseAnd", 18, ONNX_IntTensor> {
  let summary = "Bitwise and";
  let description = [{
    `C = A and B`, bit by bit, with broadcasting.

    Example: `%c = onnx.BitwiseAnd %a, %b : tensor<4xi32>`
  }];
}

def ONNX_BitwiseOrOp : ONNX_BinaryOp<"BitwiseOr", 18, ONNX_IntTensor> {
  let summary = "Bitwise or";
  let description = [{
    `C = A or B`, bit by bit, with broadcasting.

    Example: `%c = onnx.BitwiseOr %a, %b : tensor<4xi32>`
  }];
}

def ONNX_BitwiseXorOp : ONNX_BinaryOp<"BitwiseXor", 18, ONNX_IntTensor> {
  let summary = "Bitwise exclusive or";
  let description = [{
    `C = A exclusive or B`, bit by bit, with broadcasting.

    Example: `%c = onnx.BitwiseXor %a, %b : tensor<4xi32>`
  }];
}

def ONNX_BitwiseNotOp : ONNX_UnaryOp<"BitwiseNot", 18, ONNX_IntTensor> {
  let summary = "Bitwise negation";
  let description = [{
    `Y = not X`, bit by bit.

    Example: `%y = onnx.BitwiseNot %x : tensor<4xi32>`
  }];
}

def ONNX_BitShiftOp : ONNX_BinaryOp<"BitShift", 11, ONNX_IntTensor, (ins StrAttr:$direction)> {
  let summary = "Shifts bits left or right";
  let description = [{
    `C = A << B` where `direction` is `LEFT`, `A >> B` where it is `RIGHT`, with broadcasting. Signed numbers keep
    their sign when they are shifted right; shifts by less than 0 or all the bits leave nothing but the sign.

    Example: `%c = onnx.BitShift %a, %b {direction = "LEFT"} : tensor<4xui8>`
  }];
  let infer = [{
    if (getDirection() != "LEFT" && getDirection() != "RIGHT")
      return emitOpError("expects 'direction' to be LEFT or RIGHT, got '") << getDirection() << "'";
    return inferBroadcast(*this, types);
  }];
}

//===--- Choice -----------------------------------------------------------===//

def ONNX_WhereOp : ONNX_Op<"Where", 16, [Pure, ONNX_Pointwise]> {
  let summary = "Chooses elements from two tensors";
  let description = [{
    `Y = condition ? X : Y` with broadcasting of all three.

    Example: `%z = onnx.Where %c, %x, %y : (tensor<4xi1>, tensor<4xf32>, tensor<f32>) -> tensor<4xf32>`
  }];
  let arguments = (ins ONNX_BoolTensor:$condition, ONNX_Tensor:$X, ONNX_Tensor:$Y);
  let results = (outs ONNX_Tensor:$output);
  let hasFolder = 1;
}

#endif // QUERN_DIALECT_ONNX_IR_LOGICAL_TD
