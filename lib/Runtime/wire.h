/* Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Protobuf's wire format, read by who trusts no byte. */
#ifndef QUERN_RUNTIME_WIRE_H
#define QUERN_RUNTIME_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { VARINT = 0, FIXED64 = 1, BYTES = 2, FIXED32 = 5 };

/* Bytes that are still to be read. */
typedef struct span {
  const uint8_t *at, *end;
} span;

typedef struct field {
  uint32_t number;
  uint32_t wire;
  uint64_t value; /* of VARINT, FIXED32 and FIXED64 */
  span bytes;     /* of BYTES */
} field;

static inline bool quern_read_varint(span *s, uint64_t *value) {
  *value = 0;
  for (int shift = 0; shift < 64 && s->at < s->end; shift += 7) {
    uint8_t byte = *s->at++;
    *value |= (uint64_t)(byte & 0x7f) << shift;
    if (byte < 0x80)
      return true;
  }
  return false;
}

static inline bool quern_read_fixed(span *s, size_t size, uint64_t *value) {
  if ((size_t)(s->end - s->at) < size)
    return false;
  *value = 0;
  memcpy(value, s->at, size);
  s->at += size;
  return true;
}

static inline bool quern_read_field(span *s, field *f) {
  uint64_t tag;
  if (!quern_read_varint(s, &tag) || tag >> 3 == 0 || tag >> 3 > 0x1fffffff)
    return false;
  f->number = (uint32_t)(tag >> 3);
  f->wire = tag & 7;
  switch (f->wire) {
  case VARINT:
    return quern_read_varint(s, &f->value);
  case FIXED64:
    return quern_read_fixed(s, 8, &f->value);
  case FIXED32:
    return quern_read_fixed(s, 4, &f->value);
  case BYTES:
    if (!quern_read_varint(s, &f->value) || f->value > (uint64_t)(s->end - s->at))
      return false;
    f->bytes = (span){s->at, s->at + f->value};
    s->at += f->value;
    return true;
  }
  return false;
}

#endif /* QUERN_RUNTIME_WIRE_H */
