// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The generated definitions of all ops.

#include "ShapeRules.h"

using namespace mlir;

#define GET_OP_CLASSES
#include "quern/Dialect/ONNX/IR/ONNXOps.cpp.inc"
