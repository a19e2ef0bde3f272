// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Command lines as tables: what parses them also prints their help.

#ifndef QUERN_LIB_DRIVER_OPTIONS_H
#define QUERN_LIB_DRIVER_OPTIONS_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <optional>
#include <string>
#include <vector>

namespace llvm {
class raw_ostream;
}

namespace quern {

/// Whether an option takes a value: `--json`, `--target=T` (or `--target T`), `--remarks[=FILE]`.
enum class Takes { Nothing, Value, OptionalValue };

struct Option {
  llvm::StringLiteral name; // with its dashes: "-o", "--target"
  Takes takes;
  llvm::StringLiteral value; // what stands for the value in help
  llvm::StringLiteral help;
  bool repeats = false;
  /// Not empty: the option is known and answered by this sentence only.
  llvm::StringLiteral later = "";
};

/// A command line after parsing.
class Arguments {
public:
  bool has(llvm::StringRef name) const { return values.count(name); }
  /// The last value given, else `otherwise`.
  llvm::StringRef get(llvm::StringRef name, llvm::StringRef otherwise = "") const;
  llvm::ArrayRef<std::string> all(llvm::StringRef name) const;
  llvm::ArrayRef<std::string> positional() const { return operands; }
  /// Options of another program, in order: see Command::passThrough.
  llvm::ArrayRef<std::string> rest() const { return passed; }
  /// A number option; the error names it.
  llvm::Expected<unsigned> number(llvm::StringRef name, unsigned otherwise) const;

private:
  friend struct Command;
  llvm::StringMap<std::vector<std::string>> values;
  std::vector<std::string> operands, passed;
};

struct Command {
  llvm::StringLiteral name;
  llvm::StringLiteral operands; // "MODEL", "A B"
  unsigned numOperands;
  llvm::StringLiteral summary;
  std::vector<llvm::ArrayRef<Option>> options;
  int (*run)(const Arguments &);
  /// Unknown options are handed on, as `quern run` does to the model's own command line.
  bool passThrough = false;
  /// An option with which the command needs no operands.
  llvm::StringLiteral standsAlone = "";

  /// The error is one sentence.
  llvm::Expected<Arguments> parse(llvm::ArrayRef<llvm::StringRef> args) const;
  void printHelp(llvm::raw_ostream &os) const;
  void printMarkdown(llvm::raw_ostream &os) const;

private:
  const Option *find(llvm::StringRef name) const;
  llvm::Error parseOption(llvm::ArrayRef<llvm::StringRef> &args, Arguments &parsed) const;
};

/// Every command, in the order help lists them.
llvm::ArrayRef<Command> getCommands();

} // namespace quern

#endif // QUERN_LIB_DRIVER_OPTIONS_H
