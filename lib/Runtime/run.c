/* Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * One run of a model: what must hold before, the call, and what is given back
 * after. */
#include "internal.h"

#include <stdlib.h>
#include <string.h>

/* --- the run -------------------------------------------------------------- */

static bool check_options(quern_env *env, const quern_value *inputs) {
  const quern_model *model = env->model;
  char missing[64];
  if (model->abi_version != QUERN_ABI_VERSION)
    quern_env_fail(env, QUERN_BAD_INPUT, "the model was compiled for ABI version %d, this runtime has %d",
                   model->abi_version, QUERN_ABI_VERSION);
  else if (quern_cpu_lacks(model->cpu_features, missing, sizeof missing))
    quern_env_fail(env, QUERN_BAD_CPU, "this CPU has no %s, which the model was compiled for (target %s)", missing,
                   model->target);
  else if (env->options->threads < 0)
    quern_env_fail(env, QUERN_BAD_INPUT, "expects 0 or more threads, got %d", env->options->threads);
  else if ((model->num_inputs && !inputs) || (model->num_outputs && !env->outputs))
    quern_env_fail(env, QUERN_BAD_INPUT, "expects %d inputs and %d outputs, got none", model->num_inputs,
                   model->num_outputs);
  else if (!quern_check_inputs(model, inputs, &env->message))
    env->status = QUERN_BAD_INPUT;
  return env->status == QUERN_OK;
}

/* A failed run leaves the outputs as it found them. Only what malloc gave can be given back. */
static void undo_outputs(quern_env *env) {
  for (int32_t i = 0; i < env->model->num_outputs; ++i) {
    if (!env->made[i])
      continue;
    if (!env->options->alloc)
      quern_free_value(&env->outputs[i]);
    env->outputs[i] = (quern_value){0};
  }
}

static void run(quern_env *env, const quern_value *inputs) {
  enum { kFew = 16 };
  uint8_t few[kFew] = {0};
  int32_t count = env->model->num_outputs;
  env->made = count <= kFew ? few : calloc((size_t)count, 1);
  if (!env->made) {
    quern_env_fail(env, QUERN_NO_MEMORY, "no memory for %d outputs", count);
    return;
  }
  if (env->threads != 1)
    quern_threads_after_fork();
  const struct quern_value_support *values = env->model->values;
  if (values)
    inputs = values->lower_inputs(env, inputs);
  int32_t status = env->status ? env->status : env->model->main(env, inputs, env->outputs);
  if (status)
    quern_env_fail(env, status, "the run failed");
  for (int32_t i = 0; i < count && !env->status; ++i)
    if (quern_is_plain(&env->model->outputs[i]) ? !env->outputs[i].as.tensor.data
                                                : !env->handles || !env->handles[i].data)
      quern_env_fail(env, QUERN_RUN_FAILED, "output '%s' was not computed", env->model->outputs[i].name);
  if (values && !env->status)
    values->raise_outputs(env);
  if (env->status)
    undo_outputs(env);
  quern_env_release(env);
  if (env->made != few)
    free(env->made);
}

quern_status quern_run_session(const quern_model *model, const quern_value *inputs, quern_value *outputs,
                               const quern_options *options, quern_session *session) {
  static const quern_options kDefaults;
  quern_env env = {.model = model, .options = options ? options : &kDefaults, .outputs = outputs, .session = session};
  env.threads = env.options->threads;
  if (check_options(&env, inputs))
    run(&env, inputs);
  if (env.status && env.options->message && env.options->message_size)
    snprintf(env.options->message, env.options->message_size, "%s", env.message.text);
  return env.status;
}

quern_status quern_rt_run(const quern_model *model, const quern_value *inputs, quern_value *outputs,
                          const quern_options *options) {
  quern_session session = {0};
  quern_status status = quern_run_session(model, inputs, outputs, options, &session);
  free(session.workspace);
  return status;
}
