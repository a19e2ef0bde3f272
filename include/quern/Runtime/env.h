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

/* One input or output, or what is in one. */
typedef struct quern_port {
  const char *name; /* NULL inside of another port */
  int32_t kind;     /* quern_kind; the next four are of tensors */
  int32_t dtype;
  int32_t rank;                      /* -1: any rank */
  const int64_t *shape;              /* -1: any size */
  const char *const *dim_names;      /* NULL where unnamed; equal names must have equal sizes among the inputs */
  const struct quern_port *elements; /* of a sequence or an optional: one; of a map: keys and values */
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
  const struct quern_value_support *values; /* NULL where all inputs and outputs are tensors of numbers */
} quern_model;

/* What a model needs whose inputs or outputs are more than tensors of numbers: linked by being named. */
extern const struct quern_value_support quern_rt_values;

/* --- called by compiled code -------------------------------------------- */

/* The workspace for this run, 64-byte aligned, `size` bytes; NULL (with the message set) when there is none. */
void *quern_rt_workspace(quern_env *env, int64_t size);

/* Memory for output `index`, once its shape is known: the caller's buffer (checked against `shape`) or an allocation.
 * Sets the output's dtype, rank and shape. NULL with the message set on failure. */
void *quern_rt_output(quern_env *env, int32_t index, int32_t rank, const int64_t *shape);

/* Temporary memory whose size only the run knows; owned by the run, freed at its end or by quern_rt_free. */
void *quern_rt_alloc(quern_env *env, int64_t size);
void quern_rt_free(quern_env *env, void *memory);
/* Frees the temporaries made since quern_rt_mark gave `mark`, except those at the addresses in `kept`. */
int64_t quern_rt_mark(quern_env *env);
void quern_rt_release(quern_env *env, int64_t mark, int64_t count, void *const *kept);

/* Runs a kernel's whole grid, on the run's threads when it has more than one task. Returns 0, or sets the message
 * "node 'NAME' (OP): MESSAGE" and returns QUERN_RUN_FAILED. */
int32_t quern_rt_launch(quern_env *env, int32_t node, quern_kernel_fn kernel, quern_tasks_fn tasks, void *const *args);

/* Fails the run at `node` with messages[message - 1]; returns QUERN_RUN_FAILED. */
int32_t quern_rt_fail(quern_env *env, int32_t node, int32_t message);

/* What `quern.call` calls: quern_rt_NAME(env, node, args). `args` are the operands, inputs first, dense; strings, and
 * the items of sequences and optionals, are handles (docs/contracts.md). Returns 0, or a status with the message set.
 */
#define QUERN_RT_CALLS(CALL)                                                                                           \
  CALL(strings)                /* (blob: uint8[n]) -> handles: an offset a string and one more, then their bytes */    \
  CALL(string_concat)          /* (x, y) -> z, all of one shape */                                                     \
  CALL(string_split_width)     /* (x, delimiter or empty, limit) -> the most parts, int64[] */                         \
  CALL(string_split)           /* (x, delimiter or empty, limit) -> parts[…, width], counts */                         \
  CALL(string_normalize_count) /* (x, stop words, case: 0 none, 1 lower, 2 upper, is case sensitive) -> int64[] */     \
  CALL(string_normalize)       /* the same -> y */                                                                     \
  CALL(string_parse)           /* (x, is unsigned) -> numbers */                                                       \
  CALL(string_print)           /* (numbers, is unsigned) -> y */                                                       \
  CALL(string_order)           /* (x) -> for each x how many other strings among them come before it, by bytes */      \
  CALL(find)                   /* (x, keys) -> for each x the index of the first equal key, or -1; all int64 */        \
  CALL(ngrams)                 /* (x[n, c], pool, starts, columns, least, most, skips) -> counts, float32[n, width] */ \
  CALL(box)                    /* (x, its dtype, its kind) -> a handle, int64[] */                                     \
  CALL(unbox_shape)            /* (handle, dtype) -> shape, int64[rank] */                                             \
  CALL(unbox)                  /* (handle) -> what is in it */                                                         \
  CALL(sequence_split)         /* (x, sizes, axis, keepdims, dtype) -> handles */                                      \
  CALL(sequence_concat_shape)  /* (handles, axis, is new, dtype) -> shape, int64[rank] */                              \
  CALL(sequence_concat)        /* (handles, axis, is new) -> y */                                                      \
  CALL(zip_map)                /* (keys[k], values[n, k], dtype of keys, dtype of values) -> handles of n maps */

#define QUERN_RT_DECLARE(NAME) int32_t quern_rt_##NAME(quern_env *env, int32_t node, const quern_tensor *args);
QUERN_RT_CALLS(QUERN_RT_DECLARE)
#undef QUERN_RT_DECLARE

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
