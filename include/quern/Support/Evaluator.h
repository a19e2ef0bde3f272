// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a pass sees of the machine that can run a module while compiling.

#ifndef QUERN_SUPPORT_EVALUATOR_H
#define QUERN_SUPPORT_EVALUATOR_H

#include "mlir/IR/AsmState.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/BuiltinTypes.h"

namespace quern {

/// A tensor in this process: row-major, without padding; bool is one byte an
/// element, 4- and 2-bit types are packed low bits first.
struct HostTensor {
  mlir::RankedTensorType type; // static
  mlir::AsmResourceBlob data;
};

/// Compiles a module and runs it. Implemented in lib/Execute, handed to the
/// passes that need it (folding, calibration) by Pipelines, so that no layer
/// includes one below it.
class Evaluator {
public:
  virtual ~Evaluator() = default;

  /// `module` is as `import` leaves one: a public `@main` over the onnx dialect,
  /// its constants inside; it belongs to the evaluator, which may lower it in
  /// place. `inputs` are main's arguments in order, read in place. Runs without
  /// contraction, on one thread, for the baseline of the architecture, so that
  /// every machine computes the same bits.
  ///
  /// A failure of the compilation or of the run is no error: `message` says why,
  /// and no diagnostic is emitted. The caller leaves the work to run time.
  virtual mlir::FailureOr<llvm::SmallVector<HostTensor>>
  evaluate(mlir::ModuleOp module, llvm::ArrayRef<HostTensor> inputs, std::string &message) = 0;
};

} // namespace quern

#endif // QUERN_SUPPORT_EVALUATOR_H
