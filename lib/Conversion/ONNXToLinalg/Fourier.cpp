// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Lowering.h"

namespace quern::lowering {

void addFourier(Patterns &, Converter &) {}

} // namespace quern::lowering
