// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "quern/Support/OutputFile.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Signals.h"

using namespace llvm;

namespace quern {

static Error cannotWrite(StringRef path, std::error_code reason) {
  return createStringError(reason, "cannot write '%s': %s", path.str().c_str(), reason.message().c_str());
}

Expected<OutputFile> OutputFile::create(StringRef path, bool executable) {
  OutputFile file;
  file.path = file.destination = path.str();

  sys::fs::file_status status;
  bool exists = path != "-" && !sys::fs::status(path, status);
  if (exists && sys::fs::is_directory(status))
    return cannotWrite(path, std::make_error_code(std::errc::is_a_directory));
  if (path == "-" || (exists && !sys::fs::is_regular_file(status))) {
    std::error_code error;
    file.stream = std::make_unique<raw_fd_ostream>(path, error, sys::fs::OF_None);
    if (error)
      return cannotWrite(path, error);
    return file;
  }
  if (exists && !sys::fs::can_write(path))
    return cannotWrite(path, std::make_error_code(std::errc::permission_denied));

  SmallString<256> real;
  if (exists && !sys::fs::real_path(path, real))
    file.destination = real.str().str();

  int fd = -1;
  SmallString<256> temporary;
  unsigned mode = executable ? unsigned(sys::fs::all_all) : unsigned(sys::fs::all_read | sys::fs::all_write);
  if (std::error_code error =
          sys::fs::createUniqueFile(Twine(file.destination) + ".tmp%%%%%%%%", fd, temporary, sys::fs::OF_None, mode))
    return cannotWrite(path, error);
  file.temporary = temporary.str().str();
  sys::RemoveFileOnSignal(file.temporary);
  file.stream = std::make_unique<raw_fd_ostream>(fd, /*shouldClose=*/true);
  return file;
}

OutputFile::OutputFile(OutputFile &&other) noexcept
    : path(std::move(other.path)), destination(std::move(other.destination)), temporary(std::move(other.temporary)),
      stream(std::move(other.stream)) {
  other.temporary.clear();
}

OutputFile::~OutputFile() { discard(); }

void OutputFile::discard() {
  if (stream) {
    stream->flush();
    stream->clear_error(); // an unreported error would abort
    stream.reset();
  }
  if (!temporary.empty()) {
    sys::fs::remove(temporary);
    sys::DontRemoveFileOnSignal(temporary);
    temporary.clear();
  }
}

Error OutputFile::commit() {
  stream->flush();
  if (path != "-")
    stream->close();
  if (stream->has_error()) {
    std::error_code error = stream->error();
    discard();
    return cannotWrite(path, error);
  }
  stream.reset();
  if (temporary.empty())
    return Error::success();
  if (std::error_code error = sys::fs::rename(temporary, destination)) {
    discard();
    return cannotWrite(path, error);
  }
  sys::DontRemoveFileOnSignal(temporary);
  temporary.clear();
  return Error::success();
}

} // namespace quern
