/* Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The same for SequenceProto, OptionalProto and MapProto. The first byte says what is expected. */
#include "internal.h"

#include <stdlib.h>

static const quern_port kFloats = {.kind = QUERN_TENSOR, .dtype = QUERN_FLOAT32, .rank = -1};
static const quern_port kStrings = {.kind = QUERN_TENSOR, .dtype = QUERN_STRING, .rank = -1};
static const quern_port kEntries[] = {{.kind = QUERN_TENSOR, .dtype = QUERN_INT64, .rank = 1},
                                      {.kind = QUERN_TENSOR, .dtype = QUERN_FLOAT32, .rank = 1}};
static const quern_port kMap = {.kind = QUERN_MAP, .elements = kEntries};
static const quern_port kSequence = {.kind = QUERN_SEQUENCE, .elements = &kFloats};
static const quern_port kPorts[] = {{.kind = QUERN_SEQUENCE, .elements = &kFloats},
                                    {.kind = QUERN_SEQUENCE, .elements = &kStrings},
                                    {.kind = QUERN_SEQUENCE, .elements = &kMap},
                                    {.kind = QUERN_OPTIONAL, .elements = &kFloats},
                                    {.kind = QUERN_OPTIONAL, .elements = &kSequence}};

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  static FILE *sink;
  if (!sink)
    sink = fopen("/dev/null", "w");
  if (!size)
    return 0;
  const quern_port *port = &kPorts[bytes[0] % (sizeof kPorts / sizeof *kPorts)];
  quern_value value = {0};
  quern_message message = {{0}};
  if (quern_rt_parse_proto_value("x.pb", bytes + 1, size - 1, port, &value, &message)) {
    if (!message.text[0])
      abort();
  } else {
    if (value.kind != port->kind)
      abort();
    quern_print_value(sink, "x", &value);
  }
  quern_free_value(&value);
  return 0;
}
