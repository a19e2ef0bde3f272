/* Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The command line of an executable. */
#include "internal.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

int quern_error(const quern_args *args, int status, const char *format, ...) {
  fflush(stdout);
  fprintf(stderr, "%s: error: ", args->program);
  va_list arguments;
  va_start(arguments, format);
  vfprintf(stderr, format, arguments);
  va_end(arguments);
  fputc('\n', stderr);
  return status;
}

void quern_print_help(const quern_args *args) {
  const quern_model *model = args->model;
  char text[512];
  printf("Runs the model %s.\n\n"
         "  %s [--input NAME=FILE]... [--output NAME=FILE]...\n"
         "  %s --inputs-dir=DIR --outputs-dir=DIR\n",
         model->name, args->program, args->program);
  if (model->num_inputs == 1)
    printf("  %s FILE [--output NAME=FILE]...\n", args->program);
  printf("\n"
         "  --input NAME=FILE    read an input from an .npy or ONNX .pb file\n"
         "  --output NAME=FILE   write an output (.npy, or .pb by its name); without any, outputs are printed\n"
         "  --inputs-dir=DIR     read inputs from DIR/0.npy, DIR/1.npy, ... in the model's order\n"
         "  --outputs-dir=DIR    write outputs to DIR/0.npy, DIR/1.npy, ...\n"
         "  --threads=N          use N threads; one a core otherwise\n"
         "  --info               say what the model is\n"
         "  --bench              time runs; inputs that are not given are random\n"
         "  --profile            time the nodes over several runs\n"
         "  --runs=N --warmup=N  timed and untimed runs of --bench and --profile\n"
         "  --shape NAME=1x3x4   the shape of a random input; unknown sizes are 1 otherwise\n"
         "  --json               --info, --bench or --profile as JSON\n"
         "  --help               this text\n\n");
  for (int32_t i = 0; i < model->num_inputs; ++i) {
    quern_describe_port(text, sizeof text, &model->inputs[i]);
    printf("input  %s: %s\n", model->inputs[i].name, text);
  }
  for (int32_t i = 0; i < model->num_outputs; ++i) {
    quern_describe_port(text, sizeof text, &model->outputs[i]);
    printf("output %s: %s\n", model->outputs[i].name, text);
  }
  printf("\nExit status: 0 done, 1 the run failed, 2 bad usage or input.\n");
}

/* --- values of options ---------------------------------------------------- */

static int parse_number(const quern_args *args, const char *option, const char *text, int64_t least, int64_t most,
                        int64_t *number) {
  char *end;
  errno = 0;
  long long value = strtoll(text, &end, 10);
  if (errno || end == text || *end || value < least || value > most)
    return quern_error(args, QUERN_EXIT_USAGE, "--%s expects a number from %lld to %lld, got '%s'", option,
                       (long long)least, (long long)most, text);
  *number = value;
  return 0;
}

/* The names of the ports, for a message. */
static const char *list_names(const quern_port *ports, int32_t count, char *text, size_t size) {
  size_t used = 0;
  snprintf(text, size, "none");
  for (int32_t i = 0; i < count && used + 1 < size; ++i) {
    int more = snprintf(text + used, size - used, i ? ", '%s'" : "'%s'", ports[i].name);
    used += more > 0 ? (size_t)more : 0;
  }
  return text;
}

/* Splits NAME=VALUE by the names of the ports, the longest first: a name may hold '='. */
static int parse_pair(const quern_args *args, const char *option, const char *kind, const char *text,
                      const quern_port *ports, int32_t count, const char **values) {
  int32_t best = -1;
  size_t best_length = 0;
  for (int32_t i = 0; i < count; ++i) {
    size_t length = strlen(ports[i].name);
    if (!strncmp(text, ports[i].name, length) && text[length] == '=' && (best < 0 || length > best_length)) {
      best = i;
      best_length = length;
    }
  }
  char names[512];
  if (best < 0) {
    const char *equals = strchr(text, '=');
    if (!equals)
      return quern_error(args, QUERN_EXIT_USAGE, "--%s expects NAME=%s, got '%s'", option,
                         strcmp(option, "shape") ? "FILE" : "SIZExSIZEx...", text);
    return quern_error(args, QUERN_EXIT_USAGE, "there is no %s '%.*s'; the model has %s", kind, (int)(equals - text),
                       text, list_names(ports, count, names, sizeof names));
  }
  if (!text[best_length + 1])
    return quern_error(args, QUERN_EXIT_USAGE, "--%s: nothing follows '%s='", option, ports[best].name);
  if (values[best])
    return quern_error(args, QUERN_EXIT_USAGE, "%s '%s' is given twice in --%s", kind, ports[best].name, option);
  values[best] = text + best_length + 1;
  return 0;
}

/* --- the options ---------------------------------------------------------- */

enum option_id {
  OPT_INPUT,
  OPT_OUTPUT,
  OPT_SHAPE,
  OPT_INPUTS_DIR,
  OPT_OUTPUTS_DIR,
  OPT_THREADS,
  OPT_RUNS,
  OPT_WARMUP,
  OPT_INFO,
  OPT_BENCH,
  OPT_PROFILE,
  OPT_JSON,
  OPT_HELP,
};

static const struct {
  const char *name;
  bool has_value;
} kOptions[] = {
    [OPT_INPUT] = {"input", true},
    [OPT_OUTPUT] = {"output", true},
    [OPT_SHAPE] = {"shape", true},
    [OPT_INPUTS_DIR] = {"inputs-dir", true},
    [OPT_OUTPUTS_DIR] = {"outputs-dir", true},
    [OPT_THREADS] = {"threads", true},
    [OPT_RUNS] = {"runs", true},
    [OPT_WARMUP] = {"warmup", true},
    [OPT_INFO] = {"info", false},
    [OPT_BENCH] = {"bench", false},
    [OPT_PROFILE] = {"profile", false},
    [OPT_JSON] = {"json", false},
    [OPT_HELP] = {"help", false},
};
enum { kNumOptions = sizeof kOptions / sizeof kOptions[0] };

static int apply(quern_args *args, int option, const char *value) {
  const quern_model *model = args->model;
  int64_t number;
  int status;
  switch (option) {
  case OPT_INPUT:
    return parse_pair(args, "input", "input", value, model->inputs, model->num_inputs, args->input_files);
  case OPT_OUTPUT:
    return parse_pair(args, "output", "output", value, model->outputs, model->num_outputs, args->output_files);
  case OPT_SHAPE:
    return parse_pair(args, "shape", "input", value, model->inputs, model->num_inputs, args->shapes);
  case OPT_INPUTS_DIR:
  case OPT_OUTPUTS_DIR: {
    const char **dir = option == OPT_INPUTS_DIR ? &args->inputs_dir : &args->outputs_dir;
    if (*dir || !*value)
      return quern_error(args, QUERN_EXIT_USAGE, "--%s expects one folder", kOptions[option].name);
    *dir = value;
    return 0;
  }
  case OPT_THREADS:
    status = parse_number(args, "threads", value, 1, QUERN_MAX_THREADS, &number);
    args->threads = status ? 0 : (int32_t)number;
    return status;
  case OPT_RUNS:
    return parse_number(args, "runs", value, 1, 1000000000, &args->runs);
  case OPT_WARMUP:
    return parse_number(args, "warmup", value, 0, 1000000000, &args->warmup);
  case OPT_INFO:
    args->info = true;
    return 0;
  case OPT_BENCH:
    args->bench = true;
    return 0;
  case OPT_PROFILE:
    args->profile = true;
    return 0;
  case OPT_JSON:
    args->json = true;
    return 0;
  default:
    args->help = true;
    return 0;
  }
}

static int parse_option(quern_args *args, int argc, char **argv, int *at) {
  const char *text = argv[*at] + (argv[*at][1] == '-' ? 2 : 1);
  size_t length = strcspn(text, "=");
  if (!strcmp(argv[*at], "-h"))
    text = "help", length = 4;
  for (int option = 0; option < kNumOptions; ++option) {
    if (strlen(kOptions[option].name) != length || strncmp(text, kOptions[option].name, length))
      continue;
    bool attached = text[length] == '=';
    if (!kOptions[option].has_value) {
      if (attached)
        return quern_error(args, QUERN_EXIT_USAGE, "--%s takes no value", kOptions[option].name);
      return apply(args, option, NULL);
    }
    if (attached)
      return apply(args, option, text + length + 1);
    if (*at + 1 >= argc)
      return quern_error(args, QUERN_EXIT_USAGE, "--%s expects a value", kOptions[option].name);
    return apply(args, option, argv[++*at]);
  }
  return quern_error(args, QUERN_EXIT_USAGE, "unknown option '%s'; try --help", argv[*at]);
}

static int positional(quern_args *args, const char *file) {
  const quern_model *model = args->model;
  char names[512];
  if (model->num_inputs != 1)
    return quern_error(args, QUERN_EXIT_USAGE, "which input is '%s'? The model has %s: say --input NAME=FILE", file,
                       list_names(model->inputs, model->num_inputs, names, sizeof names));
  if (args->input_files[0])
    return quern_error(args, QUERN_EXIT_USAGE, "input '%s' is given twice: '%s' and '%s'", model->inputs[0].name,
                       args->input_files[0], file);
  args->input_files[0] = file;
  return 0;
}

/* Options that do not go together. */
static int check(const quern_args *args) {
  bool timed = args->bench || args->profile;
  if (args->info + args->bench + args->profile > 1)
    return quern_error(args, QUERN_EXIT_USAGE, "expects one of --info, --bench and --profile");
  if (args->json && !timed && !args->info)
    return quern_error(args, QUERN_EXIT_USAGE, "--json goes with --info, --bench or --profile");
  if ((args->runs >= 0 || args->warmup >= 0) && !timed)
    return quern_error(args, QUERN_EXIT_USAGE, "--runs and --warmup go with --bench or --profile");
  for (int32_t i = 0; i < args->model->num_inputs; ++i) {
    const char *name = args->model->inputs[i].name;
    if (args->shapes[i] && !timed)
      return quern_error(args, QUERN_EXIT_USAGE, "--shape goes with --bench or --profile");
    if (args->shapes[i] && (args->input_files[i] || args->inputs_dir))
      return quern_error(args, QUERN_EXIT_USAGE,
                         "input '%s' has a file, which has its shape: --shape is for random inputs", name);
    if (args->input_files[i] && args->inputs_dir)
      return quern_error(args, QUERN_EXIT_USAGE, "input '%s' is given twice: '%s' and --inputs-dir", name,
                         args->input_files[i]);
  }
  for (int32_t i = 0; i < args->model->num_outputs; ++i)
    if (args->output_files[i] && args->outputs_dir)
      return quern_error(args, QUERN_EXIT_USAGE, "expects --output or --outputs-dir, not both");
  for (int32_t i = 0; i < args->model->num_outputs; ++i)
    for (int32_t j = 0; j < i; ++j)
      if (args->output_files[i] && args->output_files[j] && !strcmp(args->output_files[i], args->output_files[j]))
        return quern_error(args, QUERN_EXIT_USAGE, "outputs '%s' and '%s' would both go to '%s'",
                           args->model->outputs[j].name, args->model->outputs[i].name, args->output_files[i]);
  return 0;
}

int quern_args_parse(quern_args *args, int argc, char **argv) {
  int32_t inputs = args->model->num_inputs, outputs = args->model->num_outputs;
  args->program = argc > 0 && argv[0][0] ? argv[0] : args->model->name;
  args->runs = args->warmup = -1;
  args->input_files = calloc((size_t)inputs + 1, sizeof(char *));
  args->shapes = calloc((size_t)inputs + 1, sizeof(char *));
  args->output_files = calloc((size_t)outputs + 1, sizeof(char *));
  if (!args->input_files || !args->shapes || !args->output_files)
    return quern_error(args, QUERN_EXIT_FAILED, "no memory");
  bool options = true;
  for (int i = 1; i < argc; ++i) {
    int status = 0;
    if (options && !strcmp(argv[i], "--"))
      options = false;
    else if (options && argv[i][0] == '-' && argv[i][1])
      status = parse_option(args, argc, argv, &i);
    else
      status = positional(args, argv[i]);
    if (status)
      return status;
  }
  return args->help ? 0 : check(args);
}

void quern_args_free(quern_args *args) {
  free(args->input_files);
  free(args->shapes);
  free(args->output_files);
}
