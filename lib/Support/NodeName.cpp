// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "quern/Support/NodeName.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;

namespace quern {

StringRef getNodeName(Location location) {
  if (auto name = dyn_cast<NameLoc>(location))
    return name.getName().getValue();
  if (auto call = dyn_cast<CallSiteLoc>(location)) {
    StringRef callee = getNodeName(call.getCallee());
    return callee.empty() ? getNodeName(call.getCaller()) : callee;
  }
  if (auto fused = dyn_cast<FusedLoc>(location))
    for (Location part : llvm::reverse(fused.getLocations()))
      if (StringRef name = getNodeName(part); !name.empty())
        return name;
  return "";
}

StringRef getNodeOp(Location location) {
  auto fused = dyn_cast<FusedLoc>(location);
  if (!fused)
    return "";
  if (auto op = dyn_cast_or_null<StringAttr>(fused.getMetadata()))
    return op.getValue();
  for (Location part : llvm::reverse(fused.getLocations()))
    if (StringRef op = getNodeOp(part); !op.empty())
      return op;
  return "";
}

Location withNodeOp(Location location, StringRef op) {
  return FusedLoc::get(location.getContext(), {location}, StringAttr::get(location.getContext(), op));
}

StringRef getFileName(Location location) {
  if (auto file = dyn_cast<FileLineColLoc>(location))
    return file.getFilename().getValue();
  if (auto name = dyn_cast<NameLoc>(location))
    return getFileName(name.getChildLoc());
  if (auto call = dyn_cast<CallSiteLoc>(location))
    return getFileName(call.getCallee());
  if (auto fused = dyn_cast<FusedLoc>(location))
    for (Location part : fused.getLocations())
      if (StringRef name = getFileName(part); !name.empty())
        return name;
  return "";
}

} // namespace quern
