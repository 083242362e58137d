/* NumPy's generators against numbers that numpy 2.4 prints; tables for many seeds are in golden_envs. */
#include "support/test.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/numpy_rng.h"

static void legacy_doubles_are_numpys(void **state)
{
    (void)state;
    Mt19937 rng;
    mt19937_seed(&rng, 0); /* numpy.random.seed(0); numpy.random.random() */
    assert_true(mt19937_double(&rng) == 0.5488135039273248);
    assert_true(mt19937_double(&rng) == 0.7151893663724195);
    mt19937_seed(&rng, 42);
    assert_true(mt19937_double(&rng) == 0.3745401188473625);
}

static void legacy_generator_passes_a_twist(void **state)
{
    (void)state;
    Mt19937 rng, copy;
    mt19937_seed(&rng,
                 5489); /* the reference program's default seed: its 10000th output is published */
    uint32_t last = 0;
    for (int i = 0; i < 9000; i++)
        last = mt19937_next(&rng);
    copy = rng; /* plain data: a copy goes on alike */
    for (int i = 9000; i < 10000; i++) {
        last = mt19937_next(&rng);
        assert_int_equal(last, mt19937_next(&copy));
    }
    assert_int_equal(last, 4123659995U);
}

static void pcg64_doubles_are_numpys(void **state)
{
    (void)state;
    Pcg64 rng;
    pcg64_seed(&rng, 0); /* numpy.random.default_rng(0).random() */
    assert_true(pcg64_double(&rng) == 0.6369616873214543);
    assert_true(pcg64_double(&rng) == 0.2697867137638703);
    pcg64_seed(&rng, 42);
    assert_true(pcg64_double(&rng) == 0.7739560485559633);
}

static void both_halves_of_a_draw_are_used(void **state)
{
    (void)state;
    Pcg64 halves, whole;
    pcg64_seed(&halves, 7);
    pcg64_seed(&whole, 7);
    const uint64_t draw = pcg64_next(&whole);
    assert_int_equal(pcg64_next32(&halves), (uint32_t)draw);
    assert_int_equal(pcg64_next32(&halves), (uint32_t)(draw >> 32));
    assert_int_equal(pcg64_next32(&halves), (uint32_t)pcg64_next(&whole));
}

static void bounded_integers_stay_below(void **state)
{
    (void)state;
    Pcg64 rng;
    int seen[7] = { 0 };
    pcg64_seed(&rng, 3);
    assert_int_equal(pcg64_below(&rng, 1), 0);
    for (int i = 0; i < 7000; i++) {
        const uint32_t value = pcg64_below(&rng, 7);
        assert_true(value < 7);
        seen[value]++;
    }
    for (int i = 0; i < 7; i++) /* 1000 expected, deviation 29 */
        assert_in_range(seen[i], 850, 1150);
}

static void shuffle_is_a_permutation(void **state)
{
    (void)state;
    enum { COUNT = 50 };
    Pcg64 rng;
    int values[COUNT], seen[COUNT] = { 0 }, moved = 0;
    for (int i = 0; i < COUNT; i++)
        values[i] = i;
    pcg64_seed(&rng, 1);
    pcg64_shuffle(&rng, values, COUNT);
    for (int i = 0; i < COUNT; i++) {
        seen[values[i]]++;
        moved += values[i] != i;
    }
    for (int i = 0; i < COUNT; i++)
        assert_int_equal(seen[i], 1);
    assert_true(moved > COUNT / 2);
}

static void seeds_above_32_bits_differ(void **state)
{
    (void)state;
    uint32_t low[8], high[8];
    seed_sequence(5, low, 8);
    seed_sequence(5 + (UINT64_C(1) << 32), high, 8);
    assert_memory_not_equal(low, high, sizeof low);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(legacy_doubles_are_numpys),
        cmocka_unit_test(legacy_generator_passes_a_twist),
        cmocka_unit_test(pcg64_doubles_are_numpys),
        cmocka_unit_test(both_halves_of_a_draw_are_used),
        cmocka_unit_test(bounded_integers_stay_below),
        cmocka_unit_test(shuffle_is_a_permutation),
        cmocka_unit_test(seeds_above_32_bits_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
