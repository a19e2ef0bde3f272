/* Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * ONNX's TensorProto: a reader of protobuf's wire format that trusts no byte,
 * and a writer. */
#include "internal.h"
#include "wire.h"

#include <stdlib.h>
#include <string.h>

/* TensorProto's fields. */
enum {
  DIMS = 1,
  DATA_TYPE = 2,
  SEGMENT = 3,
  FLOAT_DATA = 4,
  INT32_DATA = 5,
  STRING_DATA = 6,
  INT64_DATA = 7,
  NAME = 8,
  RAW_DATA = 9,
  DOUBLE_DATA = 10,
  UINT64_DATA = 11,
  EXTERNAL_DATA = 13,
  DATA_LOCATION = 14,
};

/* --- which field holds a type --------------------------------------------- */

static uint32_t typed_field(int32_t dtype) {
  switch (dtype) {
  case QUERN_FLOAT32:
  case QUERN_COMPLEX64:
    return FLOAT_DATA;
  case QUERN_FLOAT64:
  case QUERN_COMPLEX128:
    return DOUBLE_DATA;
  case QUERN_INT64:
    return INT64_DATA;
  case QUERN_UINT32:
  case QUERN_UINT64:
    return UINT64_DATA;
  case QUERN_STRING:
    return STRING_DATA;
  default:
    return INT32_DATA;
  }
}

static uint32_t typed_wire(uint32_t number) {
  return number == FLOAT_DATA ? FIXED32 : number == DOUBLE_DATA ? FIXED64 : number == STRING_DATA ? BYTES : VARINT;
}

/* What the first pass over the message found. */
typedef struct facts {
  int32_t dtype, rank;
  int64_t shape[QUERN_MAX_RANK];
  bool has_raw, external, segmented;
  span raw;
  uint32_t typed; /* the typed field that has elements, 0: none */
  bool mixed;     /* there are two of them */
} facts;

static bool add_dim(facts *t, uint64_t value) {
  if (t->rank == QUERN_MAX_RANK || value > INT64_MAX)
    return false;
  t->shape[t->rank++] = (int64_t)value;
  return true;
}

static bool note_field(facts *t, const field *f) {
  switch (f->number) {
  case DIMS:
    if (f->wire == VARINT)
      return add_dim(t, f->value);
    if (f->wire != BYTES)
      return false;
    for (span s = f->bytes; s.at < s.end;) {
      uint64_t value;
      if (!quern_read_varint(&s, &value) || !add_dim(t, value))
        return false;
    }
    return true;
  case DATA_TYPE:
    t->dtype = f->value > INT32_MAX ? 0 : (int32_t)f->value;
    return f->wire == VARINT;
  case RAW_DATA:
    t->raw = f->bytes;
    t->has_raw = true;
    return f->wire == BYTES;
  case FLOAT_DATA:
  case INT32_DATA:
  case STRING_DATA:
  case INT64_DATA:
  case DOUBLE_DATA:
  case UINT64_DATA:
    if (f->wire == BYTES && f->bytes.at == f->bytes.end && f->number != STRING_DATA)
      return true; /* packed, without elements */
    t->mixed |= t->typed && t->typed != f->number;
    t->typed = f->number;
    return f->wire == BYTES || f->wire == typed_wire(f->number);
  case SEGMENT:
    t->segmented = true;
    return true;
  case EXTERNAL_DATA:
    t->external = true;
    return true;
  case DATA_LOCATION:
    t->external |= f->value != 0;
    return f->wire == VARINT;
  }
  return true;
}

/* --- elements of typed fields --------------------------------------------- */

/* Stores one entry of a typed field; false when it does not fit the type. */
static bool store(quern_tensor *tensor, int64_t index, uint64_t value) {
  int32_t bits = quern_rt_dtype_bits(tensor->dtype);
  uint32_t number = typed_field(tensor->dtype);
  if (tensor->dtype == QUERN_COMPLEX64 || tensor->dtype == QUERN_COMPLEX128)
    bits /= 2;
  if (bits < 8)
    bits = 8; /* an entry is a packed byte */
  if (number == INT32_DATA) {
    int64_t number32 = (int32_t)value;
    if (bits < 32 && (number32 < -(1ll << (bits - 1)) || number32 >= 1ll << bits))
      return false;
  }
  if (number == UINT64_DATA && bits == 32 && value > UINT32_MAX)
    return false;
  memcpy((char *)tensor->data + index * (bits / 8), &value, (size_t)bits / 8);
  return true;
}

static bool fill_typed(const char *path, span s, quern_tensor *tensor, quern_message *message) {
  int64_t wanted = quern_rt_element_count(tensor->rank, tensor->shape), count = 0;
  int32_t bits = quern_rt_dtype_bits(tensor->dtype);
  uint32_t number = typed_field(tensor->dtype), wire = typed_wire(number);
  if (tensor->dtype == QUERN_COMPLEX64 || tensor->dtype == QUERN_COMPLEX128)
    wanted *= 2;
  if (bits < 8)
    wanted = quern_rt_tensor_bytes(tensor->dtype, tensor->rank, tensor->shape);
  for (field f; s.at < s.end && quern_read_field(&s, &f);) {
    if (f.number != number)
      continue;
    if (number == STRING_DATA) {
      if (count < wanted)
        ((quern_string *)tensor->data)[count] =
            (quern_string){(const char *)f.bytes.at, (int64_t)(f.bytes.end - f.bytes.at)};
      ++count;
      continue;
    }
    bool packed = f.wire == BYTES;
    for (span p = f.bytes; !packed || p.at < p.end;) {
      uint64_t value = f.value;
      if (packed &&
          !(wire == VARINT ? quern_read_varint(&p, &value) : quern_read_fixed(&p, wire == FIXED32 ? 4 : 8, &value)))
        return quern_say(message, "%s: is damaged", path);
      if (count < wanted && !store(tensor, count, value))
        return quern_say(message, "%s: element %lld does not fit %s", path, (long long)count,
                         quern_rt_dtype_name(tensor->dtype));
      ++count;
      if (!packed)
        break;
    }
  }
  if (count != wanted)
    return quern_say(message, "%s: expects %lld elements, has %lld", path, (long long)wanted, (long long)count);
  return number != STRING_DATA || quern_own_strings(path, tensor, message);
}

static bool fill_raw(const char *path, const facts *t, quern_tensor *tensor, quern_message *message) {
  size_t expected = (size_t)quern_rt_tensor_bytes(t->dtype, t->rank, t->shape),
         present = (size_t)(t->raw.end - t->raw.at);
  if (present != expected)
    return quern_say(message, "%s: expects %zu bytes of elements, has %zu", path, expected, present);
  if (present)
    memcpy(tensor->data, t->raw.at, present);
  return true;
}

static bool check_facts(const char *path, const facts *t, quern_message *message) {
  if (!t->dtype)
    return quern_say(message, "%s: is no ONNX tensor, it has no data type", path);
  if (!quern_rt_dtype_bits(t->dtype))
    return quern_say(message, "%s: has an unknown data type (%d)", path, t->dtype);
  if (t->external)
    return quern_say(message, "%s: keeps its data in another file, which is refused", path);
  if (t->segmented)
    return quern_say(message, "%s: is a segment of a tensor, which is refused", path);
  if (t->mixed || (t->has_raw && t->typed))
    return quern_say(message, "%s: has its elements twice", path);
  if (t->has_raw && t->dtype == QUERN_STRING)
    return quern_say(message, "%s: holds strings as raw data, which ONNX has not", path);
  if (t->typed && t->typed != typed_field(t->dtype))
    return quern_say(message, "%s: its elements are not %s", path, quern_rt_dtype_name(t->dtype));
  return true;
}

int quern_rt_parse_proto(const char *path, const void *bytes, size_t size, quern_tensor *tensor,
                         quern_message *message) {
  facts t = {0};
  const uint8_t *start = bytes;
  span whole = {start, start + size};
  if (!size)
    return !quern_say(message, "%s: is empty", path);
  for (span s = whole; s.at < s.end;) {
    field f = {0};
    if (!quern_read_field(&s, &f) || !note_field(&t, &f))
      return !quern_say(message, "%s: is neither an .npy file nor an ONNX tensor, or is damaged", path);
  }
  if (!check_facts(path, &t, message))
    return 1;
  /* A file cannot hold more elements than four a byte: refuse to make room for more. */
  int64_t count = quern_rt_element_count(t.rank, t.shape);
  if (count > 0 && (uint64_t)count / 8 > size)
    return !quern_say(message, "%s: is cut off: its shape has %lld elements, the file %zu bytes", path,
                      (long long)count, size);
  quern_tensor made;
  if (!quern_new_tensor(path, t.dtype, t.rank, t.shape, &made, message))
    return 1;
  if (t.has_raw ? !fill_raw(path, &t, &made, message) : !fill_typed(path, whole, &made, message)) {
    quern_rt_free_tensor(&made);
    return 1;
  }
  if (t.dtype == QUERN_BOOL)
    for (int64_t i = 0; i < count; ++i)
      ((uint8_t *)made.data)[i] = ((uint8_t *)made.data)[i] != 0;
  *tensor = made;
  return 0;
}

/* --- writing -------------------------------------------------------------- */

void quern_put_varint(quern_buffer *to, uint64_t value) {
  do {
    uint8_t byte = (value & 0x7f) | (value > 0x7f ? 0x80 : 0);
    quern_append(to, &byte, 1);
    value >>= 7;
  } while (value);
}

void quern_put_bytes(quern_buffer *to, uint32_t number, const void *bytes, size_t size) {
  quern_put_varint(to, number << 3 | BYTES);
  quern_put_varint(to, size);
  quern_append(to, bytes, size);
}

bool quern_proto_encode(const char *path, const char *name, const quern_tensor *tensor, quern_buffer *head,
                        quern_buffer *payload, quern_message *message) {
  for (int32_t i = 0; i < tensor->rank; ++i) {
    quern_put_varint(head, DIMS << 3 | VARINT);
    quern_put_varint(head, (uint64_t)tensor->shape[i]);
  }
  quern_put_varint(head, DATA_TYPE << 3 | VARINT);
  quern_put_varint(head, (uint64_t)tensor->dtype);
  quern_put_bytes(head, NAME, name, strlen(name));
  if (tensor->dtype == QUERN_STRING) {
    const quern_string *strings = tensor->data;
    for (int64_t i = 0, n = quern_rt_element_count(tensor->rank, tensor->shape); i < n; ++i)
      quern_put_bytes(payload, STRING_DATA, strings[i].bytes, (size_t)strings[i].length);
  } else {
    /* The elements follow from the tensor itself. */
    quern_put_varint(head, RAW_DATA << 3 | BYTES);
    quern_put_varint(head, (uint64_t)quern_rt_tensor_bytes(tensor->dtype, tensor->rank, tensor->shape));
  }
  if (head->failed || payload->failed)
    return quern_say(message, "%s: no memory for the file", path);
  return true;
}
