// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// lld, in this process. It crashes when two threads link, so they take turns.

#include "Internal.h"

#include "lld/Common/Driver.h"

#include <mutex>

LLD_HAS_DRIVER(elf)

using namespace llvm;

namespace quern {

Error runLinker(ArrayRef<std::string> args) {
  static std::mutex mutex;
  std::lock_guard<std::mutex> lock(mutex);
  std::vector<const char *> argv = {"ld.lld"};
  for (const std::string &arg : args)
    argv.push_back(arg.c_str());
  std::string text;
  raw_string_ostream os(text);
  lld::Result result = lld::lldMain(argv, os, os, {{lld::Gnu, &lld::elf::link}});
  if (result.retCode == 0)
    return Error::success();
  StringRef first = StringRef(text).split('\n').first;
  first.consume_front("ld.lld: ");
  first.consume_front("error: ");
  return createStringError("linking failed: %s", first.empty() ? "lld crashed" : first.str().c_str());
}

} // namespace quern
