/* Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Element types: names, sizes, values; shapes; messages. */
#include "internal.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static const struct {
  const char *name;
  int32_t bits;
} kTypes[] = {
    [QUERN_UNDEFINED] = {"undefined", 0},
    [QUERN_FLOAT32] = {"float32", 32},
    [QUERN_UINT8] = {"uint8", 8},
    [QUERN_INT8] = {"int8", 8},
    [QUERN_UINT16] = {"uint16", 16},
    [QUERN_INT16] = {"int16", 16},
    [QUERN_INT32] = {"int32", 32},
    [QUERN_INT64] = {"int64", 64},
    [QUERN_STRING] = {"string", 8 * sizeof(quern_string)},
    [QUERN_BOOL] = {"bool", 8},
    [QUERN_FLOAT16] = {"float16", 16},
    [QUERN_FLOAT64] = {"float64", 64},
    [QUERN_UINT32] = {"uint32", 32},
    [QUERN_UINT64] = {"uint64", 64},
    [QUERN_COMPLEX64] = {"complex64", 64},
    [QUERN_COMPLEX128] = {"complex128", 128},
    [QUERN_BFLOAT16] = {"bfloat16", 16},
    [QUERN_FLOAT8E4M3FN] = {"float8e4m3fn", 8},
    [QUERN_FLOAT8E4M3FNUZ] = {"float8e4m3fnuz", 8},
    [QUERN_FLOAT8E5M2] = {"float8e5m2", 8},
    [QUERN_FLOAT8E5M2FNUZ] = {"float8e5m2fnuz", 8},
    [QUERN_UINT4] = {"uint4", 4},
    [QUERN_INT4] = {"int4", 4},
    [QUERN_FLOAT4E2M1] = {"float4e2m1", 4},
    [QUERN_FLOAT8E8M0] = {"float8e8m0", 8},
    [QUERN_UINT2] = {"uint2", 2},
    [QUERN_INT2] = {"int2", 2},
};
enum { kNumTypes = sizeof kTypes / sizeof kTypes[0] };

static bool known(int32_t dtype) { return dtype > 0 && dtype < kNumTypes; }

const char *quern_rt_dtype_name(int32_t dtype) { return known(dtype) ? kTypes[dtype].name : "unknown"; }

int32_t quern_rt_dtype_from_name(const char *name) {
  for (int32_t dtype = 1; dtype < kNumTypes; ++dtype)
    if (!strcmp(name, kTypes[dtype].name))
      return dtype;
  return QUERN_UNDEFINED;
}

int32_t quern_rt_dtype_bits(int32_t dtype) { return known(dtype) ? kTypes[dtype].bits : 0; }

int64_t quern_rt_element_count(int32_t rank, const int64_t *shape) {
  int64_t count = 1;
  bool empty = false, overflow = false;
  for (int32_t i = 0; i < rank; ++i) {
    if (shape[i] < 0)
      return -1;
    if (shape[i] == 0)
      empty = true;
    else if (!overflow)
      overflow = __builtin_mul_overflow(count, shape[i], &count) || count > INT64_MAX / 32;
  }
  return empty ? 0 : overflow ? -1 : count;
}

int64_t quern_rt_tensor_bytes(int32_t dtype, int32_t rank, const int64_t *shape) {
  int64_t count = quern_rt_element_count(rank, shape), bits = quern_rt_dtype_bits(dtype), total;
  if (count < 0 || bits == 0 || __builtin_mul_overflow(count, bits, &total) || total > INT64_MAX - 7)
    return -1;
  return (total + 7) / 8;
}

/* --- values --------------------------------------------------------------- */

static double power_of_two(int exponent) {
  double result = 1, factor = exponent < 0 ? 0.5 : 2;
  for (int n = exponent < 0 ? -exponent : exponent; n > 0; --n)
    result *= factor;
  return result;
}

/* A float of `exponent_bits` and `mantissa_bits`. Its special values differ by kind. */
typedef enum { IEEE, FN /* no infinity, all ones is NaN */, FNUZ /* no -0, that pattern is NaN */, FINITE } float_kind;

static double small_float(uint32_t bits, int exponent_bits, int mantissa_bits, int bias, float_kind kind) {
  uint32_t mantissa = bits & ((1u << mantissa_bits) - 1);
  uint32_t top = (1u << exponent_bits) - 1;
  uint32_t exponent = (bits >> mantissa_bits) & top;
  bool negative = (bits >> (mantissa_bits + exponent_bits)) & 1;
  if (kind == FNUZ && negative && exponent == 0 && mantissa == 0)
    return __builtin_nan("");
  if (kind == FN && exponent == top && mantissa == (1u << mantissa_bits) - 1)
    return __builtin_nan("");
  if (kind == IEEE && exponent == top)
    return mantissa ? __builtin_nan("") : negative ? -__builtin_inf() : __builtin_inf();
  double value = exponent ? (1 + mantissa * power_of_two(-mantissa_bits)) * power_of_two((int)exponent - bias)
                          : mantissa * power_of_two(1 - bias - mantissa_bits);
  return negative ? -value : value;
}

static uint32_t packed(const quern_tensor *tensor, int64_t index, int bits) {
  int per_byte = 8 / bits;
  return (((const uint8_t *)tensor->data)[index / per_byte] >> (index % per_byte * bits)) & ((1u << bits) - 1);
}

static int32_t sign_extend(uint32_t value, int bits) {
  return value >> (bits - 1) ? (int32_t)value - (1 << bits) : (int32_t)value;
}

double quern_rt_element(const quern_tensor *tensor, int64_t index) {
  const void *data = tensor->data;
  switch (tensor->dtype) {
  case QUERN_FLOAT32:
  case QUERN_COMPLEX64:
    return ((const float *)data)[index];
  case QUERN_FLOAT64:
  case QUERN_COMPLEX128:
    return ((const double *)data)[index];
  case QUERN_UINT8:
    return ((const uint8_t *)data)[index];
  case QUERN_INT8:
    return ((const int8_t *)data)[index];
  case QUERN_UINT16:
    return ((const uint16_t *)data)[index];
  case QUERN_INT16:
    return ((const int16_t *)data)[index];
  case QUERN_INT32:
    return ((const int32_t *)data)[index];
  case QUERN_UINT32:
    return ((const uint32_t *)data)[index];
  case QUERN_INT64:
    return (double)((const int64_t *)data)[index];
  case QUERN_UINT64:
    return (double)((const uint64_t *)data)[index];
  case QUERN_BOOL:
    return ((const uint8_t *)data)[index] != 0;
  case QUERN_FLOAT16:
    return small_float(((const uint16_t *)data)[index], 5, 10, 15, IEEE);
  case QUERN_BFLOAT16:
    return small_float(((const uint16_t *)data)[index], 8, 7, 127, IEEE);
  case QUERN_FLOAT8E4M3FN:
    return small_float(((const uint8_t *)data)[index], 4, 3, 7, FN);
  case QUERN_FLOAT8E4M3FNUZ:
    return small_float(((const uint8_t *)data)[index], 4, 3, 8, FNUZ);
  case QUERN_FLOAT8E5M2:
    return small_float(((const uint8_t *)data)[index], 5, 2, 15, IEEE);
  case QUERN_FLOAT8E5M2FNUZ:
    return small_float(((const uint8_t *)data)[index], 5, 2, 16, FNUZ);
  case QUERN_FLOAT8E8M0: {
    int exponent = ((const uint8_t *)data)[index];
    return exponent == 255 ? __builtin_nan("") : power_of_two(exponent - 127);
  }
  case QUERN_FLOAT4E2M1:
    return small_float(packed(tensor, index, 4), 2, 1, 1, FINITE);
  case QUERN_UINT4:
    return packed(tensor, index, 4);
  case QUERN_INT4:
    return sign_extend(packed(tensor, index, 4), 4);
  case QUERN_UINT2:
    return packed(tensor, index, 2);
  case QUERN_INT2:
    return sign_extend(packed(tensor, index, 2), 2);
  }
  return 0;
}

/* --- text ----------------------------------------------------------------- */

bool quern_say(quern_message *message, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(message->text, sizeof message->text, format, arguments);
  va_end(arguments);
  return false;
}

/* Appends to a terminated text, as far as there is room. */
static void add(char *text, size_t size, const char *format, ...) {
  size_t used = strlen(text);
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text + used, size - used, format, arguments);
  va_end(arguments);
}

void quern_rt_describe(char *text, size_t size, int32_t dtype, int32_t rank, const int64_t *shape) {
  snprintf(text, size, "%s[", quern_rt_dtype_name(dtype));
  for (int32_t i = 0; i < rank; ++i)
    add(text, size, i ? ",%lld" : "%lld", (long long)shape[i]);
  add(text, size, "]");
}

bool quern_ends_with(const char *text, const char *suffix) {
  size_t length = strlen(text), tail = strlen(suffix);
  return length >= tail && !strcmp(text + length - tail, suffix);
}

/* --- memory --------------------------------------------------------------- */

void *quern_rt_malloc(void *unused, size_t size) {
  (void)unused;
  if (size > PTRDIFF_MAX - 64)
    return NULL;
  return aligned_alloc(64, size ? (size + 63) / 64 * 64 : 64);
}

bool quern_new_tensor(const char *path, int32_t dtype, int32_t rank, const int64_t *shape, quern_tensor *tensor,
                      quern_message *message) {
  int64_t bytes = quern_rt_tensor_bytes(dtype, rank, shape);
  if (bytes < 0)
    return quern_say(message, "%s: its shape is beyond what memory can hold", path);
  int64_t *dims = malloc((size_t)(rank + 1) * sizeof *dims);
  void *data = quern_rt_malloc(NULL, (size_t)bytes);
  if (!dims || !data) {
    free(dims);
    free(data);
    return quern_say(message, "%s: no memory for %lld bytes", path, (long long)bytes);
  }
  memcpy(dims, shape, (size_t)rank * sizeof *dims);
  *tensor = (quern_tensor){data, dtype, rank, dims};
  return true;
}

bool quern_own_strings(const char *path, quern_tensor *tensor, quern_message *message) {
  int64_t count = quern_rt_element_count(tensor->rank, tensor->shape);
  quern_string *strings = tensor->data;
  size_t total = 0;
  for (int64_t i = 0; i < count; ++i)
    total += (size_t)strings[i].length;
  /* One block for elements and bytes, so that freeing data frees all. */
  size_t table = (size_t)count * sizeof *strings;
  char *block = quern_rt_malloc(NULL, table + total);
  if (!block)
    return quern_say(message, "%s: no memory for %zu bytes", path, table + total);
  char *bytes = block + table;
  quern_string *owned = (quern_string *)block;
  for (int64_t i = 0; i < count; ++i) {
    if (strings[i].length)
      memcpy(bytes, strings[i].bytes, (size_t)strings[i].length);
    owned[i] = (quern_string){bytes, strings[i].length};
    bytes += strings[i].length;
  }
  free(tensor->data);
  tensor->data = block;
  return true;
}

void quern_rt_free_tensor(quern_tensor *tensor) { quern_free_tensor(tensor); }
