/* Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * --info: what the model is, from its descriptor alone. */
#include "internal.h"

#include <string.h>

void quern_print_json_string(FILE *file, const char *text) {
  fputc('"', file);
  for (const unsigned char *at = (const unsigned char *)text; *at; ++at) {
    if (*at == '"' || *at == '\\')
      fprintf(file, "\\%c", *at);
    else if (*at < 0x20)
      fprintf(file, "\\u%04x", *at);
    else
      fputc(*at, file);
  }
  fputc('"', file);
}

static void field(const char *name, const char *value) {
  printf("  \"%s\": ", name);
  quern_print_json_string(stdout, value ? value : "");
  printf(",\n");
}

static void print_json_shape(const quern_port *port) {
  printf(port->rank < 0 ? "null" : "[");
  for (int32_t d = 0; d < port->rank; ++d) {
    const char *name = port->dim_names ? port->dim_names[d] : NULL;
    printf(d ? ", " : "");
    if (port->shape[d] >= 0)
      printf("%lld", (long long)port->shape[d]);
    else if (name)
      quern_print_json_string(stdout, name);
    else
      printf("null");
  }
  if (port->rank >= 0)
    putchar(']');
}

/* What follows "{" or a name. */
static void print_json_type(const quern_port *port) {
  static const char *const kinds[] = {"tensor", "sequence", "optional", "map"};
  if (port->kind == QUERN_TENSOR) {
    printf("\"dtype\": \"%s\", \"shape\": ", quern_rt_dtype_name(port->dtype));
    print_json_shape(port);
    return;
  }
  printf("\"kind\": \"%s\", \"of\": [", kinds[port->kind]);
  for (int i = 0; i < (port->kind == QUERN_MAP ? 2 : 1); ++i) {
    printf(i ? ", {" : "{");
    print_json_type(&port->elements[i]);
    putchar('}');
  }
  putchar(']');
}

static void print_json_ports(const char *kind, const quern_port *ports, int32_t count) {
  printf("  \"%s\": [", kind);
  for (int32_t i = 0; i < count; ++i) {
    printf(i ? ",\n    {\"name\": " : "\n    {\"name\": ");
    quern_print_json_string(stdout, ports[i].name);
    printf(", ");
    print_json_type(&ports[i]);
    putchar('}');
  }
  printf(count ? "\n  ],\n" : "],\n");
}

static void print_json(const quern_model *model) {
  printf("{\n");
  field("name", model->name);
  field("target", model->target);
  field("cpu_features", model->cpu_features);
  printf("  \"abi_version\": %d,\n", model->abi_version);
  print_json_ports("inputs", model->inputs, model->num_inputs);
  print_json_ports("outputs", model->outputs, model->num_outputs);
  printf("  \"weights_bytes\": %lld,\n", (long long)model->weights_size);
  if (model->workspace_size >= 0)
    printf("  \"workspace_bytes\": %lld,\n", (long long)model->workspace_size);
  else
    printf("  \"workspace_bytes\": null,\n");
  printf("  \"nodes\": %d,\n  \"metadata\": {", model->num_nodes);
  for (int32_t i = 0; i < model->num_metadata; ++i) {
    printf(i ? ",\n    " : "\n    ");
    quern_print_json_string(stdout, model->metadata[i].key);
    printf(": ");
    quern_print_json_string(stdout, model->metadata[i].value);
  }
  printf(model->num_metadata ? "\n  }\n}\n" : "}\n}\n");
}

static void print_ports(const char *kind, const quern_port *ports, int32_t count) {
  char text[512];
  for (int32_t i = 0; i < count; ++i) {
    quern_describe_port(text, sizeof text, &ports[i]);
    printf("%-10s %s: %s\n", kind, ports[i].name, text);
  }
}

int quern_print_info(const quern_args *args) {
  const quern_model *model = args->model;
  if (args->json) {
    print_json(model);
    return 0;
  }
  printf("%-10s %s\n%-10s %s", "model", model->name, "target", model->target);
  printf(model->cpu_features && *model->cpu_features ? " (%s)\n" : "\n", model->cpu_features);
  print_ports("input", model->inputs, model->num_inputs);
  print_ports("output", model->outputs, model->num_outputs);
  printf("%-10s %lld bytes\n", "weights", (long long)model->weights_size);
  if (model->workspace_size >= 0)
    printf("%-10s %lld bytes\n", "workspace", (long long)model->workspace_size);
  else
    printf("%-10s by the inputs' shapes\n", "workspace");
  for (int32_t i = 0; i < model->num_metadata; ++i)
    printf("%-10s %s = %s\n", i ? "" : "metadata", model->metadata[i].key, model->metadata[i].value);
  return 0;
}
