/* Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Two models in one program, each run by a thread of its own many times; every answer must be the first one. */
#include "digits.h"
#include "product.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

enum { RUNS = 200 };

static quern_value tensor(void *data, int64_t *shape, int rank) {
  quern_value value;
  memset(&value, 0, sizeof value);
  value.as.tensor.data = data;
  value.as.tensor.dtype = QUERN_FLOAT32;
  value.as.tensor.rank = rank;
  value.as.tensor.shape = shape;
  return value;
}

static void *classify(void *unused) {
  (void)unused;
  static float image[64], first[10];
  int wrong = 0;
  for (int i = 0; i < 64; ++i)
    image[i] = (float)(i % 17);
  for (int run = 0; run < RUNS; ++run) {
    float got[10];
    int64_t in_shape[4] = {1, 1, 8, 8}, out_shape[2] = {1, 10};
    quern_value input = tensor(image, in_shape, 4), output = tensor(got, out_shape, 2);
    quern_options options;
    memset(&options, 0, sizeof options);
    options.threads = 1 + run % 2;
    if (digits_run(&input, &output, &options) != QUERN_OK)
      ++wrong;
    else if (run == 0)
      memcpy(first, got, sizeof first);
    else if (memcmp(first, got, sizeof first))
      ++wrong;
  }
  printf("digits: %d wrong of %d\n", wrong, RUNS);
  return NULL;
}

static void *multiply(void *unused) {
  (void)unused;
  int wrong = 0;
  for (int run = 0; run < RUNS; ++run) {
    float x[16], y[16];
    int64_t rows = 1 + run % 2, in_shape[2] = {0, 8}, out_shape[2] = {0, 8};
    in_shape[0] = out_shape[0] = rows;
    for (int i = 0; i < 16; ++i)
      x[i] = (float)(i + run % 5);
    quern_value input = tensor(x, in_shape, 2), output = tensor(y, out_shape, 2);
    quern_options options;
    memset(&options, 0, sizeof options);
    if (product_run(&input, &output, &options) != QUERN_OK) {
      ++wrong;
      continue;
    }
    for (int r = 0; r < rows; ++r)
      for (int c = 0; c < 8; ++c) {
        float want = 0;
        for (int k = 0; k < 8; ++k)
          want += x[8 * r + k] * (float)(8 * k + c);
        float difference = want - y[8 * r + c];
        if (difference > 1e-3f * want || difference < -1e-3f * want)
          ++wrong;
      }
  }
  printf("product: %d wrong of %d\n", wrong, RUNS);
  return NULL;
}

int main(void) {
  pthread_t first, second;
  pthread_create(&first, NULL, classify, NULL);
  pthread_create(&second, NULL, multiply, NULL);
  pthread_join(first, NULL);
  pthread_join(second, NULL);
  return 0;
}
