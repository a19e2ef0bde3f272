/* Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Types of values in words, and whether a run's inputs have those of the model. */
#include "internal.h"

#include <stdarg.h>
#include <string.h>

/* --- in words ------------------------------------------------------------- */

/* Appends to a terminated text, as far as there is room. */
__attribute__((format(printf, 3, 4))) static void add(char *text, size_t size, const char *format, ...) {
  size_t used = strlen(text);
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text + used, size - used, format, arguments);
  va_end(arguments);
}

static void add_port(char *text, size_t size, const quern_port *port) {
  if (port->kind != QUERN_TENSOR) {
    add(text, size, port->kind == QUERN_SEQUENCE ? "seq(" : port->kind == QUERN_OPTIONAL ? "optional(" : "map(");
    add_port(text, size, &port->elements[0]);
    if (port->kind == QUERN_MAP) {
      add(text, size, ", ");
      add_port(text, size, &port->elements[1]);
    }
    add(text, size, ")");
    return;
  }
  add(text, size, port->rank < 0 ? "%s[..." : "%s[", quern_rt_dtype_name(port->dtype));
  for (int32_t i = 0; i < port->rank; ++i) {
    const char *name = port->dim_names ? port->dim_names[i] : NULL;
    if (port->shape[i] >= 0)
      add(text, size, i ? ",%lld" : "%lld", (long long)port->shape[i]);
    else
      add(text, size, i ? ",%s" : "%s", name ? name : "?");
  }
  add(text, size, "]");
}

void quern_describe_port(char *text, size_t size, const quern_port *port) {
  *text = '\0';
  add_port(text, size, port);
}

static void add_tensor(char *text, size_t size, const quern_tensor *tensor) {
  size_t used = strlen(text);
  quern_rt_describe(text + used, size - used, tensor->dtype, tensor->shape ? tensor->rank : 0, tensor->shape);
}

void quern_describe_value(char *text, size_t size, const quern_value *value) {
  *text = '\0';
  switch (value->kind) {
  case QUERN_TENSOR:
    add_tensor(text, size, &value->as.tensor);
    break;
  case QUERN_SEQUENCE:
    add(text, size, "a sequence");
    break;
  case QUERN_OPTIONAL:
    add(text, size, "an optional");
    break;
  case QUERN_MAP:
    add(text, size, "a map");
    break;
  default:
    add(text, size, "a value of no known kind (%d)", value->kind);
  }
}

/* --- one value ------------------------------------------------------------ */

/* Where the value stands: "input 'x'", "item 3 of input 'x'". */
typedef struct place {
  const quern_port *input;
  int64_t item; /* -1: the input itself */
} place;

static const char *say_place(const place *at, char *text, size_t size) {
  if (at->item < 0)
    snprintf(text, size, "input '%s'", at->input->name);
  else
    snprintf(text, size, "input '%s', item %lld", at->input->name, (long long)at->item);
  return text;
}

static bool wrong_type(const place *at, const quern_port *port, const quern_value *value, quern_message *message) {
  char want[512], got[512], where[256];
  quern_describe_port(want, sizeof want, port);
  quern_describe_value(got, sizeof got, value);
  return quern_say(message, "%s: expects %s, got %s", say_place(at, where, sizeof where), want, got);
}

static bool check_tensor(const place *at, const quern_port *port, const quern_tensor *tensor, quern_message *message) {
  char where[256];
  quern_value value = {.kind = QUERN_TENSOR, .as.tensor = *tensor};
  say_place(at, where, sizeof where);
  if (tensor->rank < 0 || tensor->rank > QUERN_MAX_RANK)
    return quern_say(message, "%s: expects a rank between 0 and %d, got %d", where, QUERN_MAX_RANK, tensor->rank);
  if (tensor->rank > 0 && !tensor->shape)
    return quern_say(message, "%s: has no shape", where);
  if (tensor->dtype != port->dtype || (port->rank >= 0 && tensor->rank != port->rank))
    return wrong_type(at, port, &value, message);
  for (int32_t d = 0; d < port->rank; ++d)
    if (tensor->shape[d] < 0 || (port->shape[d] >= 0 && tensor->shape[d] != port->shape[d]))
      return wrong_type(at, port, &value, message);
  int64_t bytes = quern_rt_tensor_bytes(tensor->dtype, tensor->rank, tensor->shape);
  if (bytes < 0)
    return wrong_type(at, port, &value, message);
  if (bytes > 0 && !tensor->data)
    return quern_say(message, "%s: has no data", where);
  if (tensor->dtype == QUERN_BOOL)
    for (int64_t i = 0; i < bytes; ++i)
      if (((const uint8_t *)tensor->data)[i] > 1)
        return quern_say(message, "%s: expects bools of 0 or 1, element %lld is %d", where, (long long)i,
                         ((const uint8_t *)tensor->data)[i]);
  for (int64_t i = 0; tensor->dtype == QUERN_STRING && i < bytes / (int64_t)sizeof(quern_string); ++i) {
    const quern_string *string = &((const quern_string *)tensor->data)[i];
    if (string->length < 0 || (string->length > 0 && !string->bytes))
      return quern_say(message, "%s: string %lld has no bytes", where, (long long)i);
  }
  return true;
}

static bool check_value(place at, const quern_port *port, const quern_value *value, quern_message *message) {
  if (value->kind != port->kind)
    return wrong_type(&at, port, value, message);
  char where[256];
  switch (port->kind) {
  case QUERN_SEQUENCE:
    if (value->as.sequence.count < 0 || (value->as.sequence.count > 0 && !value->as.sequence.items))
      return quern_say(message, "%s: has no items", say_place(&at, where, sizeof where));
    for (int64_t i = 0; i < value->as.sequence.count; ++i)
      if (!check_value((place){at.input, i}, port->elements, &value->as.sequence.items[i], message))
        return false;
    return true;
  case QUERN_OPTIONAL:
    return !value->as.optional.item || check_value(at, port->elements, value->as.optional.item, message);
  case QUERN_MAP:
    if (!check_tensor(&at, &port->elements[0], &value->as.map.keys, message) ||
        !check_tensor(&at, &port->elements[1], &value->as.map.values, message))
      return false;
    return value->as.map.keys.shape[0] == value->as.map.values.shape[0] ||
           quern_say(message, "%s: has %lld keys and %lld values", say_place(&at, where, sizeof where),
                     (long long)value->as.map.keys.shape[0], (long long)value->as.map.values.shape[0]);
  default:
    return check_tensor(&at, port, &value->as.tensor, message);
  }
}

static bool check_input(const quern_port *port, const quern_value *value, quern_message *message) {
  return check_value((place){port, -1}, port, value, message);
}

/* --- all inputs ----------------------------------------------------------- */

/* The first dimension called `name` before dimension `d` of input `i`; false when this is the first. */
static bool first_named(const quern_model *model, const char *name, int32_t i, int32_t d, int32_t *input,
                        int32_t *dim) {
  for (int32_t j = 0; j <= i; ++j) {
    const quern_port *port = &model->inputs[j];
    if (port->kind != QUERN_TENSOR)
      continue;
    for (int32_t e = 0; port->dim_names && e < port->rank && (j < i || e < d); ++e)
      if (port->shape[e] < 0 && port->dim_names[e] && !strcmp(port->dim_names[e], name)) {
        *input = j;
        *dim = e;
        return true;
      }
  }
  return false;
}

static bool check_names(const quern_model *model, const quern_value *inputs, int32_t i, quern_message *message) {
  const quern_port *port = &model->inputs[i];
  for (int32_t d = 0; port->kind == QUERN_TENSOR && port->dim_names && d < port->rank; ++d) {
    int32_t j, e;
    const char *name = port->dim_names[d];
    if (port->shape[d] >= 0 || !name || !first_named(model, name, i, d, &j, &e))
      continue;
    const quern_tensor *here = &inputs[i].as.tensor, *there = &inputs[j].as.tensor;
    if (here->shape[d] == there->shape[e])
      continue;
    char first[512], second[512];
    quern_rt_describe(first, sizeof first, there->dtype, there->rank, there->shape);
    quern_rt_describe(second, sizeof second, here->dtype, here->rank, here->shape);
    return quern_say(message, "input '%s': dimension '%s' is %lld in %s, but %lld in %s of input '%s'", port->name,
                     name, (long long)here->shape[d], second, (long long)there->shape[e], first, model->inputs[j].name);
  }
  return true;
}

bool quern_check_inputs(const quern_model *model, const quern_value *inputs, quern_message *message) {
  for (int32_t i = 0; i < model->num_inputs; ++i)
    if (!check_input(&model->inputs[i], &inputs[i], message) || !check_names(model, inputs, i, message))
      return false;
  return true;
}
