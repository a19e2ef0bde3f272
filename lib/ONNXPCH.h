// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The shared precompiled header of the layers that know ONNX: the dialect's generated classes take seconds to parse.

#ifndef QUERN_LIB_ONNXPCH_H
#define QUERN_LIB_ONNXPCH_H

#include "PCH.h"

#include "quern/Dialect/ONNX/IR/ONNX.h"

#endif // QUERN_LIB_ONNXPCH_H
