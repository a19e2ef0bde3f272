/* Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Operators on strings, and searches among handles and integers. */
#include "internal.h"
#include "utf8.h"

#include <stdlib.h>
#include <string.h>

static int64_t count_of(const quern_tensor *tensor) { return quern_rt_element_count(tensor->rank, tensor->shape); }
static const int64_t *handles_of(const quern_tensor *tensor) { return tensor->data; }
static int64_t scalar_of(const quern_tensor *tensor) { return *(const int64_t *)tensor->data; }

/* --- constants ------------------------------------------------------------ */

int32_t quern_rt_strings(quern_env *env, int32_t node, const quern_tensor *args) {
  (void)node;
  const char *blob = args[0].data;
  int64_t count = count_of(&args[1]), *out = args[1].data;
  const char *text = blob + (count + 1) * (int64_t)sizeof(int64_t);
  for (int64_t i = 0; i < count; ++i) {
    int64_t ends[2];
    memcpy(ends, blob + i * (int64_t)sizeof *ends, sizeof ends);
    out[i] = quern_intern(env, text + ends[0], ends[1] - ends[0], false);
  }
  return env->status;
}

/* --- concatenation -------------------------------------------------------- */

int32_t quern_rt_string_concat(quern_env *env, int32_t node, const quern_tensor *args) {
  (void)node;
  const int64_t *x = handles_of(&args[0]), *y = handles_of(&args[1]);
  int64_t *out = args[2].data;
  quern_buffer text = {0};
  for (int64_t i = 0, n = count_of(&args[2]); i < n && !text.failed; ++i) {
    quern_string a = quern_string_of(x[i]), b = quern_string_of(y[i]);
    text.size = 0;
    quern_append(&text, a.bytes, (size_t)a.length);
    quern_append(&text, b.bytes, (size_t)b.length);
    out[i] = a.length && b.length ? quern_intern(env, text.data, (int64_t)text.size, true) : x[i] ? x[i] : y[i];
  }
  if (text.failed)
    quern_env_fail(env, QUERN_NO_MEMORY, "no memory for a string");
  free(text.data);
  return env->status;
}

/* --- splitting ------------------------------------------------------------ */

static bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

/* Takes the next part from the front of `rest`, which has `splits` splits left (-1: any number). */
static bool next_part(quern_string *rest, quern_string delimiter, int64_t *splits, bool *more, quern_string *part) {
  const char *at = rest->bytes, *end = rest->bytes + rest->length;
  if (!delimiter.length) {
    /* Runs of white space divide; what is at the ends does not count. */
    while (at < end && is_space(*at))
      ++at;
    if (at == end)
      return false;
    const char *stop = at;
    if (*splits == 0) {
      for (stop = end; stop > at && is_space(stop[-1]); --stop)
        ;
      *rest = (quern_string){end, 0};
    } else {
      while (stop < end && !is_space(*stop))
        ++stop;
      *rest = (quern_string){stop, end - stop};
    }
    *part = (quern_string){at, stop - at};
    *splits -= *splits > 0;
    return true;
  }
  if (!*more)
    return false;
  const char *found =
      *splits != 0 && rest->length ? memmem(at, (size_t)rest->length, delimiter.bytes, (size_t)delimiter.length) : NULL;
  *more = found != NULL;
  *part = (quern_string){at, (found ? found : end) - at};
  if (found) {
    found += delimiter.length;
    *rest = (quern_string){found, end - found};
    *splits -= *splits > 0;
  }
  return true;
}

/* Splits one string into `parts`, which may be NULL; returns their number. */
static int64_t split_one(quern_env *env, int64_t handle, quern_string delimiter, int64_t splits, int64_t *parts) {
  quern_string rest = quern_string_of(handle), part;
  bool more = true;
  int64_t count = 0;
  while (next_part(&rest, delimiter, &splits, &more, &part)) {
    if (parts)
      parts[count] = quern_intern(env, part.bytes, part.length, false);
    ++count;
  }
  return count;
}

int32_t quern_rt_string_split_width(quern_env *env, int32_t node, const quern_tensor *args) {
  (void)node;
  int64_t most = 0;
  for (int64_t i = 0, n = count_of(&args[0]); i < n; ++i) {
    int64_t parts =
        split_one(env, handles_of(&args[0])[i], quern_string_of(scalar_of(&args[1])), scalar_of(&args[2]), NULL);
    most = parts > most ? parts : most;
  }
  *(int64_t *)args[3].data = most;
  return env->status;
}

int32_t quern_rt_string_split(quern_env *env, int32_t node, const quern_tensor *args) {
  (void)node;
  int64_t *parts = args[3].data, *counts = args[4].data, width = args[3].shape[args[3].rank - 1];
  for (int64_t i = 0, n = count_of(&args[0]); i < n; ++i) {
    int64_t *row = parts + i * width;
    counts[i] = split_one(env, handles_of(&args[0])[i], quern_string_of(scalar_of(&args[1])), scalar_of(&args[2]), row);
    for (int64_t k = counts[i]; k < width; ++k)
      row[k] = 0;
  }
  return env->status;
}

/* --- normalizing ---------------------------------------------------------- */

enum { CASE_NONE, CASE_LOWER, CASE_UPPER };

/* The other case of a letter: Latin, Greek, Cyrillic and Armenian, each letter alone; `ß` and its like stay. */
static uint32_t change_case(uint32_t c, int64_t action) {
  static const struct {
    uint32_t first, last; /* upper case letters */
    int32_t step;         /* to lower case; 1: each second letter is upper case, from the first on */
  } ranges[] = {
      {'A', 'Z', 32},     {0xC0, 0xD6, 32},    {0xD8, 0xDE, 32},    {0x100, 0x12E, 1},    {0x132, 0x136, 1},
      {0x139, 0x147, 1},  {0x14A, 0x176, 1},   {0x179, 0x17D, 1},   {0x1CD, 0x1DB, 1},    {0x1DE, 0x1EE, 1},
      {0x1F8, 0x21E, 1},  {0x222, 0x232, 1},   {0x386, 0x386, 38},  {0x388, 0x38A, 37},   {0x38C, 0x38C, 64},
      {0x38E, 0x38F, 63}, {0x391, 0x3A1, 32},  {0x3A3, 0x3AB, 32},  {0x3D8, 0x3EE, 1},    {0x400, 0x40F, 80},
      {0x410, 0x42F, 32}, {0x460, 0x480, 1},   {0x48A, 0x4BE, 1},   {0x4C1, 0x4CD, 1},    {0x4D0, 0x52E, 1},
      {0x531, 0x556, 48}, {0x1E00, 0x1E94, 1}, {0x1EA0, 0x1EFE, 1}, {0xFF21, 0xFF3A, 32},
  };
  if (c == 0x178 && action == CASE_LOWER)
    return 0xFF;
  if (c == 0xFF && action == CASE_UPPER)
    return 0x178;
  for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; ++i) {
    uint32_t first = ranges[i].first, last = ranges[i].last, step = (uint32_t)ranges[i].step;
    if (step == 1) {
      if (c >= first && c <= last + 1)
        return action == CASE_LOWER ? c + !((c - first) & 1) : c - ((c - first) & 1);
    } else if (action == CASE_LOWER && c >= first && c <= last) {
      return c + step;
    } else if (action == CASE_UPPER && c >= first + step && c <= last + step) {
      return c - step;
    }
  }
  return c;
}

/* The string in lower or upper case. What is no UTF-8 stays as it is. */
static int64_t with_case(quern_env *env, int64_t handle, int64_t action, quern_buffer *text) {
  quern_string string = quern_string_of(handle);
  if (action == CASE_NONE || !string.length)
    return handle;
  text->size = 0;
  for (int64_t at = 0; at < string.length;) {
    uint32_t point;
    char bytes[4];
    size_t step = quern_utf8_decode(string.bytes + at, (size_t)(string.length - at), &point);
    size_t length = step ? quern_utf8_encode(change_case(point, action), bytes) : 0;
    quern_append(text, length ? bytes : string.bytes + at, length ? length : 1);
    at += (int64_t)(step ? step : 1);
  }
  if (text->failed) {
    quern_env_fail(env, QUERN_NO_MEMORY, "no memory for a string");
    return 0;
  }
  return quern_intern(env, text->data, (int64_t)text->size, true);
}

/* Writes what is left to `out`, which may be NULL; returns how many strings that is. */
static int64_t normalize(quern_env *env, const quern_tensor *args, int64_t *out) {
  const quern_tensor *x = &args[0], *stop = &args[1];
  int64_t action = scalar_of(&args[2]), compared = scalar_of(&args[3]) ? CASE_NONE : CASE_LOWER;
  int64_t stops = count_of(stop), kept = 0;
  quern_buffer text = {0};
  int64_t *words = quern_pool(env, (size_t)stops * sizeof *words);
  for (int64_t k = 0; words && k < stops; ++k)
    words[k] = with_case(env, handles_of(stop)[k], compared, &text);
  for (int64_t i = 0, n = count_of(x); i < n && !env->status; ++i) {
    int64_t word = stops ? with_case(env, handles_of(x)[i], compared, &text) : 0;
    bool stays = true;
    for (int64_t k = 0; k < stops && stays; ++k)
      stays = words[k] != word;
    if (!stays)
      continue;
    if (out)
      out[kept] = with_case(env, handles_of(x)[i], action, &text);
    ++kept;
  }
  free(text.data);
  if (!kept && out)
    out[0] = 0;
  return kept ? kept : 1;
}

int32_t quern_rt_string_normalize_count(quern_env *env, int32_t node, const quern_tensor *args) {
  (void)node;
  *(int64_t *)args[4].data = normalize(env, args, NULL);
  return env->status;
}

int32_t quern_rt_string_normalize(quern_env *env, int32_t node, const quern_tensor *args) {
  (void)node;
  normalize(env, args, args[4].data);
  return env->status;
}

/* --- searches ------------------------------------------------------------- */

/* An open hash table of indices into keys; NULL with the message set where there is no memory for it. */
static int64_t *make_table(quern_env *env, const int64_t *keys, int64_t width, int64_t count, size_t *mask) {
  size_t capacity = 16;
  while (capacity < (size_t)count * 2)
    capacity *= 2;
  int64_t *table = malloc(capacity * sizeof *table);
  if (!table) {
    quern_env_fail(env, QUERN_NO_MEMORY, "no memory for a table of %lld keys", (long long)count);
    return NULL;
  }
  *mask = capacity - 1;
  memset(table, -1, capacity * sizeof *table);
  for (int64_t i = 0; i < count; ++i) {
    const int64_t *key = keys + i * width;
    size_t size = (size_t)width * sizeof *key, slot = quern_hash(key, size) & *mask;
    while (table[slot] >= 0 && memcmp(keys + table[slot] * width, key, size))
      slot = (slot + 1) & *mask;
    if (table[slot] < 0)
      table[slot] = i; /* the first of equal keys counts */
  }
  return table;
}

static int64_t look_up(const int64_t *table, size_t mask, const int64_t *keys, int64_t width, const int64_t *key) {
  size_t size = (size_t)width * sizeof *key, slot = quern_hash(key, size) & mask;
  while (table[slot] >= 0 && memcmp(keys + table[slot] * width, key, size))
    slot = (slot + 1) & mask;
  return table[slot];
}

int32_t quern_rt_find(quern_env *env, int32_t node, const quern_tensor *args) {
  (void)node;
  const int64_t *x = handles_of(&args[0]), *keys = handles_of(&args[1]);
  int64_t *out = args[2].data;
  size_t mask;
  int64_t *table = make_table(env, keys, 1, count_of(&args[1]), &mask);
  for (int64_t i = 0, n = count_of(&args[0]); table && i < n; ++i)
    out[i] = look_up(table, mask, keys, 1, &x[i]);
  free(table);
  return env->status;
}

/* --- order ---------------------------------------------------------------- */

static int compare_strings(const void *x, const void *y) {
  quern_string a = quern_string_of(*(const int64_t *)x), b = quern_string_of(*(const int64_t *)y);
  int64_t shorter = a.length < b.length ? a.length : b.length;
  int order = shorter ? memcmp(a.bytes, b.bytes, (size_t)shorter) : 0;
  return order ? order : (a.length > b.length) - (a.length < b.length);
}

int32_t quern_rt_string_order(quern_env *env, int32_t node, const quern_tensor *args) {
  (void)node;
  const int64_t *x = handles_of(&args[0]);
  int64_t *out = args[1].data, count = count_of(&args[0]), different = 0;
  if (count == 0)
    return env->status;
  int64_t *sorted = malloc((size_t)count * sizeof *sorted);
  if (!sorted)
    return quern_env_fail(env, QUERN_NO_MEMORY, "no memory to sort %lld strings", (long long)count), env->status;
  memcpy(sorted, x, (size_t)count * sizeof *sorted);
  qsort(sorted, (size_t)count, sizeof *sorted, compare_strings);
  for (int64_t i = 0; i < count; ++i) /* equal strings have equal handles */
    if (i == 0 || sorted[i] != sorted[different - 1])
      sorted[different++] = sorted[i];
  for (int64_t i = 0; i < count; ++i)
    out[i] = (int64_t *)bsearch(&x[i], sorted, (size_t)different, sizeof *sorted, compare_strings) - sorted;
  free(sorted);
  return env->status;
}

/* --- n-grams -------------------------------------------------------------- */

enum { X, POOL, STARTS, COLUMNS, LEAST, MOST, SKIPS, COUNTS };

/* Counts the n-grams of `length` items: those of the pool from `keys` on, whose columns are `columns`. */
static void count_grams(const quern_tensor *args, int64_t length, const int64_t *keys, const int64_t *columns,
                        const int64_t *table, size_t mask, int64_t *gram) {
  const int64_t *x = handles_of(&args[X]);
  float *counts = args[COUNTS].data;
  int64_t width = args[COUNTS].shape[args[COUNTS].rank - 1], items = args[X].shape[args[X].rank - 1];
  int64_t rows = args[X].rank == 2 ? args[X].shape[0] : 1, strides = length == 1 ? 1 : scalar_of(&args[SKIPS]) + 1;
  for (int64_t row = 0; row < rows; ++row, x += items, counts += width)
    for (int64_t stride = 1; stride <= strides && (length - 1) * stride < items; ++stride)
      for (int64_t start = 0; start + (length - 1) * stride < items; ++start) {
        for (int64_t k = 0; k < length; ++k)
          gram[k] = x[start + k * stride];
        int64_t found = look_up(table, mask, keys, length, gram);
        if (found >= 0)
          counts[columns[found]] += 1;
      }
}

int32_t quern_rt_ngrams(quern_env *env, int32_t node, const quern_tensor *args) {
  (void)node;
  const int64_t *pool = handles_of(&args[POOL]), *starts = handles_of(&args[STARTS]);
  const int64_t *columns = handles_of(&args[COLUMNS]);
  int64_t lengths = count_of(&args[STARTS]), pool_size = count_of(&args[POOL]);
  memset(args[COUNTS].data, 0, (size_t)count_of(&args[COUNTS]) * sizeof(float));
  int64_t *gram = quern_pool(env, (size_t)lengths * sizeof *gram);
  for (int64_t length = 1; gram && length <= lengths; ++length) {
    int64_t start = starts[length - 1], end = length < lengths ? starts[length] : pool_size;
    int64_t grams = (end - start) / length;
    if (grams && length >= scalar_of(&args[LEAST]) && length <= scalar_of(&args[MOST])) {
      size_t mask;
      int64_t *table = make_table(env, pool + start, length, grams, &mask);
      if (!table)
        break;
      count_grams(args, length, pool + start, columns, table, mask, gram);
      free(table);
    }
    columns += grams;
  }
  return env->status;
}
