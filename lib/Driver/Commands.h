// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The commands' functions and tables, one file each.

#ifndef QUERN_LIB_DRIVER_COMMANDS_H
#define QUERN_LIB_DRIVER_COMMANDS_H

#include "Options.h"

namespace quern {

#define QUERN_COMMAND(Name)                                                                                            \
  llvm::ArrayRef<Option> get##Name##Options();                                                                         \
  int run##Name(const Arguments &args);

QUERN_COMMAND(Compile)
QUERN_COMMAND(Check)
QUERN_COMMAND(Info)
QUERN_COMMAND(Run)
QUERN_COMMAND(Compare)
QUERN_COMMAND(Extract)
QUERN_COMMAND(Compress)
#undef QUERN_COMMAND
int runBench(const Arguments &args);

} // namespace quern

#endif // QUERN_LIB_DRIVER_COMMANDS_H
