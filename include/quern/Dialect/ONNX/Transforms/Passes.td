// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The passes over the `onnx` dialect. Each says what it does by the IR before
// and the IR after. A pass that could have rewritten a node and did not says why
// in a remark (`quern compile --remarks`, `quern-opt --remarks-filter=`).

#ifndef QUERN_DIALECT_ONNX_TRANSFORMS_PASSES_TD
#define QUERN_DIALECT_ONNX_TRANSFORMS_PASSES_TD

include "mlir/Pass/PassBase.td"

//===--- Types ------------------------------------------------------------===//

def SetInputShapesPass : Pass<"onnx-set-input-shapes", "::mlir::ModuleOp"> {
  let summary = "Give the model's inputs the sizes that the user asks for";
  let description = [{
    Each shape reads `NAME=1x3x224x224`; `?` keeps a size unknown, a scalar is
    `NAME=`. Where the model has one input the name may be left out. The result
    types are inferred again by `onnx-infer-shapes`. With `shapes=x=1x3`:

    ```mlir
    func.func @main(%x: tensor<?x3xf32> {onnx.dim_params = ["batch", ""], onnx.name = "x"})
    ```
    becomes
    ```mlir
    func.func @main(%x: tensor<1x3xf32> {onnx.name = "x"})
    ```
    Every other input whose dimension has the same name gets the same size.
  }];
  let options = [ListOption<"shapes", "shapes", "std::string", "Shapes as `NAME=1x3x224x224`">];
}

def InferShapesPass : Pass<"onnx-infer-shapes", "::mlir::ModuleOp"> {
  let summary = "Infer the result types of all operators";
  let description = [{
    Calls `ShapeInferenceOpInterface` node by node and narrows each declared type
    to what is both declared and inferred, until nothing changes; the results of
    functions follow. Types that exclude each other are an error that names the
    node and both types, and so is an input of the model whose rank is unknown.

    ```mlir
    %y = onnx.Relu %x : (tensor<4x?xf32>) -> tensor<*xf32>
    ```
    becomes
    ```mlir
    %y = onnx.Relu %x : tensor<4x?xf32>
    ```
  }];
  let options = [
    Option<"guessRanks", "guess-ranks", "bool", /*default=*/"false",
           "Where nothing says a rank: sizes that only the run knows are not squeezed, of two branches' ranks the higher "
           "is meant. A run in which that is not so fails">,
  ];
}

//===--- Composite operators ----------------------------------------------===//

def DecomposePass : Pass<"onnx-decompose", "::mlir::ModuleOp"> {
  let summary = "Rewrite composite operators into simple ones";
  let description = [{
    Each rule is the formula of the operator, in the form that is numerically
    stable. 16-bit floats are computed in f32 where the standard asks for it.

    ```mlir
    %y = onnx.Mish %x : tensor<4xf32>
    ```
    becomes
    ```mlir
    %0 = onnx.Softplus %x : tensor<4xf32>
    %1 = onnx.Tanh %0 : tensor<4xf32>
    %y = onnx.Mul %x, %1 : tensor<4xf32>
    ```
  }];
  let options = [ListOption<"keep", "keep", "std::string", "Composite operators to leave whole, e.g. `Mish`">];
}

//===--- Simplification ---------------------------------------------------===//

def SimplifyTransposesPass : Pass<"onnx-simplify-transposes", "::mlir::ModuleOp"> {
  let summary = "Move transposes together until they cancel";
  let description = [{
    A Transpose sinks through an elementwise operator when every other operand is
    transposed alike, is a scalar, or is a constant; two that meet become one, and
    one that moves only dimensions of size 1 becomes a Reshape.

    ```mlir
    %0 = onnx.Transpose %x {perm = array<i64: 0, 2, 3, 1>} : (tensor<1x3x8x8xf32>) -> tensor<1x8x8x3xf32>
    %1 = onnx.Relu %0 : tensor<1x8x8x3xf32>
    %y = onnx.Transpose %1 {perm = array<i64: 0, 3, 1, 2>} : (tensor<1x8x8x3xf32>) -> tensor<1x3x8x8xf32>
    ```
    becomes
    ```mlir
    %y = onnx.Relu %x : tensor<1x3x8x8xf32>
    ```
  }];
}

def SimplifyReshapesPass : Pass<"onnx-simplify-reshapes", "::mlir::ModuleOp"> {
  let summary = "Drop reshapes that elementwise operators do not need";
  let description = [{
    A Reshape sinks through an elementwise operator of one tensor, so that it
    meets the Reshape after it; a Reshape to the shape its operand has is dropped,
    also where sizes are dynamic but at most one of them may differ.

    ```mlir
    %0 = onnx.Reshape %x, %flat : (tensor<2x3xf32>, tensor<1xi64>) -> tensor<6xf32>
    %1 = onnx.Relu %0 : tensor<6xf32>
    %y = onnx.Reshape %1, %back : (tensor<6xf32>, tensor<2xi64>) -> tensor<2x3xf32>
    ```
    becomes
    ```mlir
    %y = onnx.Relu %x : tensor<2x3xf32>
    ```
  }];
}

def SimplifyCastsPass : Pass<"onnx-simplify-casts", "::mlir::ModuleOp"> {
  let summary = "Drop casts that change nothing";
  let description = [{
    A Cast to a type that holds every value, followed by one back, is nothing. A
    Cast of a bool that is only compared with zero again is nothing.

    ```mlir
    %0 = onnx.Cast %x {to = 1 : i64} : (tensor<4xf16>) -> tensor<4xf32>
    %1 = onnx.Cast %0 {to = 10 : i64} : (tensor<4xf32>) -> tensor<4xf16>
    %y = onnx.Relu %1 : tensor<4xf16>
    ```
    becomes
    ```mlir
    %y = onnx.Relu %x : tensor<4xf16>
    ```
  }];
}

def WidenFloatsPass : Pass<"onnx-widen-floats", "::mlir::ModuleOp"> {
  let summary = "Compute on 16-bit floats in f32";
  let description = [{
    Arithmetic on f16 and bf16 is done in f32, and what one operator gives another is not
    rounded in between; inputs, outputs and weights stay as they are. A product reads narrow
    weights as they lie in memory. ONNX Runtime computes so on CPUs, which have no
    arithmetic of 16 bits.

    ```mlir
    %0 = onnx.MatMul %x, %w : (tensor<2x4xf16>, tensor<4x4xf16>) -> tensor<2x4xf16>
    %y = onnx.Relu %0 : tensor<2x4xf16>
    ```
    becomes
    ```mlir
    %0 = onnx.Cast %x {to = 1 : i64} : (tensor<2x4xf16>) -> tensor<2x4xf32>
    %1 = onnx.Cast %w {to = 1 : i64} : (tensor<4x4xf16>) -> tensor<4x4xf32>
    %2 = onnx.MatMul %0, %1 : (tensor<2x4xf32>, tensor<4x4xf32>) -> tensor<2x4xf32>
    %3 = onnx.Relu %2 : tensor<2x4xf32>
    %y = onnx.Cast %3 {to = 10 : i64} : (tensor<2x4xf32>) -> tensor<2x4xf16>
    ```
  }];
}

def SimplifyPadsPass : Pass<"onnx-simplify-pads", "::mlir::ModuleOp"> {
  let summary = "Fold Pad into the padding of a convolution or pool";
  let description = [{
    A constant Pad of zeros on spatial dimensions becomes the `pads` of the Conv
    that reads it, or of an AveragePool that counts its padding; one of the lowest
    value becomes that of a MaxPool.

    ```mlir
    %0 = onnx.Pad %x, %pads : (tensor<1x3x8x8xf32>, tensor<8xi64>) -> tensor<1x3x10x10xf32>
    %y = onnx.Conv %0, %w : (tensor<1x3x10x10xf32>, tensor<4x3x3x3xf32>) -> tensor<1x4x8x8xf32>
    ```
    becomes
    ```mlir
    %y = onnx.Conv %x, %w {pads = array<i64: 1, 1, 1, 1>} : (tensor<1x3x8x8xf32>, tensor<4x3x3x3xf32>) -> tensor<1x4x8x8xf32>
    ```
  }];
}

//===--- Fusion -----------------------------------------------------------===//

def FuseBatchNormPass : Pass<"onnx-fuse-batchnorm", "::mlir::ModuleOp"> {
  let summary = "Fold BatchNormalization into the weights before it";
  let description = [{
    `a = scale / sqrt(var + epsilon)`; the weights of the Conv, ConvTranspose, Gemm
    or MatMul are multiplied by `a` per output channel, the bias becomes
    `(bias - mean) * a + B`. All of this is written as operators on constants,
    which `onnx-fold-constants` then computes.

    ```mlir
    %0 = onnx.Conv %x, %w : (tensor<1x3x8x8xf32>, tensor<4x3x3x3xf32>) -> tensor<1x4x6x6xf32>
    %y = onnx.BatchNormalization %0, %scale, %b, %mean, %var : …
    ```
    becomes
    ```mlir
    %y = onnx.Conv %x, %w2, %b2 : (tensor<1x3x8x8xf32>, tensor<4x3x3x3xf32>, tensor<4xf32>) -> tensor<1x4x6x6xf32>
    ```
  }];
}

def FuseMulPass : Pass<"onnx-fuse-mul", "::mlir::ModuleOp"> {
  let summary = "Fold a multiplication per channel into the weights before it";
  let description = [{
    ```mlir
    %0 = onnx.Conv %x, %w : …
    %y = onnx.Mul %0, %c : (tensor<1x4x6x6xf32>, tensor<4x1x1xf32>) -> tensor<1x4x6x6xf32>
    ```
    becomes
    ```mlir
    %w2 = onnx.Mul %w, %c4111 : …
    %y = onnx.Conv %x, %w2 : …
    ```
    for a constant `%c` with a value per output channel, or one for all.
  }];
}

def FuseBiasPass : Pass<"onnx-fuse-bias", "::mlir::ModuleOp"> {
  let summary = "Fold an addition per channel into the bias before it";
  let description = [{
    ```mlir
    %0 = onnx.Conv %x, %w : …
    %y = onnx.Add %0, %c : (tensor<1x4x6x6xf32>, tensor<1x4x1x1xf32>) -> tensor<1x4x6x6xf32>
    ```
    becomes
    ```mlir
    %y = onnx.Conv %x, %w, %c4 : (tensor<1x3x8x8xf32>, tensor<4x3x3x3xf32>, tensor<4xf32>) -> tensor<1x4x6x6xf32>
    ```
    for a constant `%c`. A MatMul of a matrix with a constant one becomes a Gemm.
    Activations and residual additions need no pass here: the `kernels` phase
    computes elementwise operators in the kernel of the contraction they follow.
  }];
}

//===--- Constants --------------------------------------------------------===//

def FoldConstantsPass : Pass<"onnx-fold-constants", "::mlir::ModuleOp"> {
  let summary = "Compute what depends on constants only, by compiling and running it";
  let description = [{
    Nodes all of whose operands are constants, or results of such nodes, are
    outlined into a module, which the evaluator compiles and runs; their results
    become constants. Without an evaluator (in `quern-opt`; `-quern-fold-constants`
    has one) nothing is folded.

    ```mlir
    %0 = onnx.Mul %w, %s : (tensor<64x3x3x3xf32>, tensor<64x1x1x1xf32>) -> tensor<64x3x3x3xf32>
    ```
    becomes
    ```mlir
    %0 = onnx.Constant {value = dense_resource<folded> : tensor<64x3x3x3xf32>} : tensor<64x3x3x3xf32>
    ```
    Never folded: DequantizeLinear and other unpacking of weights, random
    operators, loops without a small constant trip count, and results that are
    over 64 MiB and over four times their inputs. What fails while it is run is
    left to fail at run time. Each of these is a remark.
  }];
  let options = [
    Option<"maxBytes", "max-bytes", "int64_t", "64 * 1024 * 1024",
           "Results over this size are folded only when at most `max-growth` times their inputs">,
    Option<"maxGrowth", "max-growth", "int64_t", "4", "See `max-bytes`">,
    Option<"maxTrips", "max-trips", "int64_t", "1024", "Largest constant trip count of a loop that is folded">];
}

//===--- Results ----------------------------------------------------------===//

def ExposePass : Pass<"onnx-expose", "::mlir::ModuleOp"> {
  let summary = "Make results of inner nodes outputs of the model";
  let description = [{
    Appends the results of the named nodes (by node name, or by the name of the
    tensor) to the outputs; `all` exposes every node. With `nodes=conv1`:

    ```mlir
    %0 = onnx.Conv %x, %w : … loc("conv1")
    %y = onnx.Relu %0 : …
    return %y : …
    ```
    becomes
    ```mlir
    return %y, %0 : …    // the second result has onnx.name = "conv1"
    ```
  }];
  let options = [ListOption<"nodes", "nodes", "std::string", "Names of nodes, or `all`">];
}

//===--- Debugging --------------------------------------------------------===//

def ReducePass : Pass<"onnx-reduce", "::mlir::ModuleOp"> {
  let summary = "Make a module that fails smaller";
  let description = [{
    For quern-reduce: leaves out nodes and outputs, and puts zeros in the place
    of what nodes compute, while the module stays interesting: while `test`, run
    with the file of a module, ends with another status than 0, as mlir-reduce's
    tests do. With a test that asks for the Sigmoid:

    ```mlir
    %0 = onnx.Relu %x : tensor<4xf32>
    %1 = onnx.Sigmoid %0 : tensor<4xf32>
    %2 = onnx.Mul %1, %x : tensor<4xf32>
    return %2 : tensor<4xf32>
    ```
    becomes
    ```mlir
    %0 = onnx.Sigmoid %x : tensor<4xf32>
    return %0 : tensor<4xf32>
    ```
  }];
  let options = [Option<"test", "test", "std::string", "", "The script, run with the file of a module">,
                 ListOption<"testArgs", "test-arg", "std::string", "Arguments of the script before the file">];
}

#endif // QUERN_DIALECT_ONNX_TRANSFORMS_PASSES_TD
