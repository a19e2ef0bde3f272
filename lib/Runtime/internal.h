/* Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * What the files of the runtime share. */
#ifndef QUERN_RUNTIME_INTERNAL_H
#define QUERN_RUNTIME_INTERNAL_H

#include "quern/Runtime/env.h"
#include "quern/Runtime/io.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define QUERN_MAX_RANK 64
#define QUERN_MAX_THREADS 1024

/* --- messages (dtype.c) -- */

/* Sets the message. Returns false, for `return quern_say(…)`. */
bool quern_say(quern_message *message, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* --- cpu.c -- */

/* The first of `features` (comma separated) that this CPU lacks, copied to `missing`; false when it has all. */
bool quern_cpu_lacks(const char *features, char *missing, size_t size);
/* Cores this process may run on. */
int32_t quern_cpu_count(void);

/* --- threads.c -- */

/* Runs tasks [0, tasks) of a kernel, `threads` at most at once. Returns the kernel's status: the one of the lowest
 * failing range when several fail. */
int32_t quern_parallel(quern_kernel_fn kernel, void *const *args, int64_t tasks, int32_t threads);
/* To be called before a run's first launch: forgets threads that a fork left behind. */
void quern_threads_after_fork(void);

/* --- run.c and env.c -- */

struct quern_block; /* a temporary of a run */
struct quern_chunk; /* memory for what lives as long as the run */

/* What outlives one run of several: owned by the benchmark. */
typedef struct quern_session {
  void *workspace;
  int64_t workspace_size;
  uint64_t *node_ns; /* time per node, or NULL */
} quern_session;

struct quern_env {
  const quern_model *model;
  const quern_options *options;
  quern_value *outputs;
  quern_session *session;
  struct quern_block *blocks; /* the newest first */
  struct quern_block *spares; /* given back, to be used again */
  int64_t block_count;        /* of all that the run has made */
  int32_t threads;            /* 0: not asked yet */
  int32_t status;
  uint8_t *made; /* per output: whether this run allocated it */
  struct quern_chunk *chunks;
  const quern_string **strings; /* a hash table of all strings of the run */
  size_t string_count, string_capacity;
  quern_tensor *handles; /* per output that is not plain: what compiled code wrote; NULL where none has been */
  quern_message message;
};

quern_status quern_run_session(const quern_model *model, const quern_value *inputs, quern_value *outputs,
                               const quern_options *options, quern_session *session);
/* Checks the inputs against the model; says which one is wrong. */
bool quern_check_inputs(const quern_model *model, const quern_value *inputs, quern_message *message);
/* "float32[batch,3,?]" */
void quern_describe_port(char *text, size_t size, const quern_port *port);
/* The memory of a run, released at its end. */
void quern_env_release(quern_env *env);
/* Fails the run; the first failure stays. */
void quern_env_fail(quern_env *env, int32_t status, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* The same at a node: "node 'NAME' (OP): …". */
void quern_fail_node(quern_env *env, int32_t node, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* A monotonic clock in nanoseconds. */
uint64_t quern_now(void);

/* --- check.c -- */

/* "float32[batch,3]", "seq(string[?])" of a value. */
void quern_describe_value(char *text, size_t size, const quern_value *value);

/* --- boundary.c -- */

/* Memory until the end of the run; NULL with the message set when there is none. */
void *quern_pool(quern_env *env, size_t size);
void quern_pool_release(quern_env *env);
uint64_t quern_hash(const void *bytes, size_t size);
/* The handle of a string, whose bytes stay where they are as long as the run unless they are copied. */
int64_t quern_intern(quern_env *env, const char *bytes, int64_t length, bool copy);
quern_string quern_string_of(int64_t handle);
/* A tensor of numbers, which compiled code reads and writes as it is. */
bool quern_is_plain(const quern_port *port);
void *quern_allocate_output(quern_env *env, size_t size);

/* --- npy.c, proto.c, file.c -- */

typedef struct quern_buffer {
  char *data;
  size_t size;
  size_t capacity;
  bool failed; /* out of memory */
} quern_buffer;

void quern_append(quern_buffer *buffer, const void *bytes, size_t size);
/* The head of an .npy or .pb file; the elements follow, from the tensor itself or from `payload` when it is used. */
bool quern_npy_encode(const char *path, const quern_tensor *tensor, quern_buffer *head, quern_buffer *payload,
                      quern_message *message);
bool quern_proto_encode(const char *path, const char *name, const quern_tensor *tensor, quern_buffer *head,
                        quern_buffer *payload, quern_message *message);
/* A tensor with memory of its own for data and shape; bounds are checked. */
bool quern_new_tensor(const char *path, int32_t dtype, int32_t rank, const int64_t *shape, quern_tensor *tensor,
                      quern_message *message);
/* Gives string elements memory of their own: one block, freed by quern_rt_free_tensor. */
bool quern_own_strings(const char *path, quern_tensor *tensor, quern_message *message);
bool quern_ends_with(const char *text, const char *suffix);
bool quern_read_file(const char *path, quern_buffer *file, quern_message *message);
void quern_put_varint(quern_buffer *to, uint64_t value);
void quern_put_bytes(quern_buffer *to, uint32_t number, const void *bytes, size_t size);

/* A file to be: of a tensor, or of `bytes` where `name` is NULL. */
typedef struct quern_file {
  char *path;
  const char *name;
  quern_tensor tensor;
  quern_buffer bytes;
  quern_tensor owned; /* what goes with the file */
} quern_file;

typedef struct quern_files {
  quern_file *items;
  int32_t count, capacity;
} quern_files;

/* Adds the file of a tensor, which stays the caller's. With `stem`, `path` lacks its ending, which the type decides. */
bool quern_add_file(quern_files *files, const char *path, bool stem, const char *name, const quern_tensor *tensor,
                    quern_message *message);
/* The same of `bytes`, which it takes over, under exactly this path. */
bool quern_add_bytes(quern_files *files, const char *path, quern_buffer *bytes, quern_message *message);
void quern_free_files(quern_files *files);
/* Writes them all, or none: each goes to a temporary file beside its destination first. */
bool quern_write_files(const quern_files *files, quern_message *message);

/* --- value_file.c, value_write.c, boundary.c -- */

/* Behind quern_model.values. */
struct quern_value_support {
  /* quern_rt_read_value. */
  int (*read)(const char *path, const quern_port *port, quern_value *value, quern_message *message);
  /* Adds the files of a value that is no tensor; makes the folders of sequences. */
  bool (*add_files)(quern_files *files, const char *path, bool stem, const char *name, const quern_value *value,
                    quern_message *message);
  /* The inputs as compiled code reads them; NULL with the message set on failure. */
  const quern_value *(*lower_inputs)(quern_env *env, const quern_value *inputs);
  /* Gives the caller what compiled code wrote as handles. */
  void (*raise_outputs)(quern_env *env);
};

bool quern_add_value(quern_files *files, const char *path, bool stem, const char *name, const quern_value *value,
                     quern_message *message);

/* --- the executable: args.c, values.c, info.c, print.c, bench.c -- */

enum { QUERN_EXIT_OK = 0, QUERN_EXIT_FAILED = 1, QUERN_EXIT_USAGE = 2 };

typedef struct quern_args {
  const quern_model *model;
  const char *program;
  const char **input_files;  /* one an input, NULL where not given */
  const char **output_files; /* one an output */
  const char **shapes;       /* --shape, one an input: "1x3x4" */
  const char *inputs_dir;
  const char *outputs_dir;
  int32_t threads;
  int64_t runs;   /* -1: by time */
  int64_t warmup; /* -1: by time */
  bool info, json, bench, profile, help;
} quern_args;

/* Prints "PROGRAM: error: …" and returns `status`. */
int quern_error(const quern_args *args, int status, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* Each returns an exit status. */
int quern_args_parse(quern_args *args, int argc, char **argv);
void quern_args_free(quern_args *args);
int quern_load_inputs(const quern_args *args, quern_value *inputs);
int quern_save_outputs(const quern_args *args, const quern_value *outputs);
int quern_print_info(const quern_args *args);
int quern_bench(const quern_args *args, const quern_value *inputs, quern_value *outputs);
void quern_print_help(const quern_args *args);
void quern_print_value(FILE *file, const char *name, const quern_value *value);
void quern_print_json_string(FILE *file, const char *text);

#endif /* QUERN_RUNTIME_INTERNAL_H */
