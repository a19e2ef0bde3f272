// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The C header of a compiled library: the ABI's types, the model's facts as
// constants, and the functions.

#include "Internal.h"

#include "quern/Runtime/value.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;

namespace quern {
namespace {

/// A C string literal of any bytes.
std::string quote(StringRef text) {
  std::string out = "\"";
  for (unsigned char c : text) {
    if (c == '"' || c == '\\' || c == '?') {
      out += '\\';
      out += c;
    } else if (isPrint(c)) {
      out += c;
    } else {
      out += '\\';
      for (int shift : {6, 3, 0})
        out += char('0' + ((c >> shift) & 7));
    }
  }
  return out + '"';
}

StringRef kindName(int32_t kind) {
  static constexpr StringLiteral names[] = {"TENSOR", "SEQUENCE", "OPTIONAL", "MAP"};
  return names[kind];
}

StringRef dtypeName(int32_t dtype) {
  static constexpr StringLiteral names[] = {
      "UNDEFINED", "FLOAT32",    "UINT8",      "INT8",         "UINT16",         "INT16",      "INT32",
      "INT64",     "STRING",     "BOOL",       "FLOAT16",      "FLOAT64",        "UINT32",     "UINT64",
      "COMPLEX64", "COMPLEX128", "BFLOAT16",   "FLOAT8E4M3FN", "FLOAT8E4M3FNUZ", "FLOAT8E5M2", "FLOAT8E5M2FNUZ",
      "UINT4",     "INT4",       "FLOAT4E2M1", "FLOAT8E8M0",   "UINT2",          "INT2"};
  return dtype >= 0 && dtype < int32_t(std::size(names)) ? names[dtype] : names[0];
}

Expected<std::string> readShared(StringRef name) {
  SmallString<256> path(shareDir());
  sys::path::append(path, "include", "quern", "Runtime", name);
  auto buffer = MemoryBuffer::getFile(path);
  if (!buffer)
    return createStringError(buffer.getError(), "this installation lacks share/quern/include/quern/Runtime/%s",
                             name.str().c_str());
  return (*buffer)->getBuffer().str();
}

class HeaderWriter {
public:
  HeaderWriter(const CompiledModel &model, raw_ostream &os)
      : model(model), os(os), prefix(StringRef(model.name).upper()) {}

  void write(StringRef values, StringRef convenience) {
    os << "/* The model '" << model.name << "', compiled by Quern for " << model.target.name
       << ". Generated: do not edit. */\n"
       << "#ifndef QUERN_MODEL_" << model.name << "_H\n#define QUERN_MODEL_" << model.name << "_H\n\n"
       << values << "\n";
    constants();
    functions();
    if (!convenience.empty())
      os << "#ifdef __cplusplus\n" << convenience << "#endif\n\n";
    os << "#endif /* QUERN_MODEL_" << model.name << "_H */\n";
  }

private:
  raw_ostream &define(const Twine &name) { return os << "#define " << prefix << "_" << name << " "; }

  void constants() {
    const ModelDescriptor &facts = model.descriptor;
    os << "/* Sizes of -1 are any size; a size with a name is one number wherever the name stands. */\n";
    define("TARGET") << quote(model.target.name) << "\n";
    define("WEIGHTS_SIZE") << model.weightBytes() << "\n";
    define("WORKSPACE_SIZE") << facts.workspaceSize << " /* bytes; -1: depends on the inputs' shapes */\n";
    ports("INPUT", facts.inputs);
    ports("OUTPUT", facts.outputs);
    define("METADATA_COUNT") << facts.metadata.size() << "\n";
    for (auto [index, entry] : llvm::enumerate(facts.metadata)) {
      define("METADATA_" + Twine(index) + "_KEY") << quote(entry.first) << "\n";
      define("METADATA_" + Twine(index) + "_VALUE") << quote(entry.second) << "\n";
    }
    os << "\n";
  }

  void ports(StringRef kind, const std::vector<Port> &list) {
    define(kind + "_COUNT") << list.size() << "\n";
    for (auto [index, port] : llvm::enumerate(list)) {
      std::string stem = (kind + "_" + Twine(index) + "_").str();
      define(stem + "NAME") << quote(port.name) << "\n";
      type(stem, port);
    }
  }

  /// What is in a value has the stem of the value and `OF` after it; the parts of a map `KEYS` and `VALUES`.
  void type(const std::string &stem, const Port &port) {
    define(stem + "KIND") << "QUERN_" << kindName(port.kind) << "\n";
    if (port.elements.size() == 1)
      type(stem + "OF_", port.elements[0]);
    if (port.elements.size() == 2) {
      type(stem + "KEYS_", port.elements[0]);
      type(stem + "VALUES_", port.elements[1]);
    }
    if (!port.elements.empty())
      return;
    define(stem + "DTYPE") << "QUERN_" << dtypeName(port.dtype) << "\n";
    define(stem + "RANK") << (port.ranked ? int64_t(port.shape.size()) : -1) << "\n";
    if (port.shape.empty())
      return;
    define(stem + "SHAPE") << "{";
    llvm::interleaveComma(port.shape, os);
    os << "}\n";
    if (port.dimNames.empty())
      return;
    define(stem + "DIMS") << "{";
    llvm::interleaveComma(port.dimNames, os, [&](const std::string &name) { os << quote(name); });
    os << "}\n";
  }

  void functions() {
    const std::string &m = model.name;
    os << "#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n"
       << "/* The ABI the library was built with, and its workspace: WORKSPACE_SIZE as built. */\n"
       << "int32_t " << m << "_abi_version(void);\n"
       << "int64_t " << m << "_workspace_size(void);\n"
       << "quern_status " << m
       << "__run(const quern_value *inputs, quern_value *outputs, const quern_options *options);\n\n"
       << "/* Runs the model once. Safe from several threads at once. `options` may be NULL. */\n"
       << "static inline quern_status " << m
       << "_run(const quern_value *inputs, quern_value *outputs,\n"
          "    const quern_options *options) {\n"
       << "  if (" << m << "_abi_version() != QUERN_ABI_VERSION) {\n"
       << "    static const char text[] = " << quote(m + ": the header and the library have different ABI versions")
       << ";\n"
       << "    size_t i = 0;\n"
       << "    if (options && options->message && options->message_size) {\n"
       << "      for (; text[i] && i + 1 < options->message_size; ++i)\n"
       << "        options->message[i] = text[i];\n"
       << "      options->message[i] = 0;\n"
       << "    }\n"
       << "    return QUERN_BAD_INPUT;\n"
       << "  }\n"
       << "  return " << m << "__run(inputs, outputs, options);\n"
       << "}\n\n"
       << "#ifdef __cplusplus\n}\n#endif\n\n";
  }

  const CompiledModel &model;
  raw_ostream &os;
  std::string prefix;
};

} // namespace

Expected<std::string> makeHeader(const CompiledModel &model) {
  Expected<std::string> values = readShared("value.h");
  if (!values)
    return values.takeError();
  std::string convenience;
  if (Expected<std::string> text = readShared("quern.hpp"))
    convenience = *text;
  else
    return text.takeError();
  // The text stands alone: what it would include stands above it.
  std::string stripped;
  SmallVector<StringRef> lines;
  StringRef(convenience).split(lines, '\n');
  for (StringRef line : lines)
    if (!line.starts_with("#include \"quern/"))
      stripped += (line + "\n").str();
  std::string header;
  raw_string_ostream os(header);
  HeaderWriter(model, os).write(*values, StringRef(stripped).rtrim('\n').str() + "\n");
  return header;
}

} // namespace quern
