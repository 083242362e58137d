#include "training/optimizer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/rng.h"
#include "support/closeness.h"
#include "support/test.h"
#include "support/test_memory.h"

static const double pi = 3.14159265358979323846;

/* two trained parameters around a buffer; the second is longer than one chunk of work */
enum { FIRST = 7, BUFFER = 5, SECOND = 40000 };

static ParamStore *make_store(void)
{
    Error error = { 0 };
    ParamStore *store = NULL;
    const Init zero = { .kind = INIT_ZERO };
    assert_ok(params_create(&store, &error), &error);
    params_declare(store, "a", SHAPE(FIRST), zero);
    params_declare_buffer(store, "b", SHAPE(BUFFER), zero);
    params_declare(store, "c", SHAPE(4, SECOND / 4), zero);
    assert_ok(params_allocate(store, &error), &error);
    Rng rng = rng_stream(3, "values", 0);
    real *values = params_values(store);
    for (size_t i = 0; i < params_total(store); i++)
        values[i] = (real)rng_normal(&rng);
    return store;
}

static const int both[] = { 0, 2 };

static Optimizer *make_optimizer(ParamStore *store)
{
    Error error = { 0 };
    Optimizer *optimizer = NULL;
    assert_ok(optimizer_create(&optimizer, store, both, 2, adam_default(), &error), &error);
    return optimizer;
}

static real *make_gradients(const ParamStore *store, int step)
{
    Error error = { 0 };
    real *gradients = NULL;
    assert_ok(memory_new_array(&gradients, params_total(store), &error), &error);
    Rng rng = rng_stream(4, "gradients", (uint64_t)step);
    for (size_t i = 0; i < params_total(store); i++)
        gradients[i] = (real)(rng_normal(&rng) * pow(10.0, (double)(i % 7) - 4.0));
    return gradients;
}

/* against the formulas of the specification in double, for several steps */
static void adam_follows_its_formulas(void **state)
{
    (void)state;
    ParamStore *store = make_store();
    Optimizer *optimizer = make_optimizer(store);
    const real *values = params_value(store, 2);
    double value = (double)values[11];
    double m = 0.0;
    double v = 0.0;
    const real untouched = params_value(store, 1)[2];
    for (int t = 1; t <= 50; t++) {
        const double rate = 0.01 / t;
        real *gradients = make_gradients(store, t);
        const double g = (double)gradients[params_at(store, 2)->offset + 11];
        optimizer_step(optimizer, rate, gradients, NULL);
        m = 0.9 * m + 0.1 * g;
        v = 0.999 * v + 0.001 * g * g;
        value -= rate / (1.0 - pow(0.9, t)) * m / (sqrt(v) / sqrt(1.0 - pow(0.999, t)) + 1e-8);
        /* each float32 update rounds a value near 1 and a change near the rate: 1e-7 and 1e-6 * rate */
        assert_true(fabs((double)values[11] - value) < 2e-7 * t);
        memory_free(gradients);
    }
    assert_true(params_value(store, 1)[2] == untouched);
    assert_int_equal(optimizer_steps(optimizer), 50);
    assert_true(fabs((double)optimizer_exp_avg(optimizer, 1)[11] - m) < 1e-5 * fabs(m) + 1e-9);
    assert_true(fabs((double)optimizer_exp_avg_sq(optimizer, 1)[11] - v) < 1e-5 * v);
    optimizer_destroy(optimizer);
    params_destroy(store);
}

static void first_step_moves_by_the_rate(void **state)
{
    (void)state;
    ParamStore *store = make_store();
    Optimizer *optimizer = make_optimizer(store);
    real *gradients = make_gradients(store, 0);
    const double before = (double)params_value(store, 0)[0];
    gradients[0] = (real)-0.5;
    optimizer_step(optimizer, 0.25, gradients, NULL);
    assert_true(fabs((double)params_value(store, 0)[0] - before - 0.25) < 1e-6);
    memory_free(gradients);
    optimizer_destroy(optimizer);
    params_destroy(store);
}

static void run_steps(ParamStore *store, ThreadPool *pool, double *norm)
{
    Optimizer *optimizer = make_optimizer(store);
    for (int t = 0; t < 5; t++) {
        real *gradients = make_gradients(store, t);
        *norm = gradient_norm(optimizer, gradients, pool);
        gradient_clip(optimizer, gradients, *norm, 0.05, pool);
        optimizer_step(optimizer, 0.01, gradients, pool);
        memory_free(gradients);
    }
    optimizer_destroy(optimizer);
}

static void any_number_of_threads(void **state)
{
    (void)state;
    Error error = { 0 };
    ParamStore *plain = make_store();
    double norm = 0.0;
    run_steps(plain, NULL, &norm);
    for (int threads = 2; threads <= 7; threads += 5) {
        ThreadPool *pool = NULL;
        ParamStore *store = make_store();
        double other = 0.0;
        assert_ok(thread_pool_create(&pool, threads, &error), &error);
        run_steps(store, pool, &other);
        assert_true(norm == other);
        assert_memory_equal(params_values(store), params_values(plain),
                            params_total(store) * sizeof(real));
        params_destroy(store);
        thread_pool_destroy(pool);
    }
    params_destroy(plain);
}

/* the norm leaves the buffer out; clipping multiplies even below the limit by a factor of 1 */
static void clipping(void **state)
{
    (void)state;
    ParamStore *store = make_store();
    Optimizer *optimizer = make_optimizer(store);
    real *gradients = make_gradients(store, 0);
    memset(gradients, 0, params_total(store) * sizeof *gradients);
    gradients[0] = 3;
    gradients[params_at(store, 1)->offset] = 100;
    gradients[params_at(store, 2)->offset + SECOND - 1] = 4;
    const double norm = gradient_norm(optimizer, gradients, NULL);
    assert_true(fabs(norm - 5.0) < 1e-12);
    gradient_clip(optimizer, gradients, norm, 10.0, NULL);
    assert_true(gradients[0] == 3);
    gradient_clip(optimizer, gradients, norm, 0.5, NULL);
    assert_true(fabs((double)gradients[0] - 3.0 * 0.5 / (5.0 + 1e-6)) < 1e-7);
    assert_true(gradients[params_at(store, 1)->offset] == 100);
    memory_free(gradients);
    optimizer_destroy(optimizer);
    params_destroy(store);
}

static void nan_shows_in_the_norm(void **state)
{
    (void)state;
    ParamStore *store = make_store();
    Optimizer *optimizer = make_optimizer(store);
    real *gradients = make_gradients(store, 0);
    gradients[3] = (real)NAN;
    assert_true(isnan(gradient_norm(optimizer, gradients, NULL)));
    memory_free(gradients);
    optimizer_destroy(optimizer);
    params_destroy(store);
}

static void bad_lists_of_parameters(void **state)
{
    (void)state;
    Error error = { 0 };
    ParamStore *store = make_store();
    Optimizer *optimizer = NULL;
    static const int buffer[] = { 0, 1 };
    static const int twice[] = { 2, 2 };
    static const int beyond[] = { 3 };
    assert_error(optimizer_create(&optimizer, store, buffer, 2, adam_default(), &error), &error,
                 ERR_ARGUMENT, "'b' is a buffer");
    assert_error(optimizer_create(&optimizer, store, twice, 2, adam_default(), &error), &error,
                 ERR_ARGUMENT, "parameter 2 after parameter 2");
    assert_error(optimizer_create(&optimizer, store, beyond, 1, adam_default(), &error), &error,
                 ERR_ARGUMENT, "parameter 3");
    assert_error(optimizer_create(&optimizer, store, both, 0, adam_default(), &error), &error,
                 ERR_ARGUMENT, "no parameter to train");
    assert_null(optimizer);
    params_destroy(store);
}

static Status create_one(void *user, Error *error)
{
    Optimizer *optimizer = NULL;
    const Status status = optimizer_create(&optimizer, user, both, 2, adam_default(), error);
    optimizer_destroy(optimizer);
    return status;
}

static void nothing_is_allocated_later(void **state)
{
    (void)state;
    ParamStore *store = make_store();
    assert_true(fail_each_allocation(create_one, store, 1) >= 6);
    Optimizer *optimizer = make_optimizer(store);
    real *gradients = make_gradients(store, 0);
    count_allocations_start();
    const double norm = gradient_norm(optimizer, gradients, NULL);
    gradient_clip(optimizer, gradients, norm, 1.0, NULL);
    optimizer_step(optimizer, 0.1, gradients, NULL);
    assert_int_equal(count_allocations_stop(), 0);
    memory_free(gradients);
    optimizer_destroy(optimizer);
    params_destroy(store);
}

/* ---- learning rate ---- */

static ScheduleOptions options_of(int64_t warmup_steps, double period)
{
    ScheduleOptions options = schedule_default();
    options.lr = 0.01;
    options.warmup = warmup_steps > 0;
    options.warmup_steps = warmup_steps;
    options.period = period;
    return options;
}

/* rate(0) = 0, rate(W) = rate(W+1) = lr, then the closed form of the cosine, which rises again */
static void warmup_then_cosine(void **state)
{
    (void)state;
    const int64_t warmup = 5;
    const double period = 9.0;
    Schedule schedule = schedule_start(options_of(warmup, period));
    for (int64_t it = 0; it < 60; it++) {
        const double rate = schedule_begin_step(&schedule, it, (int)(it / 10));
        const double c = it > warmup + 1 ? (double)(it - warmup - 1) : 0.0;
        const double wanted = it <= warmup ? 0.01 * (double)it / (double)warmup
                                           : 0.01 * (1.0 + cos(pi * c / period)) / 2.0;
        /* the recursion divides small numbers by each other next to the zero of the cosine */
        assert_true(fabs(rate - wanted) < 1e-14 + 1e-9 * wanted);
    }
    assert_int_equal(schedule.final_step, warmup + 1);
}

static void cosine_without_warmup(void **state)
{
    (void)state;
    Schedule schedule = schedule_start(options_of(0, 7.0));
    assert_true(schedule_begin_step(&schedule, 0, 0) == 0.01);
    const double rate = schedule_begin_step(&schedule, 1, 0);
    assert_true(fabs(rate - 0.01 * (1.0 + cos(pi / 7.0)) / 2.0) < 1e-16);
}

static void constant_and_clamped(void **state)
{
    (void)state;
    ScheduleOptions options = options_of(4, 6.0);
    options.kind = SCHEDULE_CONSTANT;
    Schedule schedule = schedule_start(options);
    for (int64_t it = 0; it < 40; it++)
        schedule_begin_step(&schedule, it, 0);
    assert_true(schedule.rate == 0.01);
    options = options_of(0, 6.0);
    options.clamp = true;
    schedule = schedule_start(options);
    for (int64_t it = 0; it < 40; it++) {
        const double rate = schedule_begin_step(&schedule, it, 0);
        assert_true(it < 6 ? rate > 0.0 : rate == 0.0);
    }
}

/* a warm-up cut short by its last epoch leaves the full rate */
static void warmup_ended_by_epochs(void **state)
{
    (void)state;
    ScheduleOptions options = options_of(100, 1e6);
    options.warmup_epochs = 2;
    Schedule schedule = schedule_start(options);
    for (int64_t it = 0; it < 20; it++)
        schedule_begin_step(&schedule, it, (int)(it / 10));
    assert_true(fabs(schedule.rate - 0.01 * 0.19) < 1e-16);
    assert_true(schedule_begin_step(&schedule, 20, 2) == 0.01);
    assert_int_equal(schedule.final_step, 20);
}

/* a copy goes on exactly like the original */
static void a_copy_resumes(void **state)
{
    (void)state;
    Schedule schedule = schedule_start(options_of(5, 9.0));
    for (int64_t it = 0; it < 17; it++)
        schedule_begin_step(&schedule, it, 0);
    Schedule copy = schedule;
    for (int64_t it = 17; it < 50; it++)
        assert_true(schedule_begin_step(&schedule, it, 0) == schedule_begin_step(&copy, it, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(adam_follows_its_formulas),
        cmocka_unit_test(first_step_moves_by_the_rate),
        cmocka_unit_test(any_number_of_threads),
        cmocka_unit_test(clipping),
        cmocka_unit_test(nan_shows_in_the_norm),
        cmocka_unit_test(bad_lists_of_parameters),
        cmocka_unit_test(nothing_is_allocated_later),
        cmocka_unit_test(warmup_then_cosine),
        cmocka_unit_test(cosine_without_warmup),
        cmocka_unit_test(constant_and_clamped),
        cmocka_unit_test(warmup_ended_by_epochs),
        cmocka_unit_test(a_copy_resumes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
