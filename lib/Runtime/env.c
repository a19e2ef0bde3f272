/* Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * What compiled code asks of the runtime while it runs: memory, outputs,
 * launches, errors. */
#include "internal.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

/* In front of each temporary; one alignment unit long. */
typedef struct quern_block {
  struct quern_block *previous, *next;
  int64_t number; /* in the order of their making */
  int64_t capacity;
} quern_block;
enum { kAlign = 64, kHugePage = 2 << 20, kMaxSpares = 8 };

uint64_t quern_now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

void quern_env_fail(quern_env *env, int32_t status, const char *format, ...) {
  if (env->status)
    return;
  env->status = status;
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(env->message.text, sizeof env->message.text, format, arguments);
  va_end(arguments);
}

/* --- memory --------------------------------------------------------------- */

/* Large memory on huge pages where the system has them: page faults of small ones cost more than a small model. */
static void *allocate_workspace(int64_t size) {
  if (size < kHugePage)
    return quern_rt_malloc(NULL, (size_t)size);
  if (size > PTRDIFF_MAX - kHugePage)
    return NULL;
  size_t rounded = ((size_t)size + kHugePage - 1) / kHugePage * kHugePage;
  void *memory = aligned_alloc(kHugePage, rounded);
#ifdef MADV_HUGEPAGE
  if (memory)
    madvise(memory, rounded, MADV_HUGEPAGE);
#endif
  return memory;
}

void *quern_rt_workspace(quern_env *env, int64_t size) {
  const quern_options *options = env->options;
  if (size < 0) {
    quern_env_fail(env, QUERN_NO_MEMORY, "the workspace for these inputs is beyond what memory can hold");
    return NULL;
  }
  if (options->workspace) {
    if ((uintptr_t)options->workspace % kAlign) {
      quern_env_fail(env, QUERN_NO_MEMORY, "the caller's workspace is not aligned to %d bytes", kAlign);
      return NULL;
    }
    if ((uint64_t)size > options->workspace_size) {
      quern_env_fail(env, QUERN_NO_MEMORY, "the caller's workspace has %zu bytes, this run needs %lld",
                     options->workspace_size, (long long)size);
      return NULL;
    }
    return options->workspace;
  }
  quern_session *session = env->session;
  if (session->workspace && session->workspace_size >= size)
    return session->workspace;
  free(session->workspace);
  session->workspace = allocate_workspace(size);
  session->workspace_size = size;
  if (!session->workspace)
    quern_env_fail(env, QUERN_NO_MEMORY, "no memory for a workspace of %lld bytes", (long long)size);
  return session->workspace;
}

/* Sizes are rounded up by at most an eighth, so that a block fits again where a loop asks for a little more each turn.
 */
static int64_t round_size(int64_t size) {
  int64_t step = kAlign;
  while (step * 16 < size)
    step *= 2;
  return (size + step - 1) / step * step;
}

static void link_block(quern_block **list, quern_block *block) {
  block->previous = NULL;
  block->next = *list;
  if (*list)
    (*list)->previous = block;
  *list = block;
}

static void unlink_block(quern_block **list, quern_block *block) {
  if (block->previous)
    block->previous->next = block->next;
  else
    *list = block->next;
  if (block->next)
    block->next->previous = block->previous;
}

static void free_blocks(quern_block **list) {
  while (*list) {
    quern_block *next = (*list)->next;
    free(*list);
    *list = next;
  }
}

/* A block that was given back and is neither too small nor much too large; else new memory. */
static quern_block *take_block(quern_env *env, int64_t capacity) {
  for (quern_block *block = env->spares; block; block = block->next)
    if (block->capacity >= capacity && block->capacity / 2 <= capacity) {
      unlink_block(&env->spares, block);
      return block;
    }
  quern_block *block = quern_rt_malloc(NULL, (size_t)capacity + kAlign);
  if (!block && env->spares) {
    free_blocks(&env->spares);
    block = quern_rt_malloc(NULL, (size_t)capacity + kAlign);
  }
  if (block)
    block->capacity = capacity;
  return block;
}

void *quern_rt_alloc(quern_env *env, int64_t size) {
  quern_block *block = size < 0 || size > PTRDIFF_MAX / 2 ? NULL : take_block(env, round_size(size));
  if (!block) {
    quern_env_fail(env, QUERN_NO_MEMORY, "no memory for a temporary of %lld bytes", (long long)size);
    return NULL;
  }
  block->number = ++env->block_count;
  link_block(&env->blocks, block);
  return (char *)block + kAlign;
}

void quern_rt_free(quern_env *env, void *memory) {
  if (!memory)
    return;
  quern_block *block = (quern_block *)((char *)memory - kAlign);
  unlink_block(&env->blocks, block);
  link_block(&env->spares, block);
  int kept = 0;
  quern_block *oldest = block;
  for (quern_block *spare = env->spares; spare; spare = spare->next, ++kept)
    oldest = spare;
  if (kept > kMaxSpares) {
    unlink_block(&env->spares, oldest);
    free(oldest);
  }
}

int64_t quern_rt_mark(quern_env *env) { return env->block_count; }

void quern_rt_release(quern_env *env, int64_t mark, int64_t count, void *const *kept) {
  for (quern_block *block = env->blocks, *next; block && block->number > mark; block = next) {
    next = block->next;
    bool is_kept = false;
    for (int64_t i = 0; i < count && !is_kept; ++i)
      is_kept = kept[i] == (char *)block + kAlign;
    if (!is_kept)
      quern_rt_free(env, (char *)block + kAlign);
  }
}

void quern_env_release(quern_env *env) {
  free_blocks(&env->blocks);
  free_blocks(&env->spares);
  quern_pool_release(env);
}

/* --- outputs -------------------------------------------------------------- */

/* Handles, until the run has ended. */
static void *output_handles(quern_env *env, int32_t index, int32_t rank, const int64_t *shape) {
  if (!env->handles && (env->handles = quern_pool(env, (size_t)env->model->num_outputs * sizeof *env->handles)))
    memset(env->handles, 0, (size_t)env->model->num_outputs * sizeof *env->handles);
  int64_t bytes = quern_rt_tensor_bytes(QUERN_INT64, rank, shape);
  void *data = env->handles ? quern_pool(env, bytes < 0 ? SIZE_MAX : (size_t)bytes) : NULL;
  int64_t *dims = data ? quern_pool(env, (size_t)rank * sizeof *dims) : NULL;
  if (!dims)
    return NULL;
  memcpy(dims, shape, (size_t)rank * sizeof *dims);
  env->handles[index] = (quern_tensor){data, QUERN_INT64, rank, dims};
  return data;
}

void *quern_rt_output(quern_env *env, int32_t index, int32_t rank, const int64_t *shape) {
  const quern_port *port = &env->model->outputs[index];
  quern_tensor *tensor = &env->outputs[index].as.tensor;
  if (port->kind != QUERN_TENSOR)
    return output_handles(env, index, rank, shape);
  char wanted[512];
  quern_rt_describe(wanted, sizeof wanted, port->dtype, rank, shape);
  int64_t bytes = quern_rt_tensor_bytes(port->dtype, rank, shape);
  if (bytes < 0) {
    quern_env_fail(env, QUERN_NO_MEMORY, "output '%s': %s is beyond what memory can hold", port->name, wanted);
    return NULL;
  }
  if (tensor->data) {
    bool same = tensor->dtype == port->dtype && tensor->rank == rank && (rank == 0 || tensor->shape);
    for (int32_t i = 0; same && i < rank; ++i)
      same = tensor->shape[i] == shape[i];
    if (!same) {
      char got[512];
      quern_rt_describe(got, sizeof got, tensor->dtype, tensor->shape ? tensor->rank : 0, tensor->shape);
      quern_env_fail(env, QUERN_BAD_INPUT, "output '%s': is %s, the caller's buffer is %s", port->name, wanted, got);
      return NULL;
    }
    return quern_is_plain(port) ? tensor->data : output_handles(env, index, rank, shape);
  }
  if (!quern_is_plain(port))
    return output_handles(env, index, rank, shape);
  int64_t *dims = quern_allocate_output(env, (size_t)rank * sizeof *dims);
  void *data = dims ? quern_allocate_output(env, (size_t)bytes) : NULL;
  if (!data) {
    if (!env->options->alloc)
      free(dims);
    quern_env_fail(env, QUERN_NO_MEMORY, "output '%s': no memory for %s, %lld bytes", port->name, wanted,
                   (long long)bytes);
    return NULL;
  }
  memcpy(dims, shape, (size_t)rank * sizeof *dims);
  env->outputs[index].kind = QUERN_TENSOR;
  *tensor = (quern_tensor){data, port->dtype, rank, dims};
  env->made[index] = 1;
  return data;
}

/* --- kernels -------------------------------------------------------------- */

void quern_fail_node(quern_env *env, int32_t node, const char *format, ...) {
  const quern_model *model = env->model;
  char text[sizeof env->message.text];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  if (node >= 0 && node < model->num_nodes)
    quern_env_fail(env, QUERN_RUN_FAILED, "node '%s' (%s): %s", model->nodes[node].name, model->nodes[node].op, text);
  else
    quern_env_fail(env, QUERN_RUN_FAILED, "%s", text);
}

int32_t quern_rt_fail(quern_env *env, int32_t node, int32_t message) {
  const quern_model *model = env->model;
  quern_fail_node(env, node, "%s",
                  message > 0 && message <= model->num_messages ? model->messages[message - 1] : "failed");
  return env->status;
}

int32_t quern_rt_launch(quern_env *env, int32_t node, quern_kernel_fn kernel, quern_tasks_fn tasks, void *const *args) {
  uint64_t *times = env->session->node_ns;
  uint64_t start = times ? quern_now() : 0;
  int64_t count = tasks(args);
  int32_t status = 0;
  if (count == 1) {
    status = kernel(args, 0, 1);
  } else if (count > 1) {
    if (!env->threads)
      env->threads = quern_cpu_count();
    status = quern_parallel(kernel, args, count, env->threads);
  }
  if (times && node >= 0 && node < env->model->num_nodes)
    times[node] += quern_now() - start;
  return status ? quern_rt_fail(env, node, status) : 0;
}
