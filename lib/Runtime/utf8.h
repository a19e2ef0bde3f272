/* Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * UTF-8, strictly: no overlong forms, no surrogates. */
#ifndef QUERN_RUNTIME_UTF8_H
#define QUERN_RUNTIME_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* Writes a code point; returns the number of bytes, 0 when it is none. */
static inline size_t quern_utf8_encode(uint32_t point, char *bytes) {
  if (point < 0x80) {
    bytes[0] = (char)point;
    return 1;
  }
  if (point > 0x10ffff || (point >= 0xd800 && point < 0xe000))
    return 0;
  size_t count = point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
  for (size_t i = count - 1; i > 0; --i, point >>= 6)
    bytes[i] = (char)(0x80 | (point & 0x3f));
  bytes[0] = (char)((0xf00u >> count & 0xff) | point);
  return count;
}

/* Reads a code point from at most `size` bytes; returns the bytes it took, 0 when there is no valid one. */
static inline size_t quern_utf8_decode(const char *bytes, size_t size, uint32_t *point) {
  static const uint32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  uint8_t first = size ? (uint8_t)bytes[0] : 0xff;
  size_t count = first < 0x80 ? 1 : first < 0xc0 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf8 ? 4 : 0;
  if (count == 0 || count > size)
    return 0;
  *point = count == 1 ? first : first & (0x7fu >> count);
  for (size_t i = 1; i < count; ++i) {
    if (((uint8_t)bytes[i] & 0xc0) != 0x80)
      return 0;
    *point = *point << 6 | ((uint8_t)bytes[i] & 0x3f);
  }
  return *point < kLeast[count] || *point > 0x10ffff || (*point >= 0xd800 && *point < 0xe000) ? 0 : count;
}

#endif /* QUERN_RUNTIME_UTF8_H */
