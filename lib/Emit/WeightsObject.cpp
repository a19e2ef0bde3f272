// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Weights as a relocatable ELF object, written from where they lie: no LLVM
// constant and no copy in memory is made of them.

#include "Internal.h"

#include "quern/Support/OutputFile.h"

#include "llvm/BinaryFormat/ELF.h"
#include "llvm/Support/EndianStream.h"
#include "llvm/Support/MathExtras.h"

using namespace llvm;
using namespace llvm::ELF;

namespace quern {
namespace {

/// Names in the form ELF wants: each terminated, the first empty.
struct StringTable {
  std::string bytes = std::string(1, '\0');
  uint32_t add(StringRef text) {
    uint32_t at = bytes.size();
    bytes += text;
    bytes += '\0';
    return at;
  }
};

struct Section {
  uint32_t name = 0;
  uint32_t type = SHT_NULL;
  uint64_t flags = 0;
  uint64_t offset = 0;
  uint64_t size = 0;
  uint32_t link = 0;
  uint32_t info = 0;
  uint64_t align = 0;
  uint64_t entrySize = 0;
};

/// Writes little-endian fields; both our architectures are.
class Writer {
public:
  explicit Writer(raw_ostream &os) : os(os), fields(os, endianness::little) {}

  void bytes(StringRef data) {
    os << data;
    written += data.size();
  }
  void padTo(uint64_t offset) {
    os.write_zeros(offset - written);
    written = offset;
  }
  template <typename T>
  void field(T value) {
    fields.write<T>(value);
    written += sizeof(T);
  }

private:
  raw_ostream &os;
  support::endian::Writer fields;
  uint64_t written = 0;
};

void writeFileHeader(Writer &out, uint16_t machine, uint64_t sectionTable, uint16_t sections, uint16_t names) {
  const char ident[EI_NIDENT] = {0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT, ELFOSABI_NONE};
  out.bytes(StringRef(ident, sizeof(ident)));
  out.field<uint16_t>(ET_REL);
  out.field<uint16_t>(machine);
  out.field<uint32_t>(EV_CURRENT);
  out.field<uint64_t>(0); // entry
  out.field<uint64_t>(0); // program headers
  out.field<uint64_t>(sectionTable);
  out.field<uint32_t>(0); // flags
  out.field<uint16_t>(sizeof(Elf64_Ehdr));
  out.field<uint16_t>(0);
  out.field<uint16_t>(0);
  out.field<uint16_t>(sizeof(Elf64_Shdr));
  out.field<uint16_t>(sections);
  out.field<uint16_t>(names);
}

void writeSection(Writer &out, const Section &section) {
  out.field<uint32_t>(section.name);
  out.field<uint32_t>(section.type);
  out.field<uint64_t>(section.flags);
  out.field<uint64_t>(0); // address
  out.field<uint64_t>(section.offset);
  out.field<uint64_t>(section.size);
  out.field<uint32_t>(section.link);
  out.field<uint32_t>(section.info);
  out.field<uint64_t>(section.align);
  out.field<uint64_t>(section.entrySize);
}

void writeSymbol(Writer &out, uint32_t name, uint8_t info, uint8_t other, uint16_t section, uint64_t value,
                 uint64_t size) {
  out.field<uint32_t>(name);
  out.field<uint8_t>(info);
  out.field<uint8_t>(other);
  out.field<uint16_t>(section);
  out.field<uint64_t>(value);
  out.field<uint64_t>(size);
}

} // namespace

/// Data that does not fit beside the code within the reach of 32-bit relocations goes to x86's large section.
bool hasLargeWeights(const CompiledModel &model) {
  return model.target.isX86() && model.weightBytes() >= uint64_t(1) << 30;
}

Error writeWeightsObject(const CompiledModel &model, StringRef path) {
  enum : uint16_t { Null, Data, Symbols, Strings, Names, Stack, Count };
  bool x86 = model.target.isX86();
  bool large = hasLargeWeights(model);

  // Where everything goes.
  StringTable strings, names;
  Section sections[Count];
  uint64_t alignment = 64, dataSize = 0;
  std::vector<uint64_t> offsets;
  for (const WeightBlob &blob : model.weights) {
    if (!isPowerOf2_64(blob.alignment))
      return createStringError("weight '%s' asks for an alignment that is no power of two", blob.symbol.c_str());
    alignment = std::max(alignment, blob.alignment);
    dataSize = alignTo(dataSize, blob.alignment);
    offsets.push_back(dataSize);
    dataSize += blob.data.size();
  }
  uint64_t dataStart = alignTo(sizeof(Elf64_Ehdr), alignment);
  sections[Data] = {names.add(large ? ".lrodata" : ".rodata"),
                    SHT_PROGBITS,
                    uint64_t(SHF_ALLOC) | (large ? uint64_t(SHF_X86_64_LARGE) : 0),
                    dataStart,
                    dataSize,
                    0,
                    0,
                    alignment,
                    0};
  uint64_t at = alignTo(dataStart + dataSize, 8);
  uint64_t symbolBytes = (model.weights.size() + 1) * sizeof(Elf64_Sym);
  sections[Symbols] = {names.add(".symtab"), SHT_SYMTAB, 0, at, symbolBytes, Strings, 1, 8, sizeof(Elf64_Sym)};
  at += symbolBytes;
  std::vector<uint32_t> symbolNames;
  for (const WeightBlob &blob : model.weights)
    symbolNames.push_back(strings.add(blob.symbol));
  sections[Strings] = {names.add(".strtab"), SHT_STRTAB, 0, at, strings.bytes.size(), 0, 0, 1, 0};
  at += strings.bytes.size();
  sections[Stack] = {names.add(".note.GNU-stack"), SHT_PROGBITS, 0, at, 0, 0, 0, 1, 0};
  uint32_t ownName = names.add(".shstrtab");
  sections[Names] = {ownName, SHT_STRTAB, 0, at, names.bytes.size(), 0, 0, 1, 0};
  at = alignTo(at + names.bytes.size(), 8);

  Expected<OutputFile> file = OutputFile::create(path);
  if (!file)
    return file.takeError();
  Writer out(file->os());
  writeFileHeader(out, x86 ? EM_X86_64 : EM_AARCH64, at, Count, Names);
  for (auto [blob, offset] : llvm::zip_equal(model.weights, offsets)) {
    out.padTo(dataStart + offset);
    out.bytes(StringRef(blob.data.data(), blob.data.size()));
  }
  out.padTo(sections[Symbols].offset);
  writeSymbol(out, 0, 0, 0, 0, 0, 0);
  for (auto [index, blob] : llvm::enumerate(model.weights))
    writeSymbol(out, symbolNames[index], (STB_GLOBAL << 4) | STT_OBJECT, STV_HIDDEN, Data, offsets[index],
                blob.data.size());
  out.bytes(strings.bytes);
  out.bytes(names.bytes);
  out.padTo(at);
  for (const Section &section : sections)
    writeSection(out, section);
  return file->commit();
}

} // namespace quern
