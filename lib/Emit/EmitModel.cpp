// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Writes a compiled model in each of its forms.

#include "LinkInputs.h"

#include "quern/Support/OutputFile.h"

#include "llvm/ADT/ScopeExit.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Object/Archive.h"
#include "llvm/Object/ArchiveWriter.h"
#include "llvm/Object/ELFObjectFile.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/Triple.h"

#include <optional>

using namespace llvm;

namespace quern {
namespace {

/// One way of linking for one architecture: the files of lib/Runtime and what stands around the model.
struct LinkRecipe {
  const char *runtime; // folder under share/quern/runtime
  std::vector<const char *> before;
  std::vector<const char *> after;
};

const LinkRecipe kX86Executable = {"x86_64-linux-musl", {"crt1.o", "crti.o"}, {"libquern_rt.a", "libc.a", "crtn.o"}};
const LinkRecipe kAArch64Executable = {
    "aarch64-linux-gnu",
    {"crt1.o", "crti.o", "crtbeginT.o"},
    {"--start-group", "libquern_rt.a", "libc.a", "libgcc.a", "libgcc_eh.a", "--end-group", "crtend.o", "crtn.o"}};

StringRef libraryRuntime(const Target &target) { return target.isX86() ? "x86_64-linux-gnu" : "aarch64-linux-gnu"; }

std::string inFolder(StringRef folder, StringRef name) {
  SmallString<256> path(folder);
  sys::path::append(path, name);
  return path.str().str();
}

/// The runtime archive that libraries contain.
Expected<std::string> libraryArchive(const Target &target) {
  std::string folder = runtimeDir(libraryRuntime(target));
  std::string archive = inFolder(folder, "libquern_rt.a");
  if (folder.empty() || !sys::fs::exists(archive))
    return createStringError("this installation has no runtime for %s (share/quern/runtime/%s/libquern_rt.a)",
                             target.triple.c_str(), libraryRuntime(target).str().c_str());
  return archive;
}

class ModelLinker {
public:
  ModelLinker(const CompiledModel &model, StringRef output, StringRef keepDir)
      : model(model), output(output), inputs(output, keepDir) {}

  Error executable() {
    const LinkRecipe &recipe = model.target.isX86() ? kX86Executable : kAArch64Executable;
    std::string folder = runtimeDir(recipe.runtime);
    if (!hasAll(recipe, folder))
      return executableByCompiler();
    std::vector<std::string> args = {"-static", "--gc-sections", "--build-id=none", "-s", "-z", "noexecstack",
                                     "-o",      output.str()};
    auto add = [&](ArrayRef<const char *> names) {
      for (StringRef name : names)
        args.push_back(name.starts_with("-") ? name.str() : inFolder(folder, name));
    };
    add(recipe.before);
    if (Error error = addModel(args, /*withMain=*/true))
      return error;
    add(recipe.after);
    if (hasLargeWeights(model)) {
      // lld puts them first, and the start files' code out of reach of address 0, where a weak symbol of theirs is.
      Expected<std::string> script =
          inputs.addText("large.ld", "SECTIONS { .lrodata : { *(.lrodata) } } INSERT AFTER .bss;\n");
      if (!script)
        return script.takeError();
      args.insert(args.end(), {"-T", *script});
    }
    return runLinker(args);
  }

  Error shared(StringRef soname) {
    Expected<std::string> archive = libraryArchive(model.target);
    if (!archive)
      return archive.takeError();
    if (Error error = checkUndefined())
      return error;
    std::string script = "{ global: ";
    for (const std::string &symbol : publicSymbols(model))
      script += symbol + "; ";
    script += "local: *; };\n";
    Expected<std::string> scriptPath = inputs.addText("exports.map", script);
    if (!scriptPath)
      return scriptPath.takeError();
    Expected<std::string> libc = makeLibcStub();
    if (!libc)
      return libc.takeError();
    std::vector<std::string> args = {
        "-shared", "--gc-sections", "--build-id=none", "-s",         "-Bsymbolic",       "--hash-style=gnu",
        "-z",      "noexecstack",   "-soname",         soname.str(), "--version-script", *scriptPath,
        "-o",      output.str()};
    if (Error error = addModel(args, /*withMain=*/false))
      return error;
    args.push_back(*archive);
    args.push_back("--no-as-needed");
    args.push_back(*libc);
    Error error = runLinker(args);
    sys::fs::remove(*libc);
    return error;
  }

  Error object() {
    Expected<std::string> archive = libraryArchive(model.target);
    if (!archive)
      return archive.takeError();
    std::vector<std::string> args = {"-r", "--build-id=none", "-o", output.str()};
    if (Error error = addModel(args, /*withMain=*/false))
      return error;
    args.push_back(*archive);
    if (Error error = runLinker(args))
      return error;
    return localizeSymbols(output, publicSymbols(model));
  }

private:
  static bool hasAll(const LinkRecipe &recipe, const std::string &folder) {
    auto exists = [&](StringRef name) { return name.starts_with("-") || sys::fs::exists(inFolder(folder, name)); };
    return !folder.empty() && all_of(recipe.before, exists) && all_of(recipe.after, exists);
  }

  Error addModel(std::vector<std::string> &args, bool withMain, StringRef prefix = "") {
    Expected<std::string> objects = inputs.addObjects(model, withMain);
    if (!objects)
      return objects.takeError();
    Expected<std::string> weights = inputs.addWeights(model);
    if (!weights)
      return weights.takeError();
    args.insert(args.end(),
                {prefix.str() + "--whole-archive", *objects, prefix.str() + "--no-whole-archive", *weights});
    return Error::success();
  }

  /// Without start files and a libc of our own, the system's compiler driver links a dynamic executable.
  Error executableByCompiler() {
    StringRef name = Triple(sys::getProcessTriple()).getArch() == Triple(model.target.triple).getArch()
                         ? "cc"
                         : "aarch64-linux-gnu-gcc";
    ErrorOr<std::string> compiler = sys::findProgramByName(name);
    Expected<std::string> archive = libraryArchive(model.target);
    if (!archive)
      return archive.takeError();
    if (!compiler)
      return createStringError("this installation has no start files for %s, and no '%s' to link with",
                               model.target.triple.c_str(), name.str().c_str());
    std::vector<std::string> args = {*compiler, "-o", output.str(), "-s", "-Wl,--gc-sections", "-Wl,--build-id=none"};
    if (Error error = addModel(args, /*withMain=*/true, "-Wl,"))
      return error;
    args.push_back(*archive);
    args.push_back("-pthread");
    std::vector<StringRef> argv(args.begin(), args.end());
    std::string message;
    if (sys::ExecuteAndWait(*compiler, argv, std::nullopt, {}, 0, 0, &message) != 0)
      return createStringError("linking with '%s' failed %s", name.str().c_str(), message.c_str());
    return Error::success();
  }

  /// A library that only says `NEEDED libc.so.6`: with it the result does not depend on the libc of this machine, and
  /// none need be installed.
  Expected<std::string> makeLibcStub() {
    CompiledModel nothing;
    nothing.name = "libc";
    nothing.target = model.target;
    Expected<std::string> empty = inputs.addWeights(nothing);
    if (!empty)
      return empty.takeError();
    std::string path = output.str() + ".libc";
    if (Error error = runLinker({"-shared", "-soname", "libc.so.6", "--build-id=none", *empty, "-o", path}))
      return std::move(error);
    return path;
  }

  /// A shared library links with symbols undefined; those of compiled code are a closed list.
  Error checkUndefined() {
    StringSet<> known;
    for (const char *name : {"memcpy", "memmove", "memset"})
      known.insert(name);
    for (const WeightBlob &blob : model.weights)
      known.insert(blob.symbol);
    std::vector<std::unique_ptr<object::ObjectFile>> files;
    for (const ObjectBuffer &buffer : model.objects) {
      Expected<std::unique_ptr<object::ObjectFile>> file =
          object::ObjectFile::createELFObjectFile(buffer->getMemBufferRef());
      if (!file)
        return file.takeError();
      files.push_back(std::move(*file));
    }
    auto each = [&](bool wantUndefined, function_ref<void(StringRef)> visit) {
      for (const auto &file : files)
        for (const object::ELFSymbolRef symbol : static_cast<object::ELFObjectFileBase &>(*file).symbols()) {
          Expected<uint32_t> flags = symbol.getFlags();
          Expected<StringRef> name = symbol.getName();
          if (flags && name && bool(*flags & object::SymbolRef::SF_Undefined) == wantUndefined)
            visit(*name);
          if (!flags)
            consumeError(flags.takeError());
          if (!name)
            consumeError(name.takeError());
        }
    };
    each(false, [&](StringRef name) { known.insert(name); });
    std::string unknown;
    each(true, [&](StringRef name) {
      if (!name.empty() && !name.starts_with("quern_rt_") && !known.contains(name))
        unknown = name.str();
    });
    if (!unknown.empty())
      return createStringError("compiled code calls '%s', which the runtime does not have", unknown.c_str());
    return Error::success();
  }

  const CompiledModel &model;
  StringRef output;
  LinkInputs inputs;
};

/// A deterministic archive of the one object.
Error archiveObject(const CompiledModel &model, StringRef object, raw_ostream &os) {
  auto buffer = MemoryBuffer::getFile(object, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (!buffer)
    return createStringError(buffer.getError(), "cannot read the linker's object back");
  std::string memberName = model.name + ".o";
  NewArchiveMember member((*buffer)->getMemBufferRef());
  member.MemberName = memberName;
  std::vector<NewArchiveMember> members;
  members.push_back(std::move(member));
  return writeArchiveToStream(os, members, SymtabWritingMode::NormalSymtab, object::Archive::K_GNU,
                              /*Deterministic=*/true, /*Thin=*/false);
}

Error link(const CompiledModel &model, OutputKind kind, StringRef path, StringRef soname, StringRef keepDir) {
  ModelLinker linker(model, path, keepDir);
  switch (kind) {
  case OutputKind::Executable:
    return linker.executable();
  case OutputKind::Shared:
    return linker.shared(soname);
  default:
    return linker.object();
  }
}

} // namespace

bool hasHeader(OutputKind kind) {
  return kind == OutputKind::Shared || kind == OutputKind::Static || kind == OutputKind::Object;
}

CodeKind codeKindFor(OutputKind kind) {
  return kind == OutputKind::LLVM || kind == OutputKind::Assembly ? CodeKind::Bitcode : CodeKind::Object;
}

std::string headerPath(StringRef output) {
  SmallString<256> path(output);
  sys::path::replace_extension(path, ".h");
  return path.str().str();
}

Error emitModel(const CompiledModel &model, OutputKind kind, StringRef path, StringRef keepDir) {
  if (model.kind != codeKindFor(kind))
    return createStringError("the model was compiled for another kind of output");
  Expected<OutputFile> file = OutputFile::create(path, kind == OutputKind::Executable || kind == OutputKind::Shared);
  if (!file)
    return file.takeError();
  std::optional<OutputFile> header;
  if (hasHeader(kind) && path != "-") {
    Expected<std::string> text = makeHeader(model);
    if (!text)
      return text.takeError();
    Expected<OutputFile> headerFile = OutputFile::create(headerPath(path));
    if (!headerFile)
      return headerFile.takeError();
    headerFile->os() << *text;
    header.emplace(std::move(*headerFile));
  }

  if (codeKindFor(kind) == CodeKind::Bitcode) {
    if (Error error = writeText(model, kind, file->os()))
      return error;
  } else {
    // The linker writes where the file will be renamed from; what cannot be renamed (a pipe) or is an archive is
    // copied.
    bool direct = !file->getTemporaryPath().empty() && kind != OutputKind::Static;
    StringRef beside = file->getTemporaryPath();
    SmallString<256> linked(beside);
    if (!direct) {
      std::error_code error = beside.empty() ? sys::fs::createTemporaryFile("quern", "o", linked)
                                             : sys::fs::createUniqueFile(beside + ".%%%%%%.o", linked);
      if (error)
        return createStringError(error, "cannot write '%s': %s", path.str().c_str(), error.message().c_str());
    }
    llvm::scope_exit cleanUp([&] {
      if (!direct)
        sys::fs::remove(linked);
    });
    if (Error error = link(model, kind, linked, sys::path::filename(path), keepDir))
      return error;
    if (kind == OutputKind::Static) {
      if (Error error = archiveObject(model, linked, file->os()))
        return error;
    } else if (!direct) {
      auto buffer = MemoryBuffer::getFile(linked, /*IsText=*/false, /*RequiresNullTerminator=*/false);
      if (!buffer)
        return createStringError(buffer.getError(), "cannot read the linker's output back");
      file->os() << (*buffer)->getBuffer();
    }
  }
  if (Error error = file->commit())
    return error;
  return header ? header->commit() : Error::success();
}

} // namespace quern
