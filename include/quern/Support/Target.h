// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the compiler compiles for. Passes ask it questions and never look at its
// name.

#ifndef QUERN_SUPPORT_TARGET_H
#define QUERN_SUPPORT_TARGET_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace llvm {
class TargetMachine;
class TargetOptions;
} // namespace llvm

namespace quern {

struct Target {
  /// As `--target=` spells it: "x86-64-v3", "aarch64:cortex-a76"; "native" stays "native".
  std::string name;
  /// LLVM's triple, CPU and feature list ("+avx2,-avx512f"). `native` is resolved to an explicit list.
  std::string triple;
  std::string cpu;
  std::string features;
  /// The instruction sets that compiled code may use beyond the architecture's baseline, by their LLVM names, sorted:
  /// what the runtime checks at start. Only sets that change generated code are listed.
  std::vector<std::string> instructionSets;

  bool has(llvm::StringRef instructionSet) const;

  bool isX86() const;
  bool isAArch64() const;
  /// Bits of the widest vector register worth using.
  unsigned vectorBits() const;
  /// Elements of `elementBits` bits in such a register.
  unsigned vectorElements(unsigned elementBits) const { return vectorBits() / elementBits; }
  unsigned numVectorRegisters() const;
  bool hasFMA() const;
  bool hasAVX512() const;
  /// Four-way 8-bit dot products into 32 bits: u8 x s8 on x86, s8 x s8 on ARM.
  bool hasVNNI() const;
  bool hasDotProduct() const { return hasVNNI(); }
  /// Conversions between f16 and f32 in hardware, and f16 arithmetic.
  bool hasF16Conversion() const;
  bool hasF16Arithmetic() const;
  /// Masked loads and stores at no extra cost.
  bool hasMaskedMemory() const;
  /// Sizes that the cost models assume: fixed, so that output does not depend on the build machine.
  int64_t l1Bytes() const { return 32 * 1024; }
  int64_t l2Bytes() const { return hasAVX512() ? 1024 * 1024 : 512 * 1024; }
  int64_t cacheLineBytes() const { return 64; }

  /// The features as the runtime's descriptor lists them: "avx2,fma".
  std::string requiredFeatures() const;
};

/// Reads a `--target=` value: `native`, `x86-64-v2`, `x86-64-v3`, `x86-64-v4`, `aarch64`, `aarch64:<cpu>`. The error is
/// a sentence for the user.
llvm::Expected<Target> parseTarget(llvm::StringRef text);

/// The fixed target on which constants are folded, so that every build machine folds to the same bits: x86-64-v2 or
/// armv8-a, whichever runs here.
Target getFoldingTarget();

/// Whether the machine we run on can run code for `target`.
bool runsHere(const Target &target);

/// LLVM's machine for `target`; position independent. `contract` lets mul+add become one rounding.
std::unique_ptr<llvm::TargetMachine> createTargetMachine(const Target &target, unsigned optLevel, bool contract = true);

} // namespace quern

#endif // QUERN_SUPPORT_TARGET_H
