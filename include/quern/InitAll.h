// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Registration of everything Quern adds to MLIR.

#ifndef QUERN_INITALL_H
#define QUERN_INITALL_H

namespace mlir {
class DialectRegistry;
}

namespace quern {
/// Our dialects, the upstream ones that our passes make, and their interfaces' external models.
void registerDialects(mlir::DialectRegistry &registry);
/// All our passes and pipelines, by their command-line names. Call once.
void registerPasses();
} // namespace quern

#endif // QUERN_INITALL_H
