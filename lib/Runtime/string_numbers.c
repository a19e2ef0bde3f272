/* Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Casts between strings and numbers, whatever the program's locale. */
#include "internal.h"

#include <errno.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

static int64_t count_of(const quern_tensor *tensor) { return quern_rt_element_count(tensor->rank, tensor->shape); }

/* --- from strings --------------------------------------------------------- */

enum { kLongest = 400 }; /* characters of a number */

/* Rounds once, to the nearest, ties to even. */
static uint16_t to_narrow(double value, int exponent_bits, int mantissa_bits) {
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  int bias = (1 << (exponent_bits - 1)) - 1, top = (1 << exponent_bits) - 1;
  uint16_t sign = (uint16_t)(bits >> 63 << (exponent_bits + mantissa_bits));
  int exponent = (int)(bits >> 52 & 0x7ff) - 1023 + bias;
  uint64_t mantissa = bits & 0xfffffffffffff;
  if ((bits >> 52 & 0x7ff) == 0x7ff)
    return (uint16_t)(sign | top << mantissa_bits | (mantissa ? 1 << (mantissa_bits - 1) : 0));
  int shift = 52 - mantissa_bits;
  if (exponent <= 0) {
    /* A subnormal number, or none. */
    shift += 1 - exponent;
    mantissa |= (uint64_t)1 << 52;
    exponent = 0;
    if (shift > 54)
      return sign;
  }
  uint64_t kept = ((uint64_t)exponent << mantissa_bits) + (shift > 63 ? 0 : mantissa >> shift);
  uint64_t rest = mantissa & (((uint64_t)1 << shift) - 1), half = (uint64_t)1 << (shift - 1);
  kept += rest > half || (rest == half && (kept & 1));
  return (uint16_t)(sign | (kept >= (uint64_t)top << mantissa_bits ? (uint64_t)top << mantissa_bits : kept));
}

static bool store_float(const char *text, char **end, quern_tensor *out, int64_t i) {
  switch (out->dtype) {
  case QUERN_FLOAT32:
    ((float *)out->data)[i] = strtof(text, end);
    return true;
  case QUERN_FLOAT64:
    ((double *)out->data)[i] = strtod(text, end);
    return true;
  case QUERN_FLOAT16:
    ((uint16_t *)out->data)[i] = to_narrow(strtod(text, end), 5, 10);
    return true;
  case QUERN_BFLOAT16:
    ((uint16_t *)out->data)[i] = to_narrow(strtod(text, end), 8, 7);
    return true;
  }
  return false;
}

static void store_integer(int64_t value, quern_tensor *out, int64_t i) {
  size_t size = (size_t)quern_rt_dtype_bits(out->dtype) / 8;
  if (out->dtype == QUERN_BOOL)
    value = value != 0;
  memcpy((char *)out->data + (size_t)i * size, &value, size);
}

/* An integer, or what is before the point of a decimal number. */
static bool parse_integer(const char *text, char **end, bool is_unsigned, int64_t *value) {
  errno = 0;
  *value = is_unsigned ? (int64_t)strtoull(text, end, 10) : strtoll(text, end, 10);
  if (!**end && *end != text)
    return !errno;
  double number = strtod(text, end);
  double limit = is_unsigned ? 18446744073709551616.0 : 9223372036854775808.0;
  if (!(number < limit && number >= -9223372036854775808.0))
    return false;
  *value = is_unsigned && number >= 0 ? (int64_t)(uint64_t)number : (int64_t)number;
  return true;
}

static bool parse_one(quern_string string, bool is_unsigned, quern_tensor *out, int64_t i) {
  char text[kLongest + 1], *end = text;
  while (string.length && (*string.bytes == ' ' || (*string.bytes >= '\t' && *string.bytes <= '\r')))
    ++string.bytes, --string.length;
  while (string.length && (string.bytes[string.length - 1] == ' ' || string.bytes[string.length - 1] == '\n'))
    --string.length;
  if (string.length < 1 || string.length > kLongest || memchr(string.bytes, '\0', (size_t)string.length) ||
      memchr(string.bytes, 'x', (size_t)string.length) || memchr(string.bytes, '(', (size_t)string.length))
    return false;
  memcpy(text, string.bytes, (size_t)string.length);
  text[string.length] = '\0';
  if (out->dtype == QUERN_BOOL && (!strcmp(text, "True") || !strcmp(text, "true"))) {
    store_integer(1, out, i);
    return true;
  }
  if (out->dtype == QUERN_BOOL && (!strcmp(text, "False") || !strcmp(text, "false"))) {
    store_integer(0, out, i);
    return true;
  }
  if (store_float(text, &end, out, i))
    return end != text && !*end;
  int64_t value;
  if (!parse_integer(text, &end, is_unsigned, &value) || end == text || *end)
    return false;
  store_integer(value, out, i);
  return true;
}

/* Numbers are written with a point, whatever the user's language. */
static locale_t use_plain_numbers(locale_t *plain) {
  *plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
  return *plain ? uselocale(*plain) : (locale_t)0;
}

static void use_again(locale_t before, locale_t plain) {
  if (!plain)
    return;
  uselocale(before);
  freelocale(plain);
}

int32_t quern_rt_string_parse(quern_env *env, int32_t node, const quern_tensor *args) {
  const int64_t *x = args[0].data;
  quern_tensor out = args[2];
  bool is_unsigned = *(const int64_t *)args[1].data;
  locale_t plain, before = use_plain_numbers(&plain);
  for (int64_t i = 0, n = count_of(&args[0]); i < n && !env->status; ++i) {
    quern_string string = quern_string_of(x[i]);
    if (!parse_one(string, is_unsigned, &out, i))
      quern_fail_node(env, node, "'%.*s' is not a number", (int)(string.length < 80 ? string.length : 80),
                      string.bytes);
  }
  use_again(before, plain);
  return env->status;
}

/* --- to strings ----------------------------------------------------------- */

/* The shortest decimal number that reads back as the same; Python's form. */
static void print_float(double value, int32_t dtype, char *text, size_t size) {
  if (value != value || value - value != 0) {
    snprintf(text, size, value != value ? "nan" : value < 0 ? "-inf" : "inf");
    return;
  }
  int digits = 1;
  for (; digits < 17; ++digits) {
    snprintf(text, size, "%.*e", digits - 1, value);
    double back = strtod(text, NULL);
    if (dtype == QUERN_FLOAT64   ? back == value
        : dtype == QUERN_FLOAT32 ? strtof(text, NULL) == (float)value
        : dtype == QUERN_FLOAT16 ? to_narrow(back, 5, 10) == to_narrow(value, 5, 10)
                                 : to_narrow(back, 8, 7) == to_narrow(value, 8, 7))
      break;
  }
  snprintf(text, size, "%.*e", digits - 1, value);
  int exponent = atoi(strchr(text, 'e') + 1);
  /* As numpy prints scalars: positional between 1e-4 and 1e16, with a point. */
  if (exponent < -4 || exponent >= 16)
    return;
  int decimals = digits - 1 - exponent;
  snprintf(text, size, "%.*f", decimals > 0 ? decimals : 1, value);
}

static void print_one(const quern_tensor *x, int64_t i, bool is_unsigned, char *text, size_t size) {
  int64_t value = 0;
  int32_t bits = quern_rt_dtype_bits(x->dtype);
  switch (x->dtype) {
  case QUERN_BOOL:
    snprintf(text, size, "%s", ((const uint8_t *)x->data)[i] ? "True" : "False");
    return;
  case QUERN_FLOAT16:
  case QUERN_BFLOAT16:
  case QUERN_FLOAT32:
  case QUERN_FLOAT64:
    print_float(quern_rt_element(x, i), x->dtype, text, size);
    return;
  }
  memcpy(&value, (const char *)x->data + (size_t)i * (size_t)(bits / 8), (size_t)bits / 8);
  if (is_unsigned)
    snprintf(text, size, "%llu", (unsigned long long)value);
  else
    snprintf(text, size, "%lld", (long long)((int64_t)((uint64_t)value << (64 - bits)) >> (64 - bits)));
}

int32_t quern_rt_string_print(quern_env *env, int32_t node, const quern_tensor *args) {
  (void)node;
  int64_t *out = args[2].data;
  bool is_unsigned = *(const int64_t *)args[1].data;
  locale_t plain, before = use_plain_numbers(&plain);
  char text[64];
  for (int64_t i = 0, n = count_of(&args[0]); i < n && !env->status; ++i) {
    print_one(&args[0], i, is_unsigned, text, sizeof text);
    out[i] = quern_intern(env, text, (int64_t)strlen(text), true);
  }
  use_again(before, plain);
  return env->status;
}
