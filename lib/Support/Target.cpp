// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Target names and what the targets can do.

#include "quern/Support/Target.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/Triple.h"

#include <mutex>

using namespace llvm;

namespace quern {
namespace {

constexpr StringLiteral kX86Triple = "x86_64-unknown-linux-gnu";
constexpr StringLiteral kAArch64Triple = "aarch64-unknown-linux-gnu";

/// Instruction sets that generated code may use and that the runtime knows how to check, by LLVM's names.
constexpr StringLiteral kX86Sets[] = {
    "avx",        "avx2",       "avx512bf16", "avx512bitalg", "avx512bw", "avx512cd",   "avx512dq",        "avx512f",
    "avx512fp16", "avx512ifma", "avx512vbmi", "avx512vbmi2",  "avx512vl", "avx512vnni", "avx512vpopcntdq", "avxvnni",
    "bmi",        "bmi2",       "cx16",       "f16c",         "fma",      "gfni",       "lzcnt",           "movbe",
    "popcnt",     "sahf",       "sse3",       "sse4.1",       "sse4.2",   "ssse3",      "vpclmulqdq"};
constexpr StringLiteral kAArch64Sets[] = {"bf16", "dotprod", "fullfp16", "i8mm", "lse", "rdm", "sve", "sve2"};

ArrayRef<StringLiteral> checkedSets(const Triple &triple) {
  return triple.isX86() ? ArrayRef<StringLiteral>(kX86Sets) : ArrayRef<StringLiteral>(kAArch64Sets);
}

void initializeTargets() {
  static std::once_flag once;
  std::call_once(once, [] {
    InitializeAllTargetInfos();
    InitializeAllTargets();
    InitializeAllTargetMCs();
    InitializeAllAsmPrinters();
    InitializeAllAsmParsers();
  });
}

template <typename... Ts>
Error failure(const Ts &...parts) {
  std::string text;
  raw_string_ostream os(text);
  (os << ... << parts);
  return make_error<StringError>(text, inconvertibleErrorCode());
}

/// Fills `instructionSets` from what LLVM enables for the CPU and features.
Error resolve(Target &target) {
  initializeTargets();
  Triple triple(target.triple);
  std::string message;
  const llvm::Target *backend = TargetRegistry::lookupTarget(triple, message);
  if (!backend)
    return failure("target '", target.name, "' needs an LLVM built for ", triple.getArchName());
  std::unique_ptr<MCSubtargetInfo> info(backend->createMCSubtargetInfo(triple, target.cpu, target.features));
  for (const SubtargetFeatureKV &feature : info->getEnabledProcessorFeatures())
    if (llvm::is_contained(checkedSets(triple), StringRef(feature.Key)))
      target.instructionSets.push_back(feature.Key);
  llvm::sort(target.instructionSets);
  return Error::success();
}

/// The host, as an explicit list: a feature that the CPU's name implies but the machine lacks (a hypervisor's mask,
/// say) is switched off.
Expected<Target> nativeTarget() {
  Target target;
  target.name = "native";
  Triple host(sys::getProcessTriple());
  if (!host.isX86() && !host.isAArch64())
    return failure("target 'native' is ", host.getArchName(),
                   " here, which is not supported; choose an explicit target");
  target.triple = (host.isX86() ? kX86Triple : kAArch64Triple).str();
  target.cpu = sys::getHostCPUName().str();
  std::vector<std::string> features;
  for (const auto &entry : sys::getHostCPUFeatures())
    features.push_back((entry.second ? "+" : "-") + entry.first().str());
  llvm::sort(features, [](StringRef a, StringRef b) { return a.drop_front() < b.drop_front(); });
  target.features = llvm::join(features, ",");
  if (Error error = resolve(target))
    return std::move(error);
  return target;
}

Expected<Target> aarch64Target(StringRef name, StringRef cpu) {
  Target target;
  target.name = name.str();
  target.triple = kAArch64Triple.str();
  target.cpu = cpu.empty() ? "generic" : cpu.str();
  initializeTargets();
  std::string message;
  Triple triple(target.triple);
  if (const llvm::Target *backend = TargetRegistry::lookupTarget(triple, message)) {
    std::unique_ptr<MCSubtargetInfo> info(backend->createMCSubtargetInfo(triple, "generic", ""));
    if (!info->isCPUStringValid(target.cpu))
      return failure("target '", name, "' names an unknown ARM CPU '", cpu,
                     "'; expects a name such as cortex-a76, neoverse-n1 or apple-m1");
  }
  if (Error error = resolve(target))
    return std::move(error);
  return target;
}

} // namespace

bool Target::has(StringRef instructionSet) const {
  return std::binary_search(instructionSets.begin(), instructionSets.end(), instructionSet.str());
}

bool Target::isX86() const { return Triple(triple).isX86(); }
bool Target::isAArch64() const { return Triple(triple).isAArch64(); }

unsigned Target::vectorBits() const {
  if (hasAVX512())
    return 512;
  return has("avx") ? 256 : 128;
}

unsigned Target::numVectorRegisters() const { return hasAVX512() || isAArch64() ? 32 : 16; }

bool Target::hasFMA() const { return isAArch64() || has("fma"); }

bool Target::hasAVX512() const { return has("avx512f") && has("avx512bw") && has("avx512dq") && has("avx512vl"); }

bool Target::hasVNNI() const { return has("dotprod") || has("avxvnni") || (hasAVX512() && has("avx512vnni")); }

bool Target::hasF16Conversion() const { return isAArch64() || has("f16c"); }

bool Target::hasF16Arithmetic() const { return has("fullfp16") || has("avx512fp16"); }

bool Target::hasMaskedMemory() const { return hasAVX512(); }

std::string Target::requiredFeatures() const { return llvm::join(instructionSets, ","); }

Expected<Target> parseTarget(StringRef text) {
  if (text == "native")
    return nativeTarget();
  if (text.contains(','))
    return failure("target '", text, "' names several targets, which comes later; expects one target");
  if (text.consume_front("cuda"))
    return failure("target 'cuda", text, "' is a GPU, which comes later; expects a CPU target such as native");
  if (text == "x86-64-v2" || text == "x86-64-v3" || text == "x86-64-v4") {
    Target target;
    target.name = target.cpu = text.str();
    target.triple = kX86Triple.str();
    if (Error error = resolve(target))
      return std::move(error);
    return target;
  }
  auto [arch, cpu] = text.split(':');
  if (arch == "aarch64")
    return aarch64Target(text, cpu);
  return failure("unknown target '", text,
                 "'; expects native, x86-64-v2, x86-64-v3, x86-64-v4, aarch64 or aarch64:<cpu>");
}

Target getFoldingTarget() {
  bool x86 = Triple(sys::getProcessTriple()).isX86();
  return llvm::cantFail(parseTarget(x86 ? "x86-64-v2" : "aarch64"));
}

bool runsHere(const Target &target) {
  Expected<Target> host = parseTarget("native");
  if (!host) {
    consumeError(host.takeError());
    return false;
  }
  return Triple(host->triple).getArch() == Triple(target.triple).getArch() &&
         llvm::all_of(target.instructionSets, [&](const std::string &set) { return host->has(set); });
}

std::unique_ptr<TargetMachine> createTargetMachine(const Target &target, unsigned optLevel, bool contract) {
  initializeTargets();
  std::string message;
  Triple triple(target.triple);
  const llvm::Target *backend = TargetRegistry::lookupTarget(triple, message);
  if (!backend)
    return nullptr;
  TargetOptions options;
  options.AllowFPOpFusion = contract ? FPOpFusion::Fast : FPOpFusion::Strict;
  options.FunctionSections = true;
  options.DataSections = true;
  CodeGenOptLevel level = optLevel == 0   ? CodeGenOptLevel::None
                          : optLevel == 1 ? CodeGenOptLevel::Less
                          : optLevel == 2 ? CodeGenOptLevel::Default
                                          : CodeGenOptLevel::Aggressive;
  return std::unique_ptr<TargetMachine>(
      backend->createTargetMachine(triple, target.cpu, target.features, options, Reloc::PIC_, std::nullopt, level));
}

} // namespace quern
