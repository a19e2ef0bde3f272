// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Sizes, types, views, and the movement of whole ranges of elements.

#ifndef QUERN_DIALECT_ONNX_IR_TENSOR_TD
#define QUERN_DIALECT_ONNX_IR_TENSOR_TD

include "quern/Dialect/ONNX/IR/ONNXTypes.td"

//===--- Sizes and constants --------------------------------------------===//

def ONNX_ConstantOp : ONNX_Op<"Constant", 25, [Pure, ConstantLike]> {
  let summary = "A tensor known at compile time";
  let description = [{
    The `value`: `dense<…>` where small, else a resource over the mapped file. Sub-byte
    elements of a resource are packed, low bits first; bools take a byte.

    Example: `%c = onnx.Constant {value = dense<[1, 2]> : tensor<2xi64>} : tensor<2xi64>`
  }];
  let arguments = (ins ElementsAttr:$value);
  let results = (outs ONNX_Tensor:$output);
  let hasFolder = 1;
}

def ONNX_ShapeOp : ONNX_Op<"Shape", 25> {
  let summary = "The sizes of the dimensions";
  let description = [{
    `Y = [size(X, start), …, size(X, end - 1)]`; negative ends count from the rank, and both
    are clamped to it.

    Example: `%s = onnx.Shape %x {start = 1} : (tensor<2x?x4xf32>) -> tensor<2xi64>`
  }];
  let arguments = (ins ONNX_Tensor:$data, ONNX_Int64<0>:$start, ONNX_OptInt:$end);
  let results = (outs ONNX_I64Tensor:$shape);
  let declarations = [{
    // The first dimension, and the one after the last; the rank must be known.
    std::pair<int64_t, int64_t> getRange();
  }];
  let hasFolder = 1;
}

def ONNX_SizeOp : ONNX_Op<"Size", 25> {
  let summary = "The number of elements";
  let description = [{
    `Y = size(X, 0) * … * size(X, rank - 1)`

    Example: `%n = onnx.Size %x : (tensor<2x?x4xf32>) -> tensor<i64>`
  }];
  let arguments = (ins ONNX_Tensor:$data);
  let results = (outs ONNX_I64Tensor:$size);
  let hasFolder = 1;
}

def ONNX_ConstantOfShapeOp : ONNX_Op<"ConstantOfShape", 25> {
  let summary = "A tensor of one value";
  let description = [{
    Every element is that of `value` (one element, the f32 0 where absent); the operand
    holds the sizes.

    Example: `%y = onnx.ConstantOfShape %s {value = dense<1> : tensor<1xi64>} : (tensor<2xi64>) -> tensor<?x?xi64>`
  }];
  let arguments = (ins ONNX_I64Tensor:$input, OptionalAttr<ElementsAttr>:$value);
  let results = (outs ONNX_Tensor:$output);
  let hasFolder = 1;
}

def ONNX_EyeLikeOp : ONNX_Op<"EyeLike", 22> {
  let summary = "Ones on a diagonal";
  let description = [{
    `Y[i, j] = j == i + k ? 1 : 0` in the shape of the operand and of its type, or `dtype`.

    Example: `%y = onnx.EyeLike %x {k = 1} : tensor<3x4xf32>`
  }];
  let arguments = (ins ONNX_Tensor:$input, ONNX_OptInt:$dtype, ONNX_Int64<0>:$k);
  let results = (outs ONNX_Tensor:$output);
}

def ONNX_RangeOp : ONNX_Op<"Range", 11> {
  let summary = "Numbers at equal distances";
  let description = [{
    `Y[i] = start + i * delta` for `i < max(0, ceil((limit - start) / delta))`

    Example: `%y = onnx.Range %start, %limit, %delta : (tensor<i64>, tensor<i64>, tensor<i64>) -> tensor<?xi64>`
  }];
  let arguments = (ins ONNX_NumTensor:$start, ONNX_NumTensor:$limit, ONNX_NumTensor:$delta,
                       ONNX_Int64<1>:$stash_type);
  let results = (outs ONNX_NumTensor:$output);
  let declarations = [{
    // The number of elements, where it is known.
    std::optional<int64_t> getCount();
  }];
  let hasFolder = 1;
}

//===--- Types ----------------------------------------------------------===//

def ONNX_CastOp : ONNX_Op<"Cast", 25> {
  let summary = "Changes the element type";
  let description = [{
    Rounds floats to the nearest, truncates them to integers; `to` is a TensorProto data type.
    8-bit floats saturate where `saturate`; `round_mode` is that of f8E8M0.

    Example: `%y = onnx.Cast %x {to = 7} : (tensor<4xf32>) -> tensor<4xi64>`
  }];
  let arguments = (ins ONNX_Tensor:$input, ONNX_String<"up">:$round_mode, ONNX_Int64<1>:$saturate,
                       ONNX_Int64Attr:$to);
  let results = (outs ONNX_Tensor:$output);
  let infer = [{ return inferSameShapeAs(*this, getTo(), types); }];
  let hasFolder = 1;
  let hasCanonicalizer = 1;
}

def ONNX_CastLikeOp : ONNX_Op<"CastLike", 25> {
  let summary = "Changes the element type to that of another tensor";
  let description = [{
    `Y = Cast(X)` to the element type of `target_type`.

    Example: `%y = onnx.CastLike %x, %t : (tensor<4xf32>, tensor<2xi64>) -> tensor<4xi64>`
  }];
  let arguments = (ins ONNX_Tensor:$input, ONNX_Tensor:$target_type, ONNX_String<"up">:$round_mode,
                       ONNX_Int64<1>:$saturate);
  let results = (outs ONNX_Tensor:$output);
  let infer = [{ return inferSameShape(*this, types, ::mlir::getElementTypeOrSelf(getTargetType())); }];
  let hasCanonicalizer = 1;
}

def ONNX_BitCastOp : ONNX_Op<"BitCast", 26> {
  let summary = "Reads the bits as another type of the same size";
  let description = [{
    The bits of X as elements of the TensorProto data type `to`.

    Example: `%y = onnx.BitCast %x {to = 6} : (tensor<4xf32>) -> tensor<4xi32>`
  }];
  let arguments = (ins ONNX_Tensor:$input, ONNX_Int64Attr:$to);
  let results = (outs ONNX_Tensor:$output);
}

def ONNX_IdentityOp : ONNX_Op<"Identity", 25> {
  let summary = "The operand";
  let description = [{
    `Y = X`

    Example: `%y = onnx.Identity %x : tensor<4xf32>`
  }];
  let arguments = (ins ONNX_Value:$input);
  let results = (outs ONNX_Value:$output);
  let infer = [{ return inferSameType(*this, types); }];
  let hasFolder = 1;
}

//===--- Views ----------------------------------------------------------===//

def ONNX_ReshapeOp : ONNX_Op<"Reshape", 25> {
  let summary = "The same elements in another shape";
  let description = [{
    `shape` holds the new sizes: at most one -1 takes what is left; 0 keeps the size of that
    dimension of X, or with `allowzero` means 0.

    Example: `%y = onnx.Reshape %x, %shape : (tensor<2x8xf32>, tensor<3xi64>) -> tensor<?x?x?xf32>`
  }];
  let arguments = (ins ONNX_Tensor:$data, ONNX_I64Tensor:$shape, ONNX_Int64<0>:$allowzero);
  let results = (outs ONNX_Tensor:$reshaped);
  let hasFolder = 1;
  let hasCanonicalizer = 1;
}

def ONNX_FlattenOp : ONNX_Op<"Flatten", 25> {
  let summary = "A matrix of the same elements";
  let description = [{
    `Y` has the sizes [product of those before `axis`, product of the others].

    Example: `%y = onnx.Flatten %x {axis = 2} : (tensor<2x3x4xf32>) -> tensor<6x4xf32>`
  }];
  let arguments = (ins ONNX_Tensor:$input, ONNX_Int64<1>:$axis);
  let results = (outs ONNX_Tensor:$output);
  let hasCanonicalizer = 1;
}

def ONNX_SqueezeOp : ONNX_Op<"Squeeze", 25> {
  let summary = "Drops dimensions of size one";
  let description = [{
    Drops the dimensions in `axes`, or all of size one where absent.

    Example: `%y = onnx.Squeeze %x, %axes : (tensor<1x4xf32>, tensor<1xi64>) -> tensor<*xf32>`
  }];
  let arguments = (ins ONNX_Tensor:$data, Optional<ONNX_I64Tensor>:$axes);
  let results = (outs ONNX_Tensor:$squeezed);
  let hasFolder = 1;
  let hasCanonicalizer = 1;
}

def ONNX_UnsqueezeOp : ONNX_Op<"Unsqueeze", 25> {
  let summary = "Inserts dimensions of size one";
  let description = [{
    `axes` are the places of the new dimensions in the result.

    Example: `%y = onnx.Unsqueeze %x, %axes : (tensor<4xf32>, tensor<1xi64>) -> tensor<?x?xf32>`
  }];
  let arguments = (ins ONNX_Tensor:$data, ONNX_I64Tensor:$axes);
  let results = (outs ONNX_Tensor:$expanded);
  let hasFolder = 1;
  let hasCanonicalizer = 1;
}

def ONNX_TransposeOp : ONNX_Op<"Transpose", 25> {
  let summary = "Permutes the dimensions";
  let description = [{
    `Y[i_perm[0], …] = X[i_0, …]`: dimension d of Y is dimension `perm[d]` of X; reversed
    where `perm` is absent.

    Example: `%y = onnx.Transpose %x {perm = array<i64: 0, 2, 1>} : (tensor<2x3x4xf32>) -> tensor<2x4x3xf32>`
  }];
  let arguments = (ins ONNX_Tensor:$data, ONNX_OptInts:$perm);
  let results = (outs ONNX_Tensor:$transposed);
  let declarations = [{
    // `perm`, or the default; the rank must be known.
    llvm::SmallVector<int64_t> getPermutation();
  }];
  let hasFolder = 1;
  let hasCanonicalizer = 1;
}

//===--- Parts and wholes -----------------------------------------------===//

def ONNX_ConcatOp : ONNX_Op<"Concat", 13> {
  let summary = "Joins tensors along an axis";
  let description = [{
    The operands one after the other along `axis`; the other sizes agree.

    Example: `%y = onnx.Concat %a, %b {axis = 1} : (tensor<2x3xf32>, tensor<2x5xf32>) -> tensor<2x8xf32>`
  }];
  let arguments = (ins Variadic<ONNX_Tensor>:$inputs, ONNX_Int64Attr:$axis);
  let results = (outs ONNX_Tensor:$concat_result);
  let hasFolder = 1;
  let hasCanonicalizer = 1;
}

def ONNX_SplitOp : ONNX_Op<"Split", 18> {
  let summary = "Cuts a tensor along an axis";
  let description = [{
    Parts of the sizes in `split`, or `num_outputs` parts of equal size, the last smaller.

    Example: `%a, %b = onnx.Split %x {axis = 1, num_outputs = 2} : (tensor<2x7xf32>) -> (tensor<2x4xf32>, tensor<2x3xf32>)`
  }];
  let arguments = (ins ONNX_Tensor:$input, Optional<ONNX_I64Tensor>:$split, ONNX_Int64<0>:$axis,
                       ONNX_OptInt:$num_outputs);
  let results = (outs Variadic<ONNX_Tensor>:$outputs);
  let hasCanonicalizer = 1;
}

def ONNX_SliceOp : ONNX_Op<"Slice", 13> {
  let summary = "A range of indices along each axis";
  let description = [{
    `Y[…, i, …] = X[…, start + i * step, …]` up to `end`; negative positions count from the
    end, and are clamped to the size.

    Example: `%y = onnx.Slice %x, %starts, %ends, %axes : (tensor<8xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<?xf32>`
  }];
  let arguments = (ins ONNX_Tensor:$data, ONNX_IndexTensor:$starts, ONNX_IndexTensor:$ends,
                       Optional<ONNX_IndexTensor>:$axes, Optional<ONNX_IndexTensor>:$steps);
  let results = (outs ONNX_Tensor:$output);
  let hasFolder = 1;
}

def ONNX_PadOp : ONNX_Op<"Pad", 25> {
  let summary = "Adds elements at the borders";
  let description = [{
    `pads` holds the widths [begin of each axis, end of each axis]; negative ones remove.
    `mode` is `constant`, `reflect`, `edge` or `wrap`; `axes` are all where absent.

    Example: `%y = onnx.Pad %x, %pads, %zero : (tensor<4xf32>, tensor<2xi64>, tensor<f32>) -> tensor<?xf32>`
  }];
  let arguments = (ins ONNX_Tensor:$data, ONNX_I64Tensor:$pads, Optional<ONNX_Tensor>:$constant_value,
                       Optional<ONNX_IndexTensor>:$axes, ONNX_String<"constant">:$mode);
  let results = (outs ONNX_Tensor:$output);
  let hasFolder = 1;
}

def ONNX_CenterCropPadOp : ONNX_Op<"CenterCropPad", 18> {
  let summary = "Crops or pads to sizes, keeping the centre";
  let description = [{
    Each of `axes` (all where absent) gets the size in `shape`.

    Example: `%y = onnx.CenterCropPad %x, %shape {axes = array<i64: 1>} : (tensor<2x8xf32>, tensor<1xi64>) -> tensor<2x?xf32>`
  }];
  let arguments = (ins ONNX_Tensor:$input_data, ONNX_IndexTensor:$shape, ONNX_OptInts:$axes);
  let results = (outs ONNX_Tensor:$output_data);
}

def ONNX_ExpandOp : ONNX_Op<"Expand", 13> {
  let summary = "Repeats along dimensions of size one";
  let description = [{
    Broadcasts X with a tensor of the sizes in `shape`.

    Example: `%y = onnx.Expand %x, %shape : (tensor<1x4xf32>, tensor<2xi64>) -> tensor<?x4xf32>`
  }];
  let arguments = (ins ONNX_Tensor:$input, ONNX_I64Tensor:$shape);
  let results = (outs ONNX_Tensor:$output);
  let hasFolder = 1;
}

def ONNX_TileOp : ONNX_Op<"Tile", 13> {
  let summary = "Repeats a tensor";
  let description = [{
    `repeats` holds how often along each axis.

    Example: `%y = onnx.Tile %x, %repeats : (tensor<2x4xf32>, tensor<2xi64>) -> tensor<?x?xf32>`
  }];
  let arguments = (ins ONNX_Tensor:$input, ONNX_I64Tensor:$repeats);
  let results = (outs ONNX_Tensor:$output);
  let hasFolder = 1;
}

def ONNX_TriluOp : ONNX_Op<"Trilu", 14> {
  let summary = "One triangle of matrices, else zero";
  let description = [{
    `Y[i, j] = X[i, j]` where `j - i >= k` (`upper`) or `j - i <= k`, else 0.

    Example: `%y = onnx.Trilu %x {upper = 0} : tensor<4x4xf32>`
  }];
  let arguments = (ins ONNX_Tensor:$input, Optional<ONNX_I64Tensor>:$k, ONNX_Int64<1>:$upper);
  let results = (outs ONNX_Tensor:$output);
}

def ONNX_DepthToSpaceOp : ONNX_Op<"DepthToSpace", 13> {
  let summary = "Moves channels into blocks of pixels";
  let description = [{
    `[N, C, H, W]` becomes `[N, C / b^2, H * b, W * b]`; `mode` is DCR (block first) or CRD
    (channel first).

    Example: `%y = onnx.DepthToSpace %x {blocksize = 2} : (tensor<1x8x3x3xf32>) -> tensor<1x2x6x6xf32>`
  }];
  let arguments = (ins ONNX_Tensor:$input, ONNX_Int64Attr:$blocksize, ONNX_String<"DCR">:$mode);
  let results = (outs ONNX_Tensor:$output);
}

def ONNX_SpaceToDepthOp : ONNX_Op<"SpaceToDepth", 13> {
  let summary = "Moves blocks of pixels into channels";
  let description = [{
    `[N, C, H, W]` becomes `[N, C * b^2, H / b, W / b]`; the channels are blocks first where `mode` is `DCR`, the
    input's channels first where it is `CRD`.

    Example: `%y = onnx.SpaceToDepth %x {blocksize = 2} : (tensor<1x2x6x6xf32>) -> tensor<1x8x3x3xf32>`
  }];
  let arguments = (ins ONNX_Tensor:$input, ONNX_Int64Attr:$blocksize, ONNX_String<"DCR">:$mode);
  let results = (outs ONNX_Tensor:$output);
}

def ONNX_ReverseSequenceOp : ONNX_Op<"ReverseSequence", 10> {
  let summary = "Reverses the start of each sequence of a batch";
  let description = [{
    The first `sequence_lens[n]` elements along `time_axis` are reversed.

    Example: `%y = onnx.ReverseSequence %x, %lens {batch_axis = 0, time_axis = 1} : (tensor<2x4xf32>, tensor<2xi64>) -> tensor<2x4xf32>`
  }];
  let arguments = (ins ONNX_Tensor:$input, ONNX_I64Tensor:$sequence_lens, ONNX_Int64<1>:$batch_axis,
                       ONNX_Int64<0>:$time_axis);
  let results = (outs ONNX_Tensor:$Y);
}

#endif // QUERN_DIALECT_ONNX_IR_TENSOR_TD
