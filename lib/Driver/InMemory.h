// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Models compiled to memory and run there.

#ifndef QUERN_LIB_DRIVER_INMEMORY_H
#define QUERN_LIB_DRIVER_INMEMORY_H

#include "Compilation.h"

#include "quern/Execute/Execute.h"

namespace quern {

/// Compiles `file`; null, with `status` set and the reason printed, when that fails.
std::unique_ptr<LoadedModel> loadInMemory(llvm::StringRef file, const Arguments &args, int &status,
                                          llvm::StringRef expose = "");

/// The executable's main() over a loaded model; `program` stands in its messages.
int runLoaded(const LoadedModel &model, llvm::StringRef program, llvm::ArrayRef<std::string> words);

} // namespace quern

#endif // QUERN_LIB_DRIVER_INMEMORY_H
