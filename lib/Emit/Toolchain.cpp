// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Where the files that are linked into models lie.

#include "Internal.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

#include <dlfcn.h>

using namespace llvm;

namespace quern {

/// The installation may be moved as a whole: look from this library's own folder upwards (lib/ or lib/<triple>/).
std::string shareDir() {
  Dl_info info;
  SmallString<256> library;
  if (!dladdr(reinterpret_cast<void *>(&shareDir), &info) || !info.dli_fname ||
      sys::fs::real_path(info.dli_fname, library))
    return "";
  StringRef folder = sys::path::parent_path(library);
  for (int level = 0; level < 3 && !folder.empty(); ++level, folder = sys::path::parent_path(folder)) {
    SmallString<256> candidate(folder);
    sys::path::append(candidate, "share", "quern");
    if (sys::fs::is_directory(candidate))
      return candidate.str().str();
  }
  return "";
}

std::string runtimeDir(StringRef triple) {
  SmallString<256> folder(shareDir());
  if (folder.empty())
    return "";
  sys::path::append(folder, "runtime", triple);
  return sys::fs::is_directory(folder) ? folder.str().str() : "";
}

} // namespace quern
