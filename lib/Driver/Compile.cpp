// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// quern compile

#include "Commands.h"
#include "Compilation.h"

#include "quern/Driver/Driver.h"
#include "quern/Export/Export.h"
#include "quern/Support/OutputFile.h"

#include "mlir/Bytecode/BytecodeWriter.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

using namespace llvm;

namespace quern {
namespace {

constexpr Option kOptions[] = {
    {"-o", Takes::Value, "OUT",
     "where to write; by default beside you, called as the model; text goes to the terminal"},
    {"--emit", Takes::Value, "KIND", "exe (the default), shared, static, obj, llvm, asm, mlir, mlirbc or onnx"},
    {"--stop-after", Takes::Value, "PHASE", "for mlir, mlirbc, onnx: import, graph, compress, linalg or kernels"},
    {"--opset", Takes::Value, "N", "for onnx: write this opset instead of the lowest that expresses the model"},
    {"--name", Takes::Value, "NAME", "the prefix of the library's functions; by default the output's name"},
    {"-MD", Takes::Nothing, "", "write the files that the output depends on, as a make rule"},
    {"-MF", Takes::Value, "FILE", "where -MD writes; by default the output's name with .d"},
    {"--save-temps", Takes::Value, "DIR", "keep what the linker reads, and the module before code generation"},
};

/// What --emit can be asked for.
struct EmitKind {
  StringLiteral name;
  StringLiteral extension;
  enum Form { Code, Text, Bytecode, ONNX, Later } form;
  OutputKind output;
  bool toTerminal; // without -o
};

constexpr EmitKind kEmitKinds[] = {
    {"exe", "", EmitKind::Code, OutputKind::Executable, false},
    {"shared", ".so", EmitKind::Code, OutputKind::Shared, false},
    {"static", ".a", EmitKind::Code, OutputKind::Static, false},
    {"obj", ".o", EmitKind::Code, OutputKind::Object, false},
    {"llvm", ".ll", EmitKind::Code, OutputKind::LLVM, true},
    {"asm", ".s", EmitKind::Code, OutputKind::Assembly, true},
    {"mlir", ".mlir", EmitKind::Text, {}, true},
    {"mlirbc", ".mlirbc", EmitKind::Bytecode, {}, false},
    {"onnx", ".onnx", EmitKind::ONNX, {}, false},
    {"ptx", ".ptx", EmitKind::Later, {}, false},
};

class CompileCommand {
public:
  explicit CompileCommand(const Arguments &args)
      : args(args), input(args.positional().front()), compilation(input, args) {}

  int run() {
    if (int status = readOptions())
      return status;
    if (int status = compilation.load())
      return compilation.finish(status);
    if (!modelName.empty())
      compilation.module()->setAttr("onnx.model_name", mlir::StringAttr::get(&compilation.getContext(), modelName));
    int status = emit->form == EmitKind::Code ? writeCode() : writeModule();
    if (status == Done && args.has("-MD"))
      status = writeDepfile();
    return compilation.finish(status);
  }

private:
  int readOptions();
  int readOutput();
  int writeModule();
  int writeCode();
  int writeDepfile();

  const Arguments &args;
  std::string input;
  Compilation compilation;
  const EmitKind *emit = nullptr;
  std::optional<Phase> stopAfter;
  std::string output, modelName;
  int64_t opset = 0;
};

/// The first function of a C program that would be called so.
std::string toIdentifier(StringRef text) {
  std::string name;
  for (char c : text)
    name += isAlnum(c) ? c : '_';
  if (name.empty() || isDigit(name.front()))
    name.insert(0, "m");
  return name;
}

int CompileCommand::readOptions() {
  StringRef kind = args.get("--emit", "exe");
  emit = find_if(kEmitKinds, [&](const EmitKind &k) { return k.name == kind; });
  if (emit == std::end(kEmitKinds))
    return reportError(
        "", "--emit expects one of exe, shared, static, obj, llvm, asm, mlir, mlirbc, onnx; got '" + kind + "'",
        BadUsage);
  if (emit->form == EmitKind::Later)
    return reportError("", "--emit=" + kind + ": GPU code comes later", BadUsage);

  if (args.has("--stop-after")) {
    stopAfter = parsePhase(args.get("--stop-after"));
    if (!stopAfter)
      return reportError("",
                         "--stop-after expects import, graph, compress, linalg, kernels, codegen or emit; got '" +
                             args.get("--stop-after") + "'",
                         BadUsage);
    if (emit->form == EmitKind::Code && *stopAfter < Phase::Codegen)
      return reportError(
          "", "--stop-after=" + args.get("--stop-after") + " leaves a module: it needs --emit=mlir, mlirbc or onnx",
          BadUsage);
    if (emit->form != EmitKind::Code && *stopAfter > Phase::Kernels)
      return reportError("",
                         "--stop-after=" + args.get("--stop-after") +
                             " leaves machine code: it needs --emit=exe, shared, static, obj, llvm or asm",
                         BadUsage);
    if (emit->form == EmitKind::ONNX && *stopAfter > Phase::Compress)
      return reportError("", "--emit=onnx can be written after import, graph or compress", BadUsage);
  }
  if (args.has("--opset") && emit->form != EmitKind::ONNX)
    return reportError("", "--opset goes with --emit=onnx", BadUsage);
  Expected<unsigned> number = args.number("--opset", 0);
  if (!number)
    return reportError("", number.takeError(), BadUsage);
  opset = *number;
  if (args.has("-MF") && !args.has("-MD"))
    return reportError("", "-MF goes with -MD", BadUsage);
  if (int status = readOutput())
    return status;
  return compilation.readOptions();
}

int CompileCommand::readOutput() {
  StringRef stem = sys::path::stem(input);
  if (args.has("-o"))
    output = args.get("-o").str();
  else if (emit->toTerminal)
    output = "-";
  else
    output = (stem + emit->extension).str();
  if (emit->form == EmitKind::ONNX && !args.has("-o"))
    return reportError("", "--emit=onnx expects -o OUT.onnx", BadUsage);
  bool same = false;
  if (output != "-" && !sys::fs::equivalent(input, output, same) && same)
    return reportError(input, "the output would overwrite the model; name another with -o", BadUsage);
  if (output == "-" && args.has("-MD") && !args.has("-MF"))
    return reportError("", "-MD expects -MF FILE where the output has no name", BadUsage);
  if (emit->form == EmitKind::Code && hasHeader(emit->output) && output != "-") {
    if (headerPath(output) == output)
      return reportError("", "the output '" + output + "' would be overwritten by its header", BadUsage);
    // libnet.so has net_run; the header's prefix is what a reader of the build file expects.
    StringRef name = sys::path::stem(output);
    if (emit->output != OutputKind::Object)
      name.consume_front("lib");
    modelName = toIdentifier(name);
  }
  if (args.has("--name")) {
    modelName = args.get("--name").str();
    if (modelName != toIdentifier(modelName))
      return reportError("", "--name expects a C identifier, got '" + modelName + "'", BadUsage);
  }
  return Done;
}

int CompileCommand::writeModule() {
  Phase last = stopAfter.value_or(emit->form == EmitKind::ONNX ? Phase::Graph : Phase::Kernels);
  if (failed(compilation.runTo(last)))
    return Failed;
  if (emit->form == EmitKind::ONNX)
    return succeeded(exportOnnx(compilation.module(), output, opset)) ? Done : Failed;
  Expected<OutputFile> file = OutputFile::create(output);
  if (!file)
    return reportError("", file.takeError(), Failed);
  if (emit->form == EmitKind::Bytecode) {
    if (failed(mlir::writeBytecodeToFile(compilation.module(), file->os())))
      return reportError(input, "cannot be written as bytecode", Failed);
  } else {
    mlir::OpPrintingFlags flags;
    flags.elideLargeElementsAttrs(256).elideLargeResourceString(2048);
    flags.enableDebugInfo(/*enable=*/true, /*prettyForm=*/false);
    compilation.module()->print(file->os(), flags);
    file->os() << "\n";
  }
  if (Error error = file->commit())
    return reportError("", std::move(error), Failed);
  return Done;
}

int CompileCommand::writeCode() {
  StringRef keepDir = args.get("--save-temps");
  if (failed(compilation.runTo(Phase::Kernels)))
    return Failed;
  if (!keepDir.empty()) {
    if (std::error_code error = sys::fs::create_directories(keepDir))
      return reportError("", "cannot create '" + keepDir + "': " + error.message(), Failed);
    SmallString<256> path(keepDir);
    sys::path::append(path, sys::path::stem(input) + ".kernels.mlirbc");
    Expected<OutputFile> file = OutputFile::create(path);
    if (!file)
      return reportError("", file.takeError(), Failed);
    if (failed(mlir::writeBytecodeToFile(compilation.module(), file->os())))
      return reportError(input, "cannot be written as bytecode", Failed);
    if (Error error = file->commit())
      return reportError("", std::move(error), Failed);
  }
  mlir::FailureOr<CompiledModel> model = compilation.compile(codeKindFor(emit->output));
  if (failed(model))
    return Failed;
  Error error = compilation.timed("emit", [&] { return emitModel(*model, emit->output, output, keepDir); });
  if (error)
    return reportError("", std::move(error), Failed);
  return Done;
}

/// `OUT: MODEL weights.bin`, as make and ninja read it.
int CompileCommand::writeDepfile() {
  std::string path = args.get("-MF").str();
  if (path.empty()) {
    SmallString<256> beside(output);
    sys::path::replace_extension(beside, ".d");
    path = beside.str().str();
  }
  Expected<OutputFile> file = OutputFile::create(path);
  if (!file)
    return reportError("", file.takeError(), Failed);
  auto escape = [&](StringRef name) {
    for (char c : name) {
      if (c == ' ' || c == '#')
        file->os() << '\\';
      file->os() << c;
      if (c == '$')
        file->os() << '$';
    }
  };
  escape(output);
  file->os() << ":";
  for (const std::string &name : compilation.filesRead()) {
    file->os() << " \\\n  ";
    escape(name);
  }
  file->os() << "\n";
  if (Error error = file->commit())
    return reportError("", std::move(error), Failed);
  return Done;
}

} // namespace

ArrayRef<Option> getCompileOptions() { return kOptions; }

int runCompile(const Arguments &args) { return CompileCommand(args).run(); }

} // namespace quern
