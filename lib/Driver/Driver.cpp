// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The table of commands, and help.

#include "quern/Driver/Driver.h"

#include "Commands.h"
#include "Compilation.h"
#include "Messages.h"

#include "llvm/Support/raw_ostream.h"

using namespace llvm;

namespace quern {

ArrayRef<Command> getCommands() {
  static const std::vector<Command> commands = {
      {"compile",
       "MODEL",
       1,
       "Compile a model (.onnx, .mlir, .mlirbc) to an executable, a library, or text.",
       {getCompileOptions(), getModelOptions()},
       runCompile},
      {"check",
       "MODEL",
       1,
       "List every node that cannot be compiled: name, operator, opset, reason, what to do.",
       {getCheckOptions()},
       runCheck,
       /*passThrough=*/false,
       /*standsAlone=*/"--list-ops"},
      {"info",
       "MODEL",
       1,
       "Show inputs, outputs, operators, parameters, FLOPs, bytes and metadata of a model.",
       {getInfoOptions()},
       runInfo},
      {"run",
       "MODEL",
       1,
       "Compile a model in memory and run it, with the options of an executable.",
       {getModelOptions()},
       runRun,
       /*passThrough=*/true},
      {"bench",
       "MODEL",
       1,
       "Compile a model in memory and time it, with the options of an executable's --bench.",
       {getModelOptions()},
       runBench,
       /*passThrough=*/true},
      {"compare",
       "A B",
       2,
       "Run two models or executables on the same inputs and show how far their outputs differ.",
       {getCompareOptions(), getModelOptions()},
       runCompare},
      {"extract", "MODEL", 1, "Cut a part out of a model.", {getExtractOptions()}, runExtract},
      {"compress", "MODEL", 1, "Prune and quantize a model.", {getCompressOptions()}, runCompress},
  };
  return commands;
}

static void printHelp(raw_ostream &os) {
  os << "usage: quern COMMAND …\n\nQuern compiles ONNX models to small, fast, standalone programs.\n\n";
  for (const Command &command : getCommands()) {
    std::string usage = (command.name + " " + command.operands).str();
    os << "  " << usage;
    os.indent(18 - usage.size()) << command.summary << "\n";
  }
  os << "\n'quern COMMAND --help' lists the options of a command.\n";
}

int runDriver(ArrayRef<StringRef> args) {
  if (args.empty()) {
    printHelp(errs());
    return BadUsage;
  }
  static constexpr StringRef helpOnly[] = {"help", "--help"};
  StringRef name = args.front();
  if (name == "--help" || name == "-h" || name == "help") {
    if (args.drop_front().empty()) {
      printHelp(outs());
      return Done;
    }
    name = args[1];
    // The reference page in docs/ is this.
    if (name == "--markdown") {
      outs() << "# The command line\n\n";
      for (const Command &command : getCommands())
        command.printMarkdown(outs());
      return Done;
    }
    args = helpOnly;
  }
  if (name == "--version") {
    outs() << "quern " << QUERN_VERSION << "\n";
    return Done;
  }
  const Command *command = find_if(getCommands(), [&](const Command &c) { return c.name == name; });
  if (command == getCommands().end())
    return reportError("", "unknown command '" + name + "'; 'quern --help' lists the commands", BadUsage);

  Expected<Arguments> parsed = command->parse(args.drop_front());
  if (!parsed)
    return reportError("", parsed.takeError(), BadUsage);
  if (parsed->has("--help")) {
    command->printHelp(outs());
    return Done;
  }
  return command->run(*parsed);
}

} // namespace quern
