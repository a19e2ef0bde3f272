// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The `quern` dialect.

#ifndef QUERN_DIALECT_QUERN_IR_QUERN_H
#define QUERN_DIALECT_QUERN_IR_QUERN_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "quern/Dialect/Quern/IR/QuernDialect.h.inc"
#define GET_OP_CLASSES
#include "quern/Dialect/Quern/IR/QuernOps.h.inc"

#endif // QUERN_DIALECT_QUERN_IR_QUERN_H
