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
    (tensors, memrefs, index scalars), `outs` are written in full. On tensors the
    results are the new values of `outs`; on memrefs there are none.

    Example:
    ```
    %r = quern.launch @conv(%x, %w : tensor<1x8x8x3xf32>, tensor<3x3x3x16xf32>)
           outs(%y : tensor<1x6x6x16xf32>) -> tensor<1x6x6x16xf32>
    ```
  }];
  let arguments = (ins FlatSymbolRefAttr:$kernel, Variadic<AnyType>:$inputs, Variadic<AnyShaped>:$outputs);
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let assemblyFormat = [{
    $kernel `(` ($inputs^ `:` type($inputs))? `)` `outs` `(` $outputs `:` type($outputs) `)` attr-dict
    (`->` type($results)^)?
  }];
  let extraClassDeclaration = [{
    ::mlir::MutableOperandRange getDpsInitsMutable() { return getOutputsMutable(); }
  }];
}

#endif // QUERN_DIALECT_QUERN_IR_QUERNOPS_TD
