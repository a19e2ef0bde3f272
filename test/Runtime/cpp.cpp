// Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The C++ header on top of the C ABI.
// RUN: rm -rf %t && mkdir -p %t
// RUN: %clang -c %S/Inputs/fake_model.c -DNO_MAIN -DNAME=one -o %t/one.o
// RUN: %clangxx -Wall -Wextra -Werror %s %t/one.o %rt_gnu -o %t/cpp
// RUN: %t/cpp | FileCheck %s
#include "quern/Runtime/quern.hpp"

#include <cstdio>

extern "C" quern_status one_run(const quern_value *, quern_value *, const quern_options *);

int main() {
  quern::Tensor a({2, 3}, std::vector<float>{1, 2, 3, 4, 5, 6});
  quern::Tensor b = quern::Tensor::zeros<float>({2, 3});
  b.data<float>()[5] = 0.5f;
  std::vector<quern::Tensor> outputs = quern::run(one_run, {a, b}, 2);
  // CHECK: 1 2 3 4 5 6.5
  for (float value : std::vector<float>(outputs[0].begin<float>(), outputs[0].end<float>()))
    printf("%g ", value);
  // CHECK: 2 rows, 3 3
  printf("\n%lld rows, %lld %lld\n", static_cast<long long>(outputs[1].shape()[0]),
         static_cast<long long>(outputs[1].data<int64_t>()[0]), static_cast<long long>(outputs[1].data<int64_t>()[1]));
  quern::Tensor copy = outputs[0];
  copy = a;
  try {
    quern::run(one_run, {a, quern::Tensor::zeros<double>({2, 3})}, 2);
  } catch (const quern::Error &error) {
    // CHECK: status 2: input 'b=2': expects float32[n,3], got float64[2,3]
    printf("status %d: %s\n", error.status(), error.what());
  }
  try {
    outputs[1].data<float>();
  } catch (const std::invalid_argument &error) {
    // CHECK: the tensor's elements are of another type
    puts(error.what());
  }
  return 0;
}
