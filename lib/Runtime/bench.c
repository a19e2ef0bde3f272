/* Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * --bench and --profile: timed runs. */
#include "internal.h"

#include <stdlib.h>
#include <string.h>

/* When the user names no numbers: warm up for a fifth of a second, then run for a second. */
enum { kWarmupLeast = 2, kRunsLeast = 10, kRunsMost = 100000 };
static const uint64_t kWarmupTime = 200000000, kRunsTime = 1000000000;

typedef struct bench {
  const quern_args *args;
  const quern_value *inputs;
  quern_value *outputs;
  quern_session session;
  double *times; /* microseconds, sorted at the end */
  int64_t count, capacity;
} bench;

static int run_once(bench *b, double *microseconds) {
  char message[1024];
  quern_options options = {.threads = b->args->threads, .message = message, .message_size = sizeof message};
  /* From the second run on, tensors of numbers have their memory: the caller's. */
  for (int32_t i = 0; i < b->args->model->num_outputs; ++i)
    if (!quern_is_plain(&b->args->model->outputs[i]))
      quern_free_value(&b->outputs[i]);
  uint64_t start = quern_now();
  quern_status status = quern_run_session(b->args->model, b->inputs, b->outputs, &options, &b->session);
  *microseconds = (double)(quern_now() - start) / 1000;
  if (status)
    return quern_error(b->args, status == QUERN_BAD_INPUT ? QUERN_EXIT_USAGE : QUERN_EXIT_FAILED, "%s", message);
  return 0;
}

static int add_time(bench *b, double microseconds) {
  if (b->count == b->capacity) {
    b->capacity = b->capacity * 2 + 64;
    double *times = realloc(b->times, (size_t)b->capacity * sizeof *times);
    if (!times)
      return quern_error(b->args, QUERN_EXIT_FAILED, "no memory for %lld times", (long long)b->capacity);
    b->times = times;
  }
  b->times[b->count++] = microseconds;
  return 0;
}

/* Whether a phase that began at `start` needs another run. */
static bool goes_on(int64_t wanted, int64_t done, int64_t least, uint64_t start, uint64_t time) {
  return wanted >= 0 ? done < wanted : done < least || (done < kRunsMost && quern_now() - start < time);
}

static int run_all(bench *b) {
  const quern_args *args = b->args;
  double time;
  int status = 0;
  uint64_t start = quern_now();
  for (int64_t i = 0; !status && goes_on(args->warmup, i, kWarmupLeast, start, kWarmupTime); ++i)
    status = run_once(b, &time);
  if (b->session.node_ns)
    memset(b->session.node_ns, 0, (size_t)args->model->num_nodes * sizeof *b->session.node_ns);
  start = quern_now();
  while (!status && goes_on(args->runs, b->count, kRunsLeast, start, kRunsTime)) {
    status = run_once(b, &time);
    if (!status)
      status = add_time(b, time);
  }
  return status;
}

static int by_value(const void *a, const void *b) {
  double left = *(const double *)a, right = *(const double *)b;
  return (left > right) - (left < right);
}

static void print_times(bench *b) {
  int64_t n = b->count;
  double sum = 0;
  qsort(b->times, (size_t)n, sizeof *b->times, by_value);
  for (int64_t i = 0; i < n; ++i)
    sum += b->times[i];
  double median = n % 2 ? b->times[n / 2] : (b->times[n / 2 - 1] + b->times[n / 2]) / 2;
  int threads = b->args->threads ? b->args->threads : quern_cpu_count();
  if (b->args->json) {
    printf("{\"model\": ");
    quern_print_json_string(stdout, b->args->model->name);
    printf(
        ", \"runs\": %lld, \"threads\": %d, \"median_us\": %.3f, \"min_us\": %.3f, \"max_us\": %.3f, \"mean_us\": %.3f",
        (long long)n, threads, median, b->times[0], b->times[n - 1], sum / (double)n);
  } else {
    printf("%s: %lld runs, %d thread%s\nmedian %.1f us, min %.1f us, max %.1f us, mean %.1f us\n", b->args->model->name,
           (long long)n, threads, threads == 1 ? "" : "s", median, b->times[0], b->times[n - 1], sum / (double)n);
  }
}

/* --- per node ------------------------------------------------------------- */

typedef struct node_time {
  int32_t node;
  uint64_t ns;
} node_time;

static int by_time(const void *a, const void *b) {
  const node_time *left = a, *right = b;
  if (left->ns != right->ns)
    return left->ns < right->ns ? 1 : -1;
  return left->node - right->node;
}

static int print_nodes(bench *b) {
  const quern_model *model = b->args->model;
  int32_t count = model->num_nodes;
  node_time *nodes = calloc((size_t)count + 1, sizeof *nodes);
  if (!nodes)
    return quern_error(b->args, QUERN_EXIT_FAILED, "no memory");
  double total = 0, all = 0;
  for (int32_t i = 0; i < count; ++i) {
    nodes[i] = (node_time){i, b->session.node_ns[i]};
    total += (double)nodes[i].ns;
  }
  for (int64_t i = 0; i < b->count; ++i)
    all += b->times[i] * 1000;
  qsort(nodes, (size_t)count, sizeof *nodes, by_time);
  if (b->args->json)
    printf(", \"nodes\": [");
  else
    printf("\n%10s %6s  node\n", "us", "%");
  for (int32_t i = 0; i < count; ++i) {
    const quern_node *node = &model->nodes[nodes[i].node];
    double us = (double)nodes[i].ns / 1000 / (double)b->count, percent = all > 0 ? 100 * (double)nodes[i].ns / all : 0;
    if (!b->args->json) {
      printf("%10.1f %6.1f  %s (%s)\n", us, percent, node->name, node->op);
      continue;
    }
    printf(i ? ",\n  {\"name\": " : "\n  {\"name\": ");
    quern_print_json_string(stdout, node->name);
    printf(", \"op\": ");
    quern_print_json_string(stdout, node->op);
    printf(", \"us\": %.3f, \"percent\": %.2f}", us, percent);
  }
  if (b->args->json)
    printf("]");
  else
    printf("%10.1f %6.1f  outside of nodes\n", (all - total) / 1000 / (double)b->count,
           all > 0 ? 100 * (all - total) / all : 0);
  free(nodes);
  return 0;
}

int quern_bench(const quern_args *args, const quern_value *inputs, quern_value *outputs) {
  bench b = {.args = args, .inputs = inputs, .outputs = outputs};
  if (args->profile && !(b.session.node_ns = calloc((size_t)args->model->num_nodes + 1, sizeof *b.session.node_ns)))
    return quern_error(args, QUERN_EXIT_FAILED, "no memory");
  int status = run_all(&b);
  if (!status) {
    print_times(&b);
    if (args->profile)
      status = print_nodes(&b);
    if (args->json)
      printf("}\n");
  }
  free(b.times);
  free(b.session.node_ns);
  free(b.session.workspace);
  return status;
}
