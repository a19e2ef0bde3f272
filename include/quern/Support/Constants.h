// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The numbers inside constant attributes, and constants from numbers. The bytes
// of a tensor are row-major and little-endian; a bool takes a byte, elements
// under a byte are packed, low bits first.

#ifndef QUERN_SUPPORT_CONSTANTS_H
#define QUERN_SUPPORT_CONSTANTS_H

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"

#include <optional>

namespace quern {

/// Bits that an element takes in memory; nothing for types that have no such form.
std::optional<unsigned> getStorageBits(mlir::Type element);

/// Bytes that a tensor of this type takes; nothing where its shape is not static, or they do not fit 63 bits.
std::optional<int64_t> getStorageBytes(mlir::ShapedType type);

/// The bytes where the attribute holds them in this form: a resource, or a dense constant that is no splat and whose
/// elements are whole bytes. The bytes of a resource may not be aligned.
std::optional<llvm::ArrayRef<char>> getConstantBytes(mlir::ElementsAttr attr);

/// The bytes of any dense or resource constant: those inside the attribute, or a copy in `storage`. Nothing where the
/// attribute is neither, or the resource is missing.
std::optional<llvm::ArrayRef<char>> getConstantBytes(mlir::ElementsAttr attr, llvm::SmallVectorImpl<char> &storage);

/// The dense constant of these bytes, which are as they are in memory: a bool is one, elements below 8 bits are packed.
/// Equal elements are a splat, so that equal constants are equal attributes.
mlir::DenseElementsAttr getDenseConstant(mlir::ShapedType type, llvm::ArrayRef<char> bytes);

/// At most this many elements are read by the two functions below.
constexpr int64_t kMaxSmallConstant = 4096;

/// The elements of a small constant of integers or bools; unsigned 64-bit ones wrap.
std::optional<llvm::SmallVector<int64_t>> getIntegers(mlir::Attribute attr);
/// The elements of a small constant of floats of at most 64 bits, or of integers.
std::optional<llvm::SmallVector<double>> getFloats(mlir::Attribute attr);

/// A constant of integers or bools (converted modulo their width) or of floats, one for each element or one for all.
mlir::DenseElementsAttr getIntegerConstant(mlir::ShapedType type, llvm::ArrayRef<int64_t> values);
mlir::DenseElementsAttr getFloatConstant(mlir::ShapedType type, llvm::ArrayRef<double> values);
/// A vector of i64: shapes, axes, …
mlir::DenseElementsAttr getI64Constant(mlir::MLIRContext *context, llvm::ArrayRef<int64_t> values);

} // namespace quern

#endif // QUERN_SUPPORT_CONSTANTS_H
