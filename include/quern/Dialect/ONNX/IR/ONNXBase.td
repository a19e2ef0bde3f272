// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The `onnx` dialect, its element types, and the classes that op families
// derive from.

#ifndef QUERN_DIALECT_ONNX_IR_ONNXBASE_TD
#define QUERN_DIALECT_ONNX_IR_ONNXBASE_TD

include "mlir/IR/OpBase.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "quern/Dialect/ONNX/IR/ONNXInterfaces.td"

def ONNX_Dialect : Dialect {
  let name = "onnx";
  let cppNamespace = "::quern::onnx";
  let summary = "The operators of the ONNX standard at one opset";
  let description = [{
    Operators are spelled as the standard spells them (`onnx.Conv`); the other
    domains have a prefix (`onnx.ml.Scaler`, `onnx.ms.FusedMatMul`). There is one
    form of each operator, the newest released (ai.onnx 26); the importer
    upgrades older ones. Unsigned integers are `ui8 … ui64`, bool is `i1`.
  }];
  let hasConstantMaterializer = 1;
  let useDefaultAttributePrinterParser = 0;
  let useDefaultTypePrinterParser = 1;
}

//===--- Element types ----------------------------------------------------===//

def ONNX_F16_64  : AnyTypeOf<[F16, BF16, F32, F64], "16-, 32- or 64-bit float">;
def ONNX_F8      : AnyTypeOf<[F8E4M3FN, F8E4M3FNUZ, F8E5M2, F8E5M2FNUZ], "8-bit float">;
def ONNX_SInt    : AnyTypeOf<[I<8>, I<16>, I<32>, I<64>], "signed integer">;
def ONNX_UIntT   : AnyTypeOf<[UI<8>, UI<16>, UI<32>, UI<64>], "unsigned integer">;
def ONNX_Int     : AnyTypeOf<[ONNX_SInt, ONNX_UIntT], "integer">;
def ONNX_Num     : AnyTypeOf<[ONNX_F16_64, ONNX_Int], "number">;
def ONNX_Signed  : AnyTypeOf<[ONNX_F16_64, ONNX_SInt], "signed number">;
def ONNX_Num32   : AnyTypeOf<[ONNX_F16_64, I<32>, I<64>, UI<32>, UI<64>], "float or 32- or 64-bit integer">;
def ONNX_Quant   : AnyTypeOf<[I<8>, UI<8>, ONNX_F8], "8-bit number">;

// Ranked or unranked tensors of these.
def ONNX_FloatTensor   : TensorOf<[ONNX_F16_64]>;
def ONNX_AnyFloatTensor : TensorOf<[ONNX_F16_64, ONNX_F8]>;
def ONNX_F32Tensor     : TensorOf<[F32]>;
def ONNX_NumTensor     : TensorOf<[ONNX_Num]>;
def ONNX_NumBoolTensor : TensorOf<[ONNX_Num, I1]>;
def ONNX_SignedTensor  : TensorOf<[ONNX_Signed]>;
def ONNX_Num32Tensor   : TensorOf<[ONNX_Num32]>;
def ONNX_IntTensor     : TensorOf<[ONNX_Int]>;
def ONNX_UIntTensor    : TensorOf<[ONNX_UIntT]>;
def ONNX_8BitTensor    : TensorOf<[I<8>, UI<8>]>;
def ONNX_UI8Tensor     : TensorOf<[UI<8>]>;
def ONNX_QuantTensor   : TensorOf<[ONNX_Quant]>;
def ONNX_BoolTensor    : TensorOf<[I1]>;
def ONNX_I32Tensor     : TensorOf<[I32]>;
def ONNX_I64Tensor     : TensorOf<[I64]>;
def ONNX_IndexTensor   : TensorOf<[I32, I64]>;
def ONNX_Tensor        : TensorOf<[AnyType]>;

//===--- Attributes: ONNX's INT, FLOAT, STRING, INTS, FLOATS, STRINGS ------===//

// Upstream's I64Attr has unsigned accessors.
def ONNX_Int64Attr : TypedSignlessIntegerAttrBase<I64, "int64_t", "64-bit signless integer attribute"> {
  let convertFromStorage = [{ $_self.getInt() }];
}
class ONNX_Int64<int value>    : DefaultValuedAttr<ONNX_Int64Attr, !cast<string>(value)>;
class ONNX_Float<string value> : DefaultValuedAttr<F32Attr, value>;
class ONNX_String<string value> : DefaultValuedStrAttr<StrAttr, value>;
def ONNX_OptInt     : OptionalAttr<ONNX_Int64Attr>;
def ONNX_OptFloat   : OptionalAttr<F32Attr>;
def ONNX_OptString  : OptionalAttr<StrAttr>;
def ONNX_OptInts    : OptionalAttr<DenseI64ArrayAttr>;
def ONNX_OptFloats  : OptionalAttr<DenseF32ArrayAttr>;
def ONNX_OptStrings : OptionalAttr<StrArrayAttr>;

//===--- Facts ------------------------------------------------------------===//

// Each element of the results depends on the elements of the operands, with
// NumPy broadcasting, that are at its place.
def ONNX_Pointwise : NativeOpTrait<"Pointwise"> { let cppNamespace = "::quern::onnx"; }

//===--- Ops --------------------------------------------------------------===//

// An operator of the standard. `arguments` must declare operands in ONNX's
// input order, before the attributes. The textual form is common to all:
//   %y = onnx.Clip %x, none, %max {attributes} : (types) -> type
// with one type where all of them are equal, `none` for absent results where
// more than one may be absent, and regions at the end.
class ONNX_DomainOp<string domain, string prefix, string name, int since, list<Trait> facts = []>
    : Op<ONNX_Dialect, prefix # name, []> {
  string onnxName = name;
  string onnxDomain = domain;
  int sinceVersion = since;

  // One letter an operand: required, optional, variadic. Attributes are skipped.
  string operandKinds = !foldl("", !range(!size(arguments)), acc, i,
      acc # !cond(
        !isa<Optional>(!getdagarg<Constraint>(arguments, i)) : "o",
        !isa<Variadic>(!getdagarg<Constraint>(arguments, i)) : "v",
        !isa<TypeConstraint>(!getdagarg<Constraint>(arguments, i)) : "r",
        true : ""));
  string resultKinds = !foldl("", !range(!size(results)), acc, i,
      acc # !cond(
        !isa<Optional>(!getdagarg<Constraint>(results, i)) : "o",
        !isa<Variadic>(!getdagarg<Constraint>(results, i)) : "v",
        true : "r"));
  int flexibleOperands = !foldl(0, !range(!size(operandKinds)), n, i,
      !add(n, !if(!eq(!substr(operandKinds, i, 1), "r"), 0, 1)));
  int flexibleResults = !foldl(0, !range(!size(resultKinds)), n, i,
      !add(n, !if(!eq(!substr(resultKinds, i, 1), "r"), 0, 1)));
  let traits = !listconcat(facts,
      !if(!gt(flexibleOperands, 1), [AttrSizedOperandSegments], []<Trait>),
      !if(!gt(flexibleResults, 1), [AttrSizedResultSegments], []<Trait>),
      [ONNXOpInterface, DeclareOpInterfaceMethods<ShapeInferenceOpInterface>]);

  // How the family infers result types: a statement that returns a LogicalResult,
  // or empty where the op has its own definition in a .cpp file. The verifier of
  // every op runs it and compares (see ShapeInferenceOpInterface).
  string infer = "";
  // Declarations and definitions of the op's own.
  string declarations = "";
  string definitions = "";

  let hasCustomAssemblyFormat = 1;
  let extraClassDeclaration = [{
    static ::llvm::StringRef getOnnxName() { return "}] # onnxName # [{"; }
    static ::llvm::StringRef getOnnxDomain() { return "}] # onnxDomain # [{"; }
    static int64_t getSinceVersion() { return }] # sinceVersion # [{; }
    static ::llvm::StringRef getOperandKinds() { return "}] # operandKinds # [{"; }
    static ::llvm::StringRef getResultKinds() { return "}] # resultKinds # [{"; }
    ::llvm::LogicalResult verifyAttributes();
  }] # declarations;
  let extraClassDefinition = [{
    ::llvm::LogicalResult $cppClass::verifyAttributes() { return Adaptor(*this).verify(getLoc()); }
    ::mlir::ParseResult $cppClass::parse(::mlir::OpAsmParser &parser, ::mlir::OperationState &state) {
      return ::quern::onnx::parseOp(parser, state, getOperandKinds(), getResultKinds());
    }
    void $cppClass::print(::mlir::OpAsmPrinter &printer) {
      ::quern::onnx::printOp(printer, *this, getOperandKinds(), getResultKinds());
    }
  }] # !if(!empty(infer), "", [{
    ::llvm::LogicalResult $cppClass::inferResultTypes(::llvm::SmallVectorImpl<::mlir::Type> &types) {
      }] # infer # [{
    }
  }]) # definitions;
}

class ONNX_Op<string name, int since, list<Trait> facts = [Pure]>
    : ONNX_DomainOp<"", "", name, since, facts>;
class ONNX_MSOp<string name, int since = 1, list<Trait> facts = [Pure]>
    : ONNX_DomainOp<"com.microsoft", "ms.", name, since, facts>;
class ONNX_MLOp<string name, int since, list<Trait> facts = [Pure]>
    : ONNX_DomainOp<"ai.onnx.ml", "ml.", name, since, facts>;

// Has regions, which may use values from outside and end in onnx.Yield.
class ONNX_RegionOp<string name, int since>
    : ONNX_Op<name, since, [SingleBlock, RecursiveMemoryEffects, RecursivelySpeculatable]> {
  let hasRegionVerifier = 1;
}

//===--- Families ---------------------------------------------------------===//

// One operand, one result of the same type, and perhaps attributes.
class ONNX_UnaryOp<string name, int since, Type type = ONNX_FloatTensor, dag attributes = (ins)>
    : ONNX_Op<name, since, [Pure, ONNX_Pointwise, SameOperandsAndResultShape]> {
  let arguments = !con((ins type:$X), attributes);
  let results = (outs type:$Y);
  let infer = [{ return inferSameType(*this, types); }];
}

// Two operands with NumPy broadcasting, a result of their element type.
class ONNX_BinaryOp<string name, int since, Type type = ONNX_NumTensor, dag attributes = (ins)>
    : ONNX_Op<name, since, [Pure, ONNX_Pointwise]> {
  let arguments = !con((ins type:$A, type:$B), attributes);
  let results = (outs type:$C);
  let infer = [{ return inferBroadcast(*this, types); }];
}

// Two operands with NumPy broadcasting, a result of bools.
class ONNX_CompareOp<string name, int since, Type type = ONNX_NumTensor>
    : ONNX_Op<name, since, [Pure, ONNX_Pointwise]> {
  let arguments = (ins type:$A, type:$B);
  let results = (outs ONNX_BoolTensor:$C);
  let infer = [{ return inferBroadcast(*this, types, ::mlir::IntegerType::get(getContext(), 1)); }];
  let hasFolder = 1;
}

// Any number of operands, at least one, with NumPy broadcasting.
class ONNX_VariadicOp<string name, int since, Type type = ONNX_NumTensor>
    : ONNX_Op<name, since, [Pure, ONNX_Pointwise]> {
  let arguments = (ins Variadic<type>:$inputs);
  let results = (outs type:$output);
  let infer = [{ return inferBroadcast(*this, types); }];
  let hasFolder = 1;
}

#endif // QUERN_DIALECT_ONNX_IR_ONNXBASE_TD
