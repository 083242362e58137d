/* Vectors with a distance rule, which the first task does not have; the tables are in golden_envs. */
#include "support/test.h"

#include <math.h>
#include <string.h>

#include "envs/seeding.h"
#include "support/closeness.h"

/* ranges and rule of Meta-World's push-back */
static const TaskDef push_back = {
    .name = "push-back",
    .vector_size = 6,
    .vector_low = { -0.1, 0.8, 0.02, -0.1, 0.6, 0.0199 },
    .vector_high = { 0.1, 0.85, 0.02, 0.1, 0.7, 0.0201 },
    .distance = 0.15,
};

static void vectors_too_close_are_drawn_again(void **state)
{
    (void)state;
    Error error;
    VectorSource source;
    ResetInfo reset = { 0 };
    /* Meta-World 3.1.1, goal-observable class, seeded_rand_vec, seed 2: second and third reset */
    const double pass2[2][6] = {
        { -0.05961851049410993, 0.8442224836844147, 0.02, 0.06984726472288691, 0.6644436269205517,
          0.01998130847953511 },
        { -0.02298097310383669, 0.8486839384852611, 0.02, 0.053176662843059636, 0.6407194358479606,
          0.019939233982393657 },
    };
    const int draws[2][2] = { { 3, 1 }, { 2, 2 } };
    assert_ok(vector_source_init(&source, &push_back, SEEDING_SEEDED, 2, &error), &error);
    vector_source_next(&source, &reset);
    for (int i = 0; i < 2; i++) {
        vector_source_next(&source, &reset);
        assert_memory_equal(reset.pass2, pass2[i], sizeof pass2[i]);
        assert_int_equal(reset.draws1, draws[i][0]);
        assert_int_equal(reset.draws2, draws[i][1]);
    }
}

static void a_benchmark_has_fifty_tasks(void **state)
{
    (void)state;
    Error error;
    VectorSource source;
    ResetInfo reset;
    /* gymnasium's Meta-World/MT1, push-back, seed 2: tasks of the first resets and the first vector */
    const int picked[] = { 41, 13, 5, 14, 20 };
    const double first[6] = { -0.08339430022152657, 0.8121359560171789, 0.02,
                              0.09322283507721249,  0.6921324749818093, 0.020016652895886913 };
    assert_ok(vector_source_init(&source, &push_back, SEEDING_MT1, 2, &error), &error);
    for (int i = 0; i < 5; i++) {
        vector_source_next(&source, &reset);
        assert_int_equal(reset.task_index, picked[i]);
        if (i == 0) assert_memory_equal(reset.pass2, first, sizeof first);
        assert_memory_equal(reset.pass1, reset.pass2, sizeof first);
    }
}

static void every_accepted_vector_keeps_its_distance(void **state)
{
    (void)state;
    Error error;
    for (Seeding seeding = SEEDING_SEEDED; seeding <= SEEDING_ML1_TEST; seeding++) {
        VectorSource source;
        ResetInfo reset;
        assert_ok(vector_source_init(&source, &push_back, seeding, 11, &error), &error);
        for (int i = 0; i < 60; i++) {
            vector_source_next(&source, &reset);
            const double *v = reset.pass2;
            assert_true(hypot(v[0] - v[3], v[1] - v[4]) >= 0.15);
            for (int k = 0; k < 6; k++)
                assert_true(v[k] >= push_back.vector_low[k] && v[k] <= push_back.vector_high[k]);
        }
    }
}

/* sweep-into's target is not drawn: its rule looks at a point of the table */
static void a_rule_may_look_at_a_fixed_point(void **state)
{
    (void)state;
    Error error;
    const double point[2] = { 0, 0.84 };
    TaskDef near = push_back;
    near.distance_from = point;
    near.distance = 0.06;
    VectorSource source;
    ResetInfo reset;
    int again = 0;
    assert_ok(vector_source_init(&source, &near, SEEDING_SEEDED, 4, &error), &error);
    for (int i = 0; i < 60; i++) {
        vector_source_next(&source, &reset);
        assert_true(hypot(reset.pass2[0] - point[0], reset.pass2[1] - point[1]) >= 0.06);
        again += reset.draws2 > 1;
    }
    assert_true(again > 0);
}

static void a_source_is_plain_data(void **state)
{
    (void)state;
    Error error;
    VectorSource source, copy;
    ResetInfo a, b;
    assert_ok(vector_source_init(&source, &push_back, SEEDING_GLOBAL, 3, &error), &error);
    vector_source_next(&source, &a);
    copy = source;
    vector_source_next(&source, &a);
    vector_source_next(&copy, &b);
    assert_memory_equal(a.pass2, b.pass2, sizeof a.pass2);
}

static void large_seeds_need_a_large_generator(void **state)
{
    (void)state;
    Error error;
    VectorSource source;
    const uint64_t large = UINT64_C(1) << 32;
    assert_ok(vector_source_init(&source, &push_back, SEEDING_SEEDED, large, &error), &error);
    assert_error(vector_source_init(&source, &push_back, SEEDING_MT1, large, &error), &error,
                 ERR_ARGUMENT, "takes at most 4294967295");
}

static void words_name_the_ways(void **state)
{
    (void)state;
    Error error;
    for (Seeding seeding = SEEDING_SEEDED; seeding < SEEDING_COUNT; seeding++) {
        Seeding parsed;
        assert_ok(seeding_parse(&parsed, seeding_name(seeding), &error), &error);
        assert_int_equal(parsed, seeding);
    }
    Seeding parsed;
    assert_error(seeding_parse(&parsed, "random", &error), &error, ERR_ARGUMENT,
                 "ml1-train, ml1-test, mt10");
    assert_error(seeding_parse(&parsed, "ml10-tset", &error), &error, ERR_ARGUMENT,
                 "did you mean 'ml10-test'?");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors_too_close_are_drawn_again),
        cmocka_unit_test(a_benchmark_has_fifty_tasks),
        cmocka_unit_test(every_accepted_vector_keeps_its_distance),
        cmocka_unit_test(a_rule_may_look_at_a_fixed_point),
        cmocka_unit_test(a_source_is_plain_data),
        cmocka_unit_test(large_seeds_need_a_large_generator),
        cmocka_unit_test(words_name_the_ways),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
