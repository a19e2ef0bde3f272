// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How launches become launches on buffers.

#ifndef QUERN_KERNELS_BUFFERIZABLELAUNCH_H
#define QUERN_KERNELS_BUFFERIZABLELAUNCH_H

namespace mlir {
class DialectRegistry;
}

namespace quern {
/// Attaches upstream's BufferizableOpInterface to `quern.launch`.
void registerBufferizableLaunch(mlir::DialectRegistry &registry);
} // namespace quern

#endif // QUERN_KERNELS_BUFFERIZABLELAUNCH_H
