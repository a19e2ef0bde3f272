/* Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * An executable's inputs, from files or random, and its outputs' files. */
#include "internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* "DIR/3.npy" */
static void numbered(char *path, size_t size, const char *dir, int32_t index, const char *extension) {
  snprintf(path, size, "%s/%d%s", dir, index, extension);
}

enum { kPathSize = 4096 };

/* --- files ---------------------------------------------------------------- */

/* The file or folder of input `index` in the folder; "" for an optional that has none, which is empty. */
static int find_input(const quern_args *args, int32_t index, char *path) {
  static const char *const endings[] = {".npy", ".pb", "", "_keys.npy"};
  const quern_port *port = &args->model->inputs[index];
  char other[kPathSize], want[512];
  path[0] = '\0';
  /* Only values that are no tensors may be folders. */
  for (int i = 0; i < (port->kind == QUERN_TENSOR ? 2 : 4); ++i) {
    numbered(other, sizeof other, args->inputs_dir, index, endings[i]);
    if (access(other, F_OK))
      continue;
    if (path[0])
      return quern_error(args, QUERN_EXIT_USAGE, "input '%s' is given twice: '%s' and '%s'", port->name, path, other);
    memcpy(path, other, sizeof other);
  }
  if (path[0] || port->kind == QUERN_OPTIONAL) {
    if (quern_ends_with(path, "_keys.npy"))
      path[strlen(path) - strlen("_keys.npy")] = '\0';
    return 0;
  }
  quern_describe_port(want, sizeof want, port);
  numbered(path, kPathSize, args->inputs_dir, index, ".npy");
  numbered(other, sizeof other, args->inputs_dir, index, port->kind == QUERN_SEQUENCE ? "/0.npy" : ".pb");
  return quern_error(args, QUERN_EXIT_USAGE, "input '%s': expects %s in '%s' or '%s', and neither is there", port->name,
                     want, path, other);
}

static int read_input(const quern_args *args, int32_t index, const char *path, quern_value *value) {
  quern_message message;
  const quern_port *port = &args->model->inputs[index];
  if (!*path) {
    value->kind = port->kind;
    return 0;
  }
  if (!(port->kind == QUERN_TENSOR ? quern_rt_read_tensor(path, &value->as.tensor, &message)
                                   : args->model->values->read(path, port, value, &message)))
    return 0;
  return quern_error(args, QUERN_EXIT_USAGE, "input '%s': %s", port->name, message.text);
}

/* Files that no input takes: more likely a mistake than not. */
static int check_folder(const quern_args *args) {
  char path[kPathSize];
  struct stat info;
  if (stat(args->inputs_dir, &info))
    return quern_error(args, QUERN_EXIT_USAGE, "%s: cannot be opened: %s", args->inputs_dir, strerror(errno));
  if (!S_ISDIR(info.st_mode))
    return quern_error(args, QUERN_EXIT_USAGE, "%s: is no folder", args->inputs_dir);
  for (int pb = 0; pb < 2; ++pb) {
    numbered(path, sizeof path, args->inputs_dir, args->model->num_inputs, pb ? ".pb" : ".npy");
    if (!access(path, F_OK))
      return quern_error(args, QUERN_EXIT_USAGE, "%s: the model has only %d input%s", path, args->model->num_inputs,
                         args->model->num_inputs == 1 ? "" : "s");
  }
  return 0;
}

/* --- random inputs -------------------------------------------------------- */

static uint64_t next_random(uint64_t *state) {
  *state ^= *state << 13;
  *state ^= *state >> 7;
  *state ^= *state << 17;
  return *state;
}

/* Floats between -1 and 1; small integers are whole range, the others 0 or 1: they tend to be indices. */
static void fill_random(quern_tensor *tensor, uint64_t seed) {
  int64_t count = quern_rt_element_count(tensor->rank, tensor->shape);
  int64_t bytes = quern_rt_tensor_bytes(tensor->dtype, tensor->rank, tensor->shape);
  uint64_t state = seed;
  memset(tensor->data, 0, (size_t)bytes);
  for (int64_t i = 0; i < count; ++i) {
    uint64_t bits = next_random(&state) >> 20;
    switch (tensor->dtype) {
    case QUERN_FLOAT32:
      ((float *)tensor->data)[i] = (float)((double)(bits & 0xffffff) / 0x800000 - 1);
      break;
    case QUERN_FLOAT64:
      ((double *)tensor->data)[i] = (double)(bits & 0xffffff) / 0x800000 - 1;
      break;
    case QUERN_FLOAT16: /* ±[0.25, 1) */
      ((uint16_t *)tensor->data)[i] = (uint16_t)(0x3400 | (bits & 0x87ff));
      break;
    case QUERN_BFLOAT16: /* ±[0.25, 1) */
      ((uint16_t *)tensor->data)[i] = (uint16_t)(0x3e80 | (bits & 0x80ff));
      break;
    case QUERN_INT16:
    case QUERN_UINT16:
      ((uint16_t *)tensor->data)[i] = bits & 1;
      break;
    case QUERN_INT32:
    case QUERN_UINT32:
      ((uint32_t *)tensor->data)[i] = bits & 1;
      break;
    case QUERN_INT64:
    case QUERN_UINT64:
      ((uint64_t *)tensor->data)[i] = bits & 1;
      break;
    case QUERN_BOOL:
      ((uint8_t *)tensor->data)[i] = bits & 1;
      break;
    case QUERN_UINT8:
    case QUERN_INT8:
      ((uint8_t *)tensor->data)[i] = (uint8_t)bits;
      break;
    case QUERN_STRING:
      ((quern_string *)tensor->data)[i] = (quern_string){"", 0};
      break;
    }
  }
}

/* "1x3x224": the shape of a random input. */
static int parse_shape(const quern_args *args, int32_t index, int64_t *shape, int32_t *rank) {
  const quern_port *port = &args->model->inputs[index];
  const char *text = args->shapes[index], *at = text;
  char want[512];
  quern_describe_port(want, sizeof want, port);
  *rank = 0;
  for (;;) {
    char *end;
    errno = 0;
    long long value = strtoll(at, &end, 10);
    if (errno || end == at || value < 0 || *rank == QUERN_MAX_RANK || (*end && *end != 'x'))
      return quern_error(args, QUERN_EXIT_USAGE, "--shape %s=%s: expects sizes such as 1x3x224 (the input is %s)",
                         port->name, text, want);
    shape[(*rank)++] = value;
    if (!*end)
      return 0;
    at = end + 1;
  }
}

/* The size that another input, already made, gives to a dimension's name; 1 when none does. */
static int64_t named_size(const quern_args *args, const quern_value *inputs, const char *name) {
  for (int32_t i = 0; name && i < args->model->num_inputs; ++i) {
    const quern_port *port = &args->model->inputs[i];
    const quern_tensor *tensor = &inputs[i].as.tensor;
    for (int32_t d = 0;
         port->kind == QUERN_TENSOR && tensor->data && port->dim_names && d < port->rank && d < tensor->rank; ++d)
      if (port->shape[d] < 0 && port->dim_names[d] && !strcmp(port->dim_names[d], name))
        return tensor->shape[d];
  }
  return 1;
}

static int random_input(const quern_args *args, int32_t index, quern_value *inputs) {
  const quern_port *port = &args->model->inputs[index];
  if (port->kind != QUERN_TENSOR) {
    inputs[index].kind = port->kind;
    if (port->kind == QUERN_SEQUENCE)
      return 0; /* an empty one */
    return quern_error(args, QUERN_EXIT_USAGE, "input '%s': expects a file, only tensors can be random", port->name);
  }
  int64_t shape[QUERN_MAX_RANK];
  int32_t rank = port->rank < 0 ? 0 : port->rank;
  quern_message message;
  if (rank > QUERN_MAX_RANK)
    return quern_error(args, QUERN_EXIT_USAGE, "input '%s': has %d dimensions; expects at most %d", port->name, rank,
                       QUERN_MAX_RANK);
  if (args->shapes[index]) {
    if (parse_shape(args, index, shape, &rank))
      return QUERN_EXIT_USAGE;
  } else {
    for (int32_t d = 0; d < rank; ++d)
      shape[d] =
          port->shape[d] >= 0 ? port->shape[d] : named_size(args, inputs, port->dim_names ? port->dim_names[d] : 0);
  }
  if (!quern_new_tensor("random data", port->dtype, rank, shape, &inputs[index].as.tensor, &message))
    return quern_error(args, QUERN_EXIT_USAGE, "input '%s': %s", port->name, message.text);
  fill_random(&inputs[index].as.tensor, 0x9e3779b97f4a7c15u + (uint64_t)index);
  return 0;
}

/* --- all inputs and outputs ----------------------------------------------- */

int quern_load_inputs(const quern_args *args, quern_value *inputs) {
  const quern_model *model = args->model;
  char path[kPathSize], want[512];
  if (args->inputs_dir) {
    int status = check_folder(args);
    if (status)
      return status;
  }
  for (int32_t i = 0; i < model->num_inputs; ++i) {
    int status = 0;
    quern_describe_port(want, sizeof want, &model->inputs[i]);
    if (args->input_files[i])
      status = read_input(args, i, args->input_files[i], &inputs[i]);
    else if (args->inputs_dir)
      status = find_input(args, i, path) || read_input(args, i, path, &inputs[i]) ? QUERN_EXIT_USAGE : 0;
    else if (model->inputs[i].kind == QUERN_OPTIONAL)
      status = read_input(args, i, "", &inputs[i]);
    else if (!args->bench && !args->profile)
      status = quern_error(args, QUERN_EXIT_USAGE, "input '%s' is missing: expects %s", model->inputs[i].name, want);
    if (status)
      return status;
  }
  /* Random ones last, those of a given shape first: the others follow the names of their dimensions. */
  for (int given = 1; given >= 0; --given)
    for (int32_t i = 0; i < model->num_inputs; ++i)
      if (inputs[i].kind == QUERN_TENSOR && !inputs[i].as.tensor.data && !!args->shapes[i] == given &&
          random_input(args, i, inputs))
        return QUERN_EXIT_USAGE;
  return 0;
}

int quern_save_outputs(const quern_args *args, const quern_value *outputs) {
  const quern_model *model = args->model;
  quern_files files = {0};
  quern_message message;
  char path[kPathSize];
  int status = 0;
  if (args->outputs_dir && mkdir(args->outputs_dir, 0777) && errno != EEXIST)
    status = quern_error(args, QUERN_EXIT_FAILED, "%s: cannot be made: %s", args->outputs_dir, strerror(errno));
  for (int32_t i = 0; i < model->num_outputs && !status; ++i) {
    if (args->outputs_dir)
      numbered(path, sizeof path, args->outputs_dir, i, "");
    const char *where = args->outputs_dir ? path : args->output_files[i];
    if (!where)
      continue;
    bool stem = args->outputs_dir != NULL;
    const char *name = model->outputs[i].name;
    if (!(outputs[i].kind == QUERN_TENSOR ? quern_add_file(&files, where, stem, name, &outputs[i].as.tensor, &message)
                                          : model->values->add_files(&files, where, stem, name, &outputs[i], &message)))
      status = quern_error(args, QUERN_EXIT_FAILED, "%s", message.text);
  }
  if (!status && !quern_write_files(&files, &message))
    status = quern_error(args, QUERN_EXIT_FAILED, "%s", message.text);
  quern_free_files(&files);
  return status;
}
