// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Options.h"

#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;

namespace quern {

StringRef Arguments::get(StringRef name, StringRef otherwise) const {
  auto found = values.find(name);
  return found == values.end() ? otherwise : StringRef(found->second.back());
}

ArrayRef<std::string> Arguments::all(StringRef name) const {
  auto found = values.find(name);
  return found == values.end() ? ArrayRef<std::string>() : ArrayRef<std::string>(found->second);
}

Expected<unsigned> Arguments::number(StringRef name, unsigned otherwise) const {
  if (!has(name))
    return otherwise;
  unsigned value = 0;
  if (get(name).getAsInteger(10, value) || value > 1 << 20)
    return createStringError(formatv("{0} expects a number, got '{1}'", name, get(name)).str());
  return value;
}

const Option *Command::find(StringRef name) const {
  for (ArrayRef<Option> group : options)
    for (const Option &option : group)
      if (option.name == name)
        return &option;
  return nullptr;
}

/// Takes one option, and its value where it stands apart, from the front of `args`.
Error Command::parseOption(ArrayRef<StringRef> &args, Arguments &parsed) const {
  StringRef arg = args.front();
  args = args.drop_front();
  auto [name, value] = arg.split('=');
  bool hasValue = arg.contains('=');
  const Option *option = find(name);
  // `-oOUT`, `-j4`: a one-letter option with its value attached.
  if (!option && !arg.starts_with("--") && arg.size() > 2) {
    option = find(arg.take_front(2));
    if (option && option->takes == Takes::Value) {
      value = arg.drop_front(2);
      hasValue = true;
    } else {
      option = nullptr;
    }
  }
  if (!option) {
    if (!passThrough)
      return createStringError(formatv("unknown option '{0}'; 'quern {1} --help' lists the options", name, this->name));
    parsed.passed.push_back(arg.str());
    return Error::success();
  }
  if (option->takes == Takes::Nothing && hasValue)
    return createStringError(formatv("option '{0}' takes no value", option->name).str());
  if (option->takes == Takes::Value && !hasValue) {
    if (args.empty())
      return createStringError(formatv("option '{0}' expects a value: {1}", option->name, option->value).str());
    value = args.front();
    args = args.drop_front();
  }
  if (option->takes == Takes::Value && value.empty())
    return createStringError(formatv("option '{0}' expects a value: {1}", option->name, option->value).str());
  if (!option->later.empty())
    return createStringError(formatv("{0}: {1}", option->name, option->later).str());
  std::vector<std::string> &values = parsed.values[option->name];
  if (!option->repeats && !values.empty())
    return createStringError(formatv("option '{0}' is given twice", option->name).str());
  values.push_back(value.str());
  return Error::success();
}

Expected<Arguments> Command::parse(ArrayRef<StringRef> args) const {
  Arguments parsed;
  bool onlyOperands = false;
  while (!args.empty()) {
    StringRef arg = args.front();
    if (onlyOperands || !arg.starts_with("-") || arg == "-") {
      args = args.drop_front();
      // Past the model, bare words belong to the program that gets the rest.
      if (passThrough && parsed.operands.size() == numOperands)
        parsed.passed.push_back(arg.str());
      else
        parsed.operands.push_back(arg.str());
    } else if (arg == "--") {
      args = args.drop_front();
      onlyOperands = true;
    } else if (arg == "--help" || arg == "-h") {
      parsed.values["--help"].push_back("");
      return parsed;
    } else if (Error error = parseOption(args, parsed)) {
      return std::move(error);
    }
  }
  size_t wanted = !standsAlone.empty() && parsed.has(standsAlone) ? 0 : numOperands;
  if (parsed.operands.size() != wanted)
    return createStringError(formatv("'quern {0}' expects {1}, got {2} argument{3}", name, operands,
                                     parsed.operands.size(), parsed.operands.size() == 1 ? "" : "s")
                                 .str());
  return parsed;
}

static std::string spell(const Option &option) {
  bool attached = option.name.starts_with("--");
  switch (option.takes) {
  case Takes::Nothing:
    return option.name.str();
  case Takes::Value:
    return (option.name + (attached ? "=" : " ") + option.value).str();
  case Takes::OptionalValue:
    return (option.name + "[=" + option.value + "]").str();
  }
  return option.name.str();
}

static std::string describe(const Option &option) {
  std::string text = option.help.str();
  if (option.repeats)
    text += " (may repeat)";
  if (!option.later.empty())
    text += " (comes later)";
  return text;
}

void Command::printHelp(raw_ostream &os) const {
  os << "usage: quern " << name << " " << operands << " [options]"
     << (passThrough ? " [options of the executable]" : "") << "\n\n"
     << summary << "\n\noptions:\n";
  for (ArrayRef<Option> group : options)
    for (const Option &option : group) {
      std::string text = spell(option);
      os << "  " << text;
      if (text.size() > 24)
        os << "\n" << std::string(28, ' ');
      else
        os.indent(26 - text.size());
      os << describe(option) << "\n";
    }
}

void Command::printMarkdown(raw_ostream &os) const {
  os << "## quern " << name << " " << operands << "\n\n" << summary << "\n\n| option | meaning |\n|---|---|\n";
  auto cell = [&](StringRef text) {
    for (char c : text)
      os << (c == '|' ? "\\|" : StringRef(&c, 1));
  };
  for (ArrayRef<Option> group : options)
    for (const Option &option : group) {
      os << "| `";
      cell(spell(option));
      os << "` | ";
      cell(describe(option));
      os << " |\n";
    }
  os << "\n";
}

} // namespace quern
