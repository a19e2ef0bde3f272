/* Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * What compiled code and the runtime know of each other. Internal: not part of
 * the C ABI that users see (that is value.h and the generated header). */
#ifndef QUERN_ENV_H
#define QUERN_ENV_H

#include "quern/Runtime/value.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct quern_env quern_env;

/* A kernel runs tasks [begin, end) of its grid. Returns 0, or 1 + the index of a
 * message in quern_model.messages. */
typedef int32_t (*quern_kernel_fn)(void *const *args, int64_t begin, int64_t end);
/* The number of tasks of a kernel's grid for these arguments. */
typedef int64_t (*quern_tasks_fn)(void *const *args);
/* The model's body: inputs are checked against the descriptor before it runs.
 * Returns a quern_status; the message is already in env then. */
typedef int32_t (*quern_main_fn)(quern_env *env, const quern_value *inputs, quern_value *outputs);

/* One input or output. */
typedef struct quern_port {
  const char *name;
  int32_t dtype;
  int32_t rank;                 /* -1: any rank */
  const int64_t *shape;         /* -1: any size */
  const char *const *dim_names; /* NULL where unnamed; equal names must have equal sizes among the inputs */
} quern_port;

/* One metadata entry. */
typedef struct quern_metadata {
  const char *key;
  const char *value;
} quern_metadata;

/* One launch site, for messages and profiles. */
typedef struct quern_node {
  const char *name; /* the ONNX node's name */
  const char *op;   /* "Conv", or the root's operator of a fused group */
} quern_node;

/* The constant descriptor that the compiler emits as `M__model`. */
typedef struct quern_model {
  int32_t abi_version;
  int32_t num_inputs;
  int32_t num_outputs;
  int32_t num_metadata;
  int32_t num_nodes;
  int32_t num_messages;
  const char *name;
  const char *target;       /* "x86-64-v3", … */
  const char *cpu_features; /* required, comma separated LLVM names: "avx2,fma"; checked at start */
  const quern_port *inputs;
  const quern_port *outputs;
  const quern_metadata *metadata;
  const quern_node *nodes;
  const char *const *messages; /* what kernels can fail with: "index out of range", … */
  int64_t workspace_size;      /* bytes; -1 when it depends on the inputs' shapes */
  int64_t weights_size;        /* bytes */
  quern_main_fn main;
} quern_model;

/* --- called by compiled code -------------------------------------------- */

/* The workspace for this run, 64-byte aligned, `size` bytes; NULL (with the message set) when there is none. */
void *quern_rt_workspace(quern_env *env, int64_t size);

/* Memory for output `index`, once its shape is known: the caller's buffer (checked against `shape`) or an allocation.
 * Sets the output's dtype, rank and shape. NULL with the message set on failure. */
void *quern_rt_output(quern_env *env, int32_t index, int32_t rank, const int64_t *shape);

/* Temporary memory whose size only the run knows; owned by the run, freed at its end or by quern_rt_free. */
void *quern_rt_alloc(quern_env *env, int64_t size);
void quern_rt_free(quern_env *env, void *memory);

/* Runs a kernel's whole grid, on the run's threads when it has more than one task. Returns 0, or sets the message
 * "node 'NAME' (OP): MESSAGE" and returns QUERN_RUN_FAILED. */
int32_t quern_rt_launch(quern_env *env, int32_t node, quern_kernel_fn kernel, quern_tasks_fn tasks, void *const *args);

/* Fails the run at `node` with messages[message - 1]; returns QUERN_RUN_FAILED. */
int32_t quern_rt_fail(quern_env *env, int32_t node, int32_t message);

/* --- called by the generated library, the executable's main and the JIT -- */

/* Runs a model once: checks CPU, inputs and options, then calls its main. */
quern_status quern_rt_run(const quern_model *model, const quern_value *inputs, quern_value *outputs,
                          const quern_options *options);

/* The executable's main(): see docs/executable.md. */
int quern_rt_main(const quern_model *model, int argc, char **argv);

#ifdef __cplusplus
}
#endif
#endif /* QUERN_ENV_H */
