// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "LinkInputs.h"

#include "quern/Support/OutputFile.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Object/ArchiveWriter.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Signals.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

using namespace llvm;

namespace quern {

static Error saveAs(StringRef folder, StringRef name, StringRef bytes) {
  SmallString<256> path(folder);
  sys::path::append(path, name);
  Expected<OutputFile> file = OutputFile::create(path);
  if (!file)
    return file.takeError();
  file->os() << bytes;
  return file->commit();
}

LinkInputs::~LinkInputs() {
  for (int fd : files)
    close(fd);
}

std::string LinkInputs::pathOf(int fd) {
  files.push_back(fd);
  return "/proc/" + std::to_string(getpid()) + "/fd/" + std::to_string(fd);
}

Expected<std::string> LinkInputs::addText(StringRef name, StringRef bytes) {
  if (!keepDir.empty())
    if (Error error = saveAs(keepDir, name, bytes))
      return std::move(error);
  int fd = memfd_create("quern", MFD_CLOEXEC);
  if (fd < 0)
    return createStringError("cannot hold the linker's input: %s",
                             std::error_code(errno, std::generic_category()).message().c_str());
  raw_fd_ostream os(fd, /*shouldClose=*/false);
  os << bytes;
  os.flush();
  if (std::error_code error = os.error()) {
    os.clear_error();
    close(fd);
    return createStringError(error, "cannot hold the linker's input: %s", error.message().c_str());
  }
  return pathOf(fd);
}

Expected<std::string> LinkInputs::addObjects(const CompiledModel &model, bool withMain) {
  Expected<ObjectBuffer> descriptor = emitDescriptor(model, withMain);
  if (!descriptor)
    return descriptor.takeError();
  std::vector<std::string> names;
  std::vector<NewArchiveMember> members;
  names.reserve(model.objects.size() + 1); // members refer to the names
  auto add = [&](const MemoryBuffer &object, const Twine &name) {
    names.push_back(name.str());
    NewArchiveMember member(MemoryBufferRef(object.getBuffer(), names.back()));
    member.MemberName = names.back();
    members.push_back(std::move(member));
  };
  for (auto [index, object] : llvm::enumerate(model.objects))
    add(*object, "code" + Twine(index) + ".o");
  add(**descriptor, "descriptor.o");
  Expected<std::unique_ptr<MemoryBuffer>> archive = writeArchiveToBuffer(
      members, SymtabWritingMode::NormalSymtab, object::Archive::K_GNU, /*Deterministic=*/true, /*Thin=*/false);
  if (!archive)
    return archive.takeError();
  return addText(model.name + ".code.a", (*archive)->getBuffer());
}

Expected<std::string> LinkInputs::addWeights(const CompiledModel &model) {
  SmallString<256> path(keepDir);
  if (!keepDir.empty()) {
    sys::path::append(path, model.name + ".weights.o");
    if (Error error = writeWeightsObject(model, path))
      return std::move(error);
    return path.str().str();
  }
  path = sys::path::parent_path(output);
  sys::path::append(path, ".quern-%%%%%%%%.o");
  int fd = -1;
  SmallString<256> unique;
  if (std::error_code error = sys::fs::createUniqueFile(path, fd, unique))
    return createStringError(error, "cannot write '%s': %s", output.str().c_str(), error.message().c_str());
  close(fd);
  sys::RemoveFileOnSignal(unique);
  Error error = writeWeightsObject(model, unique);
  if (!error) {
    fd = open(unique.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0)
      error = createStringError("cannot read '%s' back", unique.c_str());
  }
  sys::fs::remove(unique);
  sys::DontRemoveFileOnSignal(unique);
  if (error)
    return std::move(error);
  return pathOf(fd);
}

} // namespace quern
