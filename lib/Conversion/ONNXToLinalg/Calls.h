// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What linalg cannot say: calls of the runtime, for strings and for what is in
// sequences. Both are handles in i64 (docs/contracts.md).

#ifndef QUERN_LIB_CONVERSION_ONNXTOLINALG_CALLS_H
#define QUERN_LIB_CONVERSION_ONNXTOLINALG_CALLS_H

#include "Lowering.h"

namespace quern::lowering {

/// What `quern_rt_NAME` makes of the inputs: tensors of these shapes and elements.
struct CallResult {
  Sizes shape;
  Type element;
};
llvm::SmallVector<Value> callRuntime(Builder &b, llvm::StringRef name, ValueRange inputs,
                                     llvm::ArrayRef<CallResult> results);
Value callRuntime(Builder &b, llvm::StringRef name, ValueRange inputs, llvm::ArrayRef<Size> shape, Type element);
/// A size that it makes.
Size callForSize(Builder &b, llvm::StringRef name, ValueRange inputs);
/// An i64, as a scalar input of a call.
Value number(Builder &b, int64_t value);

/// A tensor of constant strings, made once a run.
Value stringConstant(Builder &b, llvm::ArrayRef<int64_t> shape, llvm::ArrayRef<llvm::StringRef> strings);
/// For each of `x` the index of the first of `keys` (rank 1) that is equal, or -1: strings, or integers of 64 bits.
Value findAmong(Builder &b, Value x, Value keys);

/// The handle of a value: a tensor of the dtype that `type` (before conversion) has, or a sequence.
Value box(Builder &b, Value value, Type type);
/// What is behind a handle (an i64): a tensor, or sequence, of that type before conversion. The run fails where it has
/// another rank.
Value unbox(Builder &b, Value handle, Type type);

} // namespace quern::lowering

#endif // QUERN_LIB_CONVERSION_ONNXTOLINALG_CALLS_H
