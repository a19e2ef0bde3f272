// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a model is made of, counted over the `onnx` dialect.

#ifndef QUERN_LIB_DRIVER_STATISTICS_H
#define QUERN_LIB_DRIVER_STATISTICS_H

#include "mlir/IR/BuiltinOps.h"

#include <map>
#include <string>
#include <vector>

namespace quern {

struct PortText {
  std::string name, type; // "float32[batch,3,224,224]"
};

struct ModelStatistics {
  std::vector<PortText> inputs, outputs;
  std::map<std::string, int64_t> operators;
  std::vector<std::pair<std::string, std::string>> metadata;
  int64_t numNodes = 0;
  int64_t parameters = 0; // elements of constants
  int64_t parameterBytes = 0;
  int64_t flops = 0;           // a multiplication and its addition are two
  bool openDimensions = false; // counted as 1
};

ModelStatistics countModel(mlir::ModuleOp module);

} // namespace quern

#endif // QUERN_LIB_DRIVER_STATISTICS_H
