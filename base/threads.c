/* sched_getaffinity and CPU_COUNT are Linux's own */
#define _GNU_SOURCE
#include "base/threads.h"

#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"

#define THREADS_MAX 1024

typedef struct Worker {
    ThreadPool *pool;
    int index;
    pthread_t thread;
} Worker;

struct ThreadPool {
    int size;    /* workers, the calling thread included */
    int started; /* threads that run */
    Worker *workers;
    pthread_mutex_t mutex;
    pthread_cond_t work;
    pthread_cond_t idle;
    bool stop;
    /* the current job; guarded by mutex */
    unsigned long job;
    ParallelBody body;
    void *user;
    int count;
    int next;
    int busy; /* threads inside the current job */
};

int thread_count_available(void)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    if (!sched_getaffinity(0, sizeof set, &set) && CPU_COUNT(&set) > 0) return CPU_COUNT(&set);
    const long online = sysconf(_SC_NPROCESSORS_ONLN);
    return online > 0 ? (int)online : 1;
}

/* take items until none is left; the mutex is held on entry and on return */
static void run_items(ThreadPool *pool, int worker)
{
    while (pool->next < pool->count) {
        const int item = pool->next++;
        const ParallelBody body = pool->body;
        void *user = pool->user;
        pthread_mutex_unlock(&pool->mutex);
        body(user, item, worker);
        pthread_mutex_lock(&pool->mutex);
    }
}

static void *worker_main(void *argument)
{
    Worker *worker = argument;
    ThreadPool *pool = worker->pool;
    unsigned long seen = 0;
    pthread_mutex_lock(&pool->mutex);
    for (;;) {
        while (!pool->stop && pool->job == seen)
            pthread_cond_wait(&pool->work, &pool->mutex);
        if (pool->stop) break;
        seen = pool->job;
        pool->busy++;
        run_items(pool, worker->index);
        if (--pool->busy == 0) pthread_cond_signal(&pool->idle);
    }
    pthread_mutex_unlock(&pool->mutex);
    return NULL;
}

static Status start_workers(ThreadPool *pool, Error *error)
{
    for (int i = 1; i < pool->size; i++) {
        Worker *worker = &pool->workers[i];
        worker->pool = pool;
        worker->index = i;
        const int code = pthread_create(&worker->thread, NULL, worker_main, worker);
        if (code) return error_set(error, ERR_MEMORY, "start thread %d of %d", i + 1, pool->size);
        pool->started++;
    }
    return OK;
}

Status thread_pool_create(ThreadPool **out, int threads, Error *error)
{
    *out = NULL;
    if (threads < 0 || threads > THREADS_MAX)
        return error_set(error, ERR_ARGUMENT, "threads: %d is outside [0, %d]", threads,
                         THREADS_MAX);
    ThreadPool *pool = NULL;
    Status status = memory_new(&pool, error);
    if (status) return status;
    pool->size = threads ? threads : thread_count_available();
    pthread_mutex_init(&pool->mutex, NULL);
    pthread_cond_init(&pool->work, NULL);
    pthread_cond_init(&pool->idle, NULL);
    status = memory_new_array(&pool->workers, (size_t)pool->size, error);
    if (!status) status = start_workers(pool, error);
    if (status) {
        thread_pool_destroy(pool);
        return status;
    }
    *out = pool;
    return OK;
}

void thread_pool_destroy(ThreadPool *pool)
{
    if (!pool) return;
    pthread_mutex_lock(&pool->mutex);
    pool->stop = true;
    pthread_cond_broadcast(&pool->work);
    pthread_mutex_unlock(&pool->mutex);
    for (int i = 1; i <= pool->started; i++)
        pthread_join(pool->workers[i].thread, NULL);
    pthread_cond_destroy(&pool->idle);
    pthread_cond_destroy(&pool->work);
    pthread_mutex_destroy(&pool->mutex);
    memory_free(pool->workers);
    memory_free(pool);
}

int thread_pool_size(const ThreadPool *pool)
{
    return pool ? pool->size : 1;
}

void parallel_start(ThreadPool *pool, int count, ParallelBody body, void *user)
{
    pthread_mutex_lock(&pool->mutex);
    pool->body = body;
    pool->user = user;
    pool->count = count;
    pool->next = 0;
    pool->job++;
    pthread_cond_broadcast(&pool->work);
    pthread_mutex_unlock(&pool->mutex);
}

void parallel_finish(ThreadPool *pool)
{
    pthread_mutex_lock(&pool->mutex);
    run_items(pool, 0);
    while (pool->busy > 0)
        pthread_cond_wait(&pool->idle, &pool->mutex);
    /* a thread that wakes late finds nothing to take */
    pool->count = 0;
    pool->next = 0;
    pthread_mutex_unlock(&pool->mutex);
}

void parallel_for(ThreadPool *pool, int count, ParallelBody body, void *user)
{
    if (!pool || pool->size == 1 || count <= 1) {
        for (int i = 0; i < count; i++)
            body(user, i, 0);
        return;
    }
    parallel_start(pool, count, body, user);
    parallel_finish(pool);
}
