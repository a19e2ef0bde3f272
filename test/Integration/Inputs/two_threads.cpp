// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Compiles a model in two threads of one process, several times over: MODEL OUT1 OUT2 [OPTION…].

#include "quern/Driver/Driver.h"

#include "llvm/ADT/SmallVector.h"

#include <cstdio>
#include <thread>

int main(int argc, char **argv) {
  if (argc < 4) {
    std::fprintf(stderr, "usage: two_threads MODEL OUT1 OUT2 [OPTION...]\n");
    return 2;
  }
  int status[2] = {0, 0};
  auto compile = [&](int which) {
    llvm::SmallVector<llvm::StringRef> args = {"compile", argv[1], "-o", argv[2 + which]};
    args.append(argv + 4, argv + argc);
    for (int round = 0; round < 3 && status[which] == 0; ++round)
      status[which] = quern::runDriver(args);
  };
  std::thread first(compile, 0), second(compile, 1);
  first.join();
  second.join();
  return status[0] ? status[0] : status[1];
}
