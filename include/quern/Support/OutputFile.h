// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A file that is written whole or not at all.

#ifndef QUERN_SUPPORT_OUTPUTFILE_H
#define QUERN_SUPPORT_OUTPUTFILE_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"

#include <memory>
#include <string>

namespace quern {

/// Writes to a temporary file beside the destination; `commit` renames it into
/// place. Without a commit, or when a write failed (a full disk), nothing is
/// left behind and an older file of that name is untouched. `-` is standard
/// output; devices and pipes are written directly.
class OutputFile {
public:
  /// Fails with one sentence that names the path and the reason.
  static llvm::Expected<OutputFile> create(llvm::StringRef path, bool executable = false);
  OutputFile(OutputFile &&other) noexcept;
  OutputFile &operator=(OutputFile &&) = delete;
  ~OutputFile();

  llvm::raw_pwrite_stream &os() { return *stream; }
  /// The path of the file being written: another program (a linker) may write there instead of `os()`.
  llvm::StringRef getTemporaryPath() const { return temporary; }
  llvm::Error commit();

private:
  OutputFile() = default;
  void discard();

  std::string path;        // as named by the user, for messages
  std::string destination; // symbolic links followed
  std::string temporary;   // empty: written in place
  std::unique_ptr<llvm::raw_fd_ostream> stream;
};

} // namespace quern

#endif // QUERN_SUPPORT_OUTPUTFILE_H
