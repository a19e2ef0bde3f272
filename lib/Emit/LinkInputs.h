// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the linker reads, as files that vanish with this process: nothing is
// left beside the output when it is killed.

#ifndef QUERN_LIB_EMIT_LINKINPUTS_H
#define QUERN_LIB_EMIT_LINKINPUTS_H

#include "Internal.h"

namespace quern {

class LinkInputs {
public:
  /// `output` names the folder for what is large; `keepDir`, when not empty, gets named copies that stay.
  LinkInputs(llvm::StringRef output, llvm::StringRef keepDir) : output(output), keepDir(keepDir) {}
  LinkInputs(const LinkInputs &) = delete;
  ~LinkInputs();

  /// A file in memory. Its path is valid while this object lives, for this process and its children.
  llvm::Expected<std::string> addText(llvm::StringRef name, llvm::StringRef bytes);
  /// The model's code and its descriptor, as one archive.
  llvm::Expected<std::string> addObjects(const CompiledModel &model, bool withMain);
  /// The model's weights, as an object.
  llvm::Expected<std::string> addWeights(const CompiledModel &model);

private:
  std::string pathOf(int fd);

  llvm::StringRef output, keepDir;
  std::vector<int> files;
};

} // namespace quern

#endif // QUERN_LIB_EMIT_LINKINPUTS_H
