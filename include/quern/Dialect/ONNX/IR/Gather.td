// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Gathering, scattering and searching.

#ifndef QUERN_DIALECT_ONNX_IR_GATHER_TD
#define QUERN_DIALECT_ONNX_IR_GATHER_TD

include "quern/Dialect/ONNX/IR/ONNXBase.td"

//===--- Reading by index -----------------------------------------------===//

def ONNX_GatherOp : ONNX_Op<"Gather", 13> {
  let summary = "Slices at indices along an axis";
  let description = [{
    `Y[…, j_0 … j_q, …] = X[…, indices[j_0 … j_q], …]` where the indices stand for `axis`;
    negative ones count from the end.

    Example: `%y = onnx.Gather %x, %i {axis = 1} : (tensor<2x8xf32>, tensor<3xi64>) -> tensor<2x3xf32>`
  }];
  let arguments = (ins ONNX_Tensor:$data, ONNX_IndexTensor:$indices, ONNX_Int64<0>:$axis);
  let results = (outs ONNX_Tensor:$output);
  let hasFolder = 1;
}

def ONNX_GatherElementsOp : ONNX_Op<"GatherElements", 13> {
  let summary = "Elements at indices along an axis";
  let description = [{
    `Y[i][j] = X[indices[i][j]][j]` for axis 0 of a matrix.

    Example: `%y = onnx.GatherElements %x, %i {axis = 1} : (tensor<2x8xf32>, tensor<2x3xi64>) -> tensor<2x3xf32>`
  }];
  let arguments = (ins ONNX_Tensor:$data, ONNX_IndexTensor:$indices, ONNX_Int64<0>:$axis);
  let results = (outs ONNX_Tensor:$output);
}

def ONNX_GatherNDOp : ONNX_Op<"GatherND", 13> {
  let summary = "Slices at index tuples";
  let description = [{
    The last dimension of `indices` holds the positions in the dimensions of X that follow the
    `batch_dims` shared ones.

    Example: `%y = onnx.GatherND %x, %i : (tensor<2x8x4xf32>, tensor<3x2xi64>) -> tensor<3x4xf32>`
  }];
  let arguments = (ins ONNX_Tensor:$data, ONNX_I64Tensor:$indices, ONNX_Int64<0>:$batch_dims);
  let results = (outs ONNX_Tensor:$output);
}

def ONNX_CompressOp : ONNX_Op<"Compress", 11> {
  let summary = "Slices where a condition holds";
  let description = [{
    Slices along `axis` (or elements of the flattened tensor) whose condition is true.

    Example: `%y = onnx.Compress %x, %c {axis = 0} : (tensor<4x2xf32>, tensor<4xi1>) -> tensor<?x2xf32>`
  }];
  let arguments = (ins ONNX_Tensor:$input, ONNX_BoolTensor:$condition, ONNX_OptInt:$axis);
  let results = (outs ONNX_Tensor:$output);
}

//===--- Writing by index -----------------------------------------------===//

def ONNX_ScatterElementsOp : ONNX_Op<"ScatterElements", 18> {
  let summary = "Writes elements at indices along an axis";
  let description = [{
    A copy of X with `Y[indices[i][j]][j] = updates[i][j]` for axis 0 of a matrix;
    `reduction` (`none`, `add`, `mul`, `max`, `min`) says what becomes of the old element.

    Example: `%y = onnx.ScatterElements %x, %i, %u {axis = 1} : (tensor<2x8xf32>, tensor<2x3xi64>, tensor<2x3xf32>) -> tensor<2x8xf32>`
  }];
  let arguments = (ins ONNX_Tensor:$data, ONNX_IndexTensor:$indices, ONNX_Tensor:$updates,
                       ONNX_Int64<0>:$axis, ONNX_String<"none">:$reduction);
  let results = (outs ONNX_Tensor:$output);
}

def ONNX_ScatterNDOp : ONNX_Op<"ScatterND", 18> {
  let summary = "Writes slices at index tuples";
  let description = [{
    A copy of X with `Y[indices[i]] = updates[i]`;
    `reduction` (`none`, `add`, `mul`, `max`, `min`) says what becomes of the old element.

    Example: `%y = onnx.ScatterND %x, %i, %u : (tensor<8x4xf32>, tensor<3x1xi64>, tensor<3x4xf32>) -> tensor<8x4xf32>`
  }];
  let arguments = (ins ONNX_Tensor:$data, ONNX_I64Tensor:$indices, ONNX_Tensor:$updates,
                       ONNX_String<"none">:$reduction);
  let results = (outs ONNX_Tensor:$output);
}

def ONNX_TensorScatterOp : ONNX_Op<"TensorScatter", 24> {
  let summary = "Writes an update into a cache";
  let description = [{
    A copy of the cache with `update` written along `axis` from `write_indices[n]` on (0 where
    absent); `mode` is `linear` or `circular`.

    Example: `%y = onnx.TensorScatter %cache, %u, %at {axis = 1} : (tensor<2x8x4xf32>, tensor<2x1x4xf32>, tensor<2xi64>) -> tensor<2x8x4xf32>`
  }];
  let arguments = (ins ONNX_Tensor:$past_cache, ONNX_Tensor:$update, Optional<ONNX_I64Tensor>:$write_indices,
                       ONNX_Int64<-2>:$axis, ONNX_String<"linear">:$mode);
  let results = (outs ONNX_Tensor:$present_cache);
}

//===--- Searching ------------------------------------------------------===//

def ONNX_OneHotOp : ONNX_Op<"OneHot", 11> {
  let summary = "One value at an index, another elsewhere";
  let description = [{
    `values = [off, on]`; a new dimension of size `depth` at `axis` holds `on` at the index.

    Example: `%y = onnx.OneHot %i, %depth, %values {axis = -1} : (tensor<4xi64>, tensor<i64>, tensor<2xf32>) -> tensor<4x?xf32>`
  }];
  let arguments = (ins ONNX_NumTensor:$indices, ONNX_NumTensor:$depth, ONNX_Tensor:$values,
                       ONNX_Int64<-1>:$axis);
  let results = (outs ONNX_Tensor:$output);
}

def ONNX_NonZeroOp : ONNX_Op<"NonZero", 13> {
  let summary = "Indices of elements that are not zero";
  let description = [{
    `Y[d, i]` is the position in dimension d of the i-th such element, in row-major order.

    Example: `%y = onnx.NonZero %x : (tensor<2x8xf32>) -> tensor<2x?xi64>`
  }];
  let arguments = (ins ONNX_Tensor:$X);
  let results = (outs ONNX_I64Tensor:$Y);
}

def ONNX_TopKOp : ONNX_Op<"TopK", 24> {
  let summary = "The largest or smallest elements along an axis";
  let description = [{
    The k `largest` (or smallest) elements along `axis` and their indices; equal elements in
    the order of their indices.

    Example: `%v, %i = onnx.TopK %x, %k {axis = 1} : (tensor<2x8xf32>, tensor<1xi64>) -> (tensor<2x?xf32>, tensor<2x?xi64>)`
  }];
  let arguments = (ins ONNX_NumTensor:$X, ONNX_I64Tensor:$K, ONNX_Int64<-1>:$axis, ONNX_Int64<1>:$largest,
                       ONNX_Int64<1>:$sorted);
  let results = (outs ONNX_NumTensor:$Values, ONNX_I64Tensor:$Indices);
}

def ONNX_UniqueOp : ONNX_Op<"Unique", 11> {
  let summary = "Distinct elements or slices";
  let description = [{
    The distinct elements (or slices along `axis`), `sorted` or in the order of appearance; where
    each first appears; for each element its place in Y; and how often each appears.

    Example: `%y, %n = onnx.Unique %x : (tensor<8xf32>) -> (tensor<?xf32>, none, none, tensor<?xi64>)`
  }];
  let arguments = (ins ONNX_Tensor:$X, ONNX_OptInt:$axis, ONNX_Int64<1>:$sorted);
  let results = (outs ONNX_Tensor:$Y, Optional<ONNX_I64Tensor>:$indices,
                      Optional<ONNX_I64Tensor>:$inverse_indices, Optional<ONNX_I64Tensor>:$counts);
}

def ONNX_NonMaxSuppressionOp : ONNX_Op<"NonMaxSuppression", 11> {
  let summary = "Boxes that do not overlap a better one";
  let description = [{
    `[batch, class, box]` indices of boxes whose overlap (intersection over union) with every
    better box of the class is at most `iou_threshold`.

    Example: `%y = onnx.NonMaxSuppression %boxes, %scores, %max : (tensor<1x100x4xf32>, tensor<1x2x100xf32>, tensor<i64>) -> tensor<?x3xi64>`
  }];
  let arguments = (ins ONNX_F32Tensor:$boxes, ONNX_F32Tensor:$scores,
                       Optional<ONNX_I64Tensor>:$max_output_boxes_per_class,
                       Optional<ONNX_F32Tensor>:$iou_threshold, Optional<ONNX_F32Tensor>:$score_threshold,
                       ONNX_Int64<0>:$center_point_box);
  let results = (outs ONNX_I64Tensor:$selected_indices);
}

#endif // QUERN_DIALECT_ONNX_IR_GATHER_TD
