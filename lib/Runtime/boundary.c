/* Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The values that compiled code does not hold as they are: docs/contracts.md.
 * Inside of a run a string is a handle, the address of a quern_string, equal
 * strings having equal handles and the empty one 0. The items of a sequence, of
 * an optional (none or one) and of a map (keys, values) are handles too, the
 * addresses of quern_values whose tensors are in that form. */
#include "internal.h"

#include <stdlib.h>
#include <string.h>

/* --- memory of the run ---------------------------------------------------- */

typedef struct quern_chunk {
  struct quern_chunk *next;
  size_t size, used; /* of what follows the header */
} quern_chunk;
enum { kChunk = 1 << 16, kPoolAlign = 16 };

void *quern_pool(quern_env *env, size_t size) {
  quern_chunk *chunk = env->chunks;
  size_t rounded = (size + kPoolAlign - 1) / kPoolAlign * kPoolAlign;
  if (size > PTRDIFF_MAX / 2)
    rounded = 0;
  if (rounded < size || !chunk || chunk->size - chunk->used < rounded) {
    size_t header = (sizeof *chunk + kPoolAlign - 1) / kPoolAlign * kPoolAlign;
    /* A large piece has a chunk of its own, behind the one that has room. */
    size_t room = rounded > kChunk / 4 ? rounded : kChunk;
    quern_chunk *made = rounded < size ? NULL : malloc(header + room);
    if (!made) {
      quern_env_fail(env, QUERN_NO_MEMORY, "no memory for %zu bytes of strings or sequences", size);
      return NULL;
    }
    *made = (quern_chunk){NULL, header + room, header};
    if (room == rounded && chunk) {
      made->next = chunk->next;
      chunk->next = made;
    } else {
      made->next = chunk;
      env->chunks = made;
    }
    chunk = made;
  }
  void *memory = (char *)chunk + chunk->used;
  chunk->used += rounded;
  return memory;
}

void quern_pool_release(quern_env *env) {
  while (env->chunks) {
    quern_chunk *next = env->chunks->next;
    free(env->chunks);
    env->chunks = next;
  }
  free(env->strings);
  env->strings = NULL;
  env->string_count = env->string_capacity = 0;
}

/* --- strings -------------------------------------------------------------- */

uint64_t quern_hash(const void *bytes, size_t size) {
  const unsigned char *at = bytes;
  uint64_t hash = 14695981039346656037u;
  for (size_t i = 0; i < size; ++i)
    hash = (hash ^ at[i]) * 1099511628211u;
  return hash ^ hash >> 32;
}

static bool grow_strings(quern_env *env) {
  size_t capacity = env->string_capacity ? env->string_capacity * 2 : 256;
  const quern_string **table = calloc(capacity, sizeof *table);
  if (!table) {
    quern_env_fail(env, QUERN_NO_MEMORY, "no memory for %zu strings", capacity);
    return false;
  }
  for (size_t i = 0; i < env->string_capacity; ++i) {
    const quern_string *string = env->strings[i];
    if (!string)
      continue;
    size_t slot = quern_hash(string->bytes, (size_t)string->length) & (capacity - 1);
    while (table[slot])
      slot = (slot + 1) & (capacity - 1);
    table[slot] = string;
  }
  free(env->strings);
  env->strings = table;
  env->string_capacity = capacity;
  return true;
}

int64_t quern_intern(quern_env *env, const char *bytes, int64_t length, bool copy) {
  if (length <= 0 || (env->string_count * 2 >= env->string_capacity && !grow_strings(env)))
    return 0;
  size_t slot = quern_hash(bytes, (size_t)length) & (env->string_capacity - 1);
  for (const quern_string *known; (known = env->strings[slot]); slot = (slot + 1) & (env->string_capacity - 1))
    if (known->length == length && !memcmp(known->bytes, bytes, (size_t)length))
      return (int64_t)(intptr_t)known;
  quern_string *string = quern_pool(env, sizeof *string + (copy ? (size_t)length : 0));
  if (!string)
    return 0;
  if (copy) {
    memcpy(string + 1, bytes, (size_t)length);
    bytes = (const char *)(string + 1);
  }
  *string = (quern_string){bytes, length};
  env->strings[slot] = string;
  ++env->string_count;
  return (int64_t)(intptr_t)string;
}

quern_string quern_string_of(int64_t handle) {
  return handle ? *(const quern_string *)(intptr_t)handle : (quern_string){"", 0};
}

/* --- the caller's inputs -------------------------------------------------- */

/* A value whose tensor has `count` handles. */
static int64_t *new_handles(quern_env *env, int32_t kind, int64_t count, quern_value *value) {
  int64_t *shape = quern_pool(env, sizeof *shape), *handles = quern_pool(env, (size_t)count * sizeof *handles);
  if (!shape || !handles)
    return NULL;
  *shape = count;
  *value = (quern_value){.kind = kind, .as.tensor = {handles, QUERN_INT64, 1, shape}};
  return handles;
}

static bool lower_tensor(quern_env *env, const quern_tensor *tensor, quern_value *lowered) {
  *lowered = (quern_value){.kind = QUERN_TENSOR, .as.tensor = *tensor};
  if (tensor->dtype != QUERN_STRING)
    return true;
  int64_t count = quern_rt_element_count(tensor->rank, tensor->shape);
  const quern_string *strings = tensor->data;
  int64_t *handles = quern_pool(env, (size_t)count * sizeof *handles);
  for (int64_t i = 0; handles && i < count; ++i)
    handles[i] = quern_intern(env, strings[i].bytes, strings[i].length, false);
  lowered->as.tensor.data = handles;
  return !env->status;
}

static bool lower_value(quern_env *env, const quern_value *value, quern_value *lowered);

/* The handle of a lowered copy. */
static int64_t lower_item(quern_env *env, const quern_value *value) {
  quern_value *lowered = quern_pool(env, sizeof *lowered);
  return lowered && lower_value(env, value, lowered) ? (int64_t)(intptr_t)lowered : 0;
}

static bool lower_value(quern_env *env, const quern_value *value, quern_value *lowered) {
  int64_t *handles;
  switch (value->kind) {
  case QUERN_SEQUENCE:
    if (!(handles = new_handles(env, QUERN_SEQUENCE, value->as.sequence.count, lowered)))
      return false;
    for (int64_t i = 0; i < value->as.sequence.count && !env->status; ++i)
      handles[i] = lower_item(env, &value->as.sequence.items[i]);
    return !env->status;
  case QUERN_OPTIONAL:
    if (!(handles = new_handles(env, QUERN_OPTIONAL, value->as.optional.item != NULL, lowered)))
      return false;
    if (value->as.optional.item)
      *handles = lower_item(env, value->as.optional.item);
    return !env->status;
  case QUERN_MAP: {
    quern_value *parts = quern_pool(env, 2 * sizeof *parts);
    if (!parts || !(handles = new_handles(env, QUERN_MAP, 2, lowered)))
      return false;
    for (int i = 0; i < 2; ++i)
      handles[i] = (int64_t)(intptr_t)&parts[i];
    return lower_tensor(env, &value->as.map.keys, &parts[0]) && lower_tensor(env, &value->as.map.values, &parts[1]);
  }
  default:
    return lower_tensor(env, &value->as.tensor, lowered);
  }
}

bool quern_is_plain(const quern_port *port) { return port->kind == QUERN_TENSOR && port->dtype != QUERN_STRING; }

static const quern_value *lower_inputs(quern_env *env, const quern_value *inputs) {
  int32_t count = env->model->num_inputs;
  bool plain = true;
  for (int32_t i = 0; i < count; ++i)
    plain &= quern_is_plain(&env->model->inputs[i]);
  if (plain)
    return inputs;
  quern_value *lowered = quern_pool(env, (size_t)count * sizeof *lowered);
  for (int32_t i = 0; lowered && i < count && !env->status; ++i)
    lower_value(env, &inputs[i], &lowered[i]);
  return env->status ? NULL : lowered;
}

/* --- the caller's outputs ------------------------------------------------- */

/* An allocator may answer NULL to a request for nothing, so ask for a byte then. */
void *quern_allocate_output(quern_env *env, size_t size) {
  if (!size)
    size = 1;
  return (env->options->alloc ? env->options->alloc : quern_rt_malloc)(env->options->user, size);
}

static void *allocate(quern_env *env, size_t size) {
  void *memory = quern_allocate_output(env, size);
  if (!memory)
    quern_env_fail(env, QUERN_NO_MEMORY, "no memory for an output of %zu bytes", size);
  return memory;
}

/* One block for the elements, where `strings` is NULL, and for their bytes. */
static quern_string *raise_strings(quern_env *env, const int64_t *handles, int64_t count, quern_string *strings) {
  size_t table = strings ? 0 : (size_t)count * sizeof *strings, total = 0;
  for (int64_t i = 0; i < count; ++i)
    total += (size_t)quern_string_of(handles[i]).length;
  char *block = allocate(env, table + total), *bytes = block + table;
  if (!block)
    return NULL;
  if (!strings)
    strings = (quern_string *)block;
  for (int64_t i = 0; i < count; ++i) {
    quern_string string = quern_string_of(handles[i]);
    if (string.length)
      memcpy(bytes, string.bytes, (size_t)string.length);
    strings[i] = (quern_string){bytes, string.length};
    bytes += string.length;
  }
  return strings;
}

static bool raise_tensor(quern_env *env, const quern_port *port, const quern_tensor *tensor, quern_tensor *raised) {
  int64_t count = quern_rt_element_count(tensor->rank, tensor->shape);
  int64_t *shape = allocate(env, (size_t)tensor->rank * sizeof *shape);
  *raised = (quern_tensor){NULL, port->dtype, tensor->rank, shape};
  if (!shape)
    return false;
  memcpy(shape, tensor->shape, (size_t)tensor->rank * sizeof *shape);
  if (port->dtype == QUERN_STRING)
    return (raised->data = raise_strings(env, tensor->data, count, NULL)) != NULL;
  size_t bytes = (size_t)quern_rt_tensor_bytes(port->dtype, tensor->rank, tensor->shape);
  if ((raised->data = allocate(env, bytes)))
    memcpy(raised->data, tensor->data, bytes);
  return raised->data != NULL;
}

static bool raise_value(quern_env *env, const quern_port *port, const quern_tensor *tensor, quern_value *raised);

static bool raise_items(quern_env *env, const quern_port *port, const quern_tensor *tensor, quern_value *items) {
  const int64_t *handles = tensor->data;
  memset(items, 0, (size_t)tensor->shape[0] * sizeof *items);
  for (int64_t i = 0; i < tensor->shape[0]; ++i)
    if (!raise_value(env, port->elements, &((const quern_value *)(intptr_t)handles[i])->as.tensor, &items[i]))
      return false;
  return true;
}

static bool raise_value(quern_env *env, const quern_port *port, const quern_tensor *tensor, quern_value *raised) {
  const int64_t *handles = tensor->data;
  *raised = (quern_value){.kind = port->kind};
  switch (port->kind) {
  case QUERN_SEQUENCE: {
    quern_value *items = allocate(env, (size_t)tensor->shape[0] * sizeof *items);
    raised->as.sequence = (quern_sequence){items, items ? tensor->shape[0] : 0};
    return items && raise_items(env, port, tensor, items);
  }
  case QUERN_OPTIONAL:
    if (!tensor->shape[0])
      return true;
    raised->as.optional.item = allocate(env, sizeof *raised);
    return raised->as.optional.item && raise_items(env, port, tensor, raised->as.optional.item);
  case QUERN_MAP:
    return raise_tensor(env, &port->elements[0], &((const quern_value *)(intptr_t)handles[0])->as.tensor,
                        &raised->as.map.keys) &&
           raise_tensor(env, &port->elements[1], &((const quern_value *)(intptr_t)handles[1])->as.tensor,
                        &raised->as.map.values);
  default:
    return raise_tensor(env, port, tensor, &raised->as.tensor);
  }
}

static void raise_outputs(quern_env *env) {
  const quern_model *model = env->model;
  for (int32_t i = 0; i < model->num_outputs && env->handles && !env->status; ++i) {
    const quern_tensor *tensor = &env->handles[i];
    quern_value *output = &env->outputs[i];
    if (quern_is_plain(&model->outputs[i]) || !tensor->data)
      continue;
    if (model->outputs[i].kind == QUERN_TENSOR && output->as.tensor.data) {
      raise_strings(env, tensor->data, quern_rt_element_count(tensor->rank, tensor->shape), output->as.tensor.data);
      continue;
    }
    env->made[i] = 1;
    raise_value(env, &model->outputs[i], tensor, output);
  }
}

const struct quern_value_support quern_rt_values = {quern_rt_read_value, quern_add_value, lower_inputs, raise_outputs};
