/* Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The thread pool: one per copy of the runtime, made when a launch first needs
 * it. A launch splits its tasks into one contiguous range a thread; a worker
 * waits for its next range with a bounded spin, then on a futex. One launch owns
 * the pool at a time: one that finds it busy (another host thread runs a model)
 * does its tasks alone.
 *
 * Each worker has a job number of its own that only the launching thread
 * advances, and that thread waits for all workers it posted to: a worker can
 * neither miss a job nor see one change under it. */
#include "internal.h"

#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
  kStackBytes = 1 << 20,
  kSpinNanoseconds = 60 * 1000,
  kYieldNanoseconds = 56 * 1000, /* of the spin, its later part */
  kFutexWait = 128 /* FUTEX_WAIT_PRIVATE */,
  kFutexWake = 129 /* FUTEX_WAKE_PRIVATE */,
};

typedef struct worker {
  _Alignas(128) _Atomic uint32_t posted; /* jobs given to this worker so far */
  _Atomic uint32_t asleep;
  int64_t begin, end;
  int32_t status;
  pthread_t thread;
} worker;

static struct {
  /* Shared between the launching thread and the workers of one job. */
  _Alignas(128) _Atomic uint32_t pending; /* workers still busy */
  _Atomic uint32_t launcher_asleep;
  quern_kernel_fn kernel;
  void *const *args;
  bool stop;
  atomic_bool spin; /* false when there are more threads than cores */

  /* Guarded by `busy`. */
  _Alignas(128) _Atomic uint32_t busy;
  int32_t count;
  int32_t cores;
  worker *workers[QUERN_MAX_THREADS];

  _Atomic int32_t owner; /* the process whose threads these are; -1 while it changes */
} pool;

static void relax(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#else
  __asm__ volatile("yield");
#endif
}

static void futex(_Atomic uint32_t *word, int operation, uint32_t value) {
  syscall(SYS_futex, word, operation, value, NULL, NULL, 0);
}

/* Waits until `*word` is not `value`. `asleep` tells the other side to wake us. */
static void wait_change(_Atomic uint32_t *word, uint32_t value, _Atomic uint32_t *asleep) {
  if (atomic_load_explicit(&pool.spin, memory_order_relaxed)) {
    uint64_t deadline = 0;
    for (;;) {
      for (int i = 0; i < 64; ++i) {
        if (atomic_load_explicit(word, memory_order_acquire) != value)
          return;
        relax();
      }
      uint64_t now = quern_now();
      if (!deadline)
        deadline = now + kSpinNanoseconds;
      else if (now > deadline)
        break;
      else if (deadline - now < kYieldNanoseconds)
        sched_yield(); /* the one we wait for may be waiting for this core */
    }
  }
  /* Sequentially consistent on both sides: either we see the change, or the other side sees that we sleep. */
  atomic_store(asleep, 1);
  while (atomic_load(word) == value)
    futex(word, kFutexWait, value);
  atomic_store(asleep, 0);
}

static void wake(_Atomic uint32_t *word, _Atomic uint32_t *asleep) {
  if (atomic_load(asleep))
    futex(word, kFutexWake, INT_MAX);
}

static void *work(void *argument) {
  worker *self = argument;
  for (uint32_t done = 0;; ++done) {
    wait_change(&self->posted, done, &self->asleep);
    if (pool.stop)
      return NULL;
    self->status = pool.kernel(pool.args, self->begin, self->end);
    if (atomic_fetch_sub(&pool.pending, 1) == 1)
      wake(&pool.pending, &pool.launcher_asleep);
  }
}

static void post(worker *target) {
  atomic_fetch_add(&target->posted, 1);
  wake(&target->posted, &target->asleep);
}

/* Grows the pool to `count` workers, as far as the system lets us. */
static void grow(int32_t count) {
  pthread_attr_t attributes;
  if (pool.count >= count || pthread_attr_init(&attributes))
    return;
  pthread_attr_setstacksize(&attributes, kStackBytes);
  /* Signals are for the host's threads. */
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  while (pool.count < count) {
    worker *added = aligned_alloc(_Alignof(worker), sizeof *added);
    if (!added)
      break;
    atomic_init(&added->posted, 0);
    atomic_init(&added->asleep, 0);
    if (pthread_create(&added->thread, &attributes, work, added)) {
      free(added);
      break;
    }
    pool.workers[pool.count++] = added;
  }
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  pthread_attr_destroy(&attributes);
}

static bool acquire(void) {
  uint32_t idle = 0;
  return !atomic_load_explicit(&pool.busy, memory_order_relaxed) &&
         atomic_compare_exchange_strong(&pool.busy, &idle, 1);
}

static void release(void) { atomic_store(&pool.busy, 0); }

int32_t quern_parallel(quern_kernel_fn kernel, void *const *args, int64_t tasks, int32_t threads) {
  if (threads > tasks)
    threads = (int32_t)tasks;
  if (threads > QUERN_MAX_THREADS)
    threads = QUERN_MAX_THREADS;
  if (threads <= 1 || !acquire())
    return kernel(args, 0, tasks);
  if (pool.count < threads - 1) {
    if (!pool.cores)
      pool.cores = quern_cpu_count();
    atomic_store_explicit(&pool.spin, threads <= pool.cores, memory_order_relaxed);
    grow(threads - 1);
    if (threads > pool.count + 1)
      threads = pool.count + 1;
  }

  int64_t share = tasks / threads, rest = tasks % threads;
  pool.kernel = kernel;
  pool.args = args;
  atomic_store_explicit(&pool.pending, (uint32_t)(threads - 1), memory_order_relaxed);
  /* The launching thread takes the first range. */
  int64_t first = share + (rest > 0), begin = first;
  for (int32_t i = 1; i < threads; ++i) {
    worker *target = pool.workers[i - 1];
    target->begin = begin;
    begin += share + (i < rest);
    target->end = begin;
    post(target);
  }
  int32_t status = kernel(args, 0, first);
  for (uint32_t left; (left = atomic_load_explicit(&pool.pending, memory_order_acquire)) != 0;)
    wait_change(&pool.pending, left, &pool.launcher_asleep);
  for (int32_t i = 1; i < threads && !status; ++i)
    status = pool.workers[i - 1]->status;
  release();
  return status;
}

/* --- the pool's end ------------------------------------------------------- */

void quern_threads_after_fork(void) {
  int32_t self = (int32_t)getpid(), owner = atomic_load(&pool.owner);
  while (owner != self) {
    if (owner != -1 && atomic_compare_exchange_weak(&pool.owner, &owner, -1)) {
      /* The threads stayed in the parent; their memory is a copy that nobody uses. */
      for (int32_t i = 0; i < pool.count; ++i)
        free(pool.workers[i]);
      pool.count = 0;
      atomic_store(&pool.pending, 0);
      atomic_store(&pool.launcher_asleep, 0);
      atomic_store(&pool.busy, 0);
      atomic_store(&pool.owner, self);
      return;
    }
    owner = atomic_load(&pool.owner);
  }
}

/* At the process's end, and when a library is unloaded: no thread may be left in code that goes away. */
__attribute__((destructor)) static void stop_threads(void) {
  if (!pool.count || atomic_load(&pool.owner) != (int32_t)getpid() || !acquire())
    return;
  pool.stop = true;
  for (int32_t i = 0; i < pool.count; ++i)
    post(pool.workers[i]);
  for (int32_t i = 0; i < pool.count; ++i) {
    pthread_join(pool.workers[i]->thread, NULL);
    free(pool.workers[i]);
  }
  pool.count = 0;
  /* `busy` stays taken: a launch from a later destructor runs alone. */
}
