/* Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The executable's main(): docs/executable.md. */
#include "internal.h"

#include <stdlib.h>

static int run_once(const quern_args *args, const quern_value *inputs, quern_value *outputs) {
  char message[1024];
  quern_options options = {.threads = args->threads, .message = message, .message_size = sizeof message};
  quern_status status = quern_rt_run(args->model, inputs, outputs, &options);
  if (status)
    return quern_error(args, status == QUERN_BAD_INPUT ? QUERN_EXIT_USAGE : QUERN_EXIT_FAILED, "%s", message);
  return 0;
}

static bool wants_files(const quern_args *args) {
  bool any = args->outputs_dir != NULL;
  for (int32_t i = 0; i < args->model->num_outputs; ++i)
    any |= args->output_files[i] != NULL;
  return any;
}

static int execute(const quern_args *args, quern_value *inputs, quern_value *outputs) {
  char missing[64];
  bool timed = args->bench || args->profile;
  if (quern_cpu_lacks(args->model->cpu_features, missing, sizeof missing))
    return quern_error(args, QUERN_EXIT_FAILED, "this CPU has no %s, which the model was compiled for (target %s)",
                       missing, args->model->target);
  int status = quern_load_inputs(args, inputs);
  if (!status)
    status = timed ? quern_bench(args, inputs, outputs) : run_once(args, inputs, outputs);
  if (!status && wants_files(args))
    status = quern_save_outputs(args, outputs);
  else if (!status && !timed)
    for (int32_t i = 0; i < args->model->num_outputs; ++i)
      quern_print_value(stdout, args->model->outputs[i].name, &outputs[i]);
  return status;
}

static int run_model(const quern_args *args) {
  const quern_model *model = args->model;
  quern_value *inputs = calloc((size_t)model->num_inputs + 1, sizeof *inputs);
  quern_value *outputs = calloc((size_t)model->num_outputs + 1, sizeof *outputs);
  int status = inputs && outputs ? execute(args, inputs, outputs) : quern_error(args, QUERN_EXIT_FAILED, "no memory");
  for (int32_t i = 0; inputs && i < model->num_inputs; ++i)
    quern_free_value(&inputs[i]);
  for (int32_t i = 0; outputs && i < model->num_outputs; ++i)
    quern_free_value(&outputs[i]);
  free(inputs);
  free(outputs);
  return status;
}

int quern_rt_main(const quern_model *model, int argc, char **argv) {
  quern_args args = {.model = model};
  int status = quern_args_parse(&args, argc, argv);
  if (!status && args.help)
    quern_print_help(&args);
  else if (!status)
    status = args.info ? quern_print_info(&args) : run_model(&args);
  if ((fflush(stdout) || ferror(stdout)) && !status)
    status = quern_error(&args, QUERN_EXIT_FAILED, "standard output: cannot be written");
  quern_args_free(&args);
  return status;
}
