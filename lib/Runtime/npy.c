/* Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Reads numpy's .npy, versions 1 to 3: a header that is a Python dictionary,
 * then the elements. Pickled arrays are refused. */
#include "internal.h"
#include "utf8.h"

#include <stdlib.h>
#include <string.h>

/* numpy's type letters and sizes, little endian. */
static const struct {
  const char *code;
  int32_t dtype;
} kCodes[] = {
    {"f4", QUERN_FLOAT32},   {"u1", QUERN_UINT8},       {"i1", QUERN_INT8},   {"u2", QUERN_UINT16},
    {"i2", QUERN_INT16},     {"i4", QUERN_INT32},       {"i8", QUERN_INT64},  {"b1", QUERN_BOOL},
    {"f2", QUERN_FLOAT16},   {"f8", QUERN_FLOAT64},     {"u4", QUERN_UINT32}, {"u8", QUERN_UINT64},
    {"c8", QUERN_COMPLEX64}, {"c16", QUERN_COMPLEX128},
};
enum { kNumCodes = sizeof kCodes / sizeof kCodes[0] };

typedef struct header {
  char descr[64];
  bool has_descr, has_order, has_shape;
  bool fortran;
  int32_t rank;
  int64_t shape[QUERN_MAX_RANK];
} header;

/* What the header's descr means. */
typedef struct element {
  int32_t dtype;
  size_t size; /* bytes in the file */
  bool big_endian;
  char letter; /* 'U' or 'S' for strings */
} element;

/* --- the header's dictionary ---------------------------------------------- */

typedef struct cursor {
  const char *at, *end;
} cursor;

static void skip_space(cursor *c) {
  while (c->at < c->end && (*c->at == ' ' || *c->at == '\t' || *c->at == '\n' || *c->at == '\r'))
    ++c->at;
}

static bool eat(cursor *c, char wanted) {
  skip_space(c);
  if (c->at == c->end || *c->at != wanted)
    return false;
  ++c->at;
  return true;
}

static bool eat_word(cursor *c, const char *word) {
  skip_space(c);
  size_t length = strlen(word);
  if ((size_t)(c->end - c->at) < length || memcmp(c->at, word, length))
    return false;
  c->at += length;
  return true;
}

static bool parse_string(cursor *c, char *text, size_t size) {
  skip_space(c);
  if (c->at == c->end || (*c->at != '\'' && *c->at != '"'))
    return false;
  char quote = *c->at++;
  size_t length = 0;
  for (; c->at < c->end && *c->at != quote; ++c->at) {
    if (*c->at == '\\' || *c->at == '\0' || length + 1 == size)
      return false;
    text[length++] = *c->at;
  }
  text[length] = '\0';
  return eat(c, quote);
}

static bool parse_shape(cursor *c, header *h) {
  if (!eat(c, '('))
    return false;
  h->rank = 0;
  while (!eat(c, ')')) {
    if (h->rank == QUERN_MAX_RANK)
      return false;
    skip_space(c);
    int64_t value = 0;
    const char *start = c->at;
    for (; c->at < c->end && *c->at >= '0' && *c->at <= '9'; ++c->at)
      if (__builtin_mul_overflow(value, 10, &value) || __builtin_add_overflow(value, *c->at - '0', &value))
        return false;
    if (c->at == start)
      return false;
    eat(c, 'L'); /* Python 2 */
    h->shape[h->rank++] = value;
    if (eat(c, ','))
      continue;
    /* `(3)` is a number in Python: one element needs its comma. */
    if (h->rank == 1 || !eat(c, ')'))
      return false;
    break;
  }
  return true;
}

static bool parse_entry(cursor *c, header *h) {
  char key[32];
  if (!parse_string(c, key, sizeof key) || !eat(c, ':'))
    return false;
  if (!strcmp(key, "descr") && !h->has_descr)
    return h->has_descr = parse_string(c, h->descr, sizeof h->descr);
  if (!strcmp(key, "shape") && !h->has_shape)
    return h->has_shape = parse_shape(c, h);
  if (!strcmp(key, "fortran_order") && !h->has_order) {
    h->fortran = eat_word(c, "True");
    return h->has_order = h->fortran || eat_word(c, "False");
  }
  return false;
}

static bool parse_header(cursor *c, header *h) {
  if (!eat(c, '{'))
    return false;
  while (!eat(c, '}')) {
    if (!parse_entry(c, h))
      return false;
    if (!eat(c, ',')) {
      if (!eat(c, '}'))
        return false;
      break;
    }
  }
  skip_space(c);
  return c->at == c->end && h->has_descr && h->has_order && h->has_shape;
}

static bool parse_descr(const char *path, const char *descr, element *e, quern_message *message) {
  const char *code = descr;
  *e = (element){0};
  if (*code == '<' || *code == '>' || *code == '|' || *code == '=')
    e->big_endian = *code++ == '>';
  for (int i = 0; i < kNumCodes; ++i)
    if (!strcmp(code, kCodes[i].code)) {
      e->dtype = kCodes[i].dtype;
      e->size = (size_t)quern_rt_dtype_bits(e->dtype) / 8;
      return true;
    }
  if (*code == 'O')
    return quern_say(message, "%s: holds pickled Python objects, which are refused; save a plain array", path);
  if ((*code == 'U' || *code == 'S') && strlen(code) < 11 && code[1 + strspn(code + 1, "0123456789")] == '\0') {
    uint64_t length = strtoull(code + 1, NULL, 10);
    *e = (element){QUERN_STRING, (size_t)length * (*code == 'U' ? 4 : 1), e->big_endian, *code};
    return true;
  }
  if (*code == 'V')
    return quern_say(message, "%s: holds raw bytes ('%s'); a type that numpy lacks goes into an ONNX .pb file", path,
                     descr);
  return quern_say(message, "%s: holds elements of type '%s', which no input can have", path, descr);
}

/* --- the elements --------------------------------------------------------- */

static void copy_swapped(char *to, const char *from, const element *e) {
  /* A complex number is two parts. */
  size_t part = e->dtype == QUERN_COMPLEX64 || e->dtype == QUERN_COMPLEX128 ? e->size / 2 : e->size;
  for (size_t i = 0; i < e->size; ++i)
    to[i] = e->big_endian ? from[i / part * part + (part - 1 - i % part)] : from[i];
}

static bool copy_element(const element *e, const char *from, void *data, int64_t index, const char *path,
                         quern_buffer *text, quern_message *message) {
  if (e->dtype != QUERN_STRING) {
    copy_swapped((char *)data + (size_t)index * e->size, from, e);
    return true;
  }
  /* Offsets for now: the text's memory still moves. Trailing zeros are padding. */
  size_t start = text->size;
  if (e->letter == 'S') {
    size_t length = e->size;
    while (length && !from[length - 1])
      --length;
    quern_append(text, from, length);
  } else {
    size_t length = e->size / 4;
    while (length && !(from[length * 4 - 1] | from[length * 4 - 2] | from[length * 4 - 3] | from[length * 4 - 4]))
      --length;
    for (size_t i = 0; i < length; ++i) {
      const uint8_t *u = (const uint8_t *)from + 4 * i;
      uint32_t point = e->big_endian ? (uint32_t)u[0] << 24 | u[1] << 16 | u[2] << 8 | u[3]
                                     : (uint32_t)u[3] << 24 | u[2] << 16 | u[1] << 8 | u[0];
      char bytes[4];
      size_t count = quern_utf8_encode(point, bytes);
      if (!count)
        return quern_say(message, "%s: element %lld is no Unicode text", path, (long long)index);
      quern_append(text, bytes, count);
    }
  }
  ((quern_string *)data)[index] = (quern_string){(const char *)start, (int64_t)(text->size - start)};
  return true;
}

/* Where element `index` in C order lies in a Fortran-ordered file. */
static int64_t fortran_index(const header *h, int64_t index) {
  int64_t result = 0, stride = 1, coordinates[QUERN_MAX_RANK];
  for (int32_t d = h->rank - 1; d >= 0; --d) {
    coordinates[d] = index % h->shape[d];
    index /= h->shape[d];
  }
  for (int32_t d = 0; d < h->rank; ++d) {
    result += coordinates[d] * stride;
    stride *= h->shape[d];
  }
  return result;
}

static bool copy_elements(const char *path, const header *h, const element *e, const char *from, quern_tensor *tensor,
                          quern_message *message) {
  int64_t count = quern_rt_element_count(h->rank, h->shape);
  if (e->dtype != QUERN_STRING && !e->big_endian && !h->fortran) {
    if (count)
      memcpy(tensor->data, from, (size_t)count * e->size);
    return true;
  }
  quern_buffer text = {0};
  bool good = true;
  for (int64_t i = 0; i < count && good; ++i) {
    int64_t source = h->fortran ? fortran_index(h, i) : i;
    good = copy_element(e, from + (size_t)source * e->size, tensor->data, i, path, &text, message);
  }
  if (good && text.failed)
    good = quern_say(message, "%s: no memory for its strings", path);
  if (good && e->dtype == QUERN_STRING) {
    quern_string *strings = tensor->data;
    for (int64_t i = 0; i < count; ++i)
      strings[i].bytes = text.data + (size_t)strings[i].bytes;
    good = quern_own_strings(path, tensor, message);
  }
  free(text.data);
  return good;
}

/* Fills the tensor from a file's parts, whose sizes have been checked. */
static bool make_tensor(const char *path, const header *h, const element *e, const char *from, quern_tensor *tensor,
                        quern_message *message) {
  quern_tensor made;
  if (!quern_new_tensor(path, e->dtype, h->rank, h->shape, &made, message))
    return false;
  if (!copy_elements(path, h, e, from, &made, message)) {
    quern_rt_free_tensor(&made);
    return false;
  }
  if (e->dtype == QUERN_BOOL) {
    /* numpy calls any byte but 0 true. */
    uint8_t *bytes = made.data;
    for (int64_t i = 0, n = quern_rt_element_count(h->rank, h->shape); i < n; ++i)
      bytes[i] = bytes[i] != 0;
  }
  *tensor = made;
  return true;
}

int quern_rt_parse_npy(const char *path, const void *file, size_t size, quern_tensor *tensor, quern_message *message) {
  const uint8_t *bytes = file;
  if (size < 10 || memcmp(bytes, "\x93NUMPY", 6))
    return !quern_say(message, "%s: is no .npy file", path);
  if (bytes[6] < 1 || bytes[6] > 3)
    return !quern_say(message, "%s: is .npy version %d; expects 1, 2 or 3", path, bytes[6]);
  size_t start = bytes[6] == 1 ? 10 : 12;
  if (size < start)
    return !quern_say(message, "%s: is cut off in its header", path);
  size_t length = bytes[8] | bytes[9] << 8;
  if (bytes[6] > 1)
    length |= (size_t)bytes[10] << 16 | (size_t)bytes[11] << 24;
  if (length > size - start)
    return !quern_say(message, "%s: is cut off in its header", path);

  header h = {0};
  element e;
  cursor c = {(const char *)bytes + start, (const char *)bytes + start + length};
  if (!parse_header(&c, &h)) {
    /* Structured types have a list for a descr. */
    return !quern_say(message, "%s: has a damaged header, or one of a structured type", path);
  }
  if (!parse_descr(path, h.descr, &e, message))
    return 1;

  int64_t count = quern_rt_element_count(h.rank, h.shape);
  size_t present = size - start - length, expected;
  if (count < 0 || __builtin_mul_overflow((size_t)count, e.size, &expected) || expected > PTRDIFF_MAX)
    return !quern_say(message, "%s: its shape is beyond what memory can hold", path);
  if (present != expected)
    return !quern_say(message, "%s: is %s: expects %zu bytes of elements, has %zu", path,
                      present < expected ? "cut off" : "too long", expected, present);
  /* Strings of no characters take no room in the file, but do in memory. */
  if (e.dtype == QUERN_STRING && e.size == 0 && count > 1 << 20)
    return !quern_say(message, "%s: its shape is beyond what memory can hold", path);
  return !make_tensor(path, &h, &e, (const char *)bytes + start + length, tensor, message);
}
