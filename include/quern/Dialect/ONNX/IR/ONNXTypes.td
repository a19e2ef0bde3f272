// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The values of the standard that are no tensors of numbers.

#ifndef QUERN_DIALECT_ONNX_IR_ONNXTYPES_TD
#define QUERN_DIALECT_ONNX_IR_ONNXTYPES_TD

include "quern/Dialect/ONNX/IR/ONNXBase.td"

class ONNX_TypeDef<string name> : TypeDef<ONNX_Dialect, name> { let mnemonic = name; }

def ONNX_StringType : ONNX_TypeDef<"String"> {
  let summary = "An element of a tensor of strings";
  let description = [{ Example: `tensor<?x!onnx.String>` }];
}

def ONNX_SeqType : ONNX_TypeDef<"Seq"> {
  let summary = "A sequence of values of one type";
  let description = [{
    What all of its values have in common: `!onnx.Seq<tensor<?x4xf32>>`. Of a sequence of tensors that has none yet, an
    element type is all that is known: `!onnx.Seq<f32>`.
  }];
  let parameters = (ins "::mlir::Type":$element);
  let assemblyFormat = "`<` $element `>`";
}

def ONNX_OptType : ONNX_TypeDef<"Opt"> {
  let summary = "A value or none";
  let description = [{ Example: `!onnx.Opt<tensor<4xf32>>` }];
  let parameters = (ins "::mlir::Type":$element);
  let assemblyFormat = "`<` $element `>`";
}

def ONNX_MapType : ONNX_TypeDef<"Map"> {
  let summary = "A map of scalars to scalars";
  let description = [{ Its keys are strings or integers: `!onnx.Map<!onnx.String, f32>`. }];
  let parameters = (ins "::mlir::Type":$key, "::mlir::Type":$value);
  let assemblyFormat = "`<` $key `,` $value `>`";
}

def ONNX_StringTensor : TensorOf<[ONNX_StringType]>;
/// Whatever a name in a graph can stand for.
def ONNX_Value : AnyTypeOf<[ONNX_Tensor, ONNX_SeqType, ONNX_OptType, ONNX_MapType], "value">;

#endif // QUERN_DIALECT_ONNX_IR_ONNXTYPES_TD
