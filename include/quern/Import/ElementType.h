// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// TensorProto's data types and the element types of the `onnx` dialect.

#ifndef QUERN_IMPORT_ELEMENTTYPE_H
#define QUERN_IMPORT_ELEMENTTYPE_H

#include "mlir/IR/Types.h"
#include "llvm/ADT/StringRef.h"

#include <cstdint>

namespace quern {

/// The element type of a data type; null for strings and numbers that no data type has.
mlir::Type getElementType(int32_t dataType, mlir::MLIRContext *context);
/// The data type of an element type; 0 where ONNX has none.
int32_t getDataType(mlir::Type elementType);
/// As ONNX spells it: `float16`; `type 99` for a number that is none.
std::string getDataTypeName(int32_t dataType);
/// Bits that an element takes in `raw_data`: 4 for int4, 8 for bool, 0 for what has no fixed size.
unsigned getDataTypeBits(int32_t dataType);
/// The first opset of ai.onnx whose operators take the type.
int64_t getDataTypeSince(int32_t dataType);

} // namespace quern

#endif // QUERN_IMPORT_ELEMENTTYPE_H
