/* Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Whatever bytes an .npy file holds, the reader answers with a tensor or a
 * sentence; what it read can be written and read back. */
#include "internal.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  quern_tensor tensor = {0}, again = {0};
  quern_message message = {{0}};
  if (quern_rt_parse_npy("x.npy", bytes, size, &tensor, &message)) {
    if (!message.text[0] || tensor.data)
      abort();
    return 0;
  }
  quern_buffer head = {0}, payload = {0};
  if (quern_npy_encode("y.npy", &tensor, &head, &payload, &message)) {
    bool strings = tensor.dtype == QUERN_STRING;
    quern_append(&head, strings ? payload.data : tensor.data,
                 strings ? payload.size : (size_t)quern_rt_tensor_bytes(tensor.dtype, tensor.rank, tensor.shape));
    if (quern_rt_parse_npy("y.npy", head.data, head.size, &again, &message))
      abort();
    quern_rt_free_tensor(&again);
  } else if (tensor.dtype != QUERN_STRING) {
    abort();
  }
  free(head.data);
  free(payload.data);
  quern_rt_free_tensor(&tensor);
  return 0;
}
