// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Makes symbols of a relocatable object local, so that two models (each with
// its copy of the runtime) link into one program. Done in place: objcopy would
// hold the file, weights and all, in memory.

#include "Internal.h"

#include "llvm/ADT/StringSet.h"
#include "llvm/Object/ELFTypes.h"
#include "llvm/Support/MemoryBuffer.h"

using namespace llvm;
using namespace llvm::ELF;
using ELFT = object::ELF64LE;

namespace quern {
namespace {

class Localizer {
public:
  Localizer(MutableArrayRef<char> file, ArrayRef<std::string> keep) : file(file) {
    for (const std::string &name : keep)
      kept.insert(name);
  }

  Error run() {
    const auto *header = at<ELFT::Ehdr>(0);
    sections = {at<ELFT::Shdr>(header->e_shoff), header->e_shnum};
    auto *table = llvm::find_if(sections, [](const ELFT::Shdr &s) { return s.sh_type == SHT_SYMTAB; });
    if (table == sections.end())
      return createStringError("the linker's object has no symbol table");
    permuteSymbols(*table);
    uint32_t tableIndex = table - sections.begin();
    for (const ELFT::Shdr &section : sections) {
      if (section.sh_link != tableIndex)
        continue;
      if (section.sh_type == SHT_RELA)
        renumberRelocations(section);
      else if (section.sh_type == SHT_SYMTAB_SHNDX)
        permuteIndices(section);
      else if (section.sh_type == SHT_GROUP)
        const_cast<ELFT::Shdr &>(section).sh_info = newIndex[section.sh_info];
    }
    return Error::success();
  }

private:
  template <typename T>
  T *at(uint64_t offset) {
    return reinterpret_cast<T *>(file.data() + offset);
  }

  /// Locals come first in a symbol table, and sh_info counts them.
  void permuteSymbols(ELFT::Shdr &table) {
    MutableArrayRef<ELFT::Sym> symbols(at<ELFT::Sym>(table.sh_offset), table.sh_size / sizeof(ELFT::Sym));
    const char *names = at<char>(sections[table.sh_link].sh_offset);
    std::vector<uint32_t> order, globals;
    for (auto [index, symbol] : llvm::enumerate(symbols)) {
      bool defined = symbol.st_shndx != SHN_UNDEF && symbol.st_shndx != SHN_COMMON;
      bool local = symbol.getBinding() == STB_LOCAL;
      if (!local && defined && !kept.contains(names + symbol.st_name)) {
        symbol.setBindingAndType(STB_LOCAL, symbol.getType());
        symbol.setVisibility(STV_DEFAULT);
        local = true;
      }
      (local ? order : globals).push_back(index);
    }
    table.sh_info = order.size();
    order.insert(order.end(), globals.begin(), globals.end());
    std::vector<ELFT::Sym> old(symbols.begin(), symbols.end());
    newIndex.resize(old.size());
    for (auto [position, index] : llvm::enumerate(order)) {
      symbols[position] = old[index];
      newIndex[index] = position;
    }
  }

  void renumberRelocations(const ELFT::Shdr &section) {
    MutableArrayRef<ELFT::Rela> relocations(at<ELFT::Rela>(section.sh_offset), section.sh_size / sizeof(ELFT::Rela));
    for (ELFT::Rela &relocation : relocations)
      relocation.setSymbol(newIndex[relocation.getSymbol(false)], false);
  }

  void permuteIndices(const ELFT::Shdr &section) {
    MutableArrayRef<ELFT::Word> indices(at<ELFT::Word>(section.sh_offset), section.sh_size / sizeof(ELFT::Word));
    std::vector<ELFT::Word> old(indices.begin(), indices.end());
    for (auto [index, value] : llvm::enumerate(old))
      indices[newIndex[index]] = value;
  }

  MutableArrayRef<char> file;
  MutableArrayRef<ELFT::Shdr> sections;
  StringSet<> kept;
  std::vector<uint32_t> newIndex;
};

} // namespace

Error localizeSymbols(StringRef path, ArrayRef<std::string> keep) {
  auto buffer = WriteThroughMemoryBuffer::getFile(path);
  if (!buffer)
    return createStringError(buffer.getError(), "cannot read '%s' back: %s", path.str().c_str(),
                             buffer.getError().message().c_str());
  return Localizer((*buffer)->getBuffer(), keep).run();
}

} // namespace quern
