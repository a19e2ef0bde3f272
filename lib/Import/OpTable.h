// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the importer knows of each operator: read off the op classes of the dialect.

#ifndef QUERN_LIB_IMPORT_OPTABLE_H
#define QUERN_LIB_IMPORT_OPTABLE_H

#include "mlir/Support/LLVM.h"
#include "llvm/ADT/StringRef.h"

namespace quern {

struct OpEntry {
  llvm::StringRef mlirName; // `onnx.Conv`
  llvm::StringRef name, domain;
  int64_t sinceVersion;
  llvm::StringRef operandKinds, resultKinds; // a letter each: required, optional, variadic
};

/// The operators, sorted by domain and name.
llvm::ArrayRef<OpEntry> getOpTable();
/// Null where the dialect has no such operator.
const OpEntry *findOp(llvm::StringRef domain, llvm::StringRef name);
/// The operator of the domain whose name is nearest, for "did you mean"; null where none is near.
const OpEntry *findSimilarOp(llvm::StringRef domain, llvm::StringRef name);

} // namespace quern

#endif // QUERN_LIB_IMPORT_OPTABLE_H
