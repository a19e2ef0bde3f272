/* Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Prints a tensor as numpy would: nested brackets, aligned columns, the middle
 * of long dimensions left out. */
#include "internal.h"

#include <string.h>

enum { kPrintAll = 1000, kEdge = 3, kWidthMost = 64 };

typedef struct printer {
  FILE *file;
  const quern_tensor *tensor;
  bool summarise;
  bool measure; /* only find the widest element */
  int width;
} printer;

static void format_string(char *text, size_t size, const quern_string *string) {
  size_t used = 0;
  text[used++] = '\'';
  for (int64_t i = 0; i < string->length && used + 8 < size; ++i) {
    unsigned char c = (unsigned char)string->bytes[i];
    used += (size_t)snprintf(text + used, size - used, c < 0x20 ? "\\x%02x" : c == '\'' ? "\\'" : "%c", c);
  }
  snprintf(text + used, size - used, "'");
}

static void format_element(char *text, size_t size, const quern_tensor *tensor, int64_t index) {
  switch (tensor->dtype) {
  case QUERN_STRING:
    format_string(text, size, &((const quern_string *)tensor->data)[index]);
    return;
  case QUERN_BOOL:
    snprintf(text, size, "%s", ((const uint8_t *)tensor->data)[index] ? "True" : "False");
    return;
  case QUERN_INT64:
    snprintf(text, size, "%lld", (long long)((const int64_t *)tensor->data)[index]);
    return;
  case QUERN_UINT64:
    snprintf(text, size, "%llu", (unsigned long long)((const uint64_t *)tensor->data)[index]);
    return;
  case QUERN_COMPLEX64:
  case QUERN_COMPLEX128:
    snprintf(text, size, "%.6g%+.6gj", quern_rt_element(tensor, 2 * index), quern_rt_element(tensor, 2 * index + 1));
    return;
  case QUERN_FLOAT64:
    snprintf(text, size, "%.8g", quern_rt_element(tensor, index));
    return;
  case QUERN_INT32:
  case QUERN_UINT32:
    snprintf(text, size, "%.0f", quern_rt_element(tensor, index));
    return;
  default:
    snprintf(text, size, "%.6g", quern_rt_element(tensor, index));
  }
}

static void visit(printer *p, int32_t dim, int64_t offset);

/* Between two items of a dimension: a blank line for each dimension inside, then the brackets' indentation. */
static void separate(printer *p, int32_t dim) {
  if (dim + 1 == p->tensor->rank) {
    fputc(' ', p->file);
    return;
  }
  for (int32_t d = dim + 1; d < p->tensor->rank; ++d)
    fputc('\n', p->file);
  for (int32_t d = 0; d <= dim; ++d)
    fputc(' ', p->file);
}

static void visit_items(printer *p, int32_t dim, int64_t offset, int64_t stride) {
  int64_t count = p->tensor->shape[dim];
  bool cut = p->summarise && count > 2 * kEdge;
  for (int64_t i = 0; i < count; ++i) {
    if (i && !p->measure)
      separate(p, dim);
    if (cut && i == kEdge) {
      if (!p->measure)
        fputs("...", p->file);
      i = count - kEdge - 1;
      continue;
    }
    visit(p, dim + 1, offset + i * stride);
  }
}

static void visit(printer *p, int32_t dim, int64_t offset) {
  if (dim == p->tensor->rank) {
    char text[kWidthMost];
    format_element(text, sizeof text, p->tensor, offset);
    int width = (int)strlen(text);
    if (!p->measure)
      fprintf(p->file, "%*s", p->width, text);
    else if (width > p->width)
      p->width = width;
    return;
  }
  int64_t stride = quern_rt_element_count(p->tensor->rank - dim - 1, p->tensor->shape + dim + 1);
  if (!p->measure)
    fputc('[', p->file);
  visit_items(p, dim, offset, stride);
  if (!p->measure)
    fputc(']', p->file);
}

static void print_tensor(FILE *file, const char *name, const quern_tensor *tensor) {
  char type[512];
  quern_rt_describe(type, sizeof type, tensor->dtype, tensor->rank, tensor->shape);
  fprintf(file, "%s: %s\n", name, type);
  int64_t count = quern_rt_element_count(tensor->rank, tensor->shape);
  printer p = {file, tensor, count > kPrintAll, true, 0};
  if (count == 0) {
    fputs("[]\n", file);
    return;
  }
  visit(&p, 0, 0);
  p.measure = false;
  visit(&p, 0, 0);
  fputc('\n', file);
}

void quern_print_value(FILE *file, const char *name, const quern_value *value) {
  char text[512];
  switch (value->kind) {
  case QUERN_SEQUENCE:
    fprintf(file, "%s: a sequence of %lld\n", name, (long long)value->as.sequence.count);
    for (int64_t i = 0; i < value->as.sequence.count; ++i) {
      snprintf(text, sizeof text, "%s[%lld]", name, (long long)i);
      quern_print_value(file, text, &value->as.sequence.items[i]);
    }
    return;
  case QUERN_OPTIONAL:
    if (value->as.optional.item)
      quern_print_value(file, name, value->as.optional.item);
    else
      fprintf(file, "%s: nothing\n", name);
    return;
  case QUERN_MAP:
    snprintf(text, sizeof text, "%s keys", name);
    print_tensor(file, text, &value->as.map.keys);
    snprintf(text, sizeof text, "%s values", name);
    print_tensor(file, text, &value->as.map.values);
    return;
  default:
    print_tensor(file, name, &value->as.tensor);
  }
}
