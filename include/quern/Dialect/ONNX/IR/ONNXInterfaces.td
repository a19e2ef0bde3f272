// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Interfaces of the ops of the `onnx` dialect.

#ifndef QUERN_DIALECT_ONNX_IR_ONNXINTERFACES_TD
#define QUERN_DIALECT_ONNX_IR_ONNXINTERFACES_TD

include "mlir/IR/OpBase.td"

def ONNXOpInterface : OpInterface<"ONNXOpInterface"> {
  let description = [{The static facts of an operator of the standard.}];
  let cppNamespace = "::quern::onnx";
  let methods = [
    StaticInterfaceMethod<"The operator's name in its domain, e.g. `Conv`.",
                          "::llvm::StringRef", "getOnnxName", (ins)>,
    StaticInterfaceMethod<"The operator's domain: `` (ai.onnx), `ai.onnx.ml` or `com.microsoft`.",
                          "::llvm::StringRef", "getOnnxDomain", (ins)>,
    StaticInterfaceMethod<"The opset in which the form modelled here appeared.",
                          "int64_t", "getSinceVersion", (ins)>,
    StaticInterfaceMethod<[{One letter an operand: `r` required, `o` optional, `v` variadic.}],
                          "::llvm::StringRef", "getOperandKinds", (ins)>,
    StaticInterfaceMethod<[{One letter a result: `r` required, `o` optional, `v` variadic.}],
                          "::llvm::StringRef", "getResultKinds", (ins)>,
    InterfaceMethod<"Checks that each required attribute is there and that each has its kind.",
                    "::llvm::LogicalResult", "verifyAttributes", (ins)>
  ];
}

def ShapeInferenceOpInterface : OpInterface<"ShapeInferenceOpInterface"> {
  let description = [{
    Result types from operand types, attributes, and as much of the values of
    shape operands as is known (`getKnownShapeValue`). Inference checks the rules
    of the operator on its way: an op's verifier is inference plus a comparison
    with the types that the op has. It is safe on ops that were not verified, as
    long as operand and attribute kinds are those of the ODS definition.
  }];
  let cppNamespace = "::quern::onnx";
  let verify = [{ return ::quern::onnx::verifyResultTypes($_op); }];
  let verifyWithRegions = 0;
  let methods = [
    InterfaceMethod<[{
      Appends one type a result. A type that cannot be known (an operand without
      rank) is the operand's element type unranked. Fails with an op error when
      the operands break a rule of the operator.
    }], "::llvm::LogicalResult", "inferResultTypes",
       (ins "::llvm::SmallVectorImpl<::mlir::Type> &":$types)>
  ];
}

#endif // QUERN_DIALECT_ONNX_IR_ONNXINTERFACES_TD
