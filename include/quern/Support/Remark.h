// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Why a pass left a node as it is: what `quern compile --remarks` shows.

#ifndef QUERN_SUPPORT_REMARK_H
#define QUERN_SUPPORT_REMARK_H

#include "mlir/IR/Operation.h"
#include "mlir/IR/Remarks.h"

namespace quern {

/// Says for `op` why `pass` left it. The text is not made unless somebody listens.
template <typename... Args>
void remarkMissed(mlir::Operation *op, llvm::StringRef pass, const char *format, Args &&...args) {
  mlir::remark::missed(op->getLoc(), mlir::remark::RemarkOpts::name(op->getName().getStringRef()).category(pass))
      << mlir::remark::reason(format, std::forward<Args>(args)...);
}

} // namespace quern

#endif // QUERN_SUPPORT_REMARK_H
