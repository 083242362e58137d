#include "support/test.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/rng.h"
#include "base/threads.h"
#include "support/test_memory.h"

#define ITEMS 500

typedef struct Work {
    double results[ITEMS];
    int runs[ITEMS];
    int busy[16]; /* per worker; only that worker writes it */
    int worker_of[ITEMS];
    int clashes;
} Work;

static void draw(void *user, int item, int worker)
{
    Work *work = user;
    if (work->busy[worker]++) work->clashes++;
    Rng rng = rng_stream(1, "item", (uint64_t)item);
    double sum = 0.0;
    for (int i = 0; i < 200; i++)
        sum += rng_normal(&rng);
    work->results[item] = sum;
    work->runs[item]++;
    work->worker_of[item] = worker;
    work->busy[worker]--;
}

static void each_item_runs_once_with_the_same_result(void **state)
{
    (void)state;
    Error error;
    static Work alone, together;
    memset(&alone, 0, sizeof alone);
    parallel_for(NULL, ITEMS, draw, &alone);
    static const int sizes[] = { 1, 2, 7 };
    for (int s = 0; s < 3; s++) {
        ThreadPool *pool = NULL;
        assert_ok(thread_pool_create(&pool, sizes[s], &error), &error);
        assert_int_equal(thread_pool_size(pool), sizes[s]);
        for (int repeat = 0; repeat < 5; repeat++) {
            memset(&together, 0, sizeof together);
            parallel_for(pool, ITEMS, draw, &together);
            assert_memory_equal(alone.results, together.results, sizeof alone.results);
            assert_int_equal(together.clashes, 0);
            for (int i = 0; i < ITEMS; i++) {
                assert_int_equal(together.runs[i], 1);
                assert_in_range(together.worker_of[i], 0, sizes[s] - 1);
            }
        }
        thread_pool_destroy(pool);
    }
}

static void touch(void *user, int item, int worker)
{
    (void)worker;
    int *values = user;
    values[item]++;
}

static void many_small_jobs_all_finish(void **state)
{
    (void)state;
    Error error;
    ThreadPool *pool = NULL;
    assert_ok(thread_pool_create(&pool, 4, &error), &error);
    int values[8] = { 0 };
    for (int i = 0; i < 2000; i++)
        parallel_for(pool, i % 9, touch, values);
    /* 2000 = 222 * 9 + 2: item k runs in the jobs of more than k items */
    for (int k = 0; k < 8; k++)
        assert_int_equal(values[k], 222 * (8 - k) + (k == 0 ? 1 : 0));
    thread_pool_destroy(pool);
}

static void jobs_in_two_halves_run_once(void **state)
{
    (void)state;
    Error error;
    static Work alone, together;
    memset(&alone, 0, sizeof alone);
    parallel_for(NULL, ITEMS, draw, &alone);
    for (int size = 1; size <= 3; size++) {
        ThreadPool *pool = NULL;
        assert_ok(thread_pool_create(&pool, size, &error), &error);
        for (int repeat = 0; repeat < 20; repeat++) {
            memset(&together, 0, sizeof together);
            parallel_start(pool, ITEMS, draw, &together);
            int values[3] = { 0 }; /* the caller's own work meanwhile */
            parallel_for(NULL, 3, touch, values);
            parallel_finish(pool);
            assert_memory_equal(alone.results, together.results, sizeof alone.results);
            assert_int_equal(together.clashes, 0);
        }
        thread_pool_destroy(pool);
    }
}

static void jobs_allocate_nothing(void **state)
{
    (void)state;
    Error error;
    ThreadPool *pool = NULL;
    assert_ok(thread_pool_create(&pool, 2, &error), &error);
    int values[8] = { 0 };
    count_allocations_start();
    for (int i = 0; i < 100; i++)
        parallel_for(pool, 8, touch, values);
    assert_int_equal(count_allocations_stop(), 0);
    thread_pool_destroy(pool);
}

static void sizes_are_checked(void **state)
{
    (void)state;
    Error error;
    ThreadPool *pool = NULL;
    assert_error(thread_pool_create(&pool, -1, &error), &error, ERR_ARGUMENT, "threads: -1");
    assert_null(pool);
    assert_error(thread_pool_create(&pool, 100000, &error), &error, ERR_ARGUMENT, "outside");
    assert_true(thread_count_available() >= 1);
    assert_ok(thread_pool_create(&pool, 0, &error), &error);
    assert_int_equal(thread_pool_size(pool), thread_count_available());
    thread_pool_destroy(pool);
    thread_pool_destroy(NULL);
}

static Status make_pool(void *user, Error *error)
{
    (void)user;
    ThreadPool *pool = NULL;
    const Status status = thread_pool_create(&pool, 3, error);
    thread_pool_destroy(pool);
    return status;
}

static void pools_survive_every_failure(void **state)
{
    (void)state;
    assert_int_equal(fail_each_allocation(make_pool, NULL, 1), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_item_runs_once_with_the_same_result),
        cmocka_unit_test(many_small_jobs_all_finish),
        cmocka_unit_test(jobs_in_two_halves_run_once),
        cmocka_unit_test(jobs_allocate_nothing),
        cmocka_unit_test(sizes_are_checked),
        cmocka_unit_test(pools_survive_every_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
