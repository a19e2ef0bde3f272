// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "quern/Support/MappedFile.h"

#include "llvm/ADT/ScopeExit.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace llvm;

namespace quern {

static Error cannotRead(StringRef path, const Twine &reason) {
  return createStringError(std::errc::io_error, "cannot read '%s': %s", path.str().c_str(), reason.str().c_str());
}

static std::string lastError() { return std::error_code(errno, std::generic_category()).message(); }

Expected<std::shared_ptr<const MappedFile>> MappedFile::open(StringRef path) {
  std::shared_ptr<MappedFile> file(new MappedFile());
  file->path = path.str();
  int fd = ::open(file->path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK); // not to wait for a pipe's writer
  if (fd < 0)
    return cannotRead(path, lastError());
  llvm::scope_exit close([fd] { ::close(fd); });
  struct stat status;
  if (::fstat(fd, &status) != 0)
    return cannotRead(path, lastError());
  if (!S_ISREG(status.st_mode))
    return cannotRead(path, S_ISDIR(status.st_mode) ? "it is a folder" : "it is not a regular file");
  if (status.st_size == 0)
    return file;
  void *data = ::mmap(nullptr, status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
  if (data == MAP_FAILED)
    return cannotRead(path, lastError());
  file->bytes = ArrayRef(static_cast<const char *>(data), status.st_size);
  return file;
}

MappedFile::~MappedFile() {
  if (!bytes.empty())
    ::munmap(const_cast<char *>(bytes.data()), bytes.size());
}

} // namespace quern
