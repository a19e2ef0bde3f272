// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Operators on sequences and optionals.

#ifndef QUERN_DIALECT_ONNX_IR_SEQUENCE_TD
#define QUERN_DIALECT_ONNX_IR_SEQUENCE_TD

include "quern/Dialect/ONNX/IR/ONNXTypes.td"

//===--- Sequences --------------------------------------------------------===//

def ONNX_SequenceEmptyOp : ONNX_Op<"SequenceEmpty", 11> {
  let summary = "A sequence of nothing";
  let description = [{
    Of tensors of the TensorProto data type `dtype`.

    Example: `%s = onnx.SequenceEmpty : () -> !onnx.Seq<f32>`
  }];
  let arguments = (ins ONNX_Int64<1>:$dtype);
  let results = (outs ONNX_SeqType:$output);
}

def ONNX_SequenceConstructOp : ONNX_Op<"SequenceConstruct", 11> {
  let summary = "A sequence of the operands";
  let description = [{
    Example: `%s = onnx.SequenceConstruct %a, %b : (tensor<4xf32>, tensor<2xf32>) -> !onnx.Seq<tensor<?xf32>>`
  }];
  let arguments = (ins Variadic<ONNX_Tensor>:$inputs);
  let results = (outs ONNX_SeqType:$output_sequence);
}

def ONNX_SequenceInsertOp : ONNX_Op<"SequenceInsert", 11> {
  let summary = "The sequence with another tensor in it";
  let description = [{
    At `position`, which may count from the end; at the end without one.

    Example: `%t = onnx.SequenceInsert %s, %x, %i : (!onnx.Seq<tensor<4xf32>>, tensor<4xf32>, tensor<i64>) -> !onnx.Seq<tensor<4xf32>>`
  }];
  let arguments = (ins ONNX_SeqType:$input_sequence, ONNX_Tensor:$tensor, Optional<ONNX_IndexTensor>:$position);
  let results = (outs ONNX_SeqType:$output_sequence);
}

def ONNX_SequenceEraseOp : ONNX_Op<"SequenceErase", 11> {
  let summary = "The sequence without one of its tensors";
  let description = [{
    That at `position`, which may count from the end; the last one without one.

    Example: `%t = onnx.SequenceErase %s, %i : (!onnx.Seq<tensor<4xf32>>, tensor<i64>) -> !onnx.Seq<tensor<4xf32>>`
  }];
  let arguments = (ins ONNX_SeqType:$input_sequence, Optional<ONNX_IndexTensor>:$position);
  let results = (outs ONNX_SeqType:$output_sequence);
  let infer = [{ return inferSameType(*this, types); }];
}

def ONNX_SequenceAtOp : ONNX_Op<"SequenceAt", 11> {
  let summary = "One of the tensors of a sequence";
  let description = [{
    That at `position`, which may count from the end.

    Example: `%x = onnx.SequenceAt %s, %i : (!onnx.Seq<tensor<4xf32>>, tensor<i64>) -> tensor<4xf32>`
  }];
  let arguments = (ins ONNX_SeqType:$input_sequence, ONNX_IndexTensor:$position);
  let results = (outs ONNX_Tensor:$tensor);
}

def ONNX_SequenceLengthOp : ONNX_Op<"SequenceLength", 11> {
  let summary = "How many tensors a sequence has";
  let description = [{
    Example: `%n = onnx.SequenceLength %s : (!onnx.Seq<tensor<4xf32>>) -> tensor<i64>`
  }];
  let arguments = (ins ONNX_SeqType:$input_sequence);
  let results = (outs ONNX_I64Tensor:$length);
}

def ONNX_SequenceMapOp : ONNX_RegionOp<"SequenceMap", 17> {
  let summary = "Runs a graph over the tensors of sequences";
  let description = [{
    The body takes a tensor of each sequence, and the additional tensors as they are, and yields a tensor for each result.

    Example:
    ```mlir
    %t = onnx.SequenceMap %s, %y : (!onnx.Seq<tensor<4xf32>>, tensor<4xf32>) -> !onnx.Seq<tensor<4xf32>> {
    ^bb0(%x: tensor<4xf32>, %z: tensor<4xf32>):
      %w = onnx.Add %x, %z : tensor<4xf32>
      onnx.Yield %w : tensor<4xf32>
    }
    ```
  }];
  let arguments = (ins ONNX_SeqType:$input_sequence, Variadic<ONNX_Value>:$additional_inputs);
  let results = (outs Variadic<ONNX_SeqType>:$out_sequence);
  let regions = (region SizedRegion<1>:$body);
}

def ONNX_SplitToSequenceOp : ONNX_Op<"SplitToSequence", 24> {
  let summary = "Cuts a tensor in pieces";
  let description = [{
    Along `axis`: of the sizes that `split` lists, or of the size that it is, the last one smaller. Without `split`, of
    size 1, and the axis is dropped unless `keepdims`.

    Example: `%s = onnx.SplitToSequence %x {axis = 1} : (tensor<3x4xf32>) -> !onnx.Seq<tensor<3x1xf32>>`
  }];
  let arguments = (ins ONNX_Tensor:$input, Optional<ONNX_IndexTensor>:$split, ONNX_Int64<0>:$axis,
                       ONNX_Int64<1>:$keepdims);
  let results = (outs ONNX_SeqType:$output_sequence);
}

def ONNX_ConcatFromSequenceOp : ONNX_Op<"ConcatFromSequence", 11> {
  let summary = "The tensors of a sequence, side by side";
  let description = [{
    Along `axis`, which is a new one with `new_axis`.

    Example: `%y = onnx.ConcatFromSequence %s {axis = 0} : (!onnx.Seq<tensor<?x4xf32>>) -> tensor<?x4xf32>`
  }];
  let arguments = (ins ONNX_SeqType:$input_sequence, ONNX_Int64Attr:$axis, ONNX_Int64<0>:$new_axis);
  let results = (outs ONNX_Tensor:$concat_result);
}

//===--- Optionals --------------------------------------------------------===//

def ONNX_OptionalOp : ONNX_Op<"Optional", 15> {
  let summary = "A value as an optional";
  let description = [{
    Without an operand, nothing, of the type that the attribute says.

    Example: `%o = onnx.Optional %x : (tensor<4xf32>) -> !onnx.Opt<tensor<4xf32>>`
  }];
  let arguments = (ins Optional<ONNX_Value>:$input, OptionalAttr<TypeAttr>:$type);
  let results = (outs ONNX_OptType:$output);
}

def ONNX_OptionalGetElementOp : ONNX_Op<"OptionalGetElement", 18> {
  let summary = "What is in an optional";
  let description = [{
    There must be something. Of anything else, itself.

    Example: `%x = onnx.OptionalGetElement %o : (!onnx.Opt<tensor<4xf32>>) -> tensor<4xf32>`
  }];
  let arguments = (ins ONNX_Value:$input);
  let results = (outs ONNX_Value:$output);
  let hasFolder = 1;
}

def ONNX_OptionalHasElementOp : ONNX_Op<"OptionalHasElement", 18> {
  let summary = "Whether there is something in an optional";
  let description = [{
    Of anything else, true; without an operand, false.

    Example: `%b = onnx.OptionalHasElement %o : (!onnx.Opt<tensor<4xf32>>) -> tensor<i1>`
  }];
  let arguments = (ins Optional<ONNX_Value>:$input);
  let results = (outs ONNX_BoolTensor:$output);
}

#endif // QUERN_DIALECT_ONNX_IR_SEQUENCE_TD
