/* Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Runs net(x) = x + {1, 2, 3, 4} through the generated header, right and wrong. */
#include "net.h"

#include <stdio.h>
#include <string.h>

int main(void) {
  static const int64_t declared[] = NET_INPUT_0_SHAPE;
  float x[8] = {0, 1, 2, 3, 4, 5, 6, 7}, z[8];
  int64_t shape[2] = {2, 4}, result[2] = {2, 4};
  char message[200] = "";
  quern_value input, output;
  quern_options options;
  memset(&input, 0, sizeof input);
  memset(&output, 0, sizeof output);
  memset(&options, 0, sizeof options);
  options.message = message;
  options.message_size = sizeof message;
  input.as.tensor.data = x;
  input.as.tensor.dtype = NET_INPUT_0_DTYPE;
  input.as.tensor.rank = NET_INPUT_0_RANK;
  input.as.tensor.shape = shape;
  output.as.tensor.data = z;
  output.as.tensor.dtype = QUERN_FLOAT32;
  output.as.tensor.rank = 2;
  output.as.tensor.shape = result;
  printf("%s %s[%d,%d]\n", NET_INPUT_0_NAME, NET_OUTPUT_0_NAME, (int)declared[0], (int)declared[1]);
  printf("%d:", net_run(&input, &output, &options));
  for (int i = 0; i < 8; ++i)
    printf(" %g", z[i]);
  shape[1] = 3;
  printf("\n%d: %s\n", net_run(&input, &output, &options), message);
  return 0;
}
