// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// tensorcmp: compares two tensor files. Integers, bools and strings must be
// equal; floats within the tolerances; NaN equals NaN.

#include "quern/Runtime/io.h"

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace {

enum Exit { Equal = 0, Different = 1, BadUsage = 2 };

constexpr char kUsage[] = "usage: tensorcmp ACTUAL EXPECTED [--rtol=R] [--atol=A] [--peak=P] [--quiet]\n"
                          "\n"
                          "Compares two .npy or ONNX .pb files. A float passes when\n"
                          "  |actual - expected| <= A + R * |expected| + P * max |expected|\n"
                          "and both are NaN, or the same infinity. Everything else must be equal.\n"
                          "Exit status: 0 equal, 1 different, 2 bad usage or a file that cannot be read.\n";

struct Tolerance {
  double relative = 0, absolute = 0, peak = 0;
};

bool isFloat(int32_t dtype) {
  switch (dtype) {
  case QUERN_FLOAT16:
  case QUERN_BFLOAT16:
  case QUERN_FLOAT32:
  case QUERN_FLOAT64:
  case QUERN_COMPLEX64:
  case QUERN_COMPLEX128:
  case QUERN_FLOAT8E4M3FN:
  case QUERN_FLOAT8E4M3FNUZ:
  case QUERN_FLOAT8E5M2:
  case QUERN_FLOAT8E5M2FNUZ:
  case QUERN_FLOAT8E8M0:
  case QUERN_FLOAT4E2M1:
    return true;
  default:
    return false;
  }
}

bool isComplex(int32_t dtype) { return dtype == QUERN_COMPLEX64 || dtype == QUERN_COMPLEX128; }

/// "[1, 2, 0]" for a flat index.
std::string position(const quern_tensor &tensor, int64_t index) {
  std::string text;
  for (int32_t d = tensor.rank - 1; d >= 0; --d) {
    text = (d ? ", " : "") + std::to_string(index % tensor.shape[d]) + text;
    index /= tensor.shape[d];
  }
  return "[" + text + "]";
}

std::string element(const quern_tensor &tensor, int64_t index) {
  char text[64];
  switch (tensor.dtype) {
  case QUERN_STRING: {
    const quern_string &string = static_cast<const quern_string *>(tensor.data)[index];
    return "'" + std::string(string.bytes, static_cast<size_t>(string.length)) + "'";
  }
  case QUERN_INT64:
    return std::to_string(static_cast<const int64_t *>(tensor.data)[index]);
  case QUERN_UINT64:
    return std::to_string(static_cast<const uint64_t *>(tensor.data)[index]);
  }
  if (isComplex(tensor.dtype))
    snprintf(text, sizeof text, "%.9g%+.9gj", quern_rt_element(&tensor, 2 * index),
             quern_rt_element(&tensor, 2 * index + 1));
  else
    snprintf(text, sizeof text, tensor.dtype == QUERN_FLOAT64 ? "%.17g" : "%.9g", quern_rt_element(&tensor, index));
  return text;
}

bool sameElement(const quern_tensor &a, const quern_tensor &b, int64_t index) {
  switch (a.dtype) {
  case QUERN_STRING: {
    const quern_string &left = static_cast<const quern_string *>(a.data)[index];
    const quern_string &right = static_cast<const quern_string *>(b.data)[index];
    return left.length == right.length && !memcmp(left.bytes, right.bytes, static_cast<size_t>(left.length));
  }
  case QUERN_INT64:
  case QUERN_UINT64:
    return static_cast<const int64_t *>(a.data)[index] == static_cast<const int64_t *>(b.data)[index];
  default:
    return quern_rt_element(&a, index) == quern_rt_element(&b, index);
  }
}

struct Differences {
  int64_t count = 0;
  int64_t first = -1;
  double maxAbsolute = 0, maxRelative = 0;
  bool ofFloats = false;

  void add(int64_t index) {
    if (count++ == 0)
      first = index;
  }
};

Differences compareFloats(const quern_tensor &actual, const quern_tensor &expected, int64_t count,
                          const Tolerance &tolerance) {
  Differences result;
  result.ofFloats = true;
  int parts = isComplex(actual.dtype) ? 2 : 1;
  double peak = 0;
  for (int64_t i = 0; i < count * parts; ++i) {
    double value = std::fabs(quern_rt_element(&expected, i));
    if (std::isfinite(value))
      peak = std::fmax(peak, value);
  }
  int64_t last = -1;
  for (int64_t i = 0; i < count * parts; ++i) {
    double a = quern_rt_element(&actual, i), b = quern_rt_element(&expected, i);
    bool good = a == b || (std::isnan(a) && std::isnan(b));
    if (!good && std::isfinite(a) && std::isfinite(b)) {
      double error = std::fabs(a - b);
      result.maxAbsolute = std::fmax(result.maxAbsolute, error);
      if (b != 0)
        result.maxRelative = std::fmax(result.maxRelative, error / std::fabs(b));
      good = error <= tolerance.absolute + tolerance.relative * std::fabs(b) + tolerance.peak * peak;
    } else if (!good) {
      result.maxAbsolute = result.maxRelative = INFINITY;
    }
    if (!good && i / parts != last)
      result.add(last = i / parts);
  }
  return result;
}

Differences compareExactly(const quern_tensor &actual, const quern_tensor &expected, int64_t count) {
  Differences result;
  for (int64_t i = 0; i < count; ++i)
    if (!sameElement(actual, expected, i))
      result.add(i);
  return result;
}

int compare(const quern_tensor &actual, const quern_tensor &expected, const Tolerance &tolerance, bool quiet) {
  bool sameShape = actual.dtype == expected.dtype && actual.rank == expected.rank;
  for (int32_t d = 0; sameShape && d < actual.rank; ++d)
    sameShape = actual.shape[d] == expected.shape[d];
  if (!sameShape) {
    char left[512], right[512];
    quern_rt_describe(left, sizeof left, actual.dtype, actual.rank, actual.shape);
    quern_rt_describe(right, sizeof right, expected.dtype, expected.rank, expected.shape);
    printf("different: %s, expected %s\n", left, right);
    return Different;
  }
  int64_t count = quern_rt_element_count(actual.rank, actual.shape);
  bool floats = isFloat(actual.dtype);
  Differences found =
      floats ? compareFloats(actual, expected, count, tolerance) : compareExactly(actual, expected, count);
  if (found.count)
    printf("different: %lld of %lld elements; first at %s: %s, expected %s\n", static_cast<long long>(found.count),
           static_cast<long long>(count), position(actual, found.first).c_str(), element(actual, found.first).c_str(),
           element(expected, found.first).c_str());
  if (floats && (found.count || !quiet))
    printf("max absolute error %.3g, max relative error %.3g\n", found.maxAbsolute, found.maxRelative);
  else if (!found.count && !quiet)
    printf("equal\n");
  return found.count ? Different : Equal;
}

/// The value of `--NAME=NUMBER`; false when `argument` is another option.
bool parseTolerance(const char *argument, const char *name, double &value, bool &valid) {
  size_t length = strlen(name);
  if (strncmp(argument, name, length) || argument[length] != '=')
    return false;
  char *end;
  value = strtod(argument + length + 1, &end);
  valid = end != argument + length + 1 && !*end && value >= 0 && std::isfinite(value);
  return true;
}

} // namespace

int main(int argc, char **argv) {
  std::vector<const char *> files;
  Tolerance tolerance;
  bool quiet = false;
  for (int i = 1; i < argc; ++i) {
    bool valid = true;
    if (!strcmp(argv[i], "--help")) {
      fputs(kUsage, stdout);
      return Equal;
    }
    if (!strcmp(argv[i], "--quiet"))
      quiet = true;
    else if (argv[i][0] != '-')
      files.push_back(argv[i]);
    else if (!parseTolerance(argv[i], "--rtol", tolerance.relative, valid) &&
             !parseTolerance(argv[i], "--atol", tolerance.absolute, valid) &&
             !parseTolerance(argv[i], "--peak", tolerance.peak, valid))
      valid = false;
    if (!valid) {
      fprintf(stderr, "tensorcmp: error: bad option '%s'\n%s", argv[i], kUsage);
      return BadUsage;
    }
  }
  if (files.size() != 2) {
    fprintf(stderr, "tensorcmp: error: expects two files, got %zu\n%s", files.size(), kUsage);
    return BadUsage;
  }
  quern_tensor tensors[2] = {};
  int status = Equal;
  for (int i = 0; i < 2 && status == Equal; ++i) {
    quern_message message;
    if (quern_rt_read_tensor(files[i], &tensors[i], &message)) {
      fprintf(stderr, "tensorcmp: error: %s\n", message.text);
      status = BadUsage;
    }
  }
  if (status == Equal)
    status = compare(tensors[0], tensors[1], tolerance, quiet);
  quern_rt_free_tensor(&tensors[0]);
  quern_rt_free_tensor(&tensors[1]);
  return status;
}
