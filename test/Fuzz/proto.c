/* Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The same for ONNX's TensorProto, and for printing what was read. */
#include "internal.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  static FILE *sink;
  if (!sink)
    sink = fopen("/dev/null", "w");
  quern_tensor tensor = {0}, again = {0};
  quern_message message = {{0}};
  if (quern_rt_parse_proto("x.pb", bytes, size, &tensor, &message)) {
    if (!message.text[0] || tensor.data)
      abort();
    return 0;
  }
  quern_value value = {.kind = QUERN_TENSOR, .as.tensor = tensor};
  quern_print_value(sink, "x", &value);
  quern_buffer head = {0}, payload = {0};
  if (!quern_proto_encode("y.pb", "x", &tensor, &head, &payload, &message))
    abort();
  bool strings = tensor.dtype == QUERN_STRING;
  quern_append(&head, strings ? payload.data : tensor.data,
               strings ? payload.size : (size_t)quern_rt_tensor_bytes(tensor.dtype, tensor.rank, tensor.shape));
  /* A shape of many empty strings is refused: nothing else may be. */
  if (quern_rt_parse_proto("y.pb", head.data, head.size, &again, &message))
    abort();
  quern_rt_free_tensor(&again);
  free(head.data);
  free(payload.data);
  quern_rt_free_tensor(&tensor);
  return 0;
}
