/* Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * What the CPU can do, by LLVM's names of its features, and how many cores we
 * may use. A feature this table does not know counts as missing: better a
 * sentence than an illegal instruction. */
#include "internal.h"

#include <sched.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#include <cpuid.h>

enum { EAX, EBX, ECX, EDX };
/* What the operating system must save: nothing special, AVX, AVX-512 or AMX registers. */
enum { STATE_NONE = 0, STATE_AVX = 0x6, STATE_AVX512 = 0xe6, STATE_AMX = 0x60000 };

typedef struct feature {
  const char *name;
  uint32_t leaf, subleaf;
  int reg, bit;
  uint64_t state;
} feature;

static const feature kFeatures[] = {
    {"sse", 1, 0, EDX, 25, 0},
    {"sse2", 1, 0, EDX, 26, 0},
    {"cx8", 1, 0, EDX, 8, 0},
    {"cmov", 1, 0, EDX, 15, 0},
    {"mmx", 1, 0, EDX, 23, 0},
    {"fxsr", 1, 0, EDX, 24, 0},
    {"64bit", 0x80000001, 0, EDX, 29, 0},
    {"sse3", 1, 0, ECX, 0, 0},
    {"pclmul", 1, 0, ECX, 1, 0},
    {"ssse3", 1, 0, ECX, 9, 0},
    {"fma", 1, 0, ECX, 12, STATE_AVX},
    {"cx16", 1, 0, ECX, 13, 0},
    {"sse4.1", 1, 0, ECX, 19, 0},
    {"sse4.2", 1, 0, ECX, 20, 0},
    {"crc32", 1, 0, ECX, 20, 0},
    {"movbe", 1, 0, ECX, 22, 0},
    {"popcnt", 1, 0, ECX, 23, 0},
    {"aes", 1, 0, ECX, 25, 0},
    {"xsave", 1, 0, ECX, 26, 0},
    {"avx", 1, 0, ECX, 28, STATE_AVX},
    {"f16c", 1, 0, ECX, 29, STATE_AVX},
    {"rdrnd", 1, 0, ECX, 30, 0},
    {"sahf", 0x80000001, 0, ECX, 0, 0},
    {"lzcnt", 0x80000001, 0, ECX, 5, 0},
    {"prfchw", 0x80000001, 0, ECX, 8, 0},
    {"bmi", 7, 0, EBX, 3, 0},
    {"avx2", 7, 0, EBX, 5, STATE_AVX},
    {"bmi2", 7, 0, EBX, 8, 0},
    {"avx512f", 7, 0, EBX, 16, STATE_AVX512},
    {"avx512dq", 7, 0, EBX, 17, STATE_AVX512},
    {"adx", 7, 0, EBX, 19, 0},
    {"avx512ifma", 7, 0, EBX, 21, STATE_AVX512},
    {"avx512cd", 7, 0, EBX, 28, STATE_AVX512},
    {"sha", 7, 0, EBX, 29, 0},
    {"avx512bw", 7, 0, EBX, 30, STATE_AVX512},
    {"avx512vl", 7, 0, EBX, 31, STATE_AVX512},
    {"avx512vbmi", 7, 0, ECX, 1, STATE_AVX512},
    {"avx512vbmi2", 7, 0, ECX, 6, STATE_AVX512},
    {"gfni", 7, 0, ECX, 8, 0},
    {"vaes", 7, 0, ECX, 9, STATE_AVX},
    {"vpclmulqdq", 7, 0, ECX, 10, STATE_AVX},
    {"avx512vnni", 7, 0, ECX, 11, STATE_AVX512},
    {"avx512bitalg", 7, 0, ECX, 12, STATE_AVX512},
    {"avx512vpopcntdq", 7, 0, ECX, 14, STATE_AVX512},
    {"avx512vp2intersect", 7, 0, EDX, 8, STATE_AVX512},
    {"amx-bf16", 7, 0, EDX, 22, STATE_AMX},
    {"avx512fp16", 7, 0, EDX, 23, STATE_AVX512},
    {"amx-tile", 7, 0, EDX, 24, STATE_AMX},
    {"amx-int8", 7, 0, EDX, 25, STATE_AMX},
    {"avxvnni", 7, 1, EAX, 4, STATE_AVX},
    {"avx512bf16", 7, 1, EAX, 5, STATE_AVX512},
    {"avxifma", 7, 1, EAX, 23, STATE_AVX},
    {"avxvnniint8", 7, 1, EDX, 4, STATE_AVX},
    {"avxneconvert", 7, 1, EDX, 5, STATE_AVX},
    {"avxvnniint16", 7, 1, EDX, 10, STATE_AVX},
};

static uint64_t read_state(void) {
  uint32_t eax, ebx, ecx, edx;
  if (!__get_cpuid(1, &eax, &ebx, &ecx, &edx) || !(ecx & bit_OSXSAVE))
    return 0;
  __asm__ volatile("xgetbv" : "=a"(eax), "=d"(edx) : "c"(0));
  return (uint64_t)edx << 32 | eax;
}

/* What the CPU says of itself, asked once a process: under a hypervisor each question costs microseconds. Threads that
 * ask at the same time write the same words. */
static const uint32_t kLeaves[][2] = {{1, 0}, {7, 0}, {7, 1}, {0x80000001, 0}};
enum { LEAVES = sizeof kLeaves / sizeof kLeaves[0] };
static uint32_t facts[LEAVES][4];
static uint64_t state;
static int asked;

static void ask(void) {
  if (__atomic_load_n(&asked, __ATOMIC_ACQUIRE))
    return;
  for (int i = 0; i < LEAVES; ++i) {
    uint32_t regs[4] = {0};
    __get_cpuid_count(kLeaves[i][0], kLeaves[i][1], &regs[EAX], &regs[EBX], &regs[ECX], &regs[EDX]);
    for (int reg = 0; reg < 4; ++reg)
      __atomic_store_n(&facts[i][reg], regs[reg], __ATOMIC_RELAXED);
  }
  __atomic_store_n(&state, read_state(), __ATOMIC_RELAXED);
  __atomic_store_n(&asked, 1, __ATOMIC_RELEASE);
}

static bool has(const char *name, size_t length) {
  ask();
  for (size_t i = 0; i < sizeof kFeatures / sizeof kFeatures[0]; ++i) {
    const feature *f = &kFeatures[i];
    if (strlen(f->name) != length || memcmp(f->name, name, length))
      continue;
    int leaf = 0;
    while (leaf < LEAVES && (kLeaves[leaf][0] != f->leaf || kLeaves[leaf][1] != f->subleaf))
      ++leaf;
    return leaf < LEAVES && (__atomic_load_n(&facts[leaf][f->reg], __ATOMIC_RELAXED) >> f->bit & 1) &&
           (__atomic_load_n(&state, __ATOMIC_RELAXED) & f->state) == (uint64_t)f->state;
  }
  return false;
}

#elif defined(__aarch64__)
#include <sys/auxv.h>

/* The kernel's bits (asm/hwcap.h), which not every libc's headers have. */
static const struct {
  const char *name;
  int word, bit;
} kFeatures[] = {
    {"fp-armv8", 1, 0}, {"neon", 1, 1},      {"aes", 1, 3},      {"sha2", 1, 6},    {"crc", 1, 7},
    {"lse", 1, 8},      {"fullfp16", 1, 10}, {"rdm", 1, 12},     {"jsconv", 1, 13}, {"complxnum", 1, 14},
    {"rcpc", 1, 15},    {"sha3", 1, 17},     {"dotprod", 1, 20}, {"sve", 1, 22},    {"fp16fml", 1, 23},
    {"sve2", 2, 1},     {"i8mm", 2, 13},     {"bf16", 2, 14},    {"sme", 2, 23},
};

static bool has(const char *name, size_t length) {
  for (size_t i = 0; i < sizeof kFeatures / sizeof kFeatures[0]; ++i)
    if (strlen(kFeatures[i].name) == length && !memcmp(kFeatures[i].name, name, length))
      return getauxval(kFeatures[i].word == 1 ? AT_HWCAP : AT_HWCAP2) >> kFeatures[i].bit & 1;
  return false;
}

#else
#error "Quern's runtime is for x86-64 and aarch64"
#endif

bool quern_cpu_lacks(const char *features, char *missing, size_t size) {
  for (const char *name = features; name && *name;) {
    size_t length = strcspn(name, ",");
    if (length && !has(name, length)) {
      snprintf(missing, size, "%.*s", (int)length, name);
      return true;
    }
    name += length + (name[length] == ',');
  }
  return false;
}

int32_t quern_cpu_count(void) {
  /* Large enough for any kernel's mask; glibc's cpu_set_t stops at 1024. */
  unsigned long mask[1024];
  long bytes = syscall(SYS_sched_getaffinity, 0, sizeof mask, mask);
  int32_t count = 0;
  for (long i = 0; i < bytes / (long)sizeof mask[0]; ++i)
    count += __builtin_popcountl(mask[i]);
  return count > 0 ? count : 1;
}
