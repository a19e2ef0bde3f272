/* Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Loads a model, runs it on threads and unloads it, again and again. */
#include "quern/Runtime/value.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv) {
  for (int round = 0; argc == 2 && round < 20; ++round) {
    void *library = dlopen(argv[1], RTLD_NOW);
    if (!library)
      return fprintf(stderr, "%s\n", dlerror()), 1;
    quern_status (*run)(const quern_value *, quern_value *, const quern_options *) = 0;
    *(void **)&run = dlsym(library, "one_run");
    float a[30] = {0};
    int64_t shape[] = {10, 3};
    quern_value inputs[2] = {{.as.tensor = {a, QUERN_FLOAT32, 2, shape}}, {.as.tensor = {a, QUERN_FLOAT32, 2, shape}}};
    quern_value outputs[2] = {{0}, {0}};
    quern_options options = {.threads = 4};
    if (run(inputs, outputs, &options) != QUERN_OK)
      return 1;
    for (int i = 0; i < 2; ++i) {
      free(outputs[i].as.tensor.data);
      free(outputs[i].as.tensor.shape);
    }
    dlclose(library);
  }
  puts("done");
  return 0;
}
