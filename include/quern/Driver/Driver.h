// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The `quern` command.

#ifndef QUERN_DRIVER_DRIVER_H
#define QUERN_DRIVER_DRIVER_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

namespace quern {

/// What every command ends with.
enum ExitStatus { Done = 0, Failed = 1, BadUsage = 2 };

/// Runs the command line (without the program's name) and returns its exit status.
int runDriver(llvm::ArrayRef<llvm::StringRef> args);

} // namespace quern

#endif // QUERN_DRIVER_DRIVER_H
