// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// quern compare

#include "Commands.h"
#include "InMemory.h"

#include "quern/Driver/Driver.h"
#include "quern/Runtime/io.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/BinaryFormat/Magic.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/raw_ostream.h"

#include <cmath>
#include <cstring>

using namespace llvm;

namespace quern {
namespace {

constexpr Option kOptions[] = {
    {"--inputs-dir", Takes::Value, "DIR", "inputs for both: 0.npy, 1.npy, … in the models' order"},
    {"--layers", Takes::Nothing, "", "compare the result of every node that both models have, by name"},
    {"--tolerance", Takes::Value, "T",
     "largest difference allowed, as a fraction of an output's peak; 1e-4 if not given"},
    {"--json", Takes::Nothing, "", "print the differences as JSON"},
};

/// How far two tensors are apart.
struct Difference {
  std::string name, type, problem;
  double largest = 0, mean = 0, peak = 0;
  bool exact = true;
  bool within(double tolerance) const {
    return problem.empty() && (exact ? largest == 0 : largest <= tolerance * std::max(peak, 1e-30));
  }
};

bool isFloat(int32_t dtype) {
  switch (dtype) {
  case QUERN_FLOAT32:
  case QUERN_FLOAT64:
  case QUERN_FLOAT16:
  case QUERN_BFLOAT16:
  case QUERN_FLOAT8E4M3FN:
  case QUERN_FLOAT8E4M3FNUZ:
  case QUERN_FLOAT8E5M2:
  case QUERN_FLOAT8E5M2FNUZ:
    return true;
  default:
    return false;
  }
}

std::string describe(const quern_tensor &tensor) {
  char text[256];
  quern_rt_describe(text, sizeof(text), tensor.dtype, tensor.rank, tensor.shape);
  return text;
}

void measure(const quern_tensor &a, const quern_tensor &b, Difference &result) {
  result.type = describe(a);
  if (result.type != describe(b)) {
    result.problem = "is " + result.type + " in the first and " + describe(b) + " in the second";
    return;
  }
  int64_t count = quern_rt_element_count(a.rank, a.shape);
  result.exact = !isFloat(a.dtype);
  if (result.exact) {
    // Integers beyond 2^53 would compare equal as doubles.
    int64_t bytes = quern_rt_tensor_bytes(a.dtype, a.rank, a.shape);
    result.largest = a.dtype != QUERN_STRING && std::memcmp(a.data, b.data, bytes) ? 1 : 0;
    if (result.largest == 0)
      return;
  }
  double sum = 0;
  for (int64_t i = 0; i < count; ++i) {
    double x = quern_rt_element(&a, i), y = quern_rt_element(&b, i);
    bool same = x == y || (std::isnan(x) && std::isnan(y));
    double difference = same ? 0 : std::abs(x - y);
    if (std::isnan(difference))
      difference = INFINITY;
    result.largest = std::max(result.largest, difference);
    if (std::isfinite(x))
      result.peak = std::max(result.peak, std::abs(x));
    sum += difference;
  }
  result.mean = count ? sum / count : 0;
}

/// A model or an executable, run once: its outputs' files in a folder of its own.
class Subject {
public:
  ~Subject() {
    if (!folder.empty())
      sys::fs::remove_directories(folder);
  }

  int run(StringRef path, const Arguments &args, bool layers) {
    if (std::error_code error = sys::fs::createUniqueDirectory("quern-compare", folder))
      return reportError("", "cannot create a folder for outputs: " + error.message(), Failed);
    std::vector<std::string> words = {"--inputs-dir=" + args.get("--inputs-dir").str(),
                                      "--outputs-dir=" + folder.str().str()};
    file_magic magic;
    if (std::error_code error = identify_magic(path, magic))
      return reportError(path, "cannot open: " + error.message(), Failed);
    if (magic == file_magic::elf_executable || magic == file_magic::elf_shared_object) {
      if (layers)
        return reportError(path, "--layers expects models: an executable's nodes cannot be exposed", BadUsage);
      return execute(path, words);
    }
    int status = Done;
    std::unique_ptr<LoadedModel> model = loadInMemory(path, args, status, layers ? "all" : "");
    if (!model)
      return status;
    for (const Port &port : model->getModel().descriptor.outputs)
      names.push_back(port.name);
    return runLoaded(*model, path, words);
  }

  /// The outputs' names; an executable's are numbers.
  std::vector<std::string> names;
  SmallString<128> folder;

  std::string fileOf(size_t index) const {
    for (StringRef extension : {".npy", ".pb"}) {
      SmallString<128> path(folder);
      sys::path::append(path, Twine(index) + extension);
      if (sys::fs::exists(path))
        return path.str().str();
    }
    return "";
  }

private:
  int execute(StringRef path, ArrayRef<std::string> words) {
    SmallString<128> program(path);
    sys::fs::make_absolute(program);
    std::vector<StringRef> argv = {program};
    argv.insert(argv.end(), words.begin(), words.end());
    std::string message;
    int status = sys::ExecuteAndWait(program, argv, std::nullopt, {}, 0, 0, &message);
    if (!message.empty())
      return reportError(path, message, Failed);
    for (size_t i = 0; !fileOf(i).empty(); ++i)
      names.push_back(std::to_string(i));
    return status;
  }
};

Difference compareOutputs(const Subject &a, size_t i, const Subject &b, size_t j) {
  Difference result;
  result.name = a.names[i];
  quern_message message;
  quern_tensor first, second;
  if (quern_rt_read_tensor(a.fileOf(i).c_str(), &first, &message)) {
    result.problem = message.text;
    return result;
  }
  if (quern_rt_read_tensor(b.fileOf(j).c_str(), &second, &message)) {
    result.problem = message.text;
  } else {
    measure(first, second, result);
    quern_rt_free_tensor(&second);
  }
  quern_rt_free_tensor(&first);
  return result;
}

void print(ArrayRef<Difference> differences, double tolerance) {
  size_t width = 6;
  for (const Difference &d : differences)
    width = std::max(width, d.name.size());
  for (const Difference &d : differences) {
    outs() << left_justify(d.name, width) << "  " << (d.within(tolerance) ? "same   " : "DIFFERS") << "  ";
    if (!d.problem.empty())
      outs() << d.problem << "\n";
    else if (d.exact)
      outs() << d.type << (d.largest == 0 ? "  exactly" : "") << "\n";
    else
      outs() << formatv("{0}  largest {1:e2}, mean {2:e2}, of peak {3:e2}\n", d.type, d.largest, d.mean,
                        d.peak > 0 ? d.largest / d.peak : d.largest);
  }
}

void printJSON(ArrayRef<Difference> differences, double tolerance) {
  json::OStream os(outs(), 2);
  os.array([&] {
    for (const Difference &d : differences)
      os.object([&] {
        os.attribute("output", json::fixUTF8(d.name));
        os.attribute("type", d.type);
        os.attribute("same", d.within(tolerance));
        if (!d.problem.empty())
          os.attribute("problem", d.problem);
        os.attribute("largest", d.largest);
        os.attribute("mean", d.mean);
        os.attribute("peak", d.peak);
      });
  });
  outs() << "\n";
}

} // namespace

ArrayRef<Option> getCompareOptions() { return kOptions; }

int runCompare(const Arguments &args) {
  if (!args.has("--inputs-dir"))
    return reportError("", "'quern compare' expects --inputs-dir=DIR", BadUsage);
  double tolerance = 1e-4;
  if (args.has("--tolerance") && (args.get("--tolerance").getAsDouble(tolerance) || !(tolerance >= 0)))
    return reportError("", "--tolerance expects a number, got '" + args.get("--tolerance") + "'", BadUsage);
  bool layers = args.has("--layers");
  Subject a, b;
  if (int status = a.run(args.positional()[0], args, layers))
    return status;
  if (int status = b.run(args.positional()[1], args, layers))
    return status;

  std::vector<Difference> differences;
  if (layers) {
    StringMap<size_t> second;
    for (auto [index, name] : enumerate(b.names))
      second.try_emplace(name, index);
    for (auto [index, name] : enumerate(a.names))
      if (auto found = second.find(name); found != second.end())
        differences.push_back(compareOutputs(a, index, b, found->second));
  } else {
    if (a.names.size() != b.names.size())
      return reportError(args.positional()[1],
                         formatv("has {0} outputs, the other has {1}", b.names.size(), a.names.size()).str(), Failed);
    for (size_t i = 0; i < a.names.size(); ++i)
      differences.push_back(compareOutputs(a, i, b, i));
  }
  if (args.has("--json"))
    printJSON(differences, tolerance);
  else
    print(differences, tolerance);
  return all_of(differences, [&](const Difference &d) { return d.within(tolerance); }) ? Done : Failed;
}

} // namespace quern
