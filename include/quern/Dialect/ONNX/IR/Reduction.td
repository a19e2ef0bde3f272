// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Reductions, arg-reductions and running sums.

#ifndef QUERN_DIALECT_ONNX_IR_REDUCTION_TD
#define QUERN_DIALECT_ONNX_IR_REDUCTION_TD

include "quern/Dialect/ONNX/IR/ONNXBase.td"

// Reduces along `axes`, which are all of them where the operand is absent or
// empty (unless `noop_with_empty_axes`).
class ONNX_ReduceOp<string name, int since, Type type = ONNX_Num32Tensor> : ONNX_Op<name, since> {
  let arguments = (ins type:$data, Optional<ONNX_I64Tensor>:$axes, ONNX_Int64<1>:$keepdims,
                       ONNX_Int64<0>:$noop_with_empty_axes);
  let results = (outs type:$reduced);
  let infer = [{ return inferReduce(*this, getAxes(), getKeepdims(), getNoopWithEmptyAxes(), types); }];
}

def ONNX_ReduceSumOp : ONNX_ReduceOp<"ReduceSum", 13> {
  let summary = "Sum along axes";
  let description = [{
    `Y = sum(X)` along `axes`.

    Example: `%y = onnx.ReduceSum %x, %axes {keepdims = 0} : (tensor<2x8xf32>, tensor<1xi64>) -> tensor<?xf32>`
  }];
  let hasFolder = 1;
}

def ONNX_ReduceMeanOp : ONNX_ReduceOp<"ReduceMean", 18> {
  let summary = "Mean along axes";
  let description = [{
    `Y = sum(X) / n` along `axes`.

    Example: `%y = onnx.ReduceMean %x, %axes {keepdims = 0} : (tensor<2x8xf32>, tensor<1xi64>) -> tensor<?xf32>`
  }];
}

def ONNX_ReduceMaxOp : ONNX_ReduceOp<"ReduceMax", 20, TensorOf<[ONNX_Num, I1]>> {
  let summary = "Maximum along axes";
  let description = [{
    `Y = max(X)` along `axes`. Bools are ordered false < true.

    Example: `%y = onnx.ReduceMax %x, %axes {keepdims = 0} : (tensor<2x8xf32>, tensor<1xi64>) -> tensor<?xf32>`
  }];
  let hasFolder = 1;
}

def ONNX_ReduceMinOp : ONNX_ReduceOp<"ReduceMin", 20, TensorOf<[ONNX_Num, I1]>> {
  let summary = "Minimum along axes";
  let description = [{
    `Y = min(X)` along `axes`. Bools are ordered false < true.

    Example: `%y = onnx.ReduceMin %x, %axes {keepdims = 0} : (tensor<2x8xf32>, tensor<1xi64>) -> tensor<?xf32>`
  }];
  let hasFolder = 1;
}

def ONNX_ReduceProdOp : ONNX_ReduceOp<"ReduceProd", 18> {
  let summary = "Product along axes";
  let description = [{
    `Y = product(X)` along `axes`.

    Example: `%y = onnx.ReduceProd %x, %axes {keepdims = 0} : (tensor<2x8xf32>, tensor<1xi64>) -> tensor<?xf32>`
  }];
  let hasFolder = 1;
}

def ONNX_ReduceL1Op : ONNX_ReduceOp<"ReduceL1", 18> {
  let summary = "L1 norm along axes";
  let description = [{
    `Y = sum(|X|)` along `axes`.

    Example: `%y = onnx.ReduceL1 %x, %axes {keepdims = 0} : (tensor<2x8xf32>, tensor<1xi64>) -> tensor<?xf32>`
  }];
}

def ONNX_ReduceL2Op : ONNX_ReduceOp<"ReduceL2", 18> {
  let summary = "L2 norm along axes";
  let description = [{
    `Y = sqrt(sum(X^2))` along `axes`.

    Example: `%y = onnx.ReduceL2 %x, %axes {keepdims = 0} : (tensor<2x8xf32>, tensor<1xi64>) -> tensor<?xf32>`
  }];
}

def ONNX_ReduceLogSumOp : ONNX_ReduceOp<"ReduceLogSum", 18> {
  let summary = "Logarithm of the sum along axes";
  let description = [{
    `Y = ln(sum(X))` along `axes`.

    Example: `%y = onnx.ReduceLogSum %x, %axes {keepdims = 0} : (tensor<2x8xf32>, tensor<1xi64>) -> tensor<?xf32>`
  }];
}

def ONNX_ReduceLogSumExpOp : ONNX_ReduceOp<"ReduceLogSumExp", 18> {
  let summary = "Logarithm of the sum of exponentials along axes";
  let description = [{
    `Y = ln(sum(exp(X)))` along `axes`.

    Example: `%y = onnx.ReduceLogSumExp %x, %axes {keepdims = 0} : (tensor<2x8xf32>, tensor<1xi64>) -> tensor<?xf32>`
  }];
}

def ONNX_ReduceSumSquareOp : ONNX_ReduceOp<"ReduceSumSquare", 18> {
  let summary = "Sum of squares along axes";
  let description = [{
    `Y = sum(X^2)` along `axes`.

    Example: `%y = onnx.ReduceSumSquare %x, %axes {keepdims = 0} : (tensor<2x8xf32>, tensor<1xi64>) -> tensor<?xf32>`
  }];
}

def ONNX_ArgMaxOp : ONNX_Op<"ArgMax", 13> {
  let summary = "Index of the maximum along an axis";
  let description = [{
    The index along `axis` of the first maximum, or of the last where `select_last_index`.

    Example: `%y = onnx.ArgMax %x {axis = 1, keepdims = 0} : (tensor<2x8xf32>) -> tensor<2xi64>`
  }];
  let arguments = (ins ONNX_NumTensor:$data, ONNX_Int64<0>:$axis, ONNX_Int64<1>:$keepdims,
                       ONNX_Int64<0>:$select_last_index);
  let results = (outs ONNX_I64Tensor:$reduced);
  let infer = [{ return inferArgReduce(*this, getAxis(), getKeepdims(), types); }];
}

def ONNX_ArgMinOp : ONNX_Op<"ArgMin", 13> {
  let summary = "Index of the minimum along an axis";
  let description = [{
    The index along `axis` of the first minimum, or of the last where `select_last_index`.

    Example: `%y = onnx.ArgMin %x {axis = 1, keepdims = 0} : (tensor<2x8xf32>) -> tensor<2xi64>`
  }];
  let arguments = (ins ONNX_NumTensor:$data, ONNX_Int64<0>:$axis, ONNX_Int64<1>:$keepdims,
                       ONNX_Int64<0>:$select_last_index);
  let results = (outs ONNX_I64Tensor:$reduced);
  let infer = [{ return inferArgReduce(*this, getAxis(), getKeepdims(), types); }];
}

def ONNX_CumSumOp : ONNX_Op<"CumSum", 14> {
  let summary = "Running sum along an axis";
  let description = [{
    `Y[i] = sum(X[0 … i])` along `axis`; without X[i] where `exclusive`, from the end where `reverse`.

    Example: `%y = onnx.CumSum %x, %axis {reverse = 1} : (tensor<2x8xf32>, tensor<i64>) -> tensor<2x8xf32>`
  }];
  let arguments = (ins ONNX_Num32Tensor:$x, ONNX_IndexTensor:$axis, ONNX_Int64<0>:$exclusive, ONNX_Int64<0>:$reverse);
  let results = (outs ONNX_Num32Tensor:$y);
}

def ONNX_CumProdOp : ONNX_Op<"CumProd", 26> {
  let summary = "Running product along an axis";
  let description = [{
    `Y[i] = product(X[0 … i])` along `axis`; without X[i] where `exclusive`, from the end where `reverse`.

    Example: `%y = onnx.CumProd %x, %axis {reverse = 1} : (tensor<2x8xf32>, tensor<i64>) -> tensor<2x8xf32>`
  }];
  let arguments = (ins ONNX_Num32Tensor:$x, ONNX_IndexTensor:$axis, ONNX_Int64<0>:$exclusive, ONNX_Int64<0>:$reverse);
  let results = (outs ONNX_Num32Tensor:$y);
}

#endif // QUERN_DIALECT_ONNX_IR_REDUCTION_TD
