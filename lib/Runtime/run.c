/* Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * One run of a model: what must hold before, the call, and what is given back
 * after. */
#include "internal.h"

#include <stdlib.h>
#include <string.h>

/* --- inputs --------------------------------------------------------------- */

static bool wrong_type(const quern_port *port, const quern_tensor *tensor, quern_message *message) {
  char want[512], got[512];
  quern_describe_port(want, sizeof want, port);
  quern_rt_describe(got, sizeof got, tensor->dtype, tensor->rank, tensor->shape);
  return quern_say(message, "input '%s': expects %s, got %s", port->name, want, got);
}

static bool check_type(const quern_port *port, const quern_value *value, quern_message *message) {
  const quern_tensor *tensor = &value->as.tensor;
  if (value->kind != QUERN_TENSOR)
    return quern_say(message, "input '%s': expects a tensor", port->name);
  if (tensor->rank < 0 || tensor->rank > QUERN_MAX_RANK)
    return quern_say(message, "input '%s': expects a rank between 0 and %d, got %d", port->name, QUERN_MAX_RANK,
                     tensor->rank);
  if (tensor->rank > 0 && !tensor->shape)
    return quern_say(message, "input '%s': has no shape", port->name);
  if (tensor->dtype != port->dtype || (port->rank >= 0 && tensor->rank != port->rank))
    return wrong_type(port, tensor, message);
  for (int32_t d = 0; d < port->rank; ++d)
    if (tensor->shape[d] < 0 || (port->shape[d] >= 0 && tensor->shape[d] != port->shape[d]))
      return wrong_type(port, tensor, message);
  int64_t bytes = quern_rt_tensor_bytes(tensor->dtype, tensor->rank, tensor->shape);
  if (bytes < 0)
    return wrong_type(port, tensor, message);
  if (bytes > 0 && !tensor->data)
    return quern_say(message, "input '%s': has no data", port->name);
  if (tensor->dtype == QUERN_BOOL)
    for (int64_t i = 0; i < bytes; ++i)
      if (((const uint8_t *)tensor->data)[i] > 1)
        return quern_say(message, "input '%s': expects bools of 0 or 1, element %lld is %d", port->name, (long long)i,
                         ((const uint8_t *)tensor->data)[i]);
  return true;
}

/* The first dimension called `name` before dimension `d` of input `i`; false when this is the first. */
static bool first_named(const quern_model *model, const char *name, int32_t i, int32_t d, int32_t *input,
                        int32_t *dim) {
  for (int32_t j = 0; j <= i; ++j) {
    const quern_port *port = &model->inputs[j];
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
  for (int32_t d = 0; port->dim_names && d < port->rank; ++d) {
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
    if (!check_type(&model->inputs[i], &inputs[i], message) || !check_names(model, inputs, i, message))
      return false;
  return true;
}

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
    quern_tensor *tensor = &env->outputs[i].as.tensor;
    if (!env->made[i])
      continue;
    if (!env->options->alloc) {
      free(tensor->data);
      free(tensor->shape);
    }
    *tensor = (quern_tensor){0};
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
  int32_t status = env->model->main(env, inputs, env->outputs);
  if (status)
    quern_env_fail(env, status, "the run failed");
  for (int32_t i = 0; i < count && !env->status; ++i)
    if (!env->outputs[i].as.tensor.data)
      quern_env_fail(env, QUERN_RUN_FAILED, "output '%s' was not computed", env->model->outputs[i].name);
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
