/**
 * Thread pool with fixed chunks: the split depends on the work, never on the number of threads, so results
 * are the same for 1, 2 and 7 threads.
 */
#ifndef PLAYSLOT_BASE_THREADS_H
#define PLAYSLOT_BASE_THREADS_H

#include "base/status.h"

typedef struct ThreadPool ThreadPool;

/** Processors this process may use (affinity mask, at least 1). */
int thread_count_available(void);

/** Pool of `threads` workers (0: all available). The calling thread works too; 1 starts no thread. */
MUST_USE Status thread_pool_create(ThreadPool **out, int threads, Error *error);
/** Joins the workers; NULL is fine. */
void thread_pool_destroy(ThreadPool *pool);
int thread_pool_size(const ThreadPool *pool);

/**
 * Run `body(user, item, worker)` for item 0..count-1, each exactly once, in any order; worker is in
 * [0, size) and never runs two items at once, so it can index per-worker scratch. Returns when all are done.
 * Not re-entrant on one pool. A NULL pool runs everything on the calling thread as worker 0.
 */
typedef void (*ParallelBody)(void *user, int item, int worker);
void parallel_for(ThreadPool *pool, int count, ParallelBody body, void *user);

/**
 * parallel_for in two halves: the pool's other threads begin at once, parallel_finish lends a hand and waits.
 * One job at a time; what `user` points to must last until parallel_finish. On a pool of one thread all of it
 * runs inside parallel_finish.
 */
void parallel_start(ThreadPool *pool, int count, ParallelBody body, void *user);
void parallel_finish(ThreadPool *pool);

#endif
