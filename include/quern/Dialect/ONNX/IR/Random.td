// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Random numbers. They are a function of the seed and of an element's index: equal
// seeds draw equal numbers, in every run. Without a seed, the node's name gives one.

#ifndef QUERN_DIALECT_ONNX_IR_RANDOM_TD
#define QUERN_DIALECT_ONNX_IR_RANDOM_TD

include "quern/Dialect/ONNX/IR/ONNXBase.td"

// Gives other results each time: not merged with its like, erased where unused.
class ONNX_RandomOp<string name, int since>
    : ONNX_Op<name, since, [DeclareOpInterfaceMethods<MemoryEffectsOpInterface>]> {
  let definitions = [{
    void $cppClass::getEffects(::llvm::SmallVectorImpl<::mlir::MemoryEffects::EffectInstance> &effects) {
      effects.emplace_back(::mlir::MemoryEffects::Allocate::get(), getOperation()->getResult(0));
    }
  }];
}

def ONNX_RandomNormalOp : ONNX_RandomOp<"RandomNormal", 22> {
  let summary = "Normal random numbers";
  let description = [{
    Numbers from a normal distribution of mean `mean` and standard deviation `scale`, of the TensorProto data type `dtype`.
    Every run draws the same numbers, those of `seed`, or of the node's name where it is absent.

    Example: `%y = onnx.RandomNormal {shape = array<i64: 2, 3>} : () -> tensor<2x3xf32>`
  }];
  let arguments = (ins ONNX_Int64<1>:$dtype, ONNX_Float<"0.0f">:$mean, ONNX_Float<"1.0f">:$scale,
                       ONNX_OptFloat:$seed, DenseI64ArrayAttr:$shape);
  let results = (outs ONNX_FloatTensor:$output);
}

def ONNX_RandomNormalLikeOp : ONNX_RandomOp<"RandomNormalLike", 22> {
  let summary = "Normal random numbers in the shape of a tensor";
  let description = [{
    Numbers from a normal distribution of mean `mean` and standard deviation `scale`, of the TensorProto data type `dtype`, or of
    the operand's type.

    Example: `%y = onnx.RandomNormalLike %x : tensor<2x3xf32>`
  }];
  let arguments = (ins ONNX_Tensor:$input, ONNX_OptInt:$dtype, ONNX_Float<"0.0f">:$mean,
                       ONNX_Float<"1.0f">:$scale, ONNX_OptFloat:$seed);
  let results = (outs ONNX_FloatTensor:$output);
  let infer = [{ return inferSameShapeAs(*this, getDtype(), types); }];
}

def ONNX_RandomUniformOp : ONNX_RandomOp<"RandomUniform", 22> {
  let summary = "Uniform random numbers";
  let description = [{
    Numbers from a uniform distribution over [low, high), of the TensorProto data type `dtype`.
    Every run draws the same numbers, those of `seed`, or of the node's name where it is absent.

    Example: `%y = onnx.RandomUniform {shape = array<i64: 2, 3>} : () -> tensor<2x3xf32>`
  }];
  let arguments = (ins ONNX_Int64<1>:$dtype, ONNX_Float<"1.0f">:$high, ONNX_Float<"0.0f">:$low,
                       ONNX_OptFloat:$seed, DenseI64ArrayAttr:$shape);
  let results = (outs ONNX_FloatTensor:$output);
}

def ONNX_RandomUniformLikeOp : ONNX_RandomOp<"RandomUniformLike", 22> {
  let summary = "Uniform random numbers in the shape of a tensor";
  let description = [{
    Numbers from a uniform distribution over [low, high), of the TensorProto data type `dtype`, or of
    the operand's type.

    Example: `%y = onnx.RandomUniformLike %x : tensor<2x3xf32>`
  }];
  let arguments = (ins ONNX_Tensor:$input, ONNX_OptInt:$dtype, ONNX_Float<"1.0f">:$high,
                       ONNX_Float<"0.0f">:$low, ONNX_OptFloat:$seed);
  let results = (outs ONNX_FloatTensor:$output);
  let infer = [{ return inferSameShapeAs(*this, getDtype(), types); }];
}

def ONNX_BernoulliOp : ONNX_RandomOp<"Bernoulli", 22> {
  let summary = "Random zeros and ones";
  let description = [{
    `Y` is 1 with the probability that X gives, else 0.

    Example: `%y = onnx.Bernoulli %x : tensor<2x3xf32>`
  }];
  let arguments = (ins ONNX_FloatTensor:$input, ONNX_OptInt:$dtype, ONNX_OptFloat:$seed);
  let results = (outs ONNX_Tensor:$output);
  let infer = [{ return inferSameShapeAs(*this, getDtype(), types); }];
}

def ONNX_MultinomialOp : ONNX_RandomOp<"Multinomial", 22> {
  let summary = "Random classes";
  let description = [{
    Draws `sample_size` classes for each row of log probabilities.

    Example: `%y = onnx.Multinomial %x {sample_size = 3} : (tensor<2x10xf32>) -> tensor<2x3xi32>`
  }];
  let arguments = (ins ONNX_FloatTensor:$input, ONNX_Int64<6>:$dtype, ONNX_Int64<1>:$sample_size,
                       ONNX_OptFloat:$seed);
  let results = (outs ONNX_IndexTensor:$output);
}

#endif // QUERN_DIALECT_ONNX_IR_RANDOM_TD
