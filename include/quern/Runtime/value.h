/* Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The values that cross a compiled model's C ABI. Plain C99. Every generated
 * header contains this text, so two models' headers live in one program. */
#ifndef QUERN_VALUE_H
#define QUERN_VALUE_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

#define QUERN_ABI_VERSION 2

/* Element types: the numbers of onnx.TensorProto.DataType. */
typedef enum quern_dtype {
  QUERN_UNDEFINED = 0,
  QUERN_FLOAT32 = 1,
  QUERN_UINT8 = 2,
  QUERN_INT8 = 3,
  QUERN_UINT16 = 4,
  QUERN_INT16 = 5,
  QUERN_INT32 = 6,
  QUERN_INT64 = 7,
  QUERN_STRING = 8, /* elements are quern_string */
  QUERN_BOOL = 9,   /* one byte, 0 or 1 */
  QUERN_FLOAT16 = 10,
  QUERN_FLOAT64 = 11,
  QUERN_UINT32 = 12,
  QUERN_UINT64 = 13,
  QUERN_COMPLEX64 = 14,
  QUERN_COMPLEX128 = 15,
  QUERN_BFLOAT16 = 16,
  QUERN_FLOAT8E4M3FN = 17,
  QUERN_FLOAT8E4M3FNUZ = 18,
  QUERN_FLOAT8E5M2 = 19,
  QUERN_FLOAT8E5M2FNUZ = 20,
  QUERN_UINT4 = 21, /* 4-bit types: two elements a byte, the first in the low bits */
  QUERN_INT4 = 22,
  QUERN_FLOAT4E2M1 = 23,
  QUERN_FLOAT8E8M0 = 24,
  QUERN_UINT2 = 25, /* 2-bit types: four elements a byte, the first in the low bits */
  QUERN_INT2 = 26
} quern_dtype;

typedef enum quern_status {
  QUERN_OK = 0,
  QUERN_RUN_FAILED = 1, /* a node failed: index out of range, division by zero, … */
  QUERN_BAD_INPUT = 2,  /* wrong dtype, rank or shape, or inputs that disagree */
  QUERN_NO_MEMORY = 3,
  QUERN_BAD_CPU = 4 /* the CPU lacks instructions the model was compiled for */
} quern_status;

typedef enum quern_kind { QUERN_TENSOR = 0, QUERN_SEQUENCE = 1, QUERN_OPTIONAL = 2, QUERN_MAP = 3 } quern_kind;

/* UTF-8 bytes, not terminated. */
typedef struct quern_string {
  const char *bytes;
  int64_t length;
} quern_string;

/* A dense row-major tensor. `shape` has `rank` entries. */
typedef struct quern_tensor {
  void *data;
  int32_t dtype; /* quern_dtype */
  int32_t rank;
  int64_t *shape;
} quern_tensor;

struct quern_value;

/* `count` items. */
typedef struct quern_sequence {
  struct quern_value *items;
  int64_t count;
} quern_sequence;

/* `item` is NULL when the optional is empty. */
typedef struct quern_optional {
  struct quern_value *item;
} quern_optional;

/* Two tensors of rank 1 and of one length. */
typedef struct quern_map {
  quern_tensor keys;
  quern_tensor values;
} quern_map;

typedef struct quern_value {
  int32_t kind;     /* quern_kind */
  int32_t reserved; /* 0 */
  union {
    quern_tensor tensor;
    quern_sequence sequence;
    quern_optional optional;
    quern_map map;
  } as;
} quern_value;

/* Allocates `size` bytes aligned to 64, or returns NULL. */
typedef void *(*quern_alloc_fn)(void *user, size_t size);

/* How to run. Zero-initialise it, then set what you need. */
typedef struct quern_options {
  int32_t threads;       /* 0: one a core */
  int32_t reserved;      /* 0 */
  void *workspace;       /* 64-byte aligned, or NULL: the library allocates its own for the call */
  size_t workspace_size; /* bytes */
  quern_alloc_fn alloc;  /* for outputs with data == NULL and for shapes; NULL: malloc */
  void *user;            /* handed to `alloc` */
  char *message;         /* filled, always terminated, when the status is not QUERN_OK */
  size_t message_size;
} quern_options;

static inline void quern_free_tensor(quern_tensor *tensor) {
  free(tensor->data);
  free(tensor->shape);
  memset(tensor, 0, sizeof *tensor);
}

/* Releases an output that a run without `alloc` made, with all that is in it, and sets it to zeros. */
static inline void quern_free_value(quern_value *value) {
  int64_t i;
  if (value->kind == QUERN_SEQUENCE) {
    for (i = 0; i < value->as.sequence.count; ++i)
      quern_free_value(&value->as.sequence.items[i]);
    free(value->as.sequence.items);
  } else if (value->kind == QUERN_OPTIONAL) {
    if (value->as.optional.item)
      quern_free_value(value->as.optional.item);
    free(value->as.optional.item);
  } else if (value->kind == QUERN_MAP) {
    quern_free_tensor(&value->as.map.keys);
    quern_free_tensor(&value->as.map.values);
  } else {
    quern_free_tensor(&value->as.tensor);
  }
  memset(value, 0, sizeof *value);
}

#ifdef __cplusplus
}
#endif
#endif /* QUERN_VALUE_H */
