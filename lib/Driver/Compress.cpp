// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// quern compress: known, so that what comes later is answered by a sentence.

#include "Commands.h"
#include "Messages.h"

#include "quern/Driver/Driver.h"

namespace quern {

static constexpr Option kOptions[] = {
    {"-o", Takes::Value, "SMALL.onnx", "where to write"},
    {"--compress", Takes::Value, "PIPELINE", "what to do"},
    {"--calibrate", Takes::Value, "DIR|FILE.npz", "data to quantize by"},
    {"--report", Takes::Value, "R.html", "what was gained and lost"},
};

llvm::ArrayRef<Option> getCompressOptions() { return kOptions; }

int runCompress(const Arguments &) {
  return reportError("", "'quern compress' comes later: this version compiles models as they are", BadUsage);
}

} // namespace quern
