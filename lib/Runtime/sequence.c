/* Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Tensors into handles and out of them again. */
#include "internal.h"

#include <string.h>

static int64_t scalar_of(const quern_tensor *tensor) { return *(const int64_t *)tensor->data; }

static const quern_tensor *tensor_of(int64_t handle) { return &((const quern_value *)(intptr_t)handle)->as.tensor; }

/* What a dtype takes in the run: strings are handles. */
static int32_t inner_dtype(int32_t dtype) { return dtype == QUERN_STRING ? QUERN_INT64 : dtype; }

static int64_t bytes_of(const quern_tensor *tensor) {
  return quern_rt_tensor_bytes(inner_dtype(tensor->dtype), tensor->rank, tensor->shape);
}

static quern_value *new_value(quern_env *env, int32_t kind, int32_t dtype, int32_t rank, const int64_t *shape) {
  int64_t bytes = quern_rt_tensor_bytes(inner_dtype(dtype), rank, shape);
  quern_value *value = quern_pool(env, sizeof *value + (size_t)rank * sizeof *shape);
  void *data = value ? quern_pool(env, bytes < 0 ? SIZE_MAX : (size_t)bytes) : NULL;
  if (!data)
    return NULL;
  int64_t *dims = (int64_t *)(value + 1);
  memcpy(dims, shape, (size_t)rank * sizeof *dims);
  *value = (quern_value){.kind = kind, .as.tensor = {data, dtype, rank, dims}};
  return value;
}

int32_t quern_rt_box(quern_env *env, int32_t node, const quern_tensor *args) {
  (void)node;
  const quern_tensor *x = &args[0];
  quern_value *value = new_value(env, (int32_t)scalar_of(&args[2]), (int32_t)scalar_of(&args[1]), x->rank, x->shape);
  if (value)
    memcpy(value->as.tensor.data, x->data, (size_t)bytes_of(&value->as.tensor));
  *(int64_t *)args[3].data = (int64_t)(intptr_t)value;
  return env->status;
}

/* The tensor behind a handle, which must have the rank that the model says. */
static bool check_rank(quern_env *env, int32_t node, const quern_tensor *tensor, int64_t rank) {
  if (tensor->rank == rank)
    return true;
  char got[512];
  quern_rt_describe(got, sizeof got, tensor->dtype, tensor->rank, tensor->shape);
  quern_fail_node(env, node, "expects tensors of rank %lld in the sequence, got %s", (long long)rank, got);
  return false;
}

int32_t quern_rt_unbox_shape(quern_env *env, int32_t node, const quern_tensor *args) {
  const quern_tensor *tensor = tensor_of(scalar_of(&args[0]));
  int64_t *shape = args[2].data, rank = args[2].shape[0];
  if (check_rank(env, node, tensor, rank))
    memcpy(shape, tensor->shape, (size_t)rank * sizeof *shape);
  return env->status;
}

int32_t quern_rt_unbox(quern_env *env, int32_t node, const quern_tensor *args) {
  const quern_tensor *tensor = tensor_of(scalar_of(&args[0])), *out = &args[1];
  int64_t bytes = bytes_of(tensor);
  bool same = tensor->rank == out->rank;
  for (int32_t i = 0; same && i < out->rank; ++i)
    same = tensor->shape[i] == out->shape[i];
  if (!same) {
    char want[512], got[512];
    quern_rt_describe(want, sizeof want, tensor->dtype, out->rank, out->shape);
    quern_rt_describe(got, sizeof got, tensor->dtype, tensor->rank, tensor->shape);
    quern_fail_node(env, node, "expects %s in the sequence, got %s", want, got);
    return env->status;
  }
  memcpy(out->data, tensor->data, (size_t)bytes);
  return env->status;
}

/* --- cutting and joining -------------------------------------------------- */

static int64_t product(const int64_t *shape, int32_t begin, int32_t end) {
  return quern_rt_element_count(end - begin, shape + begin);
}

/* Copies blocks of `size` bytes between places that are `from_step` and `to_step` bytes apart. */
static void copy_blocks(char *to, int64_t to_step, const char *from, int64_t from_step, int64_t size, int64_t count) {
  for (int64_t i = 0; size && i < count; ++i)
    memcpy(to + i * to_step, from + i * from_step, (size_t)size);
}

int32_t quern_rt_sequence_split(quern_env *env, int32_t node, const quern_tensor *args) {
  (void)node;
  const quern_tensor *x = &args[0];
  const int64_t *sizes = args[1].data;
  int32_t axis = (int32_t)scalar_of(&args[2]), dtype = (int32_t)scalar_of(&args[4]);
  bool keep = scalar_of(&args[3]);
  int64_t *out = args[5].data, bytes = quern_rt_dtype_bits(inner_dtype(dtype)) / 8;
  int64_t outer = product(x->shape, 0, axis), inner = product(x->shape, axis + 1, x->rank) * bytes, done = 0;
  int64_t total = 0;
  for (int64_t i = 0; i < args[1].shape[0]; ++i)
    if (sizes[i] < 0 || sizes[i] > x->shape[axis] || (total += sizes[i]) > x->shape[axis])
      total = INT64_MIN;
  if (total != x->shape[axis]) {
    quern_fail_node(env, node, "expects sizes that add up to the %lld of axis %d", (long long)x->shape[axis], axis);
    return env->status;
  }
  for (int64_t i = 0; i < args[1].shape[0]; ++i) {
    int64_t shape[QUERN_MAX_RANK];
    int32_t rank = 0;
    for (int32_t d = 0; d < x->rank; ++d)
      if (d != axis || keep)
        shape[rank++] = d == axis ? sizes[i] : x->shape[d];
    quern_value *piece = new_value(env, QUERN_TENSOR, dtype, rank, shape);
    if (!piece)
      return env->status;
    copy_blocks(piece->as.tensor.data, sizes[i] * inner, (const char *)x->data + done * inner, x->shape[axis] * inner,
                sizes[i] * inner, outer);
    done += sizes[i];
    out[i] = (int64_t)(intptr_t)piece;
  }
  return env->status;
}

int32_t quern_rt_sequence_concat_shape(quern_env *env, int32_t node, const quern_tensor *args) {
  const int64_t *handles = args[0].data;
  int64_t count = args[0].shape[0], axis = scalar_of(&args[1]), is_new = scalar_of(&args[2]);
  int64_t *shape = args[4].data, rank = args[4].shape[0], total = 0;
  if (!count) {
    quern_fail_node(env, node, "expects a sequence of at least one tensor");
    return env->status;
  }
  for (int64_t i = 0; i < count; ++i) {
    const quern_tensor *tensor = tensor_of(handles[i]);
    if (!check_rank(env, node, tensor, rank - is_new))
      return env->status;
    for (int64_t d = 0, from = 0; d < rank; ++d) {
      if (is_new && d == axis)
        continue;
      int64_t size = tensor->shape[from++];
      if (i == 0)
        shape[d] = size;
      if ((is_new || d != axis) && shape[d] != size) {
        quern_fail_node(env, node, "expects tensors of one shape but for axis %lld, got sizes %lld and %lld",
                        (long long)axis, (long long)shape[d], (long long)size);
        return env->status;
      }
      if (!is_new && d == axis && __builtin_add_overflow(total, size, &total)) {
        quern_fail_node(env, node, "expects a size that fits 64 bits");
        return env->status;
      }
    }
  }
  shape[axis] = is_new ? count : total;
  return env->status;
}

int32_t quern_rt_sequence_concat(quern_env *env, int32_t node, const quern_tensor *args) {
  (void)node;
  const int64_t *handles = args[0].data;
  int32_t axis = (int32_t)scalar_of(&args[1]);
  bool is_new = scalar_of(&args[2]);
  const quern_tensor *out = &args[3];
  char *to = out->data;
  for (int64_t i = 0; i < args[0].shape[0]; ++i) {
    const quern_tensor *tensor = tensor_of(handles[i]);
    int64_t bytes = quern_rt_dtype_bits(inner_dtype(tensor->dtype)) / 8;
    int64_t outer = product(out->shape, 0, axis), tail = product(out->shape, axis + 1, out->rank) * bytes;
    int64_t block = (is_new ? 1 : tensor->shape[axis]) * tail;
    copy_blocks(to, out->shape[axis] * tail, tensor->data, block, block, outer);
    to += block;
  }
  return env->status;
}

int32_t quern_rt_zip_map(quern_env *env, int32_t node, const quern_tensor *args) {
  (void)node;
  const int64_t two = 2, *width = &args[1].shape[1];
  int64_t *out = args[4].data;
  quern_value *keys = new_value(env, QUERN_TENSOR, (int32_t)scalar_of(&args[2]), 1, args[0].shape);
  if (keys)
    memcpy(keys->as.tensor.data, args[0].data, (size_t)bytes_of(&keys->as.tensor));
  const char *row = args[1].data;
  for (int64_t i = 0; i < args[1].shape[0] && !env->status; ++i) {
    quern_value *values = new_value(env, QUERN_TENSOR, (int32_t)scalar_of(&args[3]), 1, width);
    quern_value *map = new_value(env, QUERN_MAP, QUERN_INT64, 1, &two);
    if (!values || !map)
      break;
    size_t bytes = (size_t)bytes_of(&values->as.tensor);
    memcpy(values->as.tensor.data, row, bytes);
    row += bytes;
    int64_t *parts = map->as.tensor.data;
    parts[0] = (int64_t)(intptr_t)keys;
    parts[1] = (int64_t)(intptr_t)values;
    out[i] = (int64_t)(intptr_t)map;
  }
  return env->status;
}
