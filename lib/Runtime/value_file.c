/* Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Values that are no tensors, from files: a sequence is a folder of numbered
 * files or ONNX's SequenceProto, an optional what is in it or an OptionalProto,
 * a map two files, of keys and of values, or a MapProto. */
#include "internal.h"
#include "wire.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { kPathSize = 4096, kDeepest = 8 };

/* --- ONNX's messages ------------------------------------------------------ */

/* The fields of SequenceProto and OptionalProto that hold values, by kind. */
enum { TENSOR_FIELD = 3, SEQUENCE_FIELD = 5, MAP_FIELD = 6, OPTIONAL_FIELD = 7 };
enum { OPTIONAL_SEQUENCE_FIELD = 5 };
/* The fields of MapProto. */
enum { KEY_TYPE = 2, INT_KEYS = 3, STRING_KEYS = 4, MAP_VALUES = 5 };

static bool damaged(const char *path, quern_message *message) {
  return quern_say(message, "%s: is no ONNX value of the kind that the model expects, or is damaged", path);
}

static bool append_item(const char *path, quern_value *value, int64_t *capacity, quern_message *message) {
  if (value->as.sequence.count == *capacity) {
    int64_t grown = *capacity * 2 + 4;
    quern_value *items = realloc(value->as.sequence.items, (size_t)grown * sizeof *items);
    if (!items)
      return quern_say(message, "%s: no memory for its items", path);
    value->as.sequence.items = items;
    *capacity = grown;
  }
  value->as.sequence.items[value->as.sequence.count++] = (quern_value){0};
  return true;
}

static bool parse_value(const char *path, span s, const quern_port *port, quern_value *value, quern_message *message);

static uint32_t field_of(const quern_port *element) {
  static const uint32_t fields[] = {TENSOR_FIELD, SEQUENCE_FIELD, OPTIONAL_FIELD, MAP_FIELD};
  return fields[element->kind];
}

static bool parse_sequence(const char *path, span s, const quern_port *port, quern_value *value,
                           quern_message *message) {
  int64_t capacity = 0;
  while (s.at < s.end) {
    field f = {0};
    if (!quern_read_field(&s, &f))
      return damaged(path, message);
    if (f.number < TENSOR_FIELD || f.number > OPTIONAL_FIELD)
      continue;
    if (f.number != field_of(port->elements) || f.wire != BYTES)
      return damaged(path, message);
    if (!append_item(path, value, &capacity, message) ||
        !parse_value(path, f.bytes, port->elements, &value->as.sequence.items[value->as.sequence.count - 1], message))
      return false;
  }
  return true;
}

static bool parse_optional(const char *path, span s, const quern_port *port, quern_value *value,
                           quern_message *message) {
  while (s.at < s.end) {
    field f = {0};
    if (!quern_read_field(&s, &f))
      return damaged(path, message);
    if (f.number < TENSOR_FIELD || f.number > OPTIONAL_FIELD)
      continue;
    if (f.number != field_of(port->elements) || f.wire != BYTES || value->as.optional.item)
      return damaged(path, message);
    if (!(value->as.optional.item = calloc(1, sizeof *value)))
      return quern_say(message, "%s: no memory", path);
    if (!parse_value(path, f.bytes, port->elements, value->as.optional.item, message))
      return false;
  }
  return true;
}

/* The keys of a map: `fill` writes them, else they are counted. */
static bool map_keys(span s, const quern_port *keys, quern_tensor *fill, int64_t *count) {
  *count = 0;
  while (s.at < s.end) {
    field f = {0};
    if (!quern_read_field(&s, &f))
      return false;
    if (f.number == STRING_KEYS && f.wire == BYTES && keys->dtype == QUERN_STRING) {
      if (fill)
        ((quern_string *)fill->data)[*count] =
            (quern_string){(const char *)f.bytes.at, (int64_t)(f.bytes.end - f.bytes.at)};
      ++*count;
    } else if (f.number == INT_KEYS && keys->dtype == QUERN_INT64 && (f.wire == VARINT || f.wire == BYTES)) {
      bool packed = f.wire == BYTES;
      while (!packed || f.bytes.at < f.bytes.end) {
        if (packed && !quern_read_varint(&f.bytes, &f.value))
          return false;
        if (fill)
          ((int64_t *)fill->data)[*count] = (int64_t)f.value;
        ++*count;
        if (!packed)
          break;
      }
    }
  }
  return true;
}

/* The values of a map: a sequence of scalars, as one tensor. */
static bool map_values(const char *path, const quern_port *port, const quern_value *items, int64_t count,
                       quern_tensor *values, quern_message *message) {
  if (items->as.sequence.count != count)
    return quern_say(message, "%s: has %lld keys and %lld values", path, (long long)count,
                     (long long)items->as.sequence.count);
  if (!quern_new_tensor(path, port->dtype, 1, &count, values, message))
    return false;
  size_t size = (size_t)quern_rt_dtype_bits(port->dtype) / 8;
  for (int64_t i = 0; i < count; ++i) {
    const quern_tensor *item = &items->as.sequence.items[i].as.tensor;
    if (item->dtype != port->dtype || quern_rt_element_count(item->rank, item->shape) != 1)
      return damaged(path, message);
    memcpy((char *)values->data + (size_t)i * size, item->data, size);
  }
  return port->dtype != QUERN_STRING || quern_own_strings(path, values, message);
}

static bool parse_map(const char *path, span s, const quern_port *port, quern_value *value, quern_message *message) {
  const quern_port *keys = &port->elements[0], *values = &port->elements[1];
  int64_t count;
  if (!map_keys(s, keys, NULL, &count))
    return damaged(path, message);
  if (!quern_new_tensor(path, keys->dtype, 1, &count, &value->as.map.keys, message))
    return false;
  map_keys(s, keys, &value->as.map.keys, &count);
  if (keys->dtype == QUERN_STRING && !quern_own_strings(path, &value->as.map.keys, message))
    return false;
  quern_port sequence = {.kind = QUERN_SEQUENCE, .elements = values};
  quern_value items = {.kind = QUERN_SEQUENCE};
  bool good = true;
  while (good && s.at < s.end) {
    field f = {0};
    good = quern_read_field(&s, &f) || damaged(path, message);
    if (good && f.number == MAP_VALUES && f.wire == BYTES)
      good =
          items.as.sequence.items ? damaged(path, message) : parse_sequence(path, f.bytes, &sequence, &items, message);
  }
  good = good && map_values(path, values, &items, count, &value->as.map.values, message);
  quern_free_value(&items);
  return good;
}

/* What it makes before it fails is the caller's to free. */
static bool parse_value(const char *path, span s, const quern_port *port, quern_value *value, quern_message *message) {
  value->kind = port->kind;
  switch (port->kind) {
  case QUERN_SEQUENCE:
    return parse_sequence(path, s, port, value, message);
  case QUERN_OPTIONAL:
    return parse_optional(path, s, port, value, message);
  case QUERN_MAP:
    return parse_map(path, s, port, value, message);
  default:
    return !quern_rt_parse_proto(path, s.at, (size_t)(s.end - s.at), &value->as.tensor, message);
  }
}

int quern_rt_parse_proto_value(const char *path, const void *bytes, size_t size, const quern_port *port,
                               quern_value *value, quern_message *message) {
  const uint8_t *start = bytes;
  quern_value made = {0};
  if (!parse_value(path, (span){start, start + size}, port, &made, message)) {
    quern_free_value(&made);
    return 1;
  }
  *value = made;
  return 0;
}

/* --- files and folders ---------------------------------------------------- */

static bool is_folder(const char *path) {
  struct stat info;
  return !stat(path, &info) && S_ISDIR(info.st_mode);
}

static bool join(const char *path, char *text, const char *folder, long long index, const char *ending,
                 quern_message *message) {
  int length = snprintf(text, kPathSize, "%s/%lld%s", folder, index, ending);
  return (length > 0 && length < kPathSize) || quern_say(message, "%s: the path is too long", path);
}

static bool read_value(const char *path, const quern_port *port, quern_value *value, int depth, quern_message *message);

/* The file or folder that a folder has for item `index`; false, without a message, where it has none. */
static bool find_item(const char *folder, int64_t index, const quern_port *port, char *found, quern_message *message) {
  static const char *const endings[] = {".npy", ".pb", ""};
  for (int i = 0; i < 3; ++i) {
    if (!join(folder, found, folder, index, endings[i], message))
      return false;
    if (!access(found, F_OK))
      return true;
  }
  if (port->kind != QUERN_MAP || !join(folder, found, folder, index, "_keys.npy", message) || access(found, F_OK))
    return false;
  found[strlen(found) - strlen("_keys.npy")] = '\0';
  return true;
}

static bool read_folder(const char *path, const quern_port *port, quern_value *value, int depth,
                        quern_message *message) {
  int64_t capacity = 0;
  char item[kPathSize];
  while (find_item(path, value->as.sequence.count, port->elements, item, message))
    if (!append_item(path, value, &capacity, message) ||
        !read_value(item, port->elements, &value->as.sequence.items[value->as.sequence.count - 1], depth + 1, message))
      return false;
  return true;
}

static bool read_map(const char *path, quern_value *value, quern_message *message) {
  char part[kPathSize];
  quern_tensor *parts[] = {&value->as.map.keys, &value->as.map.values};
  for (int i = 0; i < 2; ++i) {
    if (snprintf(part, sizeof part, "%s%s", path, i ? "_values.npy" : "_keys.npy") >= kPathSize)
      return quern_say(message, "%s: the path is too long", path);
    if (quern_rt_read_tensor(part, parts[i], message))
      return false;
  }
  return true;
}

/* Row `row` of a tensor of rank 2, as a tensor of its own. */
static bool copy_row(const char *path, const quern_tensor *rows, int64_t row, quern_tensor *made,
                     quern_message *message) {
  if (!quern_new_tensor(path, rows->dtype, 1, &rows->shape[1], made, message))
    return false;
  size_t bytes = (size_t)quern_rt_tensor_bytes(rows->dtype, 1, &rows->shape[1]);
  if (bytes)
    memcpy(made->data, (const char *)rows->data + (size_t)row * bytes, bytes);
  return rows->dtype != QUERN_STRING || quern_own_strings(path, made, message);
}

/* Maps of one length: two files with a row a map. */
static bool read_rows(const char *path, quern_value *value, quern_message *message) {
  quern_value rows = {.kind = QUERN_MAP};
  const quern_tensor *keys = &rows.as.map.keys, *values = &rows.as.map.values;
  bool good = read_map(path, &rows, message);
  if (good && (keys->rank != 2 || values->rank != 2 || keys->shape[0] != values->shape[0]))
    good = quern_say(message, "%s: expects keys and values with a row a map", path);
  int64_t capacity = 0;
  for (int64_t i = 0; good && i < keys->shape[0]; ++i) {
    good = append_item(path, value, &capacity, message);
    quern_value *map = good ? &value->as.sequence.items[i] : NULL;
    if (good)
      map->kind = QUERN_MAP;
    good = good && copy_row(path, keys, i, &map->as.map.keys, message) &&
           copy_row(path, values, i, &map->as.map.values, message);
  }
  quern_free_value(&rows);
  return good;
}

static bool read_value(const char *path, const quern_port *port, quern_value *value, int depth,
                       quern_message *message) {
  value->kind = port->kind;
  if (depth > kDeepest)
    return quern_say(message, "%s: is nested deeper than %d folders", path, kDeepest);
  bool pb = quern_ends_with(path, ".pb");
  if (port->kind == QUERN_TENSOR)
    return !quern_rt_read_tensor(path, &value->as.tensor, message);
  if (pb) {
    quern_buffer file = {0};
    bool good = quern_read_file(path, &file, message) &&
                !quern_rt_parse_proto_value(path, file.data, file.size, port, value, message);
    free(file.data);
    return good;
  }
  if (port->kind == QUERN_OPTIONAL) {
    if (!(value->as.optional.item = calloc(1, sizeof *value)))
      return quern_say(message, "%s: no memory", path);
    return read_value(path, port->elements, value->as.optional.item, depth + 1, message);
  }
  if (port->kind == QUERN_MAP)
    return read_map(path, value, message);
  if (!is_folder(path) && port->elements->kind == QUERN_MAP)
    return read_rows(path, value, message);
  if (!is_folder(path))
    return quern_say(message, "%s: expects a sequence as a folder of 0.npy, 1.npy, ... or a .pb file", path);
  return read_folder(path, port, value, depth, message);
}

int quern_rt_read_value(const char *path, const quern_port *port, quern_value *value, quern_message *message) {
  quern_value made = {0};
  message->text[0] = '\0';
  if (!read_value(path, port, &made, 0, message) || message->text[0]) {
    quern_free_value(&made);
    return 1;
  }
  *value = made;
  return 0;
}
