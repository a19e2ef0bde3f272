/* Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Writes numpy's .npy. Strings become a U array. */
#include "internal.h"
#include "utf8.h"

#include <stdlib.h>
#include <string.h>

static const char *descr_of(int32_t dtype) {
  switch (dtype) {
  case QUERN_FLOAT16:
    return "<f2";
  case QUERN_FLOAT32:
    return "<f4";
  case QUERN_FLOAT64:
    return "<f8";
  case QUERN_INT8:
    return "|i1";
  case QUERN_INT16:
    return "<i2";
  case QUERN_INT32:
    return "<i4";
  case QUERN_INT64:
    return "<i8";
  case QUERN_UINT8:
    return "|u1";
  case QUERN_UINT16:
    return "<u2";
  case QUERN_UINT32:
    return "<u4";
  case QUERN_UINT64:
    return "<u8";
  case QUERN_BOOL:
    return "|b1";
  case QUERN_COMPLEX64:
    return "<c8";
  case QUERN_COMPLEX128:
    return "<c16";
  case QUERN_STRING:
    return "<U";
  }
  return NULL;
}

int quern_rt_numpy_has(int32_t dtype) { return descr_of(dtype) != NULL; }

/* Code points of the longest string; -1 when element `*bad` is not UTF-8. */
static int64_t widest(const quern_string *strings, int64_t count, int64_t *bad) {
  int64_t most = 0;
  for (int64_t i = 0; i < count; ++i) {
    int64_t points = 0;
    for (int64_t at = 0; at < strings[i].length; ++points) {
      uint32_t point;
      size_t step = quern_utf8_decode(strings[i].bytes + at, (size_t)(strings[i].length - at), &point);
      if (!step) {
        *bad = i;
        return -1;
      }
      at += (int64_t)step;
    }
    most = points > most ? points : most;
  }
  return most;
}

static void put_string(quern_buffer *payload, const quern_string *string, int64_t width) {
  int64_t points = 0;
  for (int64_t at = 0; at < string->length; ++points) {
    uint32_t point = 0;
    at += (int64_t)quern_utf8_decode(string->bytes + at, (size_t)(string->length - at), &point);
    quern_append(payload, &point, 4);
  }
  for (uint32_t zero = 0; points < width; ++points)
    quern_append(payload, &zero, 4);
}

bool quern_npy_encode(const char *path, const quern_tensor *tensor, quern_buffer *head, quern_buffer *payload,
                      quern_message *message) {
  if (!descr_of(tensor->dtype))
    return quern_say(message, "%s: numpy has no type %s; name a .pb file", path, quern_rt_dtype_name(tensor->dtype));
  char descr[32];
  snprintf(descr, sizeof descr, "%s", descr_of(tensor->dtype));
  if (tensor->dtype == QUERN_STRING) {
    const quern_string *strings = tensor->data;
    int64_t count = quern_rt_element_count(tensor->rank, tensor->shape), bad = 0, width = widest(strings, count, &bad);
    if (width < 0)
      return quern_say(message, "%s: string %lld is not UTF-8, which numpy cannot hold; name a .pb file", path,
                       (long long)bad);
    width = width ? width : 1; /* numpy has no U0 of its own */
    snprintf(descr, sizeof descr, "<U%lld", (long long)width);
    for (int64_t i = 0; i < count && !payload->failed; ++i)
      put_string(payload, &strings[i], width);
  }

  char text[QUERN_MAX_RANK * 22 + 128];
  int length = snprintf(text, sizeof text, "{'descr': '%s', 'fortran_order': False, 'shape': (", descr);
  for (int32_t i = 0; i < tensor->rank; ++i)
    length +=
        snprintf(text + length, sizeof text - (size_t)length, i ? " %lld," : "%lld,", (long long)tensor->shape[i]);
  if (tensor->rank > 1)
    --length; /* only a tuple of one ends in a comma */
  length += snprintf(text + length, sizeof text - (size_t)length, "), }");
  /* Elements start at a multiple of 64 bytes. */
  int padded = (10 + length + 1 + 63) / 64 * 64 - 10;
  const unsigned char prefix[10] = {0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, padded & 0xff, (unsigned char)(padded >> 8)};
  quern_append(head, prefix, sizeof prefix);
  quern_append(head, text, (size_t)length);
  for (; length < padded - 1; ++length)
    quern_append(head, " ", 1);
  quern_append(head, "\n", 1);
  if (head->failed || payload->failed)
    return quern_say(message, "%s: no memory for the file", path);
  return true;
}
