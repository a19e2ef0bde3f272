// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The model's names inside locations: docs/contracts.md, "The module".

#ifndef QUERN_SUPPORT_NODENAME_H
#define QUERN_SUPPORT_NODENAME_H

#include "mlir/IR/Location.h"
#include "llvm/ADT/StringRef.h"

namespace quern {

/// The name of the ONNX node that an op comes from (of fused ones: the last that has a name); empty where it has none.
llvm::StringRef getNodeName(mlir::Location location);

/// The operator of that node, e.g. `Conv`; empty where the location does not say.
llvm::StringRef getNodeOp(mlir::Location location);

/// `location` that also says the node's operator, for what the node is lowered to.
mlir::Location withNodeOp(mlir::Location location, llvm::StringRef op);

/// The name of the model's file; empty where the location has none.
llvm::StringRef getFileName(mlir::Location location);

} // namespace quern

#endif // QUERN_SUPPORT_NODENAME_H
