// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The `quern` dialect: what the compiler adds to the standard and to upstream.

#ifndef QUERN_DIALECT_QUERN_IR_QUERNOPS_TD
#define QUERN_DIALECT_QUERN_IR_QUERNOPS_TD

include "mlir/IR/OpBase.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/DestinationStyleOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Quern_Dialect : Dialect {
  let name = "quern";
  let cppNamespace = "::quern";
  let summary = "What the compiler adds to ONNX and to upstream dialects";
}

class Quern_Op<string name, list<Trait> traits = []> : Op<Quern_Dialect, name, traits>;

def Quern_CheckOp : Quern_Op<"check", []> {
  let summary = "Fails the run when a condition is false";
  let description = [{
    Stands in the body of a kernel's op. The run goes on to the end of the
    kernel, then reports `message` with the node's name: what is computed from a
    failed check must still be in bounds (clamp the index, divide by one).

    Example: `quern.check %in_bounds, "index out of range"`
  }];
  let arguments = (ins I1:$condition, StrAttr:$message);
  let assemblyFormat = "$condition `,` $message attr-dict";
}

def Quern_LaunchOp : Quern_Op<"launch", [
    AttrSizedOperandSegments, DestinationStyleOpInterface,
    DeclareOpInterfaceMethods<SymbolUserOpInterface>,
    DeclareOpInterfaceMethods<MemoryEffectsOpInterface>]> {
  let summary = "Runs a kernel over its whole grid";
  let description = [{
    Calls a private function in destination-passing style: `ins` are read
    (tensors, memrefs, index scalars), `outs` are written in full, and read first
    where `reads_outputs` stands. On tensors the results are the new values of
    `outs`; on memrefs there are none.

    Example:
    ```
    %r = quern.launch @conv(%x, %w : tensor<1x8x8x3xf32>, tensor<3x3x3x16xf32>)
           outs(%y : tensor<1x6x6x16xf32>) -> tensor<1x6x6x16xf32>
    ```
  }];
  let arguments = (ins FlatSymbolRefAttr:$kernel, Variadic<AnyType>:$inputs, Variadic<AnyShaped>:$outputs,
                       UnitAttr:$reads_outputs);
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let assemblyFormat = [{
    $kernel `(` ($inputs^ `:` type($inputs))? `)` `outs` `(` $outputs `:` type($outputs) `)` attr-dict
    (`->` type($results)^)?
  }];
  let extraClassDeclaration = [{
    ::mlir::MutableOperandRange getDpsInitsMutable() { return getOutputsMutable(); }
  }];
}

def Quern_CallOp : Quern_Op<"call", [
    AttrSizedOperandSegments, DestinationStyleOpInterface,
    DeclareOpInterfaceMethods<MemoryEffectsOpInterface>]> {
  let summary = "Calls a function of the runtime";
  let description = [{
    What linalg cannot say: strings, sequences, sorting. `quern_rt_CALLEE(env, node,
    args)` of include/quern/Runtime/env.h gets each operand as a dense `quern_tensor`,
    a scalar as one of rank 0, and may fail the run. `outs` are written in full. The
    results depend on the operands alone: equal calls are one call, and a call whose
    results nobody reads is none. Stands in `@main` only.

    Example:
    ```
    %r = quern.call "string_concat"(%x, %y : tensor<4xi64>, tensor<4xi64>)
           outs(%e : tensor<4xi64>) -> tensor<4xi64>
    ```
  }];
  let arguments = (ins StrAttr:$callee, Variadic<AnyType>:$inputs, Variadic<AnyShaped>:$outputs);
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let assemblyFormat = [{
    $callee `(` ($inputs^ `:` type($inputs))? `)` `outs` `(` $outputs `:` type($outputs) `)` attr-dict
    (`->` type($results)^)?
  }];
  let extraClassDeclaration = [{
    ::mlir::MutableOperandRange getDpsInitsMutable() { return getOutputsMutable(); }
  }];
  let hasVerifier = 1;
}

def Quern_OutputOp : Quern_Op<"output", [MemoryEffects<[MemAlloc]>]> {
  let summary = "The memory of one of the model's outputs";
  let description = [{
    The caller's buffer, or an allocation, once the output's shape is known.
    Stands in `@main` only, once an output.

    Example: `%y = quern.output 0(%n) : memref<?x10xf32>`
  }];
  let arguments = (ins I32Attr:$index, Variadic<Index>:$sizes);
  let results = (outs AnyTypeOf<[AnyRankedTensor, AnyMemRef]>:$result);
  let assemblyFormat = "$index `(` $sizes `)` attr-dict `:` type($result)";
  let hasVerifier = 1;
}

def Quern_WorkspaceOp : Quern_Op<"workspace", [MemoryEffects<[MemAlloc]>]> {
  let summary = "The arena of the run";
  let description = [{
    `size` bytes, aligned to 64. Stands in `@main` once.

    Example: `%arena = quern.workspace %size : memref<?xi8>`
  }];
  let arguments = (ins Index:$size);
  let results = (outs AnyMemRef:$result);
  let assemblyFormat = "$size attr-dict `:` type($result)";
}

def Quern_MarkOp : Quern_Op<"mark"> {
  let summary = "A moment of the run";
  let description = [{
    For `quern.release`: memory allocated from here on.

    Example: `%m = quern.mark : index`
  }];
  let results = (outs Index:$result);
  let assemblyFormat = "attr-dict `:` type($result)";
}

def Quern_ReleaseOp : Quern_Op<"release"> {
  let summary = "Gives memory back";
  let description = [{
    Frees what was allocated since `mark` by `memref.alloc`, except the memory that the values in `kept` are in.

    Example: `quern.release %m(%x : memref<?xf32>)`
  }];
  let arguments = (ins Index:$mark, Variadic<AnyMemRef>:$kept);
  let assemblyFormat = "$mark `(` ($kept^ `:` type($kept))? `)` attr-dict";
}

#endif // QUERN_DIALECT_QUERN_IR_QUERNOPS_TD
