/* Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Two models in one program, through the C ABI: run from several threads at
 * once, with the caller's memory, after a fork, and failing. */
#include "quern/Runtime/value.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

quern_status one_run(const quern_value *, quern_value *, const quern_options *);
quern_status two_run(const quern_value *, quern_value *, const quern_options *);

enum { kRows = 517, kColumns = 3, kThreads = 4, kRuns = 50 };

#define EXPECT(condition)                                                                                              \
  do {                                                                                                                 \
    if (!(condition)) {                                                                                                \
      fprintf(stderr, "%s:%d: expects %s\n", __FILE__, __LINE__, #condition);                                          \
      exit(1);                                                                                                         \
    }                                                                                                                  \
  } while (0)

static quern_value tensor(void *data, int32_t dtype, int32_t rank, int64_t *shape) {
  quern_value value = {.kind = QUERN_TENSOR, .as.tensor = {data, dtype, rank, shape}};
  return value;
}

typedef struct job {
  quern_status (*run)(const quern_value *, quern_value *, const quern_options *);
  float offset;
  int threads;
} job;

static void *run_often(void *argument) {
  const job *j = argument;
  float *a = malloc(kRows * kColumns * sizeof *a), *b = malloc(kRows * kColumns * sizeof *b);
  for (int i = 0; i < kRows * kColumns; ++i) {
    a[i] = (float)i;
    b[i] = j->offset;
  }
  int64_t shape[] = {kRows, kColumns};
  quern_value inputs[] = {tensor(a, QUERN_FLOAT32, 2, shape), tensor(b, QUERN_FLOAT32, 2, shape)};
  for (int run = 0; run < kRuns; ++run) {
    quern_value outputs[2] = {0};
    char message[256] = "";
    quern_options options = {.threads = j->threads, .message = message, .message_size = sizeof message};
    EXPECT(j->run(inputs, outputs, &options) == QUERN_OK && !*message);
    const quern_tensor *sum = &outputs[0].as.tensor;
    EXPECT(sum->dtype == QUERN_FLOAT32 && sum->rank == 2 && sum->shape[0] == kRows && sum->shape[1] == kColumns);
    EXPECT((size_t)sum->data % 64 == 0);
    for (int i = 0; i < kRows * kColumns; ++i)
      EXPECT(((float *)sum->data)[i] == (float)i + j->offset);
    for (int i = 0; i < 2; ++i) {
      free(outputs[i].as.tensor.data);
      free(outputs[i].as.tensor.shape);
    }
  }
  free(a);
  free(b);
  return NULL;
}

static void run_together(void) {
  pthread_t threads[kThreads];
  job jobs[kThreads] = {{one_run, 1, 3}, {two_run, 2, 3}, {one_run, 3, 0}, {two_run, 4, 1}};
  for (int i = 0; i < kThreads; ++i)
    EXPECT(!pthread_create(&threads[i], NULL, run_often, &jobs[i]));
  for (int i = 0; i < kThreads; ++i)
    pthread_join(threads[i], NULL);
}

static int allocations;
static void *allocate(void *user, size_t size) {
  ++allocations;
  return user ? NULL : aligned_alloc(64, (size + 63) / 64 * 64);
}

static void use_own_memory(void) {
  float a[] = {1, 2, 3}, b[] = {4, 5, 6}, sum[3];
  int64_t rows[1], shape[] = {1, 3}, rows_shape[] = {1};
  quern_value inputs[] = {tensor(a, QUERN_FLOAT32, 2, shape), tensor(b, QUERN_FLOAT32, 2, shape)};
  quern_value outputs[] = {tensor(sum, QUERN_FLOAT32, 2, shape), tensor(rows, QUERN_INT64, 1, rows_shape)};
  _Alignas(64) char workspace[64];
  char message[200];
  quern_options options = {.threads = 2,
                           .workspace = workspace,
                           .workspace_size = sizeof workspace,
                           .message = message,
                           .message_size = 200};
  EXPECT(one_run(inputs, outputs, &options) == QUERN_OK && sum[0] == 5 && sum[2] == 9 && rows[0] == 3);

  options.workspace_size = 4;
  EXPECT(one_run(inputs, outputs, &options) == QUERN_NO_MEMORY);
  EXPECT(!strcmp(message, "the caller's workspace has 4 bytes, this run needs 12"));
  options.workspace = workspace + 1;
  EXPECT(one_run(inputs, outputs, &options) == QUERN_NO_MEMORY && strstr(message, "not aligned"));
  options.workspace = NULL;

  int64_t wrong[] = {2, 3};
  outputs[0] = tensor(sum, QUERN_FLOAT32, 2, wrong);
  EXPECT(one_run(inputs, outputs, &options) == QUERN_BAD_INPUT);
  EXPECT(!strcmp(message, "output 'sum': is float32[1,3], the caller's buffer is float32[2,3]"));

  memset(outputs, 0, sizeof outputs);
  options.alloc = allocate;
  EXPECT(one_run(inputs, outputs, &options) == QUERN_OK && allocations == 4);
  for (int i = 0; i < 2; ++i) {
    free(outputs[i].as.tensor.data);
    free(outputs[i].as.tensor.shape);
  }
  memset(outputs, 0, sizeof outputs);
  options.user = &options;
  EXPECT(one_run(inputs, outputs, &options) == QUERN_NO_MEMORY);
  EXPECT(!strcmp(message, "output 'sum': no memory for float32[1,3], 12 bytes") && !outputs[0].as.tensor.data);
}

static void fail(void) {
  float a[] = {1, 2, 3e6f}, b[] = {4, 5, 6};
  int64_t shape[] = {1, 3}, negative[] = {-1, 3};
  quern_value inputs[] = {tensor(a, QUERN_FLOAT32, 2, shape), tensor(b, QUERN_FLOAT32, 2, shape)};
  quern_value outputs[2] = {0};
  char message[40], full[200];
  quern_options options = {.message = message, .message_size = sizeof message};
  /* What the run allocated is gone again. */
  EXPECT(one_run(inputs, outputs, &options) == QUERN_RUN_FAILED && !outputs[0].as.tensor.data);
  EXPECT(!strcmp(message, "node 'add_1' (Add): value over a millio"));
  EXPECT(one_run(inputs, outputs, NULL) == QUERN_RUN_FAILED);
  options.message = full;
  options.message_size = sizeof full;
  a[2] = 0;
  inputs[1].as.tensor.shape = negative;
  EXPECT(one_run(inputs, outputs, &options) == QUERN_BAD_INPUT);
  EXPECT(!strcmp(full, "input 'b=2': expects float32[n,3], got float32[-1,3]"));
  inputs[1].as.tensor.shape = NULL;
  EXPECT(one_run(inputs, outputs, &options) == QUERN_BAD_INPUT && !strcmp(full, "input 'b=2': has no shape"));
  inputs[1] = tensor(NULL, QUERN_FLOAT32, 2, shape);
  EXPECT(one_run(inputs, outputs, &options) == QUERN_BAD_INPUT && !strcmp(full, "input 'b=2': has no data"));
  inputs[1].kind = QUERN_SEQUENCE;
  EXPECT(one_run(inputs, outputs, &options) == QUERN_BAD_INPUT &&
         !strcmp(full, "input 'b=2': expects float32[n,3], got a sequence"));
  options.threads = -1;
  EXPECT(one_run(inputs, outputs, &options) == QUERN_BAD_INPUT);
  EXPECT(!strcmp(full, "expects 0 or more threads, got -1"));
}

static void run_after_fork(void) {
  job j = {one_run, 5, 3};
  run_often(&j);
  pid_t child = fork();
  if (child == 0) {
    run_often(&j);
    exit(0);
  }
  int status;
  EXPECT(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0);
  run_often(&j);
}

int main(int argc, char **argv) {
  (void)argv;
  run_together();
  use_own_memory();
  fail();
  if (argc == 1)
    run_after_fork(); /* ThreadSanitizer does not follow a fork with threads */
  puts("done");
  return 0;
}
