// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Tensors of a model file as attributes, over the mapped bytes where they can stay.

#ifndef QUERN_LIB_IMPORT_WEIGHTS_H
#define QUERN_LIB_IMPORT_WEIGHTS_H

#include "quern/Import/OnnxFile.h"
#include "quern/Support/MappedFile.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "llvm/ADT/StringMap.h"

namespace quern {

/// Where a tensor's bytes are. `owner` keeps them alive.
struct TensorBytes {
  llvm::ArrayRef<char> bytes;
  std::shared_ptr<const void> owner;
};

class Weights {
public:
  Weights(std::shared_ptr<const MappedFile> model, mlir::MLIRContext *context);

  /// The tensor as `dense`, or as `dense_resource` above 64 bytes. An error is one sentence about the tensor.
  llvm::Expected<mlir::ElementsAttr> convert(const proto::Tensor &tensor, llvm::StringRef name);
  llvm::Expected<mlir::ElementsAttr> convert(const proto::SparseTensor &sparse, llvm::StringRef name);
  /// An attribute over bytes: little-endian, elements below 8 bits packed.
  mlir::ElementsAttr makeElements(mlir::RankedTensorType type, TensorBytes bytes, llvm::StringRef name);

  /// The files beside the model that tensors were read from, in order of first use.
  llvm::ArrayRef<std::string> getExternalFiles() const { return externalPaths; }

private:
  llvm::Expected<TensorBytes> getBytes(const proto::Tensor &tensor, int64_t count);
  llvm::Expected<TensorBytes> getExternalBytes(const proto::Tensor &tensor, uint64_t size);
  llvm::Expected<std::shared_ptr<const MappedFile>> openExternal(llvm::StringRef location);

  std::shared_ptr<const MappedFile> model;
  mlir::MLIRContext *context;
  llvm::StringMap<std::shared_ptr<const MappedFile>> external;
  std::vector<std::string> externalPaths;
};

} // namespace quern

#endif // QUERN_LIB_IMPORT_WEIGHTS_H
