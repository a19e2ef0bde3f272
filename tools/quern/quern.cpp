// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The command-line tool: see lib/Driver.

#include "quern/Driver/Driver.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/InitLLVM.h"

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  return quern::runDriver(llvm::SmallVector<llvm::StringRef>(argv + 1, argv + argc));
}
