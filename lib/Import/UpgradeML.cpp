// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Upgrades of ai.onnx.ml.

#include "Upgrades.h"

#include "llvm/ADT/Sequence.h"

using namespace mlir;

namespace quern {

// Opset 1: strings to their places in a list, or the other way round.
LogicalResult labelClassesToKeys(Upgrade &upgrade) {
  Attribute classes = upgrade.node.attributes.erase("classes_strings");
  auto list = dyn_cast_or_null<ArrayAttr>(classes);
  if (!list || !upgrade.getInput(0))
    return upgrade.fail("expects attribute 'classes_strings' to be a list of strings, and an input");
  bool fromIntegers = getElementTypeOrSelf(upgrade.getInput(0).getType()).isInteger(64);
  SmallVector<int64_t> places = llvm::to_vector(llvm::seq<int64_t>(list.size()));
  upgrade.set(fromIntegers ? "values_strings" : "keys_strings", list);
  upgrade.set(fromIntegers ? "keys_int64s" : "values_int64s", upgrade.importer.builder.getDenseI64ArrayAttr(places));
  return success();
}

} // namespace quern
