# Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes what the fuzzer of value files starts from: the number of the port in value.c, and a protobuf message."""

import os
import sys

import numpy as np
from onnx import MapProto, OptionalProto, SequenceProto, TensorProto, numpy_helper

floats = numpy_helper.from_array(np.arange(6, dtype=np.float32).reshape(2, 3), "f")
strings = numpy_helper.from_array(np.array(["one", "", "zwölf"], dtype=object), "s")
entries = MapProto(key_type=TensorProto.INT64, keys=[1, 2])
entries.values.elem_type = SequenceProto.TENSOR
entries.values.tensor_values.append(numpy_helper.from_array(np.float32([0.5, 0.25]), "v"))
sequence = SequenceProto(elem_type=SequenceProto.TENSOR, tensor_values=[floats, floats])
seeds = [sequence, SequenceProto(elem_type=SequenceProto.TENSOR, tensor_values=[strings]),
         SequenceProto(elem_type=SequenceProto.MAP, map_values=[entries]),
         OptionalProto(elem_type=OptionalProto.TENSOR, tensor_value=floats),
         OptionalProto(elem_type=OptionalProto.SEQUENCE, sequence_value=sequence)]
for port, message in enumerate(seeds):
    with open(os.path.join(sys.argv[1], str(port)), "wb") as file:
        file.write(bytes([port]) + message.SerializeToString())
