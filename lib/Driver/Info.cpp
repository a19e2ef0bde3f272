// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// quern info

#include "Commands.h"
#include "Compilation.h"
#include "Statistics.h"

#include "quern/Driver/Driver.h"

#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;

namespace quern {
namespace {

constexpr Option kOptions[] = {
    {"--json", Takes::Nothing, "", "print as JSON"},
    {"--shape", Takes::Value, "INPUT=1x3x224x224", "fix the shape of an input, for the FLOPs", true},
};

/// 1234567 as "1.23 M".
std::string abbreviate(double value, StringRef unit = "") {
  if (value < 1000)
    return StringRef(formatv("{0:f0} {1}", value, unit).str()).rtrim().str();
  StringRef prefix;
  for (StringRef next : {"k", "M", "G", "T"}) {
    if (value < 1000)
      break;
    value /= 1000;
    prefix = next;
  }
  return formatv("{0:f2} {1}{2}", value, prefix, unit).str();
}

void print(StringRef file, const ModelStatistics &facts) {
  outs() << file << "\n";
  auto ports = [&](StringRef title, ArrayRef<PortText> list) {
    for (const PortText &port : list)
      outs() << "  " << left_justify(title, 12) << port.name << "  " << port.type << "\n";
  };
  ports("input", facts.inputs);
  ports("output", facts.outputs);
  outs() << "  " << left_justify("parameters", 12) << abbreviate(facts.parameters) << " in "
         << abbreviate(facts.parameterBytes, "B") << "\n"
         << "  " << left_justify("FLOPs", 12) << abbreviate(facts.flops)
         << (facts.openDimensions ? " with open dimensions at 1" : "") << "\n"
         << "  " << left_justify("nodes", 12) << facts.numNodes << "\n";
  for (const auto &[op, count] : facts.operators)
    outs() << "  " << left_justify("", 12) << formatv("{0,-5} {1}\n", count, op);
  for (const auto &[key, value] : facts.metadata)
    outs() << "  " << left_justify(key, 12) << " " << value << "\n";
}

void printJSON(StringRef file, const ModelStatistics &facts) {
  json::OStream os(outs(), 2);
  auto ports = [&](StringRef title, ArrayRef<PortText> list) {
    os.attributeArray(title, [&] {
      for (const PortText &port : list)
        os.object([&] {
          os.attribute("name", json::fixUTF8(port.name));
          os.attribute("type", json::fixUTF8(port.type));
        });
    });
  };
  os.object([&] {
    os.attribute("file", json::fixUTF8(file));
    ports("inputs", facts.inputs);
    ports("outputs", facts.outputs);
    os.attribute("parameters", facts.parameters);
    os.attribute("parameter_bytes", facts.parameterBytes);
    os.attribute("flops", facts.flops);
    os.attribute("flops_with_open_dimensions_at_1", facts.openDimensions);
    os.attribute("nodes", facts.numNodes);
    os.attributeObject("operators", [&] {
      for (const auto &[op, count] : facts.operators)
        os.attribute(op, count);
    });
    os.attributeObject("metadata", [&] {
      for (const auto &[key, value] : facts.metadata)
        os.attribute(json::fixUTF8(key), json::fixUTF8(value));
    });
  });
  outs() << "\n";
}

} // namespace

ArrayRef<Option> getInfoOptions() { return kOptions; }

int runInfo(const Arguments &args) {
  StringRef file = args.positional().front();
  Compilation compilation(file, args);
  if (int status = compilation.readOptions())
    return status;
  if (int status = compilation.load())
    return status;
  ModelStatistics facts = countModel(compilation.module());
  // Shapes that only the simplifications of `graph` make known count too; the operators are those of the file.
  if (succeeded(compilation.runTo(Phase::Import)) && args.has("--shape") &&
      succeeded(compilation.runTo(Phase::Graph))) {
    ModelStatistics shaped = countModel(compilation.module());
    facts.flops = shaped.flops;
    facts.openDimensions = shaped.openDimensions;
    facts.inputs = shaped.inputs;
    facts.outputs = shaped.outputs;
  }
  args.has("--json") ? printJSON(file, facts) : print(file, facts);
  return Done;
}

} // namespace quern
