#include "support/test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"

static void generator_matches_the_published_numbers(void **state)
{
    (void)state;
    /* xoshiro256++ from state 1 2 3 4, as in its authors' reference program */
    static const uint64_t expected[] = { 41943041,
                                         58720359,
                                         UINT64_C(3588806011781223),
                                         UINT64_C(3591011842654386),
                                         UINT64_C(9228616714210784205),
                                         UINT64_C(9973669472204895162) };
    Rng rng = { { 1, 2, 3, 4 } };
    for (int i = 0; i < 6; i++)
        assert_true(rng_next(&rng) == expected[i]);
}

static void streams_never_change(void **state)
{
    (void)state;
    /* recorded runs depend on these; computed apart from this code from its description */
    static const uint64_t expected[] = { UINT64_C(0xa988737bc5a56e28), UINT64_C(0xbd84d33bc5971616),
                                         UINT64_C(0x8d06b8c8b870b737),
                                         UINT64_C(0x92a8569ce701314) };
    Rng rng = rng_stream(7, "slot-init", 3);
    for (int i = 0; i < 4; i++)
        assert_true(rng_next(&rng) == expected[i]);
    rng = rng_stream(0, "", 0);
    assert_true(rng_next(&rng) == UINT64_C(0x11ea5d71ab27f4bf));
    rng = rng_stream(7, "slot-init", 3);
    assert_true(rng_uniform(&rng) == 0.6622383286645764);
}

static void streams_differ_in_seed_name_and_index(void **state)
{
    (void)state;
    const Rng streams[] = { rng_stream(1, "a", 0), rng_stream(2, "a", 0), rng_stream(1, "b", 0),
                            rng_stream(1, "a", 1), rng_stream(0, "a", 1), rng_stream(1, "", 0) };
    for (int i = 0; i < 6; i++)
        for (int j = 0; j < i; j++)
            assert_memory_not_equal(&streams[i], &streams[j], sizeof(Rng));
}

static void uniform_numbers_fill_their_range(void **state)
{
    (void)state;
    Rng rng = rng_stream(1, "test", 0);
    double sum = 0.0, low = 1.0, high = 0.0;
    for (int i = 0; i < 100000; i++) {
        const double x = rng_range(&rng, -2.0, 3.0);
        assert_true(x >= -2.0 && x < 3.0);
        sum += x;
        low = fmin(low, x);
        high = fmax(high, x);
    }
    /* standard error of the mean is 5 / sqrt(12 * 1e5) = 0.0046 */
    assert_true(fabs(sum / 1e5 - 0.5) < 0.025);
    assert_true(low < -1.99 && high > 2.99);
}

static void a_range_of_two_neighbours_stays_below_its_end(void **state)
{
    (void)state;
    Rng rng = rng_stream(1, "test", 1);
    const double high = nextafter(1.0, 2.0);
    for (int i = 0; i < 1000; i++)
        assert_true(rng_range(&rng, 1.0, high) == 1.0);
}

static void normal_numbers_have_their_moments(void **state)
{
    (void)state;
    Rng rng = rng_stream(1, "test", 2);
    double sum = 0.0, squares = 0.0, fourth = 0.0;
    const int count = 200000;
    for (int i = 0; i < count; i++) {
        const double x = rng_normal(&rng);
        assert_true(isfinite(x));
        sum += x;
        squares += x * x;
        fourth += x * x * x * x;
    }
    /* five standard errors: sqrt(1/n), sqrt(2/n), sqrt(96/n) */
    assert_true(fabs(sum / count) < 5 * sqrt(1.0 / count));
    assert_true(fabs(squares / count - 1.0) < 5 * sqrt(2.0 / count));
    assert_true(fabs(fourth / count - 3.0) < 5 * sqrt(96.0 / count));
}

static void whole_numbers_are_even(void **state)
{
    (void)state;
    Rng rng = rng_stream(1, "test", 3);
    int counts[7] = { 0 };
    for (int i = 0; i < 70000; i++)
        counts[rng_below(&rng, 7)]++;
    for (int i = 0; i < 7; i++)
        assert_true(abs(counts[i] - 10000) < 500); /* five standard deviations are 463 */
    assert_int_equal(rng_below(&rng, 1), 0);
    /* above 2^63 every second draw is refused on average; the result stays below n */
    const uint64_t n = (UINT64_C(1) << 63) + 1;
    for (int i = 0; i < 1000; i++)
        assert_true(rng_below(&rng, n) < n);
}

static void shuffles_are_permutations_and_move(void **state)
{
    (void)state;
    Rng rng = rng_stream(1, "test", 4);
    int values[100], seen[100] = { 0 }, moved = 0;
    for (int i = 0; i < 100; i++)
        values[i] = i;
    rng_shuffle(&rng, values, 100);
    for (int i = 0; i < 100; i++) {
        seen[values[i]]++;
        moved += values[i] != i;
    }
    for (int i = 0; i < 100; i++)
        assert_int_equal(seen[i], 1);
    assert_true(moved > 80);
    rng_shuffle(&rng, values, 0);
    rng_shuffle(&rng, values, 1);
}

static void a_saved_state_resumes(void **state)
{
    (void)state;
    Rng rng = rng_stream(5, "resume", 0);
    rng_normal(&rng);
    Rng saved = rng;
    const double next = rng_normal(&rng);
    assert_true(rng_normal(&saved) == next);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(generator_matches_the_published_numbers),
        cmocka_unit_test(streams_never_change),
        cmocka_unit_test(streams_differ_in_seed_name_and_index),
        cmocka_unit_test(uniform_numbers_fill_their_range),
        cmocka_unit_test(a_range_of_two_neighbours_stays_below_its_end),
        cmocka_unit_test(normal_numbers_have_their_moments),
        cmocka_unit_test(whole_numbers_are_even),
        cmocka_unit_test(shuffles_are_permutations_and_move),
        cmocka_unit_test(a_saved_state_resumes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
