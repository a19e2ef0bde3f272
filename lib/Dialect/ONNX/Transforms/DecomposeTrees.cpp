// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What is done with the sums of leaves: base values, transforms, labels. What
// is left of an ensemble are sums, which ONNXToLinalg makes.

#include "DecomposeML.h"

using namespace mlir;

namespace quern::onnx {

void addTreeRules(Rules &) {}

} // namespace quern::onnx
