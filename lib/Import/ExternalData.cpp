// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Tensors whose bytes are in a file beside the model, and never anywhere else.

#include "Weights.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Path.h"

using namespace mlir;
using llvm::Expected;
namespace path = llvm::sys::path;

namespace quern {

template <typename... Args>
static llvm::Error fail(const char *format, Args &&...args) {
  return llvm::createStringError(llvm::formatv(format, std::forward<Args>(args)...).str());
}

Expected<std::shared_ptr<const MappedFile>> Weights::openExternal(StringRef location) {
  auto known = external.find(location);
  if (known != external.end())
    return known->second;

  if (location.empty() || location.contains('\0'))
    return fail("expects the name of a file for its external data");
  if (path::is_absolute(location))
    return fail("has its data in '{0}', which must be a path relative to the model's folder", location);
  for (auto part = path::begin(location), end = path::end(location); part != end; ++part)
    if (*part == "..")
      return fail("has its data in '{0}', which leaves the model's folder", location);

  SmallString<256> folder, file, realFile;
  StringRef parent = path::parent_path(model->getPath());
  if (std::error_code error = llvm::sys::fs::real_path(parent.empty() ? "." : parent, folder))
    return fail("has external data, but the model's folder cannot be read: {0}", error.message());
  file = folder;
  path::append(file, location);
  if (std::error_code error = llvm::sys::fs::real_path(file, realFile))
    return fail("has its data in '{0}', which cannot be read: {1}", location, error.message());
  StringRef inside = realFile;
  if (!inside.consume_front(folder) || !(inside.starts_with("/") || folder == "/"))
    return fail("has its data in '{0}', a link that leaves the model's folder", location);

  Expected<std::shared_ptr<const MappedFile>> mapped = MappedFile::open(realFile);
  if (!mapped)
    return fail("has its data in '{0}', but: {1}", location, llvm::toString(mapped.takeError()));
  external[location] = *mapped;
  file = parent;
  path::append(file, location);
  externalPaths.push_back(file.str().str());
  return *mapped;
}

Expected<TensorBytes> Weights::getExternalBytes(const proto::Tensor &tensor, uint64_t size) {
  StringRef location;
  uint64_t offset = 0, length = size;
  for (auto [key, value] : tensor.externalData) {
    StringRef text(value.data(), value.size());
    uint64_t *number = key == "offset" ? &offset : key == "length" ? &length : nullptr;
    if (key == "location")
      location = text;
    else if (number && text.getAsInteger(10, *number))
      return fail("has an {0} of external data that is no number: '{1}'", StringRef(key.data(), key.size()), text);
  }
  if (tensor.fields != 0)
    return fail("expects its data either in the model or in an external file, got both");
  Expected<std::shared_ptr<const MappedFile>> file = openExternal(location);
  if (!file)
    return file.takeError();
  if (length != size)
    return fail("takes {0} bytes, but the length of its data in '{1}' is given as {2}", size, location, length);
  uint64_t available = (*file)->getBytes().size();
  if (offset > available || size > available - offset)
    return fail("takes {0} bytes at offset {1} of '{2}', which has {3}", size, offset, location, available);
  return TensorBytes{(*file)->getBytes().slice(offset, size), *file};
}

} // namespace quern
