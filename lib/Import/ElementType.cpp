// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "quern/Import/ElementType.h"

#include "quern/Dialect/ONNX/IR/ONNX.h"
#include "quern/Import/OnnxFile.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"

using namespace mlir;

namespace quern {

Type getElementType(int32_t dataType, MLIRContext *context) {
  Builder builder(context);
  switch (dataType) {
#define DATA_TYPE(NAME, TEXT, BITS, SINCE, TYPE)                                                                       \
  case proto::NAME:                                                                                                    \
    return TYPE;
#include "DataTypes.def"
  default:
    return Type();
  }
}

int32_t getDataType(Type type) {
  Builder builder(type.getContext());
#define DATA_TYPE(NAME, TEXT, BITS, SINCE, TYPE)                                                                       \
  if (type == TYPE)                                                                                                    \
    return proto::NAME;
#include "DataTypes.def"
  return proto::Undefined;
}

std::string getDataTypeName(int32_t dataType) {
  switch (dataType) {
  case proto::Undefined:
    return "undefined";
#define DATA_TYPE(NAME, TEXT, BITS, SINCE, TYPE)                                                                       \
  case proto::NAME:                                                                                                    \
    return TEXT;
#include "DataTypes.def"
  default:
    return "type " + std::to_string(dataType);
  }
}

unsigned getDataTypeBits(int32_t dataType) {
  switch (dataType) {
#define DATA_TYPE(NAME, TEXT, BITS, SINCE, TYPE)                                                                       \
  case proto::NAME:                                                                                                    \
    return BITS;
#include "DataTypes.def"
  default:
    return 0;
  }
}

int64_t getDataTypeSince(int32_t dataType) {
  switch (dataType) {
#define DATA_TYPE(NAME, TEXT, BITS, SINCE, TYPE)                                                                       \
  case proto::NAME:                                                                                                    \
    return SINCE;
#include "DataTypes.def"
  default:
    return 1;
  }
}

} // namespace quern
