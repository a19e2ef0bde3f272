// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From LLVM-dialect modules to machine code, and from a compiled model to files.

#ifndef QUERN_EMIT_EMIT_H
#define QUERN_EMIT_EMIT_H

#include "quern/Support/Target.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBuffer.h"

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace mlir {
class ModuleOp;
}

namespace quern {

//===----------------------------------------------------------------------===//
// A compiled model
//===----------------------------------------------------------------------===//

/// An input or an output, or what is in one, as the descriptor gives it.
struct Port {
  std::string name;
  int32_t kind = 0;  // quern_kind; what follows is of tensors
  int32_t dtype = 0; // TensorProto.DataType
  bool ranked = true;
  std::vector<int64_t> shape;        // -1: any size
  std::vector<std::string> dimNames; // one a dimension or none at all; "": unnamed
  std::vector<Port> elements;        // of a sequence or an optional: one; of a map: keys and values
};

/// A launch site: `quern_rt_launch` and `quern_rt_fail` name it by its index.
struct NodeInfo {
  std::string name;
  std::string op;
};

/// What becomes `M__model` (docs/contracts.md, include/quern/Runtime/env.h).
struct ModelDescriptor {
  std::vector<Port> inputs;
  std::vector<Port> outputs;
  std::vector<std::pair<std::string, std::string>> metadata;
  std::vector<NodeInfo> nodes;
  std::vector<std::string> messages; // what kernels fail with: messages[status - 1]
  int64_t workspaceSize = 0;         // -1: depends on the inputs' shapes
};

/// Constant bytes under a symbol. `owner` keeps them alive; null where somebody else does.
struct WeightBlob {
  std::string symbol;
  llvm::ArrayRef<char> data;
  std::shared_ptr<const void> owner;
  uint64_t alignment = 64;
};

using ObjectBuffer = std::unique_ptr<llvm::MemoryBuffer>;

/// What the buffers of a compiled model hold: machine code to link or run, or LLVM bitcode to print.
enum class CodeKind { Object, Bitcode };

struct CompiledModel {
  std::string name; // a C identifier, the prefix `M` of every symbol
  Target target;
  CodeKind kind = CodeKind::Object;
  std::vector<ObjectBuffer> objects; // one a kernel, and main; in a fixed order
  std::vector<WeightBlob> weights;
  ModelDescriptor descriptor;

  uint64_t weightBytes() const;
};

//===----------------------------------------------------------------------===//
// Machine code
//===----------------------------------------------------------------------===//

struct EmitOptions {
  unsigned optLevel = 3;
  /// mul+add may become one rounding. Off for constant folding.
  bool contract = true;
  CodeKind kind = CodeKind::Object;
  /// Larger frames are an error: threads have 1 MiB stacks. 0: no limit.
  unsigned maxFrameBytes = 64 * 1024;
};

/// Compiles a module of the LLVM dialect (`module` may live in any context that `registerDialects` set up). Everything
/// it defines becomes hidden. Safe to call from several threads on modules of their own. The error is one sentence.
llvm::Expected<ObjectBuffer> emitObject(mlir::ModuleOp module, const Target &target, const EmitOptions &options = {});

/// The descriptor `M__model` with the library's functions `M_run`, `M_abi_version` and `M_workspace_size`; with
/// `withMain`, also the executable's `main`.
llvm::Expected<ObjectBuffer> emitDescriptor(const CompiledModel &model, bool withMain,
                                            CodeKind kind = CodeKind::Object);

/// Streams the weights to `path` as a relocatable ELF object: read-only data, 64-byte aligned, hidden symbols.
llvm::Error writeWeightsObject(const CompiledModel &model, llvm::StringRef path);

//===----------------------------------------------------------------------===//
// Files
//===----------------------------------------------------------------------===//

enum class OutputKind { Executable, Shared, Static, Object, LLVM, Assembly };

/// Whether the kind comes with a C header `OUT.h` (`OUT` without its extension).
bool hasHeader(OutputKind kind);
/// The code that `emitModel` needs for a kind.
CodeKind codeKindFor(OutputKind kind);
/// The header's path for an output: `dir/net.so` has `dir/net.h`.
std::string headerPath(llvm::StringRef output);

/// Writes the model to `path`, whole or not at all, and its header where it has one. `tempDir` keeps the linker's input
/// when not empty (--save-temps). The error is one sentence. Safe to call from several threads.
llvm::Error emitModel(const CompiledModel &model, OutputKind kind, llvm::StringRef path, llvm::StringRef tempDir = "");

/// The text of the C header.
llvm::Expected<std::string> makeHeader(const CompiledModel &model);

/// `share/quern` of this installation, found beside libQuernCompiler: headers, runtime archives, start files.
std::string shareDir();

} // namespace quern

#endif // QUERN_EMIT_EMIT_H
