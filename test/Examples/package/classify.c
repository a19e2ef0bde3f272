/* Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * A program around a compiled model: one blank and one striped image, and what the model makes of them. */
#include MODEL_HEADER

#include <stdio.h>

int main(void) {
  static float image[2 * 64];
  for (int i = 0; i < 64; ++i)
    image[64 + i] = (i % 8 == 3 || i % 8 == 4) ? 16 : 0; /* a thick vertical stroke */
  int64_t shape[4] = {2, 1, 8, 8};
  float probabilities[2 * 10];
  int64_t out_shape[2] = {2, 10};
  char message[256] = "";

  quern_value input = {0}, output = {0};
  input.as.tensor = (quern_tensor){image, QUERN_FLOAT32, 4, shape};
  output.as.tensor = (quern_tensor){probabilities, QUERN_FLOAT32, 2, out_shape};
  quern_options options = {0};
  options.threads = 1;
  options.message = message;
  options.message_size = sizeof message;
  quern_status status = digits_run(&input, &output, &options);
  if (status != QUERN_OK) {
    fprintf(stderr, "status %d: %s\n", (int)status, message);
    return 1;
  }
  for (int row = 0; row < 2; ++row) {
    float sum = 0;
    int best = 0;
    for (int i = 0; i < 10; ++i) {
      sum += probabilities[10 * row + i];
      if (probabilities[10 * row + i] > probabilities[10 * row + best])
        best = i;
    }
    printf("image %d: %d (probabilities sum to %.3f)\n", row, best, sum);
  }
  return 0;
}
