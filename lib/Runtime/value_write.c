/* Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Values to files, by the rules that value_file.c reads them by. */
#include "internal.h"
#include "wire.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { kPathSize = 4096 };

/* --- ONNX's messages ------------------------------------------------------ */

enum { ELEMENT_TYPE = 2 }; /* of SequenceProto and OptionalProto: numbers of their own for kinds of values */
enum { KEY_TYPE = 2, INT_KEYS = 3, STRING_KEYS = 4, MAP_VALUES = 5 };

static void put_number(quern_buffer *to, uint32_t number, uint64_t value) {
  quern_put_varint(to, number << 3 | VARINT);
  quern_put_varint(to, value);
}

/* The field that holds an element of this kind, and the number of the kind. */
static uint32_t field_of(int32_t kind) {
  static const uint32_t fields[] = {3, 5, 7, 6};
  return fields[kind];
}
static uint32_t number_of(int32_t kind) {
  static const uint32_t numbers[] = {1, 3, 5, 4};
  return numbers[kind];
}

static bool encode(const char *path, const char *name, const quern_value *value, quern_buffer *to,
                   quern_message *message);

static bool encode_tensor(const char *path, const char *name, const quern_tensor *tensor, quern_buffer *to,
                          quern_message *message) {
  quern_buffer payload = {0};
  bool good = quern_proto_encode(path, name, tensor, to, &payload, message);
  if (good && tensor->dtype == QUERN_STRING)
    quern_append(to, payload.data, payload.size);
  else if (good)
    quern_append(to, tensor->data, (size_t)quern_rt_tensor_bytes(tensor->dtype, tensor->rank, tensor->shape));
  free(payload.data);
  return good;
}

static bool encode_item(const char *path, const quern_value *item, quern_buffer *to, quern_message *message) {
  quern_buffer inner = {0};
  bool good = encode(path, "", item, &inner, message);
  if (good && inner.failed)
    to->failed = true;
  if (good)
    quern_put_bytes(to, field_of(item->kind), inner.data, inner.size);
  free(inner.data);
  return good;
}

static bool encode_map(const char *path, const quern_map *map, quern_buffer *to, quern_message *message) {
  put_number(to, KEY_TYPE, (uint64_t)map->keys.dtype);
  int64_t count = map->keys.shape[0];
  size_t size = (size_t)quern_rt_dtype_bits(map->values.dtype) / 8;
  quern_buffer inner = {0};
  put_number(&inner, ELEMENT_TYPE, number_of(QUERN_TENSOR));
  bool good = true;
  for (int64_t i = 0; i < count && good; ++i) {
    if (map->keys.dtype == QUERN_STRING) {
      const quern_string *key = &((const quern_string *)map->keys.data)[i];
      quern_put_bytes(to, STRING_KEYS, key->bytes, (size_t)key->length);
    } else {
      put_number(to, INT_KEYS, (uint64_t)((const int64_t *)map->keys.data)[i]);
    }
    quern_value item = {.as.tensor = {(char *)map->values.data + (size_t)i * size, map->values.dtype, 0, NULL}};
    good = encode_item(path, &item, &inner, message);
  }
  to->failed |= inner.failed;
  if (good)
    quern_put_bytes(to, MAP_VALUES, inner.data, inner.size);
  free(inner.data);
  return good;
}

static bool encode(const char *path, const char *name, const quern_value *value, quern_buffer *to,
                   quern_message *message) {
  if (value->kind == QUERN_TENSOR)
    return encode_tensor(path, name, &value->as.tensor, to, message);
  if (*name)
    quern_put_bytes(to, 1, name, strlen(name));
  if (value->kind == QUERN_MAP)
    return encode_map(path, &value->as.map, to, message);
  bool is_sequence = value->kind == QUERN_SEQUENCE;
  const quern_value *items = is_sequence ? value->as.sequence.items : value->as.optional.item;
  int64_t count = is_sequence ? value->as.sequence.count : items != NULL;
  put_number(to, ELEMENT_TYPE, count ? number_of(items->kind) : 0);
  for (int64_t i = 0; i < count; ++i)
    if (!encode_item(path, &items[i], to, message))
      return false;
  return true;
}

/* --- files and folders ---------------------------------------------------- */

/* `path` with an ending, in `text`. */
static bool extend(const char *path, const char *ending, char *text, quern_message *message) {
  return snprintf(text, kPathSize, "%s%s", path, ending) < kPathSize ||
         quern_say(message, "%s: the path is too long", path);
}

static bool add_folder(quern_files *files, const char *path, const quern_sequence *sequence, quern_message *message) {
  char item[kPathSize], number[32];
  if (mkdir(path, 0777) && errno != EEXIST)
    return quern_say(message, "%s: cannot be made: %s", path, strerror(errno));
  for (int64_t i = 0; i < sequence->count; ++i) {
    snprintf(number, sizeof number, "/%lld", (long long)i);
    if (!extend(path, number, item, message) || !quern_add_value(files, item, true, NULL, &sequence->items[i], message))
      return false;
  }
  /* Items of an earlier run would be read as this one's. */
  static const char *const endings[] = {".npy", ".pb", "", "_keys.npy"};
  for (int i = 0; i < 4; ++i) {
    snprintf(number, sizeof number, "/%lld%s", (long long)sequence->count, endings[i]);
    if (!extend(path, number, item, message))
      return false;
    if (!access(item, F_OK))
      return quern_say(message, "%s: would be an item more than the %lld of the output: remove it first", item,
                       (long long)sequence->count);
  }
  return true;
}

/* One of two tensors with a row a map: keys or values. */
static bool add_rows(quern_files *files, const char *path, const quern_sequence *maps, bool values,
                     quern_message *message) {
  const quern_map *first = &maps->items[0].as.map;
  const quern_tensor *like = values ? &first->values : &first->keys;
  int64_t shape[] = {maps->count, like->shape[0]};
  quern_tensor rows;
  if (!quern_new_tensor(path, like->dtype, 2, shape, &rows, message))
    return false;
  size_t row = (size_t)quern_rt_tensor_bytes(like->dtype, 1, like->shape);
  for (int64_t i = 0; row && i < maps->count; ++i) {
    const quern_map *map = &maps->items[i].as.map;
    memcpy((char *)rows.data + (size_t)i * row, values ? map->values.data : map->keys.data, row);
  }
  bool good = quern_add_file(files, path, false, "", &rows, message);
  if (good)
    files->items[files->count - 1].owned = rows;
  else
    quern_rt_free_tensor(&rows);
  return good;
}

/* Maps of one length, as ZipMap makes them. */
static bool are_alike(const quern_sequence *sequence) {
  for (int64_t i = 0; i < sequence->count; ++i)
    if (sequence->items[i].kind != QUERN_MAP ||
        sequence->items[i].as.map.keys.shape[0] != sequence->items[0].as.map.keys.shape[0])
      return false;
  return sequence->count > 0;
}

bool quern_add_value(quern_files *files, const char *path, bool stem, const char *name, const quern_value *value,
                     quern_message *message) {
  char full[kPathSize];
  bool is_empty = value->kind == QUERN_OPTIONAL && !value->as.optional.item;
  if (value->kind == QUERN_TENSOR)
    return quern_add_file(files, path, stem, name, &value->as.tensor, message);
  if ((!stem && quern_ends_with(path, ".pb")) || (stem && is_empty)) {
    quern_buffer bytes = {0};
    bool good =
        extend(path, stem ? ".pb" : "", full, message) && encode(full, name ? name : "", value, &bytes, message);
    if (good && bytes.failed)
      good = quern_say(message, "%s: no memory for the file", path);
    if (!good) {
      free(bytes.data);
      return false;
    }
    return quern_add_bytes(files, full, &bytes, message);
  }
  switch (value->kind) {
  case QUERN_SEQUENCE:
    if (are_alike(&value->as.sequence))
      return extend(path, "_keys.npy", full, message) && add_rows(files, full, &value->as.sequence, false, message) &&
             extend(path, "_values.npy", full, message) && add_rows(files, full, &value->as.sequence, true, message);
    return add_folder(files, path, &value->as.sequence, message);
  case QUERN_OPTIONAL:
    if (is_empty)
      return quern_say(message, "%s: the optional is empty: only a .pb file can say so", path);
    return quern_add_value(files, path, stem, name, value->as.optional.item, message);
  default:
    return extend(path, "_keys.npy", full, message) &&
           quern_add_file(files, full, false, "", &value->as.map.keys, message) &&
           extend(path, "_values.npy", full, message) &&
           quern_add_file(files, full, false, "", &value->as.map.values, message);
  }
}
