/* Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * What the compiler would emit for two small models, by hand, so that the
 * runtime is tested without the compiler:
 *   add (default)    sum[n,k] = a[n,k] + b[n,3 or k], one task a row; fails on
 *                    a value over a million; has an integer output too
 *   -DECHO=DTYPE     y = x, of any shape; with -DKIND=KIND a sequence, … of it
 * -DNAME=… renames it, -DFEATURES="…" lists CPU features. */
#include "quern/Runtime/env.h"
#include "quern/Runtime/io.h"

#include <string.h>

#ifndef NAME
#define NAME fake
#endif
#ifndef FEATURES
#define FEATURES ""
#endif
#define JOIN2(a, b) a##b
#define JOIN(a, b) JOIN2(a, b)
#define TEXT2(a) #a
#define TEXT(a) TEXT2(a)

#ifdef ECHO

static int32_t echo_main(quern_env *env, const quern_value *inputs, quern_value *outputs) {
  const quern_tensor *x = &inputs[0].as.tensor;
  (void)outputs;
  void *y = quern_rt_output(env, 0, x->rank, x->shape);
  if (!y)
    return QUERN_RUN_FAILED;
  /* Strings, and what is in other values, are handles. */
  int32_t dtype = x->dtype == QUERN_STRING ? QUERN_INT64 : x->dtype;
  memcpy(y, x->data, (size_t)quern_rt_tensor_bytes(dtype, x->rank, x->shape));
  return 0;
}

#ifndef KIND
static const quern_port kInputs[] = {{"x", QUERN_TENSOR, ECHO, -1, 0, 0, 0}};
static const quern_port kOutputs[] = {{"y", QUERN_TENSOR, ECHO, -1, 0, 0, 0}};
#else
#ifndef KEYS
#define KEYS ECHO /* what the items are, or the keys of a map */
#endif
static const int64_t kAny[] = {-1};
static const quern_port kParts[] = {{0, QUERN_TENSOR, KEYS, 1, kAny, 0, 0}, {0, QUERN_TENSOR, ECHO, 1, kAny, 0, 0}};
#ifdef OF
static const quern_port kInner[] = {{0, OF, 0, 0, 0, 0, kParts}};
#else
#define kInner kParts
#endif
static const quern_port kInputs[] = {{"x", KIND, 0, 0, 0, 0, kInner}};
static const quern_port kOutputs[] = {{"y", KIND, 0, 0, 0, 0, kInner}};
#endif
const quern_model JOIN(NAME, __model) = {
    .abi_version = QUERN_ABI_VERSION,
    .num_inputs = 1,
    .num_outputs = 1,
    .name = "echo",
    .target = "x86-64",
    .cpu_features = FEATURES,
    .inputs = kInputs,
    .outputs = kOutputs,
    .workspace_size = 0,
    .main = echo_main,
    .values = &quern_rt_values,
};

#else

/* args: a, b, sum, n, k */
static int64_t add_tasks(void *const *args) { return (int64_t)(intptr_t)args[3]; }

static int32_t add_kernel(void *const *args, int64_t begin, int64_t end) {
  const float *a = args[0], *b = args[1];
  float *sum = args[2];
  int64_t k = (int64_t)(intptr_t)args[4];
  int32_t status = 0;
  for (int64_t i = begin * k; i < end * k; ++i) {
    sum[i] = a[i] + b[i];
    if (a[i] > 1e6f)
      status = 1;
  }
  return status;
}

/* args: sum, rows, n, k */
static int64_t count_tasks(void *const *args) { return (int64_t)(intptr_t)args[2]; }

static int32_t count_kernel(void *const *args, int64_t begin, int64_t end) {
  const float *sum = args[0];
  int64_t *rows = args[1], k = (int64_t)(intptr_t)args[3];
  for (int64_t i = begin; i < end; ++i) {
    rows[i] = 0;
    for (int64_t j = 0; j < k; ++j)
      rows[i] += sum[i * k + j] > 0;
  }
  return 0;
}

static int32_t add_main(quern_env *env, const quern_value *inputs, quern_value *outputs) {
  (void)outputs;
  const int64_t *shape = inputs[0].as.tensor.shape;
  float *arena = quern_rt_workspace(env, shape[0] * shape[1] * 4);
  float *sum = quern_rt_output(env, 0, 2, shape);
  int64_t *rows = quern_rt_output(env, 1, 1, shape);
  if (!arena || !sum || !rows)
    return QUERN_RUN_FAILED;
  void *n = (void *)(intptr_t)shape[0], *k = (void *)(intptr_t)shape[1];
  void *add[] = {inputs[0].as.tensor.data, inputs[1].as.tensor.data, arena, n, k};
  int32_t status = quern_rt_launch(env, 0, add_kernel, add_tasks, add);
  if (status)
    return status;
  /* Temporaries, freed in another order, one left to the run. */
  void *first = quern_rt_alloc(env, 100), *second = quern_rt_alloc(env, 0), *third = quern_rt_alloc(env, 1000);
  if (!first || !second || !third)
    return QUERN_NO_MEMORY;
  quern_rt_free(env, second);
  quern_rt_free(env, first);
  memcpy(sum, arena, (size_t)(shape[0] * shape[1] * 4));
  void *count[] = {sum, rows, n, k};
  return quern_rt_launch(env, 1, count_kernel, count_tasks, count);
}

static const int64_t kShape[] = {-1, -1}, kShapeB[] = {-1, 3}, kRows[] = {-1};
static const char *const kNames[] = {"n", 0};
static const quern_port kInputs[] = {{"a", QUERN_TENSOR, QUERN_FLOAT32, 2, kShapeB, kNames, 0},
                                     {"b=2", QUERN_TENSOR, QUERN_FLOAT32, 2, kShapeB, kNames, 0}};
static const quern_port kOutputs[] = {{"sum", QUERN_TENSOR, QUERN_FLOAT32, 2, kShape, kNames, 0},
                                      {"rows", QUERN_TENSOR, QUERN_INT64, 1, kRows, kNames, 0}};
static const quern_metadata kMetadata[] = {{"producer", "by \"hand\""}, {"licence", "none"}};
static const quern_node kNodes[] = {{"add_1", "Add"}, {"count_2", "ReduceSum"}};
static const char *const kMessages[] = {"value over a million"};
const quern_model JOIN(NAME, __model) = {
    .abi_version = QUERN_ABI_VERSION,
    .num_inputs = 2,
    .num_outputs = 2,
    .num_metadata = 2,
    .num_nodes = 2,
    .num_messages = 1,
    .name = TEXT(NAME),
    .target = "x86-64",
    .cpu_features = FEATURES,
    .inputs = kInputs,
    .outputs = kOutputs,
    .metadata = kMetadata,
    .nodes = kNodes,
    .messages = kMessages,
    .workspace_size = -1,
    .weights_size = 0,
    .main = add_main,
};

#endif

quern_status JOIN(NAME, _run)(const quern_value *inputs, quern_value *outputs, const quern_options *options) {
  return quern_rt_run(&JOIN(NAME, __model), inputs, outputs, options);
}

#ifndef NO_MAIN
int main(int argc, char **argv) { return quern_rt_main(&JOIN(NAME, __model), argc, argv); }
#endif
